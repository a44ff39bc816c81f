/* The box about what was clicked. */
function facts(rows) {
  const list = el("dl");
  for (const [name, value] of rows) if (value != null && value !== "–" && value !== "") list.append(el("dt", {}, name), el("dd", {}, value));
  return list;
}
let reopen = null, opener = null;
const detail = el("section", { class: "detail", "aria-live": "polite", hidden: "" });
$("map").append(detail);
L.DomEvent.disableClickPropagation(detail);
L.DomEvent.disableScrollPropagation(detail);
const narrow = window.matchMedia("(max-width: 760px)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
// What is shown, marked in the list: a gap's number there, or a unit's.
function mark(key) {
  for (const b of document.querySelectorAll(".list button")) {
    b.classList.toggle("on", b.dataset.key === key);
    if (b.dataset.key === key) b.setAttribute("aria-current", "true"); else b.removeAttribute("aria-current");
  }
}
function tell(title, sub, rows, notes) {
  const close = el("button", { type: "button", class: "close", "aria-label": W("close"), onclick: hush }, "×");
  detail.replaceChildren(close, el("h3", {}, title), sub ? el("div", {}, sub) : "", facts(rows));
  for (const note of notes || []) if (note) detail.append(el("p", { class: "fine" }, note));
  detail.hidden = false;
  detail.setAttribute("aria-label", title);
  const focused = document.activeElement;
  if (focused && focused.matches(".list button, #search")) opener = focused;
}
function hush() {
  // The keyboard goes back to where it came from, not to the top of the page.
  const inside = detail.contains(document.activeElement);
  detail.hidden = true;
  reopen = null;
  drawRoute(null);
  drawLink(null);
  mark(null);
  if (inside) (opener && opener.isConnected ? opener : $("search")).focus();
  opener = null;
}
// What is shown lies beside the box with the numbers, not under it.
const zoomTo = (bounds, maxZoom) => {
  const small = narrow.matches, box = detail.getBoundingClientRect(), size = map.getSize();
  const left = fold.open && size.x > 700 ? legend.getContainer().offsetWidth + 20 : 60;
  map.fitBounds(bounds, { animate: !calm.matches, maxZoom: maxZoom || 17, paddingTopLeft: [small ? 20 : left, 30],
    paddingBottomRight: small ? [20, box.height + 20] : [Math.min(box.width + 80, 0.6 * size.x), 50] });
  // On a phone the list lies below the map: what was asked for would be out of sight.
  if (small) $("map").scrollIntoView({ block: "nearest" });
};
// A village beyond the distance is no failure: it is a candidate.
const told = (status) => (standard.village_kind && D.words["village." + status] ? W("village." + status) : W("status." + status));
// What is only encouraged cannot fail.
const shown = (s) => (s.status === "short" && s.force === "may" ? "short_may" : s.status);
function chip(status) {
  const mark = { met: "✓ ", short: "✗ ", unknown: "? " }[status] || "";
  return el("span", { class: "chip " + status }, mark + W("status." + status));
}
function gapFacts(gap) {
  return [[standard.who ? pick(standard.who) : W("people"), whole(gap.people)], [W("households"), whole(gap.households)],
    [W("metres"), metres(gap.metres)], [W("straight_m"), metres(gap.straight)],
    [W("facility_name"), gap.facility], [W("reason"), gap.reason ? W("reason." + gap.reason) : null],
    [W("barrier"), gap.barrier ? pick(gap.barrier) : null]];
}
function showGap(k, zoom) {
  const gap = standard.gaps[k];
  reopen = () => showGap(k, false);
  mark("gap" + k);
  const bounds = drawRoute(gap.route);
  drawLink(gap.link);
  tell((k + 1) + ". " + (gap.name || gap.id), [standard.id, gap.level ? W("one." + gap.level) : "", gap.part ? pick(gap.part) : ""].filter(Boolean).join(" · "), gapFacts(gap),
    [gap.route >= 0 ? W("route_drawn") + metres(D.routes.metres[gap.route]) : "", gap.help ? W("link_word") + pick(gap.help) : ""]);
  if (!zoom) return;
  if (bounds && bounds.isValid()) zoomTo(bounds.extend(gap.at || bounds.getCenter()));
  else if (gap.unit != null && unitShapes[gap.unit].length) zoomTo(L.latLngBounds(unitShapes[gap.unit].flat()));
  else if (gap.at) zoomTo(L.latLngBounds([gap.at, gap.at]), 16);
}
function showUnit(unit) {
  reopen = () => showUnit(unit);
  mark("unit" + unit);
  const row = standard.units.find((r) => r[0] === unit);
  const sub = el("span", {}, W("one." + D.units.levels[unit]) + " ", row ? el("span", { class: "chip " + row[1] }, told(row[1])) : null);
  const rows = [[W("residents"), whole(D.units.people[unit])], [W("households"), whole(D.units.households[unit])]];
  if (row) {
    rows.push([standard.village_kind ? W("mean_m") : standard.id, row[2] == null ? null : amount(row[2], row[3])]);
    if (byShare(standard) && row[4] != null) rows.push([W("people_left_out"), whole(row[4])]);
    if (row[5] != null) rows.push([W("mean_m"), metres(row[5])]);
  }
  const k = standard.gaps.findIndex((g) => g.unit === unit);
  const notes = [];
  const route = row ? row[6] : k >= 0 ? standard.gaps[k].route : -1;
  drawRoute(route);
  drawLink(k >= 0 ? standard.gaps[k].link : null);
  if (k >= 0) rows.push(...gapFacts(standard.gaps[k]).slice(2));
  if (route >= 0) notes.push(W("route_drawn") + metres(D.routes.metres[route]));
  if (k >= 0 && standard.gaps[k].help) notes.push(W("link_word") + pick(standard.gaps[k].help));
  const elsewhere = D.standards.filter((s) => s.units.some((r) => r[0] === unit && r[1] === "short")).map((s) => s.id);
  if (elsewhere.length) notes.push(W("short_here") + " " + elsewhere.slice(0, 14).join(", ") + (elsewhere.length > 14 ? " …" : ""));
  tell(nameOf(unit), sub, rows, notes);
}
function showSite(k, zoom) {
  const site = standard.plan[option].sites[k];
  reopen = () => showSite(k, false);
  mark("site" + k);
  drawRoute(null);
  drawLink(null);
  const staff = site.staff[0] == null ? null : site.staff[0] + "–" + site.staff[1];
  tell("★ " + site.name, standard.id + " · " + W("site_word"), [[W("people"), whole(site.people)], [W("staff_word"), staff]], [pick(site.text)]);
  if (zoom && site.at) zoomTo(L.latLngBounds([site.at, site.at]), 16);
}
function showBuilt(k) {
  const link = standard.plan[option].links[k];
  reopen = () => showBuilt(k);
  mark("built" + k);
  drawRoute(null);
  drawLink(null);
  tell(W("built_word"), standard.id, [], [pick(link.text)]);
  zoomTo(L.latLngBounds(link.line), 17);
}
function showFacility(k) {
  reopen = () => showFacility(k);
  mark(null);
  drawRoute(null);
  drawLink(null);
  tell(D.facilities.names[k] || W("unnamed"), D.facilities.cats[k].map((c) => pick(D.cats[c].slice(1))).join(" · "), []);
  const acts = facilityActs(k);
  if (acts) detail.append(acts);
}

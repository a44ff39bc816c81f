/* The side panel: summary, lists, legend. */
function summary() {
  const s = standard, box = $("summary");
  box.replaceChildren();
  box.append(el("div", { class: "head" }, el("span", { class: "value" }, s.of ? whole(s.of[0]) + "/" + whole(s.of[1]) : amount(s.value, s.unit)),
    s.target != null ? el("span", { class: "target" }, W("target") + " " + amount(s.target, s.unit)) : null,
    s.village_kind && s.value != null ? el("span", { class: "target" }, "/ " + standard.units.length + " " + W("of_villages")) : chip(shown(s))));
  if (s.unit === "share" && s.value != null) {
    const bar = el("div", { class: "bar", role: "img", "aria-label": percent(s.value) }, el("i", { style: { width: 100 * Math.min(1, s.value) + "%" } }));
    if (s.target != null) bar.append(el("b", { style: { left: "calc(" + 100 * Math.min(1, s.target) + "% - 2px)" } }));
    box.append(bar);
  }
  if (s.people != null && s.gaps.length) box.append(el("p", { class: "out" }, el("strong", {}, whole(s.people)), " " + (s.who ? pick([s.who[0] + "未覆盖", s.who[1] + " left out"]) : W(s.village_kind ? "village_people" : "people_out_words")) +
    (s.households != null ? " · " + whole(s.households) + " " + W("households_words") : "")));
  box.append(el("p", { class: "what" }, pick(s.words)));
  const pack = D.packs[s.pack];
  if (D.expired[s.pack]) box.append(el("p", { class: "expired" }, W("plan.expired")));
  box.append(el("p", { class: "fine" }, [s.id, pick(pack.slice(1)), s.clause, W("force." + s.force), s.due ? W("due") + " " + s.due : ""].filter(Boolean).join(" · ")));
  if (pick(s.reading)) box.append(el("p", { class: s.depends ? "what" : "fine" }, pick(s.reading)));
  if (s.sensitivity.length) box.append(el("p", { class: "fine" }, W("sensitivity") + ": " + s.sensitivity.map(([zh, en, v]) => pick([zh, en]) + " → " + amount(v, s.unit)).join(", ")));
  if (pick(s.note)) box.append(el("p", { class: "fine" }, pick(s.note)));
  if (!s.verified) box.append(el("p", { class: "fine" }, W("not_verified")));
}
const TABS = ["gaps", "units", "sites", "try"];
function listSites(box, plan) {
  if (plan.length > 1) {
    const select = el("select", { "aria-label": W("option"), onchange: () => { option = +select.value; hush(); drawSites(); list(); $("list").querySelector("select").focus(); } });
    plan.forEach((_, k) => select.append(el("option", { value: k }, W(k ? "option_links" : "option_sites"))));
    select.value = option;
    box.append(el("li", { class: "level" }, select));
  }
  const chosen = plan[option];
  box.append(el("li", { class: "none" }, pick(chosen.note)));
  chosen.sites.forEach((site, k) => box.append(el("li", {}, el("button", { type: "button", "data-key": "site" + k, onclick: () => showSite(k, true) },
    el("span", { class: "rank" }, "★"), el("span", { class: "name" }, site.name),
    el("span", { class: "num" }, whole(site.people) + " " + W("people_short")), el("span", { class: "sub" }, pick(site.text))))));
  chosen.links.forEach((link, k) => box.append(el("li", {}, el("button", { type: "button", "data-key": "built" + k, onclick: () => showBuilt(k) },
    el("span", { class: "rank" }, "═"), el("span", { class: "name" }, W("built_word")), el("span", { class: "num" }, ""), el("span", { class: "sub" }, pick(link.text))))));
}
function list() {
  const box = $("list");
  if (tab !== "try") box.replaceChildren();
  box.setAttribute("aria-label", W(tab));
  $("panel").setAttribute("aria-labelledby", "tab-" + tab);
  $("tab-gaps").textContent = W("gaps") + " (" + standard.gaps.length + ")";
  $("tab-units").textContent = W("units") + " (" + rowsOf().length + ")";
  const plan = standard.plan;
  $("tab-sites").hidden = !plan;
  $("tab-sites").textContent = W("sites") + (plan ? " (" + (plan[option].sites.length + plan[option].links.length) + ")" : "");
  for (const name of TABS) {
    $("tab-" + name).setAttribute("aria-selected", tab === name);
    $("tab-" + name).tabIndex = tab === name ? 0 : -1;
  }
  $("tab-try").textContent = W("try");
  if (tab === "try") {
    listTry();
  } else if (tab === "sites") {
    listSites(box, plan);
  } else if (tab === "gaps") {
    standard.gaps.slice(0, 500).forEach((gap, k) => {
      const reason = gap.reason ? el("span", {}, el("i", { class: "dot", style: { background: D.colours.reason[gap.reason] || "#882255" } }), W("reason." + gap.reason)) : "";
      box.append(el("li", {}, el("button", { type: "button", "data-key": "gap" + k, onclick: () => showGap(k, true) },
        el("span", { class: "rank" }, String(k + 1)), el("span", { class: "name" }, gap.name || gap.id),
        el("span", { class: "num" }, gap.people == null ? "" : whole(gap.people) + " " + (standard.who ? pick(standard.who) : W("people_short"))),
        el("span", { class: "sub" }, reason, gap.metres != null ? " · " + metres(gap.metres) : ""))));
    });
    if (!standard.gaps.length) box.append(el("li", { class: "none" }, W(standard.status === "unknown" ? "no_answer" : "no_gaps")));
    if (standard.gaps.length > 500) box.append(el("li", { class: "none" }, W("more_in_csv")));
  } else {
    const levels = levelsOf(standard);
    if (levels.length > 1) {
      const select = el("select", { "aria-label": W("units"), onchange: () => { level = select.value; drawUnits(); drawLegend(); list(); $("list").querySelector("select").focus(); } });
      for (const l of levels) select.append(el("option", { value: l }, W("level." + l)));
      select.value = level;
      box.append(el("li", { class: "level" }, select));
    }
    const rows = rowsOf().sort((a, b) => (b[4] ?? -1) - (a[4] ?? -1) || (a[2] ?? 9e9) - (b[2] ?? 9e9));
    rows.forEach((row) => {
      const unit = row[0];
      box.append(el("li", {}, el("button", { type: "button", "data-key": "unit" + unit, onclick: () => { showUnit(unit); if (unitShapes[unit].length) zoomTo(L.latLngBounds(unitShapes[unit].flat())); } },
        el("span", { class: "rank" }, el("i", { class: "dot", style: { background: unitColour(standard, row) } })),
        el("span", { class: "name" }, nameOf(unit)),
        el("span", { class: "num" }, row[2] == null ? told(row[1]) : amount(row[2], row[3])),
        el("span", { class: "sub" }, told(row[1]) + (byShare(standard) && row[4] != null ? " · " + W("people_left_out") + " " + whole(row[4]) : "")))));
    });
    if (!rows.length) box.append(el("li", { class: "none" }, W("no_units")));
  }
}
const legend = L.control({ position: "bottomleft" });
// On a small screen the legend would hide the map: there it is opened by a tap.
const little = window.matchMedia("(max-width: 760px), (max-height: 560px)");
const fold = el("details", little.matches ? {} : { open: "" }, el("summary"), el("div", { class: "keys" }));
// A sheet of paper has a size too, which says nothing about the screen.
little.addEventListener("change", () => { if (!paper()) fold.open = !little.matches; });
legend.onAdd = () => {
  const box = el("div", { class: "legend" }, fold);
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);
  return box;
};
function drawLegend() {
  const keys = [];
  const key = (look, text, shape) => keys.push(el("div", {}, el("i", { class: shape || "", style: look }), el("span", {}, text)));
  const head = (text) => keys.push(el("h2", {}, text));
  const rows = rowsOf();
  if (rows.length) {
    const opacity = level === "urban_village" ? OPACITY.village : OPACITY.unit;
    if (byShare(standard)) {
      head(W("share_left_out"));
      const steps = D.colours.ramp.map((c, k) => el("span", {}, el("i", { style: { background: c, opacity: level === "urban_village" ? opacity : unitOpacity(c) } }), (100 * D.breaks[k]).toFixed(0)));
      keys.push(el("div", { class: "ramp" }, ...steps, el("span", {}, percent(D.breaks[D.breaks.length - 1]))));
      if (rows.some((r) => r[2] == null)) key({ background: D.colours.none, opacity }, W("status.unknown"));
    } else {
      const present = new Set(rows.map((r) => r[1]));
      head(W("level." + level));
      for (const [status, c] of Object.entries(D.colours.status)) if (present.has(status)) key({ background: c, opacity }, told(status));
    }
  }
  const reasons = [...new Set(standard.gaps.filter((g) => g.at).map((g) => g.reason))].filter(Boolean);
  if (reasons.length && map.hasLayer(group("gaps"))) {
    head(W("gap_key"));
    for (const reason of reasons) key({ background: D.colours.reason[reason] || "#882255", opacity: OPACITY.gap }, W("reason." + reason), "round gap");
  }
  if (standard.dots != null && map.hasLayer(group("dots"))) {
    head(W("dot_key"));
    for (const [c, n] of [["c", "covered"], ["g", "gap"], ["o", "off_network"], ["i", "island"]])
      if (D.dots[standard.dots].includes(c)) key({ background: dotColours()[c], opacity: c === "c" ? OPACITY.covered : OPACITY.dot }, W("point." + n), "round home");
  }
  head(W("other_key"));
  if (standard.cats.length) key({ background: D.colours.facility }, standard.cats.slice(0, 3).map((c) => pick(D.cats[c].slice(1))).join(lang === "zh" ? "、" : ", ") + (standard.cats.length > 3 ? " …" : ""), "round");
  if (standard.circle != null && map.hasLayer(group("circle"))) key({ background: "#56b4e9", borderColor: "#0072b2" }, W("circle_word") + " " + metres(standard.limit));
  if (level !== "urban_village" && D.units.levels.includes("urban_village")) key({ borderColor: "#8a3d66" }, W("level.urban_village"), "dash");
  if (standard.gaps.some((g) => g.route >= 0)) key({ borderColor: "#000" }, W("route_word"), "dash");
  if (standard.plan && map.hasLayer(group("sites"))) key({}, W("site_word"), "star");
  if (standard.gaps.some((g) => g.link >= 0)) key({ borderColor: "#009e73" }, W("link_key"), "line");
  if (keys[keys.length - 1].tagName === "H2") keys.pop();
  fold.firstChild.textContent = W("legend");
  fold.lastChild.replaceChildren(...keys);
}
// The whole city, beside or above the legend, whichever shows it larger.
function showAll() {
  const bounds = L.latLngBounds(D.city.box), box = legend.getContainer().getBoundingClientRect();
  const ways = fold.open ? [[box.width + 14, 0], [0, box.height + 14]] : [[0, 0]];
  const zoom = (way) => map.getBoundsZoom(bounds, false, L.point(way[0] + 16, way[1] + 16));
  const [left, below] = ways.reduce((one, other) => (zoom(other) > zoom(one) ? other : one));
  map.fitBounds(bounds, { animate: false, paddingTopLeft: [8 + left, 8], paddingBottomRight: [8, 8 + below] });
}
function choices() {
  const select = $("standard");
  select.replaceChildren();
  D.packs.forEach((pack, p) => {
    const part = el("optgroup", { label: pick(pack.slice(1)) });
    D.standards.forEach((s, k) => {
      if (s.pack !== p) return;
      const mark = { met: "✓", short: "✗", unknown: "?" }[shown(s)] || "·";
      const text = pick(s.words);
      part.append(el("option", { value: k }, mark + " " + s.id + "  " + (text.length > 46 ? text.slice(0, 45) + "…" : text)));
    });
    if (part.children.length) select.append(part);
  });
  select.value = D.standards.indexOf(standard.base || standard);
}
function show() {
  hush();
  trying.answer = null;
  trying.walk = null;
  level = levelsOf(standard)[0] || null;
  drawRoute(null);
  option = 0;
  if (tab === "sites" && !standard.plan) tab = "gaps";
  drawUnits(); drawCircle(); drawDots(); drawFacilities(); drawGaps(); drawSites();
  summary(); list(); drawLegend();
  if (LIVE && (edited() || tab === "try")) judgeNow();
}
function speak() {
  document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
  $("lang").textContent = lang === "zh" ? "English" : "中文";
  $("lang").lang = lang === "zh" ? "en" : "zh-Hans";
  $("print").textContent = W("print");
  $("search").placeholder = W("search_short");
  $("search").setAttribute("aria-label", W("search"));
  $("found").setAttribute("aria-label", W("search"));
  $("tabs").setAttribute("aria-label", W("tabs"));
  label(".folium-map", "map");
  label(".leaflet-control-zoom-in", "zoom_in");
  label(".leaflet-control-zoom-out", "zoom_out");
  label(".leaflet-control-layers-toggle", "layers");
  $("standard-label").textContent = W("choose");
  choices();
  if (!standard) return;
  const down = $("panel").scrollTop;
  summary(); list(); drawLegend();
  if (reopen) reopen();
  $("panel").scrollTop = down;
}
function label(selector, key) {
  const node = document.querySelector(selector);
  if (!node) return;
  node.setAttribute("aria-label", W(key));
  if (node.tagName === "A") node.title = W(key);
}

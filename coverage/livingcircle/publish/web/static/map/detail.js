/* The box about what was clicked. */
import { byShare, isBare } from "./colours.js";
import { drawLink, drawRoute, routeMetres } from "./evidence.js";
import { fold, legendWidth } from "./legend.js";
import { metres, whole } from "./numbers.js";
import { $, D, map, state } from "./page.js";
import { boundsOf, places } from "./panes.js";
import { tellOf } from "./signals.js";
import { W, amount, el, gapName, leftOut, listed, nameOf, pick, siteName, told, unitValue } from "./words.js";

/** @typedef {[string, string | null]} Fact */

/** @param {Fact[]} rows */
function facts(rows) {
  const list = el("dl");
  for (const [name, value] of rows) if (value != null && value !== "–" && value !== "") list.append(el("dt", {}, name), el("dd", {}, value));
  return list;
}

/** Says again what the box says, in another language.
 * @type {(() => void) | null} */
let again = null;
/** Where the keyboard came from.
 * @type {HTMLElement | null} */
let opener = null;
const box = el("section", { class: "detail", "aria-live": "polite", hidden: "" });
const narrow = window.matchMedia("(max-width: 760px)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

/** What else the box of a facility offers.
 * @type {((facility: number) => Node | null)[]} */
export const facilityOffers = [];

export function startDetail() {
  $("map").append(box);
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !box.hidden) hush(); });
}

/** Say it again, after the language changed. */
export function sayAgain() { if (again) again(); }

/** What is shown, marked in the list: a gap's number there, or a unit's. @param {string | null} key */
function mark(key) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".list button"))) {
    const on = key != null && button.dataset.key === key;
    button.classList.toggle("on", on);
    if (on) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
  }
}

/**
 * @param {() => void} repeat
 * @param {string} title @param {Node | string | null} sub @param {Fact[]} rows
 * @param {(string | null)[]} [notes] @param {Node | null} [more]
 */
export function tell(repeat, title, sub, rows, notes, more) {
  again = repeat;
  const close = el("button", { type: "button", class: "close", "aria-label": W("close"), onclick: hush }, "×");
  box.replaceChildren(close, el("h3", {}, title), sub ? el("div", {}, sub) : "", facts(rows));
  for (const note of notes || []) if (note) box.append(el("p", { class: "fine" }, note));
  if (more) box.append(more);
  box.hidden = false;
  box.setAttribute("aria-label", title);
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  if (focused && focused.matches(".list button, #search")) opener = focused;
}

export function hush() {
  // The keyboard goes back to where it came from, not to the top of the page.
  const inside = box.contains(document.activeElement);
  box.hidden = true;
  again = null;
  drawRoute(null);
  drawLink(null);
  mark(null);
  if (inside) (opener && opener.isConnected ? opener : $("search")).focus();
  opener = null;
  tellOf("hush");
}

/**
 * What is shown lies beside the box with the numbers, not under it.
 * @param {L.LatLngBounds} bounds @param {number} [maxZoom]
 */
export function zoomTo(bounds, maxZoom) {
  const small = narrow.matches, { width, height } = box.getBoundingClientRect(), size = map.getSize();
  const left = fold.open && size.x > 700 ? legendWidth() + 20 : 60;
  map.fitBounds(bounds, { animate: !calm.matches, maxZoom: maxZoom || 17, paddingTopLeft: [small ? 20 : left, 30],
    paddingBottomRight: small ? [20, height + 20] : [Math.min(width + 80, 0.6 * size.x), 50] });
  // On a phone the list lies below the map: what was asked for would be out of sight.
  if (small) $("map").scrollIntoView({ block: "nearest" });
}

/** @param {import("./page.js").Gap} gap @returns {Fact[]} */
function gapFacts(gap) {
  return [[state.standard.who ? pick(state.standard.group) : W("people"), whole(gap.people)], [W("households"), whole(gap.households)],
    [W("metres"), metres(gap.metres)], [W("straight_m"), metres(gap.straight)],
    [W("facility_name"), gap.facility], [W("reason"), gap.reason ? W("reason." + gap.reason) : null],
    [W("barrier"), gap.barrier ? pick(gap.barrier) : null],
    ...(gap.m2 || []).map((value, k) => /** @type {Fact} */ ([W(["has_m2", "asked_m2", "lacks_m2"][k]), value == null ? null : amount(value, "m2")])),
    [W("small_rooms"), gap.rooms ? pick(gap.rooms) : null]];
}

/** @param {number} k @param {boolean} [zoom] */
export function showGap(k, zoom) {
  const gap = state.standard.gaps[k];
  if (!gap) { hush(); return; }
  mark("gap" + k);
  const bounds = drawRoute(gap.route), unit = gap.unit != null ? boundsOf(gap.unit) : null;
  drawLink(gap.link);
  tell(() => showGap(k), (k + 1) + ". " + gapName(gap),
    [state.standard.id, gap.level ? W("one." + gap.level) : "", gap.part ? pick(gap.part) : ""].filter(Boolean).join(" · "), gapFacts(gap),
    [gap.route >= 0 ? W("route_drawn") + metres(routeMetres(gap.route)) : "", gap.help ? W("link_word") + pick(gap.help) : ""]);
  if (!zoom) return;
  if (bounds && bounds.isValid()) zoomTo(bounds.extend(gap.at || bounds.getCenter()));
  else if (unit) zoomTo(unit);
  else if (gap.at) zoomTo(L.latLngBounds([gap.at, gap.at]), 16);
}

/** @param {number} unit @param {boolean} [zoom] */
export function showUnit(unit, zoom) {
  const { standard } = state, row = standard.units.find((r) => r[0] === unit);
  mark("unit" + unit);
  const sub = el("span", {}, W("one." + D.units.levels[unit]) + " ", row ? el("span", { class: "chip " + row[1] }, told(row[1])) : null);
  const rows = /** @type {Fact[]} */ ([[W("residents"), whole(D.units.people[unit])], [W("households"), whole(D.units.households[unit])]]);
  if (row) {
    rows.push([standard.village_kind ? W("mean_m") : standard.id, row[2] == null ? null : unitValue(standard, row)]);
    if (byShare(standard) && row[4] != null) rows.push([leftOut(standard), whole(row[4])]);
    if (row[5] != null) rows.push([W("mean_m"), metres(row[5])]);
  }
  const gap = standard.gaps.find((g) => g.unit === unit), route = row ? row[6] : gap ? gap.route : -1;
  const notes = row && isBare(standard, row) ? [W("no_streets_note")] : [];
  drawRoute(route);
  drawLink(gap ? gap.link : null);
  if (gap) rows.push(...gapFacts(gap).slice(2));
  if (route >= 0) notes.push(W("route_drawn") + metres(routeMetres(route)));
  if (gap && gap.help) notes.push(W("link_word") + pick(gap.help));
  const elsewhere = D.standards.filter((s) => s.units.some((r) => r[0] === unit && r[1] === "short")).map((s) => s.id);
  if (elsewhere.length) notes.push(W("short_here") + pick(["", " "]) + listed(elsewhere.slice(0, 14)) + (elsewhere.length > 14 ? " …" : ""));
  tell(() => showUnit(unit), nameOf(unit), sub, rows, notes);
  const bounds = boundsOf(unit);
  if (zoom && bounds) zoomTo(bounds);
}

/** @param {number} k @param {boolean} [zoom] */
export function showSite(k, zoom) {
  const site = state.standard.plan?.[state.option].sites[k];
  if (!site) { hush(); return; }
  mark("site" + k);
  drawRoute(null);
  drawLink(null);
  const staff = site.staff[0] == null ? null : site.staff[0] + "–" + site.staff[1];
  tell(() => showSite(k), "★ " + siteName(site), state.standard.id + " · " + W("site_word"), [[W("people"), whole(site.people)], [W("staff_word"), staff]], [pick(site.text)]);
  if (zoom && site.at) zoomTo(L.latLngBounds([site.at, site.at]), 16);
}

/** @param {number} k */
export function showBuilt(k) {
  const link = state.standard.plan?.[state.option].links[k];
  if (!link) { hush(); return; }
  mark("built" + k);
  drawRoute(null);
  drawLink(null);
  tell(() => showBuilt(k), W("built_word"), state.standard.id, [], [pick(link.text)]);
  zoomTo(L.latLngBounds(link.line), 17);
}

/** @param {number} k @param {boolean} [zoom] */
export function showFacility(k, zoom) {
  mark(null);
  drawRoute(null);
  drawLink(null);
  const offers = facilityOffers.map((offer) => offer(k)).filter((node) => node != null);
  tell(() => showFacility(k), D.facilities.names[k] || W("unnamed"), D.facilities.cats[k].map((c) => pick(D.cats[c].slice(1))).join(" · "), [], [], offers[0]);
  if (zoom) zoomTo(L.latLngBounds([places[k], places[k]]));
}

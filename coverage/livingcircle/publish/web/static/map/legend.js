/* The legend, and the view of the whole city beside it. */
import { OPACITY, TRIED, byShare, dotColours, gapColour, isBare, ramp, unitOpacity } from "./colours.js";
import { showsTried, trying } from "./attempt.js";
import { dotsWanted, inSquares, lettersNow } from "./dots.js";
import { drawnLevel, drawnRows } from "./layers.js";
import { metres, percent } from "./numbers.js";
import { D, group, map, paper, state } from "./page.js";
import { tellOf } from "./signals.js";
import { walkingKeys } from "./walking.js";
import { W, el, listed, pick, told } from "./words.js";

const control = new L.Control({ position: "bottomleft" });

/** On a small screen the legend would hide the map: there it is opened by a tap. */
const little = window.matchMedia("(max-width: 760px), (max-height: 560px)");
const title = el("summary"), keyBox = el("div", { class: "keys" });
export const fold = el("details", little.matches ? {} : { open: "" }, title, keyBox);

export function startLegend() {
  // A sheet of paper has a size too, which says nothing about the screen.
  little.addEventListener("change", () => { if (!paper()) fold.open = !little.matches; });
  control.onAdd = () => {
    const box = el("div", { class: "legend" }, fold);
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    return box;
  };
  control.addTo(map);
  // Names make room for it.
  fold.addEventListener("toggle", () => tellOf("marks"));
  // The scale decides which units and whether homes are drawn.
  map.on("zoomend", () => { if (state.standard) drawLegend(); });
}

/** @typedef {HTMLElement[]} Keys */

/** @param {Keys} keys @param {Record<string, any>} look @param {string} text @param {string} [shape] */
const key = (keys, look, text, shape) => { keys.push(el("div", {}, el("i", { class: shape || "", style: look }), el("span", {}, text))); };

/** @param {Keys} keys @param {string} text */
const head = (keys, text) => { keys.push(el("h2", {}, text)); };

/** @param {Keys} keys @param {string | null} level */
function unitKeys(keys, level) {
  const rows = drawnRows(), opacity = level === "urban_village" ? OPACITY.village : OPACITY.unit;
  if (!rows.length) return;
  const many = level && level !== "city" && D.words["level." + level] ? W("level." + level) : "";
  if (byShare(state.standard)) {
    head(keys, W("share_left_out") + (many ? " · " + many : ""));
    const steps = ramp().map((colour, k) => el("span", {}, el("i", { style: { background: colour, opacity: level === "urban_village" ? opacity : unitOpacity(colour) } }), (100 * D.breaks[k]).toFixed(0)));
    keys.push(el("div", { class: "ramp" }, ...steps, el("span", {}, percent(D.breaks[D.breaks.length - 1], state.lang))));
    if (rows.some((row) => isBare(state.standard, row))) key(keys, { background: D.colours.none, opacity, borderStyle: "dashed" }, W("no_streets"));
    if (rows.some((row) => row[2] == null && !isBare(state.standard, row))) key(keys, { background: D.colours.none, opacity }, W("status.unknown"));
    return;
  }
  const present = new Set(rows.map((row) => row[1]));
  head(keys, many || W("units"));
  for (const [status, colour] of Object.entries(D.colours.status)) if (present.has(status)) key(keys, { background: colour, opacity }, told(status));
}

/** @param {Keys} keys */
function markKeys(keys) {
  const { standard } = state;
  const reasons = [...new Set(standard.gaps.filter((gap) => gap.at).map((gap) => gap.reason))].filter(Boolean);
  if (reasons.length && map.hasLayer(group("gaps"))) {
    head(keys, W("gap_key"));
    for (const reason of reasons) key(keys, { background: gapColour(reason), opacity: OPACITY.gap }, W("reason." + reason), "round gap");
  }
  if (dotsWanted() && standard.dots != null) {
    const letters = lettersNow();
    head(keys, W("dot_key") + (inSquares() ? " · " + W("dot_squares") : ""));
    for (const [letter, name] of [["c", "covered"], ["g", "gap"], ["o", "off_network"], ["i", "island"]])
      if (letters.includes(letter)) key(keys, { background: dotColours()[letter], opacity: letter === "c" ? OPACITY.covered : OPACITY.dot }, W("point." + name), "round home");
  }
}

/** @param {Keys} keys @param {string | null} level */
function otherKeys(keys, level) {
  const { standard } = state, names = standard.cats.slice(0, 3).map((c) => pick(D.cats[c].slice(1)));
  head(keys, W("other_key"));
  if (names.length) key(keys, { background: D.colours.facility }, listed(names) + (standard.cats.length > 3 ? " …" : ""), "round");
  if (standard.circles.length && map.hasLayer(group("circle"))) key(keys, { background: "#56b4e9", borderColor: "#0072b2" }, W("circle_word") + " " + listed(standard.circles.map(([, limit]) => metres(limit))));
  if (level !== "urban_village" && D.units.levels.includes("urban_village")) key(keys, { borderColor: "#8a3d66" }, W("level.urban_village"), "dash");
  if (standard.gaps.some((gap) => gap.route >= 0)) key(keys, { borderColor: "#000" }, W("route_word"), "dash");
  if (standard.plan && map.hasLayer(group("sites"))) key(keys, {}, W("site_word"), "star");
  if (standard.gaps.some((gap) => gap.link >= 0)) key(keys, { borderColor: "#009e73" }, W("link_key"), "line");
  if (keys[keys.length - 1].tagName === "H2") keys.pop();
}

/** What a scenario changes, as it is drawn. @param {Keys} keys */
function triedKeys(keys) {
  if (!showsTried() || !map.hasLayer(group("tried"))) return;
  const { added, closed, links, cuts } = trying.edits;
  head(keys, W("try_changed"));
  if (added.length) key(keys, { background: TRIED.added }, W("try_new"), "round gap");
  if (closed.length) key(keys, { background: TRIED.closed }, W("try_closed"), "round");
  if (links.length) key(keys, { borderColor: TRIED.link }, W("try_link_name"), "line");
  if (cuts.length) key(keys, { borderColor: TRIED.cut }, W("try_cut_key"), "dash");
}

export function drawLegend() {
  const keys = /** @type {Keys} */ ([]), level = drawnLevel();
  unitKeys(keys, level);
  markKeys(keys);
  otherKeys(keys, level);
  triedKeys(keys);
  for (const [title, own] of walkingKeys()) { head(keys, title); for (const [look, text, shape] of own) key(keys, look, text, shape); }
  title.textContent = W("legend");
  keyBox.replaceChildren(...keys);
}

const box = () => /** @type {HTMLElement} */ (control.getContainer());

/** Pixels that the legend takes at the left of the map. */
export const legendWidth = () => (fold.open ? box().offsetWidth : 0);

/** The whole city, beside or above the legend, whichever shows it larger. */
export function showAll() {
  const bounds = L.latLngBounds(D.city.box), { width, height } = box().getBoundingClientRect();
  const ways = fold.open ? [[width + 14, 0], [0, height + 14]] : [[0, 0]];
  const zoom = (/** @type {number[]} */ way) => map.getBoundsZoom(bounds, false, L.point(way[0] + 16, way[1] + 16));
  const [left, below] = ways.reduce((one, other) => (zoom(other) > zoom(one) ? other : one));
  map.fitBounds(bounds, { animate: false, paddingTopLeft: [8 + left, 8], paddingBottomRight: [8, 8 + below] });
}

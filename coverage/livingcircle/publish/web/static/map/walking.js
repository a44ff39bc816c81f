/* What makes a walk slow, and what is not sure: slopes, stairs and crossings, homes in doubt, field checks. */
import { D, base, group, map, state } from "./page.js";
import { once, renderer } from "./panes.js";
import { decode, decodePoints } from "./shapes.js";
import { on, tellOf } from "./signals.js";
import { clustered } from "./spread.js";
import { W, el, pick, tip } from "./words.js";

const SLOPES = ["#fdae61", "#d9622b", "#7f1d0e"];
/** @type {Record<string, string>} */
const WAITS = { stairs: "#882255", crossing: "#e69f00", signals: "#d55e00", escalator: "#cc79a7", lift: "#aa4499" };
const DOUBT = "#5e3c99";

/** The page has something to show of it, and it is shown. @param {string} name */
const wanted = (name) => D.groups[name] != null && map.hasLayer(group(name));

/** Lines of one colour each, drawn the first time that the layer is wanted.
 * @param {string} name @param {import("./page.js").Shapes} shapes @param {(k: number) => L.PathOptions} look */
function drawLines(name, shapes, look) {
  if (!wanted(name)) return;
  once("drawn " + name, () => decode(shapes).map((lines, k) =>
    L.polyline(lines, { pane: name, renderer: renderer(name, true), interactive: false, ...look(k) }).addTo(group(name))));
}

/** Homes of the chosen standard whose answer is not sure: of the city as it is, not of what is tried. */
function drawDoubt() {
  if (D.groups.doubt == null) return;
  group("doubt").clearLayers();
  const doubt = state.standard && !state.standard.base ? state.standard.doubt : null;
  if (!doubt || !wanted("doubt")) return;
  const homes = once("homes", () => decodePoints(D.demand.points)), [steps, chances] = doubt;
  let at = 0;
  steps.forEach((step, k) => {
    at += step;
    // Even chances are the darkest.
    const even = 1 - Math.abs(chances[k] - 50) / 50;
    L.circleMarker(homes[at], { pane: "doubt", renderer: renderer("doubt", true), radius: 3.2, color: DOUBT, weight: 1.2,
      opacity: 0.35 + 0.65 * even, fillColor: DOUBT, fillOpacity: 0.5 * even, interactive: false }).addTo(group("doubt"));
  });
}

/** Marks are squares of so many pixels. */
const MARK_PX = 20;

/** Checks that would lie on each other are one mark, that of the first, with a plus. */
function drawChecks() {
  if (D.groups.checks == null) return;
  group("checks").clearLayers();
  const marks = D.walking.checks.flatMap((check, k) => (check.at ? [{ at: check.at, k }] : []));
  const spots = marks.map(({ at }) => ({ ...map.project(at, map.getZoom()), radius: MARK_PX / 2 }));
  for (const near of clustered(spots, 1).map((numbers) => numbers.map((n) => marks[n].k).sort((a, b) => a - b))) {
    const first = near[0], many = near.length > 1, number = first + 1 + (many ? "+" : "");
    L.marker(/** @type {L.LatLngExpression} */ (D.walking.checks[first].at), { pane: "checks", alt: W("check_word") + " " + number, title: "",
      icon: L.divIcon({ className: "lc-check", iconSize: [MARK_PX, MARK_PX], html: el("span", {}, number) }) })
      .bindTooltip(tip(() => first + 1 + ". " + pick(D.walking.checks[first].text) + (many ? " (+" + (near.length - 1) + ")" : "")))
      .on("click", () => tellOf("check", first)).addTo(group("checks"));
  }
}

function draw() {
  drawLines("slopes", D.walking.slopes, (k) => ({ color: SLOPES[k], weight: 2.2 + 0.5 * k, opacity: 0.9 }));
  drawLines("waits", D.walking.waits, (k) => ({ color: WAITS[D.walking.kinds[k]], weight: 5, opacity: 0.95 }));
  drawDoubt();
}

export function startWalking() {
  draw();
  drawChecks();
  map.on("overlayadd", draw);
  map.on("zoomend", drawChecks);
  for (const what of ["standard", "edits", "judged"]) on(what, drawDoubt);
}

/** @param {number} step @returns {string} per cent */
const cent = (step) => (100 * step).toFixed(1).replace(".0", "");

/** What the legend says of these layers: look, text and shape of each key, under a heading.
 * @returns {[string, [Record<string, string>, string, string][]][]} */
export function walkingKeys() {
  const { steps, kinds, steepest_only: only } = D.walking, doubt = base()?.doubt;
  /** @type {[string, [Record<string, string>, string, string][]][]} */
  const keys = [];
  if (wanted("slopes"))
    keys.push([W(only ? "slopes_steepest" : "slopes_key"), steps.map((from, k) => [{ borderColor: SLOPES[k] },
      k + 1 < steps.length ? cent(from) + "–" + cent(steps[k + 1]) + " %" : "≥ " + cent(from) + " % " + W("too_steep"), "line"])]);
  if (wanted("waits")) keys.push([W("waits_key"), kinds.map((kind) => [{ borderColor: WAITS[kind] }, W("slow." + kind), "line"])]);
  if (wanted("doubt") && doubt) keys.push([W("doubt_key"), [[{ background: DOUBT }, W("doubt_word"), "round home"]]]);
  if (wanted("checks")) keys.push([W("checks_key"), [[{}, W("check_word"), "check"]]]);
  return keys;
}

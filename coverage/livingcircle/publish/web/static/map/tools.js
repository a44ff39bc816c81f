/* Trying things on the map itself: facilities put and dragged, links and cuts drawn. */
import { LIVE, ask, change, copyOfEdits, edited, judge, showsTried, testsAt, testsOf, trying } from "./attempt.js";
import { TRIED } from "./colours.js";
import { dashed, drawSites, newWay } from "./evidence.js";
import { drawDots } from "./dots.js";
import { drawGaps, drawUnits, redrawTried } from "./layers.js";
import { $, D, base, group, map, state } from "./page.js";
import { boundsOf, renderer } from "./panes.js";
import { summary, list } from "./side.js";
import { on, tellOf } from "./signals.js";
import { triedStandard } from "./tried.js";
import { W, short, tip } from "./words.js";

/** @typedef {"place" | "link" | "cut" | "walk"} Mode */

/** What a click on the map does, and what is begun. */
export const tool = {
  /** @type {Mode | null} */
  mode: null,
  /** @type {[number, number] | null} longitude and latitude where a line begins */
  begun: null,
  category: "",
  /** @type {[number, number][] | null} a walk that is drawn */
  walk: null,
  /** @type {import("../live/way.js").ShutPlace[]} shut places that it leads around */
  shut: [],
};

/** What a click of the walking tool does.
 * @type {{walk: (at: [number, number]) => void}} */
export const asked = { walk: () => {} };

/** @param {Mode} mode */
export function take(mode) {
  tool.mode = tool.mode === mode ? null : mode;
  tool.begun = null;
  tool.walk = null;
  tool.shut = [];
  $("map").classList.toggle("pointing", tool.mode != null);
  drawTried();
  tellOf("tried");
}

/** Degrees as they are kept: a hundredth of a metre. @param {number} degrees */
const kept = (degrees) => +degrees.toFixed(7);

/** @param {number} n @param {string} word */
const named = (n, word) => W(word) + " " + n;

/** @param {import("../live/edits.js").Edits} edits @returns {string} an id that no facility has */
export function freeId(edits) {
  const taken = new Set([...(LIVE?.facilities.ids || []), ...edits.added.map((one) => one.id)]);
  let n = 1;
  while (taken.has("new-" + n)) n++;
  return "new-" + n;
}

/** @param {L.LatLng} latlng */
function pointed(latlng) {
  const at = /** @type {[number, number]} */ ([kept(latlng.lng), kept(latlng.lat)]), { mode } = tool;
  if (mode === "walk") { asked.walk(at); return; }
  if (mode === "place") {
    change((e) => {
      const id = freeId(e);
      e.added.push({ id, name: named(+id.replace(/^\D+/, ""), "try_new"), categories: [tool.category], lon: at[0], lat: at[1] });
    });
    return;
  }
  if (!tool.begun) { tool.begun = at; drawTried(); tellOf("tried"); return; }
  const line = [tool.begun, at];
  tool.begun = null;
  if (mode === "link") change((e) => e.links.push({ name: named(e.links.length + 1, "try_link_name"), line, stairs: false }));
  else change((e) => e.cuts.push({ name: named(e.cuts.length + 1, "try_cut_name"), line }));
}

// ------------------------------------------------------------------ marks
/** @type {Map<number, L.Marker>} marks of the added facilities */
const marks = new Map();

/** @param {[number, number][]} line longitude and latitude @returns {[number, number][]} as Leaflet has them */
export const turned = (line) => line.map(([x, y]) => [y, x]);

export function drawTried() {
  const box = group("tried");
  if (trying.held) return; // a mark is under the finger
  box.clearLayers();
  marks.clear();
  if (trying.before) return;
  const look = { pane: "sites", renderer: renderer("sites") };
  for (const link of trying.edits.links) newWay(turned(link.line), box, "sites");
  for (const cut of trying.edits.cuts)
    L.polyline(turned(cut.line), { ...look, interactive: false, color: TRIED.cut, weight: 5, dashArray: "2 8" }).addTo(box);
  if (tool.begun) L.circleMarker([tool.begun[1], tool.begun[0]], { ...look, radius: 6, color: "#000", fillColor: "#f0e442", fillOpacity: 1 }).addTo(box);
  trying.edits.added.forEach((_, k) => drawMark(k).addTo(box));
  for (const [k, mark] of marks) mark.getElement()?.setAttribute("aria-label", short(trying.edits.added[k].name) + " · " + W("try_drag"));
  if (tool.walk) dashed(turned(tool.walk), box, "lc-walk");
  for (const { lon, lat } of tool.walk ? tool.shut : [])
    L.circleMarker([lat, lon], { ...look, radius: 4.5, weight: 2, color: "#ffffff", fillColor: "#b34700", fillOpacity: 1, interactive: false, className: "lc-shut" }).addTo(box);
}

const DRAG_MS = 120, STEP_PX = 8;

/** @param {number} k which of the added facilities */
function drawMark(k) {
  const one = trying.edits.added[k];
  const mark = L.marker([one.lat, one.lon], { pane: "sites", draggable: true, autoPan: true, keyboard: true, alt: short(one.name), title: "",
    icon: L.divIcon({ className: "lc-added", iconSize: [30, 30] }) });
  /** @param {L.LatLng} at */
  const move = (at) => change((e) => { e.added[k].lon = kept(at.lng); e.added[k].lat = kept(at.lat); });
  let last = 0;
  mark.on("drag", () => {
    const now = performance.now();
    // While it is dragged the map follows as fast as the engine answers, and undo takes it back as one.
    if (now - last < DRAG_MS || previewing) return;
    last = now;
    preview(k, mark.getLatLng());
  });
  mark.on("dragstart", () => { trying.held = true; });
  mark.on("dragend", () => { trying.held = false; move(mark.getLatLng()); });
  mark.bindTooltip(tip(() => short(one.name) + " · " + W("try_drag")));
  mark.on("keydown", (event) => {
    const e = /** @type {any} */ (event).originalEvent;
    const by = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-STEP_PX, 0], ArrowRight: [STEP_PX, 0], ArrowUp: [0, -STEP_PX], ArrowDown: [0, STEP_PX] })[e.key];
    if (e.key === "Delete" || e.key === "Backspace") remove("added", k);
    else if (by) change((x) => {
      const at = map.containerPointToLatLng(map.latLngToContainerPoint(mark.getLatLng()).add(by));
      x.added[k].lon = kept(at.lng); x.added[k].lat = kept(at.lat);
    }).then(() => focusMark(k));
    else return;
    if (by) focusMark(k);
    e.preventDefault();
    e.stopPropagation();
  });
  marks.set(k, mark);
  return mark;
}

/** @param {number} k */
export function focusMark(k) { marks.get(k)?.getElement()?.focus(); }

/**
 * Take an edit back out; the keyboard goes to the next of its kind, or to the map.
 * @param {"added" | "closed" | "links" | "cuts"} kind @param {number} k
 */
export function remove(kind, k) {
  const onMark = document.activeElement?.classList.contains("lc-added");
  const asIs = change((e) => { e[kind].splice(k, 1); });
  const next = () => {
    if (onMark) (marks.get(Math.min(k, marks.size - 1))?.getElement() || map.getContainer()).focus();
    else {
      const left = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-remove^="${kind}"]`));
      (left[Math.min(k, left.length - 1)] || document.querySelector('[data-try="undo"]') || $("tab-try")).focus();
    }
  };
  next();
  return asIs.then(next);
}

// ------------------------------------------------------------------ as it would be
/** @param {number[]} which tests @returns {import("./tried.js").Around} */
export const aroundOf = (which) => ({
  units: D.units, dots: D.dots, parts: testsAt(which).map((test) => test.part), outside: W("outside_units"), note: D.words.try_note,
  centre: (unit) => { const at = boundsOf(unit)?.getCenter(); return at ? [at.lat, at.lng] : null; },
});

let previewing = false;

/** Show what a mark would change where it is just now. @param {number} k @param {L.LatLng} at */
async function preview(k, at) {
  const standard = base(), which = testsOf(standard);
  if (!which || !trying.edits.added[k]) return;
  previewing = true;
  const edits = copyOfEdits();
  edits.added[k].lon = kept(at.lng); edits.added[k].lat = kept(at.lat);
  let answer;
  try { answer = await ask({ edits, judge: which }); } catch { return; } finally { previewing = false; }
  if (answer.refused || !trying.first[String(which)] || base() !== standard || !trying.held) return;
  state.standard = triedStandard(standard, answer, aroundOf(which));
  drawUnits(); drawDots(); drawGaps(); summary(); tellOf("tried");
}

/** Show the scenario, or the city as it is. */
export function showJudged() {
  const standard = base(), which = testsOf(standard);
  state.standard = which && showsTried() ? triedStandard(standard, trying.answer, aroundOf(which)) : standard;
  redrawTried();
  drawDots();
  drawSites();
  summary(); list(); tellOf("legend"); drawTried();
}

export function startTools() {
  on("edits", () => { tool.walk = null; tool.shut = []; drawTried(); });
  on("judged", showJudged);
  on("tab", () => { if (state.tab !== "try" && tool.mode) { tool.mode = null; tool.begun = null; $("map").classList.remove("pointing"); drawTried(); } });
  map.on("click", (e) => { if (tool.mode && state.tab === "try") pointed(e.latlng); });
  const box = map.getContainer();
  box.addEventListener("keydown", (e) => {
    if (e.target === box && e.key === "Enter" && tool.mode && state.tab === "try") pointed(map.getCenter());
  });
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && tool.mode) take(tool.mode); });
  if (edited()) judge();
}

/* The layers of the chosen standard. */
import { LIVE, trying } from "./attempt.js";
import { OPACITY, TRIED, gapColour, isBare, unitColour, unitOpacity } from "./colours.js";
import { D, group, levelOf, levelsOf, map, state } from "./page.js";
import { boundsOf, once, places, renderer, unitShapes } from "./panes.js";
import { levelAt, metresPerPixel, middleSize } from "./scale.js";
import { decode } from "./shapes.js";
import { dark, onScheme } from "./scheme.js";
import { tellOf } from "./signals.js";
import { clustered } from "./spread.js";
import { W, el, gapName, nameOf, peopleWord, tip } from "./words.js";
import { whole } from "./numbers.js";

export function drawStreets() {
  const lines = once("streets", () => decode(D.streets).flat());
  group("streets").clearLayers();
  if (!lines.length) return;
  L.polyline(lines, { pane: "streets", renderer: renderer("streets"), color: dark() ? "#48545b" : "#b9b9b4", weight: 0.9,
    interactive: false, smoothFactor: 1.5 }).addTo(group("streets"));
}

// ------------------------------------------------------------------ which units carry the colour
/** @type {Map<string, number>} */
const sizes = new Map();

/** @param {string} level @returns {number} metres across a unit of it */
export function sizeOf(level) {
  let size = sizes.get(level);
  if (size == null) {
    const boxes = unitShapes.flatMap((shape, unit) => {
      const b = levelOf(unit) === level && shape.length ? boundsOf(unit) : null;
      return b ? [/** @type {[number, number, number, number]} */ ([b.getSouth(), b.getWest(), b.getNorth(), b.getEast()])] : [];
    });
    size = middleSize(boxes);
    sizes.set(level, size);
  }
  return size;
}

/** The level that the reader chose, or else the one that fits the scale. @returns {string | null} */
export function drawnLevel() {
  if (state.level != null) return state.level;
  const drawable = levelsOf(state.standard).filter((level) => sizeOf(level) > 0 || level === "city");
  return levelAt(drawable, sizeOf, metresPerPixel(map.getZoom(), map.getCenter().lat));
}

/** Rows of the units that carry the colour. */
export const drawnRows = () => {
  const level = drawnLevel();
  return state.standard.units.filter((row) => levelOf(row[0]) === level);
};

// ------------------------------------------------------------------ areas
/** More areas than this are drawn on a canvas. */
const MOST_ELEMENTS = 400;

/** @param {boolean} village @param {number} unit @param {boolean} many @param {L.PathOptions} look */
function addUnit(village, unit, many, look) {
  const pane = village ? "villages" : "units";
  const shape = L.polygon(unitShapes[unit], { pane, renderer: renderer(pane, many && !village), ...look });
  shape.bindTooltip(tip(() => nameOf(unit)), { sticky: true });
  shape.on("click", () => tellOf("unit", unit));
  shape.addTo(group(pane));
}

let drawnAs = "";

export function drawUnits() {
  group("units").clearLayers();
  group("villages").clearLayers();
  const level = drawnLevel(), carried = new Set();
  drawnAs = String(level);
  const rows = drawnRows(), cell = level === "cell", many = D.units.levels.length > MOST_ELEMENTS;
  for (const row of rows) {
    const unit = row[0], village = D.units.levels[unit] === "urban_village", colour = unitColour(state.standard, row);
    if (!unitShapes[unit].length) continue;
    carried.add(unit);
    addUnit(village, unit, many, { color: village ? "#5b2a45" : cell ? "#9aa4aa" : "#5c666c", weight: village ? 1.6 : cell ? 0.4 : 0.8, fillColor: colour,
      dashArray: isBare(state.standard, row) ? "3 3" : undefined,
      fillOpacity: village ? OPACITY.village : unitOpacity(colour), className: "lc-unit" });
  }
  // Units that the standard says nothing about, and villages, keep their outline.
  D.units.levels.forEach((own, unit) => {
    const village = own === "urban_village";
    if (carried.has(unit) || !unitShapes[unit].length || !(village || levelOf(unit) === "leaf")) return;
    if (!village && (level === "town" || level === "district")) return; // too small to be told apart
    addUnit(village, unit, many, { color: village ? "#8a3d66" : "#9aa4aa", weight: village ? 1.3 : 0.5, dashArray: village ? "4 3" : undefined,
      fillOpacity: village ? 0.05 : 0, fillColor: village ? "#cc79a7" : "#ffffff", className: "lc-outline" });
  });
}

export function drawCircle() {
  group("circle").clearLayers();
  for (const [circle] of state.standard.circles) {
    const shape = once("circle" + circle, () => decode(D.circles[circle]))[0];
    if (!shape || !shape.length) continue;
    L.polygon(shape, { pane: "circle", renderer: renderer("circle"), interactive: false,
      color: "#0072b2", weight: 1, fillColor: "#56b4e9", fillOpacity: OPACITY.circle }).addTo(group("circle"));
  }
}

// ------------------------------------------------------------------ marks
/** From afar a hundred of them would lie on each other. */
const placeSize = () => Math.max(2.4, Math.min(4.5, (map.getZoom() - 9.5) * 0.9));

/** So many marks are drawn wherever they are; of more only those in sight. */
const FEW = 500;
/** More marks in sight than this each have room around them. */
const SPARSE = 60;
/** From here on marks at one place stay apart: nearer the map does not go. */
const NEAREST = 17;

/**
 * What of some marks is drawn: put together where they would overlap, and only near the view.
 * @template {{at: L.LatLngExpression, radius: number}} T
 * @param {T[]} marks the weightiest first
 * @param {number} room pixels around each where they are many
 * @returns {T[][]}
 */
function gathered(marks, room) {
  const bounds = map.getBounds().pad(0.4), near = marks.length > FEW ? marks.filter((mark) => bounds.contains(mark.at)) : marks;
  if (map.getZoom() >= NEAREST) return near.map((mark) => [mark]);
  const many = near.length > SPARSE;
  const spots = near.map((mark) => ({ ...map.project(mark.at, map.getZoom()), radius: many ? room : mark.radius }));
  return clustered(spots, many ? 1 : 0.7).map((numbers) => numbers.map((k) => near[k]));
}

/** Open a group of marks: its places fill the view. @param {{at: L.LatLngExpression}[]} marks */
function open(marks) {
  map.fitBounds(L.latLngBounds(marks.map((mark) => L.latLng(mark.at))), { maxZoom: NEAREST, padding: [60, 60] });
}

export function drawFacilities() {
  group("facilities").clearLayers();
  const wanted = new Set(state.standard.cats), shut = new Set(LIVE && !trying.before ? trying.edits.closed : []);
  const size = placeSize(), ids = LIVE ? LIVE.facilities.ids : [];
  const marks = places.flatMap((at, k) => (D.facilities.cats[k].some((c) => wanted.has(c)) ? [{ at, k, radius: size }] : []));
  for (const near of gathered(marks, 11)) {
    const [{ at, k }] = near, many = near.length > 1;
    const closed = near.every((one) => shut.has(ids[one.k]));
    L.circleMarker(at, { pane: "facilities", renderer: renderer("facilities"), radius: many ? size * 1.35 : size, weight: size / 3,
      color: "#ffffff", fillColor: closed ? TRIED.closed : D.colours.facility, fillOpacity: 1, className: "lc-facility" })
      .bindTooltip(tip(() => (many ? near.length + " × " : "") + (D.facilities.names[k] || W("unnamed"))))
      .on("click", () => { if (many) open(near); else tellOf("facility", k); }).addTo(group("facilities"));
  }
}

/** Areas grow with the people left out, alike for all standards unless one leaves out few.
 * @param {number | null} people @param {number} most */
const radius = (people, most) => Math.max(4.5, Math.min(18, 18 * Math.sqrt((people || 0) / Math.max(most, 2000))));

export function drawGaps() {
  group("gaps").clearLayers();
  const most = state.standard.gaps.reduce((m, gap) => Math.max(m, gap.people || 0), 0);
  const marks = state.standard.gaps.flatMap((gap, k) => (gap.at ? [{ at: gap.at, gap, k, radius: radius(gap.people, most) }] : []));
  marks.sort((a, b) => (b.gap.people || 0) - (a.gap.people || 0));
  // The largest first, so that small ones lie on top and can be clicked.
  for (const near of gathered(marks, 21)) drawGap(near, most);
}

/** @param {{at: L.LatLngExpression, gap: import("./page.js").Gap, k: number, radius: number}[]} near @param {number} most */
function drawGap(near, most) {
  const [{ at, gap, k }] = near, many = near.length > 1;
  const known = near.filter((one) => one.gap.people != null);
  const people = known.length ? known.reduce((sum, one) => sum + (one.gap.people || 0), 0) : null;
  const told = people == null ? "" : " · " + whole(people) + " " + peopleWord();
  L.circleMarker(at, { pane: "gaps", renderer: renderer("gaps"), radius: radius(people, most) + (many ? 2 : 0),
    color: "#ffffff", weight: many ? 2.5 : 1.5, fillColor: gapColour(gap.reason), fillOpacity: OPACITY.gap, className: "lc-gap" })
    .bindTooltip(tip(() => (many ? near.length + " " + W("gaps") : (k + 1) + ". " + gapName(gap)) + told))
    .on("click", () => { if (many) open(near); else tellOf("gap", k); }).addTo(group("gaps"));
  if (many) L.marker(at, { pane: "gaps", zIndexOffset: 100_000, interactive: false, keyboard: false, alt: "",
    icon: L.divIcon({ className: "lc-count", iconSize: [24, 16], html: el("span", {}, String(near.length)) }) }).addTo(group("gaps"));
}

// ------------------------------------------------------------------ as the map moves
export function startLayers() {
  onScheme(() => { drawStreets(); if (state.standard) { drawUnits(); tellOf("legend"); } });
  map.on("zoomend", () => {
    if (!state.standard) return;
    if (String(drawnLevel()) !== drawnAs) drawUnits();
    drawFacilities();
    drawGaps();
  });
  map.on("dragend", () => {
    if (!state.standard) return;
    if (places.length > FEW) drawFacilities();
    if (state.standard.gaps.length > FEW) drawGaps();
  });
}

/** Draw all of a standard. */
export function drawStandard() {
  drawUnits(); drawCircle(); drawFacilities(); drawGaps();
  tellOf("marks");
}

/** Draw what a scenario may have changed. */
export function redrawTried() {
  drawUnits(); drawFacilities(); drawGaps(); drawCircle();
  tellOf("marks");
}


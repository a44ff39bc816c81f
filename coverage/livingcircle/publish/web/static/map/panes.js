/* What is drawn, decoded, and the panes that it is drawn on. */
import { D, map, paper } from "./page.js";
import { decode, decodePoints } from "./shapes.js";

export const unitShapes = decode(D.units.shapes);
export const places = decodePoints(D.facilities.points);
export const routes = decode(D.routes);
export const links = decode(D.links);

/** @type {Record<string, any>} */
const made = {};

/** Make something the first time that it is wanted.
 * @template T @param {string} name @param {() => T} make @returns {T} */
export const once = (name, make) => (made[name] = made[name] || make());

/** @param {number} unit @returns {L.LatLngBounds | null} */
export function boundsOf(unit) {
  return unitShapes[unit].length ? L.latLngBounds(unitShapes[unit].flat()) : null;
}

/** Panes from the lowest, and which of them the pointer passes through. */
export function makePanes() {
  const through = ["ground", "names", "streets", "dots", "circle", "slopes", "waits", "doubt"];
  const order = { ground: 320, streets: 340, circle: 380, units: 400, dots: 420, villages: 430, routes: 440,
    slopes: 422, waits: 424, doubt: 426, facilities: 450, gaps: 460, checks: 465, sites: 470, names: 480 };
  for (const [name, height] of Object.entries(order)) {
    const pane = map.createPane(name);
    pane.style.zIndex = String(height);
    if (through.includes(name)) pane.style.pointerEvents = "none";
  }
}

/** @type {Record<string, L.Renderer>} */
const renderers = {};

/**
 * A canvas is quick, but Chromium prints it on a white ground, which would hide the units below.
 * @param {string} pane @param {boolean} [many] so many shapes that elements of their own would be slow
 * @returns {L.Renderer}
 */
export function renderer(pane, many) {
  const canvas = pane === "ground" || pane === "streets" || (many && !paper());
  const key = pane + canvas;
  return (renderers[key] = renderers[key] || (canvas ? L.canvas({ pane }) : L.svg({ pane })));
}

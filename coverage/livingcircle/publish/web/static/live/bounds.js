/* What no scenario may have: places off the earth or far from the streets, lines without a length. The command line
   refuses the same. */
import { EditError } from "./edits.js";

const ELSEWHERE_M = 5000, DEGREE_M = 111320, RADIANS = Math.PI / 180;

/** @typedef {[number, number, number, number]} Box west, south, east, north in degrees */

/** The rectangle of the junctions of some streets. @param {import("./network.js").Network} net @returns {Box} */
export function boxOf(net) {
  /** @type {Box} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let e = 0; e + 1 < net.start.length; e++)
    for (const i of [net.start[e], net.start[e + 1] - 1]) {
      box[0] = Math.min(box[0], net.lon[i]); box[1] = Math.min(box[1], net.lat[i]);
      box[2] = Math.max(box[2], net.lon[i]); box[3] = Math.max(box[3], net.lat[i]);
    }
  return box;
}

/** About how many metres a place lies outside of a box. @param {Box} box @param {number} lon @param {number} lat */
export function metresOutside([west, south, east, north], lon, lat) {
  const gap = (/** @type {number} */ low, /** @type {number} */ at, /** @type {number} */ high) => Math.min(360, Math.max(0, low - at, at - high));
  const shrink = Math.cos(Math.min(89, Math.max(-89, (south + north) / 2)) * RADIANS);
  return DEGREE_M * Math.hypot(gap(west, lon, east) * shrink, gap(south, lat, north));
}

/** @param {number} lon @param {number} lat */
const onEarth = (lon, lat) => Math.abs(lon) <= 180 && Math.abs(lat) <= 90;

/**
 * Refuse edits that no city could be changed by.
 * @param {import("./edits.js").Edits} edits @param {Box} box of the streets
 */
export function checkEdits(edits, box) {
  for (const { name, lon, lat } of edits.added) {
    if (!onEarth(lon, lat)) throw new EditError("no_degrees", undefined, name);
    const metres = metresOutside(box, lon, lat);
    if (metres > ELSEWHERE_M) throw new EditError("place_far", metres, name);
  }
  for (const { name, line } of [...edits.links, ...edits.cuts]) {
    if (!line.every(([lon, lat]) => onEarth(lon, lat))) throw new EditError("no_degrees", undefined, name);
    const [[x, y]] = line;
    if (line.every(([lon, lat]) => lon === x && lat === y)) throw new EditError("line_short", undefined, name);
  }
}

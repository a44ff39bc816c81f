/* The streets as one walker can use them: without what tags bar, and cut where they are too steep (see
 * livingcircle.network.walker and .steep, whose rules these are). */
import { freshOf, through } from "./edits.js";
import { lieOf } from "./ground.js";
import { GONE, barredTo, lengthOf, placeOn, splitAt } from "./network.js";
import { indexOf } from "./snap.js";

/** A slope counts over so many metres to either side. */
const HALF_M = 10;
const SLOPE_TOLERANCE = 1e-5;

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./edits.js").Streets} Streets
 * @typedef {import("./ground.js").Ground} Ground
 *
 * @typedef {object} Walker
 * @property {boolean} stairs
 * @property {boolean} drives
 * @property {Int32Array} barred edges of the city that tags bar to them
 * @property {number | null} max_slope rise over run; null: any
 *
 * @typedef {{edge: number, low: number, high: number}} Part metres along an edge
 */

/**
 * @param {Streets} streets with the scenario's cuts and links
 * @param {Walker} walker @param {number} number theirs among the city's
 * @param {Ground | null} ground
 * @param {boolean} edited whether any street was changed
 * @returns {Streets}
 */
export function streetsOf(streets, walker, number, ground, edited) {
  const { net } = streets, bit = barredTo(number), barred = net.flags.some((flags) => (flags & bit) !== 0);
  if (!barred && (walker.max_slope === null || !ground)) return streets;
  const open = { ...net, flags: net.flags.map((flags) => (flags & bit ? flags | GONE : flags)) };
  const steep = walker.max_slope === null || !ground ? [] : steepParts(open, ground, walker.max_slope);
  if (!steep.length) {
    const index = indexOf(open, streets.index.walls);
    // Of other streets other parts may have been too steep.
    return { ...streets, net: open, index, ...freshOf(index, streets.firstLink, streets.nodes), anew: edited && walker.max_slope !== null && ground !== null };
  }
  const split = splitAt(open, steep.flatMap(({ edge, low, high }) =>
    [low, high].filter((at) => at > 0 && at < lengthOf(open, edge)).map((at) => placeOn(open, edge, at))));
  for (const { edge, low, high } of steep)
    for (let part = split.first[edge]; part < split.first[edge + 1]; part++) {
      const middle = split.from[part] + lengthOf(split.net, part) / 2;
      if (middle >= low && middle <= high) split.net.flags[part] |= GONE;
    }
  const index = indexOf(split.net, streets.index.walls), along = through(split);
  return {
    net: split.net, index, firstLink: split.first[streets.firstLink], nodes: split.net.nodes, fresh: new Int32Array(0), changed: new Int32Array(0), anew: edited,
    moved: (edge, offset) => {
      const there = streets.moved(edge, offset);
      return there && along(there.edge, there.offset);
    },
  };
}

/**
 * The parts of streets that are steeper than a limit, in order.
 * @param {Network} net @param {Ground} ground @param {number} maxSlope @returns {Part[]}
 */
export function steepParts(net, ground, maxSlope) {
  const { start, offset, height, known } = lieOf(net, ground), found = /** @type {Part[]} */ ([]);
  for (let e = 0; e < net.u.length; e++) {
    if (!known[e] || net.flags[e] & GONE) continue;
    const first = start[e], last = start[e + 1] - 1, length = lengthOf(net, e);
    let before = -1, low = first, high = first;
    for (let k = first; k < last; k++) {
      const middle = (offset[k] + offset[k + 1]) / 2, from = Math.max(middle - HALF_M, 0), to = Math.min(middle + HALF_M, length);
      // The stations go on with the pieces: none is looked for from the beginning.
      while (low < last - 1 && offset[low + 1] <= from) low++;
      while (high < last - 1 && offset[high + 1] <= to) high++;
      const rise = between(offset, height, high, to) - between(offset, height, low, from);
      const slope = to > from ? Math.abs(rise) / (to - from) : 0;
      if (!(slope > maxSlope + SLOPE_TOLERANCE)) continue;
      if (before === k - 1 && before >= 0) found[found.length - 1].high = offset[k + 1];
      else found.push({ edge: e, low: offset[k], high: offset[k + 1] });
      before = k;
    }
  }
  return found;
}

/** The height at some metres between a station and the next.
 * @param {Float64Array} offset @param {Float64Array} height @param {number} k @param {number} at */
function between(offset, height, k, at) {
  const run = offset[k + 1] - offset[k], share = run > 0 ? Math.min(Math.max((at - offset[k]) / run, 0), 1) : 0;
  return height[k] + share * (height[k + 1] - height[k]);
}

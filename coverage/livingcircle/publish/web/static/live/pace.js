/* What a walk along a street costs in each direction where slopes, stairs or crossings count: metres of level ground
 * that take as long (see livingcircle.network.terrain, whose rules these are). */
import { lieOf } from "./ground.js";
import { CROSSING, ESCALATOR, LIFT, SIGNALS, STAIRS, lengthOf } from "./network.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./ground.js").Ground} Ground
 *
 * @typedef {object} Delays
 * @property {number} stairs_up times the seconds of level ground
 * @property {number} stairs_down
 * @property {number} signals_s
 * @property {number} crossing_s
 * @property {number} escalator_m_s
 * @property {number} lift_s
 *
 * @typedef {object} Pace level metres along edges, station by station
 * @property {Int32Array} start where the stations of each edge begin
 * @property {Float64Array} offset metres from the beginning of the edge
 * @property {Float64Array} ahead level metres from the beginning of the edge to the station
 * @property {Float64Array} back level metres from the station to the beginning of the edge
 */

/** @type {Record<string, (slope: number) => number>} seconds on a slope over those on level ground */
const LAWS = {
  tobler: (slope) => Math.exp(3.5 * (Math.abs(slope + 0.05) - 0.05)),
  irmischer: (slope) => irmischer(0) / irmischer(100 * slope),
};

/** @param {number} percent @returns {number} metres per second */
const irmischer = (percent) => 0.11 + Math.exp(-((percent + 5) ** 2) / 1800);

/**
 * @param {Network} net
 * @param {Ground | null} ground null: all of it is level
 * @param {Delays | null} delays null: stairs and crossings cost no more than level ground
 * @param {number} speed metres per second: what is waited lasts as long for everybody
 * @returns {Pace}
 */
export function paceOf(net, ground, delays, speed) {
  const { start, offset, height, known } = lieOf(net, ground);
  const law = LAWS[ground ? ground.pace : "tobler"], ahead = new Float64Array(offset.length), back = new Float64Array(offset.length);
  for (let e = 0; e < net.u.length; e++) {
    const first = start[e], end = start[e + 1];
    const stairs = delays !== null && (net.made[e] & STAIRS) !== 0, rides = (net.made[e] & ESCALATOR) !== 0;
    const wait = delays ? speed * waitOf(net, e, delays) : 0;
    for (let k = first + 1; k < end; k++) {
      const step = offset[k] - offset[k - 1], slope = known[e] && step > 0 ? (height[k] - height[k - 1]) / step : 0;
      let up = law(slope), down = law(-slope);
      if (delays && stairs) { up = rides ? 0 : onStairs(slope, delays); down = rides ? 0 : onStairs(-slope, delays); }
      ahead[k] = ahead[k - 1] + step * (up + wait); back[k] = back[k - 1] + step * (down + wait);
    }
  }
  return { start, offset, ahead, back };
}

/** Without heights nobody knows which way stairs lead up: each way costs the mean of both.
 * @param {number} slope @param {Delays} delays */
const onStairs = (slope, delays) => (slope > 0 ? delays.stairs_up : slope < 0 ? delays.stairs_down : (delays.stairs_up + delays.stairs_down) / 2);

/** @param {Network} net @param {number} e @param {Delays} delays @returns {number} seconds of waiting and riding a metre */
function waitOf(net, e, delays) {
  const made = net.made[e], known_m = net.crossing_m[e];
  const whole_m = Math.max(Number.isFinite(known_m) ? known_m : lengthOf(net, e), 1e-6);
  let wait = 0;
  if (made & CROSSING) wait = (made & SIGNALS ? delays.signals_s : delays.crossing_s) / whole_m;
  if (made & LIFT) wait = delays.lift_s / whole_m;
  return (made & ESCALATOR) && (made & STAIRS) ? 1 / delays.escalator_m_s : wait;
}

/**
 * Level metres from the beginning of an edge to a place on it, and back.
 * @param {Pace} pace @param {number} edge @param {number} offset @returns {[number, number]}
 */
export function costsAt(pace, edge, offset) {
  let low = pace.start[edge], high = pace.start[edge + 1] - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (pace.offset[middle] <= offset) low = middle; else high = middle;
  }
  const run = pace.offset[high] - pace.offset[low], share = run > 0 ? Math.min(Math.max((offset - pace.offset[low]) / run, 0), 1) : 0;
  return [pace.ahead[low] + share * (pace.ahead[high] - pace.ahead[low]), pace.back[low] + share * (pace.back[high] - pace.back[low])];
}

/** Level metres along a whole edge, and back. @param {Pace} pace @param {number} edge @returns {[number, number]} */
export const wholeOf = (pace, edge) => [pace.ahead[pace.start[edge + 1] - 1], pace.back[pace.start[edge + 1] - 1]];

/**
 * What it costs to drive, in metres that a walker makes in the same time: the same both ways.
 * @param {Network} net @param {Float64Array} speeds metres per second of each edge @param {number} speed the walker's
 * @returns {Pace}
 */
export function driven(net, speeds, speed) {
  const count = net.u.length, start = Int32Array.from({ length: count + 1 }, (_, e) => 2 * e);
  const offset = new Float64Array(2 * count), ahead = new Float64Array(2 * count);
  for (let e = 0; e < count; e++) {
    offset[2 * e + 1] = lengthOf(net, e);
    ahead[2 * e + 1] = (lengthOf(net, e) * speed) / speeds[e];
  }
  return { start, offset, ahead, back: ahead };
}

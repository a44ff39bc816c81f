/* The way of a walk: its line, and what it leads over. */
import { BRIDGE, CROSSING, ESCALATOR, LIFT, PRIVATE, SIGNALS, STAIRS, TUNNEL, lengthOf } from "./network.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./search.js").Graph} Graph
 * @typedef {import("./search.js").Field} Field
 *
 * @typedef {{edge: number, from: number, to: number, metres: number}} Step what is walked of an edge
 *
 * @typedef {object} Shut places where a street is shut: gates, and walls without an opening
 * @property {Float64Array} lon
 * @property {Float64Array} lat
 * @property {Float64Array} x metres on the plane of the city
 * @property {Float64Array} y
 * @property {Uint8Array} wall
 *
 * @typedef {{lon: number, lat: number, wall: boolean}} ShutPlace
 *
 * @typedef {Record<string, {count: number, metres: number}>} Passages how often a walk leads over
 *   what, and how many metres of it: stairs, signals (a crossing with lights), crossing (one
 *   without), bridge, tunnel, lift, escalator, private (streets for those who live there)
 */

/**
 * @param {Graph} graph @param {Field} field
 * @param {import("./snap.js").Anchor} here where the walk meets the network
 * @param {ReturnType<typeof import("./search.js").walkTo>} walk
 * @returns {{line: [number, number][], over: Step[], leg: number}} longitude and latitude from the network on; `leg`: metres
 *   from the network to the facility
 */
export function wayOf(graph, field, here, walk) {
  const { net } = graph, line = /** @type {[number, number][]} */ ([[here.lon, here.lat]]), over = /** @type {Step[]} */ ([]);
  /** @param {number} edge @param {number} a @param {number} b metres along the edge, either way */
  const along = (edge, a, b) => {
    const inner = /** @type {[number, number][]} */ ([]);
    for (let i = net.start[edge]; i < net.start[edge + 1]; i++)
      if (net.offset[i] >= Math.min(a, b) && net.offset[i] <= Math.max(a, b)) inner.push([net.lon[i], net.lat[i]]);
    if (a > b) inner.reverse();
    line.push(...inner);
    over.push({ edge, from: a, to: b, metres: Math.abs(a - b) });
  };
  if (walk.source) { along(here.edge, here.offset, walk.source.offset); return { line, over, leg: walk.source.leg }; }
  along(here.edge, here.offset, walk.byU ? 0 : lengthOf(net, here.edge));
  let node = walk.node;
  while (field.arc[node] >= 0) {
    const arc = field.arc[node], edge = graph.via[arc];
    if (edge >= 0) {
      const up = net.u[edge] === graph.plain[node], length = lengthOf(net, edge);
      along(edge, up ? 0 : length, up ? length : 0);
    }
    node = graph.from[arc];
  }
  const last = field.begins[node];
  if (last) {
    const length = lengthOf(net, last.edge);
    const atU = net.u[last.edge] === graph.plain[node] && (net.u[last.edge] !== net.v[last.edge] || last.offset <= length - last.offset);
    along(last.edge, atU ? 0 : length, last.offset);
  }
  return { line, over, leg: last ? last.leg : 0 };
}

/** @type {Record<string, (made: number, flags: number) => boolean>} */
const KINDS = {
  stairs: (made) => (made & STAIRS) !== 0,
  signals: (made) => (made & CROSSING) !== 0 && (made & SIGNALS) !== 0,
  crossing: (made) => (made & CROSSING) !== 0 && (made & SIGNALS) === 0,
  bridge: (made) => (made & BRIDGE) !== 0,
  tunnel: (made) => (made & TUNNEL) !== 0,
  lift: (made) => (made & LIFT) !== 0,
  escalator: (made) => (made & ESCALATOR) !== 0,
  private: (_, flags) => (flags & PRIVATE) !== 0,
};

/**
 * What a walk leads over; edges that follow one another are one bridge, one flight, one crossing.
 * @param {Network} net @param {Step[]} over @returns {Passages}
 */
export function passagesOf(net, over) {
  const found = /** @type {Passages} */ ({}), walked = over.filter((step) => step.metres > 0);
  for (const [kind, is] of Object.entries(KINDS)) {
    let before = false, count = 0, metres = 0;
    for (const step of walked) {
      const now = is(net.made[step.edge], net.flags[step.edge]);
      if (now && !before) count++;
      if (now) metres += step.metres;
      before = now;
    }
    if (count) found[kind] = { count, metres };
  }
  return found;
}

const BESIDE_M = 25;

/**
 * Shut places on the straight way between two points, or near it: what a walk may have to lead around.
 * @param {Shut} shut @param {[number, number]} from metres @param {[number, number]} to @returns {ShutPlace[]}
 */
export function shutBetween(shut, [ax, ay], [bx, by]) {
  const found = /** @type {ShutPlace[]} */ ([]), dx = bx - ax, dy = by - ay, square = dx * dx + dy * dy;
  for (let k = 0; k < shut.x.length; k++) {
    const px = shut.x[k] - ax, py = shut.y[k] - ay, share = square > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0;
    if (Math.hypot(px - share * dx, py - share * dy) <= BESIDE_M) found.push({ lon: shut.lon[k], lat: shut.lat[k], wall: shut.wall[k] === 1 });
  }
  return found;
}

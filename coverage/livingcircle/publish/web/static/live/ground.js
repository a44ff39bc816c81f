/* The ground that streets lie on: heights of places, and those of bridges and tunnels between their ends. */
import { BRIDGE, GONE, TUNNEL, lengthOf } from "./network.js";

/**
 * @typedef {import("./network.js").Network} Network
 *
 * @typedef {object} Ground
 * @property {Float64Array} heights metres, row by row; NaN where nothing is known
 * @property {number} rows
 * @property {number} columns
 * @property {{lon: [number, number], lat: [number, number], column: number[][], row: number[][]}} cells where on
 *   the grid a place lies: Chebyshev series in longitude, then latitude, each laid from -1 to 1 over its range
 * @property {number} step_m stations are no farther from each other
 * @property {"tobler" | "irmischer"} pace
 *
 * @typedef {object} Lie of the streets
 * @property {Int32Array} start where the stations of each edge begin
 * @property {Float64Array} offset metres from the beginning of the edge
 * @property {Float64Array} height metres
 * @property {Uint8Array} known 1 for edges of which some height is known
 *
 * @typedef {object} Stations vertices of edges, and places between them
 * @property {Int32Array} start where those of each edge begin; one more than edges
 * @property {Float64Array} offset metres from the beginning of the edge
 * @property {Float64Array} lon
 * @property {Float64Array} lat
 */

/**
 * All vertices of the edges, and others no more than some metres apart.
 * @param {Network} net @param {number} step_m @returns {Stations}
 */
export function stationsOf(net, step_m) {
  const edges = net.u.length, start = new Int32Array(edges + 1);
  /** @param {number} i vertex that begins a segment */
  const partsOf = (i) => Math.max(1, Math.ceil((net.offset[i + 1] - net.offset[i]) / step_m));
  let count = 0;
  for (let e = 0; e < edges; e++) {
    for (let i = net.start[e]; i < net.start[e + 1] - 1; i++) count += partsOf(i);
    start[e + 1] = ++count;
  }
  const offset = new Float64Array(count), lon = new Float64Array(count), lat = new Float64Array(count);
  for (let e = 0, k = 0; e < edges; e++) {
    const last = net.start[e + 1] - 1;
    for (let i = net.start[e]; i < last; i++) {
      const parts = partsOf(i), metres = net.offset[i + 1] - net.offset[i];
      for (let part = 0; part < parts; part++, k++) {
        const share = part / parts;
        offset[k] = net.offset[i] + share * metres;
        lon[k] = net.lon[i] * (1 - share) + net.lon[i + 1] * share;
        lat[k] = net.lat[i] * (1 - share) + net.lat[i + 1] * share;
      }
    }
    offset[k] = net.offset[last]; lon[k] = net.lon[last]; lat[k] = net.lat[last];
    k++;
  }
  return { start, offset, lon, lat };
}

/** @param {number} a @param {number} b @param {number} share what does not count may be unknown */
const mixed = (a, b, share) => (share === 0 ? a : share === 1 ? b : a + (b - a) * share);

/**
 * The grid of heights that the page holds: whole steps off what the cells above and before a cell foretell.
 * @param {any} data @returns {Ground}
 */
export function readGround(data) {
  const { steps, step, first, unknown, rows, columns } = data;
  if (!steps) return data;
  const heights = new Float64Array(rows * columns);
  for (let k = 0; k < heights.length; k++) {
    const left = k % columns ? heights[k - 1] : 0, above = k >= columns ? heights[k - columns] : 0;
    heights[k] = steps[k] + left + above - (k % columns && k >= columns ? heights[k - columns - 1] : 0);
  }
  for (let k = 0; k < heights.length; k++) heights[k] = (heights[k] + first) / step;
  for (let k = 0; k < unknown.length; k += 2) heights.fill(NaN, unknown[k], unknown[k + 1]);
  return { ...data, heights };
}

/** @param {[number, number]} range @param {number} at @param {number} count @param {Float64Array} into Chebyshev polynomials */
function chebyshev([low, high], at, count, into) {
  const x = (2 * at - low - high) / (high - low);
  into[0] = 1;
  into[1] = x;
  for (let k = 2; k < count; k++) into[k] = 2 * x * into[k - 1] - into[k - 2];
}

/** @param {number[][]} series @param {Float64Array} east @param {Float64Array} north */
function summed(series, east, north) {
  let sum = 0;
  for (let i = 0; i < series.length; i++) {
    let own = 0;
    for (let j = 0; j < series[i].length; j++) own += series[i][j] * north[j];
    sum += own * east[i];
  }
  return sum;
}

/**
 * Heights of places: bilinear between the middles of cells.
 * @param {Ground} ground @param {Float64Array} lon @param {Float64Array} lat @returns {Float64Array} NaN where none is known
 */
export function heightsAt(ground, lon, lat) {
  const { heights, rows, columns, cells } = ground, found = new Float64Array(lon.length).fill(NaN);
  const size = Math.max(2, cells.column.length, ...cells.column.map((own) => own.length)), east = new Float64Array(size), north = new Float64Array(size);
  /** @param {number} at @param {number} size */
  const before = (at, size) => Math.min(Math.max(Math.floor(at), 0), Math.max(size - 2, 0));
  for (let k = 0; k < lon.length; k++) {
    chebyshev(cells.lon, lon[k], size, east);
    chebyshev(cells.lat, lat[k], size, north);
    const column = summed(cells.column, east, north), row = summed(cells.row, east, north);
    if (!(column >= 0 && column <= columns && row >= 0 && row <= rows)) continue;
    const left = before(column - 0.5, columns), top = before(row - 0.5, rows);
    const across = column - 0.5 - left, down = row - 0.5 - top;
    const right = Math.min(left + 1, columns - 1), under = Math.min(top + 1, rows - 1);
    const upper = mixed(heights[top * columns + left], heights[top * columns + right], across);
    const lower = mixed(heights[under * columns + left], heights[under * columns + right], across);
    found[k] = mixed(upper, lower, down);
  }
  return found;
}

/**
 * Put the heights of bridges and tunnels between those of their ends, as the command line does: a
 * node where only such edges meet has the mean of its neighbours' by the inverse of the metres.
 * @param {Network} net @param {Stations} stations @param {Float64Array} height changed in place
 */
export function overSpans(net, stations, height) {
  const spanned = [], onGround = new Uint8Array(net.nodes), at = new Float64Array(net.nodes).fill(NaN);
  for (let e = 0; e < net.u.length; e++) {
    if (net.flags[e] & GONE) continue;
    if (net.made[e] & (BRIDGE | TUNNEL)) spanned.push(e);
    else onGround[net.u[e]] = onGround[net.v[e]] = 1;
  }
  if (!spanned.length) return;
  for (const e of spanned) at[net.v[e]] = height[stations.start[e + 1] - 1];
  for (const e of spanned) at[net.u[e]] = height[stations.start[e]];
  settle(net, spanned, onGround, at);
  for (const e of spanned) {
    const low = at[net.u[e]], high = at[net.v[e]], length = Math.max(lengthOf(net, e), 1e-9);
    for (let k = stations.start[e]; k < stations.start[e + 1]; k++) height[k] = low + (high - low) * (stations.offset[k] / length);
  }
}

/**
 * Solve for the heights of nodes without ground (conjugate gradients, Hestenes and Stiefel 1952).
 * @param {Network} net @param {number[]} spanned @param {Uint8Array} onGround @param {Float64Array} at changed in place
 */
function settle(net, spanned, onGround, at) {
  for (const e of spanned) for (const node of [net.u[e], net.v[e]]) if (!Number.isFinite(at[node])) onGround[node] = 0;
  const number = new Map(), /** @type {number[]} */ nodes = [];
  let grew = true;
  // A bridge that meets no street keeps the ground: what is free hangs on something that is not.
  const grounded = new Uint8Array(net.nodes);
  while (grew) {
    grew = false;
    for (const e of spanned) {
      const u = net.u[e], v = net.v[e], one = onGround[u] || grounded[u], two = onGround[v] || grounded[v];
      if (Boolean(one) === Boolean(two)) continue;
      grounded[one ? v : u] = 1;
      grew = true;
    }
  }
  for (const e of spanned)
    for (const node of [net.u[e], net.v[e]])
      if (!onGround[node] && grounded[node] && !number.has(node)) { number.set(node, nodes.length); nodes.push(node); }
  const count = nodes.length;
  if (!count) return;
  const links = spanned.filter((e) => number.has(net.u[e]) || number.has(net.v[e])).map((e) =>
    ({ a: number.get(net.u[e]) ?? -1, b: number.get(net.v[e]) ?? -1, u: net.u[e], v: net.v[e], weight: 1 / Math.max(lengthOf(net, e), 0.01) }));
  const diagonal = new Float64Array(count), right = new Float64Array(count);
  for (const { a, b, u, v, weight } of links) {
    if (a >= 0) { diagonal[a] += weight; if (b < 0) right[a] += weight * at[v]; }
    if (b >= 0) { diagonal[b] += weight; if (a < 0) right[b] += weight * at[u]; }
  }
  /** @param {Float64Array} x */
  const times = (x) => {
    const y = x.map((value, k) => diagonal[k] * value);
    for (const { a, b, weight } of links) if (a >= 0 && b >= 0) { y[a] -= weight * x[b]; y[b] -= weight * x[a]; }
    return y;
  };
  /** @param {Float64Array} p @param {Float64Array} q */
  const dot = (p, q) => p.reduce((sum, value, k) => sum + value * q[k], 0);
  const x = new Float64Array(count), rest = right.slice(), ready = rest.map((value, k) => value / diagonal[k]), way = ready.slice();
  let size = dot(rest, ready);
  const enough = size * 1e-30;
  for (let round = 0; round < 10 * count + 100 && size > enough; round++) {
    const moved = times(way), far = size / dot(way, moved);
    for (let k = 0; k < count; k++) { x[k] += far * way[k]; rest[k] -= far * moved[k]; ready[k] = rest[k] / diagonal[k]; }
    const next = dot(rest, ready), share = next / size;
    for (let k = 0; k < count; k++) way[k] = ready[k] + share * way[k];
    size = next;
  }
  nodes.forEach((node, k) => { at[node] = x[k]; });
}

/**
 * Heights along all edges: gaps filled along each, bridges and tunnels between their ends.
 * @param {Network} net @param {Ground | null} ground null: all of it is level @returns {Lie}
 */
export function lieOf(net, ground) {
  const stations = stationsOf(net, ground ? ground.step_m : Infinity), { start, offset } = stations;
  const height = ground ? heightsAt(ground, stations.lon, stations.lat) : new Float64Array(offset.length), known = new Uint8Array(net.u.length);
  if (ground) {
    overSpans(net, stations, height);
    for (let e = 0; e < known.length; e++) known[e] = filled(height, offset, start[e], start[e + 1]) ? 1 : 0;
  }
  return { start, offset, height, known };
}

/**
 * Fill gaps of an edge's heights between what is known to both sides, or from one.
 * @param {Float64Array} height changed in place @param {Float64Array} offset @param {number} first @param {number} end
 * @returns {boolean} whether any is known
 */
function filled(height, offset, first, end) {
  let last = -1;
  for (let k = first; k <= end; k++) {
    if (k < end && !Number.isFinite(height[k])) continue;
    if (k === end && last < 0) return false;
    for (let j = last + 1 || first; j < k; j++) {
      const low = last < 0 ? k : last, high = k === end ? last : k, run = offset[high] - offset[low];
      const share = run > 0 ? Math.min(Math.max((offset[j] - offset[low]) / run, 0), 1) : 0;
      height[j] = height[low] + (height[high] - height[low]) * share;
    }
    last = k;
  }
  return true;
}

/* Where points meet the network: the nearest place on the nearest street that a door may open on. */
import { DOOR, GONE, PRIVATE } from "./network.js";

const CELL_M = 120, EARTH_M = 6371000, ROUNDING_M = 1e-6, ON_WALL_M = 0.05;
export const ONLY_OFF_LEVEL = 1;
export const ONLY_ACROSS = 2;

/**
 * @typedef {import("./network.js").Network} Network
 *
 * @typedef {object} Anchor
 * @property {number} edge -1 where the point is off the network
 * @property {number} offset metres from the beginning of the edge
 * @property {number} leg straight metres from the point to the place
 * @property {number} lon of the place
 * @property {number} lat
 * @property {number} waived 0; ONLY_OFF_LEVEL or ONLY_ACROSS where a rule gave way
 *
 * @typedef {object} Index
 * @property {Network} net
 * @property {Int32Array} segment first vertex of each segment
 * @property {Int32Array} of edge of each segment
 * @property {Grid} grid of the segments
 * @property {Float64Array} walls x, y, x, y of each wall
 * @property {Grid} wallGrid
 *
 * @typedef {object} Grid squares, and what touches each of them
 * @property {number} left metres
 * @property {number} low
 * @property {number} across squares
 * @property {number} up
 * @property {number} cell metres of a side
 * @property {Int32Array} first where the list of each square begins
 * @property {Int32Array} list
 * @property {Int32Array} seen the last question that found each entry
 * @property {number} question
 */

const MOST_CELLS = 1 << 20;

/**
 * @param {Float64Array} x1 metres of both ends of each entry
 * @param {Float64Array} y1
 * @param {Float64Array} x2
 * @param {Float64Array} y2
 * @returns {Grid}
 */
function gridOf(x1, y1, x2, y2) {
  const count = x1.length;
  let left = Infinity, low = Infinity, right = -Infinity, high = -Infinity;
  for (let k = 0; k < count; k++) {
    left = Math.min(left, x1[k], x2[k]); right = Math.max(right, x1[k], x2[k]);
    low = Math.min(low, y1[k], y2[k]); high = Math.max(high, y1[k], y2[k]);
  }
  if (!count) left = low = right = high = 0;
  let cell = CELL_M;
  while (((right - left) / cell + 1) * ((high - low) / cell + 1) > MOST_CELLS) cell *= 2;
  const across = Math.floor((right - left) / cell) + 1, up = Math.floor((high - low) / cell) + 1;
  const first = new Int32Array(across * up + 1);
  /** @param {(at: number, k: number) => void} visit */
  const each = (visit) => {
    for (let k = 0; k < count; k++) {
      const a = Math.floor((Math.min(x1[k], x2[k]) - left) / cell), b = Math.floor((Math.max(x1[k], x2[k]) - left) / cell);
      const c = Math.floor((Math.min(y1[k], y2[k]) - low) / cell), d = Math.floor((Math.max(y1[k], y2[k]) - low) / cell);
      for (let row = c; row <= d; row++) for (let column = a; column <= b; column++) visit(row * across + column, k);
    }
  };
  each((at) => { first[at + 1]++; });
  for (let at = 0; at < across * up; at++) first[at + 1] += first[at];
  const next = first.slice(), list = new Int32Array(first[across * up]);
  each((at, k) => { list[next[at]++] = k; });
  return { left, low, across, up, cell, first, list, seen: new Int32Array(count), question: 0 };
}

/**
 * Lay the segments of a network on a grid.
 * @param {Network} net
 * @param {Float64Array} walls metres from and to, four numbers each
 * @returns {Index}
 */
export function indexOf(net, walls) {
  let count = 0;
  for (let e = 0; e < net.u.length; e++) if (!(net.flags[e] & GONE)) count += net.start[e + 1] - net.start[e] - 1;
  const segment = new Int32Array(count), of = new Int32Array(count);
  const make = () => new Float64Array(count), x1 = make(), y1 = make(), x2 = make(), y2 = make();
  for (let e = 0, k = 0; e < net.u.length; e++) {
    if (net.flags[e] & GONE) continue;
    for (let i = net.start[e]; i < net.start[e + 1] - 1; i++, k++) {
      segment[k] = i; of[k] = e;
      x1[k] = net.x[i]; y1[k] = net.y[i]; x2[k] = net.x[i + 1]; y2[k] = net.y[i + 1];
    }
  }
  const part = (/** @type {number} */ n) => Float64Array.from({ length: walls.length / 4 }, (_, k) => walls[4 * k + n]);
  return { net, segment, of, walls, grid: gridOf(x1, y1, x2, y2), wallGrid: gridOf(part(0), part(1), part(2), part(3)) };
}

/**
 * What touches the squares of a box, each once.
 * @param {Grid} grid
 * @param {number} left @param {number} low @param {number} right @param {number} high
 * @returns {number[]}
 */
export function inBox(grid, left, low, right, high) {
  const found = [], question = ++grid.question;
  /** @param {number} metres @param {number} from @param {number} most */
  const square = (metres, from, most) => Math.max(0, Math.min(most - 1, Math.floor((metres - from) / grid.cell)));
  const a = square(left, grid.left, grid.across), b = square(right, grid.left, grid.across);
  const c = square(low, grid.low, grid.up), d = square(high, grid.low, grid.up);
  for (let row = c; row <= d; row++)
    for (let column = a; column <= b; column++) {
      const at = row * grid.across + column;
      for (let j = grid.first[at]; j < grid.first[at + 1]; j++) {
        const k = grid.list[j];
        if (grid.seen[k] === question) continue;
        grid.seen[k] = question;
        found.push(k);
      }
    }
  return found;
}

/**
 * The nearest place of a segment to a point.
 * @param {Index} index @param {number} k @param {number} px @param {number} py
 * @returns {{k: number, along: number, fx: number, fy: number, plane: number}}
 */
export function foot(index, k, px, py) {
  const { x, y } = index.net, i = index.segment[k];
  const ax = x[i], ay = y[i], bx = x[i + 1] - ax, by = y[i + 1] - ay, square = bx * bx + by * by;
  const along = square > 0 ? Math.min(1, Math.max(0, ((px - ax) * bx + (py - ay) * by) / square)) : 0;
  // At a vertex its own coordinates: streets that meet there are equally near to the last bit.
  const fx = along === 1 ? x[i + 1] : ax + along * bx, fy = along === 1 ? y[i + 1] : ay + along * by;
  return { k, along, fx, fy, plane: Math.hypot(px - fx, py - fy) };
}

/** Metres of a leg: the plane is true to scale on its central meridian only.
 * @param {{fx: number, plane: number}} f */
const metresOf = (f) => f.plane / (1 + (f.fx * f.fx) / (2 * EARTH_M * EARTH_M));

/**
 * Whether a straight leg leads across a wall; one that begins or ends on it does not.
 * @param {Index} index @param {number} px @param {number} py @param {number} fx @param {number} fy
 */
export function acrossWall(index, px, py, fx, fy) {
  const w = index.walls, dx = fx - px, dy = fy - py, leg = Math.hypot(dx, dy);
  if (!w.length || leg === 0) return false;
  for (const k of inBox(index.wallGrid, Math.min(px, fx), Math.min(py, fy), Math.max(px, fx), Math.max(py, fy))) {
    const ax = w[4 * k], ay = w[4 * k + 1], wx = w[4 * k + 2] - ax, wy = w[4 * k + 3] - ay;
    const away = wx * dy - wy * dx;
    if (away === 0) continue;
    const tx = ax - px, ty = ay - py;
    const onWall = (dx * ty - dy * tx) / away, onLeg = (wx * ty - wy * tx) / away;
    if (onWall < 0 || onWall > 1) continue;
    const metres = onLeg * leg;
    if (metres > ON_WALL_M && metres < leg - ON_WALL_M) return true;
  }
  return false;
}

/**
 * Anchor a point to the network, by the rules of the command line: no viaduct, tunnel or motorroad,
 * and no leg across a wall, unless nothing else lies within the limit.
 * @param {Index} index
 * @param {number} lon @param {number} lat degrees
 * @param {number} limit longest leg in metres, inclusive
 * @returns {Anchor}
 */
export function anchorAt(index, lon, lat, limit) {
  const { net } = index, [px, py] = net.project(lon, lat);
  /** @param {number} k */
  const door = (k) => (net.flags[index.of[k]] & DOOR) !== 0;
  const within = (limit + 1) * 1.001;
  let best = nearest(index, px, py, within, door), waived = 0;
  if (!best || metresOf(best) > limit + ROUNDING_M) {
    const other = nearest(index, px, py, within, (k) => !door(k));
    if (other && (!best || metresOf(other) < metresOf(best))) { best = other; waived = ONLY_OFF_LEVEL; }
  }
  if (best && waived === 0 && metresOf(best) <= limit + ROUNDING_M && acrossWall(index, px, py, best.fx, best.fy)) {
    const all = [];
    for (const k of inBox(index.grid, px - within, py - within, px + within, py + within))
      if (door(k)) all.push(foot(index, k, px, py));
    all.sort((a, b) => a.plane - b.plane || a.k - b.k);
    const free = all.find((f) => metresOf(f) <= limit + ROUNDING_M && !acrossWall(index, px, py, f.fx, f.fy));
    if (free) best = free; else waived = ONLY_ACROSS;
  }
  if (!best) return { edge: -1, offset: NaN, leg: NaN, lon: NaN, lat: NaN, waived: 0 };
  const i = index.segment[best.k], leg = metresOf(best), on = leg <= limit + ROUNDING_M;
  return {
    edge: on ? index.of[best.k] : -1,
    offset: net.offset[i] + best.along * (net.offset[i + 1] - net.offset[i]),
    leg,
    lon: net.lon[i] + best.along * (net.lon[i + 1] - net.lon[i]),
    lat: net.lat[i] + best.along * (net.lat[i + 1] - net.lat[i]),
    waived: on ? waived : 0,
  };
}

/**
 * The segment nearest to a point, in squares that double.
 * @param {Index} index @param {number} px @param {number} py
 * @param {number} within metres on the plane, beyond which nothing is looked for
 * @param {(k: number) => boolean} wanted
 */
function nearest(index, px, py, within, wanted) {
  for (let r = Math.min(CELL_M / 2, within); ; r = Math.min(2 * r, within)) {
    let best = null;
    for (const k of inBox(index.grid, px - r, py - r, px + r, py + r)) {
      if (!wanted(k)) continue;
      const f = foot(index, k, px, py);
      if (!best || f.plane < best.plane || (f.plane === best.plane && countsBefore(index, k, best.k))) best = f;
    }
    if (best && best.plane <= r) return best;
    if (r >= within) return best && best.plane <= within ? best : null;
  }
}

/**
 * Of segments equally near a private street counts before others, then the first.
 * @param {Index} index @param {number} k @param {number} other
 */
function countsBefore(index, k, other) {
  const one = index.net.flags[index.of[k]] & PRIVATE, two = index.net.flags[index.of[other]] & PRIVATE;
  return one !== two ? one > two : k < other;
}

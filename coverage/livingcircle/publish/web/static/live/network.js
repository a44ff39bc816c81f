/* The street network of the page: aligned arrays, and the same with places put on its edges. */
import { geodesicMetres, transverseMercator } from "./geodesy.js";

export const PRIVATE = 1;
export const DOOR = 2;
export const GONE = 4;
const BARRED = 8;

/** The bit of edges that a walker cannot use. @param {number} walker which of the city's */
export const barredTo = (walker) => BARRED << walker;

/** What an edge is made as; a walk tells of what it leads over. */
export const STAIRS = 1;
export const CROSSING = 2;
export const SIGNALS = 4;
export const BRIDGE = 8;
export const TUNNEL = 16;
export const LIFT = 32;
export const ESCALATOR = 64;

/**
 * @typedef {object} Network
 * @property {number} nodes
 * @property {Int32Array} u node at which each edge begins
 * @property {Int32Array} v node at which it ends
 * @property {Int32Array} start where the vertices of each edge begin; one more than edges
 * @property {Float64Array} lon degrees of the vertices
 * @property {Float64Array} lat
 * @property {Float64Array} x metres of the vertices on the plane of the city
 * @property {Float64Array} y
 * @property {Float64Array} offset metres from the beginning of its edge to each vertex
 * @property {Int32Array} flags PRIVATE, DOOR, GONE, and who cannot use it, of each edge
 * @property {number} stairsBar the bits of the walkers who use no stairs
 * @property {Uint8Array} made STAIRS, CROSSING, ... of each edge
 * @property {Float64Array} crossing_m metres of the whole crossing or lift that an edge is a part of, or holds; NaN: it is one
 * @property {(lon: number, lat: number) => [number, number]} project
 *
 * @typedef {object} Place a place on an edge
 * @property {number} edge
 * @property {number} offset metres from the beginning of the edge
 * @property {number} lon
 * @property {number} lat
 */

/**
 * Lay out the network that the page holds.
 * @param {Record<string, any>} data arrays: u, v, start, lon, lat, length_m, flags, made, crossing_m (where crossings
 *   cost time); and origin
 * @param {{stairs: boolean, barred: Int32Array}[]} [walkers] edges that the tags bar to each
 * @returns {Network}
 */
export function readNetwork(data, walkers = []) {
  const project = transverseMercator(data.origin[0], data.origin[1]);
  const { lon, lat, start } = data, count = lon.length;
  const x = new Float64Array(count), y = new Float64Array(count), offset = new Float64Array(count);
  for (let i = 0; i < count; i++) [x[i], y[i]] = project(lon[i], lat[i]);
  for (let e = 0; e + 1 < start.length; e++) {
    for (let i = start[e] + 1; i < start[e + 1]; i++)
      offset[i] = offset[i - 1] + geodesicMetres(lon[i - 1], lat[i - 1], lon[i], lat[i]);
    // A length that the source states, where the geometry is only a chord, wins.
    const whole = offset[start[e + 1] - 1], factor = whole > 0 ? data.length_m[e] / whole : 0;
    for (let i = start[e] + 1; i < start[e + 1] - 1; i++) offset[i] *= factor;
    offset[start[e + 1] - 1] = data.length_m[e];
  }
  const flags = Int32Array.from(data.flags);
  walkers.forEach(({ barred }, k) => { for (const e of barred) flags[e] |= barredTo(k); });
  const stairsBar = walkers.reduce((bits, { stairs }, k) => bits | (stairs ? 0 : barredTo(k)), 0);
  return { nodes: data.nodes, u: data.u, v: data.v, start, lon, lat, x, y, offset, flags, stairsBar, made: data.made,
    crossing_m: data.crossing_m || new Float64Array(data.u.length).fill(NaN), project };
}

/** @param {Network} net @param {number} edge @returns {number} metres of an edge */
export const lengthOf = (net, edge) => net.offset[net.start[edge + 1] - 1];

/**
 * The place at some metres along an edge.
 * @param {Network} net @param {number} edge @param {number} offset @returns {Place}
 */
export function placeOn(net, edge, offset) {
  let i = net.start[edge] + 1;
  const last = net.start[edge + 1] - 1;
  while (i < last && net.offset[i] < offset) i++;
  const step = net.offset[i] - net.offset[i - 1];
  const share = step > 0 ? Math.min(1, Math.max(0, (offset - net.offset[i - 1]) / step)) : 0;
  return { edge, offset, lon: net.lon[i - 1] + share * (net.lon[i] - net.lon[i - 1]),
    lat: net.lat[i - 1] + share * (net.lat[i] - net.lat[i - 1]) };
}

/**
 * Put a node at each of some places; no metre is won or lost.
 * @param {Network} net
 * @param {Place[]} places
 * @returns {{net: Network, nodes: number[], parent: Int32Array, from: Float64Array, first: Int32Array}}
 *   the new nodes in the order of the places; of each new edge the edge that it is a part of and
 *   where on it it begins; where the parts of each old edge begin
 */
export function splitAt(net, places) {
  /** @type {Map<number, number[]>} */
  const on = new Map();
  places.forEach((place, k) => {
    const own = on.get(place.edge);
    if (own) own.push(k); else on.set(place.edge, [k]);
  });
  for (const own of on.values()) own.sort((a, b) => places[a].offset - places[b].offset || a - b);
  const edges = net.u.length, more = places.length, size = net.lon.length + 2 * more;
  const u = new Int32Array(edges + more), v = new Int32Array(edges + more), flags = new Int32Array(edges + more), kept = new Uint8Array(edges + more);
  const crossing_m = new Float64Array(edges + more);
  const parent = new Int32Array(edges + more), from = new Float64Array(edges + more);
  const first = new Int32Array(edges + 1), start = new Int32Array(edges + more + 1);
  const make = () => new Float64Array(size);
  const lon = make(), lat = make(), x = make(), y = make(), offset = make();
  let e2 = 0, i2 = 0;
  /** @param {number} i @param {number} base */
  const vertex = (i, base) => {
    lon[i2] = net.lon[i]; lat[i2] = net.lat[i]; x[i2] = net.x[i]; y[i2] = net.y[i];
    offset[i2++] = net.offset[i] - base;
  };
  /** @param {Place} place @param {number} base */
  const node = (place, base) => {
    lon[i2] = place.lon; lat[i2] = place.lat;
    [x[i2], y[i2]] = net.project(place.lon, place.lat);
    offset[i2++] = place.offset - base;
  };
  /** @param {number} e @param {number} base */
  const copy = (e, base) => {
    flags[e2] = net.flags[e]; kept[e2] = net.made[e]; parent[e2] = e; from[e2] = base;
    // Parts of a crossing or lift wait once together, so each knows how long the whole is.
    crossing_m[e2] = on.has(e) && Number.isNaN(net.crossing_m[e]) ? lengthOf(net, e) : net.crossing_m[e];
  };
  for (let e = 0; e < edges; e++) {
    first[e] = e2;
    const own = on.get(e) || [], end = net.start[e + 1];
    let base = 0, i = net.start[e], begins = net.u[e];
    vertex(i++, 0);
    for (const k of own) {
      while (i < end - 1 && net.offset[i] < places[k].offset) vertex(i++, base);
      node(places[k], base);
      u[e2] = begins; v[e2] = net.nodes + k; copy(e, base);
      start[++e2] = i2;
      begins = net.nodes + k;
      base = places[k].offset;
      node(places[k], base);
    }
    while (i < end) vertex(i++, base);
    u[e2] = begins; v[e2] = net.v[e]; copy(e, base);
    start[++e2] = i2;
  }
  first[edges] = e2;
  const split = { nodes: net.nodes + more, u, v, start, lon, lat, x, y, offset, flags, stairsBar: net.stairsBar, made: kept, crossing_m, project: net.project };
  return { net: split, nodes: places.map((_, k) => net.nodes + k), parent, from, first };
}

/**
 * The network with more edges, each a line between two of its nodes.
 * @param {Network} net
 * @param {{u: number, v: number, line: [number, number][], flags: number, made: number}[]} links
 * @returns {Network}
 */
export function withEdges(net, links) {
  const count = links.reduce((sum, link) => sum + link.line.length, 0);
  /** @param {any} array @param {number} more */
  const longer = (array, more) => { const out = new array.constructor(array.length + more); out.set(array); return out; };
  const u = longer(net.u, links.length), v = longer(net.v, links.length), flags = longer(net.flags, links.length);
  const start = longer(net.start, links.length), made = longer(net.made, links.length);
  const crossing_m = longer(net.crossing_m, links.length).fill(NaN, net.u.length);
  const lon = longer(net.lon, count), lat = longer(net.lat, count), x = longer(net.x, count), y = longer(net.y, count);
  const offset = longer(net.offset, count);
  let e = net.u.length, i = net.lon.length;
  for (const link of links) {
    u[e] = link.u; v[e] = link.v; flags[e] = link.flags; made[e] = link.made;
    link.line.forEach(([a, b], k) => {
      lon[i] = a; lat[i] = b;
      [x[i], y[i]] = net.project(a, b);
      offset[i] = k ? offset[i - 1] + geodesicMetres(lon[i - 1], lat[i - 1], a, b) : 0;
      i++;
    });
    start[++e] = i;
  }
  return { ...net, u, v, start, lon, lat, x, y, offset, flags, made, crossing_m };
}

/* Exact walks: from the nearest of many facilities to every node, and on to places on edges. */
import { GONE, PRIVATE, lengthOf } from "./network.js";
import { costsAt, wholeOf } from "./pace.js";

/**
 * @typedef {import("./network.js").Network} Network
 *
 * @typedef {import("./pace.js").Pace} Pace
 *
 * @typedef {object} Graph arcs from each node, in the direction from the facilities outward; people walk the other way
 * @property {Network} net
 * @property {Pace | null} pace what a walk costs; null: the metres of the streets
 * @property {number} total nodes: those of the network, then private ones as walks leave by them,
 *   then as they end on them
 * @property {Int32Array} first
 * @property {Int32Array} to
 * @property {Float64Array} cost metres, of the streets or of level ground
 * @property {Int32Array} via edge of each arc; -1 where it only changes from one part to the next
 * @property {Int32Array} from node that each arc leaves
 * @property {Int32Array} plain node of the network that each node stands for
 * @property {Int32Array} twin node → its place among the private ones, -1 for none
 * @property {number} own how many nodes private streets have
 *
 * @typedef {object} Source a facility where it meets the network
 * @property {number} edge
 * @property {number} offset
 * @property {number} leg metres
 * @property {number} row which facility
 *
 * @typedef {object} Field
 * @property {Float64Array} cost metres from the nearest facility to each node
 * @property {Int32Array} row that facility; -1 where none is reached
 * @property {Int32Array} arc the arc that the walk came by; -1 at its beginning
 * @property {(Source | null)[]} begins where `arc` is -1, the source that the walk comes from
 * @property {Map<number, Source[]>} on sources by their edge
 *
 * @typedef {object} Ranks the k nearest facilities of every node
 * @property {number} k
 * @property {Float64Array} cost k numbers for each node, the nearest first
 * @property {Int32Array} row
 * @property {Map<number, Source[]>} on sources by their edge
 * @property {(row: number) => number} facilityOf which facility a row is an entrance of
 */

/**
 * A walk begins and ends on private streets and never leads through them: their nodes are there
 * three times, joined by arcs of no length that lead on and never back.
 * @param {Network} net
 * @param {Pace | null} pace
 * @returns {Graph}
 */
export function graphOf(net, pace = null) {
  const n = net.nodes, edges = net.u.length, twin = new Int32Array(n).fill(-1), usable = new Uint8Array(edges);
  let own = 0, size = 0;
  for (let e = 0; e < edges; e++) {
    const { [e]: u } = net.u, { [e]: v } = net.v, closed = (net.flags[e] & PRIVATE) !== 0;
    if (net.flags[e] & GONE) continue;
    usable[e] = 1;
    if (closed && twin[u] < 0) twin[u] = own++;
    if (closed && twin[v] < 0) twin[v] = own++;
    if (u !== v) size += closed ? 4 : 2; // a loop leads nowhere else
  }
  size += 2 * own;
  const total = n + 2 * own, first = new Int32Array(total + 1), plain = new Int32Array(total);
  for (let node = 0; node < n; node++) {
    plain[node] = node;
    if (twin[node] >= 0) plain[n + twin[node]] = plain[n + own + twin[node]] = node;
  }
  const to = new Int32Array(size), from = new Int32Array(size), via = new Int32Array(size), cost = new Float64Array(size);
  /** @param {(a: number, b: number, metres: number, e: number) => void} visit */
  const each = (visit) => {
    for (let e = 0; e < edges; e++) {
      const u = net.u[e], v = net.v[e];
      if (!usable[e] || u === v) continue;
      const length = lengthOf(net, e), [up, down] = pace ? wholeOf(pace, e) : [length, length], leave = n + twin[u], enter = n + twin[v];
      // The arc from a to b costs what a walk from b to a does.
      if (!(net.flags[e] & PRIVATE)) { visit(u, v, down, e); visit(v, u, up, e); continue; }
      visit(leave, enter, down, e); visit(enter, leave, up, e);
      visit(leave + own, enter + own, down, e); visit(enter + own, leave + own, up, e);
    }
    for (let node = 0; node < n; node++) {
      if (twin[node] < 0) continue;
      visit(n + twin[node], node, 0, -1); visit(node, n + own + twin[node], 0, -1);
    }
  };
  each((a) => { first[a + 1]++; });
  for (let k = 0; k < total; k++) first[k + 1] += first[k];
  const next = first.slice();
  each((a, b, metres, e) => { const k = next[a]++; from[k] = a; to[k] = b; cost[k] = metres; via[k] = e; });
  return { net, pace, total, first, from, to, cost, via, plain, twin, own };
}

/**
 * What a walk from a place on an edge to both of its ends costs, and one from them to it.
 * @param {Graph} graph @param {number} edge @param {number} offset
 */
function toEnds(graph, edge, offset) {
  const { net, pace } = graph;
  if (!pace) { const rest = lengthOf(net, edge) - offset; return { toU: offset, toV: rest, fromU: offset, fromV: rest }; }
  const [ahead, back] = costsAt(pace, edge, offset), [up, down] = wholeOf(pace, edge);
  return { toU: back, toV: up - ahead, fromU: ahead, fromV: down - back };
}

/** What a walk along an edge from one place to another costs.
 * @param {Graph} graph @param {number} edge @param {number} from @param {number} to */
function alongEdge(graph, edge, from, to) {
  if (!graph.pace) return Math.abs(from - to);
  const way = from <= to ? 0 : 1;
  return Math.abs(costsAt(graph.pace, edge, to)[way] - costsAt(graph.pace, edge, from)[way]);
}

/**
 * The sources as a search begins: each end of their edges that one leads to, with its cost.
 * @param {Graph} graph @param {Source[]} sources @param {(node: number, cost: number, source: Source) => void} visit
 * @returns {Map<number, Source[]>} those on the network by their edge
 */
function begun(graph, sources, visit) {
  /** @type {Map<number, Source[]>} */
  const on = new Map();
  for (const source of sources) {
    if (source.edge < 0) continue;
    const there = on.get(source.edge);
    if (there) there.push(source); else on.set(source.edge, [source]);
    const [u, v] = endsOf(graph, source.edge, true), { fromU, fromV } = toEnds(graph, source.edge, source.offset);
    visit(u, source.leg + fromU, source);
    visit(v, source.leg + fromV, source);
  }
  return on;
}

/** The two ends of an edge as a walk leaves it (its first part) or ends on it (its last).
 * @param {Graph} graph @param {number} edge @param {boolean} leaving @returns {[number, number]} */
function endsOf(graph, edge, leaving) {
  const { net, twin, own } = graph, u = net.u[edge], v = net.v[edge];
  if (!(net.flags[edge] & PRIVATE)) return [u, v];
  const base = net.nodes + (leaving ? 0 : own);
  return [base + twin[u], base + twin[v]];
}

/**
 * Search from all sources at once (Dijkstra 1959 with a binary heap).
 * @param {Graph} graph @param {Source[]} sources @returns {Field}
 */
export function searchFrom(graph, sources) {
  const cost = new Float64Array(graph.total).fill(Infinity), row = new Int32Array(graph.total).fill(-1);
  const arc = new Int32Array(graph.total).fill(-1), done = new Uint8Array(graph.total);
  const begins = new Array(graph.total).fill(null), heap = new Heap(graph.to.length + 2 * sources.length + 2);
  const on = begun(graph, sources, (node, metres, source) => {
    if (metres >= cost[node]) return;
    cost[node] = metres; row[node] = source.row; begins[node] = source;
    heap.push(metres, node);
  });
  while (heap.size) {
    const node = heap.pop();
    if (done[node]) continue;
    done[node] = 1;
    for (let k = graph.first[node]; k < graph.first[node + 1]; k++) {
      const other = graph.to[k], metres = cost[node] + graph.cost[k];
      if (metres < cost[other]) {
        cost[other] = metres; row[other] = row[node]; arc[other] = k;
        heap.push(metres, other);
      }
    }
  }
  return { cost, row, arc, begins, on };
}

/**
 * The exact walk to a place on an edge, without the leg from there.
 * @param {Graph} graph @param {Field} field @param {number} edge @param {number} offset
 * @returns {{metres: number, row: number, node: number, byU: boolean, source: Source | null}}
 *   `node`: the end that the walk enters the edge by; `source`: set where it stays on it
 */
export function walkTo(graph, field, edge, offset) {
  const [u, v] = endsOf(graph, edge, false), { toU, toV } = toEnds(graph, edge, offset);
  const byU = field.cost[u] + toU, byV = field.cost[v] + toV;
  const fromU = byU <= byV, node = fromU ? u : v;
  let metres = fromU ? byU : byV;
  let row = field.row[node], source = null;
  for (const one of field.on.get(edge) || []) {
    const along = one.leg + alongEdge(graph, edge, offset, one.offset);
    if (along < metres) { metres = along; row = one.row; source = one; }
  }
  return { metres, row, node, byU: fromU, source };
}

/**
 * Metres of the ways that a search by another cost found, from the facility's door to each node.
 * @param {Graph} graph @param {Field} field @returns {Float64Array} infinity where none is reached
 */
export function metresOf(graph, field) {
  const metres = new Float64Array(graph.total).fill(NaN), /** @type {number[]} */ way = [];
  for (let node = 0; node < graph.total; node++) {
    let at = node;
    while (Number.isNaN(metres[at]) && field.arc[at] >= 0) { way.push(at); at = graph.from[field.arc[at]]; }
    if (Number.isNaN(metres[at])) metres[at] = atBeginning(graph, field, at);
    for (let k = way.length - 1; k >= 0; k--) {
      const arc = field.arc[way[k]], edge = graph.via[arc];
      metres[way[k]] = metres[graph.from[arc]] + (edge < 0 ? 0 : lengthOf(graph.net, edge));
    }
    way.length = 0;
  }
  return metres;
}

/** @param {Graph} graph @param {Field} field @param {number} node where a way begins */
function atBeginning({ net, plain }, field, node) {
  const source = field.begins[node];
  if (!source) return Infinity;
  const rest = lengthOf(net, source.edge) - source.offset, u = net.u[source.edge], v = net.v[source.edge];
  if (u === v) return source.leg + Math.min(source.offset, rest);
  return source.leg + (u === plain[node] ? source.offset : rest);
}

/**
 * Search for the k nearest facilities of every node; entrances of one facility count once.
 * @param {Graph} graph @param {Source[]} sources @param {number} k @param {(row: number) => number} facilityOf
 * @returns {Ranks}
 */
export function searchRanks(graph, sources, k, facilityOf) {
  const cost = new Float64Array(graph.total * k).fill(Infinity), row = new Int32Array(graph.total * k).fill(-1);
  const count = new Int32Array(graph.total);
  const room = k * graph.to.length + 2 * sources.length + 2, heap = new Heap(room), at = new Int32Array(room), of = new Int32Array(room);
  let made = 0;
  /** @param {number} node @param {number} metres @param {number} which */
  const push = (node, metres, which) => {
    if (count[node] === k) return;
    at[made] = node; of[made] = which;
    heap.push(metres, made++);
  };
  const on = begun(graph, sources, (node, metres, source) => push(node, metres, source.row));
  while (heap.size) {
    const metres = heap.key[0], entry = heap.pop(), node = at[entry], which = of[entry], facility = facilityOf(which);
    if (count[node] === k) continue;
    let known = false;
    for (let j = 0; j < count[node]; j++) known ||= facilityOf(row[node * k + j]) === facility;
    if (known) continue;
    cost[node * k + count[node]] = metres; row[node * k + count[node]] = which;
    count[node]++;
    for (let a = graph.first[node]; a < graph.first[node + 1]; a++) push(graph.to[a], metres + graph.cost[a], which);
  }
  return { k, cost, row, on, facilityOf };
}

/**
 * The exact walk from a place on an edge to the k-th nearest facility, without the leg from there.
 * @param {Graph} graph @param {Ranks} ranks @param {number} edge @param {number} offset
 * @returns {{metres: number, row: number}} infinity and -1 where fewer are reached
 */
export function walkToRank(graph, ranks, edge, offset) {
  const { k, cost, row, facilityOf } = ranks, [u, v] = endsOf(graph, edge, false), { toU, toV } = toEnds(graph, edge, offset);
  const found = /** @type {{metres: number, row: number}[]} */ ([]);
  for (let j = 0; j < k; j++) {
    found.push({ metres: cost[u * k + j] + toU, row: row[u * k + j] }, { metres: cost[v * k + j] + toV, row: row[v * k + j] });
  }
  for (const one of ranks.on.get(edge) || []) found.push({ metres: one.leg + alongEdge(graph, edge, offset, one.offset), row: one.row });
  found.sort((a, b) => a.metres - b.metres);
  const seen = new Set();
  for (const one of found) {
    if (!Number.isFinite(one.metres)) break;
    seen.add(facilityOf(one.row));
    if (seen.size === k) return one;
  }
  return { metres: Infinity, row: -1 };
}

/** A binary heap of numbers (nodes, entries) by their cost. */
class Heap {
  /** @param {number} room */
  constructor(room) {
    this.key = new Float64Array(room);
    this.node = new Int32Array(room);
    this.size = 0;
  }

  /** @param {number} key @param {number} node */
  push(key, node) {
    let k = this.size++;
    while (k > 0) {
      const up = (k - 1) >> 1;
      if (this.key[up] <= key) break;
      this.key[k] = this.key[up]; this.node[k] = this.node[up];
      k = up;
    }
    this.key[k] = key; this.node[k] = node;
  }

  /** @returns {number} the node of the least cost */
  pop() {
    const top = this.node[0], key = this.key[--this.size], node = this.node[this.size];
    let k = 0;
    for (;;) {
      let low = 2 * k + 1;
      if (low >= this.size) break;
      if (low + 1 < this.size && this.key[low + 1] < this.key[low]) low++;
      if (this.key[low] >= key) break;
      this.key[k] = this.key[low]; this.node[k] = this.node[low];
      k = low;
    }
    this.key[k] = key; this.node[k] = node;
    return top;
  }
}

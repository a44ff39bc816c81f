/* Exact walks: from the nearest of many facilities to every node, and on to places on edges. */
import { GONE, PRIVATE, lengthOf } from "./network.js";

/**
 * @typedef {import("./network.js").Network} Network
 *
 * @typedef {object} Graph arcs from each node, in the direction from the facilities outward
 * @property {Network} net
 * @property {number} total nodes: those of the network, then private ones as walks leave by them,
 *   then as they end on them
 * @property {Int32Array} first
 * @property {Int32Array} to
 * @property {Float64Array} cost metres
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
 */

/**
 * A walk begins and ends on private streets and never leads through them: their nodes are there
 * three times, joined by arcs of no length that lead on and never back.
 * @param {Network} net
 * @param {number} mask flags that a usable edge must have
 * @returns {Graph}
 */
export function graphOf(net, mask = 0) {
  const n = net.nodes, edges = net.u.length, twin = new Int32Array(n).fill(-1), usable = new Uint8Array(edges);
  let own = 0, size = 0;
  for (let e = 0; e < edges; e++) {
    const { [e]: u } = net.u, { [e]: v } = net.v, closed = (net.flags[e] & PRIVATE) !== 0;
    if ((net.flags[e] & GONE) || (net.flags[e] & mask) !== mask) continue;
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
      const metres = lengthOf(net, e), leave = n + twin[u], enter = n + twin[v];
      if (!(net.flags[e] & PRIVATE)) { visit(u, v, metres, e); visit(v, u, metres, e); continue; }
      visit(leave, enter, metres, e); visit(enter, leave, metres, e);
      visit(leave + own, enter + own, metres, e); visit(enter + own, leave + own, metres, e);
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
  return { net, total, first, from, to, cost, via, plain, twin, own };
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
  /** @type {Map<number, Source[]>} */
  const on = new Map(), begins = new Array(graph.total).fill(null);
  const heap = new Heap(graph.to.length + 2 * sources.length + 2);
  for (const source of sources) {
    if (source.edge < 0) continue;
    const there = on.get(source.edge);
    if (there) there.push(source); else on.set(source.edge, [source]);
    const [u, v] = endsOf(graph, source.edge, true), length = lengthOf(graph.net, source.edge);
    for (const [node, metres] of [[u, source.offset], [v, length - source.offset]])
      if (source.leg + metres < cost[node]) {
        cost[node] = source.leg + metres; row[node] = source.row; begins[node] = source;
        heap.push(cost[node], node);
      }
  }
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
  const [u, v] = endsOf(graph, edge, false), length = lengthOf(graph.net, edge);
  const byU = field.cost[u] + offset, byV = field.cost[v] + length - offset;
  const fromU = byU <= byV, node = fromU ? u : v;
  let metres = fromU ? byU : byV;
  let row = field.row[node], source = null;
  for (const one of field.on.get(edge) || []) {
    const along = one.leg + Math.abs(one.offset - offset);
    if (along < metres) { metres = along; row = one.row; source = one; }
  }
  return { metres, row, node, byU: fromU, source };
}

/** A binary heap of nodes by their cost. */
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

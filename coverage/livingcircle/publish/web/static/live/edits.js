/* What a scenario changes: streets cut, links added, facilities closed and added. */
import { anchorAt, foot, inBox, indexOf } from "./snap.js";
import { DOOR, GONE, STAIRS, lengthOf, placeOn, splitAt, withEdges } from "./network.js";

const JOIN_M = 50, CUT_M = 1;

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./network.js").Place} Place
 * @typedef {import("./snap.js").Index} Index
 *
 * @typedef {object} Added a facility that is put
 * @property {string} id
 * @property {string} name
 * @property {string[]} categories
 * @property {number} lon degrees
 * @property {number} lat
 * @property {Record<string, any>} [more] what a scenario file states beside these
 *
 * @typedef {object} Edits
 * @property {Added[]} added
 * @property {string[]} closed ids of facilities
 * @property {{name: string, line: [number, number][], stairs: boolean}[]} links
 * @property {{name: string, line: [number, number][]}[]} cuts
 *
 * @typedef {object} Streets
 * @property {Network} net
 * @property {Index} index
 * @property {(edge: number, offset: number) => {edge: number, offset: number} | null} moved
 *   where a place of the city's own network lies now; null where it was cut away
 * @property {number} firstLink the links are the edges from here on
 * @property {Int32Array} fresh segments of the links, by their place in `index`
 * @property {number} nodes those of the city; others are ends that the scenario made
 * @property {Int32Array} changed segments of the links, and of streets that end or are parted where they did not
 * @property {boolean} anew nothing of what lay where is known any more: all points are anchored anew
 */

/** @returns {Edits} */
export const noEdits = () => ({ added: [], closed: [], links: [], cuts: [] });

/** An edit that cannot be made; `code` names the sentence, `metres` and the name of the edit belong into it. */
export class EditError extends Error {
  /** @param {string} code @param {number} [metres] @param {string} [edit] */
  constructor(code, metres, edit) {
    super(code);
    this.code = code;
    this.metres = metres;
    this.edit = edit;
  }
}

/**
 * The streets of a city as a scenario has them: first cut, then linked.
 * @param {Index} city the city's own streets
 * @param {Edits} edits
 * @returns {Streets}
 */
export function streetsWith(city, edits) {
  const cut = cutStreets(city, edits.cuts);
  const linked = addLinks(cut.index, edits.links);
  const { index, firstLink } = linked, { nodes } = city.net;
  return {
    net: index.net, index, firstLink, nodes, ...freshOf(index, firstLink, nodes), anew: false,
    moved: (edge, offset) => {
      const there = cut.moved(edge, offset);
      return there && linked.moved(there.edge, there.offset);
    },
  };
}

/**
 * What is new of streets. Where one ends that led on, it may have a place that no wall keeps from a door.
 * @param {Index} index @param {number} firstLink @param {number} nodes those of the city
 */
export function freshOf(index, firstLink, nodes) {
  const { net, of } = index, fresh = [], changed = [];
  for (let k = 0; k < of.length; k++) {
    if (of[k] >= firstLink) fresh.push(k);
    if (net.u[of[k]] >= nodes || net.v[of[k]] >= nodes) changed.push(k);
  }
  return { fresh: Int32Array.from(fresh), changed: Int32Array.from(changed) };
}

/** Where places of edges that were split lie now. @param {ReturnType<typeof splitAt>} split */
export const through = (split) => (/** @type {number} */ edge, /** @type {number} */ offset) => {
  let last = null;
  for (let part = split.first[edge]; part < split.first[edge + 1]; part++) {
    const length = lengthOf(split.net, part), at = offset - split.from[part];
    if (at < -1e-9 || at > length + 1e-9 || split.net.flags[part] & GONE) continue;
    last = { edge: part, offset: Math.min(Math.max(at, 0), length) };
  }
  return last;
};

/** @param {number} edge @param {number} offset */
const stays = (edge, offset) => ({ edge, offset });

/**
 * Take a metre out of every street where a line crosses it.
 * @param {Index} index
 * @param {Edits["cuts"]} cuts
 */
function cutStreets(index, cuts) {
  if (!cuts.length) return { index, moved: stays };
  const { net } = index;
  /** @type {{edge: number, low: number, high: number}[]} */
  const out = [];
  for (const cut of cuts) {
    const crossed = crossings(index, cut.line);
    if (!crossed.length) throw new EditError("cut_misses", undefined, cut.name);
    for (const { edge, offset } of crossed)
      out.push({ edge, low: Math.max(0, offset - CUT_M / 2), high: Math.min(lengthOf(net, edge), offset + CUT_M / 2) });
  }
  const split = splitAt(net, out.flatMap((o) => [placeOn(net, o.edge, o.low), placeOn(net, o.edge, o.high)]));
  const flags = split.net.flags;
  for (const { edge, low, high } of out)
    for (let part = split.first[edge]; part < split.first[edge + 1]; part++) {
      const middle = split.from[part] + lengthOf(split.net, part) / 2;
      if (middle >= low && middle <= high) flags[part] |= GONE;
    }
  return { index: indexOf(split.net, index.walls), moved: through(split) };
}

/**
 * Where a line crosses streets.
 * @param {Index} index @param {[number, number][]} line degrees
 */
function crossings(index, line) {
  const { net } = index, /** @type {{edge: number, offset: number}[]} */ found = [];
  /** @type {{edge: number, offset: number, low: number, high: number}[]} stretches along which the line runs, and their middles */
  const beside = [];
  /** @param {number} edge @param {number} offset */
  const meet = (edge, offset) => { if (!found.some((f) => f.edge === edge && Math.abs(f.offset - offset) < 1e-6)) found.push({ edge, offset }); };
  const drawn = line.map(([lon, lat]) => net.project(lon, lat));
  for (let j = 1; j < drawn.length; j++) {
    const [px, py] = drawn[j - 1], [qx, qy] = drawn[j], dx = qx - px, dy = qy - py;
    for (const k of inBox(index.grid, Math.min(px, qx), Math.min(py, qy), Math.max(px, qx), Math.max(py, qy))) {
      const i = index.segment[k], edge = index.of[k], ax = net.x[i], ay = net.y[i], bx = net.x[i + 1] - ax, by = net.y[i + 1] - ay;
      const away = bx * dy - by * dx, end = sharedEnd(net, i, [px, py, qx, qy]);
      if (away === 0) {
        const square = bx * bx + by * by;
        if ((px - ax) * by !== (py - ay) * bx || square === 0) continue;
        const [from, to] = [((px - ax) * bx + (py - ay) * by) / square, ((qx - ax) * bx + (qy - ay) * by) / square].sort((a, b) => a - b);
        const low = Math.max(0, from), high = Math.min(1, to);
        if (low < high) beside.push({ edge, offset: offsetOf(net, edge, i, (low + high) / 2), low: offsetOf(net, edge, i, low), high: offsetOf(net, edge, i, high) });
        else if (end != null || low === high) meet(edge, offsetOf(net, edge, i, end ?? low));
        continue;
      }
      const along = end ?? ((px - ax) * dy - (py - ay) * dx) / away;
      const on = end == null ? ((px - ax) * by - (py - ay) * bx) / away : 0;
      if (along < 0 || along > 1 || on < 0 || on > 1) continue;
      meet(edge, offsetOf(net, edge, i, along));
    }
  }
  if (!beside.length) return found;
  // Where such a stretch begins and ends nothing is crossed.
  const apart = found.filter((f) => !beside.some((b) => b.edge === f.edge && f.offset > b.low - 1e-6 && f.offset < b.high + 1e-6));
  return [...apart, ...beside.map(({ edge, offset }) => ({ edge, offset }))];
}

/** At which end of a segment a line ends too, where the quotient of two small numbers would not say so to the last bit.
 * @param {Network} net @param {number} i @param {[number, number, number, number]} line @returns {number | null} */
function sharedEnd({ x, y }, i, [px, py, qx, qy]) {
  for (const [end, j] of [[0, i], [1, i + 1]])
    if ((x[j] === px && y[j] === py) || (x[j] === qx && y[j] === qy)) return end;
  return null;
}

/** Metres along an edge of a place on the plane: its share of the drawn line.
 * @param {Network} net @param {number} edge @param {number} i @param {number} along */
function offsetOf(net, edge, i, along) {
  let before = 0, whole = 0;
  for (let j = net.start[edge]; j < net.start[edge + 1] - 1; j++) {
    const step = Math.hypot(net.x[j + 1] - net.x[j], net.y[j + 1] - net.y[j]);
    if (j < i) before += step;
    if (j === i) before += along * step;
    whole += step;
  }
  return Math.min(1, before / Math.max(whole, 1e-9)) * lengthOf(net, edge);
}

/** @param {Index} index @param {Edits["links"]} links */
function addLinks(index, links) {
  const { net } = index, /** @type {Place[]} */ places = [];
  if (!links.length) return { index, firstLink: net.u.length, moved: stays };
  for (const end of ["begin", "end"])
    for (const link of links) {
      const [lon, lat] = link.line[end === "begin" ? 0 : link.line.length - 1];
      const at = anchorAt(index, lon, lat, JOIN_M);
      if (at.edge < 0) throw new EditError("link_far", at.leg, link.name);
      places.push({ edge: at.edge, offset: at.offset, lon: at.lon, lat: at.lat });
    }
  const split = splitAt(net, places), k = links.length;
  const whole = withEdges(split.net, links.map((link, i) => {
    const line = /** @type {[number, number][]} */ (link.line.map((p) => [p[0], p[1]]));
    line[0] = [places[i].lon, places[i].lat];
    line[line.length - 1] = [places[k + i].lon, places[k + i].lat];
    return { u: split.nodes[i], v: split.nodes[k + i], line, flags: DOOR | (link.stairs ? net.stairsBar : 0), made: link.stairs ? STAIRS : 0 };
  }));
  return { index: indexOf(whole, index.walls), firstLink: split.net.u.length, moved: through(split) };
}

/**
 * Anchor many points on changed streets: as before where nothing near them changed.
 * @param {Streets} streets
 * @param {{lon: Float64Array, lat: Float64Array, x: Float64Array, y: Float64Array}} at
 * @param {{edge: Int32Array, offset: Float64Array, leg: Float64Array, waived: Uint8Array, fixed?: Uint8Array}} points
 *   their anchors on the city's own network; `fixed`: points that state a level keep theirs
 * @param {number} limit
 * @returns {{edge: Int32Array, offset: Float64Array, leg: Float64Array}}
 */
export function anchorsOn(streets, at, points, limit) {
  const count = at.lon.length, { index, changed } = streets;
  const edge = points.edge.slice(), offset = points.offset.slice(), leg = points.leg.slice();
  for (let p = 0; p < count; p++) {
    if (!Number.isFinite(at.lon[p])) continue;
    const there = edge[p] >= 0 ? streets.moved(edge[p], offset[p]) : null;
    if (there) { edge[p] = there.edge; offset[p] = there.offset; }
    const lost = edge[p] >= 0 && !there;
    if (!lost && (points.fixed?.[p] || !(streets.anew || (changed.length && nearAny(index, changed, at, points, p, limit))))) continue;
    const made = anchorAt(index, at.lon[p], at.lat[p], limit);
    edge[p] = made.edge; offset[p] = made.offset; leg[p] = made.leg;
  }
  return { edge, offset, leg };
}

/** Whether any of some segments is no farther from a point than where it is anchored.
 * @param {Index} index @param {Int32Array} segments @param {any} at @param {any} points @param {number} p @param {number} limit */
function nearAny(index, segments, at, points, p, limit) {
  const reach = (points.edge[p] >= 0 && !points.waived[p] ? points.leg[p] : limit) * 1.001 + 1e-3, px = at.x[p], py = at.y[p];
  const { x, y } = index.net;
  for (let j = 0; j < segments.length; j++) {
    const i = index.segment[segments[j]], ax = x[i] - px, bx = x[i + 1] - px, ay = y[i] - py, by = y[i + 1] - py;
    // Far to one side of the point: no need to look where on it is nearest.
    if ((ax > reach && bx > reach) || (ax < -reach && bx < -reach) || (ay > reach && by > reach) || (ay < -reach && by < -reach)) continue;
    if (foot(index, segments[j], px, py).plane <= reach) return true;
  }
  return false;
}

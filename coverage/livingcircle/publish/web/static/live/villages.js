/* Urban villages, each judged by the walks of those who live in it, from its outline, or from its middle. */
import { anchorsOn } from "./edits.js";
import { BRIDGE, GONE, TUNNEL } from "./network.js";
import { anchorAt, inBox } from "./snap.js";
import { COVERED, GAP, ISLAND, OFF } from "./status.js";

const TOLERANCE = 1e-6, SHARE_TOLERANCE = 1e-9, ON_STREET_M = 0.5;

/** What a spot of a village is: a point of its outline, where a street crosses that, the point of it that is
 * nearest to a street where none crosses, a point in its middle. */
const CROSSING = 1, NEAREST = 2, MIDDLE = 3;

/**
 * @typedef {import("./judge.js").Trial} Trial
 * @typedef {import("./judge.js").Test} Test
 *
 * @typedef {object} AreaRule
 * @property {Int32Array} column village of each judged home, by its place in `units`
 * @property {Int32Array} units
 * @property {number} share_beyond
 * @property {string} measure mean, share, nearest_edge, centre
 * @property {any} spots places to measure from: lon, lat, x, y, area, kind, `anchors`; null where homes suffice
 * @property {null | {lon: Float64Array, lat: Float64Array, start: Int32Array, area: Int32Array}} outlines rings, where
 *   the outline counts
 */

/**
 * @param {Trial} trial @param {Test} test @param {AreaRule} rule @param {ReturnType<Trial["walks"]>} found
 */
export function judgeAreas(trial, test, rule, found) {
  const count = rule.units.length, zero = () => new Float64Array(count);
  const weight = zero(), reached = zero(), sum = zero(), beyond = zero(), homes = zero(), plain = zero();
  for (let k = 0; k < test.homes.length; k++) plain[rule.column[k]] += test.weight[k];
  for (let k = 0; k < test.homes.length; k++) {
    const a = rule.column[k], w = plain[a] > 0 ? test.weight[k] : 1, metres = found.metres[k];
    homes[a]++; weight[a] += w;
    if (Number.isFinite(metres)) { reached[a] += w; sum[a] += w * metres; }
    if (isFar(test, metres)) beyond[a] += w;
  }
  const { edge, middle } = rule.spots ? spotsOf(trial, test, rule) : { edge: null, middle: null };
  const metres = new Float64Array(count), candidate = new Uint8Array(count), share = zero(), measured = zero();
  for (let a = 0; a < count; a++) {
    // A village without homes is measured from its middle.
    const bare = homes[a] === 0;
    metres[a] = bare ? (middle ? middle[a] : NaN) : reached[a] > 0 ? sum[a] / reached[a] : Infinity;
    share[a] = bare ? Number(isFar(test, metres[a])) : beyond[a] / weight[a];
    const unreached = weight[a] > 0 ? 1 - reached[a] / weight[a] : 0;
    const mean = unreached > rule.share_beyond + SHARE_TOLERANCE ? Infinity : metres[a];
    measured[a] = rule.measure === "nearest_edge" && edge ? edge[a] : rule.measure === "centre" && middle ? middle[a] : mean;
    candidate[a] = (rule.measure === "share" ? share[a] > rule.share_beyond + SHARE_TOLERANCE : isFar(test, measured[a])) ? 1 : 0;
  }
  const status = Uint8Array.from(found.metres, (m, k) =>
    (found.off[k] ? OFF : m === Infinity ? ISLAND : isFar(test, m) ? GAP : COVERED));
  return { status, metres: found.metres, row: found.row, value: candidate.reduce((s, c) => s + c, 0), inside: 0, total: count,
    out: 0, people: null, households: null, gaps: [], units: null, areas: { metres, measured, share, candidate, units: rule.units } };
}

/** @param {Test} test @param {number} metres */
function isFar(test, metres) {
  return test.inclusive ? metres >= test.limit - TOLERANCE : metres > test.limit + TOLERANCE;
}

/**
 * The walk from the outline of each village, and from its middle; NaN where there is no such spot.
 * @param {Trial} trial @param {Test} test @param {AreaRule} rule
 */
function spotsOf(trial, test, rule) {
  const edge = new Float64Array(rule.units.length).fill(NaN), middle = edge.slice(), walk = trial.finder(test, 0, false);
  for (const spot of trial.once("spots" + trial.city.tests.indexOf(test), () => placedSpots(trial, test, rule))) {
    const metres = spot.edge >= 0 ? walk(spot.edge, spot.offset).metres + spot.leg : Infinity, of = spot.kind === MIDDLE ? middle : edge;
    if (!(of[spot.area] <= metres)) of[spot.area] = metres;
  }
  return { edge, middle };
}

/**
 * Spots on the streets as they are: crossings go with a street that is cut, and come with one that is drawn.
 * @param {Trial} trial @param {Test} test @param {AreaRule} rule
 * @returns {{area: number, kind: number, edge: number, offset: number, leg: number}[]}
 */
function placedSpots(trial, test, rule) {
  const { streets, city } = trial, { spots, outlines } = rule, anchors = spots.anchors, own = trial.streetsOf(test);
  const at = anchorsOn(own, spots, anchors, city.access_m), asBefore = streets.net === city.base;
  const there = Array.from(spots.area, (area, k) => ({ area, kind: spots.kind[k], edge: at.edge[k], offset: at.offset[k], leg: at.leg[k] }));
  if (asBefore || !outlines) return there;
  // Whoever cannot use the street that crosses an outline is anchored to another one.
  const crossing = trial.once("crossings" + city.tests.indexOf(test), () => Array.from(spots.kind, (kind, k) =>
    (kind === CROSSING ? anchorAt(trial.own, spots.lon[k], spots.lat[k], ON_STREET_M) : null)), trial.always);
  /** @param {number} k */
  const gone = (k) => { const at = crossing[k]; return at !== null && at.edge >= 0 && !streets.moved(at.edge, at.offset); };
  const kept = there.filter((spot, k) => spot.kind !== NEAREST && !gone(k));
  /** @param {number} area @param {number} kind @param {number} lon @param {number} lat */
  const add = (area, kind, lon, lat) => {
    const { edge, offset, leg } = anchorAt(own.index, lon, lat, city.access_m);
    kept.push({ area, kind, edge, offset, leg });
  };
  const sides = sidesOf(outlines, streets.net.project);
  for (const k of streets.fresh) crossed(streets.index, k, sides, (area, lon, lat) => add(area, CROSSING, lon, lat));
  const open = new Set(kept.filter((spot) => spot.kind === CROSSING).map((spot) => spot.area));
  for (const area of new Set(outlines.area)) {
    const near = open.has(area) ? null : nearestOf(streets.index, sides.filter((side) => side.area === area));
    if (near) add(area, NEAREST, near.lon, near.lat);
  }
  return kept;
}

/**
 * @typedef {{area: number, lon: number, lat: number, lon2: number, lat2: number, x: number, y: number, dx: number, dy: number}} Side
 */

/** @param {NonNullable<AreaRule["outlines"]>} outlines @param {(lon: number, lat: number) => [number, number]} project @returns {Side[]} */
function sidesOf(outlines, project) {
  const sides = [], { lon, lat, start, area } = outlines;
  for (let ring = 0; ring < area.length; ring++)
    for (let i = start[ring]; i < start[ring + 1] - 1; i++) {
      const [x, y] = project(lon[i], lat[i]), [x2, y2] = project(lon[i + 1], lat[i + 1]);
      sides.push({ area: area[ring], lon: lon[i], lat: lat[i], lon2: lon[i + 1], lat2: lat[i + 1], x, y, dx: x2 - x, dy: y2 - y });
    }
  return sides;
}

/**
 * Where a segment of a street meets outlines.
 * @param {import("./snap.js").Index} index @param {number} k @param {Side[]} sides
 * @param {(area: number, lon: number, lat: number) => void} visit
 */
function crossed(index, k, sides, visit) {
  const { net } = index, i = index.segment[k];
  if ((net.flags[index.of[k]] & GONE) || (net.made[index.of[k]] & (BRIDGE | TUNNEL))) return;
  const ax = net.x[i], ay = net.y[i], bx = net.x[i + 1] - ax, by = net.y[i + 1] - ay;
  for (const side of sides) {
    const away = bx * side.dy - by * side.dx, tx = side.x - ax, ty = side.y - ay;
    if (away === 0) continue;
    const along = (tx * side.dy - ty * side.dx) / away, on = (tx * by - ty * bx) / away;
    if (along < 0 || along > 1 || on < 0 || on > 1) continue;
    visit(side.area, net.lon[i] + along * (net.lon[i + 1] - net.lon[i]), net.lat[i] + along * (net.lat[i + 1] - net.lat[i]));
  }
}

/**
 * The point of an outline that is nearest to any street.
 * @param {import("./snap.js").Index} index @param {Side[]} sides
 */
function nearestOf(index, sides) {
  const { net, segment, of } = index, ends = sides.flatMap(({ x, y, dx, dy }) => [[x, y], [x + dx, y + dy]]);
  if (!ends.length || !segment.length) return null;
  const xs = ends.map(([x]) => x), ys = ends.map(([, y]) => y);
  for (let r = 60; ; r *= 2) {
    let best = null;
    for (const k of inBox(index.grid, Math.min(...xs) - r, Math.min(...ys) - r, Math.max(...xs) + r, Math.max(...ys) + r)) {
      if (net.flags[of[k]] & GONE) continue;
      const i = segment[k], ax = net.x[i], ay = net.y[i], bx = net.x[i + 1] - ax, by = net.y[i + 1] - ay;
      for (const side of sides) {
        // Two straight lines that do not cross are nearest to each other at an end of one of them.
        for (const [px, py, share] of [[side.x, side.y, 0], [side.x + side.dx, side.y + side.dy, 1]]) {
          const far = farFrom(px, py, ax, ay, bx, by).far;
          if (!best || far < best.far) best = { far, side, share };
        }
        for (const [px, py] of [[ax, ay], [ax + bx, ay + by]]) {
          const { far, share } = farFrom(px, py, side.x, side.y, side.dx, side.dy);
          if (!best || far < best.far) best = { far, side, share };
        }
      }
    }
    if (best && (best.far <= r || r > 1e6)) {
      const { side, share } = best;
      return { lon: side.lon + share * (side.lon2 - side.lon), lat: side.lat + share * (side.lat2 - side.lat) };
    }
    if (r > 1e6) return null;
  }
}

/** @param {number} px @param {number} py @param {number} ax @param {number} ay @param {number} dx @param {number} dy */
function farFrom(px, py, ax, ay, dx, dy) {
  const square = dx * dx + dy * dy, share = square > 0 ? Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / square)) : 0;
  return { far: Math.hypot(px - ax - share * dx, py - ay - share * dy), share };
}

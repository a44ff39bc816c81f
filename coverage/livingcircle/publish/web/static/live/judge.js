/* What a requirement finds when the facilities and streets are as a scenario has them. */
import { anchorAt, indexOf } from "./snap.js";
import { boxOf, checkEdits } from "./bounds.js";
import { anchorsOn, noEdits, streetsWith } from "./edits.js";
import { readGround } from "./ground.js";
import { graphOf, metresOf, searchFrom, searchRanks, walkTo, walkToRank } from "./search.js";
import { lengthOf, readNetwork } from "./network.js";
import { costsAt, driven, paceOf } from "./pace.js";
import { COVERED, DETOUR, GAP, ISLAND, NO_FACILITY, OFF, SLOW } from "./status.js";
import { streetsOf } from "./steep.js";
import { judgeAreas } from "./villages.js";
import { passagesOf, shutBetween, wayOf } from "./way.js";

const TOLERANCE = 1e-6;

/**
 * @typedef {import("./edits.js").Edits} Edits
 * @typedef {import("./edits.js").Streets} Streets
 * @typedef {import("./search.js").Graph} Graph
 * @typedef {import("./search.js").Field} Field
 *
 * @typedef {object} Test what one requirement asks of walks
 * @property {{set: number, level: string | null, categories: string[], facilities: Int32Array}[]} needs rows of the city's
 *   facilities, and the number of that choice of them
 * @property {number} k so many facilities of each need are to be within the limit
 * @property {number} limit
 * @property {boolean} inclusive whether exactly the limit is beyond it
 * @property {"metres" | "seconds"} basis
 * @property {number} speed metres per second
 * @property {number} reach_m no way within the limit is longer
 * @property {number} walker which of the city's walkers, and of the anchors of homes and facilities
 * @property {Int32Array} homes rows of the homes that are judged
 * @property {Float64Array} weight of each of them
 * @property {Uint8Array} unknown 1 where nobody stated how many live there
 * @property {null | import("./villages.js").AreaRule} areas
 * @property {boolean} of_group whether people are those of an age group, and no residents
 *
 * @typedef {object} City
 * @property {import("./network.js").Network} base
 * @property {Float64Array} walls
 * @property {import("./steep.js").Walker[]} walkers
 * @property {null | {net: import("./network.js").Network, walls: Float64Array, speed: Float64Array}} roads streets to drive on
 * @property {number} access_m
 * @property {import("./way.js").Shut} shut places where a street is shut
 * @property {any} homes lon, lat, residents, households, and `anchors` for each walker
 * @property {any} facilities lon, lat, facility (which facility each row is an entrance of), ids
 * @property {Test[]} tests
 * @property {import("./ground.js").Ground | null} ground heights, where slopes count
 * @property {import("./pace.js").Delays | null} delays what stairs and crossings cost, where they count
 * @property {number} unit_count units of the page
 */

/** @param {any} data @returns {City} */
export function readCity(data) {
  const { walkers } = data, drives = walkers.map((/** @type {any} */ who) => (who.drives ? who : { ...who, barred: [] }));
  const base = readNetwork(data.network, walkers.map((/** @type {any} */ who) => (who.drives ? { ...who, barred: [] } : who)));
  /** @param {any} table lon and lat in degrees */
  const placed = (table) => {
    const x = new Float64Array(table.lon.length), y = new Float64Array(table.lon.length);
    for (let k = 0; k < x.length; k++) [x[k], y[k]] = base.project(table.lon[k], table.lat[k]);
    return { ...table, x, y };
  };
  const roads = data.roads && { net: readNetwork(data.roads, drives), walls: data.roads.walls, speed: data.roads.speed_m_s };
  return { base, walls: data.walls, walkers, roads, access_m: data.access_m, shut: placed(data.shut),
    homes: placed(data.homes), facilities: placed(data.facilities), ground: data.ground && readGround(data.ground), delays: data.delays,
    tests: data.tests.map((/** @type {any} */ test) => (test.areas?.spots ? { ...test, areas: { ...test.areas, spots: placed(test.areas.spots) } } : test)),
    unit_count: data.unit_count };
}

/** A city under a scenario; what does not change from one edit to the next is kept. */
export class Trial {
  /** @param {City} city */
  constructor(city) {
    this.city = city;
    this.streetKey = "";
    this.own = indexOf(city.base, city.walls);
    this.box = boxOf(city.base);
    this.streets = streetsWith(this.own, noEdits());
    /** @type {Map<string, any>} what holds until streets change */
    this.kept = new Map();
    /** @type {Map<string, any>} what holds whatever is changed: no scenario changes where people drive */
    this.always = new Map();
    this.edits = noEdits();
    this.facilityKey = "";
  }

  /** Lay a scenario over the city. Throws an EditError where it cannot be; nothing changes then.
   * @param {Edits} edits */
  change(edits) {
    checkEdits(edits, this.box);
    const key = JSON.stringify([edits.cuts, edits.links]);
    if (key !== this.streetKey) {
      const streets = streetsWith(this.own, edits);
      this.streets = streets;
      this.streetKey = key;
      this.kept.clear();
    }
    this.edits = edits;
    this.facilityKey = JSON.stringify([edits.added, edits.closed]);
  }

  /** @template T @param {string} key @param {() => T} make @param {Map<string, any>} [kept] @returns {T} */
  once(key, make, kept = this.kept) {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  }

  /** Where the walker of a test's is among others, and how long what is known of their ways holds.
   * @param {Test} test @returns {[import("./steep.js").Walker, Map<string, any>]} */
  walkerOf(test) {
    const walker = this.city.walkers[test.walker];
    return [walker, walker.drives ? this.always : this.kept];
  }

  /** The streets that the walker of a test can use, or where they drive. @param {Test} test @returns {Streets} */
  streetsOf(test) {
    const [walker, kept] = this.walkerOf(test), { roads, base, ground } = this.city;
    return this.once("streets" + test.walker, () => {
      const all = walker.drives && roads ? streetsWith(indexOf(roads.net, roads.walls), noEdits()) : this.streets;
      return streetsOf(all, walker, test.walker, walker.drives ? null : ground, !walker.drives && all.net !== base);
    }, kept);
  }

  /** Whether ways are timed: by vehicle, or on slopes, stairs and crossings, and not by their metres.
   * @param {Test} test */
  timed(test) { return this.walkerOf(test)[0].drives || (test.basis === "seconds" && this.uneven); }

  get uneven() { return this.city.ground !== null || this.city.delays !== null; }

  /** @param {Test} test */
  pace(test) {
    const { ground, delays, roads } = this.city, [walker, kept] = this.walkerOf(test), { net } = this.streetsOf(test);
    return this.once("pace" + test.walker + (walker.drives || delays ? "/" + test.speed : ""),
      () => (walker.drives && roads ? driven(net, roads.speed, test.speed) : paceOf(net, ground, delays, test.speed)), kept);
  }

  /** @param {Test} test @param {boolean} timed @returns {Graph} in metres of streets, or of level ground */
  graph(test, timed) {
    return this.once("graph" + test.walker + (timed ? "/" + test.speed : ""),
      () => graphOf(this.streetsOf(test).net, timed ? this.pace(test) : null), this.walkerOf(test)[1]);
  }

  /** @param {Test} test */
  homes(test) {
    const { homes, access_m } = this.city;
    return this.once("homes" + test.walker, () => anchorsOn(this.streetsOf(test), homes, homes.anchors[test.walker], access_m), this.walkerOf(test)[1]);
  }

  /** @param {Test} test */
  places(test) {
    const { facilities, access_m } = this.city;
    return this.once("places" + test.walker,
      () => anchorsOn(this.streetsOf(test), facilities, facilities.anchors[test.walker], access_m), this.walkerOf(test)[1]);
  }

  /** What is open for a need, kept until a facility changes: rows of the city's places, and the
   * added ones by their number.
   * @param {Test} test @param {number} need @returns {{rows: number[], added: number[]}} */
  open(test, need) {
    const { categories, facilities: rows, level, set } = test.needs[need], { facilities } = this.city;
    return this.untilChanged("open" + set, () => {
      const closed = new Set(this.edits.closed), wanted = new Set(categories), added = /** @type {number[]} */ ([]);
      this.edits.added.forEach((one, k) => { if (one.categories.some((c) => wanted.has(c)) && !otherLevel(one, level)) added.push(k); });
      return { rows: [...rows].filter((row) => !closed.has(facilities.ids[facilities.facility[row]])), added };
    });
  }

  /** Keep what depends on the facilities until one of them changes.
   * @template T @param {string} name @param {() => T} make @returns {T} */
  untilChanged(name, make) {
    const found = this.kept.get(name);
    if (found && found.edits === this.facilityKey) return found.made;
    const made = make();
    this.kept.set(name, { edits: this.facilityKey, made });
    return made;
  }

  /** Facilities of a need that are open: rows of the city's, then the added ones behind them.
   * @param {Test} test @param {number} need */
  sources(test, need) {
    const { facilities, access_m } = this.city, at = this.places(test), { rows, added } = this.open(test, need);
    const made = added.map((k) => {
      const one = this.edits.added[k], there = anchorAt(this.streetsOf(test).index, one.lon, one.lat, access_m);
      return { edge: there.edge, offset: there.offset, leg: there.leg, row: facilities.lon.length + k };
    });
    return [...rows.map((row) => ({ edge: at.edge[row], offset: at.offset[row], leg: at.leg[row], row })), ...made];
  }

  /** Which facility a row is an entrance of; added ones are numbered below those of the city.
   * @param {number} row */
  facilityOf(row) {
    const { facility } = this.city.facilities;
    return row < facility.length ? facility[row] : facility.length - 1 - row;
  }

  /** The search for a need, kept until something that it depends on changes.
   * @param {Test} test @param {number} need @param {boolean} timed @returns {Field} */
  field(test, need, timed) {
    return this.untilChanged("field" + test.walker + "/" + test.needs[need].set + (timed ? "/" + test.speed : ""),
      () => searchFrom(this.graph(test, timed), this.sources(test, need)));
  }

  /** How to find the walk from a place on an edge to the nearest facility of a need, or to the k-th.
   * @param {Test} test @param {number} need @param {boolean} timed
   * @returns {(edge: number, offset: number) => {metres: number, row: number}} */
  finder(test, need, timed) {
    const graph = this.graph(test, timed);
    if (test.k === 1) { const field = this.field(test, need, timed); return (edge, offset) => walkTo(graph, field, edge, offset); }
    const name = "ranks" + test.k + "/" + test.walker + "/" + test.needs[need].set + (timed ? "/" + test.speed : "");
    const ranks = this.untilChanged(name, () => searchRanks(graph, this.sources(test, need), test.k, (row) => this.facilityOf(row)));
    return (edge, offset) => walkToRank(graph, ranks, edge, offset);
  }

  /** How to find the metres of the fastest way from a place on an edge.
   * @param {Test} test @param {number} need @returns {(edge: number, offset: number) => {metres: number, row: number}} */
  fastest(test, need) {
    const graph = this.graph(test, true), field = this.field(test, need, true);
    const metres = this.untilChanged("metres" + test.walker + "/" + test.needs[need].set + "/" + test.speed, () => metresOf(graph, field));
    return (edge, offset) => {
      const { node, byU, source, row } = walkTo(graph, field, edge, offset);
      const along = source ? source.leg + Math.abs(source.offset - offset) : metres[node] + (byU ? offset : lengthOf(graph.net, edge) - offset);
      return { metres: along, row };
    };
  }

  /**
   * The walk of every judged home to the farthest of its needs.
   * @param {Test} test
   */
  walks(test) {
    const count = test.homes.length, at = this.homes(test), timed = this.timed(test), none = { metres: Infinity, row: -1 };
    const [{ drives }] = this.walkerOf(test);
    const costs = new Float64Array(count).fill(-1), metres = new Float64Array(count), row = new Int32Array(count).fill(-1);
    const lacks = new Uint8Array(count), island = new Uint8Array(count), worst = new Int32Array(count);
    for (let need = 0; need < test.needs.length; need++) {
      // Who drives takes the fastest way, whatever its metres; on foot the shortest walk is told beside the fastest.
      const nearest = drives ? this.fastest(test, need) : this.finder(test, need, false), fastest = timed ? this.finder(test, need, true) : null;
      for (let k = 0; k < count; k++) {
        const home = test.homes[k], edge = at.edge[home], offset = at.offset[home];
        const walk = edge >= 0 ? nearest(edge, offset) : none, long = walk.metres + at.leg[home];
        const far = edge >= 0 ? long : Infinity;
        const cost = fastest && edge >= 0 && test.basis === "seconds" ? fastest(edge, offset).metres + at.leg[home] : far;
        if (!holds(test, cost)) lacks[k]++;
        if (cost > costs[k]) {
          costs[k] = cost; metres[k] = far; row[k] = Number.isFinite(far) ? walk.row : -1;
          island[k] = far === Infinity ? 1 : 0; worst[k] = need;
        }
      }
    }
    return { metres, costs, row, lacks, island, worst, off: test.homes.map((home) => (at.edge[home] < 0 ? 1 : 0)) };
  }

  /**
   * Straight metres from a judged home to the nearest facility of a need as the crow flies.
   * @param {Test} test @param {number} k which home @param {number} need
   */
  straight(test, k, need) {
    const { homes, facilities } = this.city, home = test.homes[k], px = homes.x[home], py = homes.y[home];
    const places = this.untilChanged("xy" + test.needs[need].set, () => {
      const { rows, added } = this.open(test, need), project = this.streets.net.project;
      return Float64Array.from([...rows.flatMap((row) => [facilities.x[row], facilities.y[row]]),
        ...added.flatMap((n) => project(this.edits.added[n].lon, this.edits.added[n].lat))]);
    });
    let near = Infinity;
    for (let j = 0; j < places.length; j += 2) {
      const dx = px - places[j], dy = py - places[j + 1], square = dx * dx + dy * dy;
      if (square < near) near = square;
    }
    return Math.sqrt(near);
  }

  /** Judge the parts of a requirement, each by its own test. @param {number[]} which their places among the tests */
  judge(which) {
    const parts = which.map((place) => {
      const test = this.city.tests[place], found = this.walks(test);
      const judged = test.areas ? judgeAreas(this, test, test.areas, found) : judgeHomes(this, test, found);
      return { ...judged, homes: test.homes };
    });
    return parts.length === 1 ? parts[0] : { parts };
  }

  /**
   * The walk from a place to the nearest facility of a need (or the k-th), drawn; the fastest where the limit is in
   * minutes and streets are uneven.
   * @param {number} which @param {number} need @param {number} lon @param {number} lat
   * @returns {{metres: number, seconds: number, row: number, line: [number, number][], passages: import("./way.js").Passages,
   *   shut: import("./way.js").ShutPlace[]} | null}
   */
  route(which, need, lon, lat) {
    const test = this.city.tests[which], timed = this.timed(test), graph = this.graph(test, timed);
    const here = anchorAt(this.streetsOf(test).index, lon, lat, this.city.access_m);
    if (here.edge < 0) return null;
    const { metres: far, row } = this.finder(test, need, timed)(here.edge, here.offset);
    if (!Number.isFinite(far)) return null;
    const field = test.k === 1 ? this.field(test, need, timed)
      : searchFrom(graph, this.sources(test, need).filter((one) => this.facilityOf(one.row) === this.facilityOf(row)));
    const walk = walkTo(graph, field, here.edge, here.offset), { line, over, leg } = wayOf(graph, field, here, walk);
    const to = this.placeOf(walk.row), legs = here.leg + leg, pace = this.uneven || timed ? this.pace(test) : null;
    /** @param {import("./way.js").Step} step */
    const level = ({ edge, from, to: end, metres }) => {
      if (!pace) return metres;
      const way = from <= end ? 0 : 1;
      return Math.abs(costsAt(pace, edge, end)[way] - costsAt(pace, edge, from)[way]);
    };
    return { metres: over.reduce((sum, step) => sum + step.metres, legs), seconds: over.reduce((sum, step) => sum + level(step), legs) / test.speed,
      row: walk.row, line: [[lon, lat], ...line, [to.lon, to.lat]], passages: passagesOf(graph.net, over),
      shut: shutBetween(this.city.shut, graph.net.project(lon, lat), graph.net.project(to.lon, to.lat)) };
  }

  /** @param {number} row @returns {{lon: number, lat: number}} where a facility stands */
  placeOf(row) {
    const { facilities } = this.city, own = facilities.lon.length;
    return row < own ? { lon: facilities.lon[row], lat: facilities.lat[row] } : this.edits.added[row - own];
  }
}

/** Whether an added facility states another level than a need asks for.
 * @param {{more?: Record<string, any>}} one @param {string | null} level */
function otherLevel(one, level) {
  const stated = one.more && one.more.level;
  if (!stated || !level) return false;
  return level === "leaf" ? stated !== "community" && stated !== "village" && stated !== "leaf" : stated !== level;
}

/** @param {Test} test @param {number} metres */
function holds(test, metres) {
  const cost = test.basis === "seconds" ? metres / test.speed : metres;
  return cost <= test.limit + TOLERANCE;
}

/**
 * How near each home is to being left out, as the command line counts it: at most 1 who is within the limit, at least 2
 * who is left out.
 * @param {Pick<Test, "basis" | "speed" | "limit">} test @param {Float64Array} metres that the limit is held against, by home
 * @param {Uint8Array} status
 */
export function usedOf(test, metres, status) {
  const most = (test.limit + TOLERANCE) * (test.basis === "seconds" ? test.speed : 1);
  return metres.map((long, k) => (status[k] === COVERED ? Math.min(long / most, 1) : 2 + (Number.isNaN(long) ? Infinity : long / most)));
}

/** @param {Trial} trial @param {Test} test @param {ReturnType<Trial["walks"]>} found */
function judgeHomes(trial, test, found) {
  const count = test.homes.length, status = new Uint8Array(count), reason = new Uint8Array(count), crow = new Float64Array(count);
  const slopes = trial.timed(test) && !trial.walkerOf(test)[0].drives;
  let inside = 0, total = 0, out = 0, blankIn = 0, blankOut = 0;
  for (let k = 0; k < count; k++) {
    total += test.weight[k];
    if (test.unknown[k]) { if (found.lacks[k] === 0) blankIn++; else blankOut++; }
    if (found.lacks[k] === 0) { inside += test.weight[k]; continue; }
    out++;
    crow[k] = trial.straight(test, k, found.worst[k]);
    status[k] = found.off[k] ? OFF : found.island[k] && Number.isFinite(crow[k]) ? ISLAND : GAP;
    reason[k] = status[k] !== GAP ? status[k] : slopes && found.metres[k] <= test.reach_m + TOLERANCE ? SLOW
      : crow[k] > test.reach_m + TOLERANCE ? NO_FACILITY : DETOUR;
  }
  // Homes whose people nobody stated count as the others do on average: the band they leave.
  const mean = total / Math.max(1, count - blankIn - blankOut);
  const low = inside / (total + mean * blankOut), high = (inside + mean * blankIn) / (total + mean * blankIn);
  const gaps = gapsOf(trial, test, found, status, reason, crow);
  return { status, used: usedOf(test, found.costs, status), metres: found.metres, row: found.row, inside, total, out, low, high, value: total > 0 ? inside / total : null,
    people: sumKnown(gaps, "people"), households: sumKnown(gaps, "households"), gaps,
    units: unitSums(trial, test, found, status), areas: null };
}

/** Sum what is known; null where something is left out and nothing of it is known.
 * @param {any[]} rows @param {string} name */
function sumKnown(rows, name) {
  const known = rows.filter((row) => row[name] !== null);
  return rows.length && !known.length ? null : known.reduce((sum, row) => sum + row[name], 0);
}

/** Homes left out, by the community or village that they lie in; the most people first.
 * @param {Trial} trial @param {Test} test @param {ReturnType<Trial["walks"]>} found
 * @param {Uint8Array} status @param {Uint8Array} reason @param {Float64Array} crow */
function gapsOf(trial, test, found, status, reason, crow) {
  const { homes } = trial.city, leaf = homes.units.leaf, rows = new Map();
  for (let k = 0; k < status.length; k++) {
    if (status[k] === COVERED) continue;
    const home = test.homes[k], unit = leaf[home];
    if (!rows.has(unit)) rows.set(unit, { unit, people: null, households: null, residents: null, w: 0, m: 0, s: 0, ws: 0, lon: 0, lat: 0, wxy: 0, votes: [0, 0, 0, 0, 0, 0, 0], weight: 0 });
    const row = rows.get(unit), w = test.weight[k] > 0 ? test.weight[k] : 1e-9;
    row.weight += test.weight[k];
    for (const name of ["residents", "households"])
      if (!Number.isNaN(homes[name][home])) row[name] = (row[name] ?? 0) + homes[name][home];
    if (Number.isFinite(found.metres[k])) { row.w += w; row.m += w * found.metres[k]; }
    if (Number.isFinite(crow[k])) { row.ws += w; row.s += w * crow[k]; }
    if (Number.isFinite(homes.lon[home])) { row.wxy += w; row.lon += w * homes.lon[home]; row.lat += w * homes.lat[home]; }
    row.votes[reason[k]] += w;
  }
  return [...rows.values()].map((row) => ({
    unit: row.unit, people: test.of_group ? row.weight : row.residents, households: test.of_group ? null : row.households,
    metres: row.w > 0 ? row.m / row.w : null, straight: row.ws > 0 ? row.s / row.ws : null,
    reason: row.votes.indexOf(Math.max(...row.votes)),
    at: row.wxy > 0 ? [row.lat / row.wxy, row.lon / row.wxy] : null,
  })).sort((one, other) => (other.people ?? -1) - (one.people ?? -1) || one.unit - other.unit);
}

/** Sums of every unit of the page: what is reached and wanted, residents left out, metres.
 * @param {Trial} trial @param {Test} test @param {ReturnType<Trial["walks"]>} found @param {Uint8Array} status */
function unitSums(trial, test, found, status) {
  const { homes, unit_count: count } = trial.city, zero = () => new Float64Array(count);
  const inside = zero(), wanted = zero(), out = zero(), known = zero(), reached = zero(), metres = zero();
  const whole = { out: 0, known: 0, reached: 0, metres: 0 };
  for (let k = 0; k < status.length; k++) {
    const home = test.homes[k], w = test.weight[k];
    if (!Number.isNaN(homes.residents[home])) {
      whole.known = 1;
      if (status[k] !== COVERED) whole.out += homes.residents[home];
    }
    if (Number.isFinite(found.metres[k])) { whole.reached += w; whole.metres += w * found.metres[k]; }
  }
  for (const level of Object.keys(homes.units)) {
    const at = homes.units[level];
    for (let k = 0; k < status.length; k++) {
      const home = test.homes[k], unit = at[home], w = test.weight[k];
      if (unit < 0) continue;
      wanted[unit] += w;
      if (status[k] === COVERED) inside[unit] += w;
      if (!Number.isNaN(homes.residents[home])) {
        known[unit] = 1;
        if (status[k] !== COVERED) out[unit] += homes.residents[home];
      }
      if (Number.isFinite(found.metres[k])) { reached[unit] += w; metres[unit] += w * found.metres[k]; }
    }
  }
  return { inside, wanted, out, known, reached, metres, whole };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { BRIDGE, CROSSING, DOOR, ESCALATOR, GONE, LIFT, SIGNALS, STAIRS, readNetwork, splitAt, placeOn } from "../../../coverage/livingcircle/publish/web/static/live/network.js";
import { heightsAt, readGround } from "../../../coverage/livingcircle/publish/web/static/live/ground.js";
import { indexOf } from "../../../coverage/livingcircle/publish/web/static/live/snap.js";
import { noEdits, streetsWith } from "../../../coverage/livingcircle/publish/web/static/live/edits.js";
import { steepParts, streetsOf } from "../../../coverage/livingcircle/publish/web/static/live/steep.js";
import { costsAt, driven, paceOf, wholeOf } from "../../../coverage/livingcircle/publish/web/static/live/pace.js";
import { graphOf, metresOf, searchFrom, searchRanks, walkTo, walkToRank } from "../../../coverage/livingcircle/publish/web/static/live/search.js";

const METRES_A_DEGREE = 111195;
/** A street along the equator of 100 m edges, made as told. */
const street = (...made) => readNetwork({
  nodes: made.length + 1, origin: [0, 0], u: Int32Array.from(made, (_, k) => k), v: Int32Array.from(made, (_, k) => k + 1),
  start: Int32Array.from({ length: made.length + 1 }, (_, k) => 2 * k),
  lon: Float64Array.from(made.flatMap((_, k) => [(100 * k) / METRES_A_DEGREE, (100 * (k + 1)) / METRES_A_DEGREE])), lat: new Float64Array(2 * made.length),
  length_m: new Float64Array(made.length).fill(100), flags: new Uint8Array(made.length).fill(DOOR), made: Uint8Array.from(made), crossing_m: null,
});
/** Heights by metres east, in columns 50 m wide. @param {(x: number) => number} height */
const hill = (height) => ({
  heights: Float64Array.from({ length: 3 * 60 }, (_, k) => height(50 * ((k % 60) + 0.5) - 1000)), rows: 3, columns: 60,
  cells: { lon: [-1, 1], lat: [-1, 1], column: [[20, 0], [METRES_A_DEGREE / 50, 0]], row: [[1.5, 1000], [0, 0]] }, step_m: 5, pace: "tobler",
});
const delays = { stairs_up: 2, stairs_down: 1.5, signals_s: 20, crossing_s: 4, escalator_m_s: 0.5, lift_s: 30 };
const near = (got, wanted) => got.forEach((value, k) => assert.ok(Math.abs(value - wanted[k]) < 1e-6, got + " is not " + wanted));

test("a slope costs by its steepness and direction (Tobler 1993)", () => {
  const pace = paceOf(street(0), hill((x) => x / 10), null, 1.3);
  near(wholeOf(pace, 0), [100 * Math.exp(3.5 * (0.15 - 0.05)), 100 * Math.exp(3.5 * (0.05 - 0.05))]);
  near(costsAt(pace, 0, 50), [50 * Math.exp(0.35), 50]);
});

test("level ground and unknown heights cost their metres", () => {
  near(wholeOf(paceOf(street(0), hill(() => NaN), null, 1), 0), [100, 100]);
  near(wholeOf(paceOf(street(0), hill(() => 7), null, 1), 0), [100, 100]);
});

test("what is waited lasts as long for everybody, and stairs cost their share", () => {
  const pace = paceOf(street(CROSSING | SIGNALS, CROSSING, LIFT, STAIRS, STAIRS | ESCALATOR), null, delays, 1.25);
  near(wholeOf(pace, 0), [125, 125]);
  near(costsAt(pace, 0, 40), [50, 50]);
  near(wholeOf(pace, 1), [105, 105]);
  near(wholeOf(pace, 2), [137.5, 137.5]);
  near(wholeOf(pace, 3), [175, 175]);
  near(wholeOf(pace, 4), [250, 250]);
  const up = paceOf(street(STAIRS), hill((x) => x / 10), delays, 1);
  near(wholeOf(up, 0), [200, 150]);
});

test("a bridge over a valley is level, however many edges it has", () => {
  const valley = hill((x) => (x > 120 && x < 480 ? -60 : 10));
  const pace = paceOf(street(0, BRIDGE, BRIDGE, BRIDGE, BRIDGE, 0), valley, null, 1);
  for (const e of [2, 3]) near(wholeOf(pace, e), [100, 100]);
});

test("a street that is split keeps what it costs", () => {
  const net = street(CROSSING, STAIRS), whole = paceOf(net, hill((x) => x / 20), { ...delays, crossing_s: 0 }, 1);
  const { net: cut } = splitAt(net, [placeOn(net, 0, 30), placeOn(net, 1, 55)]), parts = paceOf(cut, hill((x) => x / 20), { ...delays, crossing_s: 0 }, 1);
  for (const way of [0, 1]) {
    near([wholeOf(parts, 0)[way] + wholeOf(parts, 1)[way]], [wholeOf(whole, 0)[way]]);
    near([wholeOf(parts, 2)[way] + wholeOf(parts, 3)[way]], [wholeOf(whole, 1)[way]]);
  }
});

test("the k-th nearest facility is that of a search from each, entrances of one counted once", () => {
  let state = 11;
  const draw = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const net = street(...Array.from({ length: 40 }, () => 0)), graph = graphOf(net);
  const sources = Array.from({ length: 14 }, (_, row) => ({ edge: Math.floor(40 * draw()), offset: 100 * draw(), leg: 20 * draw(), row }));
  const facilityOf = (row) => row >> 1;
  for (const k of [1, 2, 3, 7, 8]) {
    const ranks = searchRanks(graph, sources, k, facilityOf);
    for (let n = 0; n < 60; n++) {
      const edge = Math.floor(40 * draw()), offset = 100 * draw();
      const each = Array.from({ length: 7 }, (_, f) => walkTo(graph, searchFrom(graph, sources.filter((s) => facilityOf(s.row) === f)), edge, offset).metres).sort((a, b) => a - b);
      const found = walkToRank(graph, ranks, edge, offset);
      if (k > 7) { assert.equal(found.metres, Infinity); continue; }
      near([found.metres], [each[k - 1]]);
    }
  }
});

test("heights come back from steps, and places by their series", () => {
  const heights = [5, 5.5, 7, 4, 6, NaN], whole = heights.map((h) => Math.round(1e8 * (Number.isNaN(h) ? 7 : h)) - 5e8);
  const steps = whole.map((h, k) => h - (k % 3 ? whole[k - 1] : 0) - (k > 2 ? whole[k - 3] : 0) + (k % 3 && k > 2 ? whole[k - 4] : 0));
  const read = readGround({ steps: Int32Array.from(steps), first: 5e8, step: 1e8, unknown: [5, 6], rows: 2, columns: 3 });
  assert.deepEqual([...read.heights], heights);
  // T2(x) is 2 x x - 1.
  const ground = { ...read, cells: { lon: [10, 12], lat: [0, 1], column: [[1.5, 0, 0], [0, 0, 0], [0.5, 0, 0]], row: [[0.5, 0, 0], [0, 0, 0], [0, 0, 0]] } };
  near(heightsAt(ground, Float64Array.of(11, 12), Float64Array.of(0.5, 0.5)), [5.25, 6.25]);
});

test("a street is cut where it is steeper than a limit over 10 m to either side, which is inclusive", () => {
  const cliff = hill((x) => (x < 75 ? 0 : x < 125 ? (x - 75) / 5 : 10)), net = street(0, 0);
  assert.deepEqual(steepParts(net, hill((x) => x / 10), 0.1), []);
  const parts = steepParts(net, cliff, 0.1);
  assert.deepEqual(parts.map(({ edge }) => edge), [0, 1]);
  assert.ok(parts[0].low > 60 && parts[0].low < 90 && Math.abs(parts[0].high - 100) < 1e-9 && parts[1].low === 0 && parts[1].high < 40);
  const all = streetsWith(indexOf(net, new Float64Array(0)), noEdits());
  const own = streetsOf(all, { stairs: true, drives: false, barred: new Int32Array(0), max_slope: 0.1 }, 0, cliff, false);
  const lost = own.net.u.length - [...own.net.flags].filter((flags) => !(flags & GONE)).length;
  assert.equal(lost, 2);
  assert.equal(own.moved(0, 95), null);
  near([own.moved(1, 90).offset], [90 - parts[1].high]);
  assert.equal(streetsOf(all, { stairs: true, drives: false, barred: new Int32Array(0), max_slope: null }, 0, cliff, false), all);
});

test("who drives takes the fastest way, and is told its metres", () => {
  const net = readNetwork({
    nodes: 3, origin: [0, 0], u: Int32Array.of(0, 0, 1), v: Int32Array.of(2, 1, 2), start: Int32Array.of(0, 2, 4, 6),
    lon: Float64Array.of(0, 2, 0, 1, 1, 2).map((x) => (100 * x) / METRES_A_DEGREE), lat: new Float64Array(6),
    length_m: Float64Array.of(200, 150, 150), flags: new Uint8Array(3).fill(DOOR), made: new Uint8Array(3), crossing_m: null,
  });
  const graph = graphOf(net, driven(net, Float64Array.of(5, 10, 10), 2)), field = searchFrom(graph, [{ edge: 2, offset: 150, leg: 4, row: 0 }]);
  near([field.cost[0], metresOf(graph, field)[0]], [64, 304]);
});

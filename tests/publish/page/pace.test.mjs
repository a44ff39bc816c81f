import assert from "node:assert/strict";
import { test } from "node:test";
import { BRIDGE, CROSSING, DOOR, ESCALATOR, LIFT, SIGNALS, STAIRS, readNetwork, splitAt, placeOn } from "../../../coverage/livingcircle/publish/web/static/live/network.js";
import { costsAt, paceOf, wholeOf } from "../../../coverage/livingcircle/publish/web/static/live/pace.js";
import { graphOf, searchFrom, searchRanks, walkTo, walkToRank } from "../../../coverage/livingcircle/publish/web/static/live/search.js";

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
  to_cell: [METRES_A_DEGREE / 50, 0, 20, 0, 1000, 1.5], step_m: 5, pace: "tobler", plane: null,
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

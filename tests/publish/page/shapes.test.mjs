import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, decodePoints } from "../../../coverage/livingcircle/publish/web/static/map/shapes.js";

test("steps add up to rings and points, latitude first", () => {
  const shapes = { f: [1, 0, 2], n: [3, 2, 2], d: [113500000, 22200000, 10, 0, 0, 20, 1, 2, 1, 1, 5, 6, -1, -2] };
  const near = (got, want) => got.flat(3).forEach((v, k) => assert.ok(Math.abs(v - want.flat(3)[k]) < 1e-9));
  const got = decode(shapes);
  assert.deepEqual(got.map((parts) => parts.map((ring) => ring.length)), [[3], [], [2, 2]]);
  near(got, [[[[22.2, 113.5], [22.2, 113.50001], [22.20002, 113.50001]]], [], [[[2e-6, 1e-6], [3e-6, 2e-6]], [[6e-6, 5e-6], [4e-6, 4e-6]]]]);
  near(decode({ f: [1], n: [1], d: [11350, 2220], e: [2] }), [[[[22.2, 113.5]]]]);
  near(decodePoints([1000000, 2000000, 5, -5]), [[2, 1], [1.999995, 1.000005]]);
});

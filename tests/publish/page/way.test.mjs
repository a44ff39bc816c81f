import assert from "node:assert/strict";
import { test } from "node:test";
import { crossings } from "../../../coverage/livingcircle/publish/web/static/map/planar.js";
import { BRIDGE, CROSSING, PRIVATE, SIGNALS, STAIRS } from "../../../coverage/livingcircle/publish/web/static/live/network.js";
import { passagesOf, shutBetween } from "../../../coverage/livingcircle/publish/web/static/live/way.js";

test("edges that follow one another are one flight, one crossing, one bridge", () => {
  const made = [0, STAIRS, STAIRS, CROSSING | SIGNALS, CROSSING, 0, BRIDGE | STAIRS, STAIRS, CROSSING];
  const net = { made: Uint8Array.from(made), flags: Uint8Array.from([PRIVATE, 0, 0, 0, 0, 0, 0, 0, 0]) };
  const over = made.map((_, edge) => ({ edge, metres: 10 + edge }));
  over[8].metres = 0; // ends before it
  assert.deepEqual(passagesOf(net, over), {
    stairs: { count: 2, metres: 11 + 12 + 16 + 17 }, signals: { count: 1, metres: 13 }, crossing: { count: 1, metres: 14 },
    bridge: { count: 1, metres: 16 }, private: { count: 1, metres: 10 },
  });
  assert.deepEqual(passagesOf(net, []), {});
});

test("two tracks side by side are one railway, a way back is another", () => {
  const walk = [[0, 0], [0, 0.01], [0.005, 0.01], [0.005, 0]];
  const tracks = [[[-1, 0.004], [1, 0.004]], [[-1, 0.0041], [1, 0.0041]], [[5, 5], [6, 6]], [[-1, 0.02], [1, 0.02]]];
  assert.equal(crossings(walk, tracks), 2);
  assert.equal(crossings(walk, []), 0);
  assert.equal(crossings([[0, 0], [0, 0.001]], tracks), 0);
});

test("what is shut on the straight way is told, and nothing beside or beyond it", () => {
  const shut = { x: Float64Array.of(50, 50, 130, -20, 124), y: Float64Array.of(24.9, 25.1, 0, 0, 0), lon: Float64Array.of(1, 2, 3, 4, 5), lat: new Float64Array(5), wall: Uint8Array.of(0, 0, 0, 1, 1) };
  assert.deepEqual(shutBetween(shut, [0, 0], [100, 0]), [{ lon: 1, lat: 0, wall: false }, { lon: 4, lat: 0, wall: true }, { lon: 5, lat: 0, wall: true }]);
  assert.deepEqual(shutBetween(shut, [130, 0], [130, 0]).map((one) => one.lon), [3, 5], "who stands where it is");
});

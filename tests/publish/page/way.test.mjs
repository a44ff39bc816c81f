import assert from "node:assert/strict";
import { test } from "node:test";
import { crossings } from "../../../coverage/livingcircle/publish/web/static/map/planar.js";
import { BRIDGE, CROSSING, PRIVATE, SIGNALS, STAIRS } from "../../../coverage/livingcircle/publish/web/static/live/network.js";
import { passagesOf } from "../../../coverage/livingcircle/publish/web/static/live/way.js";

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

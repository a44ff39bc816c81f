import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorsOn, noEdits, streetsWith } from "../../../coverage/livingcircle/publish/web/static/live/edits.js";
import { DOOR, GONE, barredTo, readNetwork } from "../../../coverage/livingcircle/publish/web/static/live/network.js";
import { anchorAt, indexOf } from "../../../coverage/livingcircle/publish/web/static/live/snap.js";
import { streetsOf } from "../../../coverage/livingcircle/publish/web/static/live/steep.js";

const DEGREE_M = 110574;
const degrees = (...metres) => Float64Array.from(metres, (m) => m / DEGREE_M);
/** Two streets side by side along the equator, 100 m each, 52 m apart; the second is barred to the first walker. */
const streets = () => readNetwork({
  nodes: 4, origin: [0, 0], u: Int32Array.of(0, 2), v: Int32Array.of(1, 3), start: Int32Array.of(0, 2, 4),
  lon: degrees(0, 100, 0, 100), lat: degrees(0, 0, 52, 52), length_m: Float64Array.of(100, 100), flags: new Uint8Array(2).fill(DOOR),
  made: new Uint8Array(2), crossing_m: null,
}, [{ stairs: false, barred: Int32Array.of(1) }]);
const line = (...at) => at.map(([x, y]) => [x / DEGREE_M, y / DEGREE_M]);

test("where a street is cut it may have a place that no wall keeps from a door", () => {
  const net = streets(), [hx, hy] = [50 / DEGREE_M, 12 / DEGREE_M];
  const wall = Float64Array.from([...net.project(49.8 / DEGREE_M, 6 / DEGREE_M), ...net.project(50.2 / DEGREE_M, 6 / DEGREE_M)]);
  const city = indexOf(net, wall), before = anchorAt(city, hx, hy, 100);
  assert.equal(before.edge, 1, "the wall stands before the near street");
  const cut = streetsWith(city, { ...noEdits(), cuts: [{ name: "c", line: line([50, -5], [50, 5]) }] });
  const [x, y] = net.project(hx, hy), at = { lon: [hx], lat: [hy], x: [x], y: [y] };
  const points = { edge: Int32Array.of(before.edge), offset: Float64Array.of(before.offset), leg: Float64Array.of(before.leg), waived: Uint8Array.of(0) };
  const found = anchorsOn(cut, at, points, 100), anew = anchorAt(cut.index, hx, hy, 100);
  assert.ok(found.leg[0] < 13 && found.edge[0] === anew.edge && Math.abs(found.leg[0] - anew.leg) < 1e-9);
});

test("a walker has the streets that nothing bars, and links with stairs are not for who uses none", () => {
  const all = (stairs) => streetsWith(indexOf(streets(), new Float64Array(0)), { ...noEdits(), links: [{ name: "l", line: line([30, 0], [30, 52]), stairs }] });
  const walker = { stairs: false, drives: false, barred: Int32Array.of(1), max_slope: null };
  const open = (own) => [...own.net.flags].map((flags, e) => (flags & GONE ? -1 : e)).filter((e) => e >= 0);
  const ramp = all(false), steps = all(true);
  assert.deepEqual(open(streetsOf(ramp, walker, 0, null, true)), [0, 1, 4]);
  assert.deepEqual(open(streetsOf(steps, walker, 0, null, true)), [0, 1]);
  assert.equal(steps.net.flags[4] & barredTo(0), barredTo(0));
  assert.deepEqual(open(steps), [0, 1, 2, 3, 4]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkEdits, metresOutside } from "../../../coverage/livingcircle/publish/web/static/live/bounds.js";
import { EditError, noEdits, streetsWith } from "../../../coverage/livingcircle/publish/web/static/live/edits.js";
import { DOOR, GONE, readNetwork } from "../../../coverage/livingcircle/publish/web/static/live/network.js";
import { indexOf } from "../../../coverage/livingcircle/publish/web/static/live/snap.js";

const BOX = [113, 22, 113.1, 22.1], at = (lon, lat) => [{ id: "n", name: "站", categories: ["park"], lon, lat }];
const refusal = (edits) => { try { checkEdits({ ...noEdits(), ...edits }, BOX); return null; } catch (error) { assert.ok(error instanceof EditError); return [error.code, error.edit]; } };

test("places of another city and lines without a length are refused by name", () => {
  assert.equal(refusal({ added: at(112.96, 22.05) }), null);
  assert.deepEqual(refusal({ added: at(112.95, 22.05) }), ["place_far", "站"]);
  assert.deepEqual(refusal({ added: at(113, 91) }), ["no_degrees", "站"]);
  assert.deepEqual(refusal({ cuts: [{ name: "断", line: [[181, 0], [113, 22]] }] }), ["no_degrees", "断"]);
  for (const kind of ["links", "cuts"])
    assert.deepEqual(refusal({ [kind]: [{ name: "线", stairs: false, line: [[113, 22], [113, 22], [113, 22]] }] }), ["line_short", "线"]);
  assert.equal(refusal({ links: [{ name: "线", stairs: false, line: [[113, 22], [113.01, 22], [113, 22]] }] }), null);
  assert.ok(Math.abs(metresOutside([0, 0, 1, 0], 1, -0.1) - 11132) < 1e-6);
});

test("a cut along a street cuts its middle and what meets its ends", () => {
  const DEGREE_M = 110574, degrees = (...metres) => Float64Array.from(metres, (m) => m / DEGREE_M);
  // Three streets of 100 m, one behind the other.
  const net = readNetwork({ nodes: 4, origin: [0, 0], u: Int32Array.of(0, 1, 2), v: Int32Array.of(1, 2, 3), start: Int32Array.of(0, 2, 4, 6),
    lon: degrees(0, 100, 100, 200, 200, 300), lat: degrees(0, 0, 0, 0, 0, 0), length_m: Float64Array.of(100, 100, 100), flags: new Uint8Array(3).fill(DOOR),
    made: new Uint8Array(3), crossing_m: null });
  const city = indexOf(net, new Float64Array(0));
  for (const line of [[100, 200], [200, 100]]) {
    const cut = streetsWith(city, { ...noEdits(), cuts: [{ name: "c", line: line.map((x) => [x / DEGREE_M, 0]) }] });
    const gone = [...cut.net.flags].flatMap((flags, e) => (flags & GONE ? [e] : []));
    const middles = gone.map((e) => Math.round(DEGREE_M * (cut.net.lon[cut.net.start[e]] + cut.net.lon[cut.net.start[e + 1] - 1]) / 2 * 10) / 10);
    assert.deepEqual([...new Set(middles.sort((a, b) => a - b).map(Math.round))], [100, 150, 200]);
  }
});

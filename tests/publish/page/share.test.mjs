import assert from "node:assert/strict";
import { test } from "node:test";
import { packed, unpacked } from "../../../coverage/livingcircle/publish/web/static/map/share.js";

const EDITS = {
  added: [{ id: "new-1", name: '新 "站" 🚉', categories: ["park", "service_centre"], lon: 113.5000001, lat: 22.25 }],
  closed: ["c&1", "c=2"],
  links: [{ name: "桥", line: [[113.5, 22.25], [113.501, 22.252]], stairs: true }],
  cuts: [{ name: "", line: [[113.5, 22.2], [113.5, 22.3]] }],
};

test("edits go into an address and come out the same", () => {
  const text = packed(EDITS);
  assert.match(text, /^[\w-]+$/);
  assert.deepEqual(unpacked("#ZH-7e&try=" + text), { id: "ZH-7e", edits: EDITS });
  assert.deepEqual(unpacked("#" + encodeURIComponent("甲 1")), { id: "甲 1", edits: null });
});

test("what is no scenario is refused", () => {
  for (const bad of ["", "####", btoa("{}"), btoa("[1]"), btoa('{"added":[{"lon":"x"}],"closed":[],"links":[],"cuts":[]}')])
    assert.deepEqual(unpacked("#X&try=" + bad.replace(/=+$/, "")), { id: "X", edits: null, broken: true }, bad);
  assert.equal(unpacked("#X&try=" + "A".repeat(1_000_000)).broken, true);
  assert.deepEqual(unpacked("#%E0%A4%A"), { id: "", edits: null });
});

test("many edits are too long for an address", () => {
  assert.equal(packed({ ...EDITS, closed: Array.from({ length: 500 }, (_, k) => "facility-" + k) }), null);
});

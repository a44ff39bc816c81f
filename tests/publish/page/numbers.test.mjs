import assert from "node:assert/strict";
import { test } from "node:test";
import { beside, metres, percent, whole } from "../../../coverage/livingcircle/publish/web/static/map/numbers.js";

test("numbers as they are read", () => {
  assert.deepEqual([whole(1234567.4), whole(null), metres(999.6), metres(undefined)], ["1,234,567", "–", "1,000 m", "–"]);
  assert.deepEqual([percent(1, "zh"), percent(0.99996, "zh"), percent(0.1234, "en"), percent(null, "en")], ["100%", "99.9%", "12.3 %", "–"]);
});

test("a value below its target never reads as the target", () => {
  assert.deepEqual([percent(0.89996, "en", 0.9), percent(0.9, "en", 0.9), percent(0.91, "en", 0.9)], ["89.9 %", "90 %", "91 %"]);
  assert.deepEqual([beside(1.997, 2), beside(2, 2), beside(17.998, 18), beside(1.5, 2), beside(12.333, null)], ["1.99", "2", "17.99", "1.5", "12.33"]);
});

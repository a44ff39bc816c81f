import assert from "node:assert/strict";
import { test } from "node:test";
import { metres, percent, whole } from "../../../coverage/livingcircle/publish/web/static/map/numbers.js";

test("numbers as they are read", () => {
  assert.deepEqual([whole(1234567.4), whole(null), metres(999.6), metres(undefined)], ["1,234,567", "–", "1,000 m", "–"]);
  assert.deepEqual([percent(1, "zh"), percent(0.99996, "zh"), percent(0.1234, "en"), percent(null, "en")], ["100%", "99.9%", "12.3 %", "–"]);
});

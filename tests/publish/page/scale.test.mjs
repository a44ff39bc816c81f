import assert from "node:assert/strict";
import { test } from "node:test";
import { levelAt, metresPerPixel, middleSize } from "../../../coverage/livingcircle/publish/web/static/map/scale.js";

const SIZE = { leaf: 600, town: 4000, district: 20000 };
const at = (levels, zoom) => levelAt(levels, (level) => SIZE[level] ?? 0, metresPerPixel(zoom, 40));

test("districts from afar, towns nearer, communities when close", () => {
  const seen = [8, 9, 10, 11, 12, 13, 14, 16].map((zoom) => at(["leaf", "town", "district"], zoom));
  assert.deepEqual([...new Set(seen)], ["district", "town", "leaf"]);
  const order = seen.map((level) => ["district", "town", "leaf"].indexOf(level));
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
});

test("what has one level keeps it, and villages are judged as they are", () => {
  assert.equal(at(["leaf"], 3), "leaf");
  assert.equal(at(["urban_village", "leaf", "town"], 3), "urban_village");
  assert.equal(at(["city"], 3), "city");
  assert.equal(at([], 3), null);
});

test("a pixel at the equator and the size of a square", () => {
  assert.ok(Math.abs(metresPerPixel(0, 0) - 156543.03392) < 0.01);
  const side = 1000 / 111320, wide = side / Math.cos((40 * Math.PI) / 180);
  assert.ok(Math.abs(middleSize([[40 - side / 2, 116, 40 + side / 2, 116 + wide]]) - 1000) < 0.01);
  assert.equal(middleSize([]), 0);
});

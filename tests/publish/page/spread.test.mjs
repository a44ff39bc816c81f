import assert from "node:assert/strict";
import { test } from "node:test";
import { clustered, squaresOf, withRoom } from "../../../coverage/livingcircle/publish/web/static/map/spread.js";

/** Numbers that are the same at each run (Lehmer 1951). */
function draws(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test("of marks put together none lies on another group's, and none is lost", () => {
  const draw = draws(7);
  const marks = Array.from({ length: 1500 }, () => ({ x: 800 * draw(), y: 600 * draw(), radius: 4 + 14 * draw() }));
  const groups = clustered(marks, 0.7);
  assert.deepEqual(groups.flat().sort((a, b) => a - b), marks.map((_, k) => k));
  assert.ok(groups.length < marks.length && groups.length > 10);
  const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) >= 0.7 * (a.radius + b.radius);
  const leads = groups.map((group) => marks[group[0]]);
  leads.forEach((lead, k) => leads.slice(k + 1).forEach((other) => assert.ok(apart(lead, other))));
  for (const [first, ...rest] of groups)
    for (const k of rest) { assert.ok(k > first, "the weightiest leads"); assert.ok(!apart(marks[first], marks[k])); }
});

test("marks that are apart stay as they are", () => {
  assert.deepEqual(clustered([{ x: 0, y: 0, radius: 5 }, { x: 100, y: 0, radius: 5 }]), [[0], [1]]);
  assert.deepEqual(clustered([]), []);
});

test("names do not lie on one another, and the first comes first", () => {
  const draw = draws(3), names = Array.from({ length: 400 }, (_, k) => ({ k, x: 900 * draw(), y: 700 * draw(), width: 20 + 30 * draw() }));
  const taken = withRoom(names, 10, 1000);
  const over = (a, b) => Math.abs(a.x - b.x) < a.width + b.width && Math.abs(a.y - b.y) < 20;
  taken.forEach((name, n) => taken.slice(n + 1).forEach((other) => assert.ok(!over(name, other))));
  for (const name of names.filter((one) => !taken.some((other) => other.k === one.k)))
    assert.ok(taken.some((other) => other.k < name.k && over(name, other)), "left out for an earlier one only");
  assert.equal(withRoom(names, 10, 5).length, 5);
});

test("no name hides a mark: it is written below or above, or not at all", () => {
  const draw = draws(5), marks = Array.from({ length: 60 }, () => ({ x: 900 * draw(), y: 700 * draw(), radius: 5 + 12 * draw() }));
  const names = Array.from({ length: 300 }, (_, k) => ({ k, x: 900 * draw(), y: 700 * draw(), width: 20 + 30 * draw() }));
  const taken = withRoom(names, 10, 1000, marks);
  for (const way of [0, 1]) assert.ok(taken.some((one) => one.moved[way] > 0) && taken.some((one) => one.moved[way] < 0));
  assert.ok(taken.some((one) => one.moved[0] === 0 && one.moved[1] === 0));
  for (const { x, y, width } of taken)
    for (const mark of marks) {
      const dx = Math.max(Math.abs(mark.x - x) - width, 0), dy = Math.max(Math.abs(mark.y - y) - 10, 0);
      assert.ok(Math.hypot(dx, dy) >= mark.radius - 1e-9);
    }
  assert.deepEqual(withRoom([{ x: 50, y: 50, width: 20 }], 10, 9, [{ x: 50, y: 52, radius: 8 }]).map((one) => one.y), [71]);
});

test("a name under a box is written beside it", () => {
  const legend = { x: 100, y: 50, radius: 0, width: 60, height: 40 };
  const [name] = withRoom([{ x: 130, y: 40, width: 20 }], 10, 9, [legend]);
  assert.ok(Math.abs(name.x - 100) >= 80 || Math.abs(name.y - 50) >= 50);
  assert.deepEqual(withRoom([{ x: 185, y: 40, width: 20 }], 10, 9, [legend])[0].moved, [0, 0]);
  // Its left side and what lies above it are beyond the border.
  assert.deepEqual(withRoom([{ x: 60, y: 40, width: 20 }], 10, 9, [legend], { x: 90, y: 150 }).map((one) => one.y > 90), [true]);
  assert.deepEqual(withRoom([{ x: 10, y: 140, width: 20 }], 10, 9, [], { x: 90, y: 150 }), []);
});

test("a square is as most of its points are, and none is lost", () => {
  const squares = squaresOf("ccgg-gco", [0, 0, 1, 1, 2, 2, 12, 3, 5, 5, 13, 3, 14, 9, 25, 25], 10);
  assert.deepEqual(Object.fromEntries(squares), { c: [[0, 0]], g: [[1, 0]], o: [[2, 2]] });
});

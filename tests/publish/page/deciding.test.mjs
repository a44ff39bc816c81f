import assert from "node:assert/strict";
import { test } from "node:test";
import { decidingWalk, isWithin, walkedBy } from "../../../coverage/livingcircle/publish/web/static/map/deciding.js";

const live = {
  heights_missing: true, walkers: [{ drives: true }, { drives: false }],
  tests: [{ basis: "seconds", limit: 300, inclusive: false, walker: 0 }, { basis: "metres", limit: 500, inclusive: false, walker: 1 }],
};
const drive = { metres: 2000, seconds: 290 }, walk = { metres: 600, seconds: 500 };

test("what is said of a walk is said of the one that decides", () => {
  const found = [{ test: 0, walk: drive }, { test: 1, walk }], one = decidingWalk(live.tests, found);
  assert.equal(one, found[1], "600 of 500 m are more than 290 of 300 s");
  assert.deepEqual(walkedBy(live, one), { drives: false, unknown: true });
  const near = decidingWalk(live.tests, [{ test: 0, walk: drive }, { test: 1, walk: { ...walk, metres: 300 } }]);
  assert.deepEqual(walkedBy(live, near), { drives: true, unknown: false });
});

test("where one of them has no way, that is told of its walker", () => {
  for (const none of [null, { refused: "far" }]) {
    const one = decidingWalk(live.tests, [{ test: 0, walk: drive }, { test: 1, walk: none }]);
    assert.deepEqual([one.walk, walkedBy(live, one).drives], [none, false]);
  }
});

test("exactly the limit is within it but where the rule includes it", () => {
  for (const inclusive of [false, true])
    assert.deepEqual([499.9, 500, 500.1].map((metres) => isWithin({ ...live.tests[1], inclusive }, { metres })), [true, !inclusive, false]);
});

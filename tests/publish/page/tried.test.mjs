import assert from "node:assert/strict";
import { test } from "node:test";
import { triedStandard } from "../../../coverage/livingcircle/publish/web/static/map/tried.js";

const around = {
  units: { names: ["甲", "乙", "市"], levels: ["community", "community", "city"], people: [10, 30, 40], households: [4, 12, 16] },
  dots: ["ccgo"], parts: [], outside: "外", note: ["记", "note"], centre: () => [1, 2],
};
const base = { id: "S", target: 0.5, status: "short", dots: 0, people: 40, households: 16, gaps: [], units: [[0, "short", 0.2, "share", 8, 900, 3], [1, "short", 0, "share", 30, null, -1], [2, "short", 0.05, "share", 38, 900, -1]] };
const answer = (more) => ({
  value: 0.6, low: 0.6, high: 0.6, people: 16, households: 7, homes: [0, 1, 2], status: [0, 1, 3], areas: null,
  units: { inside: [4, 20, 0], wanted: [10, 30, 0], out: [6, 10, 0], known: [1, 1, 0], reached: [10, 0, 0], metres: [5000, 0, 0], whole: { out: 16, known: 1, reached: 10, metres: 5000 } },
  gaps: [{ unit: 1, people: 10, households: 4, metres: 700, straight: 500, reason: 5, at: [22, 113] }, { unit: -1, people: 6, households: 3, metres: null, straight: null, reason: 2, at: null }], ...more,
});

test("a circle as it would be", () => {
  const now = triedStandard(base, answer(), around);
  assert.equal(now.status, "met");
  assert.deepEqual([now.people, now.left], [0, 16], "what is met leaves nobody out, and the page knows who is not reached");
  assert.deepEqual(now.units, [[0, "short", 0.4, "share", 6, 500, -1], [1, "met", 20 / 30, "share", 10, null, -1], [2, "met", 0.6, "share", 16, 500, -1]]);
  assert.deepEqual(now.gaps.map((g) => [g.name, g.reason, g.unit]), [["乙", "detour", 1], ["外", "off_network", null]]);
  assert.equal(now.letters, "cgio");
  assert.equal(now.base, base);
});

test("people whom nobody counted can leave it unknown", () => {
  const now = triedStandard(base, answer({ low: 0.4, high: 0.7 }), around);
  assert.deepEqual([now.status, now.people, now.households], ["unknown", null, null]);
});

test("villages: candidates are its gaps, the most people first", () => {
  const rule = { ...base, units: base.units.slice(0, 2).map((row) => [row[0], row[1], row[2], "metres", row[4], row[5], -1]) };
  const now = triedStandard(rule, { value: 2, homes: [0, 1, 2], status: [0, 0, 0], areas: { metres: [1200, Infinity], measured: [1200, Infinity], share: [1, 1], candidate: [1, 1], units: [0, 1] } }, around);
  assert.deepEqual(now.gaps.map((g) => [g.unit, g.people, g.metres, g.at]), [[1, 30, null, [1, 2]], [0, 10, 1200, [1, 2]]]);
  assert.deepEqual([now.people, now.households], [40, 16]);
  assert.deepEqual(now.units.map((row) => [row[1], row[2]]), [["short", 1200], ["short", null]]);
});

test("parts: the worst that is due decides, a unit counts by its worst part, who two leave out is left out once", () => {
  const part = (status, target, is_due, label) => ({ status, target, is_due, label: [label, label] });
  const units = (inside) => ({ ...answer().units, inside });
  const gap = (unit, people) => ({ unit, people, households: people / 2, metres: 600, straight: 500, reason: 5, at: [22, 113] });
  const parts = [
    answer({ value: 0.6, low: 0.6, high: 0.6, units: units([4, 20, 0]), gaps: [gap(1, 10), gap(0, 6)], status: [0, 1, 0], used: [0.5, 3.2, 0.5], homes: [0, 1, 2] }),
    answer({ value: 0.3, low: 0.3, high: 0.3, units: units([10, 2, 0]), gaps: [gap(1, 28)], status: [0, 3, 1], used: [0.5, Infinity, 3.2], homes: [1, 2, 3] }),
    answer({ value: 0.1, low: 0.1, high: 0.1, units: units([0, 0, 0]), gaps: [gap(1, 30)], status: [1, 1, 1], used: [3.1, 3.1, 3.1], homes: [0, 1, 2] }),
  ];
  const now = triedStandard(base, { parts }, { ...around, parts: [part("short", 0.5, true, "甲"), part("met", 0.5, true, "乙"), part("report", null, true, "丙")] });
  assert.deepEqual([now.status, now.value, now.target], ["short", 0.3, 0.5]);
  assert.deepEqual([now.people, now.households], [28, 14], "what is met or reported leaves nobody out");
  assert.deepEqual(now.units.map((row) => [row[1], row[2]]), [["short", 0.4], ["short", 2 / 30], ["short", 0.3]]);
  assert.deepEqual(now.gaps.map((g) => [g.part[0], g.unit, g.people]), [["丙", 1, 30], ["乙", 1, 28], ["甲", 1, 10], ["甲", 0, 6]]);
  assert.equal(now.letters, "ggig");
  const later = triedStandard(base, { parts: parts.slice(0, 2) }, { ...around, parts: [part("short", 0.5, true, "甲"), part("met", 0.5, false, "乙")] });
  assert.deepEqual([later.status, later.value], ["met", 0.6], "what is not due yet judges nothing beside what is");
});

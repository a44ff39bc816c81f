import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const MAP = new URL("../../../coverage/livingcircle/publish/web/static/map/", import.meta.url);
const data = { map: "m", groups: {}, live: null, breaks: [0, 0.5, 1], units: { bare: [7] }, words: {},
  colours: { none: "#none", ramp: ["#few", "#many"], ramp_on_dark: ["#few", "#many"], status: {}, reason: {}, point: {} } };
globalThis.window = { matchMedia: () => ({ matches: false, addEventListener: () => {} }) };
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(data) }), documentElement: { classList: { contains: () => false } } };
const { trying } = await import(new URL("attempt.js", MAP));
const { isBare, unitColour } = await import(new URL("colours.js", MAP));
const { joined, listed } = await import(new URL("words.js", MAP));
const { state } = await import(new URL("page.js", MAP));

test("where streets end it stays grey, but for a city as a link would have it", () => {
  const was = { circle_kind: true }, row = [7, "short", 0], now = { ...was, base: was };
  assert.equal(unitColour(was, row), "#none");
  trying.edits.links.push({ name: "桥", line: [[113, 22], [113.1, 22]], stairs: false });
  assert.equal(isBare(was, row), true, "the picture before shows the city as it is");
  assert.equal(unitColour(was, row), "#none");
  assert.equal(unitColour(now, row), "#many");
  trying.edits.links.length = 0;
  assert.equal(isBare(now, row), true);
});

test("names and remarks are joined by the marks of the language", () => {
  const names = ["甲", "乙"];
  state.lang = "zh";
  assert.deepEqual([listed(names), joined(names)], ["甲、乙", "甲；乙"]);
  state.lang = "en";
  assert.deepEqual([listed(names), joined(names)], ["甲, 乙", "甲; 乙"]);
});

test("no module has marks of one language of its own", () => {
  for (const file of readdirSync(MAP).filter((name) => name.endsWith(".js") && name !== "words.js")) {
    const text = readFileSync(new URL(file, MAP), "utf-8");
    assert.doesNotMatch(text, /"、"| \(\$\{/, file);
  }
});

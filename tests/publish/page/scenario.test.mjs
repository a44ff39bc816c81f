import assert from "node:assert/strict";
import { test } from "node:test";
import { readScenario, writeScenario } from "../../../coverage/livingcircle/publish/web/static/live/scenario.js";

const edits = (text) => readScenario(text).edits;
const PLACE = '[[add_facility]]\nlon = 1.5\nlat = 2\n';

test("what the command line takes is taken, and means the same", () => {
  assert.deepEqual(edits(PLACE + 'category = ["park", "clinic"]').added[0].categories, ["park", "clinic"]);
  const line = "line = [[1, 2, 30], [1, 3, 31]]";
  assert.deepEqual([0, 1, "false", "true"].map((said) => edits(`[[add_link]]\n${line}\nstairs = ${said}`).links[0].stairs), [false, true, false, true]);
  assert.deepEqual(edits(`[[cut_link]]\n${line}`).cuts[0].line, [[1, 2], [1, 3]]);
  assert.deepEqual(edits('[[close_facility]]\nid = ""\nname = "甲"\n[[close_facility]]\nid = "甲"').closed, ["甲"]);
});

test("strings of TOML are read, literal and escaped, in lists too", () => {
  const [one] = edits(PLACE + "category = ['park', \"clinic\"] # 'no'\nname = \"a\tb \\U0001F689 \\\\U0001F689 #\"\nid = 'c:\\new'").added;
  assert.deepEqual([one.categories, one.name, one.id], [["park", "clinic"], "a\tb 🚉 \\U0001F689 #", "c:\\new"]);
  for (const bad of ['"\\U00110000"', '"\\x41"', "'a''b'", '"a" "b"', "[1, 2"])
    assert.throws(() => edits(PLACE + 'category = "park"\nname = ' + bad), SyntaxError, bad);
});

test("what the command line refuses is refused by its line", () => {
  for (const [text, line] of [
    [PLACE, "1"], [PLACE + 'category = ""', "1"], [PLACE + 'category = "park"\nstatus = "open"', "5"], [PLACE + "lat = 3", "4"],
    ["[[add_link]]\nline = [[1, 2], null]", "1"], ["[[add_link]]\nline = [[1, 2]]", "1"], ["[[add_link]]\nline = [1, 2]", "1"],
    ["[[add_link]]\nline = [[1, 2], [1, 3]]\nstairs = 2", "1"], ["[[cut_link]]\nline = [[1, 2], [1, 3]]\nstairs = true", "3"],
    ["[[close_facility]]\nname = \"\"", "1"], ["title = 'x'", "1"], ["[city]", "1"], ["\n[[unit]]", "2"], ["[[add_facility]]\n__proto__ = [1]", "2"],
  ])
    assert.throws(() => readScenario(text), (error) => error instanceof SyntaxError && error.message === line, text);
});

test("half a letter, which TOML does not know, is written as unknown", () => {
  const text = writeScenario({ added: [], closed: ["a\ud800b", "\\ud800", "🚉"], links: [], cuts: [] }, "x");
  assert.deepEqual(edits(text).closed, ["a\ufffdb", "\\ud800", "🚉"]);
  assert.doesNotMatch(text.replaceAll("\\\\", ""), /\\ud/);
});

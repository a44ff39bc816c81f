/* The walk from a place to the nearest facility, drawn there and then. */
import { LIVE, ask, trying, walksOf } from "./attempt.js";
import { decidingWalk, isWithin, walkedBy } from "./deciding.js";
import { tell } from "./detail.js";
import { homeAt } from "./dots.js";
import { metres } from "./numbers.js";
import { D, base, map } from "./page.js";
import { once } from "./panes.js";
import { crossings } from "./planar.js";
import { decode } from "./shapes.js";
import { on } from "./signals.js";
import { asked, drawTried, tool } from "./tools.js";
import { W, short } from "./words.js";

/** @typedef {import("./detail.js").Fact} Fact */

/** What the ground shows that a walk may lead across. */
const ACROSS = ["railway", "expressway", "main", "river"];
let turn = 0;

/** @param {number} row place that the engine names @returns {string} */
function facilityName(row) {
  if (!LIVE) return "";
  const own = LIVE.page.length;
  return short((row < own ? D.facilities.names[LIVE.page[row]] : trying.edits.added[row - own]?.name) || W("unnamed"));
}

/** @param {[number, number][]} line longitude and latitude @returns {Fact[]} */
function crossed(line) {
  const turned = line.map(([x, y]) => /** @type {[number, number]} */ ([y, x]));
  return ACROSS.flatMap((name) => {
    const shapes = D.background.layers[name];
    if (!shapes) return [];
    const count = crossings(turned, once("lines " + name, () => decode(shapes).flat()));
    return count ? [/** @type {Fact} */ ([W("walk_over." + name), count + " ×"])] : [];
  });
}

/** @param {Record<string, {count: number, metres: number}>} passages @returns {Fact[]} */
const passed = (passages) => Object.entries(passages).map(([kind, { count, metres: long }]) =>
  [W("walk_over." + kind), count + " ×" + (kind === "crossing" || kind === "signals" || kind === "lift" ? "" : " · " + metres(long))]);

/** Gates and walls without an opening on the straight way, and streets that the scenario cuts there.
 * @param {any} walk @returns {Fact[]} */
function closed(walk) {
  const [from, to] = [walk.line[0], walk.line[walk.line.length - 1]], straight = /** @type {[number, number][]} */ ([from, to].map(([x, y]) => [y, x]));
  const cuts = crossings(straight, trying.before ? [] : trying.edits.cuts.map((cut) => /** @type {[number, number][]} */ (cut.line.map(([x, y]) => [y, x]))));
  const walls = walk.shut.filter((/** @type {{wall: boolean}} */ one) => one.wall).length;
  const counts = /** @type {[string, number][]} */ ([["shut_gate", walk.shut.length - walls], ["shut_wall", walls], ["shut_cut", cuts]]);
  return counts.filter(([, count]) => count).map(([name, count]) => [W("walk_over." + name), count + " ×"]);
}

/** @param {[number, number]} at longitude and latitude */
async function drawWalk(at) {
  const standard = base(), tests = walksOf(standard), mine = ++turn;
  if (!LIVE || !tests.length) return;
  /** @type {{test: number, walk: any}[]} */
  const found = [];
  for (const test of tests)
    for (let need = 0; need < LIVE.tests[test].needs.length; need++)
      found.push({ test, walk: await ask({ edits: trying.edits, route: { test, need, lon: at[0], lat: at[1] } }) });
  if (mine !== turn) return; // another place was clicked
  const again = () => { drawWalk(at); };
  const worst = decidingWalk(LIVE.tests, found), { walk } = worst, test = LIVE.tests[worst.test], none = !walk || walk.refused;
  tool.walk = none ? null : walk.line;
  tool.shut = none ? [] : walk.shut;
  drawTried();
  const { drives, unknown } = walkedBy(LIVE, worst), title = W(drives ? "try_drive" : "try_walk");
  if (none) { tell(again, title, standard.id, [], [W(drives ? "try_no_drive" : "try_no_walk")]); return; }
  const timed = test.basis === "seconds", limit = timed ? (test.limit / 60).toFixed(1) + " " + W("minutes_short") : metres(test.limit);
  const verdict = W(timed && unknown ? "walk_uneven" : isWithin(test, walk) ? "try_within" : "try_beyond");
  const others = found.filter((one) => one !== worst && one.walk.row !== walk.row);
  const over = [...passed(walk.passages), ...crossed(walk.line)], shut = closed(walk);
  tell(again, title, standard.id, [
    [W("metres"), metres(walk.metres)], [W(drives ? "try_minutes_drive" : "try_minutes"), unknown ? null : (walk.seconds / 60).toFixed(1)],
    [W("facility_name"), facilityName(walk.row)], [W("try_limit"), limit],
    ...others.map((one) => /** @type {Fact} */ ([facilityName(one.walk.row), metres(one.walk.metres)])),
    ...over, ...shut,
  ], [verdict, over.length ? W("walk_over_note") : "", shut.length ? W("walk_shut_note") : ""]);
}

export function startWalks() {
  asked.walk = drawWalk;
  on("hush", () => { turn++; if (tool.walk) { tool.walk = null; tool.shut = []; drawTried(); } });
  map.on("click", (e) => {
    const { target } = e.originalEvent, onMark = target instanceof Element && target.closest(".lc-facility, .lc-gap, .lc-site, .lc-added");
    const home = tool.mode || onMark ? null : homeAt(e.latlng);
    if (home) drawWalk([home[1], home[0]]);
  });
}

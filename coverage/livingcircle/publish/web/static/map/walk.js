/* The walk from a place to the nearest facility, drawn there and then. */
import { LIVE, ask, trying, walksOf } from "./attempt.js";
import { tell } from "./detail.js";
import { homeAt } from "./dots.js";
import { metres } from "./numbers.js";
import { D, base, map } from "./page.js";
import { once } from "./panes.js";
import { crossings } from "./planar.js";
import { decode } from "./shapes.js";
import { on } from "./signals.js";
import { asked, drawTried, tool } from "./tools.js";
import { W } from "./words.js";

/** @typedef {import("./detail.js").Fact} Fact */

/** What the ground shows that a walk may lead across. */
const ACROSS = ["railway", "expressway", "main", "river"];
let turn = 0;

/** @param {number} row place that the engine names @returns {string} */
function facilityName(row) {
  if (!LIVE) return "";
  const own = LIVE.page.length;
  return (row < own ? D.facilities.names[LIVE.page[row]] : trying.edits.added[row - own]?.name) || W("unnamed");
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
  const worst = found.some(({ walk }) => !walk || walk.refused) ? null : found.reduce((a, b) => (b.walk.metres > a.walk.metres ? b : a));
  tool.walk = worst && worst.walk.line;
  drawTried();
  if (!worst) { tell(again, W("try_walk"), standard.id, [], [W("try_no_walk")]); return; }
  const { walk } = worst, test = LIVE.tests[worst.test];
  const limit_m = test.basis === "seconds" ? test.limit * test.speed : test.limit;
  const others = found.filter((one) => one !== worst && one.walk.row !== walk.row);
  const over = [...passed(walk.passages), ...crossed(walk.line)];
  tell(again, W("try_walk"), standard.id, [
    [W("metres"), metres(walk.metres)], [W("try_minutes"), LIVE.uneven ? null : (walk.metres / test.speed / 60).toFixed(1)],
    [W("facility_name"), facilityName(walk.row)], [W("try_limit"), LIVE.uneven && test.basis === "seconds" ? null : metres(limit_m)],
    ...others.map((one) => /** @type {Fact} */ ([facilityName(one.walk.row), metres(one.walk.metres)])),
    ...over,
  ], [LIVE.uneven && test.basis === "seconds" ? W("walk_uneven") : W(walk.metres <= limit_m + 1e-6 ? "try_within" : "try_beyond"), over.length ? W("walk_over_note") : ""]);
}

export function startWalks() {
  asked.walk = drawWalk;
  on("hush", () => { turn++; if (tool.walk) { tool.walk = null; drawTried(); } });
  map.on("click", (e) => {
    const { target } = e.originalEvent, onMark = target instanceof Element && target.closest(".lc-facility, .lc-gap, .lc-site, .lc-added");
    const home = tool.mode || onMark ? null : homeAt(e.latlng);
    if (home) drawWalk([home[1], home[0]]);
  });
}

/* The walk from a place to the nearest facility, drawn there and then. */
import { LIVE, ask, testOf, trying } from "./attempt.js";
import { tell } from "./detail.js";
import { metres } from "./numbers.js";
import { D, base } from "./page.js";
import { asked, drawTried, tool } from "./tools.js";
import { W } from "./words.js";

/** @param {[number, number]} at longitude and latitude */
async function drawWalk(at) {
  const standard = base(), which = testOf(standard);
  if (!LIVE || which == null) return;
  const test = LIVE.tests[which], found = [];
  for (let need = 0; need < test.needs.length; need++)
    found.push(await ask({ edits: trying.edits, route: { test: which, need, lon: at[0], lat: at[1] } }));
  const worst = found.some((walk) => !walk) ? null : found.reduce((a, b) => (b.metres > a.metres ? b : a));
  tool.walk = worst && worst.line;
  drawTried();
  const again = () => { drawWalk(at); };
  if (!worst) { tell(again, W("try_walk"), standard.id, [], [W("try_no_walk")]); return; }
  const own = LIVE.page.length, name = worst.row < own ? D.facilities.names[LIVE.page[worst.row]] : trying.edits.added[worst.row - own].name;
  const minutes = worst.metres / test.speed / 60, limit_m = test.basis === "seconds" ? test.limit * test.speed : test.limit;
  tell(again, W("try_walk"), standard.id, [[W("metres"), metres(worst.metres)], [W("try_minutes"), LIVE.uneven ? null : minutes.toFixed(1)],
    [W("facility_name"), name || W("unnamed")], [W("try_limit"), metres(limit_m)]], [W(worst.metres <= limit_m + 1e-6 ? "try_within" : "try_beyond")]);
}

export function startWalks() { asked.walk = drawWalk; }

/* Scenarios out of the page and into it: files, addresses. */
import { readScenario, writeScenario } from "../live/scenario.js";
import { LIVE, change, trying } from "./attempt.js";
import { whole } from "./numbers.js";
import { D, base } from "./page.js";
import { plainText } from "./plain.js";
import { packed } from "./share.js";
import { turnTo } from "./side.js";
import { tellOf } from "./signals.js";
import { freeId } from "./tools.js";
import { W, el, fill, joined, listed, short } from "./words.js";

/** @typedef {import("../live/edits.js").Edits} Edits */

/** As the command line has it. */
const MOST_BYTES = 2 ** 24;
/** More than these the page does not draw; the command line takes them. */
const MOST_CHANGES = 1000;
const MOST_NAMED = 5;

/** The desk that shows this page in a frame of its own, and keeps scenarios itself. */
const DESK = window.parent !== window && new URLSearchParams(location.search).has("desk") ? window.parent : null;

export function save() {
  const text = writeScenario(trying.edits, trying.name || W("try_name"));
  // A page of results has no origin there: whose frame it is in is all that it knows of the desk.
  if (DESK) { DESK.postMessage({ livingcircle: "scenario", text }, "*"); return; }
  const link = el("a", { download: "scenario.toml", href: URL.createObjectURL(new Blob([text], { type: "application/toml" })) });
  document.body.append(link);
  link.click();
  link.remove();
}

/** @param {() => string} note */
function tellNote(note) {
  trying.note = note;
  tellOf("tried");
}

/** @param {string} text of a scenario file @param {string} file its name */
function load(text, file) {
  let read;
  try { read = readScenario(text); } catch (error) {
    const line = error instanceof SyntaxError && /^\d+$/.test(error.message) ? error.message : null;
    tellNote(() => (line == null || !/\.(toml|txt)$/i.test(file) ? fill("try_no_scenario", short(file)) : fill("try_unread", line)));
    return;
  }
  if (!countOf(read.edits)) { tellNote(() => fill("try_nothing", short(file))); return; }
  if (adopt(read.edits)) trying.name = read.name;
}

/** @param {File} file */
async function openFile(file) {
  let text = null;
  // A folder has no text.
  try { if (file.size <= MOST_BYTES) text = await file.text(); } catch { /* told below */ }
  if (text == null) tellNote(() => fill("try_no_scenario", short(file.name)));
  else load(text, file.name);
}

/** @param {Edits} edits */
const countOf = (edits) => edits.added.length + edits.closed.length + edits.links.length + edits.cuts.length;

/** @param {string[]} names the first of them, as far as a line has room */
const some = (names) => listed(names.slice(0, MOST_NAMED).map((name) => short(name))) + (names.length > MOST_NAMED ? " … +" + (names.length - MOST_NAMED) : "");

/** Ids of a category, however it is written; none where nobody knows it. @param {string} text */
function categoriesOf(text) {
  if (D.cats.some((c) => c[0] === text)) return [text];
  const words = LIVE ? LIVE.category_words : {}, plain = plainText(text);
  return Object.hasOwn(words, plain) ? words[plain] : [];
}

/** Take edits over, by the ids and categories of this city. @param {Edits} edits @returns {boolean} whether there was anything to take */
export function adopt(edits) {
  if (!LIVE) return false;
  if (countOf(edits) > MOST_CHANGES) { tellNote(() => fill("try_too_many", whole(MOST_CHANGES))); return false; }
  const { ids } = LIVE.facilities, { names } = D.facilities, here = new Set(ids);
  const of = (/** @type {string} */ who) => (here.has(who) ? [who] : names.flatMap((name, k) => (name === who ? [ids[k]] : [])));
  const unknown = edits.closed.filter((who) => !of(who).length), closed = [...new Set(edits.closed.flatMap(of))];
  const seen = new Set(ids), renamed = /** @type {string[]} */ ([]), strange = /** @type {string[]} */ ([]);
  const next = { ...edits, closed, added: /** @type {Edits["added"]} */ ([]) };
  for (const one of edits.added) {
    const categories = [...new Set(one.categories.flatMap((text) => {
      const found = categoriesOf(text);
      if (!found.length) strange.push(text);
      return found;
    }))];
    if (!categories.length) continue;
    // The command line refuses a facility whose id stands already.
    const id = seen.has(one.id) ? freeId(next) : one.id;
    if (id !== one.id) renamed.push(one.id + " → " + id);
    seen.add(id);
    next.added.push({ ...one, id, categories });
  }
  const asked = new Set(LIVE.tests.flatMap((test) => test.needs.flatMap((need) => need.categories)));
  const idle = [...new Set(next.added.flatMap((one) => one.categories).filter((c) => !asked.has(c)))];
  const note = () => joined(/** @type {[string, string[]][]} */ ([["try_no_category", [...new Set(strange)]], ["try_strange", idle], ["try_unknown", unknown],
    ["try_renamed", renamed]]).filter(([, about]) => about.length).map(([key, about]) => fill(key, some(about))));
  if (!countOf(next)) { tellNote(note); return false; }
  change((e) => { Object.assign(e, next); });
  trying.note = note;
  return true;
}

/** The address says that it holds a scenario, and does not. */
export const tellBroken = () => tellNote(() => W("try_broken"));

export function share() {
  const text = packed(trying.edits);
  if (text == null) trying.note = () => W("try_share_long");
  else {
    try { history.replaceState(null, "", "#" + encodeURIComponent(base().id) + "&try=" + text); } catch { /* a sandboxed frame */ }
    trying.note = () => W("try_shared");
  }
  tellOf("tried");
}

/** Open the scenario that the desk hands over. */
export function askDesk() {
  if (!DESK) return;
  window.addEventListener("message", ({ data, source }) => {
    if (source !== DESK || !data || data.livingcircle !== "open") return;
    turnTo("try");
    load(String(data.text), String(data.name));
  });
  DESK.postMessage({ livingcircle: LIVE ? "ready" : "no_engine" }, "*");
}

export function startFiles() {
  const file = el("input", { type: "file", id: "try-file", accept: ".toml", hidden: "", "aria-hidden": "true", tabindex: "-1", onchange: () => {
    if (file.files && file.files[0]) openFile(file.files[0]);
    file.value = "";
  } });
  document.body.append(file);
  document.addEventListener("dragover", (e) => e.preventDefault());
  document.addEventListener("drop", (e) => {
    e.preventDefault();
    const dropped = e.dataTransfer && e.dataTransfer.files[0];
    if (dropped) { turnTo("try"); openFile(dropped); }
  });
}

/* Scenarios out of the page and into it: files, addresses. */
import { readScenario, writeScenario } from "../live/scenario.js";
import { LIVE, change, trying } from "./attempt.js";
import { D, base } from "./page.js";
import { packed } from "./share.js";
import { turnTo } from "./side.js";
import { tellOf } from "./signals.js";
import { freeId } from "./tools.js";
import { W, el } from "./words.js";

/** @typedef {import("../live/edits.js").Edits} Edits */

export function save() {
  const text = writeScenario(trying.edits, trying.name || W("try_name"));
  const link = el("a", { download: "scenario.toml", href: URL.createObjectURL(new Blob([text], { type: "application/toml" })) });
  document.body.append(link);
  link.click();
  link.remove();
}

/** @param {string} text of a scenario file */
function load(text) {
  let read;
  try { read = readScenario(text); } catch (error) {
    trying.note = W("try_unread").replace("{}", error instanceof Error ? error.message : "");
    tellOf("tried");
    return;
  }
  trying.name = read.name;
  adopt(read.edits);
}

/** Take edits over, by the ids and categories of this city. @param {Edits} edits */
export function adopt(edits) {
  if (!LIVE) return;
  const { ids } = LIVE.facilities, { names } = D.facilities, notes = [];
  const unknown = edits.closed.filter((id) => !ids.includes(id) && !names.includes(id));
  const closed = edits.closed.flatMap((id) => (ids.includes(id) ? [id] : names.flatMap((name, k) => (name === id ? [ids[k]] : []))));
  const known = new Set(D.cats.map((c) => c[0])), words = new Map(D.cats.flatMap((c) => [[c[1], c[0]], [c[2], c[0]]]));
  const seen = new Set(ids), renamed = /** @type {string[]} */ ([]), next = { ...edits, closed, added: /** @type {Edits["added"]} */ ([]) };
  for (const one of edits.added) {
    const categories = one.categories.map((c) => (known.has(c) ? c : words.get(c) || c));
    // The command line refuses a facility whose id stands already.
    const id = seen.has(one.id) ? freeId(next) : one.id;
    if (id !== one.id) renamed.push(one.id + " → " + id);
    seen.add(id);
    next.added.push({ ...one, id, categories });
  }
  const asked = new Set(LIVE.tests.flatMap((test) => test.needs.flatMap((need) => need.categories)));
  const strange = next.added.flatMap((one) => one.categories).filter((c) => !asked.has(c));
  if (strange.length) notes.push(W("try_strange").replace("{}", strange.join(", ")));
  if (unknown.length) notes.push(W("try_unknown").replace("{}", unknown.join(", ")));
  if (renamed.length) notes.push(W("try_renamed").replace("{}", renamed.join(", ")));
  trying.note = notes.join(" ");
  change((e) => { Object.assign(e, next); });
}

export function share() {
  const text = packed(trying.edits);
  if (text == null) trying.note = W("try_share_long");
  else {
    try { history.replaceState(null, "", "#" + encodeURIComponent(base().id) + "&try=" + text); } catch { /* a sandboxed frame */ }
    trying.note = W("try_shared");
  }
  tellOf("tried");
}

export function startFiles() {
  const file = el("input", { type: "file", id: "try-file", accept: ".toml", hidden: "", "aria-hidden": "true", tabindex: "-1", onchange: () => {
    if (file.files && file.files[0]) file.files[0].text().then(load);
    file.value = "";
  } });
  document.body.append(file);
  document.addEventListener("dragover", (e) => e.preventDefault());
  document.addEventListener("drop", (e) => {
    e.preventDefault();
    const dropped = e.dataTransfer && e.dataTransfer.files[0];
    if (dropped) dropped.text().then((text) => { turnTo("try"); load(text); });
  });
}

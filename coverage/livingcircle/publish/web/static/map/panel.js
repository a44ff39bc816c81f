/* The panel for trying things out. */
import { LIVE, change, edited, redo, testsAt, testsOf, trying, undo, walksOf, whyNot } from "./attempt.js";
import { facilityOffers, hush, showFacility } from "./detail.js";
import { save, share } from "./files.js";
import { whole } from "./numbers.js";
import { $, D, base, state } from "./page.js";
import { places } from "./panes.js";
import { printSheet } from "./sheet.js";
import { turnTo } from "./side.js";
import { on } from "./signals.js";
import { aroundOf, focusMark, freeId, remove, showJudged, take, tool } from "./tools.js";
import { triedStandard } from "./tried.js";
import { W, el, fill, leftOut, pick, short, valueOf } from "./words.js";

/** @param {string} key @param {() => void} act @param {boolean | null} [pressed] @param {boolean} [disabled] */
function button(key, act, pressed, disabled) {
  const made = el("button", { type: "button", class: "act", "data-try": key, onclick: act }, W("try_" + key));
  if (pressed != null) made.setAttribute("aria-pressed", String(pressed));
  made.disabled = Boolean(disabled);
  return made;
}

/** @param {...(Node | null)} children */
const acts = (...children) => el("div", { class: "acts" }, ...children);

/** Numbers as it is and as it would be. */
function comparison() {
  const standard = base(), which = testsOf(standard);
  if (!which || !trying.answer || !edited()) return [];
  const now = triedStandard(standard, trying.answer, aroundOf(which)), was = triedStandard(standard, trying.first[String(which)], aroundOf(which));
  const gain = was.left == null || now.left == null ? null : Math.round(was.left - now.left);
  /** @param {string} name @param {string} before @param {string} after */
  const row = (name, before, after) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, before), el("td", {}, after));
  const told = gain == null ? "" : gain === 0 ? W("try_no_change") : fill(gain > 0 ? "try_more" : "try_fewer", whole(Math.abs(gain)));
  return [
    el("table", { class: "compare", id: "try-compare" },
      el("tr", {}, el("th", {}), el("th", { scope: "col" }, W("try_before")), el("th", { scope: "col" }, W("try_after"))),
      row(W("try_value"), valueOf(standard), valueOf(now)),
      was.households == null && now.households == null ? null : row(W("try_households"), whole(was.households), whole(now.households)),
      row(leftOut(standard), whole(was.left), whole(now.left)),
      row(W("gaps"), String(standard.gaps.length), String(now.gaps.length))),
    gain == null ? null : el("p", { class: gain < 0 ? "gain loss" : "gain", role: "status" }, told),
  ];
}

/** What can be put and drawn. */
function toolRows() {
  const standard = base(), which = testsOf(standard);
  const how = tool.mode ? [el("p", { class: "fine", id: "try-how" }, W("try_how_" + tool.mode + (tool.begun ? "_end" : ""))),
    el("p", { class: "fine" }, W("try_how_keys"))] : [];
  const one = (/** @type {import("./tools.js").Mode} */ name) => button(name, () => take(name), tool.mode === name);
  const why = whyNot(standard);
  if (!LIVE || !which) return [[el("p", { class: "fine", id: "try-why-not" }, fill("try_not_here", why ? pick(why) : "")), walksOf(standard).length ? acts(one("walk")) : null, ...how]];
  const categories = [...new Set(testsAt(which).flatMap((test) => test.needs.flatMap((need) => need.categories)))], words = new Map(D.cats.map((c) => [c[0], c.slice(1)]));
  if (!categories.includes(tool.category)) tool.category = categories[0];
  const choice = el("select", { "aria-label": W("try_category"), onchange: () => { tool.category = choice.value; } });
  for (const c of categories) choice.append(el("option", { value: c }, pick(words.get(c) || [c, c])));
  choice.value = tool.category;
  const rows = [[acts(choice, one("place")), acts(one("link"), one("cut"), one("walk")), ...how]];
  if (standard.plan && standard.plan[0].sites.length) rows.push([acts(button("proposal", tryProposal))]);
  return rows;
}

/** @param {"added" | "closed" | "links" | "cuts"} kind @param {number} k @param {string} name @param {Node} [more] */
const editRow = (kind, k, name, more) => el("div", { class: "edit" }, el("span", {}, short(name)), more || null,
  el("button", { type: "button", class: "act", "data-remove": kind + k, "aria-label": W("try_remove") + " · " + short(name), onclick: () => remove(kind, k) }, "×"));

/** What was changed, each with a way to take it out. */
function editRows() {
  const { edits } = trying;
  return [
    ...edits.added.map((one, k) => editRow("added", k, "＋ " + one.name)),
    ...edits.closed.map((id, k) => editRow("closed", k, "－ " + (D.facilities.names[LIVE ? LIVE.facilities.ids.indexOf(id) : -1] || id))),
    ...edits.links.map((link, k) => {
      const stairs = el("input", { type: "checkbox", onchange: () => { change((e) => { e.links[k].stairs = stairs.checked; }); } });
      stairs.checked = link.stairs;
      return editRow("links", k, "═ " + link.name, el("label", {}, stairs, W("try_stairs")));
    }),
    ...edits.cuts.map((cut, k) => editRow("cuts", k, "✂ " + cut.name)),
  ];
}

/** The last note that was read out. */
let said = trying.note;

/** A button that an answer replaces while it is pressed would not be clicked: the list is made anew when it is let go. */
let pressed = false, late = false;

function holdPressed() {
  $("list").addEventListener("pointerdown", (e) => { pressed = e.target instanceof Element && e.target.closest("button") != null; });
  for (const end of ["pointerup", "pointercancel"])
    window.addEventListener(end, () => {
      pressed = false;
      if (late) setTimeout(listTry); // the click comes first
    });
}

function listTry() {
  late = pressed;
  if (state.tab !== "try" || pressed) return;
  const box = $("list"), possible = testsOf(base()) != null;
  const { try: focused, remove: removed } = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset || {};
  const item = (/** @type {(Node | null)[]} */ children) => el("li", { class: "try" }, ...children);
  const rows = [comparison()];
  // It is read out once, however often the list is made anew.
  const note = trying.note();
  if (note) rows.push([el("p", { class: "refused", ...(trying.note === said ? {} : { role: "alert" }) }, note)]);
  said = trying.note;
  rows.push(...toolRows(), [
    acts(button("undo", undo, null, !trying.past.length), button("redo", redo, null, !trying.future.length),
      button("reset", () => { change((e) => { Object.assign(e, { added: [], closed: [], links: [], cuts: [] }); }); }, null, !edited()),
      button("before_after", () => { trying.before = !trying.before; showJudged(); }, trying.before, !edited() || !possible)),
    acts(button("save", save, null, !edited()), button("open", () => $("try-file").click()), button("share", share, null, !edited()),
      button("page", printSheet, null, !edited())),
  ], ...editRows().map((row) => [row]));
  box.replaceChildren(...rows.filter((row) => row.length).map(item));
  const again = focused ? `[data-try="${focused}"]` : removed ? `[data-remove="${removed}"]` : null;
  if (again) /** @type {HTMLElement | null} */ (box.querySelector(again))?.focus();
}

function tryProposal() {
  const standard = base(), chosen = standard.plan?.[state.option], which = testsOf(standard);
  if (!LIVE || !chosen || !which) return;
  const categories = [testsAt(which)[0].needs[0].categories[0]];
  change((e) => {
    for (const site of chosen.sites)
      if (site.at) e.added.push({ id: freeId(e), name: site.name, categories, lon: site.at[1], lat: site.at[0] });
    for (const link of chosen.links) e.links.push({ name: pick(link.text).slice(0, 60), line: link.line.map(([y, x]) => [x, y]), stairs: false });
  });
}

/** Buttons of a facility's box: close it, open it again, move it. @param {number} k */
function facilityActs(k) {
  if (!LIVE || testsOf(base()) == null) return null;
  const { ids, levels } = LIVE.facilities, id = ids[k], shut = trying.edits.closed.includes(id), level = levels[k];
  const toggle = () => {
    change((e) => { if (shut) e.closed = e.closed.filter((c) => c !== id); else e.closed.push(id); }).then(() => showFacility(k));
  };
  const move = () => {
    hush();
    turnTo("try");
    change((e) => {
      e.closed.push(id);
      e.added.push({ id: freeId(e), name: D.facilities.names[k] || W("unnamed"), categories: D.facilities.cats[k].map((c) => D.cats[c][0]),
        lon: places[k][1], lat: places[k][0], ...(level ? { more: { level } } : {}) });
    }).then(() => focusMark(trying.edits.added.length - 1));
  };
  const one = (/** @type {string} */ key, /** @type {string} */ word, /** @type {() => void} */ act) =>
    el("button", { type: "button", class: "act", "data-try": key, onclick: act }, W(word));
  return acts(one("toggle", shut ? "try_reopen" : "try_shut", toggle), shut ? null : one("move", "try_move", move));
}

export function startPanel() {
  facilityOffers.push(facilityActs);
  on("tried", listTry);
  holdPressed();
  document.addEventListener("keydown", (e) => {
    const typing = e.target instanceof Element && e.target.matches("input, select");
    if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== "z" || state.tab !== "try" || typing) return;
    if (e.shiftKey) redo(); else undo();
    e.preventDefault();
  });
}

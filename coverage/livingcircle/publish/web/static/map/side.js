/* The side panel: the choice of a standard, its summary, its lists. */
import { byShare, unitColour, gapColour } from "./colours.js";
import { showBuilt, showGap, showSite, showUnit } from "./detail.js";
import { metres, percent, whole } from "./numbers.js";
import { $, D, base, levelsOf, listLevel, rowsOf, state } from "./page.js";
import { tellOf } from "./signals.js";
import { W, amount, chip, el, gapName, leftOut, nameOf, peopleWord, pick, shown, siteName, told, unitValue, valueOf } from "./words.js";

const TABS = ["gaps", "units", "sites", "try"];
const MOST_LISTED = 500;

export function summary() {
  const s = state.standard, box = $("summary");
  box.replaceChildren();
  box.append(el("div", { class: "head" }, el("span", { class: "value" }, valueOf(s)),
    s.target != null ? el("span", { class: "target" }, W("target") + " " + amount(s.target, s.unit)) : null,
    s.village_kind && s.value != null ? el("span", { class: "target" }, "/ " + s.units.length + " " + W("of_villages")) : chip(shown(s))));
  if (s.unit === "share" && s.value != null) {
    const at = (/** @type {number} */ share) => 100 * Math.min(1, share) + "%";
    const bar = el("div", { class: "bar", role: "img", "aria-label": percent(s.value, state.lang) }, el("i", { style: { width: at(s.value) } }));
    if (s.band) bar.append(el("s", { title: W("band_word"), style: { left: at(s.band[0]), width: `calc(${at(s.band[1])} - ${at(s.band[0])})` } }));
    if (s.target != null) bar.append(el("b", { style: { left: `calc(${at(s.target)} - 2px)` } }));
    box.append(bar);
  }
  const who = s.who ? pick([s.who[0] + "未覆盖", s.who[1] + " left out"]) : W(s.village_kind ? "village_people" : "people_out_words");
  if (s.people != null && s.gaps.length) box.append(el("p", { class: "out" }, el("strong", {}, whole(s.people)), " " + who +
    (s.households != null ? " · " + whole(s.households) + " " + W("households_words") : "")));
  const line = (/** @type {string} */ look, /** @type {string} */ text) => { if (text) box.append(el("p", { class: look }, text)); };
  line("what", pick(s.words));
  line("expired", pick(D.expired[s.pack]));
  line("fine", [s.id, pick(D.packs[s.pack].slice(1)), s.clause, W("force." + s.force), s.due ? W("due") + " " + s.due : ""].filter(Boolean).join(" · "));
  line(s.depends ? "what" : "fine", pick(s.reading));
  if (s.sensitivity.length) line("fine", W("sensitivity") + pick(["：", ": "]) + s.sensitivity.map(([zh, en, v]) => pick([zh, en]) + " → " + amount(v, s.unit)).join(pick(["，", ", "])));
  line("fine", pick(s.note));
  if (!s.verified) line("fine", W("not_verified"));
}

/** @param {string} key @param {() => void} act @param {...Node} children */
const entry = (key, act, ...children) => el("li", {}, el("button", { type: "button", "data-key": key, onclick: act }, ...children));

/** @param {string} name @param {string | Node} text */
const part = (name, text) => el("span", { class: name }, text);

/** @param {HTMLElement} box */
function listSites(box) {
  const plan = state.standard.plan;
  if (!plan) return;
  if (plan.length > 1) {
    const select = el("select", { "aria-label": W("option"), onchange: () => { state.option = +select.value; tellOf("option"); list(); focusSelect(); } });
    plan.forEach((_, k) => select.append(el("option", { value: k }, W(k ? "option_links" : "option_sites"))));
    select.value = String(state.option);
    box.append(el("li", { class: "level" }, select));
  }
  const chosen = plan[state.option];
  box.append(el("li", { class: "none" }, pick(chosen.note)));
  chosen.sites.forEach((site, k) => box.append(entry("site" + k, () => showSite(k, true), part("rank", "★"), part("name", siteName(site)),
    part("num", whole(site.people) + " " + W("people_short")), part("sub", pick(site.text)))));
  chosen.links.forEach((link, k) => box.append(entry("built" + k, () => showBuilt(k), part("rank", "═"), part("name", W("built_word")),
    part("num", ""), part("sub", pick(link.text)))));
}

const focusSelect = () => $("list").querySelector("select")?.focus();

/** @param {HTMLElement} box */
function listGaps(box) {
  const { standard } = state;
  standard.gaps.slice(0, MOST_LISTED).forEach((gap, k) => {
    const reason = gap.reason ? el("span", {}, el("i", { class: "dot", style: { background: gapColour(gap.reason) } }), W("reason." + gap.reason)) : "";
    box.append(entry("gap" + k, () => showGap(k, true), part("rank", String(k + 1)), part("name", gapName(gap)),
      part("num", gap.people == null ? "" : whole(gap.people) + " " + peopleWord()),
      el("span", { class: "sub" }, reason, gap.metres != null ? " · " + metres(gap.metres) : "")));
  });
  if (!standard.gaps.length) box.append(el("li", { class: "none" }, W(standard.status === "unknown" ? "no_answer" : standard.status === "short" ? "no_place_alone" : "no_gaps")));
  if (standard.more_gaps || standard.gaps.length > MOST_LISTED) box.append(el("li", { class: "none" }, W("more_in_csv")));
}

/** @param {HTMLElement} box */
function listUnits(box) {
  const { standard } = state, levels = levelsOf(standard);
  if (levels.length > 1) {
    const select = el("select", { "aria-label": W("units"), onchange: () => { state.level = select.value; tellOf("level"); list(); focusSelect(); } });
    for (const level of levels) select.append(el("option", { value: level }, W("level." + level)));
    select.value = listLevel() || "";
    box.append(el("li", { class: "level" }, select));
  }
  const rows = rowsOf().sort((a, b) => (b[4] ?? -1) - (a[4] ?? -1) || (a[2] ?? 9e9) - (b[2] ?? 9e9));
  for (const row of rows.slice(0, MOST_LISTED)) {
    const unit = row[0];
    box.append(entry("unit" + unit, () => showUnit(unit, true), part("rank", el("i", { class: "dot", style: { background: unitColour(standard, row) } })),
      part("name", nameOf(unit)), part("num", row[2] == null ? told(row[1]) : unitValue(standard, row)),
      part("sub", told(row[1]) + (byShare(standard) && row[4] != null ? " · " + leftOut(standard) + " " + whole(row[4]) : ""))));
  }
  if (!rows.length) box.append(el("li", { class: "none" }, W("no_units")));
  if (rows.length > MOST_LISTED) box.append(el("li", { class: "none" }, W("more_in_csv")));
}

export function list() {
  const box = $("list"), { standard, tab } = state, plan = standard.plan;
  box.setAttribute("aria-label", W(tab));
  $("panel").setAttribute("aria-labelledby", "tab-" + tab);
  $("tab-gaps").textContent = W("gaps") + " (" + standard.gaps.length + ")";
  $("tab-units").textContent = W("units") + " (" + rowsOf().length + ")";
  $("tab-sites").hidden = !plan;
  $("tab-sites").textContent = W("sites") + (plan ? " (" + (plan[state.option].sites.length + plan[state.option].links.length) + ")" : "");
  $("tab-try").textContent = W("try");
  for (const name of TABS) {
    $("tab-" + name).setAttribute("aria-selected", String(tab === name));
    $("tab-" + name).tabIndex = tab === name ? 0 : -1;
  }
  if (tab === "try") { tellOf("tried"); return; }
  box.replaceChildren();
  ({ sites: listSites, gaps: listGaps, units: listUnits }[tab] || listGaps)(box);
}

/** @param {string} name of a tab */
export function turnTo(name) {
  state.tab = name;
  tellOf("tab");
  list();
  $("panel").scrollTop = 0;
}

export function startTabs() {
  for (const name of TABS) $("tab-" + name).addEventListener("click", () => turnTo(name));
  $("tabs").addEventListener("keydown", (e) => {
    if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
    const there = TABS.filter((name) => !$("tab-" + name).hidden), step = e.key === "ArrowLeft" ? -1 : 1;
    turnTo(there[(there.indexOf(state.tab) + step + there.length) % there.length]);
    $("tab-" + state.tab).focus();
    e.preventDefault();
  });
  $("list").addEventListener("keydown", (e) => {
    const buttons = [...$("list").querySelectorAll("button")], k = buttons.findIndex((button) => button === document.activeElement);
    const to = /** @type {Record<string, number>} */ ({ ArrowDown: k + 1, ArrowUp: k - 1, Home: 0, End: buttons.length - 1 })[e.key];
    if (k < 0 || to == null || !buttons[to]) return;
    buttons[to].focus();
    e.preventDefault();
  });
}

/** Fill in the list of standards. */
export function choices() {
  const select = /** @type {HTMLSelectElement} */ ($("standard"));
  select.replaceChildren();
  D.packs.forEach((pack, p) => {
    const group = el("optgroup", { label: pick(pack.slice(1)) });
    D.standards.forEach((standard, k) => {
      if (standard.pack !== p) return;
      const mark = { met: "✓", short: "✗", unknown: "?" }[shown(standard)] || "·", text = pick(standard.words);
      group.append(el("option", { value: k }, mark + " " + standard.id + "  " + (text.length > 46 ? text.slice(0, 45) + "…" : text)));
    });
    if (group.children.length) select.append(group);
  });
  if (state.standard) select.value = String(D.standards.indexOf(base()));
}

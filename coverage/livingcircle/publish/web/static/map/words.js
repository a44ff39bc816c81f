/* Words and elements of the page. */
import { beside, percent, whole } from "./numbers.js";
import { D, state } from "./page.js";

/** @typedef {import("./page.js").Pair} Pair */

/** @param {readonly string[]} pair Chinese and English */
export const pick = (pair) => (state.lang === "zh" ? pair[0] : pair[1]) || pair[0] || "";

const MOST_LETTERS = 60;

/** A name as far as a line has room for it. @param {string} text @param {number} [most] letters */
export const short = (text, most = MOST_LETTERS) => { const letters = Array.from(text.slice(0, 4 * most)); return letters.length > most ? letters.slice(0, most - 1).join("") + "…" : text; };

/** A sentence with something put into it. @param {string} key @param {string} text */
export const fill = (key, text) => W(key).split("{}").join(text);

/** Names one after another. @param {string[]} names */
export const listed = (names) => names.join(pick(["、", ", "]));

/** Remarks one after another. @param {string[]} remarks that have no full stop */
export const joined = (remarks) => remarks.join(pick(["；", "; "]));

/** @param {string} key */
export const W = (key) => (D.words[key] ? pick(D.words[key]) : key);

/**
 * A value with what it is counted in.
 * @param {number | null | undefined} value @param {string} unit @param {number | null} [target] what stands beside it
 */
export function amount(value, unit, target) {
  if (value == null) return "–";
  if (unit === "share") return percent(value, state.lang, target);
  const text = unit === "m" || unit === "metres" ? whole(value) : beside(value, target), pattern = D.words["amount." + unit];
  return pattern ? pick(pattern).replace("{}", text) : text;
}

/** The value of a unit, beside what its standard asks for. @param {import("./page.js").Standard} s @param {import("./page.js").UnitRow} row */
export const unitValue = (s, row) => amount(row[2], row[3], row[3] === s.unit ? s.target : null);

/** The value of a standard; a share of units or facilities is n/m. @param {import("./page.js").Standard} s */
export const valueOf = (s) => (s.of ? whole(s.of[0]) + "/" + whole(s.of[1]) : amount(s.value, s.unit, s.target));

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | null} [attributes]
 * @param {...(Node | string | null)} children texts stay texts
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else node.setAttribute(name, value);
  }
  for (const child of children) if (child != null) node.append(child);
  return node;
}

/** Leaflet would read a plain string as HTML; the names of the data are nothing but text.
 * @param {() => string} text */
export const tip = (text) => () => el("span", {}, text());

/** A cell of the grid has no name of its own. @param {number} unit */
export const nameOf = (unit) => D.units.names[unit] || W("one." + D.units.levels[unit]);

/** A village beyond the distance is no failure: it is a candidate. @param {string} status */
export const told = (status) => (state.standard.village_kind && D.words["village." + status] ? W("village." + status) : W("status." + status));

/** What is only encouraged cannot fail. @param {import("./page.js").Standard} standard */
export const shown = (standard) => (standard.status === "short" && standard.force === "may" ? "short_may" : standard.status);

/** @param {string} status */
export function chip(status) {
  const mark = { met: "✓ ", short: "✗ ", unknown: "? " }[status] || "";
  return el("span", { class: "chip " + status }, mark + W("status." + status));
}

/** @param {import("./page.js").Gap} gap @returns {string} */
export const gapName = (gap) => gap.name || (gap.unit == null && (gap.level == null || gap.level === "none") ? W("outside_units") : gap.id);

/** @param {import("./page.js").Site} site */
export const siteName = (site) => pick([site.name, site.name_en]);

/** What stands beside a number of people left out; a group is called by its name. @param {import("./page.js").Standard} s */
export const leftOut = (s) => (s.who ? pick([s.group[0] + "未覆盖", s.group[1] + " left out"]) : W("people_left_out"));

/** What the people of a standard are called, short. */
export const peopleWord = () => (state.standard.who ? pick(state.standard.who) : W("people_short"));

/* Search by name. */
import { showFacility, showUnit } from "./detail.js";
import { $, D } from "./page.js";
import { once, unitShapes } from "./panes.js";
import { W, el, pick } from "./words.js";

/** @typedef {{name: string, unit?: number, place?: number}} Hit */

const MOST_HITS = 12;
/** @type {Hit[]} */
let hits = [];
let at = -1;
const field = /** @type {HTMLInputElement} */ ($("search"));

/** @returns {Hit[]} */
const everything = () => once("names", () => [
  ...D.units.names.flatMap((name, unit) => (name && unitShapes[unit].length ? [{ name, unit }] : [])),
  ...D.facilities.names.flatMap((name, place) => (name ? [{ name, place }] : [])),
]);

/** What has the text in its name: first what begins with it, then the shorter.
 * @param {string} text @returns {Hit[]} */
function find(text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const found = everything().filter((one) => one.name.toLowerCase().includes(wanted));
  const begins = (/** @type {Hit} */ one) => Number(one.name.toLowerCase().startsWith(wanted));
  return found.sort((a, b) => begins(b) - begins(a) || a.name.length - b.name.length).slice(0, MOST_HITS);
}

/** @param {Hit} hit */
const kindOf = (hit) => (hit.unit != null ? W("one." + D.units.levels[hit.unit])
  : D.facilities.cats[hit.place ?? 0].map((c) => pick(D.cats[c].slice(1))).join(" · "));

function offer() {
  const box = $("found");
  box.replaceChildren();
  hits.forEach((hit, k) => box.append(el("li", { role: "option", id: "hit" + k, "aria-selected": k === at,
    onmousedown: (/** @type {Event} */ e) => { e.preventDefault(); go(hit); } }, hit.name, el("small", {}, kindOf(hit)))));
  if (!hits.length && field.value.trim() && document.activeElement === field)
    box.append(el("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "none" }, W("not_found")));
  field.setAttribute("aria-expanded", String(box.children.length > 0));
  if (at >= 0) field.setAttribute("aria-activedescendant", "hit" + at); else field.removeAttribute("aria-activedescendant");
}

function hide() {
  hits = [];
  at = -1;
  $("found").replaceChildren();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

/** @param {Hit} hit */
function go(hit) {
  hide();
  if (hit.unit != null) showUnit(hit.unit, true); else showFacility(hit.place ?? 0, true);
}

export function startSearch() {
  field.addEventListener("input", () => { hits = find(field.value); at = -1; offer(); });
  field.addEventListener("blur", hide);
  field.addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      at = Math.max(0, Math.min(hits.length - 1, at + (e.key === "ArrowDown" ? 1 : -1)));
      offer();
      e.preventDefault();
    } else if (e.key === "Enter" && hits.length) {
      go(hits[Math.max(0, at)]);
      e.preventDefault();
    } else if (e.key === "Escape" && $("found").children.length) {
      hide();
      e.stopPropagation();
    }
  });
}

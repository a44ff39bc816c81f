/* What the page holds and what is chosen in it. */

/**
 * @typedef {[string, string]} Pair Chinese and English
 * @typedef {[number, number]} Point latitude and longitude
 * @typedef {[number, string, number | null, string, number | null, number | null, number]} UnitRow
 *   unit, status, value, its unit, people left out, mean metres, route (-1 for none)
 *
 * @typedef {object} Gap
 * @property {string} id
 * @property {string} name
 * @property {string | null} level
 * @property {number | null} people
 * @property {number | null} households
 * @property {number | null} metres
 * @property {number | null} straight
 * @property {string | null} facility
 * @property {string | null} reason
 * @property {Pair | null} barrier
 * @property {Pair | null} part
 * @property {[number | null, number | null, number] | null} m2 that there are, are required, lack
 * @property {Pair | null} rooms that are too small
 * @property {Pair | null} help
 * @property {number} link among the drawn links, -1 for none
 * @property {Point | null} at
 * @property {number} route among the drawn routes, -1 for none
 * @property {number | null} unit
 *
 * @typedef {object} Site
 * @property {string} name
 * @property {string} name_en
 * @property {Point | null} at
 * @property {number | null} people
 * @property {Pair} text
 * @property {[number | null, number | null]} staff
 *
 * @typedef {{note: Pair, sites: Site[], links: {text: Pair, line: Point[]}[]}} Plan
 *
 * @typedef {object} Standard
 * @property {string} id
 * @property {number} pack
 * @property {string} clause
 * @property {boolean} circle_kind
 * @property {boolean} village_kind
 * @property {boolean} [more_gaps] the page leaves out some of a large city
 * @property {string} force
 * @property {string} status
 * @property {number | null} value
 * @property {number | null} target
 * @property {string} unit
 * @property {[number, number] | null} of
 * @property {Pair} reading
 * @property {boolean} depends
 * @property {string | null} due
 * @property {number | null} people
 * @property {Pair | null} who behind a number of its people; null: residents
 * @property {Pair} group
 * @property {number | null} households
 * @property {Pair} words
 * @property {Pair} note
 * @property {[string, string, number | null][]} sensitivity
 * @property {boolean} verified
 * @property {number[]} cats
 * @property {[number, number | null][]} circles area and limit in metres of each part on foot
 * @property {number | null} dots
 * @property {UnitRow[]} units
 * @property {Gap[]} gaps
 * @property {Plan[] | null} plan
 * @property {[number[], number[]]} [doubt] homes that are within the limit in some draws only: steps among the homes, per cent of the draws
 * @property {[number, number]} [band] nine tenths of the draws lie between
 * @property {Standard} [base] of a standard as a scenario would have it: the standard itself
 * @property {number | null} [left] people left out, whatever is judged
 * @property {string | null} [letters] statuses of the homes
 *
 * @typedef {import("./shapes.js").Shapes} Shapes
 *
 * @typedef {object} PageData
 * @property {string} map name of the map in the page's script
 * @property {Record<string, string>} groups
 * @property {{zh: string, en: string, as_of: number, box: [Point, Point]}} city
 * @property {Record<string, Pair>} words
 * @property {[string, string, string][]} packs
 * @property {[string, string][]} expired
 * @property {Standard[]} standards
 * @property {number} first
 * @property {{names: string[], levels: string[], people: (number | null)[], households: (number | null)[], shapes: Shapes, bare: number[]}} units
 * @property {{names: string[], cats: number[][], points: number[]}} facilities
 * @property {[string, string, string][]} cats
 * @property {{points: number[]}} demand
 * @property {Shapes} streets
 * @property {Shapes[]} circles
 * @property {string[]} dots
 * @property {Shapes & {metres: (number | null)[]}} routes
 * @property {Shapes} links
 * @property {number[]} breaks
 * @property {{ramp: string[], ramp_on_dark: string[], status: Record<string, string>, point: Record<string, string>, reason: Record<string, string>, facility: string, none: string}} colours
 * @property {{layers: Record<string, Shapes>, names: [string, string, Point][]}} background
 * @property {{slopes: Shapes, steps: number[], steepest_only: boolean, waits: Shapes, kinds: string[], checks: {at: Point | null, text: Pair, people: number | null, standards: string}[]}} walking
 * @property {{table: string, bytes: string} | null} live
 * @property {Pair} credit
 */

/** @param {string} id @returns {HTMLElement} */
export const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {PageData} */
export const D = JSON.parse($("data").textContent || "");

const shared = /** @type {Record<string, any>} */ (/** @type {unknown} */ (window));

/** @type {L.Map} */
export const map = shared[D.map];

/** @param {string} name of a layer @returns {L.FeatureGroup} */
export const group = (name) => shared[D.groups[name]];

/** What is chosen. */
export const state = {
  lang: "zh",
  /** @type {Standard} null only while the page begins, and for good where nothing was judged */
  standard: /** @type {any} */ (null),
  tab: "gaps",
  /** @type {string | null} level of units that the reader chose; null: the map's scale chooses */
  level: null,
  /** Which of the plans is shown. */
  option: 0,
};

const ORDER = ["estate", "urban_village", "leaf", "cell", "town", "district", "city"];

/** @param {number} unit @returns {string} */
export function levelOf(unit) {
  const level = D.units.levels[unit];
  return level === "community" || level === "village" ? "leaf" : level;
}

/** @param {Standard} standard @returns {string[]} levels that it tells something about */
export const levelsOf = (standard) => ORDER.filter((level) => standard.units.some((row) => levelOf(row[0]) === level));

/** Level of the units in the list: the reader's choice, or else the finest. */
export const listLevel = () => state.level ?? levelsOf(state.standard)[0] ?? null;

/** @returns {UnitRow[]} of the units in the list */
export function rowsOf() {
  const level = listLevel();
  return state.standard.units.filter((row) => levelOf(row[0]) === level);
}

/** The standard itself, also while a scenario is shown. */
export const base = () => state.standard && (state.standard.base || state.standard);

/** A sheet of paper is laid out. */
export const paper = () => document.documentElement.classList.contains("paper");

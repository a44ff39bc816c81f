/* A standard as it would be, out of what the engine answers about it. */

/**
 * @typedef {import("./page.js").Standard} Standard
 * @typedef {import("./page.js").Gap} Gap
 * @typedef {import("./page.js").UnitRow} UnitRow
 * @typedef {import("./page.js").Pair} Pair
 *
 * @typedef {object} Around what the page knows beside the standard
 * @property {{names: string[], levels: string[], people: (number | null)[], households: (number | null)[]}} units
 * @property {string[]} dots letters of the homes, by number
 * @property {number[]} rows homes that the answer tells of
 * @property {(unit: number) => [number, number] | null} centre
 * @property {string} outside name of what lies in no unit
 * @property {Pair} note
 */

const REASONS = [null, null, "off_network", "island", "no_facility", "detour"];
const TOLERANCE = 1e-9;

/** What a scenario cannot keep of a standard. */
const FORGOTTEN = { circle: null, plan: null, sensitivity: [], reading: /** @type {Pair} */ (["", ""]), of: null };

/**
 * @param {Standard} base @param {any} answer of the engine @param {Around} around
 * @returns {Standard}
 */
export const triedStandard = (base, answer, around) => (answer.areas ? triedVillages : triedHomes)(base, answer, around);

/** Met or not, when the people whom nobody counted might decide it.
 * @param {Standard} base @param {any} answer */
function judged(base, answer) {
  if (base.target == null || answer.value == null) return base.status;
  const target = base.target - TOLERANCE;
  if (answer.low < target && target <= answer.high) return "unknown";
  return answer.value >= target ? "met" : "short";
}

/** @param {Standard} base @param {any} answer @param {Around} around @returns {Standard} */
function triedHomes(base, answer, around) {
  const { names, levels } = around.units, { inside, wanted, out, known, reached, metres: sums, whole } = answer.units;
  const status = judged(base, answer), met = status === "met", told = status !== "unknown";
  const units = base.units.map(([unit, was, , measure]) => {
    const city = levels[unit] === "city";
    const share = city ? answer.value : wanted[unit] > 0 ? inside[unit] / wanted[unit] : null;
    const now = was === "report" || base.target == null ? was : share == null ? "unknown" : share >= base.target - TOLERANCE ? "met" : "short";
    const left = city ? (whole.known ? whole.out : null) : known[unit] ? out[unit] : null;
    const [sum, weight] = city ? [whole.metres, whole.reached] : [sums[unit], reached[unit]];
    return /** @type {UnitRow} */ ([unit, now, share, measure, left, weight > 0 ? sum / weight : null, -1]);
  });
  const gaps = answer.gaps.map((/** @type {any} */ gap) => {
    const unit = gap.unit < 0 ? null : gap.unit, name = unit == null ? "" : names[unit];
    return { ...blankGap(base.id + ":" + name, unit == null ? around.outside : name, unit), level: unit == null ? null : levels[unit],
      people: gap.people, households: gap.households, metres: gap.metres, straight: gap.straight, reason: REASONS[gap.reason], at: gap.at };
  });
  return { ...base, ...FORGOTTEN, base, value: answer.value, status, people: told ? (met ? 0 : answer.people) : null,
    households: told ? (met ? 0 : answer.households) : null, left: answer.people, units, gaps, letters: lettersOf(base, answer, around), note: around.note };
}

/** @param {Standard} base @param {any} answer @param {Around} around @returns {Standard} */
function triedVillages(base, answer, around) {
  const { metres: far, measured, share, candidate, units } = answer.areas, { names, people, households } = around.units;
  const place = new Map(Array.from(units, (unit, k) => [unit, k]));
  const finite = (/** @type {number} */ v) => (Number.isFinite(v) ? v : null);
  const rows = base.units.map((row) => {
    const k = place.get(row[0]);
    if (k == null) return row;
    return /** @type {UnitRow} */ ([row[0], candidate[k] ? "short" : "met", row[3] === "share" ? share[k] : finite(measured[k]), row[3], row[4], row[5], -1]);
  });
  const gaps = /** @type {Gap[]} */ ([]);
  Array.from(units).forEach((unit, k) => {
    if (!candidate[k]) return;
    const old = base.gaps.find((gap) => gap.unit === unit) || blankGap(base.id + ":" + names[unit], names[unit], unit);
    gaps.push({ ...old, level: "urban_village", at: old.at || around.centre(unit), people: people[unit], households: households[unit],
      facility: null, straight: null, reason: null, barrier: null, metres: finite(far[k]), link: -1, route: -1 });
  });
  gaps.sort((a, b) => (b.people ?? -1) - (a.people ?? -1));
  const left = sumKnown(gaps.map((gap) => gap.people));
  return { ...base, ...FORGOTTEN, base, value: answer.value, people: left, households: sumKnown(gaps.map((gap) => gap.households)), left,
    units: rows, gaps, letters: lettersOf(base, answer, around), note: around.note };
}

/** @param {string} id @param {string} name @param {number | null} unit @returns {Gap} */
const blankGap = (id, name, unit) => ({ id, name, level: null, people: null, households: null, metres: null, straight: null, facility: null,
  reason: null, barrier: null, part: null, help: null, link: -1, at: null, route: -1, unit });

/** Of nothing the sum is none; of what is not known it is not known. @param {(number | null)[]} values */
function sumKnown(values) {
  const known = values.filter((value) => value != null);
  return values.length && !known.length ? null : known.reduce((sum, value) => sum + value, 0);
}

/** @param {Standard} base @param {any} answer @param {Around} around */
function lettersOf(base, answer, around) {
  if (base.dots == null) return null;
  const letters = around.dots[base.dots].split("");
  around.rows.forEach((home, k) => { if (home < letters.length) letters[home] = "cgoi"[answer.status[k]]; });
  return letters.join("");
}

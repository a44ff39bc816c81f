/* A standard as it would be, out of what the engine answers about it. */

/**
 * @typedef {import("./page.js").Standard} Standard
 * @typedef {import("./page.js").Gap} Gap
 * @typedef {import("./page.js").UnitRow} UnitRow
 * @typedef {import("./page.js").Pair} Pair
 *
 * @typedef {object} Part one part of a standard
 * @property {string} status as it is found in the city as it is
 * @property {number | null} target
 * @property {boolean} is_due
 * @property {Pair} label
 *
 * @typedef {object} Around what the page knows beside the standard
 * @property {{names: string[], levels: string[], people: (number | null)[], households: (number | null)[]}} units
 * @property {string[]} dots letters of the homes, by number
 * @property {(Part | undefined)[]} parts what each part asks
 * @property {(unit: number) => [number, number] | null} centre
 * @property {string} outside name of what lies in no unit
 * @property {Pair} note
 */

const REASONS = [null, null, "off_network", "island", "no_facility", "detour", "slow"];
const TOLERANCE = 1e-9;

/** What a scenario cannot keep of a standard. */
const FORGOTTEN = { circle: null, plan: null, sensitivity: [], reading: /** @type {Pair} */ (["", ""]), of: null };

/**
 * @param {Standard} base @param {any} answer of the engine @param {Around} around
 * @returns {Standard}
 */
export const triedStandard = (base, answer, around) => (answer.parts ? triedParts : answer.areas ? triedVillages : triedHomes)(base, answer, around);

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

const WORST_FIRST = ["short", "unknown", "met", "report"];

/**
 * Several parts, judged together as the command line does: the worst that is due decides, a unit counts by its worst
 * part, and who two parts leave out is left out once.
 * @param {Standard} base @param {any} answer @param {Around} around @returns {Standard}
 */
function triedParts(base, answer, around) {
  /** @type {{part: Part, found: Standard}[]} */
  const parts = answer.parts.map((/** @type {any} */ own, /** @type {number} */ k) => {
    const part = /** @type {Part} */ (around.parts[k]);
    const units = base.units.filter(([unit]) => around.units.levels[unit] === "city" || own.units.wanted[unit] > 0)
      .map(([unit, , ...rest]) => /** @type {UnitRow} */ ([unit, part.status === "report" ? "report" : "met", ...rest]));
    return { part, found: triedHomes({ ...base, status: part.status, target: part.target, units }, own, around) };
  });
  const judged = parts.filter(({ found }) => found.status !== "report"), due = judged.filter(({ part }) => part.is_due);
  const deciding = WORST_FIRST.map((status) => (due.length ? due : judged).filter(({ found }) => found.status === status)).find((some) => some.length);
  /** @param {{found: Standard}} one */
  const ratio = ({ found }) => (found.value == null || !found.target ? Infinity : found.value / found.target);
  const binding = (deciding ? deciding.reduce((a, b) => (ratio(b) < ratio(a) ? b : a)) : parts[0]).found;
  const units = base.units.map((row) => {
    const own = parts.flatMap(({ found }) => found.units.filter(([unit]) => unit === row[0]));
    return own.length ? own.reduce((a, b) => (WORST_FIRST.indexOf(b[1]) < WORST_FIRST.indexOf(a[1]) ? b : a)) : row;
  });
  const gaps = parts.flatMap(({ part, found }) => found.gaps.map((gap) => ({ ...gap, part: part.label })));
  gaps.sort((a, b) => (b.people ?? -1) - (a.people ?? -1));
  const meant = judged.length ? judged.filter(({ found }) => found.status !== "met") : parts;
  /** @param {{found: Standard}[]} some @param {"people" | "households"} name */
  const left = (some, name) => {
    const largest = new Map();
    for (const { found } of some) for (const gap of found.gaps) largest.set(gap.unit, gap[name] == null ? largest.get(gap.unit) ?? null : Math.max(gap[name], largest.get(gap.unit) ?? 0));
    return sumKnown([...largest.values()]);
  };
  const met = binding.status === "met", unknown = binding.status === "unknown";
  const people = (/** @type {"people" | "households"} */ name) => (unknown ? null : met ? 0 : left(meant, name));
  return { ...base, ...FORGOTTEN, base, value: binding.value, target: binding.target, status: binding.status, people: people("people"),
    households: people("households"), left: left(parts, "people"), units, gaps, letters: lettersOfParts(base, answer, around), note: around.note };
}

/** A home is covered where all parts that ask for it cover it; else the part whose limit it exceeds the most says why,
 * the first of several.
 * @param {Standard} base @param {any} answer @param {Around} around */
function lettersOfParts(base, answer, around) {
  if (base.dots == null) return null;
  const letters = around.dots[base.dots].split(""), most = new Float64Array(letters.length).fill(-Infinity);
  for (const { homes, status, used } of answer.parts)
    Array.from(homes).forEach((home, k) => {
      if (home >= letters.length || used[k] <= most[home]) return;
      letters[home] = "cgoi"[status[k]];
      most[home] = used[k];
    });
  return letters.join("");
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
  reason: null, barrier: null, part: null, help: null, m2: null, rooms: null, link: -1, at: null, route: -1, unit });

/** Of nothing the sum is none; of what is not known it is not known. @param {(number | null)[]} values */
function sumKnown(values) {
  const known = values.filter((value) => value != null);
  return values.length && !known.length ? null : known.reduce((sum, value) => sum + value, 0);
}

/** @param {Standard} base @param {any} answer @param {Around} around */
function lettersOf(base, answer, around) {
  if (base.dots == null) return null;
  const letters = around.dots[base.dots].split("");
  Array.from(answer.homes).forEach((home, k) => { if (home < letters.length) letters[home] = "cgoi"[answer.status[k]]; });
  return letters.join("");
}

/* Of several walks of a requirement the one that decides, as homes are judged. */

const TOLERANCE = 1e-6;

/**
 * @typedef {object} Walked
 * @property {number} test
 * @property {any} walk what the engine says; null where there is no way
 *
 * @typedef {object} Limited
 * @property {string} basis `metres` or `seconds`
 * @property {number} limit
 * @property {boolean} inclusive whether exactly the limit is beyond it
 * @property {number} walker
 */

/** What of a walk is held against the limit of its test. @param {Limited} test @param {any} walk @returns {number} */
const costOf = (test, walk) => (test.basis === "seconds" ? walk.seconds : walk.metres);

/** Whether a walk is within the limit of its test. @param {Limited} test @param {any} walk */
export const isWithin = (test, walk) => (test.inclusive ? costOf(test, walk) < test.limit - TOLERANCE : costOf(test, walk) <= test.limit + TOLERANCE);

/**
 * The walk that exceeds its limit the most, else the one that comes closest to it; where there is no way for one, that.
 * @param {Limited[]} tests @param {Walked[]} found at least one @returns {Walked}
 */
export function decidingWalk(tests, found) {
  /** @param {Walked} one */
  const used = ({ test, walk }) => (!walk || walk.refused ? Infinity : costOf(tests[test], walk) / tests[test].limit);
  return found.reduce((a, b) => (used(b) > used(a) ? b : a));
}

/**
 * What a walk is called: by its own walker, on foot or by car, and whether its minutes are not known.
 * @param {{tests: Limited[], walkers: {drives: boolean}[], heights_missing: boolean}} live @param {Walked} one
 */
export function walkedBy({ tests, walkers, heights_missing }, one) {
  const { drives } = walkers[tests[one.test].walker];
  return { drives, unknown: heights_missing && !drives };
}

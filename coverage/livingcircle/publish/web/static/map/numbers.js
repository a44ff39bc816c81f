/* Numbers as they are read. */

/** @param {number | null | undefined} value */
export const whole = (value) => (value == null ? "–" : Math.round(value).toLocaleString("en-US"));

/** @param {number | null | undefined} value */
export const metres = (value) => (value == null ? "–" : whole(value) + " m");

/** @param {number} value at most two digits behind the point */
const plain = (value) => (+value.toFixed(2)).toLocaleString("en-US");

/**
 * A number as it stands beside its target: one below it never reads as the target does.
 * @param {number} value @param {number | null} [target]
 */
export function beside(value, target) {
  const text = plain(value);
  if (target == null || text !== plain(target) || value >= target - 1e-9 * Math.max(1, target)) return text;
  return plain(Math.min(Math.floor(value * 100 + 1e-6), Math.ceil(target * 100 - 1e-6) - 1) / 100);
}

/**
 * A share of what is less than all never reads 100 %.
 * And one below its target never reads as the target.
 * @param {number | null | undefined} value @param {string} lang @param {number | null} [target]
 */
export function percent(value, lang, target) {
  if (value == null) return "–";
  let tenths = value < 1 ? Math.min(Math.round(value * 1000), 999) : Math.round(value * 1000);
  if (target != null && value < target - 1e-9 && tenths >= Math.round(target * 1000)) tenths = Math.round(target * 1000) - 1;
  return tenths / 10 + (lang === "zh" ? "%" : " %");
}

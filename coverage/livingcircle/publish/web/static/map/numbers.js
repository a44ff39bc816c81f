/* Numbers as they are read. */

/** @param {number | null | undefined} value */
export const whole = (value) => (value == null ? "–" : Math.round(value).toLocaleString("en-US"));

/** @param {number | null | undefined} value */
export const metres = (value) => (value == null ? "–" : whole(value) + " m");

/**
 * A share of what is less than all never reads 100 %.
 * @param {number | null | undefined} value @param {string} lang
 */
export function percent(value, lang) {
  if (value == null) return "–";
  const tenths = value < 1 ? Math.min(Math.round(value * 1000), 999) : Math.round(value * 1000);
  return tenths / 10 + (lang === "zh" ? "%" : " %");
}

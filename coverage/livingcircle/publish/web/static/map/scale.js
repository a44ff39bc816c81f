/* Which units carry the colour at which scale. */

/** From the finest; estates and urban villages are judged as they are, at every scale. */
const BY_SCALE = ["leaf", "cell", "town", "district"];

/** Units smaller than this on the screen are drawn by the larger ones that hold them. */
const SMALLEST_PX = 26;

/**
 * The level that is drawn at a scale.
 * @param {string[]} levels that there is something to draw of
 * @param {(level: string) => number} size metres across a unit of it
 * @param {number} metresPerPixel
 * @returns {string | null}
 */
export function levelAt(levels, size, metresPerPixel) {
  if (!levels.length || !BY_SCALE.includes(levels[0])) return levels[0] ?? null;
  const fit = levels.filter((level) => BY_SCALE.includes(level));
  return fit.find((level) => size(level) / metresPerPixel >= SMALLEST_PX) ?? fit[fit.length - 1];
}

/** Metres of a pixel of the web's map. @param {number} zoom @param {number} lat degrees */
export const metresPerPixel = (zoom, lat) => (40075016.686 * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** zoom);

/**
 * Metres across a thing in the middle of several.
 * @param {[number, number, number, number][]} boxes south, west, north, east in degrees
 */
export function middleSize(boxes) {
  const sizes = boxes.map(([south, west, north, east]) => {
    const wide = (east - west) * Math.cos((((south + north) / 2) * Math.PI) / 180);
    return 111320 * Math.sqrt(Math.max(0, (north - south) * wide));
  });
  sizes.sort((a, b) => a - b);
  return sizes.length ? sizes[sizes.length >> 1] : 0;
}

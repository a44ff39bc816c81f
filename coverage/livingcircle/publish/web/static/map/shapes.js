/* Shapes out of the short lists of the page. */

/**
 * @typedef {object} Shapes
 * @property {number[]} f parts of each shape
 * @property {number[]} n points of each part
 * @property {number[]} d steps east and north
 * @property {[number]} [e] digits of a degree, if they are not six
 *
 * @typedef {[number, number]} Point latitude and longitude
 */

/** @param {Shapes} shapes @returns {Point[][][]} rings or lines of each shape */
export function decode(shapes) {
  const scale = Math.pow(10, -(shapes.e ? shapes.e[0] : 6)), out = [];
  let part = 0, i = 0;
  for (const parts of shapes.f) {
    const rings = [];
    for (let p = 0; p < parts; p++) {
      const ring = /** @type {Point[]} */ ([]);
      let x = 0, y = 0;
      for (let k = shapes.n[part++]; k > 0; k--) {
        x += shapes.d[i++]; y += shapes.d[i++];
        ring.push([y * scale, x * scale]);
      }
      rings.push(ring);
    }
    out.push(rings);
  }
  return out;
}

/** @param {number[]} steps @returns {Point[]} */
export function decodePoints(steps) {
  const out = /** @type {Point[]} */ ([]);
  for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
    x += steps[i]; y += steps[i + 1];
    out.push([y * 1e-6, x * 1e-6]);
  }
  return out;
}

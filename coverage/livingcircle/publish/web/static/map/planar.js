/* Where lines cross, on the plane of degrees. */

/** @typedef {[number, number]} Point */

/**
 * How often a line leads across others; what it crosses within the same few metres counts once, as
 * the two tracks of a railway or the two sides of a road.
 * @param {Point[]} line @param {Point[][]} others @param {number} [apart] degrees
 */
export function crossings(line, others, apart = 0.0004) {
  const places = /** @type {Point[]} */ ([]), box = boxOf(line);
  for (const other of others) {
    const b = boxOf(other);
    if (b[0] > box[2] || b[2] < box[0] || b[1] > box[3] || b[3] < box[1]) continue;
    for (let i = 1; i < line.length; i++)
      for (let j = 1; j < other.length; j++) {
        const at = meeting(line[i - 1], line[i], other[j - 1], other[j]);
        if (at && !places.some((p) => Math.hypot(p[0] - at[0], p[1] - at[1]) < apart)) places.push(at);
      }
  }
  return places.length;
}

/** @param {Point[]} line @returns {[number, number, number, number]} */
function boxOf(line) {
  const box = /** @type {[number, number, number, number]} */ ([Infinity, Infinity, -Infinity, -Infinity]);
  for (const [a, b] of line) { box[0] = Math.min(box[0], a); box[1] = Math.min(box[1], b); box[2] = Math.max(box[2], a); box[3] = Math.max(box[3], b); }
  return box;
}

/** @param {Point} a @param {Point} b @param {Point} c @param {Point} d @returns {Point | null} */
function meeting(a, b, c, d) {
  const ux = b[0] - a[0], uy = b[1] - a[1], vx = d[0] - c[0], vy = d[1] - c[1], away = ux * vy - uy * vx;
  if (away === 0) return null;
  const s = ((c[0] - a[0]) * vy - (c[1] - a[1]) * vx) / away, t = ((c[0] - a[0]) * uy - (c[1] - a[1]) * ux) / away;
  return s >= 0 && s <= 1 && t >= 0 && t <= 1 ? [a[0] + s * ux, a[1] + s * uy] : null;
}

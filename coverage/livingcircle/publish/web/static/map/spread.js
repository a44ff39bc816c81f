/* Marks and names that do not lie on one another. */

/**
 * @typedef {object} Mark
 * @property {number} x pixels
 * @property {number} y
 * @property {number} radius
 */

/**
 * Put marks that would overlap together: each with the first before it that it lies on.
 * @param {Mark[]} marks the weightiest first
 * @param {number} share of both radii that may overlap
 * @returns {number[][]} numbers of the marks of each group, its weightiest first
 */
export function clustered(marks, share = 0.7) {
  const cell = Math.max(1, 2 * share * marks.reduce((most, mark) => Math.max(most, mark.radius), 0));
  /** @type {Map<string, number[]>} */
  const squares = new Map();
  const groups = /** @type {number[][]} */ ([]);
  marks.forEach((mark, k) => {
    const column = Math.floor(mark.x / cell), row = Math.floor(mark.y / cell);
    let best = -1, near = Infinity;
    for (let r = row - 1; r <= row + 1; r++)
      for (let c = column - 1; c <= column + 1; c++)
        for (const g of squares.get(c + "," + r) || []) {
          const lead = marks[groups[g][0]], away = Math.hypot(lead.x - mark.x, lead.y - mark.y);
          if (away < share * (lead.radius + mark.radius) && away < near) { best = g; near = away; }
        }
    if (best >= 0) { groups[best].push(k); return; }
    const key = column + "," + row, there = squares.get(key);
    if (there) there.push(groups.length); else squares.set(key, [groups.length]);
    groups.push([k]);
  });
  return groups;
}

/**
 * Choose names that have room: the first come first, what would lie on another is left out.
 * @template {{x: number, y: number, width: number}} T
 * @param {Iterable<T>} names middle of each in pixels, and half its width
 * @param {number} height half of it
 * @param {number} most
 * @returns {T[]}
 */
export function withRoom(names, height, most) {
  const taken = /** @type {T[]} */ ([]);
  for (const name of names) {
    if (taken.some((t) => Math.abs(t.x - name.x) < t.width + name.width && Math.abs(t.y - name.y) < 2 * height)) continue;
    taken.push(name);
    if (taken.length >= most) break;
  }
  return taken;
}

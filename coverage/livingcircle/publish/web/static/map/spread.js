/* Marks and names that do not lie on one another. */

/**
 * @typedef {object} Mark
 * @property {number} x pixels
 * @property {number} y
 * @property {number} radius
 * @property {number} [width] half of a box, whose corners the radius rounds
 * @property {number} [height]
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

/** Squares of a view, in pixels: what lies in or near each. */
const SQUARE_PX = 64;

/**
 * Marks by the squares of the view that they touch.
 * @param {Mark[]} marks
 * @returns {(x: number, y: number, width: number, height: number) => Mark | undefined} one that a box about a place would hide
 */
function hidden(marks) {
  /** @type {Map<string, Mark[]>} */
  const squares = new Map();
  /** @param {number} x @param {number} y @param {number} width @param {number} height @param {(key: string) => void} visit */
  const touched = (x, y, width, height, visit) => {
    for (let c = Math.floor((x - width) / SQUARE_PX); c <= Math.floor((x + width) / SQUARE_PX); c++)
      for (let r = Math.floor((y - height) / SQUARE_PX); r <= Math.floor((y + height) / SQUARE_PX); r++) visit(c + "," + r);
  };
  for (const mark of marks)
    touched(mark.x, mark.y, mark.radius + (mark.width || 0), mark.radius + (mark.height || 0), (key) => {
      const there = squares.get(key);
      if (there) there.push(mark); else squares.set(key, [mark]);
    });
  return (x, y, width, height) => {
    /** @type {Mark | undefined} */
    let found;
    touched(x, y, width, height, (key) => {
      found = found || squares.get(key)?.find((mark) => {
        const right = Math.abs(mark.x - x) - width - (mark.width || 0), down = Math.abs(mark.y - y) - height - (mark.height || 0);
        return mark.radius ? Math.hypot(Math.max(right, 0), Math.max(down, 0)) < mark.radius : right < 0 && down < 0;
      });
    });
    return found;
  };
}

/**
 * Choose names that have room: the first come first, what would lie on another is left out. One that would lie on a mark
 * is written below or above it, beside it, or a line further.
 * @template {{x: number, y: number, width: number}} T
 * @param {Iterable<T>} names middle of each in pixels, and half its width
 * @param {number} height half of it
 * @param {number} most
 * @param {Mark[]} [marks] that no name may hide
 * @param {{x: number, y: number}} [size] of the view: a name that its border cuts says nothing
 * @returns {(T & {moved: [number, number]})[]} with the pixels that each was moved right and down
 */
export function withRoom(names, height, most, marks = [], size = undefined) {
  const taken = /** @type {(T & {moved: [number, number]})[]} */ ([]), hides = hidden(marks);
  for (const name of names) {
    /** @param {[number, number]} at */
    const free = ([x, y]) => (!size || (x >= name.width && y >= height && x <= size.x - name.width && y <= size.y - height)) && !taken.some((t) => Math.abs(t.x - x) < t.width + name.width && Math.abs(t.y - y) < 2 * height) &&
      !hides(x, y, name.width, height);
    const under = hides(name.x, name.y, name.width, height), ways = /** @type {[number, number][]} */ ([[name.x, name.y]]);
    if (under) {
      const down = under.radius + (under.height || 0) + height + 1, aside = under.radius + (under.width || 0) + name.width + 1, line = 2 * height;
      ways.push([name.x, under.y + down], [name.x, under.y - down], [under.x + aside, name.y], [under.x - aside, name.y],
        [name.x, under.y + down + line], [name.x, under.y - down - line], [under.x + aside, name.y + line], [under.x - aside, name.y + line],
        [under.x + aside, name.y - line], [under.x - aside, name.y - line]);
    }
    const at = ways.find(free);
    if (!at) continue;
    taken.push({ ...name, x: at[0], y: at[1], moved: [at[0] - name.x, at[1] - name.y] });
    if (taken.length >= most) break;
  }
  return taken;
}

/**
 * Points of several kinds as squares, each of the kind that most of its points are; of as many, the first kind to reach
 * so many.
 * @param {string} letters kind of each point; "-" is none
 * @param {ArrayLike<number>} at x, y of each
 * @param {number} side of a square
 * @returns {Map<string, [number, number][]>} column and row of the squares of each kind
 */
export function squaresOf(letters, at, side) {
  /** @type {Map<string, Map<string, number>>} */
  const counts = new Map();
  for (let k = 0; k < letters.length; k++) {
    if (letters[k] === "-") continue;
    const key = Math.floor(at[2 * k] / side) + "," + Math.floor(at[2 * k + 1] / side), own = counts.get(key) || new Map();
    own.set(letters[k], (own.get(letters[k]) || 0) + 1);
    counts.set(key, own);
  }
  /** @type {Map<string, [number, number][]>} */
  const squares = new Map();
  for (const [key, own] of counts) {
    const [letter] = [...own].reduce((best, one) => (one[1] > best[1] ? one : best)), [x, y] = key.split(",").map(Number);
    const there = squares.get(letter);
    if (there) there.push([x, y]); else squares.set(letter, [[x, y]]);
  }
  return squares;
}

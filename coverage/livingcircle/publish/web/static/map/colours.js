/* Colours of shares and statuses. */
import { trying } from "./attempt.js";
import { D } from "./page.js";
import { dark } from "./scheme.js";

/** @typedef {import("./page.js").Standard} Standard */

/** Shades of the share left out, the first for nobody. */
export const ramp = () => (dark() ? D.colours.ramp_on_dark : D.colours.ramp);

/** @param {number | null} share left out @param {string[]} [shades] */
export function shareColour(share, shades = ramp()) {
  if (share == null) return D.colours.none;
  let k = 0;
  while (k < D.breaks.length - 2 && share > D.breaks[k + 1] + 1e-9) k++;
  return shades[k];
}

/** @param {Standard} standard */
export const byShare = (standard) => standard.circle_kind;

/** How see-through the areas and dots are; the legend shows them alike. */
export const OPACITY = { unit: 0.58, village: 0.78, circle: 0.4, covered: 0.55, dot: 0.9, gap: 0.82 };

const bare = new Set(D.units.bare);

/** The street network has ended there: most homes are far from any street, and nothing is known of their walks.
 * A link that is tried may lead there.
 * @param {Standard} standard @param {import("./page.js").UnitRow} row */
export const isBare = (standard, row) => byShare(standard) && bare.has(row[0]) && !(standard.base && trying.edits.links.length);

/** @param {Standard} standard @param {import("./page.js").UnitRow} row @param {string[]} [shades] */
export const unitColour = (standard, row, shades) => (isBare(standard, row) ? D.colours.none : byShare(standard)
  ? shareColour(row[2] == null ? null : 1 - row[2], shades)
  : D.colours.status[row[1]] || D.colours.none);

/** The first shade says that nobody is left out: the ground may show through it. @param {string} colour */
export const unitOpacity = (colour) => (colour === D.colours.ramp[0] || colour === D.colours.ramp_on_dark[0] ? 0.3 : OPACITY.unit);

/** @param {string | null} reason */
export const gapColour = (reason) => D.colours.reason[reason || ""] || "#882255";

/** What a scenario changes. */
export const TRIED = { added: "#009e73", closed: "#9aa4aa", link: "#009e73", cut: "#b34700" };

/** Colours of the letters of homes; on dark ground those who are covered are light. @returns {Record<string, string>} */
export const dotColours = () => ({ c: dark() ? "#56b4e9" : D.colours.point.covered, g: D.colours.point.gap,
  o: D.colours.point.off_network, i: D.colours.point.island });

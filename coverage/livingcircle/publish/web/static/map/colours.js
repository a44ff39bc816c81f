/* Colours of shares and statuses. */
const shareColour = (share) => {
  if (share == null) return D.colours.none;
  let k = 0;
  while (k < D.breaks.length - 2 && share > D.breaks[k + 1] + 1e-9) k++;
  return D.colours.ramp[k];
};
const byShare = (s) => s.circle_kind;
// How see-through the areas and dots are; the legend shows them alike.
const OPACITY = { unit: 0.7, village: 0.78, circle: 0.4, covered: 0.55, dot: 0.9, gap: 0.82 };
const unitColour = (s, row) => (byShare(s)
  ? shareColour(row[2] == null ? null : 1 - row[2])
  : D.colours.status[row[1]] || D.colours.none);
// The palest shade says that nobody is left out: the ground may show through it.
const unitOpacity = (colour) => (colour === D.colours.ramp[0] ? 0.35 : OPACITY.unit);

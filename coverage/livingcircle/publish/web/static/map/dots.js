/* The homes: dots on a canvas of their own, however many. */
import { OPACITY, dotColours } from "./colours.js";
import { D, group, levelsOf, map, paper, state } from "./page.js";
import { drawnLevel, sizeOf } from "./layers.js";
import { once, renderer } from "./panes.js";
import { metresPerPixel } from "./scale.js";
import { decodePoints } from "./shapes.js";
import { squaresOf } from "./spread.js";

/** More than these are no marks of their own on paper: squares stand for them. */
const MOST_ON_PAPER = 40_000;
const LETTERS = ["c", "o", "i", "g"];
const SQUARE_PX = 4;

/** Homes would hide the colours of smaller units than this. */
const UNIT_PX = 48;
/** From this zoom on homes are shown whatever the units. */
const HOMES_ZOOM = 14;

/** Homes are shown where the smallest units are, and large enough. */
export function dotsWanted() {
  if (!state.standard || state.standard.dots == null || !map.hasLayer(group("dots"))) return false;
  const finest = levelsOf(state.standard).find((level) => sizeOf(level) > 0);
  if (finest == null || map.getZoom() >= HOMES_ZOOM) return true;
  return drawnLevel() === finest && sizeOf(finest) / metresPerPixel(map.getZoom(), map.getCenter().lat) >= UNIT_PX;
}

const dotSize = () => Math.max(1.1, Math.min(4.5, (map.getZoom() - 9) * 0.5));

/** @param {string} letter */
const opacityOf = (letter) => (letter === "c" ? OPACITY.covered : OPACITY.dot);

/** Statuses of the homes, a letter each. */
export const lettersNow = () => state.standard.letters || (state.standard.dots == null ? "" : D.dots[state.standard.dots]);

const homes = () => once("homes", () => decodePoints(D.demand.points));

/** Places of the homes on the web's map, whose side is 1. */
const spots = () => once("spots", () => {
  const out = new Float64Array(2 * homes().length);
  homes().forEach(([lat, lon], k) => {
    const sine = Math.sin((lat * Math.PI) / 180);
    out[2 * k] = lon / 360 + 0.5;
    out[2 * k + 1] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  });
  return out;
});

/** Beyond each side of the map so much of it is drawn too, so that a drag uncovers homes at once. */
const MARGIN = 0.25;

/** @type {HTMLCanvasElement | null} of its own, which lies where the map lay when it was drawn */
let canvas = null;

/** The canvas, put over the map as it lies now, and where its corner is. */
function placed() {
  if (!canvas) {
    const made = canvas = L.DomUtil.create("canvas", "", map.getPane("dots"));
    // Nothing scales what is drawn here while the map zooms: it is hidden until it is drawn anew.
    map.on("zoomstart", () => { made.style.visibility = "hidden"; });
    map.on("moveend zoomend resize", paint);
  }
  const size = map.getSize(), pixels = window.devicePixelRatio || 1;
  const corner = map.containerPointToLayerPoint(size.multiplyBy(-MARGIN)).round(), whole = size.multiplyBy(1 + 2 * MARGIN).round();
  L.DomUtil.setPosition(canvas, corner);
  canvas.width = whole.x * pixels;
  canvas.height = whole.y * pixels;
  Object.assign(canvas.style, { width: whole.x + "px", height: whole.y + "px", visibility: "" });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(pixels, 0, 0, pixels, -corner.x * pixels, -corner.y * pixels);
  return { pen, min: corner, max: corner.add(whole) };
}

function paint() {
  const { pen, min, max } = placed();
  if (paper() || !dotsWanted()) return;
  const scale = 256 * 2 ** map.getZoom(), { x: left, y: top } = map.getPixelOrigin(), size = dotSize();
  const letters = lettersNow(), at = spots(), colours = dotColours();
  for (const letter of LETTERS) {
    pen.fillStyle = colours[letter];
    pen.globalAlpha = opacityOf(letter);
    for (let k = 0; k < letters.length; k++) {
      if (letters[k] !== letter) continue;
      const x = at[2 * k] * scale - left, y = at[2 * k + 1] * scale - top;
      if (x < min.x || y < min.y || x > max.x || y > max.y) continue;
      if (size < 2) { pen.fillRect(x - size, y - size, 2 * size, 2 * size); continue; }
      pen.beginPath();
      pen.arc(x, y, size, 0, 2 * Math.PI);
      pen.fill();
    }
  }
}

/** Draw the homes anew. */
export function drawDots() {
  group("dots").clearLayers();
  paint();
  if (!paper() || !dotsWanted()) return;
  if (inSquares()) { drawSquares(); return; }
  const letters = lettersNow(), look = { pane: "dots", renderer: renderer("dots"), radius: dotSize(), weight: 0, interactive: false };
  homes().forEach((at, k) => {
    const colour = dotColours()[letters[k]];
    if (colour) L.circleMarker(at, { ...look, fillColor: colour, fillOpacity: opacityOf(letters[k]) }).addTo(group("dots"));
  });
}

/** Whether squares stand for homes: on paper, where they are very many. */
export const inSquares = () => paper() && homes().length > MOST_ON_PAPER;

/** Squares on paper, each as most of its homes are: one shape for each status. */
function drawSquares() {
  const letters = lettersNow(), at = spots(), side = SQUARE_PX / (256 * 2 ** map.getZoom());
  for (const [letter, squares] of squaresOf(letters, at, side)) {
    const rings = squares.map(([x, y]) => [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]].map(([a, b]) => latLngOf(a * side, b * side)));
    L.polygon(rings.map((ring) => [ring]), { pane: "dots", renderer: renderer("dots"), stroke: false, interactive: false,
      fillColor: dotColours()[letter], fillOpacity: opacityOf(letter), className: "lc-squares" }).addTo(group("dots"));
  }
}

/** @param {number} x @param {number} y of the web's map, whose side is 1 @returns {L.LatLngTuple} */
const latLngOf = (x, y) => [(Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI, (x - 0.5) * 360];

/** A finger is wider than a dot. */
const REACH_PX = 9;

/** The home under a click, where homes are large enough to be meant. @param {L.LatLng} click @returns {[number, number] | null} */
export function homeAt(click) {
  if (!dotsWanted() || dotSize() < 2) return null;
  const letters = lettersNow(), clicked = map.latLngToLayerPoint(click);
  let best = null, near = REACH_PX;
  homes().forEach((at, k) => {
    if (!dotColours()[letters[k]] || Math.abs(at[0] - click.lat) > 0.01) return;
    const away = map.latLngToLayerPoint(at).distanceTo(clicked);
    if (away < near) { near = away; best = at; }
  });
  return best;
}

/* The ground below the layers, and the names on it, at the scale that they fit. */
import { D, group, map } from "./page.js";
import { renderer } from "./panes.js";
import { dark, onScheme } from "./scheme.js";
import { decode } from "./shapes.js";
import { on } from "./signals.js";
import { withRoom } from "./spread.js";

/** @type {Record<string, {near?: number, casing?: string} & L.PathOptions>} */
const GROUND = {
  green: { fillColor: "#cfe2c3", fillOpacity: 1, stroke: false }, water: { fillColor: "#a8cee2", fillOpacity: 1, stroke: false },
  building: { fillColor: "#d8d3cb", fillOpacity: 1, stroke: false, near: 15 }, river: { color: "#8fbfd8", weight: 2.5 },
  railway: { color: "#8d8d8d", weight: 1.6, dashArray: "6 4" }, main: { color: "#ffffff", weight: 3, casing: "#cfcac0" },
  expressway: { color: "#f1cf94", weight: 4, casing: "#c9a35c" },
};

/** What is of another colour on dark ground. @type {Record<string, {casing?: string} & L.PathOptions>} */
const DARK = {
  green: { fillColor: "#22332a" }, water: { fillColor: "#16374a" }, building: { fillColor: "#2f393f" }, river: { color: "#22506b" },
  railway: { color: "#6b777e" }, main: { color: "#46525a", casing: "#232c31" }, expressway: { color: "#7a6030", casing: "#3b3019" },
};

/** From which zoom a name is written, and to which.
 * @type {Record<string, [number, number]>} */
const NAME_ZOOMS = { district: [0, 12.4], town: [11.5, 14.2], urban_village: [14, 22], community: [13.6, 22], village: [13, 22], place: [12, 15.5],
  expressway: [13, 22], main: [14, 22], station: [14, 22], park: [14.5, 22], school: [15.5, 22] };
const MOST_NAMES = 140;
const HALF_HEIGHT = 10;

/** From so far the lanes and ramps of a street lie within its line: a broad one would cover the town. */
const FAR_ZOOM = 13, FAR_WIDTH = 0.45;

/** @type {{near: number, part: L.LayerGroup}[]} */
let nearParts = [];
/** Lines that are thin from afar, and how broad they are near. @type {{line: L.Polyline, weight: number}[]} */
let broad = [];
let drawnFar = false;

function drawGround() {
  const layers = D.background.layers;
  for (const { part } of nearParts) group("ground").removeLayer(part);
  nearParts = [];
  broad = [];
  drawnFar = map.getZoom() < FAR_ZOOM;
  group("ground").clearLayers();
  for (const name of ["green", "water", "building", "river", "railway", "main", "expressway"]) {
    if (!layers[name]) continue;
    const { near, casing, ...look } = { ...GROUND[name], ...(dark() ? DARK[name] : {}) }, shapes = decode(layers[name]);
    const options = { pane: "ground", renderer: renderer("ground"), interactive: false, smoothFactor: 1.2, ...look };
    /** @type {L.Polyline[]} */
    const made = look.fillColor != null
      ? shapes.filter((shape) => shape.length).map((shape) => /** @type {L.Polyline} */ (/** @type {unknown} */ (L.polygon(shape, options))))
      : [L.polyline(shapes.flat(), options)];
    if (casing) made.unshift(L.polyline(shapes.flat(), { ...options, color: casing, weight: (look.weight || 0) + 1.6 }));
    if (casing) {
      broad.push(...made.map((line) => ({ line, weight: line.options.weight || 0 })));
      if (drawnFar) for (const line of made) line.options.weight = FAR_WIDTH * (line.options.weight || 0);
    }
    const part = L.layerGroup(made);
    if (near) nearParts.push({ near, part }); else part.addTo(group("ground"));
  }
  groundByZoom();
}

function groundByZoom() {
  const far = map.getZoom() < FAR_ZOOM;
  if (far !== drawnFar) for (const { line, weight } of broad) line.setStyle({ weight: far ? FAR_WIDTH * weight : weight });
  drawnFar = far;
  for (const { near, part } of nearParts) {
    const wanted = map.getZoom() >= near, box = group("ground");
    if (wanted && !box.hasLayer(part)) box.addLayer(part);
    if (!wanted && box.hasLayer(part)) box.removeLayer(part);
  }
}

/** @type {Map<string, number>} */
const widths = new Map();
const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/** How names are lettered that are not in 12 pixels: as in map.css, and pixels between the letters.
 * @type {Record<string, [string, number]>} */
const LETTERING = { district: ["650 14px ", 2], town: ["600 12px ", 0], main: ["11px ", 0], expressway: ["11px ", 0] };

/** @param {string} text @param {string} kind @returns {number} pixels of it in the page's letters */
function widthOf(text, kind) {
  const [font, apart] = LETTERING[kind] || ["12px ", 0], key = font + text;
  let width = widths.get(key);
  if (width == null) {
    pen.font = font + getComputedStyle(document.body).fontFamily;
    width = pen.measureText(text).width + apart * text.length;
    widths.set(key, width);
  }
  return width;
}

/** Names that belong to this scale, where they lie on the screen. */
function* namesHere() {
  const zoom = map.getZoom(), size = map.getSize();
  for (const [name, kind, at] of D.background.names) {
    const [from, to] = NAME_ZOOMS[kind] || [14, 22];
    if (zoom < from || zoom > to) continue;
    const { x, y } = map.latLngToContainerPoint(at);
    const width = widthOf(name, kind) / 2 + 5;
    if (x < 0 || y < 0 || x > size.x || y > size.y) continue;
    yield { x, y, width, name, kind, at };
  }
}

/** Facilities, gaps and sites in sight, which no name may hide. @returns {import("./spread.js").Mark[]} */
function marksHere() {
  const found = /** @type {import("./spread.js").Mark[]} */ ([]), bounds = map.getBounds().pad(0.1);
  for (const [box, usual] of /** @type {[string, number][]} */ ([["facilities", 0], ["gaps", 0], ["sites", 12], ["tried", 15]]))
    if (map.hasLayer(group(box))) group(box).eachLayer((mark) => {
      if (!(mark instanceof L.CircleMarker || mark instanceof L.Marker) || !bounds.contains(mark.getLatLng())) return;
      const radius = mark instanceof L.CircleMarker ? mark.getRadius() + (mark.options.weight || 0) / 2 : usual;
      if (radius) found.push({ ...map.latLngToContainerPoint(mark.getLatLng()), radius });
    });
  return found;
}

/** Buttons, the legend and the credit, which would lie on a name. @returns {import("./spread.js").Mark[]} */
function controlsHere() {
  const { left, top } = map.getContainer().getBoundingClientRect();
  return [...map.getContainer().querySelectorAll(".leaflet-control")].map((control) => {
    const box = control.getBoundingClientRect();
    return { x: (box.left + box.right) / 2 - left, y: (box.top + box.bottom) / 2 - top, width: box.width / 2, height: box.height / 2, radius: 0 };
  });
}

function drawNames() {
  const box = group("names");
  box.clearLayers();
  if (!map.hasLayer(box)) return;
  for (const { name, kind, at, width, moved } of withRoom(namesHere(), HALF_HEIGHT, MOST_NAMES, [...marksHere(), ...controlsHere()], map.getSize())) {
    const text = document.createElement("span");
    text.textContent = name;
    L.marker(at, { pane: "names", interactive: false, keyboard: false, alt: "",
      icon: L.divIcon({ className: "lc-name " + kind, iconSize: [2 * width, 2 * HALF_HEIGHT], iconAnchor: [width - moved[0], HALF_HEIGHT - moved[1]], html: text }) }).addTo(box);
  }
}

export function startGround() {
  drawGround();
  drawNames();
  onScheme(drawGround);
  on("marks", drawNames);
  map.on("zoomend", groundByZoom);
  map.on("moveend", drawNames);
  map.on("overlayadd", (e) => { if (e.layer === group("names")) drawNames(); });
}

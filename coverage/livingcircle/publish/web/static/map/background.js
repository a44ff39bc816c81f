/* The ground below the layers, and the names on it, at the scale that they fit. */
/* global D, L, map, group, decode, renderer */

const GROUND = {
  green: { fillColor: "#cfe2c3", fillOpacity: 1, stroke: false }, water: { fillColor: "#a8cee2", fillOpacity: 1, stroke: false },
  building: { fillColor: "#d8d3cb", fillOpacity: 1, stroke: false, near: 15 }, river: { color: "#8fbfd8", weight: 2.5 },
  railway: { color: "#8d8d8d", weight: 1.6, dashArray: "6 4" }, main: { color: "#ffffff", weight: 3, casing: "#cfcac0" },
  expressway: { color: "#f1cf94", weight: 4, casing: "#c9a35c" },
};
/* From which zoom a name is written, and to which. */
const NAME_ZOOMS = { district: [0, 12.4], town: [11.5, 14.2], urban_village: [14, 22], community: [13.6, 22], village: [13, 22], place: [12, 15.5],
  expressway: [13, 22], main: [14, 22], station: [14, 22], park: [14.5, 22], school: [15.5, 22] };
const NAME_ROOM = 140;
const groundNear = [];

function drawGround() {
  const layers = D.background.layers;
  for (const name of ["green", "water", "building", "river", "railway", "main", "expressway"]) {
    if (!layers[name]) continue;
    const { near, casing, ...look } = GROUND[name], shapes = decode(layers[name]);
    const options = { pane: "ground", renderer: renderer("ground"), interactive: false, smoothFactor: 1.2, ...look };
    const area = look.fillColor != null;
    const made = area ? shapes.filter((s) => s.length).map((s) => L.polygon(s, options)) : [L.polyline(shapes.flat(), options)];
    if (casing) made.unshift(L.polyline(shapes.flat(), { ...options, color: casing, weight: look.weight + 1.6 }));
    const part = L.layerGroup(made);
    if (near) groundNear.push({ near, part }); else part.addTo(group("ground"));
  }
  groundByZoom();
}
function groundByZoom() {
  for (const { near, part } of groundNear) {
    const wanted = map.getZoom() >= near, box = group("ground");
    if (wanted && !box.hasLayer(part)) box.addLayer(part);
    if (!wanted && box.hasLayer(part)) box.removeLayer(part);
  }
}
const nameWidths = new Map();
function widthOf(text) {
  if (!nameWidths.has(text)) {
    const pen = (widthOf.pen = widthOf.pen || document.createElement("canvas").getContext("2d"));
    pen.font = "12px " + getComputedStyle(document.body).fontFamily;
    nameWidths.set(text, pen.measureText(text).width);
  }
  return nameWidths.get(text);
}
/* The first come first: what would lie on another name is left out until the map is nearer. */
function drawNames() {
  const box = group("names"), zoom = map.getZoom(), size = map.getSize(), taken = [];
  box.clearLayers();
  if (!map.hasLayer(box)) return;
  let count = 0;
  for (const [name, kind, at] of D.background.names) {
    const [from, to] = NAME_ZOOMS[kind] || [14, 22];
    if (zoom < from || zoom > to) continue;
    const p = map.latLngToContainerPoint(at), w = widthOf(name) / 2 + 5, h = 10;
    if (p.x < 0 || p.y < 0 || p.x > size.x || p.y > size.y) continue;
    if (taken.some((t) => Math.abs(t.x - p.x) < t.w + w && Math.abs(t.y - p.y) < 2 * h)) continue;
    taken.push({ x: p.x, y: p.y, w });
    const text = document.createElement("span");
    text.textContent = name;
    L.marker(at, { pane: "names", interactive: false, keyboard: false, alt: "",
      icon: L.divIcon({ className: "lc-name " + kind, iconSize: [2 * w, 2 * h], html: text }) }).addTo(box);
    if (++count >= NAME_ROOM) break;
  }
}
function startGround() {
  drawGround();
  drawNames();
  map.on("zoomend", groundByZoom);
  map.on("moveend", drawNames);
  map.on("overlayadd", (e) => { if (e.layer === group("names")) drawNames(); });
}

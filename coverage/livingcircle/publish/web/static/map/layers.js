/* The layers of the chosen standard. */
function streets() {
  const lines = once("streets", () => decode(D.streets).flat());
  if (!lines.length) return;
  L.polyline(lines, { pane: "streets", renderer: renderer("streets"), color: "#b9b9b4", weight: 0.9,
    interactive: false, smoothFactor: 1.5 }).addTo(group("streets"));
}
function drawUnits() {
  group("units").clearLayers();
  group("villages").clearLayers();
  const drawn = new Set();
  for (const row of rowsOf()) {
    const unit = row[0];
    if (!unitShapes[unit].length) continue;
    drawn.add(unit);
    const village = D.units.levels[unit] === "urban_village";
    const shape = L.polygon(unitShapes[unit], {
      pane: village ? "villages" : "units", renderer: renderer(village ? "villages" : "units"),
      color: village ? "#5b2a45" : "#5c666c", weight: village ? 1.6 : 0.8, fillColor: unitColour(standard, row),
      fillOpacity: village ? OPACITY.village : unitOpacity(unitColour(standard, row)), className: "lc-unit",
    });
    shape.bindTooltip(tip(() => nameOf(unit)), { sticky: true });
    shape.on("click", () => showUnit(unit));
    shape.addTo(group(village ? "villages" : "units"));
  }
  // Units that the standard says nothing about, and villages, keep their outline.
  D.units.levels.forEach((level, unit) => {
    const village = level === "urban_village";
    if (drawn.has(unit) || !unitShapes[unit].length || !(village || level === "community" || level === "village")) return;
    const shape = L.polygon(unitShapes[unit], {
      pane: village ? "villages" : "units", renderer: renderer(village ? "villages" : "units"),
      color: village ? "#8a3d66" : "#9aa4aa", weight: village ? 1.3 : 0.5, dashArray: village ? "4 3" : null,
      fillOpacity: village ? 0.05 : 0, fillColor: village ? "#cc79a7" : "#ffffff", className: "lc-outline",
    });
    shape.bindTooltip(tip(() => nameOf(unit)), { sticky: true });
    shape.on("click", () => showUnit(unit));
    shape.addTo(group(village ? "villages" : "units"));
  });
}
function drawCircle() {
  group("circle").clearLayers();
  if (standard.circle == null) return;
  const shape = once("circle" + standard.circle, () => decode(D.circles[standard.circle]))[0];
  if (shape && shape.length) L.polygon(shape, { pane: "circle", renderer: renderer("circle"), interactive: false,
    color: "#0072b2", weight: 1, fillColor: "#56b4e9", fillOpacity: OPACITY.circle }).addTo(group("circle"));
}
const dotColours = () => ({ c: D.colours.point.covered, g: D.colours.point.gap,
  o: D.colours.point.off_network, i: D.colours.point.island });
const dotSize = () => Math.max(1.1, Math.min(4.5, (map.getZoom() - 9) * 0.5));
const dotMarks = new Map();
let dotLetters = "";
const dotLook = (letter) => ({ fillColor: dotColours()[letter], fillOpacity: letter === "c" ? OPACITY.covered : OPACITY.dot });
function drawDots() {
  group("dots").clearLayers();
  dotMarks.clear();
  if (standard.dots == null || !map.hasLayer(group("dots"))) return;
  const points = once("dots", () => decodePoints(D.demand.points)), letters = standard.letters || D.dots[standard.dots];
  for (let k = 0; k < points.length; k++) {
    if (!dotColours()[letters[k]]) continue;
    const mark = L.circleMarker(points[k], { pane: "dots", renderer: renderer("dots"), radius: dotSize(), weight: 0,
      ...dotLook(letters[k]), interactive: false }).addTo(group("dots"));
    dotMarks.set(k, mark);
  }
  dotLetters = letters;
}
// Homes whose answer changed take its colour; the others stay as they are drawn.
function recolourDots() {
  const letters = standard.letters || (standard.dots == null ? null : D.dots[standard.dots]);
  if (!letters || !dotMarks.size) { drawDots(); return; }
  for (const [k, mark] of dotMarks) if (letters[k] !== dotLetters[k]) mark.setStyle(dotLook(letters[k]));
  dotLetters = letters;
}
// From afar a hundred of them would lie on each other.
const placeSize = () => Math.max(2.4, Math.min(4.5, (map.getZoom() - 9.5) * 0.9));
function drawFacilities() {
  group("facilities").clearLayers();
  const wanted = new Set(standard.cats), shut = new Set(LIVE && !trying.before ? trying.edits.closed : []);
  places.forEach((place, k) => {
    if (!D.facilities.cats[k].some((c) => wanted.has(c))) return;
    L.circleMarker(place, { pane: "facilities", renderer: renderer("facilities"), radius: placeSize(), weight: placeSize() / 3,
      color: "#ffffff", fillColor: LIVE && shut.has(LIVE.facilities.ids[k]) ? "#9aa4aa" : D.colours.facility, fillOpacity: 1, className: "lc-facility" })
      .bindTooltip(tip(() => D.facilities.names[k] || W("unnamed")))
      .on("click", () => showFacility(k)).addTo(group("facilities"));
  });
}
// Areas grow with the people left out, alike for all standards unless one leaves out few.
const radius = (people, most) => Math.max(4.5, Math.min(18, 18 * Math.sqrt((people || 0) / Math.max(most, 2000))));
let gapMarkers = [];
function drawGaps() {
  group("gaps").clearLayers();
  gapMarkers = [];
  const most = standard.gaps.reduce((m, g) => Math.max(m, g.people || 0), 0);
  // The largest first, so that small ones lie on top and can be clicked.
  standard.gaps.forEach((gap, k) => {
    if (gap.at == null) return;
    const marker = L.circleMarker(gap.at, { pane: "gaps", renderer: renderer("gaps"), radius: radius(gap.people, most),
      color: "#ffffff", weight: 1.5, fillColor: D.colours.reason[gap.reason] || "#882255", fillOpacity: OPACITY.gap,
      className: "lc-gap" })
      .bindTooltip(tip(() => (k + 1) + ". " + (gap.name || "") + (gap.people != null ? " · " + whole(gap.people) + " " + (standard.who ? pick(standard.who) : W("people")) : "")))
      .on("click", () => showGap(k, false)).addTo(group("gaps"));
    gapMarkers[k] = marker;
  });
}
let shownRoute = null;
function drawRoute(index) {
  group("routes").clearLayers();
  shownRoute = index;
  if (index == null || index < 0 || !routes[index]) return null;
  const line = routes[index];
  L.polyline(line, { pane: "routes", renderer: renderer("routes"), color: "#ffffff", weight: 7, interactive: false }).addTo(group("routes"));
  const drawn = L.polyline(line, { pane: "routes", renderer: renderer("routes"), color: "#000000", weight: 3.2,
    dashArray: "7 5", interactive: false, className: "lc-route" }).addTo(group("routes"));
  return drawn.getBounds();
}

const links = decode(D.links);
function drawLink(index) {
  group("links").clearLayers();
  if (index == null || index < 0 || !links[index]) return;
  for (const look of [{ color: "#ffffff", weight: 9 }, { color: "#009e73", weight: 5, className: "lc-link" }])
    L.polyline(links[index], { pane: "routes", renderer: renderer("routes"), interactive: false, ...look }).addTo(group("links"));
}

// Proposed sites are stars, so that nobody takes them for what stands already.
function drawSites() {
  group("sites").clearLayers();
  if (!standard.plan) return;
  const chosen = standard.plan[option];
  chosen.sites.forEach((site, k) => {
    if (site.at == null) return;
    L.marker(site.at, { pane: "sites", icon: L.divIcon({ className: "lc-site", iconSize: [26, 26] }), alt: site.name, title: "" })
      .bindTooltip(tip(() => "★ " + site.name)).on("click", () => showSite(k, false)).addTo(group("sites"));
  });
  for (const link of chosen.links)
    for (const look of [{ color: "#ffffff", weight: 9 }, { color: "#009e73", weight: 5, className: "lc-link" }])
      L.polyline(link.line, { pane: "routes", renderer: renderer("routes"), interactive: false, ...look }).addTo(group("sites"));
}

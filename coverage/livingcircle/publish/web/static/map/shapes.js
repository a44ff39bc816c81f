/* Shapes out of the short lists of the page. */
function decode(shapes) {
  const scale = Math.pow(10, -(shapes.e ? shapes.e[0] : 6)), out = [];
  let part = 0, i = 0;
  for (const parts of shapes.f) {
    const rings = [];
    for (let p = 0; p < parts; p++) {
      const ring = [];
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
function decodePoints(steps) {
  const out = [];
  for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
    x += steps[i]; y += steps[i + 1];
    out.push([y * 1e-6, x * 1e-6]);
  }
  return out;
}
const unitShapes = decode(D.units.shapes);
const places = decodePoints(D.facilities.points);
const routes = decode(D.routes);
const lazy = {};
const once = (name, make) => (lazy[name] = lazy[name] || make());

for (const [name, z] of [["ground", 320], ["streets", 340], ["circle", 380], ["units", 400], ["dots", 420],
  ["villages", 430], ["routes", 440], ["facilities", 450], ["gaps", 460], ["sites", 470], ["names", 480]]) {
  const pane = map.createPane(name);
  pane.style.zIndex = z;
  if (name === "ground" || name === "names" || name === "streets" || name === "dots" || name === "circle") pane.style.pointerEvents = "none";
}
// A canvas is quick, but Chromium prints it on a white ground, which would hide the units below.
const paper = () => document.documentElement.classList.contains("paper");
const renderers = {};
function renderer(pane) {
  const canvas = pane === "ground" || pane === "streets" || (pane === "dots" && !paper());
  const key = pane + canvas;
  return (renderers[key] = renderers[key] || (canvas ? L.canvas({ pane }) : L.svg({ pane })));
}

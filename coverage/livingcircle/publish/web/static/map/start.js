/* The beginning, when all the rest is there. */
$("standard").addEventListener("change", () => { standard = D.standards[+$("standard").value]; remember(); show(); });
$("lang").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; try { localStorage.setItem("livingcircle-lang", lang); } catch (e) { /* as above */ } speak(); });
$("print").addEventListener("click", () => window.print());
const turn = (name) => {
  if (name !== "try" && trying.mode) { trying.mode = null; $("map").classList.remove("pointing"); }
  tab = name; list(); $("panel").scrollTop = 0;
};
function turnTo(name) { turn(name); }
$("tab-gaps").addEventListener("click", () => turn("gaps"));
$("tab-units").addEventListener("click", () => turn("units"));
$("tab-sites").addEventListener("click", () => turn("sites"));
$("tab-try").addEventListener("click", () => { turnTo("try"); judgeNow(); });
$("tabs").addEventListener("keydown", (e) => {
  if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
  const there = TABS.filter((name) => !$("tab-" + name).hidden), step = e.key === "ArrowLeft" ? -1 : 1;
  turn(there[(there.indexOf(tab) + step + there.length) % there.length]);
  $("tab-" + tab).focus();
  e.preventDefault();
});
$("list").addEventListener("keydown", (e) => {
  const buttons = [...$("list").querySelectorAll("button")], k = buttons.indexOf(document.activeElement);
  const to = { ArrowDown: k + 1, ArrowUp: k - 1, Home: 0, End: buttons.length - 1 }[e.key];
  if (k < 0 || to == null || !buttons[to]) return;
  buttons[to].focus();
  e.preventDefault();
});
document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !detail.hidden) hush(); });
map.on("overlayadd", (e) => { if (e.layer === group("dots")) drawDots(); drawLegend(); });
map.on("overlayremove", drawLegend);
map.on("zoomend", () => {
  group("dots").eachLayer((dot) => dot.setRadius(dotSize()));
  group("facilities").eachLayer((place) => place.setStyle({ radius: placeSize(), weight: placeSize() / 3 }));
});
function remember() { try { history.replaceState(null, "", "#" + encodeURIComponent((standard.base || standard).id)); } catch (e) { /* a sandboxed frame */ } }
function chosen() {
  let id = "";
  try { id = decodeURIComponent(location.hash.slice(1).split("&")[0]); } catch { /* no address of ours */ }
  return D.standards.find((s) => s.id === id) || D.standards[D.first] || D.standards[0];
}
window.addEventListener("hashchange", () => { const s = chosen(); if (s !== (standard.base || standard)) { standard = s; choices(); show(); } });
map.attributionControl.setPrefix("livingcircle · Leaflet");
if (D.credit[1]) map.attributionControl.addAttribution(D.credit[1]);
L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
legend.addTo(map);
standard = chosen();
if (standard) level = levelsOf(standard)[0] || null;
speak();
showAll();
startGround();
streets();
if (standard) show();
startTrying();
// The sheet has a size of its own, known to the style sheet only while scripts run under "paper".
let before = null;
window.addEventListener("beforeprint", () => {
  before = { centre: map.getCenter(), zoom: map.getZoom(), open: fold.open };
  document.documentElement.classList.add("paper");
  fold.open = true;
  map.invalidateSize({ animate: false, pan: false });
  showAll();
  drawDots();
});
window.addEventListener("afterprint", () => {
  document.documentElement.classList.remove("paper");
  map.invalidateSize({ animate: false, pan: false });
  if (before) { fold.open = before.open; map.setView(before.centre, before.zoom, { animate: false }); }
  drawDots();
});
window.addEventListener("resize", () => map.invalidateSize({ animate: false }));

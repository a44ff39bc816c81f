/* The page of map.html: what it shows first, and what is heard. */
import { LIVE, forgetAnswer, judge } from "./attempt.js";
import { startGround } from "./background.js";
import { showCheck } from "./checks.js";
import { hush, sayAgain, showFacility, showGap, showSite, showUnit, startDetail } from "./detail.js";
import { drawDots } from "./dots.js";
import { drawSites } from "./evidence.js";
import { adopt, askDesk, startFiles, tellBroken } from "./files.js";
import { startSearch } from "./find.js";
import { drawStandard, drawStreets, drawUnits, startLayers } from "./layers.js";
import { drawLegend, showAll, startLegend } from "./legend.js";
import { $, D, base, group, map, state } from "./page.js";
import { makePanes } from "./panes.js";
import { startPanel } from "./panel.js";
import { startPaper } from "./paper.js";
import { unpacked } from "./share.js";
import { choices, list, startTabs, summary, turnTo } from "./side.js";
import { on, tellOf } from "./signals.js";
import { startTools } from "./tools.js";
import { startWalks } from "./walk.js";
import { startWalking } from "./walking.js";
import { W } from "./words.js";

const LANGUAGE = "livingcircle-lang";
try { state.lang = localStorage.getItem(LANGUAGE) || state.lang; } catch { /* file:// may forbid it */ }
// Who opens the page may say in which language: map.html?lang=en.
const said = new URLSearchParams(location.search).get("lang");
if (said === "zh" || said === "en") state.lang = said;

/** Show the chosen standard. */
function show() {
  hush();
  state.level = null;
  state.option = 0;
  if (state.tab === "sites" && !state.standard.plan) state.tab = "gaps";
  drawStandard();
  drawDots();
  drawSites();
  tellOf("standard");
  summary(); list(); drawLegend();
  forgetAnswer();
}

function remember() {
  try { history.replaceState(null, "", "#" + encodeURIComponent(base().id)); } catch { /* a sandboxed frame */ }
}

/** @param {string} id */
const standardOf = (id) => D.standards.find((standard) => standard.id === id);

/** @param {string} selector @param {string} key */
function label(selector, key) {
  const node = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  if (!node) return;
  node.setAttribute("aria-label", W(key));
  if (node.tagName === "A") node.title = W(key);
}

/** Say everything in the chosen language. */
function speak() {
  const chinese = state.lang === "zh";
  document.documentElement.lang = chinese ? "zh-Hans" : "en";
  $("lang").textContent = chinese ? "English" : "中文";
  $("lang").lang = chinese ? "en" : "zh-Hans";
  $("print").textContent = W("print");
  /** @type {HTMLInputElement} */ ($("search")).placeholder = W("search_short");
  $("standard-label").textContent = W("choose");
  for (const [selector, key] of [["#search", "search"], ["#found", "search"], ["#tabs", "tabs"], [".folium-map", "map"],
    [".leaflet-control-zoom-in", "zoom_in"], [".leaflet-control-zoom-out", "zoom_out"], [".leaflet-control-layers-toggle", "layers"]])
    label(selector, key);
  choices();
  if (!state.standard) return;
  const panel = $("panel"), down = panel.scrollTop;
  summary(); list(); drawLegend();
  sayAgain();
  panel.scrollTop = down;
}

/** Show what the page's address says. @param {boolean} first the page begins with it */
function follow(first) {
  const { id, edits, broken } = unpacked(location.hash), named = standardOf(id);
  if (!first && named && named !== base()) { state.standard = named; choices(); show(); }
  if (!LIVE) return;
  if (edits || broken) turnTo("try");
  if (edits) adopt(edits);
  else if (broken) tellBroken();
}

function listen() {
  on("unit", (unit) => showUnit(unit));
  on("gap", (k) => showGap(k));
  on("site", (k) => showSite(k));
  on("facility", (k) => showFacility(k));
  on("check", (k) => showCheck(k));
  on("legend", drawLegend);
  on("level", () => { drawUnits(); drawDots(); drawLegend(); });
  on("option", () => { hush(); drawSites(); });
  on("tab", () => { if (state.tab === "try") judge(); });
  $("standard").addEventListener("change", () => {
    state.standard = D.standards[+(/** @type {HTMLSelectElement} */ ($("standard")).value)];
    remember();
    show();
  });
  $("lang").addEventListener("click", () => {
    state.lang = state.lang === "zh" ? "en" : "zh";
    try { localStorage.setItem(LANGUAGE, state.lang); } catch { /* as above */ }
    speak();
  });
  $("print").addEventListener("click", () => window.print());
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawDots);
  map.on("overlayadd", (e) => { if (e.layer === group("dots")) drawDots(); drawLegend(); });
  map.on("overlayremove", (e) => { if (e.layer === group("dots")) drawDots(); drawLegend(); });
  window.addEventListener("hashchange", () => follow(false));
  window.addEventListener("resize", () => map.invalidateSize({ animate: false }));
}

function begin() {
  makePanes();
  startDetail();
  startLegend();
  startTabs();
  startSearch();
  startLayers();
  startPaper();
  if (LIVE) { startFiles(); startTools(); startWalks(); startPanel(); }
  $("tab-try").hidden = !LIVE;
  listen();
  map.attributionControl.setPrefix("livingcircle · Leaflet");
  if (D.credit[1]) map.attributionControl.addAttribution(D.credit[1]);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  showAll();
  state.standard = standardOf(unpacked(location.hash).id) || D.standards[D.first] || D.standards[0];
  speak();
  showAll();
  startGround();
  drawStreets();
  startWalking();
  if (state.standard) show();
  follow(true);
  askDesk();
  performance.mark("livingcircle-shown");
}

begin();

/* What is drawn to prove or to propose: walks, links that would help, sites. */
import { D, group, state } from "./page.js";
import { links, renderer, routes } from "./panes.js";
import { tellOf } from "./signals.js";
import { siteName, tip } from "./words.js";

/**
 * A dashed black line on white.
 * @param {L.LatLngExpression[] | L.LatLngExpression[][]} line @param {L.LayerGroup} box @param {string} name
 */
export function dashed(line, box, name) {
  const look = { pane: "routes", renderer: renderer("routes"), interactive: false };
  L.polyline(line, { ...look, color: "#ffffff", weight: 7 }).addTo(box);
  return L.polyline(line, { ...look, color: "#000000", weight: 3.2, dashArray: "7 5", className: name }).addTo(box);
}

/** A green line on white: a way that is not there yet.
 * @param {L.LatLngExpression[] | L.LatLngExpression[][]} line @param {L.LayerGroup} box @param {string} pane */
export function newWay(line, box, pane) {
  for (const look of [{ color: "#ffffff", weight: 9 }, { color: "#009e73", weight: 5, className: "lc-link" }])
    L.polyline(line, { pane, renderer: renderer(pane), interactive: false, ...look }).addTo(box);
}

/** @param {number | null} index @returns {L.LatLngBounds | null} */
export function drawRoute(index) {
  group("routes").clearLayers();
  if (index == null || index < 0 || !routes[index]) return null;
  return dashed(routes[index], group("routes"), "lc-route").getBounds();
}

/** @param {number | null} index */
export function drawLink(index) {
  group("links").clearLayers();
  if (index != null && index >= 0 && links[index]) newWay(links[index], group("links"), "routes");
}

/** Proposed sites are stars, so that nobody takes them for what stands already. */
export function drawSites() {
  group("sites").clearLayers();
  if (!state.standard.plan) return;
  const chosen = state.standard.plan[state.option];
  chosen.sites.forEach((site, k) => {
    if (site.at == null) return;
    L.marker(site.at, { pane: "sites", icon: L.divIcon({ className: "lc-site", iconSize: [26, 26] }), alt: siteName(site), title: "" })
      .bindTooltip(tip(() => "★ " + siteName(site))).on("click", () => tellOf("site", k)).addTo(group("sites"));
  });
  for (const link of chosen.links) newWay(link.line, group("sites"), "routes");
}

export const routeMetres = (/** @type {number} */ index) => D.routes.metres[index];

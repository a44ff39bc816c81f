/* The side panel and the layers of map.html. Every text of the data goes in as textContent. */
"use strict";
(function () {
  const D = JSON.parse(document.getElementById("data").textContent);
  const map = window[D.map];
  const group = (name) => window[D.groups[name]];
  const $ = (id) => document.getElementById(id);
  let lang = "zh";
  try { lang = localStorage.getItem("livingcircle-lang") || lang; } catch (e) { /* file:// may forbid it */ }
  let standard = null, tab = "gaps", level = null, option = 0, searched = [], at = -1;
  const ORDER = ["urban_village", "leaf", "town", "district", "city"];
  const levelOf = (unit) => { const l = D.units.levels[unit]; return l === "community" || l === "village" ? "leaf" : l; };
  const levelsOf = (s) => ORDER.filter((l) => s.units.some((r) => levelOf(r[0]) === l));
  const rowsOf = () => standard.units.filter((r) => levelOf(r[0]) === level);

  // ------------------------------------------------------------------ words and numbers
  const pick = (pair) => (lang === "zh" ? pair[0] : pair[1]) || pair[0] || "";
  const W = (key) => (D.words[key] ? pick(D.words[key]) : key);
  const whole = (v) => (v == null ? "–" : Math.round(v).toLocaleString("en-US"));
  const percent = (v) => (v == null ? "–" : (v < 1 ? Math.min(Math.round(v * 1000), 999) / 10 : Math.round(v * 1000) / 10).toString() + " %");
  const metres = (v) => (v == null ? "–" : whole(v) + " m");
  function amount(v, unit) {
    if (v == null) return "–";
    if (unit === "share") return percent(v);
    const text = (+v.toFixed(2)).toLocaleString("en-US");
    const word = D.words["unit." + unit] ? D.words["unit." + unit][lang === "zh" ? 0 : 1] : "";
    return word ? text + " " + word : text;
  }
  function el(tag, attrs, ...children) {
    const node = document.createElement(tag);
    for (const [k, v] of Object.entries(attrs || {})) {
      if (k === "class") node.className = v;
      else if (k.startsWith("on")) node.addEventListener(k.slice(2), v);
      else if (k === "style") Object.assign(node.style, v);
      else node.setAttribute(k, v);
    }
    for (const child of children) if (child != null) node.append(child);
    return node;
  }
  // Leaflet would read a plain string as HTML; the names of the data are nothing but text.
  const tip = (text) => () => el("span", {}, text());

  // ------------------------------------------------------------------ geometry
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

  for (const [name, z] of [["streets", 340], ["circle", 380], ["units", 400], ["dots", 420],
    ["villages", 430], ["routes", 440], ["facilities", 450], ["gaps", 460], ["sites", 470]]) {
    const pane = map.createPane(name);
    pane.style.zIndex = z;
    if (name === "streets" || name === "dots" || name === "circle") pane.style.pointerEvents = "none";
  }
  // A canvas is quick, but Chromium prints it on a white ground, which would hide the units below.
  const paper = () => document.documentElement.classList.contains("paper");
  const renderers = {};
  function renderer(pane) {
    const canvas = pane === "streets" || (pane === "dots" && !paper());
    const key = pane + canvas;
    return (renderers[key] = renderers[key] || (canvas ? L.canvas({ pane }) : L.svg({ pane })));
  }

  // ------------------------------------------------------------------ colours
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

  // ------------------------------------------------------------------ layers of one standard
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
        fillOpacity: village ? OPACITY.village : OPACITY.unit, className: "lc-unit",
      });
      shape.bindTooltip(tip(() => D.units.names[unit]), { sticky: true });
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
      shape.bindTooltip(tip(() => D.units.names[unit]), { sticky: true });
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
  function drawDots() {
    group("dots").clearLayers();
    if (standard.dots == null || !map.hasLayer(group("dots"))) return;
    const points = once("dots", () => decodePoints(D.demand.points)), colours = dotColours(), letters = D.dots[standard.dots];
    for (let k = 0; k < points.length; k++) {
      const fill = colours[letters[k]];
      if (fill) L.circleMarker(points[k], { pane: "dots", renderer: renderer("dots"), radius: dotSize(), weight: 0,
        fillColor: fill, fillOpacity: fill === colours.c ? OPACITY.covered : OPACITY.dot, interactive: false }).addTo(group("dots"));
    }
  }
  function drawFacilities() {
    group("facilities").clearLayers();
    const wanted = new Set(standard.cats);
    places.forEach((place, k) => {
      if (!D.facilities.cats[k].some((c) => wanted.has(c))) return;
      L.circleMarker(place, { pane: "facilities", renderer: renderer("facilities"), radius: 4.5, weight: 1.5,
        color: "#ffffff", fillColor: D.colours.facility, fillOpacity: 1, className: "lc-facility" })
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
        .bindTooltip(tip(() => (k + 1) + ". " + (gap.name || "") + (gap.people != null ? " · " + whole(gap.people) + " " + W("people") : "")))
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

  // ------------------------------------------------------------------ what was clicked
  function facts(rows) {
    const list = el("dl");
    for (const [name, value] of rows) if (value != null && value !== "–" && value !== "") list.append(el("dt", {}, name), el("dd", {}, value));
    return list;
  }
  let reopen = null, opener = null;
  const detail = el("section", { class: "detail", "aria-live": "polite", hidden: "" });
  $("map").append(detail);
  L.DomEvent.disableClickPropagation(detail);
  L.DomEvent.disableScrollPropagation(detail);
  const narrow = window.matchMedia("(max-width: 760px)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  // What is shown, marked in the list: a gap's number there, or a unit's.
  function mark(key) {
    for (const b of document.querySelectorAll(".list button")) {
      b.classList.toggle("on", b.dataset.key === key);
      if (b.dataset.key === key) b.setAttribute("aria-current", "true"); else b.removeAttribute("aria-current");
    }
  }
  function tell(title, sub, rows, notes) {
    const close = el("button", { type: "button", class: "close", "aria-label": W("close"), onclick: hush }, "×");
    detail.replaceChildren(close, el("h3", {}, title), sub ? el("div", {}, sub) : "", facts(rows));
    for (const note of notes || []) if (note) detail.append(el("p", { class: "fine" }, note));
    detail.hidden = false;
    detail.setAttribute("aria-label", title);
    const focused = document.activeElement;
    if (focused && focused.matches(".list button, #search")) opener = focused;
  }
  function hush() {
    // The keyboard goes back to where it came from, not to the top of the page.
    const inside = detail.contains(document.activeElement);
    detail.hidden = true;
    reopen = null;
    drawRoute(null);
    drawLink(null);
    mark(null);
    if (inside) (opener && opener.isConnected ? opener : $("search")).focus();
    opener = null;
  }
  // What is shown lies beside the box with the numbers, not under it.
  const zoomTo = (bounds, maxZoom) => {
    const small = narrow.matches, box = detail.getBoundingClientRect(), size = map.getSize();
    const left = fold.open && size.x > 700 ? legend.getContainer().offsetWidth + 20 : 60;
    map.fitBounds(bounds, { animate: !calm.matches, maxZoom: maxZoom || 17, paddingTopLeft: [small ? 20 : left, 30],
      paddingBottomRight: small ? [20, box.height + 20] : [Math.min(box.width + 80, 0.6 * size.x), 50] });
    // On a phone the list lies below the map: what was asked for would be out of sight.
    if (small) $("map").scrollIntoView({ block: "nearest" });
  };
  // A village beyond the distance is no failure: it is a candidate.
  const told = (status) => (standard.village_kind && D.words["village." + status] ? W("village." + status) : W("status." + status));
  function chip(status) {
    const mark = { met: "✓ ", short: "✗ ", unknown: "? ", report: "" }[status] || "";
    return el("span", { class: "chip " + status }, mark + W("status." + status));
  }
  function gapFacts(gap) {
    return [[W("people"), whole(gap.people)], [W("households"), whole(gap.households)],
      [W("metres"), metres(gap.metres)], [W("straight_m"), metres(gap.straight)],
      [W("facility_name"), gap.facility], [W("reason"), gap.reason ? W("reason." + gap.reason) : null],
      [W("barrier"), gap.barrier ? pick(gap.barrier) : null]];
  }
  function showGap(k, zoom) {
    const gap = standard.gaps[k];
    reopen = () => showGap(k, false);
    mark("gap" + k);
    const bounds = drawRoute(gap.route);
    drawLink(gap.link);
    tell((k + 1) + ". " + (gap.name || gap.id), [standard.id, gap.level ? W("one." + gap.level) : "", gap.part ? pick(gap.part) : ""].filter(Boolean).join(" · "), gapFacts(gap),
      [gap.route >= 0 ? W("route_drawn") + metres(D.routes.metres[gap.route]) : "", gap.help ? W("link_word") + pick(gap.help) : ""]);
    if (!zoom) return;
    if (bounds && bounds.isValid()) zoomTo(bounds.extend(gap.at || bounds.getCenter()));
    else if (gap.unit != null && unitShapes[gap.unit].length) zoomTo(L.latLngBounds(unitShapes[gap.unit].flat()));
    else if (gap.at) zoomTo(L.latLngBounds([gap.at, gap.at]), 16);
  }
  function showUnit(unit) {
    reopen = () => showUnit(unit);
    mark("unit" + unit);
    const row = standard.units.find((r) => r[0] === unit);
    const sub = el("span", {}, W("one." + D.units.levels[unit]) + " ", row ? el("span", { class: "chip " + row[1] }, told(row[1])) : null);
    const rows = [[W("residents"), whole(D.units.people[unit])], [W("households"), whole(D.units.households[unit])]];
    if (row) {
      rows.push([standard.village_kind ? W("mean_m") : standard.id, row[2] == null ? null : amount(row[2], row[3])]);
      if (byShare(standard) && row[4] != null) rows.push([W("people_left_out"), whole(row[4])]);
      if (row[5] != null) rows.push([W("mean_m"), metres(row[5])]);
    }
    const k = standard.gaps.findIndex((g) => g.unit === unit);
    const notes = [];
    const route = row ? row[6] : k >= 0 ? standard.gaps[k].route : -1;
    drawRoute(route);
    drawLink(k >= 0 ? standard.gaps[k].link : null);
    if (k >= 0) rows.push(...gapFacts(standard.gaps[k]).slice(2));
    if (route >= 0) notes.push(W("route_drawn") + metres(D.routes.metres[route]));
    if (k >= 0 && standard.gaps[k].help) notes.push(W("link_word") + pick(standard.gaps[k].help));
    const elsewhere = D.standards.filter((s) => s.units.some((r) => r[0] === unit && r[1] === "short")).map((s) => s.id);
    if (elsewhere.length) notes.push(W("short_here") + " " + elsewhere.slice(0, 14).join(", ") + (elsewhere.length > 14 ? " …" : ""));
    tell(D.units.names[unit], sub, rows, notes);
  }
  function showSite(k, zoom) {
    const site = standard.plan[option].sites[k];
    reopen = () => showSite(k, false);
    mark("site" + k);
    drawRoute(null);
    drawLink(null);
    const staff = site.staff[0] == null ? null : site.staff[0] + "–" + site.staff[1];
    tell("★ " + site.name, standard.id + " · " + W("site_word"), [[W("people"), whole(site.people)], [W("staff_word"), staff]], [pick(site.text)]);
    if (zoom && site.at) zoomTo(L.latLngBounds([site.at, site.at]), 16);
  }
  function showBuilt(k) {
    const link = standard.plan[option].links[k];
    reopen = () => showBuilt(k);
    mark("built" + k);
    drawRoute(null);
    drawLink(null);
    tell(W("built_word"), standard.id, [], [pick(link.text)]);
    zoomTo(L.latLngBounds(link.line), 17);
  }
  function showFacility(k) {
    reopen = () => showFacility(k);
    mark(null);
    drawRoute(null);
    drawLink(null);
    tell(D.facilities.names[k] || W("unnamed"), D.facilities.cats[k].map((c) => pick(D.cats[c].slice(1))).join(" · "), []);
  }

  // ------------------------------------------------------------------ the panel
  function summary() {
    const s = standard, box = $("summary");
    box.replaceChildren();
    box.append(el("div", { class: "head" }, el("span", { class: "value" }, s.of ? whole(s.of[0]) + "/" + whole(s.of[1]) : amount(s.value, s.unit)),
      s.target != null ? el("span", { class: "target" }, W("target") + " " + amount(s.target, s.unit)) : null,
      s.village_kind && s.value != null ? el("span", { class: "target" }, "/ " + standard.units.length + " " + W("of_villages")) : chip(s.status)));
    if (s.unit === "share" && s.value != null) {
      const bar = el("div", { class: "bar", role: "img", "aria-label": percent(s.value) }, el("i", { style: { width: 100 * Math.min(1, s.value) + "%" } }));
      if (s.target != null) bar.append(el("b", { style: { left: "calc(" + 100 * Math.min(1, s.target) + "% - 2px)" } }));
      box.append(bar);
    }
    if (s.people != null && s.gaps.length) box.append(el("p", { class: "out" }, el("strong", {}, whole(s.people)), " " + W(s.village_kind ? "village_people" : "people_out_words") +
      (s.households != null ? " · " + whole(s.households) + " " + W("households_words") : "")));
    box.append(el("p", { class: "what" }, pick(s.words)));
    const pack = D.packs[s.pack];
    box.append(el("p", { class: "fine" }, [s.id, pick(pack.slice(1)), s.clause, W("force." + s.force), s.due ? W("due") + " " + s.due : ""].filter(Boolean).join(" · ")));
    if (pick(s.reading)) box.append(el("p", { class: s.depends ? "what" : "fine" }, pick(s.reading)));
    if (s.sensitivity.length) box.append(el("p", { class: "fine" }, W("sensitivity") + ": " + s.sensitivity.map(([zh, en, v]) => pick([zh, en]) + " → " + amount(v, s.unit)).join(", ")));
    if (pick(s.note)) box.append(el("p", { class: "fine" }, pick(s.note)));
    if (!s.verified) box.append(el("p", { class: "fine" }, W("not_verified")));
  }
  const TABS = ["gaps", "units", "sites"];
  function listSites(box, plan) {
    if (plan.length > 1) {
      const select = el("select", { "aria-label": W("option"), onchange: () => { option = +select.value; hush(); drawSites(); list(); $("list").querySelector("select").focus(); } });
      plan.forEach((_, k) => select.append(el("option", { value: k }, W(k ? "option_links" : "option_sites"))));
      select.value = option;
      box.append(el("li", { class: "level" }, select));
    }
    const chosen = plan[option];
    box.append(el("li", { class: "none" }, pick(chosen.note)));
    chosen.sites.forEach((site, k) => box.append(el("li", {}, el("button", { type: "button", "data-key": "site" + k, onclick: () => showSite(k, true) },
      el("span", { class: "rank" }, "★"), el("span", { class: "name" }, site.name),
      el("span", { class: "num" }, whole(site.people) + " " + W("people_short")), el("span", { class: "sub" }, pick(site.text))))));
    chosen.links.forEach((link, k) => box.append(el("li", {}, el("button", { type: "button", "data-key": "built" + k, onclick: () => showBuilt(k) },
      el("span", { class: "rank" }, "═"), el("span", { class: "name" }, W("built_word")), el("span", { class: "num" }, ""), el("span", { class: "sub" }, pick(link.text))))));
  }
  function list() {
    const box = $("list");
    box.replaceChildren();
    box.setAttribute("aria-label", W(tab));
    $("panel").setAttribute("aria-labelledby", "tab-" + tab);
    $("tab-gaps").textContent = W("gaps") + " (" + standard.gaps.length + ")";
    $("tab-units").textContent = W("units") + " (" + rowsOf().length + ")";
    const plan = standard.plan;
    $("tab-sites").hidden = !plan;
    $("tab-sites").textContent = W("sites") + (plan ? " (" + (plan[option].sites.length + plan[option].links.length) + ")" : "");
    for (const name of TABS) {
      $("tab-" + name).setAttribute("aria-selected", tab === name);
      $("tab-" + name).tabIndex = tab === name ? 0 : -1;
    }
    if (tab === "sites") {
      listSites(box, plan);
    } else if (tab === "gaps") {
      standard.gaps.slice(0, 500).forEach((gap, k) => {
        const reason = gap.reason ? el("span", {}, el("i", { class: "dot", style: { background: D.colours.reason[gap.reason] || "#882255" } }), W("reason." + gap.reason)) : "";
        box.append(el("li", {}, el("button", { type: "button", "data-key": "gap" + k, onclick: () => showGap(k, true) },
          el("span", { class: "rank" }, String(k + 1)), el("span", { class: "name" }, gap.name || gap.id),
          el("span", { class: "num" }, gap.people == null ? "" : whole(gap.people) + " " + W("people_short")),
          el("span", { class: "sub" }, reason, gap.metres != null ? " · " + metres(gap.metres) : ""))));
      });
      if (!standard.gaps.length) box.append(el("li", { class: "none" }, W(standard.status === "unknown" ? "no_answer" : "no_gaps")));
      if (standard.gaps.length > 500) box.append(el("li", { class: "none" }, W("more_in_csv")));
    } else {
      const levels = levelsOf(standard);
      if (levels.length > 1) {
        const select = el("select", { "aria-label": W("units"), onchange: () => { level = select.value; drawUnits(); drawLegend(); list(); $("list").querySelector("select").focus(); } });
        for (const l of levels) select.append(el("option", { value: l }, W("level." + l)));
        select.value = level;
        box.append(el("li", { class: "level" }, select));
      }
      const rows = rowsOf().sort((a, b) => (b[4] ?? -1) - (a[4] ?? -1) || (a[2] ?? 9e9) - (b[2] ?? 9e9));
      rows.forEach((row) => {
        const unit = row[0];
        box.append(el("li", {}, el("button", { type: "button", "data-key": "unit" + unit, onclick: () => { showUnit(unit); if (unitShapes[unit].length) zoomTo(L.latLngBounds(unitShapes[unit].flat())); } },
          el("span", { class: "rank" }, el("i", { class: "dot", style: { background: unitColour(standard, row) } })),
          el("span", { class: "name" }, D.units.names[unit]),
          el("span", { class: "num" }, row[2] == null ? told(row[1]) : amount(row[2], row[3])),
          el("span", { class: "sub" }, told(row[1]) + (byShare(standard) && row[4] != null ? " · " + W("people_left_out") + " " + whole(row[4]) : "")))));
      });
      if (!rows.length) box.append(el("li", { class: "none" }, W("no_units")));
    }
  }
  const legend = L.control({ position: "bottomleft" });
  // On a small screen the legend would hide the map: there it is opened by a tap.
  const little = window.matchMedia("(max-width: 760px), (max-height: 560px)");
  const fold = el("details", little.matches ? {} : { open: "" }, el("summary"), el("div", { class: "keys" }));
  // A sheet of paper has a size too, which says nothing about the screen.
  little.addEventListener("change", () => { if (!paper()) fold.open = !little.matches; });
  legend.onAdd = () => {
    const box = el("div", { class: "legend" }, fold);
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    return box;
  };
  function drawLegend() {
    const keys = [];
    const key = (look, text, shape) => keys.push(el("div", {}, el("i", { class: shape || "", style: look }), el("span", {}, text)));
    const head = (text) => keys.push(el("h2", {}, text));
    const rows = rowsOf();
    if (rows.length) {
      const opacity = level === "urban_village" ? OPACITY.village : OPACITY.unit;
      if (byShare(standard)) {
        head(W("share_left_out"));
        const steps = D.colours.ramp.map((c, k) => el("span", {}, el("i", { style: { background: c, opacity } }), (100 * D.breaks[k]).toFixed(0)));
        keys.push(el("div", { class: "ramp" }, ...steps, el("span", {}, percent(D.breaks[D.breaks.length - 1]))));
        if (rows.some((r) => r[2] == null)) key({ background: D.colours.none, opacity }, W("status.unknown"));
      } else {
        const present = new Set(rows.map((r) => r[1]));
        head(W("level." + level));
        for (const [status, c] of Object.entries(D.colours.status)) if (present.has(status)) key({ background: c, opacity }, told(status));
      }
    }
    const reasons = [...new Set(standard.gaps.filter((g) => g.at).map((g) => g.reason))].filter(Boolean);
    if (reasons.length && map.hasLayer(group("gaps"))) {
      head(W("gap_key"));
      for (const reason of reasons) key({ background: D.colours.reason[reason] || "#882255", opacity: OPACITY.gap }, W("reason." + reason), "round gap");
    }
    if (standard.dots != null && map.hasLayer(group("dots"))) {
      head(W("dot_key"));
      for (const [c, n] of [["c", "covered"], ["g", "gap"], ["o", "off_network"], ["i", "island"]])
        if (D.dots[standard.dots].includes(c)) key({ background: dotColours()[c], opacity: c === "c" ? OPACITY.covered : OPACITY.dot }, W("point." + n), "round home");
    }
    head(W("other_key"));
    if (standard.cats.length) key({ background: D.colours.facility }, standard.cats.slice(0, 3).map((c) => pick(D.cats[c].slice(1))).join(lang === "zh" ? "、" : ", ") + (standard.cats.length > 3 ? " …" : ""), "round");
    if (standard.circle != null && map.hasLayer(group("circle"))) key({ background: "#56b4e9", borderColor: "#0072b2" }, W("circle_word") + " " + metres(standard.limit));
    if (level !== "urban_village" && D.units.levels.includes("urban_village")) key({ borderColor: "#8a3d66" }, W("level.urban_village"), "dash");
    if (standard.gaps.some((g) => g.route >= 0)) key({ borderColor: "#000" }, W("route_word"), "dash");
    if (standard.plan && map.hasLayer(group("sites"))) key({}, W("site_word"), "star");
    if (standard.gaps.some((g) => g.link >= 0)) key({ borderColor: "#009e73" }, W("link_key"), "line");
    if (keys[keys.length - 1].tagName === "H2") keys.pop();
    fold.firstChild.textContent = W("legend");
    fold.lastChild.replaceChildren(...keys);
  }
  // The whole city, beside or above the legend, whichever shows it larger.
  function showAll() {
    const bounds = L.latLngBounds(D.city.box), box = legend.getContainer().getBoundingClientRect();
    const ways = fold.open ? [[box.width + 14, 0], [0, box.height + 14]] : [[0, 0]];
    const zoom = (way) => map.getBoundsZoom(bounds, false, L.point(way[0] + 16, way[1] + 16));
    const [left, below] = ways.reduce((one, other) => (zoom(other) > zoom(one) ? other : one));
    map.fitBounds(bounds, { animate: false, paddingTopLeft: [8 + left, 8], paddingBottomRight: [8, 8 + below] });
  }
  function choices() {
    const select = $("standard");
    select.replaceChildren();
    D.packs.forEach((pack, p) => {
      const part = el("optgroup", { label: pick(pack.slice(1)) });
      D.standards.forEach((s, k) => {
        if (s.pack !== p) return;
        const mark = { met: "✓", short: "✗", unknown: "?", report: "·" }[s.status];
        const text = pick(s.words);
        part.append(el("option", { value: k }, mark + " " + s.id + "  " + (text.length > 46 ? text.slice(0, 45) + "…" : text)));
      });
      if (part.children.length) select.append(part);
    });
    select.value = D.standards.indexOf(standard);
  }
  function show() {
    hush();
    level = levelsOf(standard)[0] || null;
    drawRoute(null);
    option = 0;
    if (tab === "sites" && !standard.plan) tab = "gaps";
    drawUnits(); drawCircle(); drawDots(); drawFacilities(); drawGaps(); drawSites();
    summary(); list(); drawLegend();
  }
  function speak() {
    document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
    $("lang").textContent = lang === "zh" ? "English" : "中文";
    $("lang").lang = lang === "zh" ? "en" : "zh-Hans";
    $("print").textContent = W("print");
    $("search").placeholder = W("search_short");
    $("search").setAttribute("aria-label", W("search"));
    $("found").setAttribute("aria-label", W("search"));
    $("tabs").setAttribute("aria-label", W("tabs"));
    label(".folium-map", "map");
    label(".leaflet-control-zoom-in", "zoom_in");
    label(".leaflet-control-zoom-out", "zoom_out");
    label(".leaflet-control-layers-toggle", "layers");
    $("standard-label").textContent = W("choose");
    choices();
    if (!standard) return;
    const down = $("panel").scrollTop;
    summary(); list(); drawLegend();
    if (reopen) reopen();
    $("panel").scrollTop = down;
  }
  function label(selector, key) {
    const node = document.querySelector(selector);
    if (!node) return;
    node.setAttribute("aria-label", W(key));
    if (node.tagName === "A") node.title = W(key);
  }

  // ------------------------------------------------------------------ search by name
  const index = [];
  D.units.names.forEach((name, unit) => { if (unitShapes[unit].length) index.push({ name, kind: "one." + D.units.levels[unit], unit }); });
  D.facilities.names.forEach((name, place) => { if (name) index.push({ name, kind: "cat", place }); });
  function find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const hits = index.filter((entry) => entry.name.toLowerCase().includes(wanted));
    hits.sort((a, b) => (b.name.toLowerCase().startsWith(wanted) - a.name.toLowerCase().startsWith(wanted)) || a.name.length - b.name.length);
    return hits.slice(0, 12);
  }
  function offer() {
    const box = $("found");
    box.replaceChildren();
    searched.forEach((hit, k) => box.append(el("li", { role: "option", id: "hit" + k, "aria-selected": k === at, onmousedown: (e) => { e.preventDefault(); go(hit); } },
      hit.name, el("small", {}, hit.kind === "cat" ? D.facilities.cats[hit.place].map((c) => pick(D.cats[c].slice(1))).join(" · ") : W(hit.kind)))));
    if (!searched.length && $("search").value.trim() && document.activeElement === $("search"))
      box.append(el("li", { role: "option", "aria-disabled": "true", "aria-selected": "false", class: "none" }, W("not_found")));
    $("search").setAttribute("aria-expanded", box.children.length > 0);
    if (at >= 0) $("search").setAttribute("aria-activedescendant", "hit" + at); else $("search").removeAttribute("aria-activedescendant");
  }
  function hide() { searched = []; at = -1; $("found").replaceChildren(); $("search").setAttribute("aria-expanded", "false"); $("search").removeAttribute("aria-activedescendant"); }
  function go(hit) {
    hide();
    if (hit.unit != null) {
      showUnit(hit.unit);
      zoomTo(L.latLngBounds(unitShapes[hit.unit].flat()));
    } else {
      showFacility(hit.place);
      zoomTo(L.latLngBounds([places[hit.place], places[hit.place]]));
    }
  }
  $("search").addEventListener("input", () => { searched = find($("search").value); at = -1; offer(); });
  $("search").addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      at = Math.max(0, Math.min(searched.length - 1, at + (e.key === "ArrowDown" ? 1 : -1))); offer(); e.preventDefault();
    } else if (e.key === "Enter" && searched.length) { go(searched[Math.max(0, at)]); e.preventDefault();
    } else if (e.key === "Escape" && $("found").children.length) { hide(); e.stopPropagation(); }
  });
  $("search").addEventListener("blur", hide);

  // ------------------------------------------------------------------ start
  $("standard").addEventListener("change", () => { standard = D.standards[+$("standard").value]; remember(); show(); });
  $("lang").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; try { localStorage.setItem("livingcircle-lang", lang); } catch (e) { /* as above */ } speak(); });
  $("print").addEventListener("click", () => window.print());
  const turn = (name) => { tab = name; list(); $("panel").scrollTop = 0; };
  $("tab-gaps").addEventListener("click", () => turn("gaps"));
  $("tab-units").addEventListener("click", () => turn("units"));
  $("tab-sites").addEventListener("click", () => turn("sites"));
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
  map.on("zoomend", () => group("dots").eachLayer((dot) => dot.setRadius(dotSize())));
  function remember() { try { history.replaceState(null, "", "#" + encodeURIComponent(standard.id)); } catch (e) { /* a sandboxed frame */ } }
  function chosen() {
    const id = decodeURIComponent(location.hash.slice(1));
    return D.standards.find((s) => s.id === id) || D.standards[D.first] || D.standards[0];
  }
  window.addEventListener("hashchange", () => { const s = chosen(); if (s !== standard) { standard = s; choices(); show(); } });
  map.attributionControl.setPrefix("livingcircle · Leaflet");
  if (D.credit[1]) map.attributionControl.addAttribution(D.credit[1]);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  legend.addTo(map);
  standard = chosen();
  if (standard) level = levelsOf(standard)[0] || null;
  speak();
  showAll();
  streets();
  if (standard) show();
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
})();

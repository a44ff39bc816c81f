/* A scenario on one sheet of paper: as it is and as it would be, side by side. */
import { LIVE, edited, testsOf, trying } from "./attempt.js";
import { OPACITY, byShare, gapColour, isBare, unitColour, unitOpacity } from "./colours.js";
import { drawnLevel } from "./layers.js";
import { percent, whole } from "./numbers.js";
import { $, D, base, levelOf, state } from "./page.js";
import { once, places, unitShapes } from "./panes.js";
import { decode } from "./shapes.js";
import { aroundOf } from "./tools.js";
import { triedStandard } from "./tried.js";
import { W, amount, chip, el, fill, gapName, leftOut, listed, peopleWord, pick, short, shown, told, valueOf } from "./words.js";

/** @typedef {import("./page.js").Standard} Standard @typedef {import("./page.js").Point} Point */

const WIDE = 500, HIGH = 380, MOST_GAPS = 6, MOST_EDITS = 10, MOST_STREET_POINTS = 80_000, MOST_NAME = 40;

/**
 * @param {string} tag @param {Record<string, string | number>} attributes @param {...(Node | string)} children
 * @returns {SVGElement}
 */
function svg(tag, attributes, ...children) {
  const node = /** @type {SVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", tag));
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** Pixels of a picture of the whole city. @returns {(at: Point) => [number, number]} */
function frame() {
  const [[south, west], [north, east]] = D.city.box, narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min((WIDE - 20) / ((east - west) * narrow), (HIGH - 20) / (north - south));
  const left = (WIDE - (east - west) * narrow * scale) / 2, top = (HIGH - (north - south) * scale) / 2;
  return ([lat, lon]) => [+(left + (lon - west) * narrow * scale).toFixed(1), +(top + (north - lat) * scale).toFixed(1)];
}

/** @param {(at: Point) => [number, number]} pixel @param {Point[][]} lines @param {boolean} [closed] */
const path = (pixel, lines, closed) => lines.map((line) => "M" + line.map((at) => pixel(at).join(" ")).join("L") + (closed ? "Z" : "")).join("");

/** Water, green and streets. @param {(at: Point) => [number, number]} pixel @returns {SVGElement[]} */
function ground(pixel) {
  const looks = /** @type {[string, Record<string, string | number>][]} */ ([["green", { fill: "#dcebd3" }], ["water", { fill: "#bcdbe9" }],
    ["river", { fill: "none", stroke: "#8fbfd8", "stroke-width": 1.5 }], ["railway", { fill: "none", stroke: "#8d8d8d", "stroke-dasharray": "4 3" }],
    ["main", { fill: "none", stroke: "#b9b4a8", "stroke-width": 1 }], ["expressway", { fill: "none", stroke: "#d9a95c", "stroke-width": 1.6 }]]);
  const parts = looks.flatMap(([name, look]) => (D.background.layers[name]
    ? [svg("path", { ...look, "fill-rule": "evenodd", d: path(pixel, once("lines " + name, () => decode(D.background.layers[name]).flat()), look.fill !== "none") })] : []));
  if (D.streets.d.length < 2 * MOST_STREET_POINTS)
    parts.push(svg("path", { fill: "none", stroke: "#c9c9c4", "stroke-width": 0.4, d: path(pixel, once("street lines", () => decode(D.streets).flat())) }));
  return parts;
}

/** What was changed. @param {(at: Point) => [number, number]} pixel @returns {SVGElement[]} */
function marks(pixel) {
  const { edits } = trying, turned = (/** @type {[number, number][]} */ line) => [line.map(([x, y]) => /** @type {Point} */ ([y, x]))];
  const round = (/** @type {Point} */ at, /** @type {string} */ colour, /** @type {string} */ sign) => {
    const [x, y] = pixel(at);
    return svg("g", {}, svg("circle", { cx: x, cy: y, r: 6, fill: colour, stroke: "#fff", "stroke-width": 1.2 }),
      svg("text", { x, y: y + 3.5, fill: "#fff", "font-size": 10, "font-weight": 700, "text-anchor": "middle" }, sign));
  };
  return [
    ...edits.links.map((link) => svg("path", { fill: "none", stroke: "#009e73", "stroke-width": 3, d: path(pixel, turned(link.line)) })),
    ...edits.cuts.map((cut) => svg("path", { fill: "none", stroke: "#b34700", "stroke-width": 3, "stroke-dasharray": "2 3", d: path(pixel, turned(cut.line)) })),
    ...edits.closed.flatMap((id) => { const k = LIVE ? LIVE.facilities.ids.indexOf(id) : -1; return k < 0 ? [] : [round(places[k], "#6d7880", "×")]; }),
    ...edits.added.map((one) => round([one.lat, one.lon], "#009e73", "＋")),
  ];
}

/** @param {Standard} standard @param {boolean} tried @param {string} title */
function picture(standard, tried, title) {
  const pixel = frame(), level = drawnLevel(), most = standard.gaps.reduce((m, gap) => Math.max(m, gap.people || 0), 2000);
  const areas = standard.units.filter((row) => levelOf(row[0]) === level && unitShapes[row[0]].length).map((row) => {
    const colour = unitColour(standard, row, D.colours.ramp); // paper is light, whatever the screen is
    return svg("path", { fill: colour, "fill-opacity": unitOpacity(colour), "fill-rule": "evenodd", stroke: "#5c666c", "stroke-width": 0.4, d: path(pixel, unitShapes[row[0]], true) });
  });
  const wanted = new Set(standard.cats);
  const stand = places.flatMap((at, k) => (D.facilities.cats[k].some((c) => wanted.has(c)) ? [pixel(at)] : []))
    .map(([cx, cy]) => svg("circle", { cx, cy, r: 1.8, fill: D.colours.facility }));
  const gaps = [...standard.gaps].sort((a, b) => (b.people || 0) - (a.people || 0)).flatMap((gap) => {
    if (!gap.at) return [];
    const [cx, cy] = pixel(gap.at);
    return [svg("circle", { cx, cy, r: Math.max(2.5, 10 * Math.sqrt((gap.people || 0) / most)), fill: gapColour(gap.reason), "fill-opacity": 0.82, stroke: "#fff", "stroke-width": 0.8 })];
  });
  return el("figure", {}, el("figcaption", {}, title + " ", el("strong", {}, valueOf(standard)), " ", chip(shown(standard))),
    svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": title }, ...ground(pixel), ...areas, ...stand, ...gaps, ...(tried ? marks(pixel) : [])));
}

/** What the colours of the pictures say. @param {Standard[]} shown @returns {HTMLElement} */
function keys(...shown) {
  const one = (/** @type {string} */ colour, /** @type {number} */ opacity, /** @type {string} */ text, shape = "") => el("span", {},
    el("i", { class: shape, style: { background: colour, opacity } }), text);
  const level = drawnLevel(), many = level && D.words["level." + level] ? " · " + W("level." + level) : "", all = shown[0];
  const areas = byShare(all)
    ? [el("b", {}, W("share_left_out") + many), ...D.colours.ramp.map((colour, k) => one(colour, unitOpacity(colour), (100 * D.breaks[k]).toFixed(0) + "–" + percent(D.breaks[k + 1], state.lang))),
      all.units.some((row) => levelOf(row[0]) === level && isBare(all, row)) ? one(D.colours.none, OPACITY.unit, W("no_streets")) : ""]
    : [el("b", {}, many.slice(3) || W("units")), ...Object.entries(D.colours.status).filter(([status]) => shown.some((standard) => standard.units.some((row) => row[1] === status)))
      .map(([status, colour]) => one(colour, OPACITY.unit, told(status)))];
  const reasons = [...new Set(shown.flatMap((standard) => standard.gaps.filter((gap) => gap.at && gap.reason).map((gap) => /** @type {string} */ (gap.reason))))];
  const stand = listed(all.cats.slice(0, 3).map((c) => pick(D.cats[c].slice(1))));
  return el("p", { class: "keys" }, ...areas, ...reasons.map((reason) => one(gapColour(reason), OPACITY.gap, W("reason." + reason), "round")),
    stand ? one(D.colours.facility, 1, stand, "round") : null);
}

/** @param {string} title @param {Standard} standard */
const foremost = (title, standard) => el("div", {}, el("h3", {}, title), el("ol", {}, ...standard.gaps.slice(0, MOST_GAPS).map((gap) => el("li", {},
  short(gapName(gap), MOST_NAME) + (gap.people == null ? "" : " · " + whole(gap.people) + " " + peopleWord()) + (gap.reason ? " · " + W("reason." + gap.reason) : "")))),
  standard.gaps.length ? null : el("p", {}, W("no_gaps")));

/** What was changed, in words. */
function changes() {
  const { edits } = trying, words = new Map(D.cats.map((c) => [c[0], pick(c.slice(1))]));
  const rows = [
    ...edits.added.map((one) => "＋ " + short(one.name, MOST_NAME) + " · " + listed(one.categories.map((c) => words.get(c) || c)) + fill("try_brackets", one.lon.toFixed(5) + ", " + one.lat.toFixed(5))),
    ...edits.closed.map((id) => "－ " + (short(D.facilities.names[LIVE ? LIVE.facilities.ids.indexOf(id) : -1] || id, MOST_NAME))),
    ...edits.links.map((link) => "═ " + short(link.name, MOST_NAME) + (link.stairs ? " · " + W("try_stairs") : "")),
    ...edits.cuts.map((cut) => "✂ " + short(cut.name, MOST_NAME)),
  ];
  const more = rows.length - MOST_EDITS;
  return el("ul", {}, ...rows.slice(0, MOST_EDITS).map((row) => el("li", {}, row)), more > 0 ? el("li", {}, "… +" + more) : null);
}

/** Lay the sheet out. @returns {boolean} whether there is one */
function lay() {
  const was = base(), which = testsOf(was);
  if (!which || !edited() || !trying.answer) return false;
  const around = aroundOf(which), now = triedStandard(was, trying.answer, around), first = triedStandard(was, trying.first[String(which)], around);
  const gain = first.left == null || now.left == null ? null : Math.round(first.left - now.left);
  /** @param {string} name @param {string} a @param {string} b */
  const row = (name, a, b) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, a), el("td", {}, b));
  const sheet = $("sheet");
  sheet.replaceChildren(
    el("h1", {}, D.city.zh + (D.city.en && D.city.en !== D.city.zh ? " " + D.city.en : "") + " · " + short(trying.name || W("try_name"))),
    el("p", {}, [was.id, pick(was.words), pick(D.packs[was.pack].slice(1)), was.clause].filter(Boolean).join(" · ")),
    el("div", { class: "pair" }, picture(was, false, W("try_before")), picture(now, true, W("try_after"))),
    keys(was, now),
    el("div", { class: "pair" },
      el("div", {}, el("table", {}, el("tr", {}, el("th", {}), el("th", {}, W("try_before")), el("th", {}, W("try_after"))),
        row(W("try_value"), valueOf(was), valueOf(now)),
        row(W("target"), amount(was.target, was.unit), amount(was.target, was.unit)),
        first.households == null && now.households == null ? null : row(W("try_households"), whole(first.households), whole(now.households)),
        row(leftOut(was), whole(first.left), whole(now.left)),
        row(W("gaps"), String(was.gaps.length), String(now.gaps.length))),
      gain == null ? null : el("p", { class: gain < 0 ? "gain loss" : "gain" }, gain === 0 ? W("try_no_change") : fill(gain > 0 ? "try_more" : "try_fewer", whole(Math.abs(gain)))),
      el("h3", {}, W("try_changed")), changes()),
      el("div", { class: "pair" }, foremost(W("gaps") + " · " + W("try_before"), was), foremost(W("gaps") + " · " + W("try_after"), now))),
    el("p", {}, [pick(D.words.try_note), "livingcircle", D.credit[1] && pick(D.credit)].filter(Boolean).join(" · ")));
  return true;
}

/** Print the scenario as a page of its own. */
export function printSheet() {
  if (!lay()) { window.print(); return; }
  const root = document.documentElement;
  root.classList.add("on-sheet");
  window.addEventListener("afterprint", () => { root.classList.remove("on-sheet"); $("sheet").replaceChildren(); }, { once: true });
  window.print();
}

/* Words, numbers and elements of the page. */
const pick = (pair) => (lang === "zh" ? pair[0] : pair[1]) || pair[0] || "";
const W = (key) => (D.words[key] ? pick(D.words[key]) : key);
const whole = (v) => (v == null ? "–" : Math.round(v).toLocaleString("en-US"));
const percent = (v) => (v == null ? "–" : (v < 1 ? Math.min(Math.round(v * 1000), 999) / 10 : Math.round(v * 1000) / 10).toString() + (lang === "zh" ? "%" : " %"));
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
// A cell of the grid has no name of its own.
const nameOf = (unit) => D.units.names[unit] || W("one." + D.units.levels[unit]);

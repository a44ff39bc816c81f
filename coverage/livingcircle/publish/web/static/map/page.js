/* What the page holds and what is chosen. Every text of the data goes in as textContent. */
const D = JSON.parse(document.getElementById("data").textContent);
const map = window[D.map];
const group = (name) => window[D.groups[name]];
const $ = (id) => document.getElementById(id);
let lang = "zh";
try { lang = localStorage.getItem("livingcircle-lang") || lang; } catch (e) { /* file:// may forbid it */ }
let standard = null, tab = "gaps", level = null, option = 0, searched = [], at = -1;
const ORDER = ["estate", "urban_village", "leaf", "cell", "town", "district", "city"];
const levelOf = (unit) => { const l = D.units.levels[unit]; return l === "community" || l === "village" ? "leaf" : l; };
const levelsOf = (s) => ORDER.filter((l) => s.units.some((r) => levelOf(r[0]) === l));
const rowsOf = () => standard.units.filter((r) => levelOf(r[0]) === level);

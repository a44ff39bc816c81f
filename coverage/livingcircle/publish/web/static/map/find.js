/* Search by name. */
const index = [];
D.units.names.forEach((name, unit) => { if (name && unitShapes[unit].length) index.push({ name, kind: "one." + D.units.levels[unit], unit }); });
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

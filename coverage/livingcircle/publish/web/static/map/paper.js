/* The page on paper: the sheet has a size of its own, known to the style sheet only under "paper". */
import { drawDots } from "./dots.js";
import { fold, showAll } from "./legend.js";
import { map } from "./page.js";
import { tellOf } from "./signals.js";

/** @type {{centre: L.LatLng, zoom: number, open: boolean} | null} */
let before = null;

export function startPaper() {
  window.addEventListener("beforeprint", () => {
    if (document.documentElement.classList.contains("on-sheet")) return; // a sheet of its own is laid out
    before = { centre: map.getCenter(), zoom: map.getZoom(), open: fold.open };
    document.documentElement.classList.add("paper");
    tellOf("paper");
    fold.open = true;
    map.invalidateSize({ animate: false, pan: false });
    showAll();
    drawDots();
  });
  window.addEventListener("afterprint", () => {
    if (!before) return;
    document.documentElement.classList.remove("paper");
    tellOf("paper");
    map.invalidateSize({ animate: false, pan: false });
    fold.open = before.open;
    map.setView(before.centre, before.zoom, { animate: false });
    before = null;
    drawDots();
  });
}

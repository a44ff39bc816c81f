/* The beginning of the page: the data of a large city is deflated, and inflated before all else. */
import { inflate } from "../live/binary.js";

/** @param {() => void} page what needs the data */
export function whenUnpacked(page) {
  const packed = document.getElementById("packed"), data = document.getElementById("data");
  if (!packed || !data) { page(); return; }
  inflate(packed.textContent || "").then((bytes) => {
    data.textContent = new TextDecoder().decode(bytes);
    packed.remove();
    page();
  }, () => {
    const told = document.getElementById("summary");
    if (told) told.textContent = "此浏览器过旧，无法打开这张地图；数据见 report.html 与 gaps.csv。 / This browser is too old for this map; see report.html and gaps.csv.";
  });
}

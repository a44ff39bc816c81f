"""What a reader would see wrong in a page, as scripts that a test runs in the browser."""

from __future__ import annotations

# Contrast of every text with what lies behind it, WCAG 2.2 AA: 4.5 to 1.
CONTRAST = """
const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
const part = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const poor = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const element = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || !element.checkVisibility()) continue;
  let behind = element;
  const clear = (e) => (rgb(getComputedStyle(e).backgroundColor)[3] ?? 1) === 0;
  while (behind && clear(behind)) behind = behind.parentElement;
  const one = light(rgb(getComputedStyle(element).color));
  const other = light(rgb(getComputedStyle(behind || document.documentElement).backgroundColor));
  const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (ratio < 4.5) poor.push(walk.currentNode.data.trim().slice(0, 20) + " " + ratio.toFixed(2));
}
return [...new Set(poor)];
"""

# Elements that stick out of the window; what scrolls within its own box does not count.
OUTSIDE = """
return [...document.querySelectorAll("main *, header *")].filter((e) => {
  const box = e.getBoundingClientRect();
  const outside = box.right > innerWidth + 1 || box.left < -1;
  const own = e.closest("thead, .scroll, .folium-map, .skip");
  return e.checkVisibility() && !own && outside;
}).map((e) => e.tagName + " " + e.textContent.slice(0, 30));
"""

# Controls that a screen reader could not name.
NAMELESS = """
return [...document.querySelectorAll("a[href], button, input, select, summary, [role], [tabindex]")]
  .filter((e) => e.checkVisibility() && !e.textContent.trim() && !e.getAttribute("aria-label")
    && !e.getAttribute("aria-labelledby") && !(e.labels && e.labels.length)
    && !e.closest("[aria-hidden]") && !e.matches("tr *, [role=listbox], [role=search]"))
  .map((e) => e.outerHTML.slice(0, 80));
"""

"""How large a map.html is, how soon it is there, how smoothly it is dragged, and what lies on what.

    python benchmarks/page_speed.py maps/made/map.html [--pictures FOLDER]

Headless Chromium without a graphics card, and without the network. Three scales: the whole city,
two steps nearer, four steps nearer. Frames are those of a drag by the mouse.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "publish"))
from chromium import Browser, chromium

SHOWN = "performance.getEntriesByName('livingcircle-shown').map((e) => e.startTime)[0]"

DRAG = """
const [done] = arguments, box = document.querySelector(".folium-map");
const at = box.getBoundingClientRect();
const spot = { bubbles: true, clientY: at.top + at.height / 2, button: 0, buttons: 1 };
let x = at.left + at.width / 2 + 40;
const send = (to, type) => to.dispatchEvent(new MouseEvent(type, { ...spot, clientX: x }));
const frames = [];
send(box, "mousedown");
const begin = performance.now();
const step = (now) => {
  frames.push(now);
  x += 4 * (Math.floor((now - begin) / 500) % 2 ? 1 : -1);
  send(document, "mousemove");
  if (now - begin < 3000) requestAnimationFrame(step);
  else { send(document, "mouseup"); setTimeout(() => done(frames), 300); }
};
requestAnimationFrame(step);
"""

# Marks whose middles are nearer than a quarter of both: nobody could tell them apart.
PILED = """
const marks = [...document.querySelectorAll(arguments[0])].map((e) => e.getBoundingClientRect())
  .filter((b) => b.width > 0 && b.left >= 0 && b.top >= 0 && b.right <= innerWidth);
let piled = 0;
marks.forEach((a, k) => marks.slice(k + 1).forEach((b) => {
  const right = a.x - b.x + (a.width - b.width) / 2, down = a.y - b.y + (a.height - b.height) / 2;
  const away = Math.hypot(right, down);
  if (away < (a.width + b.width) / 8) piled++;
}));
return [marks.length, piled];
"""

NEARER = """
const map = window[Object.keys(window).find((n) => n.startsWith("map_"))];
map.setZoom(map.getZoom() + arguments[0], { animate: false });
"""


def measure(page: Browser, path: Path, pictures: Path | None) -> None:
    """Print what a page takes."""
    page.driver.set_script_timeout(60)
    page.open(path)
    page.wait(SHOWN, seconds=60)
    size, seconds = path.stat().st_size / 1e6, page.run("return " + SHOWN) / 1000
    print(f"{path.name}: {size:.1f} MB, there after {seconds:.2f} s")
    print("scale   frames/s  slowest frame ms  elements   gaps (piled)   facilities (piled)")
    for name, steps in (("city", 0), ("near", 2), ("close", 2)):
        page.run(NEARER, steps)
        page.driver.execute_async_script("setTimeout(arguments[0], 800)")
        frames = page.driver.execute_async_script(DRAG)
        gone = [b - a for a, b in itertools.pairwise(frames)]
        elements = page.run("return document.querySelectorAll('#map *').length")
        gaps, places = page.run(PILED, ".lc-gap"), page.run(PILED, ".lc-facility")
        print(
            f"{name:6}{1000 / statistics.mean(gone):9.0f}{max(gone):18.0f}{elements:10}"
            f"{gaps[0]:8} ({gaps[1]}){places[0]:12} ({places[1]})"
        )
        if pictures:
            page.driver.save_screenshot(str(pictures / f"{path.parent.name}-{name}.png"))


def main() -> None:
    """Measure each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path, nargs="+")
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    for path in given.pages:
        with tempfile.TemporaryDirectory() as profile, chromium(Path(profile)) as page:
            measure(page, path, given.pictures)


if __name__ == "__main__":
    main()

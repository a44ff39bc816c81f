"""How soon after an edit map.html shows its figures: every kind of edit, each several times.

    python benchmarks/edit_speed.py maps/made/map.html --standard ZH-7e

Headless Chromium without the network. The clock runs from the edit until the figures of the
scenario stand in the page, the units and the gaps drawn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "publish"))
from chromium import Browser, chromium

# Drops a scenario, or presses a button, and waits until the figures of it are there.
TIMED = """
const [text, button, done] = arguments, summary = document.getElementById("summary");
let begun = 0, was = false;
const watch = new MutationObserver(() => {
  const busy = summary.getAttribute("aria-busy") === "true";
  if (was && !busy) { watch.disconnect(); requestAnimationFrame(() => setTimeout(() => {
    const refused = document.querySelector("#list .refused");
    done([performance.now() - begun, refused && refused.textContent]); })); }
  was = busy;
});
watch.observe(summary, { attributes: true, attributeFilter: ["aria-busy"] });
begun = performance.now();
if (button) document.querySelector(`[data-try=${button}]`).click();
else {
  const files = new DataTransfer();
  files.items.add(new File([text], "scenario.toml"));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
}
"""
FACILITIES = """
const D = JSON.parse(document.getElementById("data").textContent), live = JSON.parse(D.live.table);
const place = D.standards.findIndex((one) => one.id === arguments[0]);
const wanted = new Set(live.of_standard[place].flatMap((k) => live.tests[k].needs).flatMap(
  (need) => need.categories));
let x = 0, y = 0;
const found = [];
D.facilities.cats.forEach((cats, k) => {
  x += D.facilities.points[2 * k]; y += D.facilities.points[2 * k + 1];
  const own = cats.map((c) => D.cats[c][0]).find((one) => wanted.has(one));
  if (own) found.push([live.facilities.ids[k], own, x * 1e-6, y * 1e-6]);
});
return found;
"""


def scenario(
    added: list[tuple[str, float, float]] = [],  # noqa: B006 - never changed
    closed: tuple[str, ...] = (),
    link: np.ndarray | None = None,
    cut: np.ndarray | None = None,
) -> str:
    """Return a scenario file."""
    lines = ['name = "s"']
    for k, (category, lon, lat) in enumerate(added):
        lines += ["[[add_facility]]", f'id = "new-{k + 1}"', f'category = "{category}"',
                  f"lon = {lon:.7f}", f"lat = {lat:.7f}"]  # fmt: skip
    lines += [line for one in closed for line in ("[[close_facility]]", f"id = {json.dumps(one)}")]
    for name, drawn in (("add_link", link), ("cut_link", cut)):
        if drawn is not None:
            lines += [f"[[{name}]]", 'name = "l"', f"line = {drawn.round(7).tolist()}"]
    return "\n".join(lines) + "\n"


def measure(page: Browser, path: Path, standard: str, times: int) -> float:
    """Print how long each kind of edit takes; return the slowest median, in milliseconds."""
    page.driver.set_script_timeout(120)
    page.open(path, f"#{standard}")
    page.wait("document.querySelectorAll('.lc-facility').length > 0", seconds=60)
    page.run("document.getElementById('tab-try').click()")
    page.wait("document.querySelector('[data-try=place]') !== null", seconds=60)
    found, rng = page.run(FACILITIES, standard), np.random.default_rng(1)

    def timed(text: str, button: str = "") -> tuple[float, str | None]:
        ms, refused = page.driver.execute_async_script(TIMED, text, button)
        return float(ms), refused

    timed(scenario(closed=(found[0][0],)))  # the worker and its city are made
    taken: dict[str, list[float]] = {}

    def edit(kind: str, text: str) -> bool:
        ms, refused = timed(text)
        if refused is None:
            taken.setdefault(kind, []).append(ms)
            taken.setdefault("undo of " + kind, []).append(timed("", "undo")[0])
        return refused is None

    for _ in range(times):
        one, category, lon, lat = found[int(rng.integers(len(found)))]
        near = np.array([lon, lat]) + rng.normal(0, 0.002, (3, 2))
        edit("add", scenario([(category, *near[0])]))
        edit("move", scenario([(category, *near[1])], (one,)))
        edit("close", scenario(closed=(one,)))
        tries = 0
        while tries < 50 and not edit("link", scenario(link=near[:2])):
            near, tries = np.array([lon, lat]) + rng.normal(0, 0.001, (3, 2)), tries + 1
        while tries < 50 and not edit("cut", scenario(cut=near[1:])):
            near, tries = np.array([lon, lat]) + rng.normal(0, 0.001, (3, 2)), tries + 1
    for kind, ms in taken.items():
        print(f"{kind:14}{len(ms):4} times: median {statistics.median(ms):5.0f}, "
              f"slowest {max(ms):5.0f} ms")  # fmt: skip
    return max(statistics.median(ms) for ms in taken.values())


def main() -> None:
    """Measure a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("--standard", required=True)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as profile, chromium(Path(profile)) as page:
        slowest = measure(page, given.page, given.standard, given.times)
    print(f"slowest kind: {slowest:.0f} ms")


if __name__ == "__main__":
    main()

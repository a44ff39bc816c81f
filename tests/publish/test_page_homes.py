"""What the page finds of each home where parts are put together, and at a limit: as in Python."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point
from test_live_kinds import KINDS, WALKED
from test_page_modules import node

import livingcircle as lc
from builders.proved_town import ENTRY, PACK, write_proved_town
from livingcircle.publish.web import live_code
from livingcircle.publish.web.map import write_map
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.access import AreaRule
from livingcircle.standards.homes import Decided, Held, joined_homes

STATIC = Path(live_code.__file__).parent / "static"
STATUS = ["covered", "gap", "off_network", "island"]
HOMES = 40

_PARTS = """
import {{ usedOf }} from "{static}/live/judge.js";
import {{ triedStandard }} from "{static}/map/tried.js";
const far = (list) => Float64Array.from(list, (m) => m ?? Infinity);
const names = ["inside", "wanted", "out", "known", "reached", "metres"];
const units = {{ ...Object.fromEntries(names.map((name) => [name, []])), whole: {{}} }};
const around = {{ units: {{ names: [], levels: [] }}, dots: ["-".repeat({homes})],
  parts: Array(9).fill({{ status: "report", target: null, is_due: true, label: ["", ""] }}) }};
const said = {cases}.map((parts) => triedStandard({{ dots: 0, units: [], status: "report" }}, {{
  parts: parts.map(({{ test, homes, metres, status }}) => ({{ homes, status, gaps: [], units,
    used: usedOf(test, far(metres), Uint8Array.from(status)) }})) }}, around).letters);
console.log(JSON.stringify(said));
"""
_VILLAGES = """
import {{ judgeAreas }} from "{static}/live/villages.js";
const metres = Float64Array.from({metres}), zero = new Uint8Array(metres.length);
const said = [false, true].map((inclusive) => {{
  const test = {{ limit: {limit}, inclusive, homes: zero, weight: zero }};
  const column = metres.map((_, k) => k);
  const rule = {{ column, units: metres, share_beyond: 0.5, measure: "mean", spots: null }};
  const found = judgeAreas(null, test, rule, {{ metres, off: zero, row: zero }});
  return {{ homes: [...found.status], villages: [...found.areas.candidate] }};
}});
console.log(JSON.stringify(said));
"""

_UNTOUCHED = """
import {{ readFileSync }} from "node:fs";
import {{ answer }} from "{static}/live/worker.js";
import {{ triedStandard }} from "{static}/map/tried.js";
const D = JSON.parse(readFileSync("{data}", "utf-8")), table = JSON.parse(D.live.table);
await answer({{ load: {{ table, bytes: D.live.bytes }} }});
const edits = {{ added: [], closed: [], links: [], cuts: [] }}, said = [];
const units = {{ names: [], levels: [], people: [], households: [] }};
for (const [place, which] of Object.entries(table.of_standard)) {{
  const found = await answer({{ edits, judge: which }}), base = D.standards[place];
  const around = {{ units, dots: D.dots, parts: which.map((k) => table.tests[k].part),
    centre: () => null, outside: "", note: ["", ""] }};
  said.push([base.id, triedStandard(base, found, around).letters, D.dots[base.dots]]);
}}
console.log(JSON.stringify(said));
"""


def said_by_page(folder: Path, script: str, **words: object) -> list:
    """Run a script on modules of the page."""
    path = folder / "asked.mjs"
    path.write_text(script.format(static=STATIC.as_posix(), **words), encoding="utf-8")
    done = node(str(path))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def homes_of(index: list[int], column: str, cost: list[float], status: list[int]) -> Decided:
    """Return homes on a row as a part with a limit of 500 has them."""
    table = pd.DataFrame({column: cost, "status": [STATUS[s] for s in status]}, index=index)
    points = gpd.GeoDataFrame(table, geometry=[Point(0, 0)] * len(index), crs=4326)
    return Decided(1, points, None)


def drawn(rng: np.random.Generator) -> list[dict]:
    """Return two or three parts that ask about some homes each."""
    parts = []
    for _ in range(int(rng.integers(2, 4))):
        basis = str(rng.choice(["metres", "seconds"]))
        test = {"basis": basis, "limit": float(rng.choice([300, 500])), "speed": 1.25}
        metres = rng.choice([0.0, 200, 299, 300, 301, 375, 400, 500, 600, 625, 700, np.inf], HOMES)
        cost = metres / (test["speed"] if basis == "seconds" else 1.0)
        # A gap within the limit: so many of a need are not there.
        status = np.where(cost <= test["limit"] + 1e-6, rng.choice([0, 0, 0, 1], HOMES), 1)
        status = np.where(np.isinf(metres), rng.choice([1, 2, 3], HOMES), status)
        some = np.flatnonzero(rng.random(HOMES) < 0.7)
        parts.append({"test": test, "homes": some, "metres": metres[some], "status": status[some]})
    return parts


def letters(parts: list[dict]) -> str:
    """Return what each home is found to be by Python."""
    decided = []
    for number, part in enumerate(parts, start=1):
        test = part["test"]
        cost = part["metres"] / (test["speed"] if test["basis"] == "seconds" else 1.0)
        one = homes_of(part["homes"].tolist(), test["basis"], cost, part["status"])
        held = Held(test["basis"], test["limit"] + COST_TOLERANCE)
        decided.append(one._replace(position=number, held=held))
    joined = joined_homes(decided)
    assert joined is not None
    found = joined["status"].map(lambda status: "cgoi"[STATUS.index(status)])
    return "".join(found.reindex(range(HOMES), fill_value="-"))


def test_the_part_that_is_exceeded_most_says_what_a_home_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    island = {"homes": np.array([0]), "metres": np.array([np.inf]), "status": np.array([3])}
    gap = {"homes": np.array([0]), "metres": np.array([600.0]), "status": np.array([1])}
    test = {"basis": "metres", "limit": 500.0, "speed": 1.25}
    cases = [[gap | {"test": test}, island | {"test": test}], *(drawn(rng) for _ in range(50))]
    listed = [
        [
            {
                "test": part["test"],
                "homes": part["homes"].tolist(),
                "metres": [m if np.isfinite(m) else None for m in part["metres"].tolist()],
                "status": part["status"].tolist(),
            }
            for part in parts
        ]
        for parts in cases
    ]
    page = said_by_page(tmp_path, _PARTS, cases=json.dumps(listed), homes=HOMES)
    assert page[0][0] == "i", "no way at all is worse than 600 of 500 m"
    assert page == [letters(parts) for parts in cases]
    assert set("".join(page)) == set("cgoi-")


@pytest.mark.parametrize("limit", [1000.0, 330.0])
def test_a_home_and_its_village_at_exactly_the_limit(tmp_path: Path, limit: float) -> None:
    steps = [-1.0, -1e-5, -1e-6, -1e-7, 0.0, 1e-7, 1e-5, 1.0]
    metres = [limit + step for step in steps]
    page = said_by_page(tmp_path, _VILLAGES, metres=json.dumps(metres), limit=limit)
    for inclusive, said in zip((False, True), page, strict=True):
        most = AreaRule(inclusive=inclusive).within_m(limit)
        one = homes_of(list(range(len(metres))), "metres", metres, [0] * len(metres))
        homes = one._replace(held=Held("metres", most)).status.tolist()
        assert [STATUS[s] for s in said["homes"]] == homes
        assert said["villages"] == [int(status == "gap") for status in homes]
        assert homes[steps.index(0.0)] == ("gap" if inclusive else "covered")


@pytest.mark.slow
def test_a_scenario_that_changes_nothing_leaves_every_home_as_it_is(tmp_path: Path) -> None:
    bodies = KINDS | WALKED
    text = PACK + "".join(ENTRY.format(id=name, body=body) for name, body in bodies.items())
    (tmp_path / "live.toml").write_text(text, "utf-8")
    write_map(
        lc.assess(lc.read_city(write_proved_town(tmp_path)), tmp_path / "live.toml"),
        tmp_path / "map.html",
    )
    page = (tmp_path / "map.html").read_text("utf-8")
    found = re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    (tmp_path / "data.json").write_text(found[1], "utf-8")
    said = said_by_page(tmp_path, _UNTOUCHED, data=(tmp_path / "data.json").as_posix())
    assert {name for name, *_ in said} == set(bodies)
    for name, tried, drawn_before in said:
        assert tried == drawn_before, name
        assert len(set(tried)) > 1, name

"""Random scenarios for the live map, and what the command line makes of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from chromium import Browser

import livingcircle as lc
from livingcircle.scenario import apply as scenario_apply
from livingcircle.scenario.model import Scenario
from livingcircle.standards.context import Context

STATUS = ("covered", "gap", "off_network", "island")

_ASK = """
const [jobs, done] = arguments;
const D = JSON.parse(document.getElementById("data").textContent);
const code = document.getElementById("engine").textContent;
const worker = new Worker(URL.createObjectURL(new Blob([code])));
const plain = (value) => (ArrayBuffer.isView(value)
  ? Array.from(value, (v) => (Number.isFinite(v) ? v : null)) : value);
const out = [];
worker.onmessage = ({ data }) => {
  if (data.error) { done({ error: data.error }); return; }
  if (data.id > 0) {
    const { result } = data;
    const kept = { refused: result.refused, value: result.value, people: result.people };
    for (const name of ["metres", "status"]) kept[name] = plain(result[name]);
    if (result.areas) kept.candidate = plain(result.areas.candidate);
    out.push(kept);
  }
  if (data.id === jobs.length) { worker.terminate(); done(out); return; }
  worker.postMessage({ id: data.id + 1, ...jobs[data.id] });
};
worker.postMessage({ id: 0, load: { table: JSON.parse(D.live.table), bytes: D.live.bytes } });
"""


@dataclass(frozen=True)
class Draw:
    """A city and a requirement, and how edits of them are drawn."""

    result: lc.Result
    standard: str

    @property
    def place(self) -> int:
        """The requirement's place in the result."""
        return [f.id for f in self.result.findings].index(self.standard)

    def edits(self, rng: np.random.Generator) -> dict:
        """Return up to a few facilities put and closed, links and cuts."""
        city = self.result.city
        nodes = city.network.node_lonlat
        asked = self.result.findings[self.place].requirement.needs.categories

        def near(spread: float) -> np.ndarray:
            return nodes[rng.integers(len(nodes))] + rng.normal(0, spread, 2)

        def line(spread: float, length: float) -> list[list[float]]:
            begin = near(spread)
            return [begin.tolist(), (begin + rng.normal(0, length, 2)).tolist()]

        added = []
        for n in range(int(rng.integers(0, 3))):
            lon, lat = near(0.0012).tolist()
            one = {"id": f"n{n}", "name": f"新 {n}", "lon": lon, "lat": lat}
            added.append(one | {"categories": [str(rng.choice(asked))]})
        own = city.facilities.of(*asked)["facility_id"].astype(str).to_numpy()
        closed: list[str] = []
        if len(own) and rng.random() < 0.6:
            closed = np.unique(rng.choice(own, int(rng.integers(1, 4)))).tolist()
        links = [
            {"name": "l", "line": line(0.0012, 0.002), "stairs": bool(rng.random() < 0.3)}
            for _ in range(int(rng.integers(0, 2)))
        ]
        cuts = [{"name": "c", "line": line(0.0003, 0.0008)} for _ in range(int(rng.integers(0, 3)))]
        return {"added": added, "closed": closed, "links": links, "cuts": cuts}


def scenario_of(edits: dict) -> Scenario:
    """Return edits of the page as a scenario of the command line."""

    def lines(rows: list[dict], *names: str) -> gpd.GeoDataFrame:
        data = {name: [row[name] for row in rows] for name in ("name", *names)}
        shapes = [shapely.LineString(row["line"]) for row in rows]
        return gpd.GeoDataFrame(data, geometry=shapes, crs=4326)

    added = edits["added"]
    table = gpd.GeoDataFrame(
        {
            "id": [a["id"] for a in added],
            "name": [a["name"] for a in added],
            "category": [";".join(a["categories"]) for a in added],
        },
        geometry=[shapely.Point(a["lon"], a["lat"]) for a in added],
        crs=4326,
    )
    return Scenario(
        "s",
        add_facility=table,
        close_facility=tuple(edits["closed"]),
        add_link=lines(edits["links"], "stairs"),
        cut_link=lines(edits["cuts"]),
    )


def same_as_python(page: Browser, path: Path, draw: Draw, count: int, seed: int) -> int:
    """Hold the page's answers to the command line's; return how many edits were no refusals."""
    page.open(path)
    page.wait("document.getElementById('engine') !== null")
    # The data of a large city is inflated first.
    page.wait("document.getElementById('data').textContent.length > 0", seconds=30)
    table = page.run(
        "const D = JSON.parse(document.getElementById('data').textContent);"
        "return D.live === null ? null : JSON.parse(D.live.table).of_standard"
    )
    assert table is not None, "the page carries no engine"
    which = table[str(draw.place)]
    rng = np.random.default_rng(seed)
    edits = [draw.edits(rng) for _ in range(count)]
    page.driver.set_script_timeout(600)
    answers = page.driver.execute_async_script(_ASK, [{"edits": e, "judge": which} for e in edits])
    assert "error" not in answers, answers
    finding = draw.result.findings[draw.place]
    part, homes = finding.requirement.parts[0], finding.parts[0].demand.index
    made = 0
    for one, got in zip(edits, answers, strict=True):
        try:
            city = scenario_apply.apply_scenario(draw.result.city, scenario_of(one))
        except lc.LivingCircleError:
            assert got.get("refused"), one
            continue
        assert not got.get("refused"), (got, one)
        made += 1
        outcome = part.assess(Context(city, draw.result.as_of))
        points = outcome.demand.reindex(homes)
        metres = points["metres"].to_numpy(dtype=float)
        shown = np.array([np.inf if m is None else m for m in got["metres"]])
        # A tenth of a metre for every home, and not one person more or fewer.
        both = np.isfinite(metres) | np.isfinite(shown)
        assert np.abs(metres[both] - shown[both]).max(initial=0.0) < 0.1, one
        assert abs((outcome.verdict.value or 0.0) - (got["value"] or 0.0)) < 1e-9, one
        if got.get("candidate") is None:
            assert [STATUS[s] for s in got["status"]] == points["status"].tolist(), one
    return made

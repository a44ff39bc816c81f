"""Random scenarios for the live map, and what the command line makes of each.

Streets are changed once for several edits of facilities, so that both sides keep what does not
change; numbers come out of the page as bytes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from chromium import Browser

import livingcircle as lc
from livingcircle.city.model import City
from livingcircle.gaps.access_test import AccessTest, all_access_tests
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors
from livingcircle.routing.limits import COST_TOLERANCE, Limit
from livingcircle.scenario.apply import apply_scenario
from livingcircle.scenario.model import Scenario
from livingcircle.standards.context import Context
from livingcircle.standards.homes import Decided

STATUS = ("covered", "gap", "off_network", "island")

FACILITY_EDITS = 10
"""Edits of facilities on the same streets."""
AT_ONCE = 50
"""Edits that the page answers in one call."""

_START = """
const [which, done] = arguments;
const D = JSON.parse(document.getElementById("data").textContent);
const code = document.getElementById("engine").textContent;
const worker = new Worker(URL.createObjectURL(new Blob([code])));
const packed = (array) => {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let k = 0; k < bytes.length; k += 0x8000)
    text += String.fromCharCode(...bytes.subarray(k, k + 0x8000));
  return btoa(text);
};
const kept = (answer) => (answer.parts ? answer.parts.map(kept) : {
  metres: packed(Float64Array.from(answer.metres)), status: packed(Uint8Array.from(answer.status)),
  value: answer.value, inside: answer.inside,
  ...(answer.areas && Object.fromEntries(["measured", "share"].map((name) =>
    [name, packed(Float64Array.from(answer.areas[name]))]))),
});
const ask = (message) => new Promise((answered) => {
  worker.onmessage = ({ data }) => answered(data.error ? { error: data.error } : data.result);
  worker.postMessage({ id: 1, ...message });
});
window.answers = async (list) => {
  const out = [];
  for (const edits of list) {
    const found = await ask({ edits, judge: which });
    out.push(found.error || found.refused ? found : [kept(found)].flat());
  }
  return out;
};
ask({ load: { table: JSON.parse(D.live.table), bytes: D.live.bytes } }).then(
  (found) => done(found.error || null));
"""
_ANSWER = "const [list, done] = arguments; window.answers(list).then(done, (e) => done(String(e)));"


@dataclass(frozen=True)
class Draw:
    """A city and a requirement, and how edits of them are drawn."""

    result: lc.Result
    standard: str

    @property
    def place(self) -> int:
        """The requirement's place in the result."""
        return [f.id for f in self.result.findings].index(self.standard)

    @property
    def tests(self) -> list[AccessTest]:
        """What the parts of the requirement ask of walks."""
        return list(all_access_tests(self.result.findings[self.place], self.result.context))

    def _near(self, rng: np.random.Generator, spread: float) -> np.ndarray:
        nodes = self.result.city.network.node_lonlat
        return nodes[rng.integers(len(nodes))] + rng.normal(0, spread, 2)

    def _line(self, rng: np.random.Generator, spread: float, length: float) -> list[list[float]]:
        begin = self._near(rng, spread)
        return [begin.tolist(), (begin + rng.normal(0, length, 2)).tolist()]

    def streets(self, rng: np.random.Generator) -> dict:
        """Return up to a link and two cuts."""
        links = [
            {
                "name": "l",
                "line": self._line(rng, 0.0012, 0.002),
                "stairs": bool(rng.random() < 0.3),
            }
            for _ in range(int(rng.integers(0, 2)))
        ]
        cuts = [
            {"name": "c", "line": self._line(rng, 0.0003, 0.0008)}
            for _ in range(int(rng.integers(0, 3)))
        ]
        return {"added": [], "closed": [], "links": links, "cuts": cuts}

    def facilities(self, rng: np.random.Generator) -> dict:
        """Return up to two facilities put and three closed."""
        city = self.result.city
        asked = self.result.findings[self.place].requirement.needs.categories
        added = []
        for n in range(int(rng.integers(0, 3))):
            lon, lat = self._near(rng, 0.0012).tolist()
            one = {"id": f"n{n}", "name": f"新 {n}", "lon": lon, "lat": lat}
            added.append(one | {"categories": [str(rng.choice(asked))]})
        own = city.facilities.of(asked)["facility_id"].astype(str).to_numpy()
        closed: list[str] = []
        if len(own) and rng.random() < 0.6:
            closed = np.unique(rng.choice(own, int(rng.integers(1, 4)))).tolist()
        return {"added": added, "closed": closed, "links": [], "cuts": []}


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


@dataclass
class Walks:
    """Walks of the command line; where demand meets streets is kept as long as they stay."""

    anchors: dict[WalkNetwork, Anchors] = field(default_factory=dict)

    def of(self, test: AccessTest, city: City) -> tuple[pd.Series, pd.Series]:
        """Return metres to the farthest need, and whether all are within the limit, by home."""
        ctx, homes = Context(city, test.ctx.as_of), test.points.index
        far, cost = [], []
        for trip in test.trips:
            if trip.k > 1:
                table = ctx.travel.cost(trip)
            else:
                found = ctx.travel.reach(trip)
                if found.network not in self.anchors:
                    self.anchors[found.network] = found.anchored(city.demand)
                drives = trip.mode == "drive"
                endless = Limit(np.inf, drives)
                table = found.at(self.anchors[found.network], endless).set_axis(city.demand.index)
                if not drives:
                    table["seconds"] = found.seconds_of(table, trip.who)
            far.append(table.loc[homes, "metres"].to_numpy(dtype=float))
            cost.append(table.loc[homes, test.basis].to_numpy(dtype=float))
        worst = np.column_stack(cost).argmax(axis=1)
        metres = np.column_stack(far)[np.arange(len(homes)), worst]
        within = (np.column_stack(cost) <= test.limit + COST_TOLERANCE).all(axis=1)
        return pd.Series(metres, homes), pd.Series(within, homes)


def numbers_of(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def same_metres(one: np.ndarray, other: np.ndarray) -> None:
    """Hold two rows of walks to each other: a tenth of a metre, or both nowhere."""
    both = np.isfinite(one) | np.isfinite(other)
    assert np.abs(one[both] - other[both]).max(initial=0.0) < 0.1


def _whole(test: AccessTest, city: City, got: dict) -> None:
    """Hold the answer for a part to the whole assessment of a city."""
    part = test.finding.requirement.parts[test.position - 1]
    outcome = part.assess(Context(city, test.ctx.as_of))
    points = outcome.demand.reindex(test.points.index)
    same_metres(points["metres"].to_numpy(dtype=float), numbers_of(got["metres"], "<f8"))
    assert abs((outcome.verdict.value or 0.0) - (got["value"] or 0.0)) < 1e-9
    status = [STATUS[s] for s in numbers_of(got["status"], "u1")]
    homes = Decided(1, points, outcome.held).status if test.areas else points["status"]
    assert status == homes.tolist()
    if test.areas is not None:
        name = "share" if test.areas.measure == "share" else "measured"
        measured = numbers_of(got[name], "<f8")
        same_metres(outcome.units[f"by_{test.areas.measure}"].to_numpy(dtype=float), measured)


def _start(page: Browser, path: Path, draw: Draw) -> None:
    """Open a page and have its engine ready for a standard."""
    page.open(path)
    page.wait("document.getElementById('engine') !== null")
    # The data of a large city is inflated first.
    page.wait("document.getElementById('data').textContent.length > 0", seconds=30)
    table = page.run(
        "const D = JSON.parse(document.getElementById('data').textContent);"
        "return D.live === null ? null : JSON.parse(D.live.table).of_standard"
    )
    assert table is not None, "the page carries no engine"
    assert str(draw.place) in table, "the page does not decide this standard"
    page.driver.set_script_timeout(600)
    assert page.driver.execute_async_script(_START, table[str(draw.place)]) is None


def answers_of(page: Browser, path: Path, draw: Draw, edits: list[dict]) -> list:
    """Return what the engine of a page answers to each of some edits."""
    _start(page, path, draw)
    return [
        answer
        for begin in range(0, len(edits), AT_ONCE)
        for answer in page.driver.execute_async_script(_ANSWER, edits[begin : begin + AT_ONCE])
    ]


def same_as_python(
    page: Browser, path: Path, draw: Draw, count: int, seed: int, whole: int = 1
) -> int:
    """Hold the page's answers to the command line's; return how many edits were no refusals.

    Every home's walk and the people within the limits are compared for each edit; of every
    ``whole``-th the assessment is made anew from the ground, as it is of each edit of a rule about
    villages.
    """
    _start(page, path, draw)
    rng = np.random.default_rng(seed)
    streets = [draw.streets(rng) for _ in range(-(-count // FACILITY_EDITS))]
    edits = [
        draw.facilities(rng) | {name: streets[k // FACILITY_EDITS][name] for name in _STREETS}
        for k in range(count)
    ]
    tests, made = draw.tests, 0
    for begin in range(0, count, AT_ONCE):
        some = edits[begin : begin + AT_ONCE]
        answers = page.driver.execute_async_script(_ANSWER, some)
        for at in range(0, len(some), FACILITY_EDITS):
            batch = slice(at, at + FACILITY_EDITS)
            made += _batch(draw, tests, some[batch], answers[batch], begin + at, whole)
    return made


_STREETS = ("links", "cuts")


def _batch(
    draw: Draw, tests: list[AccessTest], edits: list[dict], answers: list, first: int, whole: int
) -> int:
    """Compare some edits on the same streets; return how many were made."""
    only = {"added": [], "closed": []} | {name: edits[0][name] for name in _STREETS}
    try:
        city = apply_scenario(draw.result.city, scenario_of(only))
    except lc.LivingCircleError:
        assert all("refused" in got for got in answers), only
        return 0
    walks = Walks()
    for k, (one, got) in enumerate(zip(edits, answers, strict=True)):
        assert isinstance(got, list), (got, one)
        of_facilities = one | dict.fromkeys(_STREETS, ())
        tried = apply_scenario(city, scenario_of(of_facilities))
        for test, own in zip(tests, got, strict=True):
            if test.areas is not None or (first + k) % whole == 0:
                _whole(test, tried, own)
            if test.areas is not None:
                continue
            metres, within = walks.of(test, tried)
            same_metres(metres.to_numpy(), numbers_of(own["metres"], "<f8"))
            covered = numbers_of(own["status"], "u1") == 0
            # Not one home, and not one person more or fewer.
            assert np.array_equal(covered, within.to_numpy()), one
            assert abs(own["inside"] - test.weight[covered].sum()) < 1e-6, one
    return len(edits)

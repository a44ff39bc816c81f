"""What must hold for any town: hypothesis draws small ones with bends, loops, twins and islands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from builders.drawing import PLAN, Plan, walk_network, write_lines, write_osm
from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach
from oracle import (
    GEOD,
    Oracle,
    Streetfinder,
    disagreements,
    lines_as_streets,
    metres_between,
    osm_streets,
)

BLOCK = 90.0
SIDE = 4
UNSURE = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
few = settings(max_examples=15, deadline=None, suppress_health_check=UNSURE)
some = settings(few, max_examples=40)
# The two that compare with the oracle run long once more among the slow tests.
thorough = settings(few, max_examples=1000)


@dataclass(frozen=True)
class Town:
    """Everything in metres on a drawing board."""

    streets: tuple[tuple[tuple[float, float], ...], ...]
    facilities: tuple[tuple[float, float], ...]
    demand: tuple[tuple[float, float], ...]
    plan: Plan = PLAN

    def lines(self, plan: Plan | None = None):
        return [(plan or self.plan).line(*street) for street in self.streets]

    def lonlat(self, where):
        return [self.plan.at(*xy) for xy in where]

    def walked(self, facilities=None, **options):
        places = self.facilities if facilities is None else facilities
        return reach(walk_network(self.lines()), self.plan.facilities(places), **options)

    def table(self):
        return self.plan.points(self.demand)


def _junction(number: int) -> tuple[float, float]:
    """A junction of a crooked grid, so that hardly any two distances tie by symmetry."""
    i, j = divmod(number, SIDE)
    return (
        BLOCK * i + 17.0 * math.sin(7.1 * number + 1.0),
        BLOCK * j + 17.0 * math.cos(3.7 * number + 2.0),
    )


junctions = st.integers(0, SIDE * SIDE - 1)
metres = st.integers(-40, int(BLOCK * SIDE) + 40).map(float)
places = st.tuples(metres, metres)


@st.composite
def streets(draw):
    """A street from a junction to another one (or itself) with up to three bends."""
    first, last = draw(junctions), draw(junctions)
    least = 2 if first == last else 0
    bends = draw(st.lists(places, min_size=least, max_size=3, unique=True))
    return (_junction(first), *bends, _junction(last))


@st.composite
def towns(draw, max_facilities=5, max_demand=12):
    """A town whose facilities stand clearly nearest to one street."""
    lines = tuple(draw(st.lists(streets(), min_size=1, max_size=14)))
    nodes = {corner for line in lines for corner in line}
    town = Town(lines, (), ())
    finder = Streetfinder(lines_as_streets(town.lines()))

    def clear(place):
        return finder.is_clear(*PLAN.at(*place))

    spots = st.one_of(places, st.sampled_from(sorted(nodes)))
    facilities = draw(st.lists(spots, min_size=1, max_size=max_facilities))
    demand = draw(st.lists(spots, min_size=1, max_size=max_demand))
    return Town(lines, tuple(filter(clear, facilities)), tuple(filter(clear, demand)))


any_town = given(town=towns(), cap=st.sampled_from([15.0, 60.0, 300.0]), limit=st.integers(20, 900))


@pytest.mark.slow
@some
@any_town
def test_engine_equals_oracle(town, cap, limit):
    _engine_equals_oracle(town, cap, limit)


@pytest.mark.exhaustive
@thorough
@any_town
def test_engine_equals_oracle_in_a_thousand_towns(town, cap, limit):
    _engine_equals_oracle(town, cap, limit)


def _engine_equals_oracle(town, cap, limit):
    judge = Oracle(
        lines_as_streets(town.lines()),
        town.lonlat(town.facilities),
        town.lonlat(town.demand),
        facility_ids=[f"f{i}" for i in range(len(town.facilities))],
        max_access_m=cap,
    )
    walked = town.walked(max_access_m=cap)
    for limit_m in (None, float(limit)):
        wrong = disagreements(
            judge,
            walked.to(town.table(), limit_m=limit_m),
            max_access_m=cap,
            limit_m=limit_m,
            within_m=0.01,
            within_part=0.0,
        )
        assert wrong.empty, f"\n{wrong}\n{town}"


TAGS = [
    {"highway": "residential"},
    {"highway": "residential", "oneway": "yes"},
    {"highway": "steps"},
    {"highway": "footway", "footway": "crossing"},
    {"highway": "footway", "bridge": "yes", "layer": "1"},
    {"highway": "service", "access": "private"},
]


@st.composite
def ways(draw):
    """OSM ways through shared nodes: chains, rings, repeats, doubled segments, dead ends."""
    chosen = []
    for _ in range(draw(st.integers(1, 9))):
        refs = draw(st.lists(junctions, min_size=2, max_size=7))
        if len(set(refs)) > 1:
            chosen.append((draw(st.sampled_from(TAGS)), [_junction(ref) for ref in refs]))
    return chosen


any_ways = given(
    ways=ways(),
    facilities=st.lists(places, min_size=1, max_size=3),
    demand=st.lists(places, min_size=1, max_size=10),
    walker=st.sampled_from(["adult", "wheelchair"]),
)


@pytest.mark.slow
@some
@any_ways
def test_osm_ways_equal_the_oracle(ways, facilities, demand, walker):
    _osm_ways_equal_the_oracle(ways, facilities, demand, walker)


@pytest.mark.exhaustive
@thorough
@any_ways
def test_a_thousand_osm_files_equal_the_oracle(ways, facilities, demand, walker):
    _osm_ways_equal_the_oracle(ways, facilities, demand, walker)


def _osm_ways_equal_the_oracle(ways, facilities, demand, walker):
    with TemporaryDirectory() as folder:
        path = write_osm(Path(folder) / "ways.osm", ways)
        streets = osm_streets(path)
        assume(streets.pieces)
        network = read_network(path)
    if walker == "wheelchair":
        streets = streets.without_stairs()
    assume(streets.pieces)
    finder = Streetfinder(streets)
    facilities = [xy for xy in facilities if finder.is_clear(*PLAN.at(*xy))]
    judge = Oracle(
        streets,
        [PLAN.at(*xy) for xy in facilities],
        [PLAN.at(*xy) for xy in demand],
        facility_ids=[f"f{i}" for i in range(len(facilities))],
    )
    walked = reach(network, PLAN.facilities(facilities), walker=walker)
    wrong = disagreements(judge, walked.to(PLAN.points(demand)), within_m=0.01, within_part=0.0)
    assert wrong.empty, f"\n{wrong}"
    pieces = walked.edges(limit_m=200.0)
    drawn = sum(GEOD.geometry_length(line) for line in pieces.geometry)
    assert drawn == pytest.approx(judge.covered_m(200.0), abs=0.02)


@pytest.mark.slow
@few
@given(town=towns(max_demand=1), limit=st.integers(1, 900))
def test_covered_metres_equal_the_oracle(town, limit):
    judge = Oracle(lines_as_streets(town.lines()), town.lonlat(town.facilities), [])
    pieces = town.walked().edges(limit_m=float(limit))
    drawn = sum(GEOD.geometry_length(line) for line in pieces.geometry)
    assert drawn == pytest.approx(judge.covered_m(limit), abs=0.02)


@pytest.mark.slow
@few
@given(town=towns(max_demand=5), k=st.integers(1, 6))
def test_k_nearest_and_counts_equal_the_oracle(town, k):
    judge = Oracle(
        lines_as_streets(town.lines()), town.lonlat(town.facilities), town.lonlat(town.demand)
    )
    walked = town.walked()
    demand = town.table()
    ranked = walked.nearest(demand, k)
    limit = 250.0
    count = walked.count(demand, limit_m=limit)
    matrix = walked.matrix(demand, limit_m=limit)[0].tocoo()
    for row, verdict in enumerate(judge.verdicts):
        found = _of(ranked, demand, row)
        options = [sorted(o.values()) for o in verdict.options] or [[]]
        got = sorted(float(m) for m in found if math.isfinite(m))
        assert any(
            len(got) == min(k, len(right)) and np.allclose(got, right[: len(got)], atol=0.01)
            for right in options
        ), f"{got} against {options} in {town}"
        sure = [all(abs(m - limit) > 0.01 for m in right) for right in options]
        if all(sure):
            right = {sum(m <= limit for m in option) for option in options}
            assert count.iloc[row] in right
            assert int((matrix.row == row).sum()) in right


def _of(ranked: pd.DataFrame, demand, row: int) -> list[float]:
    """Metres of one demand point in the long table."""
    return list(ranked.loc[ranked["demand"] == demand.index[row], "metres"].astype(float))


@pytest.mark.slow
@few
@given(town=towns())
def test_more_facilities_never_lengthen(town):
    assume(len(town.facilities) > 1)
    before = town.walked(town.facilities[:-1]).to(town.table())
    after = town.walked().to(town.table())
    assert (after["metres"] <= before["metres"] + 1e-6).all()


@pytest.mark.slow
@few
@given(town=towns(), small=st.integers(0, 800), more=st.integers(0, 400))
def test_a_larger_limit_never_uncovers(town, small, more):
    walked = town.walked()
    tight = walked.to(town.table(), limit_m=float(small))["status"] == "covered"
    wide = walked.to(town.table(), limit_m=float(small + more))["status"] == "covered"
    assert (wide | ~tight).all()
    assert _edge_m(walked, float(small)) <= _edge_m(walked, float(small + more)) + 1e-6


def _edge_m(walked, limit_m: float) -> float:
    return float(np.sum(walked.circle(limit_m=limit_m)["edge_m"]))


@pytest.mark.slow
@few
@given(town=towns(), rng=st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(town, rng):
    straight = town.walked().to(town.table())
    facilities, order = list(range(len(town.facilities))), list(range(len(town.demand)))
    rng.shuffle(facilities)
    rng.shuffle(order)
    streets = list(town.lines())
    rng.shuffle(streets)
    table = PLAN.facilities(town.facilities).iloc[facilities]
    mixed = reach(walk_network(streets), table).to(town.table().iloc[order])
    assert list(mixed.index) == order
    mixed = mixed.sort_index()
    np.testing.assert_allclose(mixed["metres"], straight["metres"], atol=1e-6)
    assert list(mixed["status"]) == list(straight["status"])


@pytest.mark.slow
@few
@given(town=towns())
def test_a_duplicated_facility_changes_nothing(town):
    assume(town.facilities)
    once = town.walked().to(town.table())
    twice = town.walked((*town.facilities, town.facilities[0])).to(town.table())
    np.testing.assert_allclose(twice["metres"], once["metres"], atol=1e-6)
    assert list(twice["status"]) == list(once["status"])


@pytest.mark.slow
@few
@given(town=towns(), lon=st.integers(-179, 178).map(float))
def test_translation_changes_nothing(town, lon):
    """Turned about the Earth's axis, every length stays what it is."""
    there = Plan(lon + 0.25, PLAN.lat)
    here = town.walked().to(town.table())
    moved = reach(walk_network(town.lines(there)), there.facilities(town.facilities)).to(
        there.points(town.demand)
    )
    np.testing.assert_allclose(moved["metres"], here["metres"], atol=1e-3)
    assert list(moved["status"]) == list(here["status"])


@pytest.mark.slow
@few
@given(town=towns(), names=st.sampled_from(["letters", "repeated", "tuples"]))
def test_rows_in_are_rows_out(town, names):
    count = len(town.demand)
    index = {
        "letters": [f"row {i}" for i in range(count)],
        "repeated": [i // 2 for i in range(count)],
        "tuples": pd.MultiIndex.from_tuples([(i, -i) for i in range(count)], names=["a", "b"]),
    }[names]
    demand = PLAN.points(town.demand, index=index)
    got = town.walked().to(demand, limit_m=200)
    pd.testing.assert_index_equal(got.index, demand.index)
    assert set(got["status"]) <= {"covered", "gap", "off_network", "island"}
    none = ~np.isfinite(got["metres"])
    assert (none == got["status"].isin(["off_network", "island"])).all()
    assert (none == got["facility_id"].isna()).all()
    assert (np.isfinite(got["seconds"]) == ~none).all()


@pytest.mark.slow
@few
@given(town=towns(max_facilities=1, max_demand=1))
def test_the_way_back_is_as_long(town):
    assume(town.facilities)
    assume(town.demand)
    there = town.walked().to(town.table())["metres"].iloc[0]
    back = town.walked(town.demand).to(PLAN.points(town.facilities))["metres"].iloc[0]
    assert back == pytest.approx(there, abs=1e-6)


@pytest.mark.slow
@few
@given(town=towns(max_facilities=1))
def test_no_detour_over_a_third_point_is_shorter(town):
    assume(town.facilities)
    assume(len(town.demand) > 1)
    via, rest = town.demand[0], town.demand[1:]
    first = town.walked().to(PLAN.points([via])).iloc[0]
    direct = town.walked().to(PLAN.points(rest))["metres"]
    second = town.walked([via]).to(PLAN.points(rest))["metres"]
    # Both ways hold the leg of the third point, which nobody walks who passes it by.
    over = first["metres"] + second - 2 * first["access_m"]
    assert (direct <= over + 1e-6).all()


@pytest.mark.slow
@few
@given(town=towns())
def test_a_walk_is_never_shorter_than_the_crow_flies(town):
    got = town.walked().to(town.table())
    for (lon, lat), row in zip(town.lonlat(town.demand), got.itertuples(), strict=True):
        straight = [metres_between(lon, lat, *at) for at in town.lonlat(town.facilities)]
        assert row.metres >= min(straight, default=0.0) - 1e-3


@pytest.mark.slow
@few
@given(town=towns(max_demand=6))
def test_routes_are_as_long_as_they_say(town):
    walked = town.walked()
    table, way = walked.to(town.table()), walked.route(town.table())
    assert list(way.index) == list(table.index)
    for row, xy in enumerate(town.demand):
        line = way.geometry.iloc[row]
        if not math.isfinite(table["metres"].iloc[row]):
            assert line is None or line.is_empty
            continue
        assert line.geom_type == "LineString"
        assert GEOD.geometry_length(line) == pytest.approx(table["metres"].iloc[row], abs=0.01)
        assert metres_between(*line.coords[0], *PLAN.at(*xy)) < 0.01
        number = int(table["facility_id"].iloc[row][1:])
        place = PLAN.at(*town.facilities[number])
        assert metres_between(*line.coords[-1], *place) < 0.01


@pytest.mark.slow
@settings(few, max_examples=15)
@given(town=towns(), ending=st.sampled_from([".geojson", ".gpkg"]))
def test_a_file_of_lines_gives_the_same_answers(town, ending, tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    path = write_lines(folder / "streets.geojson", town.lines())
    if ending == ".gpkg":
        gpd.read_file(path).to_file(folder / "streets.gpkg")
        path = folder / "streets.gpkg"
    read = reach(read_network(path), PLAN.facilities(town.facilities)).to(town.table())
    np.testing.assert_allclose(read["metres"], town.walked().to(town.table())["metres"], atol=1e-5)

"""Findings by cell: the same people, counted again cell by cell in a few lines."""

from __future__ import annotations

import math
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest

import livingcircle as lc
from builders.drawing import PLAN
from builders.square_city import HOMES, make_city
from livingcircle.errors import LivingCircleError
from livingcircle.standards.grid import by_grid


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return lc.assess(lc.read_city(make_city(tmp_path_factory.mktemp("grid") / "city")))


def counted(result, name):
    """Count people and covered people by a function of a home's longitude and latitude."""
    found = {}
    for home in result.finding("LP-1").demand.itertuples():
        people, inside = found.get(name(home.geometry), (0.0, 0.0))
        covered = home.residents if home.status == "covered" else 0.0
        found[name(home.geometry)] = (people + home.residents, inside + covered)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("size", [500, 130.5, 10_000])
def test_square_cells_hold_the_people_of_a_plain_count(result, size):
    cells = result.by_grid(size)
    metres = gpd.GeoSeries(result.finding("LP-1").demand.geometry).to_crs(result.city.network.crs_m)
    back = dict(zip(result.finding("LP-1").demand.geometry, metres, strict=True))

    def name(point):
        x, y = back[point].x, back[point].y
        return f"E{math.floor(x / size) * size:.10g}N{math.floor(y / size) * size:.10g}"

    expected = counted(result, name)
    assert set(cells["cell"]) == set(expected)
    for row in cells.itertuples():
        people, covered = expected[row.cell]
        assert (row.people, row.people_covered) == (people, covered)
        assert row.share == covered / people
    assert cells["points"].sum() == len(HOMES)
    assert set(cells["id"]) == {"LP-1"}  # LP-2 asks of units, and of no home
    assert cells.crs == "EPSG:4326"
    square = cells.geometry.to_crs(result.city.network.crs_m).area
    assert square.to_numpy() == pytest.approx(np.full(len(cells), size * size), rel=1e-5)


def test_cells_add_up_to_the_finding(result):
    finding, cells = result.finding("LP-1"), result.by_grid()
    assert cells["people_covered"].sum() / cells["people"].sum() == finding.value
    assert cells["people"].sum() - cells["people_covered"].sum() == finding.people_left_out
    assert 0 < finding.value < 1


def test_every_home_lies_in_its_cell(result):
    homes = result.finding("LP-1").demand
    cells = result.by_grid(500)
    joined = homes.sjoin(cells[["cell", "geometry"]], predicate="within")
    assert joined.groupby("cell").size().to_dict() == dict(
        zip(cells["cell"], cells["points"], strict=True)
    )


def test_h3_cells_hold_the_people_of_a_plain_count(result):
    h3 = pytest.importorskip("h3")
    cells = result.by_grid(h3=9)
    expected = counted(result, lambda point: h3.latlng_to_cell(point.y, point.x, 9))
    found = {row.cell: (row.people, row.people_covered) for row in cells.itertuples()}
    assert found == expected
    homes = result.finding("LP-1").demand
    assert len(homes.sjoin(cells, predicate="within")) == len(homes)


def test_unknown_people_are_not_nobody():
    # Two homes in one cell, one of them unknown; one alone and unknown; one where nobody lives.
    homes = PLAN.points([(10, 10), (20, 20), (1010, 10), (2010, 10)])
    homes = homes.assign(status=["gap", "covered", "covered", "gap"])
    test = SimpleNamespace(
        points=homes, group="residents", weight=np.array([4.0, np.nan, np.nan, 0.0])
    )
    cells = by_grid([("X-1", 1, test)], homes.estimate_utm_crs(), 500, None).sort_values("people")
    found = cells[["points", "unknown", "people", "people_covered", "share"]].to_numpy()
    nan = np.nan
    expected = [[1, 0, 0, 0, nan], [2, 1, 4, 0, 0], [1, 1, nan, nan, nan]]
    assert np.array_equal(found.astype(float), expected, equal_nan=True)


def test_one_standard_alone(result):
    assert len(result.by_grid(500, standard="LP-1")) == len(result.by_grid(500))
    assert len(result.by_grid(500, standard="LP-2")) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"size_m": 0}, {"size_m": -1}, {"size_m": math.inf}, {"size_m": "500"}, {"h3": 16},
        {"size_m": 500.0, "h3": 9},
        {"h3": -1}, {"h3": True}, {"h3": 9.5}, {"standard": "LP-9"},
    ],
)  # fmt: skip
def test_wrong_arguments_are_told(result, wrong):
    with pytest.raises(LivingCircleError):
        result.by_grid(**wrong)


def test_without_the_extra_the_mend_is_told(result, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h3", None)
    with pytest.raises(LivingCircleError, match=r"livingcircle\[h3\]"):
        result.by_grid(h3=9)

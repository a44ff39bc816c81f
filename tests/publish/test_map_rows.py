"""Rows of the map's tables, made column by column, against the same made cell by cell."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from livingcircle.osm.barriers import barrier_kinds
from livingcircle.publish.web.encode import finite, finite_list
from livingcircle.publish.web.map_findings import gaps_a_standard
from livingcircle.publish.web.map_rows import _barriers, gap_rows, link_places, place_of


def test_numbers_are_rounded_as_one_by_one() -> None:
    values = [1.0, 2.25, np.nan, np.inf, -np.inf, -0.04, 1e18, 12345.678, None, 0.1 + 0.2]
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    got = finite_list(frame, "x")
    assert got == [finite(None if v is None else v, 2) for v in values]
    assert [type(v) for v in got[:3]] == [int, float, type(None)]
    assert finite_list(frame, "y") == [None] * len(values)


def some_gaps() -> gpd.GeoDataFrame:
    kinds = list(barrier_kinds())
    table = {
        "standard": ["A"] * 4 + ["B"],
        "gap_id": ["A:1", "A:2", "A:3", "A:4", "B:1"],
        "unit_id": ["1", "2", "9", "2", "1"],
        "unit_name": ["甲", "", None, np.nan, "甲"],
        "level": ["community", "community", "community", "town", "community"],
        "people": [10.0, 3.25, np.nan, np.inf, 1.0],
        "households": [None, 1, 2, 3, 4],
        "metres": [np.inf, 900.06, 1.0, 2.0, 3.0],
        "straight_m": [1.0] * 5,
        "facility_name": ["站", None, 7, "x", "y"],
        "reason": ["detour", None, "island", "data", "detour"],
        "barrier": [kinds[0], kinds[1], "something", None, None],
        "barrier_name": ["前山河", None, "x", "y", None],
        "link": [0, -1, -1, -1, 3],
        "lon": [113.1234567, np.nan, 1.0, 2.0, 3.0],
        "lat": [22.0, 1.0, 2.0, 3.0, 4.0],
    }
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]))


def test_gaps_are_what_they_were_row_by_row() -> None:
    units = place_of(pd.MultiIndex.from_tuples([("community", "1"), ("community", "2")]))
    routes = place_of(pd.MultiIndex.from_tuples([("B", "1"), ("A", "2")]))
    found = gap_rows(some_gaps(), units, routes, 3)
    assert [row["id"] for row in found["B"]] == ["B:1"]
    rows = found["A"]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    kinds = list(barrier_kinds().values())
    common = {"level": "community", "part": None, "help": None, "m2": None, "rooms": None}
    assert rows == [
        {"id": "A:1", "name": "甲", "people": 10, "households": None, "metres": None,
         "straight": 1, "facility": "站", "reason": "detour", "at": [22.0, 113.123457],
         "barrier": [f"{kinds[0].zh} 前山河", f"{kinds[0].en} 前山河"],
         "link": 0, "route": -1, "unit": 0} | common,
        {"id": "A:2", "name": None, "people": 3.25, "households": 1,
         "metres": 900.06, "straight": 1, "facility": None, "reason": None, "at": None,
         "barrier": [kinds[1].zh, kinds[1].en], "link": -1, "route": 1, "unit": 1} | common,
        {"id": "A:3", "name": None, "people": None, "households": 2, "metres": 1, "straight": 1,
         "facility": None, "reason": "island", "at": [2.0, 1.0],
         "barrier": ["something", "something"], "link": -1, "route": -1, "unit": None} | common,
    ]  # fmt: skip
    assert _barriers(some_gaps())[3] is None


def test_links_are_found_by_their_numbers() -> None:
    gaps = pd.DataFrame({"standard": ["A", "A", "B"], "link_id": [4.0, np.nan, 1.0]})
    drawn = gpd.GeoDataFrame({"standard": ["B", "A"], "link_id": [1, 4]}, geometry=[None, None])
    assert link_places(drawn, gaps).tolist() == [1, -1, 0]
    assert link_places(drawn.iloc[:0], gaps).tolist() == [-1, -1, -1]


@pytest.mark.parametrize(("standards", "most"), [(1, 500), (9, 500), (25, 200), (500, 100)])
def test_a_page_has_room_for_so_many_gaps(standards: int, most: int) -> None:
    table = pd.DataFrame({"standard": [f"S{k}" for k in range(standards)]})
    assert gaps_a_standard(table) == most

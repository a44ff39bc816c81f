"""What the panel of map.html says of gaps and units."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from builders.street_city import find, little_city
from livingcircle.publish.web import map_rows
from livingcircle.publish.web.encode import finite, finite_list


def gap_table(**columns: object) -> gpd.GeoDataFrame:
    table = {
        "standard": "T-1", "gap_id": "T-1:A", "unit_id": "A", "unit_name": "甲",
        "level": "community",
        "people": 1.0, "households": 1.0, "metres": None, "straight_m": None, "facility_name": None,
        "reason": "too_small", "barrier": None, "lon": 115.0, "lat": 24.0, "link": -1,
    }  # fmt: skip
    return gpd.GeoDataFrame(
        pd.DataFrame([{**table, **columns}]), geometry=gpd.points_from_xy([0], [0])
    )


def rows(gaps: gpd.GeoDataFrame) -> list[dict[str, object]]:
    known = map_rows.place_of(pd.MultiIndex.from_arrays([["community"], ["A"]]))
    routes = map_rows.place_of(pd.MultiIndex.from_arrays([["T-1"], ["-"]]))
    return map_rows.gap_rows(gaps, known, routes, 5)["T-1"]


def test_a_room_that_is_too_small_says_what_it_lacks() -> None:
    own = {"area_m2": 99.96, "required_m2": 100.0, "lacking_m2": 0.04}
    (gap,) = rows(
        gap_table(**own, too_small_zh="警务室 14 平方米", too_small_en="police room: 14 m²")
    )
    assert gap["m2"] == [99.9, 100.0, 0.1]
    assert gap["rooms"] == ["警务室 14 平方米", "police room: 14 m²"]
    (other,) = rows(gap_table())
    assert (other["m2"], other["rooms"]) == (None, None)


def test_a_facility_is_not_near_itself() -> None:
    (gap,) = rows(gap_table(level="facility", facility_name="甲警务室"))
    assert gap["facility"] is None
    (gap,) = rows(gap_table(facility_name="甲警务室"))
    assert gap["facility"] == "甲警务室"


def test_numbers_are_rounded_once() -> None:
    # Whoever rounds what is left to whole metres, or tenths of a percent, rounds the number itself.
    column = pd.DataFrame({"m": [799.46, None, 799.4996, 799.5, 0.57, -2.4999]})
    assert finite_list(column, "m") == [799.46, None, 799.49, 799.5, 0.57, -2.49]
    assert [finite(v) for v in (0.99999967, 0.9934996, 0.57, 3.0)] == [0.9999, 0.9934, 0.57, 3]


@pytest.mark.parametrize(("group", "out"), [("residents", 300.0), ("age65", 60.0)])
def test_units_count_the_people_of_the_group(group: str, out: float) -> None:
    city = little_city([{"x": 100, "of": "elderly_station"}])
    asked = {"kind": "circle", "metres": 250, "categories": ["elderly_station"]}
    finding = find(city, **asked, group=group)
    found = map_rows.page_unit_rows(
        [finding],
        map_rows.place_of(pd.MultiIndex.from_arrays([["community"], ["A"]])),
        map_rows.place_of(pd.MultiIndex.from_arrays([["T-1"], ["-"]])),
    )
    # Of four homes of 100 residents, 20 of them older, one lies within 250 m.
    assert [row[4] for row in found["T-1"]] == [out]

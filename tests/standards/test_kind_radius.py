"""radius: areas of circles over a strip of land, by the formula; homes by their metres."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd
import pytest

from builders.street_city import facilities, find, little_city, plot

PARKS = {
    "kind": "radius",
    "categories": ["park"],
    "tiers": [
        {"at_least": 5000, "metres": 500},
        {"at_least": 2000, "below": 5000, "metres": 300},
    ],
}


def parcels(*rows):
    """Land between metres along the street: (west, east, residential)."""
    leaf = [str("ABCD"[int(west // 1000)]) for west, _, _ in rows]
    table = {
        "parcel_id": [f"p{i}" for i in range(len(rows))],
        "land_use": "R2",
        "residential": pd.Series([use for _, _, use in rows], dtype=object),
        "leaf": leaf,
        "town": ["north" if x in "AB" else "south" for x in leaf],
        "district": ["siming" if x in "AB" else "jimei" for x in leaf],
    }
    shapes = [plot(west, east) for west, east, _ in rows]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def strip(radius: float, half: float = 200.0) -> float:
    """Area to one side of a circle's middle within a strip: the integral of sqrt(r² - y²)."""
    return half * math.sqrt(radius**2 - half**2) + radius**2 * math.asin(half / radius)


def test_each_park_serves_as_far_as_its_size_says():
    rows = [
        {"x": 0, "of": "park", "area_m2": 5000.0},
        {"x": 2000, "of": "park", "area_m2": 4999.0},
        {"x": 3000, "of": "park", "area_m2": 1999.0},
    ]
    city = little_city(
        rows, land_use=parcels((0, 1000, True), (1000, 2000, True), (2000, 4000, False))
    )
    found = find(city, **PARKS)
    expected = (strip(500) + strip(300)) / (2000 * 400)
    assert found.value == pytest.approx(expected, rel=2e-4)
    assert found.status == "short"
    assert found.denominator == pytest.approx(800_000, rel=1e-3)
    by_unit = found.units.set_index("unit_id")["value"]
    assert by_unit["A"] == pytest.approx(strip(500) / 400_000, rel=3e-4)
    assert by_unit["B"] == pytest.approx(strip(300) / 400_000, rel=3e-4)
    assert set(found.gaps["unit_id"]) == {"A", "B"}


def test_along_the_streets_less_is_served_and_people_are_another_count():
    rows = [{"x": 0, "of": "park", "area_m2": 6000.0}]
    city = little_city(rows, land_use=parcels((0, 1000, True)))
    found = find(city, **PARKS)
    # A house y metres off the street and x along it walks x + y: a triangle of 500 m, cut at 200 m.
    walked = 2 * (500 * 200 - 200**2 / 2) / 400_000
    assert found.sensitivity["path:network"] == pytest.approx(walked, abs=0.01)
    assert find(city, **PARKS, path="network").value == pytest.approx(walked, abs=0.01)
    # Homes at 100 and 400 m of sixteen.
    assert found.sensitivity["denominator:residents"] == pytest.approx(2 / 16)
    assert find(city, **PARKS, of="residents").value == pytest.approx(2 / 16)


def test_the_limit_is_inclusive_and_the_bound_of_a_tier_is_not():
    rows = [{"x": 500, "of": "park", "area_m2": 2000.0}]
    tiers = [{"at_least": 2000, "below": 5000, "metres": 400}]
    city = little_city(rows)
    entry = {**PARKS, "tiers": tiers, "of": "residents"}
    assert find(city, **entry).numerator == 400  # 100, 400, 600 and 900 m: all within 400 m
    rows[0]["area_m2"] = 5000.0
    assert find(little_city(rows), **entry).numerator == 0
    assert find(little_city(rows), **entry, path="network").numerator == 0


@pytest.mark.slow
def test_land_nobody_speaks_of_and_parks_of_no_size_are_unknown_and_not_nought():
    rows = [{"x": 500, "of": "park", "area_m2": 9000.0}, {"x": 1500, "of": "park"}]
    land = parcels((0, 1000, True), (1000, 2000, True))
    found = find(little_city(rows, land_use=land), **PARKS, target=0.8)
    assert found.status == "unknown"
    assert found.missing == ("values:facilities.area_m2",)
    sure = find(little_city(rows[:1], land_use=land), **PARKS, target=0.8)
    assert sure.status == "short"
    blank = parcels((0, 1000, True), (1000, 2000, None))
    half = find(little_city(rows[:1], land_use=blank), **PARKS, target=0.8)
    assert half.status == "unknown"
    assert half.missing == ("values:land_use.land_use",)
    assert half.value == pytest.approx(sure.value * 2, rel=1e-3)


@pytest.mark.slow
def test_without_a_layer_or_a_list_it_says_what_is_missing():
    city = little_city([{"x": 0, "of": "park", "area_m2": 6000.0}])
    assert find(city, **PARKS).missing == ("layer:land_use",)
    assert find(little_city([]), **PARKS, of="residents").missing == ("category:park",)
    bare = little_city([{"x": 0, "of": "park"}], land_use=parcels((0, 1000, True)))
    assert find(bare, **PARKS).missing == ("column:facilities.area_m2",)


def test_an_outline_serves_from_its_edge():
    table = facilities([{"x": 500, "of": "park", "area_m2": 6000.0}])
    table.table.geometry = [plot(400, 600, -10, 10)]
    city = little_city(facilities=table)
    tiers = [{"metres": 200}]
    found = find(city, kind="radius", categories=["park"], tiers=tiers, of="residents")
    assert found.numerator == 200  # at 400 and 600 m; 100 m lies 300 m from the edge


def test_a_circle_tells_its_share_of_residential_land():
    rows = [{"x": 0, "of": "park"}]
    land = parcels((0, 1000, True), (1000, 2000, False), (2000, 3000, None))
    entry = {"kind": "circle", "categories": ["park"], "metres": 500}
    found = find(little_city(rows, land_use=land), **entry)
    walked = 2 * (500 * 200 - 200**2 / 2) / 400_000
    assert found.measures["share_residential_land"] == pytest.approx(walked, abs=0.01)
    assert "share_residential_land" not in find(little_city(rows), **entry).measures


def test_the_people_left_out_are_those_whose_homes_lie_outside():
    rows = [{"x": 0, "of": "park", "area_m2": 6000.0}]
    found = find(little_city(rows, land_use=parcels((0, 1000, True))), **PARKS)
    # Of the four homes of A those at 600 and 900 m; other units have no residential land.
    assert found.gaps.set_index("unit_id")["people"].to_dict() == {"A": 200}
    assert found.people_left_out == 200

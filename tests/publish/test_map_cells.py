"""Where a city has no small units, cells of a grid carry the colour."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

import livingcircle as lc
from builders.drawing import PLAN
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.web.map_cells import CELL, MAP_CELL_M
from livingcircle.publish.web.map_payload import map_data


@pytest.fixture(scope="module")
def shown() -> tuple[lc.Result, dict]:
    """A street of 6 km with a fitness place at its beginning and a home every 100 m."""
    street = gpd.GeoDataFrame(geometry=[shapely.LineString(PLAN.line((0, 0), (6000, 0)))], crs=4326)
    homes = [shapely.Point(PLAN.at(50 + 100 * k, 5)) for k in range(59)]
    demand = gpd.GeoDataFrame(
        {"residents": [float(k + 1) for k in range(59)]}, geometry=homes, crs=4326
    )
    places = gpd.GeoDataFrame(
        {"category": ["fitness_site"]}, geometry=[shapely.Point(PLAN.at(10, 3))], crs=4326
    )
    city = lc.City.from_frames(street, facilities=places, demand=demand, name="Street")
    result = lc.assess(city, "zhuhai-2025")
    return result, dict(map_data(result, Evidence(result)))


def test_cells_add_up_to_the_city(shown: tuple[lc.Result, dict]) -> None:
    result, data = shown
    standard = next(s for s in data["standards"] if s["id"] == "ZH-7e")
    levels = data["units"]["levels"]
    cells = [row for row in standard["units"] if levels[row[0]] == CELL]
    finding = next(f for f in result.findings if f.id == "ZH-7e")
    # Homes of 1 to 8 people lie within 798 m: 50 to 750 m along the street, 8 m of legs.
    left_out = sum(k + 1 for k in range(59) if 50 + 100 * k - 10 + 8 > 10 * 60 * 1.33)
    assert left_out == sum(range(8 + 1, 60))
    assert sum(row[4] for row in cells) == left_out == finding.people_left_out
    assert len(cells) >= 6000 / MAP_CELL_M - 1
    assert {row[2] for row in cells} >= {0.0, 1.0}


def test_a_city_of_communities_has_none(result: lc.Result) -> None:
    assert CELL not in map_data(result, Evidence(result))["units"]["levels"]

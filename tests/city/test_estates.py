"""Estates (小区) are units below communities; parcels say what is residential land."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

import livingcircle as lc
from builders.drawing import PLAN, box
from builders.square_city import layer, units, write_streets
from livingcircle.errors import InputError
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.model import Requirement

HOMES = [(x, 150) for x in range(50, 1000, 100)]


def estates(**columns):
    """An estate in the community (100-400 m), one over the border (450-800 m), one of nobody."""
    shapes = [box(100, 100, 400, 400), box(450, 100, 800, 400), box(850, 700, 950, 900)]
    table = {"名称": ["翠景小区", "东园大院", "空小区"], **columns}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def shops(*rows):
    """Facilities: x, y, name, category, and the estate that the list names."""
    points = PLAN.points([row[:2] for row in rows])
    names = ["名称", "类别", "所属小区", "面积"]
    return points.assign(**{n: [row[2 + i] for row in rows] for i, n in enumerate(names)})


@pytest.fixture(scope="module")
def streets(tmp_path_factory):
    return write_streets(tmp_path_factory.mktemp("streets"))


def city(streets, facilities, **more):
    homes = PLAN.points(HOMES).assign(residents=10.0, households=4.0)
    levels = {level: layer(rows) for level, rows in units().items()}
    levels["estate"] = more.pop("estate", estates())
    return lc.City.from_frames(streets, facilities=facilities, demand=homes, units=levels, **more)


def find(made, **entry):
    frame = {
        "id": "T-1", "pack": "test", "clause": "1", "statement_zh": "要求",
        "statement_en": "a requirement", "force": "must",
    }  # fmt: skip
    return assess_requirement(Requirement.model_validate({**frame, **entry}), Context(made, 2025))


GROUND = ("公共活动场地", None, 200.0)


def test_an_estate_lies_in_the_unit_that_holds_most_of_it(streets):
    made = city(streets, shops((150, 150, "场地", *GROUND)))
    table = made.units["estate"].set_index("name")
    leaves = pd.concat([made.units["community"], made.units["village"]]).set_index("unit_id")
    parent = table["parent"].map(leaves["name"])
    assert parent.to_dict() == {"翠景小区": "甲社区", "东园大院": "乙村", "空小区": "乙村"}
    assert table["town"].nunique() == 1
    assert (
        table.at["东园大院", "urban_rural"]
        == leaves.loc[table.at["东园大院", "parent"], "urban_rural"]
    )


def test_homes_and_facilities_belong_to_the_estate_they_lie_in_or_that_is_named(streets):
    made = city(
        streets,
        shops(
            (150, 150, "场地一", *GROUND),
            (50, 50, "场地二", "公共活动场地", "东园大院", 100.0),
            (50, 60, "场地三", *GROUND),
        ),
    )
    names = made.units["estate"].set_index("unit_id")["name"]
    of = made.facilities.table["estate"].map(names)
    assert list(of.fillna("")) == ["翠景小区", "东园大院", ""]
    inside = made.demand["estate"].map(names).value_counts()
    assert inside.to_dict() == {"翠景小区": 3, "东园大院": 3}


@pytest.mark.slow
def test_square_metres_for_each_hundred_households_of_an_estate(streets):
    facilities = shops(
        (150, 150, "场地一", "公共活动场地", None, 12.0),
        (50, 50, "场地二", "公共活动场地", "东园大院", 3.0),
    )
    entry = {"kind": "floor_area", "level": "estate", "categories": ["activity_ground"]}
    found = find(city(streets, facilities), **entry, per_100_households=100)
    rows = found.units[found.units["level"] == "estate"].set_index("name")
    # Three homes of four households each, and nobody at all in the third.
    assert rows["target"].dropna().to_dict() == {"翠景小区": 12.0, "东园大院": 12.0}
    assert rows["status"].to_dict() == {"翠景小区": "met", "东园大院": "short", "空小区": "unknown"}
    stated = estates(户数=[24, None, 0])
    found = find(city(streets, facilities, estate=stated), **entry, per_100_households=100)
    rows = found.units[found.units["level"] == "estate"].set_index("name")
    assert rows["status"].to_dict() == {"翠景小区": "short", "东园大院": "short", "空小区": "met"}
    # The sums go up through the community and the village to the city.
    upper = found.units.set_index("level")["denominator"]
    assert upper["community"] == 1
    assert upper["village"] == 2
    assert upper["city"] == 3


def test_a_level_that_nobody_gives_is_missing(streets):
    made = lc.City.from_frames(streets, facilities=shops((1, 1, "场地", *GROUND)))
    entry = {"kind": "provision", "level": "estate", "categories": ["activity_ground"]}
    assert find(made, **entry).missing == ("level:estate",)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "home"),
    [
        ("R2", True), ("r21", True), ("R", True), ("070102", True), ("0702", False), ("07", True),
        ("二类居住用地", True), ("城镇住宅用地", True), ("农村宅基地", True), ("residential", True),
        ("RB", False), ("R22服务设施用地", False), ("商住混合用地", False), ("A33", False),
        ("G1", False), ("1207", False), ("铁路用地", False),
    ],
)  # fmt: skip
def test_which_uses_are_residential(streets, written, home):
    land = gpd.GeoDataFrame(
        {"用地性质": [written, None]}, geometry=[box(0, 0, 9, 9), box(9, 0, 20, 9)], crs=4326
    )
    made = city(streets, shops((150, 150, "场地", *GROUND)), land_use=land)
    assert list(made.land_use["residential"]) == [home, None]


def test_land_without_a_column_of_its_use_is_refused(streets):
    land = gpd.GeoDataFrame({"备注": ["x"]}, geometry=[box(0, 0, 9, 9)], crs=4326)
    with pytest.raises(InputError) as caught:
        city(streets, shops((150, 150, "场地", *GROUND)), land_use=land)
    assert caught.value.field == "land_use"
    assert "columns" in caught.value.hint.en

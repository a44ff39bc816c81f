"""Parents that stand above nobody are told with their rows, and nothing runs in their circle."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from livingcircle.city.stated_parents import parents_not_above
from livingcircle.city.unit_relations import relate, unique_ids
from livingcircle.city.units import tidy_units

TOWN, COMMUNITY, DISTRICT = "town", "community", "district"


def units(level, **parents):
    """Units of a level side by side, each with the parent that its table states."""
    frame = gpd.GeoDataFrame(
        {"name": list(parents), "parent": list(parents.values())},
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(len(parents))],
        crs=4326,
    )
    frame["source_row"] = range(2, 2 + len(frame))
    return tidy_units(frame, level, file=f"{level}.csv")


def told(*tables):
    """Findings, by check: rows of which file, and what is said of the last."""
    given = unique_ids({table["level"].iloc[0]: table for table in tables})
    found = parents_not_above(given)
    relate(given)
    return {
        check: (list(zip(rows["source_file"], rows["source_row"], strict=True)), *rows["text_en"])
        for check, rows in found.groupby("check")
    }


def test_each_unit_of_a_circle_is_told_with_its_way_round():
    found = told(
        units(COMMUNITY, 甲社区="乙社区", 乙社区="丙社区", 丙社区="甲社区", 丁社区="甲社区")
    )
    rows, first, second, _ = found["parent_circle"]
    assert rows == [("community.csv", 2), ("community.csv", 3), ("community.csv", 4)]
    assert "'甲社区' (row 2) come back" in first
    assert "乙社区 → 丙社区 → 甲社区 → 乙社区" in second
    rows, text = found["parent_not_above"]
    assert rows == [("community.csv", 5)]
    assert "'甲社区' as its parent, a community" in text


@pytest.mark.parametrize("level", [COMMUNITY, TOWN, DISTRICT])
def test_a_unit_that_is_its_own_parent_is_told(level):
    found = told(units(level, 甲="甲", 乙=None))
    assert found.keys() == {"parent_circle"}
    assert found["parent_circle"][0] == [(f"{level}.csv", 2)]


def test_a_circle_across_levels_is_told_of_both():
    found = told(units(TOWN, 东街道="湖区"), units(DISTRICT, 湖区="东街道"))
    assert found.keys() == {"parent_circle"}
    rows, *texts = found["parent_circle"]
    assert sorted(rows) == [("district.csv", 2), ("town.csv", 2)]
    assert any("湖区 → 东街道 → 湖区" in text for text in texts)


def test_a_town_below_a_community_is_told():
    found = told(units(COMMUNITY, 甲社区=None), units(TOWN, 东街道="甲社区居委会"))
    assert "a community and so not above it" in found["parent_not_above"][1]


def test_parents_that_stand_above_are_in_order():
    assert not told(
        # A community and its town may share the name, and a town's name is no community's.
        units(COMMUNITY, 东湖="东湖", 东湖社区="东湖街道", 南门社区="东湖街道", 西社区="湖区"),
        units(TOWN, 东湖="湖区"),
        units(DISTRICT, 湖区=None),
    )


def test_a_chain_of_a_thousand_units_comes_back():
    names = [f"第{i}村" for i in range(1000)]
    found = told(units("village", **dict(zip(names, [*names[1:], names[0]], strict=True))))
    _, text = found["parent_circle"]
    assert text.startswith("1000 times")
    assert "第0村 → 第1村" in text

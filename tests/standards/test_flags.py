"""Yes and no as a property: of units and of facilities, as tables give them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import livingcircle as lc
from builders.drawing import box
from builders.packs import pack_head
from builders.street_city import find, little_city
from livingcircle.standards.tables import as_flag

UNITS = {"kind": "share", "of": "units"}


@pytest.mark.parametrize("dtype", [object, bool, "boolean", float, int])
def test_flags_of_every_type_are_read_and_stay_what_they_are(dtype: object) -> None:
    flags = as_flag(pd.Series([True, False, True], dtype=dtype))
    assert flags.tolist() == [1.0, 0.0, 1.0]
    assert as_flag(flags).tolist() == [1.0, 0.0, 1.0]


def test_what_is_no_yes_and_no_no_is_missing() -> None:
    assert as_flag(pd.Series(["x", None, 2, True], dtype=object)).isna().tolist() == [
        True, True, True, False,
    ]  # fmt: skip
    assert as_flag(pd.Series([True, pd.NA], dtype="boolean")).isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ({"attribute": "is_new"}, 1 / 4),
        ({"attribute": "is_new", "level": "community"}, 1 / 3),
        ({"attribute": "is_new", "level": "village"}, 0.0),
        ({"attribute": "is_new", "applies": {"new": True}}, 1.0),
        ({"attribute": "is_island", "level": "town"}, 1 / 2),
    ],
)
def test_units_are_asked_for_the_marks_that_every_table_of_units_has(
    asked: dict[str, object], value: float
) -> None:
    found = find(little_city(), **UNITS, **asked, target="report")
    assert (found.status, found.value, found.missing) == ("report", pytest.approx(value), ())


def test_a_mark_that_is_no_text_passes_and_fails_no_list_of_texts() -> None:
    asked = {"attribute": "is_new", "one_of": ["是"], "target": 0.5}
    assert find(little_city(), **UNITS, **asked).status == "unknown"


PACK = (
    pack_head("new-areas", "新区方案", "Plan of new areas")
    + """
[[requirement]]
id = "N-1"
clause = "一"
statement_zh = "半数社区为新建"
statement_en = "Half of the communities are new"
force = "must"
kind = "share"
of = "units"
level = "community"
attribute = "is_new"
target = 0.5
"""
)


def test_a_pack_of_ones_own_asks_a_table_that_was_read_for_new_units(tmp_path: Path) -> None:
    """Three communities, of which the table says 是, 否 and nothing."""
    units = gpd.GeoDataFrame(
        {"unit_id": ["1", "2", "3"], "name": ["甲", "乙", "丙"], "新建": ["是", "否", None]},
        geometry=[box(1000.0 * k, -100.0, 1000.0 * k + 1000, 100.0) for k in range(3)],
        crs=4326,
    )
    units.to_file(tmp_path / "units.gpkg")
    town = little_city()
    city = lc.City.from_frames(
        town.network,
        demand=town.demand[["residents", "geometry"]],
        units={"community": gpd.read_file(tmp_path / "units.gpkg")},
    )
    pack = tmp_path / "new.toml"
    pack.write_text(PACK, encoding="utf-8")
    found = lc.assess(city, pack, as_of=2025).finding("N-1")
    # One of the two that say it is half; the third may turn it over.
    assert (found.status, found.value) == ("unknown", 0.5)
    assert found.missing == ("values:units.is_new",)

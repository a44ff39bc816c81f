"""A result: the scorecard, gaps, units and timings of whole packs."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from builders.street_city import config, little_city, villages
from livingcircle.errors import ConfigError
from livingcircle.standards.assess import assess
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.loader import load_pack
from livingcircle.standards.result import SCORECARD_COLUMNS, Result
from livingcircle.vocab.categories import categories

pytestmark = pytest.mark.slow

ATTRIBUTES = {
    "area_m2": 500.0,
    "activity_area_m2": 350.0,
    "service_area_m2": 360.0,
    "office_m2": 220.0,
    "police_room_m2": 20.0,
    "hall_m2": 120.0,
    "station_m2": 110.0,
    "estate_floor_area_m2": 100_000.0,
    "places": 30.0,
    "open_hours": 9.0,
    "staff": 2.0,
    "nursery_since": 2020.0,
    "open_weekends": True,
    "children_reading": True,
    "open_to_public": True,
    "has_volunteer_station": True,
    "upgraded": True,
    "primary_care_level": "basic",
}


FIGURES = ["XM-6a", "XM-3j", "XM-3k"]
"""Entries on figures of the units, which the street has."""


@pytest.fixture(scope="module")
def full() -> Result:
    """Every category in the middle of every unit, with every attribute."""
    rows = [
        {"x": 1000.0 * unit + 500.0, "of": key, **ATTRIBUTES}
        for key in categories()
        for unit in range(4)
    ]
    city = little_city(rows, urban_villages=villages((450, 550), (1700, 1900)))
    return assess(city, *list_packs(), as_of=2026)


def test_every_entry_of_every_pack_is_assessed(full):
    wanted = [entry.id for name in list_packs() for entry in load_pack(name).requirements]
    assert list(full.scorecard["id"]) == wanted
    assert list(full.scorecard.columns) == list(SCORECARD_COLUMNS)
    assert set(full.timings) == set(wanted)
    # Only what asks for vehicles, land use or a number that the planner states has no data here.
    unknown = full.scorecard.loc[full.scorecard["status"] == "unknown", "id"]
    missing = {name: full.finding(name).missing for name in unknown}
    assert missing.pop("XM-4b") == ("layer:drive",)
    assert missing.pop("UC-1") == ("layer:land_use",)
    assert set(missing) == {"UC-3", "UC-4", "UC-5", "UC-6", "UC-7"}
    assert all(code.startswith("parameter:") for codes in missing.values() for code in codes)


def test_statuses_of_a_city_that_has_nearly_everything(full):
    status = full.scorecard.set_index("id")["status"]
    assert status["ZH-7e"] == "met"
    assert status["XM-1a"] == "report"  # it is to be built; no coverage is stated
    assert status["XM-3a"] == "report"
    assert status["XM-2c"] == "short"  # 4 of 80 elderly care centres
    assert status["XM-3b"] == "short"  # one organisation in V0 and none in V1, not two
    assert full.finding("XM-2c").value == 4


def test_a_city_without_any_list_is_unknown_throughout():
    result = assess(little_city(), "xiamen-2025", as_of=2025)
    status = result.scorecard.set_index("id")["status"]
    assert status.drop(FIGURES).eq("unknown").all()
    assert status[FIGURES].eq("met").all()
    assert result.scorecard["missing"].str.startswith(("category:", "layer:", "")).all()
    assert result.scorecard["people_left_out"].notna().sum() == len(FIGURES)


def test_gaps_and_units_are_tables_that_can_be_written(full):
    for found in full.findings:
        assert isinstance(found.gaps, gpd.GeoDataFrame)
        assert found.gaps.crs.to_epsg() == 4326
        assert {"gap_id", "standard", "unit_id", "people", "reason"} <= set(found.gaps.columns)
        assert found.gaps["gap_id"].is_unique
        assert {"unit_id", "name", "level", "status"} <= set(found.units.columns)
        assert found.units["status"].isin(("met", "short", "unknown", "report")).all(), found.id
        assert "wanted" not in found.units
        if found.status == "unknown":
            assert found.missing
        assert found.value is None or found.value == found.value


def test_all_demand_and_all_facilities_keep_their_rows(full):
    for found in full.findings:
        if found.demand is not None:
            assert set(found.demand.index) <= set(full.city.demand.index)
            assert found.demand["status"].isin(("covered", "gap", "off_network", "island")).all()


def test_findings_and_gaps_by_id(full):
    assert full.gaps("XM-1a").equals(full.finding("XM-1a").gaps)
    assert full.finding("xiamen-2025:XM-1a") is full.finding("XM-1a")
    with pytest.raises(ConfigError, match=r"Did you mean .*XM-1a"):
        full.finding("XM-1")


def test_what_no_map_can_test_is_listed(full):
    assert len(full.outside) == sum(len(load_pack(name).outside) for name in list_packs())
    assert full.outside["reason_en"].str.len().gt(0).all()


def test_the_scorecard_speaks_both_languages_and_says_what_is_not_verified(full):
    card = full.scorecard.set_index("id")
    assert not card.loc["GB-5-kindergarten", "verified"]
    assert card.loc["XM-1a", "verified"]
    assert card.loc["XM-1a", "sensitivity"] == "speed"
    assert card.loc["GB-10", "sensitivity"] == "limit"
    assert card.loc["XM-2g", "note_zh"].startswith("城市社区：")
    assert card.loc["XM-2g", "note_en"].startswith("urban: ")
    # Names of the data, and the word that the plan defines, stay as they are.
    said = card["note_en"].str.replace(r"设施 \d+|\(社区\)", "", regex=True)
    assert not said.str.contains("[一-鿿]").drop("XM-5c").any()


def test_packs_of_city_toml_and_the_year_are_used():
    city = little_city(config=config(packs=["panyu-2020"], as_of=2017))
    result = assess(city)
    assert [pack.id for pack in result.packs] == ["panyu-2020"]
    assert result.as_of == 2017
    with pytest.raises(ConfigError, match="no pack"):
        assess(little_city())


def test_progress_is_told():
    told = []
    assess(little_city(), "panyu-2020", as_of=2020, progress=lambda *said: told.append(said))
    assert told[0] == (0.0, "PY-1a")
    assert told[-1] == (1.0, "")
    assert len(told) == 7


def test_a_result_shows_itself(full):
    assert "Result(小城" in repr(full)
    assert "XM-1a" in full._repr_html_()
    assert "met, 100 % of 100 %" in repr(full.finding("ZH-7e"))


def test_the_order_of_rows_changes_nothing(full):
    city = full.city
    table = city.facilities.table.iloc[::-1].reset_index(drop=True)
    from livingcircle.city.facilities import Facilities

    mixed = little_city(
        facilities=Facilities(table),
        urban_villages=city.urban_villages,
        demand=city.demand.iloc[::-1].reset_index(drop=True),
    )
    again = assess(mixed, *list_packs(), as_of=2026)
    columns = ["id", "status", "value", "numerator", "denominator", "people_left_out"]
    pd.testing.assert_frame_equal(full.scorecard[columns], again.scorecard[columns])

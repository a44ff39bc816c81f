"""A planner's own columns: names like ours, and rows without a place, from reading to the pages."""

from __future__ import annotations

import pytest

from builders.drawing import PLAN
from builders.square_city import units, write_city, write_facilities, write_units
from livingcircle.city.model import read_city


@pytest.mark.slow
@pytest.mark.parametrize(
    "header", ["entrances", "categories", "community", "leaf", "status", "weight", "source_file"]
)
def test_a_column_named_like_one_of_ours_changes_nothing(tmp_path, header):
    parts = write_units(tmp_path, units())
    rows = [(50 + 100 * i, 50, f"药店{i}", "药店", "东门") for i in range(3)]
    listed = write_facilities(tmp_path, rows, f"名称,类别,{header}")
    city = read_city(write_city(tmp_path, parts, listed))
    plain = city.facilities.table
    assert list(plain["status"]) == ["ok"] * 3
    assert city.facilities.categories == {"pharmacy": 3}
    assert set(plain["town"]) == {"丙街道"}
    assert set(plain["source_file"]) == {"facilities.csv"}


def test_a_code_says_whose_a_facility_is(tmp_path):
    levels = units()
    levels["community"][0]["unit_id"] = "440304001"
    levels["village"][0]["unit_id"] = "440304002"
    parts = write_units(tmp_path, levels)
    rows = [(None, None, "甲", "药店", "440304001"), (None, None, "乙", "药店", "440304001")]
    listed = write_facilities(tmp_path, rows, "名称,类别,社区编码")
    city = read_city(write_city(tmp_path, parts, listed))
    assert list(city.facilities.table["community"]) == ["440304001"] * 2


@pytest.mark.slow
def test_demand_without_a_place_stays_in_the_table(tmp_path):
    lon, lat = PLAN.at(50, 300)
    text = f"名称,lon,lat,人口\na,{lon},{lat},10\nb,,,10\nc,0,0,10\nd,999,22,10\n"
    (tmp_path / "homes.csv").write_text(text, encoding="utf-8")
    parts = write_units(tmp_path, units())
    city = read_city(write_city(tmp_path, parts, '[demand]\nsource = "homes.csv"\n'))
    assert city.demand.geometry.notna().tolist() == [True, False, False, False]
    assert city.demand["residents"].sum() == 40

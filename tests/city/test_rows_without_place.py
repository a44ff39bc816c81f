"""Rows without a place go through check and run: each keeps its row, nothing stops."""

from __future__ import annotations

import pandas as pd
import pytest

import livingcircle as lc
from builders.drawing import PLAN, box, layer
from builders.square_city import units, write_city, write_facilities, write_shops, write_units
from livingcircle import pipeline
from livingcircle.city.model import read_city
from livingcircle.desk.problems import people_of
from livingcircle.publish.frames import quality_frame
from livingcircle.publish.text.city_summary import city_summary


def _homes(folder):
    lon, lat = PLAN.at(50, 300)
    text = f"名称,lon,lat,人口\na,{lon},{lat},10\no,,,10\np,0,0,10\n"
    (folder / "homes.csv").write_text(text, encoding="utf-8")
    return '[demand]\nsource = "homes.csv"\n', units()


def _figures(folder):
    text = "社区,人口\n甲社区,1000\n全区,1501\n甲社区,2000\n"
    (folder / "people.csv").write_text(text, encoding="utf-8")
    return '[[units]]\nsource = "people.csv"\nlevel = "community"\n', units()


def _empty_shapes(folder):
    levels = units()
    levels["community"].append({"name": "丙社区", "residents": 50, "geometry": None})
    rows = [{"name": "村1", "geometry": box(0, 0, 100, 100)}, {"name": "村2", "geometry": None}]
    layer(rows).to_file(folder / "villages.gpkg")
    return '[urban_villages]\nsource = "villages.gpkg"\n', levels


@pytest.mark.slow
@pytest.mark.parametrize("make", [_homes, _figures, _empty_shapes])
def test_a_row_without_a_place_stops_neither_check_nor_run(tmp_path, make):
    part, levels = make(tmp_path)
    rows = [
        (50, 50, "甲社区党群服务中心", "社区党群服务中心"),
        (None, None, "乙", "社区党群服务中心"),
    ]
    listed = write_facilities(tmp_path, rows, "名称,类别")
    city = read_city(write_city(tmp_path, write_units(tmp_path, levels), listed, part))
    assert city_summary(city, "zh")
    assert city_summary(city, "en")
    pipeline.run_city(city, ["xiamen-2025"], tmp_path / "out")
    written = pd.read_csv(tmp_path / "out" / "scorecard.csv")
    assert len(written) > 5


def test_homes_without_a_place_are_told_with_rows_reason_and_people(tmp_path):
    lon, lat = PLAN.at(50, 300)
    rows = [f"{lon},{lat},10", "999,30.2,1", "abc,30.2,2", ",,3", f"{lon},{lat},20"]
    (tmp_path / "homes.csv").write_text("\n".join(["lon,lat,residents", *rows]) + "\n", "utf-8")
    shops = write_shops(tmp_path)
    city = read_city(write_city(tmp_path, shops, '[demand]\nsource = "homes.csv"\n'))
    told = city.issues[city.issues["check"] == "demand_no_place"]
    assert int(told["count"].sum()) == 3
    for text, row, people in zip(told["text_en"], ("row 3", "row 4", "row 5"), "123", strict=True):
        assert row in text
        assert f"({people} residents)" in text
    assert all("第" in text for text in told["text_zh"])
    assert "demand points without a place" in city_summary(city, "en")
    alone = (city.issues["check"] == "demand_no_place").to_numpy()
    assert people_of(city)[alone].tolist() == [1, 2, 3], "each finding is about its own rows"
    assert "people" not in quality_frame(lc.assess(city, ["xiamen-2025"]))


def test_homes_without_a_place_count_themselves_where_nobody_is_stated(tmp_path):
    lon, lat = PLAN.at(50, 300)
    rows = [f"a,{lon},{lat}", "b,999,30.2", "c,,", "d,,"]
    (tmp_path / "homes.csv").write_text("\n".join(["名称,lon,lat", *rows]) + "\n", "utf-8")
    shops = write_shops(tmp_path)
    city = read_city(write_city(tmp_path, shops, '[demand]\nsource = "homes.csv"\n'))
    alone = (city.issues["check"] == "demand_no_place").to_numpy()
    assert sorted(people_of(city)[alone]) == [1, 2]


def test_homes_without_a_place_are_told_once(tmp_path):
    city = read_city(
        write_city(tmp_path, write_units(tmp_path, units()), write_shops(tmp_path), _one(tmp_path))
    )
    told = city.issues.set_index("check")["text_en"]
    assert told["demand_no_place"].startswith("1 demand point without a place (3 residents)")
    assert told["demand_outside"].startswith("1 demand point in no unit (10 residents)")


def _one(folder):
    """A home in a unit, one in none, and one without a place."""
    (inside, outside) = (PLAN.at(50, 300), PLAN.at(-400, -400))
    rows = [f"{x},{y},10" for x, y in (inside, outside)] + [",,3"]
    (folder / "homes.csv").write_text("\n".join(["lon,lat,residents", *rows]) + "\n", "utf-8")
    return '[demand]\nsource = "homes.csv"\n'

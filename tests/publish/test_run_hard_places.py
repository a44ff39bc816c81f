"""Whole runs of a town whose demand lies where nobody expects it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import Point

from builders.drawing import PLAN, box
from builders.street_files import write_street
from livingcircle.pipeline import run_city
from livingcircle.publish.json_text import json_text

pytestmark = pytest.mark.slow

PACK = """
id = "hard-places"
[document]
title_zh = "方案"
title_en = "A plan"
issuer_zh = "市"
issuer_en = "A city"
[[requirement]]
id = "H-1"
clause = "1"
statement_zh = "每户 400 米内有中心"
statement_en = "a centre within 400 m of every home"
force = "must"
kind = "circle"
categories = ["service_centre"]
metres = 400
[[requirement]]
id = "H-2"
clause = "2"
statement_zh = "远村设分站"
statement_en = "sub-stations for far villages"
force = "should"
kind = "substation"
categories = ["service_centre"]
metres = 400
target = "report"
"""


def write_town(folder: Path, demand: str) -> Path:
    """A street of 2 km between two communities that a sliver of 0.6 m parts; a centre at 100 m."""
    return write_street(
        folder,
        PACK,
        [(100, 5, "f0", "中心", "社区党群服务中心")],
        name="难镇",
        communities=[
            {"unit_id": "west", "name": "西社区", "geometry": box(0, -300, 999.7, 300)},
            {"unit_id": "east", "name": "东社区", "geometry": box(1000.3, -300, 2000, 300)},
        ],
        villages=[{"village_id": "empty", "name": "空村", "geometry": box(1500, 20, 1600, 120)}],
        demand=demand,
    )


def write_homes(folder: Path) -> None:
    where = {"west": (200, 10), "sliver": (1000, 10), "beyond": (2100, 10), "north": (50, 299)}
    homes = gpd.GeoDataFrame(
        {"demand_id": [*where, "nowhere"], "residents": [10, 20, 40, 80, 160]},
        geometry=[*(Point(PLAN.at(*xy)) for xy in where.values()), None],
        crs=4326,
    )
    homes.to_file(folder / "homes.gpkg")


def page_data(folder: Path) -> dict:
    """What map.html holds, read as a browser reads it: NaN is refused."""

    def refuse(text: str) -> None:
        raise AssertionError(text)

    text = (folder / "map.html").read_text("utf-8")
    found = re.findall(r"<script[^>]*>(\{.*?\})</script>", text, flags=re.DOTALL)
    data = [json.loads(one, parse_constant=refuse) for one in found]
    return next(one for one in data if "standards" in one)


def test_homes_in_no_unit_and_rows_without_a_place_have_a_row_of_their_own(tmp_path: Path):
    write_homes(tmp_path)
    done = run_city(write_town(tmp_path, "homes.gpkg"), [], tmp_path / "out")
    gaps = pd.read_csv(tmp_path / "out" / "gaps.csv").set_index("gap_id")
    outside = gaps.loc["H-1:"]
    assert outside["unit_name"] == "不在任何单元内 / outside any unit"
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert outside["unit_name"] not in report
    assert (
        report.count(">不在任何单元内</span><span ") == report.count(">outside any unit</span>") > 0
    )
    # sliver, beyond and nowhere; west and north walk 400 m or less.
    assert outside["people"] == 20 + 40 + 160
    lon, lat = np.average([PLAN.at(1000, 10), PLAN.at(2100, 10)], axis=0, weights=[20, 40])
    assert (outside["lon"], outside["lat"]) == (pytest.approx(lon), pytest.approx(lat))
    # A village without homes is measured from its middle, 1,550 m from the origin.
    assert gaps.loc["H-2:empty", "reason"] == "no_facility"
    assert gaps.loc["H-2:empty", "metres"] == pytest.approx(1450 + 70 + 5, abs=0.5)
    layer = gpd.read_file(tmp_path / "out" / "难镇.gpkg", layer="demand")
    assert len(layer) == 5
    shown = page_data(tmp_path / "out")["standards"][0]["gaps"]
    assert [gap["level"] for gap in shown if gap["id"] == "H-1:"] == [None]
    assert len(done.plans) == 1
    json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))


def test_a_population_raster_wider_than_the_units(tmp_path: Path):
    west, north = PLAN.at(-150, 150)
    east, south = PLAN.at(2250, -150)
    people = np.ones((3, 24), dtype="float32")
    with rasterio.open(
        tmp_path / "people.tif", "w", driver="GTiff", height=3, width=24, count=1,
        dtype="float32", crs="EPSG:4326", nodata=-1,
        transform=from_origin(west, north, (east - west) / 24, (north - south) / 3),
    ) as file:  # fmt: skip
        file.write(people, 1)
    run_city(write_town(tmp_path, "people.tif"), [], tmp_path / "out")
    gaps = pd.read_csv(tmp_path / "out" / "gaps.csv").set_index("gap_id")
    named = gaps[gaps["standard"] == "H-1"]
    assert {"H-1:", "H-1:east"} <= set(named.index)
    assert page_data(tmp_path / "out")["standards"][0]["gaps"]


def test_json_holds_no_number_that_is_none():
    data = {
        "a": [float("nan"), float("inf"), np.float64("nan"), np.int64(3)],
        "b": pd.NA,
        "c": (pd.NaT, pd.Timestamp("2026-01-02"), Path("x")),
        "d": np.array([1.5, np.nan]),
    }
    assert json.loads(json_text(data)) == {
        "a": [None, None, None, 3],
        "b": None,
        "c": [None, "2026-01-02T00:00:00", "x"],
        "d": [1.5, None],
    }
    assert json_text([1, 2.5, "文"]) == '[1,2.5,"文"]'

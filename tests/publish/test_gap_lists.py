"""Gaps of a large city: the foremost in gaps.csv and the layers, all of them by district."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

import livingcircle as lc
from livingcircle.compare.run_record import gap_files
from livingcircle.gaps.explain import Explained
from livingcircle.nightly.job import _shown
from livingcircle.pipeline import write_result
from livingcircle.publish import gap_lists as module
from livingcircle.publish.gap_lists import gap_lists
from livingcircle.publish.text.city_summary import run_summary


def districts(names: list[str], boxes: list[shapely.Polygon]) -> gpd.GeoDataFrame:
    """Districts with ids 1, 2, ... as a city's table has them."""
    table = {"unit_id": [str(k + 1) for k in range(len(names))], "name": names, "level": "district"}
    return gpd.GeoDataFrame(table, geometry=boxes, crs=4326)


@pytest.fixture(scope="module")
def parted(result: lc.Result) -> lc.Result:
    """The grid town in two districts, parted where half of its homes are on either side."""
    west, south, east, north = result.city.demand.total_bounds
    middle = float(result.city.demand.geometry.x.median())
    halves = [
        shapely.box(west - 1, south - 1, middle, north + 1),
        shapely.box(middle, south - 1, east + 1, north + 1),
    ]
    table = districts(["西区/甲", "东区"], halves)
    return replace(result, city=replace(result.city, units=result.city.units | {"district": table}))


@pytest.fixture(scope="module")
def cut(parted: lc.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run writes that shows one gap of each standard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "GAPS_SHOWN", 1)
        # A copy has nothing of what was made of the other.
        return write_result(replace(parted), tmp_path_factory.mktemp("cut") / "town")


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)


@pytest.mark.slow
def test_gaps_csv_has_the_foremost_and_the_lists_have_all(cut: Path, written: Path) -> None:
    everything, foremost = table(written / "gaps.csv"), table(cut / "gaps.csv")
    assert foremost["rank"].eq("1").all()
    assert len(foremost) == everything["standard"].nunique() < len(everything)
    lists = {p.name: table(p) for p in sorted(cut.glob("gaps_*.csv"))}
    assert set(lists) <= {"gaps_西区_甲.csv", "gaps_东区.csv", "gaps_other.csv"}
    joined = pd.concat(lists.values())
    key = ["standard", "gap_id"]
    assert sorted(map(tuple, joined[key].to_numpy())) == sorted(
        map(tuple, everything[key].to_numpy())
    )


def test_each_list_holds_what_lies_there(cut: Path, parted: lc.Result) -> None:
    areas = parted.city.units["district"]
    for name, area in zip(("gaps_西区_甲.csv", "gaps_东区.csv"), areas.geometry, strict=True):
        rows = table(cut / name).query("lon != ''")
        points = shapely.points(rows["lon"].astype(float), rows["lat"].astype(float))
        assert len(points)
        # Six decimals are a hand's breadth.
        assert (shapely.distance(points, area) < 1e-6).all()


def test_what_was_left_out_is_said(cut: Path, parted: lc.Result, written: Path) -> None:
    total = len(table(written / "gaps.csv"))
    run = json.loads((cut / "run.json").read_text(encoding="utf-8"))
    assert run["gap_count"] == total
    assert sorted(run["all_gaps"]) == sorted(p.name for p in cut.glob("gaps_*.csv"))
    base = next(cut.glob("*.gpkg"))
    with closing(sqlite3.connect(base)) as file:
        told = dict(file.execute("SELECT table_name, description FROM gpkg_contents"))
    for layer in ("gaps", "gap_units"):
        assert f"{total:,} gaps in all" in told[layer]
        assert f"共 {total:,} 处缺口" in told[layer]
    assert "gaps in all" not in (told["demand"] or "")
    shown = len(table(cut / "gaps.csv"))
    assert len(pyogrio.read_dataframe(base, layer="gaps")) == shown
    page = (cut / "map.html").read_text(encoding="utf-8")
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    of = table(written / "gaps.csv")["standard"].value_counts()
    assert {s["id"] for s in data["standards"] if s.get("more_gaps")} == set(of[of > 1].index)
    report = (cut / "report.html").read_text(encoding="utf-8")
    assert f"{total:,} gaps in all" in report
    book = openpyxl.load_workbook(cut / "scorecard.xlsx")
    sheet = book["缺口 gaps"]
    assert f"{total:,} gaps in all" in str(sheet.cell(1, 1).value)
    assert sheet.max_row == shown + 2


def test_the_command_says_it(parted: lc.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GAPS_SHOWN", 1)
    for lang, words in (("en", "gaps in all"), ("zh", "处缺口")):
        assert words in run_summary(replace(parted), Path("out"), lang)


def test_a_small_city_is_not_cut(written: Path, result: lc.Result) -> None:
    run = json.loads((written / "run.json").read_text(encoding="utf-8"))
    assert run["all_gaps"] == ["gaps.csv"]
    assert not list(written.glob("gaps_*.csv"))
    assert not gap_lists(result).note
    assert "gaps in all" not in run_summary(result, Path("out"), "en")


def test_two_runs_that_show_different_numbers_of_gaps_do_not_differ(
    cut: Path, written: Path
) -> None:
    changes = lc.compare(written, cut).changes
    assert not len(changes), changes.to_string()


def test_the_night_keeps_the_lists(cut: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "run.json").write_bytes((cut / "run.json").read_bytes())
    assert {p.name for p in cut.glob("gaps_*.csv")} <= set(_shown(tmp_path))


def test_a_record_of_a_stranger_leads_nowhere_else() -> None:
    assert gap_files({"all_gaps": ["../../secret.csv", "/etc/passwd"]}) == ["gaps.csv"]
    assert gap_files({"all_gaps": ["gaps_a.csv", "../x"]}) == ["gaps_a.csv"]
    assert gap_files({}) == ["gaps.csv"]


def test_namesakes_and_reserved_names_are_told_apart() -> None:
    named = pd.Series(["West", "west", "other", None], index=["1", "2", "3", "4"])
    files = module._file_names(named)
    assert len({name.lower() for name in files.values()}) == 4
    assert "gaps_other.csv" not in files.values()


@pytest.mark.slow
def test_gap_areas_and_legs_are_cut_with_a_note(
    parted: lc.Result, explained: Explained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from livingcircle.publish import evidence
    from livingcircle.publish.gis import layers

    (tmp_path / "whole").mkdir()
    layers.write_layers(parted, tmp_path / "whole", explained=explained)
    whole = pyogrio.read_dataframe(next((tmp_path / "whole").glob("*.gpkg")), layer="anchors")
    monkeypatch.setattr(evidence, "MOST_LEGS", 3)
    monkeypatch.setattr(layers, "GAPS_SHOWN", 1)
    layers.write_layers(parted, tmp_path, explained=explained)
    base = next(tmp_path.glob("*.gpkg"))
    areas = pyogrio.read_dataframe(base, layer="gap_areas")
    assert areas["area_id"].eq(1).all()
    legs = pyogrio.read_dataframe(base, layer="anchors")
    assert len(legs) == 3 < len(whole)
    assert legs["leg_m"].dropna().min() >= whole["leg_m"].nlargest(3).min()
    with closing(sqlite3.connect(base)) as file:
        told = dict(file.execute("SELECT table_name, description FROM gpkg_contents"))
    assert "access legs in all" in told["anchors"]
    assert "gap areas in all" in told["gap_areas"]


@pytest.mark.parametrize(
    "named",
    [
        {"2": "西区", "3": "西区", "9": "西区_2"},
        {"a/1": "西区", "a:1": "西区", "b": "西区_a_1-2", "c": "西区_A_1"},
        {"1": "caf\u00e9", "2": "cafe\u0301"},
        {"1": "all", "2": "other", "3": "city", "4": "other_2", "5": "", "6": "all_1"},
        {"1": "\U00020000" * 90, "2": "\U00020000" * 95},
    ],
)
def test_every_district_has_a_file_of_its_own(named: dict[str, str]) -> None:
    files = module._file_names(pd.Series(named))
    assert list(files) == list(named)
    on_disk = {unicodedata.normalize("NFC", name).lower() for name in files.values()}
    assert len(on_disk) == len(named)
    assert not on_disk & {"gaps_all.csv", "gaps_other.csv", "gaps.csv"}
    assert max(len(name.encode()) for name in files.values()) <= 255
    gaps = gpd.GeoDataFrame({"x": range(len(named))}, geometry=[shapely.Point()] * len(named))
    lists = dict(module._lists(gaps, pd.Series(list(named)), pd.Series(named)))
    assert sorted(k for part in lists.values() for k in part["x"]) == list(range(len(named)))

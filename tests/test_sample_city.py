"""The sample city holds what its README says, and the planted findings are found."""

from __future__ import annotations

import re
import tomllib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import livingcircle as lc

FIGURES = ["households", "residents", "under3", "children", "age65"]


@pytest.fixture(scope="module")
def city(sample_city):
    return sample_city


@pytest.fixture(scope="module")
def planted(sample_dir):
    return tomllib.loads((sample_dir / "findings.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def xiamen(city):
    return lc.assess(city, "xiamen-2025")


def leaf_ids(city, *names):
    leaves = pd.concat([city.units["community"], city.units["village"]])
    return list(leaves.loc[leaves["name"].isin(names), "unit_id"])


def test_it_is_marked_synthetic_and_small(city, sample_dir):
    assert city.synthetic
    assert "合成" in city.name
    assert "ynthetic" in city.name_en
    files = [path for path in sample_dir.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 10_000_000
    assert "合成" in (sample_dir / "city.toml").read_text(encoding="utf-8")


def test_its_size(city):
    assert 12_000 < city.network.node_count < 18_000
    assert 7_000 < len(city.demand) < 9_000
    counts = {level: len(table) for level, table in city.units.items()}
    assert counts == {
        "community": 45,
        "village": 14,
        "town": 8,
        "district": 2,
        "estate": 169,
        "city": 1,
    }
    assert len(city.urban_villages) == 13
    assert city.network.tags.stairs.sum() > 20


def test_sums_reconcile_from_building_to_city(city):
    leaves = pd.concat([city.units["community"], city.units["village"]])
    of_buildings = city.demand.groupby("leaf")[FIGURES].sum().reindex(leaves["unit_id"]).fillna(0)
    assert np.array_equal(of_buildings.to_numpy(), leaves[FIGURES].to_numpy(dtype=float))
    for level, by in (("town", "town"), ("district", "district")):
        upper = city.units[level].set_index("unit_id")[FIGURES].astype(float)
        summed = leaves.groupby(by)[FIGURES].sum().reindex(upper.index).astype(float)
        assert np.array_equal(summed.to_numpy(), upper.to_numpy())


def test_units_tile_the_land(city):
    leaves = pd.concat([city.units["community"], city.units["village"]])
    flat = gpd.GeoSeries(leaves.geometry, crs=4326).to_crs(city.network.crs_m)
    assert flat.area.sum() == pytest.approx(flat.union_all().area, rel=1e-9)
    assert flat.is_valid.all()


def test_every_row_is_there_with_a_status(city):
    status = city.facilities.table["status"].value_counts()
    assert status["no_coordinates"] == 3
    assert status.sum() == len(city.facilities.table)
    assert len(city.facilities.unmapped) == 0


def test_no_planted_error_is_seen_in_the_data(city):
    assert not (city.issues["severity"] == "error").any()


def test_how_it_was_understood_is_told_in_both_languages(city):
    assert len(city.notes) > 50
    for note in city.notes:
        assert re.search(r"[\u4e00-\u9fff]", note.text.zh), note
        assert note.text.en, note
        assert "理解为" not in note.text.en


@pytest.mark.slow
def test_the_village_at_exactly_1000_m(xiamen, planted):
    case = planted["exact_village"]
    villages = xiamen.finding("XM-3a").units.set_index("name")
    village = villages.loc[case["village"]]
    assert village["metres"] == pytest.approx(case["mean_metres"], abs=case["tolerance_m"])
    assert village["candidate"]


def test_the_villages_beyond_1000_m(xiamen, planted):
    villages = xiamen.finding("XM-3a").units
    beyond = set(villages.loc[villages["candidate"], "name"])
    at_it = planted["exact_village"]["village"]
    assert beyond == {*planted["beyond_1000_m"]["villages"], at_it}


@pytest.mark.parametrize("case", ["gate", "river", "railway"])
def test_a_gap_across_a_barrier(city, xiamen, planted, case):
    unit = leaf_ids(city, planted[case]["unit"])
    gaps = xiamen.gaps("XM-1a")
    gap = gaps[gaps["unit_id"].isin(unit)]
    assert len(gap) == 1
    assert gap["reason"].iloc[0] == planted[case]["reason"]
    assert gap["straight_m"].iloc[0] < 1197 < gap["metres"].iloc[0]


def test_the_island(city, xiamen, planted):
    units = leaf_ids(city, *planted["island"]["units"])
    points = xiamen.finding("XM-1a").demand
    here = city.demand["leaf"].isin(units)
    assert len(units) == 3
    assert (points.loc[here, "status"] == "island").all()


@pytest.mark.slow
def test_the_unknown_ones(sample_result, planted):
    unknown = {finding.id for finding in sample_result.findings if finding.status == "unknown"}
    assert unknown == set(planted["unknown"]["standards"])
    assert {"met", "short", "report"} <= {finding.status for finding in sample_result.findings}


@pytest.mark.slow
def test_the_same_findings_from_tables_in_memory(city, xiamen, sample_dir):
    made = lc.City.from_frames(
        sample_dir / "walk.osm.pbf",
        facilities=city.facilities.table,
        demand=city.demand,
        units=city.units,
        urban_villages=city.urban_villages,
        drive=sample_dir / "walk.osm.pbf",
        name=city.name,
        as_of=2025,
        districts={"东城区": "思明区", "西城区": "集美区"},
        synthetic=True,
    )
    again = lc.assess(made, "xiamen-2025")
    assert_frame_equal(again.scorecard, xiamen.scorecard)
    # Not by the year alone: without the names of districts XM-5c says nothing of them.
    assert again.finding("XM-5c").status != "unknown"
    for finding in xiamen.findings:
        mine = again.finding(finding.id)
        assert_frame_equal(mine.units, finding.units, check_dtype=False)
        assert_frame_equal(again.gaps(finding.id), xiamen.gaps(finding.id), check_dtype=False)
        if finding.demand is not None:
            walked = ["demand_id", "status", "metres", "facility_id"]
            walked = [column for column in walked if column in finding.demand]
            assert_frame_equal(mine.demand[walked], finding.demand[walked], check_dtype=False)


@pytest.mark.slow
def test_on_its_hills_metres_stay_and_minutes_follow(city, xiamen, sample_dir):
    hills = lc.read_city(sample_dir / "hills.toml")
    assert hills.network.delays is not None
    said = [note.text.en for note in hills.notes if note.field == "slopes"]
    assert said == ["960 people live on streets steeper than 8%"]
    # The hill covers a small part of the city; everywhere else seconds follow metres.
    found, level = (
        result.finding("XM-1a").demand for result in (lc.assess(hills, "xiamen-2025"), xiamen)
    )
    assert (found["metres"] == level["metres"]).all()
    reached = np.isfinite(level["metres"])
    ratio = (found["seconds"] / level["seconds"])[reached]
    assert 0.8 < (np.abs(ratio - 1) < 1e-6).mean() < 1
    assert 1.1 < ratio.max() < 3
    lost = (level["status"] == "covered") & (found["status"] == "gap")
    assert 0 < lost.mean() < 0.02

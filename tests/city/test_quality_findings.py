"""Quality findings: each check finds its fault, and is silent where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
from shapely.geometry import LineString, MultiPolygon, Point

from builders.drawing import PLAN, box, layer, walk_network, write_osm
from builders.square_city import units, write_city, write_facilities, write_points, write_units
from livingcircle.city import quality_findings as checks
from livingcircle.city.model import read_city
from livingcircle.city.quality import quality_issues

CRS_M = walk_network([PLAN.line((0, 0), (1000, 1000))]).crs_m


def facilities(rows: list[tuple[float, float, str, str]]) -> gpd.GeoDataFrame:
    x, y, names, kinds = zip(*rows, strict=True)
    points = [Point(PLAN.at(*at)) for at in zip(x, y, strict=True)]
    return gpd.GeoDataFrame(
        {
            "facility_id": [f"f{i}" for i in range(len(rows))],
            "name": names,
            "categories": [(kind,) for kind in kinds],
            "source_file": "list.csv",
            "source_row": np.arange(2, len(rows) + 2, dtype=float),
        },
        geometry=points,
        crs=4326,
    )


class TestDuplicates:
    def test_one_name_twice_within_thirty_metres(self) -> None:
        table = facilities(
            [
                (0, 0, "甲中心", "service_centre"),
                (0, 29, " 甲中心", "service_centre"),
                (0, 500, "甲中心", "service_centre"),
                (0, 5, "甲中心", "library"),
                (0, 6, "乙中心", "service_centre"),
            ]
        )
        found = checks.duplicates(table, CRS_M)
        assert found["source_row"].tolist() == [3]
        assert "2 (row or id)" in found["text_en"].iloc[0]
        assert found["severity"].tolist() == ["warning"]

    def test_just_beyond_thirty_metres_is_none(self) -> None:
        table = facilities([(0, 0, "甲", "park"), (0, 30.5, "甲", "park")])
        assert checks.duplicates(table, CRS_M).empty

    def test_a_triple_is_two_findings_not_three(self) -> None:
        table = facilities([(0, y, "甲", "park") for y in (0, 5, 10)])
        assert checks.duplicates(table, CRS_M)["source_row"].tolist() == [3, 4]

    def test_rows_without_names_or_places_are_left_alone(self) -> None:
        table = facilities([(0, 0, "甲", "park"), (0, 1, "甲", "park")])
        table.loc[1, "geometry"] = None
        assert checks.duplicates(table, CRS_M).empty
        assert checks.duplicates(table.iloc[:0], CRS_M).empty

    def test_names_on_one_point(self) -> None:
        rows = [(5, 5, "甲", "park"), (5, 5, "乙", "park"), (5, 5, "丙", "clinic")]
        rows += [(9, 9, "丁", "park"), (9, 9, "丁", "library")]
        found = checks.same_point(facilities(rows))
        assert found["count"].tolist() == [3]
        assert found["severity"].tolist() == ["info"]


class TestUnits:
    def test_overlaps_and_slivers(self) -> None:
        table = layer(
            [
                {"name": "甲", "geometry": box(0, 0, 500, 1000)},
                {"name": "乙", "geometry": box(480, 0, 1000, 1000)},
                {"name": "丙", "geometry": box(999.5, 0, 1500, 1000)},
            ]
        )
        found = checks.overlaps(table, CRS_M)
        assert len(found) == 1
        assert "'乙' and '甲' overlap by 20," in found["text_en"].iloc[0]
        assert found["text_en"].iloc[0].endswith(" m²")
        assert found.geometry.to_crs(CRS_M).area.iloc[0] == pytest.approx(20_000, rel=1e-3)

    def test_holes_between_units_and_to_the_border(self) -> None:
        ring = box(0, 0, 1000, 1000).difference(box(400, 400, 600, 600))
        table = layer([{"name": "甲", "geometry": ring}])
        found = checks.land_without_unit(table, None, CRS_M)
        assert found.geometry.to_crs(CRS_M).area.tolist() == pytest.approx([40_000], rel=1e-3)
        whole = box(0, 0, 1500, 1000)
        assert len(checks.land_without_unit(table, whole, CRS_M)) == 2

    def test_a_sliver_along_a_border_is_no_hole(self) -> None:
        parts = MultiPolygon([box(0, 0, 500, 9000), box(503, 0, 1000, 9000)])
        table = layer([{"name": "甲", "geometry": parts}])
        assert checks.land_without_unit(table, box(0, 0, 1000, 9000), CRS_M).empty

    def test_one_name_for_two(self) -> None:
        table = layer([{"name": n, "geometry": box(0, 0, 9, 9)} for n in ("和平", "和 平", "新")])
        found = checks.name_twice(table)
        assert found["count"].tolist() == [2]


def people(**columns: list[float]) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    empty = {name: [np.nan] * count for name in ("residents", "households", "age65", "under3")}
    table = pd.DataFrame(empty | {"children": [np.nan] * count} | columns)
    return gpd.GeoDataFrame(table, geometry=[Point(0, 0)] * count, crs=4326)


class TestFigures:
    @pytest.mark.parametrize(
        ("columns", "zeros", "expected"),
        [
            ({"residents": [10, 0], "households": [4, 3]}, [], ["households_without_residents"]),
            (
                {"residents": [10, np.nan], "households": [4, 3]},
                [],
                ["households_without_residents"],
            ),
            ({"residents": [10, 9], "households": [4, 0]}, [], ["residents_without_households"]),
            ({"residents": [900, 90], "households": [60, 30]}, [], ["persons_per_household"]),
            ({"residents": [40, 90], "households": [60, 30]}, [], ["persons_per_household"]),
            ({"residents": [10, 9], "age65": [3, 10]}, [], ["group_exceeds_residents"]),
            ({"residents": [10, 0]}, ["residents"], ["suspicious_zero"]),
            ({"residents": [0, 0]}, ["residents"], []),
            ({"residents": [10, 12], "households": [4, 5], "age65": [3, 4]}, ["residents"], []),
        ],
    )
    def test_contradictions(
        self, columns: dict[str, list[float]], zeros: list[str], expected: list[str]
    ) -> None:
        table = people(**columns)
        found = checks.contradicting_figures(table, pd.Series(["甲", "乙"]), zeros)
        assert found["check"].tolist() == expected

    def test_the_sentence_names_field_and_figures_in_both_languages(self) -> None:
        table = people(residents=[10.0, 2000.0], age65=[3.0, 2500.0])
        found = checks.contradicting_figures(table, pd.Series(["甲", "乙"]), [])
        assert found["text_en"].tolist() == ["'乙' has more age65 (2,500) than residents (2,000)"]
        assert found["text_zh"].tolist() == ["“乙”的65岁以上人口（2,500）多于常住人口（2,000）"]


def test_very_many_of_one_kind_are_one_finding() -> None:
    table = facilities([(i * 10.0, 0, f"n{i}", "park") for i in range(150)])
    found = checks.issues("outside_city", table, 1, name=table["name"])
    assert found["count"].tolist() == [150]
    assert "150 times, for example: 'n0'" in found["text_en"].iloc[0]
    assert len(found.geometry.iloc[0].geoms) == 150


def test_every_check_has_both_languages_and_a_known_severity() -> None:
    for name, rule in checks.check_rules().items():
        assert rule["severity"] in {"error", "warning", "info"}, name
        assert rule["zh"], name
        assert rule["en"], name


# -- the whole check, on a city ------------------------------------------------------------------


def found_in(folder: Path, *parts: str) -> gpd.GeoDataFrame:
    return read_city(write_city(folder, *parts)).issues


def test_a_sound_city_has_no_findings(tmp_path: Path) -> None:
    rows = [(105, 104, "甲中心", "社区党群服务中心"), (705, 304, "乙中心", "社区党群服务中心")]
    part = write_facilities(tmp_path, rows, "名称,类别") + 'datum = "wgs84"\n'
    assert found_in(tmp_path, write_units(tmp_path, units()), part).empty


def test_facilities_far_from_any_street_and_outside(tmp_path: Path) -> None:
    rows = [(500, 1290, "近", "药店"), (500, 1310, "远", "药店"), (1100, 500, "外", "药店")]
    part = write_facilities(tmp_path, rows, "名称,类别")
    levels = {"district": [{"name": "丁区", "geometry": box(0, 0, 1000, 2000)}]}
    issues = found_in(tmp_path, write_units(tmp_path, levels), part)
    far = issues[issues["check"] == "far_from_edge"]
    assert far["source_row"].tolist() == [3]
    assert "310 m" in far["text_en"].iloc[0]
    assert issues[issues["check"] == "outside_city"]["source_row"].tolist() == [4]


def test_an_island_of_the_network_with_the_people_on_it(tmp_path: Path) -> None:
    street = {"highway": "residential"}
    ways = [(street, [(0, 0), (1000, 0), (1000, 100), (0, 100), (0, 0)])]
    # A path in the middle of the block that meets nothing.
    ways.append(({"highway": "footway"}, [(400, 40), (460, 40)]))
    write_osm(tmp_path / "walk.osm", ways)
    rows = [{"x": 410, "y": 45, "residents": 12}, {"x": 10, "y": 5, "residents": 30}]
    write_points(tmp_path, "people.geojson", rows)
    (tmp_path / "city.toml").write_text(
        '[city]\nname = "x"\n[network]\nsource = "walk.osm"\n[demand]\nsource = "people.geojson"\n',
        encoding="utf-8",
    )
    issues = read_city(tmp_path / "city.toml").issues
    island = issues[issues["check"] == "island"].iloc[0]
    assert "(60 m of ways): 12 residents, 0 facilities" in island["text_en"]
    assert island["count"] == 1
    assert island.geometry.geom_type == "MultiLineString"


def test_a_facility_on_water(tmp_path: Path) -> None:
    lake = [(400, 20), (600, 20), (600, 80), (400, 80), (400, 20)]
    ways = [({"highway": "residential"}, [(0, 0), (1000, 0)]), ({"natural": "water"}, lake)]
    write_osm(tmp_path / "walk.osm", ways)
    part = write_facilities(
        tmp_path, [(500, 50, "湖心", "药店"), (5, 5, "岸", "药店")], "名称,类别"
    )
    (tmp_path / "city.toml").write_text(
        '[city]\nname = "x"\n[network]\nsource = "walk.osm"\n' + part, encoding="utf-8"
    )
    issues = read_city(tmp_path / "city.toml").issues
    assert issues[issues["check"] == "on_water"]["source_row"].tolist() == [2]


def test_a_network_much_older_than_a_list_is_told(tmp_path: Path) -> None:
    part = write_facilities(tmp_path, [(5, 5, "甲", "药店", 2023)], "名称,类别,数据年份")
    city = read_city(write_city(tmp_path, part))

    def dates(year: int) -> list[str]:
        network = replace(city.network, notes={"data_date": f"{year}-06-01T00:00:00Z"})
        tables = city.facilities, city.units, city.urban_villages, city.demand
        issues = quality_issues(network, *tables, max_access_m=300)
        return issues.loc[issues["check"] == "dates_apart", "text_en"].tolist()

    assert dates(2021) == []
    assert dates(2020) == ["the network is of 2020, the list facilities.csv of 2023: far apart"]


def test_a_village_with_streets_is_fine(tmp_path: Path) -> None:
    # Blocks of 100 m have 200 m of street a hectare.
    village = [{"name": "村", "geometry": box(110, 110, 590, 590)}]
    layer(village).to_file(tmp_path / "villages.geojson")
    assert found_in(tmp_path, '[urban_villages]\nsource = "villages.geojson"\n').empty


def test_a_village_without_alleys_is_told(tmp_path: Path) -> None:
    village = [{"name": "村", "geometry": box(1010, 0, 1300, 300)}]
    layer(village).to_file(tmp_path / "villages.geojson")
    issues = found_in(tmp_path, '[urban_villages]\nsource = "villages.geojson"\n')
    told = issues[issues["check"] == "village_streets_missing"].iloc[0]
    assert "'村' has only 0 m of ways a hectare" in told["text_en"]


def test_findings_are_ordered_and_complete(tmp_path: Path) -> None:
    rows: dict[str, list[dict[str, Any]]] = units()
    rows["community"][0]["age65"] = 5000
    listed = [(None, None, "无", "火锅店"), (5, 5, "有", "药店")]
    part = write_facilities(tmp_path, listed, "名称,类别")
    issues = found_in(tmp_path, write_units(tmp_path, rows), part)
    assert issues.columns.tolist() == checks.QUALITY_COLUMNS
    assert issues.crs == pyproj.CRS(4326)
    assert issues["severity"].tolist() == sorted(
        issues["severity"], key=["error", "warning", "info"].index
    )
    assert issues["check"].iloc[0] == "group_exceeds_residents"
    assert {"no_coordinates", "unmapped_category"} <= set(issues["check"])


def test_streets_that_cross_and_are_not_joined_are_shown_where_they_are(tmp_path: Path) -> None:
    config = write_city(tmp_path)
    streets = [PLAN.line((0, y), (1000, y)) for y in (0, 500, 1000)]
    streets += [PLAN.line((x, 0), (x, 1000)) for x in (0, 500, 1000)]
    lines = gpd.GeoDataFrame(geometry=[LineString(street) for street in streets], crs=4326)
    text = config.read_text("utf-8")
    source = next(line for line in text.splitlines() if line.startswith("source"))
    lines.to_file(tmp_path / "apart.gpkg")
    config.write_text(text.replace(source, 'source = "apart.gpkg"', 1), "utf-8")
    found = read_city(config).issues
    found = found[found["check"] == "lines_not_joined"]
    assert len(found) == 5
    assert found.geometry.notna().all()
    assert "node = true" in found["text_en"].iloc[0]
    lon, lat = PLAN.at(500, 500)
    assert any(f"{lon:.5f}, {lat:.5f}" in text for text in found["text_en"])
    joined = config.read_text("utf-8").replace(
        'source = "apart.gpkg"', 'source = "apart.gpkg"\nnode = true'
    )
    config.write_text(joined, "utf-8")
    assert "lines_not_joined" not in set(read_city(config).issues["check"])

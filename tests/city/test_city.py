"""read_city: city.toml → tables in which every row of the inputs has its place and its status."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from builders.drawing import PLAN, box, layer, write_osm
from builders.square_city import units, write_city, write_facilities, write_units
from livingcircle.city.model import City, leaves, read_city
from livingcircle.errors import ConfigError, DatumError, InputError, LivingCircleError
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.routing.engine import reach

HEADER = "名称,类别,所属社区,建筑面积"
ROWS = [
    (105, 104, "甲中心", "社区党群服务中心", "甲社区", 300),
    (705, 304, "乙中心", "社区党群服务中心；图书馆", "", 200),
    (None, None, "无坐标点", "药店", "乙村", ""),
    (205, 504, "怪东西", "火锅店", "", ""),
    (5000, 504, "城外药房", "药店", "", ""),
    (405, 804, "填错的", "药店", "乙村", ""),
]


@pytest.fixture
def city(tmp_path: Path) -> City:
    return read_city(
        write_city(
            tmp_path, write_units(tmp_path, units()), write_facilities(tmp_path, ROWS, HEADER)
        )
    )


class TestFacilities:
    @pytest.mark.slow
    def test_every_row_is_there_with_its_status(self, city: City) -> None:
        table = city.facilities.table
        assert len(table) == len(ROWS)
        assert table["status"].tolist() == [
            "ok",
            "ok",
            "no_coordinates",
            "unmapped_category",
            "outside_city",
            "ok",
        ]
        assert table["source_row"].tolist() == [2, 3, 4, 5, 6, 7]
        assert table["facility_id"].is_unique

    @pytest.mark.slow
    def test_categories_are_mapped_and_asked_for(self, city: City) -> None:
        assert city.facilities.categories == {"service_centre": 2, "library": 1, "pharmacy": 3}
        assert city.facilities.of("library")["name"].tolist() == ["乙中心"]
        both = city.facilities.of(["library", "service_centre"])
        assert both["name"].tolist() == ["甲中心", "乙中心"]
        assert city.facilities.of("公共图书馆")["name"].tolist() == ["乙中心"]
        assert len(city.facilities.of("kindergarten")) == 0
        with pytest.raises(ConfigError, match="library"):
            city.facilities.of("libary")

    @pytest.mark.slow
    def test_the_unmapped_are_listed(self, city: City) -> None:
        row = city.facilities.unmapped.iloc[0]
        assert (row["value"], row["count"], row["source_file"]) == ("火锅店", 1, "facilities.csv")

    @pytest.mark.slow
    def test_units_by_location_and_the_stated_one_wins(self, city: City) -> None:
        table = city.facilities.table.set_index("name")
        assert table.loc["甲中心", "community"] == "甲社区"
        assert table.loc["乙中心", "village"] == "乙村"
        assert table.loc["乙中心", "community"] is None
        assert table.loc["无坐标点", ["village", "town", "district"]].tolist() == [
            "乙村",
            "丙街道",
            "丁区",
        ]
        assert table.loc["填错的", "village"] == "乙村"
        assert table.loc["填错的", "community"] is None
        assert table.loc["城外药房", "town"] is None
        told = city.issues[city.issues["check"] == "unit_disagrees"].iloc[0]
        assert "'填错的' is said to belong to '乙村' but lies in '甲社区'" in told["text_en"]
        assert told["source_row"] == 7

    def test_a_row_without_a_category_is_told(self, tmp_path: Path) -> None:
        rows = [(5, 5, "甲", "药店"), (5, 105, "乙", "")]
        part = write_facilities(tmp_path, rows, "名称,类别") + 'datum = "wgs84"\n'
        city = read_city(write_city(tmp_path, part))
        assert city.facilities.table["status"].tolist() == ["ok", "unmapped_category"]
        assert city.issues["check"].tolist() == ["no_category"]

    @pytest.mark.slow
    def test_figures_are_kept(self, city: City) -> None:
        area = city.facilities.table["area_m2"]
        assert area.iloc[:2].tolist() == [300, 200]
        assert area.iloc[2:].isna().all()


class TestAreas:
    def read(self, folder: Path, entrances: str = "") -> City:
        park = [
            {"name": "公园", "类别": "公园", "geometry": box(110, 110, 190, 190)},
            {"name": "大公园", "类别": "公园", "geometry": box(310, 310, 690, 690)},
        ]
        layer(park).to_file(folder / "parks.geojson")
        part = '[[facilities]]\nsource = "parks.geojson"\ncategory = "类别"\n' + entrances
        return read_city(write_city(folder, part))

    def test_an_area_is_entered_where_ways_meet_its_outline(self, tmp_path: Path) -> None:
        city = self.read(tmp_path)
        parks = city.facilities.of("park")
        assert shapely.get_dimensions(parks.geometry.to_numpy()).tolist() == [2, 2]
        # Streets at 400, 500 and 600 m cross the large outline twice in each direction.
        assert [len(e.geoms) for e in parks["entrances"]] == [1, 12]
        points = city.facilities.access_points(parks)
        assert points["facility_id"].nunique() == 2
        assert len(points) == 13
        # Nobody walks to the middle: the way into the small park lies on its outline.
        corner = gpd.GeoSeries([parks.geometry.iloc[0]], crs=4326).boundary.iloc[0]
        assert corner.distance(points.geometry.iloc[0]) < 1e-9

    def test_reach_counts_from_the_entrances(self, tmp_path: Path) -> None:
        city = self.read(tmp_path)
        large = city.facilities.of("park").iloc[[1]]
        at = gpd.GeoDataFrame(geometry=[shapely.Point(PLAN.at(500, 700))], crs=4326)
        # The street at 500 m crosses the northern fence at 690 m.
        assert reach(city.network, large).to(at)["metres"].iloc[0] == pytest.approx(10, abs=0.1)

    def test_given_entrances_win(self, tmp_path: Path) -> None:
        lon, lat = PLAN.at(500, 310)
        (tmp_path / "gates.csv").write_text(f"name,lon,lat\n大公园,{lon},{lat}\n", encoding="utf-8")
        city = self.read(tmp_path, 'entrances = "gates.csv"\n')
        large = city.facilities.table.set_index("name").loc["大公园", "entrances"]
        assert [g.coords[0] for g in large.geoms] == [pytest.approx((lon, lat))]

    def test_an_entrance_of_nothing_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "gates.csv").write_text("name,lon,lat\n花园,113.5,30.25\n", encoding="utf-8")
        with pytest.raises(InputError, match="belongs to no facility") as caught:
            self.read(tmp_path, 'entrances = "gates.csv"\n')
        assert caught.value.row == 2

    def test_the_outline_gives_the_area_of_a_park(self, tmp_path: Path) -> None:
        city = self.read(tmp_path)
        assert city.facilities.table["area_m2"].tolist() == pytest.approx([6400, 144400], rel=1e-3)
        assert any(note.field == "area_m2" for note in city.notes)

    def test_rows_of_one_id_are_entrances_of_one_facility(self, tmp_path: Path) -> None:
        rows = [(105, 104, "s1", "学校", "小学", 500), (195, 104, "s1", "学校", "小学", 500)]
        part = write_facilities(tmp_path, rows, "facility_id,名称,类别,建筑面积")
        city = read_city(write_city(tmp_path, part))
        assert city.facilities.table["status"].tolist() == ["ok", "entrance"]
        school = city.facilities.of("primary_school")
        assert school["area_m2"].sum() == 500
        assert len(city.facilities.access_points(school)) == 2


class TestUnits:
    @pytest.mark.slow
    def test_levels_and_who_belongs_to_whom(self, city: City) -> None:
        assert list(city.units) == ["community", "village", "town", "district", "city"]
        a, b = city.units["community"].iloc[0], city.units["village"].iloc[0]
        for leaf in (a, b):
            assert (leaf["parent"], leaf["town"], leaf["district"]) == ("丙街道", "丙街道", "丁区")
        assert city.units["town"].iloc[0]["parent"] == "丁区"
        assert city.units["city"]["name"].tolist() == ["试验市"]
        assert city.units["city"]["area_km2"].iloc[0] == pytest.approx(1.0, rel=1e-4)
        assert leaves(city)["unit_id"].tolist() == ["甲社区", "乙村"]

    @pytest.mark.slow
    def test_a_stated_parent_wins_over_the_place(self, tmp_path: Path) -> None:
        rows = units()
        rows["town"] = [
            {"name": "西镇", "geometry": box(0, 0, 600, 1000)},
            {"name": "东镇", "geometry": box(600, 0, 1000, 1000)},
        ]
        rows["community"][0]["所属街道"] = "东镇"
        city = read_city(write_city(tmp_path, write_units(tmp_path, rows)))
        assert city.units["community"]["town"].tolist() == ["东镇"]
        # 100 m of 乙村 lie in 西镇, 400 m in 东镇: the largest overlap decides.
        assert city.units["village"]["town"].tolist() == ["东镇"]

    def test_towns_are_put_together_from_leaves_that_name_theirs(self, tmp_path: Path) -> None:
        rows = {"community": units()["community"], "village": units()["village"]}
        rows["community"][0] |= {"所属街道": "西镇", "所属区": "丁区"}
        rows["village"][0] |= {"所属街道": "东镇", "所属区": "丁区"}
        city = read_city(write_city(tmp_path, write_units(tmp_path, rows)))
        assert sorted(city.units["town"]["name"]) == ["东镇", "西镇"]
        assert city.units["town"]["district"].tolist() == ["丁区", "丁区"]
        assert city.units["district"]["area_km2"].tolist() == pytest.approx([1.0], rel=1e-3)

    def test_names_on_several_levels_and_twice_on_one_stay_apart(self, tmp_path: Path) -> None:
        rows = {
            "community": [
                {"name": "和平", "geometry": box(0, 0, 500, 1000)},
                {"name": "和平", "geometry": box(500, 0, 1000, 1000)},
            ],
            "town": [{"name": "和平", "geometry": box(0, 0, 1000, 1000)}],
        }
        city = read_city(write_city(tmp_path, write_units(tmp_path, rows)))
        ids = [*city.units["community"]["unit_id"], *city.units["town"]["unit_id"]]
        assert ids == ["community:和平", "community:和平#2", "town:和平"]
        assert "same_unit_name" in set(city.issues["check"])

    def test_a_table_without_boundaries_gives_its_figures(self, tmp_path: Path) -> None:
        rows = {"community": [{"name": "甲社区", "geometry": box(0, 0, 1000, 1000)}]}
        (tmp_path / "people.csv").write_text(
            "社区名称,户数,常住人口,是否新建\n甲社区,400,1000,是\n乙社区,7,9,否\n", encoding="utf-8"
        )
        part = '[[units]]\nsource = "people.csv"\nlevel = "community"\n'
        part += 'columns = { "社区名称" = "name" }\n'
        city = read_city(write_city(tmp_path, write_units(tmp_path, rows) + part))
        table = city.units["community"].set_index("name")
        assert table.loc["甲社区", ["residents", "households"]].tolist() == [1000, 400]
        assert table.loc["甲社区", "is_new"] is True
        assert table.loc["乙社区"].geometry is None
        assert "unit_no_geometry" in set(city.issues["check"])

    def test_without_units_the_hull_of_the_network_stands_for_the_city(
        self, tmp_path: Path
    ) -> None:
        city = read_city(write_city(tmp_path))
        assert list(city.units) == ["city"]
        # One square kilometre and 300 m around it.
        area = 1.0 + 4 * 0.3 + np.pi * 0.3**2
        assert city.units["city"]["area_km2"].iloc[0] == pytest.approx(area, rel=5e-3)
        assert any("hull of the network" in note.text.en for note in city.notes)
        assert leaves(city).empty

    def test_a_unit_that_crosses_itself_is_refused(self, tmp_path: Path) -> None:
        bow = shapely.Polygon([PLAN.at(*c) for c in [(0, 0), (500, 500), (500, 0), (0, 500)]])
        rows = {"community": [{"name": "好", "geometry": box(500, 0, 900, 500)}]}
        rows["community"].append({"name": "坏", "geometry": bow})
        with pytest.raises(InputError, match="crosses itself") as caught:
            read_city(write_city(tmp_path, write_units(tmp_path, rows)))
        assert caught.value.row == 3

    def test_units_must_be_areas(self, tmp_path: Path) -> None:
        rows = {"community": [{"name": "点", "geometry": shapely.Point(PLAN.at(5, 5))}]}
        with pytest.raises(InputError, match="must be areas"):
            read_city(write_city(tmp_path, write_units(tmp_path, rows)))


class TestUrbanVillages:
    def test_they_keep_their_figures_and_lie_somewhere(self, tmp_path: Path) -> None:
        rows = [
            {"name": "上村", "residents": 300, "geometry": box(110, 110, 290, 290)},
            {"name": "上村", "residents": 10, "geometry": box(610, 110, 690, 290)},
        ]
        layer(rows).to_file(tmp_path / "villages.geojson")
        part = '[urban_villages]\nsource = "villages.geojson"\n'
        city = read_city(write_city(tmp_path, write_units(tmp_path, units()), part))
        table = city.urban_villages
        assert table["village_id"].tolist() == ["上村", "上村#2"]
        assert table["residents"].tolist() == [300, 10]
        assert table["leaf"].tolist() == ["甲社区", "乙村"]
        assert table["town"].tolist() == ["丙街道"] * 2
        # 360 m of streets lie in the first, 80 m in the second: a point for every 50 m.
        inside = city.demand["urban_village"].value_counts()
        assert inside["上村"] == pytest.approx(7, abs=2)
        assert inside["上村#2"] == pytest.approx(1.6, abs=1)

    @pytest.mark.slow
    def test_none_given_is_an_empty_table(self, city: City) -> None:
        assert city.urban_villages.empty
        assert city.urban_villages.crs == "EPSG:4326"


class TestWhole:
    def test_inputs_are_remembered_with_their_hashes(self, city: City) -> None:
        roles = [one.role for one in city.inputs]
        assert roles[:2] == ["city", "network"]
        assert "facilities.1" in roles
        for one in city.inputs:
            content = (city.folder / one.source).read_bytes()
            assert one.sha256 == hashlib.sha256(content).hexdigest()
            assert one.size == len(content)
            assert one.modified is not None

    def test_progress_runs_from_nothing_to_everything(self, tmp_path: Path) -> None:
        seen: list[float] = []
        read_city(write_city(tmp_path), progress=lambda share, text: seen.append(share))
        assert seen[0] == 0
        assert seen[-1] == 1
        assert seen == sorted(seen)

    @pytest.mark.parametrize(
        ("part", "says"),
        [
            ('[assess]\nwalker = "adul"\n', "'adult'"),
            ('[[facilities]]\nsource = "nothing.csv"\n', "no file 'nothing.csv'"),
            ('[demand]\nspread = "units"\n', "no unit states residents"),
            (
                '[[units]]\nsource = "streets.geojson"\nlevel = "community"\n',
                "must be areas",
            ),
            ('[[facilities]]\nsource = "f.csv"\ncategory = "libary"\n', 'category = "library"'),
            ('[[facilities]]\nsource = "f.csv"\n', "holds categories"),
            ('[[facilities]]\nsource = "f.osm"\ncategory = "警务"\n', "'police_room'"),
            ('[[facilities]]\nsource = "f.osm"\ncategory = "儿童友好社区"\n', "has no tag for"),
            (
                '[[facilities]]\nsource = "f.osm"\n[categories]\n"=x" = "library"\n',
                "field 'categories.=x'",
            ),
            ('[[units]]\nsource = "f.osm"\nlevel = "town"\n', "State admin_level"),
            (
                '[[units]]\nsource = "f.osm"\nlevel = "town"\nadmin_level = 8\n',
                "no administrative area of level 8",
            ),
            ('[[units]]\nsource = "u.csv"\nlevel = "town"\n', "has boundaries"),
            ('[urban_villages]\nsource = "streets.geojson"\n', "must be areas"),
            ('[demand]\nsource = "../city.toml"\n', "climbs out of the folder"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_line(self, tmp_path: Path, part: str, says: str) -> None:
        lon, lat = PLAN.at(5, 5)
        (tmp_path / "f.csv").write_text(f"名称,经度,纬度\n甲,{lon},{lat}\n", encoding="utf-8")
        (tmp_path / "u.csv").write_text("名称,户数\n甲,3\n", encoding="utf-8")
        write_osm(tmp_path / "f.osm", [({"highway": "residential"}, [(0, 0), (0, 50)])])
        with pytest.raises(LivingCircleError) as caught:
            read_city(write_city(tmp_path, part))
        assert says in caught.value.line()

    def test_a_list_in_the_wrong_datum_is_refused(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(1)
        street = rng.integers(0, 11, 120) * 100.0 + rng.normal(0, 8, 120)
        along = rng.uniform(0, 1000, 120)
        true = np.array([PLAN.at(x, y) for x, y in zip(street, along, strict=True)])
        lon, lat = from_wgs84(true[:, 0], true[:, 1], "gcj02")
        lines = [
            f"{x:.7f},{y:.7f},p{i},药店" for i, (x, y) in enumerate(zip(lon, lat, strict=True))
        ]
        text = "\n".join(["经度,纬度,名称,类别", *lines])
        (tmp_path / "facilities.csv").write_text(text, encoding="utf-8")
        part = '[[facilities]]\nsource = "facilities.csv"\ncategory = "类别"\n'
        with pytest.raises(DatumError, match="gcj02"):
            read_city(write_city(tmp_path, part))
        city = read_city(write_city(tmp_path, part + 'datum = "gcj02"\n'))
        assert city.facilities.table.geometry.x.to_numpy() == pytest.approx(true[:, 0], abs=1e-6)

    def test_facilities_of_a_whole_file_have_one_category(self, tmp_path: Path) -> None:
        part = write_facilities(tmp_path, [(5, 5, "一"), (5, 105, "二")], "名称")
        part = part.replace('"类别"', '"药店"')
        city = read_city(write_city(tmp_path, part))
        assert city.facilities.categories == {"pharmacy": 2}

    def test_city_toml_overrules_the_vocabulary(self, tmp_path: Path) -> None:
        rows = [(5, 5, "一", "社区服务大厅"), (5, 105, "二", "别的")]
        part = write_facilities(tmp_path, rows, "名称,类别")
        part += '[categories]\n"社区服务大厅" = "service_centre"\n"别的" = []\n'
        city = read_city(write_city(tmp_path, part))
        assert city.facilities.table["status"].tolist() == ["ok", "left_out"]
        assert city.facilities.unmapped.empty

    def test_beds_of_some_and_places_of_others_are_one_figure(self, tmp_path: Path) -> None:
        rows = [(5, 5, "照料中心", 30, ""), (5, 105, "托儿所", "", 45), (5, 205, "药店", "", "")]
        city = read_city(write_city(tmp_path, write_facilities(tmp_path, rows, "类别,床位,托位数")))
        assert city.facilities.table["places"].iloc[:2].tolist() == [30, 45]
        assert np.isnan(city.facilities.table["places"].iloc[2])

    def test_ids_of_two_lists_do_not_collide(self, tmp_path: Path) -> None:
        one = write_facilities(tmp_path, [(5, 5, "f1", "一", "药店")], "facility_id,名称,类别")
        city = read_city(write_city(tmp_path, one + one))
        assert city.facilities.table["facility_id"].tolist() == ["f1", "f1@2"]


class TestSampleCity:
    @pytest.fixture
    def sample(self, sample_city: City) -> City:
        return sample_city

    @pytest.mark.slow
    def test_rows_in_are_rows_out(self, sample: City, sample_dir: Path) -> None:
        listed = pd.read_excel(sample_dir / "facilities.xlsx", dtype=str, engine="openpyxl")
        shops = pd.read_csv(sample_dir / "shops.csv", dtype=str, encoding="gb18030")
        assert len(sample.facilities) == len(listed) + len(shops)
        assert len(sample.demand) == len(gpd.read_file(sample_dir / "buildings.gpkg"))
        for level in ("community", "village", "town", "district"):
            rows = gpd.read_file(sample_dir / "units.gpkg", layer=level)
            assert len(sample.units[level]) == len(rows)

    def test_everything_is_understood(self, sample: City) -> None:
        assert sample.synthetic
        assert sample.facilities.unmapped.empty
        assert set(sample.facilities.table["status"]) <= {"ok", "no_coordinates"}
        assert not (sample.issues["severity"] == "error").any()
        assert set(sample.facilities.table["town"].dropna()) <= set(sample.units["town"]["unit_id"])

    def test_people_are_where_the_units_say(self, sample: City) -> None:
        stated = leaves(sample).set_index("unit_id")["residents"]
        summed = sample.demand.groupby("leaf")["residents"].sum()
        assert sample.demand["leaf"].notna().all()
        assert summed.to_dict() == stated[summed.index].to_dict()

    def test_every_leaf_has_a_town_and_a_district(self, sample: City) -> None:
        table = leaves(sample)
        assert table[["town", "district", "parent"]].notna().all().all()
        assert table["unit_id"].is_unique


@pytest.mark.slow
@pytest.mark.real
def test_las_palmas_from_one_osm_file(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "laspalmas" / "laspalmas_2023.osm.pbf"
    (tmp_path / "city.toml").write_text(
        f"""
[city]
name = "Las Palmas"
[network]
source = '{source}'
[[facilities]]
source = '{source}'
category = "osm"
[[units]]
source = '{source}'
level = "district"
admin_level = 8
[demand]
source = '{source}'
[categories]
"amenity=school" = ["primary_school", "middle_school"]
""",
        encoding="utf-8",
    )
    city = read_city(tmp_path / "city.toml")
    counts = city.facilities.categories
    assert counts["pharmacy"] >= 80
    assert counts["kindergarten"] == 23
    assert counts["fitness_site"] == 30
    assert counts["primary_school"] >= 150
    assert "amenity=school" not in set(city.facilities.unmapped["value"])
    assert len(city.demand) > 20_000
    assert set(city.demand["weight_unit"]) == {"buildings"}
    assert city.demand["residents"].isna().all()
    assert city.units["district"]["name"].tolist() == ["Las Palmas de Gran Canaria"]
    areas = city.facilities.table[city.facilities.table.geom_type == "Polygon"]
    assert areas["entrances"].notna().all()
    assert {one.source for one in city.inputs} == {"city.toml", source.name}
    assert str(real_data) not in "".join(city.facilities.table["source_file"])


@pytest.mark.slow
@pytest.mark.real
def test_futian_from_its_files(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "futian"
    (tmp_path / "centres.csv").write_text(
        "名称,经度,纬度,类别,所属社区\n"
        "下沙社区党群服务中心,114.0310,22.5290,社区党群服务中心,下沙社区\n"
        "上沙社区党群服务中心,114.0255,22.5275,社区党群服务中心,\n",
        encoding="utf-8",
    )
    areas = folder / "communities_and_streets.geojson"
    (tmp_path / "city.toml").write_text(
        f"""
[city]
name = "福田"
[network]
source = '{folder / "walk.graphml"}'
[[facilities]]
source = "centres.csv"
category = "类别"
[[units]]
source = '{areas}'
level = "community"
[[units]]
source = '{areas}'
level = "town"
[urban_villages]
source = '{folder / "urban_village_communities.geojson"}'
""",
        encoding="utf-8",
    )
    city = read_city(tmp_path / "city.toml")
    assert len(city.units["community"]) == 77
    assert len(city.units["town"]) == 9
    assert sorted(city.urban_villages["name"]) == ["上沙社区", "下沙社区", "沙嘴社区", "沙尾社区"]
    assert city.units["community"]["town"].notna().mean() > 0.95
    assert set(city.demand["kind"]) == {"edge"}
    holes = city.issues[city.issues["check"] == "units_hole"]
    assert len(holes) >= 1

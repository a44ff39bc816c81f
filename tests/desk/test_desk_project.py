"""Projects of the desk: names, roles, and the city.toml that choices stand for."""

from __future__ import annotations

import datetime
import json
import os
import tomllib
import zipfile
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet
import pytest
from shapely.geometry import LineString, Point, box

from livingcircle.desk import project as desk_project
from livingcircle.desk.answers import project_answer
from livingcircle.desk.choices import chosen_text
from livingcircle.desk.city_text import FileCard, city_text, stated_files
from livingcircle.desk.project import BEFORE, BY_HAND, Project, guess_level, guess_role, safe_name
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.formats.gdal import list_layers
from livingcircle.io.formats.vector import read_parquet


def card(name: str, role: str, **settings: object) -> FileCard:
    return {"name": name, "bytes": 1, "role": role, "settings": settings}


@pytest.mark.parametrize(
    "name",
    ["../x.csv", "a/b.csv", "a\\b.csv", "", ".", "..", ".hidden", "con.csv", "LPT1", "a\n.csv",
     "a:b", "a?.csv", "x" * 300, "名.", "\u202ecsv.exe", "/etc/passwd", "C:\\x.csv"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        safe_name(name)


@pytest.mark.parametrize("name", ["设施 清单.xlsx", "walk.osm.pbf", "units (2).geojson", "厦门"])
def test_plain_names_stay(name: str) -> None:
    assert safe_name(name) == name


def test_roles_are_guessed_by_the_name() -> None:
    guesses = {
        "xiamen.osm.pbf": "network",
        "设施清单.csv": "facilities",
        "poi.xlsx": "facilities",
        "社区边界.geojson": "units",
        "城中村.geojson": "urban_villages",
        "buildings.gpkg": "demand",
        "人口.tif": "demand",
        "人口.asc": "demand",
        "高程.asc": "terrain",
        "DEM_30m.tif": "terrain",
        "备选地块.xlsx": "none",
        "candidate_buildings.csv": "none",
        "储备用地.shp": "none",
        "应急物资储备点.csv": "facilities",
        "粮食储备库.xlsx": "facilities",
        "demand.tif": "demand",
        "demography.asc": "demand",
        "building_height.tif": "demand",
        "N24E118_dem.tif": "terrain",
        "社区边界.prj": "none",
        "readme.md": "none",
    }
    assert {name: guess_role(name) for name in guesses} == guesses


@pytest.mark.parametrize(
    ("name", "level"),
    [("黄浦区界.geojson", "district"), ("社区界.shp", "community"), ("街道界.shp", "town"),
     ("乡镇街道.gpkg", "town"), ("行政村.gpkg", "village"), ("小区.geojson", "estate"),
     ("Subdistricts.shp", "town"), ("sub_district.geojson", "town"),
     ("镇江市边界.geojson", "community"), ("新乡市界.gpkg", "community"),
     ("downtown_units.shp", "community"), ("real_estate_units.shp", "community"),
     ("districts.shp", "district"), ("边界.shp", "community")],
)  # fmt: skip
def test_the_level_of_boundaries_is_guessed_by_their_name(
    tmp_path: Path, name: str, level: str
) -> None:
    assert guess_level(name) == level
    project = Project.create(tmp_path, "镇")
    (project.folder / name).write_bytes(b"{}")
    assert guess_role(name, project.folder / name) == "units"
    assert project.cards()[0]["settings"] == {"level": level}


def test_results_are_older_than_what_they_were_made_of_and_no_other_file(tmp_path: Path) -> None:
    project = Project.create(tmp_path, "镇")
    folder = project.folder
    for name in ("walk.osm.pbf", "边界.shp", "边界.dbf", "own.toml", "dem.tif"):
        (folder / name).write_bytes(b"")
    cards = [card("walk.osm.pbf", "network"), card("边界.shp", "units")]
    project.save_text(city_text("镇", cards, ["own.toml"], {}))
    project.out.mkdir()
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    inputs = [
        {"role": "network", "source": "walk.osm.pbf"},
        {"role": "terrain", "source": "dem.tif"},
    ]
    run = {"started": began.isoformat(), "inputs": inputs}
    (project.out / "run.json").write_text(json.dumps(run), encoding="utf-8")
    before = began.timestamp() - 60
    for path in folder.iterdir():
        os.utime(path, (before, before))
    assert not project.older()
    for name in ("scenario.toml", "备选地块.xlsx", "notes.md"):
        (folder / name).write_text("x", encoding="utf-8")
        assert not project.older(), name
    for name in ("city.toml", "own.toml", "walk.osm.pbf", "边界.dbf", "dem.tif"):
        os.utime(folder / name)
        assert project.older(), name
        os.utime(folder / name, (before, before))
    (folder / "walkers.toml").write_text("", encoding="utf-8")
    assert project.older()


def test_a_name_that_says_nothing_leaves_it_to_the_shapes(tmp_path: Path) -> None:
    shapes = {
        "a": ([Point(118.1, 24.5)], "facilities"),
        "b": ([box(118.1, 24.5, 118.2, 24.6)], "units"),
        "c": ([LineString([(118.1, 24.5), (118.2, 24.6)])], "network"),
    }
    for stem, (geometry, role) in shapes.items():
        frame = gpd.GeoDataFrame({"名称": ["甲"]}, geometry=geometry, crs=4326)
        frame.to_parquet(tmp_path / f"{stem}.parquet")
        for ending in ("geojson", "gpkg", "kml", "shp", "fgb"):
            frame.to_file(tmp_path / f"{stem}.{ending}")
        for ending in ("parquet", "geojson", "gpkg", "kml", "shp", "fgb"):
            path = tmp_path / f"{stem}.{ending}"
            assert guess_role(path.name, path) == role, path.name
    mark = "<Placemark><Point><coordinates>118,24,0</coordinates></Point></Placemark>"
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{mark}</Document></kml>'
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", text)
    assert guess_role("a.kmz", tmp_path / "a.kmz") == "facilities"
    (tmp_path / "answer.json").write_text('{"status": 0, "results": []}', "utf-8")
    assert guess_role("answer.json", tmp_path / "answer.json") == "facilities"
    # The name wins, and what cannot be opened is areas as before.
    assert guess_role("城中村.geojson", tmp_path / "a.geojson") == "urban_villages"
    (tmp_path / "x.shp").write_bytes(b"broken")
    assert guess_role("x.shp", tmp_path / "x.shp") == "units"


_OF_SHAPES = {"encoding": "WKB", "geometry_types": None}


@pytest.mark.parametrize(
    "geo",
    ["[]", "null", "3", '"x"', "{", '{"columns": []}', '{"columns": {"geometry": null}}',
     json.dumps({"columns": {"geometry": _OF_SHAPES}}),
     json.dumps({"columns": {"geometry": _OF_SHAPES | {"geometry_types": [1, None]}}})],
)  # fmt: skip
def test_a_parquet_that_says_odd_things_of_its_shapes_has_a_card_and_an_error(
    tmp_path: Path, geo: str
) -> None:
    project = Project.create(tmp_path, "镇")
    table = pa.table({"geometry": [b"odd"], "名称": ["甲"]})
    path = project.folder / "x.parquet"
    pyarrow.parquet.write_table(table.replace_schema_metadata({"geo": geo}), path)
    assert [one["role"] for one in project.cards()] == ["units"]
    assert project_answer(project, None)["files"] == project.cards()
    with pytest.raises(InputError):
        read_parquet(path, path.name)


def test_the_shapes_of_a_file_are_looked_at_once_until_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def listed(target: str) -> list[tuple[str, str | None]]:
        asked.append(target)
        return list_layers(target)

    monkeypatch.setattr(desk_project, "list_layers", listed)
    path = tmp_path / "a.geojson"
    for count, shape, role in (
        (1, Point(118.1, 24.5), "facilities"),
        (2, box(118.1, 24.5, 118.2, 24.6), "units"),
    ):
        gpd.GeoDataFrame({"名称": ["甲"]}, geometry=[shape], crs=4326).to_file(path)
        assert [guess_role(path.name, path) for _ in range(3)] == [role] * 3
        assert len(asked) == count


def test_choices_become_a_city_that_the_command_line_reads() -> None:
    cards = [
        card("walk.osm.pbf", "network"),
        card("设施.csv", "facilities", datum="bd09", encoding="gb18030", level="town"),
        card("units.geojson", "units", level="town"),
        card("b.gpkg", "demand"),
        card("x.md", "none"),
    ]
    data = tomllib.loads(
        city_text('厦"门', cards, ["xiamen-2025"], {"walker": "elderly", "as_of": 2024})
    )
    assert data["city"]["name"] == '厦"门'
    assert data["network"] == {"source": "walk.osm.pbf"}
    assert data["facilities"] == [{"source": "设施.csv", "datum": "bd09", "encoding": "gb18030"}]
    assert data["units"] == [{"source": "units.geojson", "level": "town"}]
    assert data["demand"] == {"source": "b.gpkg"}
    assert data["assess"] == {"packs": ["xiamen-2025"], "walker": "elderly", "as_of": 2024}


def test_how_lines_are_joined_is_kept_and_taken_back(tmp_path: Path) -> None:
    said = city_text("厦", [card("s.shp", "network", node=False, snap_m=0.1)], [], {})
    assert tomllib.loads(said)["network"] == {"source": "s.shp", "node": False, "snap_m": 0.1}
    (settings,) = [settings for _, settings, _ in stated_files(tomllib.loads(said)).values()]
    assert settings == {"node": False, "snap_m": 0.1}
    again = city_text("厦", [card("s.shp", "network")], [], {}, text=said)
    assert tomllib.loads(again)["network"] == {"source": "s.shp"}


def test_an_extract_alone_gives_facilities_and_people_too() -> None:
    data = tomllib.loads(city_text("x", [card("w.osm.pbf", "network")], [], {}))
    assert data["facilities"] == [{"source": "w.osm.pbf"}]
    assert data["demand"] == {"source": "w.osm.pbf"}


@pytest.mark.parametrize("count", [0, 2])
def test_one_file_is_the_network(count: int) -> None:
    cards = [card(f"{n}.pbf", "network") for n in range(count)]
    with pytest.raises(ConfigError, match="network"):
        city_text("x", cards, [], {})


def test_a_broken_text_leaves_the_city_as_it_was(tmp_path: Path) -> None:
    project = Project.create(tmp_path, "镇")
    project.save_text('[city]\nname = "甲"\n')
    with pytest.raises(ConfigError):
        project.save_text("[city\n")
    assert project.text() == '[city]\nname = "甲"\n'
    with pytest.raises(InputError):
        Project.create(tmp_path, "镇")


def test_the_sample_city_is_a_project_whose_cards_say_what_city_toml_says(tmp_path: Path) -> None:
    project = Project.create(tmp_path, "sample", sample=True)
    roles = {one["name"]: one["role"] for one in project.cards()}
    assert roles["walk.osm.pbf"] == "network"
    assert roles["facilities.xlsx"] == roles["shops.csv"] == "facilities"
    assert roles["villages.gpkg"] == "urban_villages"
    assert roles["buildings.gpkg"] == "demand"


def test_choices_keep_what_the_desk_does_not_know_of(tmp_path: Path) -> None:
    text = """
[city]
name = "甲"
language = "zh"
[network]
source = "in/w.osm.pbf"
private = "open"
[[facilities]]
source = "a.csv"
category = "类别"
where = "状态 = 已建"
[[facilities]]
source = "w.osm.pbf"
[[facilities]]
source = "https://example.org/b.csv"
[demand]
source = "d.gpkg"
weight = "residents"
[categories]
"诊所" = "clinic"
[assess]
packs = ["a"]
walker = "adult"
complete_categories = ["clinic"]
"""
    cards = [
        card("w.osm.pbf", "network"),
        card("a.csv", "facilities", category="类别", where="状态 = 已建", datum="gcj02"),
        card("d.gpkg", "none"),
    ]
    data = tomllib.loads(city_text("甲", cards, ["b"], {}, text))
    assert data["city"] == {"name": "甲", "language": "zh"}
    assert data["network"] == {"source": "in/w.osm.pbf", "private": "open"}
    assert data["facilities"] == [
        {"source": "a.csv", "category": "类别", "where": "状态 = 已建", "datum": "gcj02"},
        {"source": "w.osm.pbf"},
        {"source": "https://example.org/b.csv"},
    ]
    assert "demand" not in data
    assert data["categories"] == {"诊所": "clinic"}
    assert data["assess"] == {"packs": ["b"], "complete_categories": ["clinic"]}


def test_the_sample_city_is_the_same_after_a_choice_and_back(tmp_path: Path) -> None:
    project = Project.create(tmp_path, "sample", sample=True)
    before = tomllib.loads(project.text())
    assess = before["assess"]
    text = city_text(
        before["city"]["name"],
        project.cards(),
        assess["packs"],
        assess,
        project.text(),
    )
    after = tomllib.loads(text)

    def in_order(data: dict) -> dict:
        def key(table: dict) -> str:
            return f"{table['source']}/{table.get('level')}/{table.get('layer')}"

        return {k: sorted(v, key=key) if isinstance(v, list) else v for k, v in data.items()}

    assert in_order(after) == in_order(before)
    project.save_text(text)
    assert (project.folder / ".city.toml.before").is_file()


def test_choices_of_columns_and_words_are_lines_that_can_be_taken_back() -> None:
    network, text = card("w.osm.pbf", "network"), '[units]\nsource = "w.osm.pbf"\n'
    columns = {"设施全称": "name", "备注": ""}
    words = {"categories": {"诊所（民营）": ["clinic"], "广告牌": []}, "unit_names": {"甲居": "甲"}}
    listed = card("a.csv", "facilities", columns=columns, where="状态 = 已建", header_row=3)
    text = city_text("x", [network, listed], [], {"as_of": 2024}, "", words)
    data = tomllib.loads(text)
    assert data["facilities"][0] == {
        "source": "a.csv", "columns": columns, "where": "状态 = 已建", "header_row": 3,
    }  # fmt: skip
    assert {name: data[name] for name in words} == words
    bare = city_text("x", [network, card("a.csv", "facilities")], [], {}, text, {"categories": {}})
    data = tomllib.loads(bare)
    assert data["facilities"][0] == {"source": "a.csv"}
    assert "categories" not in data
    assert data["unit_names"] == {"甲居": "甲"}
    assert "as_of" not in data["assess"]


def test_an_extract_is_facilities_beside_a_list_where_that_is_chosen() -> None:
    network, listed = card("w.osm.pbf", "network"), card("a.csv", "facilities")
    text = city_text("x", [network, listed], [], {})
    assert tomllib.loads(text)["facilities"] == [{"source": "a.csv"}]
    both = city_text("x", [network | {"also": ["facilities", "demand"]}, listed], [], {}, text)
    data = tomllib.loads(both)
    assert data["facilities"] == [{"source": "a.csv"}, {"source": "w.osm.pbf"}]
    assert data["demand"] == {"source": "w.osm.pbf"}
    alone = tomllib.loads(city_text("x", [network | {"also": []}, listed], [], {}, both))
    assert alone["facilities"] == [{"source": "a.csv"}]
    assert "demand" not in alone


def test_how_residents_are_shared_out_stays_when_buildings_are_added() -> None:
    text = '[network]\nsource = "w.pbf"\n[demand]\nspread = "units"\n'
    cards = [card("w.pbf", "network"), card("b.gpkg", "demand")]
    data = tomllib.loads(city_text("x", cards, [], {}, text))
    assert data["demand"] == {"source": "b.gpkg", "spread": "units"}


@pytest.mark.parametrize("year", ["2025.5", "二〇二五", "1e3", "25", "-2025", "20255"])
def test_a_year_is_a_whole_number_of_four_digits(tmp_path: Path, year: str) -> None:
    project = Project.create(tmp_path, "镇")
    with pytest.raises(ConfigError, match="is no year"):
        chosen_text(project, {"files": [card("w.pbf", "network")], "as_of": year})


def test_a_grid_and_its_prj_are_one_card_and_its_system_is_a_choice(tmp_path: Path) -> None:
    project = Project.create(tmp_path, "镇")
    for name in ("dem.asc", "dem.prj", "pop.asc", "walk.osm.pbf"):
        (project.folder / name).write_bytes(b"12")
    cards = project.cards()
    assert [(one["name"], one["role"]) for one in cards] == [
        ("dem.asc", "terrain"),
        ("pop.asc", "demand"),
        ("walk.osm.pbf", "network"),
    ]
    assert cards[0]["bytes"] == 4
    chosen = [
        {**one, "settings": {"crs": "EPSG:4547"} if one["role"] == "terrain" else {}}
        for one in cards
    ]
    project.save_text(city_text("镇", chosen, [], {}))
    said = tomllib.loads(project.text())
    assert said["terrain"] == {"source": "dem.asc", "crs": "EPSG:4547"}
    assert said["demand"] == {"source": "pop.asc"}
    assert project.cards()[0]["settings"] == {"crs": "EPSG:4547"}
    # Rasters by age are of one grid, and of one system.
    ages = [card(f"{name}.asc", "demand", crs="EPSG:4547") for name in ("0_14", "15_64")]
    both = tomllib.loads(city_text("镇", [card("walk.osm.pbf", "network"), *ages], [], {}))
    assert both["demand"] == {"ages": ["0_14.asc", "15_64.asc"], "crs": "EPSG:4547"}


def test_several_rasters_are_people_by_age() -> None:
    names = ["chn_f_65_2020.tif", "chn_m_65_2020.tif"]
    cards = [card("w.pbf", "network"), *(card(name, "demand") for name in names)]
    text = city_text("x", cards, [], {})
    assert tomllib.loads(text)["demand"] == {"ages": names}
    assert {name: one[0] for name, one in stated_files(tomllib.loads(text)).items()} == {
        "w.pbf": "network", **dict.fromkeys(names, "demand"),
    }  # fmt: skip
    assert city_text("x", cards, [], {}, text) == text
    alone = tomllib.loads(city_text("x", cards[:2], [], {}, text))
    assert alone["demand"] == {"source": names[0]}


@pytest.mark.parametrize("broken", ['[city\nname = "x"\n', "= 1", "[a]\n[a]\n"])
def test_a_broken_city_is_mended_and_what_was_there_is_kept(tmp_path: Path, broken: str) -> None:
    project = Project.create(tmp_path, "镇")
    project.city.write_text(broken, encoding="utf-8")
    mended = chosen_text(project, {"text": '[city]\nname = "x"\n', "base": project.text()})
    project.save_text(mended)
    assert project.text() == mended
    for kept in (BEFORE, BY_HAND):
        assert (project.folder / kept).read_text(encoding="utf-8") == broken


def test_the_text_by_hand_stays_when_choices_follow_choices(tmp_path: Path) -> None:
    project = Project.create(tmp_path, "镇")
    hand = '# 手写\n[city]\nname = "甲"\n'
    for text in (hand, '[city]\nname = "乙"\n', '[city]\nname = "丙"\n'):
        project.save_text(text)
    assert (project.folder / BY_HAND).read_text(encoding="utf-8") == hand


def test_a_city_that_is_no_utf_8_is_mended_by_saving_it(tmp_path: Path) -> None:
    project = Project.create(tmp_path, "镇")
    text = '[city]\nname = "甲镇"\n'
    project.city.write_bytes(text.encode("gb18030"))
    assert project.text() == text
    project.save_text(project.text())
    assert project.city.read_text(encoding="utf-8") == text
    project.city.write_bytes(b"\xff\xff\xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        project.text()


def test_categories_of_the_city_are_offered_beside_those_that_ship(tmp_path: Path) -> None:
    project = Project.create(tmp_path, "p")
    assert project_answer(project, None)["categories"] == []
    folder = project.folder
    (folder / "city.toml").write_text(
        '[city]\nname = "x"\n[network]\nsource = "w.osm.pbf"\n'
        '[vocabulary.categories.night_market]\nzh = "夜市"\nen = "night market"\n',
        encoding="utf-8",
    )
    (folder / "categories.toml").write_text(
        '[tea_house]\nzh = "茶馆"\nen = "tea house"\n', encoding="utf-8"
    )
    found = project_answer(project, None)
    assert sorted(found["categories"]) == [
        ["night_market", "夜市", "night market"],
        ["tea_house", "茶馆", "tea house"],
    ]
    (folder / "city.toml").write_text("[city\n", encoding="utf-8")
    assert project_answer(project, None)["categories"] == []

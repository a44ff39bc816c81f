"""Overture's files as its tools and databases write them, with columns of their partitions."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import Point

from builders.drawing import PLAN, box
from builders.square_city import write_city, write_one_community
from builders.ugly_city import write_ugly_city
from livingcircle.city.model import read_city
from livingcircle.city.new import new_city
from livingcircle.io.table.read import read_table

WORDS = ("pharmacy", "convenience_store", "elementary_school", "noodle_bar")
OURS = [("pharmacy",), (), ("primary_school",), ()]
"""A place that is closed counts nowhere."""


def places(**columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "id": list("abcd"),
            "version": 1,
            "names": [{"primary": f"店{i}"} for i in range(4)],
            "operating_status": ["open", "temporarily_closed", "open", "open"],
            "theme": "places",
            "type": "place",
            **columns,
        },
        geometry=[Point(PLAN.at(100 + 200 * i, 105)) for i in range(4)],
        crs=4326,
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"categories": [{"primary": word, "alternate": None} for word in WORDS]},
        {"taxonomy": [{"primary": w, "hierarchy": ["x", w], "alternates": None} for w in WORDS]},
        {"basic_category": WORDS},
        {
            "basic_category": ["shopping"] * 4,
            "taxonomy": [{"primary": w, "hierarchy": ["x", w]} for w in WORDS],
        },
    ],
)
def test_the_category_is_no_name_of_a_partition(tmp_path, columns):
    places(**columns).to_parquet(tmp_path / "p.parquet")
    city = read_city(write_city(tmp_path, '[[facilities]]\nsource = "p.parquet"\n'))
    assert city.facilities.table["categories"].tolist() == OURS
    assert len(city.facilities.unmapped) == 0


def test_shapes_of_a_database_without_a_word_on_their_system_are_degrees(tmp_path):
    frame = places(basic_category=WORDS)
    table = pd.DataFrame(frame.drop(columns="geometry")).assign(geometry=frame.geometry.to_wkb())
    table.to_parquet(tmp_path / "p.parquet")
    read = read_table(tmp_path / "p.parquet", kind="facilities").frame
    assert read.geometry.geom_equals(frame.geometry).all()


def test_texts_that_are_stored_as_bytes_are_read(tmp_path):
    table = pd.DataFrame(
        {
            "名称": ["甲店".encode(), None, "丙店".encode()],
            "类别": [b"pharmacy", "便利店".encode(), b"pharmacy"],
            "码": [b"\xff\xfe", b"a", b"b"],
            "经度": [114.05] * 3,
            "纬度": [22.5] * 3,
        }
    )
    table.to_parquet(tmp_path / "p.parquet")
    read = read_table(tmp_path / "p.parquet", kind="facilities").frame
    assert [None if pd.isna(name) else name for name in read["name"]] == ["甲店", None, "丙店"]
    assert read["category"].tolist() == ["pharmacy", "便利店", "pharmacy"]


def test_a_building_without_a_class_is_used_as_its_subtype_says(tmp_path):
    frame = gpd.GeoDataFrame(
        {
            "id": list("abcd"),
            "num_floors": pd.array([3, 3, 3, 3], dtype="Int32"),
            "subtype": ["residential", "medical", None, "commercial"],
            "class": ["apartments", None, None, "retail"],
            "theme": "buildings",
            "type": "building",
        },
        geometry=[box(100 + 200 * i, 110, 110 + 200 * i, 120) for i in range(4)],
        crs=4326,
    )
    frame.to_parquet(tmp_path / "b.parquet")
    frame.drop(columns="class").to_parquet(tmp_path / "c.parquet")
    community = write_one_community(tmp_path, 600)
    for name in ("b", "c"):
        demand = f'[demand]\nsource = "{name}.parquet"\n'
        city = read_city(write_city(tmp_path, community, demand))
        assert city.demand["residents"].tolist() == [300, 0, 300, 0]
        assert not [n for n in city.notes if "not used" in n.text.en and "subtype" in n.text.en]
        told = [n.text.en for n in city.notes if n.field == "subtype"]
        filled = ["read as kind too, where there is none (1 rows)"]
        assert told == (filled if name == "b" else ["read as kind"])


@pytest.mark.parametrize(
    ("lon", "lat", "datum"),
    [("lonwgs", "latwgs", "wgs84"), ("gcjLng", "gcjLat", "gcj02"), ("bd_lng", "bd_lat", "bd09")],
)
def test_axes_that_name_their_datum_in_one_word(tmp_path, lon, lat, datum):
    columns = {
        "名称": ["甲"],
        "大类": ["医疗保健服务"],
        "中类": ["医药保健销售店"],
        "小类": ["药房"],
    }
    pd.DataFrame({**columns, lon: [114.05], lat: [22.5]}).to_csv(tmp_path / "a.csv", index=False)
    table = read_table(tmp_path / "a.csv", kind="facilities")
    assert (table.datum, table.datum_from) == (datum, "header")
    # Of three columns of kinds the finest says what it is.
    assert table.frame["category"].tolist() == ["药房"]


def test_where_the_finest_kind_is_empty_the_next_one_says_it(tmp_path):
    lon, lat = zip(*(PLAN.at(100 + 100 * i, 110) for i in range(3)), strict=True)
    columns = {"名称": ["甲", "乙", "丙"], "大类": ["", "药店", "餐馆"], "中类": ["", "", "药店"]}
    for fine, kinds in (
        (["便利店", "", ""], ["convenience_store", "pharmacy", "pharmacy"]),
        (["", "", ""], ["", "pharmacy", "pharmacy"]),
    ):
        table = pd.DataFrame({**columns, "小类": fine, "经度": lon, "纬度": lat})
        table.to_csv(tmp_path / "a.csv", index=False)
        city = read_city(write_city(tmp_path, '[[facilities]]\nsource = "a.csv"\n'))
        found = city.facilities.table["categories"]
        assert [one[0] if one else "" for one in found] == kinds
        assert [n.text.en for n in city.notes if n.field in ("中类", "大类")] == [
            "read as category too, where there is none (1 rows)"
        ] * 2
        assert not [n for n in city.notes if "not used" in n.text.en and "类" in n.text.en]


def test_uses_that_no_list_has_are_told_by_their_parts(tmp_path):
    uses = [
        "居住用地",
        "商业服务业设施用地",
        "Mixed residential",
        "Commercial service",
        "非居住",
        "7",
    ]
    frame = gpd.GeoDataFrame(
        {"Func": uses, "Floor": [2] * 6},
        geometry=[box(100 + 100 * i, 110, 110 + 100 * i, 120) for i in range(6)],
        crs=4326,
    )
    frame.to_file(tmp_path / "b.gpkg")
    parts = write_one_community(tmp_path, 600)
    parts += '[demand]\nsource = "b.gpkg"\n'
    city = read_city(write_city(tmp_path, parts))
    # Of "7" nobody knows: it counts as a home, and a note says so.
    assert city.demand["residents"].tolist() == [200, 0, 200, 0, 0, 200]
    assert any("not known, counted as homes: 7 (1)" in note.text.en for note in city.notes)


def test_a_no_data_that_a_raster_does_not_declare_is_nobody(tmp_path):
    cells = np.ones((10, 10), dtype=np.float32)
    cells[0, :3] = np.finfo(np.float32).max
    lon, lat = PLAN.at(0, 1000)
    with rasterio.open(
        tmp_path / "p.tif", "w", driver="GTiff", height=10, width=10, count=1, dtype="float32",
        crs=4326, transform=from_origin(lon, lat, 1e-3, 9e-4),
    ) as file:  # fmt: skip
        file.write(cells, 1)
    city = read_city(write_city(tmp_path, '[demand]\nsource = "p.tif"\n'))
    assert city.demand["residents"].sum() == 97
    assert any("3 cells of more people than the Earth" in note.text.en for note in city.notes)


def test_of_an_extract_the_homes_inside_the_boundary_count_as_in_a_new_city(tmp_path):
    folder = tmp_path / "u"
    write_ugly_city(folder)
    half = gpd.GeoDataFrame({"name": ["东区"]}, geometry=[box(1290, 0, 2400, 2000)], crs=4326)
    half.to_file(folder / "boundary.geojson")
    source = 'source = "城区.osm.pbf"\n'
    city = f'[city]\nname = "x"\n[network]\n{source}[demand]\n{source}'
    units = '[[units]]\nsource = "boundary.geojson"\nlevel = "district"\n'
    (folder / "city.toml").write_text(city + units, encoding="utf-8")
    mine = read_city(folder / "city.toml")
    made = new_city(
        tmp_path / "new", pbf=folder / "城区.osm.pbf", boundary=folder / "boundary.geojson"
    )
    # Streets at 1,290 m part the houses: 5 of 12 columns of 11 stand east of them.
    assert len(mine.demand) == len(read_city(made).demand) == 5 * 11
    [note] = [n for n in mine.notes if n.field == "within"]
    assert "77 of 132" in note.text.en
    assert note.match, "run tells it"
    (folder / "city.toml").write_text(f'{city}within = "all"\n{units}', encoding="utf-8")
    assert len(read_city(folder / "city.toml").demand) == 132

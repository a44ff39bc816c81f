"""What planners download: Overture, map services, CMAB, KMZ, geodatabases and WPS sheets."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import xlwt
from rasterio.transform import from_origin
from shapely.geometry import Point, mapping

from builders.drawing import PLAN, box
from builders.square_city import write_city, write_one_community
from livingcircle.city.model import read_city
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.io.table.read import read_table

WORDS = ("pharmacy", "convenience_store", "elementary_school", "noodle_bar")
PLACES = [Point(PLAN.at(100 + 200 * i, 105)) for i in range(4)]


def overture_places() -> gpd.GeoDataFrame:
    """Four places with the columns of Overture's schema."""
    return gpd.GeoDataFrame(
        {
            "id": list("abcd"),
            "names": [{"primary": f"店{i}", "common": None, "rules": None} for i in range(4)],
            "categories": [{"primary": word, "alternate": ["x", "y"]} for word in WORDS],
            "confidence": 0.9,
            "sources": [[{"property": "", "dataset": "meta", "record_id": "1"}]] * 4,
            "addresses": [[{"freeform": "某路1号", "country": "CN"}]] * 4,
            "bbox": [{"xmin": 1.0, "xmax": 2.0}] * 4,
        },
        geometry=PLACES,
        crs=4326,
    )


def as_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write nested properties as `overturemaps` does."""
    rows = frame.drop(columns="geometry").to_dict("records")
    features = [
        {"type": "Feature", "geometry": mapping(shape), "properties": row}
        for shape, row in zip(frame.geometry, rows, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


@pytest.mark.parametrize("name", ["places.parquet", "places.geojson"])
def test_places_of_overture_are_facilities_by_their_primary_category(tmp_path, name):
    frame, path = overture_places(), tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(path)
    else:
        as_geojson(frame, path)
    city = read_city(write_city(tmp_path, f'[[facilities]]\nsource = "{name}"\n'))
    table = city.facilities.table
    assert table["name"].tolist() == ["店0", "店1", "店2", "店3"]
    wanted = [("pharmacy",), ("convenience_store",), ("primary_school",), ()]
    assert table["categories"].tolist() == wanted
    assert len(city.facilities.unmapped) == 0
    assert any("noodle_bar × 1" in note.text.en for note in city.notes)


def test_a_word_of_overture_means_what_city_toml_says(tmp_path):
    overture_places().to_parquet(tmp_path / "p.parquet")
    said = '[[facilities]]\nsource = "p.parquet"\n[categories]\nnoodle_bar = "早餐店"\n'
    city = read_city(write_city(tmp_path, said))
    assert city.facilities.table["categories"][3] == ("breakfast",)


def test_buildings_of_overture_have_storeys_by_number_else_by_height(tmp_path):
    frame = gpd.GeoDataFrame(
        {
            "id": list("abcd"),
            "height": [18.0, 9.0, np.nan, 30.0],
            "num_floors": pd.array([5, None, None, 10], dtype="Int32"),
            "class": ["apartments", None, None, "retail"],
            "names": [None] * 4,
            "sources": [[{"dataset": "OpenStreetMap"}]] * 4,
        },
        geometry=[box(100 + 200 * i, 110, 110 + 200 * i, 120) for i in range(4)],
        crs=4326,
    )
    frame.to_parquet(tmp_path / "b.parquet")
    parts = write_one_community(tmp_path, 1200)
    parts += '[demand]\nsource = "b.parquet"\nspread = "units"\n'
    city = read_city(write_city(tmp_path, parts))
    # 5 floors; 9 m are 3; unknown is the median of 5, 3 and 10; a shop is no home.
    assert sorted(city.demand["residents"]) == [0, 277, 461, 462]
    ratio = city.demand["floor_area_m2"] / city.demand["floor_area_m2"][1]
    assert ratio.tolist() == pytest.approx([5 / 3, 1.0, 5 / 3, 10 / 3], rel=1e-3)


def test_divisions_of_overture_are_units_by_their_subtype(tmp_path):
    names = ("甲区", "乙社区", "丙社区", "丁镇", "海")
    frame = gpd.GeoDataFrame(
        {
            "id": list("abcde"),
            "names": [{"primary": name, "common": [("en", "A")]} for name in names],
            "subtype": ["county", "neighborhood", "neighborhood", "locality", "locality"],
            "class": ["land", "land", "land", "land", "maritime"],
            "admin_level": [3, 5, 5, 4, 4],
            "country": "CN",
        },
        geometry=[
            box(0, 0, 1000, 1000),
            box(0, 0, 500, 1000),
            box(500, 0, 1000, 1000),
            box(0, 0, 1000, 1000),
            box(2000, 0, 3000, 1000),
        ],
        crs=4326,
    )
    frame.to_parquet(tmp_path / "d.parquet")
    parts = "".join(
        f'[[units]]\nsource = "d.parquet"\nlevel = "{level}"\n'
        for level in ("community", "district")
    )
    sea = '[[units]]\nsource = "d.parquet"\nlevel = "town"\ncolumns = { "subtype" = "" }\n'
    sea += 'where = "subtype = locality and class = land"\n'
    units = read_city(write_city(tmp_path, parts + sea)).units
    assert units["town"]["name"].tolist() == ["丁镇"]
    assert units["community"]["name"].tolist() == ["乙社区", "丙社区"]
    assert units["district"]["name"].tolist() == ["甲区"]


def test_buildings_of_cmab_share_out_people_by_floor_area_and_function(tmp_path):
    frame = gpd.GeoDataFrame(
        {
            "Height": [18.0, 9.0, 60.0],
            "Function": ["Residential", "Residential", "Public service"],
            "Age": [1998, 2010, 2015],
        },
        geometry=[box(100 + 200 * i, 110, 110 + 200 * i, 120) for i in range(3)],
        crs=4326,
    )
    frame.to_file(tmp_path / "cmab.shp")
    parts = write_one_community(tmp_path, 900)
    parts += '[demand]\nsource = "cmab.shp"\n'
    city = read_city(write_city(tmp_path, parts))
    assert city.demand["residents"].tolist() == [600, 300, 0]


def test_buildings_of_cmab_in_its_own_columns_and_metres(tmp_path):
    """As readers of its files find them: Web Mercator, functions in Chinese, predicted heights."""
    frame = gpd.GeoDataFrame(
        {
            "pred_h_r": [18.0, 9.0, 60.0, 30.0],
            "Floor": [6, 3, 15, 8],
            "type_2023": ["", "", "商业", ""],
            "predict": ["居住", "居住", "商服", "公服"],
            "Age": [1998, 2010, 2015, 2001],
        },
        geometry=[box(100 + 200 * i, 110, 110 + 200 * i, 120) for i in range(4)],
        crs=4326,
    )
    frame.to_crs(3857).to_file(tmp_path / "cmab.shp", encoding="utf-8")
    parts = write_one_community(tmp_path, 900)
    parts += '[demand]\nsource = "cmab.shp"\n'
    city = read_city(write_city(tmp_path, parts))
    assert city.demand["residents"].tolist() == [600, 300, 0, 0]
    assert city.demand["use"].tolist() == ["居住", "居住", "商服", "公服"]


def test_the_columns_of_cmab_are_known_and_the_year_of_building_is_told_as_unused(tmp_path):
    """As its table of fields has them: pred_h_r (metres), Floor, and years as Age."""
    frame = gpd.GeoDataFrame(
        {"pred_h_r": [18.0, 9.0], "Function": ["Residential"] * 2, "Age": [1998, 2010]},
        geometry=[box(100 + 200 * i, 110, 110 + 200 * i, 120) for i in range(2)],
        crs=4326,
    )
    frame.to_file(tmp_path / "cmab.shp")
    table = read_table(tmp_path / "cmab.shp", kind="demand")
    assert table.frame["height_m"].tolist() == [18.0, 9.0]
    assert "age65" not in table.frame
    [unused] = [note for note in table.notes if "not used" in note.text.en]
    assert "Age" in unused.text.en


AMAP = {
    "id": "B0", "name": "康康药房", "type": "医疗保健服务;医药保健销售店;药房",
    "typecode": "090601",
    "location": "{lon},{lat}", "pname": "广东省", "cityname": "深圳市", "adname": "南山区",
    "tel": [],
}  # fmt: skip
TENCENT = {
    "id": "1", "title": "康康药房", "category": "医疗保健:药店", "location": {"lat": 0, "lng": 0},
    "ad_info": {"adcode": 440305, "province": "广东省", "city": "深圳市", "district": "南山区"},
}  # fmt: skip
BAIDU = {
    "uid": "1", "name": "康康药房", "location": {"lat": 0, "lng": 0}, "area": "南山区", "detail": 1,
    "street_id": "a", "detail_info": {"tag": "医疗;药店", "type": "hospital"},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("service", "row", "wraps", "datum"),
    [
        ("amap", AMAP, lambda rows: {"status": "1", "pois": rows}, "gcj02"),
        ("tencent", TENCENT, lambda rows: {"status": 0, "data": rows}, "gcj02"),
        ("baidu", BAIDU, lambda rows: [{"results": rows[:1]}, {"results": rows[1:]}], "bd09"),
    ],
)
@pytest.mark.parametrize("form", ["answer", "dotted", "printed"])
def test_lists_of_map_services_are_read_in_their_own_columns(
    tmp_path, service, row, wraps, datum, form
):
    lon, lat = from_wgs84([114.05, 114.06], [22.5, 22.51], datum)
    rows = []
    for x, y in zip(lon, lat, strict=True):
        place = f"{x},{y}" if service == "amap" else {"lat": float(y), "lng": float(x)}
        rows.append({**row, "id" if "id" in row else "uid": f"{x}", "location": place})
    path = tmp_path / f"{service}.{'json' if form == 'answer' else 'csv'}"
    if form == "answer":
        path.write_text(json.dumps(wraps(rows), ensure_ascii=False), encoding="utf-8")
    elif form == "dotted":
        pd.json_normalize(rows).to_csv(path, index=False)
    else:
        pd.DataFrame(rows).to_csv(path, index=False)  # objects as Python prints them
    table = read_table(path, kind="facilities", datum=datum)
    assert table.frame.geometry.x.tolist() == pytest.approx([114.05, 114.06], abs=1e-6)
    assert table.frame["district"].tolist() == ["南山区"] * 2
    assert table.frame["name"].tolist() == ["康康药房"] * 2
    # The datum of the service is told where nobody states it.
    told = [n.overrule for n in read_table(path, kind="facilities").notes if n.field == "datum"]
    assert f'datum = "{datum}"' in told
    said = f'[[facilities]]\nsource = "{path.name}"\ndatum = "{datum}"\n'
    shifted = [PLAN.at(100, 100), PLAN.at(300, 300)]
    lon, lat = from_wgs84([p[0] for p in shifted], [p[1] for p in shifted], datum)
    text = path.read_text(encoding="utf-8")
    for one, x, y in zip(rows, lon, lat, strict=True):
        was = one["location"]
        old = was.split(",") if isinstance(was, str) else [str(was["lng"]), str(was["lat"])]
        text = text.replace(old[0], str(x)).replace(old[1], str(y))
    path.write_text(text, encoding="utf-8")
    city = read_city(write_city(tmp_path, said))
    assert city.facilities.table["categories"].tolist() == [("pharmacy",)] * 2
    assert len(city.facilities.unmapped) == 0


KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    "<Folder><name>点位</name><Placemark><name>药店甲</name><ExtendedData>"
    '<Data name="类别"><value>药店</value></Data></ExtendedData>'
    "<Point><coordinates>113.9,22.5,0</coordinates></Point></Placemark></Folder></Document></kml>"
)


def write_kmz(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", KML)


def write_gdb(path: Path) -> None:
    frame = gpd.GeoDataFrame({"名称": ["药店甲"], "类别": ["药店"]}, geometry=[Point(113.9, 22.5)])
    frame.set_crs(4326).to_file(path, driver="OpenFileGDB", layer="poi")


def write_et(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for r, row in enumerate((["名称", "类别", "经度", "纬度"], ["药店甲", "药店", 113.9, 22.5])):
        for c, cell in enumerate(row):
            sheet.write(r, c, cell)
    book.save(str(path))


@pytest.mark.parametrize(
    ("name", "write"), [("a.kmz", write_kmz), ("a.gdb", write_gdb), ("a.et", write_et)]
)
def test_kmz_geodatabases_and_sheets_of_wps_are_lists(tmp_path, name, write):
    write(tmp_path / name)
    table = read_table(tmp_path / name, kind="facilities")
    [row] = table.frame[["name", "category"]].to_numpy().tolist()
    assert row == ["药店甲", "药店"]
    assert table.frame.geometry.iloc[0].equals_exact(Point(113.9, 22.5), 1e-9)
    if name.endswith(".gdb"):
        packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, name)
        assert len(read_table(Path(packed), kind="facilities").frame) == 1


def test_rasters_by_age_and_sex_are_the_people_of_a_city(tmp_path):
    people = {}
    lon, lat = PLAN.at(0, 1000)
    (tmp_path / "worldpop").mkdir()
    for number, (sex, age) in enumerate((s, a) for s in "fm" for a in (0, 1, 5, 65)):
        cells = np.full((8, 8), number + 0.25, dtype=np.float32)
        people[sex, age] = float(cells.sum())
        with rasterio.open(
            tmp_path / "worldpop" / f"chn_{sex}_{'5_64' if age == 5 else age}_2020.tif", "w",
            driver="GTiff", height=8, width=8, count=1, dtype="float32", crs="EPSG:4326",
            transform=from_origin(lon, lat, 1e-3, 1e-3),
        ) as file:  # fmt: skip
            file.write(cells, 1)
    demand = '[demand]\nages = ["worldpop/chn_*_2020.tif"]\n'
    homes = read_city(write_city(tmp_path, demand)).demand
    assert homes["residents"].sum() == sum(people.values())
    assert homes["age65"].sum() == people["f", 65] + people["m", 65]
    assert set(homes["kind"]) == {"raster"}
    assert len(homes) == 64
    # Ages 5 to 64 are cut by those under 15: ten years of sixty.
    young = sum(people[s, a] for s in "fm" for a in (0, 1))
    middle = people["f", 5] + people["m", 5]
    assert homes["children"].sum() == pytest.approx(young + middle * 10 / 60)

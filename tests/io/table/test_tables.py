"""One table in every format, and the shapes in which bureaus send it."""

from __future__ import annotations

import io
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
import xlwt

from builders.work import lines_run
from livingcircle.errors import InputError
from livingcircle.io.datum import convert as datum
from livingcircle.io.table.read import read_table

HEADER = ["设施名称", "经度", "纬度", "类别", "建筑面积(㎡)", "托位数", "是否有志愿服务站", "备注"]
ROWS = [
    ["东街社区党群服务中心", 113.2644, 23.1291, "党群服务中心", 650.5, None, "是", "一层"],
    ["西街幼儿园", 113.2711, 23.1352, "幼儿园；托育机构", 1200, 60, "否", None],
    ["南街药店", 113.2599, 23.1188, "药店", 80, None, None, "㐂字号"],
]
POINTS = [(row[1], row[2]) for row in ROWS]


def cells():
    return [HEADER, *[["" if c is None else c for c in row] for row in ROWS]]


def csv_text(delimiter=",", rows=None):
    lines = [[str(cell) for cell in row] for row in (rows or cells())]
    quoted = [[f'"{c}"' if delimiter in c or '"' in c else c for c in line] for line in lines]
    return "\r\n".join(delimiter.join(line) for line in quoted) + "\r\n"


def frame_with_points(names=None):
    frame = pd.DataFrame(ROWS, columns=names or HEADER)
    points = gpd.points_from_xy(*np.array(POINTS).T)
    return gpd.GeoDataFrame(frame.drop(columns=frame.columns[1:3]), geometry=points, crs=4326)


def write_xlsx(path, rows, *, merges=(), title="设施"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for merge in merges:
        book.active.merge_cells(merge)
    book.save(path)


def write_xls(path, rows):
    book = xlwt.Workbook()
    sheet = book.add_sheet("设施")
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if cell is not None:
                sheet.write(i, j, cell)
    book.save(str(path))


def write_shp(path, encoding, cpg):
    short = ["名称", "经度", "纬度", "类别", "建筑面积", "托位数", "志愿服务站", "备注"]
    frame = frame_with_points(short)
    if encoding != "UTF-8":
        frame["备注"] = frame["备注"].replace("㐂字号", "喜字号")  # not in GBK
    with warnings.catch_warnings():
        # GDAL cuts long names, and pyogrio cannot read what it says about that.
        warnings.simplefilter("ignore")
        frame.to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)


def write_dbf(path):
    """Write a .dbf alone, as databases export it: the coordinates are columns."""
    short = ["名称", "经度", "纬度", "类别", "建筑面积", "托位数", "志愿服务站", "备注"]
    frame = pd.DataFrame(ROWS, columns=short)
    frame["备注"] = frame["备注"].replace("㐂字号", "喜字号")
    shape = path.with_suffix(".shp")
    points = shapely.points(np.array(POINTS))
    gpd.GeoDataFrame(frame, geometry=points, crs=4326).to_file(shape, encoding="GBK")
    for suffix in (".shp", ".shx", ".cpg"):
        path.with_suffix(suffix).unlink(missing_ok=True)


def write_zip(path):
    inner = path.with_name("inner.shp")
    write_shp(inner, "GBK", None)
    with zipfile.ZipFile(path, "w") as archive:
        for part in path.parent.glob("inner.*"):
            archive.write(part, f"数据/{part.name}")


WRITERS = {
    "utf8.csv": lambda p: p.write_bytes(csv_text().encode()),
    "bom.csv": lambda p: p.write_bytes(csv_text().encode("utf-8-sig")),
    "gb18030.csv": lambda p: p.write_bytes(csv_text().encode("gb18030")),
    "utf16.csv": lambda p: p.write_bytes(csv_text("\t").encode("utf-16")),
    "utf16le.txt": lambda p: p.write_bytes(csv_text("\t").encode("utf-16-le")),
    "tab.tsv": lambda p: p.write_bytes(csv_text("\t").encode()),
    "semicolon.csv": lambda p: p.write_bytes(csv_text(";").encode()),
    "hint.csv": lambda p: p.write_bytes(("sep=;\r\n" + csv_text(";")).encode()),
    "fullwidth.csv": lambda p: p.write_bytes(csv_text("，").encode("gb18030")),
    "bar.txt": lambda p: p.write_bytes(csv_text("|").encode()),
    "a.xlsx": lambda p: write_xlsx(p, [HEADER, *ROWS]),
    "a.xls": lambda p: write_xls(p, [HEADER, *ROWS]),
    "text.xls": lambda p: p.write_bytes(csv_text("\t").encode("gb18030")),
    "a.geojson": lambda p: frame_with_points().to_file(p),
    "a.gpkg": lambda p: frame_with_points().to_file(p, layer="设施"),
    "a.fgb": lambda p: frame_with_points().to_file(p, SPATIAL_INDEX="NO"),
    "a.parquet": lambda p: frame_with_points().to_parquet(p),
    "plain.parquet": lambda p: pd.DataFrame(ROWS, columns=HEADER).to_parquet(p),
    "gbk.shp": lambda p: write_shp(p, "GBK", None),
    "gbk_said.shp": lambda p: write_shp(p, "GBK", "GBK"),
    "gbk_lied.shp": lambda p: write_shp(p, "GBK", "UTF-8"),
    "utf8.shp": lambda p: write_shp(p, "UTF-8", "UTF-8"),
    "utf8_silent.shp": lambda p: write_shp(p, "UTF-8", None),
    "a.zip": write_zip,
    "text.tab": lambda p: p.write_bytes(csv_text("\t").encode("gb18030")),
    "only.dbf": lambda p: write_dbf(p),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_table(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](path)
    table = read_table(path, kind="facilities")
    frame = table.frame
    assert frame.crs.to_epsg() == 4326
    assert list(frame["name"]) == [row[0] for row in ROWS]
    assert list(frame["category"]) == [row[3] for row in ROWS]
    assert list(frame["area_m2"]) == [650.5, 1200.0, 80.0]
    assert frame["places"].tolist()[1] == 60
    assert frame["places"].isna().tolist() == [True, False, True]
    assert list(frame["has_volunteer_station"]) == [True, False, None]
    assert list(frame["source_row"]) == [2, 3, 4]
    assert list(frame["status"]) == ["ok"] * 3
    assert frame["备注"].iloc[0] == "一层"
    assert frame["备注"].isna().tolist() == [False, True, False]
    found = shapely.get_coordinates(frame.geometry.to_numpy())
    assert found == pytest.approx(np.array(POINTS), abs=1e-9)
    assert (len(frame), len(table.set_aside), table.blank_rows) == (3, 0, 0)
    said = {note.field for note in table.notes}
    assert "设施名称" in said or "名称" in said
    assert all(note.file == str(path) for note in table.notes)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("gb18030.csv", "gb18030"), ("gbk.shp", "gb18030"), ("gbk_lied.shp", "gb18030")],
)
def test_a_guessed_encoding_is_told_and_can_be_overruled(tmp_path, name, encoding):
    path = tmp_path / name
    WRITERS[name](path)
    told = [note for note in read_table(path).notes if note.field == "encoding"]
    assert len(told) == 1
    assert encoding in told[0].text.en
    assert "encoding = " in told[0].overrule
    again = read_table(path, encoding="gb18030")
    assert not [note for note in again.notes if note.field == "encoding"]
    assert list(again.frame["name"]) == [row[0] for row in ROWS]


def test_traditional_chinese_and_western_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("名稱,經度,緯度\n臺北市中正區社區服務中心,121.5,25.0\n".encode("big5"))
    table = read_table(path, columns={"名稱": "name", "經度": "lon", "緯度": "lat"})
    assert table.frame["name"].iloc[0] == "臺北市中正區社區服務中心"
    path.write_bytes("name;lon;lat\nCentro Español de Logroño;-15,43;28,12\n".encode("cp1252"))
    table = read_table(path)
    assert table.frame["name"].iloc[0] == "Centro Español de Logroño"
    assert table.frame.geometry.iloc[0].coords[0] == (-15.43, 28.12)


def test_a_title_merged_headers_blank_rows_totals_and_remarks(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [
        ["样例市2024年社区基本情况统计表", *[None] * 6],
        ["填报单位：市民政局", *[None] * 6],
        ["所属街道", "社区", "坐标", None, "人口", None, "是否新建"],
        [None, None, "经度", "纬度", "户数（户）", "常住人口（万人）", None],
        ["东街道", "甲社区", 113.26, 23.13, 1200, 0.34, "是"],
        [None, "乙社区", 113.27, 23.14, "1,300", 0.35, "否"],
        [None] * 7,
        ["西街道", "丙社区", 113.28, 23.15, "１４００", "3600人", "√"],
        ["合 计", None, None, None, 3900, 1.05, None],
        ["注：数据截至2024年底。", *[None] * 6],
    ]
    write_xlsx(path, rows, merges=["A1:G1", "A3:A4", "B3:B4", "C3:D3", "E3:F3", "G3:G4", "A5:A6"])
    table = read_table(path, kind="units")
    frame = table.frame
    assert list(frame["name"]) == ["甲社区", "乙社区", "丙社区"]
    assert list(frame["town"]) == ["东街道", "东街道", "西街道"]
    assert list(frame["households"]) == [1200, 1300, 1400]
    assert list(frame["residents"]) == pytest.approx([3400, 3500, 3600])
    assert list(frame["is_new"]) == [True, False, True]
    assert list(frame["source_row"]) == [5, 6, 8]
    assert list(table.set_aside["source_row"]) == [9, 10]
    assert list(table.set_aside["why"]) == ["total", "remark"]
    assert "3900" in table.set_aside["text"].iloc[0]
    assert table.blank_rows == 1
    assert len(table.frame) + len(table.set_aside) + table.blank_rows == 6
    text = "; ".join(note.text.en for note in table.notes)
    assert "the header is rows 3 to 4" in text
    assert "set aside as total: 1 (row 9)" in text
    assert "merged" in text
    # The stated total of the residents is that of the rows, so nothing is said of it.
    assert "sum to" not in text


def test_a_total_that_is_not_the_sum_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "社区,经度,纬度,户数\n甲,113.1,22.1,100\n乙,113.2,22.2,200\n总计,,,350\n", "utf-8"
    )
    table = read_table(path, kind="units")
    told = [note for note in table.notes if "sum to" in note.text.en]
    assert [note.field for note in told] == ["户数"]
    assert told[0].text.en == "row 4 says 350 in all, but the rows sum to 300"


def test_a_facility_called_total_stays(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,lon,lat\n合计,113.1,22.1\n乙,113.2,22.2\n", "utf-8")
    assert list(read_table(path).frame["name"]) == ["合计", "乙"]


def test_a_csv_of_a_merged_header_needs_no_merges(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "样例表,,,,\n名称,坐标,,人口,\n,经度,纬度,户数,常住人口\n甲,113.1,22.1,10,30\n", "utf-8"
    )
    frame = read_table(path, kind="units").frame
    assert frame.loc[0, ["name", "households", "residents"]].tolist() == ["甲", 10, 30]
    assert frame.geometry.iloc[0].coords[0] == (113.1, 22.1)


def test_a_line_of_units_under_the_header(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "名称,经度,纬度,建筑面积,服务人口\n,,,(万㎡),(千人)\n甲,113.1,22.1,0.12,3\n", "utf-8"
    )
    frame = read_table(path, kind="facilities").frame
    assert len(frame) == 1
    assert frame["area_m2"].iloc[0] == pytest.approx(1200)
    assert frame["residents"].iloc[0] == pytest.approx(3000)


def test_chinese_headers_with_english_names_below(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度\nname,lon,lat\n甲,113.1,22.1\n", "utf-8")
    table = read_table(path)
    assert list(table.frame["name"]) == ["甲"]
    assert table.frame["source_row"].tolist() == [3]


def test_a_header_that_is_printed_on_each_page(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度\n甲,113.1,22.1\n名称,经度,纬度\n乙,113.2,22.2\n", "utf-8")
    table = read_table(path)
    assert list(table.frame["name"]) == ["甲", "乙"]
    assert list(table.set_aside["why"]) == ["repeated header"]


def test_headers_that_occur_twice(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度,备注,备注\n甲,113.1,22.1,一,二\n", "utf-8")
    table = read_table(path)
    assert table.frame.loc[0, ["备注", "备注_2"]].tolist() == ["一", "二"]
    assert [n.field for n in table.notes if "more than once" in n.text.en] == ["备注"]


def test_no_header_and_what_the_columns_mean(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("甲,113.1,22.1\n乙,113.2,22.2\n", "utf-8")
    means = {"column_1": "name", "column_2": "lon", "column_3": "lat"}
    table = read_table(path, header_row=0, columns=means)
    assert list(table.frame["name"]) == ["甲", "乙"]
    assert list(table.frame["source_row"]) == [1, 2]
    with pytest.raises(InputError, match="header_row"):
        read_table(path)


def test_everything_guessed_can_be_overruled(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,x,y,a,b,面积\n甲,1,2,113.1,22.1,5\n", "utf-8")
    table = read_table(
        path,
        kind="facilities",
        columns={"a": "lon", "b": "lat", "面积": "activity_area_m2", "名称": None, "x": "address"},
        datum="gcj02",
    )
    frame = table.frame
    truth = datum.to_wgs84(113.1, 22.1, "gcj02")
    assert frame.geometry.iloc[0].coords[0] == pytest.approx(tuple(map(float, truth)))
    assert (table.datum, table.datum_from) == ("gcj02", "stated")
    assert "name" not in frame
    assert frame["名称"].iloc[0] == "甲"
    assert frame["activity_area_m2"].iloc[0] == 5
    assert frame["address"].iloc[0] == "1"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"名字儿": "name"}, r"no column '名字儿'.*There are: 名称, 经度, 纬度"),
        ({"名稱": "name"}, r"Did you mean '名称'"),
        ({"名称": "nmae"}, r"'nmae' is no meaning.*Did you mean 'name'"),
        ({"经度": "lon", "纬度": "lon"}, r"lon is stated of 经度 and 纬度"),
    ],
)
def test_a_wrong_overrule_is_refused(tmp_path, columns, message):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度\n甲,113.1,22.1\n", "utf-8")
    with pytest.raises(InputError, match=message):
        read_table(path, columns=columns)


def test_rows_without_coordinates_stay_with_their_reason(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "名称,经度,纬度\n好,113.1,22.1\n空,,\n半,113.1,\n字,abc,22.1\n零,0,0\n无穷,inf,22\n"
        "非数,nan,22\n外,113.1,122.5\n反,22.1,113.1\n斜,/,/\n",
        "utf-8",
    )
    frame = read_table(path).frame.set_index("name")
    assert len(frame) == 10
    assert frame["status"].to_dict() == {
        "好": "ok", "空": "no_coordinates", "半": "no_coordinates", "字": "bad_coordinates",
        "零": "no_coordinates", "无穷": "bad_coordinates", "非数": "no_coordinates",
        "外": "bad_coordinates", "反": "bad_coordinates", "斜": "no_coordinates",
    }  # fmt: skip
    assert (frame.geometry.isna() == (frame["status"] != "ok")).all()
    assert frame["reason"].ne("").sum() == 9
    assert frame.loc["字", "reason"] == "经度 'abc' is no coordinate"
    assert frame.loc["字", "reason_zh"] == "经度 'abc' 不是坐标"
    assert frame.loc["外", "reason"] == "113.1, 122.5 is not on the earth"


def test_swapped_axes_are_turned_and_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度\n甲,22.1,113.1\n乙,22.2,113.2\n", "utf-8")
    table = read_table(path)
    assert table.frame.geometry.iloc[0].coords[0] == (113.1, 22.1)
    assert any("swapped" in note.text.en for note in table.notes)
    # In the far west both readings are on the earth; China tells them apart.
    path.write_text("名称,经度,纬度\n甲,39.5,76.0\n乙,39.4,75.9\n", "utf-8")
    assert read_table(path).frame.geometry.iloc[0].coords[0] == (76.0, 39.5)
    # Elsewhere the network does.
    path.write_text("名称,经度,纬度\n甲,28.1,-15.4\n乙,28.0,-15.5\n", "utf-8")
    assert read_table(path).frame.geometry.iloc[0].coords[0] == (28.1, -15.4)
    near = (-15.6, 27.9, -15.3, 28.3)
    assert read_table(path, near=near).frame.geometry.iloc[0].coords[0] == (-15.4, 28.1)


def test_the_datum_in_a_header(tmp_path):
    path = tmp_path / "a.csv"
    there = [datum.from_wgs84(113.1, 22.1, name) for name in ("gcj02", "bd09")]
    values = ",".join(f"{float(v):.9f}" for pair in there for v in pair)
    for head, name in [
        ("经度(GCJ02),纬度(GCJ02),bx,by", "gcj02"),
        ("高德经度,高德纬度,bx,by", "gcj02"),
        ("gx,gy,bd_lng,bd_lat", "bd09"),
        ("gx,gy,百度经度,百度纬度", "bd09"),
        ("火星坐标经度,火星坐标纬度,bx,by", "gcj02"),
    ]:
        path.write_text(f"{head}\n{values}\n", "utf-8")
        table = read_table(path)
        assert (table.datum, table.datum_from) == (name, "header"), head
        assert table.frame.geometry.iloc[0].coords[0] == pytest.approx((113.1, 22.1), abs=1e-8)
    # Stated beats the header; and of two systems in one table WGS 84 is read.
    path.write_text("lng_bd09,lat_bd09\n113.1,22.1\n", "utf-8")
    assert read_table(path, datum="wgs84").frame.geometry.iloc[0].coords[0] == (113.1, 22.1)
    path.write_text("lng_gcj02,lat_gcj02,lng_wgs84,lat_wgs84\n113.2,22.2,113.1,22.1\n", "utf-8")
    assert read_table(path).frame.geometry.iloc[0].coords[0] == (113.1, 22.1)
    path.write_text("lng_gcj02,lat_bd09\n113.2,22.2\n", "utf-8")
    with pytest.raises(InputError, match="bd09 and gcj02"):
        read_table(path)


def test_no_datum_is_assumed_silently(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("lon,lat\n113.1,22.1\n", "utf-8")
    table = read_table(path)
    assert (table.datum, table.datum_from) == ("wgs84", "assumed")
    assert [n.overrule for n in table.notes if n.field == "datum"] == ['datum = "..."']
    assert any("gcj02" in n.text.en and "gcj02" in n.text.zh for n in table.notes)


@pytest.mark.parametrize("order", ["xy", "yx"])
@pytest.mark.parametrize("name", ["cgcs2000-3:114", "epsg:4547", "EPSG:4526", "webmercator"])
def test_metres_of_a_stated_system_in_either_order(tmp_path, name, order):
    x, y = datum.from_wgs84([113.6, 114.2], [22.5, 22.7], name)
    first, second = (x, y) if order == "xy" else (y, x)
    path = tmp_path / "a.csv"
    lines = [f"{a:.4f},{b:.4f}" for a, b in zip(first, second, strict=True)]
    path.write_text("X坐标,Y坐标\n" + "\n".join(lines) + "\n", "utf-8")
    table = read_table(path, datum=name)
    found = shapely.get_coordinates(table.frame.geometry.to_numpy())
    assert found == pytest.approx(np.array([[113.6, 22.5], [114.2, 22.7]]), abs=1e-7)
    assert any("northing" in n.text.en for n in table.notes) == (order == "yx")


def test_layers_in_other_systems_and_datums(tmp_path):
    frame = frame_with_points()
    frame.to_crs(4547).to_file(tmp_path / "p.gpkg")
    table = read_table(tmp_path / "p.gpkg")
    assert shapely.get_coordinates(table.frame.geometry.to_numpy()) == pytest.approx(
        np.array(POINTS), abs=1e-7
    )
    assert any("Gauss-Kruger" in note.text.en for note in table.notes)
    # A layer that says WGS 84 and holds GCJ-02, as every scraped one does.
    given = np.column_stack(datum.from_wgs84(*np.array(POINTS).T, "gcj02"))
    frame.set_geometry(shapely.points(given)).set_crs(4326).to_file(tmp_path / "g.geojson")
    table = read_table(tmp_path / "g.geojson", datum="gcj02")
    assert shapely.get_coordinates(table.frame.geometry.to_numpy()) == pytest.approx(
        np.array(POINTS), abs=1e-7
    )
    # A shapefile without .prj is metres of nobody knows what, until it is stated.
    frame[["geometry"]].to_crs(4547).to_file(tmp_path / "s.shp")
    (tmp_path / "s.prj").unlink()
    with pytest.raises(InputError, match="metres, and nothing says"):
        read_table(tmp_path / "s.shp")
    for stated in ({"crs": "EPSG:4547"}, {"datum": "cgcs2000-3:114"}):
        table = read_table(tmp_path / "s.shp", **stated)
        assert shapely.get_coordinates(table.frame.geometry.to_numpy()) == pytest.approx(
            np.array(POINTS), abs=1e-7
        )


def test_areas_keep_their_shape_and_are_converted_vertex_by_vertex(tmp_path):
    ring = [(113.1, 22.1), (113.2, 22.1), (113.2, 22.2), (113.1, 22.1)]
    given = np.column_stack(datum.from_wgs84(*np.array(ring).T, "bd09"))
    shapes = [shapely.Polygon(given), None, shapely.Point(given[0])]
    frame = gpd.GeoDataFrame({"名称": ["甲", "乙", "丙"]}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "a.gpkg")
    found = read_table(tmp_path / "a.gpkg", datum="bd09").frame
    assert shapely.get_coordinates(found.geometry.iloc[0]) == pytest.approx(np.array(ring))
    assert list(found["status"]) == ["ok", "no_coordinates", "ok"]


def test_positions_in_one_column(tmp_path):
    path = tmp_path / "a.csv"
    for head, cell in [
        ("location", '"113.1,22.1"'),
        ("经纬度", "113.1 22.1"),
        ("坐标", '"（113.1，22.1）"'),
        ("geometry", "POINT (113.1 22.1)"),
        ("wkt", "SRID=4326;POINT (113.1 22.1)"),
        ("坐标", '"N22°06\'00"", E113°06\'00"""'),
        ("geom", shapely.to_wkb(shapely.Point(113.1, 22.1), hex=True)),
        ("经纬度", '"22.1,113.1"'),
    ]:
        path.write_text(f"名称,{head}\n甲,{cell}\n乙,\n丙,不详\n丁,xx\n", "utf-8")
        frame = read_table(path).frame
        assert frame.geometry.iloc[0].coords[0] == pytest.approx((113.1, 22.1)), cell
        assert list(frame["status"]) == ["ok", *["no_coordinates"] * 2, "bad_coordinates"], cell
    path.write_text(
        '名称,wkt\n甲,"POLYGON((113 22,113.1 22,113.1 22.1,113 22))"\n乙,POINT(1\n', "utf-8"
    )
    frame = read_table(path).frame
    assert frame.geometry.iloc[0].geom_type == "Polygon"
    assert frame["status"].iloc[1] == "bad_coordinates"


def test_sheets(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["本表由各街道填报"])
    for name in ("托育机构", "旧"):
        sheet = book.create_sheet(name)
        for row in [["名称", "经度", "纬度"], [name, 113.1, 22.1], [name + "2", 113.2, 22.2]]:
            sheet.append(row)
    book["旧"].sheet_state = "hidden"
    book.save(path)
    table = read_table(path)
    assert table.frame["name"].iloc[0] == "托育机构"
    told = [note.text.en for note in table.notes if note.field == "sheet"]
    assert told == ["the sheet '托育机构' is read, not '说明' (1 rows), '旧' (hidden)"]
    assert read_table(path, sheet="旧").frame["name"].iloc[0] == "旧"
    assert read_table(path, sheet=2).frame["name"].iloc[0] == "托育机构"
    with pytest.raises(InputError, match=r"no sheet '新'.*说明, 托育机构, 旧"):
        read_table(path, sheet="新")


def test_layers(tmp_path):
    path = tmp_path / "a.gpkg"
    for name in ("community", "town"):
        frame_with_points().to_file(path, layer=name)
    with pytest.raises(InputError, match=r"2 layers.*community, town"):
        read_table(path)
    with pytest.raises(InputError, match=r"no layer 'comunity'"):
        read_table(path, layer="comunity")
    assert len(read_table(path, layer="town").frame) == 3


def test_a_geodataframe_is_a_source_too():
    frame = frame_with_points()
    before = frame.copy()
    table = read_table(frame, kind="facilities")
    assert list(table.frame["name"]) == [row[0] for row in ROWS]
    pd.testing.assert_frame_equal(frame, before)


def test_a_table_of_figures_needs_no_coordinates(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("社区,户数\n甲,100\n乙,200\n", "utf-8")
    with pytest.raises(InputError, match="no column holds coordinates"):
        read_table(path, kind="units")
    table = read_table(path, kind="units", require_geometry=False)
    assert list(table.frame["households"]) == [100, 200]
    assert table.frame.geometry.isna().all()
    assert (table.datum, table.datum_from) == ("none", "none")


def test_columns_that_would_hide_ours_keep_another_name(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度,source_row,geometry_,name\n甲,113.1,22.1,open,x,乙\n", "utf-8")
    frame = read_table(path).frame
    assert frame["status"].iloc[0] == "ok"
    assert frame["source_row"].iloc[0] == 2
    assert frame["source_row_as_written"].iloc[0] == "open"
    assert frame["name"].iloc[0] == "乙"  # the normal name itself is the best alias
    assert frame["名称"].iloc[0] == "甲"


def test_ids_keep_their_zeros_and_length(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "设施编号,经度,纬度,邮编,身份码,楼层\n007,113.1,22.1,010010,440104198001010011,3\n"
        "008,113.2,22.2,510000,440104198001010012,4\n",
        "utf-8",
    )
    frame = read_table(path, kind="facilities").frame
    assert list(frame["facility_id"]) == ["007", "008"]
    assert list(frame["邮编"]) == ["010010", "510000"]
    assert list(frame["身份码"]) == ["440104198001010011", "440104198001010012"]
    assert list(frame["楼层"]) == [3, 4]


def test_entrances_may_share_an_id_but_strangers_may_not(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("编号,名称,经度,纬度\n1,甲,113.1,22.1\n1,甲,113.2,22.2\n", "utf-8")
    assert len(read_table(path, kind="facilities").frame) == 2
    path.write_text("编号,名称,经度,纬度\n1,甲,113.1,22.1\n1,乙,113.2,22.2\n", "utf-8")
    with pytest.raises(InputError, match=r"row 3.*'1' already stands in row 2"):
        read_table(path, kind="facilities")


def test_coarse_coordinates_are_told(tmp_path):
    path = tmp_path / "a.csv"
    for decimals, told in (("", True), ("1", True), ("12", False), ("1234", False)):
        rows = "\n".join(f"113.{i}{decimals},22.{i}{decimals}" for i in range(10, 20))
        path.write_text(f"lon,lat\n{rows}\n", "utf-8")
        assert any("100 m or coarser" in n.text.en for n in read_table(path).notes) == told


@pytest.mark.slow
def test_a_big_table_is_read_without_a_loop_over_its_rows(tmp_path):
    count = 200_000
    path = tmp_path / "a.csv"
    rng = np.random.default_rng(0)
    text = io.StringIO()
    pd.DataFrame(
        {
            "编号": np.arange(count),
            "经度": rng.uniform(113, 114, count).round(6),
            "纬度": rng.uniform(22, 23, count).round(6),
            "户数": rng.integers(1, 300, count),
        }
    ).to_csv(text, index=False)
    path.write_bytes(text.getvalue().encode("gb18030"))
    table, lines = lines_run(lambda: read_table(path, kind="demand"))
    assert lines < count / 10
    assert len(table.frame) == count
    assert table.frame["households"].notna().all()


def test_headings_that_span_the_table_are_set_aside(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [
        ["名称", "经度", "纬度", "面积"],
        ["东街道", None, None, None],
        ["甲", 113.1, 22.1, 5],
        ["西街道", None, None, None],
        ["乙", 113.2, 22.2, 6],
        ["丙", None, None, None],
    ]
    write_xlsx(path, rows, merges=["A2:D2", "A4:D4"])
    table = read_table(path, kind="facilities")
    # Without its merge a lone name is a facility whose coordinates are not known.
    assert list(table.frame["name"]) == ["甲", "乙", "丙"]
    assert list(table.set_aside["why"]) == ["heading", "heading"]
    assert len(table.frame) + len(table.set_aside) + table.blank_rows == 5


def test_a_row_of_figures_is_no_header_whatever_its_words(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("网点,东向,北向,归口\n甲,113.1,22.1,社区\n乙,113.2,22.2,街道\n", "utf-8")
    table = read_table(path, columns={"网点": "name", "东向": "lon", "北向": "lat"})
    assert list(table.frame["name"]) == ["甲", "乙"]
    with pytest.raises(InputError, match="there are: 网点, 东向, 北向, 归口"):
        read_table(path)


@pytest.mark.parametrize("word", ["全区", "全县", "全镇", "全街道", "全 市", "全镇合计"])
def test_the_whole_of_a_place_is_a_total(tmp_path, word):
    path = tmp_path / "a.csv"
    path.write_text(f"社区,经度,纬度,人数\n甲,113.1,22.1,5\n{word},,,5\n", "utf-8")
    found = read_table(path)
    assert len(found.frame) == 1
    assert any("set aside as total: 1 (row 3)" in note.text.en for note in found.notes)


def test_totals_of_streets_and_of_all(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "街道,社区,经度,纬度,户数\n东,甲,113.1,22.1,10\n小计,,,,10\n西,乙,113.2,22.2,20\n"
        "小计：,,,,20\n合计（2个）,,,,30\n",
        "utf-8",
    )
    table = read_table(path, kind="units")
    assert list(table.frame["name"]) == ["甲", "乙"]
    assert list(table.set_aside["source_row"]) == [3, 5, 6]


def test_the_columns_of_a_map_service_tell_its_datum(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'id,name,type,typecode,location,pname,cityname,adname\nB1,甲,学校,141200,"113.1,22.1",'
        "广东省,广州市,番禺区\n",
        "utf-8",
    )
    table = read_table(path, kind="facilities")
    told = [note.overrule for note in table.notes if "map service" in note.text.en]
    assert told == ['datum = "gcj02"']
    assert table.datum == "wgs84"
    again = read_table(path, kind="facilities", datum="gcj02")
    assert not [note for note in again.notes if "map service" in note.text.en]

"""A planner's ugly files: each is understood rightly, or refused in one line that names the mend.

Whatever the file looks like, it holds the same three facilities; what is read is held against them.
"""

from __future__ import annotations

import json
import re
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pyproj
import pytest
import shapely
import xlwt

from livingcircle.errors import LivingCircleError
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.io.table.read import read_table
from livingcircle.localized import LocalizedText

NAMES = ["甲服务站", "乙服务站", "丙服务站"]
LON = np.array([118.101234, 118.112345, 118.123456])
LAT = np.array([24.481234, 24.492345, 24.503456])
BEDS = [5.0, 1234.0, 7.0]
HEADER = ["名称", "经度", "纬度", "床位"]
ROWS = [list(row) for row in zip(NAMES, LON.tolist(), LAT.tolist(), [5, 1234, 7], strict=True)]
NEAR = (118.05, 24.45, 118.2, 24.55)


def text(rows, mark=",", end="\n"):
    lines = [[str(cell) for cell in row] for row in rows]
    return end.join(mark.join(f'"{c}"' if mark in c else c for c in row) for row in lines) + end


def plain(coding, mark=",", end="\n", first=""):
    return lambda path: path.write_bytes((first + text([HEADER, *ROWS], mark, end)).encode(coding))


def csv(rows):
    return lambda path: path.write_text(text(rows), encoding="utf-8")


def columns(lon, lat, header=("名称", "经度", "纬度", "床位"), beds=(5, 1234, 7)):
    return csv([header, *zip(NAMES, lon, lat, beds, strict=True)])


def one_cell(sign, turned=False):
    cells = [f"{b}{sign}{a}" if turned else f"{a}{sign}{b}" for a, b in zip(LON, LAT, strict=True)]
    return csv([("名称", "location", "床位"), *zip(NAMES, cells, (5, 1234, 7), strict=True)])


def dms(values, marks):
    found = []
    for value in values:
        seconds = round(value * 3600, 4)
        d, m = int(seconds // 3600), int(seconds % 3600 // 60)
        found.append(f"{d}{marks[0]}{m}{marks[1]}{seconds - 3600 * d - 60 * m:.4f}{marks[2]}")
    return found


def projected(code, turned=False):
    x, y = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(LON, LAT)
    return columns(*((y, x) if turned else (x, y)), header=("名称", "X坐标", "Y坐标", "床位"))


def moved(datum, header):
    return columns(*from_wgs84(LON, LAT, datum), header=header)


def book(sheets, merges=()):
    def write(path):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for title, rows in sheets.items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(row)
            for merge in merges:
                sheet.merge_cells(merge)
        workbook.save(path)

    return write


def xls(path):
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("表")
    for i, row in enumerate([HEADER, *ROWS]):
        for j, cell in enumerate(row):
            sheet.write(i, j, cell)
    workbook.save(str(path))


def ods(path):
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
            for c in row
        )
        + "</table:table-row>"
        for row in [HEADER, *ROWS]
    )
    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "META-INF/manifest.xml",
            "<manifest:manifest"
            ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
            "</manifest:manifest>",
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="表">{cells}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )


def layer():
    points = gpd.points_from_xy(LON, LAT)
    return gpd.GeoDataFrame({"名称": NAMES, "床位": [5, 1234, 7]}, geometry=points, crs=4326)


def shapefile(path, coding="GBK", lose=(".cpg",), crs=4326):
    layer().to_crs(crs).to_file(path, encoding=coding)
    for suffix in lose:
        path.with_suffix(suffix).unlink(missing_ok=True)


def zipped(inner, write):
    def make(path):
        folder = path.parent / "inner"
        folder.mkdir()
        write(folder / inner)
        with zipfile.ZipFile(path, "w") as archive:
            for part in sorted(p for p in folder.rglob("*") if p.is_file()):
                archive.write(part, f"数据/{part.relative_to(folder)}")

    return make


def datav(path):
    """A GeoJSON as DataV gives it: nested properties, no crs."""
    features = json.loads(layer().to_json(drop_id=True))["features"]
    for n, feature in enumerate(features):
        feature["properties"] |= {"adcode": 350200 + n, "center": [118.1, 24.4], "acroutes": [1, 2]}
        feature["properties"]["parent"] = {"adcode": 350200}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")


def features():
    return json.loads(layer().to_json(drop_id=True))["features"]


def named(system, datum):
    """A GeoJSON that calls its system by a name that no list of systems has."""

    def write(path):
        some = features()
        for feature, *at in zip(some, *from_wgs84(LON, LAT, datum), strict=True):
            feature["geometry"]["coordinates"] = at
        crs = {"type": "name", "properties": {"name": system}}
        whole = {"type": "FeatureCollection", "features": some, "crs": crs}
        path.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")

    return write


def minutes(values):
    return [f"{int(v)}°{(v - int(v)) * 60:.7f}′" for v in values]


def amap(path):
    head = ["name", "location", "typecode", "pname", "cityname", "adname", "床位"]
    cells = [f"{a:.6f},{b:.6f}" for a, b in zip(*from_wgs84(LON, LAT, "gcj02"), strict=True)]
    rows = [[n, c, "090601", "福建省", "厦门市", "思明区", b] for n, c, b in zip(
        NAMES, cells, (5, 1234, 7), strict=True)]  # fmt: skip
    csv([head, *rows])(path)


def kml(path):
    marks = "".join(
        f"<Placemark><name>{n}</name><ExtendedData><Data name='床位'><value>{b}</value></Data>"
        f"</ExtendedData><Point><coordinates>{x},{y},0</coordinates></Point></Placemark>"
        for n, x, y, b in ROWS
    )
    space = "http://www.opengis.net/kml/2.2"
    path.write_text(f'<kml xmlns="{space}"><Document>{marks}</Document></kml>', encoding="utf-8")


def kmz(path):
    inner = path.with_name("doc.kml")
    kml(inner)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "doc.kml")


def geodatabase(path):
    pyogrio.write_dataframe(layer(), path, driver="OpenFileGDB", layer="stations")


def gpx(path):
    points = gpd.GeoDataFrame({"name": NAMES}, geometry=gpd.points_from_xy(LON, LAT), crs=4326)
    pyogrio.write_dataframe(points, path, driver="GPX", layer="waypoints")


def locked(path):
    head = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1016
    path.write_bytes(head + "EncryptedPackage".encode("utf-16-le"))


def several(path):
    """Points, a MultiPoint and a tiny area in one layer."""
    x, y = (np.array([-1, 1, 1, -1]) * 1e-5, np.array([-1, -1, 1, 1]) * 1e-5)
    area = shapely.Polygon(np.column_stack([LON[2] + x, LAT[2] + y]))
    shapes = [shapely.Point(LON[0], LAT[0]), shapely.MultiPoint([(LON[1], LAT[1])]), area]
    layer().set_geometry(gpd.GeoSeries(shapes, crs=4326)).to_file(path)


WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789."}
WKT = [shapely.Point(a, b).wkt for a, b in zip(LON, LAT, strict=True)]
TITLE = [["2024年服务设施一览表"], ["填报单位：某街道", "", "", "单位：张"]]
STATED = {"datum": "cgcs2000-3:117"}
PARTS = ["度", "分", "秒"]


def arcs(values):
    found = []
    for value in values:
        seconds = round(value * 3600, 4)
        found.append((int(seconds // 3600), int(seconds % 3600 // 60), f"{seconds % 60:.4f}"))
    return found


def in_three(head):
    """Degrees, minutes and seconds in columns of their own."""
    rows = zip(NAMES, arcs(LON), arcs(LAT), (5, 1234, 7), strict=True)
    return [*head, *([n, *x, *y, b] for n, x, y, b in rows)]


SHORT = [f"{axis}({part})" for axis in ("经度", "纬度") for part in PARTS]
OVER = [["名称", "经度", None, None, "纬度", None, None, "床位"], [None, *PARTS, *PARTS, None]]
CN_DMS = (dms(LON, "度分秒"), dms(LAT, "度分秒"))
SIGN_DMS = ([f"{v}E" for v in dms(LON, "°′″")], [f"{v}N" for v in dms(LAT, "°′″")])
TWO_ROWS = [["名称", "坐标", None, "床位"], [None, "经度", "纬度", None], *ROWS]
HALF = [[HEADER, *ROWS[:2]], [HEADER, *ROWS[2:]]]

UNDERSTOOD = {
    "gbk.csv": (plain("gbk"), {}),
    "bom.csv": (plain("utf-8-sig"), {}),
    "utf16.csv": (plain("utf-16", "\t"), {}),
    "semicolons.csv": (plain("gbk", ";"), {}),
    "fullwidth.csv": (plain("gbk", "，"), {}),
    "hint.csv": (plain("gbk", ";", "\r\n", "sep=;\r\n"), {}),
    "cr.csv": (plain("utf-8", ",", "\r"), {}),
    "titles.csv": (csv([*TITLE, HEADER, *ROWS]), {}),
    "total.csv": (csv([HEADER, *ROWS, ["合计", "", "", 1246]]), {}),
    "remark.csv": (csv([HEADER, *ROWS, ["注：数据截至年底", "", "", ""]]), {}),
    "odd_headers.csv": (columns(LON, LAT, ("机构名称 ", "经 度", "纬　度", "床位数（张）")), {}),
    "english.csv": (columns(LON, LAT, ("Name", "Longitude", "LATITUDE", "beds")), {}),
    "thousands.csv": (columns(LON, LAT, beds=("5", "1,234", "7")), {}),
    "fullwidth_digits.csv": (columns(LON, LAT, beds=("５", "１２３４", "７张")), {}),
    "units.csv": (
        columns(LON, LAT, ("名称", "经度", "纬度", "床位(百张)"), (0.05, 12.34, 0.07)), {}),
    "dms.csv": (columns(*CN_DMS), {}),
    "dms_signs.csv": (columns(*SIGN_DMS), {}),
    "dms_parts.csv": (csv(in_three([["名称", *SHORT, "床位"]])), {}),
    "dms_parts.xlsx": (
        book({"表": in_three(OVER)}, ("B1:D1", "E1:G1", "A1:A2", "H1:H2")), {}),
    "wgs_beside_another.csv": (
        csv([["名称", "lng", "lat", "wgs84_lng", "wgs84_lat", "床位"],
             *zip(NAMES, *from_wgs84(LON, LAT, "gcj02"), LON, LAT, (5, 1234, 7), strict=True)]),
        {}),
    "decimal_comma.csv": (
        columns(*([str(v).replace(".", ",") for v in side] for side in (LON, LAT))), {}),
    "swapped.csv": (columns(LAT, LON), {}),
    "one_cell.csv": (one_cell(","), {}),
    "one_cell_blank.csv": (one_cell(" "), {}),
    "wkt.csv": (csv([("名称", "坐标", "床位"), *zip(NAMES, WKT, (5, 1234, 7), strict=True)]), {}),
    "amap.csv": (amap, {"datum": "gcj02"}),
    "gcj_header.csv": (moved("gcj02", ("名称", "经度(GCJ02)", "纬度(GCJ02)", "床位")), {}),
    "baidu_header.csv": (moved("bd09", ("名称", "百度经度", "百度纬度", "床位")), {}),
    "cgcs2000.csv": (projected(4548), STATED),
    "northing_first.csv": (projected(4548, turned=True), STATED),
    "crs_northing.csv": (projected(4548, turned=True), {"crs": "EPSG:4548", "near": NEAR}),
    "a.xlsx": (book({"表": [HEADER, *ROWS]}), {}),
    "two_rows.xlsx": (book({"表": TWO_ROWS}, ("B1:C1", "A1:A2", "D1:D2")), {}),
    "titles.xlsx": (book({"表": [["一览表"], HEADER, *ROWS]}, ("A1:D1",)), {}),
    "by_street.xlsx": (book({"东街": HALF[0], "西街": HALF[1]}), {}),
    "with_notes.xlsx": (book({"说明": [["请填写"]], "表": [HEADER, *ROWS]}), {}),
    "a.xls": (xls, {}),
    "text.xls": (plain("gbk", "\t"), {}),
    "a.ods": (ods, {}),
    "gbk.shp": (shapefile, {}),
    "no_prj.shp": (lambda p: shapefile(p, lose=(".cpg", ".prj")), {}),
    "utf8_no_cpg.shp": (lambda p: shapefile(p, "UTF-8"), {}),
    "metres.shp": (lambda p: shapefile(p, crs=4548), {}),
    "shp.zip": (zipped("a.shp", shapefile), {}),
    "gdb.zip": (zipped("a.gdb", geodatabase), {}),
    "datav.geojson": (datav, {}),
    "gcj02_named.geojson": (named("GCJ-02", "gcj02"), {}),
    "cgcs2000_named.geojson": (named("CGCS2000", "wgs84"), {}),
    "traditional.csv": (columns(LON, LAT, ("名稱", "經度", "緯度", "床位數")), {}),
    "pipes.csv": (plain("gbk", "|"), {}),
    "apostrophes.csv": (
        columns(*([f"'{v}" for v in side] for side in (LON, LAT)), beds=("'5", "'1234", "'7")), {}),
    "east_north.csv": (
        columns([f"东经{v}" for v in LON], [f"北纬{v}度" for v in LAT]), {}),
    "minutes.csv": (columns(*(minutes(side) for side in (LON, LAT))), {}),
    "odd_blanks.csv": (columns([f"\u00a0{v}\u3000" for v in LON], [f"{v}\t" for v in LAT]), {}),
    "empty_columns.csv": (csv([[*HEADER, "", ""], *([*row, "", ""] for row in ROWS)]), {}),
    "text_numbers.xlsx": (book({"表": [[str(c) for c in row] for row in [HEADER, *ROWS]]}), {}),
    "records.json": (
        lambda p: p.write_text(
            json.dumps([dict(zip(HEADER, row, strict=True)) for row in ROWS], ensure_ascii=False),
            "utf-8"), {}),
    "features.geojsonl": (
        lambda p: p.write_text("\n".join(map(json.dumps, features())), "utf-8"), {}),
    "a.parquet": (lambda p: layer().to_parquet(p), {}),
    "a.gml": (lambda p: layer().to_file(p, driver="GML"), {}),
    "millionths.csv": (
        columns(*((side * 1e6).round().astype(int) for side in (LON, LAT))), {"near": NEAR}),
    "millionths_swapped.csv": (
        columns(*((side * 1e6).round().astype(int) for side in (LAT, LON))), {"near": NEAR}),
    "fullwidth_degrees.csv": (
        columns(*([str(v).translate(WIDE) for v in side] for side in (LON, LAT))), {}),
    "multipoints.geojson": (lambda p: several(p), {}),
    "a.kml": (kml, {}),
    "a.kmz": (kmz, {}),
    "a.gpx": (gpx, {"no_beds": True}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", UNDERSTOOD)
def test_it_is_understood(tmp_path, name):
    write, stated = UNDERSTOOD[name]
    stated = dict(stated)
    has_beds = not stated.pop("no_beds", False)
    write(tmp_path / name)
    table = read_table(tmp_path / name, kind="facilities", **stated)
    assert list(table.frame["name"]) == NAMES
    assert list(table.frame["status"]) == ["ok"] * 3
    # Seconds of arc with four decimals are three millimetres; conversions are right to centimetres.
    middle = shapely.centroid(table.frame.geometry.to_numpy())
    assert np.abs(shapely.get_x(middle) - LON).max() < 5e-7
    assert np.abs(shapely.get_y(middle) - LAT).max() < 5e-7
    if has_beds:
        assert table.frame["places"].tolist() == pytest.approx(BEDS)


REFUSED = {
    "locked.xlsx": (locked, "locked by a password. Save it without one"),
    "damaged.xlsx": (lambda p: p.write_bytes(b"PK\x03\x04 no workbook"), "damaged"),
    "empty.csv": (lambda p: p.write_bytes(b""), "the file is empty. Export"),
    "header_only.csv": (csv([HEADER]), "no row below the header. Check the export"),
    "metres.csv": (projected(4548), 'metres.*cgcs2000-3:117|metres.*State'),
    "metres_no_prj.shp": (lambda p: shapefile(p, lose=(".prj",), crs=4548), "metres.*State it"),
    "no_coordinates.csv": (csv([("名称", "床位"), ("甲", 5)]), "columns = "),
    "formulas.xlsx": (
        book({"表": [HEADER, ["甲", "=118+0.1", "=24+0.4", 5]]}), "'=24\\+0.4' is no coordinate"),
    "page.csv": (
        lambda p: p.write_text("<!DOCTYPE html><html><body>登录</body></html>", "utf-8"), "."),
    "wms.xml": (lambda p: p.write_text("<GDAL_WMS></GDAL_WMS>", "utf-8"), "."),
    "twice.csv": (csv([["设施编号", *HEADER], *(["1", *row] for row in ROWS)]), "row 3.*unique"),
    "unknown_system.geojson": (named("本地坐标系", "wgs84"), 'not known. State it as crs = '),
    "gbk.geojson": (
        lambda p: p.write_bytes(
            json.dumps({"type": "FeatureCollection", "features": features()}, ensure_ascii=False)
            .encode("gbk")), "not in UTF-8. Save it in UTF-8"),
    "overpass.json": (
        lambda p: p.write_text('{"version": 0.6, "elements": [{"type": "node", "id": 1}]}'),
        r"Overpass's JSON.*\[out:xml\]"),
    "a.pdf": (lambda p: p.write_bytes(b"%PDF-1.4\n" + b"x" * 500), "a document or a picture"),
    "a.dwg": (lambda p: p.write_bytes(b"AC1027" + b"\0" * 500), "CAD drawing. Export"),
    "a.rar": (lambda p: p.write_bytes(b"Rar!\x1a\x07\x00" + b"\0" * 500), "archive.*Unpack"),
    "page.xls": (
        lambda p: p.write_text("<html><table><tr><td>名称</td></tr></table></html>", "utf-8"),
        "a web page.*save it as XLSX"),
    "only_totals.csv": (csv([HEADER, ["合计", "", "", 9]]), "nothing but totals|no row"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_one_line_that_names_the_mend(tmp_path, name):
    write, mend = REFUSED[name]
    write(tmp_path / name)
    with pytest.raises(LivingCircleError, match=mend) as refused:
        read_table(tmp_path / name, kind="facilities")
    error = refused.value
    assert name in error.line()
    assert error.hint.en
    for lang in ("zh", "en"):
        assert len(error.line(lang).splitlines()) == 1
    assert any("一" <= c <= "鿿" for c in error.line("zh").replace(str(tmp_path), ""))


CHINESE = re.compile("[一-鿿]")
ENGLISH_WORDS = re.compile(r"\b[a-z]{2,}[ ,]+[a-z]{2,}\b")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")
OF_A_LIBRARY = re.compile("File is not a zip file")
OF_THE_FILE = re.compile("名称|床位|纬度|经度|百张|张|工作表")
"""Headers and units that a planner wrote are shown as they are."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [*UNDERSTOOD, *REFUSED])
def test_what_is_said_of_it_is_in_one_language_at_a_time(tmp_path, name):
    write, stated = {**UNDERSTOOD, **REFUSED}[name]
    write(tmp_path / name)
    stated = {} if name in REFUSED else {k: v for k, v in stated.items() if k != "no_beds"}
    try:
        texts = [
            note.text for note in read_table(tmp_path / name, kind="facilities", **stated).notes
        ]
    except LivingCircleError as error:
        texts = [
            LocalizedText(*(error.line(lang).replace(str(tmp_path), "") for lang in ("zh", "en")))
        ]
    assert texts
    for text in texts:
        in_english = OF_THE_FILE.sub("", QUOTED.sub("", text.en))
        assert not CHINESE.search(in_english), text.en
        assert CHINESE.search(text.zh), text.zh
        in_chinese = OF_A_LIBRARY.sub("", QUOTED.sub("", text.zh))
        assert not ENGLISH_WORDS.search(in_chinese), text.zh


def test_there_are_forty_of_them():
    assert len(UNDERSTOOD) + len(REFUSED) >= 40


def test_a_place_without_its_minutes_has_no_coordinates(tmp_path):
    head = ["名称", *(f"经度{part}" for part in PARTS), *(f"纬度{part}" for part in PARTS)]
    rows = [
        ["甲", 118, 4, 30, 24, 30, 0],
        ["乙", 118, "", "", 24, 30, 0],
        ["丙", 118, 4, "", 24, 30, ""],
    ]
    path = tmp_path / "list.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [head, *rows]), "utf-8")
    found = read_table(path, kind="facilities").frame.geometry
    assert found.isna().tolist() == [False, True, False]
    assert (found.iloc[2].x, found.iloc[2].y) == pytest.approx((118 + 4 / 60, 24.5), abs=1e-9)

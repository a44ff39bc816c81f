"""Bad tables: refused in one line that says where, what and how to mend it, or kept whole."""

from __future__ import annotations

import json
import struct
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pyproj
import pytest
import shapely
import xlwt

from livingcircle.errors import DatumError, InputError, LivingCircleError, MissingFileError
from livingcircle.io.table.read import read_points, read_table

GOOD = "名称,经度,纬度\n甲,113.1,22.1\n乙,113.2,22.2\n"


def text(content, encoding="utf-8"):
    return lambda path: path.write_bytes(content.encode(encoding))


def raw(content):
    return lambda path: path.write_bytes(content)


def frame():
    points = gpd.points_from_xy([113.1, 113.2], [22.1, 22.2])
    return gpd.GeoDataFrame({"名称": ["甲", "乙"]}, geometry=points, crs=4326)


def half(write, share=0.5, beside=""):
    """Write a file and cut off its end."""

    def make(path):
        write(path)
        target = path.with_suffix(beside) if beside else path
        content = target.read_bytes()
        target.write_bytes(content[: int(len(content) * share)])

    return make


def xlsx(path, rows=(("名称", "经度", "纬度"), ("甲", 113.1, 22.1))):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def xls(path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for i, row in enumerate((("名称", "经度", "纬度"), ("甲", 113.1, 22.1))):
        for j, cell in enumerate(row):
            sheet.write(i, j, cell)
    book.save(str(path))


def bomb(path):
    """A workbook whose sheet unpacks to 300 MB."""
    xlsx(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = b" " * 300_000_000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def liar(path):
    """A workbook whose directory says that it unpacks to 3 GB."""
    xlsx(path)
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 3_000_000_000)
    path.write_bytes(bytes(content))


def locked(path):
    """What an encrypted workbook looks like: an OLE file with an EncryptedPackage."""
    xls(path)
    content = path.read_bytes().replace(
        "Workbook".encode("utf-16-le"), "Encrypte".encode("utf-16-le")
    )
    path.write_bytes(content)


def gpkg(path, **options):
    frame().to_file(path, **options)


def shp(path):
    frame().to_file(path, encoding="GBK")


def shp_without(suffix):
    def make(path):
        shp(path)
        path.with_suffix(suffix).unlink()

    return make


def metric_geojson(path):
    shape = {"type": "Point", "coordinates": [500000.0, 2500000.0]}
    feature = {"type": "Feature", "properties": {"名称": "甲"}, "geometry": shape}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))


def empty_layer(path):
    frame().iloc[:0].to_file(path)


def two_shapes(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.shp", b"x")
        archive.writestr("b.shp", b"x")


def nothing(path):
    """Write no file at all."""


# name of the file, what is in it, what the caller states, error, what the line must say
BAD = {
    "missing file": ("a.csv", nothing, {}, MissingFileError, "no such file"),
    "folder": ("a.csv", lambda p: p.mkdir(), {}, InputError, "this is a folder"),
    "empty file": ("a.csv", raw(b""), {}, InputError, "the file is empty"),
    "blanks only": ("a.csv", text(" \n\t\r\n"), {}, InputError, "the file is empty"),
    "a mark only": ("a.csv", raw(b"\xef\xbb\xbf"), {}, InputError, "the file is empty"),
    "header only": ("a.csv", text("名称,经度,纬度\n"), {}, InputError, "no row below the header"),
    "blank rows only": ("a.csv", text("名称,经度,纬度\n,,\n,,\n"), {}, InputError, "no row below"),
    "only totals": ("a.csv", text("名称,经度,纬度\n合计,,\n"), {}, InputError, "coordinates"),
    "stated encoding is wrong": (
        "a.csv", text(GOOD, "gb18030"), {"encoding": "utf-8"}, InputError,
        "row 1, field 'encoding': the text is not utf-8; it reads well as \"gb18030\"",
    ),
    "stated encoding is unknown": (
        "a.csv", text(GOOD), {"encoding": "utf-9"}, InputError, "encoding 'utf-9' is not known",
    ),
    "no encoding fits": (
        "a.csv", raw(b"name,lon,lat\n\xff\xfe\x81\xff\x80\xff\xf8\xff,113,22\n"), {}, InputError,
        "neither UTF-8 nor GB18030",
    ),
    "utf-8 that is cut": (
        "a.csv", raw((GOOD * 20).encode()[:-20] + "丙".encode()[:2]), {}, InputError,
        "UTF-8, but damaged or cut off",
    ),
    "utf-16 that is cut": (
        "a.csv", raw(GOOD.encode("utf-16")[:-1]), {}, InputError,
        "field 'encoding': the text is UTF-16, but damaged or cut off",
    ),
    "utf-16 without a mark that is cut": (
        "a.csv", raw(GOOD.encode("utf-16-be")[:-1]), {}, InputError, "UTF-16, but damaged or cut",
    ),
    "utf-16 in the other order than its mark": (
        "a.csv", raw(b"\xfe\xff" + GOOD.encode("utf-16-le")), {}, InputError, "UTF-16, but damaged",
    ),
    "utf-16 that ends in zero bytes": (
        "a.csv", raw(GOOD.encode("utf-16") + b"\0" * 99), {}, InputError, "UTF-16, but damaged",
    ),
    "a mark of utf-16 before gb18030": (
        "a.csv", raw(b"\xff\xfe" + GOOD.encode("gb18030")), {}, InputError, "UTF-16, but damaged",
    ),
    "a mark of utf-16 and zero bytes": (
        "a.csv", raw(b"\xff\xfe" + b"\0" * 99), {}, InputError, "nothing but zero bytes",
    ),
    "blanks in utf-16": ("a.csv", text(" \n\n", "utf-16"), {}, InputError, "the file is empty"),
    "a shapefile in a stated wrong encoding": (
        "a.shp", shp, {"encoding": "utf-8"}, InputError, "of the .dbf are not utf-8",
    ),
    "zero bytes": ("a.csv", raw(b"a,b\n\0\0\0\1\2"), {}, InputError, "no text table"),
    "a picture": ("a.csv", raw(b"\x89PNG\r\n\x1a\n" + b"\0" * 50), {}, InputError, "picture"),
    "a PDF": ("a.xls", raw(b"%PDF-1.7 xx"), {}, InputError, "document or a picture"),
    "a web page called xls": (
        "a.xls", text("<html><table><tr><td>名称</td></tr></table>"), {}, InputError, "web page",
    ),
    "an XML spreadsheet": (
        "a.xls", text('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:'
                      'spreadsheet"/>'), {}, InputError, "XML spreadsheet of 2003",
    ),
    "a virtual layer": (
        "a.kml", text('<OGRVRTDataSource><OGRVRTLayer name="passwd"/></OGRVRTDataSource>'), {},
        InputError, "virtual layer",
    ),
    "an OSM extract": ("a.osm.pbf", raw(b"\0\0\0\x0dOSMHeader"), {}, InputError, "OSM extract"),
    "an unclosed quotation mark": (
        "a.csv", text('名称,经度,纬度\n"甲,113.1,22.1\n乙,113.2,22.2\n'), {}, InputError,
        "row 2: .*quotation mark that is never closed",
    ),
    "no coordinates": ("a.csv", text("名称,面积\n甲,5\n"), {}, InputError, "no column holds coord"),
    "longitude without latitude": (
        "a.csv", text("名称,经度\n甲,113.1\n"), {}, InputError,
        r"a column of lon \(经度\) but none",
    ),
    "coordinates all blank": (
        "a.csv", text("名称,经度,纬度\n甲,,\n乙,,\n"), {}, InputError, "no row has coordinates",
    ),
    "coordinates that are words": (
        "a.csv", text("名称,经度,纬度\n甲,东,北\n"), {}, InputError,
        "'北' is no coordinate",
    ),
    "NaN and Inf only": (
        "a.csv", text("名称,经度,纬度\n甲,nan,inf\n乙,-inf,nan\n"), {}, InputError,
        "no row has coordinates",
    ),
    "off the earth": (
        "a.csv", text("名称,经度,纬度\n甲,200,95\n"), {}, InputError, "200, 95 is not on the earth",
    ),
    "metres without a system": (
        "a.csv", text("名称,X,Y\n甲,38510000,2500000\n乙,38520000,2510000\n"), {}, InputError,
        'metres, and nothing says.*3-degree zone 38: datum = "cgcs2000-3:114"',
    ),
    "metres in GeoJSON": ("a.geojson", metric_geojson, {}, InputError, "metres, and nothing says"),
    "degrees where metres are stated": (
        "a.csv", text(GOOD), {"datum": "epsg:4547"}, DatumError, "but the coordinates are degrees",
    ),
    "another zone than stated": (
        "a.csv", text("名称,X,Y\n甲,38510000,2500000\n"), {"datum": "cgcs2000-3:117"}, DatumError,
        'zone 38, but cgcs2000-3:117 is zone 39. State datum = "cgcs2000-3:114"',
    ),
    "misspelt datum": ("a.csv", text(GOOD), {"datum": "gjc02"}, DatumError, "'gjc02' is not known"),
    "unknown system": (
        "a.gpkg", gpkg, {"crs": "EPSG:0"}, InputError, "system 'EPSG:0' is not known",
    ),
    "unknown kind": ("a.csv", text(GOOD), {"kind": "facility"}, InputError, "no kind of table"),
    "unknown column": (
        "a.csv", text(GOOD), {"columns": {"名字": "name"}}, InputError, "no column '名字'",
    ),
    "header row that is not there": (
        "a.csv", text(GOOD), {"header_row": 30}, InputError, "no row 30 to be the header",
    ),
    "no header": ("a.csv", text("1,113.1,22.1\n"), {}, InputError, "looks like a header"),
    "ids that occur twice": (
        "a.csv", text("社区编码,社区,经度,纬度\n1,甲,113.1,22.1\n1,乙,113.2,22.2\n"),
        {"kind": "units"}, InputError,
        "row 3, field '社区编码': the id '1' already stands in row 2",
    ),
    "a cut workbook": ("a.xlsx", half(xlsx), {}, InputError, "cut off or damaged"),
    "a cut old workbook": ("a.xls", half(xls), {}, InputError, "damaged or no workbook"),
    "a zip that is no workbook": ("a.xlsx", two_shapes, {}, InputError, "damaged or no workbook"),
    "an empty workbook": (
        "a.xlsx", lambda p: xlsx(p, ()), {}, InputError, "no visible sheet holds a table",
    ),
    "a zip bomb": ("a.xlsx", bomb, {}, InputError, "would unpack to 300,"),
    "a zip that announces 3 GB": ("a.xlsx", liar, {}, InputError, "would unpack to 3,000,"),
    "a locked workbook": ("a.xlsx", locked, {}, InputError, "workbook"),
    "no such sheet": ("a.xlsx", xlsx, {"sheet": "设施"}, InputError, "no sheet '设施'.*Sheet"),
    "no such layer": ("a.gpkg", gpkg, {"layer": "设施"}, InputError, "no layer '设施'"),
    "a cut GeoPackage": ("a.gpkg", half(gpkg, 0.3), {}, InputError, "cannot be read"),
    "a cut GeoJSON": ("a.geojson", half(gpkg), {}, InputError, "cannot be read"),
    "JSON that is no GeoJSON": ("a.json", text('{"a": [1, 2]}'), {}, InputError, "cannot be read"),
    "a cut FlatGeobuf": ("a.fgb", half(gpkg, 0.3), {}, InputError, "no layer|cannot be read"),
    "a cut GeoParquet": (
        "a.parquet", half(lambda p: frame().to_parquet(p)), {}, InputError, "cannot be read",
    ),
    "text called parquet": ("a.parquet", text(GOOD), {}, InputError, "cannot be read"),
    "text called gpkg": ("a.gpkg", text(GOOD), {}, InputError, "cannot be read"),
    "an empty layer": ("a.gpkg", empty_layer, {}, InputError, "no rows"),
    "a cut shapefile": ("a.shp", half(shp, 0.8), {}, InputError, "cut off: .* bytes"),
    "a shapefile without index": ("a.shp", shp_without(".shx"), {}, InputError, "no .shx beside"),
    "a cut dbf": ("a.shp", half(shp, 0.5, ".dbf"), {}, InputError, ".dbf is cut off"),
    "text called shp": ("a.shp", text(GOOD), {}, InputError, "no shapefile"),
    "a zip of two shapefiles": ("a.zip", two_shapes, {}, InputError, "2 shapefiles"),
    "an unknown format": ("a.docx", text("PK\3\4 word"), {}, InputError, "cut off or damaged"),
    "a zero byte in the name": ("a\0.csv", nothing, {}, MissingFileError, "no such file"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", BAD)
@pytest.mark.filterwarnings("error")
def test_bad_tables_are_refused_in_one_line(tmp_path, capfd, case):
    name, make, options, error, says = BAD[case]
    path = tmp_path / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(path)
    capfd.readouterr()
    with pytest.raises(error, match=says) as caught:
        read_table(path, **options)
    line = str(caught.value)
    assert isinstance(caught.value, LivingCircleError)
    assert len(line) <= 600
    assert line.isprintable()
    assert "Traceback" not in line
    assert caught.value.hint
    # Neither GDAL nor a workbook library has anything to add.
    assert capfd.readouterr() == ("", "")


# Whatever the encoding of a name, its coordinates can be read; and no point is a number of points.
READABLE = ("no encoding fits", "header only")


@pytest.mark.parametrize("case", [c for c in BAD if not BAD[c][2] and c not in READABLE])
def test_the_same_tables_are_refused_as_points(tmp_path, case):
    name, make, _, _, _ = BAD[case]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(tmp_path / name)
    with pytest.raises(LivingCircleError):
        read_points(tmp_path / name)


def test_a_missing_file_names_its_neighbour(tmp_path):
    (tmp_path / "facilities.csv").write_text(GOOD, "utf-8")
    with pytest.raises(MissingFileError, match=r"Did you mean 'facilities.csv'\?"):
        read_table(tmp_path / "facilites.csv")


def test_a_cell_of_ten_thousand_characters_is_kept_and_cut_in_messages(tmp_path):
    long = "甲" * 10_000
    path = tmp_path / "a.csv"
    path.write_text(f"名称,经度,纬度,面积\n{long},113.1,22.1,{long}\n乙,{long},22.2,5\n", "utf-8")
    table = read_table(path, kind="facilities")
    assert table.frame["name"].iloc[0] == long
    assert all(len(text) < 300 for note in table.notes for text in note.text)
    assert len(table.frame["reason"].iloc[1]) < 100


def test_html_formulas_and_controls_in_a_name_are_kept_as_they_are(tmp_path):
    names = ["<script>alert(1)</script>", "=HYPERLINK(1)", "@x", "\x1b[31m红", 'a"b', "a\nb"]
    path = tmp_path / "a.csv"
    lines = [f'"{n.replace(chr(34), chr(34) * 2)}",113.{i},22.{i}' for i, n in enumerate(names, 1)]
    path.write_text("名称,经度,纬度\n" + "\n".join(lines) + "\n", "utf-8")
    table = read_table(path)
    assert list(table.frame["name"]) == names
    path.write_text("名称,经度,纬度,<b>\x1b[31m\n甲,x,22.1,1\n乙,113.1,22.1,2\n", "utf-8")
    for note in read_table(path).notes:
        assert (note.field + note.text.zh + note.text.en + note.overrule).isprintable()


def test_rows_too_long_or_too_short_lose_nothing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度\n甲,113.1,22.1,多,余\n乙,113.2\n丙,113.3,22.3\n", "utf-8")
    frame = read_table(path).frame
    assert list(frame["name"]) == ["甲", "乙", "丙"]
    assert frame.loc[0, ["column_4", "column_5"]].tolist() == ["多", "余"]
    assert list(frame["status"]) == ["ok", "no_coordinates", "ok"]


@pytest.mark.filterwarnings("ignore::RuntimeWarning:shapely")
def test_broken_geometry_is_kept_for_the_checks_and_a_bad_vertex_costs_its_row(tmp_path):
    bow = shapely.Polygon([(113, 22), (113.1, 22.1), (113.1, 22), (113, 22.1)])
    broken = shapely.LineString([(113, 22), (np.nan, 22.1)])
    shapes = [bow, broken, shapely.Point(113, 22), shapely.Point()]
    table = gpd.GeoDataFrame({"名称": list("甲乙丙丁")}, geometry=shapes, crs=4326)
    frame = read_table(table).frame
    assert not frame.geometry.iloc[0].is_valid
    assert list(frame["status"]) == ["ok", "bad_coordinates", "ok", "no_coordinates"]


def test_nothing_of_the_source_is_changed(tmp_path):
    path = tmp_path / "a.gpkg"
    gpkg(path)
    before = path.read_bytes()
    read_table(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.gpkg"]


@pytest.mark.parametrize("code", [3857, 4548, 4527, 4508, 32650])
def test_the_streets_tell_which_metres_they_are(tmp_path, code):
    to = pyproj.Transformer.from_crs(4326, code, always_xy=True)
    rows = zip("甲乙", *to.transform([118.10, 118.11], [24.48, 24.49]), strict=True)
    body = "".join(f"{name},{x:.3f},{y:.3f}\n" for name, x, y in rows)
    path = tmp_path / "a.csv"
    path.write_text(f"名称,X坐标,Y坐标\n{body}", encoding="utf-8")
    near = (118.0, 24.4, 118.2, 24.6)
    with pytest.raises(InputError, match='by the streets it may be datum = "') as refused:
        read_table(path, near=near)
    assert "与道路比对，可能是" in refused.value.line("zh")
    advised = refused.value.hint.en.split('"')[1::2]
    # A zone of UTM lies within a kilometre of that of Gauss-Krüger: both are named.
    places = [read_table(path, near=near, datum=one).frame.geometry for one in advised]
    right = [[118.10, 118.11], [24.48, 24.49]]
    assert any(np.allclose([at.x, at.y], right, rtol=0, atol=1e-6) for at in places)
    assert len(advised) <= 2

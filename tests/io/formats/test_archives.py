"""Geodatabases, also zipped, GPX of one kind of feature, and workbooks that a password locks."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import pyogrio
import pytest
import shapely

from livingcircle.city.inputs import Inputs
from livingcircle.errors import InputError
from livingcircle.io.table.read import read_table
from livingcircle.network.read import read_network


@pytest.fixture
def base(tmp_path):
    """A file geodatabase with one street."""
    line = shapely.LineString([(113, 23), (113.01, 23)])
    frame = gpd.GeoDataFrame({"name": ["路"]}, geometry=[line], crs=4326)
    pyogrio.write_dataframe(frame, tmp_path / "a.gdb", driver="OpenFileGDB", layer="streets")
    return tmp_path / "a.gdb"


def test_a_geodatabase_is_a_table_and_a_network(base):
    assert read_table(base).frame["name"].tolist() == ["路"]
    assert read_network(base).edge_count == 1


def test_so_it_is_in_a_zip(base):
    path = base.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in base.rglob("*"):
            archive.write(file, f"export/{base.name}/{file.name}")
    assert read_table(path).frame["name"].tolist() == ["路"]
    assert read_network(path).edge_count == 1


def test_a_geodatabase_is_among_the_inputs_and_a_change_is_seen(base):
    def digest() -> str | None:
        inputs = Inputs(base.parent / "city.toml")
        inputs.find("a.gdb", "network")
        (file,) = inputs.files
        assert file.source == "a.gdb"
        assert file.size
        return file.sha256

    before = digest()
    assert before == digest()
    (base / "more").write_bytes(b"x")
    assert before != digest()


@pytest.mark.parametrize("kind", ["waypoints", "tracks"])
def test_of_a_gpx_the_layer_that_holds_something_is_read(tmp_path, kind):
    shape = shapely.Point(113, 23)
    if kind == "tracks":
        shape = shapely.MultiLineString([[(113, 23), (113.01, 23)]])
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shape], crs=4326)
    pyogrio.write_dataframe(frame, tmp_path / "a.gpx", driver="GPX", layer=kind)
    if kind == "waypoints":
        assert read_table(tmp_path / "a.gpx").frame["name"].tolist() == ["a"]
    else:
        assert read_network(tmp_path / "a.gpx").edge_count == 1


def test_a_locked_workbook_is_called_locked(tmp_path):
    # The container of an old XLS (header and directory) with the stream that Excel writes.
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le")
    )
    with pytest.raises(InputError, match="locked by a password"):
        read_table(path)


def test_a_locked_zip_is_called_locked(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.shp", b"x")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag of a member that has a password
    path.write_bytes(content)
    with pytest.raises(InputError, match="the zip is locked by a password"):
        read_table(path)


def test_the_files_of_a_geodatabase_need_their_folder(base):
    path = base.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in base.rglob("*"):
            archive.write(file, file.name)
    with pytest.raises(InputError, match="without their folder"):
        read_table(path)


def test_a_gpx_of_nothing_is_empty(tmp_path):
    (tmp_path / "a.gpx").write_text(
        '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"></gpx>'
    )
    with pytest.raises(InputError, match="all layers of the file are empty"):
        read_table(tmp_path / "a.gpx")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "an archive"),
        ("a.7z", b"7z\xbc\xaf'\x1c\x00\x04", "an archive"),
        ("a.csv", b"Rar!\x1a\x07\x01\x00", "an archive"),
        ("a.dwg", b"AC1032\x00\x00", "a CAD drawing"),
        ("a.dxf", b"0\nSECTION\n", "a CAD drawing"),
    ],
)
def test_what_has_to_be_unpacked_or_exported_is_named(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    for read in (read_table, read_network):
        with pytest.raises(InputError, match=said):
            read(tmp_path / name)


@pytest.mark.parametrize("encoding", ["CP936", "UTF-8"])
@pytest.mark.parametrize("stated", [True, False])
def test_a_mapinfo_table_is_read_though_it_calls_its_text_neutral(tmp_path, encoding, stated):
    frame = gpd.GeoDataFrame(
        {"名称": ["甲中心", "乙中心"]},
        geometry=gpd.points_from_xy([113, 113.1], [23, 23]),
        crs=4326,
    )
    path = tmp_path / "a.tab"
    pyogrio.write_dataframe(
        frame, path, driver="MapInfo File", layer_options={"ENCODING": encoding}
    )
    if not stated:
        head = path.read_bytes()
        for name in (b"WindowsSimpChinese", b"UTF-8"):
            head = head.replace(name, b"Neutral")
        path.write_bytes(head)
    assert read_table(path).frame["name"].tolist() == ["甲中心", "乙中心"]

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

"""A system that a file names is followed or refused, and never taken for WGS 84 in silence."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from livingcircle.errors import InputError
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.io.table.read import read_points, read_table
from livingcircle.network.read import read_network

AT = (113.5, 30.25)


def name(text):
    return {"type": "name", "properties": {"name": text}}


def features(at, kind="Point"):
    ends = [at, [at[0] + 0.01, at[1]]]
    shape = {"type": kind, "coordinates": ends if kind == "LineString" else list(at)}
    # A property of that name is none of the file's business.
    own = {"type": "Feature", "properties": {"名称": "甲", "crs": name("x")}, "geometry": shape}
    return [own]


def write(path, crs, at=AT, kind="Point", behind=False):
    head, tail = ({}, {"crs": crs}) if behind else ({"crs": crs}, {})
    whole = {"type": "FeatureCollection"} | head | {"features": features(at, kind)} | tail
    path.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
    return path


UNKNOWN = [
    name("urn:ogc:def:crs:EPSG::999999"), name("本地独立坐标系"), {"type": "name"}, [1],
    {"type": "EPSG", "properties": {"code": 999999}},
    {"type": "link", "properties": {"href": "http://127.0.0.1/x"}},
    # Heights, and metres from the middle of the earth.
    name("EPSG:5773"), name("EPSG:4978"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("crs", UNKNOWN)
def test_a_system_of_no_known_name_is_refused_and_can_be_stated(tmp_path, crs, behind):
    path = write(tmp_path / "a.geojson", crs, behind=behind)
    streets = write(tmp_path / "b.geojson", crs, kind="LineString", behind=behind)
    for read in (
        lambda: read_table(path, kind="facilities"),
        lambda: read_points(path),
        lambda: read_network(streets, cache=False),
    ):
        with pytest.raises(InputError, match=r"geojson.*which is not known.*crs = .*datum = ") as e:
            read()
        assert len(e.value.line("zh").splitlines()) == 1
        assert "坐标系" in e.value.line("zh")
    assert read_table(path, datum="wgs84").frame.geometry.x[0] == AT[0]
    assert read_points(path, datum="wgs84").lon[0] == AT[0]
    assert read_network(streets, crs="EPSG:4490", cache=False).node_lonlat[0, 0] == AT[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("crs", "datum"),
    [("GCJ-02", "gcj02"), ("gcj02", "gcj02"), ("BD09", "bd09"), ("CGCS2000", "wgs84"),
     ("EPSG:4490", "wgs84"), ("WGS84", "wgs84"), ("urn:ogc:def:crs:OGC:1.3:CRS84", "wgs84"),
     ("", "wgs84"), ("WGS_1984", "wgs84"), ("WGS 1984", "wgs84"), ("wgs-84", "wgs84"),
     ("D_WGS_1984", "wgs84"), ("World Geodetic System 1984", "wgs84")],
)  # fmt: skip
def test_a_datum_that_is_named_is_followed(tmp_path, crs, datum):
    lon, lat = (float(v) for v in from_wgs84(*AT, datum))
    table = read_table(write(tmp_path / "a.geojson", name(crs), (lon, lat)), kind="facilities")
    assert table.frame.geometry.x[0] == pytest.approx(AT[0], abs=1e-7)
    assert (table.datum, table.datum_from) == (datum, "file")
    streets = write(tmp_path / "b.geojson", name(crs), (lon, lat), "LineString")
    assert read_network(streets, cache=False).node_lonlat[0] == pytest.approx(AT, abs=1e-7)


def test_a_name_that_gdal_does_not_know_and_proj_does(tmp_path):
    local = name("Beijing 1954 / 3-degree Gauss-Kruger CM 114E")
    path = write(tmp_path / "a.geojson", local, (451_900.0, 3_348_500.0))
    moved = read_table(path, kind="facilities")
    assert moved.frame.geometry.x[0] == pytest.approx(113.5, abs=0.01)
    assert moved.frame.geometry.y[0] == pytest.approx(30.25, abs=0.01)


def test_a_prj_that_nobody_understands(tmp_path):
    layer = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(AT)], crs=4326)
    path = tmp_path / "a.shp"
    layer.to_file(path)
    path.with_suffix(".prj").write_text('GARBAGE["某市坐标系"]', "utf-8")
    with pytest.raises(InputError, match=r"a\.shp.*GARBAGE.*not known.*State it"):
        read_table(path)
    shifted = (
        'GEOGCS["GCJ02",DATUM["D",SPHEROID["K",6378245,298.3]],PRIMEM["Greenwich",0],'
        'UNIT["Degree",0.0174532925199433]]'
    )
    path.with_suffix(".prj").write_text(shifted, "utf-8")
    table = read_table(path)
    assert (table.datum, table.datum_from) == ("gcj02", "file")
    path.with_suffix(".prj").write_text("", "utf-8")
    assert read_table(path).datum_from == "assumed"


def test_a_geopackage_without_a_system_is_asked_for_none(tmp_path):
    layer = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(AT)])
    with pytest.warns(UserWarning, match="crs"):
        layer.to_file(tmp_path / "a.gpkg")
    table = read_table(tmp_path / "a.gpkg")
    assert table.frame.geometry.x[0] == AT[0]
    assert table.datum_from == "assumed"

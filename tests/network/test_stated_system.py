"""The coordinate system of lines: what is stated wins, and metres of no system are refused."""

from __future__ import annotations

import gzip
import json

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from livingcircle.errors import LivingCircleError
from livingcircle.io.datum import from_wgs84
from livingcircle.network.read import read_network
from livingcircle.osm.objects import is_osm_file

LON, LAT = np.array([113.0, 113.01]), np.array([23.0, 23.002])
OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6"><node id="1" version="1" lat="23" lon="113"/>
<node id="2" version="1" lat="23" lon="113.01"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>"""


def bare(path, x, y):
    line = {"type": "LineString", "coordinates": np.column_stack([x, y]).tolist()}
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    return path


def ends(network):
    return network.node_lonlat[np.argsort(network.node_lonlat[:, 0])]


def test_metres_without_a_system_ask_for_crs_and_are_read_by_it(tmp_path):
    to = pyproj.Transformer.from_crs(4326, 4547, always_xy=True)
    path = bare(tmp_path / "a.geojson", *to.transform(LON, LAT))
    with pytest.raises(LivingCircleError, match=r"metres.*crs = ") as caught:
        read_network(path)
    assert caught.value.field == "crs"
    assert "坐标以米计" in caught.value.line("zh")
    network = read_network(path, crs="EPSG:4547")
    assert ends(network) == pytest.approx(np.column_stack([LON, LAT]), abs=1e-7)
    assert network.notes["system_stated"] == "EPSG:4547"
    by_datum = read_network(path, datum="cgcs2000-3:114")
    assert ends(by_datum) == pytest.approx(np.column_stack([LON, LAT]), abs=1e-7)


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "wgs84"])
def test_a_datum_is_undone(tmp_path, datum):
    path = bare(tmp_path / "a.geojson", *from_wgs84(LON, LAT, datum))
    network = read_network(path, datum=datum)
    assert ends(network) == pytest.approx(np.column_stack([LON, LAT]), abs=1e-8)


def test_what_is_stated_wins_over_the_file(tmp_path):
    to = pyproj.Transformer.from_crs(4326, 4547, always_xy=True)
    line = shapely.linestrings(np.column_stack(to.transform(LON, LAT)))
    path = tmp_path / "wrong.gpkg"
    gpd.GeoDataFrame(geometry=[line], crs=4549).to_file(path)
    assert ends(read_network(path))[0, 0] > 118
    network = read_network(path, crs="EPSG:4547")
    assert ends(network) == pytest.approx(np.column_stack([LON, LAT]), abs=1e-7)
    assert "120E" in str(network.notes["system_of_file"])


@pytest.mark.parametrize(
    "stated", [{"crs": "EPSG:999999"}, {"crs": "here"}, {"datum": "nowhere"}, {"crs": "EPSG:4547"}]
)
def test_what_cannot_be_is_refused(tmp_path, stated):
    path = bare(tmp_path / "a.geojson", LON, LAT)
    with pytest.raises(LivingCircleError):
        read_network(path, **stated)


@pytest.mark.parametrize("name", ["map.xml", "map.xml.gz"])
def test_openstreetmap_xml_by_its_head(tmp_path, name):
    data = OSM.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    network = read_network(tmp_path / name)
    assert network.notes["format"] == "OpenStreetMap"
    assert network.edge_count == 1
    with pytest.raises(LivingCircleError, match="format has its own"):
        read_network(tmp_path / name, crs="EPSG:4547")


def test_other_xml_is_none(tmp_path):
    (tmp_path / "a.xml").write_text("<kml/>", "utf-8")
    assert not is_osm_file(tmp_path / "a.xml")
    assert not is_osm_file(tmp_path / "absent.xml")

"""Conversions between datums, against published pairs, real roads and themselves."""

from __future__ import annotations

import json

import numpy as np
import osmium
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingcircle.errors import DatumError
from livingcircle.io.datum import convert as datum

GEOD = pyproj.Geod(ellps="WGS84")
SHIFTED = ("gcj02", "bd09")

# WGS 84, GCJ-02 (longitude, latitude): the tests of googollee/eviltransform (go/transform_test.go).
EVILTRANSFORM = [
    (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
]
# From the README of wandergis/coordtransform: 116.404, 39.915 in each direction.
COORDTRANSFORM_GCJ = (116.41024449916938, 39.91640428150164)
COORDTRANSFORM_BD = (116.41662724378733, 39.922699552216216)
# WGS 84, GCJ-02, BD-09, Web Mercator: eight of the cities in the fixtures of hujiulong/gcoord
# (test/fixtures/china-cities.json). They come from a map service, which is 0.7 m from the formula.
GCOORD = [
    ((114.0164322, 33.0133556), (114.022306, 33.0115324), (114.0287781, 33.0176697)),
    ((102.2658401, 27.8850446), (102.2673386, 27.8816151), (102.2738428, 27.8876621)),
    ((123.4253306, 41.8032629), (123.4314787, 41.8057023), (123.438095, 41.8114013)),
    ((118.6711365, 24.8770487), (118.6756787, 24.8741363), (118.6821251, 24.8804872)),
    ((92.0499619, 31.4784436), (92.0512438, 31.4762063), (92.0576832, 31.4824421)),
    ((98.4937175, 39.7319946), (98.4943595, 39.7328234), (98.5008441, 39.7388949)),
    ((116.0414035, 43.9312805), (116.0482308, 43.9334573), (116.0546232, 43.9397782)),
    ((114.6962648, 23.7463448), (114.7009627, 23.7436914), (114.7074093, 23.7498752)),
]
# The first of them in Web Mercator.
GCOORD_MERCATOR = (12692251.175, 3897076.83)


def metres(lon, lat, lon2, lat2):
    return GEOD.inv(*np.broadcast_arrays(lon, lat, lon2, lat2))[2]


@pytest.mark.parametrize(("lon", "lat", "gcj_lon", "gcj_lat"), EVILTRANSFORM)
def test_gcj02_is_that_of_eviltransform(lon, lat, gcj_lon, gcj_lat):
    assert datum.from_wgs84(lon, lat, "gcj02") == pytest.approx((gcj_lon, gcj_lat), abs=1e-11)
    assert datum.to_wgs84(gcj_lon, gcj_lat, "gcj02") == pytest.approx((lon, lat), abs=1e-11)


def test_gcj02_and_bd09_are_those_of_coordtransform():
    assert datum.from_wgs84(116.404, 39.915, "gcj02") == pytest.approx(
        COORDTRANSFORM_GCJ, abs=1e-11
    )
    assert datum.from_wgs84(116.404, 39.915, "bd09") == pytest.approx(COORDTRANSFORM_BD, abs=1e-11)
    assert datum.to_wgs84(*COORDTRANSFORM_BD, "bd09") == pytest.approx((116.404, 39.915), abs=1e-11)


@pytest.mark.parametrize(("wgs", "gcj", "bd"), GCOORD)
def test_cities_of_gcoord(wgs, gcj, bd):
    assert metres(*datum.to_wgs84(*gcj, "gcj02"), *wgs) < 1.0
    assert metres(*datum.to_wgs84(*bd, "bd09"), *wgs) < 1.0


def test_web_mercator():
    wgs = GCOORD[0][0]
    assert datum.from_wgs84(*wgs, "webmercator") == pytest.approx(GCOORD_MERCATOR, abs=0.001)
    assert datum.to_wgs84(*GCOORD_MERCATOR, "epsg:3857") == pytest.approx(wgs, abs=1e-8)


def test_bd09_of_gcoord():
    # hujiulong/gcoord test/unit/crs/BD09.spec.ts, whose inverse is not iterated: 0.1 m.
    assert datum.to_wgs84(123, 45, "bd09") == pytest.approx((122.98762210, 44.99171540), abs=1e-6)


@pytest.mark.parametrize("name", SHIFTED)
@settings(max_examples=200, deadline=None)
@given(lon=st.floats(72.004, 137.8347), lat=st.floats(0.8293, 55.8271))
def test_the_way_back_is_exact_all_over_china(name, lon, lat):
    back = datum.to_wgs84(*datum.from_wgs84(lon, lat, name), name)
    assert metres(*back, lon, lat) < 1e-5


@pytest.mark.parametrize("name", SHIFTED)
def test_a_grid_over_china_comes_back_to_a_micrometre(name):
    lon, lat = np.meshgrid(np.linspace(73, 136, 300), np.linspace(3, 54, 300))
    there = datum.from_wgs84(lon, lat, name)
    assert there[0].shape == lon.shape
    moved = metres(*there, lon, lat)
    assert moved.min() > 10
    assert moved.max() < 2500
    assert metres(*datum.to_wgs84(*there, name), lon, lat).max() < 1e-6


@pytest.mark.parametrize("name", SHIFTED)
@pytest.mark.parametrize(
    ("lon", "lat"), [(-15.43, 28.12), (139.69, 35.69), (2.35, 48.86), (116.4, -33.9), (0.0, 0.0)]
)
def test_outside_china_nothing_moves(name, lon, lat):
    for convert in (datum.to_wgs84, datum.from_wgs84):
        assert tuple(map(float, convert(lon, lat, name))) == (lon, lat)


@pytest.mark.parametrize("name", [*SHIFTED, "wgs84", "cgcs2000", "webmercator", "cgcs2000-3:114"])
def test_nan_passes_through_and_harms_nobody(name):
    lon, lat = datum.from_wgs84([113.5, np.nan, 113.6], [22.5, 22.6, np.nan], name)
    assert np.isfinite(lon[0])
    assert np.isfinite(lat[0])
    alone = datum.from_wgs84(113.5, 22.5, name)
    assert (lon[0], lat[0]) == pytest.approx((float(alone[0]), float(alone[1])), rel=1e-15)
    back = datum.to_wgs84(lon, lat, name)
    assert back[0][0] == pytest.approx(113.5, abs=1e-9)
    assert np.isnan(back[0][1]) or np.isnan(back[1][1])
    assert np.isnan(back[0][2]) or np.isnan(back[1][2])


def test_arguments_are_not_changed():
    lon, lat = np.array([113.5]), np.array([22.5])
    for name in ("wgs84", *SHIFTED):
        new = datum.to_wgs84(lon, lat, name)
        new[0][0] = 0.0
        assert lon[0] == 113.5


@pytest.mark.parametrize(
    ("name", "epsg"),
    [
        ("cgcs2000-3:114", 4547),  # 3-degree zones by central meridian
        ("cgcs2000-3:38", 4547),  # and by number
        ("CGCS2000-3:120", 4549),
        ("cgcs2000-6:117", 4509),
        ("cgcs2000-6:20", 4509),
    ],
)
def test_zones_are_those_of_epsg(name, epsg):
    meridian = float(datum.normal_name(name).split(":")[1])
    lon, lat = meridian + np.array([-1.2, 0.0, 0.7]), np.array([22.5, 30.0, 45.0])
    truth = pyproj.Transformer.from_crs(4490, epsg, always_xy=True).transform(lon, lat)
    x, y = datum.from_wgs84(lon, lat, name)
    assert x == pytest.approx(truth[0], abs=1e-3)
    assert y == pytest.approx(truth[1], abs=1e-3)
    assert datum.to_wgs84(x, y, f"EPSG:{epsg}")[0] == pytest.approx(lon, abs=1e-9)


def test_the_zone_number_before_an_easting():
    x, y = datum.from_wgs84(114.1, 22.6, "cgcs2000-3:114")
    # EPSG:4526 is zone 38 with its number in the easting.
    assert datum.to_wgs84(x + 38e6, y, "epsg:4526") == pytest.approx((114.1, 22.6), abs=1e-9)
    assert datum.to_wgs84(x + 38e6, y, "cgcs2000-3:114") == pytest.approx((114.1, 22.6), abs=1e-9)
    with pytest.raises(DatumError, match=r'zone 38.*State datum = "cgcs2000-3:114"'):
        datum.to_wgs84(x + 38e6, y, "cgcs2000-3:117")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("WGS-84", "wgs84"), ("GPS", "wgs84"), ("EPSG:4326", "wgs84"), ("GCJ-02", "gcj02"),
        ("gcj_02", "gcj02"), ("高德", "gcj02"), ("火星坐标系", "gcj02"), ("BD-09", "bd09"),
        ("百度坐标", "bd09"), ("bd09ll", "bd09"), ("CGCS2000", "cgcs2000"),
        ("epsg:4490", "cgcs2000"),
        ("国家2000", "cgcs2000"), ("epsg:4547", "epsg:4547"), ("Web Mercator", "epsg:3857"),
    ],
)  # fmt: skip
def test_names(written, name):
    assert datum.normal_name(written) == name


@pytest.mark.parametrize(
    "name", ["", "wgs48", "cgcs2000-3:115", "cgcs2000-6:114", "epsg:99999", "x" * 999]
)
def test_unknown_names_are_refused_with_the_mend(name):
    with pytest.raises(DatumError) as caught:
        datum.to_wgs84(113.0, 22.0, name)
    assert caught.value.field == "datum"
    assert caught.value.hint
    assert len(str(caught.value)) < 400


@pytest.mark.real
def test_4213_gcj02_roads_lie_on_their_wgs84_twins(real_data):
    """Panyu's roads in GCJ-02 against the same OSM nodes in WGS 84, from two other files."""
    folder = real_data / "panyu"
    roads = json.loads((folder / "osm_main_roads_gcj02.geojson").read_text("utf-8"))["features"]
    assert len(roads) == 4213
    ends = [
        (road["properties"][key], *road["geometry"]["coordinates"][at])
        for road in roads
        for at, key in ((0, "u"), (-1, "v"))
    ]
    graph = json.loads((folder / "osm_panyu_graph_utm49_v2.json").read_text("utf-8"))
    utm = {node["id"]: (node["x"], node["y"]) for node in graph["nodes"]}
    wanted = {node for node, *_ in ends}
    osm = {
        node.id: (node.location.lon, node.location.lat)
        for node in osmium.FileProcessor(folder / "panyu_mainroads_2026.osm.pbf", osmium.osm.NODE)
        if node.id in wanted
    }
    back = pyproj.Transformer.from_crs(32649, 4326, always_xy=True)
    for twins in (osm, {n: back.transform(*utm[n]) for n in wanted if n in utm}):
        both = [(x, y, *twins[n]) for n, x, y in ends if n in twins]
        assert len(both) > 0.99 * len(ends)
        x, y, lon, lat = np.array(both).T
        assert metres(x, y, lon, lat).mean() > 600
        assert metres(*datum.to_wgs84(x, y, "gcj02"), lon, lat).max() < 0.001
        assert metres(*datum.from_wgs84(lon, lat, "gcj02"), x, y).max() < 0.001
        bd = datum.from_wgs84(lon, lat, "bd09")
        assert metres(*datum.to_wgs84(*bd, "bd09"), lon, lat).max() < 1e-6

"""Networks that make no sense are refused in one line that names the file, whoever reads them."""

from __future__ import annotations

import json
import math

import pytest

from livingcircle.errors import LivingCircleError
from livingcircle.network.read import read_network


def geojson(*lines: object, crs: str | None = None, kind: str = "LineString") -> str:
    found = [
        {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": line}}
        for line in lines
    ]
    whole: dict[str, object] = {"type": "FeatureCollection", "features": found}
    if crs:
        whole["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(whole)


def graphml(
    x: object = 113, y: object = 23, length: object = None, wkt: str = "", crs: str = "epsg:4326"
) -> str:
    told = f'<data key="l">{length}</data>' if length is not None else ""
    told += f'<data key="g">{wkt}</data>' if wkt else ""
    return f"""<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="c" for="graph" attr.name="crs" attr.type="string"/>
<key id="x" for="node" attr.name="x" attr.type="string"/>
<key id="y" for="node" attr.name="y" attr.type="string"/>
<key id="l" for="edge" attr.name="length" attr.type="string"/>
<key id="g" for="edge" attr.name="geometry" attr.type="string"/>
<graph edgedefault="directed"><data key="c">{crs}</data>
<node id="1"><data key="x">{x}</data><data key="y">{y}</data></node>
<node id="2"><data key="x">113.01</data><data key="y">23</data></node>
<edge source="1" target="2">{told}</edge></graph></graphml>"""


def osm(lat: object) -> str:
    return f"""<osm version="0.6"><node id="1" version="1" lat="{lat}" lon="113"/>
<node id="2" version="1" lat="23" lon="113.01"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>"""


CASES = {
    "latitude of 95": ("a.geojson", geojson([[113, 95], [113, 96]])),
    "longitude of 500": ("a.geojson", geojson([[500, 23], [500.1, 23]])),
    "metres without a system": ("a.geojson", geojson([[500000, 2500000], [500100, 2500000]])),
    "endless": ("a.geojson", geojson([[1e308, 23], [113, 23]])),
    "no number": ("a.geojson", geojson([[math.nan, 23], [113, 23]])),
    "one place": ("a.geojson", geojson([[113, 23], [113, 23]])),
    "points": ("a.geojson", geojson([113, 23], kind="Point")),
    "areas": ("a.geojson", geojson([[[113, 23], [114, 23], [114, 24], [113, 23]]], kind="Polygon")),
    "a line of one point": ("a.geojson", geojson([[113, 23]])),
    "a table": ("a.csv", "name,lon,lat\na,113,23\n"),
    "graph at 95": ("a.graphml", graphml(y=95)),
    "graph at 1e308": ("a.graphml", graphml(x=1e308)),
    "graph at nan": ("a.graphml", graphml(x="nan")),
    "graph at text": ("a.graphml", graphml(x="here")),
    "bad wkt": ("a.graphml", graphml(wkt="LINESTRING(113 23")),
    "wkt of a point": ("a.graphml", graphml(wkt="POINT(113 23)")),
    "unknown system": ("a.graphml", graphml(crs="epsg:999999")),
    "no system at all": ("a.graphml", graphml(crs="nonsense")),
    "length of 1e300": ("a.graphml", graphml(length=1e300)),
    "osm at 999": ("a.osm", osm(999)),
    "osm at nan": ("a.osm", osm("nan")),
    "osm at text": ("a.osm", osm("x")),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_in_one_line(tmp_path, case):
    name, text = CASES[case]
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(LivingCircleError) as caught:
        read_network(path)
    line = caught.value.line()
    assert name in line
    assert "\n" not in line


@pytest.mark.parametrize("name", ["x" * 300 + ".geojson", "x" * 300 + ".osm.pbf", "a\0b.geojson"])
def test_a_name_that_no_file_can_have(tmp_path, name):
    with pytest.raises(LivingCircleError):
        read_network(tmp_path / name)


def test_sound_ones_pass(tmp_path):
    for name, text in (
        ("a.geojson", geojson([[113, 23], [113.01, 23]])),
        ("a.graphml", graphml(length=1100, wkt="LINESTRING(113 23,113.01 23)")),
        ("a.osm", osm(23.01)),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        assert read_network(tmp_path / name).edge_count == 1

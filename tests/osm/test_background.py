"""What lies on the ground is read from the extract by kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from livingcircle.osm.background import background_kinds
from livingcircle.osm.surroundings import read_surroundings

OSM = """<osm version="0.6">
<node id="1" lat="22.000" lon="113.000" version="1"/><node id="2" lat="22.000" lon="113.002" version="1"/>
<node id="3" lat="22.002" lon="113.002" version="1"/><node id="4" lat="22.002" lon="113.000" version="1"/>
<node id="5" lat="22.001" lon="113.001" version="1"><tag k="railway" v="station"/><tag k="name" v="南站"/></node>
<node id="6" lat="22.001" lon="113.0015" version="1"><tag k="place" v="suburb"/></node>
<way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="leisure" v="park"/><tag k="name" v="中山公园"/></way>
<way id="11" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="building" v="yes"/></way>
<way id="12" version="1"><nd ref="1"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="name" v="大道"/></way>
<way id="13" version="1"><nd ref="2"/><nd ref="4"/><tag k="railway" v="rail"/><tag k="tunnel" v="yes"/></way>
<way id="14" version="1"><nd ref="2"/><nd ref="4"/><tag k="highway" v="footway"/></way>
</osm>"""  # noqa: E501


def test_each_kind_keeps_its_shape_and_names_stand_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    path.write_text(OSM, encoding="utf-8")
    found = read_surroundings(path).background
    kinds = found.groupby("kind")["name"].apply(list).to_dict()
    # The suburb without a name, the tunnel and the footway are not shown.
    assert kinds == {
        "green": ["中山公园"],
        "building": [None],
        "main": ["大道"],
        "station": ["南站"],
        "park": ["中山公园"],
    }
    shapes = dict(zip(found["kind"], found.geometry.geom_type, strict=True))
    assert shapes["green"] in ("Polygon", "MultiPolygon")
    assert shapes["main"] == "LineString"
    assert shapes["park"] == shapes["station"] == "Point"


def test_every_kind_is_understood() -> None:
    assert {kind.shape for kind in background_kinds().values()} == {"area", "line", "name"}


def coastal(*coasts: str) -> str:
    """Return a town of four streets, a kilometre wide, with coastlines."""
    lines = [f"22.00{k} 113.001,22.00{k} 113.009" for k in (2, 4, 6, 8)]
    tags = ["highway v='primary'"] * len(lines) + ["natural v='coastline'"] * len(coasts)
    nodes, ways = "", ""
    for w, (line, tag) in enumerate(zip([*lines, *coasts], tags, strict=True)):
        refs = ""
        for k, at in enumerate(line.split(",")):
            lat, lon = at.split()
            nodes += f"<node id='{10 * w + k + 1}' lat='{lat}' lon='{lon}' version='1'/>"
            refs += f"<nd ref='{10 * w + k + 1}'/>"
        ways += f"<way id='{w + 100}' version='1'>{refs}<tag k={tag[: tag.index(' ')]!r}"
        ways += f"{tag[tag.index(' ') :]}/></way>"
    return f"<osm version='0.6'>{nodes}{ways}</osm>"


@pytest.mark.parametrize(
    ("coast", "sea"),
    [
        # Eastwards along the southern edge: the water is at the right, south of the town.
        ("22.000 112.990,22.000 113.020", True),
        # Westwards: all the town would be under water.
        ("22.000 113.020,22.000 112.990", False),
        # A stray piece of 50 m in the middle, which has three of the four streets at its right.
        ("22.007 113.0050,22.007 113.0055", False),
    ],
)
def test_a_sea_that_has_the_town_in_it_is_not_drawn(tmp_path: Path, coast: str, sea: bool) -> None:
    path = tmp_path / "town.osm"
    path.write_text(coastal(coast), encoding="utf-8")
    kinds = read_surroundings(path).background["kind"].value_counts().to_dict()
    assert kinds == {"main": 4} | ({"water": 1} if sea else {})

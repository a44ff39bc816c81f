"""One reading of an extract gives what two gave: barriers, and the ground below a map."""

from __future__ import annotations

from pathlib import Path

import pytest
from geopandas.testing import assert_geodataframe_equal

from livingcircle.osm import objects, surroundings
from livingcircle.osm.background import background_kinds, background_of
from livingcircle.osm.barriers import barrier_kinds, barriers_of

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample" / "walk.osm.pbf"
# A pool is no barrier; a school in a fence is a barrier of two kinds, and a name on the map; a
# node of a wall is no barrier; a river is both a barrier and a line of the ground.
TOWN = """<osm version="0.6">
<node id="1" lat="22.000" lon="113.000"/><node id="2" lat="22.000" lon="113.002"/>
<node id="3" lat="22.002" lon="113.002"/><node id="4" lat="22.002" lon="113.000"/>
<node id="5" lat="22.001" lon="113.001"><tag k="barrier" v="wall"/></node>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
  <tag k="amenity" v="school"/><tag k="barrier" v="fence"/><tag k="name" v="一中"/></way>
<way id="11"><nd ref="1"/><nd ref="3"/><tag k="waterway" v="river"/><tag k="name" v="前山河"/></way>
<way id="12"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
  <tag k="natural" v="water"/><tag k="water" v="pool"/></way>
</osm>"""


def town(folder: Path) -> Path:
    path = folder / "town.osm"
    path.write_text(TOWN, encoding="utf-8")
    return path


@pytest.mark.parametrize("made", [True, False], ids=["town", "sample"])
def test_one_reading_gives_what_two_gave(tmp_path: Path, made: bool) -> None:
    path = town(tmp_path) if made else SAMPLE
    both = surroundings.read_surroundings(path)
    assert both.background is not None
    barrier = {key: kind.filters for key, kind in barrier_kinds().items()}
    shut = barriers_of(objects.read_objects(path, barrier, nodes=False, lines=True))
    assert_geodataframe_equal(both.barriers, shut, check_dtype=False)
    ground = {key: kind.filters for key, kind in background_kinds().items()}
    below = background_of(objects.read_objects(path, ground, lines=True))
    assert_geodataframe_equal(both.background, below, check_dtype=False)
    assert len(both.barriers) > 0
    assert len(both.background) > 0


def test_the_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*args: object, **more: object) -> object:
        calls.append(args)
        return objects.read_objects(*args, **more)

    monkeypatch.setattr(surroundings, "read_objects", counted)
    found = surroundings.read_surroundings(town(tmp_path))
    told = set(zip(found.barriers["kind"], found.barriers["name"], strict=True))
    assert told == {("compound", "一中"), ("water", "前山河")}
    assert len(calls) == 1


def test_an_extract_without_any_of_it_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.osm"
    path.write_text('<osm version="0.6"><node id="1" lat="22" lon="113"/></osm>', encoding="utf-8")
    found = surroundings.read_surroundings(path)
    assert found.background is not None
    assert (len(found.barriers), len(found.background)) == (0, 0)

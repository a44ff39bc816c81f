"""Ways as osmium writes them are those that osmium gives one by one."""

import tempfile
from pathlib import Path

import numpy as np
import osmium
from hypothesis import given
from hypothesis import strategies as st

from livingcircle.osm.edits import UNDEFINED
from livingcircle.osm.way_texts import read_way_texts, tags_of

EDITED = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
<node id="-1" lat="1" lon="1"/>
<node id="2" lat="1.0000101" lon="-179.9999999"/>
<node id="3" lat="-1.001" lon="1.001"/>
<way id="10"><nd ref="-1"/><nd ref="2"/><tag k="highway" v="path"/><tag k="name" v="x"/></way>
<way id="11" visible="false"><nd ref="2"/><nd ref="3"/><tag k="highway" v="path"/></way>
<way id="-12"><nd ref="2"/><nd ref="3"/><nd ref="99"/><nd ref="2"/><tag k="highway" v="path"/></way>
<way id="13"><tag k="highway" v="path"/></way>
<way id="14"><nd ref="2"/><tag k="landuse" v="forest"/></way>
</osm>"""


def one_by_one(path):
    """Ways with a highway tag: id, tags, and id, x and y of their nodes."""
    ways = osmium.FileProcessor(path, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    return [
        (w.id, dict(w.tags), [(n.ref, n.location.x, n.location.y) for n in w.nodes], w.is_closed())
        for w in ways
        if w.is_way() and w.visible and "highway" in w.tags
    ]


def of_texts(path):
    texts, _ = read_way_texts(Path(path), osmium.filter.KeyFilter("highway"))
    parts = np.split(texts.node, texts.start[1:-1])
    return [
        (way, tags_of(text), [tuple(row) for row in part.tolist()], closed)
        for way, text, part, closed in zip(
            texts.way_id, texts.tags, parts, texts.closed.tolist(), strict=True
        )
    ]


def test_deleted_ways_missing_nodes_and_ways_without_any(tmp_path):
    path = tmp_path / "edited.osm"
    path.write_text(EDITED, encoding="utf-8")
    found = of_texts(path)
    assert [way for way, *_ in found] == [10, -12, 13]
    assert [closed for *_, closed in found] == [False, True, False]
    assert found[1][2][2] == (99, UNDEFINED, UNDEFINED)
    assert found[1][2][0] == (2, -1799999999, 10000101)
    # osmium says that a way without nodes is closed; here it is not.
    assert [row[:3] for row in found] == [row[:3] for row in one_by_one(str(path))]


def test_keys_that_are_passed_over(tmp_path):
    path = tmp_path / "named.osm"
    tags = {"note, T": "T,name=z", "name": "a,name=b", "x:name": "T", "highway": "path"}
    given = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    path.write_text(f'<osm version="0.6"><way id="1">{given}</way></osm>', encoding="utf-8")
    wanted = osmium.filter.KeyFilter("highway")
    texts, _ = read_way_texts(path, wanted, ("name", "highw"))
    assert [tags_of(text) for text in texts.tags] == [
        {"note, T": "T,name=z", "x:name": "T"},
    ]


# osmium cuts the numbers of signs for private use from U+100000 on.
SIGNS = st.characters(max_codepoint=0xFFFFF, exclude_categories=["Cs"], exclude_characters="\0")
WORDS = st.text(SIGNS, max_size=20)


@given(tags=st.dictionaries(WORDS.filter(bool), WORDS, max_size=5))
def test_any_signs_in_tags(tags):
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "any.osm.pbf")
        writer = osmium.SimpleWriter(path)
        way = osmium.osm.mutable.Way(id=7, nodes=[1, 2], tags={**tags, "highway": "path"})
        writer.add_way(way)
        writer.close()
        assert of_texts(path) == one_by_one(path)

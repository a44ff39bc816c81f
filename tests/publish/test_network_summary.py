"""What ``check`` says of a network: what is shut, private or not joined, and what overrules it."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from builders.drawing import PLAN, write_lines, write_osm
from livingcircle.localized import LocalizedText
from livingcircle.network.read import read_network
from livingcircle.network.rolling import rolling_notes
from livingcircle.network.snap import anchor
from livingcircle.publish.text.network_summary import (
    compromise_lines,
    network_lines,
    rolling_lines,
)
from livingcircle.vocab.walkers import walker

STREET = {"highway": "residential"}
HOMES = LocalizedText("居民点", "demand points")


def test_a_compound_is_told_in_both_languages(tmp_path):
    path = write_osm(
        tmp_path / "town.osm",
        [
            (STREET, [(0, 0), (400, 0)]),
            (STREET | {"access": "private"}, [(200, 0), (200, 200)]),
            (STREET, [(300, -100), (300, 100)]),
            ({"barrier": "wall"}, [(250, 50), (350, 50)]),
            ({"highway": "motorway"}, [(0, 500), (400, 500)]),
        ],
    )
    network = read_network(path)
    en, zh = "\n".join(network_lines(network, "en")), "\n".join(network_lines(network, "zh"))
    assert "private streets, for those who live or go there: 1" in en
    assert '[network] private = "open" | "closed"' in en
    assert "places shut to those who pass: wall 1" in en
    assert "ways not for walking: " in en
    assert "motorway" in en
    assert "不能穿行之处（门、墙）：围墙 1" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)


def test_barriers_have_their_chinese_names_beside_the_tag(tmp_path):
    kinds = ["fence", "hedge", "city_wall", "retaining_wall", "ditch"]
    lines = [({"barrier": k}, [(50, 50 + 9 * i), (80, 50 + 9 * i)]) for i, k in enumerate(kinds)]
    network = read_network(write_osm(tmp_path / "b.osm", [(STREET, [(0, 0), (400, 0)]), *lines]))
    (line,) = [one for one in network_lines(network, "zh") if "步行不能越过的屏障" in one]
    for kind, name in zip(kinds, ["围栏", "绿篱", "城墙", "挡土墙", "沟渠"], strict=True):
        assert f"{name}（{kind}）1" in line


def test_doors_behind_a_wall_are_counted(tmp_path):
    ring = [(150, 50), (250, 50), (250, 150), (150, 150), (150, 50)]
    path = write_osm(
        tmp_path / "wall.osm", [(STREET, [(0, 0), (400, 0)]), ({"barrier": "wall"}, ring)]
    )
    network = read_network(path)
    lon, lat = np.array([PLAN.at(200, 100), PLAN.at(210, 90), PLAN.at(20, 5)]).T
    met = anchor(network, lon, lat)
    assert met.compromise.tolist() == [2, 2, 0]
    (line,) = compromise_lines(met, HOMES, "en")
    assert "demand points: every way to a street leads across a wall: 2" in line
    assert "居民点：须越过围墙才能接到道路：2" in compromise_lines(met, HOMES, "zh")[0]


def test_ends_in_the_middle_of_lines_are_told_with_the_mend(tmp_path):
    write_lines(
        tmp_path / "streets.geojson",
        [PLAN.line((0, 0), (100, 0), (200, 0)), PLAN.line((100, 0), (100, 90))],
    )
    network = read_network(tmp_path / "streets.geojson")
    (line,) = network_lines(network, "en")
    assert "vertices that lines of one level share, not joined: 1" in line
    assert "[network] node = true" in line
    joined = network_lines(read_network(tmp_path / "streets.geojson", node=True), "en")
    assert len(joined) == 1
    assert "joined at vertices that lines share: 1" in joined[0]


def test_what_is_opened_and_is_not_there_is_told(tmp_path):
    wall = ({"barrier": "wall"}, [(50, -50), (50, 50)])
    path = write_osm(tmp_path / "town.osm", [(STREET, [(0, 0), (100, 0)]), wall])
    network = read_network(path, opened=["way/1", "node/1", "way/2", "way/99", "node/88"])
    assert network.notes["opened_not_found"] == ["node/88", "way/99"]
    (line,) = network_lines(network, "en")
    assert "objects stated as open that the network does not hold: node/88, way/99" in line
    assert "路网中没有的对象：node/88、way/99" in network_lines(network, "zh")[0]


def told_ways(rows):
    """Streets of 100 m one after the other, each with tags of its own."""
    return [
        ({"highway": "footway"} | tags, [(100 * k, 0), (100 * (k + 1), 0)])
        for k, tags in enumerate(rows)
    ]


TOLD = [
    {},
    {"width": "3"},
    {"width": "80 cm", "kerb": "lowered"},
    {"kerb": "yes", "incline": "up", "ramp": "yes", "wheelchair": "unknown"},
    {"incline": "-5%"},
    {"highway": "steps", "ramp:wheelchair": "no"},
    {"wheelchair": "limited"},
    {"stroller": "yes"},
]


def test_tags_for_wheels_are_counted_by_way_and_metre(tmp_path):
    at_node = {(100, 0): {"kerb": "flush"}, (200, 0): {"kerb": "yes"}, (5000, 0): {"kerb": "no"}}
    path = write_osm(tmp_path / "told.osm", told_ways(TOLD), nodes=at_node)
    network = read_network(path)
    told = network.notes["rolling"]
    ways = {name: told[f"{name}_ways"] for name in ("kerb", "width", "incline", "ramp")}
    assert ways == {"kerb": 1, "width": 2, "incline": 1, "ramp": 1}
    assert (told["wheelchair_ways"], told["any_ways"], told["kerb_nodes"]) == (2, 6, 1)
    assert told["width_m"] == pytest.approx(200, abs=2)
    assert told["all_m"] == round(network.edge_length_m.sum())
    text = "\n".join(rolling_lines(network, "en"))
    assert "height of a kerb: 1 ways, 100 m; 1 nodes" in text
    assert "on 25 % of the metres there is no such tag: unknown" in text
    assert "路网长度的 25% 没有任何这类标签：属未知" in "\n".join(rolling_lines(network, "zh"))


def test_lines_tell_the_same_as_openstreetmap(tmp_path):
    keys = sorted({key for row in TOLD for key in row})
    rows = [{key.replace(":", "_"): row.get(key) for key in keys} for row in TOLD]
    lines = [LineString(PLAN.line((100 * k, 0), (100 * (k + 1), 0))) for k in range(len(TOLD))]
    table = gpd.GeoDataFrame(rows, geometry=lines, crs=4326)
    table["highway"] = table["highway"].fillna("footway")
    told = read_network(table).notes["rolling"]
    path = write_osm(tmp_path / "told.osm", told_ways(TOLD))
    assert told == read_network(path).notes["rolling"]


def test_without_tags_all_is_unknown_and_nothing_is_said_to_be_passable(tmp_path):
    path = write_osm(tmp_path / "bare.osm", told_ways([{}, {"kerb": "yes"}]))
    text = "\n".join(rolling_lines(read_network(path), "en"))
    assert "on 100 % of the metres there is no such tag: unknown, and not known to be" in text
    (said,) = rolling_notes(read_network(path), walker("wheelchair"))
    assert "no way of the network tells" in said.en
    assert "unknown" in said.en
    assert not rolling_notes(read_network(path), walker("adult"))


def test_what_is_open_at_times_is_told(tmp_path):
    rows = [{}, {"opening_hours": "06:00-22:00"}, {"access:conditional": "no @ winter"}]
    gate = {(100, 0): {"barrier": "gate", "opening_hours": "06:00-22:00"}}
    path = write_osm(tmp_path / "timed.osm", told_ways(rows), nodes=gate)
    text = "\n".join(network_lines(read_network(path), "en"))
    assert "gates with opening hours: 1\n" in text
    assert "edges with opening hours: 2, of which 1 are not understood" in text

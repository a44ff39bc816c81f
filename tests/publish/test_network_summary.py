"""What ``check`` says of a network: what is shut, private or not joined, and what overrules it."""

from __future__ import annotations

import re

import numpy as np

from builders.drawing import PLAN, write_lines, write_osm
from livingcircle.localized import LocalizedText
from livingcircle.network.read import read_network
from livingcircle.network.snap import anchor
from livingcircle.publish.text.network_summary import compromise_lines, network_lines

STREET = {"highway": "residential"}
HOMES = LocalizedText("需求点", "demand points")


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
    assert "需求点：须越过围墙才能接到道路：2" in compromise_lines(met, HOMES, "zh")[0]


def test_ends_in_the_middle_of_lines_are_told_with_the_mend(tmp_path):
    write_lines(
        tmp_path / "streets.geojson",
        [PLAN.line((0, 0), (100, 0), (200, 0)), PLAN.line((100, 0), (100, 90))],
    )
    network = read_network(tmp_path / "streets.geojson")
    (line,) = network_lines(network, "en")
    assert "ends in the middle of other lines, not joined: 1" in line
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

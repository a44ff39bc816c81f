"""Every kind of source gives the same network, and only ways that may be walked."""

from __future__ import annotations

import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas import GeoDataFrame
from pyproj import Geod

from livingcircle.errors import InputError, MissingFileError
from livingcircle.network.from_graph import network_from_graph
from livingcircle.network.lines import network_from_lines
from livingcircle.network.read import read_network

GEOD = Geod(ellps="WGS84")


def osm_file(path, nodes, ways):
    """Write an OSM XML file; ways are (node ids, tags)."""
    lines = ['<?xml version="1.0"?><osm version="0.6" generator="test">']
    lines += [
        f'<node id="{i}" version="1" lon="{lon:.7f}" lat="{lat:.7f}"/>'
        for i, (lon, lat) in nodes.items()
    ]
    for number, (refs, tags) in enumerate(ways, start=1):
        refs = "".join(f'<nd ref="{r}"/>' for r in refs)
        tags = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        lines.append(f'<way id="{number}" version="1">{refs}{tags}</way>')
    path.write_text("".join(lines) + "</osm>", encoding="utf-8")
    return path


NODES = {i: (113.0 + 0.001 * i, 23.0) for i in range(1, 8)} | {
    11: (113.003, 23.001),
    12: (113.003, 22.999),
}
STREET = {"highway": "residential"}


def test_a_chain_is_one_edge_with_its_full_geometry(tmp_path):
    bent = {1: (113.0, 23.0), 2: (113.001, 23.001), 3: (113.002, 23.0)}
    network = read_network(osm_file(tmp_path / "a.osm", bent, [([1, 2], STREET), ([2, 3], STREET)]))
    assert (network.node_count, network.edge_count) == (2, 1)
    assert sorted(network.node_id) == [1, 3]
    along = GEOD.line_length([113.0, 113.001, 113.002], [23.0, 23.001, 23.0])
    assert network.edge_length_m[0] == pytest.approx(along, abs=1e-9)
    assert len(network.coords) == 3


def test_ways_join_only_where_they_share_a_node(tmp_path):
    # Ways 3-11 and 3-12 share node 3 with the street; 21-22 crosses it without a shared node.
    nodes = NODES | {21: (113.004, 23.001), 22: (113.004, 22.999)}
    ways = [([1, 2, 3, 4, 5], STREET), ([11, 3, 12], STREET), ([21, 22], STREET)]
    network = read_network(osm_file(tmp_path / "a.osm", nodes, ways))
    assert network.edge_count == 5
    assert sorted(np.bincount(network.piece)) == [2, 5]


def test_a_lone_ring_and_a_lollipop_are_loops(tmp_path):
    square = {i: (113.0 + 0.001 * (i % 2), 23.0 + 0.001 * (i // 2)) for i in range(4)}
    nodes = {i + 1: xy for i, xy in square.items()} | {9: (112.999, 23.0)}
    ring = osm_file(tmp_path / "ring.osm", nodes, [([1, 2, 4, 3, 1], STREET)])
    network = read_network(ring)
    assert (network.node_count, network.edge_count) == (1, 1)
    assert network.edge_u[0] == network.edge_v[0]
    stick = osm_file(tmp_path / "l.osm", nodes, [([1, 2, 4, 3, 1], STREET), ([9, 1], STREET)])
    network = read_network(stick)
    assert (network.node_count, network.edge_count) == (2, 2)
    assert (network.edge_u == network.edge_v).sum() == 1


def test_one_way_ways_and_shared_segments_count_once(tmp_path):
    ways = [([1, 2, 3], STREET | {"oneway": "yes"}), ([3, 2, 1], STREET)]
    network = read_network(osm_file(tmp_path / "a.osm", NODES, ways))
    assert network.edge_count == 1


def test_tags_that_differ_end_an_edge_and_are_kept(tmp_path):
    ways = [
        ([1, 2], STREET),
        ([2, 3], {"highway": "steps"}),
        ([3, 4], {"highway": "footway", "bridge": "yes", "layer": "1"}),
        ([4, 5], {"highway": "footway", "tunnel": "yes", "layer": "-1"}),
        ([5, 6], {"highway": "footway", "footway": "crossing"}),
    ]
    network = read_network(osm_file(tmp_path / "a.osm", NODES, ways))
    order = np.argsort(network.coords[network.edge_start[:-1], 0])
    tags = network.tags
    assert network.edge_count == 5
    assert list(tags.stairs[order]) == [False, True, False, False, False]
    assert list(tags.bridge[order]) == [False, False, True, False, False]
    assert list(tags.tunnel[order]) == [False, False, False, True, False]
    assert list(tags.crossing[order]) == [False, False, False, False, True]
    assert list(tags.layer[order]) == [0, 0, 1, -1, 0]
    assert list(tags.residential[order]) == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("tags", "walkable"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "footway"}, True),
        ({"highway": "service", "service": "alley"}, True),
        ({"highway": "residential", "oneway": "yes"}, True),
        ({"highway": "service", "access": "private", "foot": "yes"}, True),
        ({"highway": "service", "access": "no", "foot": "designated"}, True),
        ({"highway": "service", "access": "private", "foot": "permissive"}, True),
        ({"highway": "service", "access": "private"}, True),  # for those who live there
        ({"highway": "path", "access": "no"}, False),
        ({"highway": "path", "access": "military"}, False),
        ({"highway": "path", "access": "employees"}, False),
        ({"highway": "path", "access": "permit"}, False),
        ({"highway": "path", "access": "permit", "foot": "yes"}, True),
        ({"highway": "path", "access": "no", "foot": "customers"}, True),
        ({"highway": "service", "access": "no", "foot": "destination"}, True),
        ({"highway": "path", "foot": "private"}, False),
        ({"highway": "primary", "foot": "use_sidepath"}, False),
        ({"highway": "trunk", "motorroad": "yes"}, False),
        ({"highway": "trunk", "motorroad": "yes", "foot": "yes"}, True),
        ({"highway": "busway"}, False),
        ({"highway": "busway", "foot": "yes"}, True),
        ({"highway": "motorway", "foot": "yes"}, True),
        ({"highway": "cycleway", "foot": "designated"}, True),
        ({"highway": "cycleway", "foot": "yes"}, True),
        ({"highway": "cycleway", "foot": "no"}, False),
        ({"highway": "platform"}, True),
        ({"railway": "platform"}, True),
        ({"public_transport": "platform", "foot": "no"}, False),
        ({"man_made": "pier"}, True),
        ({"highway": "primary", "sidewalk:left": "separate", "sidewalk:right": "yes"}, True),
        ({"highway": "primary", "sidewalk:left": "separate", "sidewalk:right": "no"}, False),
        ({"highway": "primary", "sidewalk:both": "separate"}, False),
        ({"highway": "primary", "foot": "no"}, False),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway_link"}, False),
        ({"highway": "cycleway"}, False),
        ({"highway": "construction"}, False),
        ({"highway": "pedestrian", "area": "yes"}, False),
        ({"highway": "service", "service": "private"}, False),
        ({"highway": "primary", "sidewalk": "separate"}, False),
        ({"railway": "rail"}, False),
        ({"highway": "track", "access": "forestry"}, False),
        ({"highway": "track", "access": "agricultural;forestry"}, False),
        ({"highway": "track", "access": "forestry", "foot": "yes"}, True),
        ({"highway": "service", "access": "delivery"}, False),
        ({"highway": "service", "access": "delivery;customers"}, True),
        ({"highway": "cycleway", "foot": "yes;designated"}, True),
        ({"highway": "path", "foot": "no;private"}, False),
        ({"highway": "via_ferrata"}, False),
        ({"place": "square"}, False),  # an outline that the extract cut
    ],
)
def test_the_walkable_filter(tmp_path, tags, walkable):
    ways = [([1, 2], STREET), ([11, 12], tags)]
    network = read_network(osm_file(tmp_path / "a.osm", NODES, ways))
    assert network.edge_count == 1 + walkable
    if not walkable and tags != {"railway": "rail"}:
        assert sum(network.notes["ways_left_out"].values()) == 1


def test_lines_read_access_as_ways_do():
    tags = [
        ("track", "forestry", None),
        ("track", "agricultural;forestry", None),
        ("track", "forestry", "yes;designated"),
        ("cycleway", None, "yes;designated"),
        ("path", None, "no;private"),
        ("path", "delivery;customers", None),
        ("residential", None, None),
    ]
    lines = GeoDataFrame(
        pd.DataFrame(tags, columns=["highway", "access", "foot"]),
        geometry=[
            shapely.LineString([(113.5, 22 + k), (113.501, 22 + k)]) for k in range(len(tags))
        ],
        crs=4326,
    )
    lats = read_network(lines).node_lonlat[:, 1]
    assert sorted(set(lats - 22)) == [2, 3, 5, 6]


def test_the_drive_filter_and_its_speeds(tmp_path):
    ways = [
        ([1, 2], {"highway": "primary", "maxspeed": "72"}),
        ([2, 3], {"highway": "residential"}),
        ([3, 4], {"highway": "footway"}),
        ([4, 5], {"highway": "trunk", "maxspeed": "45 mph"}),
    ]
    network = read_network(osm_file(tmp_path / "a.osm", NODES, ways), mode="drive")
    assert sorted(network.speed_m_s) == pytest.approx([30 / 3.6, 20.0, 45 * 0.44704])


def test_a_node_that_the_file_does_not_hold_cuts_the_way(tmp_path):
    network = read_network(osm_file(tmp_path / "a.osm", NODES, [([1, 2, 99, 3, 4], STREET)]))
    assert network.edge_count == 2
    assert network.piece.max() == 1
    assert network.notes["nodes_missing_from_file"] == 1


@pytest.mark.slow
def test_lines_join_at_shared_ends_only(tmp_path):
    lines = [
        [(113.0, 23.0), (113.001, 23.0)],
        [(113.001, 23.0), (113.002, 23.0)],
        [(113.001, 23.0), (113.0, 23.0)],  # the first one, backwards
        [(113.0005, 23.001), (113.0005, 22.999)],  # crosses without sharing an end
        [(113.002, 23.0), (113.003, 23.001), (113.004, 23.0)],
        [(113.003, 23.001), (113.003, 23.002)],  # ends on an inner vertex
    ]
    frame = GeoDataFrame(geometry=[shapely.LineString(line) for line in lines], crs=4326)
    network = network_from_lines(frame)
    assert network.edge_count == 5
    assert network.piece.max() == 2
    assert network.notes["rows_twice"] == 1
    assert network.notes["ends_in_the_middle_of_lines"] == 1
    for name in ("a.gpkg", "a.geojson", "a.shp", "a.fgb"):
        frame.to_file(tmp_path / name, engine="pyogrio")
        again = read_network(tmp_path / name)
        assert again.edge_length_m.sum() == pytest.approx(network.edge_length_m.sum(), abs=1e-6)
        assert again.piece.max() == 2
    frame.to_parquet(tmp_path / "a.parquet")
    assert read_network(tmp_path / "a.parquet").edge_count == 5


def test_projected_lines_and_multilines(tmp_path):
    lines = shapely.MultiLineString(
        [[(113.0, 23.0), (113.001, 23.0)], [(113.001, 23.0), (113.002, 23.001)]]
    )
    frame = GeoDataFrame(geometry=[lines], crs=4326).to_crs("EPSG:4547")
    network = network_from_lines(frame)
    assert (network.node_count, network.edge_count) == (3, 2)
    assert network.edge_length_m.sum() == pytest.approx(GEOD.geometry_length(lines), abs=1e-4)


def test_loops_drawn_twice_in_either_direction_count_once():
    ring = shapely.LinearRing([(113.0, 23.0), (113.001, 23.0), (113.001, 23.001)])
    there = shapely.LineString(ring.coords)
    frame = GeoDataFrame(geometry=[there, there.reverse()], crs=4326)
    assert network_from_lines(frame).edge_count == 1


def street_graph():
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(10, x=113.0, y=23.0)
    graph.add_node(20, x=113.01, y=23.0)
    graph.add_node(30, x=113.01, y=23.01)
    bend = shapely.LineString([(113.0, 23.0), (113.005, 23.002), (113.01, 23.0)])
    length = GEOD.geometry_length(bend)
    graph.add_edge(10, 20, osmid=1, length=length, geometry=bend, highway="residential")
    graph.add_edge(20, 10, osmid=1, length=length, geometry=bend.reverse(), highway="residential")
    graph.add_edge(20, 30, osmid=2, length=1107.5, highway="steps")
    return graph


def test_graphml_of_osmnx(tmp_path):
    graph = street_graph()
    ox.save_graphml(graph, tmp_path / "walk.graphml")
    for network in (read_network(tmp_path / "walk.graphml"), network_from_graph(graph)):
        assert (network.node_count, network.edge_count) == (3, 2)
        assert list(network.node_id) == [10, 20, 30]
        assert list(network.tags.stairs) == [False, True]
        bend = graph.edges[10, 20, 0]["length"]
        straight = GEOD.inv(113.01, 23.0, 113.01, 23.01)[2]
        assert network.edge_length_m == pytest.approx([bend, straight], abs=1e-6)


def test_a_graph_of_chords_keeps_its_stated_lengths():
    graph = street_graph()
    graph.edges[20, 30, 0]["length"] = 1500.0
    network = network_from_graph(graph)
    assert network.edge_length_m[1] == pytest.approx(1500.0)
    assert network.notes["edges_with_stated_length"] == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.osm.pbf", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18", "cannot be read"),
        ("not.osm.pbf", b"these are no streets", "cannot be read"),
        ("cut.osm", b"<osm><node id='1' lon='1", "cannot be read"),
        ("empty.osm", b"<osm version='0.6'></osm>", "no way"),
        ("bad.graphml", b"<graphml><graph>", "cannot be read"),
        ("bad.gpkg", b"SQLite format 3\x00 but no more", "cannot be read"),
        ("bad.geojson", b'{"type": "FeatureCollection"', "cannot be read"),
        ("points.geojson", b'{"type":"FeatureCollection","features":[]}', "no line"),
    ],
)
def test_broken_networks_are_refused_in_one_line(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_network(tmp_path / name)
    assert name in caught.value.line()
    assert "\n" not in caught.value.line()


def test_a_missing_network_and_an_unclear_layer(tmp_path):
    with pytest.raises(MissingFileError, match="no such file"):
        read_network(tmp_path / "none.osm.pbf")
    frame = GeoDataFrame(geometry=[shapely.LineString([(113, 23), (113.1, 23)])], crs=4326)
    for layer in ("streets", "paths"):
        pyogrio.write_dataframe(frame, tmp_path / "two.gpkg", layer=layer, append=layer == "paths")
    with pytest.raises(InputError, match="2 layers of lines"):
        read_network(tmp_path / "two.gpkg")
    assert read_network(tmp_path / "two.gpkg", layer="paths").edge_count == 1


def test_lines_without_a_crs_are_refused():
    with pytest.raises(InputError, match="coordinate reference system"):
        network_from_lines(GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])]))

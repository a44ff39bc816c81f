"""Lines that meet without a common end, classes of lines, and lengths that graphs state."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from geopandas import GeoDataFrame
from pyproj import Geod
from shapely import LineString

from builders.drawing import PLAN, write_osm
from livingcircle.errors import InputError
from livingcircle.network.from_graph import network_from_graph
from livingcircle.network.lines import network_from_lines
from livingcircle.network.noding import unjoined_places
from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach
from oracle import lines_as_streets

GEOD = Geod(ellps="WGS84")


def frame(lines, **columns):
    shapes = [LineString(PLAN.line(*line)) for line in lines]
    return GeoDataFrame(columns, geometry=shapes, crs=4326)


def grid(count: int, step: float = 100.0, bends: bool = True, gap: float = 0.0):
    """Streets of a grid, each a line from one side of the town to the other."""
    at = [step * i for i in range(count)]
    inner = at if bends else [at[0], at[-1]]
    along = [[(x, y) for x in inner] for y in at]
    return along + [[(x, y + gap) for y in inner] for x in at]


def metres(network, facility, homes):
    return reach(network, PLAN.facilities([facility])).to(PLAN.points(homes))["metres"].to_numpy()


def test_a_grid_that_was_not_split_is_joined_at_its_vertices_and_that_is_told():
    network = network_from_lines(frame(grid(6)))
    assert network.notes["joined_at_shared_vertices"] == 6 * 6 - 4
    assert (network.node_count, network.edge_count) == (36, 60)
    assert metres(network, (0, 0), [(200, 300), (500, 450)]) == pytest.approx([500, 950], abs=0.01)
    apart = network_from_lines(frame(grid(6)), node=False)
    assert apart.edge_count == 12
    assert apart.piece.max() == 8  # the border, and eight streets that meet nothing


def test_lines_that_cross_are_joined_when_asked_on_their_level_alone():
    lines = grid(4, bends=False)
    plain = network_from_lines(frame(lines), node=False)
    # All but the corners; eight of them are ends on the outer streets.
    assert plain.notes["lines_that_cross"] == 4 * 4 - 4
    network = network_from_lines(frame(lines), node=True)
    assert (network.node_count, network.edge_count) == (16, 24)
    assert network.edge_length_m.sum() == pytest.approx(plain.edge_length_m.sum(), abs=1e-3)
    bridge = [0] * 7 + [1]
    over = network_from_lines(frame(lines, layer=bridge), node=True)
    # Streets end below the last one, which is whole; at its own ends it meets as ever.
    assert over.edge_count == 24 - 2


def test_centimetres_of_a_drawing_are_named_and_mended():
    pieces = []
    for line in grid(5):
        for a, b in itertools.pairwise(line):
            short = (b[0] - 0.01 * (b[0] > a[0]), b[1] - 0.01 * (b[1] > a[1]))
            pieces.append([a, short])
    with pytest.raises(InputError, match=r"within 10 cm .* snap_m = 0.1"):
        network_from_lines(frame(pieces))
    network = network_from_lines(frame(pieces), snap_m=0.05)
    assert (network.node_count, network.edge_count, network.piece.max()) == (25, 40, 0)
    assert network.notes["ends_snapped"] > 10
    assert metres(network, (0, 0), [(400, 300)])[0] == pytest.approx(700, abs=0.1)


def test_ends_that_miss_the_middle_of_a_line_meet_it():
    lines = [[(0, 0), (1000, 0)], *([(50.0 * i, 0.02), (50.0 * i, 100)] for i in range(1, 16))]
    network = network_from_lines(frame(lines), snap_m=0.05)
    assert network.piece.max() == 0
    assert metres(network, (50, 100), [(500, 100)])[0] == pytest.approx(650, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("column", ["highway", "fclass"])
def test_classes_of_lines_are_read(column):
    kinds = ["residential", "motorway", "motorway_link", "cycleway", "footway"]
    lines = [[(0, 100.0 * i), (500, 100.0 * i)] for i in range(5)]
    network = network_from_lines(frame(lines, **{column: kinds}))
    assert network.edge_count == 2
    shut = {"highway=motorway": 1, "highway=motorway_link": 1, "highway=cycleway": 1}
    assert network.notes["ways_left_out"] == shut
    drive = network_from_lines(frame(lines, **{column: kinds}), notes={"mode": "drive"})
    assert drive.edge_count == 5
    bridge = network_from_lines(frame(lines[:2], fclass=["primary"] * 2, bridge=["T", "F"]))
    assert list(bridge.tags.door) == [False, True]


def test_private_lines_are_no_passage():
    lines = [[(0, 0), (0, 100)], [(0, 0), (-450, 0)], [(-450, 0), (-450, 100)],
             [(-450, 100), (0, 100)]]  # fmt: skip
    network = network_from_lines(frame(lines, access=["private", "", "", ""]))
    got = metres(network, (-10, -5), [(-10, 105), (3, 60)])
    assert got == pytest.approx([5 + 440 + 100 + 440 + 5, 5 + 10 + 60 + 3], abs=0.02)


def test_ends_at_one_place_are_one_junction_in_every_format(tmp_path):
    street = {"highway": "residential"}
    path = write_osm(
        tmp_path / "a.osm", [(street, [(0, 0), (0, 100)]), (street, [(0, 200), (0, 300)])]
    )
    a, b = PLAN.at(0, 100), PLAN.at(0, 200)
    text = path.read_text().replace(f'lat="{b[1]:.9f}"', f'lat="{a[1]:.9f}"')
    path.write_text(text)
    network = read_network(path)
    assert (network.piece.max(), network.notes["nodes_at_one_place"]) == (0, 1)
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, (lon, lat) in enumerate([PLAN.at(0, 0), a, a, PLAN.at(0, 300)]):
        graph.add_node(node, x=lon, y=lat)
    graph.add_edge(0, 1)
    graph.add_edge(2, 3)
    assert metres(network_from_graph(graph), (0, 0), [(0, 300)])[0] == pytest.approx(300, abs=0.01)


@pytest.mark.parametrize("heading", [0.0, 90.0, 33.0])
def test_lengths_of_osmnxs_sphere_give_way_to_the_ellipsoid(heading):
    graph = nx.MultiDiGraph(crs="epsg:4326")
    lon, lat, _ = GEOD.fwd(113.0, 22.5, heading, 996.63)
    graph.add_node(1, x=113.0, y=22.5)
    graph.add_node(2, x=lon, y=lat)
    (x1, y1), (x2, y2) = np.radians([[113.0, 22.5], [lon, lat]])
    cosine = math.sin(y1) * math.sin(y2) + math.cos(y1) * math.cos(y2) * math.cos(x2 - x1)
    graph.add_edge(1, 2, length=6_371_009.0 * math.acos(cosine))
    assert network_from_graph(graph).edge_length_m[0] == pytest.approx(996.63, abs=1e-6)
    graph.edges[1, 2, 0]["length"] = 1200.0
    assert network_from_graph(graph).edge_length_m[0] == pytest.approx(1200.0)


@pytest.mark.parametrize("length", [float("nan"), 1e300, -5.0, float("inf"), "long"])
def test_lengths_that_no_street_has_are_refused(length):
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=113.0, y=22.5)
    graph.add_node(2, x=113.01, y=22.5)
    graph.add_edge(1, 2, length=length)
    with pytest.raises(InputError, match="1 edges have a length that no street has"):
        network_from_graph(graph)


def test_edges_that_are_stairs_in_part_are_told():
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node in range(3):
        graph.add_node(node, x=113.0 + 0.001 * node, y=22.5)
    graph.add_edge(0, 1, highway=["footway", "steps"])
    graph.add_edge(1, 2, highway="['steps', 'path']")
    assert network_from_graph(graph).notes["edges_partly_stairs"] == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ([(500.0, 30.0), (500.1, 30.0)], "longitude 500"),
        ([(113.0, 95.0), (113.1, 95.0)], "latitude 95"),
        ([(113.0, 30.0), (113.0, 30.0)], "no line has any length"),
    ],
)
def test_lines_that_are_nowhere_are_refused(line, said):
    with pytest.raises(InputError, match=said):
        network_from_lines(GeoDataFrame(geometry=[LineString(line)], crs=4326))


def test_a_few_crossing_lines_stay_as_the_contract_says():
    lines = [PLAN.line(*line) for line in ([(0, 0), (0, 500)], [(-50, 100), (50, 100)])]
    network = network_from_lines(
        GeoDataFrame(geometry=[LineString(line) for line in lines], crs=4326)
    )
    assert network.edge_count == len(lines_as_streets(lines).pieces) == 2
    assert network.notes["lines_that_cross"] == 1


def test_where_lines_miss_each_other_is_known():
    # Three streets each way: nine crossings, of which the corners are ends on lines or on ends.
    network = network_from_lines(frame(grid(3, bends=False)), node=False)
    tags = network.tags
    at = unjoined_places(network.coords, network.edge_start, tags.layer * 4 + tags.bridge * 2)
    wanted = [
        PLAN.at(100, 100),
        *(PLAN.at(*p) for p in ((0, 100), (100, 0), (200, 100), (100, 200))),
    ]
    assert len(at) == len(wanted)
    far = [min(GEOD.inv(*a, *b)[2] for b in wanted) for a in at]
    assert max(far) < 0.01
    joined = network_from_lines(frame(grid(3, bends=False)), node=True)
    assert len(unjoined_places(joined.coords, joined.edge_start, joined.tags.layer)) == 0


def lattice(count: int, over: float = 0.0, step: float = 100.0):
    """Streets right across a town without a vertex where they cross, a stub beyond the last."""
    low, high = -over, step * (count - 1) + over
    at = [step * i for i in range(count)]
    return [[(low, y), (high, y)] for y in at] + [[(x, low), (x, high)] for x in at]


def split(lines):
    """The same streets, each piece between two crossings a line of its own."""
    pieces = []
    for (x1, y1), (x2, y2) in lines:
        level = y1 == y2
        at = [b[0][0] if level else b[0][1] for b in lines if (b[0][1] == b[1][1]) != level]
        cut = sorted({*at, *((x1, x2) if level else (y1, y2))})
        pieces += [
            [(a, y1), (b, y1)] if level else [(x1, a), (x1, b)] for a, b in itertools.pairwise(cut)
        ]
    return pieces


@pytest.mark.parametrize("over", [0.0, 40.0])
def test_streets_that_were_never_split_give_the_metres_of_the_split_ones(over):
    lines = lattice(8, over)
    network = network_from_lines(frame(lines))
    whole = network_from_lines(frame(split(lines)))
    # The corners of the town are ends without stubs, and crossings with them.
    assert network.notes["joined_at_crossings"] == 64 - 4 * (over == 0.0)
    assert network.notes["lines_that_cross"] == network.notes["ends_in_the_middle_of_lines"] == 0
    assert (network.node_count, network.edge_count) == (whole.node_count, whole.edge_count)
    homes = [(203, 310), (490, 444), (18, 505), (-20, 100)]
    got = metres(network, (95, 3), homes)
    assert got == pytest.approx(metres(whole, (95, 3), homes), abs=1e-4)
    assert got[0] == pytest.approx(3 + 105 + 310 + 3, abs=0.01)


def test_streets_of_short_pieces_are_joined_where_they_cross():
    # An exploded drawing: pieces of 67 m that meet end to end, and nowhere where streets cross.
    pieces = []
    for a, b in lattice(6, 40.0):
        far = math.dist(a, b)
        at = [(a[0] + (b[0] - a[0]) * k / far, a[1] + (b[1] - a[1]) * k / far) for k in
              [*range(0, int(far), 67), far]]  # fmt: skip
        pieces += [list(two) for two in itertools.pairwise(at)]
    network = network_from_lines(frame(pieces))
    assert network.notes["joined_at_crossings"] == 36
    assert network.piece.max() == 0


def test_what_is_stated_wins_over_what_is_plain():
    apart = network_from_lines(frame(lattice(8, 40.0)), node=False)
    assert apart.edge_count == 16
    assert "joined_at_crossings" not in apart.notes
    assert apart.notes["lines_that_cross"] == 64


@pytest.mark.parametrize(
    ("column", "value"), [("layer", 1), ("bridge", "yes"), ("tunnel", "yes"), ("bridge", "T")]
)
def test_a_viaduct_over_unsplit_streets_stays_above_them(column, value):
    lines = [*lattice(8, 40.0), [(-40, -40), (740, 740)]]
    network = network_from_lines(frame(lines, **{column: [*[None] * 16, value]}))
    assert network.notes["joined_at_crossings"] == 64
    # One line over all: what was cut is the lattice alone.
    assert network.edge_count == 2 * 8 * 9 + 1
    flat = network_from_lines(frame(lines))
    assert flat.notes["joined_at_crossings"] == 64 + 16


def test_viaducts_over_a_graph_stay_apart_and_are_told():
    streets = split(lattice(6))
    over = [[(50.0 + 100 * k, -30.0), (50.0 + 100 * k, 530.0)] for k in range(4)]
    network = network_from_lines(frame([*streets, *over]))
    assert network.edge_count == len(streets) + len(over)
    assert network.notes["lines_that_cross"] == 4 * 6
    assert "joined_at_crossings" not in network.notes


def half_split():
    """Streets with vertices where every second one crosses."""
    lines = []
    for k, (a, b) in enumerate(lattice(10, 40.0)):
        at = [100.0 * i for i in range(10)] if k % 10 < 8 else []
        bends = [(x, a[1]) if a[1] == b[1] else (a[0], x) for x in at]
        lines.append([a, *bends, b])
    return lines


def test_streets_that_were_split_in_part_are_refused_with_the_count_and_the_mend():
    lines = half_split()
    said = "of 100 places where lines meet, 36 have no vertex"
    with pytest.raises(InputError, match=said) as no:
        network_from_lines(frame(lines))
    assert "100 处中，有 36 处没有共用的顶点" in no.value.line("zh")
    assert "node = true" in no.value.line("zh")
    assert network_from_lines(frame(lines), node=True).edge_count == 2 * 10 * 11
    assert network_from_lines(frame(lines), node=False).edge_count == 20
    # A column that tells a level tells that the others are of one.
    levels = [*[0] * 19, 1]
    network = network_from_lines(frame(lines, layer=levels))
    assert network.notes["joined_at_crossings"] == 36 - 10
    assert network.edge_count == 10 * 10 + 9 * 11 + 1


def test_a_way_that_comes_back_to_itself_is_a_junction_there():
    # A cul-de-sac that ends in a ring; nine of them, so that the file is plainly not split.
    lines = [[(0, 0), (2000, 0)]]
    for k in range(12):
        x = 100.0 + 150 * k
        ring = [(x, 50), (x + 40, 50), (x + 40, 90), (x, 90), (x, 50)]
        lines += [[(x, 0), *ring]]
    lines[0] = [(0, 0), *((100.0 + 150 * k, 0) for k in range(12)), (2000, 0)]
    network = network_from_lines(frame(lines))
    assert network.notes["joined_at_shared_vertices"] == 24
    assert metres(network, (100, 0), [(100, 70)])[0] == pytest.approx(70, abs=0.01)


def test_a_bridge_that_ends_on_a_street_comes_down_to_it():
    bends = [(50.0 * k, 0.0) for k in range(21)]
    stubs = [[(50.0 * k, 0), (50.0 * k, 90)] for k in range(1, 15)]
    lines = [bends, *stubs, [(1000 - 75, 200), (1000 - 75, 100), (1000 - 100, 0)]]
    network = network_from_lines(frame(lines, bridge=[*[None] * 15, "yes"]))
    assert network.piece.max() == 0
    # Where nothing is split, an end of a bridge lies on a street between its vertices.
    lines = [*lattice(8, 40.0), [(250, 250), (250, 500)]]
    network = network_from_lines(frame(lines, layer=[*[0] * 16, 1]))
    got = metres(network, (250, 450), [(330, 500), (330, 400)]).tolist()
    assert got == pytest.approx([50 + 80, 50 + 50 + 100 + 30], abs=0.1)


def test_node_false_joins_no_vertices_whatever_ends_are_snapped():
    lines = [[(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)]]
    network = network_from_lines(frame(lines), node=False, snap_m=0.5)
    assert int(network.piece.max()) + 1 == 2
    assert "joined_at_shared_vertices" not in network.notes
    assert network.notes["ends_in_the_middle_of_lines"] == 1


def test_rings_that_cross_are_streets_that_were_not_split():
    lines = []
    for k in range(25):
        x, y = 60.0 * (k % 5), 60.0 * (k // 5)
        lines.append([(x, y), (x + 80, y), (x + 80, y + 80), (x, y + 80), (x, y)])
    network = network_from_lines(frame(lines))
    assert int(network.piece.max()) == 0
    assert network.notes["joined_at_crossings"] > 40

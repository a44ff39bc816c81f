"""Private streets, gates, walls, squares and viaducts, in towns drawn in metres."""

from __future__ import annotations

import math

import numpy as np
import pytest

from builders.drawing import PLAN, write_osm
from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach
from oracle import GEOD, Oracle, disagreements, osm_streets

STREET = {"highway": "residential"}
OWN = {"highway": "residential", "access": "private"}
WALL = {"barrier": "wall"}


def town(tmp_path, ways, nodes=(), name="town.osm"):
    """A town with tags on some of its corners: rows of (corner, tags)."""
    return write_osm(tmp_path / name, ways, nodes=dict(nodes))


def metres(path, facilities, homes, **options):
    network = read_network(path, **options)
    return reach(network, PLAN.facilities(facilities)).to(PLAN.points(homes))


def agrees(path, facilities, homes):
    got = metres(path, facilities, homes)
    judge = Oracle(
        osm_streets(path),
        [PLAN.at(*p) for p in facilities],
        [PLAN.at(*p) for p in homes],
        facility_ids=[f"f{i}" for i in range(len(facilities))],
    )
    wrong = disagreements(judge, got)
    assert wrong.empty, wrong.to_string()
    return got["metres"].to_numpy()


# A block of 400 m, a compound in it with one gate in the south, a wall all round.
COMPOUND = [
    (STREET, [(-200, -200), (0, -200), (200, -200), (200, 200), (-200, 200), (-200, -200)]),
    (OWN, [(0, -200), (0, -180), (0, 150)]),
    (WALL, [(-180, -180), (0, -180), (180, -180), (180, 180), (-180, 180), (-180, -180)]),
]
GATE = [((0, -180), {"barrier": "gate"})]


@pytest.mark.parametrize("gate", [{}, {"access": "private"}, {"locked": "yes"}])
def test_residents_leave_by_their_gate_and_nobody_through_the_wall(tmp_path, gate):
    path = town(tmp_path, COMPOUND, [((0, -180), {"barrier": "gate"} | gate)])
    # The street north of the wall is 35 m away, the own lane 145 m.
    got = agrees(path, [(0, 210)], [(145, 165)])
    home_to_lane = math.hypot(145, 15)
    assert got == pytest.approx([home_to_lane + 350 + 200 + 400 + 200 + 10], abs=0.02)


def test_two_who_share_a_compound_walk_within_it(tmp_path):
    path = town(tmp_path, COMPOUND, GATE)
    got = agrees(path, [(5, 100)], [(5, -100), (0, -210)])
    assert got == pytest.approx([5 + 200 + 5, 10 + 300 + 5], abs=0.01)


# A private short cut of 100 m between two streets that meet 1 km farther round.
SHORT_CUT = [
    (STREET, [(0, 0), (-450, 0), (-450, 100), (0, 100)]),
    (OWN, [(0, 0), (0, 50), (0, 100)]),
]


def test_a_walk_ends_on_a_private_street_and_never_leads_through(tmp_path):
    path = town(tmp_path, SHORT_CUT)
    homes = [(-10, 105), (3, 60), (3, 30)]
    assert agrees(path, [(-10, -5)], homes) == pytest.approx(
        [5 + 440 + 100 + 440 + 5, 5 + 10 + 60 + 3, 5 + 10 + 30 + 3], abs=0.02
    )
    opened = metres(path, [(-10, -5)], homes, private="open")["metres"]
    assert opened.iloc[0] == pytest.approx(5 + 10 + 100 + 10 + 5, abs=0.02)
    named = metres(path, [(-10, -5)], homes, opened=["way/2"])["metres"]
    assert named.iloc[0] == pytest.approx(opened.iloc[0])
    closed = metres(path, [(-10, -5)], homes, private="closed")["metres"]
    # The home beside the lane is now anchored to the street's end in the north.
    assert closed.iloc[1] == pytest.approx(5 + 440 + 100 + 450 + math.hypot(3, 40), abs=0.05)


def test_routes_matrix_count_and_pieces_know_private_streets(tmp_path):
    walk = reach(read_network(town(tmp_path, SHORT_CUT)), PLAN.facilities([(3, 20)]))
    homes = PLAN.points([(-10, 105), (3, 60), (-10, -5)])
    right = [3 + 80 + 10 + 5, 3 + 40 + 3, 3 + 20 + 10 + 5]
    assert walk.to(homes)["metres"].to_numpy() == pytest.approx(right, abs=0.01)
    for line, far in zip(walk.route(homes).geometry, right, strict=True):
        assert GEOD.geometry_length(line) == pytest.approx(far, abs=0.01)
    assert walk.matrix(homes, 500)[0].toarray()[:, 0] == pytest.approx(right, abs=0.01)
    assert list(walk.count(homes, limit_m=50)) == [0, 1, 1]
    drawn = sum(GEOD.geometry_length(line) for line in walk.edges(limit_m=103).geometry)
    assert drawn == pytest.approx(100 + 80 + 20, abs=0.01)


@pytest.mark.parametrize(
    "tags",
    [
        {"barrier": "gate", "access": "private"},
        {"barrier": "gate", "access": "no"},
        {"barrier": "gate", "locked": "yes"},
        {"barrier": "swing_gate", "foot": "no"},
        {"barrier": "lift_gate", "access": "permit"},
    ],
)
def test_a_shut_gate_lets_nobody_through_who_could_go_round(tmp_path, tags):
    ways = [
        (STREET, [(0, 0), (0, 50), (0, 100)]),
        (STREET, [(0, 0), (-450, 0), (-450, 100), (0, 100)]),
    ]
    path = town(tmp_path, ways, [((0, 50), tags)])
    assert agrees(path, [(5, 40)], [(5, 60)]) == pytest.approx([5 + 40 + 1000 + 40 + 5], abs=0.01)
    network = read_network(path)
    assert list(network.closures.osm) == ["node/2"]
    again = metres(path, [(5, 40)], [(5, 60)], opened=["node/2"])["metres"]
    assert again.iloc[0] == pytest.approx(5 + 20 + 5, abs=0.01)


@pytest.mark.parametrize(
    "tags",
    [{"barrier": "bollard", "access": "no"}, {"barrier": "gate"}, {"barrier": "gate", "foot": "yes",
      "access": "private"}],
)  # fmt: skip
def test_people_pass_bollards_and_open_gates(tmp_path, tags):
    path = town(tmp_path, [(STREET, [(0, 0), (0, 50), (0, 100)])], [((0, 50), tags)])
    assert agrees(path, [(5, 40)], [(5, 60)]) == pytest.approx([30], abs=0.01)


def test_those_behind_a_shut_gate_go_in_and_out(tmp_path):
    ways = [
        (STREET, [(-300, 0), (0, 0), (300, 0)]),
        (STREET, [(0, 0), (0, 50), (0, 100), (100, 100)]),
    ]
    path = town(tmp_path, ways, [((0, 50), {"barrier": "gate", "access": "private"})])
    assert agrees(path, [(-100, 5)], [(90, 105)]) == pytest.approx(
        [5 + 100 + 100 + 90 + 5], abs=0.01
    )
    assert read_network(path).notes["segments_inside_shut_places"] == 2


@pytest.mark.parametrize("barrier", ["wall", "retaining_wall"])
@pytest.mark.parametrize("shared", [True, False])
def test_a_wall_without_an_opening_shuts_a_path(tmp_path, shared, barrier):
    wall = [(-40, 50), (0, 50), (40, 50)] if shared else [(-40, 50), (40, 50)]
    lane = [(0, 0), (0, 50), (0, 100)] if shared else [(0, 0), (0, 100)]
    ways = [
        (STREET, lane),
        (STREET, [(0, 0), (-450, 0), (-450, 100), (0, 100)]),
        ({"barrier": barrier}, wall),
    ]
    path = town(tmp_path, ways)
    assert agrees(path, [(5, 40)], [(5, 60)]) == pytest.approx([1090], abs=0.01)
    network = read_network(path)
    assert list(network.closures.osm) == ["way/3"]
    assert network.notes["places_shut"] == {"wall": 1}
    opened = metres(path, [(5, 40)], [(5, 60)], opened=["way/3"])["metres"]
    assert opened.iloc[0] == pytest.approx(30, abs=0.01)


def test_a_gate_in_the_wall_opens_it_and_a_bridge_crosses_it(tmp_path):
    ways = [(STREET, [(0, 0), (0, 50), (0, 100)]), (WALL, [(-40, 50), (0, 50), (40, 50)])]
    path = town(tmp_path, ways, [((0, 50), {"barrier": "gate"})])
    assert agrees(path, [(5, 40)], [(5, 60)]) == pytest.approx([5 + 10 + 0 + 10 + 5], abs=0.1)
    ways = [(STREET | {"bridge": "yes"}, [(0, 0), (0, 100)]), (WALL, [(-40, 50), (40, 50)])]
    path = town(tmp_path, ways, name="bridge.osm")
    assert not len(read_network(path).closures)


def test_a_wall_beside_a_path_shuts_nothing(tmp_path):
    ways = [(STREET, [(0, 0), (0, 50), (0, 100)]), (WALL, [(-40, 90), (0, 50), (-40, 10)])]
    assert not len(read_network(town(tmp_path, ways)).closures)


UP = {"highway": "trunk", "bridge": "yes", "layer": "3"}


@pytest.mark.parametrize(
    "tags",
    [UP, {"highway": "primary", "layer": "1"},
     {"highway": "footway", "tunnel": "yes", "layer": "-1"},
     {"highway": "trunk", "motorroad": "yes", "foot": "yes"}],
)  # fmt: skip
def test_no_door_opens_on_a_viaduct_or_in_a_tunnel(tmp_path, tags):
    ways = [(STREET, [(0, 0), (0, 500)]), (tags, [(20, 0), (20, 500)])]
    path = town(tmp_path, ways)
    assert agrees(path, [(18, 100)], [(18, 400)]) == pytest.approx([18 + 300 + 18], abs=0.01)


def test_a_footbridge_and_a_passage_through_a_house_have_doors(tmp_path):
    for tags in (
        {"highway": "footway", "bridge": "yes", "layer": "1"},
        {"highway": "service", "tunnel": "building_passage"},
    ):
        path = town(tmp_path, [(STREET, [(0, 0), (0, 500)]), (tags, [(20, 0), (20, 500)])])
        assert agrees(path, [(18, 100)], [(18, 400)]) == pytest.approx([2 + 300 + 2], abs=0.01)


def test_a_stated_level_and_a_place_with_nothing_else(tmp_path):
    ways = [(STREET, [(0, 0), (0, 500)]), (UP, [(20, 0), (20, 500)]), (UP, [(900, 0), (900, 500)])]
    network = read_network(town(tmp_path, ways))
    homes = PLAN.points([(18, 400), (18, 400), (18, 400)])
    shop = PLAN.facilities([(18, 100)]).assign(level="3")
    walk = reach(network, shop)
    got = walk.to(homes.assign(level=["3", "0", "0;3"]))
    assert got["metres"].to_numpy() == pytest.approx([2 + 300 + 2, np.inf, np.inf], abs=0.01)
    lonely = reach(network, PLAN.facilities([(910, 100), (18, 100)]))
    assert lonely.anchors.access_m == pytest.approx([10, 18], abs=0.01)
    assert list(lonely.anchors.compromise) == [1, 0]


def test_where_every_leg_crosses_a_wall_it_is_said(tmp_path):
    ways = [(STREET, [(0, 0), (0, 500)]), (WALL, [(10, 0), (90, 0), (90, 90), (10, 90), (10, 0)])]
    walk = reach(read_network(town(tmp_path, ways)), PLAN.facilities([(50, 50), (-5, 50)]))
    assert list(walk.anchors.compromise) == [2, 0]


SQUARE = [(0, 0), (0, 300), (400, 300), (400, 0), (0, 0)]


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "pedestrian", "area": "yes"},
        {"man_made": "pier"},
        {"place": "square"},
        {"highway": "pedestrian", "place": "square"},
    ],
)
def test_a_square_is_walked_across(tmp_path, tags):
    ways = [(tags, SQUARE), (STREET, [(-100, 0), (0, 0)]), (STREET, [(400, 300), (500, 300)])]
    path = town(tmp_path, ways)
    got = agrees(path, [(-100, 0)], [(500, 300), (200, -5)])
    assert got == pytest.approx([100 + 500 + 100, 100 + 200 + 5], abs=0.05)
    assert read_network(path).notes["squares"] == 1


def test_a_square_drawn_as_a_multipolygon_is_walked_round_its_hole(tmp_path):
    hole = [(100, 100), (300, 100), (300, 200), (100, 200), (100, 100)]
    ways = [
        ({}, SQUARE[:3]), ({}, SQUARE[2:]), ({}, hole),
        (STREET, [(-100, 0), (0, 0)]), (STREET, [(400, 300), (500, 300)]),
        (STREET, [(0, 300), (0, 400)]),
    ]  # fmt: skip
    path = town(tmp_path, ways)
    members = "".join(
        f'<member type="way" ref="{i}" role="{role}"/>'
        for i, role in ((1, "outer"), (2, "outer"), (3, "inner"))
    )
    relation = f'<relation id="1" version="1">{members}<tag k="type" v="multipolygon"/>'
    relation += '<tag k="highway" v="pedestrian"/></relation></osm>'
    path.write_text(path.read_text().replace("</osm>", relation))
    # The hole is in the way of the diagonal: along two sides.
    assert agrees(path, [(-100, 0)], [(500, 300), (0, 400)]) == pytest.approx(
        [100 + 700 + 100, 100 + 300 + 100], abs=0.05
    )


def test_ways_before_nodes_and_deleted_objects(tmp_path):
    ways = [(STREET, [(0, 0), (0, 500)]), (STREET, [(0, 500), (300, 500)])]
    path = town(tmp_path, ways)
    text = path.read_text()
    rows = text.splitlines()
    nodes = [row for row in rows if row.startswith("<node")]
    rest = [row for row in rows if not row.startswith("<node")]
    turned = tmp_path / "overpass.osm"
    turned.write_text("\n".join([*rest[:-1], *nodes, rest[-1]]))
    whole = read_network(path)
    assert read_network(turned).edge_length_m == pytest.approx(whole.edge_length_m, abs=1e-9)
    for mark in ('visible="false"', "action='delete'"):
        path.write_text(text.replace('<way id="2" version="1"', f'<way id="2" {mark} version="1"'))
        assert read_network(path).edge_length_m.sum() == pytest.approx(500, abs=0.01)


def test_a_wheelchair_reads_ramps_and_refusals(tmp_path):
    steps = {"highway": "steps"}
    ways = [
        (STREET, [(0, 0), (0, 100)]),
        (steps | {"ramp:wheelchair": "yes"}, [(0, 100), (0, 200)]),
        (steps, [(0, 100), (100, 100)]),
        (STREET | {"wheelchair": "no", "conveying": "yes"}, [(0, 100), (-100, 100)]),
    ]
    network = read_network(town(tmp_path, ways))
    shop = PLAN.facilities([(0, 0)])
    homes = PLAN.points([(0, 200), (100, 100), (-100, 100)])
    rolls = reach(network, shop, walker="wheelchair").to(homes)["metres"]
    assert rolls.iloc[0] == pytest.approx(200, abs=0.01)
    assert rolls.iloc[1] == pytest.approx(200, abs=0.01)  # a leg of 100 m from the ramp's foot
    assert network.notes["tags_ignored"] == {"conveying": 1}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_random_towns_of_private_streets_agree_with_the_oracle(tmp_path, seed):
    rng = np.random.default_rng(seed)
    kinds = [STREET, STREET, OWN, {"highway": "footway"}, {"highway": "footway", "layer": "1",
             "bridge": "yes"}, {"highway": "primary", "layer": "1", "bridge": "yes"}]  # fmt: skip
    ways, size = [], 5
    for i in range(size):
        for j in range(size):
            for di, dj in ((1, 0), (0, 1)):
                if i + di < size and j + dj < size and rng.random() < 0.85:
                    shift = rng.uniform(-9, 9, 2)
                    mid = (50.0 * (2 * i + di) + shift[0], 50.0 * (2 * j + dj) + shift[1])
                    ends = [(100.0 * i, 100.0 * j), mid, (100.0 * (i + di), 100.0 * (j + dj))]
                    ways.append((kinds[rng.integers(len(kinds))], ends))
    walls = rng.uniform(0, 400, (6, 2, 2))
    ways += [(WALL, [tuple(a), tuple(b)]) for a, b in walls.tolist()]
    corners = sorted({c for tags, cs in ways if tags != WALL for c in cs})
    shut = rng.choice(len(corners), 5, replace=False)
    tags = {"barrier": "gate", "access": "private"}
    path = town(tmp_path, ways, [(corners[i], tags) for i in shut])
    shops = [tuple(p) for p in rng.uniform(0, 400, (3, 2)).tolist()]
    homes = [tuple(p) for p in rng.uniform(-20, 420, (60, 2)).tolist()]
    agrees(path, shops, homes)


# An estate whose gate street alone is tagged private; its inner streets look like any other.
ESTATE = [
    (STREET, [(-300, 0), (0, 0), (300, 0)]),
    (OWN, [(0, 0), (0, 100)]),
    (STREET, [(0, 100), (100, 100), (200, 100)]),
    (STREET, [(100, 100), (100, 180)]),
]


def test_streets_that_private_ones_alone_lead_to_are_reached_and_left(tmp_path):
    path = town(tmp_path, ESTATE)
    homes = [(150, 105), (105, 170), (-100, 5)]
    assert agrees(path, [(-100, -5)], homes) == pytest.approx(
        [5 + 100 + 100 + 150 + 5, 5 + 100 + 100 + 100 + 70 + 5, 10], abs=0.02
    )
    assert agrees(path, [(150, 95)], homes) == pytest.approx([10, 5 + 50 + 70 + 5, 360], abs=0.02)
    assert read_network(path).notes["segments_inside_shut_places"] == 3


def test_nobody_walks_through_the_streets_of_an_estate(tmp_path):
    ways = [
        (STREET, [(0, 0), (-450, 0), (-450, 100), (0, 100)]),
        (OWN, [(0, 0), (0, 40)]),
        (STREET, [(0, 40), (0, 60)]),
        (OWN, [(0, 60), (0, 100)]),
    ]
    got = agrees(town(tmp_path, ways), [(-10, -5)], [(-10, 105), (3, 50)])
    assert got == pytest.approx([5 + 440 + 100 + 440 + 5, 5 + 10 + 50 + 3], abs=0.02)


def test_private_open_opens_private_gates_too_and_no_others(tmp_path):
    for tags, far in (
        ({"access": "private"}, 30),
        ({"access": "no"}, 1090),
        ({"locked": "yes"}, 1090),
    ):
        ways = [
            (STREET, [(0, 0), (0, 50), (0, 100)]),
            (STREET, [(0, 0), (-450, 0), (-450, 100), (0, 100)]),
        ]
        path = town(tmp_path, ways, [((0, 50), {"barrier": "gate"} | tags)])
        got = metres(path, [(5, 40)], [(5, 60)], private="open")["metres"]
        assert got.iloc[0] == pytest.approx(far, abs=0.01)

"""Distances that follow from arithmetic: the engine and its judge must both find them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from builders.drawing import PLAN, Plan, walk_network, write_lines, write_osm
from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach
from oracle import GEOD, Oracle, lines_as_streets, metres_between

INF = math.inf
# Metres. Streets are drawn to a micrometre, but the drawing board is flat: 300 m east of a meridian
# the perpendicular to it has turned by 4 mm.
CLOSE = 5e-3


@dataclass(frozen=True)
class Case:
    """Streets, facilities and demand in metres, and the metres that follow."""

    name: str
    streets: tuple[tuple[tuple[float, float], ...], ...]
    facilities: tuple[tuple[float, float], ...]
    expect: dict[tuple[float, float], float]
    """Demand position → metres; infinite: its piece has no facility; nan: off the network."""
    plan: Plan = PLAN


def streets(*lines):
    return tuple(tuple(line) for line in lines)


CROSS = streets([(0, 0), (0, 400)], [(0, 0), (0, -400)], [(0, 0), (400, 0)], [(0, 0), (-400, 0)])
# Both ends of the long edge are 200 m from the facility at the origin.
RING = streets(
    [(0, 0), (-200, 0)], [(0, 0), (200, 0)], [(-200, 0), (-200, 200), (200, 200), (200, 0)]
)
LOOP = streets([(0, -100), (0, 0)], [(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)])
BOW = streets([(0, 0), (0, 400)], [(0, 0), (200, 0), (200, 400), (0, 400)])
HORSESHOE = streets([(0, 0), (0, 500), (50, 500), (50, 0)], [(0, 0), (50, 0)])
ISLANDS = streets([(0, 0), (0, 500)], [(100, 0), (100, 500)])
NORTH = streets([(0, 0), (0, 1000)])

CASES = [
    Case(
        "line from its end",
        NORTH,
        ((0, 0),),
        {(0, 0): 0, (0, 1): 1, (0, 333.3): 333.3, (0, 1000): 1000, (40, 250): 290},
    ),
    Case("line, both access legs count", NORTH, ((-30, 200),), {(40, 700): 570, (30, 200): 60}),
    Case(
        "line beyond its end: the leg is straight to the end node",
        NORTH,
        ((0, 1040),),
        {(0, 0): 1040, (30, 1040): 90, (0, 1040): 80},
    ),
    Case(
        "one street of ten edges",
        streets(*([(0, 100 * i), (0, 100 * i + 100)] for i in range(10))),
        ((0, 50),),
        {(0, 1000): 950, (0, 0): 50, (0, 100): 50, (0, 555): 505},
    ),
    Case(
        "a bent edge is measured along its bends",
        streets([(0, 0), (300, 0), (300, 400), (0, 400)]),
        ((0, 0),),
        {(0, 400): 1000, (300, 200): 500, (150, 400): 850},
    ),
    Case(
        "plus",
        CROSS,
        ((0, 400),),
        {(0, -400): 800, (400, 0): 800, (-100, 0): 500, (0, 0): 400, (0, 100): 300},
    ),
    Case(
        "ring reached from both sides",
        RING,
        ((0, 0),),
        {(0, 200): 600, (-200, 100): 300, (100, 200): 500, (-150, 200): 450, (200, 0): 200},
    ),
    Case(
        "loop edge from its stem",
        LOOP,
        ((0, -100),),
        {(200, 200): 500, (0, 100): 200, (100, 0): 200, (200, 100): 400, (100, 200): 400},
    ),
    Case(
        "loop edge, facility on the loop",
        LOOP,
        ((150, 0),),
        {(0, 150): 300, (200, 200): 250, (50, 200): 400, (0, -100): 250},
    ),
    Case(
        "a loop alone is a network",
        streets([(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)]),
        ((100, 0),),
        {(0, 100): 200, (100, 200): 400, (200, 200): 300, (150, 200): 350, (40, 0): 60},
    ),
    Case(
        "parallel edges of different length",
        BOW,
        ((0, 0),),
        {(0, 400): 400, (200, 400): 600, (200, 100): 300, (100, 400): 500, (0, 399): 399},
    ),
    Case(
        "facility on the longer of two parallel edges",
        BOW,
        ((200, 200),),
        {(0, 0): 400, (0, 200): 600, (0, 50): 450, (200, 300): 100},
    ),
    Case(
        "disconnected pair", ISLANDS, ((0, 100),), {(0, 400): 300, (100, 100): INF, (101, 400): INF}
    ),
    Case("points on one edge reach each other along it", NORTH, ((0, 300),), {(0, 700): 400}),
    Case(
        "points on one edge, shorter around through its ends",
        HORSESHOE,
        ((0, 100),),
        {(50, 100): 250, (50, 400): 550, (25, 500): 425, (0, 400): 300, (50, 500): 450},
    ),
    Case(
        "several facilities on one edge",
        NORTH,
        ((0, 100), (0, 500), (0, 900)),
        {(0, 290): 190, (0, 310): 190, (0, 480): 20, (0, 720): 180, (0, 1000): 100, (0, 0): 100},
    ),
    Case(
        "facility at a node serves every edge of it",
        CROSS,
        ((0, 0),),
        {(0, 400): 400, (100, 0): 100, (0, -250): 250, (-1, 0): 1},
    ),
    Case("demand at the facility", NORTH, ((0, 432.1),), {(0, 432.1): 0}),
    Case("demand at a facility at a node", CROSS, ((0, 0),), {(0, 0): 0}),
    Case(
        "crossing without a shared vertex is no junction",
        streets([(-200, 0), (200, 0)], [(0, -300), (0, 300)]),
        ((-200, 0),),
        {(0, 300): INF, (200, 0): 400, (0, 250): INF},
    ),
    Case(
        "access legs at and about the cap",
        NORTH,
        ((0, 0),),
        {
            (299.99, 500): 799.99,
            (300.01, 500): math.nan,
            (0, 1299.99): 1299.99,
            (0, 1400): math.nan,
        },
    ),
    Case("a facility beyond the cap is not used", NORTH, ((310, 500),), {(0, 500): INF}),
    Case(
        "the facility beyond the cap leaves the demand to the next one",
        NORTH,
        ((310, 500), (0, 0)),
        {(0, 500): 500},
    ),
    Case("no facility", NORTH, (), {(0, 500): INF, (400, 500): math.nan}),
    Case("across the equator", NORTH, ((0, 900),), {(30, 100): 830}, Plan(103.8, -0.004)),
    Case("far north", BOW, ((0, 0),), {(200, 400): 600, (210, 100): 310}, Plan(123.4, 53.3)),
    Case("west of Greenwich", BOW, ((0, 0),), {(200, 400): 600}, Plan(-15.43, 28.1)),
]
# A cap of 300 m applies throughout, as it does by default.


def _grid(count: int, step: float):
    reach_m = (count - 1) * step
    along = [
        [(i * step, j * step), (i * step + step, j * step)]
        for i in range(count - 1)
        for j in range(count)
    ]
    across = [[(y, x) for x, y in line] for line in along]
    return streets(*along, *across), reach_m


def _grid_case() -> Case:
    lines, _ = _grid(9, 100.0)
    expect = {
        (100.0 * i, 100.0 * j): 100.0 * (abs(i - 4) + abs(j - 3))
        for i in range(9)
        for j in range(9)
    }
    # Between junctions of one street row the way leads to the nearer end that is on the way.
    expect |= {(x, 700.0): abs(x - 400.0) + 400.0 for x in (10.0, 450.0, 777.0)}
    expect[450.0, 320.0] = 50.0 + 20.0  # 20 m off its street, which runs by the facility
    return Case("grid", lines, ((400, 300),), expect)


CASES.append(_grid_case())


def _points(case: Case, where):
    return [case.plan.at(*xy) for xy in where]


def _expected(case: Case):
    metres = np.array(list(case.expect.values()), dtype=float)
    status = np.select(
        [np.isnan(metres), np.isinf(metres)], ["off_network", "island"], default="covered"
    )
    return np.where(np.isnan(metres), INF, metres), status


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_judge_knows_the_closed_forms(case):
    lines = [case.plan.line(*line) for line in case.streets]
    judge = Oracle(
        lines_as_streets(lines), _points(case, case.facilities), _points(case, case.expect)
    )
    metres, status = _expected(case)
    np.testing.assert_allclose(judge.metres(), metres, atol=CLOSE)
    off = [verdict.access_m > 300 for verdict in judge.verdicts]
    np.testing.assert_array_equal(off, status == "off_network")


@pytest.mark.slow
@pytest.mark.parametrize("turned", [False, True], ids=["as drawn", "drawn backwards"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_engine_knows_the_closed_forms(case, turned, tmp_path):
    lines = [case.plan.line(*line)[:: -1 if turned else 1] for line in case.streets]
    network = read_network(write_lines(tmp_path / "streets.geojson", lines))
    demand = case.plan.points(case.expect)
    got = reach(network, case.plan.facilities(case.facilities)).to(demand)
    metres, status = _expected(case)
    np.testing.assert_allclose(got["metres"], metres, atol=CLOSE)
    assert list(got["status"]) == list(status)
    np.testing.assert_array_equal(got["facility_id"].isna(), np.isinf(metres))


def test_seconds_are_metres_over_speed():
    got = reach(walk_network([PLAN.line(*NORTH[0])]), PLAN.facilities([(0, 0)]), walker="adult").to(
        PLAN.points([(33, 367)])
    )
    assert got["seconds"].iloc[0] == pytest.approx(400 / 1.33, abs=1e-3)
    slow = reach(walk_network([PLAN.line(*NORTH[0])]), PLAN.facilities([(0, 0)]), walker="elderly")
    assert slow.to(PLAN.points([(33, 367)]))["seconds"].iloc[0] == pytest.approx(500, abs=1e-3)


def test_gb50180_walks_1000_m_in_15_minutes():
    walked = reach(
        walk_network([PLAN.line((0, 0), (0, 1200))]), PLAN.facilities([(0, 0)]), walker="gb50180"
    )
    got = walked.to(PLAN.points([(0, 999.9), (0, 1000), (0, 1000.1)]), minutes=15)
    assert list(got["status"]) == ["covered", "covered", "gap"]
    assert got["seconds"].iloc[1] == pytest.approx(900, abs=1e-3)


# --- limits --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def north():
    return reach(walk_network([PLAN.line(*NORTH[0])]), PLAN.facilities([(0, 0)]))


def test_exactly_at_the_limit_is_within(north):
    demand = PLAN.points([(0, 1000), (0, 999), (0, 300), (25, 274.9)])
    assert list(north.to(demand, limit_m=1000)["status"]) == ["covered"] * 4
    assert list(north.to(demand, limit_m=300)["status"]) == ["gap", "gap", "covered", "covered"]
    metres = north.to(demand)["metres"].to_numpy()
    for row, own in enumerate(metres):
        for limit, status in [(own, "covered"), (own - 5e-7, "covered"), (own - 2e-6, "gap")]:
            got = north.to(demand, limit_m=limit)
            assert got["status"].iloc[row] == status, f"{limit!r} m for {own!r} m"


def test_a_gap_keeps_its_distance_and_facility(north):
    got = north.to(PLAN.points([(0, 700)]), limit_m=500).iloc[0]
    assert got["status"] == "gap"
    assert got["metres"] == pytest.approx(700, abs=CLOSE)
    assert got["facility_id"] == "f0"


def test_limits_in_minutes_are_inclusive(north):
    seconds = north.to(PLAN.points([(0, 800)]))["seconds"].iloc[0]
    within = north.to(PLAN.points([(0, 800), (0, 800.1)]), minutes=seconds / 60)
    assert list(within["status"]) == ["covered", "gap"]


def test_a_limit_of_zero_covers_the_doorstep_only(north):
    got = north.to(PLAN.points([(0, 0), (0, 1)]), limit_m=0)
    assert list(got["status"]) == ["covered", "gap"]


# --- access --------------------------------------------------------------------------------


def test_the_cap_is_inclusive_and_can_be_set():
    network = walk_network([PLAN.line(*NORTH[0])])
    demand = PLAN.points([(49.99, 500), (50.01, 500)])
    tight = reach(network, PLAN.facilities([(0, 0)]), max_access_m=50)
    assert list(tight.to(demand)["status"]) == ["covered", "off_network"]
    own = tight.to(demand)["access_m"].to_numpy()
    np.testing.assert_allclose(own, [49.99, 50.01], atol=CLOSE)
    exact = reach(network, PLAN.facilities([(0, 0)]), max_access_m=float(own[1]))
    assert list(exact.to(demand)["status"]) == ["covered", "covered"]


def test_the_access_leg_is_told_even_where_it_is_too_long(north):
    got = north.to(PLAN.points([(500, 500), (3000, 500)]))
    np.testing.assert_allclose(got["access_m"], [500, 3000], rtol=1e-5)
    assert list(got["status"]) == ["off_network", "off_network"]
    assert np.isinf(got["metres"]).all()
    assert np.isinf(got["seconds"]).all()


def test_a_point_equally_near_to_two_streets_gets_one_of_the_two_answers():
    lines = [PLAN.line((0, 0), (0, 400)), PLAN.line((0, 0), (100, 0), (100, 400))]
    got = reach(walk_network(lines), PLAN.facilities([(0, 0)])).to(PLAN.points([(50, 300)]))
    assert got["access_m"].iloc[0] == pytest.approx(50, abs=CLOSE)
    metres = got["metres"].iloc[0]
    assert min(abs(metres - 350), abs(metres - 450)) < CLOSE


def test_the_nearest_street_decides_not_the_nearest_node_or_the_shorter_walk():
    # The facility's street is 60 m away, a dead end's street 50 m: the answer goes round.
    lines = [PLAN.line((0, 0), (0, 1000)), PLAN.line((0, 1000), (110, 1000), (110, 0))]
    got = reach(walk_network(lines), PLAN.facilities([(0, 0)])).to(PLAN.points([(60, 0.5)]))
    assert got["metres"].iloc[0] == pytest.approx(1000 + 110 + 999.5 + 50, abs=CLOSE)


def test_two_copies_of_one_street_are_one_street():
    lines = [PLAN.line(*NORTH[0]), PLAN.line(*NORTH[0])]
    demand = PLAN.points([(10, 500), (-10, 600), (0, 700)])
    got = reach(walk_network(lines), PLAN.facilities([(0, 500)])).to(demand)
    np.testing.assert_allclose(got["metres"], [10, 110, 200], atol=CLOSE)


# --- stairs --------------------------------------------------------------------------------

PARK = [
    ({"highway": "residential"}, [(0, 0), (0, 200)]),
    ({"highway": "steps"}, [(0, 200), (0, 300)]),
    ({"highway": "footway"}, [(0, 300), (0, 500)]),
    ({"highway": "residential"}, [(0, 0), (400, 0), (400, 300), (0, 300)]),
]


def test_wheelchairs_go_round_stairs(tmp_path):
    network = read_network(write_osm(tmp_path / "park.osm", PARK))
    demand = PLAN.points([(0, 450), (0, 150)])
    afoot = reach(network, PLAN.facilities([(0, 100)]), walker="adult").to(demand)
    rolling = reach(network, PLAN.facilities([(0, 100)]), walker="wheelchair").to(demand)
    # Nodes in OSM files keep seven digits: a centimetre.
    np.testing.assert_allclose(afoot["metres"], [350, 50], atol=0.05)
    np.testing.assert_allclose(rolling["metres"], [100 + 400 + 300 + 400 + 150, 50], atol=0.05)


def test_what_stairs_alone_connect_is_an_island_for_wheelchairs(tmp_path):
    network = read_network(write_osm(tmp_path / "hill.osm", PARK[:3]))
    got = reach(network, PLAN.facilities([(0, 100)]), walker="wheelchair").to(
        PLAN.points([(0, 450), (0, 150)])
    )
    assert list(got["status"]) == ["island", "covered"]
    assert np.isinf(got["metres"].iloc[0])


def test_stairs_alone_are_no_network_for_wheelchairs(tmp_path):
    network = read_network(write_osm(tmp_path / "hill.osm", PARK[1:2]))
    walked = reach(network, PLAN.facilities([(0, 250)]), walker="wheelchair")
    got = walked.to(PLAN.points([(0, 220)]), limit_m=500)
    assert list(got["status"]) == ["off_network"]
    assert np.isinf(got["metres"].iloc[0])
    assert walked.count(PLAN.points([(0, 220)]), limit_m=500).iloc[0] == 0
    assert walked.circle(limit_m=500)["edge_m"].iloc[0] == 0


def test_a_street_that_shares_its_course_with_stairs_stays_open_to_wheelchairs(tmp_path):
    double = [({"highway": "steps"}, [(0, 0), (0, 100)]), ({"highway": "path"}, [(0, 0), (0, 100)])]
    for ways in (double, double[::-1]):
        network = read_network(write_osm(tmp_path / "double.osm", ways))
        walked = reach(network, PLAN.facilities([(0, 0)]), walker="wheelchair")
        assert walked.to(PLAN.points([(0, 80)]))["metres"].iloc[0] == pytest.approx(80, abs=0.05)


def test_negative_ids_are_nodes_like_any_other(tmp_path):
    """Editors number what is drawn anew downwards from -1."""
    drawn = write_osm(tmp_path / "drawn.osm", PARK, sign=-1)
    known = write_osm(tmp_path / "known.osm", PARK)
    demand = PLAN.points([(0, 450), (200, 300)])
    got = [
        reach(read_network(path), PLAN.facilities([(0, 100)])).to(demand)["metres"]
        for path in (drawn, known)
    ]
    np.testing.assert_allclose(*got)
    assert np.isfinite(got[0]).all()


# --- tables --------------------------------------------------------------------------------


def test_no_demand_gives_an_empty_table_with_its_columns(north):
    got = north.to(PLAN.points([(0, 0)]).iloc[:0])
    assert len(got) == 0
    assert {"metres", "seconds", "facility_id", "access_m", "status"} <= set(got.columns)


def test_demand_keeps_index_columns_and_is_not_changed(north):
    demand = PLAN.points([(0, 10), (0, 20), (0, 30)], index=["b", "a", "b"])
    demand["households"] = [3, 1, 2]
    before = demand.copy()
    got = north.to(demand)
    assert list(got.index) == ["b", "a", "b"]
    assert list(got["households"]) == [3, 1, 2]
    assert list(demand.columns) == list(before.columns)
    assert got.crs == before.crs


def test_zero_length_street_does_no_harm(tmp_path):
    lines = [
        PLAN.line((0, 0), (0, 500)),
        PLAN.line((0, 500), (0, 500)),
        PLAN.line((0, 500), (0, 900)),
    ]
    network = read_network(write_lines(tmp_path / "streets.geojson", lines))
    got = reach(network, PLAN.facilities([(0, 500)])).to(
        PLAN.points([(0, 100), (0, 800), (0, 500)])
    )
    np.testing.assert_allclose(got["metres"], [400, 300, 0], atol=CLOSE)


# --- many facilities -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def three():
    network = walk_network([PLAN.line(*NORTH[0])])
    return reach(network, PLAN.facilities([(0, 100), (0, 500), (0, 900)]))


def test_k_nearest_in_order(three):
    got = three.nearest(PLAN.points([(0, 450), (0, 0)], index=[7, 9]), 3)
    assert list(got["facility_id"]) == ["f1", "f0", "f2", "f0", "f1", "f2"]
    np.testing.assert_allclose(got["metres"], [50, 350, 450, 100, 500, 900], atol=CLOSE)


def test_k_nearest_within_a_limit(three):
    got = three.nearest(PLAN.points([(0, 450), (0, 0)]), 3, limit_m=400)
    finite = got[np.isfinite(got["metres"].astype(float))]
    assert list(finite["facility_id"]) == ["f1", "f0", "f0"]


def test_k_larger_than_the_number_of_facilities(three):
    got = three.nearest(PLAN.points([(0, 450)]), 10)
    finite = got[np.isfinite(got["metres"].astype(float))]
    assert list(finite["facility_id"]) == ["f1", "f0", "f2"]


def test_count(three):
    demand = PLAN.points([(0, 300), (0, 500), (0, 0), (400, 0)], index=list("abcd"))
    count = three.count(demand, limit_m=400)
    assert list(count.index) == list("abcd")
    assert list(count) == [2, 3, 1, 0]
    assert list(three.count(demand, limit_m=200)) == [2, 1, 1, 0]
    assert list(three.count(demand, limit_m=199.9)) == [0, 1, 1, 0]


def test_entrances_of_one_facility_count_once():
    network = walk_network([PLAN.line(*NORTH[0])])
    facilities = PLAN.points([(0, 100), (0, 300), (0, 900)], ids=["park", "park", "hall"])
    walked = reach(network, facilities)
    demand = PLAN.points([(0, 250)])
    assert list(walked.count(demand, limit_m=1000)) == [2]
    assert walked.to(demand)["metres"].iloc[0] == pytest.approx(50, abs=CLOSE)
    second = walked.nearest(demand, 2)
    assert list(second["facility_id"]) == ["park", "hall"]
    np.testing.assert_allclose(second["metres"], [50, 650], atol=CLOSE)


def test_matrix_holds_what_is_within_and_nothing_else(three):
    matrix, ids = three.matrix(PLAN.points([(0, 500), (0, 0), (400, 0)]), limit_m=400)
    assert list(ids) == ["f0", "f1", "f2"]
    assert matrix.shape == (3, 3)
    dense = matrix.toarray()
    np.testing.assert_allclose(dense, [[400, 0, 400], [100, 0, 0], [0, 0, 0]], atol=CLOSE)
    assert matrix.nnz == 4  # the facility at 0 m is stored, too
    assert 0 < matrix[0, 1] < 1e-3


# --- the way -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_routes_prove_their_metres(case):
    lines = [case.plan.line(*line) for line in case.streets]
    network = walk_network(lines)
    facilities = case.plan.facilities(case.facilities)
    demand = case.plan.points(case.expect)
    walked = reach(network, facilities)
    table, way = walked.to(demand), walked.route(demand)
    assert list(way.index) == list(demand.index), "one row per demand point"
    for row, (xy, metres) in enumerate(case.expect.items()):
        line = way.geometry.iloc[row]
        if not math.isfinite(metres):
            assert line is None or line.is_empty
            continue
        assert way["metres"].iloc[row] == pytest.approx(table["metres"].iloc[row], abs=1e-6)
        assert way["facility_id"].iloc[row] == table["facility_id"].iloc[row]
        assert line.geom_type == "LineString"
        assert GEOD.geometry_length(line) == pytest.approx(metres, abs=0.01)
        assert metres_between(*line.coords[0], *case.plan.at(*xy)) < 0.01
        number = int(table["facility_id"].iloc[row][1:])
        assert metres_between(*line.coords[-1], *case.plan.at(*case.facilities[number])) < 0.01

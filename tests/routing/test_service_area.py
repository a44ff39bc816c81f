"""Circles: the exact covered pieces of streets, and the polygon drawn from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from builders.drawing import PLAN, walk_network
from livingcircle.routing.engine import reach
from oracle import GEOD, metres_between

CLOSE = 5e-3


def walked(streets, facilities, **options):
    network = walk_network([PLAN.line(*street) for street in streets])
    return reach(network, PLAN.facilities(facilities), **options)


def covered_m(pieces) -> float:
    """Geodesic metres of all pieces."""
    return sum(GEOD.geometry_length(line) for line in pieces.geometry)


NORTH = [[(0, 0), (0, 1000)]]
RING = [
    [(0, 0), (-200, 0)],
    [(0, 0), (200, 0)],
    [(-200, 0), (-200, 200), (200, 200), (200, 0)],
]
LOOP = [[(0, -100), (0, 0)], [(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "streets", "facilities", "limit", "metres"),
    [
        ("middle of a street", NORTH, [(0, 500)], 200, 400),
        ("end of a street", NORTH, [(0, 0)], 200, 200),
        ("the access leg is walked, too", NORTH, [(30, 500)], 200, 340),
        ("the leg uses up the limit", NORTH, [(200, 500)], 200, 0),
        ("the leg is longer than the limit", NORTH, [(250, 500)], 200, 0),
        ("more than the street", NORTH, [(0, 500)], 2000, 1000),
        ("exactly the street", NORTH, [(0, 0)], 1000, 1000),
        ("two that overlap", NORTH, [(0, 300), (0, 500)], 200, 600),
        ("two that touch", NORTH, [(0, 200), (0, 600)], 200, 800),
        ("two that do not", NORTH, [(0, 100), (0, 900)], 200, 600),
        ("limit of nothing", NORTH, [(0, 500)], 0, 0),
        # The ring's long edge is entered 200 m from the facility at both of its ends.
        ("ring with an uncovered middle", RING, [(0, 0)], 450, 400 + 250 + 250),
        ("ring just closed", RING, [(0, 0)], 600, 1200),
        ("ring almost closed", RING, [(0, 0)], 599, 1198),
        ("loop from its stem", LOOP, [(0, -100)], 250, 100 + 150 + 150),
        ("loop from within", LOOP, [(100, 0)], 150, 250 + 50 + 50),
        ("an island is not covered", [*NORTH, [(90, 0), (90, 1000)]], [(0, 0)], 500, 500),
        ("no facility", NORTH, [], 500, 0),
    ],
)
def test_covered_metres_follow_from_arithmetic(name, streets, facilities, limit, metres):
    walk = walked(streets, facilities)
    assert covered_m(walk.edges(limit_m=limit)) == pytest.approx(metres, abs=CLOSE), name
    circle = walk.circle(limit_m=limit)
    assert len(circle) == 1
    assert circle["edge_m"].iloc[0] == pytest.approx(metres, abs=CLOSE), name
    assert circle["limit_m"].iloc[0] == pytest.approx(limit)
    assert (circle["area_m2"].iloc[0] > 0) == (metres > 0)


@pytest.mark.slow
@pytest.mark.parametrize(("blocks", "rest"), [(1, 0), (2, 0), (3, 0), (2, 37), (3, 99)])
def test_circle_on_a_grid_has_the_length_theory_says(blocks, rest):
    # On a grid of step s a limit of k s covers 4 k² s of street, and 8 k + 4 ends grow from it.
    step, half = 100.0, 5
    along = [
        [(i * step, j * step), (i * step + step, j * step)]
        for i in range(-half, half)
        for j in range(-half, half + 1)
    ]
    streets = [*along, *([(y, x) for x, y in line] for line in along)]
    walk = walked(streets, [(0, 0)])
    right = 4 * blocks**2 * step + (8 * blocks + 4) * rest
    assert covered_m(walk.edges(limit_m=blocks * step + rest)) == pytest.approx(right, abs=0.05)


def test_an_edge_entered_from_both_ends_is_cut_in_the_middle():
    pieces = walked(RING, [(0, 0)]).edges(limit_m=450)
    inside = PLAN.at(0, 200)
    near = shapely.distance(pieces.geometry.to_numpy(), Point(inside)).min()
    assert near > 0
    # The gap runs along the top of the ring from 150 m west of its middle to 150 m east of it.
    for x in (-150, 150):
        end = PLAN.at(x, 200)
        ends = [line.coords[i] for line in pieces.geometry for i in (0, -1)]
        assert min(metres_between(*end, *other) for other in ends) < 0.01


def test_circle_by_minutes_and_walker():
    walk = walked(NORTH, [(0, 0)], walker="adult")
    circle = walk.circle(minutes=5)
    assert circle["limit_m"].iloc[0] == pytest.approx(5 * 60 * 1.33)
    assert circle["edge_m"].iloc[0] == pytest.approx(399, abs=CLOSE)
    slow = walk.circle(minutes=5, walker="elderly")
    assert slow["limit_m"].iloc[0] == pytest.approx(240)
    assert slow["edge_m"].iloc[0] == pytest.approx(240, abs=CLOSE)
    assert covered_m(walk.edges(minutes=5)) == pytest.approx(399, abs=CLOSE)


def _board(polygon):
    """The polygon in metres on the drawing board."""
    lon0, lat0 = PLAN.at(0, 0)
    lon1, lat1 = PLAN.at(1, 1)
    return shapely.transform(polygon, lambda c: (c - (lon0, lat0)) / (lon1 - lon0, lat1 - lat0))


def test_polygons_end_where_the_walk_ends():
    circle = walked(NORTH, [(0, 500)]).circle(limit_m=200)
    assert circle.crs.to_epsg() == 4326
    west, south, east, north = _board(circle.geometry.iloc[0]).bounds
    assert (south, north) == pytest.approx((300, 700), abs=0.1), "flat caps"
    assert -west == pytest.approx(east, rel=0.01)
    assert 1 < east < 60


def test_area_is_that_of_the_polygon_on_the_ellipsoid():
    circle = walked(RING, [(0, 0)]).circle(limit_m=450)
    area = abs(GEOD.geometry_area_perimeter(circle.geometry.iloc[0])[0])
    assert circle["area_m2"].iloc[0] == pytest.approx(area, rel=1e-3)


def test_holes_are_kept():
    block = [[(0, 0), (600, 0), (600, 600), (0, 600), (0, 0)]]
    polygon = _board(walked(block, [(0, 0)]).circle(limit_m=5000).geometry.iloc[0])
    assert not polygon.contains(Point(300, 300))
    assert polygon.contains(Point(300, 2))
    holes = sum(len(part.interiors) for part in shapely.get_parts(polygon))
    assert holes == 1


def test_uncovered_middle_of_a_street_is_not_in_the_polygon():
    polygon = _board(walked(RING, [(0, 0)]).circle(limit_m=450).geometry.iloc[0])
    assert not polygon.contains(Point(0, 200))
    assert not polygon.contains(Point(-145, 200))
    assert polygon.contains(Point(-155, 200))


def test_the_polygon_is_valid_and_holds_every_piece():
    walk = walked(LOOP, [(0, -100)])
    polygon = walk.circle(limit_m=333).geometry.iloc[0]
    assert polygon.is_valid
    for line in walk.edges(limit_m=333).geometry:
        assert polygon.buffer(1e-7).contains(line)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    limit=st.floats(1, 900),
    facilities=st.lists(
        st.tuples(st.sampled_from([-200.0, 0.0, 200.0]), st.floats(0, 200)), max_size=4
    ),
)
def test_a_position_is_in_a_piece_if_and_only_if_it_is_within_the_limit(limit, facilities):
    """Pieces and demand points are two computations of one thing."""
    streets = [*RING, [(0, 0), (0, 160)], [(-200, 0), (-260, 0)]]
    walk = walked(streets, facilities)
    tests = [(-200 + 8 * i, 200) for i in range(51)] + [(0, 8 * i) for i in range(21)]
    tests += [(-200, 8 * i) for i in range(26)]
    got = walk.to(PLAN.points(tests), limit_m=limit)
    pieces = walk.edges(limit_m=limit).geometry.to_numpy()
    for xy, metres, status in zip(tests, got["metres"], got["status"], strict=True):
        if math.isfinite(metres) and abs(metres - limit) < 0.01:
            continue
        away = shapely.distance(pieces, Point(PLAN.at(*xy))).min() if len(pieces) else np.inf
        # The row of tests lies on the streets up to a hair of the projection.
        assert (away * 110_000 < 0.005) == (status == "covered"), f"{xy} {metres} {status} {away}"

"""What walls hide: said only of legs that truly cross one, and of courtyards all around."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from livingcircle.network.enclosed import blocked_directions

ON_WALL_M = 0.05
AROUND_M = 60.0


def hidden_from(walls, places):
    """What walls within 60 m hide."""
    return blocked_directions(walls, places, np.full(len(places), AROUND_M), ON_WALL_M)


def tree(lines):
    """A tree of straight pieces."""
    pieces = [[a, b] for line in lines for a, b in itertools.pairwise(line)]
    return shapely.STRtree(shapely.linestrings(np.array(pieces, dtype=float)))


COURT = [(-20, -20), (20, -20), (20, 20), (-20, 20), (-20, -20)]


def test_a_courtyard_is_closed_all_around_and_a_gap_opens_it():
    middle = np.array([[0.0, 0.0], [15.0, -3.0], [100.0, 0.0]])
    closed = hidden_from(tree([COURT]), middle)
    assert np.isfinite(closed.end_m).tolist() == [True, True, False]
    # The corners are 28.3 and 40.3 m away; circles are asked of 30, 42 and 60 m.
    assert closed.end_m.tolist() == [30.0, 42.0, np.inf]
    gap = hidden_from(tree([COURT[:4], [(-20, 20), (-20, 5)], [(-20, -5), (-20, -20)]]), middle)
    assert np.isinf(gap.end_m).all()
    legs = np.array([[-50.0, 0.0], [-50.0, 11.0], [-50.0, 13.0], [50.0, 0.0], [10.0, 0.0]])
    # The gap is seen under a slope of 1 in 4 up and down.
    hidden = gap.legs(np.zeros(5, dtype=int), legs)
    assert hidden.tolist() == [False, False, True, True, False]


def test_a_wall_that_a_door_stands_on_hides_nothing():
    on = hidden_from(tree([COURT]), np.array([[20.0, 0.0]]))
    assert np.isinf(on.end_m).all()
    assert on.legs(np.array([0, 0]), np.array([[60.0, 0.0], [-90.0, 1.0]])).tolist() == [
        False, True]  # fmt: skip


def test_nothing_near_hides_nothing():
    far = hidden_from(tree([COURT]), np.array([[5000.0, 0.0]]))
    assert np.isinf(far.end_m).all()
    assert not far.legs(np.array([0]), np.array([[300.0, 1.0]])).any()


@pytest.mark.parametrize("seed", range(8))
def test_what_is_hidden_is_across_a_wall(seed):
    rng = np.random.default_rng(seed)
    begin = rng.uniform(-80, 80, (40, 2))
    walls = np.stack([begin, begin + rng.normal(0, 18, (40, 2))], axis=1)
    lines = shapely.linestrings(walls)
    places = rng.uniform(-60, 60, (50, 2))
    hidden = hidden_from(shapely.STRtree(lines), places)
    place = np.repeat(np.arange(50), 40)
    legs = rng.normal(0, 120, (2000, 2))
    said = hidden.legs(place, legs)
    drawn = shapely.linestrings(np.stack([places[place], places[place] + legs], axis=1))
    crosses = shapely.intersects(drawn[:, None], lines).any(axis=1)
    assert said.sum() > 300, "most long legs are hidden without a test of each"
    assert crosses[said].all()
    assert said[np.hypot(*legs.T) > hidden.end_m[place]].all()
    # Of the legs that a wall within half the circle crosses, next to none needs a test.
    near = shapely.linestrings(
        np.stack([places[place], places[place] + legs / np.hypot(*legs.T)[:, None] * 29.8], axis=1)
    )
    surely = shapely.intersects(near[:, None], lines).any(axis=1) & (np.hypot(*legs.T) > 30.1)
    on_wall = (shapely.distance(shapely.points(places)[:, None], lines) < 0.1).any(axis=1)
    assert said[surely & ~on_wall[place]].all()


def test_a_long_wall_hides_by_the_part_that_is_near():
    wall = tree([[(10, -500), (10, 500)]])
    hidden = hidden_from(wall, np.array([[0.0, 0.0]]))
    legs = np.array([[59.0, 0.0], [59.0, 40.0], [12.0, 0.0], [-59.0, 0.0]])
    # The circle of 15 m meets the wall 11 m up and down; what ends before it is not said.
    assert hidden.legs(np.zeros(4, dtype=int), legs).tolist() == [True, True, False, False]

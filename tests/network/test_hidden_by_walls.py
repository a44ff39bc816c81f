"""What walls hide: said only of legs that truly cross one, and of courtyards all around."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from livingcircle.network.enclosed import hidden_by

ON_WALL_M = 0.05


def tree(lines):
    """A tree of straight pieces."""
    pieces = [[a, b] for line in lines for a, b in itertools.pairwise(line)]
    return shapely.STRtree(shapely.linestrings(np.array(pieces, dtype=float)))


COURT = [(-20, -20), (20, -20), (20, 20), (-20, 20), (-20, -20)]


def test_a_courtyard_is_closed_all_around_and_a_gap_opens_it():
    middle = np.array([[0.0, 0.0], [15.0, -3.0], [100.0, 0.0]])
    closed = hidden_by(tree([COURT]), middle, ON_WALL_M)
    assert closed.all_around.tolist() == [True, True, False]
    assert closed.far_m[0] == pytest.approx(np.hypot(20, 20), abs=0.2)
    gap = hidden_by(tree([COURT[:4], [(-20, 20), (-20, 5)], [(-20, -5), (-20, -20)]]),
                    middle, ON_WALL_M)  # fmt: skip
    assert not gap.all_around.any()
    legs = np.array([[-50.0, 0.0], [-50.0, 11.0], [-50.0, 13.0], [50.0, 0.0], [10.0, 0.0]])
    # The gap is seen under a slope of 1 in 4 up and down.
    hidden = gap.legs(np.zeros(5, dtype=int), legs)
    assert hidden.tolist() == [False, False, True, True, False]


def test_a_wall_that_a_door_stands_on_hides_nothing():
    on = hidden_by(tree([COURT]), np.array([[20.0, 0.0]]), ON_WALL_M)
    assert not on.all_around[0]
    assert on.legs(np.array([0, 0]), np.array([[60.0, 0.0], [-90.0, 1.0]])).tolist() == [
        False, True]  # fmt: skip


def test_nothing_near_hides_nothing():
    far = hidden_by(tree([COURT]), np.array([[5000.0, 0.0]]), ON_WALL_M)
    assert not far.all_around.any()
    assert not far.legs(np.array([0]), np.array([[300.0, 1.0]])).any()


@pytest.mark.parametrize("seed", range(8))
def test_what_is_hidden_is_across_a_wall(seed):
    rng = np.random.default_rng(seed)
    begin = rng.uniform(-80, 80, (40, 2))
    walls = np.stack([begin, begin + rng.normal(0, 18, (40, 2))], axis=1)
    lines = shapely.linestrings(walls)
    places = rng.uniform(-60, 60, (50, 2))
    hidden = hidden_by(shapely.STRtree(lines), places, ON_WALL_M)
    place = np.repeat(np.arange(50), 40)
    legs = rng.normal(0, 120, (2000, 2))
    said = hidden.legs(place, legs)
    drawn = shapely.linestrings(np.stack([places[place], places[place] + legs], axis=1))
    crosses = shapely.intersects(drawn[:, None], lines).any(axis=1)
    assert said.sum() > 300, "most long legs are hidden without a test of each"
    assert crosses[said].all()
    around = hidden.all_around[place] & (np.hypot(*legs.T) > hidden.far_m[place])
    assert said[around].all()

"""What walls say at once agrees with looking at them one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from livingcircle.network.wall_grid import closed_courts, wall_grid, within_courts


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("spread", [100.0, 40_000.0])
def test_a_leg_that_is_called_clear_meets_no_wall(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    begin = rng.uniform(0, spread, (60, 2)).round(0)
    walls = np.stack([begin, begin + rng.normal(0, 15, (60, 2)).round(0)], axis=1)
    one = rng.uniform(-20, spread + 20, (2000, 2)).round(0)
    two = one + rng.normal(0, 12, (2000, 2)).round(0)
    clear = wall_grid(walls).clear(one, two)
    tree = shapely.STRtree(shapely.linestrings(walls))
    met = np.zeros(2000, dtype=bool)
    legs = shapely.linestrings(np.stack([one, two], axis=1))
    met[tree.query(legs, predicate="intersects")[0]] = True
    assert not (clear & met).any()
    assert clear.sum() > 100


def test_a_court_is_closed_where_no_street_lies_in_it_or_on_its_wall() -> None:
    def ring(x: float) -> list[list[tuple[float, float]]]:
        corners = [(x, 0.0), (x + 50, 0.0), (x + 50, 50.0), (x, 50.0), (x, 0.0)]
        return [list(pair) for pair in itertools.pairwise(corners)]

    open_ring = ring(300)[:3]
    walls = shapely.STRtree(shapely.linestrings([*ring(0), *ring(100), *ring(200), *open_ring]))
    streets = [[(-100, -20), (500, -20)], [(120, 20), (130, 20)], [(225, -20), (225, 0)]]
    courts = closed_courts(walls, shapely.STRtree(shapely.linestrings(streets)), 0.05)
    places = np.array([[25, 25], [125, 25], [225, 25], [325, 25], [25, 0.05], [70, 25]])
    found = within_courts(courts, places, 0.05)
    assert found.tolist() == [True, False, False, False, False, False]

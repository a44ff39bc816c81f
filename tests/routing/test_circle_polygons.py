"""Where the polygon of a circle ends: at corners, at walls, and where the walk ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import Point

from builders.drawing import PLAN, walk_network
from livingcircle.routing import ground
from livingcircle.routing.engine import reach
from livingcircle.routing.frontier import forget_places, measure_outline

ALONG = [(0, 0), (400, 0)]
BEHIND = [(-50, 36), (450, 36)]
"""An island beside the street: nobody reaches it."""


def town(streets, walls=()):
    network = walk_network([PLAN.line(*street) for street in streets])
    return replace(network, walls=np.array([PLAN.line(*wall) for wall in walls]).reshape(-1, 2, 2))


def holds(polygon, *where):
    return [polygon.contains(Point(PLAN.at(*xy))) for xy in where]


def test_a_door_at_the_outside_of_a_corner_is_in_the_polygon():
    streets = [[(0, 0), (300, 0)], [(0, 0), (0, 300)], [(0, 0), (200, 200)]]
    walk = reach(town(streets), PLAN.facilities([(150, 0)]))
    polygon = walk.circle(limit_m=600).geometry.iloc[0]
    doors = [(-8, -8), (-15, -15), (-20, -20)]
    assert walk.to(PLAN.points(doors), limit_m=600)["status"].tolist() == ["covered"] * 3
    assert holds(polygon, *doors) == [True, True, False], "25 m round the corner"


@pytest.mark.parametrize("walled", [False, True])
def test_a_wall_decides_whose_a_door_is(walled):
    wall = [[(-50, 30), (450, 30)]] if walled else []
    walk = reach(town([ALONG, BEHIND], wall), PLAN.facilities([(200, 0)]))
    polygon = walk.circle(limit_m=1000).geometry.iloc[0]
    doors = [(100, 10), (100, 22), (250, 23), (100, 33)]
    got = walk.to(PLAN.points(doors), limit_m=1000)["status"] == "covered"
    # 22 m from the street and 14 m from the island: with a wall before the island, the street's.
    assert got.tolist() == [True, walled, walled, False]
    assert holds(polygon, *doors) == got.tolist()


def test_a_street_across_a_wall_gives_no_band_there():
    """Doors on this side of the wall are the island's, though the street is nearer."""
    wall = [[(-50, 9), (450, 9)]]
    walk = reach(town([ALONG, BEHIND], wall), PLAN.facilities([(200, 0)]))
    polygon = walk.circle(limit_m=1000).geometry.iloc[0]
    doors = [(100, 5), (100, 16), (250, 15.5)]
    got = walk.to(PLAN.points(doors), limit_m=1000)["status"] == "covered"
    assert got.tolist() == [True, False, False]
    assert holds(polygon, *doors) == got.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("limit", [100.0, 150.0, 190.0])
def test_few_doors_of_a_crooked_town_are_on_the_wrong_side(limit):
    wrong_doors(limit, false=0.03, missed=0.003)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [100.0, 190.0])
@pytest.mark.parametrize("one_block", [True, False])
def test_the_wider_lattice_of_a_large_network_is_nearly_as_true(limit, one_block, monkeypatch):
    monkeypatch.setattr(ground, "_PLACES", 1)
    if not one_block:
        monkeypatch.setattr(ground, "_ONE_BLOCK", 1)
        monkeypatch.setattr(ground, "_BLOCK", 16)
    walk = wrong_doors(limit, false=0.06, missed=0.02)
    blocks = ground.blocks_of(walk.network, 25.0)
    assert {block.step_m for block in blocks} == {10.0}
    assert (len(blocks) == 1) == one_block


def test_the_lattice_widens_with_the_network(monkeypatch):
    network = town([ALONG, BEHIND])
    assert ground.blocks_of(network, 25.0)[0].step_m == ground.PLACE_SPACING_M
    # 900 m of streets, 50 m wide, in 900 places: 50 m² each.
    monkeypatch.setattr(ground, "_PLACES", 900)
    assert ground.blocks_of(town([ALONG, BEHIND]), 25.0)[0].step_m == 7.5


def wrong_doors(limit, false, missed):
    """Hold that few doors lie on the wrong side of a circle of a crooked town; return its walks."""
    rng = np.random.default_rng(7)
    at = {(i, j): (80 * i + rng.uniform(-20, 20), 80 * j + rng.uniform(-20, 20))
          for i in range(9) for j in range(9)}  # fmt: skip
    streets = [[at[i, j], at[i + 1, j]] for i in range(8) for j in range(9) if rng.random() < 0.8]
    streets += [[at[i, j], at[i, j + 1]] for i in range(9) for j in range(8) if rng.random() < 0.8]
    walk = reach(town(streets), PLAN.facilities([(160, 160), (480, 400), (200, 520)]))
    row = walk.circle(limit_m=limit).iloc[0]
    homes = rng.uniform(-30, 670, (20_000, 2))
    got = walk.to(PLAN.points(homes), limit_m=limit)
    near = (got["access_m"] <= 24).to_numpy()
    inside = np.array(holds(row.geometry, *homes))
    reached = (got["status"] == "covered").to_numpy()
    assert (inside & ~reached).sum() / inside.sum() < false
    assert (near & reached & ~inside).sum() / reached.sum() < missed
    assert row["false_share"] < false
    assert row["missed_share"] < missed
    return walk


def test_shares_of_a_polygon_that_is_wrong_are_large():
    walk = reach(town([ALONG]), PLAN.facilities([(0, 0)]))
    drawn = walk.covered(limit_m=200)
    everything = Point(PLAN.at(200, 0)).buffer(0.01)
    # Doors 12 m off: x + 12 <= 200 are in reach, 188 m of the 300 m that are looked at.
    false, missed = measure_outline(walk.network, everything, drawn.reserve)
    assert false == pytest.approx(1 - 188 / 300, abs=0.05)
    assert missed == 0
    nothing = Point(PLAN.at(200, 900)).buffer(1e-6)
    assert measure_outline(walk.network, nothing, drawn.reserve)[1] == 1


def test_a_large_network_keeps_no_places_and_draws_the_same(monkeypatch):
    network = town([ALONG, BEHIND], [[(-50, 9), (450, 9)]])
    walk = reach(network, PLAN.facilities([(200, 0)]))
    limits = [120, 300]
    drawn = [walk.circle(limit_m=limit).geometry.iloc[0] for limit in limits]
    made = network.derive(ground._ground, 25.0)
    forget_places(network)
    assert network.derive(ground._ground, 25.0) is made, "a small one keeps them"
    network.forget(ground._ground)
    monkeypatch.setattr(ground, "_LARGE_M", 500.0)
    stretches = []
    made_stretches = ground._stretches
    monkeypatch.setattr(ground, "_stretches", lambda n: stretches.append(n) or made_stretches(n))
    both = walk.circle(limit_m=limits).geometry
    assert len(stretches) == 1, "one ground for all circles"
    for one, other in zip(both, drawn, strict=True):
        assert one.equals_exact(other, 0.0)
    assert not any(key[0] is ground._ground for key in network._derived)

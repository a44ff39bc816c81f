"""Seconds of stairs and crossings that follow from arithmetic; metres stay what they are."""

from __future__ import annotations

import numpy as np
import pytest

from builders.dem import write_dem
from builders.drawing import PLAN, write_osm
from livingcircle.errors import ConfigError
from livingcircle.network.edit import EdgePoints, split_edges
from livingcircle.network.read import read_network
from livingcircle.network.terrain import with_terrain
from livingcircle.network.waiting import with_delays
from livingcircle.routing.engine import reach

WALK = {"highway": "footway"}
CROSSING = WALK | {"footway": "crossing"}
ROAD = {"highway": "primary"}
SPEED = 1.25
SHIPS = {"stairs_up": 2.20, "stairs_down": 1.93, "signals_s": 20, "crossing_s": 5,
         "escalator_m_s": 0.43, "lift_s": 30}  # fmt: skip


def street(tmp_path, middle, *more, **stated):
    """100 m of pavement, 40 m of something else, 100 m of pavement, along y."""
    ways = [(WALK, [(0, 0), (0, 100)]), (middle, [(0, 100), (0, 120), (0, 140)]),
            (WALK, [(0, 140), (0, 240)]), *more]  # fmt: skip
    network = read_network(write_osm(tmp_path / "a.osm", ways))
    return network, with_delays(network, **stated)


def seconds(network, home=(0, 0), shop=(0, 240), walker=SPEED):
    found = reach(network, PLAN.facilities([shop]), walker=walker).to(PLAN.points([home]))
    return float(found["seconds"].iloc[0])


CROSSES = (ROAD, [(-50, 120), (0, 120), (50, 120)])
STEPS = {"highway": "steps"}


@pytest.mark.parametrize(
    ("middle", "right"),
    [
        (WALK, 240 / SPEED),
        (CROSSING, 240 / SPEED + 5),
        ({"highway": "crossing"}, 240 / SPEED + 5),
        (CROSSING | {"crossing": "traffic_signals"}, 240 / SPEED + 20),
        (CROSSING | {"crossing:signals": "yes"}, 240 / SPEED + 20),
        (STEPS, (200 + 40 * (2.20 + 1.93) / 2) / SPEED),
        (STEPS | {"conveying": "yes"}, 200 / SPEED + 40 / 0.43),
        ({"highway": "elevator"}, 240 / SPEED + 30),
    ],
)
def test_a_tag_costs_its_seconds(tmp_path, middle, right):
    plain, slow = street(tmp_path, middle)
    assert seconds(slow) == pytest.approx(right, abs=0.01)
    assert seconds(plain) == pytest.approx(240 / SPEED, abs=0.01)


def test_a_crossing_that_a_road_parts_is_waited_at_once(tmp_path):
    _, slow = street(tmp_path, CROSSING, CROSSES, signals_s=33, crossing_s=7)
    assert seconds(slow) == pytest.approx(240 / SPEED + 7, abs=0.01)
    # From the middle of the road the half of it is left.
    assert seconds(slow, home=(0, 120)) == pytest.approx(120 / SPEED + 3.5, abs=0.01)


@pytest.mark.parametrize(("middle", "wait"), [(CROSSING, 5), ({"highway": "elevator"}, 30)])
def test_a_part_of_a_crossing_waits_its_share(tmp_path, middle, wait):
    _, slow = street(tmp_path, middle)
    edge = np.flatnonzero(slow.tags.crossing | slow.tags.lift)
    assert len(edge) == 1
    parts = split_edges(
        slow, EdgePoints(edge, np.array([10.0]), np.array([PLAN.at(0, 110)]))
    ).network
    assert parts.edge_count == slow.edge_count + 1
    assert seconds(parts) == pytest.approx(240 / SPEED + wait, abs=0.01)
    left = seconds(slow, home=(0, 105))
    assert seconds(parts, home=(0, 105)) == pytest.approx(left, abs=0.01)
    again = split_edges(parts, EdgePoints(edge + 1, np.array([10.0]), np.array([PLAN.at(0, 120)])))
    assert seconds(again.network) == pytest.approx(240 / SPEED + wait, abs=0.01)


def test_two_crossings_in_a_row_are_waited_at_twice(tmp_path):
    ways = [(CROSSING, [(0, 0), (0, 10)]), (CROSSING, [(0, 10), (0, 40)])]
    slow = with_delays(read_network(write_osm(tmp_path / "a.osm", ways)))
    assert seconds(slow, shop=(0, 40)) == pytest.approx(40 / SPEED + 10, abs=0.01)


def test_waiting_lasts_as_long_for_everybody(tmp_path):
    _, slow = street(tmp_path, CROSSING)
    for speed in (0.8, 1.6):
        assert seconds(slow, walker=speed) == pytest.approx(240 / speed + 5, abs=0.01)


def test_heights_say_which_way_stairs_lead(tmp_path):
    _, slow = street(tmp_path, STEPS)
    dem = write_dem(
        tmp_path / "a.tif", lambda x, y: 0.4 * np.clip(y - 100, 0, 40), cell_m=1.0,
        box=(-50, -50, 50, 300),
    )  # fmt: skip
    hill = with_terrain(slow, dem, smooth_m=0.0)
    assert seconds(hill) == pytest.approx((200 + 40 * 2.20) / SPEED, rel=0.01)
    assert seconds(hill, home=(0, 240), shop=(0, 0)) == pytest.approx(
        (200 + 40 * 1.93) / SPEED, rel=0.01
    )


def test_a_way_round_may_be_faster_and_the_drawn_way_tells_its_waiting(tmp_path):
    ways = [
        (WALK, [(0, -50), (0, 0)]),
        (CROSSING | {"crossing": "traffic_signals"}, [(0, 0), (0, 20)]),
        (WALK, [(0, 0), (10, 0), (10, 20), (0, 20)]),
        (WALK, [(0, 20), (0, 70)]),
    ]
    plain = read_network(write_osm(tmp_path / "a.osm", ways))
    shop, home = PLAN.facilities([(0, 70)]), PLAN.points([(0, -50)])
    walked = reach(with_delays(plain, signals_s=40), shop, walker=1.0)
    got, way = walked.to(home), walked.route(home)
    assert got["metres"].iloc[0] == pytest.approx(120, abs=0.01)
    assert got["seconds"].iloc[0] == pytest.approx(140, abs=0.01)
    # What is drawn is the shortest way, with its own seconds.
    assert way["seconds"].iloc[0] == pytest.approx(160, abs=0.01)
    assert way["waiting_s"].iloc[0] == pytest.approx(40, abs=0.01)
    assert reach(plain, shop).route(home)["waiting_s"].iloc[0] == 0


def test_a_limit_ends_within_the_wait(tmp_path):
    _, slow = street(tmp_path, CROSSING, crossing_s=40)
    found = reach(slow, PLAN.facilities([(0, 240)]), walker=1.0)
    # 100 m of pavement, then 2 s a metre: 150 s end 25 m into the crossing.
    assert found.edges(minutes=150 / 60)["length_m"].sum() == pytest.approx(125, abs=0.01)
    circle = found.circle(minutes=150 / 60)
    assert circle["limit_m"].iloc[0] == pytest.approx(150)


@pytest.mark.parametrize(
    ("stated", "says"),
    [({"signal_s": 3}, "Did you mean 'signals_s'"), ({"stairs_up": 0}, "'stairs_up' is 0"),
     ({"lift_s": float("nan")}, "'lift_s' is nan"), ({"crossing_s": -1}, "is -1")],
)  # fmt: skip
def test_a_wrong_figure_is_refused(tmp_path, stated, says):
    with pytest.raises(ConfigError, match=says):
        street(tmp_path, WALK, **stated)


@pytest.mark.parametrize("hilly", [False, True])
@pytest.mark.parametrize("minutes", [False, True])
def test_where_no_facility_is_left_nobody_reaches_one(tmp_path, minutes, hilly):
    _, network = street(tmp_path, CROSSING)
    if hilly:
        dem = write_dem(tmp_path / "dem.tif", lambda x, y: x / 20 + y / 10, cell_m=10)
        network = with_terrain(network, dem, smooth_m=0.0)
    limit = {"minutes": 5} if minutes else {"limit_m": 500}
    homes = PLAN.points([(0, 0), (0, 120), (900, 900)])
    shops = PLAN.facilities([(0, 240)]).iloc[:0]
    found = reach(network, shops, walker=SPEED).to(homes, **limit)
    assert found["status"].tolist() == ["island", "island", "off_network"]
    assert np.isinf(found[["metres", "seconds"]].to_numpy()).all()

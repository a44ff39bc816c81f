"""What a network names as slowing walks: only what is there."""

from __future__ import annotations

import numpy as np
import pytest

from builders.dem import write_dem
from builders.drawing import write_osm
from livingcircle.network.read import read_network
from livingcircle.network.terrain import profile_of, with_terrain
from livingcircle.network.waiting import delay_notes, slowed_by, with_delays

WALK = {"highway": "footway"}
STEPS = {"highway": "steps"}
CROSSING = WALK | {"footway": "crossing"}
LIT = CROSSING | {"crossing": "traffic_signals"}
LIFT = {"highway": "elevator"}


@pytest.mark.parametrize(
    ("hilly", "tags", "zh", "en"),
    [
        (False, [STEPS], "台阶", "stairs"),
        (False, [CROSSING], "过街等待", "crossings"),
        (False, [STEPS, CROSSING], "台阶和过街等待", "stairs and crossings"),
        (True, [WALK], "坡度", "slopes"),
        (True, [STEPS], "坡度和台阶", "slopes and stairs"),
        (True, [STEPS, CROSSING], "坡度、台阶和过街等待", "slopes, stairs and crossings"),
        (
            True,
            [STEPS, CROSSING, LIFT],
            "坡度、台阶、过街等待和电梯扶梯",
            "slopes, stairs, crossings and lifts or escalators",
        ),
    ],
)
def test_it_names_what_is_there(tmp_path, hilly, tags, zh, en):
    ways = [(WALK, [(0, -50), (0, 0)])]
    ways += [(tag, [(0, 50 * n), (0, 50 * n + 50)]) for n, tag in enumerate(tags)]
    network = with_delays(read_network(write_osm(tmp_path / "a.osm", ways)))
    if hilly:
        dem = write_dem(tmp_path / "a.tif", lambda x, y: 0.1 * y, box=(-200, -200, 200, 400))
        network = with_terrain(network, dem)
    named = slowed_by(network)
    assert (named.zh, named.en) == (zh, en)


@pytest.mark.parametrize(
    ("tags", "figures", "en"),
    [
        ([CROSSING, LIT], {"signals_s": 0}, "crossings"),
        ([CROSSING, LIT], {"crossing_s": 0}, "crossings"),
        ([LIT], {"signals_s": 0}, None),
        ([CROSSING], {"crossing_s": 0}, None),
        ([STEPS], {"stairs_up": 1, "stairs_down": 1}, None),
        ([STEPS], {"stairs_up": 1, "stairs_down": 1.5}, "stairs"),
        ([LIFT], {"lift_s": 0}, None),
        # A conveyor on level ground is walked on like any path; one on steps carries.
        ([WALK | {"conveying": "yes"}], {}, None),
        ([STEPS | {"conveying": "yes"}], {"stairs_up": 1}, "lifts or escalators"),
    ],
)
def test_what_costs_nothing_is_not_named(tmp_path, tags, figures, en):
    ways = [(WALK, [(0, -50), (0, 0)])]
    ways += [(tag, [(0, 50 * n), (0, 50 * n + 50)]) for n, tag in enumerate(tags)]
    network = with_delays(read_network(write_osm(tmp_path / "a.osm", ways)), **figures)
    named = slowed_by(network)
    assert (named and named.en) == en
    profile = network.derive(profile_of)
    paced = np.r_[profile.ahead_m, profile.back_m] != np.r_[profile.offset_m, profile.offset_m]
    assert bool(paced.any() or profile.wait_s.any()) == (en is not None)


def test_where_nothing_is_there_nothing_is_named_and_check_says_so(tmp_path):
    plain = read_network(write_osm(tmp_path / "a.osm", [(WALK, [(0, 0), (0, 100)])]))
    assert slowed_by(plain) is None
    assert slowed_by(with_delays(plain)) is None
    (note,) = delay_notes(with_delays(plain))
    assert note.en == (
        "no edge is tagged as stairs; no edge is tagged as a crossing, so that nobody waits at one"
    )
    assert note.zh == "路网没有标注台阶；路网没有标注过街路段，过街不计等待"

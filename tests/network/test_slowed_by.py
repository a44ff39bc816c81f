"""What a network names as slowing walks: only what is there."""

from __future__ import annotations

import pytest

from builders.dem import write_dem
from builders.drawing import write_osm
from livingcircle.network.read import read_network
from livingcircle.network.terrain import with_terrain
from livingcircle.network.waiting import delay_notes, slowed_by, with_delays

WALK = {"highway": "footway"}
STEPS = {"highway": "steps"}
CROSSING = WALK | {"footway": "crossing"}
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


def test_where_nothing_is_there_nothing_is_named_and_check_says_so(tmp_path):
    plain = read_network(write_osm(tmp_path / "a.osm", [(WALK, [(0, 0), (0, 100)])]))
    assert slowed_by(plain) is None
    assert slowed_by(with_delays(plain)) is None
    (note,) = delay_notes(with_delays(plain))
    assert note.en == (
        "no edge is tagged as stairs; no edge is tagged as a crossing, so that nobody waits at one"
    )
    assert note.zh == "路网没有标注台阶；路网没有标注过街路段，过街不计等待"

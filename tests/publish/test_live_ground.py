"""Whether the page carries the heights of a city: told by their number, and once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_live_kinds import on_ground

import livingcircle as lc
from builders.proved_town import write_proved_town
from livingcircle.network.graph import WalkNetwork
from livingcircle.publish.web import live_ground
from livingcircle.publish.web.live_ground import carries_pace


@pytest.fixture(scope="module")
def hilly(tmp_path_factory: pytest.TempPathFactory) -> WalkNetwork:
    folder = tmp_path_factory.mktemp("hilly")
    return on_ground(lc.read_city(write_proved_town(folder)).network, "utm", folder)


def with_heights(network: WalkNetwork, heights: np.ndarray) -> WalkNetwork:
    """Return a network on other heights of the same corner and cell."""
    assert network.terrain is not None
    ground = replace(network.terrain.elevation, heights_m=heights)
    return replace(network, terrain=replace(network.terrain, elevation=ground))


def test_heights_are_carried_by_their_number_and_looked_at_once(
    hilly: WalkNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    steps = live_ground._steps

    def counted(heights: np.ndarray) -> object:
        asked.append(heights.size)
        return steps(heights)

    monkeypatch.setattr(live_ground, "_steps", counted)
    monkeypatch.setattr(live_ground, "_PLAIN_CELLS", 400)
    monkeypatch.setattr(live_ground, "_STEPPED_CELLS", 2500)
    gentle = np.random.default_rng(3).normal(20, 0.5, (60, 60))
    rugged = np.where(np.arange(60) % 2, 200.0, 0.0) * np.ones((60, 1))
    for heights, side, carried, looks in (
        (gentle, 20, True, 0),
        (gentle, 50, True, 1),
        (rugged, 20, True, 0),
        (rugged, 50, False, 1),
        (gentle, 51, False, 0),
    ):
        asked.clear()
        network = with_heights(hilly, heights[:side, :side])
        assert [carries_pace(network) for _ in range(3)] == [carried] * 3
        assert asked == [side * side] * looks

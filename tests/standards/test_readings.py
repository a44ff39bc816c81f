"""The choices that a plan leaves open, as a table."""

from __future__ import annotations

import pytest

import livingcircle as lc
from builders.drawing import PLAN, walk_network


@pytest.fixture(scope="module")
def result():
    network = walk_network([PLAN.line((0, 0), (0, 2000))])
    homes = PLAN.points([(0, 100), (0, 1900)]).assign(residents=[10, 20])
    return lc.assess(lc.City.from_frames(network, demand=homes), "xiamen-2025", as_of=2025)


def test_each_axis_has_its_options_and_at_most_one_is_chosen(result):
    table = result.readings("XM-1a")
    assert list(table.columns)[:4] == ["part", "axis", "option", "chosen"]
    assert {"walker", "path"} <= set(table["axis"])
    assert table.groupby(["part", "axis"])["chosen"].sum().le(1).all()
    chosen = table[table["chosen"]].set_index("axis")["option"]
    assert chosen["path"] == "network"


def test_an_unknown_requirement_is_told(result):
    with pytest.raises(lc.ConfigError, match="no requirement 'XM-99'"):
        result.readings("XM-99")

"""The polygon of a circle on real streets: doors in it are in reach, doors in reach are in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
from circle_polygons import doors, shares

pytestmark = [pytest.mark.real, pytest.mark.exhaustive]


@pytest.mark.parametrize(
    "file",
    ["huangpu/all_2026.osm.pbf", "laspalmas/laspalmas_2023.osm.pbf", "beijing/union.osm.pbf"],
)
def test_few_doors_are_on_the_wrong_side(real_data, file):
    network = read_network(real_data / file)
    homes = doors(network, 60_000, 1)
    walk = reach(network, doors(network, max(10, network.edge_count // 1000), 2))
    for limit_m in (300.0, 500.0, 1000.0):
        false, missed = shares(walk, homes, limit_m)
        assert false <= 0.02, limit_m
        assert missed <= 0.002, limit_m
        told = walk.circle(limit_m=limit_m).iloc[0]
        assert told["false_share"] == pytest.approx(false, abs=0.02)
        assert told["missed_share"] == pytest.approx(missed, abs=0.02)

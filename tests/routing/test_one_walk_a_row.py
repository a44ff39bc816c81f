"""By car the nearest and the fastest facility may differ: a row is about one of them."""

from __future__ import annotations

import numpy as np
import pytest

from builders.drawing import PLAN, write_osm
from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach


def test_the_row_is_about_the_facility_that_the_limit_measures(tmp_path):
    slow = {"highway": "residential", "maxspeed": "20"}
    fast = {"highway": "primary", "maxspeed": "80"}
    bent = [(0, 0), (-1000, 0), (-1000, 500), (-2000, 500)]
    path = write_osm(tmp_path / "a.osm", [(slow, [(0, 0), (1000, 0)]), (fast, bent)])
    network = read_network(path, mode="drive")
    shops = PLAN.points([(1000, 0), (-2000, 500)], ids=["near", "fast"])
    home = PLAN.points([(0, 0), (500, 0)])
    walk = reach(network, shops)
    by_metres, by_minutes = walk.to(home, limit_m=5000), walk.to(home, minutes=30)
    assert list(by_metres["facility_id"]) == ["near", "near"]
    assert by_metres["metres"].to_numpy() == pytest.approx([1000, 500], abs=0.05)
    assert by_metres["seconds"].to_numpy() == pytest.approx([180, 90], abs=0.05)
    assert list(by_minutes["facility_id"]) == ["fast", "near"]
    assert by_minutes["metres"].to_numpy() == pytest.approx([2500, 500], abs=0.05)
    assert by_minutes["seconds"].to_numpy() == pytest.approx([112.5, 90], abs=0.05)
    assert np.isfinite(by_minutes["metres"]).all()

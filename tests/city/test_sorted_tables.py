"""Figures of units that are shared out do not depend on how a table is sorted."""

from __future__ import annotations

import pytest

import livingcircle as lc
from builders.square_city import HOMES, PLAN, units, write_city, write_units


def shared(folder, rows):
    folder.mkdir()
    lines = [f"{i},{x},{y},{n}" for i, (x, y, n) in rows]
    table = "编号,经度,纬度,居民数\n" + "\n".join(lines) + "\n"
    (folder / "homes.csv").write_text(table, encoding="utf-8")
    parts = [write_units(folder, units()), '[demand]\nsource = "homes.csv"\n']
    demand = lc.read_city(write_city(folder, *parts)).demand
    return demand.set_index(demand["demand_id"].astype(str))["households"].sort_index()


@pytest.mark.slow
def test_the_same_homes_get_what_is_left_over(tmp_path):
    rows = [(f"h{i}", (*PLAN.at(x, y), n)) for i, (x, y, n) in enumerate(HOMES)]
    one, other = shared(tmp_path / "a", rows), shared(tmp_path / "b", rows[::-1])
    # 400 households over 28 equal homes, 200 over 21: some have one more than others.
    assert one.nunique() > 1
    assert one.to_dict() == other.to_dict()

"""A limit that the city has yet to state: nothing is drawn or measured with what stands for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import livingcircle as lc
from builders.packs import pack_head
from builders.street_city import config, little_city
from livingcircle.gaps.access_test import all_access_tests
from livingcircle.publish.evidence import Evidence

PACK = (
    pack_head("schools", "学校", "Schools")
    + """
[parameters.school_m]
zh = "学校服务半径（米）"
en = "service radius of a school (m)"

[[requirement]]
id = "S-1"
clause = "一"
statement_zh = "学校服务半径覆盖的居民比例"
statement_en = "The share of residents within the radius of a school"
force = "must"
target = "report"
kind = "circle"
metres = "$school_m"
categories = ["primary_school"]
"""
)


@pytest.mark.parametrize(("stated", "names"), [({}, []), ({"school_m": 450}, [450.0])])
def test_a_circle_is_drawn_once_its_limit_is_stated(
    tmp_path: Path, stated: dict[str, float], names: list[float]
) -> None:
    file = tmp_path / "schools.toml"
    file.write_text(PACK, encoding="utf-8")
    city = little_city([{"x": 500, "of": "primary_school"}], config=config(parameters=stated))
    result = lc.assess(city, file, as_of=2025)
    evidence = Evidence(result)
    finding = result.finding("S-1")
    assert finding.status == ("report" if stated else "unknown")
    assert [test.limit_m for test in all_access_tests(finding, evidence.context)] == names
    assert [layer["limit_m"].iloc[0] for _, layer in evidence.circles()] == names

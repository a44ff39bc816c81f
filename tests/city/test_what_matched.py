"""Check and run say what was taken for what, with counts, and how to overrule it."""

from __future__ import annotations

import pytest

from builders.square_city import (
    units,
    write_city,
    write_facilities,
    write_plan,
    write_points,
    write_units,
)  # fmt: skip
from livingcircle.city.model import read_city
from livingcircle.publish.text.city_summary import city_summary, run_summary
from livingcircle.standards.assess import assess


@pytest.fixture
def city(tmp_path):
    rows = [
        (100, 100, "一", "药店", "已建", "甲社区居委会"),
        (200, 200, "二", "药房", "在建", "甲"),
        (300, 300, "三", "药店", "其他", "甲社区"),
        (400, 400, "四", "药店", "已建", "戊社区"),
    ]
    listed = write_facilities(tmp_path, rows, "名称,类别,状态,社区")
    homes = [{"x": 50, "y": 50, "residents": 10, "unit": "乙村委会"}, {"x": 60, "y": 50}]
    homes[1] |= {"residents": 5, "unit": "己社区"}
    write_points(tmp_path, "homes.geojson", homes)
    write_plan(tmp_path)
    demand = '[demand]\nsource = "homes.geojson"\n[assess]\npacks = ["plan.toml"]\n'
    return read_city(write_city(tmp_path, write_units(tmp_path, units()), listed, demand))


LINES = [
    "category: taken as 'Pharmacy' (pharmacy): 药店 × 3",
    "not in operation and not counted: 在建 × 1 [columns = { \"状态\" = \"\" }]",
    "a status that is not known, counted as open: 其他 × 1",
    "taken for the same units though written otherwise: ",
    "甲 = 甲社区 × 1",
    "甲社区居委会 = 甲社区 × 1",
    "'戊社区' (row 5)",
    "乙村委会 = 乙村 × 1",
    "'己社区' (row 3)",
]  # fmt: skip


def test_check_says_what_was_taken_for_what(city):
    said = city_summary(city, "en")
    assert [line for line in LINES if line not in said] == []
    assert "写法不同但认作同一单元" in city_summary(city, "zh")


def test_run_repeats_it(city, tmp_path):
    result = assess(city, tmp_path / "plan.toml")
    said = run_summary(result, tmp_path, "en")
    assert [line for line in LINES if line not in said] == []
    assert "encoding" not in said
    assert "认作（方括号内" in run_summary(result, tmp_path, "zh")

"""How verdicts are said: digits that do not hide a shortfall, and measure words."""

from __future__ import annotations

import pandas as pd
import pytest
from markupsafe import Markup

from builders.street_city import find, little_city
from livingcircle.localized import LocalizedText
from livingcircle.publish.frames import place_words
from livingcircle.publish.web.report import _bare, amount_text
from livingcircle.standards.judge import Verdict
from livingcircle.standards.kinds.capacity import Capacity
from livingcircle.standards.readings import _clause, value_text
from livingcircle.standards.rows import NO_UNIT


@pytest.mark.parametrize(
    ("value", "target", "unit", "zh"),
    [
        (0.89996, 0.9, "share", "89.9%（目标 90%）"),
        (0.9, 0.9, "share", "90%（目标 90%）"),
        (1.997, 2.0, "per_unit", "平均 1.99 个（目标 2 个）"),
        (2.004, 2.0, "per_unit", "平均 2 个（目标 2 个）"),
        (0.286, 5.0, "per_unit", "平均 0.29 个（目标 5 个）"),
        (17.998, 18.0, "per_1000", "17.99（目标 18）"),
        (1040.6, 1040.7, "m2", "1,040.6（目标 1,041）"),
        (20.0, 330.0, "count", "20 个（目标 330 个）"),
    ],
)
def test_a_value_below_its_target_does_not_read_as_the_target(
    value: float, target: float, unit: str, zh: str
) -> None:
    assert Verdict("short", value, target, unit).words().zh == zh


def test_a_reading_that_falls_short_by_a_hair_says_so() -> None:
    row = pd.Series(
        {"axis": "scope", "option": "pooled", "unit": "share", "target": 0.9, "counts": False}
        | {"value": 0.89996, "status": "short", "text": "90 %"}
    )
    said = _clause(row, LocalizedText("合计", "all together"), encouraged=False)
    assert said == ("合计：89.9% < 90%，未达标", "all together: 89.9 % < 90 %, not met")


def test_what_is_counted_one_by_one_has_its_measure_word() -> None:
    assert "4 个" in _bare(4.0, "count")
    schools = [
        {"x": 500, "of": "kindergarten", "nursery_since": year} for year in (2020, 2021, 2022)
    ]
    asked = {
        "kind": "growth",
        "categories": ["kindergarten"],
        "since": "nursery_since",
        "rate": 0.1,
    }
    found = find(little_city(schools), **asked, from_year=2022, to_year=2022, as_of=2025)
    assert "2021 年 2 个；2022 年 3 个（50%）" in found.note_zh
    assert "2021: 2; 2022: 3 (50 %)" in found.note_en


@pytest.mark.parametrize(
    ("categories", "of"),
    [(["nursery"], "托位"), (["nursery", "elderly_care_centre"], "托位或床位")],
)
def test_places_of_nurseries_alone_are_no_beds(categories: list[str], of: str) -> None:
    part = Capacity(kind="capacity", categories=categories, figure="places", per=1000, at_least=5)
    assert part.measured().zh.endswith(f"的{of} ≥ 5")


def test_a_mean_reads_alike_in_the_note_the_report_and_the_readings():
    assert amount_text(2 / 7, "per_unit") == Markup(
        '<span class="zh" lang="zh-Hans">0.29 个（平均）</span>'
        '<span class="en" lang="en">0.29 on average</span>'
    )
    mean = Verdict("short", 2 / 7, 5.0, "per_unit")
    assert mean.words().zh == "平均 0.29 个（目标 5 个）"
    assert value_text(2 / 7, "per_unit", 2.0, 7.0, False) == "0.29"


def test_what_is_short_does_not_read_as_its_target_in_the_report():
    assert "1.99 个（平均）" in amount_text(1.997, "per_unit", 2.0)
    assert "89.9%" in amount_text(0.8997, "share", 0.9)
    assert "17.99 个" in amount_text(17.998, "count", 18.0)


def test_what_lies_in_no_unit_is_named_in_one_language():
    assert place_words(NO_UNIT, "G-1") == ("不在任何单元内", "outside any unit")
    assert place_words("云锦社区", "G-1") == ("云锦社区", "云锦社区")
    assert place_words(None, "G-1").en == "G-1"

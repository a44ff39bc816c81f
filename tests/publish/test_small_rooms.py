"""Rooms that are too small, as report.html lists them."""

from __future__ import annotations

from pathlib import Path

import pytest

import livingcircle as lc
from builders.packs import pack_head
from builders.street_city import little_city
from livingcircle.publish.web.report import write_report
from livingcircle.publish.web.small_rooms import small_rooms

PACK = pack_head("rooms", "用房方案", "Plan of rooms")
ENTRY = """
[[requirement]]
id = "{id}"
clause = "一"
statement_zh = "{id}：社区用房不少于100平方米"
statement_en = "{id}: rooms of 100 m² in every community"
force = "must"
kind = "floor_area"
categories = ["service_centre"]
level = "community"
floor = 100
{more}
"""
COMPONENT = """components = [
    {{ attribute = "activity_area_m2", floor = {floor}, zh = "活动室", en = "activity room" }},
]"""
CENTRES = [
    {"x": 500, "of": "service_centre", "area_m2": 120.0, "activity_area_m2": 59.96},
    {"x": 1500, "of": "service_centre", "area_m2": 99.96, "activity_area_m2": 70.0},
]
"""A has enough in all and too small a room, B too little in all, C nothing."""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> lc.Result:
    file = tmp_path_factory.mktemp("pack") / "rooms.toml"
    entries = [
        ENTRY.format(id="R-1", more=COMPONENT.format(floor=60)),
        ENTRY.format(id="R-2", more=""),
        ENTRY.format(id="R-3", more=""),
    ]
    file.write_text(PACK + "".join(entries), encoding="utf-8")
    return lc.assess(little_city(CENTRES), file, as_of=2025)


def test_each_room_says_what_it_holds_should_hold_and_lacks(result: lc.Result) -> None:
    told = small_rooms(result, most=10)
    assert [[one.id for one in part["findings"]] for part in told] == [["R-1"], ["R-2", "R-3"]]
    rows = {row["unit_name"]: row for row in told[0]["rows"]}
    figures = {
        name: [row[key] for key in ("area_m2", "required_m2", "lacking_m2")]
        for name, row in rows.items()
    }
    # What is short by a hair does not read as enough.
    assert figures == {
        "A 社区": ["120", "100", "0.1"],
        "B 社区": ["99.9", "100", "0.1"],
        "C 社区": ["0", "100", "100"],
    }
    assert rows["A 社区"]["rooms"].zh == "活动室 59.96 平方米（应有 60 平方米）"
    assert rows["A 社区"]["rooms"].en == "activity room: 59.96 of 60 m²"
    assert not rows["B 社区"]["rooms"]


def test_no_more_rows_than_asked_for(result: lc.Result) -> None:
    told = small_rooms(result, most=1)
    assert [(len(part["rows"]), part["count"]) for part in told] == [(1, 3), (1, 2)]


def test_the_report_lists_them_in_both_languages(result: lc.Result, tmp_path: Path) -> None:
    write_report(result, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    part = page[page.index('id="rooms"') :]
    for text in (
        "面积不足的用房和设施", "Rooms and facilities that are too small",
        "面积不足的用房：活动室 59.96 平方米（应有 60 平方米）",
        "Rooms too small: activity room: 59.96 of 60 m²",
        "以上各项缺口相同，合列一表。", "现有面积（㎡）", "缺少面积（㎡）", "lacking (m²)",
    ):  # fmt: skip
        assert text in part
    assert "held_m2" not in part


def test_a_city_with_rooms_enough_has_no_such_list(tmp_path: Path) -> None:
    file = tmp_path / "rooms.toml"
    file.write_text(PACK + ENTRY.format(id="R-1", more=""), encoding="utf-8")
    centres = [{"x": 1000.0 * k + 500, "of": "service_centre", "area_m2": 100.0} for k in range(3)]
    result = lc.assess(little_city(centres), file, as_of=2025)
    assert small_rooms(result, most=10) == []
    write_report(result, tmp_path / "report.html")
    assert 'id="rooms"' not in (tmp_path / "report.html").read_text("utf-8")

"""How verdicts are said: digits that do not hide a shortfall, and measure words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markupsafe import Markup

from builders.street_city import find, little_city
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.publish.frames import place_words
from livingcircle.publish.web.report import _bare, amount_text
from livingcircle.standards.judge import Verdict
from livingcircle.standards.kinds.capacity import Capacity
from livingcircle.standards.kinds.share import ShareOf
from livingcircle.standards.loader import list_packs, load_pack
from livingcircle.standards.readings import _clause, _Found, _held, _Row, value_text
from livingcircle.standards.rows import NO_UNIT
from livingcircle.vocab.amounts import amount_pattern, amount_words, unit_name


@pytest.mark.parametrize(
    ("value", "target", "unit", "zh"),
    [
        (0.89996, 0.9, "share", "89.9%（目标 90%）"),
        (0.9, 0.9, "share", "90%（目标 90%）"),
        (1.997, 2.0, "per_unit", "平均 1.99 个（目标 2 个）"),
        (2.004, 2.0, "per_unit", "平均 2 个（目标 2 个）"),
        (0.286, 5.0, "per_unit", "平均 0.29 个（目标 5 个）"),
        (17.998, 18.0, "per_1000", "每千人 17.99（目标 18）"),
        (1040.6, 1040.7, "m2", "1,040.6 平方米（目标 1,041 平方米）"),
        (20.0, 330.0, "count", "20 个（目标 330 个）"),
    ],
)
def test_a_value_below_its_target_does_not_read_as_the_target(
    value: float, target: float, unit: str, zh: str
) -> None:
    assert Verdict("short", value, target, unit).words().zh == zh


def test_a_reading_that_falls_short_by_a_hair_says_so() -> None:
    found = _Found(0.89996, 0.9, "share", "short")
    row = _Row(1, "scope", "pooled", False, found, EMPTY)
    part = ShareOf(kind="share", of="units", attribute="staff", over="residents", at_least=0.9)
    said = _clause(row, LocalizedText("合计", "all together"), False, part)
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
        '<span class="zh" lang="zh-Hans">平均 0.29 个</span>'
        '<span class="en" lang="en">0.29 on average</span>'
    )
    mean = Verdict("short", 2 / 7, 5.0, "per_unit")
    assert mean.words().zh == "平均 0.29 个（目标 5 个）"
    assert value_text(2 / 7, "per_unit", 2.0, 7.0, False) == "0.29"


def test_what_is_short_does_not_read_as_its_target_in_the_report():
    assert "平均 1.99 个" in amount_text(1.997, "per_unit", 2.0)
    assert "89.9%" in amount_text(0.8997, "share", 0.9)
    assert "17.99 个" in amount_text(17.998, "count", 18.0)


def test_what_lies_in_no_unit_is_named_in_one_language():
    assert place_words(NO_UNIT, "G-1") == ("不在任何单元内", "outside any unit")
    assert place_words("云锦社区", "G-1") == ("云锦社区", "云锦社区")
    assert place_words(None, "G-1").en == "G-1"


@pytest.mark.parametrize(
    ("unit", "zh", "en"),
    [
        ("count", "4 个", "4"),
        ("per_unit", "平均 4 个", "4 on average"),
        ("per_1000", "每千人 4", "4 per 1,000"),
        ("per_500", "每 500 人 4", "4 per 500"),
        ("per_1000_households", "每千户 4", "4 per 1,000 households"),
        ("m2_per_resident", "人均 4 平方米", "4 m² per resident"),
        ("m2_per_household", "户均 4 平方米", "4 m² per household"),
        ("m2_per_100", "每百人 4 平方米", "4 m² per 100 people"),
        ("m2_per_100_households", "每百户 4 平方米", "4 m² per 100 households"),
        ("of_its_own", "4", "4"),
    ],
)
def test_an_amount_is_said_in_its_unit(unit: str, zh: str, en: str) -> None:
    assert amount_words("4", unit) == (zh, en)


def test_every_unit_of_the_packs_has_words() -> None:
    units = {
        part.unit
        for pack in list_packs()
        for entry in load_pack(pack).requirements
        for part in entry.parts
        if isinstance(part, Capacity)
    }
    assert {"per_1000", "per_10000", "m2_per_resident"} <= units
    for unit in units:
        assert amount_pattern(unit) != ("{}", "{}")
        assert not set("{_") & set("".join(unit_name(unit)))


def test_clauses_on_counts_name_what_is_counted() -> None:
    stations = [{"x": 500, "of": "service_complex"}]
    asked = {"kind": "provision", "categories": ["service_complex"], "level": "city"}
    found = find(little_city(stations), **asked, at_least=2)
    own = next(row for row in found.readings._rows if row.chosen and row.axis == "boundary")
    part = found.requirement.parts[0]
    said = _clause(own, LocalizedText("默认口径", "by default"), False, part)
    assert said == ("默认口径：1 < 2 个，未达标", "by default: 1 < 2 facilities, not met")
    one = replace(own, found=replace(own.found, target=1.0, status="met"))
    assert _clause(one, LocalizedText("甲", "a"), False, part).en == "a: 1 ≥ 1 facility, met"


def test_excluding_the_number_itself_has_the_signs_of_it() -> None:
    stations = [{"x": 500, "of": "service_complex"}, {"x": 900, "of": "service_complex"}]
    asked = {"kind": "provision", "categories": ["service_complex"], "level": "city"}
    said = find(little_city(stations), **asked, at_least=2).readings.sentence
    assert "the number itself included: 2 ≥ 2 facilities, met" in said.en
    assert "the number itself excluded: 2 ≤ 2 facilities, not met" in said.en


def test_a_chosen_boundary_has_its_signs_under_every_other_choice() -> None:
    places = [{"x": 500, "of": "police_room"}, {"x": 900, "of": "police_room"}]
    asked = {"kind": "provision", "categories": ["police_room"], "level": "city", "at_least": 2}
    asked |= {"read_as": {"boundary": "exclusive"}}
    said = find(little_city([*places, {"x": 1500, "of": "police_station"}]), **asked)
    part = said.requirement.parts[0]
    held = {(r.axis, r.option): _held(r, part).en for r in said.readings._rows}
    assert held["boundary", "exclusive"] == held["facilities", "strict"] == "2 ≤ 2 facilities"
    assert held["boundary", "inclusive"] == "2 ≥ 2 facilities"
    assert held["facilities", "wide"] == "3 > 2 facilities"


def test_a_boundary_of_distances_leaves_the_sign_of_a_share_alone() -> None:
    places = [{"x": x, "of": "service_centre"} for x in (0, 2000)]
    asked = {"kind": "circle", "metres": 510, "categories": ["service_centre"], "target": 0.5}
    found = find(little_city(places), **asked, boundary="exclusive")
    part = found.requirement.parts[0]
    rows = [row for row in found.readings._rows if row.found.status in ("met", "short")]
    signs = {sign for row in rows for sign in "<≤>≥" if sign in _held(row, part).zh}
    assert signs == {"<", "≥"}
    each = {"kind": "provision", "categories": ["service_centre"], "level": "leaf", "at_least": 2}
    found = find(little_city(places), **each, target=0.6, read_as={"boundary": "exclusive"})
    (row,) = [r for r in found.readings._rows if (r.axis, r.option) == ("boundary", "exclusive")]
    assert _held(row, found.requirement.parts[0]).zh == "0/4 = 0% < 60%"
    (row,) = [r for r in found.readings._rows if (r.axis, r.option) == ("scope", "mean")]
    assert _held(row, found.requirement.parts[0]).zh == "平均 0.5 ≤ 2 个"


def test_a_mean_says_within_what_it_lies() -> None:
    clubs = [{"x": 1000 * k + 500, "of": "community_org"} for k in (0, 0, 3)]
    asked = {"kind": "provision", "categories": ["community_org"], "level": "leaf"}
    found = find(little_city(clubs), **asked, at_least=5, average_by="city")
    # Three for four of them; two for three communities; one for one village.
    said = found.readings.sentence
    assert said.zh == (
        "换用任何一种口径，结论都是未达标："
        "最低为平均 0.67 个（只算社区），最高为平均 1 个（只算行政村）"
    )
    assert said.en == (
        "not met, whatever the reading: lowest 0.67 on average (communities only),"
        " highest 1 on average (villages only)"
    )


def test_what_is_divided_by_households_is_said_per_household() -> None:
    nurseries = [{"x": 500, "of": "nursery", "places": 8}]
    asked = {"kind": "capacity", "categories": ["nursery"], "figure": "places", "per": 1000}
    found = find(little_city(nurseries), **asked, at_least=6)
    table = found.readings.table.set_index(["axis", "option"])
    # Eight for 1,600 residents and 640 households.
    assert table.loc[("denominator", "residents"), ["value", "unit"]].tolist() == [5.0, "per_1000"]
    own = table.loc[("denominator", "households"), ["value", "unit"]]
    assert own.tolist() == [12.5, "per_1000_households"]
    said = found.readings.sentence
    assert "按户数计：每千户 12.5 ≥ 6，达标" in said.zh
    assert "by households: 12.5 ≥ 6 per 1,000 households, met" in said.en


def test_a_value_that_no_reading_moves_is_said_to_be_the_same() -> None:
    rooms = [{"x": 1000 * k + 500, "of": "police_room"} for k in range(4)]
    asked = {"kind": "provision", "categories": ["police_room"], "level": "leaf"}
    said = find(little_city(rooms), **asked, target="report").readings.sentence
    assert said == ("换用任何一种口径，数值都一样", "the same value, whatever the reading")


def test_a_value_in_another_unit_is_not_said_to_be_the_same() -> None:
    nurseries = [{"x": 1000 * k + 500, "of": "nursery", "places": 8} for k in range(4)]
    asked = {"kind": "capacity", "categories": ["nursery"], "figure": "places", "per": 1000}
    said = find(little_city(nurseries), **asked, at_least=6, target="report").readings.sentence
    # 32 places for 1,600 residents and 640 households.
    assert said == (
        "换用任何一种口径，数值都一样，单位不同的除外：4/4（逐一计）、每千户 50（按户数计）",
        "the same value, whatever the reading, except in another unit: 4/4 (each one),"
        " 50 per 1,000 households (by households)",
    )

"""The choices that a plan leaves open, as a table."""

from __future__ import annotations

import pytest

import livingcircle as lc
from builders.drawing import PLAN, walk_network
from builders.street_city import find, little_city


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


# -- values by arithmetic -------------------------------------------------------------------------


def option(found, axis: str, name: str):
    table = found.readings.table
    return table[(table["axis"] == axis) & (table["option"] == name)].iloc[0]


@pytest.fixture(scope="module")
def circle():
    """Centres at 0 and 2,000 m of the street: who lives within 510 m of one.

    A has 0 to 1,000 m with homes at 100, 400, 600, 900: the first two are near. C has 2,000 to
    3,000 m: 2,100 and 2,400 are near, and 1,600 and 1,900 of B. So 6 of 16 points, 600 of 1,600.
    """
    places = [{"x": x, "of": "service_centre"} for x in (0, 2000)]
    return find(little_city(places), **ASKED, target=0.3)


ASKED = {"kind": "circle", "metres": 510, "categories": ["service_centre"]}


@pytest.mark.parametrize(
    ("axis", "name", "value"),
    [
        ("path", "straight", 6 / 16),
        # The middles of A and C are 500 m from a centre, that of B too: 12 of 16.
        ("from", "community_middle", 12 / 16),
        # B has no centre of its own: 1,600 and 1,900 are out.
        ("to", "own_community", 4 / 16),
        ("denominator", "households", 6 / 16),
        ("denominator", "buildings", 6 / 16),
        ("denominator", "units", 3 / 4),
        # A, B and C have half of their people within 510 m, D none; each is to reach 30 %.
        ("scope", "mean", 1.5 / 4),
        ("scope", "each", 3 / 4),
        ("level", "community", 6 / 12),
        ("level", "village", 0.0),
    ],
)
def test_the_value_under_each_reading_follows_from_arithmetic(circle, axis, name, value):
    row = option(circle, axis, name)
    assert row["value"] == pytest.approx(value)
    assert row["status"] == ("met" if value >= row["target"] else "short")
    assert row["flips"] == (row["status"] != circle.status)


@pytest.mark.slow
def test_a_limit_that_is_exclusive_leaves_out_who_lives_at_it():
    # The home at 400 m is exactly as far from the centre at 0 as its walk is long.
    city = little_city([{"x": 0, "of": "service_centre"}])
    asked = ASKED | {"metres": float(find(city, **ASKED).demand["metres"].iloc[1])}
    found = find(city, **asked)
    assert (found.value, option(found, "boundary", "exclusive")["value"]) == (2 / 16, 1 / 16)
    turned = find(city, **asked, boundary="exclusive")
    assert (turned.value, option(turned, "boundary", "inclusive")["value"]) == (1 / 16, 2 / 16)


def test_minutes_are_metres_at_the_walkers_speed_at_80_m_and_by_the_standard():
    # 15 minutes: 1,197, 1,200 and 1,000 (or 800) m; homes up to 1,100, 900 or 600 of a centre at 0.
    city = little_city([{"x": 0, "of": "service_centre"}])
    found = find(city, kind="circle", minutes=15, categories=["service_centre"])
    values = {
        row["option"]: row["value"] * 16
        for _, row in found.readings.table.query("axis == 'limit'").iterrows()
    }
    assert values == {"walker": 5, "80_m_min": 5, "gb50180": 4, "gb50180_least": 3}
    # 900 s at 0.8 m/s are 720 m.
    assert option(found, "walker", "elderly")["value"] == 3 / 16


def test_a_wide_reading_counts_kindred_facilities():
    places = [{"x": 0, "of": "police_room"}, {"x": 3900, "of": "police_station"}]
    asked = {"kind": "provision", "level": "leaf", "categories": ["police_room"]}
    found = find(little_city(places), **asked)
    wide = option(found, "facilities", "wide")
    assert (found.value, wide["value"], wide["text"]) == (1 / 4, 2 / 4, "2/4")
    # Each unit has 400 people: by people it is the same; A alone of the three communities.
    assert option(found, "denominator", "residents")["value"] == 1 / 4
    assert option(found, "level", "community")["value"] == pytest.approx(1 / 3)


def test_the_sentence_says_where_the_verdict_flips():
    places = [
        {"x": 100, "of": "service_centre", "activity_area_m2": 100.0, "area_m2": 100.0},
        {"x": 1100, "of": "service_centre", "activity_area_m2": 50.0, "area_m2": 100.0},
    ]
    asked = {"kind": "share", "categories": ["service_centre"], "attribute": "activity_area_m2"}
    found = find(little_city(places), **asked, over="area_m2", at_least=0.6)
    assert found.readings.depends
    said = found.readings.sentence
    assert said.zh == "结论取决于口径：逐一计：1/2，未达标；合计：75% ≥ 60%，达标"
    assert said.en.endswith("each one: 1/2, not met; all together: 75 % ≥ 60 %, met")
    assert found.members_met == (1, 2)


def test_a_pack_gives_the_reason_of_a_default():
    why = [{"axis": "boundary", "zh": "原文写明", "en": "as the text says"}]
    found = find(little_city([{"x": 0, "of": "service_centre"}]), **ASKED, why=why)
    assert option(found, "boundary", "inclusive")["why_en"] == "as the text says"
    why[0]["axis"] = "bundary"
    with pytest.raises(ValueError, match=r"has no reading 'bundary'. Did you mean 'boundary'"):
        find(little_city([{"x": 0, "of": "service_centre"}]), **ASKED, why=why)


def test_every_reading_of_the_default_is_the_finding(circle):
    for outcome in circle.parts:
        answer = outcome.space.answer(outcome.space.default[None, :])
        assert answer.value[0] == pytest.approx(outcome.verdict.value)


ROOMS = {"kind": "floor_area", "level": "leaf", "categories": ["service_centre"]}


def test_a_range_of_readings_holds_shares_beside_shares():
    """100, 90 and 90 m² in three of four units.

    The first part asks 95 m²: one of four reaches it, and all together there are 280 of 380 m².
    The second asks 70 m², which three reach: the first decides. The one village has none.
    """
    area = {0: 100.0, 1100: 90.0, 2100: 90.0}
    places = [{"x": x, "of": "service_centre", "area_m2": m2} for x, m2 in area.items()]
    parts = [
        {**ROOMS, "floor": 95, "label_zh": "甲", "label_en": "first"},
        {**ROOMS, "floor": 70, "label_zh": "乙", "label_en": "second"},
    ]
    said = find(little_city(places), parts=parts).readings.sentence
    assert "in the part 'first', lowest 0/1 = 0 % (villages only)" in said.en
    assert "highest 73.7 % of what is asked (all together)" in said.en
    assert "“甲”一项，最低为 0/1 = 0%（只算行政村），最高为应有量的 73.7%（合计）" in said.zh


def test_a_part_that_a_reading_turns_over_names_the_part_that_holds_the_verdict():
    """200 m² in one of four units: all together more than the 160 m² of one part, not the 360."""
    places = [{"x": 0, "of": "service_centre", "area_m2": 200.0}]
    parts = [
        {**ROOMS, "floor": 40, "label_zh": "甲", "label_en": "first"},
        {**ROOMS, "floor": 90, "label_zh": "乙", "label_en": "second"},
    ]
    said = find(little_city(places), parts=parts).readings.sentence
    assert said.en.startswith("not met, whatever the reading: in the part 'first', lowest ")
    assert "highest 125 % of what is asked (all together) (even so, 'second' is not met)" in said.en
    assert "最高为应有量的 125%（合计）（即使如此，“乙”仍未达标）" in said.zh


def test_a_choice_turns_the_finding_where_it_turns_all_its_parts():
    """200 m² in one of four units: all together more than the 160 and the 180 m² of two parts."""
    places = [{"x": 0, "of": "service_centre", "area_m2": 200.0}]
    parts = [
        {**ROOMS, "floor": 40, "label_zh": "甲", "label_en": "first"},
        {**ROOMS, "floor": 45, "label_zh": "乙", "label_en": "second"},
    ]
    city = little_city(places)
    found = find(city, parts=parts)
    chosen = find(city, parts=[part | {"read_as": {"scope": "pooled"}} for part in parts])
    assert (found.status, chosen.status) == ("short", "met")
    table = found.readings.table
    assert table[table["flips"]][["part", "axis", "option"]].to_numpy().tolist() == [
        [1, "scope", "pooled"],
        [2, "scope", "pooled"],
    ]
    assert found.readings.sentence.zh == (
        "结论取决于口径：“甲”一项，逐一计：1/4，未达标；合计：应有量的 125%，达标；"
        "“乙”一项，合计：应有量的 111.1%，达标"
    )
    assert "; in the part 'second', all together: 111.1 %" in found.readings.sentence.en


def test_a_choice_that_turns_one_part_and_not_the_other_turns_nothing():
    """200 m² in one unit, of 40 asked in four: pooled enough, one by one three units have none.

    The other part counts the centres, one in every unit: it has no pooled reading and stays short.
    """
    places = [{"x": 0, "of": "service_centre", "area_m2": 200.0}]
    parts = [
        {**ROOMS, "floor": 10, "label_zh": "甲", "label_en": "first"},
        {"kind": "provision", "level": "leaf", "categories": ["service_centre"]},
    ]
    found = find(little_city(places), parts=parts)
    assert found.status == "short"
    pooled = found.readings.table.query("part == 1 and option == 'pooled'").iloc[0]
    assert (pooled["status"], bool(pooled["flips"])) == ("met", False)


def test_a_part_that_is_unknown_by_default_is_not_where_the_sentence_begins():
    """One of four does not state its area: the first part is unknown one by one, met pooled.

    The second is short one by one and met pooled, so that all together both are met.
    """
    places = [{"x": 1000 * k, "of": "service_centre", "area_m2": 100.0} for k in range(3)]
    places += [{"x": 3000, "of": "service_centre"}, {"x": 0, "of": "police_room", "area_m2": 200.0}]
    parts = [
        {**ROOMS, "floor": 40, "label_zh": "甲", "label_en": "first"},
        {
            **ROOMS,
            "categories": ["police_room"],
            "floor": 45,
            "label_zh": "乙",
            "label_en": "second",
        },
    ]
    found = find(little_city(places), parts=parts)
    assert [one.verdict.status for one in found.parts] == ["unknown", "short"]
    assert found.readings.sentence.zh == (
        "结论取决于口径：“乙”一项，逐一计：1/4，未达标；“甲”一项，合计：应有量的 187.5%，达标；"
        "“乙”一项，合计：应有量的 111.1%，达标"
    )

"""Kinds that need no walking, on a street whose figures follow from arithmetic."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from builders.street_city import at, config, demand, find, little_city, requirement, units, villages
from livingcircle.standards.context import Context


def centres(*xs: float, of: str = "service_centre", **attributes) -> list[dict]:
    return [{"x": x, "of": of, **attributes} for x in xs]


# -- provision --------------------------------------------------------------------------------


def test_every_unit_needs_one():
    # A holds two, C one, B and D none: 2 of 4 units.
    found = find(
        little_city(centres(100, 200, 2500)),
        kind="provision",
        level="leaf",
        categories=["service_centre"],
        target=0.8,
    )
    assert (found.status, found.value, found.target) == ("short", 0.5, 0.8)
    assert (found.numerator, found.denominator) == (2, 4)
    assert list(found.gaps["unit_id"]) == ["B", "D"]
    assert set(found.gaps["reason"]) == {"no_facility"}
    # 400 residents and 160 households a unit.
    assert (found.people_left_out, found.households_left_out) == (800, 320)
    assert at(found, "A")["value"] == 2
    assert at(found, "siming")["value"] == 0.5
    assert at(found, "小城")["denominator"] == 4


def test_a_facility_counts_once_even_with_two_categories():
    rows = [{"x": 100, "of": ("nursery", "public_nursery_point")}]
    found = find(
        little_city(rows),
        kind="provision",
        level="leaf",
        categories=["nursery", "public_nursery_point"],
        at_least=2,
    )
    assert at(found, "A")["value"] == 1
    assert at(found, "A")["status"] == "short"
    assert found.gaps.set_index("unit_id").loc["A", "reason"] == "too_few"


def test_a_stated_unit_counts_without_coordinates():
    rows = [{"x": None, "leaf": "B", "of": "legal_room"}]
    found = find(little_city(rows), kind="provision", level="leaf", categories=["legal_room"])
    assert at(found, "B")["status"] == "met"


def test_urban_and_rural_parts_are_judged_together():
    # Urban: A and B of A, B, C = 2/3 < 90 %. Rural: D = 1/1. The urban part binds.
    parts = [
        {"kind": "provision", "label_zh": zh, "label_en": en, "level": "leaf", "target": target}
        | {"categories": ["parents_school"], "applies": {"urban_rural": en}}
        for zh, en, target in (("城市", "urban", 0.9), ("农村", "rural", 0.8))
    ]
    found = find(little_city(centres(10, 1010, 3010, of="parents_school")), parts=parts)
    assert found.status == "short"
    assert found.value == pytest.approx(2 / 3)
    assert found.target == 0.9
    assert found.measures["rural: share_units"] == 1.0
    assert "urban: 2/3 = 66.7 % (target 90 %)" in found.note_en
    assert "rural: 1/1 = 100 % (target 80 %)" in found.note_en


def test_only_units_that_meet_the_condition():
    # North has 800 residents, so 40 under 3 (5 a point, 8 points); the condition is met by both
    # towns at 40 and by none at 41.
    entry = {"kind": "provision", "level": "town", "categories": ["nursery"]}
    city = little_city(centres(100, of="nursery"))
    both = find(city, **entry, applies={"where": [{"column": "under3", "at_least": 40}]})
    assert (both.numerator, both.denominator) == (1, 2)
    none = find(city, **entry, applies={"where": [{"column": "under3", "at_least": 41}]})
    assert none.status == "report"
    assert none.value is None
    assert "no unit meets the condition" in none.note_en


def test_islands_are_exempt():
    # The southern town is an island: only the northern one counts.
    found = find(
        little_city(centres(100, of="kangyuan_centre")),
        kind="provision",
        level="town",
        categories=["kangyuan_centre"],
        applies={"exempt_islands": True},
    )
    assert (found.status, found.denominator) == ("met", 1)


def test_new_units_and_units_founded_since():
    entry = {"kind": "provision", "level": "leaf", "categories": ["nursery"]}
    city = little_city(centres(2100, of="nursery"))
    assert find(city, **entry, applies={"new": True}).denominator == 1
    assert find(city, **entry, applies={"new": False}).numerator == 0
    assert find(city, **entry, applies={"founded_since": 2005}).denominator == 2


def test_named_districts_by_the_citys_own_names():
    entry = {"kind": "provision", "level": "leaf", "categories": ["nursery"]}
    applies = {"districts": ["湖里区"]}
    city = little_city(centres(100, of="nursery"))
    assert find(city, **entry, applies=applies).status == "report"
    mapped = little_city(centres(100, of="nursery"), config=config(districts={"思明区": "湖里区"}))
    assert find(mapped, **entry, applies=applies).denominator == 2


def test_the_mean_of_every_district():
    # Siming: 3 in one town, mean 3; Jimei: 1 in one town, mean 1 < 2. One of two districts.
    found = find(
        little_city(centres(100, 200, 1200, 2200, of="elderly_care_centre")),
        kind="provision",
        level="town",
        categories=["elderly_care_centre"],
        at_least=2,
        average_by="district",
    )
    assert (found.status, found.value) == ("short", 0.5)
    assert found.measures["mean_lowest_district"] == 1
    assert found.measures["mean"] == 2
    assert at(found, "jimei")["value"] == 1
    assert at(found, "jimei")["status"] == "short"
    assert list(found.gaps["unit_id"]) == ["south"]


def test_the_mean_of_the_city():
    # Urban communities A, B, C hold 3, 0 and 1: mean 4/3. A village does not count.
    rows = centres(1, 2, 3, 2100, 3100, of="community_org")
    found = find(
        little_city(rows),
        kind="provision",
        level="leaf",
        categories=["community_org"],
        at_least=2,
        average_by="city",
        applies={"urban_rural": "urban"},
    )
    assert found.value == pytest.approx(4 / 3)
    assert (found.target, found.unit, found.status) == (2, "per_unit", "short")
    assert list(found.gaps["unit_id"]) == ["B", "C"]


def test_a_city_total():
    entry = {"kind": "provision", "level": "city", "categories": ["cemetery"], "at_least": 3}
    found = find(little_city(centres(1, 2, of="cemetery")), **entry)
    assert (found.status, found.value, found.target, found.unit) == ("short", 2, 3, "count")
    assert find(little_city(centres(1, 2, 3, of="cemetery")), **entry).status == "met"


def test_urban_villages_hold_what_lies_in_them():
    rows = centres(450, 460, 1450, of="migrant_org")
    found = find(
        little_city(rows, urban_villages=villages((400, 500), (1400, 1500))),
        kind="provision",
        level="urban_village",
        categories=["migrant_org"],
        at_least=2,
    )
    assert (found.numerator, found.denominator) == (1, 2)
    assert at(found, "V1")["value"] == 1


# -- not given, none there, schedules -----------------------------------------------------------


def test_a_category_that_no_list_holds_is_unknown():
    found = find(little_city(), kind="provision", level="leaf", categories=["nursery"])
    assert found.status == "unknown"
    assert found.value is None
    assert found.missing == ("category:nursery",)
    assert "category nursery: no facility list holds it" in found.note_en
    assert "托育机构" in found.note_zh


def test_a_complete_list_without_the_category_is_zero():
    city = little_city(config=config(complete_categories=["nursery"]))
    found = find(city, kind="provision", level="leaf", categories=["nursery"])
    assert (found.status, found.value, found.missing) == ("short", 0.0, ())


def test_a_level_and_a_column_that_are_missing():
    entry = {"kind": "provision", "categories": ["nursery"]}
    tables = units()
    del tables["town"]
    tables["community"]["is_new"] = None
    tables["village"]["is_new"] = None
    city = little_city(centres(1, of="nursery"), units=tables)
    assert find(city, **entry, level="town").missing == ("level:town",)
    new = find(city, **entry, level="leaf", applies={"new": True})
    assert new.missing == ("column:units.is_new",)
    assert find(city, **entry, level="urban_village").missing == ("layer:urban_villages",)


def test_an_undecided_unit_decides_nothing_if_the_answer_is_the_same():
    # Nobody says whether C is new. Two units are surely old: A has one, B has none.
    tables = units()
    tables["community"].loc[2, "is_new"] = None
    entry = {"kind": "provision", "level": "leaf", "categories": ["nursery"]}
    city = little_city(centres(1, 3100, of="nursery"), units=tables)
    old = find(city, **entry, applies={"new": False}, target=0.9)
    assert old.status == "short"  # even with C, at most 3 of 4
    vague = find(city, **entry, applies={"new": False}, target=0.7)
    assert vague.status == "unknown"  # 2 of 3 or 3 of 4


def test_a_schedule_by_year():
    entry = {
        "kind": "provision",
        "level": "city",
        "categories": ["city_service_centre"],
        "schedule": [{"year": 2023, "at_least": 1}, {"year": 2025, "at_least": 3}],
        "due": 2025,
    }
    city = little_city(centres(1, 2, of="city_service_centre"))
    before, first, between, last = (
        find(city, as_of=year, **entry) for year in (2022, 2023, 2024, 2026)
    )
    assert (before.status, before.target, before.is_due) == ("met", 1, False)
    assert "due in 2023, not yet in 2022" in before.note_en
    assert (first.status, first.target, first.is_due) == ("met", 1, True)
    assert (between.status, between.target) == ("met", 1)
    assert (last.status, last.target, last.due) == ("short", 3, 2025)
    assert list(last.years["year"]) == [2023, 2025]
    assert list(between.years["is_due"]) == [True, False]


SCHEDULE = [
    {"year": 2023, "target": "all", "districts": ["思明区"]},
    {"year": 2023, "target": 0.5, "districts": ["集美区"]},
    {"year": 2025, "target": "all", "districts": ["集美区"]},
]


def test_a_schedule_by_district():
    # Siming has A and B; Jimei has C of C and D: 50 %, enough in 2023 and not in 2025.
    entry = {
        "kind": "provision",
        "level": "leaf",
        "categories": ["egov_terminal"],
        "schedule": SCHEDULE,
    }
    city = little_city(centres(1, 1001, 2001, of="egov_terminal"))
    early = find(city, as_of=2024, **entry)
    assert early.status == "met"
    assert "集美区: 1/2 = 50 % (target 50 %)" in early.note_en
    late = find(city, as_of=2025, **entry)
    assert (late.status, late.value, late.target) == ("short", 0.5, 1.0)
    assert (late.numerator, late.denominator) == (1, 2)
    # Of the city 2 units of Siming and 1 of 2 in Jimei were due in 2024: (2 + 1) / 4.
    assert at(early, "小城")["target"] == 0.75


def test_a_schedule_that_names_no_district_of_the_city():
    entry = {"kind": "provision", "level": "leaf", "categories": ["egov_terminal"]}
    schedule = [{"year": 2023, "target": "all", "districts": ["海沧区"]}]
    found = find(little_city(centres(1, of="egov_terminal")), **entry, schedule=schedule)
    assert found.status == "report"
    assert found.value == 0.25
    assert "names no district" in found.note_en


def test_a_number_by_district_with_zones_of_their_own():
    # Two in every county, one in each zone: Siming has one and is a county, Jimei is a zone.
    entry = {
        "kind": "provision",
        "level": "district",
        "categories": ["child_friendly_community"],
        "schedule": [
            {"year": 2025, "at_least": 2},
            {"year": 2025, "at_least": 1, "districts": ["功能区"]},
        ],
    }
    city = little_city(
        centres(1, 2001, of="child_friendly_community"),
        config=config(districts={"集美区": "功能区"}),
    )
    found = find(city, **entry)
    assert (found.numerator, found.denominator) == (1, 2)
    assert at(found, "siming")["target"] == 2
    assert at(found, "jimei")["status"] == "met"


def test_a_part_not_yet_due_does_not_judge():
    parts = [
        {"kind": "provision", "level": "leaf", "categories": ["park"], "due": 2023},
        {"kind": "provision", "level": "city", "categories": ["park"], "at_least": 9, "due": 2025},
    ]
    city = little_city(centres(1, 1001, 2001, 3001, of="park"))
    assert find(city, as_of=2024, due=2025, parts=parts).status == "met"
    assert find(city, as_of=2025, due=2025, parts=parts).status == "short"


@pytest.mark.slow
def test_only_what_is_judged_leaves_people_out():
    # Both towns have one, so nobody is left out, although not everybody has it within 500 m.
    parts = [
        {"kind": "provision", "level": "town", "categories": ["park"]},
        {"kind": "circle", "metres": 500, "categories": ["park"], "target": "report"},
    ]
    found = find(little_city(centres(1, 2001, of="park")), parts=parts)
    assert (found.status, found.people_left_out) == ("met", 0)
    assert found.gaps["people"].sum() == 1000
    assert find(little_city(centres(1, 2001, of="park")), **parts[1]).people_left_out == 1000


# -- floor area ---------------------------------------------------------------------------------


def test_the_larger_of_the_floor_and_the_rate_is_required():
    # 160 households per unit: 40 m² per 100 are 64 m², the floor of 60 is less. A has 50 + 14 = 64,
    # B 63.9, C nothing; D is rural.
    rows = [
        *centres(1, area_m2=50.0),
        *centres(2, area_m2=14.0),
        *centres(1001, area_m2=63.9),
    ]
    found = find(
        little_city(rows),
        kind="floor_area",
        level="leaf",
        categories=["service_centre"],
        floor=60,
        per_100_households=40,
        applies={"urban_rural": "urban"},
    )
    assert (found.status, found.numerator, found.denominator) == ("short", 1, 3)
    assert at(found, "A")["target"] == 64
    gaps = found.gaps.set_index("unit_id")
    assert gaps.loc["B", "lacking_m2"] == pytest.approx(0.1)
    assert gaps.loc["B", "reason"] == "too_small"
    assert gaps.loc["C", "reason"] == "no_facility"
    # 127.9 m² for 480 households.
    assert found.measures["m2_per_100_households"] == pytest.approx(127.9 / 4.8)


def test_an_area_that_is_not_stated_may_still_be_enough():
    # A: 60 stated and one unstated, 48 needed, so enough. B: one unstated alone, nobody knows.
    rows = [
        *centres(1, area_m2=60.0),
        *centres(2),
        *centres(1001),
        *centres(2001, area_m2=1.0),
        *centres(3001, area_m2=99.0),
    ]
    entry = {"kind": "floor_area", "level": "leaf", "categories": ["service_centre"]}
    found = find(little_city(rows), **entry, per_100_households=30, target=0.5)
    assert [at(found, u)["status"] for u in "ABCD"] == ["met", "unknown", "short", "met"]
    assert found.status == "met"  # 2 of 4 whatever B is
    assert find(little_city(rows), **entry, per_100_households=30, target=0.6).status == "unknown"
    assert find(little_city(rows), **entry, per_100_households=30).status == "short"


def test_no_area_at_all_is_a_missing_column():
    found = find(little_city(centres(1)), kind="floor_area", categories=["service_centre"], floor=1)
    assert found.missing == ("column:facilities.area_m2",)


def test_components_and_their_sum():
    # Only C was founded since 2016. 200 + 100 + 100 = 400 m² in all, the police room is part of
    # the offices; with a hall of 99 m² the hall and the sum are short.
    def office(**m2):
        full = {"office_m2": 200.0, "police_room_m2": 15.0, "hall_m2": 100.0, "station_m2": 100.0}
        return [{"x": 2100, "of": "committee_office", **full, **m2}]

    entry = {
        "kind": "floor_area",
        "level": "community",
        "categories": ["committee_office"],
        "attributes": ["office_m2", "hall_m2", "station_m2"],
        "floor": 400,
        "components": [
            {"attribute": "office_m2", "floor": 200, "zh": "办公", "en": "offices"},
            {"attribute": "police_room_m2", "floor": 15, "zh": "警务室", "en": "police room"},
            {"attribute": "hall_m2", "floor": 100, "zh": "议事厅", "en": "hall"},
        ],
        "applies": {"founded_since": 2016},
    }
    whole = find(little_city(office()), **entry)
    assert (whole.status, whole.denominator) == ("met", 1)
    small = find(little_city(office(hall_m2=99.0)), **entry)
    assert small.status == "short"
    assert small.gaps.iloc[0]["lacking_m2"] == 1
    assert find(little_city(office(hall_m2=99.0, office_m2=250.0)), **entry).status == "short"


def test_a_gap_says_which_rooms_lack_how_much():
    rooms = {"office_m2": "offices", "police_room_m2": "police room", "hall_m2": "hall"}
    entry = {
        "kind": "floor_area", "level": "community", "categories": ["committee_office"],
        "attributes": ["office_m2", "hall_m2"], "floor": 300,
        "components": [
            {"attribute": name, "floor": floor, "zh": "房", "en": rooms[name]}
            for name, floor in zip(rooms, (200, 15, 100), strict=True)
        ],
    }  # fmt: skip
    sizes = [(230, 14, 95), (250, 15, 99), (190, 10, 90)]
    offices = [
        {
            "x": 1000 * n + 1,
            "of": "committee_office",
            **dict(zip(rooms, map(float, m2), strict=True)),
        }
        for n, m2 in enumerate(sizes)
    ]
    found = find(little_city(offices), **entry)
    gaps = found.gaps.set_index("unit_id")
    # A: 325 m² in all, the police room lies within the offices. C: 280 of 300, rooms 10 + 10.
    assert gaps["lacking_m2"].to_dict() == {"A": 5.0, "B": 1.0, "C": 20.0}
    assert found.measures["lacking_m2"] == 26.0
    assert gaps.loc["A", "too_small_en"] == "police room: 14 of 15 m²; hall: 95 of 100 m²"
    assert gaps.loc["B", "too_small_zh"] == "房 99 平方米（应有 100 平方米）"
    # All together the police rooms have 39 of 45 m², the halls 284 of 300, and the sums 954 of 900.
    pooled = found.readings.table.query("option == 'pooled'").iloc[0]
    assert (pooled["status"], pooled["value"]) == ("short", pytest.approx(39 / 45))


def test_rooms_of_an_estate_as_a_share_of_its_floor_area():
    # 3 ‰ of 100,000 m² are 300 m².
    rows = [
        {"x": 1, "of": "estate_room", "area_m2": 300.0, "estate_floor_area_m2": 100_000.0},
        {"x": 1001, "of": "estate_room", "area_m2": 299.0, "estate_floor_area_m2": 100_000.0},
    ]
    found = find(
        little_city(rows),
        kind="floor_area",
        level="facility",
        categories=["estate_room"],
        share_of="estate_floor_area_m2",
        share_of_value=0.003,
    )
    assert (found.numerator, found.denominator) == (1, 2)
    assert found.measures["share_of_all"] == pytest.approx(599 / 200_000)
    assert list(found.gaps["facility_id"]) == ["f1"]
    assert found.people_left_out == 400  # those of B, whose room it is


# -- capacity -----------------------------------------------------------------------------------

PLACES = {
    "kind": "capacity",
    "categories": ["nursery"],
    "figure": "places",
    "at_least": 5.5,
    "per": 1000,
}


def test_places_per_thousand():
    # 1,600 residents: 5.5 per 1,000 are 8.8 places.
    nine = find(little_city(centres(1, 2001, of="nursery", places=4.5)), **PLACES)
    assert (nine.status, nine.value) == ("met", pytest.approx(9 / 1.6))
    assert (nine.numerator, nine.denominator, nine.unit) == (9, 1600, "per_1000")
    eight = find(little_city(centres(1, of="nursery", places=8.0)), **PLACES)
    assert (eight.status, eight.value) == ("short", 5.0)
    assert eight.measures["lacking"] == pytest.approx(0.8)
    assert at(eight, "A")["value"] == 20  # 8 places for 400 residents
    assert at(eight, "siming")["value"] == 10
    assert at(eight, "小城")["numerator"] == 8


@pytest.mark.slow
def test_a_figure_that_is_not_stated_makes_a_lower_bound():
    def nurseries(*places: float | None):
        return little_city([{"x": 1, "of": "nursery", "places": p} for p in places])

    assert find(nurseries(9.0, None), **PLACES).status == "met"
    assert find(nurseries(5.0, None), **PLACES).status == "unknown"  # 5 to 10 of 8.8
    assert find(nurseries(4.0, None), **PLACES).status == "short"  # 4 to 8 of 8.8
    assert "1 of 2 state no places" in find(nurseries(4.0, None), **PLACES).note_en
    assert find(nurseries(None), **PLACES).missing == ("column:facilities.places",)
    assert find(nurseries(None), **PLACES).target == 5.5


def test_workers_of_the_urban_units_per_urban_resident():
    # Urban: 2 + 1 + 3 = 6 workers for 1,200 residents = 50 per 10,000.
    found = find(
        little_city(),
        kind="capacity",
        figure="community_workers",
        at_least=18,
        per=10_000,
        applies={"urban_rural": "urban"},
    )
    assert (found.status, found.value, found.denominator) == ("met", pytest.approx(50.0), 1200)
    assert "D" not in set(found.units["unit_id"])


def test_nobody_counted():
    people = demand().drop(columns=["residents"])
    found = find(little_city(centres(1, of="nursery", places=1.0), demand=people), **PLACES)
    assert found.missing == ("column:units.residents",)


# -- share --------------------------------------------------------------------------------------


def test_share_of_facilities_with_a_property():
    rows = centres(1, 1001, has_volunteer_station=True) + centres(2001, has_volunteer_station=False)
    entry = {
        "kind": "share",
        "categories": ["service_centre"],
        "attribute": "has_volunteer_station",
        "target": 0.8,
    }
    found = find(little_city(rows), **entry)
    assert (found.status, found.numerator, found.denominator) == ("short", 2, 3)
    assert list(found.gaps["facility_id"]) == ["f2"]
    vague = find(little_city([*rows[:2], *centres(2001)]), **entry)
    assert (vague.status, vague.value) == ("unknown", 1.0)  # 2 of 3 or 3 of 3
    assert vague.missing == ("values:facilities.has_volunteer_station",)


def test_share_of_facilities_by_a_ratio():
    rows = [
        *centres(1, area_m2=100.0, activity_area_m2=60.0),
        *centres(2, area_m2=100.0, activity_area_m2=59.0),
    ]
    found = find(
        little_city(rows),
        kind="share",
        categories=["service_centre"],
        attribute="activity_area_m2",
        over="area_m2",
        at_least=0.6,
    )
    assert (found.numerator, found.denominator) == (1, 2)
    assert found.measures["share_pooled"] == pytest.approx(119 / 200)


def test_share_of_facilities_by_a_number_and_by_a_text():
    rows = centres(1, open_hours=8.0) + centres(2, open_hours=7.5)
    entry = {"kind": "share", "categories": ["service_centre"]}
    assert find(little_city(rows), **entry, attribute="open_hours", at_least=8).value == 0.5
    levels = ("basic", "recommended", "none", "basic")
    rows = [{"x": 1, "of": "clinic", "primary_care_level": level} for level in levels]
    entry = {"kind": "share", "categories": ["clinic"], "attribute": "primary_care_level"}
    found = find(little_city(rows), **entry, one_of=["basic", "recommended"], target=0.7)
    assert (found.status, found.value) == ("met", 0.75)


def test_share_of_units_by_a_ratio():
    # 10 %, 5 %, 20 % and 8 %: two of four reach 10 %; 4,400 of 45,000 m² together.
    found = find(
        little_city(),
        kind="share",
        of="units",
        level="leaf",
        attribute="service_floor_area_m2",
        over="floor_area_m2",
        at_least=0.1,
    )
    assert (found.numerator, found.denominator) == (2, 4)
    assert found.measures["share_pooled"] == pytest.approx(4400 / 45_000)
    assert at(found, "B")["value"] == pytest.approx(0.05)
    assert found.people_left_out == 800


def test_share_of_units_with_such_a_facility():
    rows = [
        {"x": 1, "of": "cultural_service_centre", "upgraded": True},
        {"x": 2, "of": "cultural_service_centre", "upgraded": False},
        {"x": 1001, "of": "cultural_service_centre", "upgraded": False},
    ]
    found = find(
        little_city(rows),
        kind="share",
        categories=["cultural_service_centre"],
        attribute="upgraded",
        per_unit=True,
        level="leaf",
        target=0.9,
    )
    assert (found.numerator, found.denominator) == (1, 4)


def test_a_town_is_unknown_where_members_that_state_nothing_may_turn_it():
    """North holds A and B, south C and D; of 80 % asked one of two is short, two are met.

    One that states nothing beside one that is met makes 50 to 100 %, beside one that is short 0 to
    50 %.
    """
    says = {100: True, 1100: None, 2100: False, 3100: None}
    places = [{"x": x, "of": "service_centre", "open_weekends": y} for x, y in says.items()]
    asked = {"kind": "share", "categories": ["service_centre"], "attribute": "open_weekends"}
    rows = find(little_city(places), **asked, target=0.8).units.set_index("unit_id")["status"]
    assert rows.loc[["north", "south"]].tolist() == ["unknown", "short"]
    assert rows.loc[["A", "B", "C", "D"]].tolist() == ["met", "unknown", "short", "unknown"]


def test_a_pooled_share():
    # 3 of 7 workers are qualified.
    found = find(
        little_city(),
        kind="share",
        of="units",
        level="leaf",
        attribute="qualified_workers",
        over="community_workers",
        pooled=True,
        target=0.4,
    )
    assert (found.status, found.numerator, found.denominator) == ("met", 3, 7)
    assert found.value == pytest.approx(3 / 7)


# -- colocation ---------------------------------------------------------------------------------


def test_colocation_by_identity_address_and_distance():
    rows = [
        {"x": 100, "of": ("police_room", "service_centre")},  # one and the same
        {"x": 1100, "of": "police_room", "address": "样例路 1 号"},  # the address of f5
        {"x": 2100, "of": "police_room"},  # 49 m from f6
        {"x": 3100, "of": "police_room"},  # 51 m from f7
        {"x": None, "leaf": "D", "of": "police_room"},  # nobody knows where
        {"x": 1900, "of": "service_centre", "address": "样例路１号"},
        {"x": 2149, "of": "service_centre"},
        {"x": 3151, "of": "service_centre"},
    ]
    entry = {
        "kind": "colocation",
        "categories": ["police_room"],
        "with_categories": ["service_centre"],
        "within_m": 50,
    }
    found = find(little_city(rows), **entry, target="report")
    assert (found.status, found.numerator, found.denominator) == ("report", 3, 4)
    assert list(found.gaps["facility_id"]) == ["f3"]
    assert found.gaps.iloc[0]["straight_m"] == pytest.approx(51, abs=0.01)
    assert found.gaps.iloc[0]["partner_id"] == "f7"
    assert find(little_city(rows), **entry, target=0.9).status == "short"  # at most 4 of 5
    assert find(little_city(rows), **entry, target=0.7).status == "unknown"  # 3 or 4 of 5


# -- tables add up ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "provision", "level": "leaf", "categories": ["service_centre"]},
        {"kind": "floor_area", "categories": ["service_centre"], "per_100_households": 30},
        {"kind": "circle", "minutes": 5, "categories": ["service_centre"]},
        {"kind": "capacity", "categories": ["service_centre"], "figure": "area_m2", "at_least": 1},
        {
            "kind": "share",
            "categories": ["service_centre"],
            "attribute": "open_hours",
            "at_least": 8,
        },
    ],
    ids=lambda entry: entry["kind"],
)
def test_sums_add_up_from_leaf_to_city(entry):
    rows = [
        *centres(1, area_m2=60.0, open_hours=9.0),
        *centres(2600, area_m2=1.0, open_hours=4.0),
        *centres(3900, area_m2=500.0, open_hours=8.0),
    ]
    # A facility and a demand point that lie in no unit are in the sums of the city all the same.
    rows.append({"x": 4100, "of": "service_centre", "area_m2": 7.0, "open_hours": 8.0})
    people = demand()
    stray = people.iloc[[0]].assign(leaf=None, community=None, town=None, district=None)
    people = gpd.GeoDataFrame(pd.concat([people, stray], ignore_index=True), crs=4326)
    table = find(little_city(rows, demand=people), **entry).units
    for column in ("numerator", "denominator"):
        by_level = table.groupby("level")[column].sum()
        leaves = by_level["community"] + by_level["village"] + by_level.get("none", 0.0)
        assert leaves == pytest.approx(by_level["city"])
        placed = by_level["community"] + by_level["village"]
        assert placed == pytest.approx(by_level["town"]) == pytest.approx(by_level["district"])


def test_a_place_may_be_part_of_several_tables_but_cities_are_not_changed():
    city = little_city(centres(100, 200, 2500))
    before = city.facilities.table.copy(), city.demand.copy(), city.units["community"].copy()
    entry = requirement(kind="provision", level="leaf", categories=["service_centre"])
    entry.parts[0].assess(Context(city, 2025))
    pd.testing.assert_frame_equal(before[0], city.facilities.table)
    pd.testing.assert_frame_equal(before[1], city.demand)
    pd.testing.assert_frame_equal(before[2], city.units["community"])


def test_units_with_too_few_persons_have_too_few_and_no_area_or_share():
    # A, B, C and D have 1 mediator each; 10, 5, 20 and 8 % of their floor areas are of service.
    few = find(little_city([]), kind="share", of="units", attribute="mediators", at_least=2)
    assert set(few.gaps["reason"]) == {"too_few"}
    assert (at(few, "A")["value"], at(few, "A")["value_unit"]) == (1.0, "count")
    ratio = {"attribute": "service_floor_area_m2", "over": "floor_area_m2", "at_least": 0.1}
    small = find(little_city([]), kind="share", of="units", **ratio)
    assert set(small.gaps["reason"]) == {"too_small"}
    assert at(small, "A")["value_unit"] == "share"
    area = find(little_city([]), kind="share", of="units", attribute="floor_area_m2", at_least=9e3)
    assert (set(area.gaps["reason"]), at(area, "A")["value_unit"]) == ({"too_small"}, "m2")
    urban = {"attribute": "urban_rural", "one_of": ["urban"]}
    rural = find(little_city([]), kind="share", of="units", **urban).gaps
    assert list(rural[["unit_id", "reason"]].iloc[0]) == ["D", "lacks_property"]

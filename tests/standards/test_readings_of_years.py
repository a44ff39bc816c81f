"""Readings of schedules, district means, growth, n of m functions and what goes together."""

from __future__ import annotations

import numpy as np
import pytest

from builders.street_city import find, little_city
from livingcircle.standards.claims import claim_about
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.kinds import kinds


def rows(*xs, of, **more):
    return [{"x": x, "of": of, **more} for x in xs]


def read(found) -> dict[tuple[str, str], tuple[float, str]]:
    table = found.readings.table
    keys = zip(table["axis"], table["option"], strict=True)
    return dict(zip(keys, zip(table["value"], table["status"], strict=True), strict=True))


def chosen(found) -> dict[str, str]:
    table = found.readings.table
    return dict(table.loc[table["chosen"], ["axis", "option"]].itertuples(index=False))


SCHEDULE = [
    {"year": 2023, "target": "all", "districts": ["思明区"]},
    {"year": 2023, "target": 0.5, "districts": ["集美区"]},
    {"year": 2025, "target": "all", "districts": ["集美区"]},
]
TERMINALS = {
    "kind": "provision", "level": "leaf", "categories": ["egov_terminal"], "schedule": SCHEDULE,
}  # fmt: skip


def test_a_schedule_by_district_is_read_as_of_each_year():
    # A and B of Siming have one, and C of C and D in Jimei: enough in 2023, not in 2025.
    city = little_city(rows(1, 1001, 2001, of="egov_terminal"))
    late, early = (find(city, as_of=year, **TERMINALS) for year in (2026, 2024))
    assert chosen(late)["as_of"] == "2025"
    assert chosen(early)["as_of"] == "2023"
    assert (late.status, read(late)["as_of", "2023"][1]) == ("short", "met")
    assert (early.status, read(early)["as_of", "2025"]) == ("met", (0.5, "short"))
    assert late.readings.depends
    # All districts together: 3 of 4 units, where 4 of 4 were due in 2025 and 3 of 4 in 2023.
    assert read(late)["scope", "each"] == (0.75, "short")
    assert read(early)["scope", "each"] == (0.75, "met")
    # By people: 400 of 800 in Jimei.
    assert read(late)["denominator", "residents"] == (0.5, "short")


def test_a_number_of_the_city_is_read_as_of_each_year():
    entry = {
        "kind": "provision", "level": "city", "categories": ["city_service_centre"],
        "schedule": [{"year": 2023, "at_least": 1}, {"year": 2025, "at_least": 3}],
    }  # fmt: skip
    found = find(little_city(rows(1, 2, of="city_service_centre")), as_of=2026, **entry)
    assert (found.status, found.value) == ("short", 2.0)
    assert read(found)["as_of", "2023"] == (2.0, "met")
    held = claim_about(found, 2, "at_least")
    assert held.holds


def test_the_mean_of_every_district_of_the_city_or_each_town():
    # North in Siming holds 4 and South in Jimei 1: means 4 and 1, of the city 2.5.
    entry = {
        "kind": "provision", "level": "town", "categories": ["elderly_care_centre"],
        "at_least": 2, "average_by": "district", "due": 2025, "target": "all",
    }  # fmt: skip
    city = little_city(rows(1, 2, 3, 4, 2001, of="elderly_care_centre"))
    found = find(city, as_of=2025, **entry)
    assert (found.status, found.value) == ("short", 0.5)
    assert chosen(found)["scope"] == "district_mean"
    assert read(found)["scope", "mean"] == (2.5, "met")
    assert read(found)["scope", "each"] == (0.5, "short")
    assert "the mean: 2.5 ≥ 2 on average, met" in found.readings.sentence.en
    one = find(little_city(rows(1, 2, 2001, 2002, of="elderly_care_centre")), as_of=2025, **entry)
    # Exactly two on average: enough, unless the number itself is left out.
    assert (one.status, read(one)["boundary", "exclusive"]) == ("met", (0.0, "short"))


def test_growth_each_year_on_average_and_up_to_each_year():
    # 10 in 2021, then 11, 13, 15, 16: +10, +18.2, +15.4, +6.7 %; 1.6 ** (1/4) = 12.5 % a year.
    years = [2020] * 10 + [2022] + [2023] * 2 + [2024] * 2 + [2025]
    schools = [
        {"x": 100 + 10 * n, "of": "kindergarten", "nursery_since": y, "places": 20.0}
        for n, y in enumerate(years)
    ]
    entry = {
        "kind": "growth", "categories": ["kindergarten"], "since": "nursery_since",
        "figure": "places", "rate": 0.1, "from_year": 2022, "to_year": 2025,
    }  # fmt: skip
    found = find(little_city(schools), **entry, as_of=2026)
    told = read(found)
    assert (found.status, found.value) == ("short", pytest.approx(16 / 15 - 1))
    assert np.isnan(found.people_left_out)  # a number of the city leaves out nobody in particular
    assert told["scope", "mean"] == (pytest.approx(1.6**0.25 - 1), "met")
    assert told["as_of", "2024"] == (pytest.approx(0.1), "met")
    assert told["as_of", "2022"] == (pytest.approx(0.1), "met")
    assert told["denominator", "facilities"] == (pytest.approx(16 / 15 - 1), "short")
    first = find(little_city(schools), **entry, as_of=2022)
    assert read(first)["boundary", "exclusive"][1] == "short"  # exactly the rate
    assert claim_about(found, "12.5 %", "rounded").frame.iloc[0]["changed_en"] == "the mean"


def test_functions_are_counted_by_unit_people_and_level():
    functions = [
        {"id": one, "zh": one, "en": one, "categories": [category]}
        for one, category in (("e", "elderly_station"), ("n", "nursery"), ("l", "library"))
    ]
    # A has two, B one, C all three, D none; D is a village.
    spread = [(100, "elderly_station"), (200, "nursery"), (1100, "nursery")]
    spread += [(2100, "elderly_station"), (2200, "nursery"), (2300, "library")]
    entry = {"kind": "some_of", "functions": functions, "at_least": 2, "target": 0.6}
    found = find(little_city([{"x": x, "of": of} for x, of in spread]), **entry)
    told = read(found)
    assert (found.status, found.value) == ("short", 0.5)
    assert told["level", "community"] == (pytest.approx(2 / 3), "met")
    assert told["level", "village"] == (0.0, "short")
    assert told["denominator", "households"] == (0.5, "short")
    assert told["boundary", "exclusive"] == (0.25, "short")  # more than two: C alone
    assert "communities only: 2/3 = 66.7 % ≥ 60 %, met" in found.readings.sentence.en


def test_facilities_go_together_by_the_crow_and_on_foot():
    # 49 m and 50 m apart along the street; 30 m apart at one corner of it, 40 m and 10 m off.
    police = [{"x": 100, "of": "police_room"}, {"x": 1100, "of": "police_room"}]
    police.append({"x": 2100, "y": 40.0, "of": "police_room"})
    other = [{"x": 149, "of": "service_centre"}, {"x": 1150, "of": "service_centre"}]
    other.append({"x": 2100, "y": 10.0, "of": "service_centre"})
    entry = {
        "kind": "colocation", "categories": ["police_room"],
        "with_categories": ["service_centre"], "within_m": 50.1, "target": 0.9,
    }  # fmt: skip
    found = find(little_city([*police, *other]), **entry)
    told = read(found)
    assert chosen(found)["path"] == "straight"
    assert (found.status, found.value) == ("met", 1.0)
    # On foot the third walks 40 m to the street and 10 m back from it: 50 m, and no further.
    assert told["path", "network"][1] == "met"
    assert told["path", "network"][0] >= 1.0 - TARGET_TOLERANCE
    nearer = find(little_city([*police, *other]), **entry | {"within_m": 45})
    assert read(nearer)["path", "straight"] == (pytest.approx(1 / 3), "short")
    assert read(nearer)["path", "network"] == (0.0, "short")


def test_every_kind_declares_what_it_leaves_open():
    """No kind is left without readings, unless nothing in it can be read in two ways."""
    without = {name for name, kind in kinds().items() if "readings" not in vars(kind)}
    assert without == set()

"""Homes whose coverage is a chance: shares that follow from the normal distribution."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

import livingcircle as lc
from builders.street_city import config, find, little_city, requirement
from livingcircle.city.config import CityConfig
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.kinds.circle_speeds import coverage_probability
from livingcircle.standards.result import Result
from livingcircle.vocab.gait import mean_speed, speeds_of, strata
from livingcircle.vocab.walkers import walker

CENTRE = [{"x": 0, "of": "service_centre"}]
ONE = {"kind": "circle", "categories": ["service_centre"], "minutes": 15}
X = np.array([100 + 1000 * i + d for i in range(4) for d in (0, 300, 500, 800)], dtype=float)


def normal(z):
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


def city_of(**own):
    """The street, walked by somebody of the city's own."""
    about = {"zh": "居民", "en": "resident", **own}
    stated = {**config().model_dump(), "vocabulary": {"walkers": {"own": about}}}
    return little_city(CENTRE, config=CityConfig.model_validate(stated), walker="own")


def test_the_expected_share_is_the_sum_of_chances():
    found = find(city_of(speed_m_s=1.33, deviation_m_s=0.2), **ONE)
    odds = np.array([normal((1.33 - x / 900) / 0.2) for x in X])
    assert found.demand["probability"].to_numpy() == pytest.approx(odds, abs=1e-4)
    assert found.measures["share_expected"] == pytest.approx(odds.mean(), abs=1e-4)
    # People are independent: of a hundred a home so many deviate.
    half = 1.6449 * math.sqrt((100 * odds * (1 - odds)).sum()) / 1600
    assert found.measures["share_expected_high"] == pytest.approx(odds.mean() + half, abs=1e-4)
    assert found.measures["share_expected_low"] == pytest.approx(odds.mean() - half, abs=1e-4)
    assert "are expected within it" in found.note_en
    # The verdict is that of the mean speed.
    assert found.value == 500 / 1600


def test_a_band_holds_nine_in_ten_draws():
    rng = np.random.default_rng(4)
    found = find(city_of(speed_m_s=1.2, deviation_m_s=0.25), **ONE)
    drawn = rng.normal(1.2, 0.25, (2000, 16, 100))
    shares = (drawn * 900 >= X[None, :, None]).mean(axis=(1, 2))
    low, high = (found.measures[f"share_expected_{end}"] for end in ("low", "high"))
    assert ((shares >= low) & (shares <= high)).mean() == pytest.approx(0.9, abs=0.03)
    assert shares.mean() == pytest.approx(found.measures["share_expected"], abs=1e-3)


@pytest.mark.slow
def test_without_deviation_all_is_as_ever_to_the_last_digit():
    plain = find(little_city(CENTRE), **ONE)
    own = find(city_of(speed_m_s=1.33, deviation_m_s=0.0), **ONE)
    assert own.measures == plain.measures
    assert own.value == plain.value
    assert "probability" not in own.demand
    sure = coverage_probability(plain.demand["seconds"].to_numpy(), 900.0, 1.33, ((1.33, 0.0),))
    assert (sure == (plain.demand["status"] == "covered")).all()


def test_people_of_some_ages_walk_as_they_were_measured():
    found = find(city_of(ages=[70, 79]), **ONE)
    odds = np.array(
        [(normal((1.262 - x / 900) / 0.196) + normal((1.132 - x / 900) / 0.211)) / 2 for x in X]
    )
    assert found.demand["probability"].to_numpy() == pytest.approx(odds, abs=1e-4)
    assert found.measures["limit_m"] == pytest.approx(900 * (1.262 + 1.132) / 2)


def odds_of(one, x):
    """The chance of somebody of a stratum to walk x metres in 15 minutes."""
    return normal((one.mean - x / 900) / one.deviation)


def by_decade(homes):
    """The street's homes with people by sex and decade; -1 leaves a home without."""
    city = city_of(ages=[20, 99])
    columns = {one.column: np.zeros(16) for one in strata()}
    for home, people in homes.items():
        for name, count in people.items():
            columns[name][home] = count
    silent = [home for home in range(16) if home not in homes]
    for values in columns.values():
        values[silent] = np.nan
    return replace(city, demand=city.demand.assign(**columns))


def test_a_home_walks_as_fast_as_those_who_live_there():
    """Home 0 has men of 20 to 29 only, home 1 three times as many old women as old men."""
    who = {
        0: {"men_20_29": 7},
        1: {"women_80_99": 3, "men_80_99": 1},
        2: dict.fromkeys(("men_20_29",), 0),
    }
    city = by_decade(who)
    city = replace(city, demand=city.demand.drop(columns=["age65"]))
    found = find(city, **ONE)
    of = {one.column: one for one in strata()}
    odds = found.demand["probability"].to_numpy()
    assert odds[0] == pytest.approx(odds_of(of["men_20_29"], X[0]), abs=1e-4)
    old = 0.75 * odds_of(of["women_80_99"], X[1]) + 0.25 * odds_of(of["men_80_99"], X[1])
    assert odds[1] == pytest.approx(old, abs=1e-4)
    # Nobody is known of the others: all decades of each sex count alike, as without ages.
    for home in (2, 3, 15):
        alike = np.mean([odds_of(one, X[home]) for one in strata()])
        assert odds[home] == pytest.approx(alike, abs=1e-4)
    assert "by the ages at each home" in found.note_en


def sexes_of(decade, x):
    """The chance of somebody of a decade, of either sex."""
    return np.mean([odds_of(one, x) for one in strata() if one.ages[0] == decade])


def test_of_a_part_only_the_years_that_are_the_walkers_are_taken():
    """Of 100 people 10 are children, 70 are 15 to 64 and 20 are 65 and over.

    A year of the seventy holds 1.4 people, so that 7 are 60 to 64; a year of the twenty, with 80
    to 99 as one decade, 0.8: 4 are 65 to 69, 8 are 70 to 79 and 8 are 80 and over. All 27.
    """
    found = find(city_of(ages=[60, 99]), **ONE)
    people = {60: 7 + 4, 70: 8, 80: 8}
    for home in (1, 2, 7):
        right = sum(n * sexes_of(decade, X[home]) for decade, n in people.items()) / 27
        assert found.demand["probability"].iloc[home] == pytest.approx(right, abs=1e-4)


def test_children_and_old_people_tell_who_else_lives_there():
    """Of the seventy 14 are 20 to 29, and so on; those of 15 to 19 are nobody's: 83 are left."""
    found = find(city_of(ages=[20, 99]), **ONE)
    people = {20: 14, 30: 14, 40: 14, 50: 14, 60: 7 + 4, 70: 8, 80: 8}
    for home in (1, 2, 7):
        right = sum(n * sexes_of(decade, X[home]) for decade, n in people.items()) / 83
        assert found.demand["probability"].iloc[home] == pytest.approx(right, abs=1e-4)


def test_old_people_who_are_counted_walk_as_old_people():
    found = find(city_of(ages=[20, 99]), **ONE, group="age65")
    old = {one: 0.5 if one.ages[0] == 60 else 1.0 for one in strata() if one.ages[0] >= 60}
    right = sum(w * odds_of(one, X[2]) for one, w in old.items()) / sum(old.values())
    assert found.demand["probability"].iloc[2] == pytest.approx(right, abs=1e-4)


def only_old(**columns):
    """The street where homes state their old people and, of residents and children, nothing."""
    city = city_of(ages=[20, 99])
    bare = city.demand.drop(columns=["children", "under3"])
    return replace(city, demand=bare.assign(**columns))


def test_old_people_need_no_children_to_walk_as_old_people():
    odds = find(only_old(), **ONE, group="age65").demand["probability"].to_numpy()
    for home in (1, 2, 7):
        right = (0.5 * sexes_of(60, X[home]) + sexes_of(70, X[home]) + sexes_of(80, X[home])) / 2.5
        assert odds[home] == pytest.approx(right, abs=1e-4)


def test_old_people_of_whom_only_the_old_decades_are_stated():
    """Columns of the young are not asked for where only the old count."""
    old = {one.column: 0.0 for one in strata() if one.ages[0] >= 60} | {"women_80_99": 3.0}
    odds = find(only_old(**old), **ONE, group="age65").demand["probability"].to_numpy()
    of = {one.column: one for one in strata()}
    assert odds[2] == pytest.approx(odds_of(of["women_80_99"], X[2]), abs=1e-4)


def test_a_band_is_as_wide_as_what_is_not_known():
    """One home of sixteen states its ages: those of the others are drawn too."""
    people = {"men_20_29": 60, "women_80_99": 40}
    city = by_decade({0: people})
    city = replace(city, demand=city.demand.drop(columns=["age65"]))
    found = find(city, **ONE)
    of = {one.column: one for one in strata()}
    within = sum(n * odds_of(of[k], X[0]) * (1 - odds_of(of[k], X[0])) for k, n in people.items())
    alike = [np.mean([odds_of(one, x) for one in strata()]) for x in X[1:]]
    half = 1.6449 * math.sqrt(within + sum(100 * p * (1 - p) for p in alike)) / 1600
    low, high = (found.measures[f"share_expected_{end}"] for end in ("low", "high"))
    assert (high - low) / 2 == pytest.approx(half, abs=1e-6)
    known = (
        "speeds are by the ages at each home, known by sex and decade for 100 of 1,600 residents"
    )
    assert known in found.note_en.split("; ")
    assert "共 1,600 人，按性别和年龄组得知年龄的 100 人" in found.note_zh


@pytest.mark.slow
def test_ages_are_known_of_those_who_are_counted():
    """One home states its ages, the others their parts; households are no people."""
    city = by_decade({0: {"men_20_29": 100}})
    found = find(city, **ONE, group="households")
    assert (
        "speeds are by the ages at each home, known by sex and decade for 40 of 640 households, "
        "and by children and people of 65 and over for 600"
    ) in found.note_en
    known = "共 640 户，按性别和年龄组得知年龄的 40 户，按儿童和老人数得知年龄的 600 户"
    assert f"步速按各处居民的年龄：{known}" in found.note_zh
    children = find(little_city(CENTRE), **ONE, walker="residents_measured", group="children")
    assert "for 160 of 160 children" in children.note_en


def test_the_band_of_known_ages_holds_nine_in_ten_draws():
    """Ages are given, speeds are drawn: so many people of each home arrive in time."""
    people = {home: {"men_20_29": 60, "women_80_99": 40} for home in range(16)}
    found = find(by_decade(people), **ONE)
    rng = np.random.default_rng(8)
    of = {one.column: one for one in strata()}
    arrived = 0
    for name, count in (("men_20_29", 60), ("women_80_99", 40)):
        drawn = rng.normal(of[name].mean, of[name].deviation, (2000, 16, count))
        arrived = arrived + (drawn * 900 >= X[None, :, None]).sum(axis=(1, 2))
    shares = arrived / 1600
    low, high = (found.measures[f"share_expected_{end}"] for end in ("low", "high"))
    assert shares.mean() == pytest.approx(found.measures["share_expected"], abs=1e-3)
    assert ((shares >= low) & (shares <= high)).mean() == pytest.approx(0.9, abs=0.03)


def test_draws_take_the_speeds_of_each_home_too():
    """With nothing else in doubt the chance of a home is that of its ages."""
    city = by_decade({0: {"men_20_29": 7}, 1: {"women_80_99": 4}})
    ctx = Context(city, 2025)
    result = Result(city, (assess_requirement(requirement(**ONE), ctx),), (), 2025, {}, ctx)
    sure = lc.uncertainty(
        result, draws=3, speed=0, facility_m=0, missing_paths=0, shut_paths=0, people=0
    )
    drawn = sure.result.findings[0].demand
    assert drawn["p_covered"].to_numpy() == pytest.approx(drawn["probability"].to_numpy(), abs=1e-9)


@pytest.mark.slow
def test_the_walkers_that_ship():
    old = walker("elderly_measured")
    assert old.speed_m_s == pytest.approx(mean_speed(speeds_of((60, 99))))
    assert len(old.speeds) == 6
    slower = np.mean([normal((0.8 - mean) / deviation) for mean, deviation in old.speeds])
    assert 0.05 < slower < 0.1  # elderly, 0.8 m/s, is a cautious quantile
    assert walker("adult").speeds == ()
    assert find(little_city(CENTRE), **ONE, walker="elderly_measured").measures["share_expected"]
    metres = {**ONE, "minutes": None, "metres": 900}
    assert "share_expected" not in find(little_city(CENTRE), **metres, walker="adult").measures


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({}, "either speed_m_s or ages"),
        ({"speed_m_s": 1.2, "ages": [60, 69]}, "either speed_m_s or ages"),
        ({"ages": [60, 69], "deviation_m_s": 0.1}, "leave out deviation_m_s"),
        ({"ages": [3, 9]}, "no speeds are known of ages 3 to 9"),
    ],
)
def test_wrong_walkers_are_refused(own, says):
    with pytest.raises(ValidationError, match=says):
        city_of(**own)

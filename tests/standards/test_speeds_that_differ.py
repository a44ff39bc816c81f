"""Homes whose coverage is a chance: shares that follow from the normal distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from builders.street_city import config, find, little_city
from livingcircle.city.config import CityConfig
from livingcircle.standards.kinds.circle_speeds import chance
from livingcircle.vocab.gait import mean_speed, speeds_of
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


def test_without_deviation_all_is_as_ever_to_the_last_digit():
    plain = find(little_city(CENTRE), **ONE)
    own = find(city_of(speed_m_s=1.33, deviation_m_s=0.0), **ONE)
    assert own.measures == plain.measures
    assert own.value == plain.value
    assert "probability" not in own.demand
    sure = chance(plain.demand["seconds"].to_numpy(), 900.0, 1.33, ((1.33, 0.0),))
    assert (sure == (plain.demand["status"] == "covered")).all()


def test_people_of_some_ages_walk_as_they_were_measured():
    found = find(city_of(ages=[70, 79]), **ONE)
    odds = np.array(
        [(normal((1.262 - x / 900) / 0.196) + normal((1.132 - x / 900) / 0.211)) / 2 for x in X]
    )
    assert found.demand["probability"].to_numpy() == pytest.approx(odds, abs=1e-4)
    assert found.measures["limit_m"] == pytest.approx(900 * (1.262 + 1.132) / 2)


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

"""Floating catchments against small examples worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from builders.street_city import demand, little_city
from livingcircle import crowding
from livingcircle.errors import ConfigError, InputError
from livingcircle.routing.catchment import e2sfca, gaussian_weights, two_step

# Three estates, two centres; metres on foot. Estate B reaches both, A only the first centre,
# C only the second, and the last estate none within 1000 m.
WALK = csr_array(np.array([[300.0, 0.0], [1000.0, 500.0], [0.0, 900.0], [0.0, 1000.1]]))
PEOPLE = np.array([100.0, 200.0, 300.0, 50.0])
PLACES = np.array([30.0, 100.0])


def test_2sfca_by_hand() -> None:
    found = two_step(WALK, PEOPLE, PLACES, limit=1000.0)
    # Step 1: 30 / (100 + 200) = 0.1; 100 / (200 + 300) = 0.2. Step 2: A 0.1, B 0.3, C 0.2.
    assert found.load == pytest.approx([300.0, 500.0])
    assert found.ratio == pytest.approx([0.1, 0.2])
    assert found.per_head == pytest.approx([0.1, 0.3, 0.2, 0.0])
    assert found.unused == 0.0


def test_e2sfca_by_hand() -> None:
    found = e2sfca(WALK, PEOPLE, PLACES, breaks=[500.0, 1000.0], weights=[1.0, 0.5])
    # Centre 1: A 1 × 100, B 0.5 × 200: 30 / 200. Centre 2: B 1 × 200, C 0.5 × 300: 100 / 350.
    first, second = 30 / 200, 100 / 350
    assert found.ratio == pytest.approx([first, second])
    expected = [first, 0.5 * first + second, 0.5 * second, 0.0]
    assert found.per_head == pytest.approx(expected)


def test_one_zone_of_weight_one_is_the_plain_form() -> None:
    enhanced = e2sfca(WALK, PEOPLE, PLACES, breaks=[1000.0], weights=[1.0])
    assert enhanced.per_head == pytest.approx(two_step(WALK, PEOPLE, PLACES, limit=1000.0).per_head)


def test_a_supply_that_nobody_reaches_is_unused_not_lost() -> None:
    walk = csr_array(np.array([[100.0, 0.0], [0.0, 0.0]]))
    found = two_step(walk, np.array([10.0, 5.0]), np.array([20.0, 7.0]))
    assert found.unused == 7.0
    assert list(found.per_head) == [2.0, 0.0]


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_all_supply_is_handed_out_once(seed: int, zones: bool) -> None:
    rng = np.random.default_rng(seed)
    cost = np.where(rng.random((7, 4)) < 0.5, rng.integers(1, 1200, (7, 4)), 0).astype(float)
    people, places = rng.integers(0, 50, 7).astype(float), rng.integers(0, 90, 4).astype(float)
    if zones:
        weights = gaussian_weights([300.0, 600.0, 1000.0])
        found = e2sfca(
            csr_array(cost), people, places, breaks=[300.0, 600.0, 1000.0], weights=list(weights)
        )
    else:
        found = two_step(csr_array(cost), people, places, limit=1000.0)
    assert people @ found.per_head + found.unused == pytest.approx(places.sum())


def test_gaussian_weights_fall_from_one_to_the_last() -> None:
    weights = gaussian_weights([10.0, 20.0, 30.0], last=0.01)
    # Middles 0, 10, 20 from the first: exp(ln 0.01 / 4) = 0.316.
    assert weights == pytest.approx([1.0, 0.01**0.25, 0.01])


@pytest.mark.parametrize(
    ("breaks", "weights"),
    [([500.0], [1.0, 0.5]), ([500.0, 400.0], [1.0, 0.5]), ([500.0, 900.0], [0.5, 1.0]), ([], [])],
)
def test_zones_that_make_no_sense_are_refused(breaks: list[float], weights: list[float]) -> None:
    with pytest.raises(ConfigError):
        e2sfca(WALK, PEOPLE, PLACES, breaks=breaks, weights=weights)


def test_wrong_lengths_and_numbers_are_named() -> None:
    with pytest.raises(InputError, match="supply"):
        two_step(WALK, PEOPLE, np.ones(3))
    with pytest.raises(InputError, match="demand"):
        two_step(WALK, np.array([1.0, np.nan, 1.0, 1.0]), PLACES)


def test_a_city_shares_its_places() -> None:
    # Homes of 100 people at 100, 400, 600 and 900 m of every kilometre; two nurseries.
    city = little_city(
        [
            {"x": 500, "of": "nursery", "places": 40.0},
            {"x": 1000, "of": "nursery", "places": 10.0},
            {"x": 3000, "of": "nursery"},
        ]
    )
    found = crowding(city, "nursery", "places", limit_m=401.0)
    # The first serves 100 to 900 (400 people), the second 600, 900, 1100 and 1400 (400 people).
    assert found.facilities["load"].tolist() == [400.0, 400.0]
    assert found.facilities["per_1000"].tolist() == pytest.approx([100.0, 25.0])
    assert found.demand["per_1000"].tolist()[:6] == pytest.approx([100, 100, 125, 125, 25, 25])
    assert found.demand["facilities"].tolist()[:6] == [1, 1, 2, 2, 1, 1]
    assert (found.unused, found.unstated) == (0.0, 1)
    # 5 minutes at 1.33 m/s are 399 m: the homes 400 m away are out.
    timed = crowding(city, "nursery", "places", minutes=5)
    assert timed.facilities["load"].tolist() == [200.0, 200.0]
    near = crowding(city, "nursery", "places", breaks=[200.0, 401.0], weights=[1.0, 0.5])
    # 400 and 600 m count whole for the first, 100 and 900 m half: 300 people.
    assert near.facilities["load"].tolist() == pytest.approx([300.0, 300.0])
    # Weights that nobody states fall to 0.01 in the last zone: 200 people and a hundredth of 200.
    usual = crowding(city, "nursery", "places", breaks=[200.0, 401.0])
    assert usual.facilities["load"].tolist() == pytest.approx([202.0, 202.0])
    assert crowding(city, "nursery", "places", minutes=5, breaks=[5.0], weights=[1.0]).demand[
        "per_head"
    ].to_numpy() == pytest.approx(timed.demand["per_head"].to_numpy())


def test_crowding_tells_whom_it_could_not_count() -> None:
    people = demand()
    people.loc[people["demand_id"].isin(["d100", "d3900"]), "residents"] = np.nan
    city = little_city([{"x": 500, "of": "nursery", "places": 40.0}], demand=people)
    found = crowding(city, "nursery", "places", limit_m=401.0)
    # 400, 600 and 900 m share the places; 100 m is within reach too, 3,900 m is not.
    assert found.facilities["load"].tolist() == [300.0]
    assert found.uncounted == 1
    assert "1 within reach state no number of people" in repr(found)
    people["residents"] = np.nan
    with pytest.raises(ConfigError, match="no demand point states a number"):
        crowding(city, "nursery", "places", limit_m=401.0)


def test_crowding_says_what_is_missing() -> None:
    city = little_city([{"x": 500, "of": "nursery"}])
    with pytest.raises(ConfigError, match="states places"):
        crowding(city, "nursery", "places", minutes=15)
    with pytest.raises(ConfigError, match="limit_m or minutes"):
        crowding(city, "nursery", "places")
    stated = little_city([{"x": 500, "of": "nursery", "places": 9.0}])
    with pytest.raises(ConfigError, match="no column 'cats'"):
        crowding(stated, "nursery", "places", minutes=15, group="cats")

"""Draws of the speed where crossings cost time: waiting lasts as long for whoever walks."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
from scipy.special import ndtr
from shapely.geometry import LineString, Point

import livingcircle as lc
from builders.drawing import PLAN
from builders.street_city import config, facilities, little_city, requirement
from livingcircle.city.config import CityConfig
from livingcircle.gaps.draws.chances import speed_factors
from livingcircle.gaps.draws.drawn_costs import drawn_costs
from livingcircle.gaps.draws.inputs import draw_inputs
from livingcircle.gaps.draws.terms import DrawTerms
from livingcircle.network.lines import network_from_lines
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.kinds.circle_speeds import waiting_of
from livingcircle.standards.result import Result

NOTHING = {"speed": 0.0, "facility_m": 0.0, "missing_paths": 0.0, "shut_paths": 0.0, "people": 0.0}
TEN = {"kind": "circle", "categories": ["service_centre"], "minutes": 10}
ADULT = 1.33


def town(streets, doors, homes, *, signals_s=None, walker=None, highway="footway"):
    """A result of one circle; of streets (corner, corner, crossing?) crossings have signals."""
    lines = gpd.GeoDataFrame(
        {
            "highway": [highway] * len(streets),
            "footway": ["crossing" if crossing else None for *_, crossing in streets],
            "crossing": ["traffic_signals" if crossing else None for *_, crossing in streets],
        },
        geometry=[LineString(PLAN.line(*corners)) for *corners, _ in streets],
        crs=4326,
    )
    network = network_from_lines(lines)
    if signals_s is not None:
        network = lc.with_delays(network, signals_s=signals_s)
    demand = gpd.GeoDataFrame(
        {"demand_id": [f"d{n}" for n in range(len(homes))], "residents": 100.0, "leaf": None},
        geometry=[Point(PLAN.at(*at)) for at in homes],
        crs=4326,
    )
    rows = [{"x": x, "y": y, "of": "service_centre", "leaf": "A"} for x, y in doors]
    own = {}
    if walker is not None:
        about = {"zh": "居民", "en": "resident", **walker}
        stated = {**config().model_dump(), "vocabulary": {"walkers": {"own": about}}}
        own = {"config": CityConfig.model_validate(stated), "walker": "own"}
    city = little_city(network=network, facilities=facilities(rows), demand=demand, **own)
    ctx = Context(city, 2025)
    found = assess_requirement(requirement(**TEN), ctx)
    return Result(city, (found,), (), 2025, {}, ctx)


def chances(result, **terms):
    found = lc.uncertainty(result, **{**NOTHING, **terms}).result.findings[0]
    return found.demand["p_covered"].to_numpy()


STREET = [((0.0, 0.0), (90.0, 0.0), False), ((90.0, 0.0), (110.0, 0.0), True),
          ((110.0, 0.0), (1500.0, 0.0), False)]  # fmt: skip
X = np.array([60.0, 560.0, 600.0, 640.0, 660.0, 700.0, 760.0, 900.0])


def test_one_signal_is_waited_at_as_long_by_the_slow_as_by_the_fast():
    """Of ten minutes 120 s are waited behind the signal: the draw has to walk the rest in 480 s."""
    terms = DrawTerms(draws=300, speed=0.3)
    factor = speed_factors(terms)[:, None]
    wait = np.where(X > 110, 120.0, 0.0)
    right = (X / (ADULT * factor) + wait <= 600).mean(axis=0)
    result = town(STREET, [(0, 0)], [(x, 0) for x in X], signals_s=120)
    drawn = chances(result, draws=300, speed=0.3)
    assert drawn == pytest.approx(right, abs=1.5 / 300)  # metres of the map are those of the plan
    # Waiting that went with the speed would give others.
    scaled = ((X / ADULT + wait) <= 600 * factor).mean(axis=0)
    assert (np.abs(drawn - scaled) > 0.01).sum() >= 3
    assert 0 < drawn[4] < drawn[3] < 1


def test_the_slow_cross_where_the_fast_go_round():
    """400 m with a signal of 100 s, 533 m without: from 1.33 m/s down the signal is faster."""
    around = ((0.0, 0.0), (0.0, 66.5), (400.0, 66.5), (400.0, 0.0), False)
    streets = [((0.0, 0.0), (400.0, 0.0), True), around, ((400.0, 0.0), (1500.0, 0.0), False)]
    x = np.array([560.0, 620.0, 665.0, 690.0, 760.0])
    terms = DrawTerms(draws=300, speed=0.3)
    speed = ADULT * speed_factors(terms)[:, None]
    right = (np.minimum(x / speed + 100, (x + 133) / speed) <= 600).mean(axis=0)
    result = town(streets, [(0, 0)], [(one, 0) for one in x], signals_s=100)
    assert chances(result, draws=300, speed=0.3) == pytest.approx(right, abs=1.5 / 300)
    assert (x / speed + 100 < (x + 133) / speed).any()
    assert (x / speed + 100 > (x + 133) / speed).any()


def grid(seed):
    """Blocks of 150 m, a third of the streets crossings; doors and homes anywhere."""
    rng = np.random.default_rng(seed)
    at = [150.0 * n for n in range(5)]
    pieces = [((x, y), (x2, y)) for y in at for x, x2 in pairwise(at)]
    pieces += [((x, y), (x, y2)) for x in at for y, y2 in pairwise(at)]
    streets = [(*piece, bool(rng.random() < 1 / 3)) for piece in pieces]
    doors, homes = ([tuple(map(float, xy)) for xy in rng.uniform(20, 580, (n, 2))] for n in (3, 30))
    return streets, doors, homes


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("speed", [0.6, 1.0, 1.7])
def test_a_draw_costs_what_the_engine_finds_at_its_speed(seed, speed):
    """The walker of another speed, searched for anew: with the doors as listed, and moved."""
    result = town(*grid(seed), signals_s=70)
    terms = DrawTerms(**{**NOTHING, "facility_m": 40.0}, draws=2, seed=seed)
    ctx = result.context
    (search,) = draw_inputs(result, ctx, terms).searches
    network, homes = result.city.network, result.city.demand
    slots = np.arange(len(search.door))
    (found,) = drawn_costs((search,), terms, 1, slots, speed, {0})
    walked = lc.reach(network, result.city.facilities.table, walker=ADULT * speed)
    right = walked.to(homes, minutes=60)["seconds"].to_numpy()
    assert found.by_speed
    assert found.own == pytest.approx(right, abs=1e-6)
    doors = search.moved.at(np.arange(len(search.door)), slots[search.door] % 2)
    places = [network_place(network, e, m) for e, m in zip(doors.edge, doors.offset_m, strict=True)]
    assert found.at_speeds is not None
    for factor, seconds in zip((1.0, 0.9, 1.1), found.at_speeds, strict=True):
        pace = ADULT * speed * factor
        best = np.full(len(homes), np.inf)
        for place, leg in zip(places, doors.leg * ADULT, strict=True):
            one = lc.reach(network, gpd.GeoSeries([place], crs=4326), walker=pace)
            own = one.to(homes, minutes=60)["seconds"].to_numpy()
            best = np.minimum(best, own + leg / pace)
        assert seconds == pytest.approx(best, abs=0.01)


def network_place(network, edge, offset_m):
    begin, end = network.edge_start[edge], network.edge_start[edge + 1]
    line = network.coords[begin:end]
    share = network.offset_m[begin:end] / network.edge_length_m[edge]
    at = offset_m / network.edge_length_m[edge]
    return Point(np.interp(at, share, line[:, 0]), np.interp(at, share, line[:, 1]))


@pytest.mark.parametrize("stairs", [False, True])
def test_where_nobody_waits_the_limit_follows_the_speed_to_the_last_digit(stairs):
    """Steps are walked: whoever is slower is slower on them by the same share."""
    streets, doors, homes = grid(5)
    if stairs:
        streets = [(*corners, False) for *corners, _ in streets]
    result = town(
        streets,
        doors,
        homes,
        signals_s=90 if stairs else None,
        highway="steps" if stairs else "footway",
    )
    terms = DrawTerms(**{**NOTHING, "speed": 0.4}, draws=50)
    (search,) = draw_inputs(result, result.context, terms).searches
    assert search.ground.wait_s_m is None
    assert search.ground.at_speed(1.3) is search.ground
    factor = speed_factors(terms)[:, None]
    limit = 600.0 if stairs else 600 * ADULT
    right = (search.cost <= limit * factor + 1e-6).mean(axis=0)
    assert chances(result, speed=0.4, draws=50).tolist() == right.tolist()


MANY = {"speed_m_s": 1.2, "deviation_m_s": 0.25}


def test_people_of_many_speeds_wait_alike():
    """560 m behind a signal of 120 s ask for 560 m in 480 s, whoever walks."""
    result = town(STREET, [(0, 0)], [(x, 0) for x in X], signals_s=120, walker=MANY)
    odds = result.findings[0].demand["probability"].to_numpy()
    left = 600 - np.where(X > 110, 120, 0)
    assert odds == pytest.approx(ndtr((1.2 - X / left) / 0.25), abs=1e-4)
    # A draw in which nothing is in doubt says the same.
    assert chances(result, draws=2) == pytest.approx(odds, abs=1e-9)
    terms = DrawTerms(draws=300, speed=0.2)
    factor = speed_factors(terms)[:, None]
    right = ndtr((1.2 - X / left / factor) / 0.25).mean(axis=0)
    assert chances(result, draws=300, speed=0.2) == pytest.approx(right, abs=1e-4)


def test_people_of_many_speeds_who_go_round_a_signal():
    """The way is that of speeds near the mean: who goes the other way is hardly misjudged."""
    around = ((0.0, 0.0), (0.0, 66.5), (400.0, 66.5), (400.0, 0.0), False)
    streets = [((0.0, 0.0), (400.0, 0.0), True), around, ((400.0, 0.0), (1500.0, 0.0), False)]
    x = np.array([420.0, 520.0, 560.0, 620.0, 665.0, 690.0, 760.0, 850.0])
    result = town(streets, [(0, 0)], [(one, 0) for one in x], signals_s=100, walker=MANY)
    odds = result.findings[0].demand["probability"].to_numpy()
    # The slowest who comes in time, by either way.
    needed = np.minimum(x / 500, (x + 133) / 600)
    right = ndtr((1.2 - needed) / 0.25)
    assert odds == pytest.approx(right, abs=0.03)
    assert chances(result, draws=2) == pytest.approx(odds, abs=1e-9)


def test_waiting_follows_from_two_speeds():
    """100 s of waiting and 500 or 700 m; nothing reached stays so."""
    metres, wait = np.array([500.0, 700.0, np.inf]), np.array([100.0, 100.0, 0.0])
    seconds, slower, faster = (wait + metres / speed for speed in (1.0, 0.9, 1.1))
    found = waiting_of(seconds, slower, faster, 650.0)
    assert found == pytest.approx(wait)

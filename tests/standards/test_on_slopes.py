"""Circles of minutes on a hill: the street falls 10 % from the centre on; homes walk up."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from builders.dem import write_dem
from builders.street_city import at, find, little_city, requirement
from livingcircle.gaps.access_test import all_access_tests
from livingcircle.gaps.explain import explain
from livingcircle.gaps.sensitivity import speed_sensitive
from livingcircle.network.terrain import with_terrain
from livingcircle.network.waiting import with_delays
from livingcircle.sites.suggest import suggest_sites
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.kinds.circle_speeds import coverage_probability
from livingcircle.standards.result import Result

CENTRE = [{"x": 0, "of": "service_centre"}]
ONE = {"kind": "circle", "categories": ["service_centre"]}
UP = math.exp(3.5 * 0.10)
BOX = (-300, -400, 4300, 400)


@pytest.fixture(scope="module")
def hill(tmp_path_factory):
    path = tmp_path_factory.mktemp("dem") / "dem.tif"
    return write_dem(path, lambda x, y: 500 - 0.10 * x, box=BOX)


@pytest.fixture
def city(hill):
    level = little_city(CENTRE)
    return little_city(CENTRE, network=with_terrain(level.network, hill))


@pytest.mark.slow
def test_minutes_follow_the_slope_and_metres_do_not(city):
    """15 min x 1.33 m/s are 1,197 m of level ground and 843 m uphill."""
    level = find(little_city(CENTRE), **ONE, minutes=15)
    found = find(city, **ONE, minutes=15)
    assert (level.value, found.value) == (500 / 1600, 300 / 1600)
    assert (found.demand["metres"] == level.demand["metres"]).all()
    ratio = found.demand["seconds"] / level.demand["seconds"]
    assert ratio.to_numpy() == pytest.approx(np.full(16, UP), rel=1e-3)
    assert at(found, "A")["value"] == 0.75
    said = "slopes take 200 residents out of the circle that level ground would have"
    assert said in found.note_en
    # 843 m of street, as houses y metres off it walk y metres more.
    metres = 1197 / UP
    reached = sum((1197 - y) / UP for y in np.linspace(0.5, 199.5, 200)) / 200
    assert metres == pytest.approx(843.5, abs=0.5)
    assert found.measures["share_land"] == pytest.approx(reached / 4000, rel=0.01)


@pytest.mark.slow
def test_the_shares_on_level_ground_with_slopes_and_with_crossings_as_well(city):
    """The second 500 m of street are one crossing with lights of 1,500 s."""
    network = city.network
    crossing = np.arange(network.edge_count) == 1
    tags = replace(network.tags, crossing=crossing, signals=crossing)
    lit = with_delays(replace(network, tags=tags), signals_s=1500)
    found = find(replace(city, network=lit), **ONE, minutes=15)
    # The home at 600 m walks 640 s and waits a fifth of 1,500 s.
    assert found.measures["share_level"] == 500 / 1600
    assert found.measures["share_slopes"] == 300 / 1600
    assert found.value == 200 / 1600
    assert "share: level ground 31.2 %, with slopes 18.8 %" in found.note_en
    assert "with slopes and crossings 12.5 %" in found.note_en
    assert "覆盖率：平地 31.2%，计坡度 18.8%" in found.note_zh
    plain = find(city, **ONE, minutes=15)
    assert plain.measures["share_level"] == 500 / 1600
    assert "share_slopes" not in plain.measures
    assert "share_level" not in find(little_city(CENTRE), **ONE, minutes=15).measures


@pytest.mark.slow
def test_who_is_near_enough_but_too_slow_is_told_of_no_detour(city):
    """900 and 1,100 m lie within 1,197 m, and uphill beyond 15 minutes."""
    found = find(city, **ONE, minutes=15)
    right = [""] * 3 + ["slow"] * 2 + ["no_facility"] * 11
    assert found.demand["reason"].fillna("").tolist() == right
    ctx = Context(city, 2025)
    result = Result(
        city, (assess_requirement(requirement(**ONE, minutes=15), ctx),), (), 2025, {}, ctx
    )
    explained = explain(result, links=False).result.findings[0]
    assert explained.demand["reason"].fillna("").tolist() == right
    assert at(explained, "A")["value"] == 0.75
    gaps = explained.gaps.set_index("unit_id")["reason"]
    assert gaps["A"] == "slow"
    level = find(little_city(CENTRE), **ONE, minutes=15)
    assert not level.demand["reason"].eq("slow").any()
    assert not find(city, **ONE, metres=1000).demand["reason"].eq("slow").any()


@pytest.mark.slow
@pytest.mark.parametrize(("walker", "told"), [("adult", False), ("wheelchair", True)])
def test_streets_that_are_too_steep_are_not_taken_for_slopes_that_move_nobody(city, walker, told):
    found = find(city, **ONE, minutes=15, walker=walker)
    assert ("streets that are too steep for this walker" in found.note_en) is told
    assert ("过陡而不能通行的道路" in found.note_zh) is told


@pytest.mark.slow
def test_limits_in_metres_stay_as_they_are(city):
    level, found = (find(one, **ONE, metres=1000) for one in (little_city(CENTRE), city))
    assert found.value == level.value
    assert found.measures == level.measures


@pytest.mark.slow
def test_a_slower_walker_is_slower_by_the_same_share_everywhere(city):
    found = find(city, **ONE, minutes=15, walker="elderly")
    assert found.value == 200 / 1600  # 720 m of level ground, 507 m uphill
    assert found.sensitivity["speed+10%"] == 200 / 1600  # 558 m
    assert find(city, **ONE, minutes=15).sensitivity["speed+10%"] == 400 / 1600  # 928 m


def test_the_second_nearest_by_time(hill):
    both = [{"x": 0, "of": "service_centre"}, {"x": 2000, "of": "service_centre"}]
    level = little_city(both)
    city = little_city(both, network=with_terrain(level.network, hill))
    found = find(city, **ONE, minutes=60, k=2)
    x = np.array([100 + 1000 * i + d for i in range(4) for d in (0, 300, 500, 800)], dtype=float)
    up, down = x * UP / 1.33, np.where(x < 2000, 2000 - x, (x - 2000) * UP) / 1.33
    assert found.demand["seconds"].to_numpy() == pytest.approx(np.maximum(up, down), rel=2e-3)


@pytest.mark.slow
def test_sites_serve_whom_the_findings_count(city, tmp_path):
    pack = tmp_path / "hill.toml"
    pack.write_text(PACK, "utf-8")
    plan = suggest_sites(city, "H-1", max_sites=1, packs=[pack])
    assert plan.before.value == 3 / 16
    # A centre is reached from 1,197 m above it and from 843 m below: from 1,100 to 3,100 m.
    assert plan.after.value == 12 / 16
    assert plan.sites["people"].sum() == pytest.approx(900)
    assert suggest_sites(city, "H-1", packs=[pack]).after.value == 1.0


@pytest.mark.slow
def test_waiting_at_a_crossing_lasts_as_long_for_everybody():
    """The first 500 m of the street are one long crossing of 75 s, on the way of all others."""
    level = little_city(CENTRE)
    first = np.arange(level.network.edge_count) == 0
    tags = replace(level.network.tags, crossing=first)
    network = with_delays(replace(level.network, tags=tags), crossing_s=75)
    ctx = Context(replace(level, network=network), 2025)
    x = np.array([100 + 1000 * i + d for i in range(4) for d in (0, 300, 500, 800)], dtype=float)
    for walker, speed, value in (("adult", 1.33, 4 / 16), ("elderly", 0.8, 3 / 16)):
        asked = requirement(**ONE, minutes=15, walker=walker)
        found = assess_requirement(asked, ctx)
        right = x / speed + 75 * np.minimum(x / 500, 1)
        assert found.demand["seconds"].to_numpy() == pytest.approx(right, abs=0.01)
        assert found.value == value
        assert (found.demand["metres"] == find(level, **ONE, minutes=15).demand["metres"]).all()
    adult = assess_requirement(requirement(**ONE, minutes=15), ctx)
    said = "crossings take 100 residents out of the circle"
    assert said in adult.note_en
    (test,) = adult.requirement.parts[0].access_tests(ctx, adult.parts[0])
    # Level metres: what a walker of level ground would walk in the same seconds.
    assert test.walked_m == pytest.approx(adult.demand["seconds"].to_numpy() * 1.33)
    reached, _ = test.reach().matrix(ctx.city.demand, test.limit_m)
    assert (np.diff(reached.indptr) > 0).tolist() == (adult.demand["status"] == "covered").tolist()


@pytest.mark.slow
def test_waiting_does_not_get_longer_or_shorter_with_the_speed():
    """A crossing of 300 s is the first 500 m: x metres that lead over it take 300 + x / v seconds.

    15 minutes leave 600 s to walk: 718 m at a tenth slower than 1.33 m/s, 798 m, 878 m at a tenth
    faster. With waiting scaled they would be 678, 798 and 918 m, and the home at 900 m would be in.
    """
    level = little_city(CENTRE)
    first = np.arange(level.network.edge_count) == 0
    tags = replace(level.network.tags, crossing=first)
    network = with_delays(replace(level.network, tags=tags), crossing_s=300)
    ctx = Context(replace(level, network=network), 2025)
    found = assess_requirement(requirement(**ONE, minutes=15), ctx)
    x = np.array([100 + 1000 * i + d for i in range(4) for d in (0, 300, 500, 800)], dtype=float)
    wait = 300 * np.minimum(x / 500, 1)
    for factor, name in ((0.9, "speed-10%"), (1.1, "speed+10%")):
        within = wait + x / (1.33 * factor) <= 900
        assert found.sensitivity[name] == within.mean()
    assert found.sensitivity["speed+10%"] == 3 / 16  # 100, 400 and 600 m
    (test,) = all_access_tests(found, ctx)
    assert not speed_sensitive(test).to_numpy()[x == 900].any()


def test_the_chance_of_people_of_different_speeds_leaves_waiting_as_it_is():
    """Half of the ten minutes are waiting: 300 m in the rest need 1 m/s, the mean: even chances."""
    chance = coverage_probability(
        np.array([600.0, 600.0, 700.0]),
        600.0,
        1.0,
        ((1.0, 0.2),),
        None,
        np.array([300.0, 0.0, 650.0]),
    )
    # 50 m of walk beyond 650 s of waiting are out of reach at any speed.
    assert chance.tolist() == [0.5, 0.5, 0.0]
    slower = coverage_probability(
        np.array([500.0]), 600.0, 1.0, ((1.0, 0.2),), None, np.array([300.0])
    )
    assert slower[0] == pytest.approx(ndtr((1.0 - 200 / 300) / 0.2))


PACK = """
id = "hill"
[document]
title_zh = "山城规划"
title_en = "Plan of a hill town"
issuer_zh = "山城"
issuer_en = "Hill Town"
date = 2024-01-01
until = 2030

[[requirement]]
id = "H-1"
clause = "一"
statement_zh = "步行 15 分钟内有社区服务中心"
statement_en = "a service centre within 15 minutes on foot"
force = "must"
due = 2025
kind = "circle"
categories = ["service_centre"]
minutes = 15
"""

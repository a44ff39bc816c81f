"""What the plans need besides: growth, n of m functions, filters, readings, stated shares."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import livingcircle as lc
from builders.drawing import PLAN, walk_network
from builders.street_city import at, find, little_city, units
from livingcircle.errors import ConfigError
from livingcircle.standards.axes import Axis
from livingcircle.standards.claims import claim_about
from livingcircle.standards.kinds.circle_figures import would_meet
from livingcircle.standards.ratio_bounds import ratio_bounds
from livingcircle.standards.ratio_space import RatioMembers, ratio_space


def places(*rows: tuple[float, dict], of: str = "service_centre") -> list[dict]:
    return [{"x": x, "of": of, **attributes} for x, attributes in rows]


# -- growth -------------------------------------------------------------------------------------

GROWTH = {
    "kind": "growth",
    "categories": ["kindergarten"],
    "since": "nursery_since",
    "rate": 0.1,
    "from_year": 2022,
    "to_year": 2025,
}


def schools(*years: float | None, **attributes) -> list[dict]:
    rows = [(100 + 10 * n, {"nursery_since": y, **attributes}) for n, y in enumerate(years)]
    return places(*rows, of="kindergarten")


def test_the_lowest_growth_of_a_year_is_judged():
    # 10 in 2021, then 11, 13, 15, 16: +10, +18.2, +15.4, +6.7 %.
    years = [2020] * 10 + [2022] + [2023] * 2 + [2024] * 2 + [2025]
    found = find(little_city(schools(*years, None)), **GROWTH, as_of=2025)
    assert (found.status, found.value) == ("short", pytest.approx(16 / 15 - 1))
    assert found.measures["total_2021"] == 10
    assert found.measures["total_2025"] == 16
    earlier = find(little_city(schools(*years)), **GROWTH, as_of=2022)
    # Exactly the rate is enough; in 2022 it is not yet due.
    assert (earlier.status, earlier.value) == ("met", pytest.approx(0.1))
    assert not earlier.is_due


def test_growth_of_a_figure_and_from_nothing():
    rows = schools(2020, 2022, places=10.0)
    rows[1]["places"] = 1.0
    found = find(little_city(rows), **GROWTH | {"figure": "places", "to_year": 2022}, as_of=2025)
    assert (found.status, found.value) == ("met", pytest.approx(0.1))
    # From nothing no rate leads anywhere.
    none = find(little_city(schools(2023)), **GROWTH | {"to_year": 2023}, as_of=2025)
    assert none.status == "unknown"


def test_growth_without_years_is_unknown():
    found = find(little_city(schools(None, None)), **GROWTH, as_of=2025)
    assert (found.status, found.missing) == ("unknown", ("column:facilities.nursery_since",))


# -- n of m functions ---------------------------------------------------------------------------

FUNCTIONS = [
    {"id": "elderly", "zh": "养老", "en": "elderly care", "categories": ["elderly_station"]},
    {"id": "nursery", "zh": "托育", "en": "nursery", "categories": ["nursery"]},
    {"id": "library", "zh": "图书", "en": "library", "categories": ["library"]},
]
SOME = {"kind": "some_of", "functions": FUNCTIONS, "at_least": 2}


def test_two_of_three_functions_in_every_unit():
    # A: elderly and nursery; B: two nurseries; C: all three; D: none.
    spread = [(100, "elderly_station"), (200, "nursery"), (1100, "nursery"), (1200, "nursery")]
    spread += [(2100, "elderly_station"), (2200, "nursery"), (2300, "library")]
    found = find(little_city([{"x": x, "of": of} for x, of in spread]), **SOME)
    assert (found.status, found.numerator, found.denominator) == ("short", 2, 4)
    assert list(found.gaps["unit_id"]) == ["B", "D"]
    assert found.people_left_out == 800
    assert at(found, "C")["value"] == 3


def test_a_function_that_no_list_holds_may_be_there():
    # No list of libraries: A has two of the others; B and C have one and may have a library.
    spread = [(100, "elderly_station"), (200, "nursery"), (1100, "nursery"), (2100, "nursery")]
    found = find(little_city([{"x": x, "of": of} for x, of in spread]), **SOME)
    assert [at(found, unit)["status"] for unit in "ABCD"] == ["met", "unknown", "unknown", "short"]
    assert found.missing == ("category:library",)


def test_functions_of_each_facility():
    rows = [
        {"x": 100, "of": ("service_centre", "nursery", "library")},
        {"x": 1100, "of": ("service_centre", "elderly_station")},
    ]
    found = find(
        little_city(rows), **SOME | {"level": "facility", "categories": ["service_centre"]}
    )
    assert (found.numerator, found.denominator) == (1, 2)
    assert list(found.gaps["facility_id"]) == ["f1"]


# -- what counts and how many -------------------------------------------------------------------


@pytest.mark.slow
def test_only_facilities_that_meet_a_condition_count():
    # A 200 m2, B 100 m2, C says nothing, D none.
    rows = places((100, {"area_m2": 200.0}), (1100, {"area_m2": 100.0}), (2100, {}))
    only = [{"column": "area_m2", "at_least": 150}]
    entry = {"kind": "provision", "level": "leaf", "categories": ["service_centre"], "only": only}
    found = find(little_city(rows), **entry)
    assert [at(found, unit)["status"] for unit in "ABCD"] == ["met", "short", "unknown", "short"]
    assert (found.status, found.value) == ("short", pytest.approx(1 / 3))
    # A quarter is reached whatever C holds, half only if C's is large enough.
    assert find(little_city(rows), **entry, target=0.25).status == "met"
    half = find(little_city(rows), **entry, target=0.5)
    assert (half.status, half.missing) == ("unknown", ("values:facilities.area_m2",))


def test_so_many_units_and_not_a_share_of_them():
    # Two complexes in A, one in B, one in D: two communities and one village.
    rows = [{"x": x, "of": "service_complex"} for x in (100, 200, 1100, 3100)]
    entry = {"kind": "provision", "categories": ["service_complex"]}
    found = find(little_city(rows), **entry, level="community", units_at_least=3)
    assert (found.status, found.value, found.target, found.unit) == ("short", 2, 3, "count")
    assert len(found.gaps) == 0
    assert find(little_city(rows), **entry, level="village", units_at_least=1).status == "met"


def test_subdistricts_only():
    # 北街道 has a centre, 南镇 has none.
    entry = {"kind": "provision", "level": "town", "categories": ["town_service_centre"]}
    city = little_city(places((100, {}), of="town_service_centre"))
    found = find(city, **entry, applies={"division": "subdistrict"})
    assert (found.status, found.denominator) == ("met", 1)
    assert find(city, **entry, applies={"division": "town"}).numerator == 0


def test_communities_and_villages_are_one_level_of_facilities():
    levels = ["community", "village", "town"]
    rows = places(*((100 + 1450 * n, {"level": one}) for n, one in enumerate(levels)))
    entry = {"kind": "provision", "level": "leaf", "categories": ["service_centre"]}
    # 100 in A, 1,550 in B, 3,000 in D; that of the town does not count.
    assert find(little_city(rows), **entry, facility_level="leaf").numerator == 2
    assert find(little_city(rows), **entry, facility_level="community").numerator == 1


# -- each, or all together ----------------------------------------------------------------------

RATIO = {
    "kind": "share",
    "categories": ["service_centre"],
    "attribute": "activity_area_m2",
    "over": "area_m2",
    "at_least": 0.6,
}
# 100 of 100 and 50 of 100: one of two reaches 60 %, together they have 75 %.
HALVES = places(
    (100, {"activity_area_m2": 100.0, "area_m2": 100.0}),
    (1100, {"activity_area_m2": 50.0, "area_m2": 100.0}),
)


def test_a_ratio_of_each_facility_and_of_all_together():
    city = little_city(HALVES)
    each = find(city, **RATIO)
    assert (each.status, each.value, each.target) == ("short", 0.5, 1.0)
    assert each.sensitivity["scope:pooled"] == 0.75
    whole = find(city, **RATIO, scope="pooled")
    assert (whole.status, whole.value, whole.target) == ("met", 0.75, 0.6)
    assert (whole.numerator, whole.denominator) == (150, 200)
    assert whole.sensitivity["scope:each"] == 0.5
    assert (whole.people_left_out, len(whole.gaps)) == (0, 0)
    assert "one by one: 1 of 2 reach 60 %; all together: 75 %" in whole.note_en
    strict = find(city, **RATIO | {"at_least": 0.8}, scope="pooled")
    assert (strict.status, list(strict.gaps["facility_id"])) == ("short", ["f1"])


def test_a_ratio_of_units_over_other_denominators():
    # 1,000/10,000, 1,000/20,000, 2,000/10,000, 400/5,000: 2 of 4 reach 10 %; together 9.8 %.
    entry = {
        "kind": "share",
        "of": "units",
        "level": "leaf",
        "attribute": "service_floor_area_m2",
        "over": "floor_area_m2",
        "at_least": 0.1,
        "also_over": ["area_km2"],
    }
    tables = units()
    for level in ("community", "village"):
        tables[level]["area_km2"] = 0.01
    city = dataclasses.replace(little_city([]), units=tables)
    found = find(city, **entry)
    assert (found.value, found.sensitivity["scope:pooled"]) == (0.5, pytest.approx(4400 / 45000))
    # Over 10,000 m2 of land each: 10, 10, 20 and 4 %.
    assert found.sensitivity["denominator:area_km2"] == 0.75
    whole = find(city, **entry, scope="pooled")
    assert (whole.status, whole.target) == ("short", 0.1)


def test_a_mean_tells_how_many_reach_it_one_by_one():
    # A has four organisations, B none: the mean of A, B, C is 4/3.
    rows = [{"x": 100 + n, "of": "community_org"} for n in range(4)]
    entry = {"kind": "provision", "level": "community", "categories": ["community_org"]}
    found = find(little_city(rows), **entry, at_least=1, average_by="city")
    assert (found.status, found.value) == ("met", pytest.approx(4 / 3))
    assert found.sensitivity["scope:each"] == pytest.approx(1 / 3)
    # It is met: nobody is left out.
    assert (found.people_left_out, len(found.gaps)) == (0, 0)


# -- shares that the planner states -------------------------------------------------------------

CIRCLE = {"kind": "circle", "metres": 1000, "categories": ["service_centre"], "target": "report"}


def test_a_circle_without_a_stated_share_keeps_everything_and_says_what_it_would_meet():
    # From 0 m: 4 of 16 points are within 1,000 m.
    found = find(little_city(places((0, {}))), **CIRCLE)
    assert (found.status, found.target, found.value) == ("report", None, 0.25)
    assert found.people_left_out == 1200
    assert len(found.gaps) == 3
    assert found.demand is not None
    assert "it would not meet 80, 90, 95 or 100 %" in found.note_en
    assert "未达到80%、90%、95%、100%" in found.note_zh


def test_which_shares_a_coverage_meets():
    assert would_meet(0.95).en.endswith("it would meet 80, 90 and 95 %, not 100 %")
    assert would_meet(1.0).en.endswith("it would meet 80, 90, 95 and 100 %")
    assert would_meet(1.0).zh == "未规定覆盖率，仅报告：已达到80%、90%、95%、100%"


def test_the_straight_distance_is_among_the_readings():
    # The way round is 2 x 1,000 m, the straight line 1,200 m; 15 minutes are 1,197 m.
    network = walk_network([PLAN.line((0, 0), (590, 800), (1180, 0))])
    homes = PLAN.points([(1180, 0)]).assign(residents=[10])
    centre = PLAN.points([(0, 0)]).assign(category="service_centre", name="中心")
    city = lc.City.from_frames(network, demand=homes, facilities=centre)
    found = lc.assess(city, "xiamen-2025", as_of=2025).finding("XM-1a")
    assert (found.value, found.sensitivity["path:straight"]) == (0.0, 1.0)


def assessed(targets: dict[str, float]):
    network = walk_network([PLAN.line((0, 0), (2000, 0))])
    homes = PLAN.points([(100, 0), (1900, 0)]).assign(residents=[95, 5])
    centre = PLAN.points([(0, 0)]).assign(category="service_centre", name="中心")
    city = lc.City.from_frames(network, demand=homes, facilities=centre)
    wanted = city.config.assess.model_copy(update={"targets": targets})
    own = city.config.model_copy(update={"assess": wanted})
    return lc.assess(dataclasses.replace(city, config=own), "xiamen-2025", as_of=2025)


@pytest.mark.slow
def test_a_circle_is_judged_at_the_share_that_the_planner_states():
    assert assessed({}).finding("XM-1a").status == "report"
    for share, status in ((0.95, "met"), (0.96, "short")):
        found = assessed({"XM-1a": share}).finding("XM-1a")
        assert (found.status, found.value, found.target) == (status, 0.95, share)
        assert "no coverage is stated" not in found.note_en
    assert assessed({"xiamen-2025:XM-1a": 0.95}).finding("XM-1a").status == "met"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("XM-1z", "no pack has the requirement 'XM-1z'. Did you mean 'XM-1"),
        ("XM-3a", "'XM-3a' is not judged by one share"),
        ("XM-2f", "'XM-2f' is not judged by one share"),
        ("XM-2g", "'XM-2g' is not judged by one share"),
    ],
)
def test_a_share_for_something_else_is_told(name, said):
    with pytest.raises(ConfigError) as caught:
        assessed({name: 0.9})
    assert said in str(caught.value)


# -- people left out ----------------------------------------------------------------------------


def test_people_of_a_town_and_of_its_communities_are_left_out_once():
    # The north has none of its own level, and A and B have none either: 800 people, not 1,600.
    # C and D of the south, which has one, have none: 800 more.
    parts = [
        {"kind": "provision", "label_zh": level, "label_en": level, "level": level}
        | {"categories": ["incubator"], "facility_level": level}
        for level in ("town", "leaf")
    ]
    city = little_city(places((2100, {"level": "town"}), of="incubator"))
    found = find(city, parts=parts)
    assert set(found.gaps["unit_id"]) == {"north", "A", "B", "C", "D"}
    assert (found.people_left_out, found.households_left_out) == (1600, 640)


def test_a_finding_that_is_met_leaves_nobody_out():
    # Three of four units: 75 % are asked for, so the fourth is listed and nobody is left out.
    rows = places((100, {}), (1100, {}), (2100, {}), of="library")
    entry = {"kind": "provision", "level": "leaf", "categories": ["library"]}
    met = find(little_city(rows), **entry, target=0.75)
    assert (met.status, met.people_left_out, list(met.gaps["unit_id"])) == ("met", 0, ["D"])
    assert "the one that does not reach it is within what the target allows" in met.note_en
    assert "未达到的 1 处在目标允许之内，仍列入缺口" in met.note_zh
    short = find(little_city(rows), **entry)
    assert short.people_left_out == 400
    assert "within what the target allows" not in short.note_en
    assert met.why_listed.zh == "未达到的 1 处在目标允许之内，仍列入缺口"
    assert not short.why_listed


def test_gaps_of_what_is_only_reported_are_told_apart():
    rows = places(*((1000 * n + 100, {}) for n in range(4)), of="library")
    provided = {"kind": "provision", "level": "leaf", "categories": ["library"]}
    walked = {"kind": "circle", "metres": 150, "categories": ["library"], "target": "report"}
    parts = [{"label_zh": "设立", "label_en": "provided", **provided},
             {"label_zh": "步行", "label_en": "walk", **walked}]  # fmt: skip
    found = find(little_city(rows), parts=parts)
    assert (found.status, found.people_left_out, len(found.gaps)) == ("met", 0, 4)
    assert "4 listed gaps are of what is only reported" in found.note_en
    assert "列出的缺口中有 4 处属只报告的部分，不影响结论" in found.note_zh
    assert found.why_listed.zh == "列出的缺口中有 4 处属只报告的部分，不影响结论"


def test_a_due_year_that_each_part_states_is_not_stated_again():
    rows = places((100, {}), of="library")
    walked = {"kind": "circle", "categories": ["library"], "target": 0.1, "due": 2035}
    parts = [{"label_zh": zh, "label_en": en, "metres": metres, **walked}
             for zh, en, metres in (("近", "near", 350), ("远", "far", 600))]  # fmt: skip
    found = find(little_city(rows), parts=parts, as_of=2025)
    assert found.note_zh.count("2035 年到期") == 2
    assert "尚未到期" not in found.note_zh
    assert "not yet in 2025" not in found.note_en
    alone = find(little_city(rows), **walked, metres=350, as_of=2025)
    assert "2035 年到期，截至 2025 年尚未到期" in alone.note_zh


def test_a_group_is_counted_alone():
    # From 0 m 4 of 16 points are within: 12 x 20 older people are left out, and no households.
    found = find(little_city(places((0, {}))), **CIRCLE, group="age65")
    assert found.people_left_out == 240
    assert found.households_left_out != found.households_left_out
    assert found.gaps["residents"].sum() == 1200


@pytest.mark.parametrize(
    ("stated", "asked", "status"),
    [
        ((1, 1, 1, 1), 1.0, "met"),
        ((1, 1, None, None), 1.0, "unknown"),  # two of four, or all of them
        ((1, 0, None, None), 1.0, "short"),  # one falls short whatever the others are
        ((1, 1, None, None), 0.5, "met"),
        ((1, 1, None, None), 0.75, "unknown"),
        ((1, 0, None, None), 0.8, "short"),
    ],
)
def test_units_that_are_not_known_leave_a_reading_open(stated, asked, status):
    size = np.ones(4)
    top = np.array([np.nan if one is None else one for one in stated], float)
    no, yes = size == 0, size == 1
    members = RatioMembers(top, size, size, size, undecided=no, partial=no, also=yes)
    axes = (Axis("scope", ("each", "pooled"), "each"),)
    able = {"scope": ("each", "pooled")}
    space = ratio_space(axes, able, lambda _: members, asked={"each": asked, "pooled": None})
    assert space.alone.status[0] == status
    known = [one for one in stated if one is not None]
    assert space.alone.value[0] == sum(known) / len(known)


@pytest.mark.parametrize(
    ("stated", "most", "asked", "status"),
    [
        ((1, None, None, None), 1.0, 1.0, "unknown"),
        ((1, None, None, None), 1.0, 0.25, "met"),  # one of four is a quarter whatever the others
        ((0, None, 0, 0), 1.0, 0.3, "short"),  # and of four no more than a quarter
        ((0, None, 0, 0), 1.0, 0.25, "unknown"),
        ((0, None, 0, 0), np.inf, 0.3, "unknown"),  # what is no share has no limit
        ((1, None, None, None), np.inf, 0.25, "met"),
        ((1, None, None, None), np.inf, 1.0, "unknown"),
        ((1, 1, 1, 1), np.inf, 1.0, "met"),
    ],
)
@pytest.mark.parametrize("scope", ["pooled", "mean"])
def test_a_ratio_of_all_together_is_open_where_some_state_nothing(
    scope, stated, most, asked, status
):
    size = np.ones(4)
    top = np.array([np.nan if one is None else one for one in stated], float)
    no, yes = size == 0, size == 1
    members = RatioMembers(top, size, size, size, no, no, yes, most=most)
    axes = (Axis("scope", (scope, "each"), scope),)
    shares = frozenset({scope}) if most == 1.0 else frozenset()
    space = ratio_space(
        axes, {"scope": (scope, "each")}, lambda _: members, asked={scope: asked, "each": None},
        shares=shares,
    )  # fmt: skip
    assert space.alone.status[0] == status
    assert space.alone.value[0] == np.nanmean(top)


def test_who_does_not_say_for_how_many_it_counts_is_not_nobody():
    def read(passing, weight, asked=1.0):
        top = np.array(passing, float)
        ones = np.ones(len(top))
        no, yes = ones == 0, ones == 1
        members = RatioMembers(top, ones, ones, np.array(weight, float), no, no, yes)
        axes = (Axis("scope", ("each",), "each"),)
        space = ratio_space(axes, {}, lambda _: members, asked={"each": asked})
        return space.alone.value[0], space.alone.status[0]

    assert read([1, 1, 1, np.nan], [400, 400, 400, np.nan]) == (1.0, "unknown")
    assert read([1, 1, 1, 0], [400, 400, 400, np.nan]) == (1.0, "unknown")
    assert read([1, 1, 1, 1], [400, 400, 400, np.nan]) == (1.0, "met")
    assert read([1, 1, 1, np.nan], [400, 400, 400, np.nan], 0.75) == (1.0, "met")
    assert read([0, 0, 1, np.nan], [400, 400, 400, np.nan], 0.6)[1] == "short"


def test_bounds_of_a_ratio_are_those_of_every_choice():
    def ratio(top, base):
        return top.sum() / base.sum()

    rng = np.random.default_rng(3)
    base = rng.integers(1, 9, 6).astype(float)
    top = np.floor(base * rng.random(6))
    optional = np.arange(6) >= 2
    every = [
        ratio(top[keep], base[keep])
        for keep in (np.append([True, True], k) for k in np.indices((2,) * 4).reshape(4, -1).T == 1)
    ]
    assert ratio_bounds(top, base, optional) == pytest.approx((min(every), max(every)))
    # A part without its whole is at least a part of itself; who states neither may be all.
    no = np.zeros(2, dtype=bool)
    one = np.array([1.0, np.nan])
    assert ratio_bounds(np.array([1.0, 2.0]), np.array([4.0, np.nan]), no, most=1.0) == (0, 0.5)
    assert ratio_bounds(one, np.array([4.0, np.nan]), no, most=1.0) == (0, 1)
    assert ratio_bounds(one, np.array([4.0, 4.0]), no, most=1.0) == (0.125, 0.625)


def stating_area(*areas):
    """Four units of 10,000 m2, of which some state the floor area of services."""
    tables = units()
    for level, own in (("community", areas[:3]), ("village", areas[3:])):
        tables[level]["service_floor_area_m2"] = np.array(own, dtype=float)
        tables[level]["floor_area_m2"] = 10_000.0
    return dataclasses.replace(little_city([]), units=tables)


AREAS = {
    "kind": "share", "of": "units", "level": "leaf", "attribute": "service_floor_area_m2",
    "over": "floor_area_m2", "at_least": 0.1,
}  # fmt: skip
NONE = np.nan


@pytest.mark.slow
@pytest.mark.parametrize(
    ("areas", "status"),
    [
        ((2000, NONE, NONE, NONE), "unknown"),  # 5 % to 80 %
        ((8000, NONE, NONE, NONE), "met"),  # 20 % at least
        ((100, 100, 100, NONE), "unknown"),
        ((2000, 2000, 0, 0), "met"),
        ((100, 100, 100, 100), "short"),
    ],
)
@pytest.mark.parametrize("way", [{"scope": "pooled"}, {"pooled": True, "target": 0.1}])
def test_a_share_of_all_together_is_unknown_where_the_others_may_turn_it(areas, status, way):
    asked = {k: v for k, v in AREAS.items() if k != "at_least" or "scope" in way}
    found = find(stating_area(*areas), **asked, **way)
    assert found.status == status
    assert found.value == pytest.approx(np.nanmean(areas) / 10_000)
    if status == "unknown":
        assert found.missing == ("values:units.service_floor_area_m2+floor_area_m2",)
        assert found.units.set_index("level").loc["city", "status"] == "unknown"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("areas", "of_town"),
    [
        # north holds A and B, south C and D; each unit has 10,000 m², a tenth is asked.
        ((2000, NONE, 4000, 4000), {"north": "met", "south": "met"}),  # A alone: 10 % of north
        ((1500, NONE, 4000, 4000), {"north": "unknown", "south": "met"}),  # 7.5 % to 57.5 %
        ((1500, NONE, 100, 100), {"north": "unknown", "south": "short"}),
        ((NONE, NONE, 4000, 4000), {"north": "unknown", "south": "met"}),
    ],
)
@pytest.mark.parametrize("way", [{"scope": "pooled"}, {"pooled": True, "target": 0.1}])
def test_a_town_is_unknown_where_those_that_state_nothing_may_turn_it(areas, of_town, way):
    asked = {k: v for k, v in AREAS.items() if k != "at_least" or "scope" in way}
    rows = find(stating_area(*areas), **asked, **way).units.set_index("unit_id")
    assert rows.loc[list(of_town), "status"].to_dict() == of_town
    silent = [name for name, m2 in zip("ABCD", areas, strict=True) if np.isnan(m2)]
    assert (rows.loc[silent, "status"] == "unknown").all()  # a unit without a figure is a row too
    assert (rows.loc[[n for n in "ABCD" if n not in silent], "status"] != "unknown").all()


def test_a_whole_that_is_small_decides_although_a_part_is_not_stated():
    city = stating_area(2000, 2000, 2000, NONE)
    city.units["village"]["floor_area_m2"] = 10.0
    assert find(city, **AREAS, scope="pooled").status == "met"


@pytest.mark.slow
def test_a_claim_does_not_hold_by_what_is_not_known():
    found = find(stating_area(2000, NONE, NONE, NONE), **AREAS)
    assert found.status == "unknown"
    claim = claim_about(found, "100 %")
    assert (claim.holding, claim.rounding) == (0, 0)
    assert claim.undecided > 0
    assert claim.default["undecided"]
    assert "figures that are not given decide" in claim.text("en")
    assert "无法判定" in claim.text("zh")
    assert claim_about(found, "25 %").default["holds"]
    all_known = claim_about(find(stating_area(2000, 2000, 2000, 2000), **AREAS), "100 %")
    assert (all_known.holds, all_known.undecided) == (True, 0)
    assert "not decided" not in all_known.text("en")

"""Circles and sub-stations on a street whose distances follow from arithmetic."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from builders.drawing import PLAN, walk_network
from builders.street_city import at, config, demand, find, little_city, plot, units, villages
from livingcircle.network.graph import WalkNetwork
from livingcircle.standards.context import Context
from livingcircle.standards.travel import Trip, walker_of

CENTRE = [{"x": 0, "of": "service_centre"}]
ONE = {"kind": "circle", "categories": ["service_centre"]}
# Demand stands at 100, 400, 600 and 900 m of every thousand; a centre at 0 reaches, within
# 15 min x 1.33 m/s = 1,197 m, the four points of A and the first of B (1,100 m): 500 of 1,600.


def test_a_circle_counts_people_households_and_buildings_side_by_side():
    found = find(little_city(CENTRE), **ONE, minutes=15)
    assert (found.status, found.value, found.target) == ("short", 500 / 1600, 1.0)
    assert (found.numerator, found.denominator) == (500, 1600)
    for name in ("residents", "households", "age65", "buildings"):
        assert found.measures[f"share_{name}"] == pytest.approx(5 / 16)
    assert found.measures["limit_m"] == pytest.approx(1197)
    # A house y metres off the street walks y metres more: of a city of 4,000 x 400 m, what lies
    # within x + |y| <= 1,197 m, a rectangle without two corners of 200 x 200 m / 2.
    land = (400 * 1197 - 200 * 200) / (4000 * 400)
    assert found.measures["share_land"] == pytest.approx(land, rel=5e-3)
    assert at(found, "A")["share_land"] == pytest.approx(1, abs=0.01)
    assert at(found, "小城")["share_land"] == found.measures["share_land"]
    assert (found.people_left_out, found.households_left_out) == (1100, 440)


@pytest.mark.slow
def test_the_share_at_ten_per_cent_more_and_less_speed():
    # 1,077 m loses the point at 1,100 m; 1,317 m wins none (the next is at 1,400 m).
    found = find(little_city(CENTRE), **ONE, minutes=15)
    assert found.sensitivity["speed-10%"] == 400 / 1600
    assert found.sensitivity["speed+10%"] == 500 / 1600
    metres = find(little_city(CENTRE), **ONE, metres=1001)
    assert set(metres.sensitivity) == {
        "limit-10%", "limit+10%", "access/2", "measure:unit_centre", "path:straight",
    }  # fmt: skip
    assert metres.sensitivity["limit-10%"] == 400 / 1600  # the point at 900 m is within 900 m
    assert metres.sensitivity["limit+10%"] == 500 / 1600  # and that at 1,100 m within 1,100 m


def test_units_from_leaf_to_city_and_gaps_leaf_by_leaf():
    found = find(little_city(CENTRE), **ONE, minutes=15)
    assert [at(found, u)["value"] for u in "ABCD"] == [1.0, 0.25, 0.0, 0.0]
    assert at(found, "A")["status"] == "met"
    assert at(found, "north")["residents_left_out"] == 300
    assert at(found, "siming")["value"] == 500 / 800
    gaps = found.gaps.set_index("unit_id")
    assert list(gaps.index) == ["B", "C", "D"]
    assert list(gaps["people"]) == [300, 400, 400]
    assert gaps.loc["B", "metres"] == pytest.approx((1400 + 1600 + 1900) / 3, abs=0.01)
    assert gaps.loc["B", "straight_m"] == pytest.approx((1400 + 1600 + 1900) / 3, abs=0.01)
    assert set(gaps["reason"]) == {"no_facility"}
    assert set(gaps["facility_id"]) == {"f0"}
    assert list(found.gaps["gap_id"]) == ["T-1:B", "T-1:C", "T-1:D"]


def test_every_demand_point_keeps_its_row_and_its_index():
    people = demand().set_index(pd.Index(np.arange(100, 116)))
    found = find(little_city(CENTRE, demand=people), **ONE, minutes=15)
    assert list(found.demand.index) == list(people.index)
    assert found.demand["status"].value_counts().to_dict() == {"gap": 11, "covered": 5}
    assert found.demand.loc[104, "metres"] == pytest.approx(1100, abs=0.01)
    assert found.demand.loc[104, "seconds"] == pytest.approx(1100 / 1.33, abs=0.01)


def test_the_status_agrees_with_the_engine():
    city = little_city([*CENTRE, {"x": 3333, "of": "service_centre"}])
    found = find(city, **ONE, minutes=15)
    ctx = Context(city, 2025)
    trip = Trip(("service_centre",), walker_of(None, city))
    engine = ctx.travel.reach(trip).to(city.demand, minutes=15)
    assert list(found.demand["status"]) == list(engine["status"])
    assert np.allclose(found.demand["metres"], engine["metres"])


def test_only_the_urban_demand():
    found = find(little_city(CENTRE), **ONE, minutes=15, applies={"urban_rural": "urban"})
    assert found.denominator == 1200
    assert "D" not in set(found.units["unit_id"])


def test_only_units_of_a_condition():
    found = find(little_city(CENTRE), **ONE, minutes=15, applies={"founded_since": 2000})
    assert found.denominator == 800  # B and C
    assert found.numerator == 100


@pytest.mark.slow
def test_a_group_and_what_stands_in_for_it():
    entry = {**ONE, "minutes": 15, "group": "age65"}
    old = find(little_city(CENTRE), **entry)
    assert (old.numerator, old.denominator) == (100, 320)
    # Of the 65+ 220 are left out, who live among 1,100 residents.
    assert old.people_left_out == 220
    assert old.gaps["residents"].sum() == 1100
    people = demand().assign(age65=np.nan)
    all_ages = find(little_city(CENTRE, demand=people), **entry)
    assert all_ages.denominator == 1600
    assert "residents aged 65+ are not given: counted by residents" in all_ages.note_en
    nobody = people.drop(columns=["residents", "households"])
    points = find(little_city(CENTRE, demand=nobody), **entry)
    assert points.denominator == 16
    assert "counted by demand points" in points.note_en
    weighed = nobody.assign(weight=2.0, weight_unit="floor_area_m2")
    area = find(little_city(CENTRE, demand=weighed), **entry)
    assert area.denominator == 32
    assert "counted by floor area" in area.note_en


@pytest.mark.slow
def test_the_walker_of_the_requirement_and_of_the_city():
    # 0.8 m/s x 900 s = 720 m: the points at 100, 400 and 600 m.
    slow = find(little_city(CENTRE), **ONE, minutes=15, walker="elderly")
    assert slow.value == 300 / 1600
    assert slow.sensitivity["walker:adult"] == 500 / 1600
    assert "15 min = 720 m" in slow.note_en
    assert find(little_city(CENTRE, walker="elderly"), **ONE, minutes=15).value == 300 / 1600


def test_k_facilities():
    rows = [*CENTRE, {"x": 1000, "of": "service_centre"}]
    # Within 1,000 m of both ends: all of A, since 0 and 1,000 m are within reach of each.
    found = find(little_city(rows), **ONE, metres=1000, k=2)
    assert (found.numerator, found.denominator) == (400, 1600)
    assert found.demand.loc[0, "facility_id"] == "f1"  # the second nearest of the point at 100 m
    alone = find(little_city(CENTRE), **ONE, metres=1000, k=2)
    assert alone.value == 0


ALL = {
    "kind": "circle",
    "metres": 1000,
    "all_of": [
        {"id": "market", "zh": "菜市场", "en": "market", "categories": ["market"]},
        {"id": "pharmacy", "zh": "药店", "en": "pharmacy", "categories": ["pharmacy"]},
    ],
}


def test_several_needs_at_once():
    # The market at 0 reaches A, the pharmacy at 1,500 reaches x = 500..2,500: of A the points at
    # 600 and 900 m reach both.
    rows = [{"x": 0, "of": "market"}, {"x": 1500, "of": "pharmacy"}]
    found = find(little_city(rows), **ALL)
    assert found.numerator == 200
    assert found.measures["share_need_market"] == 400 / 1600
    assert found.measures["share_need_pharmacy"] == 800 / 1600  # 600, 900, B's four, 2,100, 2,400
    assert list(found.demand["lacks"][:6]) == [1, 1, 0, 0, 1, 1]
    assert found.demand["lacks"].max() == 2
    assert found.measures["mean_needs_lacking"] == pytest.approx((12 + 8) / 16)
    # The farther need is what the row tells of: at 100 m the pharmacy, 1,400 m away.
    assert found.demand.loc[0, "facility_id"] == "f1"
    assert found.demand.loc[0, "metres"] == pytest.approx(1400, abs=0.01)
    assert found.demand.loc[0, "metres_market"] == pytest.approx(100, abs=0.01)


def test_a_need_that_is_not_given_makes_the_list_unknown():
    found = find(little_city([{"x": 0, "of": "market"}]), **ALL)
    assert found.status == "unknown"
    assert found.missing == ("category:pharmacy",)
    assert found.measures == {"share_need_market": 0.25, "share_of_given_needs": 0.25}
    assert found.people_left_out != found.people_left_out  # not a number: nobody can say


def test_any_category_of_a_need_will_do_and_the_others_are_named():
    entry = {"kind": "circle", "metres": 1000, "categories": ["market", "fresh_food"]}
    found = find(little_city([{"x": 0, "of": "market"}]), **entry)
    assert found.value == 0.25
    assert "no list holds: Fresh food shop" in found.note_en


def test_off_network_demand_is_left_out_and_counted():
    people = demand()
    far = people.iloc[[0]].set_geometry([Point(PLAN.at(100, 301))]).assign(residents=50.0)
    people = gpd.GeoDataFrame(pd.concat([people, far], ignore_index=True), crs=4326)
    found = find(little_city(CENTRE, demand=people), **ONE, minutes=15)
    assert (found.numerator, found.denominator) == (500, 1650)
    assert found.demand["status"].iloc[-1] == "off_network"
    assert found.measures["left_out_off_network"] == 50
    assert found.gaps.set_index("unit_id").loc["A", "reason"] == "off_network"
    assert "1 demand point (50 residents) lies over 300 m from any street" in found.note_en
    assert "of those on the network it is 31.2 %" in found.note_en  # 500 of 1,600


def test_an_island_without_a_facility():
    lines = [PLAN.line((0, 0), (2000, 0)), PLAN.line((2010, 0), (4000, 0))]
    city = little_city([{"x": 1900, "of": "service_centre"}], network=walk_network(lines))
    found = find(city, **ONE, metres=1000)
    assert set(found.demand["status"][8:]) == {"island"}
    assert found.demand["facility_id"][8:].isna().all()
    gaps = found.gaps.set_index("unit_id")
    assert gaps.loc["C", "reason"] == "island"
    assert gaps.loc["C", "metres"] == np.inf
    assert gaps.loc["C", "straight_m"] == pytest.approx(600, abs=0.01)


def test_near_by_the_crow_and_far_on_foot_is_a_detour():
    # Two parallel streets 100 m apart that meet only at x = 4,000: the centre stands on the other.
    lines = [PLAN.line((0, 0), (4000, 0)), PLAN.line((0, 100), (4000, 100), (4000, 0))]
    city = little_city([{"x": 100, "y": 100, "of": "service_centre"}], network=walk_network(lines))
    found = find(city, **ONE, metres=1000)
    assert found.gaps.set_index("unit_id").loc["A", "reason"] == "detour"


def test_no_facility_at_all_although_the_list_is_complete():
    city = little_city(config=config(complete_categories=["service_centre"]))
    found = find(city, **ONE, minutes=15)
    assert (found.status, found.value) == ("short", 0.0)
    assert set(found.gaps["reason"]) == {"no_facility"}
    assert "there is no Community service centre" in found.note_en


def test_no_demand_where_it_applies():
    tables = units()
    del tables["village"]
    people = demand().iloc[:12].reset_index(drop=True)
    city = little_city(CENTRE, units=tables, demand=people)
    found = find(city, **ONE, minutes=15, applies={"urban_rural": "rural"})
    assert (found.status, found.value) == ("report", None)
    assert "no demand point" in found.note_en


def test_without_units_there_are_still_shares():
    people = demand().drop(columns=["leaf", "community", "village", "town", "district"])
    city = little_city(CENTRE, units={}, demand=people)
    found = find(city, **ONE, minutes=15)
    assert found.value == 500 / 1600
    assert found.measures["share_street_metres"] == pytest.approx(1197 / 4000, rel=1e-4)
    assert found.gaps["people"].sum() == 1100
    assert found.gaps.geometry.is_valid.all()


def drive_network() -> WalkNetwork:
    street = walk_network([PLAN.line((0, 0), (2000, 0)), PLAN.line((2000, 0), (4000, 0))])
    return replace(street, speed_m_s=np.array([10.0, 2.0]))


def test_a_circle_by_vehicle():
    entry = {**ONE, "minutes": 5, "mode": "drive"}
    assert find(little_city(CENTRE), **entry).missing == ("layer:drive",)
    # 2,000 m at 10 m/s take 200 s, then 100 s at 2 m/s reach 200 m more: x <= 2,200.
    found = find(little_city(CENTRE, drive=drive_network()), **entry)
    assert found.numerator == 900  # A, B, and the point at 2,100 m
    assert found.measures.keys().isdisjoint({"limit_m"})
    assert found.demand.loc[8, "seconds"] == pytest.approx(250, abs=0.1)


def test_a_drawn_circle_says_how_true_it_is():
    city = little_city(CENTRE)
    trip = Trip(("service_centre",), walker_of("adult", city))
    circle = Context(city, 2025).travel.circle((trip, 500.0, "metres"))
    # The band narrows where the walk ends: a flat one would hold 24 m of doors out of reach.
    assert 0 <= circle.false_share < 0.02
    assert 0 <= circle.missed_share < 0.02
    assert circle.shape.is_valid


def test_a_search_is_made_once_for_all_walkers():
    city = little_city(CENTRE)
    travel = Context(city, 2025).travel
    for name in ("adult", "elderly", "child"):
        travel.cost(Trip(("service_centre",), walker_of(name, city)))
    assert len(travel._reach) == 1


# -- sub-stations -------------------------------------------------------------------------------

RULE = {
    "kind": "substation",
    "categories": ["service_centre"],
    "metres": 1000,
    "staff": [1, 2],
    "target": "report",
}


def crowded(*weights: float) -> gpd.GeoDataFrame:
    """Demand of V0 at 900 and 1,100 m, of V1 at 1,400 and 1,600 m, with so many residents."""
    people = demand()
    people.loc[[3, 4], "urban_village"] = "V0"
    people.loc[[5, 6], "urban_village"] = "V1"
    people.loc[[3, 4, 5, 6], "residents"] = weights
    return people


def rule(people: gpd.GeoDataFrame, **entry):
    city = little_city(CENTRE, urban_villages=villages((850, 1150), (1350, 1650)), demand=people)
    return find(city, **{**RULE, **entry})


def test_the_thousand_metre_rule():
    # V0: (900 x 300 + 1,100 x 100) / 400 = 950 m, within. V1: (1,400 + 1,600) / 2 = 1,500 m.
    found = rule(crowded(300, 100, 100, 100))
    assert (found.status, found.value, found.unit) == ("report", 1.0, "count")
    assert (found.numerator, found.denominator) == (1, 2)
    v0, v1 = at(found, "V0"), at(found, "V1")
    assert v0["metres"] == pytest.approx(950, abs=0.01)
    assert (v0["metres_min"], v0["metres_max"]) == (
        pytest.approx(900, abs=0.01),
        pytest.approx(1100, abs=0.01),
    )
    assert v0["share_beyond"] == pytest.approx(0.25)
    assert v1["metres"] == pytest.approx(1500, abs=0.01)
    assert v1["straight_m"] == pytest.approx(1500, abs=0.01)
    assert (v0["candidate"], v1["candidate"]) == (False, True)
    assert (v1["facility_id"], v1["facility_name"]) == ("f0", "设施 0")
    assert (v1["staff_low"], v1["staff_high"]) == (1, 2)
    assert found.measures["staff_high"] == 2
    gap = found.gaps.iloc[0]
    assert (gap["unit_id"], gap["people"], gap["reason"]) == ("V1", 200, "no_facility")


def test_the_weights_decide():
    # (900 x 100 + 1,100 x 300) / 400 = 1,050 m.
    assert at(rule(crowded(100, 300, 1, 1)), "V0")["candidate"]


@pytest.mark.slow
def test_exactly_a_thousand_metres_is_a_candidate_unless_the_number_is_left_out():
    # (900 x 100 + 1,100 x 100) / 200 = 1,000 m, less the millimetres that the street is off.
    people = crowded(100, 100, 1, 1)
    metres = float(at(rule(people), "V0")["metres"])
    assert metres == pytest.approx(1000, abs=0.01)
    assert at(rule(people, metres=metres), "V0")["candidate"]
    assert not at(rule(people, metres=metres + 1e-5), "V0")["candidate"]
    exclusive = {"metres": metres, "boundary": "exclusive"}
    assert not at(rule(people, **exclusive), "V0")["candidate"]
    assert at(rule(people, **exclusive | {"metres": metres - 1e-5}), "V0")["candidate"]
    assert rule(people, metres=metres).sensitivity["boundary:exclusive"] == 1
    assert rule(people, **exclusive).sensitivity["boundary:inclusive"] == 2
    assert "exactly 1,000 m is a candidate" in rule(people).note_en


@pytest.mark.slow
def test_other_ways_to_measure():
    # V0 spans 850 to 1,150 m: its outline is nearest at 850 m, its middle at 1,000 m.
    people = crowded(100, 300, 100, 100)
    by = rule(people)
    row = at(by, "V0")
    assert row["by_nearest_edge"] == pytest.approx(850, abs=0.1)
    assert row["by_centre"] == pytest.approx(1000, abs=0.1)
    assert row["by_share"] == pytest.approx(0.75)
    assert rule(people, measure="share").value == 2
    assert rule(people, measure="share", share_beyond=0.8).value == 1
    assert rule(people, measure="nearest_edge").value == 1
    assert by.sensitivity["measure:mean"] == 2
    assert by.sensitivity["measure:nearest_edge"] == 1
    assert by.sensitivity["limit+10%"] == 1  # V0 at 1,050 m is within 1,100 m


def test_a_village_without_demand_is_measured_from_its_middle():
    found = rule(demand().assign(residents=0.0))
    assert found.denominator == 2
    people = demand()[lambda d: ~d.index.isin([3, 4])].reset_index(drop=True)
    people["urban_village"] = None
    empty = rule(people)
    assert at(empty, "V0")["points"] == 0
    assert at(empty, "V0")["metres"] == pytest.approx(1000, abs=0.1)
    assert "1 urban village holds no demand point" in empty.note_en


def test_a_village_that_is_cut_off_is_a_candidate():
    lines = [PLAN.line((0, 0), (1300, 0)), PLAN.line((1310, 0), (4000, 0))]
    city = little_city(
        CENTRE,
        urban_villages=villages((850, 1150), (1350, 1650)),
        demand=crowded(300, 100, 1, 1),
        network=walk_network(lines),
    )
    found = find(city, **RULE)
    assert at(found, "V1")["metres"] == np.inf
    assert found.gaps.set_index("unit_id").loc["V1", "reason"] == "island"


def test_weights_fall_back_to_households_and_to_points():
    people = crowded(300, 100, 1, 1).drop(columns="residents")
    people.loc[[3, 4], "households"] = [100, 300]
    assert at(rule(people), "V0")["metres"] == pytest.approx(1050, abs=0.01)
    assert "weighted by households" in rule(people).note_en
    assert at(rule(people.drop(columns="households")), "V0")["metres"] == pytest.approx(
        1000, abs=0.01
    )


def test_no_villages_and_no_centres():
    assert find(little_city(CENTRE), **RULE).missing == ("layer:urban_villages",)
    city = little_city(urban_villages=villages((0, 100)))
    assert find(city, **RULE).missing == ("category:service_centre",)


def test_boxes_of_the_little_city_do_not_overlap():
    assert plot(0, 1000).intersection(plot(1000, 2000)).area == 0


def test_where_nobody_says_what_is_urban_a_requirement_may_apply_to_all():
    applies = {"urban_rural": "urban", "if_unsaid": "applies"}
    assert find(little_city(CENTRE), **ONE, minutes=15, applies=applies).denominator == 1200
    people = demand().drop(columns=["leaf", "urban_rural"])
    city = little_city(CENTRE, units={}, demand=people)
    found = find(city, **ONE, minutes=15, applies=applies)
    assert found.denominator == 1600
    assert "counted in" in found.note_en
    strict = find(city, **ONE, minutes=15, applies={"urban_rural": "urban"})
    assert strict.missing == ("level:leaf",)


@pytest.mark.slow
def test_levels_do_not_stand_in_for_one_another():
    rows = [{"x": 0, "of": "library", "level": "city"}, {"x": 2000, "of": "library"}]
    entry = {"kind": "circle", "metres": 950, "categories": ["library"]}
    assert find(little_city(rows), **entry).numerator == 1200
    assert find(little_city(rows), **entry, facility_level="city").numerator == 1200
    town = find(little_city(rows), **entry, facility_level="town")
    assert town.numerator == 800  # only the one that states no level
    none = find(little_city(rows[1:]), **entry, facility_level="town")
    assert "no Public library states its level" in none.note_en


@pytest.mark.slow
def test_the_middle_of_the_community_is_no_substitute_for_its_homes():
    # Within 501 m of 1,100: the homes at 600, 900, 1100, 1400, 1600, and the middle of B (1,500).
    city = little_city([{"x": 1100, "of": "service_centre"}])
    found = find(city, kind="circle", metres=501, categories=["service_centre"])
    assert found.value == 5 / 16
    assert found.sensitivity["measure:unit_centre"] == 4 / 16
    # Without communities there is no middle; who lives in none is measured from home.
    bare = little_city([{"x": 1100, "of": "service_centre"}], units={"city": city.units["city"]})
    assert (
        "measure:unit_centre"
        not in find(bare, kind="circle", metres=501, categories=["service_centre"]).sensitivity
    )
    homeless = little_city(
        [{"x": 1100, "of": "service_centre"}], demand=city.demand.assign(leaf=None)
    )
    again = find(homeless, kind="circle", metres=501, categories=["service_centre"])
    assert again.sensitivity["measure:unit_centre"] == again.value


@pytest.mark.slow
def test_people_who_reach_nothing_are_beyond_every_distance():
    # V1: 100 people walk 1,400 m; the street breaks off before the 900 at 1,600 m.
    lines = [PLAN.line((0, 0), (1500, 0)), PLAN.line((1510, 0), (4000, 0))]

    def village(near: int, far: int):
        city = little_city(
            CENTRE,
            urban_villages=villages((850, 1150), (1350, 1650)),
            demand=crowded(1, 1, near, far),
            network=walk_network(lines),
        )
        return find(city, **{**RULE, "metres": 1450})

    lost, few = village(100, 900), village(900, 100)
    assert at(lost, "V1")["candidate"]
    assert lost.gaps.set_index("unit_id").loc["V1", "reason"] == "island"
    assert at(lost, "V1")["share_unreached"] == pytest.approx(0.9)
    assert not at(few, "V1")["candidate"]
    assert "some people reach no facility" in few.note_en


def test_where_no_facility_is_anywhere_every_kind_says_so():
    city = little_city(
        [],
        urban_villages=villages((850, 1150)),
        demand=crowded(1, 1, 1, 1),
        config=config(complete_categories=["service_centre"]),
    )
    circle = find(city, kind="circle", categories=["service_centre"], metres=1000)
    assert set(circle.gaps["reason"]) == {"no_facility"}
    assert find(city, **RULE).gaps["reason"].tolist() == ["no_facility"]

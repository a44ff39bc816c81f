"""Homes that several parts of a requirement decide: each as the part that decides it has it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point

import livingcircle as lc
from builders.street_city import little_city, requirement, villages
from livingcircle.gaps.explain import explain
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.frames import demand_frame
from livingcircle.publish.web.map_findings import Shared, finding_data
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.homes import Decided, Held, joined_homes
from livingcircle.standards.result import Result

CENTRE, CLINIC = (
    {"kind": "circle", "metres": metres, "categories": [of]}
    for of, metres in (("service_centre", 2950), ("clinic", 1900))
)
PLACES = [{"x": 0, "of": "service_centre"}, {"x": 3900, "of": "clinic"}]


def assessed(*parts, places=PLACES, **own):
    context = Context(little_city(places, **own), 2025)
    found = assess_requirement(requirement(parts=list(parts)), context)
    return Result(context.city, (found,), (), 2025, context=context)


def test_the_walk_that_is_told_is_that_of_the_part_that_decides():
    result = explain(assessed(CENTRE, CLINIC)).result
    homes = demand_frame(result).set_index("demand_id")
    told = homes.loc[["d100", "d2100", "d2400", "d3900"], [
        "T_1_status", "T_1_part", "T_1_metres", "T_1_facility_id", "T_1_reason", "T_1_depends",
    ]]  # fmt: skip
    # 2,100 of 2,950 m to the centre, 1,800 of 1,900 m to the clinic: the clinic decides.
    assert told.drop(columns="T_1_metres").to_numpy().tolist() == [
        ["gap", 2, "f1", "no_facility", False],
        ["covered", 2, "f1", None, True],
        ["covered", 1, "f0", None, False],
        ["gap", 1, "f0", "no_facility", False],
    ]
    assert list(told["T_1_metres"]) == pytest.approx([3800, 1800, 2400, 3900], abs=0.5)
    assert list(homes.loc[told.index, "T_1_seconds"] * 1.33) == pytest.approx(
        list(told["T_1_metres"])
    )


def test_a_home_that_one_part_alone_asks_about_is_that_parts():
    urban = CENTRE | {"applies": {"urban_rural": "urban"}}
    rural = CLINIC | {"applies": {"urban_rural": "rural"}}
    finding = assessed(urban, rural).findings[0]
    homes = finding.demand.set_index("demand_id")
    assert homes["part"].groupby(homes["leaf"]).unique().map(list).to_dict() == {
        "A": [1], "B": [1], "C": [1], "D": [2]
    }  # fmt: skip
    assert (homes["status"] == "covered").sum() == 12 + 4
    assert list(homes.index) == list(little_city(PLACES).demand["demand_id"])


def test_minutes_and_metres_are_held_against_each_its_own_limit():
    # 30 minutes are 2,394 m at 1.33 m/s.
    timed = {"kind": "circle", "minutes": 30, "categories": ["service_centre"]}
    homes = assessed(timed, CLINIC).findings[0].demand.set_index("demand_id")
    assert homes.loc[["d2100", "d2400"], "part"].tolist() == [2, 1]
    assert homes.loc[["d2100", "d2400"], "status"].tolist() == ["covered", "gap"]


@pytest.mark.slow
def test_a_rule_on_villages_leaves_out_the_homes_beyond_it():
    rule = {"kind": "substation", "categories": ["service_centre"], "metres": 400}
    homes = little_city().demand
    homes["urban_village"] = homes["demand_id"].map({"d100": "V0", "d400": "V0", "d600": "V0"})
    own = {"demand": homes, "urban_villages": villages((50, 650))}
    finding = assessed(rule | {"target": "report"}, CENTRE, **own).findings[0]
    told = finding.demand.set_index("demand_id")[["status", "part"]]
    # 400 m or more are beyond the rule.
    assert told.loc[["d100", "d400", "d600"]].to_numpy().tolist() == [
        ["covered", 1], ["gap", 1], ["gap", 1]
    ]  # fmt: skip
    alone = assessed(rule | {"target": "report"}, **own).findings[0]
    assert list(alone.home_status) == ["covered", "gap", "gap"]
    assert list(alone.demand["status"]) == ["covered"] * 3


@pytest.mark.slow
def test_the_map_has_the_area_and_the_limit_of_every_part():
    result = assessed(CENTRE, CLINIC, CENTRE)
    evidence, areas = Evidence(result), Shared()
    drawn = list(evidence.circles_of("T-1"))
    assert [limit for _, limit, _ in drawn] == [2950, 1900]
    told = finding_data(
        result.findings[0], {}, (), result.city.demand, evidence, areas, Shared(), [], []
    )
    assert told["circles"] == [(0, 2950.0), (1, 1900.0)]
    near = result.city.demand.within(drawn[1][2].iloc[0])
    covered = result.findings[0].parts[1].demand["status"] == "covered"
    assert near.tolist() == covered.tolist()


def test_requirements_that_differ_in_a_later_part_ask_something_else():
    far = CLINIC | {"metres": 1901}
    context = Context(little_city(PLACES), 2025)
    asked = {"T-1": [CENTRE, CLINIC], "T-2": [CENTRE, far], "T-3": [CENTRE, CLINIC]}
    found = tuple(
        assess_requirement(requirement(id=name, parts=parts), context)
        for name, parts in asked.items()
    )
    evidence = Evidence(Result(context.city, found, (), 2025, context=context))
    assert evidence.same("T-1") == evidence.same("T-3") != evidence.same("T-2")


def test_draws_tell_the_least_chance_of_the_parts():
    result = assessed(CENTRE, CLINIC)
    sure = lc.uncertainty(
        result, draws=40, speed=0.1, facility_m=200, missing_paths=0, shut_paths=0
    )
    found = sure.result.findings[0]
    each = [part.demand["p_covered"].to_numpy() for part in found.parts]
    assert np.ptp(each[0]) > 0 < np.ptp(each[1])
    assert found.demand["p_covered"].tolist() == np.minimum(*each).tolist()


def homes_of(costs, statuses, index):
    return gpd.GeoDataFrame(
        {"metres": costs, "status": statuses},
        geometry=[Point(0, 0)] * len(costs), index=index, crs=4326,
    )  # fmt: skip


def test_nobody_reached_decides_before_a_walk_that_is_too_long():
    long = Decided(1, homes_of([9e9, 10.0], ["gap", "covered"], [7, 3]), Held("metres", 1.0))
    none = Decided(2, homes_of([np.inf], ["island"], [7]), Held("metres", 500.0))
    joined = joined_homes([long, none])
    assert joined.loc[7, ["status", "part"]].tolist() == ["island", 2]
    assert joined.loc[3, ["status", "part"]].tolist() == ["gap", 1]

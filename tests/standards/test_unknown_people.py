"""Points that state no number of people are unknown, never nobody."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from builders.street_city import at, demand, find, little_city, units, villages
from livingcircle.standards.tables import population, unit_table


def leaves() -> gpd.GeoDataFrame:
    """The communities and the village of the street."""
    return gpd.GeoDataFrame(pd.concat([units()["community"], units()["village"]]), crs=4326)


CENTRE = [{"x": 0, "of": "service_centre"}]
RULE = {"kind": "circle", "categories": ["service_centre"], "metres": 700, "target": 0.5}


def judged(blank, **changes):
    """Of four homes in each of four units only those of A at 100, 400 and 600 m are covered."""
    people = demand()
    people.loc[people["demand_id"].isin(blank), "residents"] = np.nan
    rule = {**RULE, **changes}
    return find(little_city(CENTRE, demand=people), **rule)


def test_the_share_is_of_those_who_are_counted_and_says_so():
    found = judged(["d100", "d2100"])
    # 13 or 14 homes of 100 people each are known, of which two are covered.
    assert (found.numerator, found.denominator) == (200, 1400)
    assert "2 of 16 demand points state no number of people: unknown, not 0" in found.note_en
    # With 100 people each: 200 of 1,500 at least, 300 of 1,500 at most.
    assert "between 13.3 % and 20 %" in found.note_en
    assert "16 个居民点中有 2 个未给出人数：人数未知而不是 0" in found.note_zh


@pytest.mark.slow
@pytest.mark.parametrize(
    ("blank", "target", "status"),
    [
        # Known: 200 of 1,400; between 2/15 and 3/15 whichever way the unknown count.
        (["d100", "d2100"], 0.13, "met"),
        (["d100", "d2100"], 0.14, "unknown"),
        (["d100", "d2100"], 0.19, "unknown"),
        (["d100", "d2100"], 0.21, "short"),
        # Nothing is unknown: 300 of 1,600.
        ([], 0.1875, "met"),
        ([], 0.19, "short"),
        # All that is known is covered; who is left out is unknown.
        ([f"d{u + s}" for u in (0, 1000, 2000, 3000) for s in (100, 400, 600, 900) if u + s > 600],
         1.0, "unknown"),
        # All left-out homes are known to be there: not everybody is covered.
        (["d100", "d400", "d600"], 1.0, "short"),
    ],
)  # fmt: skip
def test_a_verdict_that_hangs_on_them_is_unknown(blank, target, status):
    found = judged(blank, target=target)
    assert found.status == status
    assert ("demand.residents" in " ".join(found.missing)) == (status == "unknown")


@pytest.mark.slow
def test_unknown_homes_that_are_all_covered_leave_the_claim_true():
    found = judged(["d100", "d3900"], metres=5000, target=1.0)
    assert found.status == "met"
    assert "state no number of people" in found.note_en
    assert "between" not in found.note_en


@pytest.mark.slow
def test_a_village_says_how_many_of_its_homes_state_no_number():
    people = demand()
    people.loc[people["demand_id"] == "d2400", "residents"] = np.nan
    village = villages((2050, 2950))
    rule = {"kind": "substation", "categories": ["service_centre"], "metres": 1000}
    rule["target"] = "report"
    found = find(little_city(CENTRE, demand=people, urban_villages=village), **rule)
    assert "1 of 4 demand points state no number of people: unknown, not 0" in found.note_en
    # The mean walk is of those who are counted: 2,100, 2,600 and 2,900 m.
    assert found.units["value"].iloc[0] == pytest.approx((2100 + 2600 + 2900) / 3, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("least", "status"), [(40, "met"), (50, "unknown"), (60, "short")])
def test_a_unit_of_unknown_people_has_no_rate(least, status):
    people = demand()
    people.loc[people["leaf"] == "C", "residents"] = np.nan
    rule = {"kind": "capacity", "figure": "community_workers", "per": 10_000, "at_least": least}
    found = find(little_city(demand=people), **rule)
    # Seven workers for 1,200 people who are known, for 1,600 with 400 in C as elsewhere.
    assert (found.status, found.value) == (status, pytest.approx(7 / 0.12))
    assert "1 of 4 units state no number of people: unknown, not 0" in found.note_en
    assert "43.75" in found.note_en
    assert ("values:units.residents" in found.missing) == (status == "unknown")
    for unit in ("C", "south", "jimei"):
        assert at(found, unit)["status"] == "unknown"
        assert np.isnan(at(found, unit)["value"])
    assert np.isnan(at(found, "C")["people"])
    # Two workers and one for the 400 people each of A and B.
    assert at(found, "north")["value"] == pytest.approx(3 / 0.08)
    assert at(found, "小城")["status"] == status


@pytest.mark.slow
@pytest.mark.parametrize(("least", "status"), [(50, "met"), (51, "unknown"), (76, "short")])
def test_the_people_of_some_units_only_are_held_open_too(least, status):
    people = demand()
    people.loc[people["leaf"] == "C", "residents"] = np.nan
    rule = {"kind": "capacity", "figure": "community_workers", "per": 10_000, "at_least": least}
    found = find(little_city(demand=people), applies={"urban_rural": "urban"}, **rule)
    # Six workers of A, B and C for the 800 people of A and B, or for 1,200.
    assert (found.status, found.value) == (status, pytest.approx(75.0))
    assert "1 of 3 units state no number of people" in found.note_en


def test_a_unit_of_which_a_part_is_unknown_is_unknown():
    people = demand()
    people.loc[people["demand_id"] == "d100", "residents"] = np.nan
    people.loc[people["leaf"] == "B", "age65"] = np.nan
    found = population(unit_table(leaves(), "leaf"), people, {})
    leaf = found["leaf"]
    assert np.isnan(leaf.loc["A", "residents"])
    assert np.isnan(leaf.loc["B", "age65"])
    assert leaf.loc["B", "residents"] == 400
    assert leaf.loc["A", "households"] == 160
    city = found["city"].iloc[0]
    assert np.isnan(city["residents"])
    assert city["households"] == 640
    stated = leaves().assign(residents=[450.0, np.nan, np.nan, np.nan])
    again = population(unit_table(stated, "leaf"), people, {})
    assert again["leaf"].loc["A", "residents"] == 450
    assert again["city"].iloc[0]["residents"] == 450 + 3 * 400

"""A mean over units of which some may not be meant, or may hold more than is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from builders.street_city import find, little_city, units
from livingcircle.standards.ratio_bounds import mean_bounds

MEAN = {"kind": "provision", "level": "leaf", "categories": ["nursery"], "target": "all"}


@pytest.fixture(scope="module")
def city():
    """C (in Jimei) is new and holds one; of A and B (in Siming), which hold none, it is unknown."""
    tables = units()
    for table in tables.values():
        if "is_new" in table:
            said = {"A": None, "B": None, "C": True, "D": False}
            table["is_new"] = table["unit_id"].map(said).astype(object)
    return dataclasses.replace(little_city([{"x": 2100, "of": "nursery"}]), units=tables)


@pytest.mark.parametrize(
    ("least", "status"),
    # One in one unit, in two, or in three: from 1/3 to 1.
    [(1, "unknown"), (0.5, "unknown"), (0.3, "met"), (1.5, "short")],
)
def test_a_mean_is_decided_where_it_is_so_whichever_units_are_meant(city, least, status):
    found = find(city, **MEAN, at_least=least, average_by="city", applies={"new": True})
    assert (found.status, found.value) == (status, 1.0)
    assert found.measures["units_undecided"] == 2
    assert bool(len(found.gaps)) == (status == "short")
    whole = found.units[found.units["level"] == "city"].iloc[0]
    assert whole["status"] == status
    chosen = found.readings.table.query("axis == 'scope' and chosen").iloc[0]
    assert chosen["status"] == status


@pytest.mark.parametrize(("target", "status"), [(1.0, "unknown"), (0.5, "met")])
def test_a_district_whose_units_may_not_be_meant_is_open(city, target, status):
    asked = MEAN | {"target": target, "average_by": "district", "applies": {"new": True}}
    found = find(city, **asked)
    assert (found.status, found.numerator, found.denominator) == (status, 1, 1)
    answer = found.parts[0].space.answer(found.parts[0].space.default[None, :])
    assert answer.status[0] == status
    mean = found.readings.table.query("option == 'mean'").iloc[0]
    assert (mean["status"], np.isnan(mean["value"])) == ("unknown", True)


def test_what_facilities_may_be_of_the_kind_counts_for_the_most():
    rows = pd.DataFrame(
        {"count": [1.0, 0.0, 2.0], "most": [1.0, 3.0, 2.0], "undecided": [False, False, True]}
    )
    ends = mean_bounds(rows, pd.Series(["a", "a", "b"]))
    # 1 and 0 to 3 in two units; b may have no unit that is meant.
    assert ends.loc["a"].tolist() == [0.5, 2.0]
    assert ends.loc["b"].tolist() == [0.0, np.inf]

"""Readings of walkers: every row is what the requirement gives if it states that walker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.street_city import find, little_city, requirement
from livingcircle.city.model import City
from livingcircle.network.waiting import with_delays
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.claims import claim_about
from livingcircle.standards.context import Context

CENTRES = [{"x": x, "of": "service_centre"} for x in (0, 2000)]
ASKED = {"kind": "circle", "minutes": 15, "categories": ["service_centre"], "walker": "elderly"}


def street(tag: str, value: float) -> City:
    """The street whose second 500 m are narrow, steep or behind a kerb."""
    city = little_city(CENTRES)
    values = getattr(city.network.tags, tag).copy()
    values[1] = value
    tags = replace(city.network.tags, **{tag: values})
    return replace(city, network=replace(city.network, tags=tags))


NARROW, KERB, STEEP = street("width_m", 0.8), street("kerb_m", 0.1), street("incline", 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("city", [NARROW, KERB, STEEP], ids=["narrow", "kerb", "steep"])
def test_every_row_is_the_finding_with_that_walker(city, k):
    ctx = Context(city, 2025)
    asked = ASKED | {"k": k, "minutes": 15 * k}
    table = assess_requirement(requirement(**asked), ctx).readings.table
    rows = table[(table["axis"] == "walker") & (table["option"] != "")]
    assert len(rows) >= 5
    for row in rows.itertuples():
        own = find(city, **asked | {"walker": row.option})
        assert row.value == pytest.approx(own.value), row.option


# 910 m for everybody: the centres at 0 and 2,000 m reach every home up to 2,900 m. In a wheelchair
# the home at 900 m has its way at 1,000 m only, 1,100 m from a centre; a pram passes.
METRES = ASKED | {"minutes": None, "metres": 910}


@pytest.fixture(scope="module")
def narrow():
    return find(NARROW, **METRES)


def test_what_is_too_narrow_for_a_wheelchair_is_no_bar_to_a_pram(narrow):
    rows = narrow.readings.table.query("axis == 'walker'").set_index("option")["value"]
    assert (rows["elderly"], rows["pram"], rows["wheelchair"]) == (12 / 16, 12 / 16, 11 / 16)


def test_a_walker_who_uses_other_streets_says_something_of_their_own(narrow):
    space = narrow.parts[0].space
    codes = space.one_by_one()
    at = [axis.name for axis in space.axes].index("walker")
    other = codes[:, at] != space.default[at]
    telling = codes[other & space.distinct(codes)]
    # The limit is in metres: who uses the same streets is no reading of its own.
    assert {space.axes[at].options[code[at]] for code in telling} == {"pram", "wheelchair"}


def test_a_claim_holds_every_walker_against_the_figure(narrow):
    answer = claim_about(narrow, 11 / 16, "rounded")
    mine = answer.frame[answer.frame["changes"] == 1]
    assert set(mine["walker"]) == {"wheelchair"}


# -- crossings that cost time, which lasts as long for everybody ----------------------------------


@pytest.fixture(scope="module")
def waiting():
    """The first 500 m are one crossing with lights that cost 100 s."""
    city = little_city(CENTRES)
    crossing = np.arange(city.network.edge_count) == 0
    tags = replace(city.network.tags, crossing=crossing, signals=crossing)
    return replace(city, network=with_delays(replace(city.network, tags=tags), signals_s=100.0))


@pytest.mark.slow
def test_a_wait_weighs_on_each_walker_by_their_own_speed(waiting):
    asked = ASKED | {"minutes": 12.5}
    table = find(waiting, **asked).readings.table.query("axis == 'walker'")
    assert len(table) >= 5
    for row in table.itertuples():
        own = find(waiting, **asked | {"walker": row.option})
        assert row.value == pytest.approx(own.value), row.option


@pytest.mark.slow
def test_walkers_share_a_context_and_no_wait(waiting):
    # From the middle of A 500 m and the wait: 725 s of 750 for the elderly.
    choice = {"minutes": 12.5, "read_as": {"from": "community_middle"}}
    alone = find(waiting, **ASKED | choice)
    ctx = Context(waiting, 2025)
    for name in ("adult", "wheelchair", "elderly"):
        found = assess_requirement(requirement(**ASKED | choice | {"walker": name}), ctx)
    assert found.value == alone.value
    for one in (alone, found):
        assert one.demand["seconds"].iloc[0] == pytest.approx(725, abs=0.1)

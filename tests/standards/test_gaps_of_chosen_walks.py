"""Gaps where the walk is chosen: metres, straight lines and reasons are those of that walk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.drawing import PLAN, walk_network
from builders.street_city import find, little_city, villages
from livingcircle.network.waiting import with_delays

CIRCLE = {"kind": "circle", "metres": 800, "categories": ["service_centre"]}
OWN = {"to": "own_community"}
PLACES = [{"x": x, "of": "service_centre"} for x in (0, 1050)]


def city_without(*edges):
    lines = [PLAN.line((500.0 * i, 0.0), (500.0 * i + 500.0, 0.0)) for i in range(8)]
    return little_city(PLACES, network=walk_network([lines[i] for i in range(8) if i not in edges]))


def home(found, x):
    return found.demand.set_index("demand_id").loc[f"d{x}"]


@pytest.mark.slow
@pytest.mark.parametrize("limit", [{}, {"metres": None, "minutes": 10}])
def test_beyond_the_limit_the_walk_to_ones_own_is_told(limit):
    # The home at 900 m: A's own centre at 0, and that of B 150 m away.
    found = find(little_city(PLACES), **CIRCLE | limit, read_as=OWN)
    row = home(found, 900)
    assert (row["metres"], row["straight_m"]) == pytest.approx((900, 900), abs=0.5)
    assert (row["status"], row["reason"]) == ("gap", "no_facility")
    none = home(found, 2100)  # C has no centre
    assert np.isinf([none["metres"], none["straight_m"]]).all()
    assert none["reason"] == "no_facility"
    of_a = found.gaps.query("unit_id == 'A'")["metres"]
    assert of_a.tolist() == pytest.approx([900], abs=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [{}, {"metres": None, "minutes": 10}])
def test_waiting_at_a_crossing_adds_seconds_and_no_metres(limit):
    # Who walks through the first 500 m waits there for a minute.
    city = little_city(PLACES)
    first = np.arange(city.network.edge_count) == 0
    tagged = replace(city.network, tags=replace(city.network.tags, crossing=first))
    city = replace(city, network=with_delays(tagged, crossing_s=60.0))
    found = find(city, **CIRCLE | limit, read_as=OWN)
    far = home(found, 900)
    assert (far["metres"], far["seconds"]) == pytest.approx((900, 900 / 1.33 + 60), abs=0.5)
    near, plain = home(found, 100), home(find(city, **CIRCLE | limit), 100)
    assert near["metres"] == pytest.approx(100, abs=0.5)
    assert near["seconds"] == pytest.approx(plain["seconds"])
    assert near["facility_id"] == plain["facility_id"] == "f0"
    of_a = found.gaps.query("unit_id == 'A'")["metres"]
    assert of_a.tolist() == pytest.approx([900], abs=0.5)
    middle = home(find(city, **CIRCLE | limit, read_as={"from": "community_middle"}), 1400)
    assert middle["metres"] == pytest.approx(450, abs=0.5)


def test_a_long_way_round_to_ones_own_is_a_detour():
    # From (0, 0) to (0, 600) the street leads round by 1,800 m; B's centre is 100 m away.
    corners = [(0, 0), (600, 0), (600, 600), (0, 600)]
    network = walk_network([PLAN.line(corners[i], corners[i + 1]) for i in range(3)])
    city = little_city([{"x": 0, "y": 600, "of": "service_centre", "leaf": "A"}], network=network)
    row = home(find(city, **CIRCLE, read_as=OWN), 100)
    assert row["straight_m"] == pytest.approx(np.hypot(100, 600), abs=0.5)
    assert row["metres"] == pytest.approx(1700, abs=1)
    assert (row["status"], row["reason"]) == ("gap", "detour")


@pytest.mark.slow
def test_who_is_cut_off_from_their_own_centre_is_on_an_island():
    found = find(city_without(1), **CIRCLE, read_as=OWN)
    row = home(found, 900)  # reaches B's centre
    assert (row["status"], row["reason"]) == ("island", "island")
    assert row["straight_m"] == pytest.approx(900, abs=0.5)


@pytest.mark.slow
@pytest.mark.parametrize(("gone", "said"), [((2, 3), "off_network"), ((2, 4), "island")])
def test_middles_that_no_street_joins_say_why(gone, said):
    # The middle of B is at 1,500 m.
    found = find(city_without(*gone), **CIRCLE, read_as={"from": "community_middle"})
    assert home(found, 1400)["reason"] == said
    assert home(found, 400)["status"] == "covered"


@pytest.mark.slow
@pytest.mark.parametrize("choice", [OWN, {"from": "community_middle"}])
def test_straight_lines_beside_it_lead_the_chosen_way(choice):
    asked = CIRCLE | {"metres": 410}
    beside = find(little_city(PLACES), **asked, read_as=choice).parts[0].sensitivity
    by_line = find(little_city(PLACES), **asked, read_as=choice | {"path": "straight"})
    assert beside["path:straight"] == by_line.value


def test_a_village_tells_the_walk_to_its_own_communitys_centre():
    # The home at 900 m is 900 m from A's own centre, 150 m from that of B; C has none.
    homes = little_city(PLACES).demand
    homes["urban_village"] = homes["demand_id"].map({"d900": "V0", "d2100": "V1"})
    spans = villages((850, 950), (2050, 2150))
    city = little_city(PLACES, demand=homes, urban_villages=spans)
    asked = {"kind": "substation", "categories": ["service_centre"], "metres": 500}
    assert set(find(city, **asked, target="report").gaps["unit_id"]) == {"V1"}
    found = find(city, **asked, target="report", read_as=OWN)
    rows = found.gaps.set_index("unit_id")
    ways = ["metres", "metres_min", "metres_max", "straight_m"]
    assert rows.loc["V0", ways].tolist() == pytest.approx([900] * 4, abs=1)
    assert np.isinf(rows.loc["V1", ways].astype(float)).all()
    assert rows["reason"].tolist() == ["no_facility"] * 2
    assert rows["facility_id"].isna().all()
    assert rows["facility_name"].isna().all()
    one = home(found, 900)
    assert (one["metres"], one["straight_m"]) == pytest.approx((900, 900), abs=1)


VILLAGES = {"kind": "substation", "categories": ["service_centre"], "target": "report"}


def village_of_two(near, beyond, places=PLACES, **own):
    """A village of two homes: d1900 is of B, whose centre is at 1,050 m; C has none."""
    city = little_city(places, **own)
    at = city.demand["demand_id"]
    homes = city.demand.assign(
        urban_village=at.map(dict.fromkeys((*near, *beyond), "V0")),
        residents=at.map({**near, **beyond}).fillna(100.0),
    )
    return little_city(places, demand=homes, urban_villages=villages((1850, 2150)), **own)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["network", "straight"])
def test_homes_without_a_line_leave_that_of_their_village_finite(path):
    city = village_of_two({"d1900": 50.0}, {"d2100": 50.0})
    row = find(city, **VILLAGES, metres=500, read_as=OWN | {"path": path}).gaps.iloc[0]
    assert (row["metres"], row["straight_m"]) == pytest.approx((850, 850), abs=0.5)
    assert row["reason"] == "no_facility"


def test_a_long_way_round_is_a_detour_though_some_of_the_village_have_no_centre():
    # From (400, 0) to (0, 600) the street leads round by 1,400 m.
    corners = [(0, 0), (600, 0), (600, 600), (0, 600)]
    network = walk_network([PLAN.line(corners[i], corners[i + 1]) for i in range(3)])
    centre = [{"x": 0, "y": 600, "of": "service_centre", "leaf": "A"}]
    city = village_of_two({"d400": 50.0}, {"d1100": 50.0}, centre, network=network)
    row = find(city, **VILLAGES, metres=800, read_as=OWN).gaps.iloc[0]
    assert row["straight_m"] == pytest.approx(np.hypot(400, 600), abs=0.5)
    assert row["metres"] == pytest.approx(1400, abs=1)
    assert row["reason"] == "detour"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["network", "straight"])
def test_a_village_of_which_most_have_no_centre_of_their_own_lacks_one(path):
    # The few at 1,900 m are within the distance.
    city = village_of_two({"d1900": 40.0}, {"d2100": 60.0})
    row = find(city, **VILLAGES, metres=1000, read_as=OWN | {"path": path}).gaps.iloc[0]
    assert row["straight_m"] == pytest.approx(850, abs=0.5)
    assert row["reason"] == "no_facility"


@pytest.mark.slow
def test_seconds_of_a_village_are_those_of_the_walk_to_its_own_centre():
    # Who walks through the first 500 m waits there for a minute.
    city = village_of_two({"d900": 50.0}, {"d100": 50.0})
    first = np.arange(city.network.edge_count) == 0
    tagged = replace(city.network, tags=replace(city.network.tags, crossing=first))
    city = replace(city, network=with_delays(tagged, crossing_s=60.0))
    found = find(city, **VILLAGES, metres=500, read_as=OWN)
    far = home(found, 900)
    assert (far["metres"], far["seconds"]) == pytest.approx((900, 900 / 1.33 + 60), abs=0.5)
    plain = home(find(city, **VILLAGES, metres=500), 100)
    assert home(found, 100)["seconds"] == pytest.approx(plain["seconds"])


@pytest.mark.slow
def test_a_village_by_its_straight_line_has_no_home_off_the_streets():
    gone = city_without(2, 3)  # nobody meets a street between 1,000 and 2,000 m
    homes = gone.demand.assign(urban_village=gone.demand["demand_id"].map({"d1600": "V0"}))
    city = replace(gone, demand=homes, urban_villages=villages((1550, 1650)))
    asked = VILLAGES | {"metres": 500}
    assert list(find(city, **asked).home_status) == ["off_network"]
    by_line = find(city, **asked, read_as={"path": "straight"})
    assert list(by_line.home_status) == ["gap"]
    near = find(city, **asked | {"metres": 600}, read_as={"path": "straight"})
    assert list(near.home_status) == ["covered"]


EMPTY = [(200, 380), (2200, 2300), (4300, 4400)]
"""In A, whose centre is at 0; in C, which has none; in no community."""


@pytest.mark.slow
@pytest.mark.parametrize("path", ["network", "straight"])
@pytest.mark.parametrize("measure", ["mean", "centre", "share", "nearest_edge"])
def test_a_village_without_homes_is_of_the_community_that_its_middle_lies_in(path, measure):
    city = little_city(PLACES, urban_villages=villages(*EMPTY))
    asked = VILLAGES | {"metres": 250, "measure": measure}
    found = find(city, **asked, read_as=OWN | {"path": path})
    rows = found.units.set_index("unit_id")
    far = {"share": [1, 1], "nearest_edge": [200, np.inf]}.get(measure, [290, np.inf])
    assert rows.loc[["V0", "V1"], "value"].astype(float).tolist() == pytest.approx(far, abs=1)
    short = "met" if measure == "nearest_edge" else "short"
    assert rows["status"].to_dict() == {"V0": short, "V1": "short", "V2": "unknown"}
    assert found.value == (1 if measure == "nearest_edge" else 2)
    assert "1 urban village lies in no community" in found.note_en
    assert "3 urban villages hold no demand point: each is measured from its middle, and of" in (
        found.note_en
    )
    assert "1 个城中村不在任何社区（村）内" in found.note_zh
    table = find(city, **asked).readings.table
    option = table.query("axis == 'to' and option == 'own_community'")
    if path == "network":
        assert option["value"].tolist() == [found.value]


def test_a_village_whose_homes_lie_in_no_community_is_not_decided():
    homes = little_city().demand
    at = homes["demand_id"] == "d900"
    homes.loc[at, ["leaf", "community"]] = None
    homes["urban_village"] = homes["demand_id"].map({"d900": "V0"})
    city = little_city(PLACES, demand=homes, urban_villages=villages((850, 950)))
    found = find(city, **VILLAGES, metres=500, read_as=OWN)
    assert found.units["status"].tolist() == ["unknown"]
    assert (found.status, found.value, len(found.gaps)) == ("unknown", None, 0)
    assert found.measures["villages_undecided"] == 1
    assert "share_candidates" not in found.measures


@pytest.mark.slow
@pytest.mark.parametrize(("metres", "candidates"), [(500, 0), (50, 1)])
def test_villages_that_are_not_decided_are_none_of_those_counted(metres, candidates):
    # V0 is 100 m from the centre of A, V1 lies in no community.
    homes = little_city().demand
    homes.loc[homes["demand_id"] == "d900", ["leaf", "community"]] = None
    homes["urban_village"] = homes["demand_id"].map({"d100": "V0", "d900": "V1"})
    city = little_city(PLACES, demand=homes, urban_villages=villages((50, 150), (850, 950)))
    found = find(city, **VILLAGES, metres=metres, read_as=OWN)
    assert (found.status, found.value, found.denominator) == ("report", candidates, 1)
    assert found.measures["share_candidates"] == candidates
    assert (found.measures["villages"], found.measures["villages_undecided"]) == (2, 1)
    table = find(city, **VILLAGES, metres=metres).readings.table
    option = table.query("axis == 'to' and option == 'own_community'")
    assert option["text"].tolist() == [f"{candidates}"]
    assert option["denominator"].tolist() == [1]

"""What was planted in the sample city is found, explained, and closed by the least that does it."""

from __future__ import annotations

import tomllib

import pytest

from builders.drawing import with_link
from livingcircle.compare.findings import difference
from livingcircle.gaps.access_test import access_tests
from livingcircle.gaps.explain import explain
from livingcircle.gaps.sensitivity import speed_sensitive
from livingcircle.scenario.apply import apply_scenario as apply
from livingcircle.scenario.model import Scenario
from livingcircle.sites import suggest_sites
from livingcircle.standards.assess import assess
from livingcircle.standards.context import Context
from livingcircle.standards.loader import load_pack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="city")
def _city(sample_city):
    return sample_city


@pytest.fixture(scope="module", name="planted")
def _planted(sample_dir):
    return tomllib.loads((sample_dir / "findings.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", name="pack")
def _pack():
    whole = load_pack("xiamen-2025")
    kept = tuple(one for one in whole.requirements if one.id in ("XM-1a", "XM-3a"))
    return whole.model_copy(update={"requirement": kept})


@pytest.fixture(scope="module", name="explained")
def _explained(city, pack):
    return explain(assess(city, pack, as_of=2025))


def gap_of(explained, standard, unit):
    gaps = explained.result.gaps(standard)
    return gaps[gaps["unit_name"] == unit].iloc[0]


def test_every_planted_gap_has_its_reason(explained, planted) -> None:
    barrier = {"gate": "compound", "river": "water", "railway": "railway"}
    for case, kind in barrier.items():
        row = gap_of(explained, planted[case]["standard"], planted[case]["unit"])
        assert row["reason"] == planted[case]["reason"], case
        assert row["barrier"] == kind, case
        assert row["detour_ratio"] > 1.5, case
    for unit in planted["island"]["units"]:
        assert gap_of(explained, "XM-1a", unit)["reason"] == "island"
    demand = explained.result.finding("XM-1a").demand
    assert demand["reason"].notna().sum() == (demand["status"] != "covered").sum()
    assert len(explained.areas) > 0


def test_the_gate_is_answered_with_the_gate(city, pack, explained, planted) -> None:
    gap = gap_of(explained, "XM-1a", planted["gate"]["unit"])
    links = explained.links[explained.links["standard"] == "XM-1a"].set_index("link_id")
    link = links.loc[gap["link_id"]]
    assert link["barrier_name"] == planted["gate"]["estate"]
    assert link["kind_en"] == "gate and path"
    assert link["length_m"] < 40
    assert link["people"] >= 0.95 * gap["people"]
    # Built, and the whole city assessed again.
    line = links.loc[[gap["link_id"]]].assign(name="东门", stairs=False)
    with_gate = apply(city, Scenario("gate", add_link=line[["name", "stairs", "geometry"]]))
    before = explained.result
    after = assess(with_gate, pack, as_of=2025)
    found = difference(before, after)
    regained = found.scorecard.set_index("id").loc["XM-1a", "people_regained"]
    assert regained == pytest.approx(link["people"])
    assert len(found.points) == link["points"]
    assert set(found.points["status_after"]) == {"covered"}


def test_links_bring_back_exactly_whom_they_promise(city, explained) -> None:
    result = explained.result
    question = next(access_tests(result.finding("XM-1a"), Context(city, 2025)))
    reach = question.reach()
    links = explained.links[explained.links["standard"] == "XM-1a"]
    for _, link in links.head(3).iterrows():
        network = with_link(reach, link)
        assert network.edge_count == reach.network.edge_count + 3
        regained = set(link["regains"])
        assert len(regained) == link["points"]
        gap = question.points.index[question.gap]
        assert regained <= set(gap)
        assert question.points.loc[list(regained), "residents"].sum() == link["people"]


def test_the_villages_need_the_fewest_sub_stations(city, planted) -> None:
    plan = suggest_sites(city, "XM-3a")
    beyond = [*planted["beyond_1000_m"]["villages"], planted["exact_village"]["village"]]
    assert sorted(plan.before.gaps["unit_name"]) == sorted(beyond)
    assert plan.solution.status == "optimal"
    assert len(plan.sites) <= len(beyond)
    assert plan.after.value == 0.0
    # Each stands in one of the villages.
    inside = city.urban_villages.set_index("name").geometry.loc[beyond].union_all()
    assert plan.sites.within(inside.buffer(1e-6)).all()


def test_the_river_and_all_other_gaps_are_closed_by_the_fewest_sites(city, planted) -> None:
    plan = suggest_sites(city, "XM-1a")
    assert plan.solution.status == "optimal"
    assert plan.after.value == 1.0
    assert len(plan.left) == 0
    units = plan.units[plan.units["level"] == "community"].set_index("name")
    assert units.loc[planted["river"]["unit"], "value_after"] == 1.0
    assert plan.people == pytest.approx(plan.before.people_left_out)
    # The gate does what a site would do: as many measures, fewer sites.
    assert plan.alternative is not None
    assert len(plan.alternative.sites) < len(plan.sites)
    assert plan.alternative.after.value == 1.0
    assert planted["gate"]["estate"] in set(plan.alternative.built_links["barrier_name"])
    best = suggest_sites(city, "XM-1a", max_sites=4, links="no")
    assert best.people == pytest.approx(best.solution.objective)


def test_points_in_the_band_depend_on_the_speed(city, pack, explained) -> None:
    finding = explained.result.finding("XM-1a")
    question = next(access_tests(finding, Context(city, 2025)))
    band = speed_sensitive(question)
    share = question.weight[band.to_numpy()].sum() / question.weight.sum()
    sure = finding.sensitivity
    assert share == pytest.approx(sure["speed+10%"] - sure["speed-10%"], abs=1e-9)
    assert finding.demand["depends"].sum() == band.sum()

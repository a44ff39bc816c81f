"""Equity: known Gini coefficients and Palma ratios, sums by hand, and what hangs on one point."""

from __future__ import annotations

import dataclasses
import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import livingcircle as lc
from builders import proved_town
from builders.drawing import PLAN, walk_network
from builders.proved_town import write_proved_town
from builders.street_city import little_city, requirement
from livingcircle.gaps import single_points as single
from livingcircle.gaps.equity import walking_tests
from livingcircle.gaps.inequality import gini, lorenz, palma
from livingcircle.network.cut_edges import cut_edges
from livingcircle.network.waiting import with_delays
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.result import Result


def one(n):
    return np.ones(n)


@pytest.mark.parametrize(
    ("values", "weight", "expected"),
    [
        ([5, 5, 5], [1, 2, 3], 0.0),
        ([1, 2, 3, 4], [1, 1, 1, 1], 0.25),
        ([0, 0, 0, 1], [1, 1, 1, 1], 0.75),  # one of n has everything: 1 - 1/n
        ([0, 10], [9, 1], 0.9),
        ([1, 3], [1, 1], 0.25),
        ([1, 3], [2, 2], 0.25),  # twice the people, the same spread
        (list(range(1, 101)), [1] * 100, 99 / 300),  # 1..n: (n - 1) / 3n
    ],
)
def test_gini_of_known_lists(values, weight, expected):
    values, weight = np.array(values, float), np.array(weight, float)
    assert gini(values, weight) == pytest.approx(expected, abs=1e-12)
    assert gini(values * 7, weight * 3) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_gini_is_the_mean_difference_over_twice_the_mean(seed):
    rng = np.random.default_rng(seed)
    values, weight = rng.exponential(9.0, 40), rng.integers(0, 8, 40).astype(float)
    people = np.repeat(values, weight.astype(int))
    difference = np.abs(people[:, None] - people[None, :]).mean()
    assert gini(values, weight) == pytest.approx(difference / (2 * people.mean()), abs=1e-12)


def test_palma_of_known_lists():
    assert palma(np.array([4.0, 4.0]), one(2)) == pytest.approx(0.25)
    # 1..10: the last has 10 of 55, the first four 1 + 2 + 3 + 4 = 10.
    assert palma(np.arange(1.0, 11.0), one(10)) == pytest.approx(1.0)
    # 1..20 by hand: 19 + 20 over 1 + ... + 8.
    assert palma(np.arange(1.0, 21.0), one(20)) == pytest.approx(39 / 36)
    # The last tenth of five people is half of the last one: 10 / 2 over 1 + 2.
    assert palma(np.array([1.0, 2.0, 3.0, 4.0, 10.0]), one(5)) == pytest.approx(5 / 3)
    assert palma(np.array([0.0, 0.0, 0.0, 0.0, 1.0]), one(5)) == np.inf
    assert np.isnan(palma(np.zeros(3), one(3)))
    assert np.isnan(gini(np.zeros(3), one(3)))
    assert np.isnan(gini(np.zeros(0), np.zeros(0)))


def test_the_curve_of_the_uniform_law_is_a_parabola():
    people, part = lorenz(np.arange(1, 2001) - 0.5, one(2000))
    assert np.abs(part - people**2).max() < 1e-9
    assert people[0] == part[0] == 0
    assert people[-1] == part[-1] == 1
    assert (np.diff(part) >= 0).all()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("equity")
    city = lc.read_city(write_proved_town(folder, seed=3, homes=150))
    return lc.assess(city, folder / "proved.toml", as_of=2025), folder


@pytest.mark.slow
def test_sums_of_equity_are_those_of_the_homes(town):
    result, _ = town
    table = result.equity("P-1")
    homes = result.finding("P-1").demand
    out = homes["status"] != "covered"
    whole = table[table["by"] == "all"].iloc[0]
    residents = pd.to_numeric(homes["residents"])
    assert whole["people"] == residents.sum()
    assert whole["beyond"] == residents[out].sum()
    assert whole["unreached"] == residents[np.isinf(homes["metres"])].sum() > 0
    reached = np.isfinite(homes["metres"]) & residents.notna()
    minutes = homes["metres"][reached] / 1.33 / 60
    mean = np.average(minutes, weights=residents[reached])
    assert whole["mean_minutes"] == pytest.approx(mean)
    who = residents[reached].to_numpy()
    apart = np.abs(minutes.to_numpy()[:, None] - minutes.to_numpy()[None, :])
    difference = np.average(apart, weights=np.outer(who, who))
    assert whole["gini"] == pytest.approx(difference / (2 * mean))
    groups = table[table["by"] == "group"].set_index("key")
    age = pd.to_numeric(homes["age65"])
    assert groups.loc["age65", "share_beyond"] == pytest.approx(age[out].sum() / age.sum())
    short = result.equity("P-2").iloc[0]
    assert short["beyond"] == result.finding("P-2").people_left_out
    inside = homes["urban_village"].notna()
    parts = table[table["by"] == "urban_village"].set_index("key")["beyond"]
    assert parts["inside"] == residents[out & inside].sum()
    assert parts.sum() == whole["beyond"]
    curve = result.lorenz("P-1")
    area = np.trapezoid(curve["minutes"], curve["people"])
    assert 1 - 2 * area == pytest.approx(whole["gini"])


def test_a_requirement_without_walks_has_no_equity(sample_dir, town):
    result, _ = town
    assert list(result.equity("P-1").columns) == list(result.equity("P-5").columns)
    with pytest.raises(lc.ConfigError):
        result.equity("P-99")


def without(result, folder, key):
    """Assess the town anew with one facility struck from its list."""
    path = folder / "facilities.csv"
    text = path.read_text("utf-8-sig")
    kept = [line for line in text.splitlines() if not line.startswith(f"{key},")]
    try:
        path.write_text("\n".join(kept) + "\n", "utf-8-sig")
        return lc.assess(lc.read_city(folder / "city.toml"), folder / "proved.toml", as_of=2025)
    finally:
        path.write_text(text, "utf-8-sig")


# Of every kind some, and those that share a place and serve two needs.
@pytest.mark.parametrize(
    "keys",
    [("f0",), pytest.param(("g0", "f3", "f5", "g5", "f7", "f9", "f11"), marks=pytest.mark.slow)],
)
def test_whom_a_facility_holds_up_is_whom_an_assessment_without_it_loses(town, keys):
    result, folder = town
    stated = {
        name: result.single_points(name).query("what == 'facility'").set_index("key")
        for name in ("P-1", "P-2", "P-3", "P-4", "P-7")
    }
    assert all(len(table) for table in stated.values())
    for key in keys:
        then = without(result, folder, key)
        for name, table in stated.items():
            before, after = (one.finding(name).demand for one in (result, then))
            lost = (before["status"] == "covered") & (after["status"] != "covered")
            group = {"P-3": "age65", "P-7": "children"}.get(name, "residents")
            people = pd.to_numeric(before[group])[lost].sum()
            if lost.any():
                assert table.loc[key, "homes_lost"] == lost.sum(), (name, key)
                assert table.loc[key, "people_lost"] == people
            else:
                assert key not in table.index


def walk_graph(reach, shut):
    """The streets, cut at facilities, without those of one edge; and where each piece lies."""
    network, graph = reach.network, nx.MultiGraph()
    graph.add_nodes_from(range(network.node_count))
    pieces = {}
    for e in range(network.edge_count):
        stops = [(0.0, int(network.edge_u[e]))]
        here = np.flatnonzero(reach.anchors.edge == e)
        stops += sorted((float(reach.anchors.offset_m[k]), f"f{k}") for k in here)
        stops.append((float(network.edge_length_m[e]), int(network.edge_v[e])))
        pieces[e] = stops
        for (a, one_end), (b, other) in itertools.pairwise(stops):
            if e != shut:
                graph.add_edge(one_end, other, weight=b - a)
            else:
                graph.add_nodes_from([one_end, other])
    return graph, pieces


def costs_without(reach, anchors, shut):
    graph, pieces = walk_graph(reach, shut)
    for k in np.flatnonzero(reach.anchors.on_network):
        graph.add_edge("all", f"f{k}", weight=float(reach.anchors.access_m[k]))
    cost = nx.single_source_dijkstra_path_length(nx.Graph(_least(graph)), "all")
    out = np.full(len(anchors.edge), np.inf)
    for i in np.flatnonzero(anchors.edge >= 0):
        x = anchors.offset_m[i]
        for (a, one_end), (b, other) in itertools.pairwise(pieces[int(anchors.edge[i])]):
            if a <= x <= b:
                near = min(cost.get(one_end, np.inf) + x - a, cost.get(other, np.inf) + b - x)
                out[i] = min(out[i], near + anchors.access_m[i])
    return out


def _least(graph):
    least = nx.Graph()
    for a, b, data in graph.edges(data=True):
        if a != b and data["weight"] < least.get_edge_data(a, b, {"weight": np.inf})["weight"]:
            least.add_edge(a, b, weight=data["weight"])
    return least


@pytest.mark.slow
def test_a_small_network_has_every_street_closed_that_may_rank(tmp_path, monkeypatch):
    """The most walked streets have another way round: the worst one comes far behind them."""
    monkeypatch.setattr(proved_town, "PRIVATE", {**proved_town.STREET, "bridge": "yes"})
    result = lc.assess(lc.read_city(write_proved_town(tmp_path, seed=6)), tmp_path / "proved.toml")
    test = next(iter(walking_tests(result, "P-7")))
    monkeypatch.setattr(single, "SEARCHES", 1)
    told = single._closed_streets(test, 1)
    monkeypatch.setattr(single, "SEARCHES", 10_000)
    assert told == single._closed_streets(test, 1)


@pytest.mark.slow
def test_streets_are_ranked_by_whom_a_search_without_them_loses(tmp_path, monkeypatch):
    monkeypatch.setattr(proved_town, "PRIVATE", {**proved_town.STREET, "bridge": "yes"})
    path = write_proved_town(tmp_path, seed=6)
    result = lc.assess(lc.read_city(path), tmp_path / "proved.toml", as_of=2025)
    ctx, seen = result.context, 0
    for name in ("P-1", "P-2", "P-7"):
        table = result.single_points(name, most=4).query("what != 'facility'")
        test = next(iter(result.finding(name).requirement.parts)).access_tests(
            ctx, result.finding(name).parts[0]
        )[0]
        reach, limit = test.reach(), test.limit_m
        anchors = ctx.travel.anchors(reach)
        now = costs_without(reach, anchors, None) <= limit + 1e-6
        group = "children" if name == "P-7" else "residents"
        people = pd.to_numeric(result.city.demand[group]).fillna(0).to_numpy()
        assert (now == (result.finding(name).demand["status"] == "covered")).all()
        tags = reach.network.tags
        able = np.flatnonzero(tags.bridge | cut_edges(reach.network))
        lost = {}
        for edge in able:
            gone = now & ~(costs_without(reach, anchors, edge) <= limit + 1e-6)
            if gone.any():
                lost[str(edge)] = float(people[gone].sum())
        best = sorted(lost.values(), reverse=True)[:4]
        seen += len(lost)
        assert len(table) == min(4, len(lost))
        assert table["people_lost"].tolist() == best
        for row in table.itertuples():
            assert lost[row.key] == row.people_lost
            assert row.what == ("bridge" if tags.bridge[int(row.key)] else "only_way")
    assert seen > 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_cut_edges_are_those_that_networkx_finds(seed):
    rng = np.random.default_rng(seed)
    corners = [(float(x), float(y)) for x in range(0, 700, 100) for y in range(0, 600, 100)]
    lines = []
    for x, y in corners:
        for other in ((x + 100, y), (x, y + 100)):
            if other in corners and rng.random() < 0.62:
                lines.append(PLAN.line((x, y), other))
                if rng.random() < 0.1:  # a second way between the same corners
                    bend = ((x + other[0]) / 2 + 20, (y + other[1]) / 2 + 20)
                    lines.append(PLAN.line((x, y), bend, other))
    network = walk_network(lines)
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(network.node_count))
    graph.add_edges_from(
        zip(network.edge_u, network.edge_v, range(network.edge_count), strict=True)
    )
    pieces = nx.number_connected_components(graph)
    found = cut_edges(network)
    for u, v, e in list(graph.edges(keys=True)):
        graph.remove_edge(u, v, e)
        assert (nx.number_connected_components(graph) > pieces) == found[e]
        graph.add_edge(u, v, e)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [{"metres": 1000}, {"minutes": 20}])
def test_minutes_of_a_limit_in_metres_have_the_waiting_too(limit):
    # Who walks through the first 500 m waits there for a minute; C and D reach the same centre.
    city = little_city([{"x": 0, "of": "service_centre"}])
    first = np.arange(city.network.edge_count) == 0
    tagged = dataclasses.replace(
        city.network, tags=dataclasses.replace(city.network.tags, crossing=first)
    )
    city = dataclasses.replace(city, network=with_delays(tagged, crossing_s=60.0))
    ctx = Context(city, 2025)
    asked = requirement(kind="circle", categories=["service_centre"], **limit)
    result = Result(city, (assess_requirement(asked, ctx),), (), 2025, context=ctx)
    metres = city.demand["demand_id"].str[1:].astype(float)
    seconds = metres / 1.33 + np.where(metres > 500, 60.0, 0.12 * metres)
    told = result.equity("T-1").iloc[0]["mean_minutes"]
    assert told == pytest.approx(seconds.mean() / 60, abs=0.01)

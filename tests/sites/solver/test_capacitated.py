"""Capacitated models against brute force over all subsets, each judged by a maximum flow."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from livingcircle.sites.solver.max_flow import Loads, max_flow
from livingcircle.sites.solver.models import lscp, mclp, p_center, p_median
from livingcircle.sites.solver.partial_cover import fewest_for
from livingcircle.sites.solver.problem import Problem
from livingcircle.sites.solver.transport import assign_by_transport


def carried(problem: Problem, plan: list[int]) -> int:
    """Most weight that a plan can max_flow, by networkx."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    entries = coo_array(problem.metres)
    for i, j in zip(entries.row, entries.col, strict=True):
        if j in plan and not problem.served[i]:
            graph.add_edge("from", ("d", i), capacity=int(problem.weight[i]))
            graph.add_edge(("d", i), ("s", j))
            graph.add_edge(("s", j), "to", capacity=int(problem.capacity[j]))
    return int(nx.maximum_flow_value(graph, "from", "to"))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    full = rng.integers(0, 9, (n, m)) * 100.0
    full[rng.random((n, m)) < 0.4] = np.inf
    rows, cols = np.nonzero(np.isfinite(full))
    matrix = csr_array(coo_array((full[rows, cols], (rows, cols)), shape=(n, m)))
    fixed = rng.random(m) < 0.2
    pairs = np.array(list(combinations(range(m), 2)), dtype=np.int64).reshape(-1, 2)
    incompatible_pairs = pairs[rng.random(len(pairs)) < 0.2] if draw(st.booleans()) else pairs[:0]
    return Problem.of(
        matrix,
        rng.integers(0, 6, n).astype(float),
        served=rng.random(n) < 0.15,
        site_cost=rng.integers(1, 4, m).astype(float),
        fixed=fixed,
        incompatible_pairs=incompatible_pairs[~fixed[incompatible_pairs].any(axis=1)],
        capacity=rng.integers(1, 12, m).astype(float),
    )


def plans(problem: Problem):
    m = problem.shape[1]
    fixed = set(np.flatnonzero(problem.fixed))
    for size in range(m + 1):
        for plan in combinations(range(m), size):
            inside = set(plan)
            if fixed <= inside and not any({a, b} <= inside for a, b in problem.incompatible_pairs):
                yield list(plan)


def holds(problem: Problem, solution) -> None:
    """Nobody is sent twice, and no site is overfull."""
    assert solution.shares is not None
    per_site = solution.shares.T @ problem.weight
    assert (per_site <= problem.capacity + 1e-6).all()
    assert (solution.shares.sum(axis=1) <= 1 + 1e-9).all()
    assert np.isin(np.flatnonzero(per_site > 1e-9), solution.chosen).all()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems())
def test_fewest_with_room_for_all(problem: Problem) -> None:
    everybody = problem.weight[problem.open_rows].sum()
    costs = [
        problem.site_cost[plan].sum()
        for plan in plans(problem)
        if carried(problem, plan) == everybody
    ]
    solution = lscp(problem)
    holds(problem, solution)
    amount = problem.weight @ solution.shares.sum(axis=1)
    if not costs:
        assert solution.status == "infeasible"
        assert amount == pytest.approx(max(carried(problem, plan) for plan in plans(problem)))
        return
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(min(costs))
    assert amount == pytest.approx(everybody)


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 4), st.booleans())
def test_best_with_room_for_most(problem: Problem, extra: int, money: bool) -> None:
    if money:
        sites, budget = None, float(problem.site_cost[problem.fixed].sum() + extra)
    else:
        sites, budget = int(problem.fixed.sum()) + extra, None
    best = max(
        carried(problem, plan)
        for plan in plans(problem)
        if (sites is None or len(plan) <= sites)
        and (budget is None or problem.site_cost[plan].sum() <= budget)
    )
    solution = mclp(problem, sites=sites, budget=budget)
    holds(problem, solution)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best)
    assert sites is None or len(solution.chosen) <= sites
    assert budget is None or problem.site_cost[solution.chosen].sum() <= budget


def least_walks(problem: Problem, plan: list[int]) -> float:
    """Least sum of weight × metres over a plan by min-cost flow; inf where somebody has no way."""
    graph = nx.DiGraph()
    entries = coo_array(problem.metres)
    need = 0
    reached = {int(i) for i in entries.row}
    for i, amount in enumerate(problem.weight.astype(int)):
        if not amount or (np.isinf(problem.fallback_m[i]) and i not in reached):
            continue
        need += amount
        graph.add_edge("from", ("d", i), capacity=int(amount))
        if np.isfinite(problem.fallback_m[i]):
            graph.add_edge(("d", i), "to", weight=int(problem.fallback_m[i]))
    for i, j, metres in zip(entries.row, entries.col, entries.data, strict=True):
        if j in plan and ("d", i) in graph:
            graph.add_edge(("d", i), ("s", j), weight=int(metres))
            graph.add_edge(("s", j), "to", capacity=int(problem.capacity[j]))
    if not need:
        return 0.0
    if "to" not in graph or nx.maximum_flow_value(graph, "from", "to") < need:
        return np.inf
    flow = nx.max_flow_min_cost(graph, "from", "to")
    return float(nx.cost_of_flow(graph, flow))


def in_limits(problem: Problem, sites: int):
    return (plan for plan in plans(problem) if len(plan) <= sites)


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 4), st.booleans())
def test_median_of_full_sites_walks_the_least(problem: Problem, extra: int, way_out: bool) -> None:
    if way_out:
        rng = np.random.default_rng(int(problem.weight.sum()) + extra)
        other = rng.integers(0, 9, problem.shape[0]) * 100.0
        problem = replace(problem, fallback_m=other)
    sites = int(problem.fixed.sum()) + extra
    best = min(least_walks(problem, plan) for plan in in_limits(problem, sites))
    solution = p_median(problem, sites=sites)
    if np.isinf(best):
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best)
    assert least_walks(problem, list(solution.chosen)) == pytest.approx(best)
    holds(problem, solution)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 4))
def test_center_of_full_sites_shortens_the_longest_walk(problem: Problem, extra: int) -> None:
    sites = int(problem.fixed.sum()) + extra
    # Nobody without weight, and nobody whom no candidate reaches.
    asked = (problem.weight > 0) & (np.diff(problem.metres.indptr) > 0)
    problem = Problem.of(
        problem.metres[np.flatnonzero(asked)],
        problem.weight[asked],
        fixed=problem.fixed,
        incompatible_pairs=problem.incompatible_pairs,
        capacity=problem.capacity,
    )
    radii = np.unique(problem.metres.data)
    longest = np.inf
    for radius in radii[::-1]:
        part = coo_array(problem.metres)
        keep = part.data <= radius
        near = csr_array(
            coo_array((part.data[keep], (part.row[keep], part.col[keep])), shape=part.shape)
        )
        short = replace(problem, metres=near)
        if not any(
            carried(short, plan) == problem.weight.sum() for plan in in_limits(problem, sites)
        ):
            break
        longest = radius
    solution = p_center(problem, sites=sites)
    if not asked.any():
        assert solution.objective == 0.0
        return
    if np.isinf(longest):
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.objective == longest
    holds(problem, solution)


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(1, 25))
def test_the_fewest_full_sites_for_enough(problem: Problem, needed: int) -> None:
    problem = replace(problem, site_cost=np.ones(problem.shape[1]))
    sizes = [len(plan) for plan in plans(problem) if carried(problem, plan) >= needed]
    solution = fewest_for(problem, float(needed))
    if not sizes:
        assert solution.status == "infeasible"
        assert np.isinf(solution.gap)
        return
    assert (solution.status, solution.objective) == ("optimal", min(sizes))
    assert problem.weight @ solution.shares.sum(axis=1) >= needed - 1e-6
    holds(problem, solution)


def whole_walks(problem: Problem, plan: list[int]) -> float:
    """Least sum where each point goes to one site as a whole, by trying every way."""
    full = np.full(problem.shape, np.inf)
    entries = coo_array(problem.metres)
    full[entries.row, entries.col] = entries.data
    best = np.inf
    for way in product(plan, repeat=problem.shape[0]):
        load = np.bincount(way, problem.weight, minlength=problem.shape[1])
        if (load <= problem.capacity).all():
            best = min(best, problem.weight @ full[np.arange(len(way)), list(way)])
    return float(best)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_whole_points_go_to_one_site_each(seed: int, sites: int) -> None:
    rng = np.random.default_rng(seed)
    problem = Problem.of(
        rng.integers(0, 9, (5, 4)) * 100.0,
        rng.integers(1, 6, 5).astype(float),
        capacity=rng.integers(3, 12, 4).astype(float),
        split=False,
    )
    best = min(whole_walks(problem, list(p)) for p in combinations(range(4), min(sites, 4)))
    solution = p_median(problem, sites=sites)
    if np.isinf(best):
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best)
    holds(problem, solution)
    assert set(np.unique(solution.shares.data)) == {1.0}


def test_a_full_station_sends_the_rest_to_the_next() -> None:
    # 100 households live at the first station, which has room for 60; the next is 200 m away.
    matrix = csr_array(np.array([[1e-9, 200.0]]))
    problem = Problem.of(matrix, np.array([100.0]), capacity=np.array([60.0, 60.0]))
    shares = assign_by_transport(problem, np.array([0, 1]), metres_count=False)
    assert shares.toarray()[0] == pytest.approx([0.6, 0.4])


def scattered(
    seed: int, points: int, sites: int, *, reach_m: float
) -> tuple[csr_array, np.ndarray]:
    """Homes and candidates anywhere in 4 by 4 km of square blocks, 1 to 8 people a home."""
    rng = np.random.default_rng(seed)
    at, there = rng.random((points, 2)) * 4000, rng.random((sites, 2)) * 4000
    full = np.abs(at[:, None] - there).sum(axis=2)
    full[full > reach_m] = 0.0
    return csr_array(full), rng.integers(1, 9, points).astype(float)


@pytest.mark.slow
def test_large_problems_state_a_bound_that_holds() -> None:
    metres, weight = scattered(3, 1500, 120, reach_m=2500.0)
    problem = Problem.of(metres, weight, capacity=np.full(120, weight.sum() / 40))
    solution = lscp(problem, seconds=5.0)
    assert solution.status == "heuristic"
    assert 40 <= solution.bound <= solution.objective <= 1.15 * solution.bound
    assert len(solution.left) == 0
    holds(problem, solution)


@settings(max_examples=60, deadline=None)
@given(problems(), st.booleans())
def test_the_flow_is_a_maximum_and_never_promises_too_much(problem: Problem, split: bool) -> None:
    # Thirds are not whole: the flow then rounds, against itself.
    unit = 3.0 if split else 1.0
    scaled = replace(problem, weight=problem.weight / unit, capacity=problem.capacity / unit)
    loads = Loads.of(scaled)
    plan = np.arange(0, problem.shape[1], 2)
    flow = max_flow(loads, plan)
    right = carried(problem, list(plan))
    assert flow.amount / max(loads.whole, 1) * loads.total * unit == pytest.approx(right, abs=1e-6)
    assert (right >= problem.weight[problem.open_rows].sum()) or flow.amount < loads.whole
    assert flow.left.sum() == loads.whole - flow.amount
    # One more site adds at most what it is said to relieve, and something where that is not 0.
    relief = flow.relief(loads)
    for j in range(1, problem.shape[1], 2):
        more = max_flow(loads, np.union1d(plan, j)).amount - flow.amount
        assert min(relief[j], 1) <= more <= relief[j]


@pytest.mark.slow
def test_a_plan_of_full_sites_comes_near_what_they_can_hold() -> None:
    metres, weight = scattered(11, 3000, 300, reach_m=1000.0)
    room = np.full(300, weight.sum() / 30)
    problem = Problem.of(metres, weight, capacity=room)
    for scale in (1.0, 1 / 3):
        scaled = replace(problem, weight=weight * scale, capacity=room * scale)
        all_of_it = lscp(scaled, seconds=6.0)
        assert len(all_of_it.left) == 0
        assert all_of_it.gap < 0.2
        holds(scaled, all_of_it)
        most = mclp(scaled, sites=20, seconds=6.0)
        assert most.gap < 0.02
        holds(scaled, most)


@pytest.mark.slow
def test_neighbours_that_exclude_each_other_and_fixed_sites_hold_in_large_plans() -> None:
    rng = np.random.default_rng(12)
    at, sites = rng.random((2000, 2)) * 4000, rng.random((200, 2)) * 4000
    full = np.abs(at[:, None] - sites).sum(axis=2)
    full[full > 1500] = 0.0
    between = np.abs(sites[:, None] - sites).sum(axis=2)
    fixed = np.arange(200) < 2
    incompatible_pairs = np.argwhere(np.triu(between < 150, 1))
    incompatible_pairs = incompatible_pairs[~fixed[incompatible_pairs].all(axis=1)]
    weight = rng.integers(1, 9, 2000).astype(float)
    problem = Problem.of(
        csr_array(full),
        weight,
        site_cost=rng.integers(1, 4, 200).astype(float),
        fixed=fixed,
        incompatible_pairs=incompatible_pairs,
        capacity=np.full(200, weight.sum() / 20),
    )
    runs = [lscp(problem, seconds=20.0), mclp(problem, budget=20.0)]
    for solution in runs:
        holds(problem, solution)
        assert {0, 1} <= set(solution.chosen)
        assert not np.isin(incompatible_pairs, solution.chosen).all(axis=1).any()
    assert len(runs[0].left) == 0
    assert problem.site_cost[runs[1].chosen].sum() <= 20
    again = lscp(problem, seconds=20.0)
    assert (again.chosen == runs[0].chosen).all()

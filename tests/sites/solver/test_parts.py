"""The parts of the solver, each by itself, against all subsets of small problems."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from livingcircle.sites.solver.bounds import bound_cover, bound_walks
from livingcircle.sites.solver.capacitated_heuristic import PlanLimits, best_plan, cheapest_plan
from livingcircle.sites.solver.max_flow import Loads
from livingcircle.sites.solver.problem import Problem
from livingcircle.sites.solver.reduce import (
    merge_rows,
    reduce_cover,
    undominated_columns,
    undominated_rows,
)
from livingcircle.sites.solver.row_weighting import improve_cover
from livingcircle.sites.solver.search import (
    build_walks,
    conflict_matrix,
    exchange_sites,
    greedy_cover,
    perturb_sites,
    walks_of,
)

NONE = np.zeros(0, dtype=np.int64)
ALONE = np.zeros((0, 2), dtype=np.int64)
SEEDS = range(12)


def random_cover(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Twelve rows, nine candidates; every row has one; whole costs."""
    rng = np.random.default_rng(seed)
    full = rng.random((12, 9)) < 0.3
    full[np.arange(12), rng.integers(0, 9, 12)] = True
    return full, rng.integers(1, 6, 9).astype(float)


def covers(full: np.ndarray) -> list[list[int]]:
    """Every set of candidates that covers all rows."""
    m = full.shape[1]
    sets = (list(plan) for k in range(m + 1) for plan in combinations(range(m), k))
    return [plan for plan in sets if full[:, plan].any(axis=1).all()]


def ones(full: np.ndarray) -> csr_array:
    return csr_array(full.astype(float))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_reduced_cover_costs_what_the_whole_one_costs(seed):
    full, cost = random_cover(seed)
    least = min(cost[plan].sum() for plan in covers(full))
    small = reduce_cover(ones(full), cost, keep_all=np.zeros(9, dtype=bool))
    rest = small.matrix.toarray() > 0
    inner = min(small.cost[plan].sum() for plan in covers(rest)) if rest.size else 0.0
    assert cost[small.forced].sum() + inner == least
    assert not set(small.forced) & set(small.columns)


def test_equal_rows_are_one_row_with_the_sum_of_the_weights():
    full = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    merged, weight, group = merge_rows(ones(full), np.array([5.0, 7.0, 11.0]))
    assert merged.toarray().tolist() == [[1, 0, 1], [0, 1, 0]]
    assert weight.tolist() == [16, 7]
    assert group.tolist() == [0, 1, 0]


def test_dominance_looks_at_money_and_leaves_named_candidates_alone():
    full = ones(np.array([[1, 1, 1], [0, 1, 1]]))
    assert undominated_columns(full, np.array([1.0, 1.0, 1.0])).tolist() == [False, True, False]
    assert undominated_columns(full, np.array([0.5, 2.0, 1.0])).tolist() == [True, False, True]
    named = np.array([True, False, False])
    assert undominated_columns(full, np.ones(3), named).tolist() == [True, True, False]
    assert undominated_rows(ones(np.array([[1, 1], [0, 1], [0, 1]]))).tolist() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cover_bound_is_below_every_cover_and_rules_out_no_better_one(seed):
    full, cost = random_cover(seed)
    every = covers(full)
    least = min(cost[plan].sum() for plan in every)
    found = bound_cover(ones(full), cost, None, conflict_matrix(ALONE, 9))
    assert found.bound <= least
    for j in range(9):
        with_it = min(cost[plan].sum() for plan in every if j in plan)
        assert found.lifted[j] <= with_it + 1e-6
    upper = cost.sum()
    out = set(np.flatnonzero(found.ruled_out(upper)))
    assert not any(out & set(plan) for plan in every if cost[plan].sum() < upper)


def test_the_bound_of_an_odd_ring_is_the_linear_programme_rounded_up():
    # Each of 7 candidates covers two neighbours: the linear programme takes half of each, 3.5.
    ring = np.eye(7) + np.roll(np.eye(7), 1, axis=1)
    assert bound_cover(ones(ring), np.ones(7), np.arange(7), conflict_matrix(ALONE, 7)).bound == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_row_weighting_starts_from_everything_and_finds_the_best_cover(seed):
    full, cost = random_cover(seed)
    least = min(cost[plan].sum() for plan in covers(full))
    plan = improve_cover(ones(full), cost, np.arange(9), bound=0.0)
    assert full[:, plan].any(axis=1).all()
    assert cost[plan].sum() == least


def test_a_wide_site_that_two_others_make_needless_goes():
    full = np.zeros((6, 3), dtype=bool)
    full[[0, 1, 3, 4], 0] = True
    full[:3, 1] = True
    full[3:, 2] = True
    assert improve_cover(ones(full), np.ones(3), np.arange(3), bound=2.0).tolist() == [1, 2]
    greedy = greedy_cover(ones(full), np.ones(3), np.ones(3), NONE, conflict_matrix(ALONE, 3))
    assert greedy.tolist() == [1, 2]


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_and_searches_of_walks_enclose_the_best_plan(seed):
    rng = np.random.default_rng(seed)
    metres = rng.integers(1, 100, (12, 9)).astype(float)
    weight = rng.integers(1, 9, 12).astype(float)
    walks = walks_of(csr_array(metres), weight, np.full(12, 1e3), np.ones(9), ALONE, most=3)
    plans = [list(plan) for plan in combinations(range(9), 3)]
    least = min(weight @ metres[:, plan].min(axis=1) for plan in plans)
    start = build_walks(walks, NONE)
    better = exchange_sites(walks, start, NONE)
    best = perturb_sites(walks, better, NONE, rounds=40)
    assert walks.total(start) >= walks.total(better) >= walks.total(best) == least
    found = bound_walks(walks, NONE, start)
    assert found.bound <= least * (1 + 1e-12)
    for j in range(9):
        with_it = min(weight @ metres[:, plan].min(axis=1) for plan in plans if j in plan)
        assert found.lifted[j] <= with_it * (1 + 1e-9)


def carried(full: np.ndarray, load: np.ndarray, room: np.ndarray, plan: list[int]) -> float:
    """The smallest cut (Ford and Fulkerson): rows beyond it are lost, or their sites are full."""
    n = len(load)
    sides = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(bool)
    sites = (sides.astype(int) @ full[:, plan].astype(int)) > 0
    return float((~sides @ load + sites @ room[plan]).min())


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_full_sites_carry_what_they_are_said_to_and_little_is_missed(seed):
    rng = np.random.default_rng(seed)
    full, _ = random_cover(seed)
    full = full[:10, :8] | (np.arange(10)[:, None] % 8 == np.arange(8))
    load, room = rng.integers(1, 9, 10).astype(float), rng.integers(8, 25, 8).astype(float)
    metres = csr_array(full.astype(float))
    problem = Problem.of(metres, load, capacity=room)
    loads, plans = Loads.of(problem), [list(p) for p in combinations(range(8), 3)]

    limits = PlanLimits.of(problem, 3, None)
    plan = best_plan(loads, limits, NONE, until=np.inf)
    most = max(carried(full, load, room, p) for p in plans)
    assert len(plan) <= 3
    assert 0.9 * most <= carried(full, load, room, list(plan)) <= most

    whole = [
        len(p)
        for k in range(9)
        for p in combinations(range(8), k)
        if carried(full, load, room, list(p)) == load.sum()
    ]
    found = cheapest_plan(loads, PlanLimits.of(problem, None, None), NONE, bound=0.0, until=np.inf)
    assert (found is None) == (not whole)
    if found is not None:
        assert carried(full, load, room, list(found)) == load.sum()
        assert len(found) <= min(whole) + 1

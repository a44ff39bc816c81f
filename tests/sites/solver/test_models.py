"""The location models against brute force over all subsets, and against answers known by heart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from livingcircle.errors import ConfigError, InputError
from livingcircle.sites.solver.models import lscp, mclp, p_center, p_median
from livingcircle.sites.solver.partial_cover import fewest_for
from livingcircle.sites.solver.problem import Problem, Solution

PATIENT = settings(max_examples=60, deadline=None)


def sparse(full: np.ndarray) -> csr_array:
    """Explicit entries where the table is finite, zeros included."""
    rows, cols = np.nonzero(np.isfinite(full))
    return csr_array(coo_array((full[rows, cols], (rows, cols)), shape=full.shape))


def plans(problem: Problem, sites: int | None = None, budget: float | None = None):
    """Every set of candidates that keeps the side conditions, by brute force."""
    m = problem.shape[1]
    fixed = set(np.flatnonzero(problem.fixed))
    for size in range(m + 1 if sites is None else min(sites, m) + 1):
        for plan in combinations(range(m), size):
            inside = set(plan)
            if not fixed <= inside or any({a, b} <= inside for a, b in problem.incompatible_pairs):
                continue
            if budget is not None and problem.site_cost[list(plan)].sum() > budget + 1e-9:
                continue
            yield list(plan)


def table(problem: Problem) -> np.ndarray:
    full = np.full(problem.shape, np.inf)
    entries = coo_array(problem.metres)
    full[entries.row, entries.col] = entries.data
    return full


def walk_of(problem: Problem, plan: list[int]) -> np.ndarray:
    near = table(problem)[:, plan].min(axis=1, initial=np.inf)
    return np.minimum(near, problem.fallback_m)


@st.composite
def small_problems(draw: st.DrawFn, *, finite: bool = False, conflicts: bool = True) -> Problem:
    n, m = draw(st.integers(1, 9)), draw(st.integers(1, 7))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    full = rng.integers(0, 6, (n, m)) * 100.0
    full[rng.random((n, m)) < draw(st.sampled_from([0.0, 0.4, 0.7]))] = np.inf
    cost = rng.integers(1, 4, m).astype(float) if draw(st.booleans()) else np.ones(m)
    pairs = np.array(list(combinations(range(m), 2)), dtype=np.int64).reshape(-1, 2)
    incompatible_pairs = (
        pairs[rng.random(len(pairs)) < 0.25] if conflicts and draw(st.booleans()) else None
    )
    fixed = rng.random(m) < 0.15
    if incompatible_pairs is not None and fixed[incompatible_pairs].all(axis=1).any():
        fixed[:] = False
    otherwise = rng.integers(0, 8, n) * 100.0
    return Problem.of(
        sparse(full),
        rng.integers(0, 5, n).astype(float),
        served=rng.random(n) < 0.2,
        fallback_m=otherwise if finite else None,
        site_cost=cost,
        fixed=fixed,
        incompatible_pairs=incompatible_pairs,
    )


def holds(solution: Solution) -> None:
    """What every answer promises."""
    assert solution.status == "optimal"
    assert solution.gap == 0.0
    assert np.all(np.diff(solution.chosen) > 0)
    assert np.isin(solution.assigned[solution.assigned >= 0], solution.chosen).all()


@PATIENT
@given(small_problems())
def test_fewest_is_the_cheapest_covering_subset(problem: Problem) -> None:
    rows = problem.open_rows
    covers = np.isfinite(table(problem))
    costs = [
        problem.site_cost[plan].sum()
        for plan in plans(problem)
        if covers[np.ix_(rows, plan)].any(axis=1).all()
    ]
    solution = lscp(problem)
    if not costs:
        assert solution.status == "infeasible"
        most = max(covers[np.ix_(rows, plan)].any(axis=1).sum() for plan in plans(problem))
        assert (solution.assigned >= 0).sum() == most
        return
    holds(solution)
    assert solution.objective == pytest.approx(min(costs))
    assert set(solution.left) == set(problem.unreachable)


@PATIENT
@given(small_problems(), st.integers(0, 4), st.booleans())
def test_best_cover_serves_the_most_weight(problem: Problem, limit: int, money: bool) -> None:
    sites, budget = (None, float(limit)) if money else (limit, None)
    rows = problem.open_rows
    covers = np.isfinite(table(problem))
    served = [
        problem.weight[rows] @ covers[np.ix_(rows, plan)].any(axis=1)
        for plan in plans(problem, sites, budget)
    ]
    if not served:
        with pytest.raises(ConfigError):
            mclp(problem, sites=sites, budget=budget)
        return
    solution = mclp(problem, sites=sites, budget=budget)
    holds(solution)
    assert solution.objective == pytest.approx(max(served))
    assert money or len(solution.chosen) <= limit
    assert not money or problem.site_cost[solution.chosen].sum() <= limit


@PATIENT
@given(small_problems(finite=True), st.integers(0, 4), st.booleans())
def test_median_walks_the_least(problem: Problem, limit: int, money: bool) -> None:
    sites, budget = (None, float(limit)) if money else (limit, None)
    sums = [problem.weight @ walk_of(problem, p) for p in plans(problem, sites, budget)]
    if not sums:
        with pytest.raises(ConfigError):
            p_median(problem, sites=sites, budget=budget)
        return
    solution = p_median(problem, sites=sites, budget=budget)
    holds(solution)
    counted = problem.weight @ walk_of(problem, list(solution.chosen))
    assert solution.objective == pytest.approx(min(sums))
    assert counted == pytest.approx(min(sums))


@PATIENT
@given(small_problems(finite=False), st.integers(1, 4))
def test_median_without_a_way_out_serves_everyone(problem: Problem, sites: int) -> None:
    if problem.fixed.sum() > sites:
        return
    reachable = np.isfinite(table(problem)).any(axis=1) & (problem.weight > 0)
    sums = []
    for plan in plans(problem, sites):
        walk = walk_of(problem, plan)[reachable]
        if np.isfinite(walk).all():
            sums.append(problem.weight[reachable] @ walk)
    solution = p_median(problem, sites=sites)
    if not sums:
        assert solution.status == "infeasible"
        return
    holds(solution)
    assert solution.objective == pytest.approx(min(sums))


@PATIENT
@given(small_problems(finite=True), st.integers(1, 4), st.booleans())
def test_center_shortens_the_longest_walk(problem: Problem, limit: int, money: bool) -> None:
    sites, budget = (None, float(limit)) if money else (limit, None)
    longest = [walk_of(problem, plan).max() for plan in plans(problem, sites, budget)]
    if not longest:
        with pytest.raises(ConfigError):
            p_center(problem, sites=sites, budget=budget)
        return
    solution = p_center(problem, sites=sites, budget=budget)
    holds(solution)
    assert solution.objective == pytest.approx(min(longest))
    assert walk_of(problem, list(solution.chosen)).max() == pytest.approx(min(longest))


@PATIENT
@given(small_problems(conflicts=False), st.integers(1, 4))
def test_a_further_candidate_never_worsens_the_best(problem: Problem, sites: int) -> None:
    free = Problem.of(problem.metres, problem.weight, served=problem.served)
    fewer = Problem.of(problem.metres[:, :-1], problem.weight, served=problem.served)
    assert mclp(free, sites=sites).objective >= mclp(fewer, sites=sites).objective - 1e-9
    before, after = lscp(fewer), lscp(free)
    if len(after.unreachable) == len(before.unreachable):
        assert after.objective <= before.objective


@PATIENT
@given(small_problems(conflicts=False))
def test_the_fewest_sites_close_all_when_they_stand(problem: Problem) -> None:
    solution = lscp(problem)
    built = problem.metres[:, solution.chosen]
    served = problem.served | (np.diff(built.indptr) > 0)
    again = lscp(Problem.of(problem.metres, problem.weight, served=served))
    assert len(again.chosen) == 0
    assert set(again.left) == set(problem.unreachable)
    most = mclp(problem, budget=solution.objective)
    assert most.objective == pytest.approx(problem.weight[problem.open_rows].sum())


@PATIENT
@given(small_problems(), st.integers(1, 20))
def test_the_fewest_sites_for_enough(problem: Problem, needed: int) -> None:
    problem = replace(problem, site_cost=np.ones(problem.shape[1]))
    rows = problem.open_rows
    covers = np.isfinite(table(problem))
    sizes = [
        len(plan)
        for plan in plans(problem)
        if problem.weight[rows] @ covers[np.ix_(rows, plan)].any(axis=1) >= needed
    ]
    solution = fewest_for(problem, float(needed))
    if not sizes:
        assert solution.status == "infeasible"
        return
    holds(solution)
    assert len(solution.chosen) == solution.objective == min(sizes)
    assert problem.weight[solution.assigned >= 0].sum() >= needed


def line(length: int, spacing: float, limit: float) -> csr_array:
    """Demand and candidates at the same points along a street."""
    at = np.arange(length) * spacing
    full = np.abs(at[:, None] - at[None, :])
    full[full > limit] = np.inf
    return sparse(full)


@pytest.mark.parametrize(("points", "reach"), [(1, 3), (7, 3), (8, 3), (50, 4), (100, 1)])
def test_a_street_needs_one_site_per_stretch(points: int, reach: int) -> None:
    solution = lscp(Problem.of(line(points, 100.0, reach * 100.0)))
    assert len(solution.chosen) == -(-points // (2 * reach + 1))
    holds(solution)


@pytest.mark.parametrize(("points", "reach"), [(12, 1), (13, 1), (60, 5), (61, 5)])
def test_a_ring_needs_one_site_per_stretch_all_around(points: int, reach: int) -> None:
    at = np.arange(points)
    steps = np.abs(at[:, None] - at[None, :])
    full = np.minimum(steps, points - steps).astype(float)
    full[full > reach] = np.inf
    solution = lscp(Problem.of(sparse(full)))
    assert len(solution.chosen) == -(-points // (2 * reach + 1))
    holds(solution)


@pytest.mark.parametrize(("side", "expected"), [(3, 3), (4, 4), (5, 7), (6, 10), (7, 12), (8, 16)])
def test_a_grid_needs_its_domination_number(side: int, expected: int) -> None:
    # The domination numbers of the square grids: OEIS A104519.
    x, y = np.divmod(np.arange(side * side), side)
    full = (np.abs(x[:, None] - x) + np.abs(y[:, None] - y)).astype(float)
    full[full > 1] = np.inf
    solution = lscp(Problem.of(sparse(full)))
    assert len(solution.chosen) == expected
    holds(solution)


def test_median_and_center_of_a_street_stand_where_theory_says() -> None:
    problem = Problem.of(line(9, 100.0, np.inf))
    assert list(p_median(problem, sites=1).chosen) == [4]
    assert p_median(problem, sites=1).objective == 2000.0
    assert p_center(problem, sites=1).objective == 400.0
    # Three stretches of three: the middles are the only best answer.
    assert list(p_median(problem, sites=3).chosen) == [1, 4, 7]
    assert p_center(problem, sites=3).objective == 100.0


def test_distances_of_nought_count_as_reached() -> None:
    solution = lscp(Problem.of(line(3, 100.0, 50.0)))
    assert list(solution.chosen) == [0, 1, 2]
    assert list(solution.assigned) == [0, 1, 2]


def test_sites_that_serve_nobody_new_are_not_proposed() -> None:
    solution = mclp(Problem.of(line(5, 100.0, 1000.0)), sites=4)
    assert len(solution.chosen) == 1


def test_fixed_sites_are_in_every_plan_and_keep_rivals_away() -> None:
    problem = Problem.of(
        line(5, 100.0, 100.0),
        fixed=np.arange(5) == 0,
        incompatible_pairs=np.array([[0, 2], [0, 3]]),
    )
    solution = lscp(problem)
    assert list(solution.chosen) == [0, 1, 4]
    holds(solution)


def test_a_minimum_distance_that_forbids_a_full_cover_is_said() -> None:
    problem = Problem.of(line(2, 100.0, 50.0), incompatible_pairs=np.array([[0, 1]]))
    solution = lscp(problem)
    assert solution.status == "infeasible"
    assert len(solution.left) == 1


def test_the_same_problem_has_the_same_answer() -> None:
    rng = np.random.default_rng(5)
    at, sites = rng.random((400, 2)) * 3000, rng.random((80, 2)) * 3000
    full = np.abs(at[:, None] - sites).sum(axis=2)
    full[full > 600] = np.inf
    problem = Problem.of(sparse(full), rng.integers(1, 50, 400).astype(float))
    for solve in (lscp, lambda p: mclp(p, sites=8), lambda p: p_center(p, sites=12)):
        first, second = solve(problem), solve(problem)
        assert (first.chosen == second.chosen).all()
        assert first.objective == second.objective


def test_wrong_arrays_are_named() -> None:
    with pytest.raises(InputError, match="weight"):
        Problem.of(line(3, 1.0, 1.0), np.ones(4))
    with pytest.raises(InputError, match="capacity"):
        Problem.of(line(3, 1.0, 1.0), capacity=np.array([1.0, np.nan, 1.0]))
    with pytest.raises(InputError, match="incompatible_pairs"):
        Problem.of(line(3, 1.0, 1.0), incompatible_pairs=np.array([[0, 3]]))
    with pytest.raises(InputError, match="minimum distance"):
        Problem.of(line(3, 1.0, 1.0), fixed=np.ones(3, bool), incompatible_pairs=np.array([[0, 1]]))
    with pytest.raises(ConfigError, match="not both"):
        p_center(Problem.of(line(3, 1.0, 1.0)), sites=1, budget=1.0)

"""The location models where no site is ever full.

Each works in the same order: make the problem smaller, find a good plan, bound it, rule out
candidates, and let HiGHS close what is left within the time limit. Whatever ends first, the answer
carries its bound.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import NO_INDICES, FloatArray, IntArray
from livingcircle.sites.solver.problem import Problem, Solution
from livingcircle.sites.solver.reduce import merge_rows, undominated_columns
from livingcircle.sites.solver.report import fixed_within, report, without_fallback
from livingcircle.sites.solver.search import (
    build_walks,
    conflict_matrix,
    exchange_sites,
    prune_cover,
    walks_of,
)
from livingcircle.sites.solver.solve import (
    EXACT_COVER_ENTRIES,
    EXACT_WALK_ENTRIES,
    Plan,
    cheapest_cover,
    least_walks,
    pairs_among,
)

__all__ = [
    "uncapacitated_lscp",
    "uncapacitated_mclp",
    "uncapacitated_p_median",
    "uncapacitated_plan",
]


def uncapacitated_lscp(problem: Problem, *, seconds: float) -> Solution:
    """Find the cheapest sites that serve all that can be (see ``models``)."""
    start = time.perf_counter()
    fixed = np.flatnonzero(problem.fixed)
    rows, columns = _open_part(problem, fixed)
    part = problem.metres[rows][:, columns]
    reachable = np.diff(part.indptr) > 0
    plan = cheapest_cover(
        part[reachable],
        problem.site_cost[columns],
        pairs_among(problem.incompatible_pairs, columns),
        until=start + seconds,
    )
    blocked = bool((~reachable).any())
    if plan.chosen is None:
        alike = replace(problem, weight=np.ones(problem.shape[0]))
        most = uncapacitated_mclp(alike, seconds=seconds)
        # Not found is not impossible.
        status = "infeasible" if plan.status == "infeasible" else "feasible"
        return report(problem, "lscp", most.chosen, -np.inf, status, start)
    chosen = np.union1d(fixed, columns[plan.chosen])
    bound = plan.bound + float(problem.site_cost[fixed].sum())
    return report(problem, "lscp", chosen, bound, "infeasible" if blocked else plan.status, start)


def uncapacitated_mclp(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float,
) -> Solution:
    """Find the sites that serve the most weight (see ``models``)."""
    start = time.perf_counter()
    fixed = fixed_within(problem, sites, budget)
    rows, columns = _open_part(problem, fixed)
    rows = rows[problem.weight[rows] > 0]
    part, weight, _ = merge_rows(problem.metres[rows][:, columns], problem.weight[rows])
    incompatible_pairs = pairs_among(problem.incompatible_pairs, columns)
    named = np.zeros(len(columns), dtype=bool)
    named[incompatible_pairs.ravel()] = True
    cost = problem.site_cost[columns]
    stay = undominated_columns(part, cost, named) & (np.diff(part.tocsc().indptr) > 0)
    part, columns = part[:, stay], columns[stay]
    walks = walks_of(
        csr_array((np.zeros(part.nnz), part.indices, part.indptr), shape=part.shape),
        weight,
        np.ones(len(weight)),
        cost[stay],
        pairs_among(problem.incompatible_pairs, columns),
        most=None if sites is None else sites - len(fixed),
        budget=None if budget is None else budget - float(problem.site_cost[fixed].sum()),
    )
    plan = least_walks(
        walks, NO_INDICES, np.zeros(len(weight), bool), EXACT_COVER_ENTRIES, start + seconds
    )
    assert plan.chosen is not None  # noqa: S101 - nothing must be served, so some plan exists
    chosen = np.union1d(fixed, columns[_useful(part, weight, walks.cost, plan.chosen)])
    # The fixed sites serve this weight in every plan.
    by_fixed = float(problem.weight[problem.open_rows].sum() - problem.weight[rows].sum())
    bound = by_fixed + float(weight.sum()) - plan.bound
    return report(problem, "mclp", chosen, bound, plan.status, start)


def uncapacitated_p_median(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float,
) -> Solution:
    """Find the sites with the least sum of weight × metres (see ``models``)."""
    start = time.perf_counter()
    fixed = fixed_within(problem, sites, budget)
    rows = np.flatnonzero(
        (problem.weight > 0) & ~((np.diff(problem.metres.indptr) == 0) & without_fallback(problem))
    )
    columns = np.arange(problem.shape[1])
    must = without_fallback(problem)[rows]
    weight = problem.weight[rows]
    walks = walks_of(
        problem.metres[rows],
        weight,
        np.where(must, _charge(problem, weight), problem.fallback_m[rows]),
        problem.site_cost,
        problem.incompatible_pairs,
        most=sites,
        budget=budget,
    )
    plan = least_walks(walks, fixed, must, EXACT_WALK_ENTRIES, start + seconds)
    if plan.chosen is None:
        nearest_try = exchange_sites(walks, build_walks(walks, fixed), fixed, until=start + seconds)
        return report(problem, "median", np.sort(nearest_try), plan.bound, "infeasible", start)
    chosen = np.union1d(fixed, columns[plan.chosen])
    return report(problem, "median", chosen, plan.bound, plan.status, start)


def uncapacitated_plan(problem: Problem, money: float, until: float) -> Plan:
    """Ask whether sites for some money serve all; ``bound`` above the money says that none do."""
    fixed = np.flatnonzero(problem.fixed)
    left = money - float(problem.site_cost[fixed].sum())
    rows, columns = _open_part(problem, fixed)
    if (~problem.served & (np.diff(problem.metres.indptr) == 0)).any():
        return Plan(None, np.inf, "infeasible")
    part = problem.metres[rows][:, columns]
    if left < -1e-9 or (np.diff(part.indptr) == 0).any():
        return Plan(None, np.inf, "infeasible")
    pairs = pairs_among(problem.incompatible_pairs, columns)
    plan = cheapest_cover(part, problem.site_cost[columns], pairs, until=until, enough=left)
    bound = np.inf if plan.status == "infeasible" else plan.bound + money - left
    chosen = None if plan.chosen is None else np.union1d(fixed, columns[plan.chosen])
    return Plan(chosen, bound, plan.status)


def _useful(part: csr_array, weight: FloatArray, cost: FloatArray, chosen: IntArray) -> IntArray:
    """Drop the sites of a plan whose demand other sites serve as well."""
    reached = (np.diff(part[:, chosen].indptr) > 0) & (weight > 0)
    return prune_cover(part[reached], chosen, cost, NO_INDICES)


def _open_part(problem: Problem, fixed: IntArray) -> tuple[IntArray, IntArray]:
    """Return the gap demand that the fixed sites leave, and the candidates beside them."""
    rows = problem.open_rows
    if len(fixed):
        rows = rows[np.diff(problem.metres[rows][:, fixed].indptr) == 0]
    return rows, _beside(problem, fixed)


def _beside(problem: Problem, fixed: IntArray) -> IntArray:
    """Candidates that may stand beside the fixed ones."""
    free = ~problem.fixed
    free[conflict_matrix(problem.incompatible_pairs, problem.shape[1])[fixed].indices] = False
    return np.flatnonzero(free)


def _charge(problem: Problem, weight: FloatArray) -> float:
    """Return a charge in metres that exceeds any saving elsewhere."""
    longest = float(problem.metres.data.max(initial=1.0))
    longest = max(longest, float(problem.fallback_m[~without_fallback(problem)].max(initial=1.0)))
    return 2 * longest * (1 + float(weight.sum()) / float(weight.min(initial=1.0)))

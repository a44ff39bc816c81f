"""The location models: fewest sites for all, best K sites, least mean walk, least worst walk.

Every model works in the same order: make the problem smaller, find a good plan, bound it, rule out
candidates, and let HiGHS close what is left within the time limit. Whatever ends first, the answer
carries its bound. References: LSCP, Toregas et al. 1971; MCLP, Church and ReVelle 1974; p-median
and p-center, Hakimi 1964.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.errors import ConfigError
from livingcircle.sites.solver.problem import Problem, Solution, nearest_chosen, relative_gap
from livingcircle.sites.solver.reduce import merge_rows, undominated_columns
from livingcircle.sites.solver.search import build, exchange, prune_cover, rivals, walks_of
from livingcircle.sites.solver.solve import (
    EXACT_COVER_ENTRIES,
    EXACT_WALK_ENTRIES,
    Plan,
    among,
    cheapest,
    least,
)

__all__ = ["best_cover", "center", "fewest", "median"]

SECONDS = 45.0
"""Default time limit: 20,000 × 2,000 stays under a minute with all that comes before."""
NONE = np.zeros(0, dtype=np.int64)


def fewest(problem: Problem, *, seconds: float = SECONDS) -> Solution:
    """Find the cheapest sites that serve every demand point a candidate reaches (LSCP).

    With costs of 1 that is the fewest sites. Where the minimum distance between sites makes it
    impossible to serve all of them, the answer serves as many points as can be, and its status is
    "infeasible".

    Parameters
    ----------
    problem
        An entry of its matrix serves; ``weight`` and ``otherwise_m`` are not looked at.
    seconds
        Time after which the best plan so far is the answer; telling it takes a few more.
    """
    start = time.perf_counter()
    fixed = np.flatnonzero(problem.fixed)
    rows, columns = _open_part(problem, fixed)
    part = problem.metres[rows][:, columns]
    reachable = np.diff(part.indptr) > 0
    plan = cheapest(
        part[reachable],
        problem.site_cost[columns],
        among(problem.apart, columns),
        until=start + seconds,
    )
    blocked = bool((~reachable).any())
    if plan.chosen is None:
        alike = replace(problem, weight=np.ones(problem.shape[0]))
        most = best_cover(alike, seconds=seconds)
        return _told(problem, "lscp", most.chosen, -np.inf, "infeasible", start)
    chosen = np.union1d(fixed, columns[plan.chosen])
    bound = plan.bound + float(problem.site_cost[fixed].sum())
    return _told(problem, "lscp", chosen, bound, "infeasible" if blocked else plan.status, start)


def best_cover(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float = SECONDS,
) -> Solution:
    """Find the sites that serve the most weight (MCLP), at most so many or for so much money.

    Parameters
    ----------
    problem
        An entry of its matrix serves.
    sites, budget
        Limits of the plan, its fixed sites included; None = no limit.
    seconds
        As for :func:`fewest`.

    Raises
    ------
    ConfigError
        The fixed sites alone are over a limit.
    """
    start = time.perf_counter()
    fixed = fixed_within(problem, sites, budget)
    rows, columns = _open_part(problem, fixed)
    rows = rows[problem.weight[rows] > 0]
    part, weight, _ = merge_rows(problem.metres[rows][:, columns], problem.weight[rows])
    apart = among(problem.apart, columns)
    named = np.zeros(len(columns), dtype=bool)
    named[apart.ravel()] = True
    cost = problem.site_cost[columns]
    stay = undominated_columns(part, cost, named) & (np.diff(part.tocsc().indptr) > 0)
    part, columns = part[:, stay], columns[stay]
    walks = walks_of(
        csr_array((np.zeros(part.nnz), part.indices, part.indptr), shape=part.shape),
        weight,
        np.ones(len(weight)),
        cost[stay],
        among(problem.apart, columns),
        most=None if sites is None else sites - len(fixed),
        budget=None if budget is None else budget - float(problem.site_cost[fixed].sum()),
    )
    plan = least(walks, NONE, np.zeros(len(weight), bool), EXACT_COVER_ENTRIES, start + seconds)
    assert plan.chosen is not None  # noqa: S101 - nothing must be served, so some plan exists
    chosen = np.union1d(fixed, columns[_useful(part, weight, walks.cost, plan.chosen)])
    # The fixed sites serve this weight in every plan.
    by_fixed = float(problem.weight[problem.open_rows].sum() - problem.weight[rows].sum())
    bound = by_fixed + float(weight.sum()) - plan.bound
    return _told(problem, "mclp", chosen, bound, plan.status, start)


def median(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float = SECONDS,
) -> Solution:
    """Find the sites with the least sum of weight × metres (p-median).

    A point walks to the nearest site, or ``otherwise_m`` where that is less; where ``otherwise_m``
    is infinite it must be served. Points that no candidate reaches are left out of the sum when
    their ``otherwise_m`` is infinite.

    Raises
    ------
    ConfigError
        The fixed sites alone are over a limit.
    """
    start = time.perf_counter()
    fixed = fixed_within(problem, sites, budget)
    rows = np.flatnonzero(
        (problem.weight > 0) & ~((np.diff(problem.metres.indptr) == 0) & _endless(problem))
    )
    columns = np.arange(problem.shape[1])
    must = _endless(problem)[rows]
    weight = problem.weight[rows]
    walks = walks_of(
        problem.metres[rows],
        weight,
        np.where(must, _charge(problem, weight), problem.otherwise_m[rows]),
        problem.site_cost,
        problem.apart,
        most=sites,
        budget=budget,
    )
    plan = least(walks, fixed, must, EXACT_WALK_ENTRIES, start + seconds)
    if plan.chosen is None:
        nearest_try = exchange(walks, build(walks, fixed), fixed, until=start + seconds)
        return _told(problem, "median", np.sort(nearest_try), plan.bound, "infeasible", start)
    chosen = np.union1d(fixed, columns[plan.chosen])
    return _told(problem, "median", chosen, plan.bound, plan.status, start)


def center(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float = SECONDS,
) -> Solution:
    """Find the sites that make the longest walk shortest (p-center).

    The answer is one of the distances of the matrix: a search by halves over them asks each time
    whether the sites allowed can serve all within it (Minieka 1970).

    Parameters
    ----------
    problem
        A point walks to the nearest site or ``otherwise_m``, whichever is less. Points that nothing
        reaches are not part of the access_test.
    sites, budget
        One of the two.
    seconds
        As for :func:`fewest`, over all access_tests.

    Raises
    ------
    ConfigError
        Both limits, or none, are given, or the fixed sites alone are over the limit.
    """
    start = time.perf_counter()
    if (sites is None) == (budget is None):
        raise ConfigError("p-center needs a number of sites or a budget, not both")
    fixed = fixed_within(problem, sites, budget)
    cost = problem.site_cost if sites is None else np.ones(problem.shape[1])
    left = float(budget if sites is None else sites) - float(cost[fixed].sum())  # type: ignore[arg-type]
    rows = np.flatnonzero(np.isfinite(_least_metres(problem)))
    radii = np.unique(np.concatenate([problem.metres.data, problem.otherwise_m[rows]]))
    floor = float(_least_metres(problem)[rows].max()) if len(rows) else 0.0
    radii = radii[np.isfinite(radii) & (radii >= floor)]
    low, high, proven = 0, len(radii), 0
    best: IntArray | None = None
    while low < high and (best is None or time.perf_counter() < start + seconds):
        # The largest first: where it is not enough, nothing is.
        middle = (low + high) // 2 if best is not None else high - 1
        plan = _within(problem, rows, fixed, float(radii[middle]), cost, left, start + seconds)
        if plan.chosen is not None:
            best = np.union1d(fixed, plan.chosen)
            # The plan may do better than it was asked to.
            worst = _worst(problem, nearest_chosen(problem, best, covering=False))
            high = min(middle, int(np.searchsorted(radii, worst)))
        elif best is None:
            break
        else:
            # Undecided counts as "no" for the search, but not for the bound.
            low = middle + 1
            proven = low if plan.bound > left + 1e-9 else proven
    if best is None:
        return _told(problem, "center", fixed, np.inf, "infeasible", start)
    status = "optimal" if proven == high else "feasible"
    return _told(problem, "center", best, float(radii[proven]), status, start)


def _within(
    problem: Problem,
    rows: IntArray,
    fixed: IntArray,
    radius: float,
    cost: FloatArray,
    left: float,
    until: float,
) -> Plan:
    """Ask whether sites for ``left`` serve all rows within a radius."""
    matrix = problem.metres
    keep = matrix.data <= radius
    near = csr_array(
        (matrix.data[keep], (np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[keep],
                             matrix.indices[keep])),
        shape=matrix.shape,
    )  # fmt: skip
    asked = np.zeros(matrix.shape[0], dtype=bool)
    asked[rows] = True
    asked &= problem.otherwise_m > radius
    asked[near[:, fixed].tocoo().row] = False
    columns = _beside(problem, fixed)
    part = near[asked][:, columns]
    if (np.diff(part.indptr) == 0).any():
        return Plan(None, np.inf, "optimal")
    if left < 0 or (not len(columns) and part.shape[0]):
        return Plan(None, np.inf, "optimal")
    plan = cheapest(part, cost[columns], among(problem.apart, columns), until=until, enough=left)
    bound = np.inf if plan.status == "infeasible" else plan.bound
    return Plan(None if plan.chosen is None else columns[plan.chosen], bound, plan.status)


def _useful(part: csr_array, weight: FloatArray, cost: FloatArray, chosen: IntArray) -> IntArray:
    """Drop the sites of a plan that serve nobody whom another does not serve."""
    reached = (np.diff(part[:, chosen].indptr) > 0) & (weight > 0)
    return prune_cover(part[reached], chosen, cost, NONE)


def _open_part(problem: Problem, fixed: IntArray) -> tuple[IntArray, IntArray]:
    """Return the gap demand that the fixed sites leave, and the candidates beside them."""
    rows = problem.open_rows
    if len(fixed):
        rows = rows[np.diff(problem.metres[rows][:, fixed].indptr) == 0]
    return rows, _beside(problem, fixed)


def _beside(problem: Problem, fixed: IntArray) -> IntArray:
    """Candidates that may stand beside the fixed ones."""
    free = ~problem.fixed
    free[rivals(problem.apart, problem.shape[1])[fixed].indices] = False
    return np.flatnonzero(free)


def fixed_within(problem: Problem, sites: int | None, budget: float | None) -> IntArray:
    fixed = np.flatnonzero(problem.fixed)
    cost = float(problem.site_cost[fixed].sum())
    if sites is not None and len(fixed) > sites:
        raise ConfigError(f"{len(fixed)} sites are fixed, but only {sites} may be built")
    if budget is not None and cost > budget + 1e-9:
        raise ConfigError(f"the fixed sites cost {cost:g}, the budget is {budget:g}")
    return fixed


def _endless(problem: Problem) -> BoolArray:
    return np.isinf(problem.otherwise_m)


def _charge(problem: Problem, weight: FloatArray) -> float:
    """Metres so dear that no saving elsewhere makes up for leaving one point unserved."""
    longest = float(problem.metres.data.max(initial=1.0))
    longest = max(longest, float(problem.otherwise_m[~_endless(problem)].max(initial=1.0)))
    return 2 * longest * (1 + float(weight.sum()) / float(weight.min(initial=1.0)))


def _least_metres(problem: Problem) -> FloatArray:
    """Metres of each point if everything were built."""
    least = problem.otherwise_m.copy()
    matrix = problem.metres
    full = np.flatnonzero(np.diff(matrix.indptr) > 0)
    if len(full):
        nearest = np.minimum.reduceat(matrix.data, matrix.indptr[full])
        least[full] = np.minimum(least[full], nearest)
    return least


def _told(
    problem: Problem, model: str, chosen: IntArray, bound: float, status: str, start: float
) -> Solution:
    """Tell a plan in the words of its model."""
    covers = model in ("lscp", "mclp")
    assigned = nearest_chosen(problem, chosen, covering=covers)
    walked = _walked(problem, assigned)
    left = (assigned < 0) & (~problem.served if covers else _endless(problem))
    if model == "lscp":
        objective = float(problem.site_cost[chosen].sum())
    elif model == "mclp":
        objective = float(problem.weight[assigned >= 0].sum())
    elif model == "median":
        counted = np.isfinite(walked)
        objective = float(problem.weight[counted] @ walked[counted])
    else:
        objective = _worst(problem, assigned)
    return Solution(
        model=model,
        chosen=chosen,
        assigned=assigned,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        status=status,
        seconds=time.perf_counter() - start,
        left=np.flatnonzero(left),
        unreachable=problem.unreachable,
    )


def _worst(problem: Problem, assigned: IntArray) -> float:
    """Metres of the longest walk among those that anything reaches."""
    walked = _walked(problem, assigned)
    return float(walked[np.isfinite(_least_metres(problem))].max(initial=0.0))


def _walked(problem: Problem, assigned: IntArray) -> FloatArray:
    """Metres of each point to its site, or to what it has otherwise."""
    matrix = problem.metres
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    mine = assigned[rows] == matrix.indices
    walked = problem.otherwise_m.copy()
    walked[rows[mine]] = matrix.data[mine]
    return walked

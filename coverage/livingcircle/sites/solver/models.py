"""The location models: fewest sites for all, best K sites, least mean walk, least worst walk.

Each takes a ``Problem``, with capacities or without, and answers with its bound. References:
LSCP, Toregas et al. 1971; MCLP, Church and ReVelle 1974; p-median and p-center, Hakimi 1964;
capacitated set covering, Current and Storbeck 1988; its maximal form, Pirkul and Schilling 1991.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.errors import ConfigError
from livingcircle.sites.solver.capacitated import (
    capacitated_lscp,
    capacitated_mclp,
    capacitated_plan,
)
from livingcircle.sites.solver.capacitated_median import capacitated_p_median
from livingcircle.sites.solver.problem import Problem, Solution
from livingcircle.sites.solver.report import (
    cover_within,
    fixed_within,
    has_capacity,
    least_metres,
    report,
)
from livingcircle.sites.solver.uncapacitated import (
    uncapacitated_lscp,
    uncapacitated_mclp,
    uncapacitated_p_median,
    uncapacitated_plan,
)

__all__ = ["SECONDS", "lscp", "mclp", "p_center", "p_median"]

SECONDS = 45.0
"""Default time limit: 20,000 × 2,000 stays under a minute with all that comes before."""


def lscp(problem: Problem, *, seconds: float = SECONDS) -> Solution:
    """Find the cheapest sites that serve every demand point a candidate reaches (LSCP).

    With costs of 1 that is the fewest sites. Where the minimum distance between sites or their
    capacities make it impossible to serve all of them, the answer serves as much as can be, and its
    status is "infeasible".

    Parameters
    ----------
    problem
        An entry of its matrix serves. Without capacities ``weight`` is not looked at; with them it
        is the load, and points without weight ask for nothing.
    seconds
        Time after which the best plan so far is the answer; reporting it takes a few more.
    """
    if has_capacity(problem):
        return capacitated_lscp(problem, seconds=seconds)
    return uncapacitated_lscp(problem, seconds=seconds)


def mclp(
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
        As for ``lscp``.

    Raises
    ------
    ConfigError
        The fixed sites alone are over a limit.
    """
    solve = capacitated_mclp if has_capacity(problem) else uncapacitated_mclp
    return solve(problem, sites=sites, budget=budget, seconds=seconds)


def p_median(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float = SECONDS,
) -> Solution:
    """Find the sites with the least sum of weight × metres (p-median).

    A point walks to the nearest site (with capacities: to those that leave the least sum), or
    ``fallback_m`` where that is less; where ``fallback_m`` is infinite it must be served. Points
    that no candidate reaches are left out of the sum when their ``fallback_m`` is infinite.

    Raises
    ------
    ConfigError
        The fixed sites alone are over a limit.
    """
    solve = capacitated_p_median if has_capacity(problem) else uncapacitated_p_median
    return solve(problem, sites=sites, budget=budget, seconds=seconds)


def p_center(
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
        A point walks to a site or ``fallback_m``, whichever is less. Points that nothing reaches
        are no part of the question.
    sites, budget
        One of the two.
    seconds
        As for ``lscp``, over all steps of the search.

    Raises
    ------
    ConfigError
        Both limits, or none, are given, or the fixed sites alone are over the limit.
    """
    start = time.perf_counter()
    if (sites is None) == (budget is None):
        raise ConfigError(
            "p-center needs a number of sites or a budget, not both",
            hint="State one of the two.",
        )
    fixed = fixed_within(problem, sites, budget)
    cost = problem.site_cost if sites is None else np.ones(problem.shape[1])
    left = float(budget if sites is None else sites)  # type: ignore[arg-type]
    full = has_capacity(problem)
    model = "capacitated_center" if full else "center"
    ask = capacitated_plan if full else uncapacitated_plan
    radii = _radii(problem)
    low, high, proven = 0, len(radii), 0
    best: IntArray | None = None
    until = start + seconds
    while low < high and (best is None or time.perf_counter() < until):
        # The largest first: where it is not enough, nothing is.
        middle = (low + high) // 2 if best is not None else high - 1
        task = replace(cover_within(problem, float(radii[middle])), site_cost=cost)
        plan = ask(task, left, until if best is not None else start + seconds / 2)
        if plan.chosen is not None:
            best = np.union1d(fixed, plan.chosen)
            # Without capacities the plan may do better than it was asked to.
            found = middle
            if not full:
                worst = report(problem, model, best, -np.inf, "feasible", start).objective
                found = min(middle, int(np.searchsorted(radii, worst)))
            high = found
        elif best is None:
            status = "infeasible" if plan.bound > left + 1e-9 else "feasible"
            most = mclp(task, sites=sites, budget=budget, seconds=max(seconds / 4, 1.0))
            return replace(
                report(problem, model, most.chosen, -np.inf, status, start, radius=radii[-1]),
                status=status,
            )
        else:
            # Undecided counts as "no" for the search, but not for the bound.
            low = middle + 1
            proven = low if plan.bound > left + 1e-9 else proven
    if best is None:
        return report(problem, model, fixed, 0.0, "optimal", start, radius=np.inf)
    status = "optimal" if proven == high else "feasible"
    return report(
        problem, model, best, float(radii[proven]), status, start, radius=float(radii[high])
    )


def _radii(problem: Problem) -> FloatArray:
    """Distances that the longest walk may be, ascending."""
    least = least_metres(problem)
    rows = np.isfinite(least)
    radii = np.unique(np.concatenate([problem.metres.data, problem.fallback_m[rows]]))
    floor = float(least[rows].max()) if rows.any() else np.inf
    return np.asarray(radii[np.isfinite(radii) & (radii >= floor)], dtype=np.float64)

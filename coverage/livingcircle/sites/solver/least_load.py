"""Plans without the sites that would serve too few."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from livingcircle._arrays import FloatArray
from livingcircle.sites.solver.problem import Problem, Solution
from livingcircle.sites.solver.report import report

__all__ = ["loads_of", "without_small_sites"]


def loads_of(problem: Problem, solution: Solution) -> FloatArray:
    """Return (m,) the weight that goes to each candidate."""
    if solution.shares is not None:
        return np.asarray(solution.shares.T @ problem.weight, dtype=np.float64)
    sent = solution.assigned >= 0
    return np.bincount(
        solution.assigned[sent], problem.weight[sent], minlength=problem.shape[1]
    ).astype(np.float64)


def without_small_sites(problem: Problem, solution: Solution, least: float) -> Solution:
    """Drop the sites that serve less than ``least``, the smallest first, until none does.

    Whoever went to a site that is dropped goes to another one or is left out. Fixed sites stay.
    What remains of a best plan need not be the best plan of large sites, so nothing is claimed of
    it: its status is "thinned".
    """
    start = time.perf_counter()
    plan = solution
    while least > 0 and len(plan.chosen):
        load = loads_of(problem, plan)[plan.chosen]
        small = np.flatnonzero((load < least) & ~problem.fixed[plan.chosen])
        if not len(small):
            break
        chosen = np.delete(plan.chosen, small[np.argmin(load[small])])
        radius = np.inf if plan.model.endswith("center") else None
        plan = report(problem, plan.model, chosen, -np.inf, "thinned", start, radius=radius)
    if plan is solution:
        return solution
    return replace(plan, bound=-np.inf, gap=np.inf, status="thinned", seconds=solution.seconds)

"""From terms to a model: which of the location models answers what was asked."""

from __future__ import annotations

from livingcircle.sites.conditions import Terms
from livingcircle.sites.solver.least_load import without_small_sites
from livingcircle.sites.solver.models import lscp, mclp, p_center, p_median
from livingcircle.sites.solver.partial_cover import fewest_for
from livingcircle.sites.solver.problem import Problem, Solution
from livingcircle.sites.solver.tie_break import exchange_for_nearer

__all__ = ["solve_for_terms"]


def solve_for_terms(problem: Problem, terms: Terms, needed: float | None = None) -> Solution:
    """Solve a problem by the model that fits the terms.

    Parameters
    ----------
    needed
        Weight that is enough to serve, where the terms state a share.
    """
    sites, budget, seconds = terms.max_sites, terms.budget, terms.seconds
    if terms.objective == "median":
        found = p_median(problem, sites=sites, budget=budget, seconds=seconds)
    elif terms.objective == "center":
        found = p_center(problem, sites=sites, budget=budget, seconds=seconds)
    elif needed is not None:
        found = fewest_for(problem, needed, seconds=seconds)
    elif sites is None and budget is None:
        found = lscp(problem, seconds=seconds)
    else:
        found = mclp(problem, sites=sites, budget=budget, seconds=seconds)
    if found.model in ("lscp", "mclp", "partial_cover"):
        found = exchange_for_nearer(problem, found)
    return without_small_sites(problem, found, terms.least_people)

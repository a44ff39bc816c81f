"""The fewest sites that serve enough, where nobody asks for all."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from livingcircle.errors import ConfigError
from livingcircle.sites.models import SECONDS, best_cover
from livingcircle.sites.problem import Problem, Solution, relative_gap

__all__ = ["fewest_for"]


def fewest_for(problem: Problem, needed: float, *, seconds: float = SECONDS) -> Solution:
    """Find the fewest sites that serve a given weight (the inverse of maximal covering).

    A search by halves over the number of sites: each asks what so many can serve at most.

    Parameters
    ----------
    problem
        An entry of its matrix serves; all sites must cost the same.
    needed
        Weight to serve.
    seconds
        Time after which the best plan so far is the answer.

    Returns
    -------
    Solution
        ``objective`` and ``bound`` are numbers of sites. Where all candidates do not serve that
        much the plan serves as much as can be, and its status is "infeasible".

    Raises
    ------
    ConfigError
        Sites of different cost.
    """
    start = time.perf_counter()
    if len(problem.site_cost) and np.ptp(problem.site_cost) > 0:
        raise ConfigError(
            "a share needs candidates of one cost", field="share", mend="State a budget instead."
        )
    enough = needed - 1e-9 * max(needed, 1.0)
    high = best_cover(problem, seconds=seconds)
    if high.objective < enough:
        # The bound says whether it is impossible or only not found.
        status = "infeasible" if high.bound < enough else "feasible"
        return _told(high, float(len(high.chosen)), status, start)
    low = int(problem.fixed.sum())  # so many sites, or more, are in every plan
    proven, best = low, high
    while low < len(best.chosen):
        middle = (low + len(best.chosen)) // 2
        left = max(seconds - (time.perf_counter() - start), 1.0)
        found = best_cover(problem, sites=middle, seconds=left)
        if found.objective >= enough:
            best = found
        else:
            low = middle + 1
            # What is proven not to be enough raises the bound; what is only not found does not.
            proven = low if found.bound < enough else proven
    return _told(best, float(proven), "optimal", start)


def _told(found: Solution, bound: float, status: str, start: float) -> Solution:
    objective = float(len(found.chosen))
    gap = relative_gap(objective, bound)
    return replace(
        found,
        model="partial_cover",
        objective=objective,
        bound=bound,
        gap=gap,
        status="feasible" if status == "optimal" and gap > 0 else status,
        seconds=time.perf_counter() - start,
    )

"""The fewest sites that serve a share of the demand."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from livingcircle.errors import ConfigError
from livingcircle.sites.solver.bounds import bound_walks
from livingcircle.sites.solver.models import SECONDS, mclp
from livingcircle.sites.solver.problem import EXACT, Problem, Solution, relative_gap
from livingcircle.sites.solver.reduce import merge_rows
from livingcircle.sites.solver.report import has_capacity
from livingcircle.sites.solver.search import build_walks, walks_of

__all__ = ["fewest_for"]


def fewest_for(problem: Problem, needed: float, *, seconds: float = SECONDS) -> Solution:
    """Find the fewest sites that serve a given weight (the inverse of maximal covering).

    Each step asks what so many sites can serve at most, from the greedy's number of sites on.

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
            "a share needs candidates of one cost", field="share", hint="State a budget instead."
        )
    # The linear programme that sends demand to full sites rounds more than a sum does.
    slack = EXACT if has_capacity(problem) else 1e-9
    enough = needed - slack * max(needed, 1.0)

    def most(sites: int | None) -> Solution:
        # Half of what is left: a question that HiGHS cannot settle leaves time for the others.
        left = (seconds - (time.perf_counter() - start)) / 2
        return mclp(problem, sites=sites, seconds=max(left, 1.0))

    count, proven = _range(problem, enough, start + seconds / 4)
    best = most(count)
    if best.objective < enough and count is not None:
        best = most(None)
    if best.objective < enough:
        # The bound says whether it is impossible or only not found.
        status = "infeasible" if best.bound < enough else "feasible"
        return _solution(best, -np.inf, status, start)
    # From ``proven`` to below ``top`` all is open; the greedy is seldom far off: steps from 1 up.
    top, step = len(best.chosen), 1
    while proven < top and time.perf_counter() < start + seconds:
        middle = max(proven, top - step)
        found = most(middle)
        if found.objective >= enough:
            best, top, step = found, len(found.chosen), 2 * step
        elif found.bound < enough:
            proven = middle + 1
            step = (top - proven + 1) // 2
        else:
            # Neither found nor ruled out: fewer sites may be ruled out, which raises the bound.
            top, step = middle, 2 * step
    return _solution(best, float(proven), "optimal", start)


def _range(problem: Problem, enough: float, until: float) -> tuple[int | None, int]:
    """Return two numbers of sites: one with which a greedy serves enough, one that it takes.

    The fixed ones are among them; the first is None where the greedy never serves enough.
    """
    rows = problem.open_rows
    rows = rows[problem.weight[rows] > 0]
    weight, fixed = problem.weight[rows], np.flatnonzero(problem.fixed)
    part, weight, _ = merge_rows(problem.metres[rows], weight)
    covers = csr_array((np.zeros(part.nnz), part.indices, part.indptr), shape=part.shape)
    walks = walks_of(
        covers, weight, np.ones(len(weight)), problem.site_cost, problem.incompatible_pairs
    )
    order = build_walks(walks, fixed)
    place = np.full(walks.columns, len(order))
    place[order] = np.arange(len(order))
    first = np.full(len(weight), len(order))
    np.minimum.at(first, walks.rows, place[walks.cols])
    served = np.cumsum(np.bincount(first, weight, minlength=len(order) + 1)[:-1])
    fits = np.flatnonzero(served >= enough)
    if not len(fits):
        return None, len(fixed)
    count = max(int(fits[0]) + 1, len(fixed))
    bounded = bound_walks(replace(walks, most=count), fixed, order[:count], until=until)
    assert bounded.by_count is not None  # noqa: S101 - bound_walks states it
    most = weight.sum() * (1 + EXACT) - bounded.by_count
    possible = np.flatnonzero(most >= enough)
    return count, len(fixed) + int(possible[0]) if len(possible) else count


def _solution(found: Solution, bound: float, status: str, start: float) -> Solution:
    objective = float(len(found.chosen))
    gap = relative_gap(objective, bound)
    return replace(
        found,
        model="partial_cover" if found.shares is None else "capacitated_partial_cover",
        objective=objective,
        bound=bound,
        gap=gap,
        status="feasible" if status == "optimal" and gap > 0 else status,
        seconds=time.perf_counter() - start,
    )

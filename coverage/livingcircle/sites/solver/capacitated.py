"""The covering models where sites can be full.

Demand may be split between sites, as a neighbourhood's households go to two stations, unless the
problem says that it may not.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from livingcircle._arrays import BoolArray, IntArray
from livingcircle.sites.solver.capacitated_exact import EXACT_ENTRIES, exact_full
from livingcircle.sites.solver.capacitated_heuristic import PlanLimits, best_plan, cheapest_plan
from livingcircle.sites.solver.max_flow import Loads, max_flow
from livingcircle.sites.solver.problem import EXACT, Problem, Solution, relative_gap
from livingcircle.sites.solver.report import fixed_within, report
from livingcircle.sites.solver.search import conflict_matrix
from livingcircle.sites.solver.solve import Plan
from livingcircle.sites.solver.transport import assign_by_transport
from livingcircle.sites.solver.uncapacitated import uncapacitated_lscp, uncapacitated_mclp

__all__ = ["capacitated_lscp", "capacitated_mclp", "capacitated_plan"]

SEARCH_SHARE = 0.85
"""Part of the time after which the search for a plan stops: sending people to it takes the rest."""


def capacitated_lscp(problem: Problem, *, seconds: float) -> Solution:
    """Find the cheapest sites that serve all and are never overfull (see ``models``)."""
    start = time.perf_counter()
    plan = capacitated_plan(problem, np.inf, start + seconds)
    if plan.chosen is not None:
        return report(problem, "capacitated_lscp", plan.chosen, plan.bound, plan.status, start)
    left = max(seconds - (time.perf_counter() - start), 1.0)
    most = capacitated_mclp(problem, seconds=left)
    return replace(
        most,
        model="capacitated_lscp",
        objective=float(problem.site_cost[most.chosen].sum()),
        bound=-np.inf,
        gap=np.inf,
        # Not found is not impossible: only what is proven is called a contradiction.
        status="infeasible" if plan.bound == np.inf else "feasible",
        seconds=time.perf_counter() - start,
    )


def capacitated_plan(problem: Problem, money: float, until: float) -> Plan:
    """Find the cheapest sites with room for all, or find out whether some money does.

    Returns
    -------
    Plan
        Without ``chosen`` where no such plan was found; its bound is inf where there is none.
    """
    start = time.perf_counter()
    seconds = max(until - start, 1.0)
    loads, limits = Loads.of(problem), PlanLimits.of(problem, None, None)
    if _out_of_reach(problem) or not _possible(problem, loads):
        return Plan(None, np.inf, "infeasible")
    counted = _without_capacity(problem, served=problem.served | (problem.weight == 0))
    relaxed = uncapacitated_lscp(counted, seconds=seconds / 3)
    if relaxed.status == "infeasible":
        return Plan(None, np.inf, "infeasible")
    bound = max(_finite(relaxed.bound, 0.0), _knapsack_floor(problem, loads.total))
    if bound > money + 1e-9:
        return Plan(None, bound, "optimal")
    chosen, status = None, "heuristic"
    if problem.split:
        late = start + SEARCH_SHARE * seconds
        goal = bound if np.isinf(money) else max(bound, money)
        chosen = cheapest_plan(loads, limits, relaxed.chosen, bound=goal, until=late)
        if chosen is not None and limits.spent(chosen) <= money + 1e-9 < np.inf:
            return Plan(chosen, bound, "feasible")
    if _exact_fits(problem, loads) and (chosen is None or limits.spent(chosen) > bound):
        answer = exact_full(problem, loads, "cost", until=until)
        found = answer.chosen
        if found is not None and (chosen is None or limits.spent(found) < limits.spent(chosen)):
            chosen = found
        bound = np.inf if answer.infeasible else max(bound, answer.bound)
        status = "optimal" if answer.proven else "feasible"
    if chosen is not None and limits.spent(chosen) > money + 1e-9:
        chosen = None
    return Plan(chosen, bound, status)


def capacitated_mclp(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float,
) -> Solution:
    """Find the sites that carry the most weight (see ``models``)."""
    start = time.perf_counter()
    fixed_within(problem, sites, budget)
    loads, limits = Loads.of(problem), PlanLimits.of(problem, sites, budget)
    relaxed = uncapacitated_mclp(
        _without_capacity(problem), sites=sites, budget=budget, seconds=seconds / 3
    )
    bound = min(relaxed.bound, _capacity_ceiling(problem, sites, loads.total))
    late = start + SEARCH_SHARE * seconds
    chosen, status = best_plan(loads, limits, relaxed.chosen, until=late), "heuristic"
    best = _carried(problem, loads, chosen)
    if _exact_fits(problem, loads) and relative_gap(best, bound) > 0.0:
        answer = exact_full(
            problem, loads, "weight", sites=sites, budget=budget, until=start + seconds
        )
        if answer.chosen is not None and _carried(problem, loads, answer.chosen) > best:
            chosen = answer.chosen
        bound = min(bound, -answer.bound)
        status = "optimal" if answer.proven else "feasible"
    return report(problem, "capacitated_mclp", chosen, bound, status, start)


def _without_capacity(problem: Problem, *, served: BoolArray | None = None) -> Problem:
    return replace(
        problem,
        capacity=np.full(problem.shape[1], np.inf),
        served=problem.served if served is None else served,
    )


def _exact_fits(problem: Problem, loads: Loads) -> bool:
    """Whether HiGHS is tried; where points are not split, nothing else proves anything."""
    return loads.matrix.nnz <= EXACT_ENTRIES or not problem.split


def _out_of_reach(problem: Problem) -> bool:
    """Whether a fixed site keeps every candidate of some point away."""
    rows = problem.open_rows[problem.weight[problem.open_rows] > 0]
    part = problem.metres[rows][:, np.flatnonzero(~_blocked(problem))]
    return bool((np.diff(part.indptr) == 0).any())


def _carried(problem: Problem, loads: Loads, chosen: IntArray) -> float:
    """Weight that chosen sites can carry; where loads are not whole, a little less."""
    if not problem.split:
        return float(
            problem.weight
            @ np.asarray(assign_by_transport(problem, chosen, metres_count=False).sum(axis=1))
        )
    return loads.total * max_flow(loads, chosen).amount / max(loads.whole, 1)


def _possible(problem: Problem, loads: Loads) -> bool:
    """Whether all candidates together carry everything, points split."""
    everything = np.flatnonzero(~_blocked(problem))
    flow = max_flow(loads, everything)
    if loads.exact or flow.amount == loads.whole:
        return flow.amount == loads.whole
    # Rounding loads up and room down may be all that is missing; only then it takes the programme.
    if flow.amount + len(loads.load) + len(loads.room) < loads.whole:
        return False
    merged = Problem.of(loads.matrix, loads.weight, capacity=loads.capacity)
    shares = assign_by_transport(merged, everything, metres_count=False)
    return float(loads.weight @ np.asarray(shares.sum(axis=1))) >= loads.total * (1 - EXACT)


def _knapsack_floor(problem: Problem, total: float) -> float:
    """Least cost at which capacity alone could do: a bound that looks at no walk."""
    room = problem.capacity
    if np.isinf(room).any():
        return 0.0
    fixed = problem.fixed
    need = total - float(room[fixed].sum())
    base = float(problem.site_cost[fixed].sum())
    rest = np.flatnonzero(~fixed & (room > 0))
    rest = rest[np.argsort(problem.site_cost[rest] / room[rest], kind="stable")]
    if need <= 0 or not len(rest):
        return base
    held = np.cumsum(room[rest])
    before = held - room[rest]
    share = np.clip((need - before) / room[rest], 0.0, 1.0)
    floor = float(problem.site_cost[rest] @ share)
    whole = bool((problem.site_cost == np.round(problem.site_cost)).all())
    return base + (float(np.ceil(floor - 1e-6)) if whole else floor)


def _capacity_ceiling(problem: Problem, sites: int | None, total: float) -> float:
    """Upper bound of the weight that any plan of this many sites can hold."""
    room = np.minimum(problem.capacity, total)
    if sites is None:
        return float(min(room.sum(), total))
    free = np.sort(room[~problem.fixed])[::-1][: max(sites - int(problem.fixed.sum()), 0)]
    return float(min(free.sum() + room[problem.fixed].sum(), total))


def _blocked(problem: Problem) -> BoolArray:
    blocked = np.zeros(problem.shape[1], dtype=bool)
    fixed = np.flatnonzero(problem.fixed)
    blocked[conflict_matrix(problem.incompatible_pairs, problem.shape[1])[fixed].indices] = True
    return blocked


def _finite(value: float, other: float) -> float:
    return value if np.isfinite(value) else other

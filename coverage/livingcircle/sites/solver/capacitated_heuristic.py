"""Good plans of sites that can be full: add where a site relieves most, drop, exchange.

Every step is judged by a maximum flow over the whole plan, so load that moves two streets on to
make room counts. A greedy that fills one site after the other needs three times as many sites on a
town of 20,000 points.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.sites.solver.max_flow import Flow, Loads, max_flow
from livingcircle.sites.solver.problem import Problem
from livingcircle.sites.solver.search import TINY, conflict_matrix

__all__ = ["PlanLimits", "best_plan", "cheapest_plan"]

TRIES = 6
"""Candidates whose flow is looked at for one place in the plan, the most promising first."""
ATTEMPTS = 12
"""Sites that are taken away in turn in the search for a cheaper plan."""


@dataclass(frozen=True)
class PlanLimits:
    """What a plan must keep to."""

    cost: FloatArray
    rival: csr_array
    fixed: IntArray
    most: float
    budget: float

    @classmethod
    def of(cls, problem: Problem, sites: int | None, budget: float | None) -> PlanLimits:
        """Take the side conditions of a problem and the limits of the question."""
        return cls(
            problem.site_cost,
            conflict_matrix(problem.incompatible_pairs, problem.shape[1]),
            np.flatnonzero(problem.fixed),
            np.inf if sites is None else sites,
            np.inf if budget is None else budget,
        )

    def spent(self, chosen: IntArray) -> float:
        """Cost of a plan."""
        return float(self.cost[chosen].sum())

    def open(self, chosen: IntArray) -> BoolArray:
        """Candidates that may be added to a plan."""
        if len(chosen) >= self.most:
            return np.zeros(len(self.cost), dtype=bool)
        free = self.spent(chosen) + self.cost <= self.budget + 1e-9
        free[chosen] = False
        free[self.rival[chosen].indices] = False
        return free


def best_plan(loads: Loads, limits: PlanLimits, start: IntArray, *, until: float) -> IntArray:
    """Look for the plan that carries the most within the limits.

    Parameters
    ----------
    start
        A plan within the limits to look at beside one that is built from nothing.
    until
        Time on ``time.perf_counter`` after which the best plan so far is the answer.
    """
    plans = [_grown(loads, limits, begin, until) for begin in (start, limits.fixed)]
    chosen, _ = max(plans, key=lambda plan: plan[1].amount)
    return _exchanged(loads, limits, chosen, until)[0]


def cheapest_plan(
    loads: Loads, limits: PlanLimits, start: IntArray, *, bound: float, until: float
) -> IntArray | None:
    """Look for the cheapest plan that carries everything; None when none was found.

    Parameters
    ----------
    start
        A plan to add to, such as the best one where nothing is ever full.
    bound
        No plan costs less.
    """
    best: IntArray | None = None
    for begin in (start, limits.fixed):
        chosen, flow = _grown(loads, limits, begin, until)
        if flow.amount < loads.whole:
            chosen, flow = _exchanged(loads, limits, chosen, until)
        if flow.amount == loads.whole:
            chosen = _thinned(loads, limits, chosen, until)
            if best is None or limits.spent(chosen) < limits.spent(best) - TINY:
                best = chosen
    while best is not None and limits.spent(best) > bound + TINY:
        cheaper = _cheaper(loads, limits, best, until)
        if cheaper is None:
            break
        best = cheaper
    return best


def _cheaper(loads: Loads, limits: PlanLimits, chosen: IntArray, until: float) -> IntArray | None:
    """Take a site away and exchange others until all demand is assigned: then a plan is cheaper."""
    upper = limits.spent(chosen)
    tighter = replace(limits, budget=upper - TINY * max(1.0, upper) - 1e-9)
    movable = np.setdiff1d(chosen, limits.fixed)
    movable = movable[limits.cost[movable] > 0]
    lost = [loads.whole - max_flow(loads, chosen[chosen != j]).amount for j in movable]
    order = np.argsort(np.array(lost) / limits.cost[movable], kind="stable")
    for j in movable[order[:ATTEMPTS]]:
        if time.perf_counter() > until:
            break
        plan, flow = _exchanged(loads, tighter, chosen[chosen != j], until)
        if flow.amount == loads.whole:
            return _thinned(loads, limits, plan, until)
    return None


def _grown(
    loads: Loads, limits: PlanLimits, start: IntArray, until: float
) -> tuple[IntArray, Flow]:
    """Add the site that relieves most for its cost until all is carried or a limit is met."""
    chosen, flow = np.sort(start), max_flow(loads, start)
    while flow.amount < loads.whole:
        # Late, the most promising site is taken without a look at the others.
        tries = TRIES if time.perf_counter() < until else 1
        added = _best_addition(loads, limits, chosen, flow, tries)
        if added is None:
            break
        chosen, flow = added
    return chosen, flow


def _best_addition(
    loads: Loads, limits: PlanLimits, chosen: IntArray, flow: Flow, tries: int
) -> tuple[IntArray, Flow] | None:
    """Return the plan with the best of the further sites, None when none adds anything."""
    price = np.maximum(limits.cost, TINY)
    most = np.where(limits.open(chosen), flow.relief(loads), 0) / price
    best: tuple[IntArray, Flow] | None = None
    rate = 0.0
    for j in np.argsort(-most, kind="stable")[:tries]:
        # What a site adds is at most its relief: beyond this one no other can be better.
        if most[j] <= rate:
            break
        plan = np.sort(np.append(chosen, j))
        after = max_flow(loads, plan)
        if (after.amount - flow.amount) / price[j] > rate:
            best, rate = (plan, after), (after.amount - flow.amount) / price[j]
    return best


def _thinned(loads: Loads, limits: PlanLimits, chosen: IntArray, until: float) -> IntArray:
    """Drop the sites that a plan does not need to serve everybody, the most expensive first."""
    movable = np.setdiff1d(chosen, limits.fixed)
    reach = np.diff(loads.columns.indptr)
    for j in movable[np.lexsort((movable, reach[movable], -limits.cost[movable]))]:
        if time.perf_counter() > until:
            break
        fewer = chosen[chosen != j]
        if max_flow(loads, fewer).amount == loads.whole:
            chosen = fewer
    return chosen


def _exchanged(
    loads: Loads, limits: PlanLimits, chosen: IntArray, until: float
) -> tuple[IntArray, Flow]:
    """Exchange a site for a better one in turn until a whole round finds none."""
    chosen, flow = _grown(loads, limits, chosen, until)
    waiting = list(np.setdiff1d(chosen, limits.fixed))
    fruitless = 0
    while flow.amount < loads.whole and fruitless < len(waiting) and time.perf_counter() < until:
        goes = waiting.pop(0)
        rest = chosen[chosen != goes]
        after = _better(loads, limits, rest, int(goes), flow.amount)
        if after is None:
            waiting.append(goes)
            fruitless += 1
            continue
        before = chosen
        chosen, flow = _grown(loads, limits, after, until)
        waiting += list(np.setdiff1d(chosen, before))
        fruitless = 0
    return chosen, flow


def _better(
    loads: Loads, limits: PlanLimits, rest: IntArray, gone: int, amount: int
) -> IntArray | None:
    """Return the plan with the best site in the place of one that went, if that carries more."""
    flow = max_flow(loads, rest)
    most = np.where(limits.open(rest), flow.relief(loads), 0)
    most[gone] = 0
    best: IntArray | None = None
    for j in np.argsort(-most, kind="stable")[:TRIES]:
        if flow.amount + most[j] <= amount:
            break
        plan = np.sort(np.append(rest, j))
        after = max_flow(loads, plan)
        if after.amount > amount:
            best, amount = plan, after.amount
    return best

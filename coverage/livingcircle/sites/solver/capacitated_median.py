"""The p-median where sites can be full: exchange by dual prices, then HiGHS.

A point goes to the sites that leave the least sum of weight × metres over everybody, which need not
be its nearest. The bound is that of the same sites with room for everybody, or of HiGHS.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.sites.solver.capacitated_exact import EXACT_ENTRIES, exact_transport
from livingcircle.sites.solver.capacitated_heuristic import PlanLimits, best_plan
from livingcircle.sites.solver.max_flow import Loads
from livingcircle.sites.solver.problem import Problem, Solution, relative_gap
from livingcircle.sites.solver.report import fixed_within, report
from livingcircle.sites.solver.transport import Transport, TransportAnswer
from livingcircle.sites.solver.uncapacitated import uncapacitated_p_median

__all__ = ["capacitated_p_median"]

COMES, GOES = 6, 4
"""Candidates to come in and sites to go that are tried with each other, the most promising."""


def capacitated_p_median(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float,
) -> Solution:
    """Find the sites with the least sum of weight × metres (see ``models``)."""
    start = time.perf_counter()
    fixed_within(problem, sites, budget)
    limits = PlanLimits.of(problem, sites, budget)
    task = Transport.of(problem)
    free = replace(problem, capacity=np.full(problem.shape[1], np.inf))
    relaxed = uncapacitated_p_median(free, sites=sites, budget=budget, seconds=seconds / 4)
    if relaxed.status == "infeasible":
        return _nearest_try(problem, relaxed.chosen, start, proven=True)
    plan, sent = _search(problem, task, limits, relaxed.chosen, start + seconds / 2)
    upper = sent.total
    bound, status = _finite(relaxed.bound), "heuristic"
    unsettled = sent.missing > 0 or relative_gap(upper, bound) > 0.0
    if not problem.split or (unsettled and len(task.cols) <= EXACT_ENTRIES):
        answer = exact_transport(problem, task, sites=sites, budget=budget, until=start + seconds)
        plan, upper = _better(task, problem, plan, upper, answer.chosen)
        if answer.proven or answer.infeasible:
            status = "optimal"
            bound = upper if sent.missing == 0 and problem.split else answer.bound
        else:
            bound, status = max(bound, min(answer.bound, upper)), "feasible"
        if answer.infeasible and (sent.missing > 0 or not problem.split):
            return _nearest_try(problem, plan, start, proven=True)
    solution = report(problem, "capacitated_median", plan, bound, status, start)
    if np.isin(solution.left, task.labels).any():
        return _nearest_try(problem, plan, start, proven=False)
    return solution


def _finite(value: float) -> float:
    return value if np.isfinite(value) else 0.0


def _nearest_try(problem: Problem, plan: IntArray, start: float, *, proven: bool) -> Solution:
    """Report a plan that leaves out somebody who must be served."""
    status = "infeasible" if proven else "feasible"
    found = report(problem, "capacitated_median", plan, -np.inf, status, start)
    return replace(found, status=status)


def _better(
    task: Transport, problem: Problem, plan: IntArray, upper: float, found: IntArray | None
) -> tuple[IntArray, float]:
    """Return the plan of the exact solver where it is better than the one in hand."""
    if found is None:
        return plan, upper
    if not problem.split:
        return found, upper
    after = task.sent(found)
    return (found, after.total) if after.total < upper else (plan, upper)


def _search(
    problem: Problem, task: Transport, limits: PlanLimits, start: IntArray, until: float
) -> tuple[IntArray, TransportAnswer]:
    """Start from the plan where nothing is ever full, and exchange sites while that helps."""
    plan, sent = start, task.sent(start)
    if sent.missing > 0:
        # Room first: the plan that carries the most.
        loads = Loads.of(replace(problem, served=np.zeros(problem.shape[0], dtype=bool)))
        other = best_plan(loads, limits, start, until=until)
        found = task.sent(other)
        if found.total < sent.total:
            plan, sent = other, found
    while time.perf_counter() < until:
        better = _step(task, limits, plan, sent)
        if better is None:
            break
        plan, sent = better
    return plan, sent


def _step(
    task: Transport, limits: PlanLimits, plan: IntArray, sent: TransportAnswer
) -> tuple[IntArray, TransportAnswer] | None:
    """Return a better plan with one site more or one exchanged; None where none was found."""
    worth, _ = _knapsacks(task, sent.price)
    comes = np.argsort(worth, kind="stable")
    comes = comes[(worth[comes] < 0) & ~np.isin(comes, plan)]
    open_ = limits.open(plan)
    tries = [np.append(plan, j) for j in comes[open_[comes]][:COMES]]
    if not tries:
        movable = np.setdiff1d(plan, limits.fixed)
        goes = movable[np.argsort(-worth[movable], kind="stable")][:GOES]
        tries = [
            np.append(plan[plan != out], j)
            for j in comes[:COMES]
            for out in goes
            if limits.open(plan[plan != out])[j]
        ]
    for other in tries:
        found = task.sent(np.sort(other))
        if found.total < sent.total * (1 - 1e-9) - 1e-9:
            return np.sort(other), found
    return None


def _knapsacks(task: Transport, price: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fill each candidate with what saves most at these prices.

    Returns
    -------
    tuple
        (m,) what each candidate saves, negative, and the share of each entry that it takes.
    """
    load = task.weight[task.rows]
    saved = load * task.metres - price[task.rows]
    some = np.flatnonzero(saved < 0)
    order = some[np.lexsort((saved[some] / load[some], task.cols[some]))]
    col, mine = task.cols[order], load[order]
    held = np.cumsum(mine)
    start = np.r_[0.0, held][np.searchsorted(col, np.arange(len(task.capacity)))]
    before = held - mine - start[col]
    taken = np.clip((task.capacity[col] - before) / mine, 0.0, 1.0)
    share = np.zeros(len(load))
    share[order] = taken
    worth = np.bincount(col, saved[order] * taken, minlength=len(task.capacity))
    return worth.astype(np.float64), share

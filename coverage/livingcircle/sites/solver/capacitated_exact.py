"""Choosing sites and sending demand to them at once, as one mixed-integer programme."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import LinearConstraint
from scipy.sparse import coo_array, csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.sites.solver.exact import incompatibility_rows, run_highs
from livingcircle.sites.solver.max_flow import Loads
from livingcircle.sites.solver.problem import Problem
from livingcircle.sites.solver.transport import Transport

__all__ = ["EXACT_ENTRIES", "FullAnswer", "exact_full", "exact_transport"]

EXACT_ENTRIES = 60_000
"""Entries (demand × candidate pairs, equal rows merged) up to which HiGHS is tried."""


@dataclass(frozen=True)
class FullAnswer:
    """The answer of HiGHS."""

    chosen: IntArray | None
    bound: float
    proven: bool
    infeasible: bool


def exact_full(
    problem: Problem,
    loads: Loads,
    goal: str,
    *,
    sites: int | None = None,
    budget: float | None = None,
    until: float,
) -> FullAnswer:
    """Solve a covering model with capacities.

    Parameters
    ----------
    goal
        ``cost``: the cheapest sites that carry everything. ``weight``: those that carry the most;
        the bound is then of the negative weight.
    """
    matrix, weight = loads.matrix, loads.weight
    if not problem.split:
        # A merged row would go to one site as a whole.
        rows = problem.open_rows
        rows = rows[problem.weight[rows] > 0]
        matrix, weight = problem.metres[rows], problem.weight[rows]
    entries = coo_array(matrix)
    row, col = entries.row.astype(np.int64), entries.col.astype(np.int64)
    all_of_it = goal == "cost"
    return _solve(
        problem,
        weight,
        row,
        col,
        site_price=problem.site_cost if all_of_it else np.zeros(problem.shape[1]),
        price=np.zeros(len(row)) if all_of_it else -weight[row],
        must=np.full(len(weight), all_of_it),
        sites=sites,
        budget=budget,
        until=until,
    )


def exact_transport(
    problem: Problem,
    task: Transport,
    *,
    sites: int | None,
    budget: float | None,
    until: float,
) -> FullAnswer:
    """Solve the p-median with capacities."""
    row, col, metres = task.rows, task.cols, task.metres
    # What is not sent walks to its fallback; who must be served has none.
    saved = metres - np.where(task.must, 0.0, task.fallback)[row]
    answer = _solve(
        problem,
        task.weight,
        row,
        col,
        site_price=np.zeros(problem.shape[1]),
        price=task.weight[row] * saved,
        must=task.must,
        sites=sites,
        budget=budget,
        until=until,
    )
    base = float(task.weight[~task.must] @ task.fallback[~task.must])
    return FullAnswer(answer.chosen, answer.bound + base, answer.proven, answer.infeasible)


def _solve(
    problem: Problem,
    weight: FloatArray,
    row: IntArray,
    col: IntArray,
    *,
    site_price: FloatArray,
    price: FloatArray,
    must: BoolArray,
    sites: int | None,
    budget: float | None,
    until: float,
) -> FullAnswer:
    """Minimise; variables are the sites, then the share of each entry."""
    n, m, count = len(weight), problem.shape[1], len(row)
    at = m + np.arange(count)
    width = m + count
    load, ones = weight[row], np.ones(count)
    served = csr_array((ones, (row, at)), shape=(n, width))
    room = np.minimum(problem.capacity, float(weight.sum()))
    full = csr_array(
        (np.concatenate([load, -room]), (np.concatenate([col, np.arange(m)]),
                                         np.concatenate([at, np.arange(m)]))),
        shape=(m, width),
    )  # fmt: skip
    # Nobody goes where nothing stands: implied, but it makes the linear programme far tighter.
    opened = csr_array(
        (np.concatenate([ones, -ones]), (np.tile(np.arange(count), 2), np.concatenate([at, col]))),
        shape=(count, width),
    )
    constraints = [
        LinearConstraint(served, must.astype(np.float64), 1),
        LinearConstraint(full, -np.inf, 0),
        LinearConstraint(opened, -np.inf, 0),
        *incompatibility_rows(problem.incompatible_pairs, width),
    ]
    if sites is not None:
        constraints.append(LinearConstraint(np.r_[np.ones(m), np.zeros(count)][None, :], 0, sites))
    if budget is not None:
        money = np.r_[problem.site_cost, np.zeros(count)][None, :]
        constraints.append(LinearConstraint(money, 0, budget))
    answer = run_highs(
        np.concatenate([site_price, price]),
        np.r_[np.ones(m, np.int64), np.full(count, 0 if problem.split else 1)],
        np.ones(width),
        constraints,
        until=until,
        lower=np.r_[problem.fixed.astype(np.float64), np.zeros(count)],
    )
    found = None
    if answer.values is not None:
        built = answer.values[:m] > 0.5
        # A site without demand assigned to it is no proposal.
        carries = np.bincount(col, answer.values[m:] * load, minlength=m) > 1e-7
        found = np.flatnonzero(built & (carries | problem.fixed))
    return FullAnswer(found, answer.bound, answer.proven, answer.infeasible)

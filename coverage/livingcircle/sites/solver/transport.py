"""Who goes where when sites can be full: the transportation problem over chosen sites.

Solved by HiGHS. Its dual values say what one more candidate would save, which the search for the
p-median goes by.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import LinearConstraint, linprog
from scipy.sparse import coo_array, csr_array, hstack, identity

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.sites.solver.exact import run_highs
from livingcircle.sites.solver.problem import Problem

__all__ = ["ROUNDING", "Transport", "TransportAnswer", "assign_by_transport"]

ROUNDING = 1e-4
"""Part of a demand point whose loss is the linear programme's rounding, not a gap."""
WHOLE_SECONDS = 20.0
"""Time for sending whole points to chosen sites, a knapsack problem of its own."""


@dataclass(frozen=True)
class TransportAnswer:
    """The best way to send demand to chosen sites."""

    total: float
    """Sum of weight × metres; a point that must be served and is not counts ``charge`` metres."""
    missing: float
    """Weight that must be served and is not."""
    price: FloatArray
    """(n,) dual value: what serving each point costs at the margin."""


@dataclass(frozen=True)
class Transport:
    """Entries of a p-median with capacities, rows of weight only."""

    rows: IntArray
    cols: IntArray
    metres: FloatArray
    weight: FloatArray
    fallback: FloatArray
    """(n,) metres where no site serves; of points that must be served ``charge``."""
    must: BoolArray
    capacity: FloatArray
    labels: IntArray
    """(n,) row of the problem that each row is."""

    @classmethod
    def of(cls, problem: Problem) -> Transport:
        """Take the points that count; those that nothing reaches have no part in it."""
        reached = (np.diff(problem.metres.indptr) > 0) | np.isfinite(problem.fallback_m)
        labels = np.flatnonzero(reached & (problem.weight > 0))
        part = coo_array(problem.metres[labels])
        other = problem.fallback_m[labels]
        must = np.isinf(other)
        longest = max(float(part.data.max(initial=1.0)), float(other[~must].max(initial=1.0)), 1e-9)
        # Serving one more moves others on at most once per site; the charge exceeds what that
        # saves.
        charge = 2.0 * longest * (problem.shape[1] + 2)
        fallback = np.where(must, charge, other)
        keep = part.data < fallback[part.row]
        return cls(
            part.row[keep].astype(np.int64),
            part.col[keep].astype(np.int64),
            part.data[keep],
            problem.weight[labels],
            fallback,
            must,
            problem.capacity,
            labels,
        )

    def sent(self, chosen: IntArray) -> TransportAnswer:
        """Send the demand to chosen sites, points split where that is better."""
        n, count = len(self.weight), len(chosen)
        place = np.full(len(self.capacity), -1, dtype=np.int64)
        place[chosen] = np.arange(count)
        keep = place[self.cols] >= 0
        row, col, metres = self.rows[keep], place[self.cols[keep]], self.metres[keep]
        if not len(row):
            total = float(self.weight @ self.fallback)
            return TransportAnswer(
                total, float(self.weight[self.must].sum()), self.weight * self.fallback
            )
        load, at = self.weight[row], np.arange(len(row))
        every = csr_array((np.ones(len(row)), (row, at)), shape=(n, len(row)))
        full = csr_array((load, (col, at)), shape=(count, len(row)))
        room = np.minimum(self.capacity[chosen], 2 * self.weight.sum() + 1)
        answer = linprog(
            np.concatenate([load * metres, self.weight * self.fallback]),
            A_ub=csr_array(hstack([full, csr_array((count, n))])),
            b_ub=room,
            A_eq=csr_array(hstack([every, identity(n)])),
            b_eq=np.ones(n),
            method="highs",
        )
        stays = answer.x[len(row) :]
        missing = float(self.weight[self.must] @ np.where(stays > ROUNDING, stays, 0.0)[self.must])
        return TransportAnswer(float(answer.fun), missing, np.asarray(answer.eqlin.marginals))


def assign_by_transport(problem: Problem, chosen: IntArray, *, metres_count: bool) -> csr_array:
    """Send demand to chosen sites: as much as they carry, and of that the shortest walks.

    Parameters
    ----------
    metres_count
        The p-median: a point with somewhere else to go is sent only where that is nearer. Else
        whoever is not served is sent wherever an entry is.

    Returns
    -------
    csr_array
        (n, m) share of each demand point at each site; a row sums to 1 at most, and is one entry
        of 1 where the problem does not split points.
    """
    n, m = problem.shape
    place = np.full(m, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    entries = coo_array(problem.metres)
    other = problem.fallback_m if metres_count else np.full(n, np.inf)
    weight = problem.weight if metres_count else np.where(problem.served, 0.0, problem.weight)
    keep = (place[entries.col] >= 0) & (weight[entries.row] > 0)
    keep &= entries.data < other[entries.row]
    row, col, metres = entries.row[keep], entries.col[keep], entries.data[keep]
    if not len(row):
        return csr_array((n, m))
    load = weight[row]
    at = np.arange(len(row))
    every = csr_array((np.ones(len(row)), (row, at)), shape=(n, len(row)))
    one = LinearConstraint(every, 0, 1)
    room = LinearConstraint(
        csr_array((load, (place[col], at)), shape=(len(chosen), len(row))),
        0,
        np.minimum(problem.capacity[chosen], 2 * weight.sum() + 1),
    )
    kind = np.full(len(row), 0 if problem.split else 1, dtype=np.int64)
    top = np.ones(len(row))
    until = time.perf_counter() + (60.0 if problem.split else WHOLE_SECONDS)
    # First those who must be served, then the walks of all.
    forced = np.where(np.isinf(other[row]), load, 0.0)
    most = run_highs(-forced, kind, top, [one, room], until=until)
    if most.values is None:
        return csr_array((n, m))
    amount = float(forced @ most.values)
    asked = np.bincount(row, forced, minlength=n) > 0
    if amount >= float(weight[asked].sum()) * (1 - 1e-9):
        keep_it = LinearConstraint(every, asked.astype(np.float64), 1)
    else:
        keep_it = LinearConstraint(forced[None, :], amount * (1 - 1e-9) - 1e-9, np.inf)
    saved = load * (metres - np.where(np.isinf(other[row]), 0.0, other[row]))
    near = run_highs(saved, kind, top, [one, room, keep_it], until=until)
    shares = most.values if near.values is None else near.values
    if not problem.split:
        shares = np.round(shares)
    used = shares > 1e-7
    return csr_array((np.minimum(shares[used], 1.0), (row[used], col[used])), shape=(n, m))

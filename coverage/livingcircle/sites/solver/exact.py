"""Exact answers from HiGHS (scipy.optimize.milp) for problems that are already small."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.sites.solver.search import Walks

__all__ = ["HighsAnswer", "exact_cover", "exact_walks", "incompatibility_rows", "run_highs"]


@dataclass(frozen=True)
class HighsAnswer:
    """What HiGHS says."""

    values: FloatArray | None
    """Values of the variables; None when it found none in time, or there is none."""
    bound: float
    """Proven lower bound of the objective; -inf when there is none."""
    proven: bool
    infeasible: bool


def run_highs(
    objective: FloatArray,
    integral: IntArray,
    upper: FloatArray,
    constraints: list[LinearConstraint],
    *,
    until: float,
    lower: FloatArray | None = None,
) -> HighsAnswer:
    """Minimise; variables lie between ``lower`` (default 0) and ``upper``.

    HiGHS is deterministic as long as it is not stopped by the clock, at ``until`` on
    ``time.perf_counter``; it has a second in any case.
    """
    result = milp(
        objective,
        integrality=integral,
        bounds=Bounds(np.zeros(len(objective)) if lower is None else lower, upper),
        constraints=constraints,
        options={"time_limit": max(until - time.perf_counter(), 1.0), "mip_rel_gap": 0.0},
    )
    bound = result.mip_dual_bound
    if bound is None or not np.isfinite(bound):
        bound = float(result.fun) if result.status == 0 else -np.inf
    values = None if result.x is None else np.asarray(result.x, dtype=np.float64)
    return HighsAnswer(values, float(bound), result.status == 0, result.status == 2)


def exact_cover(
    matrix: csr_array, cost: FloatArray, incompatible_pairs: IntArray, *, until: float
) -> HighsAnswer:
    """Cover every row at least cost."""
    m = matrix.shape[1]
    constraints = [
        LinearConstraint(matrix, 1, np.inf),
        *incompatibility_rows(incompatible_pairs, m),
    ]
    return run_highs(cost, np.ones(m, np.int64), np.ones(m), constraints, until=until)


def exact_walks(walks: Walks, fixed: IntArray, must: BoolArray, *, until: float) -> HighsAnswer:
    """Minimise the sum of weight × metres to the nearest site within the limits of ``walks``.

    The radius formulation (Garcia, Labbe and Marin 2011): for each demand point and each distinct
    distance d to a candidate, a variable says that no site stands within d; it costs the step to
    the next distance. Covering problems have one distance per point, so one variable.

    Parameters
    ----------
    must
        (n,) true where a point may not fall back on ``fallback_m``.

    Returns
    -------
    HighsAnswer
        The first ``m`` values are the candidates; the bound counts the metres that cannot be
        saved, too.
    """
    m = walks.columns
    order = np.lexsort((walks.cols, walks.metres, walks.rows))
    rows, cols, metres = walks.rows[order], walks.cols[order], walks.metres[order]
    new_row = np.r_[True, np.diff(rows) > 0]
    ring = np.cumsum(new_row | np.r_[True, np.diff(metres) > 0]) - 1  # one variable per ring
    first = np.flatnonzero(np.r_[True, np.diff(ring) > 0])
    ring_row, ring_m, opens = rows[first], metres[first], new_row[first]
    count = len(first)
    last = np.r_[opens[1:], True]
    step = np.r_[ring_m[1:], 0.0] - ring_m
    step[last] = walks.fallback_m[ring_row[last]] - ring_m[last]
    price = walks.weight[ring_row] * step
    # not_within[k] + sites on ring k >= not_within[k - 1], which is 1 before the first ring.
    inner = np.flatnonzero(~opens)
    left = coo_array(
        (
            np.concatenate([np.ones(count), -np.ones(len(inner))]),
            (
                np.concatenate([np.arange(count), inner]),
                np.concatenate([np.arange(count), inner - 1]),
            ),
        ),
        shape=(count, count),
    )
    right = coo_array((np.ones(len(ring)), (ring, cols)), shape=(count, m))
    chain = LinearConstraint(hstack([right, left]).tocsr(), opens.astype(np.float64), np.inf)
    upper = np.ones(m + count)
    upper[m:][last & must[ring_row]] = 0.0
    lower = np.zeros(m + count)
    lower[fixed] = 1.0
    constraints = [
        chain,
        *_limits(walks, count),
        *incompatibility_rows(_pairs(walks.rival), m + count),
    ]
    answer = run_highs(
        np.concatenate([np.zeros(m), price]),
        np.concatenate([np.ones(m, np.int64), np.zeros(count, np.int64)]),
        upper,
        constraints,
        until=until,
        lower=lower,
    )
    base = walks.weight * walks.fallback_m
    base[ring_row[opens]] = (walks.weight[ring_row] * ring_m)[opens]
    return HighsAnswer(answer.values, answer.bound + base.sum(), answer.proven, answer.infeasible)


def _limits(walks: Walks, others: int) -> list[LinearConstraint]:
    """Count and cost of a plan; ``others`` is the number of variables that are not candidates."""
    made = []
    zeros = np.zeros(others)
    if walks.most < walks.columns:
        made.append(LinearConstraint(np.r_[np.ones(walks.columns), zeros][None, :], 0, walks.most))
    if np.isfinite(walks.budget):
        made.append(LinearConstraint(np.r_[walks.cost, zeros][None, :], 0, walks.budget))
    return made


def incompatibility_rows(incompatible_pairs: IntArray, width: int) -> list[LinearConstraint]:
    """At most one of each pair."""
    if not len(incompatible_pairs):
        return []
    pair = np.repeat(np.arange(len(incompatible_pairs)), 2)
    return [
        LinearConstraint(
            csr_array(
                (np.ones(len(pair)), (pair, incompatible_pairs.ravel())),
                shape=(len(incompatible_pairs), width),
            ),
            0,
            1,
        )
    ]


def _pairs(rival: csr_array) -> IntArray:
    both = coo_array(rival)
    once = both.row < both.col
    return np.column_stack([both.row[once], both.col[once]]).astype(np.int64)

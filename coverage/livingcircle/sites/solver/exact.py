"""Exact answers from HiGHS (highspy) for problems that are already small."""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.optimize import LinearConstraint
from scipy.sparse import coo_array, csr_array, hstack, vstack

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.sites.solver.search import Walks

__all__ = ["Answer", "apart_rows", "exact_cover", "exact_walks", "run_highs"]


@dataclass(frozen=True)
class Answer:
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
    sites: int = 0,
    start: IntArray | None = None,
) -> Answer:
    """Minimise; variables lie between ``lower`` (default 0) and ``upper``.

    HiGHS is deterministic as long as it is not stopped by the clock, at ``until`` on
    ``time.perf_counter``; it has a second in any case.

    Parameters
    ----------
    sites, start
        The first ``sites`` variables say which candidates are built; in the plan to start from
        those of ``start`` are, and HiGHS finds the other variables itself.
    """
    programme = highspy.HighsLp()
    programme.num_col_ = len(objective)
    programme.col_cost_, programme.col_upper_ = objective, upper
    programme.col_lower_ = np.zeros(len(objective)) if lower is None else lower
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    programme.integrality_ = [kinds[kind] for kind in integral]
    rows = [csr_array(part.A) for part in constraints]
    matrix = csr_array(vstack(rows)) if rows else csr_array((0, len(objective)))
    programme.num_row_ = matrix.shape[0]
    sides = [
        np.broadcast_to(side, part.shape[0]).astype(np.float64)
        for each, part in zip(constraints, rows, strict=True)
        for side in (each.lb, each.ub)
    ]
    programme.row_lower_ = np.concatenate([np.zeros(0), *sides[::2]])
    programme.row_upper_ = np.concatenate([np.zeros(0), *sides[1::2]])
    programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    programme.a_matrix_.start_, programme.a_matrix_.index_ = matrix.indptr, matrix.indices
    programme.a_matrix_.value_ = matrix.data
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("time_limit", seconds_left(until))
    solver.passModel(programme)
    if start is not None:
        built = np.zeros(sites)
        built[start] = 1.0
        solver.setSolution(sites, np.arange(sites, dtype=np.int32), built)
    solver.run()
    return _answer(solver, bool(integral.any()))


def seconds_left(until: float) -> float:
    """Return the time limit of a run that is to end at ``until``."""
    return max(until - time.perf_counter(), 1.0)


def _answer(solver: highspy.Highs, whole: bool) -> Answer:
    """Read values, bound and status of a run."""
    info, status = solver.getInfo(), solver.getModelStatus()
    proven = status == highspy.HighsModelStatus.kOptimal
    values = None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        values = np.asarray(solver.getSolution().col_value, dtype=np.float64)
    bound = info.mip_dual_bound if whole else -np.inf
    if proven and not (whole and np.isfinite(bound)):
        bound = info.objective_function_value
    return Answer(
        values,
        float(bound) if np.isfinite(bound) else -np.inf,
        proven,
        # Every programme here is bounded.
        status
        in (
            highspy.HighsModelStatus.kInfeasible,
            highspy.HighsModelStatus.kUnboundedOrInfeasible,
        ),
    )


def exact_cover(
    matrix: csr_array,
    cost: FloatArray,
    apart: IntArray,
    *,
    until: float,
    start: IntArray | None = None,
) -> Answer:
    """Cover every row at least cost, from a plan on."""
    m = matrix.shape[1]
    constraints = [LinearConstraint(matrix, 1, np.inf), *apart_rows(apart, m)]
    return run_highs(
        cost, np.ones(m, np.int64), np.ones(m), constraints, until=until, sites=m, start=start
    )


def exact_walks(
    walks: Walks,
    fixed: IntArray,
    must: BoolArray,
    *,
    until: float,
    start: IntArray | None = None,
) -> Answer:
    """Minimise the sum of weight × metres to the nearest site within the limits of ``walks``.

    The radius formulation (Garcia, Labbe and Marin 2011): for each demand point and each distinct
    distance d to a candidate, a variable says that no site stands within d; it costs the step to
    the next distance. Covering problems have one distance a point, so one variable.

    Parameters
    ----------
    must
        (n,) true where a point may not fall back on ``otherwise``.
    start
        A plan to start from.

    Returns
    -------
    Answer
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
    step[last] = walks.otherwise[ring_row[last]] - ring_m[last]
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
    constraints = [chain, *_limits(walks, count), *apart_rows(_pairs(walks.rival), m + count)]
    answer = run_highs(
        np.concatenate([np.zeros(m), price]),
        np.concatenate([np.ones(m, np.int64), np.zeros(count, np.int64)]),
        upper,
        constraints,
        until=until,
        lower=lower,
        sites=m,
        start=start,
    )
    base = walks.weight * walks.otherwise
    base[ring_row[opens]] = (walks.weight[ring_row] * ring_m)[opens]
    return Answer(answer.values, answer.bound + base.sum(), answer.proven, answer.infeasible)


def _limits(walks: Walks, others: int) -> list[LinearConstraint]:
    """Count and cost of a plan; ``others`` is the number of variables that are not candidates."""
    made = []
    zeros = np.zeros(others)
    if walks.most < walks.columns:
        made.append(LinearConstraint(np.r_[np.ones(walks.columns), zeros][None, :], 0, walks.most))
    if np.isfinite(walks.budget):
        made.append(LinearConstraint(np.r_[walks.cost, zeros][None, :], 0, walks.budget))
    return made


def apart_rows(apart: IntArray, width: int) -> list[LinearConstraint]:
    """At most one of each pair."""
    if not len(apart):
        return []
    pair = np.repeat(np.arange(len(apart)), 2)
    return [
        LinearConstraint(
            csr_array((np.ones(len(pair)), (pair, apart.ravel())), shape=(len(apart), width)), 0, 1
        )
    ]


def _pairs(rival: csr_array) -> IntArray:
    both = coo_array(rival)
    once = both.row < both.col
    return np.column_stack([both.row[once], both.col[once]]).astype(np.int64)

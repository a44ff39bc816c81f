"""From chosen candidates to a ``Solution``: who goes where, what it costs, what is left."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.errors import ConfigError
from livingcircle.sites.solver.problem import Problem, Solution, nearest_chosen, relative_gap
from livingcircle.sites.solver.transport import ROUNDING, assign_by_transport

__all__ = [
    "cover_within",
    "fixed_within",
    "has_capacity",
    "least_metres",
    "metres_at",
    "report",
    "without_fallback",
]


def has_capacity(problem: Problem) -> bool:
    """Whether any candidate can be full."""
    return bool(np.isfinite(problem.capacity).any())


def fixed_within(problem: Problem, sites: int | None, budget: float | None) -> IntArray:
    """Return the fixed candidates.

    Raises
    ------
    ConfigError
        They alone are over a limit.
    """
    fixed = np.flatnonzero(problem.fixed)
    cost = float(problem.site_cost[fixed].sum())
    if sites is not None and len(fixed) > sites:
        raise ConfigError(
            f"{len(fixed)} sites are fixed, but only {sites} may be built",
            hint="Allow more sites, or free some of the fixed ones.",
        )
    if budget is not None and cost > budget + 1e-9:
        raise ConfigError(
            f"the fixed sites cost {cost:g}, the budget is {budget:g}",
            hint="Raise the budget, or free some of the fixed sites.",
        )
    return fixed


def without_fallback(problem: Problem) -> BoolArray:
    """(n,) points with nowhere else to go."""
    return np.isinf(problem.fallback_m)


def least_metres(problem: Problem) -> FloatArray:
    """Metres of each point if everything were built."""
    least = problem.fallback_m.copy()
    matrix = problem.metres
    full = np.flatnonzero(np.diff(matrix.indptr) > 0)
    if len(full):
        nearest = np.minimum.reduceat(matrix.data, matrix.indptr[full])
        least[full] = np.minimum(least[full], nearest)
    return least


def cover_within(problem: Problem, radius: float) -> Problem:
    """Return the covering problem of p-center: serve within a radius whoever has nothing nearer."""
    matrix = problem.metres
    keep = matrix.data <= radius
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    near = csr_array((matrix.data[keep], (rows[keep], matrix.indices[keep])), shape=matrix.shape)
    near.sort_indices()
    done = (problem.fallback_m <= radius) | np.isinf(least_metres(problem))
    return replace(problem, metres=near, served=done)


def report(
    problem: Problem,
    model: str,
    chosen: IntArray,
    bound: float,
    status: str,
    start: float,
    *,
    radius: float | None = None,
) -> Solution:
    """Assign the demand to a plan and measure it.

    Parameters
    ----------
    model
        One of lscp, mclp, partial_cover, median or center; with ``capacitated_`` before it where
        sites can be full.
    start
        ``time.perf_counter()`` when the work began.
    radius
        Of a capacitated p-center: nobody is sent farther.
    """
    kind = model.removeprefix("capacitated_")
    covers = kind in ("lscp", "mclp", "partial_cover")
    shares = None
    if model != kind:
        shares, assigned, left = _shared(problem, kind, chosen, radius)
    else:
        assigned = nearest_chosen(problem, chosen, covering=covers)
        left = (assigned < 0) & (~problem.served if covers else without_fallback(problem))
    objective = _objective(problem, kind, chosen, assigned, shares)
    gap = relative_gap(objective, bound)
    if gap == 0.0 and shares is not None and covers:
        # Flows are sent in whole units: what is lost to rounding is no loss of people.
        objective = bound
    if gap == 0.0 and status in ("feasible", "heuristic"):
        status = "optimal"
    return Solution(
        model=model,
        chosen=np.asarray(chosen, dtype=np.int64),
        assigned=assigned,
        objective=objective,
        bound=bound,
        gap=gap,
        status=status,
        seconds=time.perf_counter() - start,
        left=np.flatnonzero(left),
        unreachable=problem.unreachable,
        shares=shares,
    )


def _objective(
    problem: Problem, kind: str, chosen: IntArray, assigned: IntArray, shares: csr_array | None
) -> float:
    if kind == "lscp":
        return float(problem.site_cost[chosen].sum())
    if kind == "partial_cover":
        return float(len(chosen))
    if kind == "mclp" and shares is not None:
        return float(problem.weight @ np.asarray(shares.sum(axis=1)))
    if kind == "mclp":
        return float(problem.weight[assigned >= 0].sum())
    counted = np.isfinite(least_metres(problem))
    if shares is None:
        walked = _walked(problem, assigned)
        counted &= np.isfinite(walked)
        if kind == "median":
            return float(problem.weight[counted] @ walked[counted])
        return float(walked[counted].max(initial=0.0))
    return _shared_walks(problem, kind, assigned, shares, counted)


def _walked(problem: Problem, assigned: IntArray) -> FloatArray:
    """Metres of each point to its site, or to what it has otherwise."""
    matrix = problem.metres
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    mine = assigned[rows] == matrix.indices
    walked = problem.fallback_m.copy()
    walked[rows[mine]] = matrix.data[mine]
    return walked


def _shared(
    problem: Problem, kind: str, chosen: IntArray, radius: float | None
) -> tuple[csr_array, IntArray, BoolArray]:
    """Shares of each point at each site, the site with the largest share, and who is left."""
    task = problem
    if kind == "center" and radius is not None:
        task = cover_within(problem, radius)
    shares = assign_by_transport(task, chosen, metres_count=kind == "median")
    got = np.asarray(shares.sum(axis=1))
    sizes = np.diff(shares.indptr)
    assigned = np.full(problem.shape[0], -1, dtype=np.int64)
    order = np.lexsort((shares.indices, -shares.data, np.repeat(np.arange(len(sizes)), sizes)))
    some = np.flatnonzero(sizes > 0)
    assigned[some] = shares.indices[order][shares.indptr[some]]
    # Points without weight go wherever a site is: they take no room.
    empty = (assigned < 0) & (problem.weight == 0)
    nearest = nearest_chosen(task, chosen, covering=kind != "median")
    assigned[empty] = nearest[empty]
    needs = without_fallback(problem) if kind == "median" else ~task.served
    if kind == "center":
        needs |= np.isinf(least_metres(problem))
    left = needs & (got < 1 - ROUNDING) & ~(empty & (nearest >= 0))
    return shares, assigned, left


def _shared_walks(
    problem: Problem, kind: str, assigned: IntArray, shares: csr_array, counted: BoolArray
) -> float:
    """Sum of weight × metres, or the longest walk, where a point may go to several sites."""
    rows = np.repeat(np.arange(shares.shape[0]), np.diff(shares.indptr))
    # A stored distance may be 0, so look its place up instead of multiplying.
    metres = metres_at(problem.metres, rows, shares.indices)
    rest = 1.0 - np.asarray(shares.sum(axis=1))
    elsewhere = counted & np.isfinite(problem.fallback_m)
    if kind == "median":
        sent = float((problem.weight[rows] * shares.data) @ metres)
        stay = np.where(elsewhere, problem.weight * np.maximum(rest, 0.0), 0.0)
        return sent + float(stay @ np.where(elsewhere, problem.fallback_m, 0.0))
    worst = float(metres[shares.data > ROUNDING].max(initial=0.0))
    stays = elsewhere & (rest > ROUNDING) & (assigned < 0)
    alone = (assigned >= 0) & (problem.weight == 0)
    light = metres_at(problem.metres, np.flatnonzero(alone), assigned[alone])
    return max(
        worst,
        float(light.max(initial=0.0)),
        float(problem.fallback_m[stays].max(initial=0.0)),
    )


def metres_at(matrix: csr_array, rows: IntArray, cols: IntArray) -> FloatArray:
    """Look up the stored metres of some entries."""
    m = matrix.shape[1]
    keys = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * m + matrix.indices
    return np.asarray(matrix.data[np.searchsorted(keys, rows * m + cols)], dtype=np.float64)

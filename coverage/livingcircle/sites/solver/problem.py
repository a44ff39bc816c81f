"""The siting problem in arrays: who could walk to which candidate, and what a solver answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, issparse

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.errors import InputError

__all__ = ["Problem", "Solution", "cost_entries", "nearest_chosen", "relative_gap"]

EXACT = 1e-6
"""Relative gap at and below which an answer counts as proven best: HiGHS works in doubles with a
feasibility tolerance of 1e-6 or so, and a finer claim would be about rounding."""


@dataclass(frozen=True)
class Problem:
    """Demand × candidate metres with weights, costs and side conditions.

    Build it with ``of``, which checks the arrays and fills what was left out.
    """

    metres: csr_array
    """(n, m) walking metres; an explicit entry says "within the limit", also when it is 0."""
    weight: FloatArray
    """(n,) people, households, ... at each demand point; the load that capacities are held to."""
    served: BoolArray
    """(n,) reached by a facility that stands already: no gap (the covering models)."""
    fallback_m: FloatArray
    """(n,) metres walked when no candidate serves the point: to the nearest facility that stands,
    or a charge for having none; inf = the point must be served (median and centre)."""
    site_cost: FloatArray
    """(m,) cost of each candidate; 1 each makes cost a count."""
    fixed: BoolArray
    """(m,) decided already: part of every plan, and of its count and budget."""
    incompatible_pairs: IntArray
    """(k, 2) pairs of candidates that must not both be built (nearer than the minimum distance)."""
    capacity: FloatArray
    """(m,) load a candidate can carry; inf = no limit."""
    split: bool = True
    """Whether a full site may send a part of a demand point on to another (capacities only)."""

    @classmethod
    def of(
        cls,
        metres: object,
        weight: FloatArray | None = None,
        *,
        served: BoolArray | None = None,
        fallback_m: FloatArray | None = None,
        site_cost: FloatArray | None = None,
        fixed: BoolArray | None = None,
        incompatible_pairs: IntArray | None = None,
        capacity: FloatArray | None = None,
        split: bool = True,
    ) -> Problem:
        """Check the arrays against one another and fill the ones left out.

        Parameters
        ----------
        metres
            As ``cost_entries`` takes it.

        Raises
        ------
        InputError
            A length that does not fit, or a value that is negative or not a number.
        """
        matrix = cost_entries(metres)
        n, m = matrix.shape
        made = cls(
            metres=matrix,
            weight=_filled(weight, n, 1.0, "weight", finite=True),
            served=_mask(served, n, "served"),
            fallback_m=_filled(fallback_m, n, np.inf, "fallback_m"),
            site_cost=_filled(site_cost, m, 1.0, "site_cost", finite=True),
            fixed=_mask(fixed, m, "fixed"),
            incompatible_pairs=np.zeros((0, 2), np.int64)
            if incompatible_pairs is None
            else np.asarray(incompatible_pairs, np.int64),
            capacity=_filled(capacity, m, np.inf, "capacity"),
            split=split,
        )
        if made.incompatible_pairs.size and (
            made.incompatible_pairs.min() < 0 or made.incompatible_pairs.max() >= m
        ):
            raise InputError("a pair of 'incompatible_pairs' names a candidate that is not there")
        both = (
            made.fixed[made.incompatible_pairs].all(axis=1)
            if made.incompatible_pairs.size
            else np.zeros(0, bool)
        )
        if both.any():
            a, b = made.incompatible_pairs[np.flatnonzero(both)[0]]
            raise InputError(
                f"the fixed sites {a} and {b} stand nearer to each other than the minimum distance",
                hint="Lower the minimum distance, or free one of them.",
            )
        return made

    @property
    def shape(self) -> tuple[int, int]:
        """Number of demand points and of candidates."""
        n, m = self.metres.shape
        return int(n), int(m)

    @property
    def open_rows(self) -> IntArray:
        """Demand points that are not served and that some candidate reaches."""
        return np.flatnonzero(~self.served & (np.diff(self.metres.indptr) > 0))

    @property
    def unreachable(self) -> IntArray:
        """Demand points that are not served and that no candidate reaches."""
        return np.flatnonzero(~self.served & (np.diff(self.metres.indptr) == 0))


@dataclass(frozen=True)
class Solution:
    """What to build, who goes where, and how far from the best that can be."""

    model: str
    """lscp, mclp, partial_cover, median or center; with capacities ``capacitated_`` before it."""
    chosen: IntArray
    """Candidates to build, ascending; the fixed ones among them."""
    assigned: IntArray
    """(n,) the chosen candidate each demand point goes to, -1 = to none of them."""
    objective: float
    """lscp: cost of the sites. mclp: weight newly covered. partial_cover: number of sites. median:
    sum of weight × metres. center: metres of the longest walk. capacitated_*: the same."""
    bound: float
    """No plan can do better than this."""
    gap: float
    """Distance between objective and bound, as a share of the objective (0 = proven best)."""
    status: str
    """optimal (proven), feasible (time was up), heuristic (too large to prove; the bound holds),
    infeasible (no plan keeps the conditions; ``chosen`` then holds the nearest try), thinned (a
    best plan without the sites that serve too few)."""
    seconds: float
    left: IntArray
    """Demand points that stay unserved, ascending."""
    unreachable: IntArray
    """Those of them that no candidate reaches at all."""
    shares: csr_array | None = None
    """Capacitated models: (n, m) share of each demand point that goes to each candidate."""


def cost_entries(values: object) -> csr_array:
    """Return a demand × candidate cost matrix as explicit entries, one per pair within reach.

    Parameters
    ----------
    values
        (n, m) costs from 0 up. Dense: every finite number is an entry, also 0; inf says that the
        candidate does not reach the point. Sparse: every stored number is an entry, also 0; what
        is not stored is not within reach.

    Raises
    ------
    InputError
        No matrix of two dimensions, or a value that is negative or not a number.
    """
    if issparse(values):
        entries = coo_array(values)
        shape, stored = entries.shape, entries.data
        row, col = entries.row, entries.col
    else:
        full = _dense(values)
        shape = full.shape
        row, col = np.nonzero(full != np.inf)
        stored = full[row, col]
    if stored.dtype.kind not in "fiu":
        raise InputError(
            f"the cost matrix holds {stored.dtype}, not numbers",
            field="cost_matrix",
            hint="State the distance or time of each pair; inf where there is no way.",
        )
    data = stored.astype(np.float64)
    wrong = np.flatnonzero(~(data >= 0))
    if len(wrong):
        k = wrong[0]
        raise InputError(
            f"the cost of row {row[k]}, column {col[k]} is {data[k]:g}",
            field="cost_matrix",
            hint="State a number from 0 up, or inf where there is no way.",
        )
    keep = np.isfinite(data)
    matrix = csr_array(
        coo_array((data[keep], (row[keep].astype(np.int64), col[keep].astype(np.int64))), shape)
    )
    matrix.sort_indices()
    return matrix


def _dense(values: object) -> np.ndarray:
    """Two dimensions of numbers; what a masked array hides is not within reach."""
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(np.float64), np.inf)
        full = np.asarray(values)
        full = full.astype(np.float64) if full.dtype.kind == "O" else full
    except (TypeError, ValueError) as error:
        raise InputError(
            "the cost matrix is no table of numbers",
            field="cost_matrix",
            hint="Give every row as many numbers as there are candidates.",
        ) from error
    if full.ndim != 2:
        raise InputError(
            f"the cost matrix has {full.ndim} dimensions",
            field="cost_matrix",
            hint="Give one row per demand point and one column per candidate.",
        )
    return full


def relative_gap(objective: float, bound: float) -> float:
    """Return the distance between objective and bound as a share of the objective."""
    if not np.isfinite(objective) or not np.isfinite(bound):
        return float("inf")
    distance = abs(objective - bound)
    if distance <= EXACT * max(1.0, abs(objective)):
        return 0.0
    return distance / abs(objective) if objective else float("inf")


def nearest_chosen(problem: Problem, chosen: IntArray, *, covering: bool) -> IntArray:
    """Return for each demand point the nearest chosen candidate (ties: the first), -1 = none.

    For the covering models a point that is served goes to none of them; for the others a point
    whose ``fallback_m`` is no farther.
    """
    n, m = problem.shape
    picked = np.zeros(m, dtype=bool)
    picked[chosen] = True
    matrix = problem.metres
    keep = picked[matrix.indices]
    rows = np.repeat(np.arange(n), np.diff(matrix.indptr))[keep]
    cols, metres = matrix.indices[keep].astype(np.int64), matrix.data[keep]
    order = np.lexsort((cols, metres, rows))
    rows, cols, metres = rows[order], cols[order], metres[order]
    first = np.flatnonzero(np.r_[True, np.diff(rows) > 0]) if len(rows) else np.zeros(0, np.int64)
    assigned = np.full(n, -1, dtype=np.int64)
    if covering:
        better = ~problem.served[rows[first]]
    else:
        better = metres[first] < problem.fallback_m[rows[first]]
    assigned[rows[first][better]] = cols[first][better]
    return assigned


def _filled(
    values: FloatArray | None, length: int, default: float, name: str, *, finite: bool = False
) -> FloatArray:
    if values is None:
        return np.full(length, default)
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (length,):
        raise InputError(f"{name} has shape {array.shape}, expected ({length},)", field=name)
    wrong = ~((array >= 0) & (np.isfinite(array) if finite else ~np.isnan(array)))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(f"{name}[{row}] is {array[row]}, expected a number from 0 up", field=name)
    return array


def _mask(values: BoolArray | None, length: int, name: str) -> BoolArray:
    array = np.zeros(length, dtype=bool) if values is None else np.asarray(values, dtype=bool)
    if array.shape != (length,):
        raise InputError(f"{name} has shape {array.shape}, expected ({length},)", field=name)
    return array

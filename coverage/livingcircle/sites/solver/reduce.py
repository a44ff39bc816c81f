"""Making a covering problem smaller without losing its best answer.

The rules are the classical ones (Toregas and ReVelle 1973; Church and ReVelle 1974): equal rows are
one row with the sum of the weights, a candidate that covers no more than another and costs no less
can go, a demand point that is covered whenever another one is can go, and a demand point with one
candidate left decides for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array, csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray

__all__ = ["Cover", "merge_rows", "reduce_cover", "undominated_columns", "undominated_rows"]

DOMINANCE_WORK = 400_000_000
"""Multiplications that a dominance test may take (about 4 s); beyond it the test is left out, the
problem stays larger and its answer the same."""
DOMINANCE_BLOCK = 20_000_000
"""Multiplications in one block of a dominance test: keeps the product near 200 MB."""


@dataclass(frozen=True)
class Cover:
    """A reduced covering problem, and the way back."""

    matrix: csr_array
    """(rows, columns) of ones."""
    columns: IntArray
    """The candidate that each column is."""
    cost: FloatArray
    forced: IntArray
    """Candidates that every plan needs."""


def merge_rows(matrix: csr_array, weight: FloatArray) -> tuple[csr_array, FloatArray, IntArray]:
    """Merge demand points that the same candidates cover.

    Returns
    -------
    tuple
        The matrix of the distinct rows, their summed weights, and the row each old row became.
    """
    n, m = matrix.shape
    # A row's fingerprint is the sum of four random 40-bit numbers of each of its columns: that two
    # different rows share one is less likely than 1e-40.
    keys = np.random.default_rng(20251121).integers(1, 2**40, size=(m, 4)).astype(np.float64)
    prints = _ones(matrix) @ keys
    order = np.lexsort(prints.T)
    new = np.r_[True, (np.diff(prints[order], axis=0) != 0).any(axis=1)] if n else np.zeros(0, bool)
    group = np.empty(n, dtype=np.int64)
    group[order] = np.cumsum(new) - 1
    # Number the groups by their first row, so that order in is order out.
    first = np.full(int(new.sum()), n, dtype=np.int64)
    np.minimum.at(first, group, np.arange(n))
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    group = rank[group]
    total = np.bincount(group, weight, minlength=len(first)).astype(np.float64)
    return matrix[np.sort(first)], total, group


def undominated_columns(
    matrix: csr_array, cost: FloatArray, keep_all: BoolArray | None = None
) -> BoolArray:
    """Return which candidates stay: none that covers more or the same for no more money beats them.

    Of equal candidates the cheapest stays, then the first. All stay where the test is too much
    work. Candidates of ``keep_all`` neither beat nor are beaten.
    """
    free = np.ones(matrix.shape[1], dtype=bool) if keep_all is None else ~keep_all
    ones = _ones(matrix)
    columns = ones.T.tocsr()
    size = np.diff(columns.indptr).astype(np.float64)
    beaten = np.zeros(len(free), dtype=bool)
    for low, high in _blocks(columns, ones):
        both = coo_array(columns[low:high] @ ones)
        j, k, count = both.row + low, both.col, both.data
        inside = (count == size[j]) & (j != k) & (cost[k] <= cost[j]) & free[j] & free[k]
        strict = (size[k] > size[j]) | (cost[k] < cost[j]) | (k < j)
        beaten[j[inside & strict]] = True
    return ~beaten


def undominated_rows(matrix: csr_array) -> BoolArray:
    """Return which demand points stay: those not covered by force of covering another one."""
    ones = _ones(matrix)
    n = ones.shape[0]
    size = np.diff(ones.indptr).astype(np.float64)
    other = ones.T.tocsr()
    keep = np.ones(n, dtype=bool)
    for low, high in _blocks(ones, other):
        both = coo_array(ones[low:high] @ other)
        i, k, count = both.row + low, both.col, both.data
        # Row i inside row k: whoever covers i covers k. Of equal rows the first stays.
        inside = (count == size[i]) & (i != k) & ((size[k] > size[i]) | (i < k))
        keep[k[inside]] = False
    return keep


def reduce_cover(matrix: csr_array, cost: FloatArray, *, keep_all: BoolArray) -> Cover:
    """Reduce a set covering problem until no rule applies.

    Parameters
    ----------
    matrix
        (n, m); an explicit entry covers. Every row must have one.
    cost
        (m,) of each candidate.
    keep_all
        (m,) candidates that side conditions name (minimum distance): never taken for dominated,
        and never forced.
    """
    current, _, _ = merge_rows(_ones(matrix), np.ones(matrix.shape[0]))
    columns = np.arange(matrix.shape[1])
    forced: list[IntArray] = []
    while current.shape[0]:
        before = current.shape
        stay = undominated_columns(current, cost[columns], keep_all[columns])
        stay &= np.diff(current.tocsc().indptr) > 0
        current, columns = current[:, stay], columns[stay]
        current = current[undominated_rows(current)]
        alone = np.unique(current.indices[current.indptr[:-1][np.diff(current.indptr) == 1]])
        alone = alone[~keep_all[columns[alone]]]
        if len(alone):
            forced.append(columns[alone])
            done = np.diff(current[:, alone].indptr) > 0
            rest = np.setdiff1d(np.arange(len(columns)), alone)
            current, columns = current[~done][:, rest], columns[rest]
        if current.shape == before:
            break
    if not current.shape[0]:
        columns = columns[:0]
        current = csr_array((0, 0))
    taken = np.sort(np.concatenate(forced)) if forced else np.zeros(0, dtype=np.int64)
    return Cover(current, columns, cost[columns], taken)


def _blocks(left: csr_array, right: csr_array) -> list[tuple[int, int]]:
    """Blocks of rows of ``left`` whose product with ``right`` is small; none if it is too much."""
    work = np.add.reduceat(
        np.r_[np.diff(right.indptr)[left.indices], 0],
        np.minimum(left.indptr[:-1], len(left.indices)),
    ).astype(np.int64)
    work[np.diff(left.indptr) == 0] = 0
    total = np.cumsum(work)
    if not len(total) or total[-1] > DOMINANCE_WORK:
        return []
    block = total // DOMINANCE_BLOCK
    edges = np.r_[np.flatnonzero(np.r_[True, np.diff(block) > 0]), len(total)]
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def _ones(matrix: csr_array) -> csr_array:
    """Return the matrix with every explicit entry 1: a distance of 0 m is an entry, too."""
    return csr_array(
        (np.ones(len(matrix.indices)), matrix.indices, matrix.indptr), shape=matrix.shape
    )

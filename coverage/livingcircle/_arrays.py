"""Array types, ragged arrays (many short runs laid end to end), and extremes by group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "NO_INDICES",
    "BoolArray",
    "FloatArray",
    "GeometryArray",
    "IntArray",
    "ObjectArray",
    "distinct",
    "first_of_each",
    "ranges",
    "starts_of",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
ObjectArray = NDArray[np.object_]
"""Texts, values of several types, or None where there is none."""
GeometryArray = NDArray[np.object_]
"""Shapely geometries; None where there is none."""

NO_INDICES: IntArray = np.zeros(0, dtype=np.int64)
"""No row, edge, site or node at all."""


def starts_of(counts: IntArray) -> IntArray:
    """Return the offsets (len + 1) of runs that have these lengths."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def ranges(first: IntArray, counts: IntArray) -> IntArray:
    """Return ``first[0], first[0]+1, ... (counts[0] of them), first[1], ...`` as one array."""
    start = starts_of(counts)
    total = int(start[-1])
    return np.arange(total, dtype=np.int64) + np.repeat(first - start[:-1], counts)


def distinct(values: IntArray) -> IntArray:
    """Return the different ones of some whole numbers, in ascending order.

    As ``numpy.unique``, which keeps a table of them: of a million different ones it takes a hundred
    times as long as sorting.
    """
    ordered = np.sort(values, axis=None)
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[new], dtype=np.int64)


def first_of_each(group: NDArray[np.generic], *by: NDArray[np.generic]) -> IntArray:
    """Return the position of the least element of each group, the groups in ascending order.

    Parameters
    ----------
    group
        (n,) numbers.
    *by
        (n,) each; the first decides, the next between equals, then the position.

    Examples
    --------
    >>> import numpy as np
    >>> first_of_each(np.array([7, 3, 7, 3]), np.array([2.0, 9.0, 1.0, 9.0]))
    array([1, 2])
    """
    order = np.argsort(group, kind="stable")
    new = np.ones(len(order), dtype=bool)
    new[1:] = group[order[1:]] != group[order[:-1]]
    if not new.all():
        # Only where a group has several elements do they need an order among themselves.
        several = ~new
        several[:-1] |= ~new[1:]
        some = np.flatnonzero(several)
        rows = np.sort(order[some])
        order[some] = rows[np.lexsort((*(key[rows] for key in by[::-1]), group[rows]))]
    return np.asarray(order[new], dtype=np.int64)

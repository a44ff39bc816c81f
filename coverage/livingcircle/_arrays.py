"""Array types, and ragged arrays: many short runs laid end to end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BoolArray", "FloatArray", "IntArray", "ranges", "starts_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def starts_of(counts: IntArray) -> IntArray:
    """Return the offsets (len + 1) of runs that have these lengths."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def ranges(first: IntArray, counts: IntArray) -> IntArray:
    """Return ``first[0], first[0]+1, ... (counts[0] of them), first[1], ...`` as one array."""
    start = starts_of(counts)
    total = int(start[-1])
    return np.arange(total, dtype=np.int64) + np.repeat(first - start[:-1], counts)

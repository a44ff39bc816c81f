"""Squares of a lattice: which lie near points, and their union."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import FloatArray, IntArray

__all__ = ["middles", "squares_near", "squares_union"]


def squares_near(xy: FloatArray, within_m: float, side_m: float) -> IntArray:
    """Return (n, 2) column and row of the squares whose middle lies within some metres of points.

    Parameters
    ----------
    xy
        (points, 2) metres; at least one point.
    within_m
        Metres between a point and the middle of a square.
    side_m
        Side of a square; square (0, 0) has its lower left corner at the origin.
    """
    taken = np.unique(np.floor(xy / side_m).astype(np.int64), axis=0)
    low = taken.min(axis=0)
    around = int(np.ceil(within_m / side_m))
    width = int(np.ptp(taken[:, 1])) + 2 * around + 1
    key = (taken[:, 0] - low[0] + around) * width + (taken[:, 1] - low[1] + around)
    step = np.arange(-around, around + 1)
    # Along one axis, then along the other: few squares are named more than a few times.
    key = np.unique(key[:, None] + step)
    key = np.unique(key[:, None] + step * width)
    square = np.column_stack([key // width, key % width]) + low - around
    bound = np.nextafter(within_m, np.inf)
    near, _ = cKDTree(xy).query(middles(square, side_m), distance_upper_bound=bound)
    return np.asarray(square[np.isfinite(near)], dtype=np.int64)


def middles(square: IntArray, side_m: float) -> FloatArray:
    """Return (n, 2) metres of the middles of squares."""
    return np.asarray((square + 0.5) * side_m)


def squares_union(square: IntArray, side_m: float) -> shapely.Geometry:
    """Return the polygon that squares make together, in metres."""
    low, high = square * side_m, (square + 1) * side_m
    return shapely.coverage_union_all(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))

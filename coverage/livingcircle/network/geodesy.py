"""Geodesic metres along polylines."""

from __future__ import annotations

import numpy as np
import pyproj

from livingcircle._arrays import FloatArray, IntArray

__all__ = ["GEOD", "WGS84", "offsets_along"]

GEOD = pyproj.Geod(ellps="WGS84")
WGS84 = "EPSG:4326"


def offsets_along(coords: FloatArray, start: IntArray) -> FloatArray:
    """Return the geodesic metres from the beginning of its line to each vertex.

    Parameters
    ----------
    coords
        (k, 2) longitude and latitude in degrees, lines laid end to end.
    start
        (lines + 1,) offsets of the lines in ``coords``.
    """
    offset = np.zeros(len(coords))
    if len(coords) < 2:
        return offset
    _, _, step = GEOD.inv(coords[:-1, 0], coords[:-1, 1], coords[1:, 0], coords[1:, 1])
    step = np.asarray(step)
    # The jump from one line to the next is no part of either.
    step[start[1:-1] - 1] = 0.0
    # One running sum; at 100,000 km in all, a double still holds 15 nanometres.
    offset[1:] = np.cumsum(step)
    offset -= np.repeat(offset[start[:-1]], np.diff(start))
    return offset

"""Places far from the streets: of another city, of another datum, or with swapped axes."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import FloatArray
from livingcircle.errors import InputError
from livingcircle.network.graph import WalkNetwork

__all__ = ["ELSEWHERE_M", "metres_outside", "refuse_elsewhere"]

ELSEWHERE_M = 5000.0
"""A table whose places are all farther from the network than this is of another city."""


def refuse_elsewhere(
    network: WalkNetwork,
    lon: FloatArray,
    lat: FloatArray,
    *,
    file: str,
    limit_m: float = ELSEWHERE_M,
) -> None:
    """Refuse a table all of whose places are far from the network.

    Parameters
    ----------
    network
        The streets; one without a node refuses nothing.
    lon, lat
        Degrees in WGS 84; NaN for rows without coordinates.
    file
        For the message.
    limit_m
        So far from the rectangle of the streets is far.

    Raises
    ------
    InputError
        The nearest place is farther than that; says how far.
    """
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any() or not network.node_count:
        return
    metres = metres_outside(network, np.column_stack([lon, lat])[known])
    if metres.min() <= limit_m:
        return
    raise InputError(
        f"all {int(known.sum()):,} places lie far from the streets: the nearest is"
        f" {metres.min() / 1000:,.0f} km away",
        hint="Check that network and table are of one city, and the datum or crs of the table.",
        file=file,
        field="coordinates",
    )


def metres_outside(network: WalkNetwork, lonlat: FloatArray) -> FloatArray:
    """Return about how far (n, 2) places are outside the rectangle of the streets."""
    nodes = network.node_lonlat
    low, high = nodes.min(axis=0), nodes.max(axis=0)
    # What is no degrees at all is no farther than once round the earth.
    gap = np.clip(np.maximum(low - lonlat, lonlat - high), 0.0, 360.0)
    shrink = np.cos(np.radians(np.clip((low[1] + high[1]) / 2, -89, 89)))
    return np.asarray(111_320.0 * np.hypot(gap[:, 0] * shrink, gap[:, 1]))

"""Parts of edges as lines: split out of the full geometry at metres along the edge."""

from __future__ import annotations

import numpy as np
import shapely

from livingcircle._arrays import FloatArray, GeometryArray, IntArray, ranges, starts_of
from livingcircle.network.graph import WalkNetwork

__all__ = ["stretch_coords", "stretch_lines"]


def stretch_coords(
    network: WalkNetwork, edge: IntArray, from_m: FloatArray, to_m: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Return the coordinates of parts of edges, laid end to end, and their offsets.

    Parameters
    ----------
    network
        The network.
    edge, from_m, to_m
        (n,) edges and the metres along them where the parts begin and end, ``from_m <= to_m``.

    Returns
    -------
    coords, start
        (k, 2) degrees and (n + 1,) offsets; every part has its two ends and what lies between.
    """
    length = network.edge_length_m
    base = np.concatenate([[0.0], np.cumsum(length + 1.0)])
    edge_of_coord = np.repeat(np.arange(network.edge_count), np.diff(network.edge_start))
    key = base[edge_of_coord] + network.offset_m
    low = np.searchsorted(key, base[edge] + from_m, "right")
    high = np.searchsorted(key, base[edge] + to_m, "left")
    inner = np.maximum(high - low, 0)
    start = starts_of(inner + 2)
    coords = np.empty((int(start[-1]), 2))
    coords[start[:-1]] = _interpolate(network, edge, from_m, low)
    coords[start[1:] - 1] = _interpolate(network, edge, to_m, np.maximum(high, low))
    coords[ranges(start[:-1] + 1, inner)] = network.coords[ranges(low, inner)]
    return coords, start


def _interpolate(
    network: WalkNetwork, edge: IntArray, offset_m: FloatArray, after: IntArray
) -> FloatArray:
    """Return the place at metres along an edge; ``after`` is a vertex at or behind it."""
    after = np.clip(after, network.edge_start[edge] + 1, network.edge_start[edge + 1] - 1)
    before = after - 1
    step = network.offset_m[after] - network.offset_m[before]
    share = (offset_m - network.offset_m[before]) / np.where(step > 0, step, 1.0)
    share = np.clip(share, 0.0, 1.0)[:, None]
    return network.coords[before] * (1.0 - share) + network.coords[after] * share


def stretch_lines(
    network: WalkNetwork, edge: IntArray, from_m: FloatArray, to_m: FloatArray
) -> GeometryArray:
    """Return the parts of edges as an array of LineStrings in WGS 84."""
    coords, start = stretch_coords(network, edge, from_m, to_m)
    of = np.repeat(np.arange(len(edge)), np.diff(start))
    return np.asarray(shapely.linestrings(coords, indices=of))

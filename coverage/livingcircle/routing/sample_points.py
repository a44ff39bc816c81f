"""Places along streets at even spacing: where a link could end, or a site could stand."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray, IntArray, starts_of
from livingcircle.network.edit import EdgePoints
from livingcircle.network.graph import WalkNetwork
from livingcircle.routing.linear_referencing import stretch_coords

__all__ = ["place_on", "places_along", "places_around"]


def place_on(network: WalkNetwork, edge: IntArray, offset_m: FloatArray) -> EdgePoints:
    """Return places given by edge and metres along it, with their coordinates."""
    coords, start = stretch_coords(network, edge, offset_m, offset_m)
    return EdgePoints(edge, offset_m, coords[start[:-1]])


def places_along(network: WalkNetwork, step_m: float, keep: BoolArray | None = None) -> EdgePoints:
    """Return every junction and dead end once, and places between them at even spacing.

    Parameters
    ----------
    network
        The network.
    step_m
        Places of an edge are at most this far apart.
    keep
        (edges,) on which edges; None = all.
    """
    edge = np.arange(network.edge_count) if keep is None else np.flatnonzero(keep)
    length = network.edge_length_m[edge]
    parts = np.maximum(np.ceil(length / step_m), 1).astype(np.int64)
    start = starts_of(parts + 1)
    rank = np.arange(int(start[-1])) - np.repeat(start[:-1], parts + 1)
    share = rank / np.repeat(parts, parts + 1)
    of_edge = np.repeat(edge, parts + 1)
    offset = share * np.repeat(length, parts + 1)
    # A junction belongs to every edge that meets there: it is taken from the first one.
    node = np.full(len(of_edge), -1, dtype=np.int64)
    node[start[:-1]], node[start[1:] - 1] = network.edge_u[edge], network.edge_v[edge]
    ends = np.flatnonzero(node >= 0)
    _, first = np.unique(node[ends], return_index=True)
    wanted = node < 0
    wanted[ends[first]] = True
    return place_on(network, of_edge[wanted], offset[wanted])


def places_around(
    network: WalkNetwork, edge: IntArray, offset_m: FloatArray, within_m: float, step_m: float
) -> EdgePoints:
    """Return places along the same edges within some metres of given places, those among them."""
    steps = np.arange(-np.floor(within_m / step_m), np.floor(within_m / step_m) + 1) * step_m
    of_edge = np.repeat(edge, len(steps))
    offset = (offset_m[:, None] + steps).ravel()
    # Beyond an end of the edge there is the end itself.
    offset = np.clip(offset, 0.0, network.edge_length_m[of_edge])
    return place_on(network, of_edge, offset)

"""A part of a network as a network of its own: all edges that come near a rectangle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livingcircle._arrays import FloatArray, ranges, starts_of
from livingcircle.network.graph import Closures, WalkNetwork
from livingcircle.network.snap import to_metres

__all__ = ["Extent", "Tile", "edge_extents", "part_of", "straightness"]

Extent = FloatArray
"""(n, 4) west, south, east and north in metres of ``crs_m``."""

Tile = tuple[float, float, float, float]


def edge_extents(network: WalkNetwork) -> Extent:
    """Return the rectangle around each edge, in metres of ``network.crs_m``."""
    if not network.edge_count:
        return np.zeros((0, 4))
    xy = to_metres(network, network.coords)
    start = network.edge_start[:-1]
    low, high = np.minimum.reduceat(xy, start), np.maximum.reduceat(xy, start)
    return np.column_stack([low, high])


def straightness(network: WalkNetwork, extents: Extent) -> float:
    """Return the most metres that an edge leads away for a metre walked; 1 for true lengths.

    A source may state lengths that are shorter than its geometry; whoever walks them comes farther.
    """
    span = np.hypot(extents[:, 2] - extents[:, 0], extents[:, 3] - extents[:, 1])
    length = network.edge_length_m
    walked = length > 0
    ratio = span[walked] / length[walked]
    # The plane is true to scale to some in 100,000, and geodesics bend.
    return float(max(1.0, ratio.max(initial=1.0))) * 1.001


def part_of(network: WalkNetwork, extents: Extent, tile: Tile) -> WalkNetwork:
    """Return the edges that meet a rectangle, whole, in their order, and the walls that do.

    The part is measured in the plane of the whole, so that a point of both has the same distances
    to the last bit.

    Parameters
    ----------
    network
        The whole.
    extents
        Of its edges, see ``edge_extents``.
    tile
        West, south, east and north in metres of ``network.crs_m``.
    """
    west, south, east, north = tile

    def meets(box: Extent) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        inside = (box[:, 0] <= east) & (box[:, 2] >= west)
        return np.asarray(inside & (box[:, 1] <= north) & (box[:, 3] >= south))

    edges = np.flatnonzero(meets(extents))
    start, counts = network.edge_start[edges], np.diff(network.edge_start)[edges]
    flat = ranges(start, counts)
    ends = np.concatenate([network.edge_u[edges], network.edge_v[edges]])
    nodes, compact = np.unique(ends, return_inverse=True)
    walls = network.walls
    if len(walls):
        one, two = to_metres(network, walls[:, :2]), to_metres(network, walls[:, 2:])
        walls = walls[meets(np.column_stack([np.minimum(one, two), np.maximum(one, two)]))]
    part = replace(
        network,
        node_id=network.node_id[nodes],
        node_lonlat=network.node_lonlat[nodes],
        edge_u=compact[: len(edges)].astype(np.int64),
        edge_v=compact[len(edges) :].astype(np.int64),
        edge_start=starts_of(counts),
        coords=network.coords[flat],
        offset_m=network.offset_m[flat],
        tags=network.tags[edges],
        speed_m_s=None if network.speed_m_s is None else network.speed_m_s[edges],
        walls=walls,
        closures=Closures.none(),
    )
    # Worked out from the nodes of a network else; here those of the whole count.
    vars(part)["crs_m"] = network.crs_m
    return part

"""A network as one walker can use it: edges left out, pace on the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livingcircle._arrays import FloatArray, ranges, starts_of
from livingcircle.network.graph import EdgeTags, WalkNetwork
from livingcircle.vocab.walkers import Walker

__all__ = ["passable", "seconds_per_metre"]


def passable(network: WalkNetwork, who: Walker) -> WalkNetwork:
    """Return the network without edges that this walker cannot use (itself if there is none)."""
    if who.stairs or not network.tags.stairs.any():
        return network
    keep = ~network.tags.stairs
    counts = np.diff(network.edge_start)[keep]
    rows = ranges(network.edge_start[:-1][keep], counts)
    tags = network.tags
    return replace(
        network,
        edge_u=network.edge_u[keep],
        edge_v=network.edge_v[keep],
        edge_start=starts_of(counts),
        coords=network.coords[rows],
        offset_m=network.offset_m[rows],
        tags=EdgeTags(
            stairs=tags.stairs[keep],
            crossing=tags.crossing[keep],
            bridge=tags.bridge[keep],
            tunnel=tags.tunnel[keep],
            layer=tags.layer[keep],
            residential=tags.residential[keep],
        ),
        speed_m_s=None if network.speed_m_s is None else network.speed_m_s[keep],
    )


def seconds_per_metre(network: WalkNetwork, who: Walker) -> FloatArray:
    """Return the pace on each edge: the walker's, or the edge's own in a network to drive on."""
    if network.speed_m_s is None:
        return np.full(network.edge_count, 1.0 / who.speed_m_s)
    return 1.0 / network.speed_m_s

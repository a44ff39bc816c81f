"""Gates that are shut for a while: the network without a way through them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livingcircle._arrays import BoolArray
from livingcircle.network.edit import EdgePoints, places_among, split_edges
from livingcircle.network.graph import WalkNetwork

__all__ = ["with_gates_shut"]


def with_gates_shut(network: WalkNetwork, shut: BoolArray) -> WalkNetwork:
    """Return a network where no way leads through some of its gates with opening hours.

    Every street ends at such a gate, on each side of it; nothing else changes.

    Parameters
    ----------
    network
        With ``timed`` gates.
    shut
        (gates,) which of them are shut.
    """
    places = network.timed.lonlat[shut]
    if not len(places):
        return network
    here = places_among(network.coords, places)
    ends = np.zeros(len(here), dtype=bool)
    ends[network.edge_start[:-1]] = ends[network.edge_start[1:] - 1] = True
    vertex = np.flatnonzero(here & ~ends)
    edge = np.searchsorted(network.edge_start, vertex, "right") - 1
    at = EdgePoints(edge.astype(np.int64), network.offset_m[vertex], network.coords[vertex])
    cut = split_edges(network, at).network
    gate = places_among(cut.node_lonlat, places)
    parted = np.concatenate([gate[cut.edge_u], gate[cut.edge_v]])
    node = np.concatenate([cut.edge_u, cut.edge_v])
    old = node[parted]
    node[parted] = cut.node_count + np.arange(len(old))
    top = int(cut.node_id.max(initial=0))
    half = cut.edge_count
    return replace(
        cut,
        node_id=np.append(cut.node_id, top + 1 + np.arange(len(old))),
        node_lonlat=np.concatenate([cut.node_lonlat, cut.node_lonlat[old]]),
        edge_u=node[:half],
        edge_v=node[half:],
    )

"""A network as one walker can use it: edges left out, pace on the others."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import FloatArray
from livingcircle.network.edit import keep_edges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.steep import without_steep
from livingcircle.vocab.walkers import Walker

__all__ = ["passable", "seconds_per_metre"]


def passable(network: WalkNetwork, who: Walker) -> WalkNetwork:
    """Return the network without what this walker cannot use (itself if there is no such thing)."""
    if not who.stairs and not network.tags.step_free.all():
        network = network.derive(_step_free)
    if who.max_slope is None or network.terrain is None:
        return network
    return network.derive(without_steep, who.max_slope)


def _step_free(network: WalkNetwork) -> WalkNetwork:
    return keep_edges(network, network.tags.step_free)


def seconds_per_metre(network: WalkNetwork, who: Walker) -> FloatArray:
    """Return the pace on each edge: the walker's, or the edge's own in a network to drive on."""
    if network.speed_m_s is None:
        return np.full(network.edge_count, 1.0 / who.speed_m_s)
    return 1.0 / network.speed_m_s

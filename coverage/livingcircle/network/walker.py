"""A network as one walker can use it: edges left out, pace on the others."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.network.edit import keep_edges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.steep import cut_at_steep, without_steep
from livingcircle.vocab.walkers import Walker, access_profile

__all__ = ["passable", "passable_by_tags", "passable_parts", "seconds_per_metre"]


def passable(network: WalkNetwork, who: Walker) -> WalkNetwork:
    """Return the network without what this walker cannot use (itself if there is no such thing)."""
    if not passable_by_tags(network, who).all():
        network = network.derive(_usable, access_profile(who))
    if who.max_slope is None or network.terrain is None:
        return network
    return network.derive(without_steep, who.max_slope)


def passable_parts(network: WalkNetwork, who: Walker) -> tuple[IntArray, FloatArray]:
    """Return what the edges of ``passable`` are parts of.

    Returns
    -------
    edge, from_m
        Of the network: which edge, and at how many metres of it the part begins.
    """
    own = np.flatnonzero(passable_by_tags(network, who))
    if who.max_slope is None or network.terrain is None:
        return own, np.zeros(len(own))
    by_tags = network
    if len(own) < network.edge_count:
        by_tags = network.derive(_usable, access_profile(who))
    cut = by_tags.derive(cut_at_steep, who.max_slope)
    return own[cut.parent], cut.from_m


def passable_by_tags(network: WalkNetwork, who: Walker) -> BoolArray:
    """Return (edges,) which of them this walker can use by their tags; slopes of terrain apart.

    What no tag tells is no obstacle.
    """
    tags = network.tags
    found = np.ones(network.edge_count, dtype=bool)
    if not who.stairs:
        found &= tags.pram_free if who.pram else tags.step_free
    if not who.limited:
        found &= ~tags.limited
    with np.errstate(invalid="ignore"):
        for most, stated in ((who.max_kerb_m, tags.kerb_m), (who.max_slope, tags.incline)):
            if most is not None:
                found &= ~(stated > most + 1e-9)
        if who.min_width_m is not None:
            found &= ~(tags.width_m < who.min_width_m - 1e-9)
    return found


def _usable(network: WalkNetwork, who: Walker) -> WalkNetwork:
    return keep_edges(network, passable_by_tags(network, who))


def seconds_per_metre(network: WalkNetwork, who: Walker) -> FloatArray:
    """Return the pace on each edge: the walker's, or the edge's own in a network to drive on."""
    if network.speed_m_s is None:
        return np.full(network.edge_count, 1.0 / who.speed_m_s)
    return 1.0 / network.speed_m_s

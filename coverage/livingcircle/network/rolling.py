"""How much of a network tells a wheelchair or a pram what it meets there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.localized import LocalizedText, percent
from livingcircle.network.graph import WalkNetwork
from livingcircle.osm.wheeled_access import TOLD
from livingcircle.vocab.walkers import Walker

__all__ = ["rolling_notes", "rolling_share", "rolling_told"]


def rolling_told(
    told: IntArray, metres: FloatArray, way: IntArray, kerb_nodes: int = 0
) -> dict[str, int]:
    """Return how many ways, and metres of them, tell each of ``TOLD``, and any of it.

    Parameters
    ----------
    told
        (pieces,) what the way of each piece tells, see ``osm.wheeled_access.told``.
    metres, way
        (pieces,) their lengths and ways.
    kerb_nodes
        Nodes of the network with a kerb of known height.

    Returns
    -------
    dict
        ``kerb_ways``, ``kerb_m``, ..., ``any_ways``, ``any_m``, ``all_m`` and ``kerb_nodes``:
        whole numbers.
    """
    masks = {name: 1 << bit for bit, name in enumerate(TOLD)} | {"any": (1 << len(TOLD)) - 1}
    found: dict[str, int] = {}
    for name, mask in masks.items():
        here = (told & mask) > 0
        found[f"{name}_ways"] = len(np.unique(way[here]))
        found[f"{name}_m"] = round(float(metres[here].sum()))
    return found | {"all_m": round(float(metres.sum())), "kerb_nodes": kerb_nodes}


def rolling_share(network: WalkNetwork) -> float:
    """Return the share of the metres of whose kerbs, width, slope or use by wheels ways tell."""
    told = network.notes.get("rolling")
    if not isinstance(told, Mapping) or not told["all_m"]:
        return 0.0
    return float(told["any_m"]) / float(told["all_m"])


def rolling_notes(network: WalkNetwork, who: Walker) -> list[LocalizedText]:
    """Return what a verdict for somebody on wheels rests on; nothing for those on foot."""
    asks = (who.max_kerb_m, who.min_width_m, who.max_slope)
    if network.speed_m_s is not None or (who.stairs and all(one is None for one in asks)):
        return []
    told = rolling_share(network)
    if not told:
        return [
            LocalizedText(
                "路网没有路缘、宽度、坡度、坡道或轮椅通行的任何标签：除台阶外一概未知，此处按可通行计",
                "no way of the network tells of kerbs, width, slope, ramps or use by wheelchairs:"
                " all but stairs is unknown, and counted as passable here",
            )
        ]
    share = percent(max(told, 0.001))
    return [
        LocalizedText(
            f"路缘、宽度、坡度、坡道或轮椅通行的标签只见于路网长度的 {share}，"
            "其余未知，此处按可通行计",
            f"kerbs, width, slope, ramps or use by wheelchairs are tagged on {share} of the"
            " metres of the network; the rest is unknown, and counted as passable here",
        )
    ]

"""How much of a network tells a wheelchair or a pram what it meets there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.localized import LocalizedText, percent
from livingcircle.network.graph import WalkNetwork
from livingcircle.osm.wheeled_access import ROLLING_TAGS
from livingcircle.vocab.walkers import Walker

__all__ = ["rolling_counts", "rolling_notes", "rolling_share"]


def rolling_counts(
    tags: IntArray,
    metres: FloatArray,
    way: IntArray,
    kerb_nodes: int = 0,
    barriers: int = 0,
    junction_barriers: int = 0,
) -> dict[str, int]:
    """Count the ways that state each of ``ROLLING_TAGS``, or any of them, and their metres.

    Parameters
    ----------
    tags
        (pieces,) what the tags of the way of each piece state, see
        ``osm.wheeled_access.rolling_tags``.
    metres, way
        (pieces,) their lengths and ways.
    kerb_nodes
        Nodes of the network with a kerb of known height.
    barriers, junction_barriers
        Nodes of it with a barrier that keeps some out, on a way and at a junction.

    Returns
    -------
    dict
        ``kerb_ways``, ``kerb_m``, ..., ``any_ways``, ``any_m``, ``all_m``, ``kerb_nodes``,
        ``barriers`` and ``junction_barriers``: whole numbers.
    """
    masks = {name: 1 << bit for bit, name in enumerate(ROLLING_TAGS)} | {
        "any": (1 << len(ROLLING_TAGS)) - 1
    }
    found: dict[str, int] = {}
    for name, mask in masks.items():
        here = (tags & mask) > 0
        found[f"{name}_ways"] = len(np.unique(way[here]))
        found[f"{name}_m"] = round(float(metres[here].sum()))
    return found | {
        "all_m": round(float(metres.sum())),
        "kerb_nodes": kerb_nodes,
        "barriers": barriers,
        "junction_barriers": junction_barriers,
    }


def rolling_share(network: WalkNetwork) -> float:
    """Return the share of the metres whose ways state a kerb, a width, a slope or use by wheels."""
    counted = network.notes.get("rolling")
    if not isinstance(counted, Mapping) or not counted["all_m"]:
        return 0.0
    return float(counted["any_m"]) / float(counted["all_m"])


def rolling_notes(network: WalkNetwork, who: Walker) -> list[LocalizedText]:
    """Return what a verdict for somebody on wheels rests on; nothing for those on foot."""
    asks = (who.max_kerb_m, who.min_width_m, who.max_slope)
    goes_anywhere = who.stairs and who.limited and all(one is None for one in asks)
    if network.speed_m_s is not None or goes_anywhere:
        return []
    share, nodes = rolling_share(network), _node_counts(network)
    if share:
        shown = percent(max(share, 0.001))
        text = LocalizedText(
            f"路缘、宽度、坡度、坡道或轮椅通行的标签只见于路网长度的 {shown}{nodes.zh}，"
            "其余未知，此处按可通行计",
            f"kerbs, width, slope, ramps or use by wheelchairs are tagged on {shown} of the"
            f" metres of the network{nodes.en}; the rest is unknown, and counted as passable here",
        )
    else:
        text = LocalizedText(
            f"路网没有路缘、宽度、坡度、坡道或轮椅通行的任何标签{nodes.zh}："
            "除台阶外其余一概未知，此处按可通行计",
            "no way of the network tells of kerbs, width, slope, ramps or use by wheelchairs"
            f"{nodes.en}: all else but stairs is unknown, and counted as passable here",
        )
    return [text, *_junction_notes(network)]


def _node_counts(network: WalkNetwork) -> LocalizedText:
    """Return how many nodes tell what the ways do not; empty where none does."""
    counted = network.notes.get("rolling")
    counts = counted if isinstance(counted, Mapping) else {}
    kerbs, barriers = counts.get("kerb_nodes", 0), counts.get("barriers", 0)
    zh = [f"{kerbs:,} 处路缘"] * (kerbs > 0) + [f"{barriers:,} 处门或路障"] * (barriers > 0)
    en = [f"{kerbs:,} with a kerb"] * (kerbs > 0)
    en += [f"{barriers:,} with a gate, stile or other barrier"] * (barriers > 0)
    if not zh:
        return LocalizedText("", "")
    return LocalizedText(f"（另有节点：{'、'.join(zh)}）", f" (nodes do: {', '.join(en)})")


def _junction_notes(network: WalkNetwork) -> list[LocalizedText]:
    """Return what is said of barriers at junctions: nobody knows which street they bar."""
    counted = network.notes.get("rolling")
    count = counted.get("junction_barriers", 0) if isinstance(counted, Mapping) else 0
    if not count:
        return []
    return [
        LocalizedText(
            f"{count:,} 处门或路障（如翻越梯、旋转闸）在路口节点上，"
            "没有标签说明拦的是哪条路：此处按可通行计",
            f"{count:,} gates, stiles or other barriers stand on junctions, and no tag says which"
            " street they bar: they are counted as passable here",
        )
    ]

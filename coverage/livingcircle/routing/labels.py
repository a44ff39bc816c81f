"""The costs at every node from its k nearest facilities, and whose they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array, csr_array

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.routing.search import nearest_field
from livingcircle.routing.split import SplitNetwork

__all__ = ["nearest_labels"]


def nearest_labels(
    split: SplitNetwork, graph: csr_array, leg: FloatArray, of: IntArray, k: int
) -> tuple[FloatArray, IntArray]:
    """Find the k least costs at every node, each from another facility.

    The next one comes either over an arc from a node that knows a facility which the node does not
    know yet; or from a node that knows the same ones, on the way of its own next one. So a search
    over the arcs between nodes that know the same, begun where others border, finds it.

    Parameters
    ----------
    split, graph
        The network and its graph in the cost that counts, cut at the rows of facilities.
    leg
        (rows,) cost of the access leg of each row.
    of
        (rows,) number from 0 up of the facility of each row; entrances share one.
    k
        How many facilities.

    Returns
    -------
    cost, facility
        (k, nodes) ascending; inf and a number below 0, another in each rank, where there is none.
    """
    first = nearest_field(split, graph, leg)
    cost = [first.cost]
    owner = [np.where(first.row >= 0, _of_rows(split, of)[first.row], -1)]
    arcs = coo_array(graph)
    tail, head, step = arcs.row.astype(np.int64), arcs.col.astype(np.int64), arcs.data
    for rank in range(1, k):
        known = np.sort(np.stack(owner), axis=0)
        same = (known[:, tail] == known[:, head]).all(axis=0)
        over = np.flatnonzero(~same)
        seeds: list[IntArray] = [split.anchor_node]
        legs: list[FloatArray] = [leg]
        whose: list[IntArray] = [of]
        for before, facility in zip(cost, owner, strict=True):
            # What the other end knows and this one does not.
            new = over[np.isfinite(before[tail[over]])]
            new = new[~_knows(owner, head[new], facility[tail[new]])]
            seeds.append(head[new])
            legs.append(before[tail[new]] + step[new])
            whose.append(facility[tail[new]])
        node, begun, from_ = np.concatenate(seeds), np.concatenate(legs), np.concatenate(whose)
        keep = np.flatnonzero(~_knows(owner, node, from_))
        inside = csr_array((step[same], (tail[same], head[same])), shape=graph.shape)
        start = replace(split, row=np.arange(len(keep)), anchor_node=node[keep])
        found = nearest_field(start, inside, begun[keep])
        cost.append(found.cost)
        none = np.full(len(found.row), -1 - rank)
        owner.append(np.where(found.row >= 0, from_[keep][found.row], none) if len(keep) else none)
    return np.stack(cost), np.stack(owner)


def _of_rows(split: SplitNetwork, of: IntArray) -> IntArray:
    """Return the facility by the row that a search names."""
    table = np.full(int(split.row.max(initial=-1)) + 1, -1, dtype=np.int64)
    table[split.row] = of
    return table if len(table) else np.full(1, -1, dtype=np.int64)


def _knows(owner: list[IntArray], node: IntArray, facility: IntArray) -> np.ndarray:
    """Return whether nodes know facilities already."""
    found = np.zeros(len(node), dtype=bool)
    for one in owner:
        found |= one[node] == facility
    return found

"""The cost from the second nearest facility: what remains if the nearest one closes."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.network.snap import Anchors
from livingcircle.routing.engine import Reach
from livingcircle.routing.search import CostField, to_ends

__all__ = ["nearest_two"]


def nearest_two(
    found: Reach, anchors: Anchors, *, in_seconds: bool
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Find the nearest facility of each point, and the cost of the next one.

    Parameters
    ----------
    found
        The search from all facilities; rows that share an id are entrances of one.
    anchors
        Where the points meet its network.
    in_seconds
        What counts, where edges differ in pace; else metres.

    Returns
    -------
    facility, first, second
        The number of the facility (in the order of the sorted ids; -1 where none is reached), the
        cost from it, and the cost from the nearest other one; inf where there is none.
    """
    pace = found.pace if in_seconds else found.metres
    field = found.by_seconds if in_seconds and pace is not None else found.by_metres
    unit = found.walker.speed_m_s if in_seconds else 1.0
    assert pace is not None or not in_seconds  # noqa: S101 - on level ground ask for metres
    split = found.split
    _, code = np.unique(found.facility_id.astype(str), return_inverse=True)
    code = code.ravel()
    label = np.where(field.row >= 0, code[field.row], -1)
    begin = (split.anchor_node, found.anchors.access_m[split.row] / unit, code[split.row])
    second = _second(split.graph(pace), field, label, *begin)
    at = split.locate(anchors.edge, anchors.offset_m)
    on = at.stretch >= 0
    stretch = np.where(on, at.stretch, 0)
    if not len(split.u):
        none = np.full(len(on), np.inf)
        return np.full(len(on), -1), none, none.copy()
    u, v = split.u[stretch], split.v[stretch]
    to_u, to_v = to_ends(split, at, stretch, pace)
    by_u, by_v = field.cost[u] + to_u, field.cost[v] + to_v
    mine = np.where(by_u <= by_v, label[u], label[v])
    # An end that is nearer to another facility than ours leads to that one, else to its second.
    next_u = np.where(label[u] == mine, second[u], field.cost[u]) + to_u
    next_v = np.where(label[v] == mine, second[v], field.cost[v]) + to_v
    leg = anchors.access_m / unit
    first = np.where(on, np.minimum(by_u, by_v) + leg, np.inf)
    after = np.where(on, np.minimum(next_u, next_v) + leg, np.inf)
    return np.where(np.isfinite(first), mine, -1), first, after


def _second(
    graph: csr_array,
    field: CostField,
    label: IntArray,
    node: IntArray,
    leg: FloatArray,
    of: IntArray,
) -> FloatArray:
    """Return the cost at every node from the nearest facility other than its nearest.

    The way from there either enters from a neighbour that is nearer to another facility, and comes
    to that neighbour on its shortest way; or from a neighbour of the same facility, on the way to
    whose second nearest it is. So one more search over the arcs between nodes of one facility,
    begun at the borders and at facilities that are not nearest to their own node, finds it.
    """
    n = len(field.cost)
    arcs = coo_array(graph)
    tail, head = arcs.row, arcs.col
    same = label[tail] == label[head]
    seed = np.full(n, np.inf)
    border = ~same & (label[tail] >= 0)
    np.minimum.at(seed, head[border], field.cost[tail[border]] + arcs.data[border])
    loses = of != label[node]
    np.minimum.at(seed, node[loses], leg[loses])
    begun = np.flatnonzero(np.isfinite(seed))
    rows = np.concatenate([tail[same], np.full(len(begun), n)])
    cols = np.concatenate([head[same], begun])
    cost = np.concatenate([arcs.data[same], seed[begun]])
    joined = csr_array((cost, (rows, cols)), shape=(n + 1, n + 1))
    return np.asarray(dijkstra(joined, directed=True, indices=n)[:n])

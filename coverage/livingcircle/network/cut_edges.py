"""Cut edges: streets whose loss splits their piece of the network in two (graph bridges)."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from livingcircle._arrays import BoolArray
from livingcircle.network.graph import WalkNetwork

__all__ = ["cut_edges"]

_SEED = 20_250_101


def cut_edges(network: WalkNetwork) -> BoolArray:
    """Return which edges are the only way between their two sides.

    A tree spans each piece of the network. Every edge outside it closes one cycle with the tree,
    and an edge of the tree is a cut edge if no cycle contains it. Each cycle gets a random 64-bit
    word, written at both ends of the edge that closes it; the XOR over the nodes below a tree edge
    is 0 only for bridges, apart from a chance of 2⁻⁶⁴ (Pritchard and Thurimella 2011).

    Returns
    -------
    ndarray
        (edges,) True for cut edges; loops and parallel edges are none.
    """
    n, m = network.node_count, network.edge_count
    cut = np.zeros(m, dtype=bool)
    if m == 0:
        return cut
    u, v = network.edge_u, network.edge_v
    # A root over all pieces: one search spans them all.
    _, root = np.unique(network.piece, return_index=True)
    rows, cols = np.concatenate([u, np.full(len(root), n)]), np.concatenate([v, root])
    graph = coo_array((np.ones(len(rows)), (rows, cols)), shape=(n + 1, n + 1)).tocsr()
    order, before = breadth_first_order(graph, n, directed=False)
    parent = before.astype(np.int64)
    parent[n] = n
    # The first edge between a node and the one before it is the tree's, others close cycles.
    child = np.where(parent[v] == u, v, np.where(parent[u] == v, u, -1))
    child[u == v] = -1
    tree = np.full(n + 1, -1, dtype=np.int64)
    some = np.flatnonzero(child >= 0)[::-1]
    tree[child[some]] = some
    outside = np.ones(m, dtype=bool)
    outside[tree[tree >= 0]] = False
    word = np.random.default_rng(_SEED).integers(0, 2**63, m, dtype=np.uint64)
    below = np.zeros(n + 1, dtype=np.uint64)
    np.bitwise_xor.at(below, u[outside], word[outside])
    np.bitwise_xor.at(below, v[outside], word[outside])
    for level in reversed(_levels(order, parent)):
        np.bitwise_xor.at(below, parent[level], below[level])
    has = np.flatnonzero(tree >= 0)
    cut[tree[has]] = below[has] == 0
    return cut


def _levels(order: np.ndarray, parent: np.ndarray) -> list[np.ndarray]:
    """Return the nodes of a search by their distance from its root, the root left out."""
    levels: list[np.ndarray] = []
    depth = np.full(len(parent), -1, dtype=np.int64)
    depth[order[0]] = 0
    rest = order[1:]
    while len(rest):
        # In the order of the search the nodes of a level stand together.
        known = depth[parent[rest]] >= 0
        end = len(rest) if known.all() else int(np.argmin(known))
        level, rest = rest[:end], rest[end:]
        depth[level] = len(levels) + 1
        levels.append(level)
    return levels

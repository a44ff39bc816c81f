"""The network with its edges split at the anchors of facilities, as a sparse graph.

Cut so, every position lies between two nodes whose costs are known, and the exact cost there is
``min(cost(u) + x, cost(v) + L - x)`` also where a facility stands on the same edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import FloatArray, IntArray, starts_of
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors

__all__ = ["Positions", "SplitNetwork", "split_network"]


@dataclass(frozen=True)
class Positions:
    """Positions on the split network: a stretch and the metres to both of its ends."""

    stretch: IntArray
    """(n,) stretch; -1 for a point off the network."""
    to_u_m: FloatArray
    to_v_m: FloatArray


@dataclass(frozen=True, eq=False)
class SplitNetwork:
    """Stretches between neighbouring nodes or facility anchors of each edge, in order.

    Nodes 0..n-1 are those of the network, n..n+f-1 the anchors of the facilities that are on it.
    """

    node_count: int
    u: IntArray
    v: IntArray
    edge: IntArray
    from_m: FloatArray
    """Metres along the edge where the stretch begins."""
    to_m: FloatArray
    first: IntArray
    """(edges + 1,) offsets of each edge's stretches."""
    row: IntArray
    """(f,) row of the facility table behind each anchor node, in node order."""
    edge_base_m: FloatArray
    """Where each edge begins when all are laid end to end, a metre apart."""
    split_key: FloatArray
    """Places of the anchors on that long line, sorted."""

    @property
    def length_m(self) -> FloatArray:
        """Metres of each stretch."""
        return self.to_m - self.from_m

    @property
    def anchor_node(self) -> IntArray:
        """Node of each facility row that is on the network."""
        return self.node_count - len(self.row) + np.arange(len(self.row))

    def locate(self, edge: IntArray, offset_m: FloatArray) -> Positions:
        """Find the stretches that hold positions on edges (edge -1: off the network)."""
        on = edge >= 0
        at, offset = edge[on], offset_m[on]
        cuts_before = np.searchsorted(self.split_key, self.edge_base_m[at] + offset)
        cuts_of_earlier_edges = self.first[at] - at
        stretch = np.full(len(edge), -1, dtype=np.int64)
        stretch[on] = at + cuts_before
        # Rounding on the long line must not push a position out of its own edge.
        stretch[on] = np.clip(stretch[on], at + cuts_of_earlier_edges, self.first[at + 1] - 1)
        to_u = np.full(len(edge), np.inf)
        to_v = np.full(len(edge), np.inf)
        to_u[on] = np.maximum(offset - self.from_m[stretch[on]], 0.0)
        to_v[on] = np.maximum(self.to_m[stretch[on]] - offset, 0.0)
        return Positions(stretch, to_u, to_v)

    def graph(self, pace: FloatArray | None = None) -> csr_array:
        """Return the symmetric graph of stretches; of parallel ones the cheapest counts.

        Parameters
        ----------
        pace
            (edges,) cost a metre; None for metres.
        """
        cost = self.length_m if pace is None else self.length_m * pace[self.edge]
        low, high, _, cost = self._pairs(cost)
        n = self.node_count
        rows, cols = np.concatenate([low, high]), np.concatenate([high, low])
        return csr_array((np.concatenate([cost, cost]), (rows, cols)), shape=(n, n))

    def cheapest(self, pace: FloatArray | None = None) -> tuple[IntArray, IntArray]:
        """Return sorted keys ``low * node_count + high`` of joined nodes and their stretch."""
        cost = self.length_m if pace is None else self.length_m * pace[self.edge]
        low, high, stretch, _ = self._pairs(cost)
        return low * self.node_count + high, stretch

    def _pairs(self, cost: FloatArray) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
        low, high = np.minimum(self.u, self.v), np.maximum(self.u, self.v)
        stretch = np.flatnonzero(low != high)
        key = low[stretch] * self.node_count + high[stretch]
        order = np.lexsort((cost[stretch], key))
        key = key[order]
        is_first = np.ones(len(key), dtype=bool)
        is_first[1:] = key[1:] != key[:-1]
        stretch = stretch[order[is_first]]
        return low[stretch], high[stretch], stretch, cost[stretch]


def split_network(network: WalkNetwork, anchors: Anchors) -> SplitNetwork:
    """Cut the edges at the anchors that are on the network."""
    n, m = network.node_count, network.edge_count
    length = network.edge_length_m
    base = starts_of_float(length + 1.0)
    row = np.flatnonzero(anchors.on_network)
    key = base[anchors.edge[row]] + anchors.offset_m[row]
    order = np.lexsort((row, key))
    row, key = row[order], key[order]
    split_edge = anchors.edge[row]
    split_offset = np.clip(anchors.offset_m[row], 0.0, length[split_edge])

    cuts = np.bincount(split_edge, minlength=m).astype(np.int64)
    first = starts_of(cuts + 1)
    edge = np.repeat(np.arange(m, dtype=np.int64), cuts + 1)
    # The k-th split of all (in order) ends stretch edge + k and begins the next one.
    ends = split_edge + np.arange(len(row))
    u, v = network.edge_u[edge], network.edge_v[edge]
    from_m, to_m = np.zeros(len(edge)), length[edge]
    node = n + np.arange(len(row), dtype=np.int64)
    v[ends], to_m[ends] = node, split_offset
    u[ends + 1], from_m[ends + 1] = node, split_offset
    return SplitNetwork(n + len(row), u, v, edge, from_m, to_m, first, row, base, key)


def starts_of_float(lengths: FloatArray) -> FloatArray:
    """Return where each of these lengths begins when they are laid end to end."""
    start = np.zeros(len(lengths))
    if len(lengths) > 1:
        np.cumsum(lengths[:-1], out=start[1:])
    return start

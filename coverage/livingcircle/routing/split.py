"""The network with its edges split at the anchors of facilities, as a sparse graph.

Cut so, every position lies between two nodes whose costs are known, and the exact cost there is
``min(cost(u) + x, cost(v) + L - x)`` also where a facility stands on the same edge.

A walk may begin and end on private streets and never leads through them. Seen from the facility
it goes over private streets first, then over public ones, then over private ones: the nodes of
private streets are there three times, once in each part, joined by arcs of no length that lead on
and never back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import FloatArray, IntArray, distinct, first_of_each, starts_of
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors
from livingcircle.routing.pace import CostProfile, Pace, cost_against, cost_along

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

    Nodes 0..n-1 are those of the network, n..n+f-1 the anchors of the facilities that are on it;
    behind them the nodes of private streets as a walk from a facility leaves by them, then as it
    ends on them.
    """

    node_count: int
    u: IntArray
    """(stretches,) nodes where a walk that ends on the stretch enters it."""
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
    place: IntArray
    """(nodes,) the node of the network, or the anchor, that each node stands for."""
    anchor_node: IntArray
    """(f,) node that a walk from each facility row begins at."""
    private: IntArray
    """Stretches of private streets."""
    own: IntArray
    """(k,) their nodes; the k nodes behind the anchors leave by them, the next k end there."""

    @property
    def length_m(self) -> FloatArray:
        """Metres of each stretch."""
        return self.to_m - self.from_m

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

    def graph(self, pace: Pace = None) -> csr_array:
        """Return the graph of stretches from the facilities outward; the cheapest of parallels.

        People walk the other way, from home to facility: the arc that leads from node a to node b
        costs what a walk from b to a does.

        Parameters
        ----------
        pace
            What a walk along an edge costs; None for metres.
        """
        n, k, base = self.node_count, len(self.own), self.node_count - 2 * len(self.own)
        leave, end = base + np.arange(k), base + k + np.arange(k)
        if isinstance(pace, CostProfile):
            tail, head, cost = self._arcs(pace)
        else:
            low, high, _, one_way = self._pairs(self._cost(pace))
            tail, head = np.concatenate([low, high]), np.concatenate([high, low])
            cost = np.concatenate([one_way, one_way])
        rows = np.concatenate([tail, leave, self.own])
        cols = np.concatenate([head, self.own, end])
        return csr_array((np.concatenate([cost, np.zeros(2 * k)]), (rows, cols)), shape=(n, n))

    def cheapest(self, pace: FloatArray | None = None) -> tuple[IntArray, IntArray]:
        """Return sorted keys ``low * node_count + high`` of joined nodes and their stretch."""
        low, high, stretch, _ = self._pairs(self._cost(pace))
        return low * self.node_count + high, stretch

    def _cost(self, pace: FloatArray | None) -> FloatArray:
        return self.length_m if pace is None else self.length_m * pace[self.edge]

    def _arcs(self, pace: CostProfile) -> tuple[IntArray, IntArray, FloatArray]:
        """Return tail, head and cost of the cheapest arc between two nodes, in each direction."""
        u, v, of = self.ends()
        to_u = cost_against(pace, self.edge, self.from_m, self.to_m)
        to_v = cost_along(pace, self.edge, self.from_m, self.to_m)
        tail, head = np.concatenate([u, v]), np.concatenate([v, u])
        cost = np.concatenate([to_u[of], to_v[of]])
        kept = np.flatnonzero(tail != head)
        kept = kept[first_of_each(tail[kept] * self.node_count + head[kept], cost[kept])]
        return tail[kept], head[kept], cost[kept]

    def ends(self) -> tuple[IntArray, IntArray, IntArray]:
        """Return the nodes at the ends of stretches, and the stretch.

        Private stretches are walked at both ends of a walk: also on the nodes that leave by them.
        """
        back = len(self.own)
        u = np.concatenate([self.u, self.u[self.private] - back])
        v = np.concatenate([self.v, self.v[self.private] - back])
        return u, v, np.concatenate([np.arange(len(self.u)), self.private])

    def _pairs(self, cost: FloatArray) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
        u, v, of = self.ends()
        low, high = np.minimum(u, v), np.maximum(u, v)
        kept = np.flatnonzero(low != high)
        key = low[kept] * self.node_count + high[kept]
        kept = kept[first_of_each(key, cost[of[kept]])]
        return low[kept], high[kept], of[kept], cost[of[kept]]


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
    total = n + len(row)
    private = np.flatnonzero(network.tags.private[edge])
    own = distinct(np.concatenate([u[private], v[private]]))
    twin = np.full(total, -1, dtype=np.int64)
    twin[own] = total + np.arange(len(own))
    u[private], v[private] = twin[u[private]] + len(own), twin[v[private]] + len(own)
    anchor_node = n + np.arange(len(row), dtype=np.int64)
    anchor_node = np.where(network.tags.private[split_edge], twin[anchor_node], anchor_node)
    return SplitNetwork(
        node_count=total + 2 * len(own),
        u=u,
        v=v,
        edge=edge,
        from_m=from_m,
        to_m=to_m,
        first=first,
        row=row,
        edge_base_m=base,
        split_key=key,
        place=np.concatenate([np.arange(total), own, own]),
        anchor_node=anchor_node,
        private=private,
        own=own,
    )


def starts_of_float(lengths: FloatArray) -> FloatArray:
    """Return where each of these lengths begins when they are laid end to end."""
    start = np.zeros(len(lengths))
    if len(lengths) > 1:
        np.cumsum(lengths[:-1], out=start[1:])
    return start

"""The streets that draws are searched on: uncut, so that doors can move and paths can shut."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ranges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors
from livingcircle.network.terrain import waiting_s_m
from livingcircle.routing.pace import CostProfile, Pace, cost_against, cost_along
from livingcircle.routing.split import split_network

__all__ = ["Doors", "DrawGraph", "draw_graph"]

_NONE_M, _NONE = np.zeros(0), np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Doors:
    """Where facilities, or homes, meet the streets, and what a walk to each end of it costs."""

    edge: IntArray
    """(...,) edge; -1: off the network."""
    offset_m: FloatArray
    leg: FloatArray
    """Cost of the access leg."""
    u: IntArray
    """Nodes that a search begins (of homes: ends) at."""
    v: IntArray
    by_u: FloatArray
    """Cost between that node and the door, its leg included."""
    by_v: FloatArray

    @cached_property
    def by_edge(self) -> tuple[IntArray, IntArray]:
        """The order by edge, and the edges in it."""
        order = np.argsort(self.edge, kind="stable")
        return order, self.edge[order]

    def at(self, *rows: IntArray) -> Doors:
        """Return some of the doors."""
        return Doors(*(getattr(self, one.name)[rows] for one in fields(self)))

    def instead(self, where: BoolArray, others: Doors) -> Doors:
        """Return the doors, some of them replaced by others of the same shape."""
        names = [one.name for one in fields(self)]
        pairs = ((getattr(others, n), getattr(self, n)) for n in names)
        return Doors(*(np.where(where, new, old) for new, old in pairs))


_NOWHERE = Doors(_NONE, _NONE_M, _NONE_M, _NONE, _NONE, _NONE_M, _NONE_M)


@dataclass(frozen=True, eq=False)
class DrawGraph:
    """A network and the homes on it, in one measure of cost.

    A shut street cannot be walked through; walks from a door on it leave by its ends.
    """

    network: WalkNetwork
    pace: Pace
    unit: float
    """Metres of an access leg for one unit of cost."""
    start: IntArray
    """(nodes + 1,) offsets of the arcs that leave each node, seen from the facilities."""
    head: IntArray
    cost: FloatArray
    edge: IntArray
    """(arcs,) edge of each arc; -1: none, no metre is walked."""
    own: IntArray
    """Nodes of private streets; a search that begins on them leaves by the nodes behind all."""
    at_home: Doors
    """Where the homes meet the streets."""
    wait_s_m: FloatArray | None = None
    """(edges,) of the cost the seconds a metre that no speed changes: waiting and riding; None
    where there are none, or metres count."""
    factor: float = 1.0
    """How many times as fast as the walker of ``pace`` people walk."""

    @property
    def node_count(self) -> int:
        """Nodes of the graph."""
        return len(self.start) - 1

    def doors(self, anchors: Anchors) -> Doors:
        """Return anchored facilities as a search begins at them."""
        edge, offset, whole, leg = self._legs(anchors)
        by_u = leg + cost_along(self.pace, edge, np.zeros(len(edge)), offset)
        by_v = leg + cost_against(self.pace, edge, offset, whole)
        return self._met(anchors, self.network.node_count, by_u, by_v)

    def ends(self, anchors: Anchors) -> Doors:
        """Return anchored homes as a search ends at them."""
        edge, offset, whole, leg = self._legs(anchors)
        by_u = leg + cost_against(self.pace, edge, np.zeros(len(edge)), offset)
        by_v = leg + cost_along(self.pace, edge, offset, whole)
        return self._met(anchors, self.network.node_count + len(self.own), by_u, by_v)

    def _legs(self, anchors: Anchors) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        on = anchors.edge >= 0
        edge = np.where(on, anchors.edge, 0)
        leg = np.where(on, anchors.access_m, np.inf) / self.unit
        return edge, np.where(on, anchors.offset_m, 0.0), self.network.edge_length_m[edge], leg

    def _met(self, anchors: Anchors, first: int, by_u: FloatArray, by_v: FloatArray) -> Doors:
        """Return anchors with the nodes at their ends; those of private streets from `first` on."""
        edge, offset, _, leg = self._legs(anchors)
        u, v = self.network.edge_u[edge], self.network.edge_v[edge]
        if len(self.own):
            place = np.searchsorted(self.own, np.stack([u, v]))
            private = self.network.tags.private[edge]
            u, v = np.where(private, first + place[0], u), np.where(private, first + place[1], v)
        return Doors(np.where(anchors.edge >= 0, edge, -1), offset, leg, u, v, by_u, by_v)

    def at_speed(self, factor: float) -> DrawGraph:
        """Return the graph of people so many times as fast, who wait as long as others.

        Itself where nobody waits: there a limit so many times as long is the same.
        """
        if self.wait_s_m is None or factor == 1.0:
            return self
        whole = self.network.edge_length_m[self.edge]
        made = replace(self, factor=self.factor * factor)
        cost = np.where(self.edge >= 0, made._walked(self.cost, self.edge, whole), self.cost)
        return replace(made, cost=cost, at_home=made.walked_to(self.at_home))

    def walked_to(self, doors: Doors) -> Doors:
        """Return doors of the walker of ``pace`` with what they cost whoever walks this graph."""
        if self.factor == 1.0:
            return doors
        rest = self.network.edge_length_m[doors.edge] - doors.offset_m
        return replace(
            doors,
            leg=doors.leg / self.factor,
            by_u=self._walked(doors.by_u, doors.edge, doors.offset_m),
            by_v=self._walked(doors.by_v, doors.edge, rest),
        )

    def _walked(self, cost: FloatArray, edge: IntArray, metres: FloatArray) -> FloatArray:
        """Return costs over so many metres of edges at the speed of this graph."""
        if self.wait_s_m is None or self.factor == 1.0:
            return cost
        wait = self.wait_s_m[edge] * metres
        return np.asarray((cost - wait) / self.factor + wait)

    def without(self, shut: BoolArray | None) -> FloatArray:
        """Return the cost of the arcs without some edges."""
        if shut is None:
            return self.cost
        return np.where((self.edge >= 0) & shut[self.edge], np.inf, self.cost)

    def search(self, doors: Doors, cost: FloatArray) -> FloatArray:
        """Return the cost at every node from the nearest door; the arcs cost what is given."""
        graph = self._with(doors, cost)
        found = dijkstra(graph, directed=True, indices=self.node_count)
        return np.asarray(found[: self.node_count])

    def tree(self, doors: Doors) -> tuple[FloatArray, IntArray]:
        """Return cost and node before (-1: none) at every node, with nothing shut."""
        n = self.node_count
        found, before = dijkstra(
            self._with(doors, self.cost), directed=True, indices=n, return_predecessors=True
        )
        before = before[:n].astype(np.int64)
        return found[:n], np.where((before < 0) | (before == n), -1, before)

    def _with(self, doors: Doors, cost: FloatArray) -> csr_array:
        """Return the graph with one more node, the last, from which arcs lead to every door."""
        on, n = doors.edge >= 0, self.node_count
        data = np.concatenate([cost, doors.by_u[on], doors.by_v[on]])
        head = np.concatenate([self.head, doors.u[on], doors.v[on]]).astype(np.int32)
        start = np.append(self.start, len(data)).astype(np.int32)
        return csr_array((data, head, start), shape=(n + 1, n + 1))

    def homes(self, node_cost: FloatArray, doors: Doors, homes: Doors | None = None) -> FloatArray:
        """Return the cost of every home: by the ends of its street, or along it."""
        at = self.at_home if homes is None else homes
        found = np.minimum(node_cost[at.u] + at.by_u, node_cost[at.v] + at.by_v)
        order, edges = at.by_edge
        on = np.flatnonzero(doors.edge >= 0)
        low = np.searchsorted(edges, doors.edge[on])
        count = np.searchsorted(edges, doors.edge[on], "right") - low
        home, door = order[ranges(low, count)], np.repeat(on, count)
        edge, here, there = doors.edge[door], at.offset_m[home], doors.offset_m[door]
        ahead = cost_along(self.pace, edge, here, np.maximum(here, there))
        back = cost_against(self.pace, edge, np.minimum(here, there), here)
        walk = np.where(here <= there, ahead, back)
        walk = self._walked(walk, edge, np.abs(here - there))
        np.minimum.at(found, home, walk + doors.leg[door] + at.leg[home])
        return np.asarray(np.where(at.edge >= 0, found, np.inf))

    def end_node(self, node_cost: FloatArray) -> IntArray:
        """Return the end of its street that each home's way leads over; -1 where none does."""
        at = self.at_home
        by_u, by_v = node_cost[at.u] + at.by_u, node_cost[at.v] + at.by_v
        node = np.where(by_u <= by_v, at.u, at.v)
        return np.where(np.isfinite(np.minimum(by_u, by_v)), node, -1)

    def step_edge(self, node_cost: FloatArray, before: IntArray) -> IntArray:
        """Return the edge of the last step of the way to each node; -1 where there is none."""
        tail = np.repeat(np.arange(self.node_count), np.diff(self.start))
        with np.errstate(invalid="ignore"):  # nothing is reached at either end
            step = node_cost[self.head] - node_cost[tail]
            last = (before[self.head] == tail) & (
                np.abs(step - self.cost) <= 1e-9 * (1 + self.cost)
            )
        found = np.full(self.node_count, -1, dtype=np.int64)
        found[self.head[last]] = self.edge[last]
        return found


def draw_graph(network: WalkNetwork, pace: Pace, unit: float, homes: Anchors) -> DrawGraph:
    """Lay out a network and the homes on it.

    Parameters
    ----------
    network
        As the walker can use it.
    pace
        What a walk along an edge costs; None for metres.
    unit
        Metres of an access leg for one of the same costs.
    homes
        Anchors of the demand on the network.
    """
    nobody = Anchors(_NONE, _NONE_M, _NONE_M, np.zeros((0, 2)))
    split = split_network(network, nobody)
    u, v, of = split.ends()
    edge = split.edge[of]
    zero, whole = np.zeros(len(split.edge)), split.to_m
    to_u = cost_against(pace, split.edge, zero, whole)[of]
    to_v = cost_along(pace, split.edge, zero, whole)[of]
    k, base = len(split.own), network.node_count
    leave, end = base + np.arange(k), base + k + np.arange(k)
    tail = np.concatenate([u, v, leave, split.own])
    head = np.concatenate([v, u, split.own, end])
    cost = np.concatenate([to_u, to_v, np.zeros(2 * k)])
    of_arc = np.concatenate([edge, edge, np.full(2 * k, -1)])
    kept = np.flatnonzero(tail != head)
    kept = kept[np.argsort(tail[kept], kind="stable")]
    start = np.searchsorted(tail[kept], np.arange(split.node_count + 1))
    made = DrawGraph(
        network=network,
        pace=pace,
        unit=unit,
        start=start,
        head=head[kept],
        cost=cost[kept],
        edge=of_arc[kept],
        own=split.own,
        at_home=_NOWHERE,
        wait_s_m=_wait_s_m(network) if isinstance(pace, CostProfile) else None,
    )
    return replace(made, at_home=made.ends(homes))


def _wait_s_m(network: WalkNetwork) -> FloatArray | None:
    """Return the seconds of waiting and riding a metre of each edge; None where nobody waits."""
    if network.delays is None:
        return None
    found = waiting_s_m(network, network.delays)
    return found if found.any() else None  # of stairs alone steps are walked

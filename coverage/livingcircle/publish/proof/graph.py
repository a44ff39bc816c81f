"""The network of a proof: cut at the facilities of all its searches, with the cost at every node.

Cut so, a facility stands on a node and a home between two of them: whoever checks the proof needs
no more than the edges, the legs and the costs. Private streets are there twice, as a walk leaves by
them and as it ends on them; arcs of no length, walked one way, join them to the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.network.snap import Anchors
from livingcircle.routing.engine import Reach
from livingcircle.routing.labels import nearest_labels
from livingcircle.routing.pace import CostProfile, Pace, cost_against, cost_along
from livingcircle.routing.split import SplitNetwork, split_network

__all__ = ["ProofNetwork", "cost_columns", "proof_network"]


@dataclass(frozen=True, eq=False)
class ProofNetwork:
    """A network cut at facilities, and the searches from them."""

    split: SplitNetwork
    unit: str
    """``m`` for metres, ``s`` for seconds."""
    pace: Pace
    """What a walk along an edge costs; None for metres."""
    s_per_leg_m: float
    """Cost a metre of an access leg: 1 for metres."""
    max_access: float
    """Longest access leg, in the unit of the costs."""
    node: Mapping[int, IntArray]
    """Number of a search → the node of each of its facilities; -1 off the network."""
    leg: Mapping[int, FloatArray]
    """Number of a search → the cost of the leg of each of its facilities; NaN without a place."""
    k: Mapping[int, int]
    """Number of a search → how many facilities it asks for at once."""
    of: Mapping[int, IntArray]
    """Number of a search → which facility each row is an entrance of; 0 where the nearest does."""

    def costs(self) -> dict[str, FloatArray | IntArray]:
        """Return the columns of the table of costs: (nodes,) each, by search and rank."""
        graph = self.split.graph(self.pace)
        table: dict[str, FloatArray | IntArray] = {}
        for number, k in self.k.items():
            cost, of = self._labels(graph, number, k)
            names = cost_columns(number, k)
            table |= dict(zip(names[:k], cost, strict=True))
            table |= dict(zip(names[k:], of.astype(np.int32), strict=True))
        return table

    def _labels(self, graph: csr_array, number: int, k: int) -> tuple[FloatArray, IntArray]:
        row = np.flatnonzero(self.node[number] >= 0)
        from_here = replace(self.split, row=row, anchor_node=self.node[number][row])
        return nearest_labels(from_here, graph, self.leg[number][row], self.of[number][row], k)

    def edges(self) -> tuple[pa.Table, int]:
        """Return the edges, and how many of them, the first, are walked both ways."""
        split, k = self.split, len(self.split.own)
        base = split.node_count - 2 * k
        leave, end = base + np.arange(k), base + k + np.arange(k)
        # People walk from home to facility, and the search goes the other way.
        cost = cost_against(self.pace, split.edge, split.from_m, split.to_m)
        one, two, of = split.ends()
        u, v, costs, both_ways = [one], [two], [cost[of]], len(of)
        if isinstance(self.pace, CostProfile):
            back = cost_along(self.pace, split.edge, split.from_m, split.to_m)
            u, v, costs, both_ways = [one, two], [two, one], [*costs, back[of]], 0
        columns = {
            "u": np.concatenate([*u, leave, split.own]).astype(np.int32),
            "v": np.concatenate([*v, split.own, end]).astype(np.int32),
            self.cost_column: np.concatenate([*costs, np.zeros(2 * k)]),
        }
        return pa.table(columns), both_ways

    @property
    def cost_column(self) -> str:
        """Name of the cost of an edge."""
        return "length_m" if self.unit == "m" else "seconds"

    def homes(self, anchors: Anchors) -> pa.Table:
        """Return where points meet the edges."""
        split = self.split
        at = split.locate(anchors.edge, anchors.offset_m)
        on = np.flatnonzero(at.stretch >= 0)
        stretch = at.stretch[on]
        edge, begin, end = split.edge[stretch], split.from_m[stretch], split.to_m[stretch]
        to_u, to_v = np.full(len(at.stretch), np.nan), np.full(len(at.stretch), np.nan)
        to_u[on] = cost_against(self.pace, edge, begin, begin + at.to_u_m[on])
        to_v[on] = cost_along(self.pace, edge, end - at.to_v_m[on], end)
        return pa.table(
            {
                "edge": at.stretch.astype(np.int32),
                "to_u": to_u,
                "to_v": to_v,
                "access": anchors.access_m * self.s_per_leg_m,
            }
        )

    def facilities(self, ids: Mapping[int, np.ndarray]) -> pa.Table:
        """Return the facilities of every search."""
        numbers = sorted(self.node)
        none = [np.zeros(0)]
        return pa.table(
            {
                "search": np.repeat(numbers, [len(self.node[n]) for n in numbers]).astype(np.int32),
                "facility_id": pa.array([str(i) for n in numbers for i in ids[n]], pa.string()),
                "node": np.concatenate([*none, *(self.node[n] for n in numbers)]).astype(np.int32),
                "access": np.concatenate([*none, *(self.leg[n] for n in numbers)]),
                "of": np.concatenate([*none, *(self.of[n] for n in numbers)]).astype(np.int32),
            }
        )


def cost_columns(number: int, k: int) -> list[str]:
    """Return the names of a search's costs, nearest first, and then of whose they are."""
    names = [f"s{number}_{rank}" for rank in range(k)]
    return names + [f"{name}_of" for name in names]


def proof_network(
    searches: Mapping[int, Reach], unit: str, asked: Mapping[int, int]
) -> ProofNetwork:
    """Cut a network at the facilities of searches that share it.

    Parameters
    ----------
    searches
        By number; all on one network, by walkers of one pace where the unit is seconds.
    unit
        ``m`` or ``s``.
    asked
        How many facilities each search asks for at once.
    """
    first = next(iter(searches.values()))
    s_per_leg_m = 1.0 if unit == "m" else 1.0 / first.walker.speed_m_s
    edge = np.concatenate([found.anchors.edge for found in searches.values()])
    offset = np.concatenate([found.anchors.offset_m for found in searches.values()])
    on = edge >= 0
    # Facilities that share a place share a node.
    length = first.network.edge_length_m[edge[on]]
    places, place = np.unique(
        np.column_stack([edge[on], np.clip(offset[on], 0.0, length)]), axis=0, return_inverse=True
    )
    count = len(places)
    split = split_network(
        first.network,
        Anchors(places[:, 0].astype(np.int64), places[:, 1], np.zeros(count), np.zeros((count, 2))),
    )
    node_of = np.empty(count, dtype=np.int64)
    node_of[split.row] = split.anchor_node
    node = np.full(len(edge), -1, dtype=np.int64)
    node[on] = node_of[place.ravel()]
    sizes = [len(found.anchors) for found in searches.values()]
    parts = np.split(node, np.cumsum(sizes)[:-1])
    return ProofNetwork(
        split,
        unit,
        None if unit == "m" else first.pace,
        s_per_leg_m,
        first.max_access_m * s_per_leg_m,
        dict(zip(searches, parts, strict=True)),
        {n: found.anchors.access_m * s_per_leg_m for n, found in searches.items()},
        {n: asked[n] for n in searches},
        {n: _facility(found, asked[n]) for n, found in searches.items()},
    )


def _facility(found: Reach, k: int) -> IntArray:
    """Return which facility each row is an entrance of; for the nearest that does not matter."""
    if k == 1:
        return np.zeros(len(found.anchors), dtype=np.int64)
    _, code = np.unique(found.facility_id.astype(str), return_inverse=True)
    return np.asarray(code, dtype=np.int64).ravel()

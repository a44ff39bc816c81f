"""Cheapest costs over the split network: from the nearest facility, and from each of many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from livingcircle._arrays import FloatArray, IntArray, distinct, ranges, starts_of
from livingcircle.routing.pace import CostProfile, Pace, cost_against, cost_along
from livingcircle.routing.split import Positions, SplitNetwork

__all__ = [
    "CostField",
    "Links",
    "carried_cost",
    "field_cost",
    "links_within",
    "nearest_field",
    "to_ends",
]

# Cells of a dense block of costs held at once: 30 million doubles are 240 MB.
_BLOCK = 30_000_000


@dataclass(frozen=True, eq=False)
class CostField:
    """Cost from the nearest facility at every node of the split network."""

    cost: FloatArray
    """(nodes,) inf where no facility is reached."""
    row: IntArray
    """(nodes,) row of that facility; -1 where none."""
    previous: IntArray
    """(nodes,) node before on the way from the facility; -1 at its anchor and where none."""


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of a demand point and a facility row with their cost, within a limit."""

    demand: IntArray
    row: IntArray
    cost: FloatArray


def nearest_field(split: SplitNetwork, graph: csr_array, leg: FloatArray) -> CostField:
    """Search from all facilities at once; each joins its anchor by its own leg, one way.

    Parameters
    ----------
    split, graph
        The split network and its graph in the cost that counts.
    leg
        (f,) cost of the access leg of each anchor node.
    """
    n, f = split.node_count, len(split.row)
    if f == 0:
        return CostField(np.full(n, np.inf), np.full(n, -1), np.full(n, -1))
    walk = coo_array(graph)
    source = n + np.arange(f)
    joined = csr_array(
        (
            np.concatenate([walk.data, leg]),
            (
                np.concatenate([walk.row, source]),
                np.concatenate([walk.col, split.anchor_node]),
            ),
        ),
        shape=(n + f, n + f),
    )
    cost, previous, start = dijkstra(
        joined, directed=True, indices=source, min_only=True, return_predecessors=True
    )
    first = np.clip(start.astype(np.int64) - n, 0, f - 1)
    row = np.where(np.isfinite(cost), split.row[first], -1)
    previous = previous.astype(np.int64)
    _first_of_equals(joined, cost, row, previous)
    cost, row, previous = cost[:n], row[:n], previous[:n]
    return CostField(cost, row, np.where((previous < 0) | (previous >= n), -1, previous))


def _first_of_equals(graph: csr_array, cost: FloatArray, row: IntArray, previous: IntArray) -> None:
    """Where facilities are equally near, let the first of the table count, in place.

    The search takes the one that it meets first, which depends on all that lies in the graph; the
    costs do not.
    """
    arcs = coo_array(graph)
    # The least costs fulfil cost[v] = cost[u] + arc to the last bit along every shortest way.
    tight = np.flatnonzero(
        np.isfinite(cost[arcs.row]) & (cost[arcs.row] + arcs.data == cost[arcs.col])
    )
    u, v = arcs.row[tight], arcs.col[tight]
    order = np.argsort(u, kind="stable")
    u, v = u[order], v[order].astype(np.int64)
    begin = np.searchsorted(u, np.arange(len(cost) + 1))
    found = np.flatnonzero(row[u] < row[v])
    while len(found):
        new = distinct(v[found])
        # Of several better ones the best, and of those the first arc.
        order = found[np.lexsort((found, row[u[found]], v[found]))]
        best = order[np.append(True, v[order][1:] != v[order][:-1])]
        row[v[best]], previous[v[best]] = row[u[best]], u[best]
        counts = begin[new + 1] - begin[new]
        out = ranges(begin[new], counts)
        found = out[row[u[out]] < row[v[out]]]


def field_cost(
    split: SplitNetwork,
    field: CostField,
    at: Positions,
    leg: FloatArray,
    pace: Pace,
) -> tuple[FloatArray, IntArray, IntArray]:
    """Return the exact cost at positions, the facility row, and the end it comes from.

    Returns
    -------
    cost, row, node
        Infinity, -1, -1 where nothing is reached. ``node`` is the end of the stretch that the way
        from the facility enters by.
    """
    on = at.stretch >= 0
    if not on.any():
        none = np.full(len(on), -1, dtype=np.int64)
        return np.full(len(on), np.inf), none, none.copy()
    stretch = np.where(on, at.stretch, 0)
    u, v = split.u[stretch], split.v[stretch]
    to_u, to_v = to_ends(split, at, stretch, pace)
    by_u, by_v = field.cost[u] + to_u, field.cost[v] + to_v
    node = np.where(by_u <= by_v, u, v)
    cost = np.where(on, np.minimum(by_u, by_v) + leg, np.inf)
    reached = np.isfinite(cost)
    cost = np.where(reached, cost, np.inf)
    return cost, np.where(reached, field.row[node], -1), np.where(reached, node, -1)


def to_ends(
    split: SplitNetwork, at: Positions, stretch: IntArray, pace: Pace
) -> tuple[FloatArray, FloatArray]:
    """Return the cost of walking from positions to both ends of their stretches."""
    if not isinstance(pace, CostProfile):
        unit = 1.0 if pace is None else pace[split.edge[stretch]]
        return at.to_u_m * unit, at.to_v_m * unit
    edge, begin, end = split.edge[stretch], split.from_m[stretch], split.to_m[stretch]
    here = np.where(np.isfinite(at.to_u_m), begin + at.to_u_m, begin)
    return cost_against(pace, edge, begin, here), cost_along(pace, edge, here, end)


def carried_cost(
    split: SplitNetwork,
    field: CostField,
    at: Positions,
    node: IntArray,
    *,
    by: FloatArray | None,
    pace: Pace,
) -> FloatArray:
    """Return another cost of the walks that a search found, from anchor to position, without legs.

    Parameters
    ----------
    node
        The end that each way enters its stretch by, as ``field_cost`` gives it.
    by, pace
        Cost a metre that the search went by, and the one that is asked for; None for metres.
    """
    n = split.node_count
    here, before = np.arange(n), field.previous
    key, stretch_of = split.cheapest(by)
    pair = np.minimum(here, before) * n + np.maximum(here, before)
    place = np.clip(np.searchsorted(key, pair), 0, max(len(key) - 1, 0))
    total = np.zeros(n)
    if len(key):
        moves = (before >= 0) & (key[place] == pair)
        passed = stretch_of[place[moves]]
        edge, begin, end = split.edge[passed], split.from_m[passed], split.to_m[passed]
        to_u = split.place[split.u[passed]] == split.place[before[moves]]
        cost = cost_along(pace, edge, begin, end)
        total[moves] = np.where(to_u, cost_against(pace, edge, begin, end), cost)
    # Pointers that double their reach in every round add up the whole way.
    jump = np.where(before < 0, here, before)
    total[before < 0] = 0.0
    while (jump != jump[jump]).any():
        total, jump = total + total[jump], jump[jump]
    on = node >= 0
    stretch = np.where(on, at.stretch, 0)
    loop = split.u[stretch] == split.v[stretch]
    from_u = np.where(loop, at.to_u_m <= at.to_v_m, node == split.u[stretch])
    rest = np.where(from_u, *to_ends(split, at, stretch, pace))
    return np.where(on, total[np.where(on, node, 0)] + rest, np.inf)


def links_within(
    split: SplitNetwork,
    graph: csr_array,
    node_xy: FloatArray,
    source_leg: FloatArray,
    at: Positions,
    demand_leg: FloatArray,
    *,
    limit: float,
    radius_m: float,
    pace: Pace,
) -> Links:
    """Find every pair of demand and facility within a limit, tile by tile on small sub-networks.

    Parameters
    ----------
    split, graph, node_xy
        The split network, its graph in the cost that counts, its nodes in metres.
    source_leg
        (f,) cost of the access leg of each anchor node.
    at, demand_leg
        Positions of the demand and the cost of their legs.
    limit
        Highest cost, inclusive (tolerance 1e-6).
    radius_m
        No walk within the limit gets farther than this in a straight line.
    pace
        What a walk along an edge costs; None for metres.
    """
    ceiling = limit + 1e-6
    on = np.flatnonzero(at.stretch >= 0)
    on = on[demand_leg[on] <= ceiling]
    stretch = at.stretch[on]
    ends = np.column_stack([split.u[stretch], split.v[stretch]])
    chosen_at = Positions(stretch, at.to_u_m[on], at.to_v_m[on])
    extra = np.column_stack(to_ends(split, chosen_at, stretch, pace))
    extra += demand_leg[on][:, None]

    # Demand by the nodes at its ends, so that a tile finds its own without looking at all.
    by_node = np.argsort(ends.ravel(), kind="stable")
    at_node = starts_of(np.bincount(ends.ravel(), minlength=split.node_count))
    local = np.full(split.node_count, -1, dtype=np.int64)
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    for sources, nodes in _tiles(split, node_xy, source_leg <= ceiling, radius_m):
        here = ranges(at_node[nodes], at_node[nodes + 1] - at_node[nodes])
        near = distinct(by_node[here] // 2)
        if len(near) == 0:
            continue
        local[nodes] = np.arange(len(nodes))
        inside = graph[nodes][:, nodes]
        places = local[ends[near]]
        # What an end outside the tile costs is not known here, and too much anyway.
        outside = places < 0
        beyond = np.where(outside, np.inf, extra[near])
        places[outside] = 0
        step = max(1, _BLOCK // max(len(nodes), 2 * len(near)))
        for begin in range(0, len(sources), step):
            chosen = sources[begin : begin + step]
            cost = dijkstra(
                inside, directed=True, indices=local[split.anchor_node[chosen]], limit=ceiling
            )
            total = np.minimum(
                cost[:, places[:, 0]] + beyond[:, 0], cost[:, places[:, 1]] + beyond[:, 1]
            )
            total += source_leg[chosen][:, None]
            which, who = np.nonzero((total <= ceiling) & (total < np.inf))
            parts.append((on[near[who]], split.row[chosen[which]], total[which, who]))
        local[nodes] = -1
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Links(none, none, np.empty(0))
    demand, row, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Links(demand, row, value)


def _tiles(
    split: SplitNetwork, node_xy: FloatArray, usable: np.ndarray, radius_m: float
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield sources that stand together and the nodes that they may reach."""
    sources = np.flatnonzero(usable)
    if len(sources) == 0:
        return
    reach = radius_m * 1.001  # the projection stretches by far less
    if not np.isfinite(reach):
        yield sources, np.arange(split.node_count)
        return
    xy = node_xy[split.anchor_node[sources]]
    cell = np.floor(xy / max(reach, 500.0)).astype(np.int64)
    _, tile = np.unique(cell, axis=0, return_inverse=True)
    order = np.argsort(tile.ravel(), kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(tile.ravel()[order])) + 1)
    by_x = np.argsort(node_xy[:, 0], kind="stable")
    sorted_x = node_xy[by_x, 0]
    for group in groups:
        low, high = xy[group].min(axis=0) - reach, xy[group].max(axis=0) + reach
        band = by_x[np.searchsorted(sorted_x, low[0]) : np.searchsorted(sorted_x, high[0], "right")]
        y = node_xy[band, 1]
        yield sources[group], np.sort(band[(y >= low[1]) & (y <= high[1])])

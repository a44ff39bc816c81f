"""Routes: the way that proves a distance, drawn from demand to facility."""

from __future__ import annotations

import numpy as np
import shapely

from livingcircle._arrays import FloatArray, GeometryArray, IntArray, ranges, starts_of
from livingcircle.network.graph import WalkNetwork
from livingcircle.routing.linear_referencing import stretch_coords
from livingcircle.routing.search import CostField, field_cost
from livingcircle.routing.split import Positions, SplitNetwork

__all__ = ["routes"]


def routes(
    network: WalkNetwork,
    split: SplitNetwork,
    field: CostField,
    at: Positions,
    demand_lonlat: FloatArray,
    facility_lonlat: FloatArray,
) -> GeometryArray:
    """Return the shortest ways as LineStrings in WGS 84; None where no facility is reached.

    All ways are followed at once, one node per round, from the demand towards the facility.

    Parameters
    ----------
    network, split, field
        The network, split at the facilities, and the search in metres over it.
    at
        Positions of the demand on the split network.
    demand_lonlat, facility_lonlat
        (n, 2) and (rows, 2) degrees: where the access legs begin and end.
    """
    _, row, node = field_cost(split, field, at, np.zeros(len(at.stretch)), None)
    who = np.flatnonzero(row >= 0)
    lines = np.full(len(row), None, dtype=object)
    if len(who) == 0:
        return lines
    way, edge, begin, end = _follow(split, field, at, who, node[who])
    backwards = begin > end
    coords, start = stretch_coords(network, edge, np.minimum(begin, end), np.maximum(begin, end))
    counts = np.diff(start)
    position = ranges(start[:-1], counts)
    part = np.repeat(np.arange(len(edge)), counts)
    mirrored = start[part] + start[part + 1] - 1 - position
    coords = coords[np.where(backwards[part], mirrored, position)]

    # Demand, then the parts in order, then the facility.
    inner = np.bincount(way, weights=counts, minlength=len(who)).astype(np.int64)
    whole = starts_of(inner + 2)
    full = np.empty((int(whole[-1]), 2))
    full[whole[:-1]] = demand_lonlat[who]
    full[whole[1:] - 1] = facility_lonlat[row[who]]
    full[ranges(whole[:-1] + 1, inner)] = coords
    of = np.repeat(np.arange(len(who)), inner + 2)
    again = np.zeros(len(full), dtype=bool)
    again[1:] = (of[1:] == of[:-1]) & (full[1:] == full[:-1]).all(axis=1)
    # A way of no length still needs two coordinates to be a line.
    again[whole[1:] - 1] &= inner + 2 - np.bincount(of, weights=again).astype(np.int64) >= 2
    lines[who] = shapely.linestrings(full[~again], indices=of[~again])
    return lines


def _follow(
    split: SplitNetwork, field: CostField, at: Positions, who: IntArray, node: IntArray
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return the parts of edges walked: way, edge, metres along it at begin and end; in order."""
    key, stretch_of = split.cheapest()
    first = at.stretch[who]
    towards_u = node == split.u[first]
    # On a loop both ends are one node; the nearer end is the one the cost came by.
    loop = split.u[first] == split.v[first]
    towards_u = np.where(loop, at.to_u_m[who] <= at.to_v_m[who], towards_u)
    ways = [np.arange(len(who))]
    edges = [split.edge[first]]
    begins = [split.from_m[first] + at.to_u_m[who]]
    ends = [np.where(towards_u, split.from_m[first], split.to_m[first])]
    active, here = np.arange(len(who)), node
    while True:
        before = field.previous[here]
        on = before >= 0
        active, here, before = active[on], here[on], before[on]
        if len(active) == 0:
            break
        # Between two parts of a walk, private and public, nothing is walked.
        moves = split.place[here] != split.place[before]
        walker, here, before, passed = active[moves], here[moves], before[moves], before
        pair = np.minimum(here, before) * split.node_count + np.maximum(here, before)
        stretch = stretch_of[np.searchsorted(key, pair)]
        from_u = split.place[split.u[stretch]] == split.place[here]
        ways.append(walker)
        edges.append(split.edge[stretch])
        begins.append(np.where(from_u, split.from_m[stretch], split.to_m[stretch]))
        ends.append(np.where(from_u, split.to_m[stretch], split.from_m[stretch]))
        here = passed
    way = np.concatenate(ways)
    order = np.argsort(way, kind="stable")
    return (
        way[order],
        np.concatenate(edges)[order],
        np.concatenate(begins)[order],
        np.concatenate(ends)[order],
    )

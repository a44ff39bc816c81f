"""Where doors would open if the path that they stand on were not on the map."""

from __future__ import annotations

import numpy as np
import shapely

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import ONLY_ACROSS, Anchors, across_walls, to_metres

__all__ = ["CHOICES", "other_streets"]

CHOICES = 3
"""Next streets kept for each door; seldom are all of them hidden together."""
_FARTHER_M = 150.0
"""A next street is at most this much farther away than the nearest one."""


def other_streets(
    network: WalkNetwork, lonlat: FloatArray, anchors: Anchors, max_access_m: float
) -> list[Anchors]:
    """Return the next nearest streets of places whose own is a footpath.

    Parameters
    ----------
    network
        The network.
    lonlat
        (n, 2) degrees.
    anchors
        Where the places meet it.
    max_access_m
        Longest leg.

    Returns
    -------
    list of Anchors
        The second, third, ... nearest street with no wall before it; edge -1 where there is
        none, and for places on streets.
    """
    edge = anchors.edge
    able = np.flatnonzero((edge >= 0) & network.tags.footpath[np.maximum(edge, 0)])
    xy = to_metres(network, lonlat[able])
    doors = np.flatnonzero(network.tags.door)
    lines = edge_lines(network, in_metres=True)
    points = shapely.points(xy)
    reach = np.minimum(anchors.access_m[able] + _FARTHER_M, max_access_m)
    tree = shapely.STRtree(lines[doors])
    who, what = tree.query(points, predicate="dwithin", distance=reach)
    near = doors[what]
    other = near != edge[able][who]
    who, near = who[other], near[other]
    away = shapely.distance(points[who], lines[near])
    foot = shapely.line_interpolate_point(
        lines[near], shapely.line_locate_point(lines[near], points[who])
    )
    clear = ~across_walls(network, xy[who], shapely.get_coordinates(foot).reshape(-1, 2))
    # A place whose own leg has to cross a wall may reach its next street across one, too.
    if anchors.compromise is not None:
        clear |= (anchors.compromise[able] == ONLY_ACROSS)[who]
    who, near, away = who[clear], near[clear], away[clear]
    order = np.lexsort((near, away, who))
    who, near, away = who[order], near[order], away[order]
    rank = np.arange(len(who)) - np.searchsorted(who, who)
    return [
        _choice(network, lines, points, (who, near, away), rank == k, able, len(edge))
        for k in range(CHOICES)
    ]


def _choice(
    network: WalkNetwork,
    lines: np.ndarray,
    points: np.ndarray,
    found: tuple[IntArray, IntArray, FloatArray],
    chosen: np.ndarray,
    able: IntArray,
    count: int,
) -> Anchors:
    who, near, away = (column[chosen] for column in found)
    edge, offset = np.full(count, -1, dtype=np.int64), np.zeros(count)
    access = np.full(count, np.inf)
    row = able[who]
    share = shapely.line_locate_point(lines[near], points[who], normalized=True)
    edge[row], access[row] = near, away
    offset[row] = share * network.edge_length_m[near]
    return Anchors(edge, offset, access, np.full((count, 2), np.nan))

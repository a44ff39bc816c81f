"""Where doors would open if the path that they stand on were not on the map."""

from __future__ import annotations

import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import ONLY_ACROSS, Anchors, across_walls, to_metres

__all__ = ["CHOICES", "NextStreets"]

CHOICES = 3
"""Next streets kept for each door; seldom are all of them hidden together."""
_FARTHER_M = 150.0
"""A next street is at most this much farther away than the nearest one."""


class NextStreets:
    """The streets of a network that doors may open on, laid out once for many places."""

    def __init__(self, network: WalkNetwork) -> None:
        self.network = network
        self._doors = np.flatnonzero(network.tags.door)
        self._lines = edge_lines(network, in_metres=True)
        self._tree = shapely.STRtree(self._lines[self._doors])

    def of(self, lonlat: FloatArray, anchors: Anchors, max_access_m: float) -> list[Anchors]:
        """Return the next nearest streets of places whose own is a footpath.

        Parameters
        ----------
        lonlat
            (n, 2) degrees.
        anchors
            Where the places meet the network.
        max_access_m
            Longest leg.

        Returns
        -------
        list of Anchors
            The second, third, ... nearest street with no wall before it; edge -1 where there is
            none, and for places on streets.
        """
        network, edge = self.network, anchors.edge
        able = np.flatnonzero((edge >= 0) & network.tags.footpath[np.maximum(edge, 0)])
        xy = to_metres(network, lonlat[able])
        points = shapely.points(xy)
        reach = np.minimum(anchors.access_m[able] + _FARTHER_M, max_access_m)
        who, what = self._tree.query(points, predicate="dwithin", distance=reach)
        near = self._doors[what]
        other = near != edge[able][who]
        who, near = who[other], near[other]
        away = shapely.distance(points[who], self._lines[near])
        order = np.lexsort((near, away, who))
        who, near, away = who[order], near[order], away[order]
        if len(network.walls):
            clear = ~self._walled(xy, points, who, near)
            # A place whose own leg has to cross a wall may reach its next street across one, too.
            if anchors.compromise is not None:
                clear |= (anchors.compromise[able] == ONLY_ACROSS)[who]
            who, near, away = who[clear], near[clear], away[clear]
        rank = np.arange(len(who)) - np.searchsorted(who, who)
        found = who, near, away
        return [
            _choice(network, self._lines, points, found, rank == k, able, len(edge))
            for k in range(CHOICES)
        ]

    def _walled(
        self, xy: FloatArray, points: np.ndarray, who: IntArray, near: IntArray
    ) -> BoolArray:
        """Return whether a wall lies before each street."""
        lines = self._lines[near]
        foot = shapely.line_interpolate_point(lines, shapely.line_locate_point(lines, points[who]))
        return across_walls(self.network, xy[who], shapely.get_coordinates(foot).reshape(-1, 2))


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

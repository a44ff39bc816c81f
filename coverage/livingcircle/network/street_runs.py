"""Straight pieces of streets in runs of a few, and the pieces that touch a rectangle.

A geometry of its own for each piece of a megacity takes half a gigabyte; a run of pieces that lead
on into one another is one line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from livingcircle._arrays import FloatArray, IntArray, ranges

__all__ = ["StreetRuns", "runs_of"]

_LONGEST = 16
"""Pieces of a run: longer ones have rectangles that hold more pieces elsewhere."""


@dataclass(frozen=True, eq=False)
class StreetRuns:
    """Runs of straight pieces with a tree of their lines."""

    xy: FloatArray
    """(k, 2) metres; a piece leads from one row to the next."""
    first: IntArray
    """Row where each piece begins, of all pieces of the network."""
    begin: IntArray
    """(runs,) first piece of each run; the others follow it."""
    count: IntArray
    """(runs,) pieces of each run."""
    tree: shapely.STRtree

    def within(self, low: FloatArray, high: FloatArray) -> tuple[IntArray, IntArray]:
        """Return the number of each (n, 2) rectangle and a piece whose own rectangle touches it."""
        row, run = self.tree.query(shapely.box(*low.T, *high.T))
        count = self.count[run]
        row, piece = np.repeat(row, count), ranges(self.begin[run], count)
        one, two = self.xy[self.first[piece]], self.xy[self.first[piece] + 1]
        touch = (np.minimum(one, two) <= high[row]) & (np.maximum(one, two) >= low[row])
        both = np.flatnonzero(touch[:, 0] & touch[:, 1])
        return row[both], piece[both]


def runs_of(xy: FloatArray, first: IntArray, some: IntArray) -> StreetRuns:
    """Cut some pieces into runs.

    Parameters
    ----------
    xy, first
        As of ``StreetRuns``.
    some
        Numbers of pieces, ascending.
    """
    # A piece leads on into the next one where it ends in the row where that begins.
    on = (np.diff(some) == 1) & (np.diff(first[some]) == 1)
    starts = np.flatnonzero(np.append(True, ~on))
    length = np.diff(np.append(starts, len(some)))
    rank = np.arange(len(some)) - np.repeat(starts, length)
    cut = np.flatnonzero(rank % _LONGEST == 0)
    begin, count = some[cut], np.diff(np.append(cut, len(some)))
    corners = xy[ranges(first[begin], count + 1)]
    ends = np.append(0, np.cumsum(count + 1))
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, corners, (ends,))
    return StreetRuns(xy, first, begin, count, shapely.STRtree(lines))

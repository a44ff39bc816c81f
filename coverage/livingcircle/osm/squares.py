"""Squares: areas that people cross, by straight lines between the streets that meet there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ranges

__all__ = ["SquareCrossings", "lines_across"]

# Of a square where more streets meet the outline only the outline is walked: k places make k²/2
# lines.
MOST_PLACES = 150


@dataclass(frozen=True)
class SquareCrossings:
    """Lines across squares, two nodes each."""

    way: IntArray
    """(k,) a way of the outline, whose tags the line takes."""
    node: IntArray
    """(2 k,) node ids."""
    lonlat: FloatArray
    outline_only: int
    """Squares where too many streets meet."""


def lines_across(
    start: IntArray, node: IntArray, lonlat: FloatArray, area: IntArray
) -> SquareCrossings:
    """Join the vertices of an outline that streets touch, wherever they see each other.

    Parameters
    ----------
    start, node, lonlat
        Ways as in ``livingcircle.osm.ways.OsmWays``.
    area
        (ways,) number of the area whose outline a way is, -1 for a street.
    """
    none = SquareCrossings(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 2)), 0)
    if not (area >= 0).any():
        return none
    way_of = np.repeat(np.arange(len(area)), np.diff(start))
    known = ~np.isnan(lonlat[:, 0])
    of_area = known & (area[way_of] >= 0)
    shared = np.flatnonzero(known & np.isin(node, np.unique(node[of_area])))
    # Who uses a node: an area as a whole, or a street each for itself.
    owner = np.where(of_area[shared], area[way_of[shared]], area.max() + 1 + way_of[shared])
    pair = np.unique(np.column_stack([node[shared], owner]), axis=0)
    ids, times = np.unique(pair[:, 0], return_counts=True)
    met = ids[times > 1]
    on = of_area & np.isin(node, met)
    _, first = np.unique(np.column_stack([area[way_of], node])[on], axis=0, return_index=True)
    place = np.flatnonzero(on)[first]  # sorted by area
    number = area[way_of[place]]
    count = np.bincount(number, minlength=int(area.max()) + 1)
    few = count[number] <= MOST_PLACES
    place, number = place[few], number[few]
    ends = np.searchsorted(number, number, side="right")
    partners = ends - np.arange(len(place)) - 1
    one = np.repeat(np.arange(len(place)), partners)
    two = ranges(np.arange(len(place)) + 1, partners)
    if len(one) == 0:
        return SquareCrossings(none.way, none.node, none.lonlat, int((count > MOST_PLACES).sum()))
    polygons = _polygons(start, lonlat, area, known)
    lines = shapely.linestrings(np.stack([lonlat[place[one]], lonlat[place[two]]], axis=1))
    shapely.prepare(polygons)
    seen = shapely.covers(polygons[number[one]], lines)
    one, two = one[seen], two[seen]
    both = np.column_stack([place[one], place[two]]).ravel()
    return SquareCrossings(
        way_of[place[one]], node[both], lonlat[both], int((count > MOST_PLACES).sum())
    )


def _polygons(start: IntArray, lonlat: FloatArray, area: IntArray, known: BoolArray) -> np.ndarray:
    """Return the area inside the outline ways of each number; empty where they do not close."""
    counts = np.diff(start)
    whole = np.logical_and.reduceat(known, start[:-1]) & (counts >= 2) & (area >= 0)
    rows = np.flatnonzero(whole)
    rows = rows[np.argsort(area[rows], kind="stable")]
    out = np.full(int(area.max()) + 1, shapely.Polygon(), dtype=object)
    if len(rows) == 0:
        return out
    flat = ranges(start[:-1][rows], counts[rows])
    lines = shapely.linestrings(lonlat[flat], indices=np.repeat(np.arange(len(rows)), counts[rows]))
    numbers, which = np.unique(area[rows], return_inverse=True)
    bundles = shapely.geometrycollections(lines, indices=which)
    out[numbers] = shapely.build_area(bundles)
    return out

"""A grid of walls: cells without any, and the courts that walls close all around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray

__all__ = ["WallGrid", "closed_courts", "wall_grid", "within_courts"]

_CELL_M = 6.0
_MOST_CELLS = 4_000_000
_HAIR_M = 0.01
"""A wall along the border of two cells belongs to either."""


@dataclass(frozen=True, eq=False)
class WallGrid:
    """How many cells with a wall lie south-west of each corner of a grid."""

    origin: FloatArray
    cell_m: float
    below: IntArray
    """(rows + 1, columns + 1) cells with a wall among the first rows and columns."""

    def clear(self, one: FloatArray, two: FloatArray) -> BoolArray:
        """Return which straight legs, (n, 2) to (n, 2) in metres, surely meet no wall.

        Those whose rectangle holds no cell with a wall; of the others nothing is said.
        """
        rows, columns = self.below.shape
        most = np.array([columns - 1, rows - 1])
        west, east = np.minimum(one, two) - _HAIR_M, np.maximum(one, two) + _HAIR_M
        low = np.floor((west - self.origin) / self.cell_m).astype(np.int64)
        high = np.floor((east - self.origin) / self.cell_m).astype(np.int64) + 1
        low, high = np.clip(low, 0, most), np.clip(high, 0, most)
        (x0, y0), (x1, y1) = low.T, high.T
        count = self.below[y1, x1] - self.below[y0, x1] - self.below[y1, x0] + self.below[y0, x0]
        return np.asarray(count == 0)


def wall_grid(ends: FloatArray) -> WallGrid:
    """Return the raster of straight pieces of walls, (n, 2, 2) metres; n is not 0."""
    low, high = ends.min(axis=(0, 1)), ends.max(axis=(0, 1))
    cell = max(_CELL_M, float(np.sqrt((high - low).prod() / _MOST_CELLS)))
    # A part no longer than a cell lies within the cells of its rectangle's corners.
    along = ends[:, 1] - ends[:, 0]
    parts = np.maximum(np.ceil(np.hypot(*along.T) / cell), 1.0).astype(np.int64)
    wall = np.repeat(np.arange(len(ends)), parts)
    nth = np.arange(len(wall)) - np.repeat(np.cumsum(parts) - parts, parts)
    from_ = ends[wall, 0] + along[wall] * (nth / parts[wall])[:, None]
    to = ends[wall, 0] + along[wall] * ((nth + 1) / parts[wall])[:, None]
    a, b = (np.floor((side - low) / cell).astype(np.int64) for side in (from_, to))
    columns, rows = np.maximum(a, b).max(axis=0) + 1
    held = np.zeros((rows, columns), dtype=np.int64)
    for x in (a[:, 0], b[:, 0]):
        for y in (a[:, 1], b[:, 1]):
            held[y, x] = 1
    below = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    below[1:, 1:] = held.cumsum(axis=0).cumsum(axis=1)
    return WallGrid(low, cell, below)


def closed_courts(
    walls: shapely.STRtree, doors: shapely.STRtree, on_wall_m: float
) -> shapely.STRtree:
    """Return a tree of the courts that walls close all around and where no street is.

    Parameters
    ----------
    walls
        Tree of straight pieces of walls, in metres.
    doors
        Tree of the streets that a door may open on.
    on_wall_m
        Walls this near to a street are ignored: a court that comes so near to one is open.
    """
    rings = shapely.get_exterior_ring(shapely.get_parts(shapely.polygonize(walls.geometries)))
    courts = shapely.polygons(rings)
    open_ = doors.query(courts, predicate="dwithin", distance=2 * on_wall_m)[0]
    return shapely.STRtree(np.delete(courts, open_))


def within_courts(courts: shapely.STRtree, xy: FloatArray, on_wall_m: float) -> BoolArray:
    """Return which (n, 2) places lie in a closed court, and not on its wall."""
    found = np.zeros(len(xy), dtype=bool)
    points = shapely.points(xy)
    row, court = courts.query(points, predicate="within")
    ring = shapely.get_exterior_ring(courts.geometries[court])
    found[row[shapely.distance(points[row], ring) > 2 * on_wall_m]] = True
    return found

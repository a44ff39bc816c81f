"""What walls hide from a place: directions in which a longer leg surely leads across one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray

__all__ = ["Hidden", "hidden_by"]

_AROUND_M = 60.0
"""Walls are looked for so far from a place."""
# Walls that share an end leave no gap; a billionth of a turn is a hair at any distance here.
_HAIR = 1e-9
_APART = 100.0
_TURN = 2 * np.pi


@dataclass(frozen=True, eq=False)
class Hidden:
    """Directions that walls near some places close.

    The directions of a place are intervals of angles, sorted and apart, with 100 times the number
    of the place added: so one sorted array serves all.
    """

    begin: FloatArray
    end: FloatArray
    far_m: FloatArray
    """(places,) a leg in a closed direction that is longer leads across a wall."""
    all_around: BoolArray
    """(places,) every direction is closed."""

    def legs(self, place: IntArray, leg: FloatArray) -> BoolArray:
        """Return which legs (n, 2), metres east and north of their places, lead across a wall."""
        key = np.arctan2(leg[:, 1], leg[:, 0]) + _APART * place
        at = np.searchsorted(self.begin, key, "right") - 1
        closed = (at >= 0) & (key < self.end[np.maximum(at, 0)]) if len(self.end) else key < -1e9
        return np.asarray(closed & (np.hypot(*leg.T) > self.far_m[place]))


def hidden_by(walls: shapely.STRtree, xy: FloatArray, on_wall_m: float) -> Hidden:
    """Return what walls near (n, 2) places hide from them.

    Parameters
    ----------
    walls
        Tree of straight pieces of walls, in metres.
    xy
        (n, 2) places.
    on_wall_m
        Walls so near a place, or so near the other end of a leg, stand in nobody's way.
    """
    row, piece = walls.query(shapely.points(xy), predicate="dwithin", distance=_AROUND_M)
    ends = shapely.get_coordinates(walls.geometries[piece]).reshape(-1, 2, 2)
    ends = ends - xy[row][:, None, :]
    farthest = np.hypot(ends[..., 0], ends[..., 1]).max(axis=1)
    clear = (_distance(ends) > 2 * on_wall_m) & (farthest < 2 * _AROUND_M)
    row, ends, farthest = row[clear], ends[clear], farthest[clear]
    far = np.zeros(len(xy))
    np.maximum.at(far, row, farthest + 2 * on_wall_m)
    begin, end = _merged(row, np.arctan2(ends[..., 1], ends[..., 0]))
    place = np.floor((begin + np.pi + _HAIR) / _APART).astype(np.int64)
    whole = (begin - _APART * place <= _HAIR - np.pi) & (end - _APART * place >= np.pi - _HAIR)
    all_around = np.zeros(len(xy), dtype=bool)
    all_around[place[whole]] = True
    return Hidden(begin, end, far, all_around)


def _distance(ends: FloatArray) -> FloatArray:
    """Return how far pieces (n, 2, 2) are from the origin."""
    a, ab = ends[:, 0], ends[:, 1] - ends[:, 0]
    square = (ab * ab).sum(axis=1)
    share = np.clip(-(a * ab).sum(axis=1) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    return np.asarray(np.hypot(*(a + share[:, None] * ab).T))


def _merged(row: IntArray, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Join the angles (n, 2) that pieces are seen under to intervals from -pi to pi."""
    across = (angle[:, 1] - angle[:, 0] + np.pi) % _TURN - np.pi
    begin = np.where(across >= 0, angle[:, 0], angle[:, 1])
    end = begin + np.abs(across)
    # What reaches beyond half a turn comes in again from below.
    row = np.concatenate([row, row])
    begin = np.concatenate([begin, begin - _TURN]).clip(-np.pi, np.pi)
    end = np.concatenate([end, end - _TURN]).clip(-np.pi, np.pi)
    seen = end > begin
    begin, end = (begin + _APART * row)[seen], (end + _APART * row)[seen]
    order = np.argsort(begin, kind="stable")
    begin, reached = begin[order], np.maximum.accumulate(end[order])
    first = np.ones(len(begin), dtype=bool)
    first[1:] = begin[1:] > reached[:-1] + _HAIR
    last = np.concatenate([first[1:], [True]]) if len(first) else first
    return begin[first], reached[last]

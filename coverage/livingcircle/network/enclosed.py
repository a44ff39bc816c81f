"""Directions in which every longer leg from a place crosses a wall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray

__all__ = ["BlockedDirections", "blocked_directions"]

_CIRCLES = np.array([0.25, 0.5, 0.7, 1.0])
"""Walls are looked at within circles around a place, as shares of the largest one's radius."""
# Walls that share an end leave no gap; a billionth of a turn is far below a millimetre at any
# distance here.
_HAIR = 1e-9
_APART = 8.0
"""Offset from circle to circle: more than a full turn, and small enough to keep angles precise."""
_TURN = 2 * np.pi


@dataclass(frozen=True, eq=False)
class BlockedDirections:
    """Directions that walls near some places close, within circles of several radii.

    The directions of a circle are intervals of angles, sorted and apart, with eight times the
    number of the circle added: so one sorted array serves all.
    """

    begin: FloatArray
    end: FloatArray
    far_m: FloatArray
    """(places, circles) a leg in a closed direction that is longer leads across a wall."""
    closed: BoolArray
    """(places, circles) every direction is closed."""

    @property
    def end_m(self) -> FloatArray:
        """(places,) every leg that is longer leads across a wall; infinite where one may not."""
        return np.asarray(np.where(self.closed, self.far_m, np.inf).min(axis=1))

    def legs(self, place: IntArray, leg: FloatArray) -> BoolArray:
        """Return which legs (n, 2), metres east and north of their places, lead across a wall."""
        hidden = np.zeros(len(place), dtype=bool)
        if len(self.end) == 0:
            return hidden
        metres = np.hypot(leg[:, 0], leg[:, 1])
        angle = np.arctan2(leg[:, 1], leg[:, 0])
        # What a circle closes a larger one closes too.
        circle = (metres[:, None] > self.far_m[place]).sum(axis=1) - 1
        some = np.flatnonzero(circle >= 0)
        key = angle[some] + _APART * (place[some] * len(_CIRCLES) + circle[some])
        at = np.searchsorted(self.begin, key, "right") - 1
        hidden[some] = (at >= 0) & (key < self.end[np.maximum(at, 0)])
        return hidden


def blocked_directions(
    walls: shapely.STRtree, xy: FloatArray, around_m: FloatArray, on_wall_m: float
) -> BlockedDirections:
    """Return what walls near (n, 2) places hide from them.

    Parameters
    ----------
    walls
        Tree of straight pieces of walls, in metres.
    xy
        (n, 2) places.
    around_m
        (n,) how far around each place walls are looked for.
    on_wall_m
        Walls this near to a place, or to the other end of a leg, are ignored.
    """
    far = around_m[:, None] * _CIRCLES
    radius = np.maximum(far - 2 * on_wall_m, 0.0)
    around = around_m[:, None]
    row, piece = walls.query(shapely.box(*(xy - around).T, *(xy + around).T))
    ends = shapely.get_coordinates(walls.geometries[piece]).reshape(-1, 2, 2)
    ends = ends - xy[row][:, None, :]
    distance = _distance(ends)
    clear = (distance > 2 * on_wall_m) & (distance < radius[row, -1])
    row, ends, distance = row[clear], ends[clear], distance[clear]
    circle = (distance[:, None] >= radius[row]).sum(axis=1)
    times = len(_CIRCLES) - circle
    piece = np.repeat(np.arange(len(row)), times)
    circle = np.arange(len(piece)) - np.repeat(np.cumsum(times) - times - circle, times)
    a, b = _within(ends[piece], radius[row[piece], circle])
    begin, end = _merged(row[piece] * len(_CIRCLES) + circle, a, b)
    closed = np.zeros(far.size, dtype=bool)
    at = np.floor((begin + np.pi + _HAIR) / _APART).astype(np.int64)
    whole = (begin - _APART * at <= _HAIR - np.pi) & (end - _APART * at >= np.pi - _HAIR)
    closed[at[whole]] = True
    return BlockedDirections(begin, end, far, closed.reshape(far.shape))


def _distance(ends: FloatArray) -> FloatArray:
    """Return how far pieces (n, 2, 2) are from the origin."""
    ax, ay = ends[:, 0, 0], ends[:, 0, 1]
    x, y = ends[:, 1, 0] - ax, ends[:, 1, 1] - ay
    square = x * x + y * y
    share = np.clip(-(ax * x + ay * y) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    return np.asarray(np.hypot(ax + share * x, ay + share * y))


def _within(ends: FloatArray, radius: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the angles of both ends of pieces (n, 2, 2), as far as they lie in a circle."""
    ax, ay = ends[:, 0, 0], ends[:, 0, 1]
    x, y = ends[:, 1, 0] - ax, ends[:, 1, 1] - ay
    square = np.maximum(x * x + y * y, 1e-300)
    middle = -(ax * x + ay * y) / square
    half = np.sqrt(np.maximum(middle**2 - (ax * ax + ay * ay - radius**2) / square, 0.0))
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    one = np.where(low > 0, np.arctan2(ay + low * y, ax + low * x), np.arctan2(ay, ax))
    by, bx = ends[:, 1, 1], ends[:, 1, 0]
    two = np.where(high < 1, np.arctan2(ay + high * y, ax + high * x), np.arctan2(by, bx))
    return one, two


def _merged(row: IntArray, one: FloatArray, two: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Join the angles that pieces are seen under to intervals from -pi to pi."""
    across = (two - one + np.pi) % _TURN - np.pi
    begin = np.where(across >= 0, one, two)
    end = begin + np.abs(across)
    # What reaches beyond half a turn comes in again from below.
    over = np.flatnonzero(end > np.pi)
    row = np.concatenate([row, row[over]])
    begin = np.concatenate([begin, np.full(len(over), -np.pi)])
    end = np.concatenate([np.minimum(end, np.pi), end[over] - _TURN])
    seen = end > begin
    begin, end = (begin + _APART * row)[seen], (end + _APART * row)[seen]
    order = np.argsort(begin, kind="stable")
    begin, reached = begin[order], np.maximum.accumulate(end[order])
    first = np.ones(len(begin), dtype=bool)
    first[1:] = begin[1:] > reached[:-1] + _HAIR
    last = np.concatenate([first[1:], [True]]) if len(first) else first
    return begin[first], reached[last]

"""The nearest straight piece of a street to each of many points, exactly.

Points are laid along the pieces, a few metres apart, and a k-d tree finds the few nearest of them;
the distance to the pieces they lie on is then computed. A piece has a point at its beginning, the
last one of a street at its end, too, and none has points farther apart than ``s``: a piece that is
``t`` away has one within ``sqrt(t² + s²)``, or the next piece of its street is as near. Once the
k-th point is farther than that for the least ``t`` found, no piece was overlooked; the others are
asked again for more points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle._threads import in_threads

__all__ = ["StreetPieces", "nearest_piece", "pieces_of"]

_APART_M = 20.0
"""Points along pieces: doors are hardly nearer to their street than half of it."""
_FEWEST = 2_000_000
"""So many points may be laid along any network, and two a piece along larger ones."""
_FIRST, _MORE = 8, 4
"""Points asked for at first, and how many times more in every further round."""
_AT_ONCE = 2_000_000
# Points a task: small enough for an even load and a moving progress bar, large enough to pay.
_CHUNK = 50_000
_ROUNDING_M = 1e-6


@dataclass(frozen=True, eq=False)
class StreetPieces:
    """Straight pieces with points along them."""

    xy: FloatArray
    """(k, 2) metres; a piece leads from one row to the next."""
    first: IntArray
    """Row where each piece begins, of all pieces of the network."""
    piece: IntArray
    """Piece of each point of the tree."""
    apart_m: float
    """The most that a place on a piece is away from the point before it."""
    tree: cKDTree


def pieces_of(xy: FloatArray, first: IntArray, some: IntArray) -> StreetPieces:
    """Lay points along some of the pieces.

    Parameters
    ----------
    xy, first
        As of ``StreetPieces``.
    some
        All pieces of at least one street, and of none a part.
    """
    begin, step = xy[first[some]], xy[first[some] + 1] - xy[first[some]]
    length = np.hypot(step[:, 0], step[:, 1])
    apart = max(_APART_M, float(length.sum()) / max(_FEWEST, 2 * len(some)))
    count = np.maximum(1, np.ceil(length / apart)).astype(np.int64)
    last = np.append(np.diff(first[some]) != 1, True)
    held = count + last
    of = np.repeat(np.arange(len(some)), held)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(held) - held, held)
    share = rank / count[of]
    points = begin[of]
    points[:, 0] += share * step[of, 0]
    points[:, 1] += share * step[of, 1]
    # Cells cut in the middle: a tree in a third of the time, and searched as fast.
    tree = cKDTree(points, balanced_tree=False, compact_nodes=False)
    return StreetPieces(xy, first, some[of], float((length / count).max()), tree)


def nearest_piece(
    pieces: StreetPieces,
    points: FloatArray,
    private: BoolArray,
    progress: Callable[[float], None] | None = None,
) -> IntArray:
    """Find the nearest piece of each (n, 2) point, in threads.

    Of pieces that are equally near (at a junction) that of a private street is taken, since
    whoever stands at its end may walk along it; then the first in the network.

    Parameters
    ----------
    private
        By piece of the network.
    progress
        Called with the share done.
    """
    # Neighbours one after the other find their part of the tree at hand.
    order = np.argsort(_z_curve(points), kind="stable")
    chunks = np.array_split(points[order], max(1, -(-len(points) // _CHUNK)))
    found: list[IntArray] = []
    done = 0
    for part in in_threads(lambda chunk: _nearest(pieces, chunk, private), chunks):
        found.append(part)
        done += len(part)
        if progress is not None:
            progress(done / len(points))
    nearest = np.empty(len(points), dtype=np.int64)
    nearest[order] = np.concatenate(found)
    return nearest


def _nearest(pieces: StreetPieces, points: FloatArray, private: BoolArray) -> IntArray:
    out = np.empty(len(points), dtype=np.int64)
    todo, count = np.arange(len(points)), _FIRST
    while len(todo):
        left = []
        for some in np.array_split(todo, -(-len(todo) * count // _AT_ONCE)):
            out[some], sure = _of_so_many(pieces, points[some], private, count)
            left.append(some[~sure])
        todo, count = np.concatenate(left), count * _MORE
    return out


def _of_so_many(
    pieces: StreetPieces, points: FloatArray, private: BoolArray, count: int
) -> tuple[IntArray, BoolArray]:
    """Return the nearest of the pieces that the nearest points lie on, and whether that is sure."""
    asked = min(count, len(pieces.piece))
    far, at = pieces.tree.query(points, k=np.arange(1, asked + 1))
    piece = pieces.piece[at]
    metres = _distance(pieces, points, piece)
    least = metres.min(axis=1)
    rank = piece + np.where(private[piece], 0, len(private))
    rank[metres > least[:, None]] = 2 * len(private)
    best = piece[np.arange(len(points)), rank.argmin(axis=1)]
    reach_m = np.hypot(least, pieces.apart_m) * (1 + 1e-9) + _ROUNDING_M
    return _first_of_street(pieces, points, best, least), (far[:, -1] > reach_m) | (
        asked == len(pieces.piece)
    )


def _first_of_street(
    pieces: StreetPieces, points: FloatArray, piece: IntArray, metres: FloatArray
) -> IntArray:
    """Return the piece before where it is as near: both meet in the nearest place."""
    out, todo = piece.copy(), np.arange(len(piece))
    while len(todo):
        todo = todo[out[todo] > 0]
        before = out[todo] - 1
        joined = pieces.first[before] + 1 == pieces.first[out[todo]]
        todo, before = todo[joined], before[joined]
        near = _distance(pieces, points[todo], before[:, None])[:, 0] <= metres[todo]
        todo = todo[near]
        out[todo] = before[near]
    return out


def _distance(pieces: StreetPieces, points: FloatArray, piece: IntArray) -> FloatArray:
    """Return the metres from (n, 2) points to (n, k) pieces.

    To a corner it is the same number for all pieces that meet there, whatever their directions.
    """
    start = pieces.first[piece]
    x, y = pieces.xy[:, 0], pieces.xy[:, 1]
    ax, ay, bx, by = x[start], y[start], x[start + 1], y[start + 1]
    px, py = points[:, :1], points[:, 1:]
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    solid = np.where(square > 0, square, 1.0)
    along = ((px - ax) * dx + (py - ay) * dy) / solid
    beside = np.abs(((ay - py) * dx - (ax - px) * dy) / solid) * np.sqrt(square)
    ends = along >= 1
    ex, ey = px - np.where(ends, bx, ax), py - np.where(ends, by, ay)
    corner = np.sqrt(ex * ex + ey * ey)
    return np.asarray(np.where((along > 0) & ~ends & (square > 0), beside, corner))


def _z_curve(xy: FloatArray) -> IntArray:
    """Return each point's place on a Z-order curve; neighbours in it are neighbours in the tree."""
    low, span = xy.min(axis=0), np.ptp(xy, axis=0).max()
    cell = ((xy - low) / (span if span > 0 else 1.0) * 0xFFFF).astype(np.uint64)
    spread = cell
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        spread = (spread | (spread << np.uint64(shift))) & np.uint64(mask)
    return np.asarray(spread[:, 0] | (spread[:, 1] << np.uint64(1)), dtype=np.int64)

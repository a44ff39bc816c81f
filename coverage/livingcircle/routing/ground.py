"""The ground beside streets, as places of a lattice: on which street a door there opens, and where.

A network has one such picture for each width; every circle is read from it. Blocks of the lattice
share the row and column of places on their borders, so that outlines drawn block by block meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingcircle._arrays import FloatArray, IntArray, ranges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import across_walls, anchor, to_degrees, to_metres, wall_ends

__all__ = ["PLACE_SPACING_M", "Block", "Stretches", "blocks_of", "keeps_blocks"]

PLACE_SPACING_M = 3.5
"""Metres between places of a city."""
_COARSEST_M = 10.0
_PLACES = 20_000_000
"""About so many places at most: the lattice of a larger network is wider, up to `_COARSEST_M`. That
makes areas of the sample 0.6 % larger, and as many doors lie on the wrong side of the outline;
where walls stand around every block, areas are 2 to 6 % larger at 10 m."""
# A lattice of so many places is one block; larger ones are cut into blocks of this many a side.
_ONE_BLOCK = 8_000_000
_BLOCK = 1024
# Pairs of a place and a stretch of street that are looked at together.
_PAIRS = 100_000
_LONGEST_M = 64.0
_LARGE_M = 5_000_000.0
"""The blocks of so many metres of streets would take hundreds of megabytes."""
_FAR = np.uint64(np.iinfo(np.uint64).max)


@dataclass(frozen=True, eq=False)
class Stretches:
    """Straight stretches of streets that doors open on, none longer than ``_LONGEST_M``."""

    edge: IntArray
    from_m: FloatArray
    to_m: FloatArray
    begin: FloatArray
    end: FloatArray

    def of(self, rows: IntArray) -> Stretches:
        """Return some of them."""
        return Stretches(
            self.edge[rows], self.from_m[rows], self.to_m[rows], self.begin[rows], self.end[rows]
        )

    def foot(self, row: IntArray, xy: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return metres along the edge where places (n, 2) meet each one's stretch, and the leg."""
        begin, along = self.begin[row], self.end[row] - self.begin[row]
        to = xy - begin
        share = _share(to, along)
        apart_x, apart_y = to[:, 0] - share * along[:, 0], to[:, 1] - share * along[:, 1]
        offset = self.from_m[row] + share * (self.to_m[row] - self.from_m[row])
        return offset, np.hypot(apart_x, apart_y)


@dataclass(frozen=True, eq=False)
class Block:
    """Places of one block, sorted by the street that a door there opens on."""

    at: tuple[int, int]
    """Its column and row among the blocks."""
    low: FloatArray
    """(2,) metres of its first place."""
    shape: tuple[int, int]
    """Places northwards and eastwards."""
    place: IntArray
    """(n,) row by row from the south-west."""
    edge: IntArray
    offset_m: FloatArray
    access_m: FloatArray
    """(n,) straight metres to that street, single precision like all numbers of places."""
    stretch: IntArray
    """(n,) the nearest of ``streets``; another than that of ``edge`` for places behind a wall."""
    walled: int
    """The last so many places lie behind a wall: their street is not the nearest one."""
    streets: Stretches
    step_m: float = PLACE_SPACING_M
    """Metres between its places."""

    @property
    def border_m(self) -> FloatArray:
        """Metres (2,) eastwards and northwards of its last place from its first one."""
        return self.step_m * (np.array(self.shape[::-1], dtype=np.float64) - 1.0)

    @property
    def row_of(self) -> NDArray[np.int32]:
        """For every place of the shape, row by row, where it stands here; -1 where it does not."""
        row = np.full(self.shape[0] * self.shape[1], -1, dtype=np.int32)
        row[self.place] = np.arange(len(self.place))
        return row


def keeps_blocks(network: WalkNetwork) -> bool:
    """Return whether a network keeps its blocks, and the doors on them: a large one does not."""
    return float(network.edge_length_m.sum()) <= _LARGE_M


def blocks_of(network: WalkNetwork, half_width_m: float) -> Iterable[Block]:
    """Return the blocks of the ground within some metres of the streets.

    A network keeps them, but a large one, whose blocks are made one after the other each time.

    Parameters
    ----------
    network
        The network; viaducts, tunnels and motorroads are no streets that doors open on.
    half_width_m
        Places are at most a lattice step farther than this from a street.
    """
    if keeps_blocks(network):
        return network.derive(_ground, float(half_width_m))
    return _blocks(network, float(half_width_m))


def _ground(network: WalkNetwork, half_width_m: float) -> tuple[Block, ...]:
    return tuple(_blocks(network, half_width_m))


def _blocks(network: WalkNetwork, half_width_m: float) -> Iterator[Block]:
    streets = _stretches(network)
    if len(streets.edge) == 0:
        return
    step = _step_m(network, half_width_m)
    far = half_width_m + step * math.sqrt(2.0)
    west_south = np.minimum(streets.begin, streets.end) - far
    east_north = np.maximum(streets.begin, streets.end) + far
    # The lattice stands still whatever is asked: its places are multiples of the step.
    low = np.floor(west_south.min(axis=0) / step).astype(np.int64) - 1
    high = np.ceil(east_north.max(axis=0) / step).astype(np.int64) + 1
    size = high - low + 1
    side = int(size.max()) if int(size.prod()) <= _ONE_BLOCK else _BLOCK
    first = np.maximum(np.floor(west_south / step).astype(np.int64) - low, 0) // side
    last = (np.ceil(east_north / step).astype(np.int64) - low) // side
    by_block = _by_block(first, last)
    # All of this would stay as long as the blocks are drawn.
    del west_south, east_north, first, last
    for at, rows in by_block:
        yield _block(network, at, streets.of(rows), low + side * at,
                     np.minimum(size - side * at, side + 1), far, half_width_m, step)  # fmt: skip


def _step_m(network: WalkNetwork, half_width_m: float) -> float:
    """Return the metres between places that keep their number within bounds."""
    area = float(network.edge_length_m[network.tags.door].sum()) * 2.0 * half_width_m
    # In halves of a metre: a street more or less leaves the lattice as it is.
    return min(max(math.ceil(2.0 * math.sqrt(area / _PLACES)) / 2.0, PLACE_SPACING_M), _COARSEST_M)


def _by_block(first: IntArray, last: IntArray) -> list[tuple[IntArray, IntArray]]:
    """Return column and row of each block and the stretches that touch it."""
    span = last - first + 1
    count = span.prod(axis=1)
    row = np.repeat(np.arange(len(first)), count)
    rank = ranges(np.zeros(len(first), dtype=np.int64), count)
    column, line = first[row, 0] + rank % span[row, 0], first[row, 1] + rank // span[row, 0]
    lines = int(line.max()) + 1
    at = column * lines + line
    order = np.argsort(at, kind="stable")
    blocks, begins = np.unique(at[order], return_index=True)
    rows = np.split(row[order], begins[1:])
    return list(zip(np.column_stack([blocks // lines, blocks % lines]), rows, strict=True))


def _stretches(network: WalkNetwork) -> Stretches:
    xy = to_metres(network, network.coords)
    of = np.repeat(np.arange(network.edge_count), np.diff(network.edge_start))
    at = np.flatnonzero((of[:-1] == of[1:]) & network.tags.door[of[:-1]])
    begin, along = xy[at], xy[at + 1] - xy[at]
    from_m, length = network.offset_m[at], network.offset_m[at + 1] - network.offset_m[at]
    parts = np.maximum(np.ceil(np.hypot(*along.T) / _LONGEST_M), 1).astype(np.int64)
    row = np.repeat(np.arange(len(at)), parts)
    share = ranges(np.zeros(len(at), dtype=np.int64), parts) / parts[row]
    step = 1.0 / parts[row]
    return Stretches(
        of[at][row],
        from_m[row] + share * length[row],
        from_m[row] + (share + step) * length[row],
        begin[row] + share[:, None] * along[row],
        begin[row] + (share + step)[:, None] * along[row],
    )


def _block(
    network: WalkNetwork,
    at: IntArray,
    streets: Stretches,
    corner: IntArray,
    size: IntArray,
    far: float,
    half_width_m: float,
    step: float,
) -> Block:
    low = corner.astype(np.float64) * step
    columns, rows = (int(n) for n in size)
    best = np.full(rows * columns, _FAR)
    _stamp(best, streets.begin - low, streets.end - low, (rows, columns), far, step)
    place = np.flatnonzero(best != _FAR)
    nearest = (best[place] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    xy = _xy(place, low, columns, step)
    edge = streets.edge[nearest]
    offset, access = streets.foot(nearest, xy)
    walled = _walled(
        network, streets, nearest, xy, access, half_width_m, low, (rows, columns), place, step
    )
    if len(walled):
        alike, asked = _alike(place[walled], corner, (rows, columns))
        lon, lat = to_degrees(network, xy[walled[asked]]).T
        met = anchor(network, lon, lat)
        edge[walled], offset[walled] = met.edge[alike], met.offset_m[alike]
        access[walled] = met.access_m[alike]
    behind = np.zeros(len(place), dtype=bool)
    behind[walled] = True
    order = np.lexsort((edge, behind))
    kept = order[edge[order] >= 0]
    return Block(
        (int(at[0]), int(at[1])),
        low,
        (rows, columns),
        place[kept].astype(np.int32),
        edge[kept].astype(np.int32),
        offset[kept].astype(np.float32),
        access[kept].astype(np.float32),
        nearest[kept].astype(np.int32),
        int((behind & (edge >= 0)).sum()),
        streets,
        step,
    )


def _alike(place: IntArray, corner: IntArray, shape: tuple[int, int]) -> tuple[IntArray, IntArray]:
    """Choose every second place eastwards and northwards to stand for its neighbours.

    Returns
    -------
    alike, asked
        For each place which of the chosen ones stands for it, and the rows of those: a place with
        none beside it stands for itself.
    """
    column, row = place % shape[1], place // shape[1]
    odd_x, odd_y = (column + corner[0]) % 2, (row + corner[1]) % 2
    own = (odd_x == 0) & (odd_y == 0)
    known = np.full(shape[0] * shape[1], -1, dtype=np.int64)
    known[place[own]] = np.flatnonzero(own)
    stands = np.full(len(place), -1, dtype=np.int64)
    for x, y in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        at_x, at_y = column + x * odd_x, row + y * odd_y
        inside = (at_x >= 0) & (at_y >= 0) & (at_x < shape[1]) & (at_y < shape[0])
        found = np.where(inside, known[np.where(inside, at_y * shape[1] + at_x, 0)], -1)
        stands = np.where(stands >= 0, stands, found)
    stands = np.where(stands >= 0, stands, np.arange(len(place)))
    asked, alike = np.unique(stands, return_inverse=True)
    return alike, asked


def _xy(place: IntArray, low: FloatArray, columns: int, step: float) -> FloatArray:
    return np.column_stack([place % columns, place // columns]) * step + low


def _share(to: FloatArray, along: FloatArray) -> FloatArray:
    """Return how far along a stretch the foot of a place lies, from 0 to 1."""
    # Column by column: sums over rows of two numbers take ten times as long.
    (x, y), (to_x, to_y) = along.T, to.T
    square = x * x + y * y
    share = (to_x * x + to_y * y) / np.where(square > 0, square, 1.0)
    return np.asarray(np.clip(share, 0.0, 1.0))


def _stamp(
    best: NDArray[np.uint64],
    begin: FloatArray,
    end: FloatArray,
    shape: tuple[int, int],
    far: float,
    step: float,
) -> None:
    """Put into each place the nearest of some stretches: millimetres, then its number."""
    most = np.array([shape[1] - 1, shape[0] - 1])
    first = np.ceil((np.minimum(begin, end) - far) / step).astype(np.int64).clip(0, most + 1)
    last = np.floor((np.maximum(begin, end) + far) / step).astype(np.int64).clip(-1, most)
    span = np.maximum(last - first + 1, 0)
    count = span.prod(axis=1)
    cut = np.searchsorted(np.cumsum(count), np.arange(_PAIRS, count.sum() + _PAIRS, _PAIRS))
    x0, y0, x, y = (v.astype(np.float32) for v in (*begin.T, *(end - begin).T))
    square = np.maximum(x * x + y * y, np.float32(1e-12))
    for some in np.split(np.arange(len(count)), np.unique(cut[cut < len(count)])):
        row = np.repeat(some, count[some])
        line, column = np.divmod(ranges(np.zeros(len(some), dtype=np.int64), count[some]),
                                 np.repeat(span[some, 0], count[some]))  # fmt: skip
        column += first[row, 0]
        line += first[row, 1]
        to_x = column.astype(np.float32) * np.float32(step) - x0[row]
        to_y = line.astype(np.float32) * np.float32(step) - y0[row]
        along_x, along_y = x[row], y[row]
        share = np.clip((to_x * along_x + to_y * along_y) / square[row], 0.0, 1.0)
        to_x -= share * along_x
        to_y -= share * along_y
        metres = np.sqrt(to_x * to_x + to_y * to_y)
        near = np.flatnonzero(metres <= far)
        key = (metres[near] * np.float32(1000.0)).astype(np.uint64) << np.uint64(32)
        np.minimum.at(best, line[near] * shape[1] + column[near], key | row[near].astype(np.uint64))


def _walled(
    network: WalkNetwork,
    streets: Stretches,
    nearest: IntArray,
    xy: FloatArray,
    access: FloatArray,
    half_width_m: float,
    low: FloatArray,
    shape: tuple[int, int],
    place: IntArray,
    step: float,
) -> IntArray:
    """Return the places whose nearest street lies across a wall."""
    walls = wall_ends(network) - low
    if len(walls) == 0:
        return np.empty(0, dtype=np.int64)
    along = walls[:, 1] - walls[:, 0]
    parts = np.maximum(np.ceil(np.hypot(*along.T) / _LONGEST_M), 1).astype(np.int64)
    row = np.repeat(np.arange(len(walls)), parts)
    share = (ranges(np.zeros(len(walls), dtype=np.int64), parts) / parts[row])[:, None]
    begin = walls[row, 0] + share * along[row]
    near = np.full(shape[0] * shape[1], _FAR)
    _stamp(near, begin, begin + along[row] / parts[row][:, None], shape, half_width_m, step)
    # A leg is no shorter than the way to a wall that it crosses.
    wall_m = (near[place] >> np.uint64(32)).astype(np.float64) / 1000.0
    beside = np.flatnonzero(wall_m <= np.minimum(access, half_width_m))
    row, to = nearest[beside], streets.end - streets.begin
    foot = streets.begin[row] + _share(xy[beside] - streets.begin[row], to[row])[:, None] * to[row]
    return beside[across_walls(network, xy[beside], foot)]

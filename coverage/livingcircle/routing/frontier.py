"""The edge of a circle: where walks end, and where another street is nearer to a door.

A door counts by its own street: the nearest one, or the one that it opens on where a wall stands
between. Around covered streets a place is in the circle while the walk, the leg to it and half the
width of the band allow; what is left there is a height, and the circle's outline the line where it
is 0.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import contourpy
import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray, ranges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import anchor, to_degrees, to_metres
from livingcircle.routing.ground import Block, blocks_of, keeps_blocks
from livingcircle.routing.linear_referencing import stretch_coords

__all__ = ["Reserve", "draw_outlines", "forget_places", "measure_outline"]

_Chunks: TypeAlias = tuple[list[FloatArray], list[IntArray], list[IntArray]]
Reserve = Callable[[IntArray, FloatArray], FloatArray]
"""Edges and offsets → metres left of the limit there, negative or -inf where it is passed; along a
street it changes by no more than one metre per metre where all edges are alike."""
_COARSE_M = 25.0
# So much is drawn beyond where two streets are equally near: who is in reach should not find his
# door outside.
_MORE_M = 1.0
# Corners of an outline this near to the line between their neighbours are left out.
_STRAIGHT_M = 0.03
_ROUNDS = 7
# Doors that a polygon is measured by: so many on either side, so far off the street.
_DOORS = 1500
_DOOR_M = 12.0
# Places that are asked for together: each takes dozens of numbers on slopes.
_AT_ONCE = 200_000


def draw_outlines(
    network: WalkNetwork, reserves: Sequence[Reserve], half_width_m: float
) -> list[shapely.Geometry]:
    """Draw what lies within each of several limits around streets.

    Parameters
    ----------
    network
        The network.
    reserves
        What is left of each limit along the streets.
    half_width_m
        Half the width of the band along covered streets.

    Returns
    -------
    list of Polygon or MultiPolygon
        In metres (``network.crs_m``).
    """
    drawings = [_Drawing(network, reserve, half_width_m) for reserve in reserves]
    # The blocks of a large network are not kept: one after the other serves every circle.
    for block in blocks_of(network, half_width_m):
        for drawing in drawings:
            drawing.add(block)
    return [drawing.joined() for drawing in drawings]


class _Drawing:
    """The outline of one circle, drawn block by block."""

    def __init__(self, network: WalkNetwork, reserve: Reserve, half_width_m: float) -> None:
        self._network, self._reserve, self._half_width_m = network, reserve, half_width_m
        self._ends = _Ends.of(network, reserve)
        self._heights: dict[tuple[int, int], tuple[FloatArray, FloatArray]] = {}
        self._parts: list[GeometryArray] = []

    def add(self, block: Block) -> None:
        """Draw the next block; those west and south of it came before."""
        lattice = self._network.derive(_lattice, block.shape)
        width = self._half_width_m
        drawn = _outline(block, self._ends, self._reserve, width, self._heights, lattice)
        if len(drawn):
            self._parts.append(drawn)

    def joined(self) -> shapely.Geometry:
        """Return what the blocks hold as one."""
        if not self._parts:
            return shapely.MultiPolygon()
        drawn = np.concatenate(self._parts)
        # Rounding lets two corners of a polygon change places now and then.
        wrong = ~shapely.is_valid(drawn)
        if not wrong.any():
            if len(self._parts) == 1:
                return shapely.multipolygons(drawn)
            with contextlib.suppress(shapely.GEOSException):
                return shapely.coverage_union_all(drawn)
        drawn[wrong] = shapely.make_valid(drawn[wrong], method="structure", keep_collapsed=False)
        return shapely.union_all(drawn)


def forget_places(network: WalkNetwork) -> None:
    """Drop the kept doors of a large network."""
    if not keeps_blocks(network):
        network.forget(_lattice, _doors)


def _lattice(_: WalkNetwork, shape: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    columns, rows = np.meshgrid(np.arange(shape[1], dtype=float), np.arange(shape[0], dtype=float))
    return columns, rows


@dataclass(frozen=True, eq=False)
class _Ends:
    """Bounds of what is left of the limit on each edge."""

    least_m: FloatArray
    most_m: FloatArray

    @classmethod
    def of(cls, network: WalkNetwork, reserve: Reserve) -> _Ends:
        edge, length = np.arange(network.edge_count), network.edge_length_m
        both = reserve(edge, np.zeros(len(edge))) + reserve(edge, length)
        if network.speed_m_s is not None or network.uneven:
            # Edges differ in pace: each of their places is asked for.
            return cls(np.full(len(edge), -np.inf), np.full(len(edge), np.inf))
        with np.errstate(invalid="ignore"):
            return cls((both - length) / 2, (both + length) / 2)


def _outline(
    block: Block,
    ends: _Ends,
    reserve: Reserve,
    half_width_m: float,
    known: dict[tuple[int, int], tuple[FloatArray, FloatArray]],
    lattice: tuple[FloatArray, FloatArray],
) -> GeometryArray:
    """Return the polygons of one block.

    Parameters
    ----------
    lattice
        Columns and rows of its places, in its shape.
    known
        Heights of the blocks drawn before, whose borders count for the next ones.
    """
    # Heights beyond this say no more about where the outline lies between two places.
    high = block.step_m
    if not (ends.most_m[block.edge] > 0).any():
        rows, columns = block.shape
        known[block.at] = (np.full(rows, -high), np.full(columns, -high))
        return np.empty(0, dtype=object)
    height = _heights(block, ends, reserve, half_width_m)
    field = np.full(block.shape, -high)
    shown = np.clip(height, -high, high)
    # A place exactly on the outline would let rings touch.
    shown = np.where(np.abs(shown) < 0.05, np.copysign(0.05, shown), shown)
    field.ravel()[block.place] = shown
    column, row = block.at
    if (column - 1, row) in known:
        field[:, 0] = known[column - 1, row][0]
    if (column, row - 1) in known:
        field[0] = known[column, row - 1][1]
    known[block.at] = (field[:, -1].copy(), field[-1].copy())
    # As contour_generator makes it, without its search for places that are not a number.
    lines = contourpy.SerialContourGenerator(
        *lattice, field, np.zeros((), dtype=bool), corner_mask=True, quad_as_tri=False,
        line_type=contourpy.LineType.Separate, z_interp=contourpy.ZInterp.Linear,
        fill_type=contourpy.FillType.ChunkCombinedOffsetOffset,
    )  # fmt: skip
    # Chunks of points, of rings and of polygons; there is one.
    (points,), (rings,), (polygons,) = cast("_Chunks", lines.filled(0.0, 2 * high))
    if points is None:
        return np.empty(0, dtype=object)
    points = _at_borders_of_streets(block, points, height, reserve, half_width_m)
    xy, rings = _straightened(points * block.step_m, rings.astype(np.int64), block.border_m)
    polygon = shapely.GeometryType.POLYGON
    return np.asarray(
        shapely.from_ragged_array(polygon, np.round(xy, 2) + block.low, (rings, polygons))
    )


def _heights(block: Block, ends: _Ends, reserve: Reserve, half_width_m: float) -> FloatArray:
    """Return what is left at the places of a block, of the limit and of the band's half width."""
    near = len(block.place) - block.walled
    most, least = ends.most_m[block.edge], ends.least_m[block.edge]
    some = most > 0
    asked = some & (least < half_width_m)
    asked[near:] = some[near:]
    height = np.where(some, half_width_m - block.access_m, -np.inf)
    rows = np.flatnonzero(asked)
    left = np.empty(len(rows))
    for begin in range(0, len(rows), _AT_ONCE):
        some_rows = rows[begin : begin + _AT_ONCE]
        offset = block.offset_m[some_rows].astype(np.float64)
        left[begin : begin + _AT_ONCE] = reserve(block.edge[some_rows].astype(np.int64), offset)
    left -= block.access_m[rows]
    nearest = np.searchsorted(rows, near)
    left[:nearest] = np.minimum(left[:nearest], height[rows[:nearest]])
    height[rows] = left
    return height


def _at_borders_of_streets(
    block: Block, points: FloatArray, height: FloatArray, reserve: Reserve, half_width_m: float
) -> FloatArray:
    """Move corners of an outline to where two streets are equally near, if it runs along there.

    A corner lies between two neighbouring places, one in the circle and one not. Where another
    street is nearest to that one, heights jump between them, and the two streets tell where.
    """
    low, high = np.floor(points).astype(np.int64), np.ceil(points).astype(np.int64)
    columns = block.shape[1]
    row_of = block.row_of
    one, two = row_of[low[:, 1] * columns + low[:, 0]], row_of[high[:, 1] * columns + high[:, 0]]
    last = np.array(block.shape[::-1]) - 1
    moved = (one >= 0) & (two >= 0) & (points > 0).all(axis=1) & (points < last).all(axis=1)
    corner = np.flatnonzero(moved)
    one, two = one[corner], two[corner]
    inside = height[one] > 0
    ours, other = np.where(inside, one, two), np.where(inside, two, one)
    # Without a jump the heights themselves tell.
    jump = height[other] < height[ours] - 2.0 * block.step_m
    corner, ours, other, inside = corner[jump], ours[jump], other[jump], inside[jump]
    here = np.where(inside[:, None], low[corner], high[corner]) * block.step_m + block.low
    there = np.where(inside[:, None], high[corner], low[corner]) * block.step_m + block.low
    mine, its = block.stretch[ours].astype(np.int64), block.stretch[other].astype(np.int64)
    streets = block.streets
    offset, to_mine = streets.foot(mine, there)
    _, to_other = streets.foot(its, here)
    begins = to_other - block.access_m[ours]
    ends = to_mine - block.access_m[other]
    share = np.clip(begins / np.maximum(begins + ends, 1e-6), 0.0, 1.0)
    left = np.minimum(reserve(streets.edge[mine], offset), half_width_m) - to_mine
    own = height[ours]
    share = np.minimum(share, np.where(left < 0, own / np.maximum(own - left, 1e-6), 1.0))
    # Where a wall stands between, the middle is as good a guess as any.
    near = len(block.place) - block.walled
    share = np.where((ours < near) & (other < near) & (mine != its), share, 0.5)
    share = np.clip(share + _MORE_M / block.step_m, 0.02, 0.98)
    points = points.copy()
    points[corner] = (here + share[:, None] * (there - here) - block.low) / block.step_m
    return points


def _straightened(xy: FloatArray, rings: IntArray, size: FloatArray) -> tuple[FloatArray, IntArray]:
    """Leave out corners on the line between their neighbours, every second one in each round.

    Corners on the border of a block stay, so that it fits the next one.
    """
    for _ in range(_ROUNDS):
        begins = np.zeros(len(xy), dtype=bool)
        begins[rings[:-1]] = True
        begins[rings[1:] - 1] = True
        before, after = xy[:-2] - xy[1:-1], xy[2:] - xy[1:-1]
        twice = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
        apart = xy[2:] - xy[:-2]
        straight = np.zeros(len(xy), dtype=bool)
        straight[1:-1] = twice <= _STRAIGHT_M * np.hypot(apart[:, 0], apart[:, 1])
        straight &= ~begins & (xy > 0).all(axis=1) & (xy < size).all(axis=1)
        # Of neighbours that lie straight, the first, third, ... go.
        run = np.arange(len(xy)) - np.maximum.accumulate(np.where(straight, 0, np.arange(len(xy))))
        gone = straight & (run % 2 == 1)
        left = np.concatenate([[0], np.cumsum(~gone)])
        small = np.diff(left[rings]) < 4
        if small.any():
            gone &= ~np.repeat(small, np.diff(rings))
            left = np.concatenate([[0], np.cumsum(~gone)])
        if not gone.any():
            break
        xy, rings = xy[~gone], left[rings]
    return xy, rings


@dataclass(frozen=True, eq=False)
class _Doors:
    """Places on streets, with the doors left and right of them: (places, 2) each.

    Where a door stands and meets the network is found when it is first asked for.
    """

    edge: IntArray
    offset_m: FloatArray
    lon: FloatArray
    lat: FloatArray
    met_edge: IntArray
    met_m: FloatArray
    access_m: FloatArray
    known: BoolArray
    """(places,)"""

    def meet(self, network: WalkNetwork, rows: IntArray) -> None:
        """Find the doors of some places, and where they meet the network."""
        new = rows[~self.known[rows]]
        at = self.offset_m[new]
        coords, first = stretch_coords(network, self.edge[new], np.maximum(at - 0.05, 0.0), at)
        xy = to_metres(network, coords[first[1:] - 1])
        along = xy - to_metres(network, coords[first[:-1]])
        along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        aside = _DOOR_M * np.column_stack([-along[:, 1], along[:, 0]])
        doors = np.stack([xy + aside, xy - aside], axis=1).reshape(-1, 2)
        lon, lat = to_degrees(network, doors).T
        met = anchor(network, lon, lat)
        self.lon[new], self.lat[new] = lon.reshape(-1, 2), lat.reshape(-1, 2)
        self.met_edge[new] = met.edge.reshape(-1, 2)
        self.met_m[new] = met.offset_m.reshape(-1, 2)
        self.access_m[new] = met.access_m.reshape(-1, 2)
        self.known[new] = True


def _doors(network: WalkNetwork) -> _Doors:
    door = np.flatnonzero(network.tags.door)
    length = network.edge_length_m[door]
    parts = np.maximum(np.ceil(length / _COARSE_M), 1).astype(np.int64)
    rank = ranges(np.zeros(len(parts), dtype=np.int64), parts)
    size = np.asarray(length / parts, dtype=np.float64)
    at = np.asarray((rank + 0.5) * np.repeat(size, parts), dtype=np.float64)
    # Few of them are asked for: no memory is taken before a number is written.
    lon, lat, met_m, access_m = (np.empty((len(at), 2)) for _ in range(4))
    met_edge = np.empty((len(at), 2), dtype=np.int64)
    known = np.zeros(len(at), dtype=bool)
    return _Doors(np.repeat(door, parts), at, lon, lat, met_edge, met_m, access_m, known)


def measure_outline(
    network: WalkNetwork, polygon: shapely.Geometry, reserve: Reserve
) -> tuple[float, float]:
    """Measure a circle's polygon by doors 12 m off the streets in and around it.

    Parameters
    ----------
    polygon
        In WGS 84.

    Returns
    -------
    false, missed
        Share of the doors in the polygon that are out of reach, and of those in reach that lie
        outside it; NaN where there is none.
    """
    doors = network.derive(_doors)
    near = [
        reserve(doors.edge[begin : begin + _AT_ONCE], doors.offset_m[begin : begin + _AT_ONCE])
        > -4 * _COARSE_M
        for begin in range(0, len(doors.edge), _AT_ONCE)
    ]
    rows = np.flatnonzero(np.concatenate([np.zeros(0, dtype=bool), *near]))
    if len(rows) == 0:
        return float("nan"), float("nan")
    # Every 2nd, 4th, 8th ... of all: circles then ask for the same doors, which are anchored once.
    stride = 2 ** max(0, math.ceil(math.log2(len(rows) / _DOORS)))
    chosen = rows[rows % stride == 0]
    rows = chosen if len(chosen) else rows
    doors.meet(network, rows)
    edge, on = doors.met_edge[rows], doors.met_edge[rows] >= 0
    left = np.full(edge.shape, -np.inf)
    left[on] = reserve(edge[on], doors.met_m[rows][on]) - doors.access_m[rows][on]
    reached = left >= 0
    shapely.prepare(polygon)
    inside = shapely.contains_xy(polygon, doors.lon[rows], doors.lat[rows])
    both = (inside & reached).sum()
    return (
        float(1 - both / inside.sum()) if inside.any() else float("nan"),
        float(1 - both / reached.sum()) if reached.any() else float("nan"),
    )

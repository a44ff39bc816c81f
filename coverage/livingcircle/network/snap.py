"""Where points meet the network: the nearest position on the nearest edge."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.network.coordinates import level_of, lonlat_of, to_degrees, to_metres
from livingcircle.network.enclosed import blocked_directions
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.nearest import StreetPieces, nearest_piece, pieces_of
from livingcircle.network.street_runs import StreetRuns, runs_of
from livingcircle.network.wall_grid import WallGrid, closed_courts, wall_grid, within_courts

__all__ = [
    "MAX_ACCESS_M",
    "ONLY_ACROSS",
    "ONLY_OFF_LEVEL",
    "Anchors",
    "across_walls",
    "anchor",
    "level_of",
    "lonlat_of",
    "scale_of",
    "to_degrees",
    "to_metres",
    "wall_ends",
]

# The longest straight leg from a door to the street that counts as a walk, unless stated.
MAX_ACCESS_M = 300.0
_EARTH_RADIUS_M = 6_371_000.0
_ROUNDING_M = 1e-6
# A shop drawn on a wall opens to both sides.
_ON_WALL_M = 0.05
_WALLED_CHUNK = 5_000
_FIRST_METRES = (20.0, 80.0)
"""Lengths of a leg that are tested against walls before the whole of it."""
_AROUND_M = 100.0
"""Walls farther from a door are held against its legs one by one: there are too many of them."""
_LARGE = 1_000_000
"""What finds the nearest street of so many places takes some 0.2 GB and a second to make."""
_LAST: list[weakref.ref[WalkNetwork]] = []
_RANKS = (0, 4, 16, 64, 1 << 40)
ONLY_OFF_LEVEL, ONLY_ACROSS = 1, 2


@dataclass(frozen=True)
class Anchors:
    """Anchors of n points, in the order of the points."""

    edge: IntArray
    """Edge of the anchor; -1 where the point is off the network or has no coordinates."""
    offset_m: FloatArray
    """Metres from the beginning of the edge."""
    access_m: FloatArray
    """Straight metres from the point to the nearest position on any edge, also beyond the limit;
    NaN for a point without coordinates."""
    lonlat: FloatArray
    """(n, 2) degrees of that position."""
    compromise: IntArray | None = None
    """0 where the anchor is as it should be, 1 where only a viaduct, tunnel or motorroad lies
    within the limit, 2 where every leg leads across a wall; None: not asked."""

    @property
    def on_network(self) -> BoolArray:
        """Points whose leg is within the access limit."""
        return self.edge >= 0

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.edge)


@dataclass(frozen=True, eq=False)
class _SegmentIndex:
    """Segments of a network in its own metres, with what finds the nearest of them."""

    first: IntArray
    """Position in ``network.coords`` where each segment begins."""
    edge: IntArray
    xy: FloatArray
    doors: IntArray
    """Segments that a door may open on."""
    walls: shapely.STRtree | None
    """Tree of the pieces of walls; None where there is none."""
    grid: WallGrid | None
    """Raster of the same walls."""

    @cached_property
    def door_pieces(self) -> StreetPieces:
        """Points along the segments that a door may open on."""
        return pieces_of(self.xy, self.first, self.doors)

    @cached_property
    def door_runs(self) -> StreetRuns:
        """The same segments run by run: what lies around a place behind walls."""
        return runs_of(self.xy, self.first, self.doors)

    @cached_property
    def courts(self) -> shapely.STRtree:
        """Courts that walls close all around, without a street."""
        return closed_courts(self.walls, self.door_runs.tree, _ON_WALL_M)

    @cached_property
    def other_pieces(self) -> StreetPieces:
        """Points along the rest of the segments."""
        door = np.zeros(len(self.edge), dtype=bool)
        door[self.doors] = True
        return pieces_of(self.xy, self.first, np.flatnonzero(~door))


def _index(network: WalkNetwork) -> _SegmentIndex:
    # A tree costs as much as a search; a network keeps its own for as long as it lives, but of
    # large ones only that which was asked last does.
    if len(network.coords) > _LARGE:
        last, _LAST[:] = [*_LAST], [weakref.ref(network)]
        for one in last:
            other = one()
            if other is not None and other is not network:
                other.forget(_segment_index)
    return network.derive(_segment_index)


def _segment_index(network: WalkNetwork) -> _SegmentIndex:
    xy = to_metres(network, network.coords)
    of = np.repeat(np.arange(network.edge_count), np.diff(network.edge_start))
    first = np.flatnonzero(of[:-1] == of[1:])
    edge = of[first]
    doors = np.flatnonzero(network.tags.door[edge])
    walls, grid = None, None
    if len(network.walls):
        ends = to_metres(network, network.walls.reshape(-1, 2)).reshape(-1, 2, 2)
        walls, grid = shapely.STRtree(shapely.linestrings(ends)), wall_grid(ends)
    return _SegmentIndex(first, edge, xy, doors, walls, grid)


def wall_ends(network: WalkNetwork) -> FloatArray:
    """Return (walls, 2, 2) ends of the straight pieces of walls in ``network.crs_m``."""
    walls = _index(network).walls
    if walls is None:
        return np.empty((0, 2, 2))
    return np.asarray(shapely.get_coordinates(walls.geometries).reshape(-1, 2, 2))


def across_walls(network: WalkNetwork, one: FloatArray, two: FloatArray) -> BoolArray:
    """Return which straight legs from (n, 2) to (n, 2) lead across a wall, in ``crs_m``."""
    return _across(_index(network), one, two)


def anchor(
    network: WalkNetwork,
    lon: FloatArray,
    lat: FloatArray,
    max_access_m: float = MAX_ACCESS_M,
    progress: Callable[[float], None] | None = None,
    *,
    level: FloatArray | None = None,
) -> Anchors:
    """Anchor points to the network: to the nearest street that a door may open on.

    Viaducts that carry a road, tunnels and motorroads are no such streets, and no leg leads across
    a wall or fence; both are waived where nothing else lies within the limit
    (see ``Anchors.compromise``). A point that states its level is anchored to the nearest street
    of that layer, if one lies within the limit.

    Parameters
    ----------
    network
        The network.
    lon, lat
        (n,) degrees, WGS 84; NaN for a point without coordinates.
    max_access_m
        Longest straight access leg; the limit is inclusive.
    progress
        Called with the share done.
    level
        (n,) levels as points state them; 0 or NaN: on the ground.

    Returns
    -------
    Anchors
        In the order of the points. Of two positions equally near that on a private street is
        taken, then that on the first edge.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    edge = np.full(len(lon), -1, dtype=np.int64)
    offset = np.full(len(lon), np.nan)
    access = np.full(len(lon), np.nan)
    lonlat = np.full((len(lon), 2), np.nan)
    compromise = np.zeros(len(lon), dtype=np.int64)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    xy = to_metres(network, np.column_stack([lon[known], lat[known]]))
    # What lies on no map (a latitude of 113) has no coordinates either.
    on_map = np.isfinite(xy).all(axis=1)
    known, xy = known[on_map], xy[on_map]
    if len(known) == 0 or network.edge_count == 0:
        return Anchors(edge, offset, access, lonlat, compromise)
    index = _index(network)
    segment, given_up = _chosen(network, index, xy, max_access_m, progress)
    if level is not None:
        _on_level(
            network, index, xy, np.asarray(level, float)[known], max_access_m, segment, given_up
        )
    _, along, leg = _foot(index, xy, segment)
    start = index.first[segment]
    step = network.offset_m[start + 1] - network.offset_m[start]
    begin, end = network.coords[start], network.coords[start + 1]
    access[known] = leg
    lonlat[known] = begin + along[:, None] * (end - begin)
    offset[known] = network.offset_m[start] + along * step
    near = leg <= max_access_m + _ROUNDING_M
    edge[known] = np.where(near, index.edge[segment], -1)
    compromise[known] = np.where(near, given_up, 0)
    return Anchors(edge, offset, access, lonlat, compromise)


def _foot(
    index: _SegmentIndex, xy: FloatArray, segment: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the nearest position on a segment to each point, its share of it, and the leg."""
    start = index.first[segment]
    a, ab = index.xy[start], index.xy[start + 1] - index.xy[start]
    # Column by column: sums over rows of two numbers take ten times as long.
    x, y = ab[:, 0], ab[:, 1]
    square = x * x + y * y
    to = xy - a
    along = (to[:, 0] * x + to[:, 1] * y) / np.where(square > 0, square, 1.0)
    along = np.clip(along, 0.0, 1.0)
    foot = a + along[:, None] * ab
    return foot, along, np.hypot(*(xy - foot).T) / scale_of(foot)


def _chosen(
    network: WalkNetwork,
    index: _SegmentIndex,
    xy: FloatArray,
    limit: float,
    progress: Callable[[float], None] | None,
) -> tuple[IntArray, IntArray]:
    """Return the segment that each point is anchored to, and what was waived for it."""
    given_up = np.zeros(len(xy), dtype=np.int64)
    private = network.tags.private[index.edge]
    if len(index.doors) == 0:
        near = nearest_piece(index.other_pieces, xy, private, progress)
        return near, given_up + ONLY_OFF_LEVEL
    segment = nearest_piece(index.door_pieces, xy, private, progress)
    foot, _, leg = _foot(index, xy, segment)
    if len(index.doors) < len(index.edge):
        far = np.flatnonzero(leg > limit + _ROUNDING_M)
        if len(far):
            other = nearest_piece(index.other_pieces, xy[far], private)
            nearer = _foot(index, xy[far], other)[2] < leg[far]
            segment[far[nearer]], given_up[far[nearer]] = other[nearer], ONLY_OFF_LEVEL
    if index.walls is not None:
        on = np.flatnonzero((leg <= limit + _ROUNDING_M) & (given_up == 0))
        walled = on[_across(index, xy[on], foot[on])]
        # Every leg out of a closed court leads across its wall.
        shut = within_courts(index.courts, xy[walled], _ON_WALL_M)
        given_up[walled[shut]] = ONLY_ACROSS
        walled = walled[~shut]
        for some in np.array_split(walled, max(1, -(-len(walled) // _WALLED_CHUNK))):
            segment[some], given_up[some] = _this_side(
                network, index, xy[some], leg[some], segment[some], limit
            )
    return segment, given_up


def _across(index: _SegmentIndex, door: FloatArray, foot: FloatArray) -> BoolArray:
    """Return which legs lead across a wall; one that begins or ends on it does not."""
    found = np.zeros(len(door), dtype=bool)
    if index.walls is None or index.grid is None:
        return found
    # Most legs are far from any wall.
    near = np.flatnonzero(~index.grid.clear(door, foot))
    found[near] = _across_near(index.walls, door[near], foot[near])
    return found


def _across_near(walls: shapely.STRtree, door: FloatArray, foot: FloatArray) -> BoolArray:
    found = np.zeros(len(door), dtype=bool)
    metres = np.hypot(*(foot - door).T)
    # A door behind walls has one near: most of the long legs cross it in their first metres, and
    # a short piece of a leg meets few walls.
    for reach_m in (*_FIRST_METRES, np.inf):
        todo = np.flatnonzero(~found & ((metres > reach_m) | np.isinf(reach_m)))
        share = np.minimum(reach_m / np.maximum(metres[todo], 1e-9), 1.0)
        end = door[todo] + share[:, None] * (foot[todo] - door[todo])
        found[todo] = _crosses(walls, door[todo], end)
    return found


def _crosses(walls: shapely.STRtree, door: FloatArray, foot: FloatArray) -> BoolArray:
    found = np.zeros(len(door), dtype=bool)
    legs = shapely.linestrings(np.stack([door, foot], axis=1))
    row, piece = walls.query(legs, predicate="intersects")
    if len(row) == 0:
        return found
    ends = shapely.get_coordinates(walls.geometries[piece]).reshape(-1, 2, 2)
    w, d = ends[:, 1] - ends[:, 0], foot[row] - door[row]
    away = w[:, 0] * d[:, 1] - w[:, 1] * d[:, 0]
    to = ends[:, 0] - door[row]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (w[:, 0] * to[:, 1] - w[:, 1] * to[:, 0]) / away
    metres = share * np.hypot(*d.T)
    inside = (metres > _ON_WALL_M) & (metres < np.hypot(*d.T) - _ON_WALL_M) & (away != 0)
    found[row[inside]] = True
    return found


def _this_side(
    network: WalkNetwork,
    index: _SegmentIndex,
    xy: FloatArray,
    leg: FloatArray,
    segment: IntArray,
    limit: float,
) -> tuple[IntArray, IntArray]:
    """Find the nearest street whose leg crosses no wall, in rings that double."""
    out, given_up = segment.copy(), np.full(len(xy), ONLY_ACROSS, dtype=np.int64)
    todo, radius, tested = np.arange(len(xy)), np.maximum(2.0 * leg, 16.0), np.full(len(xy), -1.0)
    while len(todo):
        here, r = xy[todo], np.minimum(radius[todo], limit + _ROUNDING_M)
        # In a courtyard nearly all directions are closed: their legs need no test, wall by wall.
        hidden = blocked_directions(index.walls, here, np.minimum(r, _AROUND_M), _ON_WALL_M)
        end = hidden.end_m
        # The plane is true to scale to 5 in 100,000.
        reach = np.minimum(r, end)[:, None] * 1.001
        row, seg = index.door_runs.within(here - reach, here + reach)
        foot, _, metres = _foot(index, here[row], seg)
        # What lies within the ring before leads across a wall.
        near = np.flatnonzero((metres <= r[row]) & (metres > tested[todo][row]))
        near = near[~hidden.legs(row[near], foot[near] - here[row[near]])]
        near = near[np.lexsort((seg[near], metres[near], row[near]))]
        row, seg, foot = row[near], seg[near], foot[near]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        more = np.ones(len(todo), dtype=bool)
        # The nearest first: few points need to look at all.
        for low, high in itertools.pairwise(_RANKS):
            some = np.flatnonzero((rank >= low) & (rank < high) & more[row])
            free = some[~_crosses(index.walls, here[row[some]], foot[some])]
            got, first = np.unique(row[free], return_index=True)
            out[todo[got]], given_up[todo[got]] = seg[free[first]], 0
            more[got] = False
        tested[todo] = r
        more &= radius[todo] < np.minimum(limit, end)
        todo = todo[more]
        radius[todo] *= 2.0
    return out, given_up


def _on_level(
    network: WalkNetwork,
    index: _SegmentIndex,
    xy: FloatArray,
    level: FloatArray,
    limit: float,
    segment: IntArray,
    given_up: IntArray,
) -> None:
    """Give points that state a level the nearest street of that layer, where one is near."""
    layer = network.tags.layer[index.edge]
    for value in np.unique(level[np.isfinite(level) & (level != 0)]):
        streets = np.flatnonzero(layer == value)
        rows = np.flatnonzero(level == value)
        if len(streets) == 0:
            continue
        pieces = pieces_of(index.xy, index.first, streets)
        own = nearest_piece(pieces, xy[rows], network.tags.private[index.edge])
        near = _foot(index, xy[rows], own)[2] <= limit + _ROUNDING_M
        segment[rows[near]], given_up[rows[near]] = own[near], 0


def scale_of(xy: FloatArray) -> FloatArray:
    """Return the scale of ``crs_m`` at (n, 2) places in it, to 1e-9 within 100 km."""
    return np.asarray(1.0 + xy[:, 0] ** 2 / (2.0 * _EARTH_RADIUS_M**2))

"""The edge of a circle: where walks end, and where another street is nearer to a door.

A door counts by its own street: the nearest one. Along the end of a circle the band of a covered
street is therefore cut where a street is nearer whose walk has ended, and narrows to what is left
of the limit. Streets are taken there as points a few metres apart, each with its cell of nearest
places (Voronoi).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ranges, starts_of
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import across_walls, anchor, to_degrees, to_metres, wall_ends
from livingcircle.routing.lattice import middles, squares_near, squares_union
from livingcircle.routing.linear_referencing import stretch_coords

__all__ = ["Reserve", "measured", "trimmed"]

Reserve = Callable[[IntArray, FloatArray], FloatArray]
"""Edges and offsets → metres left of the limit there, negative or -inf where it is passed."""
_COARSE_M = 25.0
_FINE_M = 4.0
_MARGIN_M = 0.3
_SQUARE_M = 10.0
# Side of the squares that places behind walls are told by.
_WALLED_M = 6.0
# Doors that a polygon is measured by: so many on either side, so far off the street.
_DOORS = 1500
_DOOR_M = 12.0


@dataclass(frozen=True, eq=False)
class _Steps:
    """Places on edges."""

    edge: IntArray
    offset_m: FloatArray
    xy: FloatArray


def _places(
    network: WalkNetwork, edge: IntArray, middle_m: FloatArray, half_m: FloatArray
) -> _Steps:
    """Return places a few metres apart on stretches of edges, both ends among them."""
    parts = np.maximum(np.ceil(2 * half_m / _FINE_M), 1).astype(np.int64)
    start = starts_of(parts + 1)
    rank = np.arange(int(start[-1])) - np.repeat(start[:-1], parts + 1)
    of = np.repeat(edge, parts + 1)
    size = 2 * half_m / parts
    offset = np.repeat(middle_m - half_m, parts + 1) + rank * np.repeat(size, parts + 1)
    inside = np.clip(offset, 0.0, network.edge_length_m[of])
    return _at(network, of, np.asarray(inside, dtype=np.float64))


def _at(network: WalkNetwork, edge: IntArray, offset_m: FloatArray) -> _Steps:
    coords, first = stretch_coords(network, edge, offset_m, offset_m)
    return _Steps(edge, offset_m, to_metres(network, coords[first[:-1]]))


def _coarse_steps(network: WalkNetwork) -> _Steps:
    door = np.flatnonzero(network.tags.door)
    length = network.edge_length_m[door]
    parts = np.maximum(np.ceil(length / _COARSE_M), 1).astype(np.int64)
    start = starts_of(parts)
    rank = np.arange(int(start[-1])) - np.repeat(start[:-1], parts)
    size = np.asarray(length / parts, dtype=np.float64)
    offset = np.asarray((rank + 0.5) * np.repeat(size, parts), dtype=np.float64)
    return _at(network, np.repeat(door, parts), offset)


def trimmed(
    network: WalkNetwork, band: shapely.Geometry, reserve: Reserve, half_width_m: float
) -> shapely.Geometry:
    """Trim a band at the edge of a circle.

    Parameters
    ----------
    network
        The network.
    band
        Polygon in metres (``network.crs_m``): all that lies within ``half_width_m`` of covered
        streets.
    reserve
        What is left of the limit along the streets.
    half_width_m
        Half the width of the band.

    Returns
    -------
    Polygon or MultiPolygon
        In metres.
    """
    steps = network.derive(_coarse_steps)
    low, high = np.array(shapely.bounds(band)).reshape(2, 2)
    far = _near_m(half_width_m) + _COARSE_M
    rows = np.flatnonzero(((steps.xy >= low - far) & (steps.xy <= high + far)).all(axis=1))
    left = reserve(steps.edge[rows], steps.offset_m[rows])
    # First roughly, where a walk may end near one that goes on; then in fine steps.
    around = _around_ends(
        steps.xy[rows], left > -_COARSE_M / 2, left < half_width_m + _COARSE_M / 2, far
    )
    if not around.any():
        return band
    chosen = rows[around]
    length = network.edge_length_m[steps.edge[chosen]]
    half = length / np.maximum(np.ceil(length / _COARSE_M), 1) / 2
    fine = _places(network, steps.edge[chosen], steps.offset_m[chosen], half)
    left = reserve(fine.edge, fine.offset_m)
    # Streets meet in one place: the longest walk on counts.
    best = np.argsort(-left, kind="stable")
    _, one = np.unique(np.round(fine.xy[best], 3), axis=0, return_index=True)
    xy, left = fine.xy[best][one], left[best][one]
    around = _around_ends(xy, left > 0, left < half_width_m, _near_m(half_width_m))
    xy, left = xy[around], left[around]
    short = np.flatnonzero(left < half_width_m)
    if len(xy) < 3 or len(short) == 0:
        return band
    found = shapely.voronoi_polygons(shapely.multipoints(xy), ordered=True)
    if shapely.get_num_geometries(found) != len(xy):
        return band
    cells = shapely.get_geometry(found, short)
    points, left = shapely.points(xy[short]), left[short]
    gone = shapely.coverage_union_all(cells)
    # Cells at the rim reach farther than they should, for the streets beyond them are not here.
    ours = squares_near(xy[short], half_width_m + _SQUARE_M / math.sqrt(2.0), _SQUARE_M)
    gone = shapely.intersection(gone, squares_union(ours, _SQUARE_M))
    # Points stand for streets to within a hand's breadth: on the line between two, a door counts.
    gone = shapely.union_all(
        shapely.buffer(shapely.get_parts(gone), -_MARGIN_M, join_style="mitre")
    )
    # A door's foot lies up to half a step beside the point that stands for it.
    kept = left > -_FINE_M / 2
    discs = shapely.buffer(points[kept], left[kept] + _FINE_M / 2 + 0.1, quad_segs=4)
    own = shapely.intersection(cells[kept], discs)
    band = shapely.difference(band, shapely.difference(gone, shapely.union_all(own)))
    return _behind_walls(network, band, reserve, xy, half_width_m)


def _behind_walls(
    network: WalkNetwork,
    band: shapely.Geometry,
    reserve: Reserve,
    streets: FloatArray,
    half_width_m: float,
) -> shapely.Geometry:
    """Mend a band where the nearest street lies across a wall: the one that a door opens on counts.

    Places are taken as squares of a few metres by their middles.
    """
    walls = wall_ends(network)
    low, high = streets.min(axis=0) - half_width_m, streets.max(axis=0) + half_width_m
    near = ((walls.max(axis=1) >= low) & (walls.min(axis=1) <= high)).all(axis=1)
    if not near.any():
        return band
    begin, along = walls[near, 0], walls[near, 1] - walls[near, 0]
    parts = np.ceil(np.hypot(*along.T) / _WALLED_M).astype(np.int64) + 1
    rank = ranges(np.zeros(len(parts), dtype=np.int64), parts)
    of = np.repeat(np.arange(len(parts)), parts)
    posts = begin[of] + (rank / np.maximum(parts - 1, 1)[of])[:, None] * along[of]
    tree = cKDTree(streets)
    beside, _ = tree.query(posts, distance_upper_bound=half_width_m)
    posts = posts[np.isfinite(beside)]
    if len(posts) == 0:
        return band
    square = squares_near(posts, half_width_m, _WALLED_M)
    xy = middles(square, _WALLED_M)
    metres, street = tree.query(xy, distance_upper_bound=half_width_m)
    row = np.flatnonzero(np.isfinite(metres))
    row = row[across_walls(network, xy[row], streets[street[row]])]
    if len(row) == 0:
        return band
    walled = square[row]
    # A square beside one that lies behind a wall may do so in part.
    square = squares_near(xy[row], 1.5 * _WALLED_M, _WALLED_M)
    lon, lat = to_degrees(network, middles(square, _WALLED_M)).T
    met = anchor(network, lon, lat)
    left = np.full(len(square), -np.inf)
    on = met.on_network
    left[on] = reserve(met.edge[on], met.offset_m[on]) - met.access_m[on]
    far = np.iinfo(np.int32).max
    own = np.isin(square @ np.array([far, 1]), walled @ np.array([far, 1]))
    lost, won = square[own & (left < 0)], square[left >= 0]
    band = shapely.difference(band, squares_union(lost, _WALLED_M))
    return shapely.union(band, squares_union(won, _WALLED_M))


def _near_m(half_width_m: float) -> float:
    """Return how near to the end of a walk a street may decide whose a place is.

    What is not asked is then farther from every place within the band of an end than the end.
    """
    return 2 * half_width_m + _SQUARE_M * math.sqrt(2.0)


def _around_ends(xy: FloatArray, covered: BoolArray, ending: BoolArray, far: float) -> BoolArray:
    """Return which points lie around those that end near a covered one."""
    if not ending.any() or not covered.any():
        return np.zeros(len(xy), dtype=bool)
    beside, _ = cKDTree(xy[covered]).query(xy[ending], distance_upper_bound=far)
    ends = xy[ending][np.isfinite(beside)]
    if len(ends) == 0:
        return np.zeros(len(xy), dtype=bool)
    around, _ = cKDTree(ends).query(xy, distance_upper_bound=far)
    return np.asarray(np.isfinite(around))


def measured(
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
    steps = network.derive(_coarse_steps)
    rows = np.flatnonzero(reserve(steps.edge, steps.offset_m) > -4 * _COARSE_M)
    rows = rows[:: max(1, len(rows) // _DOORS)]
    if len(rows) == 0:
        return float("nan"), float("nan")
    edge, at = steps.edge[rows], steps.offset_m[rows]
    ahead, first = stretch_coords(network, edge, np.maximum(at - 0.05, 0.0), at)
    along = steps.xy[rows] - to_metres(network, ahead[first[:-1]])
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    aside = _DOOR_M * np.column_stack([-along[:, 1], along[:, 0]])
    xy = np.concatenate([steps.xy[rows] + aside, steps.xy[rows] - aside])
    lon, lat = to_degrees(network, xy).T
    met = anchor(network, lon, lat)
    on = met.on_network
    left = np.full(len(xy), -np.inf)
    left[on] = reserve(met.edge[on], met.offset_m[on]) - met.access_m[on]
    reached = left >= 0
    shapely.prepare(polygon)
    inside = shapely.contains_xy(polygon, lon, lat)
    both = (inside & reached).sum()
    return (
        float(1 - both / inside.sum()) if inside.any() else float("nan"),
        float(1 - both / reached.sum()) if reached.any() else float("nan"),
    )

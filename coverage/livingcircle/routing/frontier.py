"""The edge of a circle: where walks end, and where another street is nearer to a door.

A door counts by its own street: the nearest one. Along the end of a circle the band of a covered
street is therefore cut where a street is nearer whose walk has ended, and narrows to what is left
of the limit. Streets are taken there as points a few metres apart, each with its cell of nearest
places (Voronoi).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import FloatArray, IntArray, starts_of
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import anchor, to_degrees, to_metres
from livingcircle.routing.linear_referencing import stretch_coords

__all__ = ["Reserve", "measured", "trimmed"]

Reserve = Callable[[IntArray, FloatArray], FloatArray]
"""Edges and offsets → metres left of the limit there, negative or -inf where it is passed."""
_COARSE_M = 25.0
_FINE_M = 4.0
# Doors that a polygon is measured by: so many on either side, so far off the street.
_DOORS = 1500
_DOOR_M = 12.0


@dataclass(frozen=True, eq=False)
class _Steps:
    """Equal parts of edges, at most some metres long, by their middles."""

    edge: IntArray
    offset_m: FloatArray
    xy: FloatArray


# The coarse steps of a network serve all of its circles.
_coarse: WeakKeyDictionary[WalkNetwork, _Steps] = WeakKeyDictionary()


def _steps(
    network: WalkNetwork, edge: IntArray, from_m: FloatArray, to_m: FloatArray, step_m: float
) -> _Steps:
    parts = np.maximum(np.ceil((to_m - from_m) / step_m), 1).astype(np.int64)
    start = starts_of(parts)
    rank = np.arange(int(start[-1])) - np.repeat(start[:-1], parts)
    size = np.repeat((to_m - from_m) / parts, parts)
    offset = np.repeat(from_m, parts) + (rank + 0.5) * size
    of = np.repeat(edge, parts)
    coords, first = stretch_coords(network, of, offset, offset)
    return _Steps(of, offset, to_metres(network, coords[first[:-1]]))


def _coarse_steps(network: WalkNetwork) -> _Steps:
    if network not in _coarse:
        edge = np.flatnonzero(network.tags.door)
        length = network.edge_length_m[edge]
        _coarse[network] = _steps(network, edge, np.zeros(len(edge)), length, _COARSE_M)
    return _coarse[network]


def trimmed(network: WalkNetwork, band: Any, reserve: Reserve, half_width_m: float) -> Any:
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
    steps = _coarse_steps(network)
    low, high = np.array(shapely.bounds(band)).reshape(2, 2)
    far = 2 * half_width_m + _COARSE_M
    near = ((steps.xy >= low - far) & (steps.xy <= high + far)).all(axis=1)
    rows = np.flatnonzero(near)
    left = reserve(steps.edge[rows], steps.offset_m[rows])
    covered = left > -_COARSE_M / 2
    ending = left < half_width_m + _COARSE_M / 2
    if not ending.any() or not covered.any():
        return band
    xy = steps.xy[rows]
    # Streets that end near a covered one, and all that could be nearer than they.
    beside, _ = cKDTree(xy[covered]).query(xy[ending], distance_upper_bound=far)
    ends = np.flatnonzero(ending)[np.isfinite(beside)]
    if len(ends) == 0:
        return band
    around, _ = cKDTree(xy[ends]).query(xy, distance_upper_bound=far)
    chosen = rows[np.isfinite(around)]
    length = network.edge_length_m[steps.edge[chosen]]
    half = length / np.maximum(np.ceil(length / _COARSE_M), 1) / 2
    at = steps.offset_m[chosen]
    fine = _steps(network, steps.edge[chosen], at - half, at + half, _FINE_M)
    _, one = np.unique(np.round(fine.xy, 3), axis=0, return_index=True)
    left = reserve(fine.edge[one], fine.offset_m[one])
    # The other streets stand round about as coarse points, so that no cell reaches beyond its own.
    others = xy[~np.isfinite(around)]
    points = np.concatenate([fine.xy[one], others])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), ordered=True))
    if len(cells) != len(points):
        return band
    by_covered, _ = cKDTree(fine.xy[one][left > 0]).query(
        fine.xy[one], distance_upper_bound=2 * half_width_m + _FINE_M
    )
    short = np.flatnonzero((left < half_width_m) & np.isfinite(by_covered))
    gone = shapely.coverage_union_all(cells[short])
    # A door's foot lies up to half a step beside the point that stands for it.
    kept = short[left[short] > -_FINE_M / 2]
    discs = shapely.buffer(
        shapely.points(points[kept]), left[kept] + _FINE_M / 2 + 0.1, quad_segs=4
    )
    own = shapely.intersection(cells[kept], discs)
    # The street itself is covered to its last step; beyond it the band was never drawn.
    street = shapely.buffer(shapely.points(points[kept]), _FINE_M / 2 + 0.1, quad_segs=4)
    ends_of_band = shapely.disjoint_subset_union_all(np.concatenate([own, street]))
    return shapely.difference(band, shapely.difference(gone, ends_of_band))


def measured(network: WalkNetwork, polygon: Any, reserve: Reserve) -> tuple[float, float]:
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
    steps = _coarse_steps(network)
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

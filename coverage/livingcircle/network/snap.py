"""Where points meet the network: the nearest position on the nearest edge."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.errors import InputError
from livingcircle.network.graph import WalkNetwork

__all__ = ["MAX_ACCESS_M", "Anchors", "anchor", "lonlat_of", "to_metres"]

# A straight leg from a door to the street longer than this is no walk that anybody vouches for.
MAX_ACCESS_M = 300.0
# Points a task: small enough for an even load and a moving progress bar, large enough to pay.
_CHUNK = 50_000
_EARTH_RADIUS_M = 6_371_000.0


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

    @property
    def on_network(self) -> BoolArray:
        """Points whose leg is within the access limit."""
        return self.edge >= 0

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.edge)


@dataclass(frozen=True, eq=False)
class _SegmentIndex:
    """Segments of a network in its own metres, with a tree over them."""

    tree: shapely.STRtree
    first: IntArray
    """Position in ``network.coords`` where each segment begins."""
    edge: IntArray
    xy: FloatArray


# A tree costs as much as a search; a network keeps its own for as long as it lives.
_indexes: WeakKeyDictionary[WalkNetwork, _SegmentIndex] = WeakKeyDictionary()


def lonlat_of(points: gpd.GeoDataFrame, what: str = "demand") -> FloatArray:
    """Return (n, 2) degrees of a table's points; areas count by a point inside them.

    Rows without geometry give NaN.

    Raises
    ------
    InputError
        If the table has no CRS.
    """
    if points.crs is None:
        raise InputError(
            f"the {what} table has no coordinate reference system", hint="Set its CRS (set_crs)."
        )
    shapes = points.geometry.to_crs(4326).to_numpy()
    area = ~np.isin(shapely.get_type_id(shapes), (0, -1))
    if area.any():
        shapes = shapes.copy()
        shapes[area] = shapely.point_on_surface(shapes[area])
    return np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])


def to_metres(network: WalkNetwork, lonlat: FloatArray) -> FloatArray:
    """Project degrees (n, 2) into the metres of ``network.crs_m``."""
    return np.column_stack(_projection(network.crs_m).transform(lonlat[:, 0], lonlat[:, 1]))


# Making one takes 4 ms, and a run asks hundreds of times.
@lru_cache(maxsize=32)
def _projection(crs: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4326, crs, always_xy=True)


def _index(network: WalkNetwork) -> _SegmentIndex:
    if network not in _indexes:
        xy = to_metres(network, network.coords)
        edge = np.repeat(np.arange(network.edge_count), np.diff(network.edge_start))
        first = np.flatnonzero(edge[:-1] == edge[1:])
        pairs = np.stack([xy[first], xy[first + 1]], axis=1)
        _indexes[network] = _SegmentIndex(
            shapely.STRtree(shapely.linestrings(pairs)), first, edge[first], xy
        )
    return _indexes[network]


def anchor(
    network: WalkNetwork,
    lon: FloatArray,
    lat: FloatArray,
    max_access_m: float = MAX_ACCESS_M,
    progress: Callable[[float], None] | None = None,
) -> Anchors:
    """Anchor points to the network.

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

    Returns
    -------
    Anchors
        In the order of the points. Of two positions equally near, either may be taken.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    edge = np.full(len(lon), -1, dtype=np.int64)
    offset = np.full(len(lon), np.nan)
    access = np.full(len(lon), np.nan)
    lonlat = np.full((len(lon), 2), np.nan)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if len(known) == 0 or network.edge_count == 0:
        return Anchors(edge, offset, access, lonlat)
    index = _index(network)
    xy = to_metres(network, np.column_stack([lon[known], lat[known]]))
    order = np.argsort(_z_curve(xy), kind="stable")
    nearest = np.empty(len(known), dtype=np.int64)
    nearest[order] = _nearest_segment(index.tree, xy[order], progress)

    start = index.first[nearest]
    a, ab = index.xy[start], index.xy[start + 1] - index.xy[start]
    square = (ab * ab).sum(axis=1)
    along = ((xy - a) * ab).sum(axis=1) / np.where(square > 0, square, 1.0)
    along = np.clip(along, 0.0, 1.0)
    foot = a + along[:, None] * ab
    leg = np.hypot(*(xy - foot).T) / _scale(network, foot)
    step = network.offset_m[start + 1] - network.offset_m[start]
    begin, end = network.coords[start], network.coords[start + 1]
    access[known] = leg
    lonlat[known] = begin + along[:, None] * (end - begin)
    offset[known] = network.offset_m[start] + along * step
    edge[known] = np.where(leg <= max_access_m + 1e-6, index.edge[nearest], -1)
    return Anchors(edge, offset, access, lonlat)


def _scale(network: WalkNetwork, xy: FloatArray) -> FloatArray:
    """Return the local scale of the transverse Mercator projection, to 1e-9 within 100 km."""
    return np.asarray(1.0 + xy[:, 0] ** 2 / (2.0 * _EARTH_RADIUS_M**2))


def _nearest_segment(
    tree: shapely.STRtree, xy: FloatArray, progress: Callable[[float], None] | None
) -> IntArray:
    """Find the nearest segment of each point in threads (shapely lets go of the GIL)."""
    chunks = np.array_split(xy, max(1, -(-len(xy) // _CHUNK)))
    done = 0

    def find(chunk: FloatArray) -> IntArray:
        _, hit = tree.query_nearest(shapely.points(chunk), all_matches=False)
        return np.asarray(hit, dtype=np.int64)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = []
        for hits in pool.map(find, chunks):
            found.append(hits)
            done += len(hits)
            if progress is not None:
                progress(done / len(xy))
    return np.concatenate(found)


def _z_curve(xy: FloatArray) -> IntArray:
    """Return each point's place on a Z-order curve; neighbours in it are neighbours in the tree."""
    low, span = xy.min(axis=0), np.ptp(xy, axis=0).max()
    cell = ((xy - low) / (span if span > 0 else 1.0) * 0xFFFF).astype(np.uint64)
    spread = cell
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        spread = (spread | (spread << np.uint64(shift))) & np.uint64(mask)
    return np.asarray(spread[:, 0] | (spread[:, 1] << np.uint64(1)), dtype=np.int64)

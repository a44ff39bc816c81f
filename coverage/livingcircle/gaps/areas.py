"""Gap areas: demand points that are left out and lie together, as one place to look at."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from livingcircle._arrays import FloatArray, GeometryArray, IntArray, ObjectArray
from livingcircle.gaps.reasons import named_barriers, numbered_barriers
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import lonlat_of, to_metres
from livingcircle.standards.tables import heaviest

__all__ = ["JOIN_M", "cluster", "forget_drawn", "gap_areas"]

JOIN_M = 150.0
"""Points nearer to each other than this belong to one gap: about a block."""


def cluster(xy: FloatArray) -> IntArray:
    """Give one number to all points that are joined by steps of at most ``JOIN_M``.

    Parameters
    ----------
    xy
        (n, 2) metres; points without coordinates are groups of their own.

    Returns
    -------
    IntArray
        (n,) group of each point, 0 being the group of the first one.
    """
    n = len(xy)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    pairs = np.zeros((0, 2), dtype=np.int64)
    if len(known):
        pairs = known[cKDTree(xy[known]).query_pairs(JOIN_M, output_type="ndarray")]
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[group], dtype=np.int64)


def gap_areas(
    network: WalkNetwork, points: gpd.GeoDataFrame, weight: FloatArray
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Put the demand that is left out together into gap areas.

    Parameters
    ----------
    network
        Its ``crs_m`` measures.
    points
        Demand with the columns of ``livingcircle.gaps.reasons.explain_gaps``, ``metres`` and,
        where known, ``residents``, ``households`` and unit ids; covered points are passed over.
    weight
        (points,) weights that decide the reason of an area.

    Returns
    -------
    areas, of_point
        One row per area, most people first: ``area_id`` (from 1), ``points``, ``people``,
        ``households``, ``reason`` (of most of its weight), ``metres`` and ``straight_m``
        (weighted means of what is finite), ``detour_ratio``, ``barrier``, ``barrier_name``,
        ``leaf``, ``urban_village``; the polygon is drawn around the points (EPSG:4326).
        And the area_id of each gap point, on its index.
    """
    gap = points["reason"].notna().to_numpy()
    out = points[gap]
    if not len(out):
        return _no_areas(), pd.Series(dtype=np.int64)
    xy = to_metres(network, lonlat_of(out))
    group = cluster(xy)
    # Where all weights are 0, the points themselves decide.
    w = np.where(weight[gap] > 0, weight[gap], 1e-9)
    count = int(group.max()) + 1
    table = pd.DataFrame(
        {
            "points": np.bincount(group, minlength=count),
            "people": _sums(out, "residents", group),
            "households": _sums(out, "households", group),
            "reason": _most(out["reason"], group, w),
            "metres": _mean(out["metres"].to_numpy(dtype=float), group, w, count),
            "straight_m": _mean(out["straight_m"].to_numpy(dtype=float), group, w, count),
            "detour_ratio": _mean(out["detour_ratio"].to_numpy(dtype=float), group, w, count),
        }
    )
    code, distinct = numbered_barriers(out)
    most = pd.Series(_most(code, group, w), dtype=float)
    table = table.join(named_barriers(most, distinct))
    for name in ("leaf", "urban_village"):
        table[name] = _most(out[name], group, w) if name in out else None
    drawn = _outlines(xy, group, count, JOIN_M / 2, network.derive(_drawn))
    shapes = gpd.GeoSeries(drawn, crs=network.crs_m).to_crs(4326)
    areas = gpd.GeoDataFrame(table, geometry=shapes)
    total = np.bincount(group, w, minlength=count)
    order = np.lexsort((np.arange(count), -total))
    areas = areas.iloc[order].reset_index(drop=True)
    areas.insert(0, "area_id", np.arange(1, count + 1))
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(1, count + 1)
    return areas, pd.Series(rank[group], index=out.index, name="area_id")


def _sums(out: gpd.GeoDataFrame, column: str, group: IntArray) -> FloatArray | float:
    if column not in out:
        return np.nan
    values = pd.to_numeric(out[column], errors="coerce").astype("float64")
    return np.asarray(values.groupby(group).sum(min_count=1), dtype=np.float64)


def _mean(values: FloatArray, group: IntArray, w: FloatArray, count: int) -> FloatArray:
    """Weighted mean of the finite values of each group; NaN where there are none."""
    known = np.isfinite(values)
    below = np.bincount(group[known], w[known], minlength=count)
    above = np.bincount(group[known], (w * values)[known], minlength=count)
    return np.asarray(np.divide(above, below, out=np.full(count, np.nan), where=below > 0))


def _most(values: pd.Series, group: IntArray, w: FloatArray) -> ObjectArray:
    """Return the value of most of the weight of each group, None where it has none."""
    full = heaviest(values, group, w).reindex(range(int(group.max()) + 1))
    return np.asarray(full.where(full.notna(), None), dtype=object)


def _drawn(network: WalkNetwork) -> dict[tuple[float, bytes], shapely.Geometry]:
    """Return where the land around some places is kept, by its radius and their coordinates."""
    return {}


def forget_drawn(network: WalkNetwork) -> None:
    """Drop the land that was drawn for gap areas of a network."""
    network.forget(_drawn)


def _outlines(
    xy: FloatArray,
    group: IntArray,
    count: int,
    radius_m: float,
    drawn: dict[tuple[float, bytes], shapely.Geometry],
) -> GeometryArray:
    """Land within a radius of the points of each group; empty where they have no coordinates."""
    full = np.full(count, shapely.Polygon(), dtype=object)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    # One point per cell is enough: its circle holds the cell.
    cell = np.floor(xy[known] / (radius_m / 3)).astype(np.int64)
    known = known[np.sort(np.unique(cell, axis=0, return_index=True)[1])]
    if not len(known):
        return full
    # Standards leave out much the same homes: what is drawn for a block is drawn once.
    block = np.floor(xy[known] / (4 * radius_m)).astype(np.int64)
    order = np.lexsort((block[:, 1], block[:, 0], group[known]))
    known, key = known[order], np.column_stack([group[known], block])[order]
    first = np.flatnonzero(np.r_[True, (key[1:] != key[:-1]).any(axis=1)])
    lands = [_land(one, radius_m, drawn) for one in np.split(xy[known], first[1:])]
    of_land = group[known[first]]
    begin = np.flatnonzero(np.r_[True, of_land[1:] != of_land[:-1]])
    # A loop over areas and blocks: each union is one call.
    joined = [
        shapely.union_all(lands[a:b]) for a, b in zip(begin, [*begin[1:], len(lands)], strict=True)
    ]
    parts, of_part = shapely.get_parts(joined, return_index=True)
    full[of_land[begin]] = shapely.multipolygons(parts, indices=of_part)
    return full


def _land(
    xy: FloatArray, radius_m: float, drawn: dict[tuple[float, bytes], shapely.Geometry]
) -> shapely.Geometry:
    """Return the land within a radius of some points."""
    key = radius_m, xy.tobytes()
    if key not in drawn:
        circles = shapely.buffer(shapely.points(xy), radius_m, quad_segs=4)
        drawn[key] = shapely.union_all(circles)
    return drawn[key]


def _no_areas() -> gpd.GeoDataFrame:
    names = "area_id points people households reason metres straight_m detour_ratio barrier"
    columns = [*names.split(), "barrier_name", "leaf", "urban_village"]
    return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=4326)

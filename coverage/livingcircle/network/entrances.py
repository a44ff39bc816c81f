"""Where one enters a facility that is an area: on its outline, never in its middle."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import to_metres

__all__ = ["access_points", "entrances"]

# Two crossings of an outline nearer to each other than this are one entrance: a street drawn
# along a fence touches it at every vertex.
_SAME_ENTRANCE_M = 5.0
# A gate node belongs to the outline that it is drawn on; editors place it within a step.
_ON_OUTLINE_M = 1.0


def access_points(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return facilities as points: by their entrances where they have any.

    Parameters
    ----------
    table
        EPSG:4326; ``entrances`` (MultiPoint or None), if there is such a column. An area without
        entrances is entered at the point of its outline nearest to its middle.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per point, all columns kept but ``entrances``; rows of one facility share their
        index and ``facility_id``. Rows without a geometry stay.
    """
    geometry = table.geometry.to_numpy()
    given = table["entrances"].to_numpy() if "entrances" in table else np.full(len(table), None)
    has = ~(shapely.is_missing(given) | shapely.is_empty(given))
    area = shapely.get_dimensions(geometry) > 0
    bare = table.drop(columns="entrances", errors="ignore")
    if not (has | area).any():
        return bare
    points = np.where(has, given, geometry)
    closed = area & ~has
    middle = shapely.centroid(geometry[closed])
    outline = np.where(
        shapely.get_dimensions(geometry[closed]) == 2,
        shapely.boundary(geometry[closed]),
        geometry[closed],
    )
    points[closed] = shapely.get_point(shapely.shortest_line(outline, middle), 0)
    shown = gpd.GeoSeries(points, index=table.index, crs=table.crs)
    return bare.set_geometry(shown).explode(index_parts=False)


def entrances(
    network: WalkNetwork,
    areas: gpd.GeoSeries,
    gates: FloatArray | None = None,
    *,
    apart_m: float = _SAME_ENTRANCE_M,
) -> gpd.GeoDataFrame:
    """Find the entrances of areas.

    In this order: gates that lie on the outline; where the outline meets a walkable edge; the
    position of the outline that is nearest to a walkable edge.

    Parameters
    ----------
    network
        The walking network.
    areas
        (Multi)Polygons, EPSG:4326.
    gates
        (k, 2) degrees of gates and entrances that the map knows.
    apart_m
        Of those in one square of this side only the first is kept; 0: all of them.

    Returns
    -------
    geopandas.GeoDataFrame
        Index of ``areas``; geometry MultiPoint (EPSG:4326; None where the area is none or the
        network holds no edge) and ``how``: "gate", "crossing" or "nearest".
    """
    polygons = areas.to_crs(network.crs_m).to_numpy()
    outline = shapely.boundary(polygons)
    usable = ~(shapely.is_missing(outline) | shapely.is_empty(outline))
    how = np.full(len(areas), None, dtype=object)
    found: list[tuple[IntArray, FloatArray]] = []
    todo = usable
    if gates is not None and len(gates):
        found.append(_gates_on(outline, todo, to_metres(network, gates)))
        todo = _note(how, todo, found[-1][0], "gate")
    if network.edge_count:
        edges = edge_lines(network, in_metres=True)
        tree = shapely.STRtree(edges)
        passes = network.tags.tunnel | network.tags.bridge
        found.append(_crossings(outline, todo, edges, tree, passes))
        todo = _note(how, todo, found[-1][0], "crossing")
        found.append(_nearest(outline, todo, edges, tree))
        _note(how, todo, found[-1][0], "nearest")
    geometry = _multipoints(len(areas), found, apart_m)
    points = gpd.GeoSeries(geometry, index=areas.index, crs=network.crs_m).to_crs(4326)
    return gpd.GeoDataFrame({"how": how}, index=areas.index, geometry=points)


def _note(how: np.ndarray, todo: BoolArray, rows: IntArray, word: str) -> BoolArray:
    """Write down how the entrances of rows were found; return which rows are still without."""
    how[rows] = word
    still = todo.copy()
    still[rows] = False
    return still


def _gates_on(
    outline: np.ndarray, todo: BoolArray, gates: FloatArray
) -> tuple[IntArray, FloatArray]:
    rows = np.flatnonzero(todo)
    points = shapely.points(gates)
    area, gate = shapely.STRtree(points).query(
        outline[rows], predicate="dwithin", distance=_ON_OUTLINE_M
    )
    return rows[area], gates[gate]


def _crossings(
    outline: np.ndarray,
    todo: BoolArray,
    edges: np.ndarray,
    tree: shapely.STRtree,
    passes: BoolArray,
) -> tuple[IntArray, FloatArray]:
    rows = np.flatnonzero(todo)
    area, edge = tree.query(outline[rows], predicate="intersects")
    # A tunnel below or a bridge above an area meets its outline on the map alone.
    level = ~passes[edge]
    area, edge = area[level], edge[level]
    meets = shapely.intersection(outline[rows[area]], edges[edge])
    # Where a street runs along the outline they meet in a line: its ends and bends stand for it.
    xy, which = shapely.get_coordinates(meets, return_index=True)
    return rows[area[which]], xy


def _nearest(
    outline: np.ndarray, todo: BoolArray, edges: np.ndarray, tree: shapely.STRtree
) -> tuple[IntArray, FloatArray]:
    rows = np.flatnonzero(todo)
    area, edge = tree.query_nearest(outline[rows], all_matches=False)
    line = shapely.shortest_line(outline[rows[area]], edges[edge])
    return rows[area], shapely.get_coordinates(shapely.get_point(line, 0))


def _multipoints(
    count: int, found: list[tuple[IntArray, FloatArray]], apart_m: float
) -> np.ndarray:
    """Gather points by area, of points in one cell only the first."""
    out = np.full(count, None, dtype=object)
    if not found or not sum(len(rows) for rows, _ in found):
        return out
    row = np.concatenate([rows for rows, _ in found])
    xy = np.concatenate([points for _, points in found])
    if apart_m > 0:
        cell = np.floor(xy / apart_m).astype(np.int64)
        kept = ~pd.DataFrame({"r": row, "x": cell[:, 0], "y": cell[:, 1]}).duplicated()
        row, xy = row[kept], xy[kept]
    order = np.argsort(row, kind="stable")
    which, place = np.unique(row[order], return_inverse=True)
    out[which] = shapely.multipoints(shapely.points(xy[order]), indices=place)
    return out

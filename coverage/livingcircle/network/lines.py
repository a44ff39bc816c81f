"""Networks given as lines (GeoPackage, GeoJSON, shapefile, ...) or as networkx graphs of osmnx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyproj
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ranges, starts_of
from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText
from livingcircle.network.geodesy import GEOD, offsets_along
from livingcircle.network.graph import EdgeTags, WalkNetwork

__all__ = ["network_from_graph", "network_from_lines"]

# A stated length that exceeds a bare chord by more than this is the true length of a street
# whose bends were not kept; osmnx's own lengths (a sphere of 6,371,009 m) differ by up to 0.6 %.
CHORD_TOLERANCE = 0.01


def network_from_lines(
    lines: gpd.GeoDataFrame, *, notes: Mapping[str, object] | None = None
) -> WalkNetwork:
    """Return a network of lines; ends that share a coordinate are one junction.

    Lines that cross, or touch in the middle, without sharing an end are not joined: a bridge is
    no crossing. ``notes["ends_in_the_middle_of_lines"]`` counts ends that lie on an inner vertex
    of another line, a sign of a network that was not split at its junctions.

    Parameters
    ----------
    lines
        LineStrings or MultiLineStrings in any CRS. Columns ``highway``, ``bridge``, ``tunnel``,
        ``layer`` and ``footway`` are read as OSM tags where they exist.
    notes
        What is known of the source.

    Raises
    ------
    InputError
        If there is no line, or no CRS.
    """
    told = dict(notes or {})
    source = told.get("source")
    file = None if source is None else str(source)
    if lines.active_geometry_name is None or lines.crs is None:
        raise InputError(
            LocalizedText("路网没有坐标参考系", "the network has no coordinate reference system"),
            file=file,
            hint=LocalizedText(
                "请连同坐标参考系一起保存（shapefile 旁的 .prj）。",
                "Save it with its CRS (a .prj beside a shapefile).",
            ),
        )
    shapes = lines.geometry.to_numpy()
    is_line = np.isin(shapely.get_type_id(shapes), (1, 5)) & ~shapely.is_empty(shapes)
    told["rows"], told["rows_without_a_line"] = len(lines), int((~is_line).sum())
    parts = lines[is_line].to_crs(4326).explode(ignore_index=True)
    if parts.empty:
        raise InputError(
            "the network holds no line",
            file=file,
            hint="Give the layer of street centre lines.",
        )
    parts = parts.set_geometry(shapely.force_2d(parts.geometry.to_numpy()))
    start = starts_of(shapely.get_num_coordinates(parts.geometry.to_numpy()).astype(np.int64))
    coords = shapely.get_coordinates(parts.geometry.to_numpy())
    if not np.isfinite(coords).all():
        raise InputError(
            "a line has a coordinate that is no number", file=file, hint="Repair the layer."
        )
    keep = _one_of_twins(coords, start, np.argsort(_tags(parts).stairs, kind="stable"))
    told["rows_twice"] = int((~keep).sum())
    return _assemble(parts[keep], coords, start, keep, told)


def _assemble(
    parts: gpd.GeoDataFrame,
    coords: FloatArray,
    start: IntArray,
    keep: BoolArray,
    told: dict[str, object],
) -> WalkNetwork:
    """Join the kept lines at their ends."""
    counts = np.diff(start)[keep]
    coords = coords[ranges(start[:-1][keep], counts)]
    start = starts_of(counts)
    ends = np.concatenate([coords[start[:-1]], coords[start[1:] - 1]])
    # -0.0 and 0.0 are one coordinate.
    nodes, node_of = np.unique(ends + 0.0, axis=0, return_inverse=True)
    node_of = node_of.ravel().astype(np.int64)
    told["ends_in_the_middle_of_lines"] = _touching(nodes, coords, start)
    return WalkNetwork(
        node_id=np.arange(len(nodes), dtype=np.int64),
        node_lonlat=nodes,
        edge_u=node_of[: len(counts)],
        edge_v=node_of[len(counts) :],
        edge_start=start,
        coords=coords,
        offset_m=offsets_along(coords, start),
        tags=_tags(parts),
        notes=told,
    )


def _one_of_twins(coords: FloatArray, start: IntArray, order: IntArray) -> BoolArray:
    """Mark one of lines that are alike to the last coordinate, in either direction.

    Directed exports hold every two-way street twice; walked both ways, one is enough: the first
    in `order`. Where stairs and a street share their course, that is the street.
    """
    first, last = coords[start[:-1]], coords[start[1:] - 1]
    turn = (first[:, 0] > last[:, 0]) | (
        (first[:, 0] == last[:, 0]) & (first[:, 1] > last[:, 1])
    )  # fmt: skip
    counts = np.diff(start)
    position = ranges(start[:-1], counts)
    line = np.repeat(np.arange(len(counts)), counts)
    mirrored = start[line] + start[line + 1] - 1 - position
    turned = coords[np.where(turn[line], mirrored, position)]
    wkb = shapely.to_wkb(shapely.linestrings(turned, indices=line))
    # A loop may run either way round from the same end; its lesser spelling stands for both.
    loop = (first == last).all(axis=1)
    if loop.any():
        back = shapely.to_wkb(shapely.reverse(shapely.from_wkb(wkb[loop])))
        wkb[loop] = np.where(back < wkb[loop], back, wkb[loop])
    keep = np.zeros(len(wkb), dtype=bool)
    keep[order] = ~pd.Series(wkb[order]).duplicated()
    return keep


def _touching(nodes: FloatArray, coords: FloatArray, start: IntArray) -> int:
    inner = np.ones(len(coords), dtype=bool)
    inner[start[:-1]] = False
    inner[start[1:] - 1] = False
    both = np.concatenate([nodes, np.unique(coords[inner] + 0.0, axis=0)])
    _, times = np.unique(both, axis=0, return_counts=True)
    return int((times > 1).sum())


def _tags(parts: gpd.GeoDataFrame) -> EdgeTags:
    def text(name: str) -> pd.Series:
        if name not in parts.columns:
            return pd.Series("", index=parts.index)
        return parts[name].map(lambda value: str(value).lower() if pd.notna(_one(value)) else "")

    def on(name: str) -> BoolArray:
        return np.asarray(
            ~text(name).isin(["", "no", "false", "0", "nan", "none", "f"]), dtype=bool
        )

    highway = text("highway")
    homes = "residential|living_street|unclassified|pedestrian|tertiary"
    known = bool((highway != "").any())
    layer = pd.to_numeric(text("layer"), errors="coerce").fillna(0).clip(-9, 9)
    stairs = np.asarray(highway.str.contains("steps"), dtype=bool)
    return EdgeTags(
        stairs=stairs,
        crossing=np.asarray(text("footway").str.contains("crossing"), dtype=bool),
        bridge=on("bridge"),
        tunnel=on("tunnel"),
        layer=np.asarray(layer, dtype=np.int64),
        residential=np.asarray(highway.str.contains(homes) | (not known), dtype=bool),
        private=np.zeros(len(parts), dtype=bool),
        door=np.ones(len(parts), dtype=bool),
        step_free=~stairs,
    )


def _one(value: Any) -> Any:
    """Return a value of its own, or the first of a list (osmnx merges tags into lists)."""
    return value[0] if isinstance(value, list | tuple | np.ndarray) and len(value) else value


def network_from_graph(
    graph: nx.MultiDiGraph[Any], *, notes: Mapping[str, object] | None = None
) -> WalkNetwork:
    """Return the network of a graph as osmnx makes, saves and loads it.

    Every edge is walked both ways, so that the two directions of a street count once. An edge
    without geometry is straight; where its stated ``length`` is longer than the chord by more
    than 1 % (or by anything, where no edge of the graph has a geometry), the length is right and
    the bends were dropped, and the length is kept.

    Parameters
    ----------
    graph
        Nodes with ``x`` and ``y`` in the graph's ``crs`` (default WGS 84); edges with ``length``
        and, where they bend, ``geometry`` (a LineString or its WKT).
    notes
        What is known of the source.

    Raises
    ------
    InputError
        If nodes lack coordinates or there is no edge.
    """
    told = dict(notes or {})
    file = None if told.get("source") is None else str(told["source"])
    try:
        node_xy = {n: (float(d["x"]), float(d["y"])) for n, d in graph.nodes(data=True)}
    except (KeyError, ValueError) as error:
        raise InputError(
            "a node of the graph has no x and y", file=file, hint="Save the graph with osmnx."
        ) from error
    rows = [(u, v, data) for u, v, data in graph.edges(data=True)]
    if not rows:
        raise InputError("the graph holds no edge", file=file, hint="Give a walking network.")
    ids = list(node_xy)
    index = {node: i for i, node in enumerate(ids)}
    lonlat = _to_lonlat(np.array(list(node_xy.values())), graph.graph.get("crs"))
    frame = pd.DataFrame.from_records([data for _, _, data in rows])
    u = np.array([index[a] for a, _, _ in rows], dtype=np.int64)
    v = np.array([index[b] for _, b, _ in rows], dtype=np.int64)
    geometry = frame["geometry"] if "geometry" in frame else pd.Series(None, index=frame.index)
    shapes = geometry.map(lambda g: shapely.from_wkt(g) if isinstance(g, str) else g).to_numpy()
    shapes = np.where(pd.isna(shapes), None, shapes)
    straight = np.asarray(pd.isna(shapes), dtype=bool)
    chord = np.stack([lonlat[u], lonlat[v]], axis=1)
    drawn = ~straight
    lines = np.empty(len(rows), dtype=object)
    lines[straight] = shapely.linestrings(chord[straight]) if straight.any() else []
    if drawn.any():
        lines[drawn] = _lines_to_lonlat(shapes[drawn], graph.graph.get("crs"))
    lines = _snap_ends(lines, lonlat[u], lonlat[v])
    return _graph_network(frame, ids, lonlat, u, v, lines, straight, told)


def _graph_network(
    frame: pd.DataFrame,
    ids: list[Any],
    lonlat: FloatArray,
    u: IntArray,
    v: IntArray,
    lines: Any,
    straight: BoolArray,
    told: dict[str, object],
) -> WalkNetwork:
    counts = shapely.get_num_coordinates(lines).astype(np.int64)
    start = starts_of(counts)
    coords = shapely.get_coordinates(lines)
    stated = pd.to_numeric(
        frame.get("length", pd.Series(np.nan, index=frame.index)), errors="coerce"
    ).to_numpy(dtype=float)
    # Two streets whose bends were dropped are twins on paper: the shorter one is walked.
    keep = _one_of_twins(coords, start, np.lexsort((stated, _tags(frame).stairs)))
    coords = coords[ranges(start[:-1][keep], counts[keep])]
    start = starts_of(counts[keep])
    offset = offsets_along(coords, start)
    length = stated[keep]
    own = offset[start[1:] - 1]
    # Where no edge at all has a geometry, the bends of all were dropped: then every excess counts.
    tolerance = 0.0 if straight.all() else CHORD_TOLERANCE
    longer = straight[keep] & (length > own * (1 + tolerance)) & np.isfinite(length)
    scale = np.where(longer & (own > 0), length / np.where(own > 0, own, 1.0), 1.0)
    offset = offset * np.repeat(scale, np.diff(start))
    told["edges_with_stated_length"] = int(longer.sum())
    told["rows"], told["rows_twice"] = len(frame), int((~keep).sum())
    numbers = pd.to_numeric(pd.Series(ids), errors="coerce")
    whole = numbers.notna().all()
    return WalkNetwork(
        node_id=np.asarray(numbers, dtype=np.int64) if whole else np.arange(len(ids)),
        node_lonlat=lonlat,
        edge_u=u[keep],
        edge_v=v[keep],
        edge_start=start,
        coords=coords,
        offset_m=offset,
        tags=_tags(frame[keep]),
        notes=told,
    )


def _snap_ends(lines: Any, first: FloatArray, last: FloatArray) -> Any:
    """Make each line begin and end exactly at its nodes, turned round where it runs backwards."""
    counts = shapely.get_num_coordinates(lines).astype(np.int64)
    start = starts_of(counts)
    coords = shapely.get_coordinates(lines).copy()
    _, _, ahead = GEOD.inv(*coords[start[:-1]].T, *first.T)
    _, _, behind = GEOD.inv(*coords[start[:-1]].T, *last.T)
    backwards = np.asarray(behind) < np.asarray(ahead)
    line = np.repeat(np.arange(len(counts)), counts)
    position = np.arange(len(coords))
    mirrored = start[line] + start[line + 1] - 1 - position
    coords = coords[np.where(backwards[line], mirrored, position)]
    coords[start[:-1]], coords[start[1:] - 1] = first, last
    return shapely.linestrings(coords, indices=line)


def _to_lonlat(xy: FloatArray, crs: Any) -> FloatArray:
    if crs is None or pyproj.CRS(crs) == pyproj.CRS(4326):
        return xy
    to = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    return np.column_stack(to.transform(xy[:, 0], xy[:, 1]))


def _lines_to_lonlat(shapes: Any, crs: Any) -> Any:
    return gpd.GeoSeries(list(shapes), crs=crs or 4326).to_crs(4326).to_numpy()

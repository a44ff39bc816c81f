"""Networks given as networkx graphs of osmnx, or as the GraphML that it writes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray, ranges, starts_of
from livingcircle.errors import InputError
from livingcircle.io.datum.degrees import to_degrees_from
from livingcircle.io.datum.systems import CrsLike
from livingcircle.network.geodesy import GEOD, offsets_along
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.line_tags import (
    check_degrees,
    line_hours,
    line_rolling_tags,
    line_tags,
    mixed_stairs,
)
from livingcircle.network.lines import one_of_duplicates
from livingcircle.network.rolling import rolling_counts

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["network_from_graph"]

# A stated length that exceeds a bare chord by more than this is the true length of a street
# whose bends were not kept; osmnx's own lengths (a sphere of 6,371,009 m) differ by up to 0.6 %.
CHORD_TOLERANCE = 0.01
# osmnx measures on this sphere; a length that is the chord's own there says nothing of bends.
_SPHERE_M = 6_371_009.0
_SPHERE_TOLERANCE = 1e-5
# No street is longer: half the way round the earth.
_LONGEST_M = 20_040_000.0


def network_from_graph(
    graph: nx.MultiDiGraph[Hashable], *, notes: Mapping[str, object] | None = None
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
    record = dict(notes or {})
    file = None if record.get("source") is None else str(record["source"])
    try:
        node_xy = {n: (float(d["x"]), float(d["y"])) for n, d in graph.nodes(data=True)}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "a node of the graph has no x and y", file=file, hint="Save the graph with osmnx."
        ) from error
    rows = [(u, v, data) for u, v, data in graph.edges(data=True)]
    _check_lengths([data["length"] for _, _, data in rows if "length" in data], file)
    if not rows:
        raise InputError("the graph holds no edge", file=file, hint="Give a walking network.")
    ids = list(node_xy)
    index = {node: i for i, node in enumerate(ids)}
    lonlat = _to_lonlat(np.array(list(node_xy.values())), graph.graph.get("crs"), file)
    check_degrees(lonlat, file)
    if any("osmid" in data for _, _, data in rows):
        record["osm_ids"] = True
    frame = pd.DataFrame([data for _, _, data in rows], index=range(len(rows)))
    # Nodes at one place are one junction, as with lines and OpenStreetMap files.
    _, first, place = np.unique(lonlat + 0.0, axis=0, return_index=True, return_inverse=True)
    one = first[place.ravel()]
    record["nodes_at_one_place"] = len(lonlat) - len(first)
    u = one[np.array([index[a] for a, _, _ in rows], dtype=np.int64)]
    v = one[np.array([index[b] for _, b, _ in rows], dtype=np.int64)]
    geometry = frame["geometry"] if "geometry" in frame else pd.Series(None, index=frame.index)
    # A line with NaN in its text is refused below.
    with np.errstate(invalid="ignore"):
        shapes: GeometryArray = np.array(geometry.map(_line_of), dtype=object)
    shapes[pd.isna(shapes)] = None
    _check_lines(geometry, shapes, file)
    straight = np.asarray(pd.isna(shapes), dtype=bool)
    chord = np.stack([lonlat[u], lonlat[v]], axis=1)
    drawn = ~straight
    lines = np.empty(len(rows), dtype=object)
    lines[straight] = shapely.linestrings(chord[straight]) if straight.any() else []
    if drawn.any():
        lines[drawn] = _lines_to_lonlat(shapes[drawn], graph.graph.get("crs"))
    lines = _snap_ends(lines, lonlat[u], lonlat[v])
    return _graph_network(frame, ids, lonlat, u, v, lines, straight, record)


def _graph_network(
    frame: pd.DataFrame,
    ids: list[Hashable],
    lonlat: FloatArray,
    u: IntArray,
    v: IntArray,
    lines: GeometryArray,
    straight: BoolArray,
    record: dict[str, object],
) -> WalkNetwork:
    counts = shapely.get_num_coordinates(lines).astype(np.int64)
    start = starts_of(counts)
    coords = shapely.get_coordinates(lines)
    stated = pd.to_numeric(
        frame.get("length", pd.Series(np.nan, index=frame.index)), errors="coerce"
    ).to_numpy(dtype=float)
    # Two streets whose bends were dropped are twins on paper: the shorter one is walked.
    keep = one_of_duplicates(coords, start, np.lexsort((stated, line_tags(frame).stairs)))
    coords = coords[ranges(start[:-1][keep], counts[keep])]
    start = starts_of(counts[keep])
    offset = offsets_along(coords, start)
    length = stated[keep]
    own = offset[start[1:] - 1]
    # Where no edge at all has a geometry, the bends of all were dropped: then every excess counts,
    # but for lengths that are the chord's own on osmnx's sphere, which the ellipsoid knows better.
    tolerance = 0.0 if straight.all() else CHORD_TOLERANCE
    chord = _on_sphere(lonlat[u[keep]], lonlat[v[keep]])
    bare = np.abs(length - chord) <= _SPHERE_TOLERANCE * chord + 1e-3
    longer = straight[keep] & (length > own * (1 + tolerance)) & np.isfinite(length) & ~bare
    scale = np.where(longer & (own > 0), length / np.where(own > 0, own, 1.0), 1.0)
    offset = offset * np.repeat(scale, np.diff(start))
    record["edges_with_stated_length"] = int(longer.sum())
    record["edges_partly_stairs"] = mixed_stairs(frame[keep])
    record["rows"], record["rows_twice"] = len(frame), int((~keep).sum())
    tags, row = line_rolling_tags(frame[keep]), np.flatnonzero(keep)
    record["rolling"] = rolling_counts(tags, offset[start[1:] - 1], row)
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
        tags=line_tags(frame[keep]),
        hours=line_hours(frame[keep])[1],
        notes=record,
    )


def _line_of(written: object) -> object:
    return shapely.from_wkt(written, on_invalid="ignore") if isinstance(written, str) else written


def _check_lines(written: pd.Series, shapes: GeometryArray, file: str | None) -> None:
    """Refuse geometries of edges that are no lines, or that nobody can read."""
    given = written.notna().to_numpy()
    line = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    line[owner[~np.isfinite(xy).all(axis=1)]] = False
    wrong = given & ~line
    if wrong.any():
        raise InputError(
            f"the geometry of {int(wrong.sum()):,} edges is no line,"
            f" such as {written.iloc[int(np.flatnonzero(wrong)[0])]!s:.40}",
            file=file,
            field="geometry",
            hint="Save the graph again with osmnx, or remove the geometries.",
        )


def _check_lengths(lengths: list[object], file: str | None) -> None:
    """Refuse lengths that no street has."""
    metres = pd.to_numeric(pd.Series(lengths, dtype=object), errors="coerce").to_numpy(float)
    wrong = ~((metres >= 0) & (metres <= _LONGEST_M))
    if wrong.any():
        raise InputError(
            f"{int(wrong.sum()):,} edges have a length that no street has,"
            f" such as {lengths[int(np.flatnonzero(wrong)[0])]!s:.40}",
            file=file,
            field="length",
            hint="Save the graph again with osmnx, or remove the lengths.",
        )


def _on_sphere(first: FloatArray, last: FloatArray) -> FloatArray:
    """Return great-circle metres as osmnx measures them (haversine, R = 6,371,009 m)."""
    (lon1, lat1), (lon2, lat2) = np.radians(first).T, np.radians(last).T
    half = np.sin((lat2 - lat1) / 2) ** 2
    half = half + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * _SPHERE_M * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def _snap_ends(lines: GeometryArray, first: FloatArray, last: FloatArray) -> GeometryArray:
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
    return np.asarray(shapely.linestrings(coords, indices=line))


def _to_lonlat(xy: FloatArray, crs: CrsLike | None, file: str | None) -> FloatArray:
    if crs is None:
        return xy
    to = to_degrees_from(crs, file=file)
    if to.source_crs == to.target_crs:
        return xy
    return np.column_stack(to.transform(xy[:, 0], xy[:, 1]))


def _lines_to_lonlat(shapes: GeometryArray, crs: CrsLike | None) -> GeometryArray:
    return np.asarray(gpd.GeoSeries(list(shapes), crs=crs or 4326).to_crs(4326), dtype=object)

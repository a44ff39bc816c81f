"""Networks given as lines (GeoPackage, GeoJSON, shapefile, ...)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ranges, starts_of
from livingcircle.errors import InputError
from livingcircle.io.column_names import refuse_repeated_columns
from livingcircle.io.datum.degrees import in_degrees
from livingcircle.localized import LocalizedText
from livingcircle.network.geodesy import offsets_along
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.joining import join_lines
from livingcircle.network.line_tags import (
    check_degrees,
    has_osm_ids,
    line_hours,
    line_rolling_tags,
    line_tags,
    shut_lines,
)
from livingcircle.network.rolling import rolling_counts

__all__ = ["network_from_lines", "one_of_duplicates"]


def network_from_lines(
    lines: gpd.GeoDataFrame,
    *,
    notes: Mapping[str, object] | None = None,
    node: bool | None = None,
    snap_m: float = 0.0,
) -> WalkNetwork:
    """Return a network of lines; ends that share a coordinate are one junction.

    Lines that cross, or touch in the middle, without sharing an end are not joined: a bridge is
    no crossing. Where they share many vertices the file was plainly not split at its junctions:
    then lines of one level (``layer``, ``bridge``, ``tunnel``) are joined at the vertices they
    share, and ``notes["joined_at_shared_vertices"]`` tells. Where, moreover, their ends hardly
    meet, and half of the places where they meet, or more, have no vertex, they are joined where
    they cross on one level, and ``notes["joined_at_crossings"]`` tells; from a fifth to a half
    they are where columns tell their levels, and the file is refused where none does. Notes count
    what is not joined.

    Parameters
    ----------
    lines
        LineStrings or MultiLineStrings in any CRS. Columns ``highway``, ``bridge``, ``tunnel``,
        ``layer``, ``footway``, ``foot``, ``access`` and ``motorroad`` are read as OSM tags where
        they exist; ``fclass`` (Geofabrik) stands for ``highway``. Ways that walkers may not use
        are left out.
    notes
        What is known of the source.
    node
        True: join lines of one level wherever they touch or cross; False: only at common ends.
    snap_m
        Ends of one level within so many metres of each other, or of a line, meet.

    Raises
    ------
    InputError
        If there is no line, no CRS, many ends miss each other by centimetres, or nothing tells
        whether lines that cross are junctions or viaducts.
    """
    record = dict(notes or {})
    source = record.get("source")
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
    refuse_repeated_columns(lines, "network")
    shapes = lines.geometry.to_numpy()
    is_line = np.isin(shapely.get_type_id(shapes), (1, 2, 5)) & ~shapely.is_empty(shapes)
    if has_osm_ids(lines):
        record["osm_ids"] = True
    record["rows"], record["rows_without_a_line"] = len(lines), int((~is_line).sum())
    parts = in_degrees(lines[is_line], file=file).explode(ignore_index=True)
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
    check_degrees(coords, file)
    if record.get("mode", "walk") == "walk":
        shut = shut_lines(parts)
        record["ways_left_out"] = dict(Counter(shut[shut != ""].tolist()).most_common())
        parts, coords, start = _rows(parts, coords, start, shut == "")
        if parts.empty:
            raise InputError("no line may be walked on", file=file, hint="Give streets or paths.")
    keep = one_of_duplicates(coords, start, np.argsort(line_tags(parts).stairs, kind="stable"))
    record["rows_twice"] = int((~keep).sum())
    parts, coords, start = _rows(parts, coords, start, keep)
    parts, coords, start = join_lines(
        parts, coords, start, node=node, snap_m=snap_m, record=record, file=file
    )
    return _assemble(parts, coords, start, record)


def _rows(
    parts: gpd.GeoDataFrame, coords: FloatArray, start: IntArray, keep: BoolArray
) -> tuple[gpd.GeoDataFrame, FloatArray, IntArray]:
    counts = np.diff(start)[keep]
    return parts[keep], coords[ranges(start[:-1][keep], counts)], starts_of(counts)


def _assemble(
    parts: gpd.GeoDataFrame, coords: FloatArray, start: IntArray, record: dict[str, object]
) -> WalkNetwork:
    """Join the lines at their ends."""
    counts = np.diff(start)
    ends = np.concatenate([coords[start[:-1]], coords[start[1:] - 1]])
    # -0.0 and 0.0 are one coordinate.
    nodes, node_of = np.unique(ends + 0.0, axis=0, return_inverse=True)
    node_of = node_of.ravel().astype(np.int64)
    offset = offsets_along(coords, start)
    if not offset[start[1:] - 1].any():
        source = record.get("source")
        raise InputError(
            "no line has any length",
            file=None if source is None else str(source),
            hint="Give the layer of street centre lines.",
        )
    tags, row = line_rolling_tags(parts), parts.index.to_numpy()
    record["rolling"] = rolling_counts(tags, offset[start[1:] - 1], row)
    return WalkNetwork(
        node_id=np.arange(len(nodes), dtype=np.int64),
        node_lonlat=nodes,
        edge_u=node_of[: len(counts)],
        edge_v=node_of[len(counts) :],
        edge_start=start,
        coords=coords,
        offset_m=offset,
        tags=line_tags(parts),
        hours=line_hours(parts)[1],
        notes=record,
    )


def one_of_duplicates(coords: FloatArray, start: IntArray, order: IntArray) -> BoolArray:
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

"""Lines that meet without a common end: joined where that is stated or plain, told, or refused."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText
from livingcircle.network.line_tags import line_tags
from livingcircle.network.noding import (
    GAP_M,
    Meetings,
    count_meetings,
    node_lines,
    snap_ends,
)

__all__ = ["UNJOINED", "join_lines", "joined_notes", "unjoined_notes"]

UNJOINED = ("lines_that_cross", "ends_that_miss_by_centimetres", "ends_in_the_middle_of_lines")
"""Notes of a network of lines that count where lines meet and are not joined."""

# From so many meetings on (or a twentieth of the lines) they are more than a few viaducts.
_PLAINLY = 10
# Fewer lines are drawn by hand, and mean what the contract says: they meet at their ends alone.
_STREETS = 15
# Random trees, the least joined of graphs, have two junctions for three dead ends; a file of
# unsplit streets has hardly a place where three of them end.
_ENDS_JOIN = 1 / 3
# Of the places where lines meet, the share that has no vertex: a file of unsplit streets from
# half of them on; up to a fifth they may all be viaducts.
_UNSPLIT, _VIADUCTS = 0.5, 0.2


def join_lines(
    parts: gpd.GeoDataFrame,
    coords: FloatArray,
    start: IntArray,
    *,
    node: bool | None,
    snap_m: float,
    record: dict[str, object],
    file: str | None,
) -> tuple[gpd.GeoDataFrame, FloatArray, IntArray]:
    """Join lines that meet without a common end, as far as was asked or is plain.

    Parameters
    ----------
    parts, coords, start
        Rows of lines, and their coordinates laid end to end, degrees.
    node, snap_m
        What is stated, see ``livingcircle.network.lines.network_from_lines``.
    record
        The notes of the network; counts are written into it.
    file
        The source, for messages.

    Returns
    -------
    parts, coords, start
        The same of the pieces.

    Raises
    ------
    InputError
        If nothing is stated, and whether the lines are to be joined is not plain.
    """
    tags = line_tags(parts)
    level = tags.layer * 4 + tags.bridge * 2 + tags.tunnel
    if snap_m > 0:
        coords, record["ends_snapped"] = snap_ends(coords, start, level, snap_m)
    met = count_meetings(coords, start, level)
    plain = max(_PLAINLY, len(parts) // 20)
    if met.gaps >= plain and snap_m == 0 and node is None:
        raise InputError(
            f"{met.gaps:,} ends of lines lie within {GAP_M * 100:.0f} cm of another line and do"
            " not touch it, as in a CAD drawing",
            file=file,
            hint=f"State snap_m = {GAP_M} and node = true to join them, or node = false.",
        )
    crossings = bool(node)
    if node is None and met.crossing >= plain and len(parts) >= _STREETS:
        crossings = _unsplit(met, *_ends(coords, start), bool(level.any()), file)
    if crossings or snap_m > 0 or (node is None and met.touching >= plain):
        shared = node is not False
        if shared:
            record["joined_at_shared_vertices"] = met.touching
        if crossings:
            record["joined_at_crossings"] = met.crossing
        coords, start, line = node_lines(
            coords, start, level, crossings=crossings, snap_m=snap_m, shared=shared
        )
        parts = parts.iloc[line]
        met = _left(
            met, coords, start, level[line], crossings=crossings, snap_m=snap_m, shared=shared
        )
    left = (met.crossing, met.gaps, met.touching)
    record.update(zip(UNJOINED, left, strict=True))
    return parts, coords, start


def _left(
    met: Meetings,
    coords: FloatArray,
    start: IntArray,
    level: IntArray,
    *,
    crossings: bool,
    snap_m: float,
    shared: bool,
) -> Meetings:
    """Return how the pieces still meet without a common end."""
    gaps, crossing = met.gaps, 0 if crossings else met.crossing
    if snap_m > 0:
        # What was moved by up to `snap_m` may cross anew beside the junction that it made.
        gaps = 0 if snap_m >= GAP_M else count_meetings(coords, start, level).gaps
        crossing = 0 if crossings else met.crossing - met.tees
    return Meetings(touching=0 if shared else met.touching, crossing=crossing, tees=0, gaps=gaps)


def _ends(coords: FloatArray, start: IntArray) -> tuple[int, int]:
    """Count the places where three lines or more end, and those where but one does."""
    ends = np.concatenate([coords[start[:-1]], coords[start[1:] - 1]]) + 0.0
    _, times = np.unique(ends, axis=0, return_counts=True)
    return int((times > 2).sum()), int((times == 1).sum())


def _unsplit(met: Meetings, junctions: int, loose: int, levels: bool, file: str | None) -> bool:
    """Return whether the streets of a file were not split where they cross.

    Where lines join at their ends, as the edges of a graph do, one that crosses another is a
    viaduct.
    """
    if junctions and junctions >= _ENDS_JOIN * (junctions + loose):
        return False
    places = met.crossing + met.touching + junctions
    share = met.crossing / places
    if share <= _VIADUCTS:
        return False
    if share >= _UNSPLIT or levels:
        return True
    raise InputError(
        LocalizedText(
            f"线与线相遇的 {places:,} 处中，有 {met.crossing:,} 处没有共用的顶点，"
            "看不出是路口还是立交",
            f"of {places:,} places where lines meet, {met.crossing:,} have no vertex that the"
            " lines share: junctions or viaducts, the file does not tell",
        ),
        file=file,
        field="node",
        hint=LocalizedText(
            "请注明 node = true（--node）在同层相交处连通，或 node = false（--no-node）"
            "只在端点连通；layer、bridge、tunnel 列可说明层次。",
            "State node = true (--node) to join what crosses on one level, or node = false"
            " (--no-node) to join ends alone; columns layer, bridge, tunnel tell levels.",
        ),
    )


def joined_notes(notes: Mapping[str, object]) -> list[LocalizedText]:
    """Return what to say of lines that were joined though no ends of theirs meet.

    Parameters
    ----------
    notes
        Of a network of lines: how it was understood.
    """
    found = []
    if at := _count(notes, "joined_at_crossings"):
        found.append(
            LocalizedText(
                f"道路未在路口断开：同层相交而无共用顶点的 {at:,} 处已作路口连通",
                "the streets were not split at junctions: where they cross on one level without"
                f" a vertex they are joined, {at:,} places",
            )
        )
    if at := _count(notes, "joined_at_shared_vertices"):
        found.append(
            LocalizedText(
                f"道路未在路口断开：同层共用顶点的 {at:,} 处已作路口连通",
                "the streets were not split at junctions: where they share a vertex on one level"
                f" they are joined, {at:,} places",
            )
        )
    return found


def unjoined_notes(notes: Mapping[str, object]) -> list[LocalizedText]:
    """Return what to say of lines that meet and are not joined; empty where there is none.

    Parameters
    ----------
    notes
        Of a network of lines: how it was understood.
    """
    crossing, gaps, middle = (_count(notes, name) for name in UNJOINED)
    found = []
    if crossing + middle:
        found.append(
            LocalizedText(
                f"路网：{crossing + middle:,} 处同层道路相交或相接而未连通，不能由此通行；"
                "若是路口，请用 --node",
                "network: places where streets of one level cross or touch and are not joined, so"
                f" that nobody turns: {crossing + middle:,}; give --node if they are junctions",
            )
        )
    if gaps:
        found.append(
            LocalizedText(
                f"路网：{gaps:,} 个端点与另一条道路相差几厘米而未接上；若应接上，请用 --snap-m 0.1",
                "network: ends that miss another street by centimetres and are not joined to it:"
                f" {gaps:,}; give --snap-m 0.1 if they should be",
            )
        )
    return found


def _count(notes: Mapping[str, object], name: str) -> int:
    return int(str(notes.get(name) or 0))

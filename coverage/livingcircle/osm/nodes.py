"""Nodes of OpenStreetMap files: who passes at them, and where they lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import osmium

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.osm.access import Private, shut_for_walkers, walking_hours, way_words
from livingcircle.osm.edits import UNDEFINED, is_text, places_of
from livingcircle.osm.wheeled_access import WheelsAt, at_barrier, kerb_m

__all__ = ["node_degrees", "passing_at_nodes", "placed_nodes"]


def passing_at_nodes(
    path: Path, private: Private, gone: Mapping[str, frozenset[int]], free: frozenset[str]
) -> tuple[dict[int, str], frozenset[int], dict[int, float], dict[int, str], dict[int, WheelsAt]]:
    """Return nodes: shut ones and why, those that open a wall, kerbs, gates by hour, by wheels."""
    keys = way_words()["node"]["opening_keys"]
    shut: dict[int, str] = {}
    opening, kerbs, timed = set(), dict[int, float](), dict[int, str]()
    wheels: dict[int, WheelsAt] = {}
    reader = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
        osmium.filter.KeyFilter("barrier", "foot", "kerb", "kerb:height", *sorted(keys))
    )
    for node in reader:
        if not node.visible or node.id in gone["node"]:
            continue
        tags = dict(node.tags)
        opened = not free.isdisjoint((f"node/{node.id}", f"barrier={tags.get('barrier')}"))
        why = None if opened else shut_for_walkers(tags, private)
        if not math.isnan(height := kerb_m(tags)):
            kerbs[node.id] = height
        met = at_barrier(tags) if "barrier" in tags and not opened else None
        if met is not None:
            wheels[node.id] = met
        said = walking_hours(tags) if "barrier" in tags and not opened else None
        if why is None and said is not None:
            timed[node.id] = said
        if why is not None:
            shut[node.id] = why
        elif opened or "barrier" in tags or not keys.isdisjoint(tags):
            opening.add(node.id)
    named = {int(name.removeprefix("node/")) for name in free if name.startswith("node/")}
    return shut, frozenset(opening | named), kerbs, timed, wheels


def placed_nodes(path: Path, *parts: IntArray) -> list[IntArray]:
    """Return rows ``id, x, y``; places that osmium did not know are looked up in the file.

    Those are nodes with negative ids, which editors give to new ones, and in text files nodes that
    come after the ways (Overpass writes them so).
    """
    whole = np.concatenate(parts)
    unknown = whole[:, 0] < 0
    lost = whole[:, 1] == UNDEFINED
    if is_text(path) or lost.mean() > 0.5:
        unknown |= lost
    if unknown.any():
        table = places_of(path, whole[unknown, 0].tolist())
        wanted = whole[unknown, 0]
        at = np.clip(np.searchsorted(table[:, 0], wanted), 0, max(len(table) - 1, 0))
        there = np.zeros(len(wanted), dtype=bool) if not len(table) else table[at, 0] == wanted
        rows = np.flatnonzero(unknown)
        whole[rows, 1:] = UNDEFINED
        whole[rows[there], 1:] = table[at[there], 1:]
    return np.split(whole, np.cumsum([len(part) for part in parts])[:-1])


def node_degrees(flat: IntArray) -> FloatArray:
    """Return longitude and latitude of rows ``id, x, y``; NaN where the place is not known."""
    lonlat = flat[:, 1:] / 1e7
    lonlat[flat[:, 1] == UNDEFINED] = np.nan
    return lonlat

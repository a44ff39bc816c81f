"""OpenStreetMap files (.osm.pbf, .osm) read in one streaming pass into arrays of ways."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
import osmium

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.errors import InputError, MissingFileError

__all__ = ["OsmWays", "first_line", "read_ways"]

Mode = Literal["walk", "drive"]
_UNDEFINED = 2147483647  # osmium's coordinate of a node that the file does not hold
_KM_H = 1 / 3.6
_MPH = 1.609344 / 3.6


@dataclass(frozen=True)
class OsmWays:
    """Ways that may be used, one value a way; nodes flat, ``start[i]:start[i + 1]`` a way."""

    start: IntArray
    node: IntArray
    """OSM node ids along the ways."""
    lonlat: FloatArray
    """(len(node), 2) degrees; NaN where the file does not hold the node."""
    stairs: BoolArray
    crossing: BoolArray
    bridge: BoolArray
    tunnel: BoolArray
    layer: IntArray
    residential: BoolArray
    speed_m_s: FloatArray
    """Driving speed; NaN for mode "walk"."""
    notes: Mapping[str, object]


@cache
def _rules() -> dict[str, Any]:
    text = files("livingcircle.osm").joinpath("osm_ways.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _walk_filter() -> Callable[[Mapping[str, str]], str | None]:
    """Return a function from a way's tags to why it may not be walked, or None."""
    rule = _rules()["walk"]
    not_highway, not_service = set(rule["not_highway"]), set(rule["not_service"])
    closed_access, closed_foot = set(rule["closed_access"]), set(rule["closed_foot"])
    open_foot, pavements = set(rule["open_foot"]), rule["separate_pavement"]

    def why_not(tags: Mapping[str, str]) -> str | None:
        if tags["highway"] in not_highway:
            return f"highway={tags['highway']}"
        if tags.get("area") == "yes":
            return "area=yes"
        foot = tags.get("foot")
        if foot in closed_foot:
            return f"foot={foot}"
        if tags.get("access") in closed_access and foot not in open_foot:
            return f"access={tags['access']}"
        if tags.get("service") in not_service:
            return f"service={tags['service']}"
        if any(tags.get(key) == "separate" for key in pavements):
            return "sidewalk=separate"
        return None

    return why_not


def _drive_filter() -> Callable[[Mapping[str, str]], str | None]:
    """Return a function from a way's tags to why it may not be driven, or None."""
    rule = _rules()["drive"]
    not_highway, not_service = set(rule["not_highway"]), set(rule["not_service"])
    closed_access, closed_motor = set(rule["closed_access"]), set(rule["closed_motor"])

    def why_not(tags: Mapping[str, str]) -> str | None:
        if tags["highway"] in not_highway:
            return f"highway={tags['highway']}"
        if tags.get("area") == "yes":
            return "area=yes"
        if tags.get("access") in closed_access:
            return f"access={tags['access']}"
        for key in ("motor_vehicle", "motorcar"):
            if tags.get(key) in closed_motor:
                return f"{key}=no"
        if tags.get("service") in not_service:
            return f"service={tags['service']}"
        return None

    return why_not


def _speed_m_s(tags: Mapping[str, str]) -> float:
    """Return the driving speed of a way: its maxspeed, else the default of its class."""
    stated = tags.get("maxspeed", "").split(";")[0].strip().lower()
    number = stated.removesuffix("mph").removesuffix("km/h").strip()
    if number.isascii() and number.isdigit() and int(number) > 0:
        return int(number) * (_MPH if stated.endswith("mph") else _KM_H)
    speeds = _rules()["drive"]["speed_km_h"]
    return float(speeds.get(tags["highway"], speeds["default"])) * _KM_H


def _layer(tags: Mapping[str, str]) -> int:
    text = tags.get("layer", "0")
    try:
        return max(-9, min(9, int(text)))
    except ValueError:
        return 0


def _is_crossing(tags: Mapping[str, str]) -> bool:
    return "crossing" in (tags.get("footway"), tags.get("path"), tags["highway"])


def read_ways(path: str | Path, mode: Mode = "walk") -> OsmWays:
    """Read the usable ways of an OpenStreetMap file.

    Parameters
    ----------
    path
        A ``.osm.pbf`` or ``.osm`` file (also ``.osm.gz``, ``.osm.bz2``), nodes before ways as OSM
        files are sorted.
    mode
        ``"walk"`` or ``"drive"``; the rules are in ``osm_ways.toml``.

    Returns
    -------
    OsmWays
        Ways in the order of the file. ``notes`` counts what was left out and why, and nodes that
        the file names but does not hold.

    Raises
    ------
    MissingFileError, InputError
        If the file is absent, broken or holds no usable way.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("no such file", file=path, hint="Check the path of the network.")
    why_not = _walk_filter() if mode == "walk" else _drive_filter()
    homes = set(_rules()["residential"]["highway"])
    left_out: Counter[str] = Counter()
    nodes: list[tuple[int, int, int]] = []
    counts: list[int] = []
    attributes: list[tuple[bool, bool, bool, bool, int, bool, float]] = []
    ways = 0
    try:
        reader = (
            osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway"))
        )
        for way in reader:
            ways += 1
            tags = dict(way.tags)
            reason = why_not(tags)
            if reason is not None:
                left_out[reason] += 1
                continue
            before = len(nodes)
            nodes += [(n.ref, n.x, n.y) for n in way.nodes]
            counts.append(len(nodes) - before)
            attributes.append(
                (
                    tags["highway"] == "steps",
                    _is_crossing(tags),
                    tags.get("bridge", "no") != "no",
                    tags.get("tunnel", "no") != "no",
                    _layer(tags),
                    tags["highway"] in homes,
                    _speed_m_s(tags) if mode == "drive" else math.nan,
                )
            )
        timestamp = reader.header.get("osmosis_replication_timestamp", "")
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(
            f"the OpenStreetMap file cannot be read ({first_line(error)})",
            file=path,
            hint="Download or export it again; it may be cut off or not be an OSM file.",
        ) from error
    if not counts:
        raise InputError(
            f"no way in the file may be used to {mode} ({ways} ways with a highway tag)",
            file=path,
            hint="Give an extract that holds streets.",
        )
    flat = np.array(nodes, dtype=np.int64).reshape(-1, 3)
    _place_drawn_nodes(path, flat)
    missing = flat[:, 1] == _UNDEFINED
    lonlat = flat[:, 1:] / 1e7
    lonlat[missing] = np.nan
    table = np.array(attributes, dtype=np.float64).reshape(-1, 7)
    return OsmWays(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        node=flat[:, 0].copy(),
        lonlat=lonlat,
        stairs=table[:, 0] > 0,
        crossing=table[:, 1] > 0,
        bridge=table[:, 2] > 0,
        tunnel=table[:, 3] > 0,
        layer=table[:, 4].astype(np.int64),
        residential=table[:, 5] > 0,
        speed_m_s=table[:, 6],
        notes={
            "source": path.name,
            "format": "OpenStreetMap",
            "mode": mode,
            "data_date": timestamp,
            "ways_with_highway": ways,
            "ways_used": len(counts),
            "ways_left_out": dict(left_out.most_common()),
            "nodes_missing_from_file": int(np.unique(flat[missing, 0]).size),
        },
    )


def _place_drawn_nodes(path: Path, flat: IntArray) -> None:
    """Fill in the places of nodes with negative ids, which editors give to new ones.

    osmium's table of places holds positive ids only, so the file is read once more for them.
    """
    drawn = flat[:, 0] < 0
    if not drawn.any():
        return
    reader = osmium.FileProcessor(str(path), osmium.osm.NODE)
    found = sorted((n.id, n.location.x, n.location.y) for n in reader if n.id < 0)
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    wanted = flat[drawn, 0]
    at = np.clip(np.searchsorted(table[:, 0], wanted), 0, max(len(table) - 1, 0))
    there = np.zeros(len(wanted), dtype=bool) if not len(table) else table[at, 0] == wanted
    rows = np.flatnonzero(drawn)
    flat[rows, 1:] = _UNDEFINED
    flat[rows[there], 1:] = table[at[there], 1:]


def first_line(error: Exception) -> str:
    """Return what another library says of a failure, short enough for one line."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]

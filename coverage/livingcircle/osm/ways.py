"""OpenStreetMap files (.osm.pbf, .osm) read in streaming passes into arrays of ways."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import osmium

from livingcircle._arrays import BoolArray, FloatArray, IntArray, starts_of
from livingcircle.errors import ConfigError, InputError, MissingFileError, first_line
from livingcircle.io.formats.bounds import check_compressed, refuse_special
from livingcircle.osm.access import (
    Mode,
    Private,
    Refusal,
    Tags,
    access_of,
    layer_of,
    object_name,
    speed_m_s,
    walking_hours,
    way_class,
    way_words,
)
from livingcircle.osm.edits import UNDEFINED, deleted_ids
from livingcircle.osm.nodes import node_degrees, passing_at_nodes, placed_nodes
from livingcircle.osm.squares import lines_across
from livingcircle.osm.walls import WallLines
from livingcircle.osm.way_flags import FIRST_NUMBER, FLAGS, way_flags, way_numbers
from livingcircle.osm.way_texts import WayTexts, read_way_texts, tags_of
from livingcircle.osm.wheeled_access import WheelsAt

__all__ = ["OsmWays", "read_ways"]

_KEYS = ("highway", "railway", "public_transport", "man_made", "place", "barrier")
_AREAS = frozenset({"platform", "pier", "square"})
_TELL_NOTHING = ("name", "alt_name", "old_name", "official_name", "ref", "source", "note", "addr:")
"""Begins of keys that differ from way to way and say nothing of who may use it."""


@dataclass(frozen=True)
class OsmWays:
    """Ways that may be used, one value per way; nodes flat, ``start[i]:start[i + 1]`` per way."""

    start: IntArray
    node: IntArray
    """OSM node ids along the ways."""
    lonlat: FloatArray
    """(len(node), 2) degrees; NaN where the file does not hold the node."""
    way_id: IntArray
    stairs: BoolArray
    crossing: BoolArray
    bridge: BoolArray
    tunnel: BoolArray
    layer: IntArray
    residential: BoolArray
    private: BoolArray
    """For those who live or go there: no way leads through."""
    door: BoolArray
    """Houses may stand on it."""
    step_free: BoolArray
    signals: BoolArray
    """A crossing with traffic lights."""
    escalator: BoolArray
    lift: BoolArray
    footpath: BoolArray
    """For people on foot alone."""
    limited: BoolArray
    """Wheelchairs pass with help only."""
    pram_free: BoolArray
    kerb_m: FloatArray
    """Kerb of the way; NaN for none."""
    width_m: FloatArray
    """NaN where nothing is told, or as wide as anybody needs."""
    incline: FloatArray
    """Slope that is stated, without a sign; NaN for none."""
    rolling_tags: IntArray
    """What each way tells of rolling, see ``osm.wheeled_access.rolling_tags``."""
    hours: IntArray
    """Position in ``hours_said``, from 1 on, of when it is open; 0: always."""
    passage: BoolArray
    """On a bridge, in a tunnel or through a building: walls on the map do not stop it."""
    speed_m_s: FloatArray
    """Driving speed; NaN for mode "walk"."""
    notes: Mapping[str, object]
    shut: Mapping[int, str] = field(default_factory=dict)
    """OSM nodes that let nobody through → why."""
    kerbs: Mapping[int, float] = field(default_factory=dict)
    """Nodes with a kerb → its metres."""
    wheels: Mapping[int, WheelsAt] = field(default_factory=dict)
    """Gates and bollards that keep out who rolls."""
    timed: Mapping[int, str] = field(default_factory=dict)
    """Gates that are open at times → their opening hours."""
    hours_said: tuple[str, ...] = ()
    """Hours of ways that are open at times."""
    opening: frozenset[int] = frozenset()
    """Nodes that open a wall: gates, entrances, doors."""
    wall_start: IntArray = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    wall_node: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    wall_lonlat: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    wall_id: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    opened: frozenset[str] = frozenset()
    """What the user opens: "way/1", "node/2"."""


def _may_be_area(tags: Tags) -> bool:
    """Return whether a closed way with these tags is walked as an area."""
    is_area, kind = tags.get("area"), way_class(tags)
    square = kind == "pedestrian" and tags.get("place") == "square"
    return is_area == "yes" or (is_area != "no" and (square or kind in _AREAS))


@dataclass
class _Read:
    """What the pass over the ways gathers."""

    rows: list[IntArray] = field(default_factory=list)
    """(nodes, 3) id, x and y, one part for each of `counts`."""
    counts: list[IntArray] = field(default_factory=list)
    way_id: list[int] = field(default_factory=list)
    values: list[tuple[float, ...]] = field(default_factory=list)
    area: list[int] = field(default_factory=list)
    """Number of the area whose outline a way is; -1: of none."""
    stated: set[str] = field(default_factory=set)
    """Ways of the file that the user opens."""
    hours: dict[str, int] = field(default_factory=dict)
    """Hours of ways that are open at times → 1, 2, ..."""

    def hours_at(self, tags: Tags, mode: Mode) -> int:
        """Return the number of the hours of a way; 0: it is always open."""
        said = walking_hours(tags) if mode == "walk" else None
        return 0 if said is None else self.hours.setdefault(said, len(self.hours) + 1)

    def add(self, way_id: int, values: tuple[float, ...], area: int) -> None:
        self.way_id.append(way_id)
        self.values.append(values)
        self.area.append(area)

    def add_nodes(self, texts: WayTexts, rows: list[int]) -> None:
        """Take in the nodes of the ways that were added since the last call."""
        counts, nodes = texts.nodes_of(np.array(rows, dtype=np.int64))
        self.counts.append(counts)
        self.rows.append(nodes)


def read_ways(
    path: str | Path,
    mode: Mode = "walk",
    *,
    private: Private = "destination",
    opened: Iterable[str] = (),
) -> OsmWays:
    """Read the usable ways of an OpenStreetMap file.

    Squares (areas, also multipolygons) are walked along their outline and straight across between
    the places where streets meet it. Objects that are deleted (``visible="false"``,
    ``action="delete"``) are left out.

    Parameters
    ----------
    path
        A ``.osm.pbf`` or ``.osm`` file (also ``.osm.gz``, ``.osm.bz2``), in any order of objects.
    mode
        ``"walk"`` or ``"drive"``; the rules are in ``osm_ways.toml``.
    private
        What ``access=private`` means to walkers.
    opened
        Objects that are open whatever their tags say: ``"way/1"``, ``"node/2"``; or all barriers
        of a kind: ``"barrier=hedge"``.

    Returns
    -------
    OsmWays
        Ways in the order of the file. ``notes`` counts what was left out and why, and nodes that
        the file names but does not hold.

    Raises
    ------
    MissingFileError, InputError, ConfigError
        If the file is absent, broken or holds no usable way; if ``opened`` is no list of objects.
    """
    path = Path(path)
    refuse_special(path)
    if not path.is_file():
        raise MissingFileError("no such file", file=path, hint="Check the path of the network.")
    check_compressed(path)
    free = frozenset(object_name(name) for name in opened)
    left_out: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    walls, shut, opening = WallLines(), dict[int, str](), frozenset[int]()
    kerbs, timed, wheels = dict[int, float](), dict[int, str](), dict[int, WheelsAt]()
    try:
        gone = deleted_ids(path)
        members = _members(path, mode, private, gone) if mode == "walk" else {}
        found, ways, timestamp = _pass(
            path, mode, private, free, gone, members, left_out, ignored, walls
        )
        if mode == "walk":
            shut, opening, kerbs, timed, wheels = passing_at_nodes(path, private, gone, free)
    except (RuntimeError, ValueError, OSError, EOFError) as error:
        if isinstance(error, ConfigError):
            raise
        raise InputError(
            f"the OpenStreetMap file cannot be read ({first_line(error)})",
            file=path,
            hint="Download or export it again; it may be cut off or not be an OSM file.",
        ) from error
    if not found.way_id:
        raise InputError(
            f"no way in the file may be used to {mode} ({ways} ways with a highway tag)",
            file=path,
            hint="Give an extract that holds streets.",
        )
    flat, wall_flat = placed_nodes(path, np.concatenate(found.rows), walls.nodes)
    missing = flat[:, 1] == UNDEFINED
    here = found.stated | walls.stated
    if free:
        here |= {f"node/{i}" for i in np.append(flat[:, 0], wall_flat[:, 0]).tolist()}
    table = np.array(found.values, dtype=np.float64).reshape(-1, FIRST_NUMBER + 7)
    start, area = starts_of(np.concatenate(found.counts)), np.array(found.area, dtype=np.int64)
    node, lonlat, way_id = flat[:, 0].copy(), node_degrees(flat), np.array(found.way_id)
    across = lines_across(start, node, lonlat, area)
    if len(across.node):
        node, lonlat = np.append(node, across.node), np.concatenate([lonlat, across.lonlat])
        start = np.append(start, start[-1] + 2 * np.arange(1, len(across.way) + 1))
        table = np.concatenate([table, table[across.way]])
        way_id = np.append(way_id, way_id[across.way])
    return OsmWays(
        start=start,
        node=node,
        lonlat=lonlat,
        way_id=way_id.astype(np.int64),
        layer=table[:, -2].astype(np.int64),
        speed_m_s=table[:, -1],
        shut=shut,
        kerbs=kerbs,
        wheels=wheels,
        timed=timed,
        opening=opening,
        wall_start=starts_of(walls.counts),
        wall_node=wall_flat[:, 0].copy(),
        wall_lonlat=node_degrees(wall_flat),
        wall_id=np.array(walls.way_id, dtype=np.int64),
        opened=free,
        notes={
            "source": path.name,
            "format": "OpenStreetMap",
            "mode": mode,
            "data_date": timestamp,
            "ways_with_highway": ways,
            "ways_used": len(found.way_id),
            "ways_left_out": dict(left_out.most_common()),
            "ways_private": int(table[:, FLAGS.index("private")].sum()),
            "opened_not_found": sorted(free - here),
            "tags_ignored": dict(ignored.most_common()),
            "squares": int(area.max(initial=-1)) + 1,
            "squares_outline_only": across.outline_only,
            "walls_by_kind": dict(walls.kinds.most_common()),
            "barriers_passed_on_foot": dict(walls.passed.most_common()),
            "lines_across_squares": len(across.way),
            "nodes_missing_from_file": int(np.unique(flat[missing, 0]).size),
        },
        kerb_m=table[:, FIRST_NUMBER],
        width_m=table[:, FIRST_NUMBER + 1],
        incline=table[:, FIRST_NUMBER + 2],
        rolling_tags=table[:, FIRST_NUMBER + 3].astype(np.int64),
        hours=table[:, FIRST_NUMBER + 4].astype(np.int64),
        hours_said=tuple(found.hours),
        **{name: table[:, i] > 0 for i, name in enumerate(FLAGS)},
    )


def _pass(
    path: Path,
    mode: Mode,
    private: Private,
    free: frozenset[str],
    gone: Mapping[str, frozenset[int]],
    members: Mapping[int, tuple[int, Tags, bool]],
    left_out: Counter[str],
    ignored: Counter[str],
    walls: WallLines,
) -> tuple[_Read, int, str]:
    """Read all ways once; return what may be used, the number of streets, and the file's date."""
    found, ways = _Read(), 0
    judged = _judged(mode, private, found)
    areas = max((number for number, _, _ in members.values()), default=-1) + 1
    keys = osmium.filter.KeyFilter(*(_KEYS if mode == "walk" else ("highway",)))
    texts, date = read_way_texts(path, keys, _TELL_NOTHING)
    used = []
    there = zip(texts.way_id, texts.tags, texts.closed.tolist(), texts.counts.tolist(), strict=True)
    for row, (way_id, text, closed, nodes) in enumerate(there):
        if way_id in gone["way"]:
            continue
        name = f"way/{way_id}"
        told = judged(text, name in free and mode == "walk")
        if name in free:
            found.stated.add(name)
        if nodes:
            walls.add(row, way_id, told.tags, free)
        if not told.kind:
            continue
        ways += 1
        reason = told.reason
        area_only = told.tags.get("area") == "yes" or told.kind == "square"
        if reason is None and area_only and not closed:
            reason = "area=yes"  # an area that the extract cut, or none
        if reason is not None:
            left_out[reason] += 1
            continue
        if told.ignored:
            ignored.update(told.ignored)
        area = -1
        if closed and mode == "walk" and _may_be_area(told.tags):
            area, areas = areas, areas + 1
        if nodes:
            used.append(row)
            found.add(way_id, told.values, area)
    found.add_nodes(texts, used)
    walls.add_nodes(texts)
    if members:
        _outlines(path, members, gone, free, found)
    return found, ways, date


@dataclass(frozen=True)
class _Told:
    """What the tags of a way say."""

    tags: Tags
    kind: str
    """Its class; empty where it is no street."""
    reason: Refusal
    values: tuple[float, ...]
    ignored: frozenset[str]
    """Keys that say something about walking which is not read."""


def _judged(mode: Mode, private: Private, found: _Read) -> Callable[[str, bool], _Told]:
    """Return a function from the text of tags to what they say.

    A million ways carry some thousand sets of tags: each set is judged once. Hours of ways are
    numbered in `found`.
    """
    may, unread = access_of(mode, private), way_words()["ignored"]["keys"]

    @cache
    def judged(text: str, free: bool) -> _Told:
        tags = tags_of(text)
        kind = way_class(tags)
        if not kind:
            return _Told(tags, kind, None, (), frozenset())
        reason, own = (None, False) if free else may(tags)
        pace = speed_m_s(tags) if mode == "drive" else math.nan
        hours = 0 if free or reason is not None else found.hours_at(tags, mode)
        values = (*way_flags(tags, own), *way_numbers(tags), hours, layer_of(tags), pace)
        return _Told(tags, kind, reason, values, unread & tags.keys())

    return judged


def _members(
    path: Path, mode: Mode, private: Private, gone: Mapping[str, frozenset[int]]
) -> dict[int, tuple[int, Tags, bool]]:
    """Return the outline ways of multipolygons that may be walked: number of the area, its tags."""
    may = access_of(mode, private)
    found: dict[int, tuple[int, Tags, bool]] = {}
    reader = osmium.FileProcessor(str(path), osmium.osm.RELATION).with_filter(
        osmium.filter.KeyFilter(*_KEYS[:-1])
    )
    number = 0
    for relation in reader:
        tags = dict(relation.tags)
        if tags.get("type") != "multipolygon" or not way_class(tags):
            continue
        reason, own = may(tags)
        if reason is not None or not relation.visible or relation.id in gone["relation"]:
            continue
        for member in relation.members:
            if member.type == "w":
                found[member.ref] = (number, tags, own)
        number += 1
    return found


def _outlines(
    path: Path,
    members: Mapping[int, tuple[int, Tags, bool]],
    gone: Mapping[str, frozenset[int]],
    free: frozenset[str],
    found: _Read,
) -> None:
    texts, _ = read_way_texts(path, osmium.filter.IdFilter(list(members)))
    used = []
    for row, (way_id, nodes) in enumerate(zip(texts.way_id, texts.counts.tolist(), strict=True)):
        if nodes and way_id not in gone["way"]:
            number, tags, own = members[way_id]
            hours = 0 if f"way/{way_id}" in free else found.hours_at(tags, "walk")
            values = (*way_flags(tags, own), *way_numbers(tags), hours, layer_of(tags), math.nan)
            used.append(row)
            found.add(way_id, values, number)
    found.add_nodes(texts, used)

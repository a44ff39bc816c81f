"""What columns of a layer of lines, or attributes of a graph, say of each edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ObjectArray
from livingcircle.errors import InputError
from livingcircle.network.graph import EdgeTags
from livingcircle.osm.access import walking_hours, way_words
from livingcircle.osm.wheeled_access import (
    incline_of,
    kerb_m,
    pram_free,
    rolling_tags,
    step_free,
    wheels_limited,
    width_m,
)

__all__ = [
    "check_degrees",
    "has_osm_ids",
    "line_hours",
    "line_rolling_tags",
    "line_tags",
    "mixed_stairs",
    "shut_lines",
]

_OFF = ["", "no", "false", "0", "nan", "none", "f"]


def _text(parts: pd.DataFrame, *names: str) -> pd.Series:
    """Return the first of these columns in lower case; empty where there is none."""
    for name in names:
        if name in parts.columns:
            column = parts[name].astype(object)
            return column.map(lambda value: str(value).lower()).where(column.map(_one).notna(), "")
    return pd.Series("", index=parts.index)


def _one(value: object) -> object:
    """Return a value of its own, or the first of a list (osmnx merges tags into lists)."""
    if isinstance(value, list | tuple | np.ndarray):
        return value[0] if len(value) else None
    return value


def _all_of(text: pd.Series, words: frozenset[str]) -> BoolArray:
    """Return where every word of a value (one, or a list written out) is among some words."""
    found: dict[str, bool] = {}
    for value in text.unique():
        several = value.strip("[]").replace("'", "").replace('"', "").replace(";", ",").split(",")
        found[value] = all(one.strip() in words for one in several)
    return np.asarray(text.map(found), dtype=bool)


def _any_of(text: pd.Series, words: frozenset[str]) -> BoolArray:
    """Return where a value, or one of several ("yes;designated"), is among some words."""
    found = {v: not words.isdisjoint(map(str.strip, v.split(";"))) for v in text.unique()}
    return np.asarray(text.map(found), dtype=bool)


def line_tags(parts: pd.DataFrame) -> EdgeTags:
    """Read columns as OpenStreetMap tags, row by row; a missing column says nothing."""

    def on(name: str) -> BoolArray:
        return np.asarray(~_text(parts, name).isin(_OFF), dtype=bool)

    highway = _text(parts, "highway", "fclass")
    homes = "residential|living_street|unclassified|pedestrian|tertiary"
    known = bool((highway != "").any())
    number = pd.to_numeric(_text(parts, "layer"), errors="coerce").fillna(0).clip(-9, 9)
    layer = number.to_numpy().astype(np.int64)
    stairs = np.asarray(highway.str.contains("steps"), dtype=bool)
    rule, foot = way_words(), _text(parts, "foot")
    bridge = on("bridge")
    tunnel = on("tunnel") & ~_text(parts, "tunnel").isin(rule["level"]["no_tunnel"]).to_numpy()
    walkway = _all_of(highway, rule["level"]["walkway"])
    up = (bridge | (layer > 0)) & ~walkway & known
    motorroad = (_text(parts, "motorroad") == "yes").to_numpy()
    never = _all_of(highway, rule["level"]["never"])
    ways = rule["walk"]
    own = _all_of(_text(parts, "access"), ways["private_access"] | ways["closed_access"])
    return EdgeTags(
        stairs=stairs,
        crossing=np.asarray(_text(parts, "footway").str.contains("crossing"), dtype=bool),
        bridge=bridge,
        tunnel=tunnel,
        layer=layer,
        residential=np.asarray(highway.str.contains(homes) | (not known), dtype=bool),
        private=own & ~_any_of(foot, ways["open_foot"]) & (line_hours(parts)[0] == 0),
        inside=np.zeros(len(parts), dtype=bool),
        door=~(up | tunnel | (layer < 0) | motorroad | never),
        step_free=_each(parts, stairs, step_free) > 0,
        limited=_each(parts, stairs, wheels_limited) > 0,
        pram_free=_each(parts, stairs, pram_free) > 0,
        kerb_m=_each(parts, stairs, kerb_m),
        width_m=_each(parts, stairs, width_m),
        incline=_each(parts, stairs, incline_of),
        signals=(_text(parts, "crossing") == "traffic_signals").to_numpy(),
        escalator=stairs & on("conveying"),
        lift=np.asarray(highway.str.contains("elevator"), dtype=bool),
        crossing_m=np.full(len(parts), np.nan),
        footpath=np.asarray(walkway & known, dtype=bool),
        hours=line_hours(parts)[0],
    )


_ROLLING = (
    "wheelchair", "stroller", "ramp:wheelchair", "ramp:stroller", "kerb", "kerb:height", "width",
    "maxwidth:physical", "incline",
)  # fmt: skip


def _each(
    parts: pd.DataFrame, stairs: BoolArray, read: Callable[[Mapping[str, str]], float]
) -> FloatArray:
    """Return what a reader of tags makes of each row; equal rows are read once."""
    table = pd.DataFrame({"highway": np.where(stairs, "steps", "")}, index=parts.index)
    for key in _ROLLING:
        # A GeoPackage or a shapefile has no colon in its names.
        table[key] = _text(parts, key, key.replace(":", "_"))
    number, rows = pd.factorize(pd.MultiIndex.from_frame(table))
    found = [read({str(k): v for k, v in zip(table, row, strict=True) if v}) for row in rows]
    return np.asarray(np.array(found, dtype=np.float64)[number])


_TIMED = (
    "access:conditional", "foot:conditional", "opening_hours", "access", "foot", "amenity", "craft",
    "leisure", "office", "shop", "tourism",
)  # fmt: skip


def line_hours(parts: pd.DataFrame) -> tuple[IntArray, ObjectArray]:
    """Return when rows are open that are so at times: positions from 1 on, 0 for always; words."""
    none = np.zeros(len(parts), dtype=np.int64), np.zeros(0, dtype=object)
    names = {key: (key, key.replace(":", "_")) for key in _TIMED}
    if not any(name in parts.columns for key in _TIMED[:3] for name in names[key]):
        return none
    table = pd.DataFrame({key: _text(parts, *both) for key, both in names.items()})
    number, rows = pd.factorize(pd.MultiIndex.from_frame(table))
    said = [walking_hours({k: v for k, v in zip(_TIMED, row, strict=True) if v}) for row in rows]
    words = np.array(sorted({one for one in said if one is not None}), dtype=object)
    place = {one: at for at, one in enumerate(words, start=1)}
    return np.array([place.get(one, 0) for one in said], dtype=np.int64)[number], words


def line_rolling_tags(parts: pd.DataFrame) -> IntArray:
    """Return which rolling tags each row states, see ``osm.wheeled_access.rolling_tags``."""
    return _each(parts, np.zeros(len(parts), dtype=bool), rolling_tags).astype(np.int64)


def shut_lines(parts: pd.DataFrame) -> NDArray[np.object_]:
    """Return why each line may not be walked on, as ``osm_ways.toml`` says; empty where it may."""
    rule = way_words()["walk"]
    highway, foot, access = (
        _text(parts, *names) for names in (("highway", "fclass"), ("foot",), ("access",))
    )
    invited = _any_of(foot, rule["open_foot"])
    why = np.full(len(parts), "", dtype=object)

    def say(where: BoolArray, text: NDArray[np.object_]) -> None:
        where = where & (why == "")
        why[where] = text[where]

    kind = ("highway=" + highway).to_numpy(dtype=object)
    say((highway != "").to_numpy() & _all_of(highway, rule["not_highway"]), kind)
    say(_all_of(highway, rule["only_if_foot"]) & ~invited, kind)
    motorroad = (_text(parts, "motorroad") == "yes").to_numpy()
    say(motorroad & ~invited, np.full(len(parts), "motorroad=yes", dtype=object))
    always = line_hours(parts)[0] == 0
    say(_all_of(foot, rule["closed_foot"]) & always, ("foot=" + foot).to_numpy(dtype=object))
    barred = _all_of(access, rule["closed_access"]) & ~invited & always
    say(barred, ("access=" + access).to_numpy(dtype=object))
    return why


_OSM_IDS = frozenset({"osm_id", "osmid", "osm_way_id", "@id"})


def has_osm_ids(table: pd.DataFrame) -> bool:
    """Return whether a table has a column of OpenStreetMap's ids, as its exports do."""
    return not _OSM_IDS.isdisjoint(str(name).lower() for name in table.columns)


def mixed_stairs(parts: pd.DataFrame) -> int:
    """Count edges that are stairs in part: osmnx lists the tags of ways that it made one edge."""
    highway = _text(parts, "highway", "fclass")
    return int((highway.str.contains("steps") & (highway != "steps")).sum())


def check_degrees(lonlat: FloatArray, file: str | None) -> None:
    """Refuse coordinates that are nowhere on earth.

    Raises
    ------
    InputError
        A latitude beyond 90 or a longitude beyond 360 degrees.
    """
    wrong = ~((np.abs(lonlat[:, 0]) <= 360.0) & (np.abs(lonlat[:, 1]) <= 90.0))
    if wrong.any():
        lon, lat = lonlat[wrong][0]
        raise InputError(
            f"the network has a place at longitude {lon:g}, latitude {lat:g}",
            file=file,
            hint="Its coordinates are no degrees; save it with its true coordinate system.",
        )

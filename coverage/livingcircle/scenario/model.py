"""Scenario: the changes to a city, read from a TOML file or a GeoPackage.

A TOML file has any of these tables, repeated as needed::

    name = "两处分站和一座桥"

    [[add_facility]]          # further keys are attributes of the facility: area_m2, places, ...
    id = "new-1"
    name = "南岸分站"
    category = "service_centre"
    lon = 113.51
    lat = 22.25

    [[close_facility]]
    id = "centre-7"           # or name = "..."

    [[add_link]]              # a line between two places on the network (a gate, a footbridge)
    name = "南岸人行桥"
    line = [[113.510, 22.250], [113.511, 22.252]]
    stairs = false

    [[cut_link]]              # whatever street the line crosses is no longer walkable there
    name = "关闭的小区门"
    line = [[113.512, 22.250], [113.512, 22.251]]

A GeoPackage has layers of the same names (``add_facility`` points, ``close_facility`` with a column
id, ``add_link`` and ``cut_link`` lines).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._nearest import did_you_mean
from livingcircle.arguments import wrong_type
from livingcircle.errors import ConfigError, InputError, MissingFileError
from livingcircle.io.datum.degrees import in_degrees
from livingcircle.io.formats.bounds import refuse_special
from livingcircle.io.formats.gdal import list_layers, plain_path, read_layer, refuse_virtual
from livingcircle.io.notes import shorten
from livingcircle.localized import LocalizedText

__all__ = ["CHANGE_KINDS", "Scenario", "read_scenario"]

_Contents: TypeAlias = "tuple[object, dict[str, gpd.GeoDataFrame], tuple[str, ...]]"
"""Name, tables by kind, and the facilities that close."""
CHANGE_KINDS = ("add_facility", "close_facility", "add_link", "cut_link")
_CHANGES = {
    "add_facility": LocalizedText("新增设施", "facilities added"),
    "close_facility": LocalizedText("关闭设施", "facilities closed"),
    "add_link": LocalizedText("新增连接", "links added"),
    "cut_link": LocalizedText("切断道路", "streets cut"),
}
_KEYS: dict[str, tuple[str, ...]] = {
    "close_facility": ("id", "name"),
    "add_link": ("name", "line", "stairs"),
    "cut_link": ("name", "line"),
}


_RESERVED = ("geometry", "status", "reason", "reason_zh", "source_file", "source_row",
             "categories", "category_text", "entrances")  # fmt: skip
"""Columns that are found, not stated."""
_MOST_BYTES = 1 << 24


def _none() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": []}, geometry=[], crs=4326)


@dataclass(frozen=True, eq=False)
class Scenario:
    """Changes to a city; every table may be empty, and is taken to EPSG:4326."""

    name: str
    add_facility: gpd.GeoDataFrame = field(default_factory=_none)
    """Points with ``id``, ``name``, ``category`` (ids or Chinese, several joined by ;), and any
    attribute of a facility."""
    close_facility: tuple[str, ...] = ()
    """Facility ids or names."""
    add_link: gpd.GeoDataFrame = field(default_factory=_none)
    """Lines with ``name`` and ``stairs``."""
    cut_link: gpd.GeoDataFrame = field(default_factory=_none)
    """Lines; each street is cut where one crosses it."""
    source: Path | None = None
    """The file it was read from."""

    def __post_init__(self) -> None:
        """Take tables of any CRS to degrees; refuse what is no table of places."""
        if isinstance(self.close_facility, str) or not isinstance(self.close_facility, Sequence):
            wanted = LocalizedText("设施编号的元组", "a tuple of facility ids")
            raise wrong_type(self.close_facility, "close_facility", wanted)
        for kind in ("add_facility", "add_link", "cut_link"):
            table = getattr(self, kind)
            if not isinstance(table, gpd.GeoDataFrame):
                raise wrong_type(table, kind, LocalizedText("GeoDataFrame", "a GeoDataFrame"))
            if table.active_geometry_name is None or table.crs is None:
                raise InputError(
                    LocalizedText(
                        "表没有坐标参考系", "the table has no coordinate reference system"
                    ),
                    field=kind,
                    hint=LocalizedText("请先设置：set_crs。", "Set its CRS (set_crs)."),
                )
            if table.crs != 4326:
                object.__setattr__(self, kind, in_degrees(table, field=kind))

    def __repr__(self) -> str:
        counts = {kind: len(getattr(self, kind)) for kind in CHANGE_KINDS}
        shown = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        return f"Scenario({self.name}: {shown or 'nothing'})"

    @property
    def description(self) -> LocalizedText:
        """What it changes, in one sentence."""
        counts = [(len(getattr(self, kind)), words) for kind, words in _CHANGES.items()]
        name = shorten(self.name)
        zh = "、".join(f"{words.zh} {count} 处" for count, words in counts if count)
        en = ", ".join(f"{words.en}: {count}" for count, words in counts if count)
        return LocalizedText(
            f"情景“{name}”：{zh or '没有改动'}", f"the scenario '{name}': {en or 'nothing'}"
        )


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario.

    Raises
    ------
    ConfigError
        The file is not understood; names the entry, the field and what to write instead.
    MissingFileError
        There is no such file.
    """
    path = Path(path)
    refuse_special(path)
    if not path.is_file():
        raise MissingFileError("there is no such scenario", file=path, hint="Check the path.")
    read = _from_geopackage if path.suffix.lower() == ".gpkg" else _from_toml
    name, tables, closed = read(path)
    if not isinstance(name, str | None):
        raise ConfigError(
            "the name is no text", file=path, field="name", hint='Write name = "..." once.'
        )
    name = name or path.stem
    return Scenario(name=name, source=path, close_facility=closed, **tables)


def _from_toml(path: Path) -> _Contents:
    if (size := path.stat().st_size) > _MOST_BYTES:
        raise ConfigError(
            f"the scenario has {size:,} bytes, more than the {_MOST_BYTES:,} that are read",
            file=path,
            hint="Write a .gpkg.",
        )
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"this is no scenario: {error}", file=path, hint="Write TOML in UTF-8, or a .gpkg."
        ) from None
    found: dict[str, gpd.GeoDataFrame] = {}
    closed: tuple[str, ...] = ()
    for key, value in data.items():
        if key == "name":
            continue
        _known(key, (*CHANGE_KINDS, "name"), path, None)
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise ConfigError(
                f"[{key}] must be a list of tables", file=path, field=key, hint=f"Write [[{key}]]."
            )
        if key in _KEYS:
            for entry in value:
                for inner in entry:
                    _known(inner, _KEYS[key], path, key)
        if key == "close_facility":
            closed = tuple(
                str(_first(entry, ("id", "name"), key, n, path)) for n, entry in enumerate(value, 1)
            )
        else:
            found[key] = _table(key, value, path)
    return data.get("name"), found, closed


def _table(kind: str, entries: list[dict[str, object]], path: Path) -> gpd.GeoDataFrame:
    """Turn the entries of one kind into its table."""
    if kind == "add_facility":
        shapes = [
            shapely.Point(*(_number(entry, key, kind, n, path) for key in ("lon", "lat")))
            for n, entry in enumerate(entries, 1)
        ]
        for n, entry in enumerate(entries, 1):
            _first(entry, ("category",), kind, n, path)
            for key, value in entry.items():
                if isinstance(value, float) and not np.isfinite(value):
                    raise ConfigError(
                        f"entry {n} of [[{kind}]] has no number as {key}",
                        file=path,
                        field=f"{kind}.{key}",
                        hint="Leave it out",
                    )
            _refuse_found(entry, kind, n, path)
        rows = [{k: _cell(v) for k, v in e.items() if k not in ("lon", "lat")} for e in entries]
        return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=4326)
    rows = [
        {"name": entry.get("name"), "stairs": _yes(entry.get("stairs", False), kind, n, path)}
        for n, entry in enumerate(entries, 1)
    ]
    lines = [_line(entry, kind, n, path) for n, entry in enumerate(entries, 1)]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=lines, crs=4326)


def _from_geopackage(path: Path) -> _Contents:
    try:
        refuse_virtual(path, str(path))
        with plain_path(path) as plain:
            layers = [name for name, _ in list_layers(plain)]
            frames = {name: read_layer(plain, layer=name) for name in layers}
    except InputError:
        raise
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"the GeoPackage cannot be read ({error})", file=path) from None
    found: dict[str, gpd.GeoDataFrame] = {}
    closed: tuple[str, ...] = ()
    for name, frame in frames.items():
        _known(name, CHANGE_KINDS, path, None)
        if name == "close_facility":
            key = next((c for c in ("id", "facility_id", "name") if c in frame), None)
            if key is None:
                raise ConfigError("close_facility needs a column id", file=path, field=name)
            closed = tuple(frame[key].astype(str))
            continue
        if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
            raise InputError(f"layer {name} has no geometry or no CRS", file=path, field=name)
        frame = (
            in_degrees(frame, file=path, field=name)
            .explode(index_parts=False)
            .reset_index(drop=True)
        )
        point = name == "add_facility"
        if (frame.geom_type != ("Point" if point else "LineString")).any():
            kind = "points" if point else "lines"
            raise InputError(f"layer {name} must hold {kind}", file=path, field=name)
        if point and "category" not in frame:
            raise ConfigError("add_facility needs a column category", file=path, field=name)
        if point:
            unasked = [c for c in frame if c in _RESERVED and c != frame.geometry.name]
            for key in unasked:
                rows = np.flatnonzero(frame[key].notna())
                if len(rows):
                    _refuse_found([key], name, int(rows[0]) + 1, path)
            frame = frame.drop(columns=unasked)
        else:
            stairs = frame.get("stairs", pd.Series(False, index=frame.index))
            frame["stairs"] = [
                _yes(value, name, n, path) for n, value in enumerate(stairs.fillna(False), 1)
            ]
            frame["name"] = frame.get("name", pd.Series(None, index=frame.index))
        found[name] = frame
    return None, found, closed


def _refuse_found(keys: Iterable[str], kind: str, n: int, path: Path) -> None:
    """Refuse what entry or row n of the new facilities states though it is found."""
    taken = next((key for key in keys if key in _RESERVED), None)
    if taken is not None:
        raise ConfigError(
            f"entry {n} of {kind} states '{taken}', which is found and not stated",
            file=path,
            field=f"{kind}.{taken}",
            hint="Leave it out",
        )


def _known(key: str, allowed: tuple[str, ...], path: Path, inside: str | None) -> None:
    if key not in allowed:
        raise ConfigError(
            f"unknown {'key' if inside else 'table'} '{key}'",
            file=path,
            field=inside,
            hint=did_you_mean(key, allowed, f"Known here: {', '.join(allowed)}."),
        )


def _first(
    entry: dict[str, object], keys: tuple[str, ...], kind: str, n: int, path: Path
) -> object:
    for key in keys:
        if entry.get(key) not in (None, "", [], {}):
            return _cell(entry[key])
    raise ConfigError(
        LocalizedText(
            f"[[{kind}]] 的第 {n} 项没有写明 {' 或 '.join(keys)}",
            f"entry {n} of [[{kind}]] states no {' or '.join(keys)}",
        ),
        file=path,
        field=kind,
    )


def _yes(value: object, kind: str, n: int, path: Path) -> bool:
    """Return true or false; a text is neither, since any text would be true."""
    if isinstance(value, bool | np.bool_) or (isinstance(value, int | float) and value in (0, 1)):
        return bool(value)
    raise ConfigError(
        f"entry {n} of [[{kind}]] says '{shorten(value, 20)}' of stairs",
        file=path,
        field=f"{kind}.stairs",
        hint="State true or false.",
    )


def _number(entry: dict[str, object], key: str, kind: str, n: int, path: Path) -> float:
    value = entry.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not np.isfinite(value):
        raise ConfigError(
            f"entry {n} of [[{kind}]] has no number as {key}",
            file=path,
            field=f"{kind}.{key}",
            hint="State lon and lat in degrees, WGS 84.",
        )
    return float(value)


def _line(entry: dict[str, object], kind: str, n: int, path: Path) -> shapely.LineString:
    try:
        line = shapely.LineString(entry["line"])
    except (KeyError, TypeError, ValueError, shapely.errors.GEOSException):
        line = None
    if line is None or line.is_empty or not np.isfinite(shapely.get_coordinates(line)).all():
        raise ConfigError(
            f"entry {n} of [[{kind}]] has no line",
            file=path,
            field=f"{kind}.line",
            hint="State line = [[lon, lat], [lon, lat]].",
        )
    return line


def _cell(value: object) -> object:
    return ";".join(map(str, value)) if isinstance(value, list) else value

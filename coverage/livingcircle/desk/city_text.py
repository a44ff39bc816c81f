"""The city.toml that the choices of the desk stand for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import tomli_w

from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = [
    "CITY",
    "DROPPED_NETWORKS",
    "DROPPED_RASTERS",
    "MEANING_TABLES",
    "OWN_TEXTS",
    "ROLES",
    "FileCard",
    "StatedFile",
    "city_text",
    "is_generated",
    "parse_toml",
    "stated_files",
    "table_key",
    "table_or_empty",
]

CITY = "city.toml"
OWN_TEXTS = (CITY, "categories.toml", "columns.toml", "walkers.toml")
"""Texts of a city that are no packs and no scenarios."""

ROLES = (
    "network", "facilities", "units", "urban_villages", "demand", "land_use", "terrain", "none",
)  # fmt: skip
"""What a file is for; ``none``: it is kept and not read."""

DROPPED_RASTERS = (".tif", ".tiff", ".asc")
DROPPED_NETWORKS = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".graphml")
MEANING_TABLES = ("categories", "unit_names")
"""Tables of city.toml that say what texts of the lists mean; a choice may write them."""

_ASSESS = ("walker", "as_of", "parameters", "targets", "readings")
_READ = ROLES[:-1]
_LISTS = ("facilities", "units")
_ALSO = ("facilities", "demand", "land_use")
"""What an OpenStreetMap extract may be besides the network."""

_HOW = ("datum", "crs", "encoding", "sheet", "layer", "header_row", "columns", "where")
_KEYS = {
    "network": ("datum", "crs", "encoding", "layer", "node", "snap_m"),
    "facilities": (*_HOW, "category", "year_data"),
    "units": (*_HOW, "level", "admin_level"),
    "urban_villages": _HOW,
    "demand": (*_HOW, "weight", "spread", "within"),
    "land_use": _HOW,
    "terrain": ("crs",),
}
"""Role → settings that its table may have."""

_TABLE_KEYS = tuple(dict.fromkeys(key for keys in _KEYS.values() for key in keys))


class FileCard(TypedDict):
    """A file of a project as its card shows it."""

    name: str
    bytes: int
    role: str
    settings: Mapping[str, object]
    """What city.toml states of it, as its table does."""
    key: NotRequired[str]
    """The table of city.toml that it stands for, as `table_key` names it; absent: a new one."""
    also: NotRequired[Sequence[str]]
    """Roles that the network's extract has besides; those that no file has if absent."""


def table_key(file: str, settings: Mapping[str, object]) -> str:
    """Return the name of one table of a file: its layer or sheet where one is stated."""
    own = settings.get("layer") or settings.get("sheet")
    return f"{file}|{own}" if own else file


StatedFile = tuple[str, dict[str, object], list[str]]
"""Role of a file, its settings, and what it is also."""


def city_text(
    name: str,
    cards: Sequence[FileCard],
    packs: Sequence[str],
    assess: Mapping[str, object],
    text: str = "",
    tables: Mapping[str, Mapping[str, object]] | None = None,
) -> str:
    """Return the city.toml that the choices of the desk stand for.

    Parameters
    ----------
    assess
        ``walker``, ``as_of``, ``parameters``, ``targets``, ``readings``: what is absent or empty is
        not stated.
    text
        The city.toml so far: what the desk does not know of is kept.
    tables
        Those of ``MEANING_TABLES`` that were chosen; an absent one stays, an empty one goes.

    Raises
    ------
    ConfigError
        No file is the network, or two are.
    """
    networks = [card for card in cards if card["role"] == "network"]
    data = parse_toml(text)
    earlier = _tables_by_role(data)
    first = _first_tables(earlier)
    keys = [c.get("key", c["name"]) for c in cards]
    shown = {id(first[key][1]) for key in keys if key in first}
    # A network by name, or in a folder of the project, has no card and stays what it is.
    elsewhere = [table for table in earlier["network"] if id(table) not in shown]
    if len(networks) > 1 or not (networks or elsewhere):
        count = len(networks)
        raise ConfigError(
            LocalizedText(f"有 {count} 个文件是步行路网", f"{count} files are the network"),
            field="network",
            hint=LocalizedText("请指定恰好一个。", "Say which one is."),
        )
    extract = (
        networks[0] if networks and networks[0]["name"].lower().endswith(DROPPED_NETWORKS) else None
    )
    heights = [str(card["name"]) for card in cards if card["role"] == "terrain"]
    if len(heights) > 1:
        raise ConfigError(
            LocalizedText(
                f"有 {len(heights)} 个文件是地形：{'、'.join(heights)}",
                f"{len(heights)} files are the terrain: {', '.join(heights)}",
            ),
            field="terrain",
            hint=LocalizedText(
                "请只指定一个；相邻的几幅可先拼成一个栅格。",
                "Say which one is; sheets side by side have to be merged into one raster first.",
            ),
        )
    also = None if extract is None else extract.get("also")
    data["city"] = {**table_or_empty(data.get("city")), "name": name}
    for role in _READ:
        kept = [table for table in earlier[role] if id(table) not in shown]
        mine = [
            _table(c, first.get(key))
            for c, key in zip(cards, keys, strict=True)
            if c["role"] == role
        ]
        if extract is not None and role in _ALSO:
            kept = _with_extract(extract["name"], also, role, kept, bool(mine or text))
        if role == "demand" and mine and kept and "source" not in kept[0]:
            mine, kept = [{**kept[0], **mine[0]}], []  # how to share out, and now of what
        data.pop(role, None)
        rasters = [str(table["source"]) for table in mine]
        if role == "demand" and len(rasters) > 1 and all(map(_is_raster, rasters)):
            mine = [{"ages": rasters, **_one_system(mine)}]
        if mine or kept:
            data[role] = mine + kept if role in _LISTS else (mine + kept)[0]
    for table, said in (tables or {}).items():
        data.pop(table, None)
        if said:
            data[table] = dict(said)
    kept_assess = {
        k: v for k, v in table_or_empty(data.pop("assess", None)).items() if k not in _ASSESS
    }
    stated = {k: assess[k] for k in _ASSESS if assess.get(k) not in (None, "", {})}
    return tomli_w.dumps({**data, "assess": {**kept_assess, "packs": list(packs), **stated}})


def _one_system(rasters: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return what is stated of the coordinate system of rasters that are read as one.

    Raises
    ------
    ConfigError
        Two systems are stated.
    """
    stated = {table["crs"] for table in rasters if table.get("crs") is not None}
    if len(stated) > 1:
        raise ConfigError(
            LocalizedText(
                "一组栅格注明了不同的坐标参考系",
                "rasters that are read together are stated to be in different systems",
            ),
            field="demand.crs",
            hint=LocalizedText("请注明同一个坐标参考系。", "State one system for all of them."),
        )
    return {"crs": stated.pop()} if stated else {}


def _is_raster(name: str) -> bool:
    return name.lower().endswith(DROPPED_RASTERS)


def _with_extract(
    name: str,
    also: Sequence[str] | None,
    role: str,
    kept: list[dict[str, object]],
    known: bool,
) -> list[dict[str, object]]:
    """Return the tables without a card, with or without the extract as one of them."""
    if also is None:
        # An extract knows facilities and buildings too, where no list is given.
        return kept if known or role == "land_use" else [*kept, {"source": name}]
    mine = [table for table in kept if Path(str(table.get("source", ""))).name == name]
    rest = [table for table in kept if not any(table is one for one in mine)]
    return rest + (mine or [{"source": name}]) if role in also else rest


def parse_toml(text: str, file: str = CITY) -> dict[str, object]:
    """Return what a city.toml says, or another file of TOML.

    Raises
    ------
    ConfigError
        It is no TOML; says in which line.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            LocalizedText(f"不是有效的 TOML（{error}）", f"is no valid TOML ({error})"),
            file=file,
            hint=LocalizedText("请改正这一行。", "Mend that line."),
        ) from error


def is_generated(text: str) -> bool:
    """Return whether a text of TOML is as the desk writes it: no comment, no layout, no error."""
    try:
        return tomli_w.dumps(tomllib.loads(text)) == text
    except (ValueError, RecursionError):
        return False


def table_or_empty(value: object) -> dict[str, object]:
    """Return a table of TOML, empty where it is none."""
    return dict(value) if isinstance(value, dict) else {}


def stated_files(data: Mapping[str, object]) -> dict[str, StatedFile]:
    """Return each table of a file, as `table_key` names it → what city.toml says of it."""
    earlier = _tables_by_role(data)
    return {
        key: (
            role,
            {name: table[name] for name in _KEYS[role] if name in table},
            [r for r in _ALSO if r != role and any(_named(t) == key for t in earlier[r])],
        )
        for key, (role, table) in _first_tables(earlier).items()
    }


def _tables(value: object) -> list[dict[str, object]]:
    found = value if isinstance(value, list) else [value]
    return [table for table in found if isinstance(table, dict)]


def _tables_by_role(data: Mapping[str, object]) -> dict[str, list[dict[str, object]]]:
    return {role: _tables(data.get(role)) for role in _READ}


def _named(table: Mapping[str, object]) -> str | None:
    source = table.get("source")
    return Path(source).name if isinstance(source, str) else None


def _all_named(table: Mapping[str, object]) -> list[str]:
    """Return the files of a table: its source, or its rasters by age."""
    ages = table.get("ages")
    listed = [one for one in ages if isinstance(one, str)] if isinstance(ages, list) else []
    source = _named(table)
    return [Path(one).name for one in listed] if source is None else [source]


def _first_tables(
    earlier: Mapping[str, list[dict[str, object]]],
) -> dict[str, tuple[str, dict[str, object]]]:
    """Return `table_key` → the role and the table that a card stands for: the first of its key."""
    first: dict[str, tuple[str, dict[str, object]]] = {}
    for role, tables in earlier.items():
        for table in tables:
            for name in _all_named(table):
                first.setdefault(table_key(name, table), (role, table))
    return first


def _table(card: FileCard, earlier: tuple[str, dict[str, object]] | None) -> dict[str, object]:
    role, table = ("", {}) if earlier is None else earlier
    same = {key: value for key, value in table.items() if key not in _TABLE_KEYS}
    kept = same if role == card["role"] else {}
    mine = _KEYS[card["role"]]
    stated = {k: v for k, v in card["settings"].items() if k in mine and v not in ("", None, {})}
    if card["role"] == "units":
        stated.setdefault("level", "community")
    kept.pop("ages", None)
    return {"source": table.get("source", card["name"]), **kept, **stated}

"""A project of the desk: a plain folder with a city.toml, its inputs, and what runs wrote."""

from __future__ import annotations

import datetime
import json
import shutil
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import tomli_w

from livingcircle._sample import sample_city
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.atomic import write_text
from livingcircle.localized import LocalizedText

__all__ = [
    "BEFORE",
    "BY_HAND",
    "CITY",
    "OUT",
    "ROLES",
    "FileCard",
    "Project",
    "city_text",
    "guess_role",
    "safe_name",
]

CITY = "city.toml"
BEFORE = ".city.toml.before"
"""The city.toml before the last change made at the desk."""

BY_HAND = ".city.toml.by-hand"
"""The last city.toml that somebody wrote: with its comments, which choices at the desk drop."""

OUT = "results"
"""Folder of a project that holds what the last run wrote."""

ROLES = ("network", "facilities", "units", "urban_villages", "demand", "land_use", "none")
"""What a file is for; ``none``: it is kept and not read."""

_READ = ROLES[:-1]
_LISTS = ("facilities", "units")
_NETWORKS = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".graphml")
_RASTERS = (".tif", ".tiff")
_TABLES = (".csv", ".xlsx", ".xls", ".ods", ".txt", ".tsv")
_SHAPES = (
    ".gpkg", ".geojson", ".json", ".kml", ".kmz", ".shp", ".zip", ".gpx", ".parquet", ".tab",
    ".fgb", ".gml", ".mif",
)  # fmt: skip
_LONGEST = 120
_RESERVED = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(10))}
_WORDS = {
    "urban_villages": ("城中村", "urban_village", "urbanvillage"),
    "demand": ("建筑", "人口", "building", "population", "demand", "居民楼", "house"),
    "units": ("边界", "街道界", "行政", "boundary", "unit", "village", "district", "communit"),
    "land_use": ("用地", "land_use", "landuse"),
    "facilities": ("设施", "facilit", "poi", "站点", "服务"),
}  # fmt: skip
_TABLE_KEYS = ("level", "datum", "encoding", "category", "sheet", "weight")
_KEYS = {
    "network": ("datum", "encoding"),
    "facilities": ("datum", "encoding", "category", "sheet"),
    "units": ("level", "datum", "encoding", "sheet"),
    "urban_villages": ("datum", "encoding", "sheet"),
    "demand": ("datum", "encoding", "sheet", "weight"),
    "land_use": ("datum", "encoding", "sheet"),
}
"""Role → those that its table may have."""


class FileCard(TypedDict):
    """A file of a project as its card shows it."""

    name: str
    bytes: int
    role: str
    settings: dict[str, str]


def safe_name(text: str) -> str:
    """Return a file's or a project's own name, or refuse it.

    Raises
    ------
    InputError
        It names another folder, hides itself, or is no name on some system.
    """
    name = unicodedata.normalize("NFC", text.replace("\\", "/")).rsplit("/", 1)[-1].strip()
    bad = (
        not name
        or name.startswith(".")
        or name.endswith(".")
        or len(name.encode()) > _LONGEST * 2
        or any(unicodedata.category(c)[0] == "C" or c in '<>:"|?*' for c in name)
        or name.split(".")[0].lower() in _RESERVED
        or name != unicodedata.normalize("NFC", text).strip()
    )
    if bad:
        raise InputError(
            LocalizedText("这个名称不能用作文件名", "this cannot be the name of a file"),
            field=text[:60],
            hint=LocalizedText("请换一个简单的名称。", "Choose a plain name."),
        )
    return name


def guess_role(name: str) -> str:
    """Return what a file seems to be for, by its name alone; the planner decides."""
    low = name.lower()
    if low.endswith(_NETWORKS):
        return "network"
    if low.endswith(_RASTERS):
        return "demand"
    if not low.endswith((*_TABLES, *_SHAPES)):
        return "none"
    for role, words in _WORDS.items():
        if any(word in low for word in words):
            return role
    return "facilities" if low.endswith(_TABLES) else "units"


@dataclass(frozen=True)
class Project:
    """One city's folder."""

    folder: Path

    @property
    def city(self) -> Path:
        """Its city.toml, whether or not it is there."""
        return self.folder / CITY

    @property
    def out(self) -> Path:
        """Where its runs write."""
        return self.folder / OUT

    def place(self, file: str) -> Path:
        """Return where a file of its own goes.

        Raises
        ------
        InputError
            It cannot have that name, or the project itself uses it.
        """
        own = safe_name(file)
        if own.casefold() in (CITY, OUT):
            raise InputError(
                LocalizedText("这个名称是项目自己用的", "the project itself uses this name"),
                field=own,
                hint=LocalizedText(
                    "city.toml 请在“直接编辑 city.toml”中修改；其他文件请改名。",
                    "Edit city.toml on the page; give another file another name.",
                ),
            )
        return self.folder / own

    @classmethod
    def create(cls, root: Path, name: str, *, sample: bool = False) -> Project:
        """Make the folder of a new project; the sample city with its data.

        Raises
        ------
        InputError
            The name cannot be used, or is taken.
        """
        folder = root / safe_name(name)
        if folder.exists():
            raise InputError(
                LocalizedText("已有同名项目", "there is a project of this name"),
                field=name,
                hint=LocalizedText("请换一个名称，或打开它。", "Choose another name, or open it."),
            )
        if sample:
            shutil.copytree(sample_city().parent, folder)
        else:
            folder.mkdir(parents=True)
        return cls(folder)

    def cards(self) -> list[FileCard]:
        """Return the files beside city.toml, each with the role that city.toml gives it."""
        stated = self._stated()
        files = sorted(
            path
            for path in self.folder.iterdir()
            if path.is_file() and not path.name.startswith(".") and path.name != CITY
        )
        return [
            {
                "name": path.name,
                "bytes": path.stat().st_size,
                "role": stated.get(path.name, (self._unstated(path.name), {}))[0],
                "settings": stated.get(path.name, ("", {}))[1],
            }
            for path in files
        ]

    def _unstated(self, name: str) -> str:
        return "none" if self.city.is_file() and self.text().strip() else guess_role(name)

    def _stated(self) -> dict[str, tuple[str, dict[str, str]]]:
        """Return file → role and settings, as city.toml says."""
        first = _first_tables(_tables_by_role(self._said()))
        return {
            name: (role, {key: str(table[key]) for key in _TABLE_KEYS if key in table})
            for name, (role, table) in first.items()
        }

    def _said(self) -> dict[str, object]:
        """Return what city.toml says, nothing where it is none."""
        try:
            return tomllib.loads(self.text())
        except (ValueError, RecursionError):
            return {}

    def text(self) -> str:
        """Return city.toml, empty where there is none yet."""
        try:
            return self.city.read_text(encoding="utf-8-sig") if self.city.is_file() else ""
        except UnicodeDecodeError as error:
            raise ConfigError(
                LocalizedText("不是 UTF-8 文本", "this is not UTF-8 text"),
                file=CITY,
                hint=LocalizedText("请另存为 UTF-8。", "Save the file as UTF-8."),
            ) from error

    def settings(self) -> dict[str, object]:
        """Return what the page shows of city.toml besides its files."""
        data = self._said()
        city, assess = _mapping(data.get("city")), _mapping(data.get("assess"))
        packs = assess.get("packs")
        return {
            "name": str(city.get("name") or self.folder.name),
            "packs": [p for p in packs if isinstance(p, str)] if isinstance(packs, list) else [],
            "walker": str(assess.get("walker") or ""),
            "as_of": str(assess.get("as_of") or ""),
        }

    def older(self) -> bool:
        """Return whether city.toml or a file was changed after the run of the results began."""
        try:
            text = (self.out / "run.json").read_text(encoding="utf-8")
            began = datetime.datetime.fromisoformat(json.loads(text)["started"]).timestamp()
            return any(
                path.stat().st_mtime >= began + 1
                for path in self.folder.iterdir()
                if path.is_file() and not path.name.startswith(".")
            )
        except (OSError, ValueError, LookupError, TypeError):
            return False

    def save_text(self, text: str) -> None:
        """Write city.toml whole or not at all.

        Raises
        ------
        ConfigError
            It is no TOML; says in which line.
        """
        _parsed(text)
        before = self.text()
        if before and before != text:
            write_text(self.folder / BEFORE, before)
            if tomli_w.dumps(_parsed(before)) != before:
                write_text(self.folder / BY_HAND, before)
        if before != text:
            write_text(self.city, text)


def city_text(
    name: str,
    cards: Sequence[FileCard],
    packs: Sequence[str],
    walker: str,
    as_of: int | None,
    text: str = "",
) -> str:
    """Return the city.toml that the choices of the desk stand for.

    Parameters
    ----------
    text
        The city.toml so far: what the desk does not know of is kept.

    Raises
    ------
    ConfigError
        No file is the network, or two are.
    """
    networks = [card["name"] for card in cards if card["role"] == "network"]
    data = _parsed(text)
    earlier = _tables_by_role(data)
    first = _first_tables(earlier)
    shown = {id(first[c["name"]][1]) for c in cards if c["name"] in first}
    # A network by name, or in a folder of the project, has no card and stays what it is.
    elsewhere = [table for table in earlier["network"] if id(table) not in shown]
    if len(networks) > 1 or not (networks or elsewhere):
        raise ConfigError(
            LocalizedText(
                f"有 {len(networks)} 个文件是步行路网", f"{len(networks)} files are the network"
            ),
            field="network",
            hint=LocalizedText("请指定恰好一个。", "Say which one is."),
        )
    data["city"] = {**_mapping(data.get("city")), "name": name}
    for role in _READ:
        kept = [table for table in earlier[role] if id(table) not in shown]
        mine = [_table(c, first.get(c["name"])) for c in cards if c["role"] == role]
        tables = mine + kept
        extract = bool(networks) and networks[0].lower().endswith(_NETWORKS[:-1])
        if extract and not tables and not text and role in ("facilities", "demand"):
            # An extract knows facilities and buildings too, where no list is given.
            tables = [{"source": networks[0]}]
        data.pop(role, None)
        if tables:
            data[role] = tables if role in _LISTS else tables[0]
    assess = {**_mapping(data.pop("assess", None)), "packs": list(packs)}
    for key, value in (("walker", walker or None), ("as_of", as_of)):
        assess.pop(key, None)
        if value is not None:
            assess[key] = value
    return tomli_w.dumps({**data, "assess": assess})


def _parsed(text: str) -> dict[str, object]:
    """Return what a city.toml says, or tell in which line it is none."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            LocalizedText(f"不是有效的 TOML（{error}）", f"is no valid TOML ({error})"),
            file=CITY,
            hint=LocalizedText("请改正这一行。", "Mend that line."),
        ) from error


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}


def _tables(value: object) -> list[dict[str, object]]:
    found = value if isinstance(value, list) else [value]
    return [table for table in found if isinstance(table, dict)]


def _tables_by_role(data: Mapping[str, object]) -> dict[str, list[dict[str, object]]]:
    return {role: _tables(data.get(role)) for role in _READ}


def _first_tables(
    earlier: Mapping[str, list[dict[str, object]]],
) -> dict[str, tuple[str, dict[str, object]]]:
    """Return file → the role and the table that its card stands for: the first that names it."""
    first: dict[str, tuple[str, dict[str, object]]] = {}
    for role, tables in earlier.items():
        for table in tables:
            source = table.get("source")
            if isinstance(source, str):
                first.setdefault(Path(source).name, (role, table))
    return first


def _table(card: FileCard, earlier: tuple[str, dict[str, object]] | None) -> dict[str, object]:
    role, table = ("", {}) if earlier is None else earlier
    same = {key: value for key, value in table.items() if key not in _TABLE_KEYS}
    kept = same if role == card["role"] else {}
    mine = _KEYS[card["role"]]
    stated = {key: value for key, value in card["settings"].items() if key in mine and value}
    if card["role"] == "units":
        stated.setdefault("level", "community")
    # A number stays a number: the page knows texts alone.
    same_text = {k: v for k, v in table.items() if k in stated and str(v) == stated[k]}
    return {"source": table.get("source", card["name"]), **kept, **stated, **same_text}

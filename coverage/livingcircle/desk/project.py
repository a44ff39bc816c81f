"""A project of the desk: a plain folder with a city.toml, its inputs, and what runs wrote."""

from __future__ import annotations

import datetime
import json
import re
import shutil
import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet

from livingcircle._sample import sample_city
from livingcircle.desk.city_text import (
    CITY,
    DROPPED_NETWORKS,
    DROPPED_RASTERS,
    MEANING_TABLES,
    OWN_TEXTS,
    FileCard,
    StatedFile,
    is_generated,
    parse_toml,
    stated_files,
    table_or_empty,
)
from livingcircle.desk.outputs import OUT
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.atomic import write_text
from livingcircle.io.formats.gdal import list_layers, plain_path, read_layer
from livingcircle.localized import LocalizedText

__all__ = [
    "BEFORE",
    "BY_HAND",
    "Project",
    "guess_level",
    "guess_role",
    "is_geodatabase",
    "safe_name",
]

BEFORE = ".city.toml.before"
"""The city.toml before the last change made at the desk."""

BY_HAND = ".city.toml.by-hand"
"""Copy of the last city.toml written by hand, with its comments, which the desk does not keep."""

_TABLES = (".csv", ".xlsx", ".xls", ".ods", ".et", ".txt", ".tsv")
_SHAPES = (
    ".gpkg", ".geojson", ".json", ".kml", ".kmz", ".shp", ".zip", ".gpx", ".parquet", ".tab",
    ".fgb", ".gml", ".mif", ".gdb",
)  # fmt: skip
_PARTS = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj")
_WITH_PARTS = (".shp", ".asc")
_LONGEST = 120
_RESERVED = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(10))}
_WORDS = {
    "none": ("备选", "候选", "candidate", "储备用地", "储备地", "土地储备"),
    "urban_villages": ("城中村", "urban_village", "urbanvillage"),
    "demand": ("建筑", "人口", "building", "population", "demand", "居民楼", "house", "cmab"),
    "units": ("边界", "街道界", "行政", "boundary", "unit", "village", "district", "communit"),
    "land_use": ("用地", "land_use", "landuse"),
    "facilities": ("设施", "facilit", "poi", "站点", "服务"),
}  # fmt: skip
_HEIGHTS = re.compile(
    "(?<![a-z])(dem|dsm|dtm|srtm)(?![a-z])|高程|地形|elevation|(?<!building[_ -])height|glo-?30"
)
# The first that fits: 黄浦社区界 is no 区界, 镇江 no town, a subdistrict no district.
_LEVEL_WORDS = (
    ("community", re.compile("社区|居委|communit")),
    ("estate", re.compile("小区|(?<![a-z])(?<!real[_ -])estates?(?![a-z])")),
    ("village", re.compile("行政村|村界|(?<!urban[_ -])village")),
    ("district", re.compile("区界|县界|区县|市辖区")),
    (
        "town",
        re.compile(
            "街道|乡镇|镇街|镇界|乡界|(?<![a-z])towns?(?![a-z])|townships?|sub[_ -]?district"
        ),
    ),
    ("district", re.compile("district|county")),
)


def safe_name(text: str) -> str:
    """Return a file's or a project's own name, or refuse it.

    Raises
    ------
    InputError
        It names another folder, begins with a dot, or is no valid name on some system.
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


def is_geodatabase(name: str) -> bool:
    """Return whether a name is that of a file geodatabase, which is a folder of files."""
    return name.lower().endswith(".gdb")


def guess_role(name: str, path: Path | None = None) -> str:
    """Return what a file seems to be for, by its name, else by its shapes; the planner decides."""
    low = name.lower()
    if low.endswith(DROPPED_NETWORKS):
        return "network"
    if low.endswith(DROPPED_RASTERS):
        return "terrain" if _HEIGHTS.search(low) else "demand"
    if not low.endswith((*_TABLES, *_SHAPES)):
        return "none"
    for role, words in _WORDS.items():
        if any(word in low for word in words):
            return role
    if low.endswith(_TABLES):
        return "facilities"
    if path is None:
        return "units"
    try:
        state = path.stat()
    except OSError:
        return "units"
    return _role_of_shapes(path, state.st_mtime_ns, state.st_size)


def guess_level(name: str) -> str:
    """Return the level of the units that a file of boundaries seems to hold, by its name.

    >>> guess_level("黄浦区界.geojson"), guess_level("社区界.shp"), guess_level("subdistricts.shp")
    ('district', 'community', 'town')
    """
    low = name.lower()
    fits = (level for level, words in _LEVEL_WORDS if words.search(low))
    return next(fits, "community")


def _first_shapes(target: str, layer: str, kind: str | None) -> list[str]:
    """Return what the first features of a layer are where it does not say it of all."""
    if kind and "Unknown" not in kind and "Collection" not in kind:
        return [kind]
    first = read_layer(target, layer=layer, max_features=50)
    return sorted(set(first.geometry.geom_type.dropna())) if "geometry" in first else []


@lru_cache(maxsize=1024)
def _role_of_shapes(path: Path, mtime_ns: int, size: int) -> str:
    """Return what a file's shapes are good for: points, lines, areas; none is a list.

    A file is opened once for each time that it is changed: the page asks every few seconds.
    """
    whole = all(p.with_suffix(".gdbtablx").is_file() for p in path.glob("*.gdbtable"))
    if path.is_dir() and not whole:
        return "units"  # a geodatabase that is still arriving
    try:
        if path.suffix.lower() == ".parquet":
            geo = json.loads((pyarrow.parquet.read_schema(path).metadata or {}).get(b"geo", b"{}"))
            columns = geo.get("columns", {}).values()
            kinds = [str(kind) for column in columns for kind in column["geometry_types"]]
        else:
            with plain_path(path) as target, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what is wrong with it, looking at the file tells
                layers = list_layers(target)
                kinds = [k for name, kind in layers for k in _first_shapes(target, name, kind)]
    except Exception:  # noqa: BLE001 - whatever is wrong with it, looking at the file tells
        return "facilities" if path.suffix.lower() == ".json" else "units"
    if kinds and all("Point" in kind for kind in kinds):
        return "facilities"
    return "network" if kinds and all("LineString" in kind for kind in kinds) else "units"


def _pack_names(assess: Mapping[str, object]) -> list[str]:
    packs = assess.get("packs")
    return [p for p in packs if isinstance(p, str)] if isinstance(packs, list) else []


def _parts_of(path: Path) -> list[Path]:
    """Return the other parts of a shapefile, or of a grid; none of any other file."""
    return [path.with_suffix(e) for e in _PARTS] if path.suffix.lower() in _WITH_PARTS else []


def _is_part(path: Path) -> bool:
    return path.suffix.lower() in _PARTS and any(
        path.with_suffix(one).is_file() for one in _WITH_PARTS
    )


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
        if own.casefold() in (CITY, OUT) or own.casefold().startswith((f"{OUT}-", "sites-")):
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
        """Return the files beside city.toml, each with the role that city.toml gives it.

        The parts of a shapefile are one; each table of a file that city.toml names has its own.
        """
        stated = stated_files(self._stated())
        of_file: dict[str, list[str]] = {}
        for key in stated:
            of_file.setdefault(key.split("|")[0], []).append(key)
        files = sorted(
            path
            for path in self.folder.iterdir()
            if (path.is_file() or is_geodatabase(path.name))
            and not path.name.startswith(".")
            and path.name != CITY
            and not _is_part(path)
        )
        return [
            self._card(path, key, stated.get(key))
            for path in files
            for key in of_file.get(path.name, [path.name])
        ]

    def _card(self, path: Path, key: str, stated: StatedFile | None) -> FileCard:
        parts = path.rglob("*") if path.is_dir() else _parts_of(path)
        size = sum(p.stat().st_size for p in (path, *parts) if p.is_file())
        if stated is None:
            role = (
                "none"
                if self.city.is_file() and self.text().strip()
                else guess_role(path.name, path)
            )
            own = {"level": guess_level(path.name)} if role == "units" else {}
            return {"name": path.name, "key": key, "bytes": size, "role": role, "settings": own}
        role, settings, also = stated
        card: FileCard = {
            "name": path.name,
            "key": key,
            "bytes": size,
            "role": role,
            "settings": settings,
        }
        return {**card, "also": also} if role == "network" else card

    def _stated(self) -> dict[str, object]:
        """Return what city.toml says, nothing where it is none."""
        try:
            return parse_toml(self.text())
        except ConfigError:
            return {}

    def text(self) -> str:
        """Return city.toml, empty where there is none yet.

        One that a Chinese editor saved in GB 18030 is shown too, so that saving it mends it.
        """
        try:
            return self.city.read_text(encoding=self._encoding()) if self.city.is_file() else ""
        except UnicodeDecodeError as error:
            raise ConfigError(
                LocalizedText("不是 UTF-8 文本", "this is not UTF-8 text"),
                file=CITY,
                hint=LocalizedText("请另存为 UTF-8。", "Save the file as UTF-8."),
            ) from error

    def _encoding(self) -> str:
        try:
            self.city.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            return "gb18030"
        return "utf-8-sig"

    def settings(self) -> dict[str, object]:
        """Return what the page shows of city.toml besides its files."""
        data = self._stated()
        city, assess = table_or_empty(data.get("city")), table_or_empty(data.get("assess"))
        return {
            "name": str(city.get("name") or self.folder.name),
            "packs": _pack_names(assess),
            "walker": str(assess.get("walker") or ""),
            "as_of": str(assess.get("as_of") or ""),
            "parameters": table_or_empty(assess.get("parameters")),
            "targets": table_or_empty(assess.get("targets")),
            "tables": {name: table_or_empty(data.get(name)) for name in MEANING_TABLES},
            "readings": table_or_empty(assess.get("readings")),
        }

    def older(self) -> bool:
        """Return whether what a run reads was changed after the run of the results began.

        A scenario, or a list of sites to choose from, that has come since changes no result.
        """
        try:
            run = json.loads((self.out / "run.json").read_text(encoding="utf-8"))
            began = datetime.datetime.fromisoformat(run["started"]).timestamp()
            read = {Path(str(one["source"])).name for one in run["inputs"]}
            read |= {card["name"] for card in self.cards() if card["role"] != "none"}
            stems = {name.split(".")[0] for name in read} - {""}  # a shapefile has parts
            texts = {*OWN_TEXTS, *_pack_names(table_or_empty(self._stated().get("assess")))}
            return any(
                path.stat().st_mtime >= began + 1
                for path in self.folder.iterdir()
                if path.is_file()
                and (
                    path.name in texts
                    if path.suffix == ".toml"
                    else path.name.split(".")[0] in stems
                )
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
        parse_toml(text)
        before = self.text()
        if before and before != text:
            write_text(self.folder / BEFORE, before)
            if not is_generated(before):
                write_text(self.folder / BY_HAND, before)
        if before != text or (before and self._encoding() != "utf-8-sig"):
            write_text(self.city, text)

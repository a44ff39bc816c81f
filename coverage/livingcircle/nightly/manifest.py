"""What a city's result depends on, as hashes, before anything is computed."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import platform
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyogrio
import pyproj
import shapely
from pydantic import TypeAdapter

from livingcircle.city.city_file import input_path, read_config
from livingcircle.compare.causes import INPUT_KINDS, InputsByKind, kind_of
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.beside import files_beside
from livingcircle.io.fingerprint import package_hash, sha256_of
from livingcircle.io.object_store import fetched, is_object
from livingcircle.secrets import is_address, masked, masked_all
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.loader import load_pack

__all__ = [
    "Contents",
    "InputPart",
    "Manifest",
    "PartFile",
    "files_of_input",
    "input_sources",
    "manifest_of",
    "software_versions",
]

_KEYS = ("source", "drive", "entrances")
"""Keys of city.toml that name files."""


@dataclass(frozen=True)
class PartFile:
    """One file of an input; several where a format has several."""

    name: str
    """Relative to the folder that holds the input."""
    sha256: str
    size: int


@dataclass(frozen=True)
class InputPart:
    """One input that city.toml names."""

    role: str
    """``network``, ``network.drive``, ``facilities.1``, ``facilities.1.entrances``, ..."""
    source: str
    """As written there; an address without its secrets."""
    files: tuple[PartFile, ...]
    live: bool = False
    """A database or a download: nobody knows before reading whether it changed."""

    @property
    def digest(self) -> str:
        """One hash for all its files."""
        return _digest([[f.name, f.sha256] for f in self.files])


@dataclass(frozen=True)
class Manifest:
    """All that a city's result depends on."""

    config: dict[str, object]
    """city.toml as it stands, its secrets masked."""
    config_sha256: str
    parts: tuple[InputPart, ...]
    packs: dict[str, str]
    """Pack as named in city.toml → SHA-256 of its text."""
    year: int
    software: dict[str, str]

    @property
    def key(self) -> str:
        """One hash for everything: equal keys give equal data files."""
        return _digest(
            [
                self.config_sha256,
                [[p.role, p.source, p.digest] for p in self.parts],
                list(self.packs.items()),
                self.year,
                self.software,
            ]
        )

    def same_inputs(self, other: Manifest) -> bool:
        """Return whether the other one has the same inputs, whatever the software."""
        return replace(other, software=self.software).key == self.key

    @property
    def live(self) -> tuple[str, ...]:
        """Kinds of input with a part whose content is not known beforehand."""
        kinds = {kind_of(part.role) for part in self.parts if part.live}
        return tuple(kind for kind in INPUT_KINDS if kind in kinds)

    @property
    def blobs(self) -> set[str]:
        """Hashes of all files and packs."""
        return {f.sha256 for part in self.parts for f in part.files} | set(self.packs.values())

    def inputs(self) -> InputsByKind:
        """Return the hashes kind by kind, to be compared with another night's."""
        found: dict[str, dict[str, str]] = {kind: {} for kind in INPUT_KINDS}
        for part in self.parts:
            found[kind_of(part.role) or "population"][f"{part.role} {part.source}"] = part.digest
        for section, value in self.config.items():
            kind = kind_of(section)
            if kind is not None:
                # A login in a source must not get into what is published.
                found[kind][f"[{section}]"] = _digest(value)
        for name, sha256 in self.packs.items():
            found["standard"][f"pack {name}"] = sha256
        found["standard"]["year"] = str(self.year)
        found["software"].update(self.software)
        return found

    def to_json(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Manifest:
        """Read what ``to_json`` gave."""
        return TypeAdapter(cls).validate_python(data)


@dataclass(frozen=True)
class Contents:
    """Where the contents of a manifest were found."""

    files: dict[str, Path]
    """SHA-256 → a file with that content."""
    packs: dict[str, str | Path]
    """Pack as named in city.toml → what ``load_pack`` takes."""


def manifest_of(city_file: Path, year: int | None = None) -> tuple[Manifest, Contents]:
    """Read a city.toml and hash everything that it names.

    Parameters
    ----------
    city_file
        The city.toml.
    year
        The year to hold standards against where city.toml states none; this year if not given.

    Raises
    ------
    LivingCircleError
        city.toml is wrong, or a file that it names is not there.
    """
    config = read_config(city_file)
    content = city_file.read_bytes()
    # As it comes back from the state of a night: dates are texts.
    raw = json.loads(json.dumps(tomllib.loads(content.decode("utf-8-sig")), default=str))
    # With what stands beside city.toml and in its packs: a variant is laid out without those files.
    vocabulary = config.vocabulary.model_dump(mode="json", exclude_defaults=True)
    if vocabulary:
        raw["vocabulary"] = vocabulary
    places: dict[str, Path] = {}
    parts = tuple(
        _part(city_file, role, str(entry[key]), places) for role, entry, key in input_sources(raw)
    )
    if config.network.place is not None:
        parts = (InputPart("network", config.network.place, (), live=True), *parts)
    packs, named = _packs(city_file, config.assess.packs, places)
    if not packs:
        raise ConfigError(
            "names no plan to assess", hint="State packs", file=city_file, field="assess.packs"
        )
    as_of = config.assess.as_of or year or datetime.datetime.now().astimezone().year
    config_sha256 = hashlib.sha256(content).hexdigest()
    # What the job keeps is copied and looked into: no login in it. The hash still tells a new one.
    made = Manifest(masked_all(raw), config_sha256, parts, packs, as_of, dict(software_versions()))
    return made, Contents(places, named)


def input_sources(raw: Mapping[str, object]) -> Iterator[tuple[str, dict[str, object], str]]:
    """Yield the role of every file that city.toml names, the table that names it, and the key."""
    for section, value in raw.items():
        if kind_of(section) is None or section in ("assess", "categories", "vocabulary"):
            continue
        entries = value if isinstance(value, list) else [value]
        for number, entry in enumerate(entries, 1):
            role = f"{section}.{number}" if isinstance(value, list) else section
            for key in _KEYS:
                if isinstance(entry, dict) and key in entry:
                    yield (role if key == "source" else f"{role}.{key}"), entry, key


def _part(city_file: Path, role: str, source: str, places: dict[str, Path]) -> InputPart:
    if is_object(source):
        path, source = fetched(source), masked(source)
    elif is_address(source):
        return InputPart(role, masked(source), (), live=True)
    else:
        path = input_path(city_file.parent, source, file=city_file, field=role)
    found = []
    for file, name in files_of_input(path):
        try:
            entry = PartFile(name, sha256_of(file), file.stat().st_size)
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", file=file) from error
        places[entry.sha256] = file
        found.append(entry)
    return InputPart(role, source, tuple(found))


def files_of_input(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files that make up an input, and their names beside or below it."""
    if path.is_dir():
        for file in sorted(p for p in path.rglob("*") if p.is_file()):
            yield file, f"{path.name}/{file.relative_to(path).as_posix()}"
        return
    yield path, path.name
    for beside in files_beside(path):
        yield beside, beside.name


def _packs(
    city_file: Path, named: list[str], places: dict[str, Path]
) -> tuple[dict[str, str], dict[str, str | Path]]:
    """Return the hash of each pack's text, and what to load it by."""
    shipped = files("livingcircle.standards").joinpath("packs")
    hashes: dict[str, str] = {}
    load: dict[str, str | Path] = {}
    vocabulary = read_config(city_file).vocabulary
    for name in dict.fromkeys(named):
        path, load[name] = Path(str(shipped.joinpath(f"{name}.toml"))), name
        if name not in list_packs():
            # A path in city.toml starts from the folder of city.toml, as all others do.
            path = city_file.parent / name
            load[name] = path if path.exists() else name
        load_pack(load[name], vocabulary)
        hashes[name] = sha256_of(path)
        places[hashes[name]] = path
    return hashes, load


@cache
def software_versions() -> tuple[tuple[str, str], ...]:
    """Return the versions of everything that a result may depend on.

    The package's own version goes with a hash of its files, so that a changed line of code or of
    a pack counts in a development install as well.
    """
    found = {"livingcircle": f"{importlib.metadata.version('livingcircle')}+{package_hash()}"}
    for need in importlib.metadata.requires("livingcircle") or ():
        name = re.match(r"[A-Za-z0-9._-]+", need)
        if name is not None and "extra ==" not in need:
            found[name[0].lower()] = importlib.metadata.version(name[0])
    found["python"] = platform.python_version()
    found["platform"] = f"{sys.platform} {platform.machine()}"
    found["gdal"] = ".".join(map(str, pyogrio.__gdal_version__))
    found["geos"] = str(shapely.geos_version_string)
    found["proj"] = str(pyproj.proj_version_str)
    return tuple(found.items())


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

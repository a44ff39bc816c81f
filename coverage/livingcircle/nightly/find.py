"""The cities of a folder: every ``*/city.toml``, and every ``*.toml`` that is one."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from livingcircle.errors import ConfigError, MissingFileError
from livingcircle.io.formats.bounds import refuse_special
from livingcircle.localized import EMPTY, LocalizedText

__all__ = ["CityFile", "find_cities"]

_CLOSED = LocalizedText("文件夹无法读取", "the folder cannot be read")
_UNPRINTABLE = LocalizedText(
    "其文件夹名不是可打印的 UTF-8 文字，请重命名该文件夹",
    "the name of its folder is not printable UTF-8 text; rename the folder",
)


@dataclass(frozen=True)
class CityFile:
    """One city to be assessed every night."""

    slug: str
    """Its folder in the site: the name of its folder, or of its file without the ending."""
    path: Path
    name: str
    """As in city.toml as far as that can be read, else the slug."""
    problem: LocalizedText = EMPTY
    """Why its folder cannot be used at all."""


def find_cities(folder: Path) -> tuple[CityFile, ...]:
    """Return the cities of a folder in the order of their slugs.

    A ``*.toml`` that is no TOML is taken for a city with a mistake in it, so that it fails in the
    night's report rather than vanish from the site; one without ``[city]`` is something else.

    Raises
    ------
    MissingFileError
        There is no such folder.
    ConfigError
        There is no city in it, or two would have one place in the site.
    """
    if not folder.is_dir():
        raise MissingFileError(
            "there is no such folder", hint="Name the folder that holds the cities", file=folder
        )
    found: dict[str, CityFile] = {}
    for path in [*sorted(folder.glob("*/city.toml")), *sorted(folder.glob("*.toml"))]:
        slug, problem = _slug(path.parent.name if path.parent != folder else path.stem)
        name = _name(path)
        if slug.startswith(".") or name is None:
            continue
        if slug in found:
            raise ConfigError(
                f"two cities would have the place '{slug}' in the site: "
                f"{found[slug].path.relative_to(folder)} and {path.relative_to(folder)}",
                hint="Rename one of them",
                file=folder,
            )
        found[slug] = CityFile(slug, path, slug if problem else name or slug, problem)
    for place in _unreadable(folder):
        slug, _ = _slug(place.name)
        found.setdefault(slug, CityFile(slug, place / "city.toml", slug, _CLOSED))
    if not found:
        raise ConfigError(
            "the folder holds no city",
            hint="Put each city into a folder of its own with a city.toml",
            file=folder,
        )
    return tuple(found[slug] for slug in sorted(found))


def _slug(name: str) -> tuple[str, LocalizedText]:
    """Return the place of a folder in the site, and why it cannot be used."""
    plain = os.fsencode(name).decode("utf-8", "backslashreplace")
    if plain == name and name.isprintable():
        return name, EMPTY
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in plain).replace("\\", "%")
    return safe, _UNPRINTABLE


def _unreadable(folder: Path) -> list[Path]:
    """Return the folders that cannot be listed, so that a city in one is reported as failed."""
    found = []
    for place in sorted(folder.iterdir()):
        if place.name.startswith(".") or place.name == "lost+found" or not place.is_dir():
            continue
        try:
            (place / "city.toml").stat()
        except PermissionError:
            found.append(place)
        except OSError:
            continue
    return found


def _name(path: Path) -> str | None:
    """Return what a city is called: empty where that cannot be read, None for what is no city."""
    try:
        refuse_special(path)
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return ""
    city = data.get("city")
    if city is None and path.name != "city.toml":
        return None
    return str(city.get("name") or "") if isinstance(city, dict) else ""

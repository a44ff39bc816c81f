"""Every file that a city.toml or a scenario names, so that no output overwrites one of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

__all__ = ["files_named", "files_of"]

_FOLDERS = ("source", "drive", "entrances")
"""Keys that may name a folder: a file geodatabase is one."""


def files_named(file: Path) -> tuple[Path, ...]:
    """Return a TOML file and the files and folders that are there of those it names.

    Every text of it that is the path of a file counts, whatever its key: a kind of input that
    comes later is covered as well. A file that cannot be read names nothing; whoever reads it
    next says why.
    """
    found = [file]
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return tuple(found)
    return (*found, *files_of(file.parent, data))


def files_of(folder: Path, data: object) -> tuple[Path, ...]:
    """Return the files that nested tables name; relative paths start from `folder`."""
    found = []
    for key, text in _texts(data):
        try:
            path = folder / text
            if path.is_file() or (key in _FOLDERS and path.is_dir()):
                found.append(path)
        except (OSError, ValueError):
            continue
    return tuple(found)


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, key)
    elif isinstance(value, str):
        yield key, value

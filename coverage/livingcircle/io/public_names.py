"""Names of files in what is published: relative to the city, without this machine's folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath, PureWindowsPath
from typing import TypeVar, cast

from livingcircle.errors import printable

__all__ = ["public_names"]

T = TypeVar("T")

_DRIVE = re.compile(r"(?i)[a-z]:[\\/]|\\\\")
_SEGMENT = r"[^\s/\\\"'<>|*?:;,()，；：。（）“”‘’]+"
_POSIX = re.compile(rf"(?<![\w./\\~)\]])(?:file:/{{1,3}}|(?<!\w:)/+)(?:{_SEGMENT}/+)+")
_WINDOWS = re.compile(rf"(?i)(?<!\w)(?:file:/*)?(?:[a-z]:[\\/]+|\\\\+)(?:{_SEGMENT}[\\/]+)+")
_CUT = re.compile(r"(?<![\w./\\:~])(?:/|(?i:[a-z]):[\\/])\S*\.\.\.$")
"""A path cut off by the end of a line: its last part is not known."""


def public_names(value: T, folder: Path, config: object = None) -> T:
    r"""Return texts, nested or not, in which files are named relative to the city.

    A file elsewhere is called by its name alone. An absolute path is the documented way to name
    such a file, so what is published would tell the folders of somebody's disk.

    Parameters
    ----------
    value
        A text, or nested mappings and lists (JSON, TOML); what is no text stays as it is.
    folder
        The folder of city.toml.
    config
        Nested texts of city.toml: the folders of the absolute paths in it are known exactly, also
        those with spaces, which a text alone does not tell.

    Examples
    --------
    >>> public_names("/srv/a/streets.csv: row 3 is wrong, see /data/x y/b.csv", Path("/srv/a"),
    ...     {"source": "/data/x y/b.csv"})
    'streets.csv: row 3 is wrong, see b.csv'
    >>> public_names(r"no layer in 'D:\gis\x.gpkg', 5 m/s", Path("/srv/a"))
    "no layer in 'x.gpkg', 5 m/s"
    """
    return cast("T", _replaced(value, _prefixes(folder, config)))


def _replaced(value: object, prefixes: list[str]) -> object:
    if isinstance(value, str):
        for prefix in prefixes:
            value = value.replace(prefix, "")
        return _WINDOWS.sub("", _POSIX.sub("", _CUT.sub("...", value)))
    if isinstance(value, Mapping):
        return {_replaced(k, prefixes): _replaced(item, prefixes) for k, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(item, prefixes) for item in value]
    return value


def _prefixes(folder: Path, config: object) -> list[str]:
    """Return what paths of the city begin with, the longest first."""
    own = {str(folder), str(folder.absolute()), str(folder.resolve())}
    found = set(own)
    for text in _texts(config):
        if "\0" in text or "://" in text or not _is_absolute(text):
            continue
        path: PurePath = PureWindowsPath(text) if _DRIVE.match(text) else Path(text)
        places = {str(path.parent), text.rstrip("/\\")[: -len(path.name)] if path.name else text}
        if isinstance(path, Path):
            places.add(str(path.resolve().parent))
        # Below the city the rest of the path says where in the city.
        found |= {p for p in places if not any(p.startswith(inner) for inner in own)}
    ends = {
        written.rstrip("/\\") + separator
        for place in found
        if len(place.rstrip("/\\")) > 1
        for written in (place, printable(place))
        for separator in "/\\"
    }
    return sorted(ends, key=len, reverse=True)


def _is_absolute(text: str) -> bool:
    return Path(text).is_absolute() or _DRIVE.match(text) is not None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)

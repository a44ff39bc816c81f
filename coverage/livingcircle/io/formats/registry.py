"""The formats that are read: those of this package and those of plug-ins, in one list."""

from __future__ import annotations

import re

from livingcircle._plugins import plugins
from livingcircle.errors import ConfigError
from livingcircle.io.formats.answers import ANSWERS
from livingcircle.io.formats.excel import WORKBOOK
from livingcircle.io.formats.reader import Reader
from livingcircle.io.formats.text import TEXT
from livingcircle.io.formats.vector import PARQUET, VECTOR
from livingcircle.io.notes import shorten

__all__ = [
    "NETWORK_ENDINGS",
    "RASTER_ENDINGS",
    "is_built_in",
    "reader_by_ending",
    "reader_of",
    "readers",
]

FORMATS_GROUP = "livingcircle.formats"
NETWORK_ENDINGS = frozenset({".pbf", ".osm", ".graphml"})
"""Endings of networks and OpenStreetMap extracts, which are read elsewhere."""
RASTER_ENDINGS = frozenset({".asc", ".tif", ".tiff", ".vrt", ".img"})
"""Endings of rasters, which are read elsewhere."""
_OWN = (ANSWERS, WORKBOOK, PARQUET, VECTOR, TEXT)
_ENDING = re.compile(r"\.[a-z0-9_]+")


def readers() -> tuple[Reader, ...]:
    """Return the readers: those that ship, then those of plug-ins.

    Raises
    ------
    ConfigError
        A plug-in is no reader, or takes an ending that is taken.
    """
    found = list(_OWN)
    taken = {suffix: reader.name for reader in _OWN for suffix in reader.suffixes}
    taken |= dict.fromkeys(NETWORK_ENDINGS, "network") | dict.fromkeys(RASTER_ENDINGS, "raster")
    for point, reader in plugins(FORMATS_GROUP).items():
        if not isinstance(reader, Reader) or not all(map(_ENDING.fullmatch, reader.suffixes)):
            raise ConfigError(
                f"the plug-in '{point}' in {FORMATS_GROUP} is no reader",
                hint="It has to name a livingcircle.io.formats.reader.Reader"
                ' whose suffixes are like ".abc"',
            )
        again = sorted(reader.suffixes & taken.keys())
        if again:
            raise ConfigError(
                f"the plug-in '{point}' takes the ending '{again[0]}' of '{taken[again[0]]}'",
                hint="Give its reader another ending",
            )
        taken |= dict.fromkeys(reader.suffixes, reader.name)
        found.append(reader)
    return tuple(found)


def reader_of(head: bytes, suffix: str) -> Reader | None:
    """Return the reader that knows the bytes for its own; None where only the ending can tell.

    Parameters
    ----------
    head
        The first bytes.
    suffix
        The ending in small letters, with its dot.
    """
    # Those that have the ending are asked first.
    asked = sorted(readers(), key=lambda reader: suffix not in reader.suffixes)
    return next((reader for reader in asked if _knows(reader, head, suffix)), None)


def reader_by_ending(head: bytes, suffix: str) -> Reader:
    """Return the reader that has the ending and whose format the bytes do not rule out, or text."""
    for reader in readers():
        if suffix in reader.suffixes and _knows(reader, head, suffix) is not False:
            return reader
    return TEXT


def _knows(reader: Reader, head: bytes, suffix: str) -> bool | None:
    """Return what a reader says of the first bytes of a file."""
    try:
        return reader.knows(head, suffix)
    except Exception as error:
        if is_built_in(reader):
            raise
        # A plug-in is foreign code and may raise anything.
        raise ConfigError(
            f"the reader '{reader.name}' of a plug-in cannot tell its files"
            f" ({type(error).__name__}: {shorten(error, 120)})",
            hint="Update the plug-in or uninstall it",
        ) from error


def is_built_in(reader: Reader) -> bool:
    """Return whether a reader ships with this package."""
    return reader in _OWN

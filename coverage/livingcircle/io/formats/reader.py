"""Reader: what every format of tables and layers brings, from this package or from another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from livingcircle.io.formats.grid import Grid
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Layer", "Opened", "Reader", "Request", "TableSource"]

TableSource: TypeAlias = "str | Path | pd.DataFrame"
"""Path of a file, URL of a PostGIS database, or a table in memory."""


@dataclass(frozen=True)
class Layer:
    """A layer as its file holds it."""

    frame: pd.DataFrame
    """GeoDataFrame (or DataFrame where the table has no geometry), its own columns and CRS."""
    file: str
    notes: tuple[Note, ...]
    cut_names: bool = False
    """Its column names were cut at ten bytes (a .dbf)."""
    system: str | None = None
    """What the file calls its coordinate system, where nobody knows a system of that name."""


Opened: TypeAlias = Grid | Layer
"""What a reader hands out: cells whose header is still to be found, or columns with names."""


@dataclass(frozen=True)
class Request:
    """The file to read, and what the user states of it."""

    path: Path
    file: str
    """Its name, for messages and notes."""
    layer: str | None = None
    sheet: str | int | None = None
    encoding: str | None = None
    prefer: str | None = None
    """Type of geometry ("Line") that tells the layer to read where several are there."""


@dataclass(frozen=True)
class Reader:
    """One format of files.

    Among the readers that know the bytes for theirs, the one that has the ending comes first. Where
    none knows them, the ending decides, and what has no known ending is tried as text.
    """

    name: str
    what: LocalizedText
    """A file of the format in a sentence: "a workbook"."""
    suffixes: frozenset[str]
    """Endings in small letters with the dot; ``""`` for none."""
    read: Callable[[Request], Grid | Layer | pd.DataFrame]
    """Returns a Grid, a Layer, a GeoDataFrame or a DataFrame; raises InputError."""
    sniff: Callable[[bytes, str], bool | None] | None = None
    """Given the first 4096 bytes and the ending, tells whether the file is of this format; None:
    the bytes do not say. Without it a file of one of the endings is."""

    def knows(self, head: bytes, suffix: str) -> bool | None:
        """Return what the first bytes say: of this format, not of it, or nothing (None)."""
        return suffix in self.suffixes if self.sniff is None else self.sniff(head, suffix)

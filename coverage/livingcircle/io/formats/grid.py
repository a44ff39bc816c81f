"""Grid: the cells of a sheet or text file as text, each row with its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from livingcircle._arrays import IntArray
from livingcircle.io.notes import Note

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Grid", "Merge"]

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of a merged cell, from 0."""


@dataclass(frozen=True)
class Grid:
    """Cells as a spreadsheet shows them, before anyone says which row is the header."""

    cells: pd.DataFrame
    """DataFrame of text, columns 0..w-1; an empty cell is ""."""
    row: IntArray
    """(n,) number of each row as a spreadsheet counts it, from 1."""
    merges: tuple[Merge, ...]
    file: str
    notes: tuple[Note, ...]
    name: str = ""
    """Of the sheet; empty for a text file."""
    sheets: tuple[Grid, ...] = ()
    """All visible sheets that hold something, in their order, where none was stated."""
    decimal_comma: bool = False
    """The delimiter is a semicolon, so a comma within a number may be its decimal sign."""

"""Files that belong to a file: a change of them is a change of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["BESIDE", "files_beside"]

BESIDE = {
    ".shp": (".dbf", ".shx", ".prj", ".cpg", ".qpj"),
    ".asc": (".prj", ".asc.aux.xml"),
    ".tif": (".tfw", ".tif.aux.xml"),
    ".tiff": (".tfw", ".tiff.aux.xml"),
    ".tab": (".dat", ".map", ".id", ".ind"),
    ".mif": (".mid",),
}
"""Ending → endings of what belongs to such a file."""


def files_beside(path: Path, parts: Mapping[str, Sequence[str]] = BESIDE) -> list[Path]:
    """Return the files that belong to one and are there, endings in small or large letters."""
    stem = path.stem
    both = (
        path.with_name(stem + written)
        for ending in parts.get(path.suffix.lower(), ())
        for written in (ending, ending.upper())
    )
    # On systems that take large letters for small ones the two are one path.
    return [beside for beside in dict.fromkeys(both) if beside.is_file()]

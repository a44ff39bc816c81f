"""Limits on what is opened: ordinary files, of sizes that a computer of today can hold.

Every limit of the readers stands here, with its reason; docs/limits.md lists them for users.
"""

from __future__ import annotations

import bz2
import gzip
import re
import stat
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import IO

from livingcircle.errors import InputError

__all__ = [
    "MAX_CELLS",
    "MAX_COLUMNS",
    "MAX_TABLE_BYTES",
    "check_columns",
    "check_compressed",
    "check_sheets",
    "check_size",
    "check_zip",
    "refuse_special",
]

MAX_TABLE_BYTES = 2 * 1024**3
"""Text and workbooks are read whole: 2 GB of CSV are about 15 million rows and take 30 GB."""
MAX_COLUMNS = 2_000
"""SQLite, and so the GeoPackage that a run writes, holds no more columns in a table."""
MAX_CELLS = 20_000_000
"""A full sheet of Excel (1,048,576 rows) of 19 columns; a cell in memory takes about 100 bytes."""
MAX_UNPACKED = 2 * 1024**3
"""A full sheet of Excel (1,048,576 rows of a dozen columns) unpacks to about 1 GB."""
MAX_ZIP_RATIO = 250
"""Sheets of repeated text shrink 100 to 1 at most; a bomb shrinks 1000 to 1."""
_RATIO_FROM = 64 * 1024**2
"""Below this size a high ratio is harmless."""
MAX_STREAM_RATIO = 100
"""OSM XML shrinks 10 to 20 times with gzip, and 15 to 25 with bzip2."""
_WINDOW = 32 * 1024**2
"""The ratio is held for every such piece of the unpacked text: a bomb may have a harmless head."""
_CHUNK = 1 << 20

_CELL = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^<>]*?(?<!/)>')
_REPEATED = re.compile(
    rb"<table:table-cell\s[^<>]*?number-columns-repeated=\"([0-9]+)\"[^<>]*?(?<!/)>"
)
_REPEATED_ROW = re.compile(
    rb"<table:table-row\s[^<>]*?number-rows-repeated=\"([0-9]+)\"[^<>]*?>\s*"
    rb"<table:table-cell\b[^<>]*?office:value"
)
_LONGEST_TAG = 4096


def refuse_special(path: Path) -> None:
    """Refuse a pipe, a socket or a device: reading it may never end.

    Raises
    ------
    InputError
        If there is something that is neither a file nor a folder.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return  # the reader that opens it reports what is wrong
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(
            "this is a pipe, a socket or a device, not a file",
            hint="Copy what it gives into a file.",
            file=path,
        )


def check_size(path: Path, file: str) -> None:
    """Refuse a text or workbook that is too large to be read whole."""
    size = path.stat().st_size
    if size > MAX_TABLE_BYTES:
        raise InputError(
            f"the file has {size:,} bytes, more than the {MAX_TABLE_BYTES:,} that are read",
            hint="Give the part of it that covers the city, or a GeoPackage or GeoParquet.",
            file=file,
        )


def check_columns(columns: int, file: str) -> None:
    """Refuse a table of more columns than a GeoPackage could hold."""
    if columns > MAX_COLUMNS:
        raise InputError(
            f"the table has {columns:,} columns, more than the {MAX_COLUMNS:,} that are read",
            hint="Export only the columns that matter.",
            file=file,
        )


_ENCRYPTED = 1
"""Bit of a member's flags."""


def check_zip(source: Path | IO[bytes], size: int, file: str) -> None:
    """Refuse a zip whose directory says that it would unpack to more than memory should hold.

    Parameters
    ----------
    source
        Path, or a binary file.
    size
        Bytes of the zip.

    Raises
    ------
    InputError
        If it is no whole zip, locked by a password, or a bomb.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(
            f"the file is cut off or damaged ({error})", hint="Copy or export it again.", file=file
        ) from error
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise InputError("the zip is locked by a password", hint="Save it without one.", file=file)
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED or (unpacked > _RATIO_FROM and unpacked > MAX_ZIP_RATIO * size):
        raise InputError(
            f"the file of {size:,} bytes would unpack to {unpacked:,} and is not opened",
            hint="Save the table as CSV.",
            file=file,
        )


def check_sheets(source: Path | IO[bytes], file: str) -> None:
    """Refuse a workbook (XLSX, ODS) with a cell so far out that its rectangle fills the memory.

    The libraries that read sheets lay out the whole rectangle between the first and the last cell
    that holds something, whatever the sheet's own statement of its extent.

    Raises
    ------
    InputError
        If a sheet has more than `MAX_COLUMNS` columns or `MAX_CELLS` cells.
    """
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            name = info.filename.lower()
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(info) as stream:
                    _check_extent(stream, file)
            elif name == "content.xml":
                with archive.open(info) as stream:
                    _check_repeats(stream, file)


def _check_extent(stream: IO[bytes], file: str) -> None:
    width = height = 0
    for text in _pieces(stream):
        cells = _CELL.findall(text)
        if not cells:
            continue
        width = max(width, *(_column(name) for name in {name for name, _ in cells}))
        height = max(height, int(cells[-1][1]), int(cells[0][1]))
        if width > MAX_COLUMNS or width * height > MAX_CELLS:
            _too_far(width, height, file)


def _check_repeats(stream: IO[bytes], file: str) -> None:
    width = height = 1
    for text in _pieces(stream):
        width = max(width, *(int(n) for n in _REPEATED.findall(text)), 1)
        height = max(height, *(int(n) for n in _REPEATED_ROW.findall(text)), 1)
        if width > MAX_COLUMNS or width * height > MAX_CELLS:
            _too_far(width, height, file)


def _too_far(width: int, height: int, file: str) -> None:
    raise InputError(
        f"a sheet reaches to column {width:,} and row {height:,}, more than is read",
        hint="Clear what stands far out (Ctrl+End goes there), or save the table as CSV.",
        file=file,
    )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a stream in pieces that overlap, so that no tag is lost between two."""
    tail = b""
    while piece := stream.read(_CHUNK):
        text = tail + piece
        yield text
        tail = text[-_LONGEST_TAG:]


def check_compressed(path: Path) -> None:
    """Refuse a ``.gz`` or ``.bz2`` that unpacks to absurdly more than it holds.

    Raises
    ------
    InputError
        If any stretch of it does.
    """
    if path.suffix.lower() in (".gz", ".bz2") and path.is_file():
        state = path.stat()
        _check_stream(path, state.st_size, state.st_mtime_ns)


def _unpacked(packed: FileIO, path: Path) -> gzip.GzipFile | bz2.BZ2File:
    return gzip.open(packed) if path.suffix.lower() == ".gz" else bz2.open(packed)


@lru_cache(maxsize=64)
def _check_stream(path: Path, size: int, modified_ns: int) -> None:
    # Size and time are the cache's: one extract is read several times for one city.
    with path.open("rb", buffering=0) as packed:
        before, unpacked = 0, 0
        try:
            with _unpacked(packed, path) as stream:
                while piece := stream.read(_CHUNK):
                    unpacked += len(piece)
                    if unpacked < _WINDOW:
                        continue
                    used = packed.tell() - before
                    if unpacked > MAX_STREAM_RATIO * max(used, 1):
                        raise InputError(
                            f"the file of {size:,} bytes unpacks to more than"
                            f" {MAX_STREAM_RATIO} times as much and is not read",
                            hint="Download the extract again, as .osm.pbf.",
                            file=path,
                        )
                    before, unpacked = packed.tell(), 0
        except (OSError, EOFError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"the file is cut off or damaged ({error})",
                hint="Copy or download it again.",
                file=path,
            ) from error

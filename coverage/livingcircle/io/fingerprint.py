"""Fingerprints: SHA-256 of the content of a file, and of this package."""

from __future__ import annotations

import hashlib
import stat
from functools import cache
from io import BufferedReader
from pathlib import Path

from livingcircle.errors import InputError

__all__ = ["content_hash", "package_hash", "sha256_of"]

_SQLITE = b"SQLite format 3\0"
_SQLITE_HEADER = 100
_SQLITE_COUNTERS = (slice(18, 20), slice(24, 28), slice(92, 100))
"""Journal mode, change counter, and version of the library: https://www.sqlite.org/fileformat2.html.
A program that only looks at a GeoPackage (QGIS) may change these bytes."""

_ABOVE = ("pipeline.py", "__main__.py", "__init__.py")
"""Files of no room that stand above the rooms: nothing below depends on them."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content as 64 hexadecimal digits.

    Raises
    ------
    InputError
        It is a pipe, a device or a folder: reading it might never end.
    OSError
        It cannot be read.
    """
    with _regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def content_hash(path: Path) -> str:
    """Return the SHA-256 of what a file says: of SQLite files without the counters of its header.

    Raises
    ------
    InputError, OSError
        As ``sha256_of``.
    """
    with _regular(path) as stream:
        head = stream.read(_SQLITE_HEADER)
        if not head.startswith(_SQLITE) or len(head) < _SQLITE_HEADER:
            stream.seek(0)
            return hashlib.file_digest(stream, "sha256").hexdigest()
        plain = bytearray(head)
        for part in _SQLITE_COUNTERS:
            plain[part] = bytes(len(plain[part]))
        digest = hashlib.sha256(plain)
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()


def _regular(path: Path) -> BufferedReader:
    # Asked before it is opened: opening a pipe waits for somebody who writes to it.
    if not stat.S_ISREG(path.stat().st_mode):
        raise InputError(
            "is not a regular file", hint="Name a file, not a pipe, device or folder", file=path
        )
    return path.open("rb")


@cache
def package_hash(rooms: tuple[str, ...] | None = None) -> str:
    """Return twelve hexadecimal digits for the files of this package, its code and its data.

    With them a changed line counts in a development install as well as a new version.

    Parameters
    ----------
    rooms
        Folders whose files count, and those of the foundations that all rooms stand on; all of
        the package if None.
    """
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for file in sorted(p for p in root.rglob("*") if "__pycache__" not in p.parts and p.is_file()):
        name = file.relative_to(root)
        room = name.parts[0]
        wanted = rooms is None or room in rooms or (len(name.parts) == 1 and room not in _ABOVE)
        if wanted:
            digest.update(f"{name.as_posix()}\0{sha256_of(file)}\n".encode())
    return digest.hexdigest()[:12]

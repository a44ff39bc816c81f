"""The fingerprint of a file: SHA-256 of its content."""

from __future__ import annotations

import hashlib
import stat
from io import BufferedReader
from pathlib import Path

from livingcircle.errors import InputError

__all__ = ["content_hash", "sha256_of"]

_SQLITE = b"SQLite format 3\0"
_SQLITE_HEADER = 100
_SQLITE_COUNTERS = (slice(18, 20), slice(24, 28), slice(92, 100))
"""Journal mode, change counter, and version of the library: https://www.sqlite.org/fileformat2.html.
A program that only looks at a GeoPackage (QGIS) may change these bytes."""


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
        As :func:`sha256_of`.
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

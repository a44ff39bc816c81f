"""What takes long to make, kept in the user's cache folder under the hash of all it depends on."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from livingcircle.io.atomic import part_beside

__all__ = ["cache_folder", "cached_file", "drop_entry", "keep_entry"]

CACHE_BYTES = 4 << 30
"""What one kind of entry may take together: some eighty cities of a million nodes."""

_LEAVE_FREE = 1 << 28
"""Bytes of the disk that are left to those who need them more."""

_SMALL_BYTES = 1 << 20
"""Only one in 32 entries smaller than this checks what the folder takes: there may be many."""

_PART_AFTER_S = 24 * 3600.0
"""No entry is written for a day: an older part belongs to a process that was killed."""

_OURS = re.compile(r"[0-9a-f]{64}(?:\.[0-9a-f]{8}\.part)?")
"""Names that we give; anything else in the folder is somebody's own."""


def cache_folder(environ: Mapping[str, str] | None = None, platform: str | None = None) -> Path:
    """Return the folder of the cache, which may not be there yet.

    ``LIVINGCIRCLE_CACHE`` names it; else it is ``livingcircle`` in ``XDG_CACHE_HOME`` (where that
    is an absolute path, as its specification demands), else in the place of the system:
    ``%LOCALAPPDATA%``, ``~/Library/Caches`` or ``~/.cache``.

    Parameters
    ----------
    environ, platform
        ``os.environ`` and ``sys.platform`` if None.

    Raises
    ------
    RuntimeError
        The user has no home folder.
    """
    given = os.environ if environ is None else environ
    system = sys.platform if platform is None else platform
    if stated := given.get("LIVINGCIRCLE_CACHE"):
        return Path(stated).expanduser().absolute()
    xdg = given.get("XDG_CACHE_HOME", "")
    if Path(xdg).is_absolute():
        return Path(xdg) / "livingcircle"
    if system == "win32":
        local = given.get("LOCALAPPDATA")
        above = Path(local) if local else Path.home() / "AppData" / "Local"
        return above / "livingcircle" / "Cache"
    if system == "darwin":
        return Path.home() / "Library" / "Caches" / "livingcircle"
    return Path.home() / ".cache" / "livingcircle"


def cached_file(kind: str, key: str) -> Path | None:
    """Return the file of an entry, and mark it as used; None where there is none.

    Parameters
    ----------
    kind
        Folder of the entries of one kind, ``"networks"``.
    key
        64 hexadecimal digits.
    """
    with contextlib.suppress(OSError, RuntimeError):
        path = cache_folder() / kind / key
        if path.is_file():
            # The oldest is dropped first, and age is counted from the last use.
            with contextlib.suppress(OSError):
                os.utime(path)
            return path
    return None


def keep_entry(kind: str, key: str, write: Callable[[IO[bytes]], None], size: int) -> Path | None:
    """Write an entry, whole or not at all; drop the oldest ones where they take too much room.

    A cache that cannot be written costs time and nothing else. Two processes that write one entry
    each write a file of their own, and the later one stands.

    Parameters
    ----------
    kind, key
        As of ``cached_file``.
    write
        Writes the content to a stream.
    size
        Bytes that it takes, about.

    Returns
    -------
    Path or None
        The file; None where nothing was kept.
    """
    try:
        folder = cache_folder() / kind
        # Streets that a user may see need not be seen by others.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if size > CACHE_BYTES or shutil.disk_usage(folder).free < size + _LEAVE_FREE:
            return None
        place = folder / key
        with part_beside(place) as part, part.open("xb") as stream:
            write(stream)
        if size >= _SMALL_BYTES or int(key[:2], 16) < 8:
            _drop_oldest(folder, place)
    except (OSError, RuntimeError):
        return None
    else:
        return place


def drop_entry(path: Path) -> None:
    """Remove an entry that turned out to be damaged."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _drop_oldest(folder: Path, latest: Path) -> None:
    """Remove the entries that were used longest ago until the rest fits, and abandoned parts."""
    found = []
    for path in folder.iterdir():
        if not _OURS.fullmatch(path.name):
            continue
        with contextlib.suppress(OSError):
            about = path.stat()
            if path.suffix == ".part":
                if time.time() - about.st_mtime > _PART_AFTER_S:
                    path.unlink(missing_ok=True)
                continue
            found.append((path != latest, about.st_mtime, about.st_size, path))
    room = CACHE_BYTES
    for _, _, size, path in sorted(found, key=lambda entry: (entry[0], -entry[1])):
        room -= size
        if room < 0:
            drop_entry(path)

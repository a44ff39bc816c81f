"""An output folder is written whole or not at all: beside its place, then swapped in."""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from livingcircle.errors import InputError, LivingCircleError

__all__ = ["MARKER", "exchange", "is_output", "refuse_foreign", "swapped"]

MARKER = "run.json"
"""The file by which an output folder of livingcircle is known; it must name the program."""

LEFTOVER_AFTER_S = 24 * 3600.0
"""No run lasts a day, so an older half-written sibling belongs to a run that was killed."""

_LEFTOVER = re.compile(r"\.(?:new|old)-[0-9a-f]{8}")
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def is_output(folder: Path) -> bool:
    """Tell whether `folder` was written by livingcircle and may therefore be replaced."""
    try:
        head = (folder / MARKER).read_text(encoding="utf-8")[:400]
    except (OSError, UnicodeDecodeError):
        return False
    return '"program": "livingcircle"' in head


@contextlib.contextmanager
def swapped(folder: Path) -> Iterator[Path]:
    """Give a fresh sibling folder to write into; put it in the place of `folder` at the end.

    On any exception (or interrupt) the fresh folder is removed and `folder` is left as it was.
    On Linux the two folders change places in one step of the kernel; elsewhere the old one is
    renamed aside first, and renamed back when the second step fails.

    Parameters
    ----------
    folder
        Where the output belongs. It may be missing, empty, or an earlier output.

    Raises
    ------
    InputError
        `folder` holds something that livingcircle did not write, or cannot be written or replaced.
    """
    place = _real_place(folder)
    refuse_foreign(place)
    mark = secrets.token_hex(4)
    fresh = place.with_name(f".{place.name}.new-{mark}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(place)
        fresh.mkdir()
    except OSError as error:
        raise InputError(
            f"cannot write here ({error.strerror})",
            hint="Choose a folder that you may write to with --out.",
            file=folder,
        ) from error
    try:
        yield fresh
        # Somebody may have put files there while the run went on.
        refuse_foreign(place)
        _put_in_place(fresh, place, mark)
    except LivingCircleError:
        raise
    except OSError as error:
        raise InputError(
            f"the output cannot be written or put in place ({error.strerror or error})",
            hint="Close files of the folder that are open in QGIS or Excel, look at the free "
            "space of the disk, then run again.",
            file=folder,
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _remove_leftovers(place: Path) -> None:
    """Remove what killed runs left beside `place`; a run that still goes on is younger.

    A run killed between its two renames leaves the only copy aside: that one is put back.
    """
    for leftover in sorted(place.parent.glob(f".{glob.escape(place.name)}.*-*")):
        if ".old-" in leftover.name and not place.exists() and is_output(leftover):
            leftover.rename(place)
            continue
        with contextlib.suppress(OSError):
            if _LEFTOVER.fullmatch(leftover.name[len(place.name) + 1 :]) and (
                time.time() - leftover.stat().st_mtime > LEFTOVER_AFTER_S
            ):
                shutil.rmtree(leftover, ignore_errors=True)


def _real_place(folder: Path) -> Path:
    """Follow symbolic links, so that the linked folder is replaced and not the link."""
    place = folder.expanduser().resolve()
    if place.name == "":
        raise InputError(
            "the root of a drive cannot be an output folder",
            hint="Name a folder of its own with --out.",
            file=folder,
        )
    return place


def refuse_foreign(place: Path) -> None:
    """Refuse a place that holds anything but an earlier output.

    Raises
    ------
    InputError
        It is a file, or a folder with files that livingcircle did not write.
    """
    if not place.exists():
        return
    if not place.is_dir():
        raise InputError("is a file, not a folder", hint="Name a folder with --out.", file=place)
    if is_output(place) or next(place.iterdir(), None) is None:
        return
    raise InputError(
        "the folder holds files that livingcircle did not write, so it is not replaced",
        hint="Name another folder with --out, or empty this one.",
        file=place,
    )


def _put_in_place(fresh: Path, place: Path, mark: str) -> None:
    """Swap `fresh` into `place`; what was there is removed afterwards."""
    if not place.exists():
        fresh.rename(place)
        return
    if exchange(fresh, place):
        # `fresh` is now the earlier output, and the caller removes it.
        return
    aside = place.with_name(f".{place.name}.old-{mark}")
    place.rename(aside)
    try:
        fresh.rename(place)
    except OSError:
        aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step where the kernel can (Linux 3.15, glibc 2.28)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    done = renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    # Some file systems (old NFS, FAT) cannot; the caller then renames twice.
    return bool(done == 0)

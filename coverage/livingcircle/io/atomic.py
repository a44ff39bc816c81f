"""Outputs are whole or not there: written beside their place, then put into it in one step."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import glob
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.ownership import (
    OWNED_LIST,
    Owned,
    Recognise,
    discard,
    dismantle,
    files_below,
    keep_foreign,
    list_owned,
    real_place,
    recognise_owned,
    refuse_foreign,
    remove_empty,
    write_marker,
)

__all__ = [
    "UNFINISHED",
    "disk_full",
    "exchange_folders",
    "no_space",
    "part_beside",
    "put_aside",
    "replaced_file",
    "replaced_folder",
    "swap_aside",
    "write_text",
]

UNFINISHED = "unfinished"
"""Kind of a folder that is being written: all in it is ours, or a link to what is elsewhere."""

LEFTOVER_AFTER_S = 24 * 3600.0
"""No run lasts a day, so an older half-written sibling belongs to a run that was killed."""

_FULL_BELOW = 1 << 18
"""A disk with fewer free bytes is full: GDAL and SQLite only say that a statement failed."""
_FULL_COMMIT_BELOW = 1 << 30
"""A commit that failed gave its bytes back: what it needed may be more than is free now."""

_LEFTOVER = re.compile(r"\.(?:new|old)-[0-9a-f]{8}")
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def no_space(error: BaseException, folder: Path) -> bool:
    """Return whether something could not be written to a folder because its disk is full."""
    cause: BaseException | None = error
    least = _FULL_BELOW
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if re.search(r"commit transaction|disk I/O error", str(cause), re.IGNORECASE):
            least = _FULL_COMMIT_BELOW
        if re.search(r"no space left|disk is full|disk full|quota", str(cause), re.IGNORECASE):
            return True
        cause = cause.__cause__ or cause.__context__
    with contextlib.suppress(OSError):
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        return shutil.disk_usage(folder).free < least
    return False


@contextlib.contextmanager
def replaced_file(path: str | Path, *, begins: bytes = b"") -> Iterator[Path]:
    """Give a path beside a file to write to; put it in the place of the file at the end.

    Parameters
    ----------
    path
        Where the file belongs. Its folder is made if need be.
    begins
        How a file of this kind begins: one that is there, is not empty and begins otherwise is
        somebody's own, and stays.

    Raises
    ------
    InputError
        It cannot be written, or something else is there.
    """
    place = real_place(path)
    folder: Path | None = None
    try:
        _refuse_other(place, begins)
        place.parent.mkdir(parents=True, exist_ok=True)
        # A folder of its own: SQLite lays further files beside the one it writes.
        folder = Path(tempfile.mkdtemp(dir=place.parent, prefix=".livingcircle-"))
        beside = folder / place.name
        yield beside
        with beside.open("rb+") as stream:
            os.fsync(stream.fileno())
        beside.replace(place)
    except LivingCircleError:
        raise
    except Exception as error:
        if no_space(error, place.parent):
            raise disk_full(Path(path)) from error
        if not isinstance(error, OSError):
            raise
        raise InputError(
            f"nothing can be written there ({error.strerror or error})",
            hint="Name a file in a folder that you may write to",
            file=path,
        ) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def part_beside(place: Path, name: str | None = None) -> Iterator[Path]:
    """Give a path beside a file of ours to write to; put it in the place of the file at the end.

    For folders that the program keeps to itself: nothing is made, checked or explained, and errors
    of the system stay what they are. The part is removed where the content is not whole.

    Parameters
    ----------
    place
        Where the file belongs.
    name
        Of the part; one that no other process takes if None.
    """
    part = place.with_name(name or f"{place.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
        part.replace(place)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    with replaced_file(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def _refuse_other(place: Path, begins: bytes) -> None:
    if not begins or not place.exists():
        return
    if not place.is_file():
        raise InputError("is no file", hint="Name a file with --out", file=place)
    with place.open("rb") as stream:
        head = stream.read(len(begins))
    if head and head != begins:
        raise InputError(
            "the file was not written by this command, so it is not replaced",
            hint="Name another file with --out, or remove this one",
            file=place,
        )


def disk_full(path: Path) -> InputError:
    """Return the error that says that the disk of an output is full."""
    return InputError(
        "no space is left on the disk; what was there before stands as it was",
        hint="Make room, or name a place on another disk, then run again",
        file=path,
    )


@contextlib.contextmanager
def replaced_folder(
    folder: str | Path, kind: str, *, recognise: Recognise | None = None
) -> Iterator[Path]:
    """Give a fresh sibling folder to write into; put it in the place of `folder` at the end.

    What a user laid into `folder` is in the new one as well. On any exception (or interrupt) the
    fresh folder is removed and `folder` is left as it was. On Linux the two folders change places
    in one step of the kernel; elsewhere the old one is renamed aside first, and renamed back when
    the second step fails.

    Parameters
    ----------
    folder
        Where the output belongs. It may be missing, empty, or an earlier output.
    kind
        What is written: ``run`` or ``plan``.
    recognise
        Knows outputs of an earlier version, which have no list.

    Raises
    ------
    InputError
        `folder` holds something that livingcircle did not write, or cannot be written or replaced.
    """
    place = real_place(folder)
    refuse_foreign(place, kind, recognise)
    mark = secrets.token_hex(4)
    fresh = place.with_name(f".{place.name}.new-{mark}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(place, recognise)
        fresh.mkdir()
        ours = fresh.stat().st_ino
        write_marker(fresh, UNFINISHED, names=())
    except OSError as error:
        discard(fresh)
        if no_space(error, place.parent):
            raise disk_full(Path(folder)) from error
        raise InputError(
            f"cannot write here ({error.strerror})",
            hint="Choose a folder that you may write to with --out",
            file=folder,
        ) from error
    try:
        yield fresh
        # Somebody may have put files there while the run went on.
        refuse_foreign(place, kind, recognise)
        write_marker(fresh, kind)
        earlier = recognise_owned(place, recognise) or Owned(kind, {})
        if place.exists():
            keep_foreign(place, fresh, earlier)
        _put_in_place(fresh, place, mark, earlier)
    except LivingCircleError:
        raise
    except Exception as error:
        if no_space(error, place.parent):
            raise disk_full(Path(folder)) from error
        if not isinstance(error, OSError):
            raise
        raise InputError(
            f"the output cannot be written or put in place ({error.strerror or error})",
            hint="Close files of the folder that are open in QGIS or Excel, then run again",
            file=folder,
        ) from error
    finally:
        # Once it is in place, its sibling is the earlier output, and holds what is not ours.
        if not place.exists() or place.stat().st_ino != ours:
            discard(fresh)


def _remove_leftovers(place: Path, recognise: Recognise | None) -> None:
    """Remove what killed runs left beside `place`; a run that still goes on is younger.

    A run killed between its two renames leaves the only copy aside: that one is put back.
    """
    for leftover in sorted(place.parent.glob(f".{glob.escape(place.name)}.*-*")):
        if not _LEFTOVER.fullmatch(leftover.name[len(place.name) + 1 :]):
            continue
        aside = ".old-" in leftover.name
        if aside and not place.exists() and recognise_owned(leftover, recognise) is not None:
            leftover.rename(place)
            continue
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > LEFTOVER_AFTER_S:
                put_aside(leftover, place, recognise)


def put_aside(leftover: Path, place: Path, recognise: Recognise | None = None) -> None:
    """Remove what a killed run left, as far as it is ours; the rest goes to `place`."""
    owned = list_owned(leftover)
    # Without a list, and with no more than the beginning of one, nothing else was written yet.
    begun = owned is None and set(files_below(leftover)) <= {f"{OWNED_LIST}.part"}
    if begun or (owned is not None and owned.kind == UNFINISHED):
        discard(leftover)
        return
    owned = owned or (recognise(leftover) if recognise is not None else None)
    if owned is not None:
        dismantle(leftover, place, owned)
    # A kill between the last file and the folders leaves folders alone: they hold nothing.
    remove_empty(leftover)


def _put_in_place(fresh: Path, place: Path, mark: str, earlier: Owned) -> None:
    """Swap `fresh` into `place`; what was there is removed afterwards."""
    if not place.exists():
        fresh.rename(place)
        return
    if exchange_folders(fresh, place):
        # `fresh` is now the earlier output.
        dismantle(fresh, place, earlier)
        return
    aside = place.with_name(f".{place.name}.old-{mark}")
    swap_aside(fresh, place, aside)
    dismantle(aside, place, earlier)


def swap_aside(fresh: Path, place: Path, aside: Path) -> None:
    """Move `place` aside and `fresh` to its place; on failure all is as before."""
    place.rename(aside)
    try:
        fresh.rename(place)
    except OSError:
        aside.rename(place)
        raise


def exchange_folders(one: Path, other: Path) -> bool:
    """Exchange two folders in one step where the kernel can (Linux 3.15, glibc 2.28)."""
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

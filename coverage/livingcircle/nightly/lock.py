"""A lock that the operating system keeps: it is free again the moment its holder dies."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from livingcircle.errors import InputError

__all__ = ["only_one"]

# Windows locks bytes, and nobody else can read them: one far behind the text.
_FAR = 1 << 30

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock `path` while the block runs.

    The file stays: a lock file that is removed lets two holders in. What it says (the holder's
    process number) is for people; the lock is the operating system's, and a job that was killed
    leaves none behind. The handle is not inherited by the processes that the job starts.

    Raises
    ------
    InputError
        Another process holds it, or the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise InputError(
            f"the lock cannot be made ({error.strerror})",
            hint="Choose a folder that you may write to with --site",
            file=path,
        ) from error
    try:
        try:
            _take(handle)
        except OSError:
            holder = os.read(handle, 40).decode("ascii", "replace").strip() or "unknown"
            raise InputError(
                f"another night job is writing this site (process {holder})",
                hint="Wait until it ends; a second run at once would only do the same work",
                file=path,
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode("ascii"))
        yield
    finally:
        os.close(handle)

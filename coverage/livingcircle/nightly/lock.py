"""The lock of a site: kept by the operating system, so it is free once its holder has died."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from livingcircle.errors import InputError

__all__ = ["only_one"]


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock `path` while the block runs.

    The file holds the process number of its holder, for people to read. On file systems without
    locks of the operating system the job is refused: any other lock would outlive a killed job.

    Raises
    ------
    InputError
        Another process holds it, or the file cannot be made.
    """
    lock = FileLock(path, timeout=0, fallback_to_soft=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise InputError(
            f"another night job is writing this site (process {_holder(path)})",
            hint="Wait until it ends; a second run at once would only do the same work",
            file=path,
        ) from None
    except OSError as error:
        raise InputError(
            f"the lock cannot be made ({error.strerror})",
            hint="Choose a folder that you may write to with --site",
            file=path,
        ) from error
    try:
        # Windows keeps a locked file from being written or read; the number is a courtesy.
        with contextlib.suppress(OSError):
            path.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        lock.release()


def _holder(path: Path) -> str:
    """Return the process number that the holder wrote into the lock file."""
    try:
        text = path.read_bytes()[:20].decode("ascii", "replace").strip()
    except OSError:
        text = ""
    return text if text.isdigit() else "unknown"

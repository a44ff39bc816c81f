"""What an earlier desk left half written when it was killed."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from pathlib import Path

from livingcircle.desk.interrupted_task import interrupted_task, is_running
from livingcircle.desk.outputs import BEFORE_RUN

__all__ = ["begun_upload", "remove_leftovers"]

_SAVING_S = 3600.0
_UPLOAD = re.compile(r"\.upload-(?:(\d+)-)?.*")


def begun_upload() -> str:
    """Return a name for a file that this desk is about to receive."""
    return f".upload-{os.getpid()}-{secrets.token_hex(4)}"


def remove_leftovers(root: Path) -> None:
    """Remove uploads and copies that no running desk is writing.

    Parameters
    ----------
    root
        Folder of the projects.
    """
    for folder in (p for p in root.iterdir() if p.is_dir() and not p.is_symlink()):
        for path in folder.glob(".upload-*"):
            match = _UPLOAD.fullmatch(path.name)
            # On Windows a file that somebody writes cannot be removed anyway.
            if match and match[1] and is_running(int(match[1])):
                continue
            with contextlib.suppress(OSError):
                path.unlink()
        for path in folder.glob(".livingcircle-*"):
            # A folder in which a file was being saved; one that is young may be another program's.
            with contextlib.suppress(OSError):
                if path.is_symlink() or path.stat().st_mtime > time.time() - _SAVING_S:
                    continue
                shutil.rmtree(path, ignore_errors=True)
        if interrupted_task(folder) is not None:
            shutil.rmtree(folder / BEFORE_RUN, ignore_errors=True)

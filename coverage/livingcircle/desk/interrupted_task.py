"""A run that ended with the desk (a power cut, kill -9): remembered, so that it can go on."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from livingcircle.io.atomic import write_text

__all__ = ["interrupted_task", "is_running", "mark_begun", "mark_ended"]

_MARK = ".run-under-way.json"


def mark_begun(folder: Path, what: str, options: Mapping[str, object]) -> None:
    """Write down that a piece of work on a project was begun."""
    said = {"what": what, "options": dict(options), "desk": os.getpid()}
    write_text(folder / _MARK, json.dumps(said))


def mark_ended(folder: Path) -> None:
    """Remove the record of a piece of work that ended, or was ended."""
    with contextlib.suppress(OSError):
        (folder / _MARK).unlink(missing_ok=True)


def interrupted_task(folder: Path) -> dict[str, object] | None:
    """Return what was begun and never ended, with its choices; None where nothing was.

    What another desk is doing right now is not interrupted.
    """
    try:
        found = json.loads((folder / _MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("options"), dict):
        return None
    desk = found.get("desk")
    if isinstance(desk, int) and desk != os.getpid() and is_running(desk):
        return None
    return {"what": str(found.get("what")), "options": found["options"]}


def is_running(process: int) -> bool:
    """Return whether a process runs; not asked on Windows, where the call could end it."""
    if os.name == "nt" or process <= 0:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True

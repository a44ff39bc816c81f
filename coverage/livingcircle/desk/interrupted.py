"""A run that ended with the desk (a power cut, kill -9): remembered, so that it can go on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from livingcircle.io.atomic import write_text

__all__ = ["begun", "ended", "interrupted"]

_MARK = ".run-under-way.json"


def begun(folder: Path, what: str, options: Mapping[str, object]) -> None:
    """Write down that a piece of work on a project was begun."""
    write_text(folder / _MARK, json.dumps({"what": what, "options": dict(options)}))


def ended(folder: Path) -> None:
    """Forget it: it ended, or was ended."""
    with contextlib.suppress(OSError):
        (folder / _MARK).unlink(missing_ok=True)


def interrupted(folder: Path) -> dict[str, object] | None:
    """Return what was begun and never ended, with its choices; None where nothing was."""
    try:
        found = json.loads((folder / _MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("options"), dict):
        return None
    return {"what": str(found.get("what")), "options": found["options"]}

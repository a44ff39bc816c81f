"""How much Python a call takes: counted, since a clock tells of the machine as well."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import livingcircle

PACKAGE = str(Path(livingcircle.__file__).parent)


def lines_run(action: Callable[[], Any]) -> tuple[Any, int]:
    """Call something; return its result and how many lines of the package it ran.

    A line in a loop counts each time, so whole arrays take a few hundred lines however long
    they are, and a loop over rows takes more lines than there are rows.
    """
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        result = action()
    finally:
        sys.settrace(before)
    return result, count

"""Memory that was let go of goes back to the system between the phases of a run."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache

__all__ = ["give_back"]


def give_back() -> None:
    """Give memory back that the C library keeps for later: of a megacity's run, a third.

    Only glibc is asked; other libraries give back what is large by themselves.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # another C library, or none that can be loaded
        return None
    return found

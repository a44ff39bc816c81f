"""Memory of a run: given back to the system between phases, and seldom searched for rings."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

__all__ = ["collected_seldom", "give_back"]

_SELDOM = (50_000, 20, 50)


@dataclass
class _Runs:
    """Runs under way in this process, in any thread, and what the first of them found."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    count: int = 0
    threshold: tuple[int, int, int] = (0, 0, 0)
    frozen: bool = False


_RUNS = _Runs()


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Search seldom for objects that only hold each other, and not among those there before.

    A run makes millions of small objects, hardly any of which do; the searches that Python makes
    on its own account take a seventh of it.
    """
    with _RUNS.lock:
        _RUNS.count += 1
        if _RUNS.count == 1:
            _RUNS.threshold = gc.get_threshold()
            # What the caller has frozen stays so.
            _RUNS.frozen = hasattr(gc, "freeze") and gc.get_freeze_count() == 0
            if _RUNS.frozen:
                # What the run before this one left would be kept for good.
                gc.collect()
                gc.freeze()
            gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        with _RUNS.lock:
            _RUNS.count -= 1
            if _RUNS.count == 0:
                gc.set_threshold(*_RUNS.threshold)
                if _RUNS.frozen:
                    gc.unfreeze()


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

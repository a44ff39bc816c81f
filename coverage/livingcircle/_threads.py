"""Run work that releases the interpreter's lock in threads: as many as the system allows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

__all__ = ["in_threads", "thread_count"]

Piece = TypeVar("Piece")
Found = TypeVar("Found")


def thread_count() -> int:
    """Return how many threads to use: ``OMP_NUM_THREADS``, else the cores of this process."""
    stated = os.environ.get("OMP_NUM_THREADS", "")
    if stated.isdigit() and int(stated) > 0:
        return int(stated)
    cores = getattr(os, "sched_getaffinity", None)
    return len(cores(0)) if cores is not None else os.cpu_count() or 1


def in_threads(work: Callable[[Piece], Found], parts: Sequence[Piece]) -> Iterator[Found]:
    """Yield what a function makes of each part, in order.

    Where the system gives no thread (a limit on memory or on processes), the rest is done in
    this one.

    Examples
    --------
    >>> list(in_threads(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    begun: list[Future[Found]] = []
    threads = min(thread_count(), len(parts))
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            with suppress(RuntimeError):
                begun.extend(pool.submit(work, part) for part in parts)
            yield from (one.result() for one in begun)
    yield from map(work, parts[len(begun) :])

"""How much memory there is, and how much of it a process may take."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import psutil

__all__ = ["MEMORY_PER_CITY", "available_memory", "limit_memory"]

MEMORY_PER_CITY = 1 << 30
"""Bytes that a process needs: half for the libraries, the rest for a city of 100,000 buildings."""

_CGROUP = Path("/sys/fs/cgroup")


def available_memory() -> int:
    """Return the bytes that can be had without swapping, in a container those that it may take."""
    free = int(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):
        # "max" where there is no limit, which is no number.
        limit = int((_CGROUP / "memory.max").read_text())
        # Pages of files that were read are given back when they are needed.
        lines = (_CGROUP / "memory.stat").read_text().splitlines()
        held = dict(line.split() for line in lines)
        used = int((_CGROUP / "memory.current").read_text()) - int(held.get("inactive_file", 0))
        free = min(free, max(0, limit - used))
    return free


def limit_memory(size: int) -> None:
    """Limit the data of this process to so many bytes, where the system can (POSIX)."""
    if sys.platform == "win32":
        return
    import resource

    size = max(size, MEMORY_PER_CITY)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    known = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (min([size, *known]), hard))

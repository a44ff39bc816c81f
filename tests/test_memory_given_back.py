"""Memory that was let go of goes back to the system."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import numpy as np
import pytest

from livingcircle._memory import give_back


def held_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_blocks_below_one_that_is_held_go_back():
    blocks = [np.ones(8_000) for _ in range(2_000)]
    top = blocks[-1]
    del blocks
    before = held_mib()
    give_back()
    assert held_mib() < before - 60, "of 122 MiB"
    assert top.sum() == 8_000


def test_another_system_is_left_alone(monkeypatch):
    from livingcircle import _memory

    _memory._trim.cache_clear()
    monkeypatch.setattr("sys.platform", "win32")
    give_back()
    _memory._trim.cache_clear()

"""For the examples in docstrings: the sample city is read and assessed once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import livingcircle as lc

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def sample_once() -> Iterator[None]:
    """Keep what ``read_city`` and ``assess`` gave; examples name files from the project's root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(lc, "read_city", cache(lc.read_city))
        patch.setattr(lc, "assess", cache(lc.assess))
        yield

"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real OpenStreetMap data; the test is skipped where it is absent."""
    stated = os.environ.get("LIVINGCIRCLE_REAL_DATA")
    folder = Path(stated) if stated else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data are not at {folder} (set LIVINGCIRCLE_REAL_DATA)")
    return folder


@pytest.fixture(scope="session")
def sample_dir() -> Path:
    """Folder of the synthetic sample city, which ships with the project."""
    return ROOT / "data" / "sample"

"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import livingcircle as lc
from livingcircle.standards.catalogue import list_packs

ROOT = Path(__file__).resolve().parent.parent

# A busy machine is no fault of an example.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests, and the processes that they start, keep out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


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


@pytest.fixture(scope="session")
def sample_city(sample_dir: Path) -> lc.City:
    """The sample city, read once; what is searched on it is kept for all tests of a process."""
    return lc.read_city(sample_dir / "city.toml")


@pytest.fixture(scope="session")
def sample_result(sample_city: lc.City) -> lc.Result:
    """The sample city against every pack, in a year that does not pass."""
    return lc.assess(sample_city, *list_packs(), as_of=2025)

"""A small town, read, assessed and published: what every test of publishing starts from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser, chromium, quiet

import livingcircle as lc
from builders.grid_town import write_town
from livingcircle.gaps.explain import Explained, explain
from livingcircle.pipeline import write_result as write_run


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> lc.City:
    """The grid town."""
    return lc.read_city(write_town(tmp_path_factory.mktemp("town")))


@pytest.fixture(scope="session")
def result(town: lc.City) -> lc.Result:
    """The grid town against two plans."""
    return lc.assess(town)


@pytest.fixture(scope="session")
def explained(result: lc.Result) -> Explained:
    """The reasons of the gaps: the town's wall is one."""
    return explain(result)


@pytest.fixture(scope="session")
def written(result: lc.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that a run writes."""
    return write_run(result, tmp_path_factory.mktemp("out") / "gridtown")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium for the tests of one file."""
    with chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def map_page(browser: Browser, written: Path) -> Iterator[Browser]:
    """map.html opened afresh."""
    with quiet(browser, written / "map.html") as page:
        page.driver.refresh()
        page.wait("document.querySelectorAll('.lc-gap').length > 0")
        yield page

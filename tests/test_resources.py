"""Texts and tables inside the package are read by one function, once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import livingcircle
from livingcircle._resources import resource_text, resource_toml

PACKAGE = Path(livingcircle.__file__).resolve().parent
TABLES = sorted(p for p in PACKAGE.rglob("*.toml") if "sample" not in p.parts)


def place_of(path: Path) -> tuple[str, str]:
    folder = path.parent
    while not (folder / "__init__.py").is_file():
        folder = folder.parent
    package = ".".join(folder.relative_to(PACKAGE.parent).parts)
    return package, path.relative_to(folder).as_posix()


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.name)
def test_a_table_is_what_its_file_says_and_is_read_once(path):
    with path.open("rb") as stream:
        expected = tomllib.load(stream)
    package, name = place_of(path)
    found = resource_toml(package, name)
    assert dict(found) == expected
    assert resource_toml(package, name) is found
    with pytest.raises(TypeError):
        found["new"] = 1  # type: ignore[index]


def test_a_text_in_a_folder_that_is_no_package():
    name = "static/report.css"
    path = PACKAGE / "publish" / "web" / name
    assert resource_text("livingcircle.publish.web", name) == path.read_text(encoding="utf-8")


def test_what_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError):
        resource_toml("livingcircle.vocab", "no_such.toml")


def test_no_other_module_reads_what_ships():
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "importlib.resources" in path.read_text(encoding="utf-8")
    }
    # The list of packs and the hash of the package's own files name files; they read none.
    assert readers == {"_resources.py", "standards/catalogue.py", "nightly/manifest.py"}

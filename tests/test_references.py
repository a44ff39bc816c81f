"""What docstrings and pages name exists, and the Python reference names everything public."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import livingcircle as lc

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "coverage").rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NOT_MODULES = {"livingcircle.kinds", "livingcircle.formats"}
"""Groups of entry points."""


@cache
def _exists(name):
    """Whether a dotted name is a module or something in one."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        head, _, last = name.rpartition(".")
        try:
            owner = pkgutil.resolve_name(head)
        except (ImportError, AttributeError):
            return False
        # A field without a default is no attribute of its dataclass.
        return last in getattr(owner, "__annotations__", {})
    return True


@pytest.mark.parametrize("folder", ["coverage", "pages"])
def test_dotted_names_exist(folder):
    files = SOURCES if folder == "coverage" else PAGES
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in files
        for name in re.findall(r"`(livingcircle(?:\.\w+)+)\b", path.read_text(encoding="utf-8"))
    }
    assert named
    dead = [one for one in sorted(named) if one[1] not in NOT_MODULES and not _exists(one[1])]
    assert dead == []


def test_docstrings_have_no_roles_of_sphinx():
    role = re.compile(r":(?:func|meth|class|mod|data|attr|obj|exc):`")
    found = [path.name for path in SOURCES if role.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_the_reference_names_everything_public():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    shown = [pkgutil.resolve_name(name) for name in re.findall(r"^::: (\S+)$", page, re.M)]
    rooms = [lc, lc.sites, importlib.import_module("livingcircle.compare")]
    missing = []
    for room in rooms:
        for name in room.__all__:
            value = getattr(room, name)
            if isinstance(value, str | ModuleType) or value in shown:
                continue
            if importlib.import_module(value.__module__) not in shown:
                missing.append(name)
    assert missing == []

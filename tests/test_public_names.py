"""The public face: every name is found, nothing heavy is loaded before it is asked for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import livingcircle as lc

ROOM = Path(lc.__file__).resolve().parent
HEAVY = {"geopandas", "pandas", "numpy", "shapely", "scipy", "osmnx", "matplotlib"}


@pytest.mark.parametrize("name", lc.__all__)
def test_every_name_is_found(name):
    assert getattr(lc, name) is not None
    assert name in dir(lc)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nearest"):
        _ = lc.nearest


def test_editors_know_the_same_names():
    tree = ast.parse((ROOM / "__init__.py").read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    known = {
        alias.asname or alias.name
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assigned = {
        target.id
        for node in guarded.body
        for target in (getattr(node, "targets", None) or [getattr(node, "target", None)])
        if isinstance(target, ast.Name)
    }
    assert {name for name in known | assigned if name[:2] != "_a"} == set(lc.__all__)


def in_new_process(code):
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_importing_loads_nothing_heavy():
    said = in_new_process("import sys, livingcircle; print(*sys.modules)")
    assert not HEAVY & set(said.split())


def test_help_and_the_list_of_packs_load_nothing_heavy():
    for words in (["--help"], ["standards", "list"], ["run", "--help"]):
        said = in_new_process(
            "import sys, atexit; atexit.register(lambda: print('', *sys.modules, sep='\\n'))\n"
            f"from livingcircle.cli.main import main; main({words})"
        )
        assert not HEAVY & set(said.split())


def test_functions_are_never_shadowed_by_rooms():
    # Rooms are imported before and after the names are asked for.
    said = in_new_process(
        "import livingcircle.pipeline, livingcircle.compare.tables, livingcircle.routing.engine\n"
        "import livingcircle as lc\n"
        "print(all(callable(getattr(lc, n)) for n in"
        " ('reach', 'compare', 'explain', 'assess', 'write', 'explore', 'apply')))\n"
        "import livingcircle.compare.findings\n"
        "print(callable(lc.compare), lc.sites.suggest_sites is lc.suggest_sites)"
    )
    assert said.split() == ["True"] * 3

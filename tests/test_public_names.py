"""Names: the public ones are found, load nothing heavy, and no name stands for two things."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
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


@pytest.mark.slow
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


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    """Yield what a module defines: functions, classes and constants, type variables left out."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.If | ast.Try):
            yield from _defined([*node.body, *node.orelse])
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            value = node.value
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar":
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))


def test_two_things_never_share_a_name():
    where = defaultdict(set)
    for path in sorted(ROOM.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in _defined(tree.body):
            if not name.startswith("_"):
                where[name].add(path.relative_to(ROOM).as_posix())
    assert len(where) > 1000
    assert {name: files for name, files in where.items() if len(files) > 1} == {}

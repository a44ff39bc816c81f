"""Names: what one module defines for others is called as nothing else in the package is."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import livingcircle

ROOM = Path(livingcircle.__file__).resolve().parent


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

"""Whatever a user can correct is told in Chinese and in English."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

import livingcircle
from livingcircle._error_texts import _texts, error_in_chinese, template_of
from livingcircle.errors import ConfigError, InputError, MissingFileError
from livingcircle.localized import LocalizedText

PACKAGE = Path(livingcircle.__file__).resolve().parent
FAMILY = {
    "ConfigError", "DatumError", "InputError", "LivingCircleError", "MissingFileError",
    "WrongTypeError",
}  # fmt: skip

HINTS = {"did_you_mean", "suggestion"}


def is_names(node: ast.expr) -> bool:
    return not isinstance(node, ast.Constant | ast.JoinedStr | ast.Name)


def spellings(node: ast.expr, named: dict[str, ast.expr]) -> list[str] | None:
    """What an expression may say, with X for what differs; None for what is no text of its own."""
    if isinstance(node, ast.Name) and node.id in named:
        return spellings(named[node.id], {})
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        parts = [
            [part.value]
            if isinstance(part, ast.Constant)
            else spellings(part.value, named) or ["X"]
            for part in node.values
        ]
        return ["".join(one) for one in itertools.product(*parts)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = spellings(node.left, named) or ["X"], spellings(node.right, named) or ["X"]
        return [a + b for a in left for b in right]
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in HINTS:
        others = [spellings(one, named) or [] for one in node.args[1:] if not is_names(one)]
        return ["Did you mean 'X'?", *itertools.chain(*others)]
    if isinstance(node, ast.IfExp):
        both = [spellings(node.body, named), spellings(node.orelse, named)]
        return None if None in both else [text for side in both for text in side or ()]
    return None


def raised() -> list[tuple[str, str]]:
    """Every English text of an error of ours, with its place."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            node.targets[0].id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in FAMILY):
                continue
            texts = node.args[:1] + [k.value for k in node.keywords if k.arg == "hint"]
            place = f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}"
            found += [(place, text) for one in texts for text in spellings(one, named) or ()]
    return found


def chinese(text: str) -> bool:
    return any("一" <= c <= "鿿" for c in text)


@pytest.mark.slow
def test_every_text_that_is_raised_has_its_chinese():
    texts = raised()
    assert len(texts) > 300
    missing = [
        f"{place} {text}"
        for place, text in texts
        if re.search("[a-z]{2}", text) and not chinese(error_in_chinese(text))
    ]
    assert missing == []


def test_every_entry_is_used_and_its_own():
    for template, zh in _texts().items():
        values = [f"<{i}>" for i in range(template.count("{}"))]
        text = "".join(itertools.chain(*zip(template.split("{}"), [*values, ""], strict=True)))
        found = template_of(text)
        assert found is not None
        assert chinese(zh)
        # What differs from case to case is not lost in translation.
        assert all(f"{{{i}}}" in zh for i in range(len(values))), template
        assert error_in_chinese(text) == zh.format(*values) if "{ " not in zh else True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("there is no file 'x y.csv'", "没有文件“x y.csv”"),
        ("entry 'XM-1': 'kind' is missing", "条目“XM-1”：缺少“kind”"),
        ("what no list knows", "what no list knows"),
        ("State 0.95 for 95%.", "95 % 请写 0.95。"),
        ("Input should be greater than or equal to 1, not 0", "应不小于 1，而不是 0"),
        ("Did you mean 'a' or 'b'?", "是否指“a”或“b”？"),
    ],
)
def test_values_stand_where_they_belong(text, expected):
    assert error_in_chinese(text) == expected


def test_places_are_told_in_both_languages():
    error = InputError("the table holds no row", hint="Export it again", file="a.csv", row=3)
    assert error.line() == "a.csv, row 3: the table holds no row. Export it again"
    assert error.line("zh") == "a.csv，第 3 行：表中没有行。请重新导出"
    assert str(error) == error.line("en")
    error = InputError("the share is 2", hint="State 0.95 for 95 %.")
    assert error.line("zh") == "比例为 2。95 % 请写 0.95。"
    own = ConfigError(
        LocalizedText("甲", "first"), field="x", hint=LocalizedText("乙。", "Second.")
    )
    assert own.line("zh") == "字段“x”：甲。乙。"
    assert MissingFileError("no such file", file="b").line("zh") == "b：没有这个文件"


def test_an_error_is_one_printable_line():
    error = InputError("a\nb\x1b[31m\x07c", file="d\re")
    assert error.line() == "d e: a b\\x1b[31m\\x07c"
    for lang in ("zh", "en"):
        assert len(InputError("x" * 5000, hint="y" * 5000).line(lang)) == 600

"""One rule says which names look like a misspelt one, in Latin and in Chinese writing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import livingcircle
from livingcircle._error_texts import error_in_chinese
from livingcircle._nearest import did_you_mean, nearest, suggestion

PACKAGE = Path(livingcircle.__file__).resolve().parent


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("minuts", ["metres", "minutes"], ["minutes"]),
        ("MINUTES", ["minutes"], ["minutes"]),
        ("service centre", ["service_centre"], ["service_centre"]),
        ("ｐａｒｋ", ["park", "bank"], ["park"]),  # full width
        ("养老院", ["幼儿园", "养老驿站"], ["养老驿站"]),
        ("中华社区居委会", ["深田社区", "中华社区"], ["中华社区"]),
        ("社康", ["社医", "公园"], ["社医"]),  # one character of two
        ("小学", ["公园"], []),
        ("xyzzy", ["metres", "minutes"], []),
        ("", ["a"], []),
        ("a", [], []),
        (15, ["15", "park"], ["15"]),
    ],
)
def test_what_looks_like_a_word(word, known, expected):
    assert nearest(word, known) == expected


def test_the_best_first_and_no_more_than_asked_for():
    known = ["XM-1a", "XM-1b", "XM-1a", "XM-2", "unlike"]
    assert nearest("XM-1a", known, 3)[0] == "XM-1a"
    assert len(nearest("XM-1", known, 2)) == 2
    assert "unlike" not in nearest("XM-1", known, 9)
    # Names that are written alike are each named.
    assert nearest("add_link", ["add-link", "add_link"], 2) == ["add-link", "add_link"]


def test_a_paragraph_in_a_cell_takes_no_time():
    assert nearest("社区" * 100_000, ["社区服务中心" * 20_000, "公园"]) in (
        [],
        ["社区服务中心" * 20_000],
    )


@pytest.mark.parametrize(
    ("names", "en", "zh"),
    [
        (["a"], "Did you mean 'a'?", "是否指“a”？"),
        (["甲", "b"], "Did you mean '甲' or 'b'?", "是否指“甲”或“b”？"),
        (["a", "b", "c"], "Did you mean 'a', 'b' or 'c'?", "是否指“a”、“b”或“c”？"),
        ([], "Known are x.", "已有的：x。"),
    ],
)
def test_the_hint_is_written_in_both_languages(names, en, zh):
    assert suggestion(names, "Known are x.") == en
    assert error_in_chinese(en) == zh


def test_the_hint_names_what_is_near_or_what_there_is():
    assert did_you_mean("pakr", ["park"], "Known is park.") == "Did you mean 'park'?"
    assert did_you_mean("bus", ["park"], "Known is park.") == "Known is park."


@pytest.mark.slow
def test_no_other_module_has_a_rule_of_its_own():
    users = {
        path.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(name.name == "difflib" for name in node.names)
    }
    assert users == {"_nearest.py"}

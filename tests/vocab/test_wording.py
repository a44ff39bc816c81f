"""What a planner reads is good Chinese and English: every static text and every pack is scanned.

The rules are about kinds of slips, not about single strings: half-width marks in Chinese, a blank
before a per cent sign, names of the code's columns, words that embarrass.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import livingcircle
from livingcircle.localized import LocalizedText, close_up_per_cent, percent
from livingcircle.publish.text.pack_text import pack_as_text
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.loader import load_pack
from livingcircle.standards.missing import missing_words
from livingcircle.vocab.texts import texts

PACKAGE = Path(livingcircle.__file__).resolve().parent
HAN = "一-鿿"
HALF = re.compile(
    rf"[{HAN}”」》][ ]?[,;:!?()]|[,;:!?()][{HAN}“「《]|[0-9][ ]+[%‰]|[{HAN}]\.(?:\s|$)"
)
CODE_NAME = re.compile(r"\b[a-z]+_[a-z0-9_]+\b|\b(facilities|units|demand)\.[a-z]")
ENGLISH = re.compile(
    r"\btowns and streets\b|\bas the crow flies\b|^short\b|\bgate of [0-9{]", re.IGNORECASE
)
# What a city.toml holds is written as it stands there.
SETTING = re.compile(r"\[[a-z_. ]+\] ?[a-z0-9_]*|city\.toml|[a-z]+\.csv")


def chinese(text: str) -> bool:
    return bool(re.search(f"[{HAN}]", text))


def literal(node: ast.expr) -> str | None:
    """A text as written; what is filled in is a Chinese name, or a number."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value)
            if isinstance(part, ast.Constant)
            else "字"
            if ".zh" in ast.unparse(part)
            else "0"
            for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [literal(node.left), literal(node.right)]
        return None if None in sides else "".join(map(str, sides))
    return None


def pairs_of_code() -> list[tuple[str, str, str]]:
    """Every LocalizedText that stands in the code: where, and both texts."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id == "LocalizedText" and len(node.args) == 2:
                zh, en = map(literal, node.args)
                where = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                found.append((where, zh or "", en or ""))
    return found


@pytest.mark.slow
def test_chinese_in_the_code_has_chinese_marks():
    pairs = pairs_of_code()
    assert len(pairs) > 400
    assert [
        (at, zh) for at, zh, _ in pairs if chinese(zh) and HALF.search(close_up_per_cent(zh))
    ] == []


def test_chinese_words_have_chinese_marks():
    bad = [
        (table, zh)
        for table, entries in texts().items()
        for zh, _ in entries.values()
        if HALF.search(zh) and chinese(zh)
    ]
    assert bad == []


@pytest.mark.parametrize("name", list_packs())
def test_the_texts_of_a_pack(name):
    data = tomllib.loads((PACKAGE / f"standards/packs/{name}.toml").read_text(encoding="utf-8"))
    entries = [data["document"], *data["requirement"], *data.get("outside", [])]
    zh = [v for one in entries for k, v in one.items() if k.endswith("_zh") or k == "clause"]
    en = [v for one in entries for k, v in one.items() if k.endswith("_en")]
    assert [text for text in zh if HALF.search(text)] == []
    assert [text for text in en if ENGLISH.search(text)] == []
    # What a reader of either language is told of every entry has no name of the code.
    for lang in ("zh", "en"):
        told = [SETTING.sub("", line) for line in pack_as_text(name, lang).splitlines()[1:]]
        own = [*data.get("parameters", {}), *data.get("columns", {})]
        told = [re.sub("|".join(map(re.escape, own)) or "$^", "", line) for line in told]
        assert [line for line in told if CODE_NAME.search(line)] == []


@pytest.mark.slow
def test_english_words_of_the_outputs():
    shown = [(t, en) for t, entries in texts().items() for _, en in entries.values()]
    shown += [(at, en) for at, _, en in pairs_of_code()]
    assert [(at, en) for at, en in shown if ENGLISH.search(en)] == []
    assert texts()["status"]["short"] == ("未达标", "not met")


def test_a_template_says_chinese_with_chinese_marks():
    said = [
        (path.name, zh)
        for path in sorted((PACKAGE / "publish/web/templates").glob("*.j2"))
        for zh in re.findall(r'\bt\("((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8"))
    ]
    assert len(said) > 40
    assert [(at, zh) for at, zh in said if chinese(zh) and HALF.search(close_up_per_cent(zh))] == []


def test_the_percent_sign_stands_close_in_chinese_only():
    text = LocalizedText(f"达到 {percent(0.5)}", f"{percent(0.5)} of them")
    assert text == ("达到 50%", "50 % of them")


def test_a_column_that_only_the_needed_rows_leave_blank_is_not_called_absent():
    words = missing_words(["column:facilities.area_m2"])
    assert words.zh == "设施表缺“面积（㎡）”列，或所需设施都未填"
    assert words.en.endswith("no column for area (m²), or it is blank wherever it is needed")


@pytest.mark.parametrize("pack", list_packs())
def test_what_is_missing_is_called_by_its_name(pack):
    needs = [entry.needs for entry in load_pack(pack).requirements]
    codes = {f"{what}:{c}" for one in needs for c in one.columns for what in ("column", "values")}
    codes |= {f"level:{level}" for one in needs for level in one.levels}
    codes |= {f"layer:{layer}" for one in needs for layer in one.layers}
    for code in sorted(codes):
        words = missing_words([code])
        for text in (words.zh, words.en):
            assert not CODE_NAME.search(SETTING.sub("", text)), (code, text)
        assert chinese(words.zh)
        assert not HALF.search(words.zh)

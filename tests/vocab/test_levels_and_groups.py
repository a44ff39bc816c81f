"""Levels and population groups are listed and named in one place each."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

import livingcircle
from livingcircle.localized import LocalizedText
from livingcircle.standards.missing import missing_words
from livingcircle.vocab.groups import AGE_GROUPS, GROUPS, counted_name, figure_name, group_name
from livingcircle.vocab.levels import (
    BELOW_CITY,
    HOLDERS,
    LEAVES,
    PARENT,
    UNIT_LEVELS,
    Level,
    holder_of,
    level_name,
)
from livingcircle.vocab.texts import localized_name, texts

PACKAGE = Path(livingcircle.__file__).resolve().parent


def in_two_languages(name: LocalizedText) -> bool:
    chinese = [any("一" <= c <= "鿿" for c in text) for text in name]
    return chinese == [True, False] and all(name)


def test_every_level_has_a_name_and_one_above_it():
    levels = get_args(Level)
    assert set(levels) == {"leaf", *UNIT_LEVELS, "urban_village"}
    assert all(in_two_languages(level_name(level)) for level in levels)
    for level in BELOW_CITY:
        above, steps = holder_of(level), 0
        while above != "city":
            above, steps = PARENT[above], steps + 1
        tiles = holder_of(level) in HOLDERS  # an estate stands below them, in a leaf
        below = HOLDERS.index(holder_of(level)) if tiles else -1
        assert steps == len(HOLDERS) - below
    assert {holder_of(level) for level in LEAVES} == {"leaf"}
    assert all(in_two_languages(localized_name("level_each", one)) for one in (*HOLDERS, "city"))


def test_every_group_has_its_names():
    assert set(AGE_GROUPS) == set(GROUPS) - {"residents", "households"}
    for call in (group_name, figure_name, counted_name):
        assert all(in_two_languages(call(group)) for group in GROUPS)
    # What may stand in for people is counted too.
    assert set(texts()["group"]) == set(texts()["group_counted"])


@pytest.mark.parametrize(
    ("group", "name", "figure", "counted"),
    [
        ("residents", "居民", "常住人口", "人"),
        ("households", "户", "户", "户"),
        ("age65", "65岁以上老年人", "65岁以上老年人", "位老年人"),
        ("beds", "beds", "beds", "(beds)"),
    ],
)
def test_a_group_is_called_as_its_place_asks(group, name, figure, counted):
    assert (group_name(group).zh, figure_name(group).zh, counted_name(group).zh) == (
        name,
        figure,
        counted,
    )


def test_what_a_requirement_lacks_is_named_with_its_key():
    found = missing_words(["layer:network", "layer:drive", "level:leaf"])
    assert found.en == (
        "walking network: not given; drive network ([network] drive): not given; "
        "no table of communities and villages is given"
    )
    assert found.zh == (
        "未提供步行路网；未提供车行路网（[network] drive）；未提供单元层级：社区和行政村"
    )


@pytest.mark.slow
def test_no_other_module_lists_them():
    """Lists of three groups or more, or of the columns that hold a point, are derived."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name == "vocab":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Tuple | ast.List | ast.Set):
                words = {e.value for e in node.elts if isinstance(e, ast.Constant)}
            elif isinstance(node, ast.Dict):
                words = {k.value for k in node.keys if isinstance(k, ast.Constant)}
            else:
                continue
            if len(words & set(GROUPS)) > 2 or words >= set(HOLDERS) or words >= set(BELOW_CITY):
                found.append(f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}")
    assert found == []

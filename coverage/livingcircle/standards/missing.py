"""What data were not given: codes for programs, and plain words for the planner."""

from __future__ import annotations

from collections.abc import Iterable

from livingcircle.localized import EMPTY, LocalizedText, Parameter, join
from livingcircle.vocab.categories import CategoryId, category_name
from livingcircle.vocab.levels import level_name
from livingcircle.vocab.texts import localized_name

__all__ = [
    "category_code",
    "column_words",
    "join_names",
    "missing_words",
    "parameter_code",
    "unknown_people",
]

# What to write in city.toml where it is not obvious.
_STATED_BY = {
    "drive": "[network] drive",
    "urban_villages": "[urban_villages]",
    "land_use": "[land_use]",
}


def category_code(what: str, category: str) -> str:
    """Return the code ``what:category``; for a category of one's own it carries the names."""
    code = f"{what}:{category}"
    if isinstance(category, CategoryId):
        return CategoryId(code, category.zh, category.en)
    return code


def parameter_code(one: Parameter) -> str:
    """Return the code ``parameter:NAME``, which carries what the number is."""
    return CategoryId(f"parameter:{one.name}", one.what.zh, one.what.en)


def unknown_people(count: int, of: int) -> tuple[LocalizedText, ...]:
    """Return that so many points state no number of people; nothing where all do.

    >>> unknown_people(0, 3), unknown_people(2, 3)[0].en
    ((), '2 of 3 demand points state no number of people: unknown, not 0, and not counted')
    """
    if not count:
        return ()
    text = LocalizedText(
        f"{of:,} 个居民点中有 {count:,} 个未给出人数：人数未知而不是 0，未计入",
        f"{count:,} of {of:,} demand points state no number of people: unknown, not 0, and not"
        " counted",
    )
    return (text,)


def missing_words(codes: Iterable[str]) -> LocalizedText:
    """Return the codes of ``Finding.missing`` as a sentence for a planner.

    Codes are ``category:ID``, ``coordinates:ID``, ``level:LEVEL``, ``layer:LAYER``,
    ``column:TABLE.COLUMN`` (nothing is given of what is needed) and ``values:TABLE.COLUMN`` (some
    is).

    >>> missing_words(["category:nursery"]).en
    'category nursery: no facility list holds it'
    """
    return join(_one(code) for code in codes)


def _one(code: str) -> LocalizedText:
    what, _, name = code.partition(":")
    if what == "parameter":
        called = LocalizedText(code.zh, code.en) if isinstance(code, CategoryId) else EMPTY
        where = f"[assess.parameters] {name}"
        return LocalizedText(
            f"须由规划人员给定{called.zh}，写入 city.toml 的 {where}",
            f"the planner has to state {called.en or name} (city.toml, {where})",
        )
    category = category_name(code if isinstance(code, CategoryId) else name)
    if what == "category":
        return LocalizedText(
            f"没有任何设施表包含类别“{category.zh}”（{name}）",
            f"category {name}: no facility list holds it",
        )
    if what == "coordinates":
        return LocalizedText(
            f"类别“{category.zh}”（{name}）的设施都没有坐标",
            f"category {name}: no facility has coordinates",
        )
    if what == "level":
        level = level_name(name)
        return LocalizedText(f"未提供单元层级：{level.zh}", f"no table of {level.en} is given")
    if what == "layer":
        data, key = localized_name("data", name), _STATED_BY.get(name)
        if key is None:
            return LocalizedText(f"未提供{data.zh}", f"{data.en}: not given")
        return LocalizedText(f"未提供{data.zh}（{key}）", f"{data.en} ({key}): not given")
    table, _, columns = name.partition(".")
    of, label = localized_name("table", table), join_names(columns.split("+"))
    if what == "column":
        return LocalizedText(
            f"{of.zh}缺“{label.zh}”列，或所需{of.zh.removesuffix('表')}都未填",
            f"{of.en} has no column for {label.en}, or it is blank wherever it is needed",
        )
    return LocalizedText(
        f"{of.zh}的“{label.zh}”列缺少部分数值", f"{of.en} lacks some figures of {label.en}"
    )


def column_words(name: str) -> LocalizedText:
    """Return what a column is called, one of the city's own by its id.

    >>> column_words("primary_care_level").en
    'primary care level'
    """
    return localized_name("column", name)


def join_names(columns: Iterable[str]) -> LocalizedText:
    """Return what columns are called, one after the other."""
    words = [column_words(name) for name in columns]
    return LocalizedText("、".join(w.zh for w in words), ", ".join(w.en for w in words))

"""What data were not given: codes for programs, and plain words for the planner."""

from __future__ import annotations

from collections.abc import Iterable

from livingcircle.localized import LocalizedText, join
from livingcircle.standards.base import LEVELS
from livingcircle.vocab.categories import CategoryId, category_name

__all__ = ["about_category", "missing_words"]

_LAYERS = {
    "network": LocalizedText("步行路网", "the walking network"),
    "drive": LocalizedText("车行路网([network] drive)", "the drive network ([network] drive)"),
    "demand": LocalizedText("需求点", "demand points"),
    "urban_villages": LocalizedText(
        "城中村边界([urban_villages])", "urban villages ([urban_villages])"
    ),
}


def about_category(what: str, category: str) -> str:
    """Return the code ``what:category``; of a category of one's own it bears the names."""
    code = f"{what}:{category}"
    if isinstance(category, CategoryId):
        return CategoryId(code, category.zh, category.en)
    return code


def missing_words(codes: Iterable[str]) -> LocalizedText:
    """Return the codes of :attr:`Finding.missing` as a sentence for a planner.

    Codes are ``category:ID``, ``coordinates:ID``, ``level:LEVEL``, ``layer:LAYER``,
    ``column:TABLE.COLUMN`` (nothing is given) and ``values:TABLE.COLUMN`` (some are).

    >>> missing_words(["category:nursery"]).en
    'category nursery: no facility list holds it'
    """
    return join(_one(code) for code in codes)


def _one(code: str) -> LocalizedText:
    what, _, name = code.partition(":")
    named = category_name(code if isinstance(code, CategoryId) else name)
    if what == "category":
        return LocalizedText(
            f"没有任何设施表包含类别“{named.zh}”({name})",
            f"category {name}: no facility list holds it",
        )
    if what == "coordinates":
        return LocalizedText(
            f"类别“{named.zh}”({name})的设施都没有坐标",
            f"category {name}: no facility has coordinates",
        )
    if what == "level":
        return LocalizedText(
            f"未提供单元层级：{LEVELS[name].zh}", f"no table of {LEVELS[name].en} is given"
        )
    if what == "layer":
        layer = _LAYERS[name]
        return LocalizedText(f"未提供{layer.zh}", f"{layer.en}: not given")
    if what == "column":
        return LocalizedText(f"未提供字段 {name}", f"column {name}: not given")
    return LocalizedText(f"字段 {name} 缺少部分数值", f"column {name}: some values are missing")

"""Amounts: a number with what it is counted in, as both languages say it."""

from __future__ import annotations

import re

from livingcircle.localized import LocalizedText
from livingcircle.vocab.texts import localized_name, texts

__all__ = ["amount_pattern", "amount_words", "unit_name"]

_RATE = re.compile(r"(m2_)?per_(?:(\d+)(_households)?|(resident|household))")
"""A rate: ``per_1000``, ``m2_per_100_households``, ``per_resident``."""
_ROUND = {100: "百", 1000: "千", 10000: "万"}


def amount_pattern(unit: str) -> LocalizedText:
    """Return how an amount of a unit is said, with ``{}`` for the number.

    >>> amount_pattern("count"), amount_pattern("per_1000")
    (LocalizedText(zh='{} 个', en='{}'), LocalizedText(zh='每千人 {}', en='{} per 1,000'))
    >>> amount_pattern("m2_per_100_households")
    LocalizedText(zh='每百户 {} 平方米', en='{} m² per 100 households')
    """
    stated = texts()["amount"].get(unit)
    if stated is not None:
        return LocalizedText(*stated)
    rate = _RATE.fullmatch(unit)
    if rate is None:
        return LocalizedText("{}", "{}")
    m2, per, of_households, one = rate.groups()
    zh, en = (" 平方米", " m²") if m2 else ("", "")
    if one:
        each = "户均" if one == "household" else "人均"
        return LocalizedText(f"{each} {{}}{zh}", f"{{}}{en} per {one}")
    number = int(per)
    who = "户" if of_households else "人"
    many = _ROUND.get(number, f" {number:,} ")
    of = " households" if of_households else " people" if m2 else ""
    return LocalizedText(f"每{many}{who} {{}}{zh}", f"{{}}{en} per {number:,}{of}")


def amount_words(text: str, unit: str) -> LocalizedText:
    """Return a number that is written already with what it is counted in.

    >>> amount_words("0.29", "per_unit").zh, amount_words("2.02 < 3", "m2_per_resident").en
    ('平均 0.29 个', '2.02 < 3 m² per resident')
    """
    zh, en = amount_pattern(unit)
    return LocalizedText(zh.replace("{}", text), en.replace("{}", text))


def unit_name(unit: str) -> LocalizedText:
    """Return what a unit is called where its numbers stand apart from it.

    >>> unit_name("m2_per_household"), unit_name("count").zh
    (LocalizedText(zh='户均平方米', en='m² per household'), '个')
    """
    if unit in texts()["unit"]:
        return localized_name("unit", unit)
    zh, en = amount_pattern(unit)
    return (
        LocalizedText(zh.replace(" {} ", "").replace(" {}", ""), en.replace("{} ", ""))
        if _RATE.fullmatch(unit)
        else LocalizedText(unit, unit)
    )

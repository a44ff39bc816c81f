"""Headers of columns of people by sex and age, as censuses and grids write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from livingcircle.io.table.headers import count_factor, without_unit

__all__ = ["OPEN", "AgeHeader", "age_band", "age_header"]

OPEN = 1000
"""The end of a class without one, "80 and over"."""
_LAST = 99
"""A class that ends here or later holds the oldest too."""
_OLDEST = 130
_SEX = {"男": "men", "女": "women", "m": "men", "f": "women", "w": "women"}
_WORDS = "男性|女性|男|女|females?|women|males?|men|f|m"
_HEAD = re.compile(rf"^(?:{_WORDS})(?=[^a-z]|under)")
_TAIL = re.compile(rf"(?<=[^a-z])(?:{_WORDS})$")
_AGED = re.compile(r"岁|年龄|aged?|years?|yrs")
_NOISE = re.compile(
    r"常住人口|人口数?|合计|小计|总数|total|both(?:sexes)?|人数|数量|population|people|persons|pop"
    r"|yearsold|years?|yrs|aged|ages?|年龄[段组]?|岁|周|龄"
)
_TOGETHER = re.compile(r"^t_(?=[fm]_|\d)")
"""``T_F_20_24``: total, women, 20 to 24."""
_RANGE = re.compile(r"(\d{1,3})(?:[-~–—_至到]|to|and)(\d{1,3})")
_FROM = re.compile(r"(\d{1,3})(?:及?以上|\+|plus|andover|andabove|andolder|over|up)")
_BELOW = re.compile(r"under(\d{1,3})")
_UP_TO = re.compile(r"(\d{1,3})及以下")
_ONE = re.compile(r"(\d{1,3})")
_OF_PEOPLE = re.compile(r"[十百千万亿]{1,2}|[十百千万亿]{0,2}[人名位]|people|persons")
"""Units of people; households by the age of their head are none."""
_PERCENT = re.compile(r"%|％|百分比|百分率|percent(?:age)?|pct")
_SHARE = re.compile(rf"{_PERCENT.pattern}|所?占比[例重]?|比例|比重|share|proportion")


@dataclass(frozen=True)
class AgeHeader:
    """Whom the column of a header counts."""

    sex: str
    """"men", "women", or "" for both together."""
    low: int
    high: int | None
    """Last year of life, ``OPEN`` where there is none; None: up to where the next class begins."""
    by: str
    """What says that these are ages: "age", "sex", "letter" (f or m alone), or "" for nothing."""
    factor: float = 1.0
    """People that one stands for."""
    share: str = ""
    """"percent" or "share" where the header says so, else ""."""


def age_header(header: str) -> AgeHeader | None:
    """Return whom the column of a header counts; None where it names no ages.

    >>> age_header("0-4岁（万人）")
    AgeHeader(sex='', low=0, high=4, by='age', factor=10000.0, share='')
    >>> age_header("60岁以上占比(%)").share, age_header("f_20").high
    ('percent', None)
    """
    text = unicodedata.normalize("NFKC", header).lower()
    share = "percent" if _PERCENT.search(text) else "share" if _SHARE.search(text) else ""
    if share:
        found = _ages(_SHARE.sub("", text))
        return None if found is None else replace(found, share=share)
    if (found := _ages(text)) is not None:
        return found
    bare, unit = without_unit(header)
    factor = count_factor(unit) if _OF_PEOPLE.fullmatch(unit) else None
    found = None if factor is None else _ages(unicodedata.normalize("NFKC", bare).lower())
    return None if found is None or factor is None else replace(found, factor=factor)


def age_band(header: str) -> tuple[str, int, int] | None:
    """Return sex ("" for both), first and last year of life of a header; None where it is no such.

    >>> age_band("20-29岁（男）"), age_band("F_85+"), age_band("male 0-9")
    (('men', 20, 29), ('women', 85, 1000), ('men', 0, 9))
    >>> age_band("2020-2025"), age_band("人口")
    (None, None)
    """
    found = age_header(header)
    return None if found is None or found.high is None else (found.sex, found.low, found.high)


def _ages(lower: str) -> AgeHeader | None:
    """Return what a header in lower case says beside its unit."""
    text = re.sub(r"[\s()\[\]:/|·.,、]+", "", lower)
    aged = _AGED.search(text) is not None
    text = _TOGETHER.sub("", _NOISE.sub("", text).strip("-_"))
    words = _HEAD.search(text) or _TAIL.search(text)
    rest = text if words is None else text[: words.start()] + text[words.end() :]
    rest = rest.strip("-_")
    sex, by = "", "age" if aged else ""
    if words is not None:
        sex = _SEX[words[0][0]]
        by = by or ("letter" if words[0] in ("f", "m") else "sex")
    if found := _RANGE.fullmatch(rest):
        low, high = int(found[1]), int(found[2])
        if low > high or high >= _OLDEST:
            return None
        return AgeHeader(sex, low, OPEN if high >= _LAST else high, by)
    if found := _FROM.fullmatch(rest):
        return AgeHeader(sex, int(found[1]), OPEN, by)
    if (found := _BELOW.fullmatch(rest)) and int(found[1]):
        return AgeHeader(sex, 0, int(found[1]) - 1, by)
    if found := _UP_TO.fullmatch(rest):
        return AgeHeader(sex, 0, int(found[1]), by)
    if (found := _ONE.fullmatch(rest)) and int(found[1]) < _OLDEST:
        low = int(found[1])
        if aged:
            return AgeHeader(sex, low, OPEN if low >= _LAST else low, by)
        return AgeHeader(sex, low, None, by) if sex else None
    return None

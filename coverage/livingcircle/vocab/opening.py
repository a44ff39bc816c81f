"""Opening hours as bureaus and OpenStreetMap write them → the minutes of a week.

``周一至周五 8:30-12:00，14:00-17:30``, ``每天 全天``, ``Mo-Fr 08:30-17:30; Su off``.
What is not understood completely (months, sunrise, "by appointment") is unknown, and never closed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from livingcircle._arrays import BoolArray

__all__ = ["DAYS", "WEEK", "minute_of", "open_minutes"]

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY = 1440
WEEK = 7 * DAY
_CHINESE = dict(zip("一二三四五六日天", (0, 1, 2, 3, 4, 5, 6, 6), strict=True))


def _late(hour: str) -> int:
    return int(hour) % 12 + 12


_SAYS = (
    (r"(?:星期|礼拜|周)([一二三四五六日天])", lambda m: DAYS[_CHINESE[m[1]]]),
    (
        r"(?<=[a-z])(?:[、,]?[一二三四五六日天](?![点时]))+",
        lambda m: "".join(f",{DAYS[_CHINESE[c]]}" for c in m[0] if c in _CHINESE),
    ),
    # Holidays are no days of a week: that they are left out, or in, changes none.
    (
        r"\((?:除|含|包括)?(?:法定)?(?:节假?|假)日(?:除外|不开放|休息|闭馆|关闭|放假)?\)"
        r"|[,;、]?(?:除(?:法定)?(?:节假?|假)日(?:之?外|除外)?|(?:法定)?(?:节假?|假)日除外)",
        lambda m: "",
    ),
    (r"(?:国家)?(?:法定)?(?:节假?|假)日:?|(?:寒暑假|寒假|暑假):?", lambda m: "ph,"),
    (r"每[天日]|全年|天天", lambda m: "Mo-Su"),
    (r"工作日", lambda m: "Mo-Fr"),
    (r"双休日|周末", lambda m: "Sa-Su"),
    (r"24/7|24小时|全天(?:开放)?|全日", lambda m: "00:00-24:00"),
    (r"休息|闭馆|不开放|关闭|closed", lambda m: "off"),
    (
        r"上午|早上?|中午|开放时间|服务时间|营业时间|开放|营业|[::](?=mo|tu|we|th|fr|sa|su|ph)",
        lambda m: "",
    ),
    (r"次日", lambda m: ""),
    (r"(\d{1,2})[点时](?:(\d{1,2})分?)?", lambda m: f"{m[1]}:{m[2] or '00'}"),
    (r"至|到|~|—+|–|-+|−", lambda m: "-"),
    (
        r"(?:下午|晚上?)(\d{1,2})(:\d{2}-)?(\d{1,2})?",
        lambda m: f"{_late(m[1])}{m[2] or ''}{_late(m[3]) if m[3] else ''}",
    ),
    (r"[、,]|和|及", lambda m: ","),
)
_TOKEN = re.compile(
    r"(?P<days>(?:mo|tu|we|th|fr|sa|su)(?:-(?:mo|tu|we|th|fr|sa|su))?)|(?P<holiday>ph|sh)"
    r"|(?P<from>\d{1,2}:\d{2})-(?P<to>\d{1,2}:\d{2})|(?P<off>off)|(?P<comma>,)|(?P<end>;)"
)


def minute_of(text: str) -> int:
    """Return the minute of the week of a day and a time of it.

    >>> minute_of("Su 18:00") - 6 * 1440
    1080

    Raises
    ------
    ValueError
        It is none.
    """
    day, clock = text.split()
    hour, minute = (int(part) for part in clock.split(":"))
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise ValueError(f"'{clock}' is no time of a day")
    return DAYS.index(day.capitalize()) * DAY + hour * 60 + minute


@cache
def open_minutes(text: str) -> BoolArray | None:
    """Return which minutes of the week, from Monday 0:00 on, a place is open.

    Parameters
    ----------
    text
        In Chinese, as ``opening_hours`` of OpenStreetMap, or what holds otherwise ("yes", "no")
        and what on which condition, as ``osm.timed.hours_of`` gives it.

    Returns
    -------
    ndarray or None
        (10080,) read-only; None where it is not understood.

    Examples
    --------
    >>> int(open_minutes("周一至周五 8:30-17:30").sum()) // 60
    45
    >>> int(open_minutes("yes; no @ (22:00-06:00)").sum()) // 60
    112
    """
    if "@" in text:
        return _conditional(text)
    found = _read(text)
    if found is None or not found.said or found.waiting:
        return None
    return _week(found.spans)


@dataclass
class _Rules:
    """What the rules of a text say of each day of an ordinary week, as far as they are read."""

    spans: list[list[tuple[int, int]]] = field(default_factory=lambda: [[] for _ in DAYS])
    """Minutes from and to, of each day."""
    days: list[int] = field(default_factory=list)
    """Of the rule at hand."""
    named: bool = False
    """Whether the rule at hand names days or holidays; else it is about every day."""
    timed: bool = False
    """Whether it has hours."""
    said: bool = False
    """Whether anything was said of an ordinary week."""
    holidays: bool = False
    """Whether anything was said of holidays."""

    @property
    def waiting(self) -> bool:
        """Whether days are named and no hours of them."""
        return bool(self.days) and not self.timed

    def begin(self) -> None:
        """Begin another rule."""
        self.days, self.named, self.timed = [], False, False

    def settle(self) -> None:
        """Forget what was said of the days of the rule; a night before goes on into them."""
        if not self.named:
            self.days = list(range(7))
        for day in self.days:
            self.spans[day].clear()
        self.said |= bool(self.days)


def _read(text: str) -> _Rules | None:
    """Return what a text says of the days of a week; None where a word is not understood."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    for pattern, says in _SAYS:
        plain = re.sub(pattern, says, plain).lower()
    found = _Rules()
    place, before = 0, ""
    on_holidays = False  # "PH Mo-Fr": holidays that fall on such a day
    plain = plain.strip(",;")
    while place < len(plain):
        token = _TOKEN.match(plain, place)
        if token is None:
            return None
        place = token.end()
        if token["days"] or token["holiday"]:
            if found.timed:
                found.begin()
            if not found.named:
                on_holidays = False
            on_holidays |= bool(token["days"]) and before == "holiday"
            if token["days"] and not on_holidays:
                found.days += _range(token["days"])
            found.named = True
            found.holidays |= bool(token["holiday"])
        elif token["from"]:
            span = _span(token["from"], token["to"])
            if span is None:
                return None
            if not found.timed:
                found.settle()
            for day in found.days:
                found.spans[day].append(span)
            found.timed = True
        elif token["off"]:
            found.settle()
            found.begin()
        elif token["end"]:
            if found.waiting:
                return None
            found.begin()
        before = str(token.lastgroup)
    return found


def _week(spans: list[list[tuple[int, int]]]) -> BoolArray:
    """Return the minutes of a week, read-only."""
    week = np.zeros(WEEK, dtype=bool)
    for day, own in enumerate(spans):
        for first, last in own:
            week[(np.arange(first, last) + day * DAY) % WEEK] = True
    week.setflags(write=False)
    return week


def _conditional(text: str) -> BoolArray | None:
    """Return when "yes" holds; of conditions that hold together the last counts."""
    base, *clauses = re.split(r";(?![^(]*\))", text)
    if base not in ("yes", "no"):
        return None
    week = np.full(WEEK, base == "yes", dtype=bool)
    for clause in clauses:
        value, _, condition = clause.strip().partition("@")
        said = condition.strip().removeprefix("(").removesuffix(")")
        found = _read(said)
        if found is not None and found.waiting:  # days alone are whole days
            found = _read(f"{said} 00:00-24:00")
        if found is None or not (found.said or found.holidays):
            return None
        # Of holidays alone: an ordinary week has none.
        if found.said:
            week[_week(found.spans)] = value.strip() == "yes"
    week.setflags(write=False)
    return week


def _range(text: str) -> list[int]:
    known = [day.lower() for day in DAYS]
    first, _, last = text.partition("-")
    begin, end = known.index(first), known.index(last or first)
    return [(begin + k) % 7 for k in range((end - begin) % 7 + 1)]


def _span(begin: str, end: str) -> tuple[int, int] | None:
    """Return the minutes from the beginning of the day; one that ends next day ends beyond it."""
    (h1, m1), (h2, m2) = ([int(part) for part in one.split(":")] for one in (begin, end))
    first, last = h1 * 60 + m1, h2 * 60 + m2
    if h1 > 24 or h2 > 48 or m1 > 59 or m2 > 59 or first == last:
        return None
    return first, last if last > first else last + DAY

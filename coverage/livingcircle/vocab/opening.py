"""Opening hours as bureaus and OpenStreetMap write them → the minutes of a week.

``周一至周五 8:30-12:00，14:00-17:30``, ``每天 全天``, ``Mo-Fr 08:30-17:30; Su off``.
What is not understood completely (months, sunrise, "by appointment") is unknown, and never closed.
"""

from __future__ import annotations

import re
import unicodedata
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
    # Holidays are no days of a week: what is said of them alone does not count.
    (r"[(,;]?(?:除)?(?:法定)?节假?日(?:除外|不开放|休息|闭馆|关闭)?\)?", lambda m: ""),
    (r"[,;]?\bph(?:off|closed)?", lambda m: ""),
    (r"每[天日]|全年|天天", lambda m: "Mo-Su"),
    (r"工作日", lambda m: "Mo-Fr"),
    (r"双休日|周末", lambda m: "Sa-Su"),
    (r"24/7|24小时|全天(?:开放)?|全日", lambda m: "00:00-24:00"),
    (r"休息|闭馆|不开放|关闭|closed", lambda m: "off"),
    (
        r"上午|早上?|中午|开放时间|服务时间|营业时间|开放|营业|[::](?=mo|tu|we|th|fr|sa|su)",
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
    r"(?P<days>(?:mo|tu|we|th|fr|sa|su)(?:-(?:mo|tu|we|th|fr|sa|su))?)"
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
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    for pattern, says in _SAYS:
        plain = re.sub(pattern, says, plain).lower()
    spans: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    days: list[int] = []
    timed = said = False
    place = 0
    plain = plain.strip(",;")
    while place < len(plain):
        token = _TOKEN.match(plain, place)
        if token is None:
            return None
        place = token.end()
        if token["days"]:
            if timed:  # another rule begins
                days, timed = [], False
            days += _range(token["days"])
        elif token["from"]:
            span = _span(token["from"], token["to"])
            if span is None:
                return None
            if not timed:
                days = days or list(range(7))
                _clear(spans, days)
            for day in days:
                spans[day].append(span)
            timed = said = True
        elif token["off"]:
            _clear(spans, days or list(range(7)))
            days, timed, said = [], False, True
        elif token["end"]:
            if days and not timed:
                return None
            days, timed = [], False
    if not said or (days and not timed):
        return None
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
        when = open_minutes(said)
        if when is None:  # days alone are whole days
            when = open_minutes(f"{said} 00:00-24:00")
        if when is None:
            return None
        week[when] = value.strip() == "yes"
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


def _clear(spans: list[list[tuple[int, int]]], days: list[int]) -> None:
    """Forget what was said of some days; a night before that goes on into them stays."""
    for day in days:
        spans[day].clear()

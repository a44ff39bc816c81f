"""Opening hours as bureaus and OpenStreetMap write them → the minutes of a week.

``周一至周五 8:30-12:00，14:00-17:30``, ``每天 全天``, ``Mo-Fr 08:30-17:30; Su off``.
What is not understood completely ("by appointment") is unknown, and never closed. The syntax of
OpenStreetMap is read by ``vocab.calendar``, other forms here.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from livingcircle._arrays import BoolArray
from livingcircle.vocab.calendar import (
    DAY,
    WEEK,
    Calendar,
    OpenWeek,
    is_of_holidays_alone,
    read_osm_hours,
)
from livingcircle.vocab.holidays import (
    HOLIDAY,
    SHUT,
    HolidayWords,
    may_fall_on,
    without_holidays,
)

__all__ = ["DAYS", "minute_of", "open_minutes", "open_week"]

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOLIDAY = len(DAYS)
"""Public holidays as a day behind those of the week."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CHINESE = dict(zip("一二三四五六日天", (0, 1, 2, 3, 4, 5, 6, 6), strict=True))


def _late(hour: str) -> int:
    return int(hour) % 12 + 12


def _evening(said: re.Match[str]) -> str:
    """Return hours of an afternoon or evening; an end that is earlier is of the next morning."""
    begin, end = _late(said[1]), said[4]
    if end is None:
        return f"{begin}{said[2] or ''}"
    hour = int(end)
    if not said[3]:
        same = hour % 12 >= int(said[1]) % 12
        hour = _late(end) if same else hour if hour % 12 else 24
    return f"{begin}{said[2] or ''}{hour}"


def _month(said: re.Match[str]) -> str:
    name = _MONTHS[int(said[1]) - 1] if 1 <= int(said[1]) <= 12 else "?"
    return f" {name} {said[2] or ''} " if said.re.groups > 1 else f" {name} "


_SAYS = (
    (r"(?<![\d:])(\d{1,2})(?=(?:-|~|至|到|—)+\d{1,2}月)", _month),
    (r"(\d{1,2})月(?:份|(\d{1,2})[日号])?", _month),
    (r"(?:星期|礼拜|周)([一二三四五六日天])", lambda m: DAYS[_CHINESE[m[1]]]),
    (
        r"(?<=[a-z])(?:[、,]?[一二三四五六日天](?![点时]))+",
        lambda m: "".join(f",{DAYS[_CHINESE[c]]}" for c in m[0] if c in _CHINESE),
    ),
    (rf"(?:逢|如?遇|每逢)?{HOLIDAY}(?:期间)?", lambda m: "ph,"),
    (r"(?:寒暑假|寒假|暑假)(?:期间?)?", lambda m: "sh,"),
    (r"逢|(?:每|全年)(?=mo|tu|we|th|fr|sa|su)", lambda m: ""),
    (r"全年无休|(?:全年)?365天|每[天日]|全年|天天|平时", lambda m: "Mo-Su"),
    (r"(?:法定)?工作日", lambda m: "Mo-Fr"),
    (r"双休日|周末|(?:^|(?<=[,;、及和]))休息日", lambda m: "Sa-Su"),
    (r"24/7|24小时|全天(?:开放)?|全日", lambda m: "00:00-24:00"),
    # What is left beside stated hours is shut, as it is without a word.
    (rf"[,;、]?其[余他](?:时间|时段|日期)?均?(?:{SHUT})", lambda m: ""),
    (
        r"[,;、(]?\d{1,2}[:点时]\d{0,2}分?(?:以?后)?(?:停止|谢绝)(?:入场|入馆|入园|售票|领票|进馆|进场)\)?",
        lambda m: "",
    ),
    (SHUT, lambda m: "off"),
    (r"00:00-24:00(?=off)", lambda m: ""),
    (
        r"(?<=[至到~—–−-])(?:次日)?(?:早上?|上午)",
        lambda m: "次日",
    ),
    (
        r"(?:上午|早上?|中午)(?!off)|(?:开放|服务|营业|开馆|办公|接待)时间|对外开放|开放|营业|开馆"
        r"|:(?=mo|tu|we|th|fr|sa|su|ph|周|星期|礼拜|[,;]|\d{1,2}:\d\d)(?<!\d:)",
        lambda m: "",
    ),
    (r"(\d{1,2})[点时](?:(\d{1,2})分?)?", lambda m: f"{m[1]}:{m[2] or '00'}"),
    (r"至|到|~|—+|–|-+|−", lambda m: "-"),
    (r"(?:下午|晚上?)(\d{1,2})(:\d{2}-)?(次日)?(\d{1,2})?", _evening),
    (r"次日", lambda m: ""),
    (r"[、,]|和|及", lambda m: ","),
    (r"。", lambda m: ""),
)
_OTHERWISE = re.compile(r"^([a-z,-]+off)[,;]其[余他](?:时间|时段|日期)?:?(\d.*)$")
_BACKWARDS = re.compile(
    # "9:00-12:00(周一至周五)": days of the hours before them.
    r"\d[,;]*\((?![^()]*(?::\d|off))"
    # "(周六8:00-11:00)14:00-17:00": hours of the days before the brackets.
    r"|\([^()]*(?:mo|tu|we|th|fr|sa|su|ph|sh)[^()]*:\d[^()]*\)[,;]*\d"
)
"""Brackets whose words do not go on to the right."""
_OFF_HOURS = re.compile(r":\d\d,*off")
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


def open_minutes(text: str) -> BoolArray | None:
    """Return which minutes of an ordinary week, from Monday 0:00 on, a place is open.

    Parameters
    ----------
    text
        In Chinese, as ``opening_hours`` of OpenStreetMap, or what holds otherwise ("yes", "no")
        and what on which condition, as ``osm.timed.hours_of`` gives it.

    Returns
    -------
    ndarray or None
        (10080,) read-only; None where it is not understood, or differs between the weeks of a
        year.

    Examples
    --------
    >>> int(open_minutes("周一至周五 8:30-17:30").sum()) // 60
    45
    >>> int(open_minutes("yes; no @ (22:00-06:00)").sum()) // 60
    112
    """
    found = open_week(text, Calendar())
    return found.open_ if found is not None and found.known.all() else None


@cache
def open_week(text: str, calendar: Calendar) -> OpenWeek | None:
    """Return when a place is open in one week, or in what the weeks of a year have in common.

    Parameters
    ----------
    text
        As of ``open_minutes``.
    calendar
        Which week, and where.

    Returns
    -------
    OpenWeek or None
        Read-only; None where the words are not understood.

    Examples
    --------
    >>> import datetime
    >>> july = Calendar(monday=datetime.date(2025, 7, 7))
    >>> int(open_week("May-Sep 08:00-20:00; Oct-Apr off", july).open_.sum()) // 60
    84
    """
    found = _conditional(text, calendar) if "@" in text else _hours(text, calendar)
    if found is not None:
        found.open_.setflags(write=False)
        found.known.setflags(write=False)
    return found


def _hours(text: str, calendar: Calendar, *, days: bool = False) -> OpenWeek | None:
    """Read opening hours; with `days`, days alone are whole days and holidays alone are none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.isascii() and (days or not is_of_holidays_alone(plain, calendar.year)):
        found = read_osm_hours(plain, calendar)
        if found is not None:
            return found
    words, feasts = without_holidays(re.sub(r"\s+", "", plain))
    said = _translated(words)
    if _BACKWARDS.search(said):
        return None
    said = said.replace("(", ",").replace(")", "")
    own = _read(said)
    if days and own is not None and own.waiting:
        own = _read(f"{said}00:00-24:00")
    if own is not None and not own.waiting and (own.said or (days and own.holidays)):
        shut = own.shut - {_HOLIDAY}
        week = _week(own.spans)
        known = np.ones_like(week)
        if not days and not week.any() and len(shut) < len(DAYS):
            known = _week([[(0, DAY)] if day in shut else [] for day in range(len(DAYS))])
        _on_holidays(week, known, own, feasts, calendar)
        return OpenWeek(week & known, known)
    # Months of the year, in Chinese.
    if own is None and any(month in said for month in _MONTHS) and not _OFF_HOURS.search(said):
        found = read_osm_hours(_spaced(said), calendar)
        if found is not None:
            week, known = found.open_.copy(), found.known.copy()
            _on_holidays(week, known, _Rules(), feasts, calendar)
            return OpenWeek(week & known, known)
    return None


def _on_holidays(
    week: BoolArray, known: BoolArray, own: _Rules, words: HolidayWords, calendar: Calendar
) -> None:
    """Put what is said of holidays into those of a stated week, in place."""
    if calendar.monday is None:
        return
    monday, days = calendar.monday, range(len(DAYS))
    doubtful = [
        day for day in days if may_fall_on(words.feasts, monday + datetime.timedelta(days=day))
    ]
    feast = read_osm_hours("24/7; PH off", calendar)
    at = [] if feast is None else [day for day in days if not feast.open_[day * DAY]]
    if own.unsure or words.effect == "unknown":
        doubtful += at
    elif words.effect == "usual":
        # On a day that is else shut nobody knows from when to when.
        doubtful += [day for day in at if not _has_hours(week, own, day)]
    if own.public or (own.said and words.effect == "off"):
        # The night before goes on into the holiday.
        hours = own.spans[_HOLIDAY]
        week[:] = _week([hours if day in at else own.spans[day] for day in days])
    elif words.effect == "off":
        for day in at:
            week[day * DAY : (day + 1) * DAY] = False
    # With a day its night is not known.
    night = max([0, *(last - DAY for hours in own.spans for _, last in hours)])
    for day in doubtful:
        known[(np.arange(DAY + night) + day * DAY) % WEEK] = False


def _has_hours(week: BoolArray, own: _Rules, day: int) -> bool:
    """Return whether a place opens on a day, apart from the night before that goes on into it."""
    if own.said:
        return bool(own.spans[day])
    minutes = week[day * DAY : (day + 1) * DAY]
    return bool(minutes[np.argmin(minutes) :].any())


def _spaced(said: str) -> str:
    """Return words that were run together, as OpenStreetMap has them."""
    said = re.sub(r"(?<=[a-z])(?=\d)|\s+:\s*", " ", said)
    said = re.sub(r"\s*([-,;])\s*", r"\1", said)
    said = re.sub(r"(?<=:\d\d),(?=[a-z])", ", ", re.sub(r"\s+", " ", said))
    # Of OpenStreetMap's rules the last one counts; here what is said of months does.
    rules = [rule.strip(", ") for rule in said.split(";")]
    rules.sort(key=lambda rule: any(month in rule for month in _MONTHS))
    return "; ".join(rule for rule in rules if rule)


@dataclass
class _Rules:
    """What the rules of a text say of each day of an ordinary week, as far as they are read."""

    spans: list[list[tuple[int, int]]] = field(
        default_factory=lambda: [[] for _ in range(_HOLIDAY + 1)]
    )
    """Minutes from and to, of each day; the eighth are public holidays."""
    days: list[int] = field(default_factory=list)
    """Of the rule at hand."""
    named: bool = False
    """Whether the rule at hand names days or holidays; else it is about every day."""
    hours: list[tuple[int, int]] = field(default_factory=list)
    """Of the rule at hand; each of its days has this very list."""
    said: bool = False
    """Whether anything was said of an ordinary week."""
    holidays: bool = False
    """Whether anything was said of holidays."""
    public: bool = False
    """Whether it was of public ones, which a calendar knows, and not of those of schools."""
    unsure: bool = False
    """Whether that holds for some of them only."""
    shut: set[int] = field(default_factory=set)
    """Days that are said to be shut."""

    @property
    def waiting(self) -> bool:
        """Whether days or holidays are named and no hours of them."""
        return self.named and not self.hours

    def begin(self) -> None:
        """Begin another rule."""
        self.days, self.named, self.hours = [], False, []

    def settle(self, *, off: bool) -> bool:
        """Forget what was said of the days of the rule; a night before goes on into them.

        False where its days contradict what was said before: which of both is meant is not known.
        """
        every = set(range(len(DAYS)))
        if not self.named:
            self.days = list(every)
        if not off:
            if every <= set(self.days):
                # "周一闭馆，9:00-17:00": the days of which nothing was said.
                if any(self.spans[day] for day in every):
                    return False
                self.days = [day for day in self.days if day not in self.shut & every]
                if not self.days:
                    return False
            if self.shut & every & set(self.days):
                return False
        for day in self.days:
            self.spans[day] = self.hours
        self.said |= any(day < _HOLIDAY for day in self.days)
        return True

    def pause(self, first: int, last: int) -> bool:
        """Take a break out of the hours of the rule; False where it is none within them."""
        if not self.hours:
            return False
        begin, end = min(one for one, _ in self.hours), max(one for _, one in self.hours)
        others = [hours for hours in self.spans if hours is not self.hours]
        # "周一至周五9:00-17:00，周六9:00-16:00，12:00-14:00休息": of which days?
        if not begin < first < last < end or any(_overlap(hours, first, last) for hours in others):
            return False
        self.hours[:] = [
            piece
            for low, high in self.hours
            for piece in ((low, min(high, first)), (max(low, last), high))
            if piece[0] < piece[1]
        ]
        return True


def _overlap(hours: list[tuple[int, int]], first: int, last: int) -> bool:
    return any(low < last and first < high for low, high in hours)


def _translated(text: str) -> str:
    """Return the words of a text as those of OpenStreetMap, run together."""
    plain = text.lower()
    for pattern, says in _SAYS:
        plain = re.sub(pattern, says, plain).lower()
    # "周二闭馆，其余时间9:00-17:00": the last rule counts.
    return _OTHERWISE.sub(r"\2;\1", plain)


def _read(plain: str) -> _Rules | None:
    """Return what words say of the days of a week; None where one is not understood."""
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
            if found.hours:
                found.begin()
            if not found.named:
                on_holidays = False
            on_holidays |= bool(token["days"]) and before == "holiday"
            if token["days"] and not on_holidays:
                found.days += _range(token["days"])
            found.unsure |= on_holidays
            if token["holiday"] == "ph":
                found.days.append(_HOLIDAY)
                found.public = True
            found.holidays |= bool(token["holiday"])
            found.named = True
        elif token["from"]:
            span = _span(token["from"], token["to"])
            if span is None:
                return None
            if plain.startswith("off", place):
                if not found.pause(*span):
                    return None
                place += len("off")
            elif span not in found.hours:
                if not found.hours and not found.settle(off=False):
                    return None
                if _overlap(found.hours, *span):
                    return None
                found.hours.append(span)
        elif token["off"]:
            # "9:00-17:00(中午休息)", "闭馆：周一": of when is not understood.
            alone = not (found.said or found.holidays) and place == len(plain)
            if found.hours or not (found.named or alone):
                return None
            found.settle(off=True)
            found.shut.update(found.days)
            found.begin()
        elif token["end"] and found.waiting:
            return None
        before = str(token.lastgroup)
    return found


def _week(spans: list[list[tuple[int, int]]]) -> BoolArray:
    """Return the minutes of a week."""
    week = np.zeros(WEEK, dtype=bool)
    for day, own in enumerate(spans[: len(DAYS)]):
        for first, last in own:
            week[(np.arange(first, last) + day * DAY) % WEEK] = True
    return week


def _conditional(text: str, calendar: Calendar) -> OpenWeek | None:
    """Return when "yes" holds; of conditions that hold together the last counts."""
    base, *clauses = re.split(r";(?![^(]*\))", text)
    if base not in ("yes", "no"):
        return None
    open_ = np.full(WEEK, base == "yes", dtype=bool)
    known = np.ones(WEEK, dtype=bool)
    for clause in clauses:
        value, _, condition = clause.strip().partition("@")
        said = condition.strip().removeprefix("(").removesuffix(")")
        found = _hours(said, calendar, days=True)
        if found is None:
            return None
        yes = value.strip() == "yes"
        # Where it may hold or not, what is known is what holds either way.
        doubt = ~found.known & known & (open_ != yes)
        open_ = np.where(found.open_, yes, open_)
        known = (known & ~doubt) | found.open_
    return OpenWeek(open_ & known, known)


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

"""Opening hours as OpenStreetMap writes them, in the weeks of a calendar.

Read by ``opening-hours-py``: months and dates, weeks of the year, public holidays, sunrise and
sunset. Which week is meant has to be stated: without one, what differs between the weeks of a year
is not known.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from livingcircle._arrays import BoolArray

__all__ = ["DAY", "WEEK", "Calendar", "OpenWeek", "is_of_holidays_alone", "read_osm_hours"]

DAY = 1440
WEEK = 7 * DAY
_WEEKS = 52
_SINGLE_DAYS = 2
"""What differs in so few weeks of a year is a single day (25 December, ...), and in no ordinary
week."""
_NOT_MEANT = re.compile(
    # "PH Mo-Fr" is a holiday on such a day; the reader takes the days for themselves.
    r"\b[ps]h\s*(?:mo|tu|we|th|fr|sa|su)\b"
    # Neither open at all times nor never.
    r"|(?<![\d:])0?(\d{1,2}:\d{2})\s*-\s*0?\1(?![\d:])"
    # "08:00+": until when is not said, and the reader takes it for midnight.
    r"|(?::\d{2}|sunrise|sunset|dawn|dusk)\s*\+(?!\s*\d)",
    re.IGNORECASE,
)
_ONLY_SHUT = re.compile(
    r"\s*[^;\":]*[^;\":\s][^;\":]*\s(?:off|closed)\s*(?:\"[^\"]*\")?\s*"
    r"(?:;[^;\":]*[^;\":\s][^;\":]*\s(?:off|closed)\s*(?:\"[^\"]*\")?\s*)*",
    re.IGNORECASE,
)
_SUN = re.compile("sun(?:rise|set)|dawn|dusk", re.IGNORECASE)
_HOLIDAY = re.compile(r"\b[ps]h\b", re.IGNORECASE)


@dataclass(frozen=True)
class Calendar:
    """Which week is meant, and where."""

    year: int = 2025
    """Of the ordinary week: what its weeks have in common."""
    monday: datetime.date | None = None
    """The first day of one week; None for an ordinary one."""
    lat: float | None = None
    """Degrees; they say when the sun rises, and which holidays there are. None: not known."""
    lon: float | None = None


@dataclass(frozen=True, eq=False)
class OpenWeek:
    """Which minutes of a week, from Monday 0:00 on, a place is open."""

    open_: BoolArray
    """(10080,) certainly open."""
    known: BoolArray
    """(10080,) where it is known whether it is."""


def read_osm_hours(text: str, calendar: Calendar) -> OpenWeek | None:
    """Return when a place is open by the syntax of ``opening_hours``.

    Parameters
    ----------
    text
        As the tag has it.
    calendar
        Which week; public holidays count in a stated week only.

    Returns
    -------
    OpenWeek or None
        None where it is not of that syntax. What has a comment ("by appointment") is not known.
    """
    from opening_hours import OpeningHours, ParserError

    if _NOT_MEANT.search(text):
        return None
    if "||" in text:
        # The reader loses the days behind the first change to what holds otherwise.
        found = read_osm_hours(text.partition("||")[0].strip(), calendar)
        return None if found is None else OpenWeek(found.open_, found.open_.copy())
    if _ONLY_SHUT.fullmatch(text):
        # "Su off": of the other days nothing is said.
        rest = read_osm_hours(f"24/7; {text}", calendar)
        if rest is None or not rest.open_.any():
            return rest
        return OpenWeek(np.zeros_like(rest.open_), rest.known & ~rest.open_)
    coords = None
    if calendar.lat is not None and calendar.lon is not None:
        coords = calendar.lat, calendar.lon
    here, stated = coords is not None, calendar.monday is not None
    try:
        hours = OpeningHours(text, coords=coords, auto_country=here and stated, auto_timezone=here)
    except ParserError:
        return None
    weeks = 1 if stated else _WEEKS
    begin = datetime.datetime.combine(
        calendar.monday or _first_monday(calendar.year), datetime.time()
    )
    spans = hours.intervals(begin, begin + datetime.timedelta(weeks=weeks))
    open_, unknown = _minutes(spans, begin, weeks)
    if _SUN.search(text) and not here:
        unknown[:] = True
    certain, shut = open_ & ~unknown, ~open_ & ~unknown
    least = weeks if stated else weeks - _SINGLE_DAYS
    always = certain.sum(axis=0) >= least
    return OpenWeek(always, always | (shut.sum(axis=0) >= least))


def is_of_holidays_alone(text: str, year: int) -> bool:
    """Return whether hours are those of holidays: nothing follows from them for other days."""
    if not _HOLIDAY.search(text):
        return False
    found = read_osm_hours(text, Calendar(year))
    return found is not None and bool((found.known & ~found.open_).all())


def _first_monday(year: int) -> datetime.date:
    first = datetime.date(year, 1, 1)
    return first + datetime.timedelta(days=-first.weekday() % 7)


def _minutes(
    spans: Iterable[tuple[datetime.datetime, datetime.datetime, object, str]],
    begin: datetime.datetime,
    weeks: int,
) -> tuple[BoolArray, BoolArray]:
    """Return (weeks, minutes) which are open, and which are open by what is not known."""
    open_ = np.zeros(weeks * WEEK, dtype=bool)
    unknown = open_.copy()
    for start, stop, state, comment in spans:
        if str(state) == "closed":
            continue
        # Clocks that are put forward or back do not move what they show.
        low, high = (at.replace(tzinfo=None) - begin for at in (start, stop))
        minutes = slice(*(int(one.total_seconds() // 60) for one in (low, high)))
        open_[minutes] = True
        unknown[minutes] = str(state) != "open" or bool(comment)
    return open_.reshape(weeks, WEEK), unknown.reshape(weeks, WEEK)

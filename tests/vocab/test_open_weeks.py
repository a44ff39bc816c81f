"""Opening hours that differ between the weeks of a year, and the week that is meant."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from livingcircle.vocab.calendar import Calendar
from livingcircle.vocab.opening import DAYS, WEEK, open_minutes, open_week

ORDINARY = Calendar(2025)
SHANGHAI = {"lat": 31.2, "lon": 121.5}


def in_week(year, month, day, **place):
    at = datetime.date(year, month, day)
    assert at.weekday() == 0
    return Calendar(year, at, **place)


JULY, DECEMBER = in_week(2025, 7, 7), in_week(2025, 12, 1)


def daily(begin, end, days=DAYS):
    """Minutes of these hours on these days."""
    found = np.zeros(WEEK, dtype=bool)
    for day in days:
        start = DAYS.index(day) * 1440
        found[start + round(begin * 60) : start + round(end * 60)] = True
    return found


@pytest.mark.parametrize(
    ("text", "summer", "winter"),
    [
        ("May-Sep 08:00-20:00; Oct-Apr 09:00-17:00", daily(8, 20), daily(9, 17)),
        ("Apr 1-Oct 31 08:00-20:00", daily(8, 20), daily(0, 0)),
        ("week 20-40 Mo-Fr 08:00-20:00", daily(8, 20, DAYS[:5]), daily(0, 0)),
        ("5月至9月每天 8:00-20:00；10月至4月每天 9:00-17:00", daily(8, 20), daily(9, 17)),
        ("5-9月：8:00-20:00，10-4月：9:00-17:00", daily(8, 20), daily(9, 17)),
        ("4月1日至10月31日 周一至周五 8:00-20:00", daily(8, 20, DAYS[:5]), daily(0, 0)),
        ("12月休息；9:00-17:00", daily(9, 17), daily(0, 0)),
        ("9:00-17:00；12月休息", daily(9, 17), daily(0, 0)),
        ("yes; no @ (Dec)", daily(0, 24), daily(0, 0)),
        ("no; yes @ (May-Sep 08:00-20:00)", daily(8, 20), daily(0, 0)),
    ],
)
def test_months_and_weeks_of_the_year_count_in_the_week_that_is_meant(text, summer, winter):
    for calendar, right in ((JULY, summer), (DECEMBER, winter)):
        found = open_week(text, calendar)
        assert found.known.all()
        assert (found.open_ == right).all()
    ordinary = open_week(text, ORDINARY)
    assert open_minutes(text) is None
    assert not ordinary.open_[~ordinary.known].any()
    # What all weeks of the year have in common is known.
    assert (ordinary.open_ <= (summer & winter)).all()
    assert ordinary.known[:60].all() == (summer[0] == winter[0])


def test_of_an_ordinary_week_is_known_what_all_weeks_have_in_common():
    found = open_week("May-Sep 08:00-20:00; Oct-Apr 09:00-17:00", ORDINARY)
    assert (found.open_ == daily(9, 17)).all()
    assert (found.known == ~daily(8, 9) & ~daily(17, 20)).all()
    # A single day of the year is in no ordinary week.
    assert (open_minutes("08:00-20:00; Dec 25 off") == daily(8, 20)).all()


def test_holidays_count_in_a_stated_week_where_the_place_is_known():
    text, right = "Mo-Fr 08:00-20:00; PH off", daily(8, 20, DAYS[:5])
    assert (open_minutes(text) == right).all()
    # 1 October 2025, a Wednesday.
    october = open_week(text, in_week(2025, 9, 29, **SHANGHAI))
    assert (october.open_ == daily(8, 20, ("Mo", "Tu", "Th", "Fr"))).all()
    assert (open_week(text, in_week(2025, 9, 15, **SHANGHAI)).open_ == right).all()
    assert (open_week(text, in_week(2025, 9, 29)).open_ == right).all()
    assert open_week("PH 08:00-12:00", in_week(2025, 9, 29, **SHANGHAI)) is None
    assert open_week("yes; no @ (PH)", in_week(2025, 9, 29, **SHANGHAI)).open_.sum() == 6 * 1440


def test_the_sun_rises_where_and_when_it_does():
    text = "sunrise-sunset"
    assert not open_week(text, ORDINARY).known.any()
    assert not open_week(text, JULY).known.any()
    july = open_week(text, in_week(2025, 7, 7, **SHANGHAI))
    # Shanghai on 10 July: 4:58 to 19:01 by almanac.
    thursday = np.flatnonzero(july.open_[3 * 1440 : 4 * 1440])
    assert abs(thursday[0] - (4 * 60 + 58)) <= 4
    assert abs(thursday[-1] - (19 * 60 + 1)) <= 4
    year = open_week(text, Calendar(2025, **SHANGHAI))
    assert year.open_[12 * 60]
    assert year.known[3 * 60]
    assert not year.open_[3 * 60]
    assert not year.known[6 * 60]


@pytest.mark.parametrize(
    "text", ['Mo-Fr 08:00-17:00 "by appointment"', "Mo-Fr 08:00-17:00 unknown"]
)
def test_what_may_be_open_is_not_known(text):
    found = open_week(text, JULY)
    assert not found.open_.any()
    assert (found.known == ~daily(8, 17, DAYS[:5])).all()


def test_a_condition_that_may_hold_leaves_open_what_it_would_change():
    found = open_week("yes; no @ (Apr-Sep 22:00-24:00)", ORDINARY)
    assert (found.open_ == daily(0, 22)).all()
    assert (found.known == daily(0, 22)).all()
    assert open_week("no; yes @ (wet)", ORDINARY) is None


@pytest.mark.parametrize("calendar", [ORDINARY, JULY])
@pytest.mark.parametrize(
    ("text", "open_"),
    [
        ('Mo-Fr 08:00-17:00 || "by appointment"', daily(8, 17, DAYS[:5])),
        ("08:00-17:00 || Sa 18:00-20:00", daily(8, 17)),
    ],
)
def test_beside_a_fallback_what_the_first_rules_open_is_known(calendar, text, open_):
    found = open_week(text, calendar)
    assert (found.open_ == open_).all()
    assert (found.known == open_).all()


@pytest.mark.parametrize("calendar", [ORDINARY, JULY])
@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mo off", ("Mo",)),
        ("Sa-Su off", ("Sa", "Su")),
        ('Mo off; Tu closed "repairs"', ("Mo", "Tu")),
        ("周一闭馆", ("Mo",)),
        ("周一闭馆；周二休息", ("Mo", "Tu")),
        ("Mo-Su off", DAYS),
        ("闭馆", DAYS),
    ],
)
def test_of_the_other_days_nothing_is_said_by_what_says_when_it_is_shut(calendar, text, days):
    found = open_week(text, calendar)
    assert not found.open_.any()
    assert (found.known == daily(0, 24, days)).all()


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("每天8:00-20:00，节假日休息", True),
        ("每天8:00-20:00（法定节假日除外）", True),
        ("每天8:00-20:00，除节假日外", True),
        ("每天8:00-20:00，节假日值班", False),
        ("每天8:00-20:00（节假日另行通知）", False),
        ("每天8:00-20:00（不含节假日）", True),
        ("每天8:00-20:00，法定节假日正常休息", True),
        ("每天8:00-20:00，节假日照常休息", True),
        ("每天8:00-20:00，含节假日休息", True),
    ],
)
def test_chinese_holidays_count_in_a_stated_week(text, known):
    rest = ("Mo", "Tu", "Th", "Fr", "Sa", "Su")
    # 1 October 2025, a Wednesday.
    found = open_week(text, in_week(2025, 9, 29, **SHANGHAI))
    assert (found.open_ == daily(8, 20, rest)).all()
    assert (found.known == daily(0, 24, DAYS if known else rest)).all()
    assert (open_week(text, in_week(2025, 9, 15, **SHANGHAI)).open_ == daily(8, 20)).all()
    assert (open_minutes(text) == daily(8, 20)).all()


def test_hours_that_hold_on_holidays_too_hold_on_them():
    found = open_week("每天8:00-20:00（含法定节假日）", in_week(2025, 9, 29, **SHANGHAI))
    assert found.known.all()
    assert (found.open_ == daily(8, 20)).all()


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("每天8:00-20:00；节假日：9:00-12:00", (9, 12)),
        ("每天8:00-20:00（节假日9:00-12:00）", (9, 12)),
        ("每天8:00-20:00 法定节假日 8:00-22:00", (8, 22)),
    ],
)
def test_chinese_hours_of_holidays_hold_on_them(text, hours):
    found = open_week(text, in_week(2025, 9, 29, **SHANGHAI))
    rest = ("Mo", "Tu", "Th", "Fr", "Sa", "Su")
    assert found.known.all()
    assert (found.open_ == daily(8, 20, rest) | daily(*hours, ("We",))).all()


@pytest.mark.parametrize("holiday", ["节假日", "PH"])
def test_a_condition_on_holidays_holds_on_them(holiday):
    october, rest = in_week(2025, 9, 29, **SHANGHAI), ("Mo", "Tu", "Th", "Fr", "Sa", "Su")
    shut = open_week(f"yes; no @ ({holiday})", october)
    assert shut.known.all()
    assert (shut.open_ == daily(0, 24, rest)).all()
    open_ = open_week(f"no; yes @ ({holiday} 9:00-12:00)", october)
    assert open_.known.all()
    assert (open_.open_ == daily(9, 12, ("We",))).all()


def test_a_night_before_a_holiday_goes_on_into_it():
    found = open_week("每天20:00-次日2:00，节假日休息", in_week(2025, 9, 29, **SHANGHAI))
    assert not found.open_[2 * 1440 + 20 * 60 : 3 * 1440].any()
    assert found.open_[1 * 1440 + 22 * 60 : 2 * 1440 + 2 * 60].all()


def test_open_as_usual_is_not_known_on_a_holiday_that_is_a_shut_day():
    """1 May 2026 is a Friday."""
    text = "周二至周日9:00-17:00，周五闭馆，国家法定节假日正常开放"
    found = open_week(text, in_week(2026, 4, 27, **SHANGHAI))
    open_days = ("Tu", "We", "Th", "Sa", "Su")
    assert (found.open_ == daily(9, 17, open_days)).all()
    assert (found.known == daily(0, 24, ("Mo", *open_days))).all()


def test_the_night_before_says_nothing_of_a_holiday_on_a_shut_day():
    """1 January 2029 is a Monday; with it, its own night is not known."""
    text = "周二至周日20:00-次日2:00，周一休息，节假日照常开放"
    found = open_week(text, in_week(2029, 1, 1, **SHANGHAI))
    assert (found.known == ~daily(0, 26, ("Mo",))).all()
    assert found.open_[DAYS.index("Su") * 1440 + 20 * 60 :].all()


@pytest.mark.parametrize(
    ("text", "monday", "known"),
    [
        ("每天8:00-20:00，国庆节休息", (2025, 9, 29), False),
        ("每天8:00-20:00，国庆节休息", (2025, 9, 15), True),
        ("每天8:00-20:00，春节休息", (2025, 9, 29), True),
        ("每天8:00-20:00，春节休息", (2026, 2, 16), False),
        ("每天8:00-20:00，除夕至初六休息", (2026, 2, 16), False),
        ("每天8:00-20:00，元旦除外", (2025, 12, 29), False),
        ("每天8:00-20:00，劳动节照常休息", (2026, 4, 27), False),
        ("每天8:00-20:00，劳动节照常休息", (2025, 9, 15), True),
    ],
)
def test_a_feast_that_is_named_is_not_known_where_it_may_fall(text, monday, known):
    found = open_week(text, in_week(*monday, **SHANGHAI))
    assert bool(found.known.all()) is known
    assert not (found.open_ & ~found.known).any()
    assert (found.open_ <= daily(8, 20)).all()


def test_a_holiday_from_sunrise_is_no_holiday_on_a_sunday():
    text = "Mo-Su 08:00-20:00; PH sunrise-sunset"
    assert (open_week(text, in_week(2025, 9, 15, **SHANGHAI)).open_ == daily(8, 20)).all()
    feast = open_week(text, in_week(2025, 9, 29, **SHANGHAI))
    assert feast.open_[2 * 1440 + 7 * 60]
    assert not feast.open_[2 * 1440 + 19 * 60]


@pytest.mark.parametrize(
    "text", ["8:00-20:00，周一闭馆（节假日除外）", "8:00-20:00，周一休息，除节假日外"]
)
def test_a_day_that_is_shut_but_on_holidays_says_nothing_certain_of_them(text):
    # 1 October 2025, a Wednesday; a place may be open on a Monday that is a holiday.
    found = open_week(text, in_week(2025, 9, 29, **SHANGHAI))
    rest = ("Mo", "Tu", "Th", "Fr", "Sa", "Su")
    assert (found.open_ == daily(8, 20, rest[1:])).all()
    assert (found.known == daily(0, 24, rest)).all()


def test_the_days_off_around_a_late_dragon_boat_feast_are_not_known():
    """25 June 2020, a Thursday, with days off to Saturday."""
    found = open_week("每天8:00-20:00，端午节休息", in_week(2020, 6, 22, **SHANGHAI))
    assert not found.known[3 * 1440 : 6 * 1440].any()
    assert found.known[6 * 1440 :].all()

"""Who finds something open, hour by hour: as a table, and in a sentence a requirement."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from livingcircle.localized import LocalizedText, number, percent
from livingcircle.standards.finding import Finding
from livingcircle.standards.opening import open_by_hour, with_hours
from livingcircle.standards.result import Result
from livingcircle.vocab.groups import counted_name
from livingcircle.vocab.opening import DAYS
from livingcircle.vocab.texts import localized_name

__all__ = [
    "MOMENTS",
    "OpenCircle",
    "hours_frame",
    "hours_sheet",
    "open_circles",
    "which_week",
]

MOMENTS = (("Mo", 10), ("Mo", 18), ("Sa", 10), ("Su", 10), ("Su", 18))
"""Hours that the report shows: office hours, the evening of a working day, and the weekend."""

ASKED = ("Su", 18)
"""The hour that the sentence tells: when offices are shut and people are at home."""

_COLUMNS = ("standard", "day", "hour", "share", "share_at_most", "people")


def hours_frame(result: Result) -> pd.DataFrame:
    """Return a row per requirement, day and hour, of requirements whose facilities state hours.

    Columns: ``standard``, ``day`` (Mo to Su), ``hour``, and those of ``open_by_hour``.
    """
    tables = [open_by_hour(result, one).assign(standard=one) for one in with_hours(result)]
    if not tables:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    return pd.concat(tables, ignore_index=True)[list(_COLUMNS)]


def hours_sheet(hours: pd.DataFrame) -> pd.DataFrame:
    """Return shares as a timetable: a row per requirement and hour, a column per day."""
    wide = hours.pivot_table(
        index=["standard", "hour"], columns="day", values="share", sort=False, dropna=False
    )
    return wide.reindex(columns=list(DAYS)).rename_axis(columns=None).reset_index()


def which_week(result: Result) -> LocalizedText:
    """Return which week the hours are those of."""
    day = result.city.config.assess.week
    if day is None:
        return LocalizedText(
            f"按 {result.as_of} 年的普通一周计：法定节假日不计，"
            "各周不同之处（季节、日出日落）算作时间不明",
            f"of an ordinary week of {result.as_of}: public holidays are left aside, and what"
            " differs between the weeks of the year (season, sunrise, sunset) counts as not known",
        )
    monday = day - datetime.timedelta(days=day.weekday())
    return LocalizedText(
        f"按 {monday} 起的一周计，法定节假日只计所用日历载有的节日当天（无清明节），连休和调休未计",
        f"of the week from {monday} on; of public holidays only the day itself counts, as far as"
        " the calendar holds it (Qingming it does not), not the days off around it",
    )


@dataclass(frozen=True)
class OpenCircle:
    """When a circle has something open, at the hours of ``MOMENTS``."""

    standard: str
    statement: LocalizedText
    sentence: LocalizedText
    shares: list[tuple[float, float]]
    """At each moment: certainly open, and if all of unknown hours were open too."""


def open_circles(result: Result, hours: pd.DataFrame) -> list[OpenCircle]:
    """Return what the report says of each requirement of ``hours_frame``."""
    found = []
    for standard, own in hours.groupby("standard", sort=False):
        finding = result.finding(str(standard))
        at = own.set_index(["day", "hour"])
        shown = at.loc[list(MOMENTS)]
        asked = finding.requirement
        found.append(
            OpenCircle(
                str(standard),
                LocalizedText(asked.statement_zh, asked.statement_en),
                _sentence(finding, cast("pd.Series", at.loc[ASKED])),
                list(zip(shown["share"], shown["share_at_most"], strict=True)),
            )
        )
    return found


def _sentence(finding: Finding, row: pd.Series) -> LocalizedText:
    day, hour = ASKED
    when = localized_name("weekday", day)
    who = counted_name(finding.group)
    people, share, most = float(row["people"]), float(row["share"]), float(row["share_at_most"])
    zh = f"{when.zh} {hour}:00，{number(round(people))} {who.zh}步行范围内没有设施开放"
    en = (
        f"on {when.en} at {hour}:00 {number(round(people))} {who.en} have nothing open within reach"
    )
    if most - share > 1e-9 and np.isfinite(most):
        zh += (
            f"；确知有设施开放的占 {percent(share)}，"
            f"另有 {percent(most - share)} 只有开放时间不明的设施"
        )
        en += (
            f"; {percent(share)} certainly have, and {percent(most - share)} only some whose hours"
            " are not known"
        )
    else:
        zh += f"（有设施开放的占 {percent(share)}）"
        en += f" ({percent(share)} have)"
    return LocalizedText(zh, en)

"""Who can walk to an open facility, hour by hour: a circle at every hour of the week."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ObjectArray
from livingcircle.arguments import check_type, wrong_type
from livingcircle.city.config import FIRST_YEAR, LAST_YEAR
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.network.entrances import access_points
from livingcircle.network.gates import (
    entered_behind,
    not_on_shut_ways,
    with_gates_shut,
    with_ways_shut,
)
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.walker import passable
from livingcircle.routing.engine import Reach, reach
from livingcircle.standards.access import Access
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result
from livingcircle.vocab.calendar import WEEK, Calendar
from livingcircle.vocab.opening import DAYS, minute_of, open_week

__all__ = ["open_at", "open_by_hour", "with_hours"]

_STATES = 4
"""Networks of shut gates that are kept with a network: most gates follow day and night."""


def open_by_hour(
    result: Result, standard: str, *, week: str | datetime.date | None = None
) -> pd.DataFrame:
    """Return the share of people who have a facility open within the limit, at every full hour.

    Parameters
    ----------
    result
        As ``livingcircle.assess`` gives it.
    standard
        A requirement of one need that measures walks to the nearest facility.
    week
        A day of the week that is meant (``"2026-07-06"``), with its season and public holidays;
        that of city.toml if None, and without one an ordinary week: what differs between the weeks
        of the year is not known.

    Returns
    -------
    DataFrame
        One row per day and hour, from Monday 0:00 on: ``day`` (Mo to Su), ``hour``, ``share`` of
        those counted who reach a facility that says that it is open, ``share_at_most`` if every
        facility within reach whose hours are not known were open too, ``people`` who certainly
        reach nothing open.

    Raises
    ------
    ConfigError
        There is no such requirement, it does not measure such walks, or `week` is no date.
    """
    test = _walks_of(result, standard)
    hours = np.arange(0, WEEK, 60)
    sure, maybe = _reached(test, _Asked(hours, _calendar(test.ctx, week)))
    total = float(test.weight.sum())

    def share(found: _Reached) -> FloatArray:
        if not total:
            return np.full(len(hours), np.nan)
        return np.asarray((test.weight @ found.inside / total)[found.of])

    return pd.DataFrame(
        {
            "day": np.repeat(np.array(DAYS, dtype=object), 24),
            "hour": np.tile(np.arange(24), 7),
            "share": share(sure),
            "share_at_most": share(maybe),
            "people": (test.weight @ ~maybe.inside)[maybe.of],
        }
    )


def with_hours(result: Result) -> list[str]:
    """Return the requirements of walks to one kind of facility of which some state their hours.

    In words that are understood; requirements of parks count too where gates or ways of the
    network do.
    """
    gates = len(_timed(result.city.network)) > 0
    ctx = result.context or Context(result.city, result.as_of)
    calendar = _calendar(ctx, None)
    found = []
    for finding in result.findings:
        test = _one_walk(result, finding)
        if test is None:
            continue
        table = test.facilities()
        # Words of which none is understood tell no hour apart from another.
        stated = "opening" in table and any(
            week is not None and bool(week.known.any())
            for week in (
                open_week(str(text), calendar) for text in table["opening"].dropna().unique()
            )
        )
        parks = gates and "park" in test.trips[0].categories
        if stated or parks:
            found.append(finding.id)
    return found


def open_at(
    result: Result, standard: str, when: str, *, week: str | datetime.date | None = None
) -> pd.Series:
    """Return whether each home has a facility open within the limit at one time.

    Parameters
    ----------
    result, standard
        As of ``open_by_hour``.
    when
        A day and a time: ``"Su 18:00"``.
    week
        As of ``open_by_hour``.

    Returns
    -------
    Series
        ``"open"``, ``"closed"`` or ``"unknown"`` (only facilities whose hours are not known), on
        the index of the demand that the requirement applies to.

    Raises
    ------
    ConfigError
        As ``open_by_hour``; or `when` is no day and time.
    """
    if not isinstance(when, str):
        raise wrong_type(when, "when", LocalizedText("文字，如 “Su 18:00”", 'a text: "Su 18:00"'))
    try:
        minute = minute_of(when)
    except ValueError:
        raise ConfigError(
            LocalizedText(f"“{when}”不是星期和时间", f"'{when}' is no day and time"),
            field="when",
            hint=LocalizedText('请写作 "Su 18:00"。', 'Write it as "Su 18:00".'),
        ) from None
    test = _walks_of(result, standard)
    asked = _Asked(np.array([minute]), _calendar(test.ctx, week))
    sure, maybe = (found.inside[:, 0] for found in _reached(test, asked))
    said = np.where(sure, "open", np.where(maybe, "unknown", "closed"))
    return pd.Series(said, index=test.points.index, name="open")


def _walks_of(result: Result, standard: str) -> Access:
    """Return the one test of a requirement."""
    check_type(result, "result", Result, "assess")
    test = _one_walk(result, result.finding(standard))
    if test is None:
        raise ConfigError(
            LocalizedText(
                f"{standard} 不是对一类设施步行可达的要求",
                f"{standard} does not measure walks to one kind of facility",
            ),
            field="standard",
            hint=LocalizedText("请选用生活圈类要求。", "Name a requirement of a circle on foot."),
        )
    return test


def _one_walk(result: Result, finding: Finding) -> Access | None:
    """Return the one test of a requirement of walks to one kind of facility, else None."""
    ctx = result.context or Context(result.city, result.as_of)
    pairs = zip(finding.requirement.parts, finding.parts, strict=True)
    tests = [test for part, outcome in pairs for test in part.access_tests(ctx, outcome)]
    if len(tests) != 1 or tests[0].areas is not None or not len(tests[0].points):
        return None
    test = tests[0]
    return test if len(test.needs) == 1 and test.on_foot and test.decided else None


def _calendar(ctx: Context, week: str | datetime.date | None) -> Calendar:
    """Return the week that is meant, and the place."""
    day = ctx.city.config.assess.week if week is None else week
    if isinstance(day, str):
        try:
            day = datetime.date.fromisoformat(day)
        except ValueError:
            raise ConfigError(
                LocalizedText(f"“{day}”不是日期", f"'{day}' is no date"),
                field="week",
                hint=LocalizedText('请写作 "2026-07-06"。', 'Write it as "2026-07-06".'),
            ) from None
    if day is not None and not isinstance(day, datetime.date):
        wanted = LocalizedText("日期，如 “2026-07-06”", 'a day: "2026-07-06"')
        raise wrong_type(day, "week", wanted)
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ConfigError(
            LocalizedText(f"年份 {day.year} 不可用", f"the year {day.year} is not usable"),
            field="week",
            hint=LocalizedText(
                f"请用 {FIRST_YEAR} 至 {LAST_YEAR} 年。",
                f"State one from {FIRST_YEAR} to {LAST_YEAR}.",
            ),
        )
    monday = None if day is None else day - datetime.timedelta(days=day.weekday())
    lat = lon = None
    if ctx.city.network.node_count:
        lon, lat = (round(float(one), 1) for one in np.median(ctx.city.network.node_lonlat, axis=0))
    return Calendar(ctx.as_of, monday, lat, lon)


@dataclass(frozen=True)
class _Asked:
    """When something is to be open."""

    minutes: IntArray
    """Of the week."""
    calendar: Calendar


@dataclass(frozen=True)
class _Reached:
    """Whether something open lies within the limit of each home; moments that are alike once."""

    inside: BoolArray
    """(homes, moments)"""
    of: IntArray
    """(minutes,) the moment that each minute asked for is like."""


def _reached(test: Access, asked: _Asked) -> tuple[_Reached, _Reached]:
    """Return who has something open within the limit, at minutes of the week.

    Gates and ways with opening hours are shut outside of them. What has hours that are not known
    is shut in the first answer and open in the second.
    """
    gates = _hours(_timed(test.ctx.city.network), asked)
    known = gates.known[gates.of]
    walks: dict[bytes, tuple[csr_array, _Hours]] = {}
    out = []
    for doubt in (False, True):
        open_ = gates.open_[gates.of]
        states, of = _alike(~(open_ | ~known) if doubt else ~(open_ & known))
        moments: list[BoolArray] = []
        number = np.zeros(len(asked.minutes), dtype=np.int64)
        for k in range(states.shape[1]):
            key = states[:, k].tobytes()
            if key not in walks:
                walks[key] = _walks_to(test, states[:, k], asked)
            within, hours = walks[key]
            at = np.flatnonzero(of == k)
            sure = hours.open_[:, at] | (~hours.known[:, at] & doubt)
            alike, which = _alike(sure)
            number[at] = sum(one.shape[1] for one in moments) + which
            moments.append(np.asarray(within @ alike.astype(np.float32) > 0))
        out.append(_Reached(np.concatenate(moments, axis=1), number))
    return out[0], out[1]


def _alike(columns: BoolArray) -> tuple[BoolArray, IntArray]:
    """Return the columns of an array that differ, and which of them each column is."""
    if not len(columns):
        return columns[:, :1], np.zeros(columns.shape[1], dtype=np.int64)
    found, of = np.unique(columns, axis=1, return_inverse=True)
    return found, of.ravel()


def _walks_to(test: Access, shut: BoolArray, asked: _Asked) -> tuple[csr_array, _Hours]:
    """Return the walks within the limit to facilities of the same hours, and those hours.

    Parameters
    ----------
    test
        The walks.
    shut
        Those of ``_timed`` that are shut.
    asked
        When.

    Returns
    -------
    walks, hours
        (homes, texts of hours) sparse, above 0 where a facility of such hours is within.
    """
    found = _reach_with(test, shut) if shut.any() else test.reach()
    walks, ids = found.matrix(test.points, test.limit_m)
    table = test.facilities()
    if "opening" not in table:
        table = table.assign(opening=None)
    said = table.drop_duplicates("facility_id").set_index("facility_id")["opening"].reindex(ids)
    hours = _hours(said.to_numpy(dtype=object), asked)
    ones = np.ones(walks.nnz, dtype=np.float32)
    within = csr_array((ones, walks.indices, walks.indptr), shape=walks.shape)
    says = csr_array(
        (np.ones(len(ids), dtype=np.float32), (np.arange(len(ids)), hours.of)),
        shape=(len(ids), len(hours.open_)),
    )
    return within @ says, hours


def _network_with(network: WalkNetwork, shut: BoolArray) -> WalkNetwork:
    """Return the network with gates shut; requirements share those of the first few states."""
    made, key = network.derive(_made), shut.tobytes()
    if key in made:
        return made[key]
    gates = len(network.timed)
    found = with_ways_shut(with_gates_shut(network, shut[:gates]), shut[gates:])
    if len(made) < _STATES:
        made[key] = found
    return found


def _made(network: WalkNetwork) -> dict[bytes, WalkNetwork]:
    return {}


def _reach_with(test: Access, shut: BoolArray) -> Reach:
    """Return the search of walks while some gates and ways are shut."""
    city, trip = test.ctx.city, test.trips[0]
    network, gates = _network_with(city.network, shut), len(city.network.timed)
    places = entered_behind(
        network, city.network.timed.lonlat[shut[:gates]], test.ctx.travel.facilities(trip)
    )
    leg = city.max_access_m
    # The search anchors a door on the streets that its walker can use, and so is it found here.
    own = passable(city.network, trip.who)
    doors = not_on_shut_ways(own, shut[gates:], access_points(places), leg)
    return test.metred(reach(network, doors, walker=trip.who, max_access_m=leg))


def _timed(network: WalkNetwork) -> ObjectArray:
    """Return the opening hours of gates, and behind them those that ways have."""
    return np.concatenate([network.timed.why, network.hours])


@dataclass(frozen=True)
class _Hours:
    """When things are open by their words, each text once."""

    open_: BoolArray
    """(texts, minutes)"""
    known: BoolArray
    """(texts, minutes) where it is known whether they are."""
    of: IntArray
    """(things,) the text of each."""


def _hours(said: ObjectArray, asked: _Asked) -> _Hours:
    """Read words of opening hours at minutes of the week."""
    words = pd.Series(said, dtype=object).fillna("").astype(str).to_numpy(dtype=str)
    texts, of = np.unique(words, return_inverse=True)
    open_ = np.zeros((len(texts), len(asked.minutes)), dtype=bool)
    known = open_.copy()
    for row, text in enumerate(texts):
        week = open_week(str(text), asked.calendar)
        if week is not None:
            open_[row], known[row] = week.open_[asked.minutes], week.known[asked.minutes]
    return _Hours(open_, known, of.ravel())

"""Circles of people who walk at different speeds: each home's probability, the expected share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.special import ndtr

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.localized import LocalizedText, number, percent
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.kinds.circle_figures import Case, weight_name
from livingcircle.standards.kinds.circle_pace import waits
from livingcircle.vocab.gait import Speeds, Stratum, strata_of
from livingcircle.vocab.groups import AGES, counted_name
from livingcircle.vocab.walkers import Walker

__all__ = [
    "FASTER",
    "SLOWER",
    "HomeComposition",
    "coverage_probability",
    "coverage_probability_by_group",
    "expected_coverage",
    "home_composition",
    "waiting_of",
]

_Z90 = 1.6448536269514722
"""Of a normal distribution nine tenths lie so many deviations around its mean."""

SLOWER, FASTER = 0.9, 1.1
"""Times as fast: two walks of one way tell how much of it is waiting."""

_Ages: TypeAlias = tuple[float, float]
"""From, and below."""

EVERY_AGE = (0.0, np.inf)
_WORKING = (AGES["children"][1], AGES["age65"][0])
"""Ages of the residents who are neither children nor old."""
_WORKING_DECADES = (_WORKING[1] - _WORKING[0]) / 10.0
_OLD_DECADES = 2.5
"""65 to 69, 70 to 79, and 80 to 99, which stand for one decade."""


@dataclass(frozen=True)
class HomeComposition:
    """Who lives at each home."""

    shares: FloatArray
    """(homes, groups of a walker's speeds), each row 1 in sum."""
    by_decade: BoolArray
    """(homes,) which state people by sex and decade."""
    by_part: BoolArray
    """(homes,) which do not, but state people of 65 and over, and children where they count."""


def home_composition(
    points: pd.DataFrame, who: Walker, group: str = "residents"
) -> HomeComposition | None:
    """Return which share of the walkers of each home is of which sex and ages.

    By the columns of people by sex and decade (``men_20_29`` ...), where a home has all of the
    walker's; else by its residents, children and people of 65 and over: whoever is of such a part
    is as likely of either sex and of each of its years, of which only the walker's are taken. 80
    to 99 count as one decade, as few live to the end of it. Where a home has neither, all decades
    of each sex count alike, as they do without ages. Where only old people are counted nobody else
    is asked for or taken.

    Parameters
    ----------
    points
        Homes.
    who
        A walker of measured speeds.
    group
        Whom the requirement counts: of ``age65`` only the old ones, unless the walker has none.

    Returns
    -------
    HomeComposition or None
        None where all decades count alike at each home, or the walker's speeds are not those of
        ages.
    """
    if who.ages is None or not len(points):
        return None
    groups = strata_of(who.ages, who.sex)
    counted = AGES.get(group, EVERY_AGE)
    if not any(_years_of(one, who.ages, counted) for one in groups):
        counted = EVERY_AGE
    people = _by_decade(points, groups, who.ages, counted)
    by_decade = people.sum(axis=1) > 0
    people[~by_decade] = _by_part(points, groups, who.ages, counted)[~by_decade]
    total = people.sum(axis=1)
    known = total > 0
    if not known.any() and counted == EVERY_AGE:
        return None
    assumed = np.ones(len(groups))
    if counted != EVERY_AGE:
        assumed = np.array([_years_of(one, who.ages, counted) for one in groups])
    shares = np.tile(assumed / assumed.sum(), (len(points), 1))
    shares[known] = people[known] / total[known, None]
    return HomeComposition(shares, by_decade, known & ~by_decade)


def _by_decade(
    points: pd.DataFrame, groups: tuple[Stratum, ...], ages: tuple[int, int], counted: _Ages
) -> FloatArray:
    """Return (homes, groups) people where all columns state them, else 0."""
    found = np.zeros((len(points), len(groups)))
    share = np.array([_years_of(one, ages, counted) for one in groups])
    own = np.flatnonzero(share > 0)
    columns = [groups[k].column for k in own]
    if not all(column in points for column in columns):
        return found
    stated = points[columns].to_numpy(dtype=float)
    whole = np.isfinite(stated).all(axis=1) & (stated >= 0).all(axis=1)
    found[np.ix_(whole, own)] = stated[whole] * share[own]
    return found


def _by_part(
    points: pd.DataFrame, groups: tuple[Stratum, ...], ages: tuple[int, int], counted: _Ages
) -> FloatArray:
    """Return (homes, groups) people by residents, children and old people, where known, else 0."""
    found = np.zeros((len(points), len(groups)))
    unknown = pd.Series(np.nan, index=points.index)
    residents = points.get("residents", unknown).to_numpy(dtype=float)
    children = points.get("children", unknown).to_numpy(dtype=float)
    old = points.get("age65", unknown).to_numpy(dtype=float)
    parts = (
        (_WORKING, _WORKING_DECADES, np.maximum(residents - children - old, 0.0)),
        (AGES["age65"], _OLD_DECADES, old),
    )
    for (first, end), decades, count in parts:
        part = max(first, counted[0]), min(end, counted[1])
        # Of a decade one half is of each sex; whoever is of other ages than the walker's is not
        # his: of 15 to 64 five years in fifty are 60 and over.
        share = np.array([_years_of(one, ages, part) for one in groups]) / (2.0 * decades)
        if share.any():
            found += np.maximum(count[:, None], 0.0) * share
    # What a home does not state is not known of it: then nothing of it is taken.
    found[~np.isfinite(found).all(axis=1)] = 0.0
    return found


def _years_of(one: Stratum, ages: tuple[int, int], part: _Ages) -> float:
    """Return which share of the years of a stratum is of the walker and of a part."""
    low, high = max(one.ages[0], ages[0], part[0]), min(one.ages[1] + 1, ages[1] + 1, part[1])
    return max(high - low, 0.0) / (one.ages[1] + 1 - one.ages[0])


def coverage_probability(
    seconds: FloatArray,
    limit_s: float,
    speed_m_s: float,
    speeds: Speeds,
    shares: FloatArray | None = None,
    waiting_s: FloatArray | None = None,
) -> FloatArray:
    """Return the chance that somebody of each home is within a limit.

    Parameters
    ----------
    seconds
        (n,) seconds of a walker of ``speed_m_s``; inf where nothing is reached.
    limit_s
        The limit, inclusive.
    speed_m_s
        The speed that the seconds hold for.
    speeds
        Mean and deviation of groups of one size. Within a group speeds are normal; of deviation 0
        all of it walk alike.
    shares
        (n, groups) who lives in each home, see ``home_composition``; None: all groups alike.
    waiting_s
        (n,) of the seconds those at crossings, which last as long for everybody; None: none.

    Returns
    -------
    ndarray
        (n,) 0 to 1.

    Examples
    --------
    A walk of ten minutes at the mean speed, and ten minutes for it: even chances.

    >>> import numpy as np
    >>> coverage_probability(np.array([600.0]), 600.0, 1.0, ((1.0, 0.2),))
    array([0.5])
    """
    of_group = coverage_probability_by_group(seconds, limit_s, speed_m_s, speeds, waiting_s)
    if shares is not None:
        return np.asarray(np.einsum("ij,ij->i", shares, of_group.T))
    found = np.zeros(len(seconds))
    for one in of_group:
        found += one
    return np.asarray(found / len(speeds))


def coverage_probability_by_group(
    seconds: FloatArray,
    limit_s: float,
    speed_m_s: float,
    speeds: Speeds,
    waiting_s: FloatArray | None = None,
) -> FloatArray:
    """Return (groups, n) the probability of each group; parameters as of `coverage_probability`."""
    found = np.zeros((len(speeds), len(seconds)))
    wait = np.zeros(len(seconds)) if waiting_s is None else waiting_s
    left = limit_s - wait
    reached = np.isfinite(seconds)
    in_time = reached & (left + COST_TOLERANCE >= 0.0)
    needed = (seconds - wait)[in_time] * speed_m_s / np.maximum(left[in_time], 1e-9)
    for k, (mean, deviation) in enumerate(speeds):
        if deviation == 0.0:
            walk = np.where(reached, seconds - wait, np.inf)
            found[k] = wait + walk * (speed_m_s / mean) <= limit_s + COST_TOLERANCE
        else:
            found[k, in_time] = ndtr((mean - needed) / deviation)
    return found


def waiting_of(
    seconds: FloatArray, slower: FloatArray, faster: FloatArray, limit_s: float
) -> FloatArray:
    """Return the seconds of each walk that no speed changes.

    A walk of m metres and w seconds of waiting takes w + m / v at speed v: two speeds tell both.
    Who comes too late has to walk faster, who comes in time could walk slower: the second speed is
    that on the side of the speed that takes exactly the limit. Exact where one way is the fastest
    at both speeds and at that one; else whoever takes another way is thought to take this one.

    Parameters
    ----------
    seconds, slower, faster
        (n,) seconds at some speed, at ``SLOWER`` and at ``FASTER`` times that speed.
    limit_s
        The limit.
    """
    late = seconds > limit_s + COST_TOLERANCE
    with np.errstate(invalid="ignore"):
        walk = np.where(
            late,
            (seconds - faster) / (1.0 - 1.0 / FASTER),
            (slower - seconds) / (1.0 / SLOWER - 1.0),
        )
        wait = np.clip(seconds - walk, 0.0, seconds)
    return np.asarray(np.nan_to_num(wait, posinf=0.0), dtype=np.float64)


def _waiting(case: Case, seconds: FloatArray) -> FloatArray | None:
    """Return the seconds of each walk that no speed changes; None where there are none."""
    if not waits(case):
        return None
    slower, faster = (
        case.ctx.travel.seconds_at(case.trips.values(), factor).loc[case.points.index].to_numpy()
        for factor in (SLOWER, FASTER)
    )
    return waiting_of(seconds, slower, faster, case.limit.value)


def expected_coverage(
    case: Case,
) -> tuple[FloatArray, dict[str, float], list[LocalizedText]] | None:
    """Return the chance of each home, the share of people that is expected, and a note on it.

    None where everybody walks alike, or minutes do not count. The band holds nine tenths: people
    are so many independent draws from the speeds; of homes that state people by sex and decade
    so many from those of each, of others from all that may live there.
    """
    who = next(iter(case.trips.values())).who
    total = float(case.weight.sum())
    if not who.speeds or case.part.mode != "walk" or case.limit.basis != "seconds" or not total:
        return None
    seconds = case.points["cost"].to_numpy(dtype=float)
    about = seconds, case.limit.value, who.speed_m_s, who.speeds
    wait = _waiting(case, seconds)
    homes = home_composition(case.points, who, case.part.group)
    odds = coverage_probability(*about, None if homes is None else homes.shares, wait)
    share = float((case.weight * odds).sum() / total)
    spread = odds * (1.0 - odds)
    if homes is not None and homes.by_decade.any():
        # How many of which ages such a home has is known: only their own speeds are left to chance.
        of_group = coverage_probability_by_group(*about, wait)
        within = np.einsum("ij,ji->i", homes.shares, of_group * (1.0 - of_group))
        spread = np.where(homes.by_decade, within, spread)
    half = _Z90 * float(np.sqrt((case.weight * spread).sum())) / total
    figures = {
        "share_expected": share,
        "share_expected_low": max(share - half, 0.0),
        "share_expected_high": min(share + half, 1.0),
    }
    low, high = percent(figures["share_expected_low"]), percent(figures["share_expected_high"])
    note = LocalizedText(
        f"按各人步速不同计，预期 {percent(share)} 在范围内（九成把握：{low} 至 {high}）",
        f"as people differ in speed, {percent(share)} are expected within it"
        f" (90 %: {low} to {high})",
    )
    return odds, figures, [note, *_by_ages(homes, case)]


def _by_ages(homes: HomeComposition | None, case: Case) -> list[LocalizedText]:
    """Return for how many of those who are counted ages are known; nothing where for none."""
    if homes is None:
        return []
    by_weight = case.group == "weight"
    one = weight_name(case.points, case.group) if by_weight else counted_name(case.group)
    total = number(round(float(case.weight.sum())))
    of = f" of {total} {one.en}"
    zh, en = [f"共 {total} {one.zh}"], list[str]()
    for known, by in (
        (homes.by_decade, LocalizedText("性别和年龄组", "sex and decade")),
        (homes.by_part, LocalizedText("儿童和老人数", "children and people of 65 and over")),
    ):
        count = float(case.weight[known].sum())
        if count:
            zh.append(f"按{by.zh}得知年龄的 {number(round(count))} {one.zh}")
            en.append(f"by {by.en} for {number(round(count))}{'' if en else of}")
    if not en:
        return []
    text = LocalizedText(
        f"步速按各处居民的年龄：{'，'.join(zh)}",
        f"speeds are by the ages at each home, known {', and '.join(en)}",
    )
    return [text]

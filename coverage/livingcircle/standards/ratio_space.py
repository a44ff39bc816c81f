"""Readings of what is counted member by member: units or facilities, each with a ratio to reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.standards.axes import Axis, usable_axes
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.ratio_bounds import ratio_bounds
from livingcircle.standards.space import ReadingAnswer, ReadingSpace
from livingcircle.vocab.levels import LEAVES
from livingcircle.vocab.wide_categories import with_wide_categories

if TYPE_CHECKING:
    from livingcircle.standards.context import Context

__all__ = [
    "BOUNDARY_AXIS",
    "LEVELS",
    "AxisOptions",
    "RatioMembers",
    "able_of",
    "category_axes",
    "level_axis",
    "ratio_space",
    "unit_weight",
    "widened",
]  # fmt: skip

AxisOptions = Mapping[str, str]
"""Axis → option."""
LEVELS = ("leaf", *LEAVES)


@dataclass(frozen=True)
class RatioMembers:
    """Units or facilities under one reading; every array has one entry per member.

    A member passes where ``top / base`` reaches ``least``.
    """

    top: FloatArray
    """What there is: facilities, square metres, people; NaN: not stated."""
    base: FloatArray
    """What it is divided by; NaN: not stated."""
    least: FloatArray
    weight: FloatArray
    """What a member counts for where those that pass are counted; NaN: not known, anything from 0
    to the mean of the others."""
    undecided: BoolArray
    """It is not known whether the requirement applies."""
    partial: BoolArray
    """More than ``top`` may be there, as much as it takes to pass: who does not is unknown."""
    also: BoolArray
    """Whatever else is asked holds."""
    top_most: FloatArray | None = None
    """What there may be at most; None: ``top``, and no limit where it is partial."""
    most: float = np.inf
    """What ``top / base`` can be at most: 1 where one is a part of the other."""
    besides: tuple[RatioMembers, ...] = ()
    """Further sums that all together are held against as much: the scarcest counts."""

    def passing(self, exclusive: bool) -> tuple[BoolArray, BoolArray]:
        """Return which members pass, and which are decided."""
        slack = TARGET_TOLERANCE * np.maximum(1.0, np.abs(self.least))

        def reached(top: FloatArray) -> BoolArray:
            with np.errstate(invalid="ignore", divide="ignore"):
                ratio = top / self.base
            return ratio > self.least + slack if exclusive else ratio >= self.least - slack

        passed = reached(self.top) & self.also
        # More may be there, and yet too little.
        partial = self.partial if self.top_most is None else self.partial & reached(self.top_most)
        with np.errstate(invalid="ignore", divide="ignore"):
            blank = np.isnan(self.top / self.base)
        unknown = blank | self.undecided | (~passed & partial)
        return passed & ~unknown, ~unknown


@dataclass(frozen=True, eq=False)
class _Ratios:
    axes: tuple[Axis, ...]
    fixed: AxisOptions
    members: Callable[[AxisOptions], RatioMembers]
    per: float
    asked: Mapping[str, float | None]
    shares: frozenset[str]
    counted: bool

    def answer(self, codes: IntArray) -> ReadingAnswer:
        names = [axis.name for axis in self.axes]
        table = np.full((8, len(codes)), np.nan)
        inner = [n for n, name in enumerate(names) if name not in ("scope", "boundary")]
        kinds, group = np.unique(codes[:, inner], axis=0, return_inverse=True)
        group = group.reshape(-1)
        for number in range(len(kinds)):
            rows = np.flatnonzero(group == number)
            found = self.members(self._options(codes[rows[0]]))
            for row in rows:
                table[:, row] = self._one(found, self._options(codes[row]))
        value, asked, top, base, counts, ratio, low, high = table
        return ReadingAnswer(value, asked, top, base, counts == 1.0, ratio == 1.0, low, high)

    def _options(self, code: IntArray) -> AxisOptions:
        chosen = {axis.name: axis.options[k] for axis, k in zip(self.axes, code, strict=True)}
        return {**self.fixed, **chosen}

    def _one(self, found: RatioMembers, options: AxisOptions) -> tuple[float, ...]:
        scope, exclusive = options["scope"], options["boundary"] == "exclusive"
        passed, decided = found.passing(exclusive)
        asked = self.asked[scope]
        goal = float("nan") if asked is None else asked
        if scope == "each":
            weight = np.nan_to_num(found.weight)
            top, base = float(weight[passed].sum()), float(weight[decided].sum())
            plain = float(bool(np.isin(weight, (0.0, 1.0)).all()))
            value = top if self.counted else top / base if base else float("nan")
            low, high = _share_bounds(found.weight, passed, decided, self.counted)
            return value, goal, top, base, plain, float(not self.counted), low, high
        if exclusive:
            goal += 3.0 * TARGET_TOLERANCE * max(1.0, abs(goal))
        share = float(scope in self.shares)
        sums = [self._sum(one, scope) for one in (found, *found.besides)]
        values = np.array([value for value, *_ in sums])
        value, top, base, _, _ = sums[int(np.argmin(np.where(np.isnan(values), np.inf, values)))]
        low, high = min(one[3] for one in sums), min(one[4] for one in sums)
        return value, goal, top, base, 0.0, share, low, high

    def _sum(self, found: RatioMembers, scope: str) -> tuple[float, float, float, float, float]:
        """Return the ratio of all together or on average, its parts, and what it can be."""
        over, under, most = found.top, found.base, found.top_most
        if most is None:
            most = np.where(found.partial, np.inf, over)
        counts = np.ones(len(over), dtype=bool)
        if scope == "mean":
            # Who has nothing that could be divided has no ratio, and is none of the mean.
            counts = under != 0
            with np.errstate(invalid="ignore", divide="ignore"):
                over, most, under = over / under, most / under, np.ones(len(under))
        known = counts & ~np.isnan(over) & ~np.isnan(under) & ~found.undecided
        top, base = float(over[known].sum()) * self.per, float(under[known].sum())
        low, high = ratio_bounds(
            over[counts], under[counts], found.undecided[counts],
            top_most=most[counts], most=found.most,
        )  # fmt: skip
        value = top / base if base else float("nan")
        return value, top, base, low * self.per, high * self.per


def _share_bounds(
    weight: FloatArray, passed: BoolArray, decided: BoolArray, counted: bool
) -> tuple[float, float]:
    """Return the least and the greatest share (or number) of members that can pass.

    Who is not decided may pass or not, and who does not say how many it counts for counts for
    anything from nothing to the mean of the others.
    """
    blank = np.isnan(weight)
    mean = float(weight[~blank].mean()) if (~blank).any() else 1.0
    own = np.nan_to_num(weight)
    passing, failing = float(own[passed].sum()), float(own[decided & ~passed].sum())
    rest = float(own[~decided].sum())
    least, most = passing, passing + rest + mean * float((blank & (passed | ~decided)).sum())
    if counted:
        return least, most
    against = failing + rest + mean * float((blank & ~passed).sum())
    low = least / (least + against) if least + against else 0.0
    high = most / (most + failing) if most + failing else 1.0
    return low, high


def ratio_space(
    axes: tuple[Axis, ...],
    able: Mapping[str, tuple[str, ...]],
    members: Callable[[AxisOptions], RatioMembers],
    *,
    asked: Mapping[str, float | None],
    unit: str = "share",
    units: Mapping[str, str] | None = None,
    per: float = 1.0,
    shares: frozenset[str] = frozenset(),
    counted: bool = False,
) -> ReadingSpace:
    """Return the readings of a requirement on members.

    Parameters
    ----------
    axes
        As the kind declares them.
    able
        Options that the city's data can answer.
    members
        The members under some options; asked once for all scopes and boundaries.
    asked
        What is asked of ``each`` (a share of the members), ``pooled`` and ``mean``; None: nothing.
    unit
        Of values that are no share.
    units
        Denominator → unit, where it has one of its own.
    per
        The ratio is shown times this (per 1,000).
    shares
        Scopes besides ``each`` whose value is a share.
    counted
        Not a share of the members is asked but a number of them.
    """
    fixed = {"scope": "each", "boundary": "inclusive"} | {a.name: a.default for a in axes}
    open_ones = usable_axes(axes, able)
    read = _Ratios(open_ones, fixed, members, per, asked, shares, counted)
    return ReadingSpace(open_ones, read.answer, unit, units=units or {})


BOUNDARY_AXIS = Axis("boundary", ("inclusive", "exclusive"), "inclusive")


def category_axes() -> tuple[Axis, ...]:
    """Return the axis of what counts as a facility."""
    return (Axis("facilities", ("strict", "wide"), "strict"),)


def level_axis(level: str) -> tuple[Axis, ...]:
    """Return the axis of the level, where the clause speaks of communities or villages."""
    return (Axis("level", LEVELS, level),) if level in LEVELS else ()


def widened(categories: tuple[str, ...], options: AxisOptions) -> tuple[str, ...]:
    """Return the categories that count under some options."""
    return with_wide_categories(categories) if options.get("facilities") == "wide" else categories


def unit_weight(ctx: Context, level: str, index: pd.Index, denominator: str) -> FloatArray:
    """Return what each unit of a level counts for: 1, its residents or its households."""
    if denominator == "units":
        return np.ones(len(index))
    return np.asarray(ctx.people(level)[denominator].reindex(index), dtype=np.float64)


def able_of(
    ctx: Context, categories: tuple[str, ...] | None, **more: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return what a city's data can answer of the axes that kinds of members share."""
    able: dict[str, tuple[str, ...]] = {"boundary": BOUNDARY_AXIS.options, **more}
    able["level"] = tuple(level for level in LEVELS if ctx.has(level))
    if len(able["level"]) < len(LEVELS):
        able["level"] = ()
    others = set(with_wide_categories(categories or ())) - set(categories or ())
    if others & ctx.known_categories:
        able["facilities"] = ("strict", "wide")
    return able

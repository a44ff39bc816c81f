"""Draws: the answer of every home, unit and finding under each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.gaps.draws.drawn_costs import DrawnCost, drawn_costs
from livingcircle.gaps.draws.inputs import DrawInputs, DrawPart, DrawSearch, random_stream
from livingcircle.gaps.draws.missing_paths import (
    missing_path_rates,
    turned_by_missing_path,
    uniform_by_square,
)
from livingcircle.gaps.draws.terms import DrawTerms
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.kinds.circle_speeds import coverage_probability, waiting_of
from livingcircle.vocab.levels import HOLDERS

__all__ = ["ChangedAnswers", "PartChances", "run_draws"]

_Z90 = 1.6448536269514722
_SPEED, _PEOPLE, _PLACE, _BETWEEN = 0, 3, 4, 7
SLOWEST = 0.1
"""The lowest speed of any draw, as a share of the walker's speed."""


@dataclass(frozen=True, eq=False)
class ChangedAnswers:
    """Homes whose answer a draw changes; one entry per home and draw."""

    home: IntArray
    """Rows of the city's demand."""
    draw: IntArray


@dataclass(frozen=True, eq=False)
class PartChances:
    """One part of a finding under all draws."""

    asked: DrawPart
    covered: FloatArray
    """(points,) share of the draws in which each is within the limit."""
    share: FloatArray
    """(draws,) share of the people within it; NaN without people."""
    keys: dict[str, NDArray[np.object_]]
    """Column of units → (units,) their ids."""
    of_units: dict[str, FloatArray]
    """Column of units → (units, draws) shares."""
    by_people: dict[str, FloatArray]
    """Column of units → (units, draws) shares with the people as stated."""
    by_speed: ChangedAnswers
    by_missing: ChangedAnswers
    by_rest: tuple[tuple[int, ChangedAnswers], ...]
    """For each need its search, and the answers that moved doors or shut paths change."""


class _Sums:
    """What is added up for one part, draw by draw."""

    def __init__(self, asked: DrawPart, draws: int) -> None:
        self.asked = asked
        self.covered = np.zeros(len(asked.rows))
        self.share = np.full(draws, np.nan)
        points = asked.test.points
        self.codes: dict[str, IntArray] = {}
        self.keys: dict[str, NDArray[np.object_]] = {}
        for column in HOLDERS:
            if column in points:
                code, ids = pd.factorize(points[column])
                self.codes[column], self.keys[column] = code + 1, np.asarray(ids, dtype=object)
        self.units = {c: np.full((len(k), draws), np.nan) for c, k in self.keys.items()}
        self.plain = {c: np.full((len(k), draws), np.nan) for c, k in self.keys.items()}
        self.whole = {
            c: np.bincount(code, asked.test.weight, len(self.keys[c]) + 1)[1:]
            for c, code in self.codes.items()
        }
        """People as stated."""
        self.flips: dict[str, list[tuple[IntArray, int]]] = {"speed": [], "missing": []}
        self.rest: list[list[tuple[IntArray, int]]] = [[] for _ in asked.searches]

    def add(self, draw: int, chance: FloatArray, inside: BoolArray, people: FloatArray) -> None:
        """Take one draw: the chance of each point, its answer, and how many people they are.

        Shares are of the answers at the mean speed, as the verdict of the result is.
        """
        self.covered += chance
        value = inside.astype(np.float64)
        weight = self.asked.test.weight
        drawn = weight * people
        total = float(drawn.sum())
        if total:
            self.share[draw] = float((drawn * value).sum() / total)
        for column, code in self.codes.items():
            size = len(self.keys[column]) + 1
            held = np.bincount(code, drawn, size)[1:]
            pairs = ((self.units, drawn, held), (self.plain, weight, self.whole[column]))
            for into, w, whole in pairs:
                part = np.bincount(code, w * value, size)[1:]
                share = np.divide(part, whole, out=np.full(size - 1, np.nan), where=whole > 0)
                into[column][:, draw] = share

    def done(self, draws: int) -> PartChances:
        flips = {name: _flips(self.asked, found) for name, found in self.flips.items()}
        rest = zip(self.asked.searches, (_flips(self.asked, f) for f in self.rest), strict=True)
        return PartChances(
            asked=self.asked,
            covered=self.covered / draws,
            share=self.share,
            keys=self.keys,
            of_units=self.units,
            by_people=self.plain,
            by_speed=flips["speed"],
            by_missing=flips["missing"],
            by_rest=tuple(rest),
        )


def _flips(asked: DrawPart, found: list[tuple[IntArray, int]]) -> ChangedAnswers:
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return ChangedAnswers(none, none)
    home = np.concatenate([rows for rows, _ in found])
    draw = np.concatenate([np.full(len(rows), number) for rows, number in found])
    return ChangedAnswers(asked.rows[home], draw)


def speed_factors(terms: DrawTerms) -> FloatArray:
    """Return (draws,) the drawn walking speed over the stated one."""
    if not terms.speed:
        return np.ones(terms.draws)
    normal = random_stream(terms, _SPEED).standard_normal(terms.draws)
    return np.maximum(1.0 + terms.speed / _Z90 * normal, SLOWEST)


def people_factors(terms: DrawTerms, draw: int, homes: int) -> FloatArray:
    """Return (homes,) the drawn number of people over the stated one."""
    if not terms.people:
        return np.ones(homes)
    normal = random_stream(terms, _PEOPLE, draw).standard_normal(homes)
    return np.maximum(1.0 + terms.people / _Z90 * normal, 0.0)


def run_draws(
    inputs: DrawInputs,
    terms: DrawTerms,
    home_xy: FloatArray,
    progress: Callable[[float], None] | None = None,
) -> list[PartChances]:
    """Evaluate every part of the findings under each draw.

    A draw holds for the whole city: a path is shut for everybody, a door stands in one place for
    all who walk to it.

    Parameters
    ----------
    inputs
        As ``draw_inputs`` gives it.
    terms
        What is drawn, and how widely.
    home_xy
        (homes, 2) metres of the rows of the city's demand.
    progress
        Called with the share done.
    """
    sums = [_Sums(asked, terms.draws) for asked in inputs.parts]
    factors, rates = speed_factors(terms), missing_path_rates(inputs, terms)
    many_speeds = {at for one in inputs.parts if one.speeds for at in one.searches}
    for draw in range(terms.draws):
        if progress is not None:
            progress(draw / terms.draws)
        slots = random_stream(terms, _PLACE, draw).integers(0, 1 << 30, inputs.doors)
        one_draw = _Draw(
            number=draw,
            speed=float(factors[draw]),
            cost=drawn_costs(inputs.searches, terms, draw, slots, factors[draw], many_speeds),
            people=people_factors(terms, draw, len(home_xy)),
            uniform=uniform_by_square(home_xy, terms, draw) if rates else np.ones(len(home_xy)),
        )
        between = random_stream(terms, _BETWEEN, draw).random()
        for number, one in enumerate(sums):
            known = [rates.get((number, need)) for need in range(len(one.asked.searches))]
            of_part = [None if rate is None else rate.of(draw, between) for rate in known]
            _one_draw(one, one_draw, inputs.searches, of_part)
    return [one.done(terms.draws) for one in sums]


@dataclass(frozen=True, eq=False)
class _Draw:
    """One draw: a value for everything that is uncertain."""

    number: int
    speed: float
    """The drawn walking speed over the stated one."""
    cost: list[DrawnCost]
    """Of each search."""
    people: FloatArray
    uniform: FloatArray


def _one_draw(
    one: _Sums,
    drawn: _Draw,
    searches: tuple[DrawSearch, ...],
    rates: list[tuple[FloatArray, FloatArray] | None],
) -> None:
    """Evaluate one part under one draw, and record whose answer changes and why."""
    asked, draw = one.asked, drawn.number
    rows = asked.rows
    fast = np.ones(len(rows), dtype=bool)
    mapped, final = fast.copy(), fast.copy()
    worst = np.zeros(len(rows))
    uniform = drawn.uniform[rows]
    speed = drawn.speed if asked.timed else 1.0
    for need, (number, limit) in enumerate(zip(asked.searches, asked.limit, strict=True)):
        costs = drawn.cost[number]
        most, cost = limit * (1.0 if costs.by_speed else speed), costs.own[rows]
        crow = searches[number].crow_m[rows] / (asked.test.limit_m * speed)
        own = cost <= most + COST_TOLERANCE
        after = turned_by_missing_path(own, rates[need], cost / most, crow, uniform)
        walk, last = cost / most, after
        if costs.drawn is not costs.own:
            moved = costs.drawn[rows]
            walk, last = moved / most, moved <= most + COST_TOLERANCE
            last = turned_by_missing_path(last, rates[need], walk, crow, uniform)
        fast, mapped, final = fast & own, mapped & after, final & last
        turned = np.flatnonzero(after != last)
        if len(turned):
            one.rest[need].append((turned, draw))
        worst = np.maximum(worst, np.where(last, np.minimum(walk, 1.0), np.maximum(walk, 1.0)))
    for name, before, now in (("speed", asked.covered, fast), ("missing", fast, mapped)):
        turned = np.flatnonzero(before != now)
        if len(turned):
            one.flips[name].append((turned, draw))
    value = final.astype(np.float64)
    if asked.speeds:
        # Whoever needs exactly the limit at the mean speed has a cost of one.
        mean = asked.test.trips[0].who.speed_m_s
        limit, seconds = asked.test.limit, worst * asked.test.limit
        wait = _waiting_share(asked, drawn.cost) * np.where(np.isfinite(seconds), seconds, 0.0)
        value = coverage_probability(seconds, limit, mean, asked.speeds, asked.homes, wait)
    one.add(draw, value, final, drawn.people[rows])


def _waiting_share(asked: DrawPart, cost: list[DrawnCost]) -> FloatArray:
    """Return which share of the longest walk of each home is waiting.

    Who is brought within the limit, or beyond it, by a path that the map lacks waits for the same
    share of a walk that no search knows.
    """
    found = [cost[number].at_speeds for number in asked.searches]
    none = np.zeros(len(asked.rows))
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return none
    seconds, slower, faster = (
        np.max([one[k][asked.rows] for one in known], axis=0) for k in range(3)
    )
    wait = waiting_of(seconds, slower, faster, asked.test.limit)
    known_walk = np.isfinite(seconds) & (seconds > 0)
    return np.asarray(np.divide(wait, seconds, out=none, where=known_walk))


def share_met(share: FloatArray, target: float | FloatArray) -> FloatArray:
    """Return the share of draws (last axis) that reach a target; NaN where there is none."""
    wanted = np.asarray(target, dtype=np.float64)[..., None]
    known = np.isfinite(share) & np.isfinite(wanted)
    reached = np.where(known, share >= wanted - TARGET_TOLERANCE, False)
    count = known.sum(axis=-1)
    found = np.full(count.shape, np.nan)
    return np.asarray(np.divide(reached.sum(axis=-1), count, out=found, where=count > 0))

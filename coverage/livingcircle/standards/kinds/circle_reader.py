"""Combinations of a circle's readings, those that share their distances read together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.kinds.circle_metres import CircleMetres, limit_m
from livingcircle.standards.ratio_space import LEVELS
from livingcircle.standards.space import ReadingAnswer
from livingcircle.vocab.walkers import Walker

__all__ = ["SCOPES", "CombinationReader", "OptionsByAxis"]

SCOPES = ("pooled", "mean", "each")
OptionsByAxis = dict[str, NDArray[np.object_]]
"""Axis → the option of each combination."""


class CombinationReader:
    """Reads the combinations, those that share their distances together."""

    def __init__(self, circle: CircleMetres, words: OptionsByAxis, count: int) -> None:
        self.of, self.words, self.count = circle, words, count
        people = {name: circle.who(name or None) for name in set(words["walker"])}
        self.people = people
        streets = {name: circle.walks_of(who) for name, who in people.items()}
        kinds = list(dict.fromkeys(streets.values()))
        place = {name: kinds.index(one) for name, one in streets.items()}
        self.streets = np.array([place[name] for name in words["walker"]], dtype=np.int64)
        """(combinations,) equal for walkers whose distances are the same."""
        self.kinds = len(kinds)
        limits = {
            (limit, name): limit_m(circle.part, limit, people[name])
            for limit, name in set(zip(words["limit"], words["walker"], strict=True))
        }
        pairs = zip(words["limit"], words["walker"], strict=True)
        self.limit = np.array([limits[pair] for pair in pairs], dtype=float)
        # What is in seconds is known to a millionth of a second.
        speed = np.array([people[name].speed_m_s for name in words["walker"]])
        slack = np.where(words["limit"] == "walker", speed, 1.0)
        exclusive = words["boundary"] == "exclusive"
        self.bound = np.where(
            exclusive,
            np.nextafter(self.limit - COST_TOLERANCE, -np.inf),
            self.limit + COST_TOLERANCE * slack,
        )
        self.numerator = np.full(count, np.nan)
        self.denominator = np.full(count, np.nan)
        self.value = np.full(count, np.nan)

    def read(self) -> ReadingAnswer:
        """Return what each combination gives."""
        words = self.words
        land = np.isin(words["denominator"].astype(str), ("land", "residential_land"))
        self._groups(~land, self._homes)
        possible = land & (words["from"] == "home") & (words["to"] == "nearest")
        self._groups(possible, self._land)
        scope, units = words["scope"], words["denominator"] == "units"
        target = self.of.target
        asked = np.full(self.count, np.nan if target is None else target)
        if target is not None:
            # Where each unit is to reach the share, all units have to.
            asked[(scope == "each") & ~units] = 1.0
        counts = (scope == "each") | units
        ratio = np.ones(self.count, dtype=bool)
        return ReadingAnswer(self.value, asked, self.numerator, self.denominator, counts, ratio)

    def _groups(self, which: BoolArray, fill: Callable[[IntArray], None]) -> None:
        words = self.words
        names = ("facilities", "path", "from", "to")
        codes = [np.unique(words[name].astype(str), return_inverse=True)[1] for name in names]
        key = np.ravel_multi_index((*codes, self.streets), (2, 2, 3, 2, self.kinds))
        for one in np.unique(key[which]):
            fill(np.flatnonzero(which & (key == one)))

    def _cost_words(self, row: int) -> tuple[bool, Walker, str, str, str]:
        words = self.words
        who = self.people[words["walker"][row]]
        wide = words["facilities"][row] == "wide"
        return wide, who, str(words["path"][row]), str(words["from"][row]), str(words["to"][row])

    def _homes(self, rows: IntArray) -> None:
        of = self.of
        cost = of.cost(*self._cost_words(int(rows[0])))
        names = [*of.weights, "units"]
        weights = [*of.weights.values(), np.ones(len(cost))]
        self._sums(rows, cost, of.unit, names, weights)

    def _land(self, rows: IntArray) -> None:
        of = self.of
        wide, who, path, _, _ = self._cost_words(int(rows[0]))
        for name, (_, _, unit) in of.grounds.items():
            mine = rows[self.words["denominator"][rows] == name]
            if len(mine):
                cost = of.land_cost(name, wide, who, path)
                self._sums(mine, cost, unit, [name], [np.ones(len(cost))])

    def _sums(
        self, rows: IntArray, cost: FloatArray, unit: IntArray, names: list[str],
        weights: list[FloatArray],
    ) -> None:  # fmt: skip
        """Fill the combinations that share these distances."""
        of = self.of
        bounds, at = np.unique(self.bound[rows], return_inverse=True)
        place = np.searchsorted(bounds, cost)  # the first limit that holds it
        size, width = of.units + 1, len(bounds) + 1
        cell = unit * width + place
        level = np.array([LEVELS.index(one) for one in self.words["level"][rows]])
        scope = np.array([SCOPES.index(one) for one in self.words["scope"][rows]])
        for name, weight in zip(names, weights, strict=True):
            mine = np.flatnonzero(self.words["denominator"][rows] == name)
            if not len(mine):
                continue
            table = np.bincount(cell, weights=weight, minlength=size * width)
            inside = np.cumsum(table.reshape(size, width).astype(np.float64), axis=1)
            total, inside = inside[:, -1], inside[:, :-1]
            top, base = self._figures(name, inside, total)
            index = (scope[mine], level[mine], at[mine])
            self.numerator[rows[mine]] = top[index]
            self.denominator[rows[mine]] = base[index]
            with np.errstate(invalid="ignore", divide="ignore"):
                self.value[rows[mine]] = np.where(base[index] > 0, top[index] / base[index], np.nan)

    def _figures(
        self, name: str, inside: FloatArray, total: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return (scopes, levels, limits) numerators and denominators.

        Parameters
        ----------
        inside
            (units + 1, limits) what is within each limit.
        total
            (units + 1,) all that is there.
        """
        masks, here = self.of.masks, total > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(here[:, None], inside / total[:, None], 0.0)
        asked = 1.0 if self.of.target is None else self.of.target
        reached = (share >= asked - TARGET_TOLERANCE) & here[:, None]
        # Homes in no community are people, and no unit.
        real = masks * here * np.append(np.ones(self.of.units), 0.0)
        pooled, each, mean = masks @ inside, real @ reached, real @ share
        people = np.repeat((masks @ total)[:, None], inside.shape[1], axis=1)
        units = np.repeat(real.sum(axis=1)[:, None], inside.shape[1], axis=1)
        if name == "units":
            return np.stack([each] * 3), np.stack([units] * 3)
        return np.stack([pooled, mean, each]), np.stack([people, units, units])

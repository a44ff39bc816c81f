"""Readings computed one combination at a time: few, and each of them cheap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from livingcircle._arrays import IntArray
from livingcircle.standards.axes import Axis, usable_axes
from livingcircle.standards.judge import Verdict
from livingcircle.standards.ratio_space import AxisOptions
from livingcircle.standards.space import ReadingAnswer, ReadingSpace

__all__ = ["CombinationValue", "combination_value", "listed_space"]


@dataclass(frozen=True)
class CombinationValue:
    """What one combination gives."""

    value: float
    """NaN: unknown."""
    asked: float
    """NaN: nothing."""
    top: float = float("nan")
    base: float = float("nan")
    counts: bool = False
    ratio: bool = True


def combination_value(verdict: Verdict, *, counts: bool = False) -> CombinationValue:
    """Return a verdict as an answer; what is unknown has no value."""
    none = verdict.value is None or verdict.status == "unknown"
    return CombinationValue(
        value=float("nan") if none or verdict.value is None else verdict.value,
        asked=float("nan") if verdict.target is None else verdict.target,
        top=float("nan") if verdict.numerator is None else verdict.numerator,
        base=float("nan") if verdict.denominator is None else verdict.denominator,
        counts=counts,
        ratio=verdict.unit == "share",
    )


@dataclass(frozen=True, eq=False)
class _Listed:
    axes: tuple[Axis, ...]
    fixed: AxisOptions
    tell: Callable[[AxisOptions], CombinationValue]
    _known: dict[tuple[int, ...], CombinationValue] = field(default_factory=dict)

    def answer(self, codes: IntArray) -> ReadingAnswer:
        told = [self._one(tuple(map(int, code))) for code in codes]
        return ReadingAnswer(
            np.array([one.value for one in told]),
            np.array([one.asked for one in told]),
            np.array([one.top for one in told]),
            np.array([one.base for one in told]),
            np.array([one.counts for one in told], dtype=bool),
            np.array([one.ratio for one in told], dtype=bool),
        )

    def _one(self, code: tuple[int, ...]) -> CombinationValue:
        if code not in self._known:
            pairs = zip(self.axes, code, strict=True)
            options = {axis.name: axis.options[k] for axis, k in pairs}
            self._known[code] = self.tell({**self.fixed, **options})
        return self._known[code]


def listed_space(
    axes: tuple[Axis, ...],
    able: Mapping[str, tuple[str, ...]],
    tell: Callable[[AxisOptions], CombinationValue],
    unit: str = "share",
) -> ReadingSpace:
    """Return the readings of a requirement from a function that answers one combination.

    Parameters
    ----------
    axes
        As the kind declares them.
    able
        Options that the city's data can answer.
    tell
        What one option of each axis gives.
    unit
        Of values that are no share.
    """
    fixed = {axis.name: axis.default for axis in axes}
    open_ones = usable_axes(axes, able)
    return ReadingSpace(open_ones, _Listed(open_ones, fixed, tell).answer, unit)

"""Space: the value of a part under every combination of its readings, all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.standards.axes import Axis
from livingcircle.standards.judge import TARGET_TOLERANCE

__all__ = ["ReadingAnswer", "ReadingSpace"]


@dataclass(frozen=True)
class ReadingAnswer:
    """What n combinations of options give; every array has n entries."""

    value: FloatArray
    """NaN: the combination has no meaning, or its data were not given."""
    asked: FloatArray
    """What the value is held against; NaN: it is only reported."""
    numerator: FloatArray
    denominator: FloatArray
    counts: BoolArray
    """Numerator and denominator are numbers of units or facilities: n of m."""
    ratio: BoolArray
    """The value is a share; else it is in the unit of the finding."""
    low: FloatArray | None = None
    """The least that the value can be, whatever is not known of some members; None: the value."""
    high: FloatArray | None = None
    """The greatest that it can be."""

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """The least and the greatest that each value can be."""
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        return low, high

    @property
    def status(self) -> np.ndarray:
        """``met``, ``short``, ``report`` or ``unknown`` of each combination."""
        near = TARGET_TOLERANCE * np.maximum(1.0, np.abs(self.asked))
        low, high = self.bounds
        # Who is not known may turn it over: the value of the others is no verdict then.
        unsure = np.isnan(self.value) | ((low < self.asked - near) & (high >= self.asked - near))
        tests = [unsure, np.isnan(self.asked), self.value >= self.asked - near]
        return np.select(tests, ["unknown", "report", "met"], "short").astype(object)


@dataclass(frozen=True, eq=False)
class ReadingSpace:
    """The axes that a city's data can answer, and how.

    Nothing is worked out before it is asked for; what is then found is kept.
    """

    axes: tuple[Axis, ...]
    answer: Callable[[IntArray], ReadingAnswer]
    """(combinations, axes) numbers of options → what they give."""
    unit: str = "share"
    """Unit of the values that are no share."""
    distinct: Callable[[IntArray], BoolArray] | None = None
    """Which combinations say something that no other one with fewer changes says."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Option of the axis ``denominator`` → unit of the values that are no share, where it differs
    from ``unit``."""

    def units_of(self, codes: IntArray) -> np.ndarray:
        """Return the unit of each combination's value where it is no share."""
        found = np.full(len(codes), self.unit, dtype=object)
        for n, axis in enumerate(self.axes):
            if axis.name == "denominator":
                names = [self.units.get(option, self.unit) for option in axis.options]
                found = np.array(names, dtype=object)[codes[:, n]]
        return found

    @property
    def default(self) -> IntArray:
        """(axes,) the combination that the finding is judged by."""
        return np.array([axis.code for axis in self.axes], dtype=np.int64)

    @cached_property
    def alone(self) -> ReadingAnswer:
        """What ``one_by_one`` gives; the first entry is the default's."""
        return self.answer(self.one_by_one())

    @property
    def size(self) -> int:
        """How many combinations there are."""
        return int(np.prod([len(axis.options) for axis in self.axes]))

    def one_by_one(self) -> IntArray:
        """Return the default, then each other option alone, in the order of the axes."""
        start = self.default
        at = [n for n, axis in enumerate(self.axes) for _ in axis.options]
        option = [k for axis in self.axes for k in range(len(axis.options))]
        rows = np.tile(start, (len(at), 1))
        rows[np.arange(len(at)), at] = option
        return np.vstack([start[None, :], rows[(rows != start).any(axis=1)]])

    def every(self) -> IntArray:
        """Return every combination worth naming, by the number of changes from the default."""
        sides = [len(axis.options) for axis in self.axes]
        grid = np.indices(sides, dtype=np.int64).reshape(len(sides), -1).T
        grid = grid if self.distinct is None else grid[self.distinct(grid)]
        changes = (grid != self.default).sum(axis=1)
        return np.asarray(grid[np.argsort(changes, kind="stable")])

    def others(self) -> dict[str, float]:
        """Return the value of each option but the default, as ``axis:option``."""
        codes, value = self.one_by_one()[1:], self.alone.value[1:]
        at = (codes != self.default).argmax(axis=1)
        names = [(self.axes[n], int(code[n])) for n, code in zip(at, codes, strict=True)]
        return {
            f"{axis.name}:{axis.options[option]}": float(one)
            for (axis, option), one in zip(names, value, strict=True)
            if not np.isnan(one)
        }

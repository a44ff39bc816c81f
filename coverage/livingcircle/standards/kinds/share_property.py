"""The test of a property on facilities or units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.tables import as_flag, as_number, as_said

__all__ = ["PropertyTest", "TestedPart", "base_of", "test_property"]


class TestedPart(Protocol):
    """What the test of a property takes of its part."""

    @property
    def of(self) -> str:
        """``facilities`` or ``units``."""

    @property
    def attribute(self) -> str:
        """The column that is tested."""

    @property
    def over(self) -> str | None:
        """The column that it is divided by."""

    @property
    def at_least(self) -> float | None:
        """The number to reach."""

    @property
    def one_of(self) -> Sequence[str]:
        """The texts that pass."""


@dataclass(frozen=True)
class PropertyTest:
    """The test of a property on every member."""

    status: pd.Series
    """met, short or unknown."""
    value: pd.Series
    """The figure that was tested; 1 and 0 for yes and no."""
    missing: tuple[str, ...]
    """Columns without a single value."""


def test_property(part: TestedPart, rows: pd.DataFrame, *, over: str | None) -> PropertyTest:
    """Return how each row stands against the test, of a ratio over a column."""
    names = [name for name in (part.attribute, over) if name]
    blank = [n for n in names if n not in rows or rows[n].isna().all()]
    if len(rows) and blank:
        codes = tuple(f"column:{part.of}.{name}" for name in blank)
        empty = pd.Series(np.nan, index=rows.index)
        return PropertyTest(pd.Series("unknown", index=rows.index), empty, codes)
    value = rows[part.attribute] if part.attribute in rows else pd.Series(dtype=object)
    if part.one_of:
        value = as_said(value)
        passed, known = value.isin(part.one_of), value.notna()
        figure = passed.astype(float).where(known)
    elif part.at_least is None:
        figure = as_flag(value)
        passed, known = figure == 1.0, figure.notna()
    else:
        figure = as_number(value)
        if over:
            base = base_of(rows, over)
            figure = figure / base.where(base > 0)
        passed, known = figure >= part.at_least - TARGET_TOLERANCE, figure.notna()
    status = np.where(~known, "unknown", np.where(passed, "met", "short"))
    return PropertyTest(pd.Series(status, index=rows.index), figure, ())


def base_of(rows: pd.DataFrame, column: str) -> pd.Series:
    """Return a denominator, areas in square metres."""
    return as_number(rows[column]) * (1e6 if column.endswith("_km2") else 1.0)

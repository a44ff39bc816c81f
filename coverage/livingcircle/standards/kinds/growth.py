"""growth: what facilities hold grows by a rate every year."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import model_validator

from livingcircle.localized import LocalizedText, join, number, percent
from livingcircle.standards.base import (
    Categories,
    FacilityColumn,
    Needs,
    Positive,
    Year,
    category_words,
)
from livingcircle.standards.context import Context
from livingcircle.standards.judge import Verdict, amount
from livingcircle.standards.kind import Kind
from livingcircle.standards.outcome import Outcome, no_gaps, unknown
from livingcircle.standards.tables import as_number

__all__ = ["Growth"]


class Growth(Kind):
    """The number of facilities, or a figure of theirs, grows by ``rate`` from year to year.

    A year holds what began in it or before; the lowest growth of all years is judged.
    """

    judged_by_share: ClassVar[bool] = False
    kind: Literal["growth"]
    categories: Categories
    since: FacilityColumn
    """The year in which each facility began; without one it does not count."""
    figure: FacilityColumn | None = None
    """What adds up, e.g. ``places``; the number of facilities if not stated."""
    rate: Positive
    from_year: Year
    """The first year that is compared with the one before."""
    to_year: Year

    @model_validator(mode="after")
    def _ordered(self) -> Growth:
        if self.to_year < self.from_year:
            raise ValueError("to_year must not be before from_year")
        return self

    @property
    def goal(self) -> float | None:
        """The rate, None where the growth is only reported."""
        return self.rate if self.target_share else None

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        what, least = category_words(self.categories), percent(self.rate)
        span = f"{self.from_year}–{self.to_year}"
        return LocalizedText(
            f"{span} 年{what.zh}逐年增长 ≥ {least}",
            f"{what.en}: growth in each year of {span} ≥ {least}",
        )

    def needs(self) -> Needs:
        """Return what data the part needs."""
        columns = [f"facilities.{name}" for name in (self.since, self.figure) if name]
        return super().needs() + Needs(self.categories, tuple(columns))

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)


def _assess(part: Growth, ctx: Context) -> Outcome:
    missing = list(ctx.missing_categories(part.categories))
    if missing:
        return unknown(part, "share", missing)
    rows = ctx.facilities(part.categories).drop_duplicates("facility_id")
    columns = [name for name in (part.since, part.figure) if name]
    blank = [name for name in columns if name not in rows or as_number(rows[name]).isna().all()]
    if blank:
        return unknown(part, "share", [f"column:facilities.{name}" for name in blank])
    began = as_number(rows[part.since])
    held = as_number(rows[part.figure]) if part.figure else pd.Series(1.0, index=rows.index)
    last = min(part.to_year, ctx.as_of)
    years = np.arange(part.from_year - 1, max(last, part.from_year) + 1)
    totals = np.array([held[began <= year].sum() for year in years])
    measures = {f"total_{year}": float(total) for year, total in zip(years, totals, strict=True)}
    due = part.due if part.due is not None else part.to_year
    if last < part.from_year:
        verdict = Verdict("report", None, part.goal, "share", due=due, is_due=False)
        return Outcome((verdict,), measures=measures, gaps=no_gaps())
    before = totals[:-1]
    # From nothing no rate leads anywhere: such a year is not compared.
    growth = np.divide(totals[1:], before, out=np.full(len(before), np.nan), where=before > 0) - 1.0
    known = np.isfinite(growth)
    lowest = float(growth[known].min()) if known.any() else None
    verdict = amount(lowest, part.goal, "share")
    verdict = replace(verdict, due=due, is_due=due <= ctx.as_of)
    unplaced = rows[part.figure].isna()[began <= last].sum() if part.figure else 0
    codes = (f"values:facilities.{part.figure}",) if unplaced else ()
    return Outcome(
        (verdict,),
        measures=measures,
        gaps=no_gaps(),
        missing=codes,
        notes=(_by_year(years, totals, growth),),
    )


def _by_year(years: np.ndarray, totals: np.ndarray, growth: np.ndarray) -> LocalizedText:
    """Return the totals year by year with their growth."""
    shown = [
        LocalizedText(f"{years[0]} 年 {number(totals[0])}", f"{years[0]}: {number(totals[0])}")
    ]
    for year, total, rate in zip(years[1:], totals[1:], growth, strict=True):
        more = f" ({percent(rate)})" if np.isfinite(rate) else ""
        shown.append(
            LocalizedText(f"{year} 年 {number(total)}{more}", f"{year}: {number(total)}{more}")
        )
    return join(shown)

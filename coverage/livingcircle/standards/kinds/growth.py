"""growth: what facilities hold grows by a rate every year."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import model_validator

from livingcircle._arrays import FloatArray
from livingcircle.localized import LocalizedText, join, number, percent
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import (
    Categories,
    FacilityColumn,
    Needs,
    Positive,
    Year,
    category_words,
)
from livingcircle.standards.context import Context
from livingcircle.standards.judge import Verdict, judge_amount
from livingcircle.standards.kind import Kind
from livingcircle.standards.kinds.listed_space import CombinationValue, listed_space
from livingcircle.standards.outcome import Outcome, unknown
from livingcircle.standards.ratio_space import (
    BOUNDARY_AXIS,
    AxisOptions,
    able_of,
    category_axes,
    widened,
)
from livingcircle.standards.space import ReadingSpace
from livingcircle.standards.tables import as_number
from livingcircle.vocab.texts import localized_name

__all__ = ["Growth"]


class Growth(Kind):
    """The number of facilities, or a figure of theirs, grows by ``rate`` from year to year.

    A year holds what began in it or before; the lowest growth of all years is judged.
    """

    judged_by_share: ClassVar[bool] = False
    bounded_scopes: ClassVar[tuple[str, ...]] = ("each", "mean")
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

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        years = tuple(str(year) for year in range(self.from_year, self.to_year + 1))
        figures = ("facilities",) if self.figure is None else (self.figure, "facilities")
        axes = (
            Axis("scope", ("each", "mean"), "each"),
            Axis("denominator", figures, figures[0]),
            Axis("as_of", years, years[-1]),
            BOUNDARY_AXIS,
            *category_axes(),
        )
        return chosen_axes(axes, self.reasons)

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
    totals = _totals(began, held, years)
    measures = {f"total_{year}": float(total) for year, total in zip(years, totals, strict=True)}
    due = part.due if part.due is not None else part.to_year
    if last < part.from_year:
        verdict = Verdict("report", None, part.goal, "share", due=due, is_due=False)
        return Outcome((verdict,), measures=measures)
    growth = _rates(totals)
    known = np.isfinite(growth)
    lowest = float(growth[known].min()) if known.any() else None
    verdict = judge_amount(lowest, part.goal, "share")
    verdict = replace(verdict, due=due, is_due=due <= ctx.as_of)
    unplaced = rows[part.figure].isna()[began <= last].sum() if part.figure else 0
    codes = (f"values:facilities.{part.figure}",) if unplaced else ()
    return Outcome(
        (verdict,),
        measures=measures,
        missing=codes,
        notes=(_by_year(years, totals, growth, part.figure),),
        space=_space(part, ctx, last),
    )


def _totals(began: pd.Series, held: pd.Series, years: np.ndarray) -> FloatArray:
    """Return what there was in each year."""
    return np.array([held[began <= year].sum() for year in years], dtype=np.float64)


def _rates(totals: FloatArray) -> FloatArray:
    """Return the growth of each year; a year after a total of 0 is not compared."""
    before = totals[:-1]
    known = np.full(len(before), np.nan)
    return np.asarray(np.divide(totals[1:], before, out=known, where=before > 0) - 1.0)


def _space(part: Growth, ctx: Context, last: int) -> ReadingSpace:
    """Return the readings: each year or the mean a year, of what, and up to which year."""

    def tell(options: AxisOptions) -> CombinationValue:
        rows = ctx.facilities(widened(part.categories, options)).drop_duplicates("facility_id")
        figure = None if options["denominator"] == "facilities" else options["denominator"]
        held = as_number(rows[figure]) if figure else pd.Series(1.0, index=rows.index)
        years = np.arange(part.from_year - 1, int(options["as_of"]) + 1)
        totals = _totals(as_number(rows[part.since]), held, years)
        rates = _rates(totals)
        known = rates[np.isfinite(rates)]
        goal = float("nan") if part.goal is None else part.goal
        if options["boundary"] == "exclusive":
            goal += 3e-9
        if not len(known):
            return CombinationValue(float("nan"), goal)
        if options["scope"] == "each":
            return CombinationValue(float(known.min()), goal)
        # The mean growth a year is the rate that leads from the first total to the last.
        first = int(np.flatnonzero(np.isfinite(rates))[0])
        span = len(totals) - 1 - first
        return CombinationValue(float((totals[-1] / totals[first]) ** (1.0 / span) - 1.0), goal)

    axes = tuple(
        replace(axis, default=str(last)) if axis.name == "as_of" else axis
        for axis in part.readings()
    )
    years = tuple(str(year) for year in range(part.from_year, last + 1))
    able = able_of(
        ctx, part.categories, scope=("each", "mean"), denominator=(part.figure or "", "facilities"),
        as_of=years,
    )  # fmt: skip
    return listed_space(axes, able, tell)


def _by_year(
    years: np.ndarray, totals: np.ndarray, growth: np.ndarray, figure: str | None
) -> LocalizedText:
    """Return the totals year by year with their growth, and of what they are."""
    what = localized_name("column", figure) if figure else None
    zh, en = (f"{what.zh}：", f"{what.en}, ") if what else ("", "")
    # Facilities are counted by a measure word.
    each = "" if figure else " 个"
    first = number(totals[0])
    shown = [LocalizedText(f"{zh}{years[0]} 年 {first}{each}", f"{en}{years[0]}: {first}")]
    for year, total, rate in zip(years[1:], totals[1:], growth, strict=True):
        told = percent(rate) if np.isfinite(rate) else ""
        zh, en = (f"（{told}）", f" ({told})") if told else ("", "")
        shown.append(
            LocalizedText(f"{year} 年 {number(total)}{each}{zh}", f"{year}: {number(total)}{en}")
        )
    return join(shown)

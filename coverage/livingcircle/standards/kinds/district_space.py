"""The readings of a provision that districts or years tell apart: a schedule, a mean of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.standards.axes import Axis
from livingcircle.standards.context import Context
from livingcircle.standards.judge import (
    Demanded,
    Verdict,
    binding_verdict,
    judge_amount,
    judge_between,
    judge_share,
)
from livingcircle.standards.kinds.listed_space import (
    CombinationValue,
    combination_value,
    listed_space,
)
from livingcircle.standards.kinds.provision_space import ProvisionPart
from livingcircle.standards.ratio_bounds import bounded_status, mean_bounds
from livingcircle.standards.ratio_space import (
    BOUNDARY_AXIS,
    LEVELS,
    AxisOptions,
    able_of,
    category_axes,
    level_axis,
    unit_weight,
    widened,
)
from livingcircle.standards.space import ReadingSpace

__all__ = ["district_axes", "district_space", "has_years"]


def has_years(part: ProvisionPart) -> bool:
    """Return whether districts or years ask for different things."""
    if part.units_at_least is not None:
        return False
    return part.average_by == "district" or bool(part.schedule)


def _years(part: ProvisionPart) -> tuple[str, ...]:
    return tuple(str(year) for year in sorted({step.year for step in part.schedule}))


def district_axes(part: ProvisionPart) -> tuple[Axis, ...]:
    """Return the choices that such a provision leaves open."""
    axes: list[Axis] = []
    by_district = any(step.districts and step.target is not None for step in part.schedule)
    if part.level == "city":
        axes.append(Axis("scope", ("pooled",), "pooled"))
    elif part.average_by == "district":
        axes.append(Axis("scope", ("district_mean", "mean", "each"), "district_mean"))
    elif part.average_by == "city":
        axes.append(Axis("scope", ("mean", "each"), "mean"))
    elif by_district:
        axes.append(Axis("scope", ("district_each", "each"), "district_each"))
    else:
        axes.append(Axis("scope", ("each",), "each"))
    if part.level != "city":
        axes.append(Axis("denominator", ("units", "residents", "households"), "units"))
        axes.extend(level_axis(part.level))
    if part.schedule:
        axes.append(Axis("as_of", _years(part), ""))
    return (*axes, BOUNDARY_AXIS, *category_axes())


def district_space(
    part: ProvisionPart,
    axes: tuple[Axis, ...],
    ctx: Context,
    due_of: Callable[[int, str | None], Demanded | None],
) -> ReadingSpace:
    """Return the readings that a city's data can answer.

    Parameters
    ----------
    due_of
        What counts in a year, in a district or (None) everywhere.
    """
    due = _step_year(part, ctx)
    axes = tuple(replace(axis, default=due) if axis.name == "as_of" else axis for axis in axes)
    levels = {level for level in {part.level, *LEVELS} if ctx.has(level)}
    able = able_of(
        ctx, part.categories, scope=("district_mean", "district_each", "mean", "each"),
        denominator=("units", "residents", "households"), as_of=_years(part),
        boundary=BOUNDARY_AXIS.options if _several(part) else (),
    )  # fmt: skip
    if not set(LEVELS) <= levels or part.level not in LEVELS:
        able["level"] = ()
    unit = "count" if part.level == "city" else "per_unit"
    return listed_space(axes, able, _Provided(part, ctx, due, due_of).tell, unit)


def _several(part: ProvisionPart) -> bool:
    return part.at_least > 1 or any((step.at_least or 1) > 1 for step in part.schedule)


def _step_year(part: ProvisionPart, ctx: Context) -> str:
    """Return the year of the schedule that counts in the year of the assessment."""
    years = _years(part)
    due = [year for year in years if int(year) <= ctx.as_of]
    return due[-1] if due else years[0] if years else ""


@dataclass(frozen=True, eq=False)
class _Provided:
    part: ProvisionPart
    ctx: Context
    due: str
    due_of: Callable[[int, str | None], Demanded | None]
    _counts: dict[tuple[str, str], gpd.GeoDataFrame] = field(default_factory=dict)

    def _rows(self, level: str, options: AxisOptions) -> gpd.GeoDataFrame:
        """Return the units of a level with what they hold, and what they may hold."""
        key = (level, options.get("facilities", "strict"))
        if key not in self._counts:
            ctx, part = self.ctx, self.part
            selection = ctx.select(level, part.applies)
            found = ctx.facilities(widened(part.categories, options), level=part.facility_level)
            found, maybe, _ = ctx.meeting_conditions(found, part.only)
            rows = ctx.meant(level, part.applies).copy()
            rows["count"] = ctx.count_by_unit(found, level).reindex(rows.index)
            rows["most"] = rows["count"] + ctx.count_by_unit(maybe, level).reindex(rows.index)
            rows["undecided"] = selection.undecided.reindex(rows.index)
            rows["name_of"] = ctx.districts_of(rows)
            self._counts[key] = rows
        return self._counts[key]

    def tell(self, options: AxisOptions) -> CombinationValue:
        """Return what one combination gives."""
        part = self.part
        level = options.get("level", part.level)
        rows = self._rows(level, options)
        year = options.get("as_of", self.due)
        as_of = self.ctx.as_of if year == self.due else int(year)
        exclusive = options["boundary"] == "exclusive"
        scope = options["scope"]
        if level == "city" or scope == "mean" or part.average_by == "district":
            return self._figure(rows, as_of, scope, options, exclusive=exclusive)
        return self._each(rows, as_of, scope, options, exclusive=exclusive)

    def _figure(
        self, rows: pd.DataFrame, as_of: int, scope: str, options: AxisOptions, *, exclusive: bool
    ) -> CombinationValue:
        """Tell a number of the city, a mean of it, or in how many districts the mean is enough."""
        part, due = self.part, self.due_of(as_of, None)
        needed = (due.at_least if due else None) or part.at_least
        judged = part.target_share is not None
        more = 3e-9 * max(1.0, needed) if exclusive else 0.0
        if options.get("level", part.level) == "city":
            count = float(rows["count"].sum())
            number = combination_value(
                judge_amount(count, needed + more if judged else None, "count", due=due)
            )
            maybe = judged and count < needed <= float(rows["most"].sum())
            return replace(number, value=np.nan) if maybe else number
        decided = rows[~rows["undecided"]]
        if scope == "mean":
            mean = float(decided["count"].mean()) if len(decided) else np.nan
            top, base = float(decided["count"].sum()), float(len(decided))
            told = judge_amount(mean, needed + more if judged else None, "per_unit", due=due)
            ends = mean_bounds(rows, pd.Series("", rows.index)).loc["", ["low", "high"]]
            return replace(combination_value(judge_between(told, *ends)), top=top, base=base)
        weight = pd.Series(
            unit_weight(self.ctx, part.level, rows.index, options["denominator"]), rows.index
        )
        if scope == "each":
            ends = rows[["count", "most"]].set_axis(["low", "high"], axis=1)
            held, stands = weight, bounded_status(ends, needed + more)
            stands = stands.mask(rows["undecided"], "unknown")
        else:
            stands = bounded_status(mean_bounds(rows, rows["district"]), needed + more)
            held = weight.groupby(rows["district"]).sum()
            if options["denominator"] == "units":
                held = held * 0.0 + 1.0
        met, short, open_ = (float(held[stands == s].sum()) for s in ("met", "short", "unknown"))
        counts = (met, short, open_)
        plain = options["denominator"] == "units"
        return combination_value(judge_share(counts, part.target_share, due=due), counts=plain)

    def _each(
        self, rows: pd.DataFrame, as_of: int, scope: str, options: AxisOptions, *, exclusive: bool
    ) -> CombinationValue:
        """Tell the share of units that hold enough, district by district where these differ."""
        part = self.part
        level = options.get("level", part.level)
        demands = self._demands(rows, as_of)
        name = rows["name_of"].fillna("?") if "" not in demands else pd.Series("", rows.index)
        needed = name.map({k: due.at_least or part.at_least for k, due in demands.items()})
        needed = needed.astype("float64").fillna(part.at_least)
        count, most = rows["count"], rows["most"]
        enough = count > needed if exclusive else count >= needed
        may = most > needed if exclusive else most >= needed
        status: pd.Series = pd.Series(
            np.where(enough, "met", np.where(may, "unknown", "short")), rows.index
        )
        status = status.mask(rows["undecided"], "unknown").mask(~name.isin(list(demands)))
        plain = options["denominator"] == "units"
        weight = np.nan_to_num(unit_weight(self.ctx, level, rows.index, options["denominator"]))
        sums = pd.Series(weight, rows.index).groupby([name, status]).sum()

        def counts(keys: list[str]) -> tuple[float, float, float]:
            met, short, unknown = (
                float(sum(sums.get((key, one), 0.0) for key in keys))
                for one in ("met", "short", "unknown")
            )
            return met, short, unknown

        if scope == "district_each" and demands:
            each = [judge_share(counts([k]), due.target, due=due) for k, due in demands.items()]
            return combination_value(binding_verdict(each), counts=plain)
        first = next(iter(demands.values()), None)
        target = None if first is None else first.target
        shares = {due.target for due in demands.values()}
        if len(shares) > 1 and None not in shares:
            # All together: so many units as the shares of the districts come to.
            size = {key: sum(counts([key])) for key in demands}
            asked = sum(size[key] * float(due.target or 0.0) for key, due in demands.items())
            target = asked / total if (total := sum(size.values())) else target
        verdict: Verdict = judge_share(counts(list(demands)), target, due=first)
        return combination_value(verdict, counts=plain)

    def _demands(self, rows: pd.DataFrame, as_of: int) -> dict[str, Demanded]:
        part = self.part
        if not any(step.districts for step in part.schedule):
            due = self.due_of(as_of, None)
            return {} if due is None else {"": due}
        names = rows["name_of"].dropna().unique()
        found = {str(name): self.due_of(as_of, str(name)) for name in names}
        return {name: due for name, due in found.items() if due is not None}

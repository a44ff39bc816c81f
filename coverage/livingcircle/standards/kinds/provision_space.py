"""The readings of a provision: who is counted, what counts as a facility, each unit or the mean."""

from __future__ import annotations

from functools import cache
from typing import Protocol

import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.standards.axes import Axis
from livingcircle.standards.base import Applies, FacilityCondition, Step
from livingcircle.standards.context import Context
from livingcircle.standards.judge import Verdict
from livingcircle.standards.ratio_space import (
    BOUNDARY_AXIS,
    LEVELS,
    AxisOptions,
    RatioMembers,
    able_of,
    category_axes,
    level_axis,
    ratio_space,
    unit_weight,
    widened,
)
from livingcircle.standards.space import ReadingSpace

__all__ = ["provision_axes", "provision_space"]


class ProvisionPart(Protocol):
    """What the readings take of a provision."""

    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def level(self) -> str: ...
    @property
    def average_by(self) -> str | None: ...
    @property
    def units_at_least(self) -> float | None: ...
    @property
    def at_least(self) -> float: ...
    @property
    def facility_level(self) -> str | None: ...
    @property
    def only(self) -> tuple[FacilityCondition, ...]: ...
    @property
    def applies(self) -> Applies: ...
    @property
    def schedule(self) -> tuple[Step, ...]: ...
    @property
    def target_share(self) -> float | None: ...


def provision_axes(part: ProvisionPart) -> tuple[Axis, ...]:
    """Return the choices that a provision leaves open; see ``district_space`` for schedules."""
    axes: list[Axis] = []
    if part.level == "city":
        axes.append(Axis("scope", ("pooled",), "pooled"))
    else:
        scope = "mean" if part.average_by == "city" else "each"
        # "One in each" is no mean of one: a mean is another reading of "so many".
        several = part.at_least > 1 and part.units_at_least is None
        scopes = ("each", "mean") if several or scope == "mean" else ("each",)
        axes.append(Axis("scope", scopes, scope))
        if part.units_at_least is None:
            axes.append(Axis("denominator", ("units", "residents", "households"), "units"))
        axes.extend(level_axis(part.level))
    return (*axes, BOUNDARY_AXIS, *category_axes())


def provision_space(
    part: ProvisionPart, axes: tuple[Axis, ...], ctx: Context, verdict: Verdict, needed: float
) -> ReadingSpace:
    """Return the readings that a city's data can answer.

    Parameters
    ----------
    needed
        How many facilities a unit (or the city) is to hold in the year of the assessment.
    """
    levels = {}
    # Only what the clause may mean: a table of towns has no communities in it.
    others = LEVELS if part.level in LEVELS else ()
    for level in {part.level, *others}:
        if ctx.has(level):
            rows = ctx.meant(level, part.applies).index
            undecided = ctx.select(level, part.applies).undecided[rows]
            levels[level] = rows, undecided.to_numpy(dtype=bool)

    @cache
    def counted(ids: tuple[str, ...], level: str) -> tuple[FloatArray, FloatArray]:
        rows, _ = levels[level]
        found, maybe, _ = ctx.meeting_conditions(
            ctx.facilities(ids, level=part.facility_level), part.only
        )
        count = _counts(ctx, found, level, rows)
        more = _counts(ctx, maybe, level, rows) if len(maybe) else 0.0
        return count, np.asarray(count + more)

    def members(options: AxisOptions) -> RatioMembers:
        level = options.get("level", part.level)
        rows, undecided = levels[level]
        count, most = counted(widened(part.categories, options), level)
        size = len(rows)
        return RatioMembers(
            top=count,
            base=np.ones(size),
            least=np.full(size, needed),
            weight=unit_weight(ctx, level, rows, options.get("denominator", "units")),
            undecided=undecided,
            partial=most > count,
            also=np.ones(size, dtype=bool),
            top_most=most,
        )

    judged = part.target_share is not None
    each = verdict.target if part.average_by is None else part.target_share
    figure = needed if judged else None
    with_level = {level for level, (rows, _) in levels.items() if len(rows)}
    able = able_of(
        ctx, part.categories, scope=("each", "mean"),
        denominator=("units", "residents", "households"),
        boundary=BOUNDARY_AXIS.options if needed > 1 else (),
    )  # fmt: skip
    if not set(LEVELS) <= with_level:
        able["level"] = ()
    return ratio_space(
        axes,
        able,
        members,
        asked={"each": each, "mean": figure, "pooled": figure},
        unit="count" if part.level == "city" or part.units_at_least is not None else "per_unit",
        counted=part.units_at_least is not None,
    )


def _counts(ctx: Context, found: pd.DataFrame, level: str, index: pd.Index) -> np.ndarray:
    return np.asarray(ctx.count_by_unit(found, level).reindex(index), dtype=np.float64)

"""some_of: at least n of m functions in every unit, or in every facility of a category."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from livingcircle.localized import LocalizedText
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import Categories, Need, Needs, category_words, level_words
from livingcircle.standards.context import Context
from livingcircle.standards.judge import demanded, judge_share, tally
from livingcircle.standards.judged_units import NOTHING_JUDGED, judged_units
from livingcircle.standards.kind import Kind
from livingcircle.standards.members import member_gaps, member_rows, members_of
from livingcircle.standards.outcome import Outcome, gap_table, unknown
from livingcircle.standards.ratio_space import (
    BOUNDARY_AXIS,
    AxisOptions,
    RatioMembers,
    able_of,
    category_axes,
    level_axis,
    ratio_space,
    unit_weight,
    widened,
)
from livingcircle.standards.rows import unit_rows
from livingcircle.standards.space import ReadingSpace
from livingcircle.vocab.levels import LowerLevel

__all__ = ["SomeOf"]


class SomeOf(Kind):
    """At least ``at_least`` of some functions, whichever they are.

    A unit has a function that one of its facilities holds; a facility those that it is listed for.
    """

    counts_members: ClassVar[bool] = True
    kind: Literal["some_of"]
    functions: tuple[Need, ...] = Field(min_length=1)
    at_least: int = Field(ge=1)
    level: Literal["leaf", LowerLevel, "facility"] = "leaf"
    categories: Categories | None = None
    """Of facilities: which."""

    @model_validator(mode="after")
    def _complete(self) -> SomeOf:
        if (self.level == "facility") != (self.categories is not None):
            raise ValueError("categories belong to level = 'facility', and are needed there")
        if self.at_least > len(self.functions):
            raise ValueError("at_least asks for more functions than are listed")
        return self

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        zh = "、".join(one.zh for one in self.functions)
        en = ", ".join(one.en for one in self.functions)
        n, m = self.at_least, len(self.functions)
        if self.categories is not None:
            of = category_words(self.categories)
        else:
            of = level_words(self.level, self.applies)
        return LocalizedText(
            f"{of.zh}中具备 {m} 项功能中 {n} 项以上的比例（{zh}）",
            f"share of {of.en} with at least {n} of {m} functions ({en})",
        )

    def needs(self) -> Needs:
        """Return what data the part needs."""
        ids = tuple(i for one in self.functions for i in one.categories)
        levels = () if self.level == "facility" else (self.level,)
        return super().needs() + Needs((*(self.categories or ()), *ids), (), levels)

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        of = ("facilities",) if self.level == "facility" else ("units", "residents", "households")
        levels = () if self.level == "facility" else level_axis(self.level)
        axes = (Axis("denominator", of, of[0]), *levels, BOUNDARY_AXIS, *category_axes())
        return chosen_axes(axes, self.reasons)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)


def _assess(part: SomeOf, ctx: Context) -> Outcome:
    missing = list(ctx.missing_categories(part.categories)) if part.categories else []
    if part.level != "facility" and not ctx.has(part.level):
        missing.append(f"level:{part.level}")
    if missing:
        return unknown(part, "share", missing)
    given = [one for one in part.functions if not ctx.missing_categories(one.categories)]
    absent = [one for one in part.functions if one not in given]
    codes = tuple(code for one in absent for code in ctx.missing_categories(one.categories))
    if not given:
        return unknown(part, "share", codes)
    judge = _facilities if part.level == "facility" else _units
    outcome = judge(part, ctx, given, codes)
    return replace(outcome, space=_space(part, ctx, given, outcome.verdict.target))


def _space(part: SomeOf, ctx: Context, given: list[Need], target: float | None) -> ReadingSpace:
    """Return the readings: at which level, counted by whom, and what counts as a facility."""

    def members(options: AxisOptions) -> RatioMembers:
        ids = [widened(one.categories, options) for one in given]
        if part.level == "facility":
            found = members_of(ctx, ctx.facilities(part.categories or ()), part.applies)
            rows, undecided = found.rows, found.undecided
            has = [rows["facility_id"].isin(ctx.facilities(one)["facility_id"]) for one in ids]
            weight = np.ones(len(rows))
        else:
            level = options.get("level", part.level)
            rows = ctx.meant(level, part.applies)
            undecided = ctx.select(level, part.applies).undecided.reindex(rows.index)
            has = [
                ctx.count_by_unit(ctx.facilities(one), level).reindex(rows.index) > 0 for one in ids
            ]
            weight = unit_weight(ctx, level, rows.index, options.get("denominator", "units"))
        count = np.sum([one.to_numpy(dtype=float) for one in has], axis=0)
        size, not_given = len(rows), len(part.functions) - len(given)
        return RatioMembers(
            top=count,
            base=np.ones(size),
            least=np.full(size, float(part.at_least)),
            weight=weight,
            undecided=undecided.to_numpy(dtype=bool),
            partial=(count + not_given >= part.at_least) & (not_given > 0),
            also=np.ones(size, dtype=bool),
        )

    every = tuple(i for one in given for i in one.categories)
    counted = ("units", "residents", "households")
    able = able_of(
        ctx, every, denominator=counted, boundary=BOUNDARY_AXIS.options if part.at_least > 1 else ()
    )
    return ratio_space(part.readings(), able, members, asked={"each": target})


def _status(part: SomeOf, count: pd.Series, not_given: int) -> pd.Series:
    """Return met, short or unknown: what no list holds may be there."""
    reached = count >= part.at_least
    possible = count + not_given >= part.at_least
    status = np.where(reached, "met", np.where(possible, "unknown", "short"))
    return pd.Series(status, index=count.index)


def _units(part: SomeOf, ctx: Context, given: list[Need], codes: tuple[str, ...]) -> Outcome:
    found = judged_units(part, ctx, part.level, NOTHING_JUDGED)
    if isinstance(found, Outcome):
        return found
    rows, target = found.rows, found.target
    has = {
        one.id: ctx.count_by_unit(ctx.facilities(one.categories), part.level) > 0 for one in given
    }
    table_of = pd.DataFrame(has).reindex(rows.index)
    count = table_of.sum(axis=1).astype(float)
    status = _status(part, count, len(part.functions) - len(given)).mask(found.undecided, "unknown")
    short = rows[status == "short"]
    figures = tally(status)
    return Outcome(
        (judge_share(figures, target, due=found.due),),
        measures=_measures("units", figures, table_of),
        units=unit_rows(
            ctx,
            rows,
            part.level,
            status=status,
            value=count,
            value_unit="count",
            target=float(part.at_least),
            share=target,
        ),
        gaps=gap_table(
            short,
            ctx.people(part.level),
            pd.Series("too_few", index=short.index),
            functions=count.loc[short.index],
            lacking=part.at_least - count.loc[short.index],
        ),
        missing=codes if figures[2] else (),
        notes=found.notes,
    )


def _facilities(part: SomeOf, ctx: Context, given: list[Need], codes: tuple[str, ...]) -> Outcome:
    members = members_of(ctx, ctx.facilities(part.categories or ()), part.applies)
    if members.missing:
        return unknown(part, "share", members.missing, notes=members.notes)
    rows = members.rows
    holds = {
        one.id: rows["facility_id"].isin(ctx.facilities(one.categories)["facility_id"])
        for one in given
    }
    table_of = pd.DataFrame(holds, index=rows.index)
    count = table_of.sum(axis=1).astype(float)
    status = _status(part, count, len(part.functions) - len(given))
    status = status.mask(members.undecided, "unknown")
    due = demanded(part, ctx.as_of)
    target = due.target if due else part.target_share
    figures = tally(status)
    return Outcome(
        (judge_share(figures, target, due=due),),
        measures=_measures("facilities", figures, table_of),
        units=member_rows(ctx, rows, status, target),
        gaps=member_gaps(ctx, rows, status, "too_few", functions=count),
        missing=codes if figures[2] else (),
        notes=(*members.notes, *(() if len(rows) else (NOTHING_JUDGED,))),
    )


def _measures(
    of: str, figures: tuple[float, float, float], holds: pd.DataFrame
) -> dict[str, float]:
    found = dict(zip((f"{of}_met", f"{of}_short", f"{of}_undecided"), figures, strict=True))
    return found | {f"with_{name}": float(holds[name].sum()) for name in holds}

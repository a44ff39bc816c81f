"""capacity: places, square metres or staff per 1,000 (10,000, one) residents."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import model_validator

from livingcircle.localized import LocalizedText, number
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import (
    AnyColumn,
    Categories,
    Minutes,
    Needs,
    Positive,
    category_words,
    level_words,
)
from livingcircle.standards.context import Context
from livingcircle.standards.judge import (
    TARGET_TOLERANCE,
    Demanded,
    Verdict,
    demanded,
    judge_amount,
)
from livingcircle.standards.kind import Kind
from livingcircle.standards.kinds.capacity_space import capacity_axes, capacity_members
from livingcircle.standards.kinds.floating_catchments import FloatingCatchments, floating_catchments
from livingcircle.standards.outcome import Outcome, no_gaps, unknown
from livingcircle.standards.ratio_space import (
    AxisOptions,
    RatioMembers,
    able_of,
    ratio_space,
    widened,
)
from livingcircle.standards.rows import leaf_sums, share_rows
from livingcircle.standards.space import ReadingSpace
from livingcircle.standards.tables import as_number
from livingcircle.vocab.groups import Group, counted_name, figure_name
from livingcircle.vocab.levels import HOLDERS, UnitLevel
from livingcircle.vocab.texts import localized_name

__all__ = ["Capacity"]

FIGURES = {
    "places": LocalizedText("托位或床位", "places"),
    "area_m2": LocalizedText("平方米", "m²"),
    "staff": LocalizedText("工作人员", "staff"),
    "community_workers": LocalizedText("社区工作者", "community workers"),
}
COUNTED = {
    "places": LocalizedText("个托位或床位", "places"),
    "staff": LocalizedText("名工作人员", "staff"),
    "community_workers": LocalizedText("名社区工作者", "community workers"),
}
"""Figures behind a number: with the measure words of Chinese."""
NURSERIES = frozenset({"nursery", "public_nursery_point", "kindergarten"})
"""Places in these are called 托位 alone."""
NO_POPULATION = LocalizedText("没有符合条件的人口", "nobody lives in the units that it applies to")


class Capacity(Kind):
    """A figure of the facilities, or of the units, per so many people of the city."""

    judged_by_share: ClassVar[bool] = False
    denominator: ClassVar[str] = "group"
    kind: Literal["capacity"]
    categories: Categories | None = None
    figure: AnyColumn
    """A column of the facilities (with ``categories``), else of the units."""
    at_least: Positive
    per: Positive = 1000.0
    group: Group = "residents"
    facility_level: UnitLevel | None = None
    catchment_minutes: Minutes = 15.0
    """How far people walk when crowding is measured: the circle that the plans name."""

    @model_validator(mode="after")
    def _no_share(self) -> Capacity:
        if isinstance(self.target, float):
            raise ValueError("target: a capacity is judged by at_least; use 'all' or 'report'")
        return self

    @property
    def unit(self) -> str:
        """The unit of the value."""
        return self.unit_per(self.group)

    def unit_per(self, who: str) -> str:
        """Return the unit of the value where it is divided by `who`."""
        m2 = "m2_" if self.figure.endswith("m2") else ""
        households = who == "households"
        if self.per == 1:
            return f"{m2}per_{'household' if households else 'resident'}"
        return f"{m2}per_{self.per:.0f}{'_households' if households else ''}"

    @property
    def goal(self) -> float | None:
        """The figure to reach, None where it is only reported."""
        return None if self.target_share is None else self.at_least

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        of = _called(self, FIGURES) or localized_name("column", self.figure)
        if self.categories is not None:
            where = category_words(self.categories)
            of = LocalizedText(f"{where.zh}的{of.zh}", f"{of.en} of {where.en}")
        who = figure_name(self.group)
        units = level_words("leaf", self.applies) if self.applies else level_words("city")
        per, least = number(self.per), number(self.at_least)
        if self.per == 1:
            return LocalizedText(
                f"{units.zh}：人均{of.zh} ≥ {least}",
                f"{of.en} per resident of {units.en}: ≥ {least}",
            )
        return LocalizedText(
            f"{units.zh}：每 {per} {who.zh}的{of.zh} ≥ {least}",
            f"{of.en} per {per} {who.en} of {units.en}: ≥ {least}",
        )

    def needs(self) -> Needs:
        """Return what data the part needs."""
        own = f"facilities.{self.figure}" if self.categories else f"units.{self.figure}"
        levels = () if self.categories else ("leaf",)
        return super().needs() + Needs(self.categories or (), (own, f"units.{self.group}"), levels)

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        return chosen_axes(capacity_axes(self), self.reasons)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)


def _called(part: Capacity, words: dict[str, LocalizedText]) -> LocalizedText | None:
    """Return what the figure is called; places are 托位 where all are of nurseries."""
    found = words.get(part.figure)
    if found is None or part.categories is None or not NURSERIES.issuperset(part.categories):
        return found
    return LocalizedText(found.zh.replace("托位或床位", "托位"), found.en)


def _assess(part: Capacity, ctx: Context) -> Outcome:
    """Add up the figure and the people, and divide."""
    if part.categories is not None:
        missing = ctx.missing_categories(part.categories)
        if missing:
            return unknown(part, part.unit, missing)
    if not ctx.has("leaf") and (part.categories is None or part.applies):
        return unknown(part, part.unit, ["level:leaf"])
    parts = _members(part, ctx)
    if isinstance(parts, Outcome):
        return parts
    members, people, notes = parts
    if members["figure"].isna().all() and len(members):
        owner = "facilities" if part.categories else "units"
        return unknown(part, part.unit, [f"column:{owner}.{part.figure}"], notes=notes)
    total_people = float(people.sum()) if people.notna().any() else float("nan")
    if np.isnan(total_people):
        return unknown(part, part.unit, [f"column:units.{part.group}"], notes=notes)
    return _judge(part, ctx, members, people, notes)


def _members(
    part: Capacity, ctx: Context
) -> Outcome | tuple[pd.DataFrame, pd.Series, tuple[LocalizedText, ...]]:
    """Return who holds the figure (facilities or units), and the people by leaf unit."""
    leaves = ctx.tables.get("leaf")
    notes: tuple[LocalizedText, ...] = ()
    if leaves is None:
        people = ctx.people("city")[part.group]
    else:
        people = ctx.people("leaf")[part.group]
        if part.applies:
            found = ctx.select("leaf", part.applies)
            if found.missing:
                return unknown(part, part.unit, found.missing, notes=found.notes)
            people, notes = people[found.chosen], found.notes
        elif people.isna().any() and _states_total(ctx, part.group):
            # The city may know its total where not every unit does.
            people = ctx.people("city")[part.group]
    if part.categories is None:
        units = ctx.units("leaf")
        units = units[units.index.isin(people.index)] if part.applies else units
        figure = as_number(units[part.figure]) if part.figure in units else np.nan
        return units.assign(figure=figure, leaf=units["unit_id"]), people, notes
    rows = ctx.facilities(part.categories, level=part.facility_level)
    rows = rows.drop_duplicates("facility_id")
    if part.applies:
        rows = rows[rows["leaf"].isin(people.index)]
    figure = as_number(rows[part.figure]) if part.figure in rows else np.nan
    return rows.assign(figure=figure), people, notes


def _states_total(ctx: Context, group: str) -> bool:
    table = ctx.tables.get("city")
    return table is not None and bool(len(table)) and bool(table[group].notna().all())


def _judge(
    part: Capacity,
    ctx: Context,
    members: pd.DataFrame,
    people: pd.Series,
    notes: tuple[LocalizedText, ...],
) -> Outcome:
    due = demanded(part, ctx.as_of)
    least = (due.at_least if due else None) or part.at_least
    asked = None if part.target_share is None else least
    total, heads = float(members["figure"].sum()), float(people.sum())
    if not heads:
        verdict = Verdict("report", None, asked, part.unit, due=part.due)
        return Outcome((verdict,), gaps=no_gaps(), notes=(*notes, NO_POPULATION))
    blank = int(members["figure"].isna().sum())
    verdict, codes, more = _with_blanks(part, members, total, heads, asked, due, blank)
    verdict, codes_of_people, remarks = _with_unknown_people(part, people, verdict, total, asked)
    codes, more = (*codes, *codes_of_people), (*more, *remarks)
    verdict = replace(verdict, numerator=total, denominator=heads)
    measures = {
        "total": total,
        "people": heads,
        "holders": float(len(members)),
        "holders_without_figure": float(blank),
        "lacking": max(0.0, least * heads / part.per - total),
    }
    units = _rows(part, ctx, members, people, asked)
    if verdict.status == "unknown" and len(units):
        units["status"] = units["status"].mask(units["level"] == "city", "unknown")
    shared = _crowded(part, ctx, members, least)
    if shared is not None:
        measures |= shared.measures
        more = (*more, shared.note)
        units = units.assign(within_reach=units["unit_id"].map(shared.by_leaf))
    return Outcome(
        (verdict,),
        measures=measures,
        units=units,
        gaps=no_gaps(),
        missing=codes,
        notes=(*notes, *more),
        space=_space(part, ctx, verdict, least),
    )


def _space(part: Capacity, ctx: Context, verdict: Verdict, least: float) -> ReadingSpace | None:
    """Return the readings that a city's data can answer; None where it has no units."""
    if not ctx.has("leaf") or ctx.people("leaf")[part.group].isna().any():
        return None

    def members(options: AxisOptions) -> RatioMembers:
        ids = widened(part.categories, options) if part.categories else None
        found = _members(part.model_copy(update={"categories": ids}), ctx)
        if isinstance(found, Outcome):
            raise ValueError(found.missing)  # The default was answered, so every reading is.
        return capacity_members(ctx, *found[:2], options, least / part.per)

    asked = verdict.target
    return ratio_space(
        part.readings(),
        able_of(
            ctx, part.categories, scope=("pooled", "each", "mean"),
            denominator=(part.group, "residents", "households"),
        ),
        members,
        asked={"each": None if asked is None else 1.0, "pooled": asked, "mean": asked},
        unit=part.unit,
        units={who: part.unit_per(who) for who in ("residents", "households")},
        per=part.per,
    )  # fmt: skip


def _crowded(
    part: Capacity, ctx: Context, members: pd.DataFrame, least: float
) -> FloatingCatchments | None:
    """Share what the facilities hold among all who can walk there."""
    # What units hold is nowhere that one could walk to.
    if part.categories is None or not len(members):
        return None
    stated = members[members["figure"].notna()]
    figure = dict(zip(stated["facility_id"].astype(str), stated["figure"], strict=True))
    column = localized_name("column", part.figure)
    return floating_catchments(
        ctx,
        part.categories,
        part.facility_level,
        figure,
        part.group,
        per=part.per,
        least=least,
        minutes=part.catchment_minutes,
        what=_called(part, COUNTED) or _called(part, FIGURES) or column,
        who=counted_name(part.group),
    )


def _with_blanks(
    part: Capacity,
    members: pd.DataFrame,
    total: float,
    heads: float,
    asked: float | None,
    due: Demanded | None,
    blank: int,
) -> tuple[Verdict, tuple[str, ...], tuple[LocalizedText, ...]]:
    """Judge although some holders state no figure: the sum is then a lower bound.

    It is short only if it stays short with every blank as large as the largest figure that is
    stated; in between it is unknown.
    """
    verdict = judge_amount(total / heads * part.per, asked, part.unit, due=due)
    if not blank:
        return verdict, (), ()
    owner = "facilities" if part.categories else "units"
    largest = float(members["figure"].max())
    most = (total + blank * largest) / heads * part.per
    name = localized_name("column", part.figure)
    note = LocalizedText(
        f"{len(members)} 个中有 {blank} 个未填{name.zh}，数值为下限",
        f"{blank} of {len(members)} state no {name.en}: the value is a lower bound",
    )
    codes = (f"values:{owner}.{part.figure}",)
    if verdict.status == "short" and asked is not None and most >= asked:
        verdict = replace(verdict, status="unknown")
    return verdict, codes if verdict.status == "unknown" else (), (note,)


def _with_unknown_people(
    part: Capacity, people: pd.Series, verdict: Verdict, total: float, asked: float | None
) -> tuple[Verdict, tuple[str, ...], tuple[LocalizedText, ...]]:
    """Judge although some units state no number of people: the rate is then an upper bound.

    It is met only if it stays met with the mean of the other units in each of them; in between it
    is unknown.
    """
    blank = int(people.isna().sum())
    if not blank:
        return verdict, (), ()
    least = total / (float(people.mean()) * len(people)) * part.per
    note = LocalizedText(
        f"{len(people)} 个单元中有 {blank} 个未给出人数：人数未知而不是 0，数值为上限，"
        f"按其余单元的平均人数计为 {number(least)}",
        f"{blank} of {len(people)} units state no number of people: unknown, not 0; the value is"
        f" an upper bound, with the mean of the others in each it is {number(least)}",
    )
    if verdict.status == "met" and asked is not None and least < asked - TARGET_TOLERANCE:
        return replace(verdict, status="unknown"), (f"values:units.{part.group}",), (note,)
    return verdict, (), (note,)


def _rows(
    part: Capacity, ctx: Context, members: pd.DataFrame, people: pd.Series, asked: float | None
) -> pd.DataFrame:
    """Return the rate of every unit from the leaves up; only the city's is judged."""
    leaves = ctx.tables.get("leaf")
    if leaves is None:
        return pd.DataFrame()
    heads = ctx.people("leaf")[part.group]
    heads = heads[heads.index.isin(people.index)] if part.applies else heads
    of = leaves.loc[heads.index, ["town", "district"]].assign(
        leaf=heads.index, figure=0.0, people=heads
    )
    # A unit whose people are unknown has no number of them, and no rate.
    held = members[[*HOLDERS, "figure"]].assign(people=np.nan)
    columns = ["figure", "people"]
    sums = leaf_sums(ctx, pd.concat([pd.DataFrame(held), pd.DataFrame(of)]), columns)
    sums = sums.assign(numerator=sums["figure"] * part.per, denominator=sums["people"])
    added = ["numerator", "denominator", *columns]
    rows = share_rows(ctx, sums, added, asked)
    status = rows["status"].where(rows["level"] == "city", "report")
    blank = leaves.loc[heads.index[heads.isna()]]
    uncounted = rows["unit_id"].isin([*blank.index, *blank["town"], *blank["district"]])
    status = status.mask(uncounted, "unknown")
    rows = rows.assign(value=rows["value"].mask(uncounted))
    return rows.assign(value_unit=part.unit, status=status, numerator=rows["figure"])

"""provision: at least n facilities of a category in every unit, on average, or in the city."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import model_validator

from livingcircle.localized import LocalizedText, join, number
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import (
    Categories,
    FacilityCondition,
    Needs,
    Positive,
    category_words,
    level_words,
)
from livingcircle.standards.context import Context, OfPart
from livingcircle.standards.judge import (
    Demanded,
    Verdict,
    demanded,
    judge_amount,
    judge_between,
    judge_share,
    tally,
)
from livingcircle.standards.judged_units import NO_UNIT_APPLIES
from livingcircle.standards.kind import Kind
from livingcircle.standards.kinds.district_space import (
    district_axes,
    district_space,
    has_years,
)
from livingcircle.standards.kinds.provision_space import provision_axes, provision_space
from livingcircle.standards.outcome import Outcome, gap_table, no_gaps, unknown
from livingcircle.standards.ratio_bounds import bounded_status, mean_bounds
from livingcircle.standards.rows import unit_rows
from livingcircle.vocab.levels import FacilityLevel, Level

__all__ = ["Provision"]

NO_DISTRICT = LocalizedText(
    "本市没有方案点名的区（[assess.districts] 可对应区名）",
    "the plan names no district of this city ([assess.districts] maps names)",
)


class Provision(Kind):
    """At least ``at_least`` facilities of any of the categories in every unit of a level."""

    counts_members: ClassVar[bool] = True
    kind: Literal["provision"]
    categories: Categories
    level: Level
    at_least: Positive = 1.0
    average_by: Literal["district", "city"] | None = None
    """The mean number per unit counts, in every district or in the city, not each unit's own."""
    facility_level: FacilityLevel | None = None
    """Leave out facilities that state another level."""
    only: tuple[FacilityCondition, ...] = ()
    """Conditions that a facility has to meet to count."""
    units_at_least: Positive | None = None
    """So many units are to hold ``at_least``, not a share of them; a step's number is of units."""

    @model_validator(mode="after")
    def _one_way(self) -> Provision:
        if self.units_at_least is not None and (self.average_by or self.level == "city"):
            raise ValueError("units_at_least counts units: leave average_by out, name their level")
        return self

    @property
    def goal(self) -> float | None:
        """The share of units, or the number where the city or its mean is judged."""
        if self.units_at_least is not None:
            return self.units_at_least if self.target_share else None
        counts = self.level == "city" or self.average_by == "city"
        return self.at_least if counts and self.target_share else self.target_share

    @property
    def counted_en(self) -> tuple[str, str]:
        """What the value counts where it is a number, one and many."""
        return super().counted_en if self.units_at_least is None else ("unit", "units")

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        what, where = category_words(self.categories), level_words(self.level, self.applies)
        if self.only:
            remarks = join(one.words() for one in self.only)
            what = LocalizedText(f"{what.zh}（{remarks.zh}）", f"{what.en} ({remarks.en})")
        least = number(self.at_least)
        if self.level == "city":
            return LocalizedText(f"全市{what.zh} ≥ {least}", f"{what.en} in the city: ≥ {least}")
        if self.average_by == "city":
            return LocalizedText(
                f"{where.zh}平均{what.zh} ≥ {least}", f"{what.en}: mean over {where.en} ≥ {least}"
            )
        if self.average_by == "district":
            return LocalizedText(
                f"各区{where.zh}平均{what.zh} ≥ {least}",
                f"{what.en}: mean over the {where.en} of every district ≥ {least}",
            )
        if self.units_at_least is not None:
            count = number(self.units_at_least)
            return LocalizedText(
                f"有{what.zh}（≥ {least}）的{where.zh} ≥ {count} 个",
                f"{where.en} with {what.en} (≥ {least}): ≥ {count}",
            )
        return LocalizedText(
            f"每个{where.zh}的{what.zh} ≥ {least}",
            f"{what.en}: ≥ {least} in each of the {where.en}",
        )

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        axes = district_axes(self) if has_years(self) else provision_axes(self)
        return chosen_axes(axes, self.reasons)

    def needs(self) -> Needs:
        """Return what data the part needs."""
        layers = ("urban_villages",) if self.level == "urban_village" else ()
        levels = () if self.level in ("city", "urban_village") else (self.level,)
        extra = ("district",) if self.average_by == "district" else ()
        columns = tuple(f"facilities.{one.column}" for one in self.only)
        return super().needs() + Needs(self.categories, columns, (*levels, *extra), layers)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)


def _assess(part: Provision, ctx: Context) -> Outcome:
    """Count facilities in units."""
    unit = _unit(part)
    missing = list(ctx.missing_categories(part.categories))
    if not ctx.has(part.level):
        layer = part.level == "urban_village"
        missing.append("layer:urban_villages" if layer else f"level:{part.level}")
    if part.average_by == "district" and not ctx.has("district"):
        missing.append("level:district")
    if missing:
        return unknown(part, unit, missing)
    selection = ctx.select(part.level, part.applies)
    if selection.missing:
        return unknown(part, unit, selection.missing, notes=selection.notes)
    facilities = ctx.facilities(part.categories, level=part.facility_level)
    facilities, maybe, blank = ctx.meeting_conditions(facilities, part.only)
    if blank:
        return unknown(part, unit, blank, notes=selection.notes)
    rows = ctx.meant(part.level, part.applies).copy()
    rows["count"] = ctx.count_by_unit(facilities, part.level).reindex(rows.index)
    rows["most"] = rows["count"] + ctx.count_by_unit(maybe, part.level).reindex(rows.index)
    rows["undecided"] = selection.undecided.reindex(rows.index)
    if not len(rows):
        verdict = Verdict("report", None, part.target_share, unit, due=part.due)
        return Outcome((verdict,), gaps=no_gaps(), notes=(*selection.notes, NO_UNIT_APPLIES))
    remarks = (*selection.notes, *ctx.unplaced(facilities, part.level))
    remarks += ctx.level_note(part.categories, part.facility_level)
    judge = _average if part.average_by else _total if part.level == "city" else _each
    outcome = judge(part, ctx, rows)
    codes = [f"values:facilities.{one.column}" for one in part.only if len(maybe)]
    due = demanded(part, ctx.as_of)
    needed = part.at_least
    if part.units_at_least is None:
        needed = (due.at_least if due else None) or needed
    space = (
        district_space(part, part.readings(), ctx, partial(demanded, part))
        if has_years(part)
        else provision_space(part, part.readings(), ctx, outcome.verdict, needed)
    )
    return replace(
        outcome,
        space=space,
        notes=(*remarks, *outcome.notes),
        missing=(*outcome.missing, *codes) if _unclear(outcome) else outcome.missing,
    )


def _unclear(outcome: Outcome) -> bool:
    return any(verdict.status == "unknown" for verdict in outcome.verdicts)


def _unit(part: Provision) -> str:
    if part.level == "city" or part.units_at_least is not None:
        return "count"
    return "per_unit" if part.average_by == "city" else "share"


def _demands(part: Provision, ctx: Context, rows: gpd.GeoDataFrame) -> dict[str | None, Demanded]:
    """Return what is due by district of the plan; one entry for all if no step names districts."""
    if not any(step.districts for step in part.schedule):
        due = demanded(part, ctx.as_of)
        return {} if due is None else {None: due}
    names = ctx.districts_of(rows).dropna().unique()
    found = {str(name): demanded(part, ctx.as_of, str(name)) for name in names}
    return {name: due for name, due in found.items() if due is not None}


def _each(part: Provision, ctx: Context, rows: gpd.GeoDataFrame) -> Outcome:
    """Judge the number in every unit."""
    demands = _demands(part, ctx, rows)
    if None in demands:
        name = pd.Series("", index=rows.index)
        demands = {"": demands[None]}
    else:
        name = ctx.districts_of(rows).fillna("?")
    counted = part.units_at_least is not None
    wanted = {
        key: (None if counted else due.at_least) or part.at_least for key, due in demands.items()
    }
    count = rows["count"]
    needed = name.map(wanted).astype("float64").fillna(part.at_least)
    share = name.map({key: due.target for key, due in demands.items()}).astype("float64")
    rows["needed"] = needed
    enough = count >= needed
    unclear = rows["undecided"] | (~enough & (rows["most"] >= needed))
    tests = [~name.isin(list(wanted)), unclear, enough]
    status: pd.Series = pd.Series(
        np.select(tests, ["report", "unknown", "met"], "short"), index=rows.index
    )
    if counted:
        return _enough_units(part, ctx, rows, status)
    verdicts = _verdicts(part, status, name, demands)
    if not demands:
        # Nothing is asked of any district here: told as it is.
        verdicts = (Verdict("report", float(enough.mean()), None, "share"),)
    short = rows[status == "short"]
    table = unit_rows(
        ctx,
        rows,
        part.level,
        status=status,
        value=count,
        value_unit="count",
        target=needed,
        share=share,
    )
    judged = status.isin(("met", "short"))
    measures = {
        "units": float(judged.sum()),
        "units_met": float((status == "met").sum()),
        "units_undecided": float((status == "unknown").sum()),
        "facilities": float(count.sum()),
    }
    if measures["units"]:
        measures["share_units"] = measures["units_met"] / measures["units"]
    gaps = _gaps(part, ctx, short)
    notes = () if demands else (NO_DISTRICT,)
    return Outcome(verdicts, measures=measures, units=table, gaps=gaps, notes=notes)


def _enough_units(
    part: Provision, ctx: Context, rows: gpd.GeoDataFrame, status: pd.Series
) -> Outcome:
    """Judge how many units hold enough; none of the others is a gap."""
    due = demanded(part, ctx.as_of)
    needed = (due.at_least if due else None) or part.units_at_least or 0.0
    met, _, unclear = tally(status)
    verdict = judge_amount(met, None if part.target_share is None else needed, "count", due=due)
    if verdict.status == "short" and met + unclear >= needed:
        verdict = replace(verdict, status="unknown")
    table = unit_rows(
        ctx,
        rows,
        part.level,
        status=status.replace({"short": "report"}),
        value=rows["count"],
        value_unit="count",
        target=rows["needed"],
        share=None,
    )
    measures = {"units_met": met, "units_undecided": unclear, "lacking": max(0.0, needed - met)}
    return Outcome((verdict,), measures=measures, units=table, gaps=no_gaps())


def _verdicts(
    part: Provision, status: pd.Series, name: pd.Series, demands: dict[str | None, Demanded]
) -> tuple[Verdict, ...]:
    """Return one verdict, or one per district where the schedule sets shares by district."""

    def verdict(of: pd.Series, due: Demanded | None) -> Verdict:
        return judge_share(tally(of), due.target if due else None, due=due)

    by_district = any(step.districts and step.target is not None for step in part.schedule)
    if not by_district:
        return (verdict(status, next(iter(demands.values()), None)),)
    found = []
    for key, due in demands.items():
        one = verdict(status[name == key], due)
        found.append(replace(one, label=LocalizedText(str(key), str(key))))
    return tuple(found)


def _total(part: Provision, ctx: Context, rows: gpd.GeoDataFrame) -> Outcome:
    """Judge the number in the whole city."""
    due = demanded(part, ctx.as_of)
    count = float(rows["count"].sum())
    needed = (due.at_least if due else None) or part.at_least
    verdict = judge_amount(count, None if part.target_share is None else needed, "count", due=due)
    if verdict.status == "short" and rows["most"].sum() >= needed:
        verdict = replace(verdict, status="unknown")
    table = unit_rows(
        ctx,
        rows,
        "city",
        status=pd.Series(verdict.status, index=rows.index),
        value=rows["count"],
        value_unit="count",
        target=needed,
        share=None,
    )
    measures = {"facilities": count, "lacking": max(0.0, needed - count)}
    return Outcome((verdict,), measures=measures, units=table, gaps=no_gaps())


def _average(part: Provision, ctx: Context, rows: gpd.GeoDataFrame) -> Outcome:
    """Judge the mean number per unit, in every district or in the city."""
    due = demanded(part, ctx.as_of)
    needed = (due.at_least if due else None) or part.at_least
    decided = rows[~rows["undecided"]]
    overall = float(decided["count"].mean()) if len(decided) else float("nan")
    group = rows["district"] if part.average_by == "district" else pd.Series("", rows.index)
    bounds = mean_bounds(rows, group)
    stands = bounded_status(bounds, needed)
    if part.average_by == "district":
        verdict = judge_share(tally(stands), part.target_share, due=due)
    else:
        verdict = judge_amount(overall, needed if part.target_share else None, "per_unit", due=due)
        verdict = judge_between(verdict, *bounds.loc["", ["low", "high"]])
    behind = group.reindex(decided.index).map(stands) == "short"
    short = decided[behind & (decided["most"] < needed)]
    enough = decided["count"] >= needed
    table = unit_rows(
        ctx,
        decided,
        part.level,
        status=pd.Series(np.where(enough, "met", "report"), index=decided.index),
        value=decided["count"],
        value_unit="count",
        target=needed,
        share=needed,
        counted=(decided["count"], 1.0),
        sum_unit="per_unit",
    )
    table["status"] = _means_that_are_open(rows, table, needed)
    measures = {"mean": overall, "facilities": float(decided["count"].sum())}
    if rows["undecided"].any():
        measures["units_undecided"] = float(rows["undecided"].sum())
    mean = decided["count"].groupby(decided["district"]).mean()
    if part.average_by == "district" and len(mean):
        measures["mean_lowest_district"] = float(mean.min())
    met, count = int(enough.sum()), len(decided)
    varied: dict[str, float] = {}
    notes: tuple[LocalizedText, ...] = ()
    if part.average_by == "city" and count:
        varied = {"scope:each": met / count}
        notes = (
            OfPart(
                f"逐一看，{count} 处中有 {met} 处达到 {number(needed)} 个",
                f"one by one, {met} of {count} reach {number(needed)}",
            ),
        )
    return Outcome(
        (verdict,),
        measures=measures,
        units=table,
        gaps=_gaps(part, ctx, short, needed) if verdict.status != "met" else no_gaps(),
        sensitivity=varied,
        notes=notes,
    )


def _means_that_are_open(rows: pd.DataFrame, table: pd.DataFrame, needed: float) -> pd.Series:
    """Return the statuses of a table: a mean that units may still turn over is unknown."""
    status = table["status"].copy()
    if not rows["undecided"].any() and (rows["most"] == rows["count"]).all():
        return status
    for level in ("town", "district", "city"):
        of = pd.Series("", rows.index) if level == "city" else rows[level]
        stands = bounded_status(mean_bounds(rows, of), needed)
        sums = (table["level"] == level) & status.isin(["met", "short"])
        at = pd.Series("", table.index) if level == "city" else table["unit_id"]
        status = status.mask(sums & at.map(stands).eq("unknown"), "unknown")
    return status


def _gaps(
    part: Provision, ctx: Context, short: gpd.GeoDataFrame, needed: float | None = None
) -> gpd.GeoDataFrame:
    reason = pd.Series(np.where(short["count"] == 0, "no_facility", "too_few"), index=short.index)
    wanted = short["needed"] if needed is None else needed
    return gap_table(
        short,
        ctx.people(part.level),
        reason,
        facilities=short["count"],
        lacking=wanted - short["count"],
    )

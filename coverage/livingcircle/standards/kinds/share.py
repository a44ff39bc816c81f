"""share: the share of facilities, or of units, that have a property."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Literal

import pandas as pd
from pydantic import model_validator

from livingcircle.localized import LocalizedText, number, percent
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import (
    AnyColumn,
    Categories,
    Needs,
    Positive,
    Text,
    category_words,
    level_words,
)
from livingcircle.standards.context import Context, OfPart
from livingcircle.standards.judge import (
    Verdict,
    demanded,
    judge_amount,
    judge_between,
    judge_share,
    tally,
)
from livingcircle.standards.judged_units import NOTHING_JUDGED, judged_units
from livingcircle.standards.kind import Kind
from livingcircle.standards.kinds.share_property import base_of, test_property
from livingcircle.standards.kinds.share_space import (
    open_sums,
    pooled_bounds,
    share_axes,
    share_space,
)
from livingcircle.standards.members import member_gaps, member_rows, members_of
from livingcircle.standards.outcome import Outcome, gap_table, no_gaps, unknown
from livingcircle.standards.rows import leaf_sums, share_rows, unit_rows
from livingcircle.standards.tables import as_number
from livingcircle.vocab.levels import Level, UnitLevel
from livingcircle.vocab.texts import localized_name

__all__ = ["ShareOf"]


class ShareOf(Kind):
    """The share of facilities or units whose ``attribute`` passes a test.

    The test is ``at_least`` (a number), ``one_of`` (texts), or plainly "yes". With ``over`` it is
    the ratio of two attributes that is tested.
    """

    denominator: ClassVar[str] = "over"
    kind: Literal["share"]
    of: Literal["facilities", "units"] = "facilities"
    categories: Categories | None = None
    attribute: AnyColumn
    over: AnyColumn | None = None
    at_least: Positive | None = None
    one_of: tuple[Text, ...] = ()
    level: Level = "leaf"
    """Of units: which."""
    per_unit: bool = False
    """Of facilities: the share of the *units* that hold at least one facility with the property."""
    scope: Literal["each", "pooled"] = "each"
    """With ``over`` and ``at_least``: whether every member is to reach the ratio, or all members
    together. A plan that does not say "each" may mean either, so both are reported."""
    also_over: tuple[AnyColumn, ...] = ()
    """Other denominators that the text may mean; the share by each is among the sensitivities."""
    pooled: bool = False
    """Not how many pass: the sum of ``attribute`` over the sum of ``over`` is itself the share."""
    facility_level: UnitLevel | None = None

    @model_validator(mode="after")
    def _complete(self) -> ShareOf:
        if (self.of == "facilities") != (self.categories is not None):
            raise ValueError("categories belong to of = 'facilities', and are needed there")
        if self.over is not None and self.at_least is None and not self.pooled:
            raise ValueError("over needs at_least (the ratio to reach) or pooled = true")
        if self.pooled and (self.over is None or self.of != "units"):
            raise ValueError("pooled needs over, and of = 'units'")
        if self.scope == "pooled" and (self.over is None or self.at_least is None or self.pooled):
            raise ValueError("scope = 'pooled' needs over and at_least")
        if self.scope == "pooled" and isinstance(self.target, float):
            raise ValueError("target: of all members together at_least is asked, no share of them")
        if self.at_least is not None and self.one_of:
            raise ValueError("state at_least or one_of, not both")
        return self

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        what = localized_name("property", self.attribute)
        if self.over:
            over = localized_name("property", self.over)
            what = LocalizedText(f"{what.zh}占{over.zh}的比例", f"{what.en} over {over.en}")
        if self.at_least is not None:
            least = percent(self.at_least) if self.over else number(self.at_least)
            what = LocalizedText(f"{what.zh} ≥ {least}", f"{what.en} ≥ {least}")
        if self.one_of:
            zh, en = "/".join(self.one_of), " or ".join(self.one_of)
            what = LocalizedText(f"{what.zh}为{zh}", f"{what.en}: {en}")
        units = level_words(self.level, self.applies)
        if self.pooled or (self.scope == "pooled" and self.categories is None):
            return LocalizedText(
                f"{units.zh}合计：{what.zh}", f"all {units.en} together: {what.en}"
            )
        if self.categories is None:
            return LocalizedText(
                f"{units.zh}中{what.zh}的比例", f"share of {units.en} with {what.en}"
            )
        name = category_words(self.categories)
        if self.per_unit:
            return LocalizedText(
                f"{units.zh}中拥有“{what.zh}”的{name.zh}的比例",
                f"share of {units.en} with a {name.en} that: {what.en}",
            )
        if self.scope == "pooled":
            return LocalizedText(
                f"各处{name.zh}合计：{what.zh}", f"all of {name.en} together: {what.en}"
            )
        return LocalizedText(f"{name.zh}中{what.zh}的比例", f"share of {name.en} with: {what.en}")

    def needs(self) -> Needs:
        """Return what data the part needs."""
        columns = tuple(f"{self.of}.{name}" for name in (self.attribute, self.over) if name)
        levels = (self.level,) if self.of == "units" or self.per_unit else ()
        return super().needs() + Needs(self.categories or (), columns, levels)

    @property
    def goal(self) -> float | None:
        """The ratio where all members together are judged, else the share of the members."""
        return self.at_least if self.scope == "pooled" and self.target_share else self.target_share

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        return chosen_axes(share_axes(self), self.reasons)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)


def _assess(part: ShareOf, ctx: Context) -> Outcome:
    """Test each member and count those that pass."""
    missing = list(ctx.missing_categories(part.categories)) if part.categories else []
    if (part.of == "units" or part.per_unit) and not ctx.has(part.level):
        missing.append(f"level:{part.level}")
    if missing:
        return unknown(part, "share", missing)
    if part.of == "facilities":
        outcome = _with_facility(part, ctx) if part.per_unit else _facilities(part, ctx)
    else:
        outcome = _pooled(part, ctx) if part.pooled else _units(part, ctx)
    if outcome.verdict.value is None:
        return outcome
    due = demanded(part, ctx.as_of)
    share = due.target if due else part.target_share
    return replace(outcome, space=share_space(part, part.readings(), ctx, share))


def _facilities(part: ShareOf, ctx: Context) -> Outcome:
    members = members_of(
        ctx, ctx.facilities(part.categories or (), level=part.facility_level), part.applies
    )
    if members.missing:
        return unknown(part, "share", members.missing, notes=members.notes)
    test = test_property(part, members.rows, over=part.over)
    if test.missing:
        return unknown(part, "share", test.missing, notes=members.notes)
    due = demanded(part, ctx.as_of)
    target = due.target if due else part.target_share
    status = test.status.mask(members.undecided, "unknown")
    met, short, unclear = tally(status)
    verdict = judge_share((met, short, unclear), target, due=due)
    measures = {
        "facilities": float(len(members.rows)),
        "facilities_met": met,
        "facilities_undecided": unclear,
    }
    if part.over and len(members.rows):
        measures["share_pooled"] = _ratio(members.rows, part)
    outcome = Outcome(
        (verdict,),
        measures=measures,
        units=member_rows(ctx, members.rows, status, target),
        gaps=member_gaps(ctx, members.rows, status, "lacks_property", value=test.value),
        missing=_codes(part, unclear),
        notes=(*members.notes, *(() if len(members.rows) else (NOTHING_JUDGED,))),
    )
    return by_scope(part, ctx, members.rows, members.undecided, outcome)


def _ratio(rows: pd.DataFrame, part: ShareOf) -> float:
    """Return the ratio of the sums over the rows that state both."""
    top, base = as_number(rows[part.attribute]), base_of(rows, part.over or part.attribute)
    both = top.notna() & base.notna()
    return float(top[both].sum() / base[both].sum()) if base[both].sum() > 0 else float("nan")


def by_scope(
    part: ShareOf, ctx: Context, members: pd.DataFrame, undecided: pd.Series, each: Outcome
) -> Outcome:
    """Return an outcome that judged each member with the other readings beside it.

    Where the part asks it of all members together, the ratio of the sums is judged and the members
    below it are no gaps as long as the whole reaches it.

    Parameters
    ----------
    members
        ``leaf`` (or ``unit_id`` of a leaf), ``town``, ``district`` and both figures.
    undecided
        Of which it is not known whether the requirement applies.
    """
    rows = members[~undecided]
    if part.over is None or part.at_least is None or not len(rows):
        return each
    due = demanded(part, ctx.as_of)
    asked = part.at_least if part.target_share is not None else None
    top, base = as_number(rows[part.attribute]), base_of(rows, part.over)
    both = top.notna() & base.notna()
    whole = judge_amount(_ratio(rows, part), asked, "share", due=due)
    whole = replace(whole, numerator=float(top[both].sum()), denominator=float(base[both].sum()))
    scopes_note = _scopes(part, each.verdict, whole)
    if part.scope == "each":
        if part.level != "leaf" and part.of == "units":
            return each
        found = dict(each.sensitivity)
        if whole.value is not None:
            found["scope:pooled"] = whole.value
        return replace(each, sensitivity=found, notes=(*each.notes, scopes_note))
    whole = judge_between(whole, *pooled_bounds(part, members, undecided, part.over))
    # A unit of which nothing is stated is a row too, and unknown.
    held = rows.assign(
        leaf=rows["leaf"] if "leaf" in rows else rows["unit_id"],
        numerator=top.where(both),
        denominator=base.where(both),
    )
    columns = ["numerator", "denominator"]
    found = {} if each.verdict.value is None else {"scope:each": each.verdict.value}
    open_ = whole.status == "unknown"
    units = share_rows(ctx, leaf_sums(ctx, held, columns), columns, asked)
    units = open_sums(part, members, undecided, part.over, units, asked)
    return replace(
        each,
        verdicts=(whole,),
        units=_city_unknown(units) if open_ else units,
        missing=each.missing or _codes(part, float(open_)),
        gaps=each.gaps if whole.status == "short" else no_gaps(),
        sensitivity={**each.sensitivity, **found},
        notes=(*each.notes, scopes_note),
    )


def _city_unknown(units: pd.DataFrame) -> pd.DataFrame:
    """Return rows of which that of the whole city is unknown, as the verdict is."""
    if not len(units):
        return units
    return units.assign(status=units["status"].mask(units["level"] == "city", "unknown"))


def _scopes(part: ShareOf, each: Verdict, whole: Verdict) -> LocalizedText:
    """Return the two readings of a ratio that does not say "each"."""
    least = percent(part.at_least or 0.0)
    zh = f"逐一计：{number(each.numerator)}/{number(each.denominator)} 达到 {least}"
    en = f"one by one: {number(each.numerator)} of {number(each.denominator)} reach {least}"
    return OfPart(
        f"{zh}；合计：{percent(whole.value)}", f"{en}; all together: {percent(whole.value)}"
    )


def _codes(part: ShareOf, unclear: float) -> tuple[str, ...]:
    if not unclear:
        return ()
    names = [name for name in (part.attribute, part.over) if name]
    return (f"values:{part.of}.{'+'.join(names)}",)


def _with_facility(part: ShareOf, ctx: Context) -> Outcome:
    """Judge units: each is to hold at least one facility with the property."""
    rows = ctx.facilities(part.categories or (), level=part.facility_level)
    test = test_property(part, rows, over=part.over)
    if test.missing:
        return unknown(part, "share", test.missing)
    at = ctx.unit_of(rows, part.level)
    order = {"short": 0.0, "unknown": 1.0, "met": 2.0}
    best = test.status.map(order).groupby(at).max()
    names = {value: key for key, value in order.items()}
    return _judge_units(part, ctx, lambda units: best.reindex(units.index).fillna(0.0).map(names))


def _units(part: ShareOf, ctx: Context) -> Outcome:
    """Judge units by a figure of their own."""
    table = ctx.units(part.level)
    selection = ctx.select(part.level, part.applies)
    test = test_property(part, ctx.meant(part.level, part.applies), over=part.over)
    if test.missing and not selection.missing:
        return unknown(part, "share", test.missing, notes=selection.notes)
    found = _judge_units(part, ctx, lambda units: test.status.reindex(units.index), test.value)
    for column in part.also_over:
        other = test_property(part, table[selection.chosen], over=column)
        met, short, _ = tally(other.status)
        if met + short and not other.missing:
            share = {f"denominator:{column}": met / (met + short)}
            found = replace(found, sensitivity={**found.sensitivity, **share})
    rows = table[selection.chosen | selection.undecided]
    return by_scope(part, ctx, rows, selection.undecided.reindex(rows.index), found)


def _judge_units(
    part: ShareOf,
    ctx: Context,
    stand: Callable[[pd.DataFrame], pd.Series],
    value: pd.Series | None = None,
) -> Outcome:
    """Count the units that pass, with their rows and gaps."""
    found = judged_units(part, ctx, part.level, NOTHING_JUDGED)
    if isinstance(found, Outcome):
        return found
    units, target = found.rows, found.target
    status = stand(units).mask(found.undecided, "unknown")
    met, short, unclear = tally(status)
    figure = (status == "met").astype(float) if value is None else value.reindex(units.index)
    own = part.at_least if part.at_least is not None else 1.0
    amount = value is not None and part.at_least is not None
    plain = "m2" if part.attribute.endswith("_m2") else "count"
    rows = unit_rows(
        ctx,
        units,
        part.level,
        status=status,
        value=figure,
        value_unit=plain if amount and not part.over else "share",
        target=own,
        share=target,
    )
    lacking = units[status == "short"]
    counted = amount and not (part.over or part.attribute.endswith("m2"))
    reason = "lacks_property" if not amount else "too_few" if counted else "too_small"
    measures = {"units": float(len(units)), "units_met": met, "units_undecided": unclear}
    if part.over and part.of == "units":
        measures["share_pooled"] = _ratio(units, part)
    return Outcome(
        (judge_share((met, short, unclear), target, due=found.due),),
        measures=measures,
        units=rows,
        gaps=gap_table(lacking, ctx.people(part.level), reason, value=figure.loc[lacking.index]),
        missing=_codes(part, unclear),
        notes=found.notes,
    )


def _pooled(part: ShareOf, ctx: Context) -> Outcome:
    """Judge the ratio of two sums over all units."""
    table = ctx.units(part.level)
    selection = ctx.select(part.level, part.applies)
    units = table[selection.chosen]
    every = ctx.meant(part.level, part.applies)
    test = test_property(part, units, over=part.over)
    if selection.missing or test.missing:
        codes = (*selection.missing, *test.missing)
        return unknown(part, "share", codes, notes=selection.notes)
    due = demanded(part, ctx.as_of)
    target = due.target if due else part.target_share
    top, base = as_number(units[part.attribute]), as_number(units[part.over or part.attribute])
    both = top.notna() & base.notna()
    verdict = judge_amount(_ratio(units, part), target, "share", due=due)
    sums = float(top[both].sum()), float(base[both].sum())
    verdict = replace(verdict, numerator=sums[0], denominator=sums[1])
    undecided = selection.undecided.reindex(every.index)
    whole = pooled_bounds(part, every, undecided, part.over or part.attribute)
    verdict = judge_between(verdict, *whole)
    open_ = verdict.status == "unknown"
    left = int((~both).sum())
    notes = [*selection.notes]
    if left:
        text = f"{left} / {len(units)}"
        notes.append(
            LocalizedText(
                f"{text} 个单元缺数据，未计入", f"{text} units lack the figures: not counted"
            )
        )
    rows = pd.DataFrame()
    if part.level in ("leaf", "community", "village"):
        of = units.assign(
            leaf=units["unit_id"], numerator=top.where(both), denominator=base.where(both)
        )
        columns = ["numerator", "denominator"]
        rows = share_rows(ctx, leaf_sums(ctx, of, columns), columns, target)
        over = part.over or part.attribute
        rows = open_sums(part, every, undecided, over, rows, target)
    measures = {"units": float(both.sum()), "units_without_figures": float(left)}
    return Outcome(
        (verdict,),
        measures=measures,
        units=_city_unknown(rows) if open_ else rows,
        gaps=no_gaps(),
        missing=_codes(part, float(open_)),
        notes=tuple(notes),
    )

"""floor_area: square metres in every unit, per 100 households, or of each facility."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import model_validator

from livingcircle.io.column_names import ColumnValues
from livingcircle.localized import LocalizedText, join, number
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import (
    Categories,
    FacilityColumn,
    Needs,
    Positive,
    Text,
    category_words,
    level_words,
)
from livingcircle.standards.context import Context
from livingcircle.standards.judge import TARGET_TOLERANCE, demanded, judge_share, tally
from livingcircle.standards.judged_units import NO_UNIT_APPLIES, judged_units
from livingcircle.standards.kind import Kind
from livingcircle.standards.kinds.floor_area_space import (
    FloorOf,
    area_members,
    floor_area_axes,
    lacking_of,
    with_unit_weights,
)
from livingcircle.standards.members import member_gaps, member_rows, members_of
from livingcircle.standards.outcome import Outcome, gap_table, unknown
from livingcircle.standards.ratio_space import (
    AxisOptions,
    RatioMembers,
    able_of,
    ratio_space,
    unit_weight,
    widened,
)
from livingcircle.standards.rows import unit_rows
from livingcircle.standards.tables import as_number
from livingcircle.vocab.levels import UnitLevel
from livingcircle.vocab.strict import Strict
from livingcircle.vocab.texts import localized_name

__all__ = ["Component", "FloorArea"]


class Component(Strict):
    """One room or use that has a floor of its own."""

    attribute: FacilityColumn
    floor: Positive
    zh: Text
    en: Text


class FloorArea(Kind):
    """Enough square metres in every unit of a level, or in every facility.

    Required is the larger of ``floor`` and ``per_100_households``; of a facility also
    ``share_of_value`` of its attribute ``share_of``. Each of the components has its own floor.
    """

    counts_members: ClassVar[bool] = True
    kind: Literal["floor_area"]
    categories: Categories
    level: Literal["leaf", UnitLevel, "facility"] = "leaf"
    attributes: tuple[FacilityColumn, ...] = ("area_m2",)
    """Columns of the facilities that add up to the area."""
    floor: Positive | None = None
    per_100_households: Positive | None = None
    share_of: FacilityColumn | None = None
    """A column of the facilities, e.g. ``estate_floor_area_m2``."""
    share_of_also: tuple[FacilityColumn, ...] = ()
    """Columns that add to ``share_of`` where a list states them, e.g. what lies underground."""
    share_of_value: Positive | None = None
    components: tuple[Component, ...] = ()
    facility_level: UnitLevel | None = None

    @model_validator(mode="after")
    def _complete(self) -> FloorArea:
        if self.floor is None and self.per_100_households is None and self.share_of is None:
            raise ValueError("state floor, per_100_households or share_of")
        if (self.share_of is None) != (self.share_of_value is None):
            raise ValueError("share_of and share_of_value belong together")
        if self.share_of is not None and self.level != "facility":
            raise ValueError("share_of needs level = 'facility'")
        if self.per_100_households is not None and self.level == "facility":
            raise ValueError("per_100_households needs a level of units")
        return self

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        what, where = category_words(self.categories), level_words(self.level, self.applies)
        asked = []
        if self.floor is not None:
            asked.append(
                LocalizedText(f"≥ {number(self.floor)} 平方米", f"≥ {number(self.floor)} m²")
            )
        if self.per_100_households is not None:
            per = number(self.per_100_households)
            asked.append(LocalizedText(f"每百户 ≥ {per} 平方米", f"≥ {per} m² per 100 households"))
        if self.share_of is not None and self.share_of_value is not None:
            share = f"{self.share_of_value * 1000:g} ‰"
            whole = localized_name("column", self.share_of)
            asked.append(LocalizedText(f"≥ {whole.zh}的 {share}", f"≥ {share} of {whole.en}"))
        for part in self.components:
            floor = number(part.floor)
            asked.append(LocalizedText(f"{part.zh} ≥ {floor} 平方米", f"{part.en} ≥ {floor} m²"))
        text = join(asked)
        return LocalizedText(
            f"每个{where.zh}的{what.zh}面积：{text.zh}",
            f"floor area of {what.en} in each of the {where.en}: {text.en}",
        )

    def needs(self) -> Needs:
        """Return what data the part needs."""
        of = [*self.attributes, *(c.attribute for c in self.components), self.share_of]
        columns = [f"facilities.{name}" for name in of if name]
        if self.per_100_households is not None:
            columns.append("units.households")
        levels = () if self.level in ("city", "facility") else (self.level,)
        return super().needs() + Needs(self.categories, tuple(columns), levels)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        return chosen_axes(floor_area_axes(self.level), self.reasons)


def _assess(part: FloorArea, ctx: Context) -> Outcome:
    """Add up square metres and hold them against what is required."""
    missing = list(ctx.missing_categories(part.categories))
    if part.level != "facility" and not ctx.has(part.level):
        missing.append(f"level:{part.level}")
    if missing:
        return unknown(part, "share", missing)
    facilities = ctx.facilities(part.categories, level=part.facility_level)
    absent = _absent(part, facilities)
    if absent:
        return unknown(part, "share", absent)
    of_facilities = part.level == "facility"
    judge, members = (_facilities, _each) if of_facilities else (_units, _held)
    outcome = judge(part, ctx, facilities)
    if outcome.verdict.value is None:
        return outcome
    due = demanded(part, ctx.as_of)
    share = due.target if due else part.target_share
    space = ratio_space(
        part.readings(),
        able_of(
            ctx, part.categories, scope=("each", "pooled"),
            denominator=() if of_facilities else ("units", "residents", "households"),
        ),
        with_unit_weights(
            lambda options: members(part, ctx, options), part.level, part.applies, ctx
        ),
        asked={"each": share, "pooled": None if share is None else 1.0},
        shares=frozenset({"pooled"}),
    )  # fmt: skip
    return replace(outcome, space=space)


def _held(part: FloorArea, ctx: Context, options: AxisOptions) -> RatioMembers:
    """Return the units with the area that they hold, under one reading."""
    level = options.get("level", part.level)
    selection = ctx.select(level, part.applies)
    rows = ctx.meant(level, part.applies)
    facilities = ctx.facilities(widened(part.categories, options), level=part.facility_level)
    at = ctx.unit_of(facilities, level)
    area, whole = _total(facilities, at, rows, part.attributes)
    required = _required(part, ctx.people(level)["households"].reindex(rows.index))
    others = _floors_of_units(part, facilities, at, rows)
    weight = unit_weight(ctx, level, rows.index, options["denominator"])
    undecided = selection.undecided.reindex(rows.index)
    return area_members(area, whole, required, others, undecided, weight)


def _each(part: FloorArea, ctx: Context, options: AxisOptions) -> RatioMembers:
    """Return the facilities with their area, under one reading."""
    found = ctx.facilities(widened(part.categories, options), level=part.facility_level)
    chosen = members_of(ctx, found, part.applies)
    rows = chosen.rows
    figure, required = _figure(rows, part.attributes), _required_of(part, rows)
    others = _floors(part, rows)
    ones = np.ones(len(rows))
    return area_members(figure["area"], figure["whole"], required, others, chosen.undecided, ones)


def _absent(part: FloorArea, facilities: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Return codes of columns that no facility has a figure in."""
    if not len(facilities):
        return ()
    names = [*part.attributes, *(c.attribute for c in part.components)]
    if part.share_of:
        names.append(part.share_of)
    blank = [n for n in names if n not in facilities or as_number(facilities[n]).isna().all()]
    return tuple(f"column:facilities.{name}" for name in dict.fromkeys(blank))


def _figure(facilities: gpd.GeoDataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the area that each facility states, and whether all of it is stated."""
    parts = pd.DataFrame({n: as_number(facilities[n]) for n in names}, index=facilities.index)
    return pd.DataFrame({"area": parts.sum(axis=1), "whole": parts.notna().all(axis=1)})


def _total(
    facilities: gpd.GeoDataFrame, at: pd.Series, rows: pd.DataFrame, names: tuple[str, ...]
) -> tuple[pd.Series, pd.Series]:
    """Return the area in each unit, and whether all of it is stated."""
    figure = _figure(facilities, names)
    area = figure["area"].groupby(at).sum().reindex(rows.index, fill_value=0.0)
    whole = figure["whole"].groupby(at).all().reindex(rows.index, fill_value=True)
    return area, whole.astype(bool)


def _enough(area: pd.Series, whole: pd.Series, needed: pd.Series | float) -> pd.Series:
    """Return met, short or unknown: an area that is stated in part may still be enough."""
    required = pd.Series(needed, index=area.index, dtype="float64")
    reached = area >= required - TARGET_TOLERANCE * np.maximum(required, 1.0)
    status = np.where(reached, "met", np.where(whole, "short", "unknown"))
    return pd.Series(status, index=area.index).mask(required.isna(), "unknown")


def _floor_of(part: FloorArea, one: Component, m2: pd.Series, whole: pd.Series) -> FloorOf:
    status, name = _enough(m2, whole, one.floor), LocalizedText(one.zh, one.en)
    return FloorOf(m2, whole, one.floor, status, name, one.attribute in part.attributes)


def _floors_of_units(
    part: FloorArea, facilities: gpd.GeoDataFrame, at: pd.Series, rows: pd.DataFrame
) -> list[FloorOf]:
    """Return what each unit has of each component."""
    return [
        _floor_of(part, one, *_total(facilities, at, rows, (one.attribute,)))
        for one in part.components
    ]


def _floors(part: FloorArea, rows: gpd.GeoDataFrame) -> list[FloorOf]:
    """Return what each facility has of each component."""
    figures = [_figure(rows, (one.attribute,)) for one in part.components]
    return [
        _floor_of(part, one, own["area"], own["whole"])
        for one, own in zip(part.components, figures, strict=True)
    ]


def _all_of(statuses: list[pd.Series]) -> pd.Series:
    """Return the status of several floors together: one short is short, else unknown, else met."""
    table = pd.concat(statuses, axis=1)
    short, doubt = (table == "short").any(axis=1), (table == "unknown").any(axis=1)
    return pd.Series(np.select([short, doubt], ["short", "unknown"], "met"), index=table.index)


def _units(part: FloorArea, ctx: Context, facilities: gpd.GeoDataFrame) -> Outcome:
    found = judged_units(part, ctx, part.level, NO_UNIT_APPLIES)
    if isinstance(found, Outcome):
        return found
    rows, target = found.rows, found.target
    at = ctx.unit_of(facilities, part.level)

    households = ctx.people(part.level)["households"].reindex(rows.index)
    required = _required(part, households)
    area, whole = _total(facilities, at, rows, part.attributes)
    floors = _floors_of_units(part, facilities, at, rows)
    extra: dict[str, ColumnValues] = {
        one.attribute: own.m2 for one, own in zip(part.components, floors, strict=True)
    }
    statuses = [_enough(area, whole, required), *(own.status for own in floors)]
    status = _all_of(statuses).mask(found.undecided, "unknown")
    lacking = lacking_of(area, required, floors)
    count = facilities["facility_id"].groupby(at).nunique().reindex(rows.index, fill_value=0)
    units = unit_rows(
        ctx,
        rows,
        part.level,
        status=status,
        value=area,
        value_unit="m2",
        target=required,
        share=target,
        counted=None,
        sum_unit="share",
        facilities=count.astype(float),
        **extra,
    )
    short = rows[status == "short"]
    reason = pd.Series(np.where(count == 0, "no_facility", "too_small"), index=rows.index)
    gaps = gap_table(
        short,
        ctx.people(part.level),
        reason.loc[short.index],
        area_m2=area.loc[short.index],
        required_m2=required.loc[short.index],
        facilities=count.loc[short.index].astype(float),
        **{name: values.loc[short.index] for name, values in lacking.items()},
    )
    figures = tally(status)
    return Outcome(
        (judge_share(figures, target, due=found.due),),
        measures=_measures(area, lacking["lacking_m2"], households, figures, part),
        units=units,
        gaps=gaps,
        missing=_undecidable(part, figures, households, whole),
        notes=(*found.notes, *ctx.unplaced(facilities, part.level)),
    )


def _required(part: FloorArea, households: pd.Series) -> pd.Series:
    """Return the square metres that each unit has to have."""
    floor = pd.Series(part.floor or 0.0, index=households.index)
    if part.per_100_households is None:
        return floor
    # Without households it is not known whether the floor or the rate asks for more.
    rate = households / 100.0 * part.per_100_households
    return rate.where(rate.isna(), np.maximum(floor, rate))


def _measures(
    area: pd.Series,
    lacking: pd.Series,
    households: pd.Series,
    figures: tuple[float, float, float],
    part: FloorArea,
) -> dict[str, float]:
    found = dict(zip(("units_met", "units_short", "units_undecided"), figures, strict=True))
    found["area_m2"] = float(area.sum())
    found["lacking_m2"] = float(lacking.sum())
    if part.per_100_households is not None and households.sum() > 0:
        known = households.notna()
        found["m2_per_100_households"] = float(area[known].sum() / households[known].sum() * 100.0)
    return found


def _undecidable(
    part: FloorArea, figures: tuple[float, float, float], households: pd.Series, whole: pd.Series
) -> tuple[str, ...]:
    """Return codes of what keeps units undecided."""
    if not figures[2]:
        return ()
    codes = []
    if part.per_100_households is not None and households.isna().any():
        codes.append("values:units.households")
    if not whole.all() or part.components:
        codes.append(f"values:facilities.{'+'.join(part.attributes)}")
    return tuple(codes)


def _whole(part: FloorArea, rows: pd.DataFrame) -> pd.Series:
    """Return what the area is a share of; a further column that some rows state, all must state."""
    whole = as_number(rows[part.share_of or ""])
    for name in part.share_of_also:
        if name in rows and rows[name].notna().any():
            whole = whole + as_number(rows[name])
    return whole


def _required_of(part: FloorArea, rows: pd.DataFrame) -> pd.Series:
    """Return the square metres that each facility has to have."""
    required = pd.Series(part.floor or 0.0, index=rows.index)
    if part.share_of and part.share_of_value:
        of = _whole(part, rows)
        required = required.clip(lower=of * part.share_of_value).where(of.notna())
    return required


def _facilities(part: FloorArea, ctx: Context, facilities: gpd.GeoDataFrame) -> Outcome:
    chosen = members_of(ctx, facilities, part.applies)
    if chosen.missing:
        return unknown(part, "share", chosen.missing, notes=chosen.notes)
    rows = chosen.rows
    due = demanded(part, ctx.as_of)
    target = due.target if due else part.target_share
    figure = _figure(rows, part.attributes)
    required = _required_of(part, rows)
    floors = _floors(part, rows)
    statuses = [_enough(figure["area"], figure["whole"], required)]
    statuses += [own.status for own in floors]
    status = _all_of(statuses).mask(chosen.undecided, "unknown")
    figures = tally(status)
    verdict = judge_share(figures, target, due=due)
    area = figure["area"].where(figure["whole"])
    more = {"area_m2": area, "required_m2": required, **lacking_of(area, required, floors)}
    names = ("facilities_met", "facilities_short", "facilities_undecided")
    measures = dict(zip(names, figures, strict=True))
    measures["area_m2"] = float(area.sum())
    if part.share_of:
        whole = _whole(part, rows) if len(rows) else pd.Series(dtype=float)
        both = area.notna() & whole.notna()
        if whole[both].sum() > 0:
            measures["share_of_all"] = float(area[both].sum() / whole[both].sum())
    codes = () if not figures[2] else (f"values:facilities.{'+'.join(part.attributes)}",)
    return Outcome(
        (verdict,),
        measures=measures,
        units=member_rows(ctx, rows, status, target),
        gaps=member_gaps(ctx, rows, status, "too_small", **more),
        missing=codes,
        notes=chosen.notes,
    )

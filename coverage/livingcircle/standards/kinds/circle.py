"""circle: the share of people who reach a category, or all of several, within minutes or metres."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from livingcircle.localized import EMPTY, LocalizedText, number
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.access import Access
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import (
    Applies,
    Categories,
    Metres,
    Minutes,
    Need,
    Needs,
    WalkerName,
    category_words,
    level_words,
)
from livingcircle.standards.context import Context
from livingcircle.standards.homes import Held
from livingcircle.standards.judge import demanded, judge_share
from livingcircle.standards.kind import Figures, Kind
from livingcircle.standards.kinds.circle_chosen import (
    circle_limit,
    trips_as_chosen,
    walks_from_home,
)
from livingcircle.standards.kinds.circle_figures import (
    Case,
    CircleLimit,
    circle_measures,
    circle_notes,
    land_shares,
    people_weights,
    residential_share,
    street_share,
    would_meet,
)
from livingcircle.standards.kinds.circle_hills import slope_figures
from livingcircle.standards.kinds.circle_pace import speed_sensitivity
from livingcircle.standards.kinds.circle_space import circle_axes, circle_space
from livingcircle.standards.kinds.circle_speeds import expected_coverage
from livingcircle.standards.kinds.circle_tables import circle_gaps, circle_rows
from livingcircle.standards.kinds.circle_unknown_weights import with_unknown_weights
from livingcircle.standards.outcome import Outcome, no_gaps, unknown
from livingcircle.standards.selection import IF_UNSAID, Selection
from livingcircle.standards.travel import Trip, walker_of
from livingcircle.vocab.groups import Group, group_name
from livingcircle.vocab.levels import UnitLevel
from livingcircle.vocab.walkers import Walker

__all__ = ["Circle", "Need"]

NO_DEMAND = LocalizedText(
    "没有符合条件的居民点", "no demand point lies where the requirement applies"
)


class Circle(Kind):
    """The share of a group of people within a limit of ``k`` facilities of the categories."""

    denominator: ClassVar[str] = "group"
    bounded_scopes: ClassVar[tuple[str, ...]] = ()
    kind: Literal["circle"]
    categories: Categories | None = None
    """Any of them will do."""
    all_of: tuple[Need, ...] = ()
    """Instead of ``categories``: every one of these needs is to be within the limit."""
    minutes: Minutes | None = None
    metres: Metres | None = None
    walker: WalkerName | None = None
    """A named profile; the pack's, else the city's, if not stated."""
    mode: Literal["walk", "drive"] = "walk"
    group: Group = "residents"
    k: int = Field(default=1, ge=1)
    facility_level: UnitLevel | None = None
    """Leave out facilities that state another level (levels do not stand in for one another)."""
    boundary: Literal["inclusive", "exclusive"] = "inclusive"
    """Whether who lives exactly at the limit is within it: 以内 includes the number."""
    also_metres: tuple[Metres, ...] = ()
    """Other metres that the text may mean ("800 to 1,000 m"); the share at each is a reading."""

    @model_validator(mode="after")
    def _complete(self) -> Circle:
        if (self.minutes is None) == (self.metres is None):
            raise ValueError("state either minutes or metres")
        if self.also_metres and self.metres is None:
            raise ValueError("also_metres stands beside metres")
        if (self.categories is None) == (not self.all_of):
            raise ValueError("state either categories (any of them) or all_of (every need)")
        return self

    @property
    def list_of_needs(self) -> tuple[Need, ...]:
        """The needs; plain categories are one."""
        if self.categories is None:
            return self.all_of
        name = category_words(self.categories)
        # Validated already, with the categories of the pack's own.
        only = Need.model_construct(id="any", zh=name.zh, en=name.en, categories=self.categories)
        return (only,)

    @property
    def within(self) -> LocalizedText:
        """The limit in words."""
        if self.metres is not None:
            return LocalizedText(f"{number(self.metres)} 米", f"{number(self.metres)} m")
        by = _BY[self.mode]
        return LocalizedText(
            f"{by.zh} {number(self.minutes)} 分钟", f"{number(self.minutes)} min {by.en}"
        )

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        needs = self.list_of_needs
        what = LocalizedText("、".join(n.zh for n in needs), ", ".join(n.en for n in needs))
        if len(needs) > 1:
            what = LocalizedText(f"全部可达：{what.zh}", f"all of: {what.en}")
        if self.k > 1:
            what = LocalizedText(f"{self.k} 处{what.zh}", f"{self.k} × {what.en}")
        who, near = group_name(self.group), self.within
        of = level_words("leaf", self.applies) if self.applies else EMPTY
        return LocalizedText(
            f"{who.zh}{near.zh}内可达的比例（{what.zh}）" + (f"，范围：{of.zh}" if of else ""),
            f"share of {who.en} within {near.en} of {what.en}" + (f", in {of.en}" if of else ""),
        )

    def needs(self) -> Needs:
        """Return what data the part needs."""
        ids = tuple(i for need in self.list_of_needs for i in need.categories)
        layers = ("drive" if self.mode == "drive" else "network", "demand")
        columns: tuple[str, ...] = (f"demand.{self.group}",)
        if self.facility_level:
            columns = (*columns, "facilities.level")
        return super().needs() + Needs(ids, columns, (), layers)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)

    def access_tests(self, ctx: Context, outcome: Outcome) -> tuple[Access, ...]:
        """Return the walks (or drives) to the needs, all of them within the limit.

        None where a reading is chosen that is no walk from home to the nearest facility.
        """
        if not walks_from_home(self):
            return ()
        part = self.read()
        who = walker_of(part.walker, ctx.city)
        needs = part.list_of_needs
        limit = circle_limit(part, ctx, who)
        group, weight = "points", np.zeros(0)
        if outcome.demand is not None:
            group, weight, _ = people_weights(part, outcome.demand)
        test = Access(
            ctx=ctx,
            outcome=outcome,
            needs=tuple(need.id for need in needs),
            trips=tuple(_trip(part, need, who) for need in needs),
            limit=limit.value,
            basis=limit.basis,
            group=group,
            weight=weight,
        )
        return (test,)

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        return chosen_axes(circle_axes(self), self.reasons)

    def figures(self) -> Figures:
        """Return that every home is decided, and that the service centres come first."""
        on_foot = self.mode == "walk"
        centre = "service_centre" in (self.categories or ())
        return Figures(
            by_home=True,
            map_rank=2 if not on_foot else 0 if centre else 1,
            picture_rank=1 + 2 * (not on_foot) + bool(self.all_of),
        )


_BY = {"walk": LocalizedText("步行", "on foot"), "drive": LocalizedText("驾车", "by vehicle")}


def _assess(part: Circle, ctx: Context) -> Outcome:
    """Decide coverage for every demand point that the requirement applies to."""
    missing = _missing(part, ctx)
    needs = part.list_of_needs
    absent = [need for need in needs if ctx.missing_categories(need.categories)]
    missing += [code for n in absent for code in ctx.missing_categories(n.categories)]
    given = [need for need in needs if need not in absent]
    if any(not code.startswith("category:") for code in missing) or not given:
        return unknown(part, "share", missing)
    selection = _select(part, ctx)
    if selection.missing:
        return unknown(part, "share", selection.missing, notes=selection.notes)
    who = walker_of(part.walker, ctx.city)
    limit = circle_limit(part, ctx, who)
    trips = {need.id: _trip(part, need, who) for need in given}
    points = _points(part, trips, limit, ctx)
    if not selection.chosen.all():
        points = points[selection.chosen]
    if not len(points):
        verdict = judge_share((0, 0, 0), part.target_share, due=demanded(part, ctx.as_of))
        return Outcome((verdict,), gaps=no_gaps(), notes=(*selection.notes, NO_DEMAND))
    group, weight, remarks = people_weights(part, points)
    case = Case(part, ctx, points, group, weight, limit, trips)
    remarks = [*selection.notes, *remarks, *_undecided(selection), *circle_notes(case)]
    if absent:
        return _without(part, case, missing, remarks)
    return _with_all(part, case, remarks)


def _trip(part: Circle, need: Need, who: Walker) -> Trip:
    return Trip(need.categories, who, part.mode, part.facility_level, part.k)


def _undecided(selection: Selection) -> list[LocalizedText]:
    count = int(selection.undecided.sum())
    if not count:
        return []
    return [
        LocalizedText(
            f"{count} 个居民点所在单元未注明是否适用，未计入",
            f"{count} demand points lie in units that do not say whether it applies: not counted",
        )
    ]


def _missing(part: Circle, ctx: Context) -> list[str]:
    missing = []
    if part.mode == "drive" and ctx.city.drive is None:
        missing.append("layer:drive")
    if not len(ctx.city.demand):
        missing.append("layer:demand")
    return missing


def _select(part: Circle, ctx: Context) -> Selection:
    """Return which demand points the requirement applies to: those in the units it applies to."""
    found = _applies(part, ctx)
    level = part.chosen.get("level", "leaf")
    if level == "leaf":
        return found
    # Homes in no community are none of a community's.
    of = ctx.city.demand["leaf"].map(ctx.units("leaf")["level"]) == level
    return replace(found, chosen=found.chosen & of, undecided=found.undecided & of)


def _applies(part: Circle, ctx: Context) -> Selection:
    demand = ctx.city.demand
    everywhere = pd.Series(True, index=demand.index)
    if not part.applies:
        return Selection(everywhere, ~everywhere)
    leaves = ctx.tables.get("leaf")
    at = demand["leaf"] if "leaf" in demand else pd.Series(None, index=demand.index)
    chosen, undecided = ~everywhere, everywhere
    found = Selection(chosen, undecided, ("level:leaf",))
    if leaves is None and part.applies.if_unsaid == "applies":
        return Selection(everywhere, ~everywhere, (), (IF_UNSAID,))
    if leaves is not None:
        found = ctx.select("leaf", part.applies)
        chosen = at.map(found.chosen).astype("boolean").fillna(False).astype(bool)
        undecided = at.map(found.undecided).astype("boolean").fillna(True).astype(bool)
        if part.applies.if_unsaid == "applies":
            chosen, undecided = chosen | undecided, ~everywhere
    plain = Applies(urban_rural=part.applies.urban_rural, if_unsaid=part.applies.if_unsaid)
    only_urban_rural = part.applies == plain
    if only_urban_rural and "urban_rural" in demand and demand["urban_rural"].notna().any():
        # Points outside every unit may say themselves what they are.
        remarks = undecided & demand["urban_rural"].notna()
        chosen |= remarks & (demand["urban_rural"] == part.applies.urban_rural)
        return Selection(chosen, undecided & ~remarks, (), found.notes)
    return Selection(chosen, undecided, found.missing, found.notes)


def _points(
    part: Circle, trips: dict[str, Trip], limit: CircleLimit, ctx: Context
) -> gpd.GeoDataFrame:
    """Return the demand with the trip to its farthest need, how many it lacks, and a status."""
    demand = ctx.city.demand
    tables = {key: ctx.travel.cost(trip) for key, trip in trips.items()}
    if not walks_from_home(part):
        tables = {
            key: trips_as_chosen(part, trips[key], t, limit, ctx) for key, t in tables.items()
        }
    costs = {k: t.get("cost", t[limit.basis]).to_numpy(dtype=float) for k, t in tables.items()}
    cost = np.column_stack([*costs.values()])
    worst = cost.argmax(axis=1)
    row = np.arange(len(demand))

    def pick(column: str) -> NDArray[np.generic]:
        columns = [t[column].to_numpy() for t in tables.values()]
        picked: NDArray[np.generic] = np.column_stack(columns)[row, worst]
        return picked

    straight = np.column_stack(
        [
            (table if "straight_m" in table else ctx.travel.straight(trips[key]))["straight_m"]
            for key, table in tables.items()
        ]
    )
    crow = straight[row, worst]
    lacks = (~limit.holds(cost)).sum(axis=1)
    status = np.where(lacks == 0, "covered", "gap").astype(object)
    status[(lacks > 0) & (pick("status") == "island")] = "island"
    status[np.isinf(crow) & (lacks > 0)] = "gap"  # no facility anywhere: no island is to blame
    status[pick("status") == "off_network"] = "off_network"
    reason = np.where(crow > limit.metres + COST_TOLERANCE, "no_facility", "detour").astype(object)
    timed = part.mode == "walk" and limit.basis == "seconds" and walks_from_home(part)
    if timed and ctx.city.network.uneven:
        speed = next(iter(trips.values())).who.speed_m_s
        reason[limit.holds(pick("metres").astype(float) / speed)] = "slow"
    if part.chosen.get("path") == "straight":
        reason[:] = "no_facility"  # no street leads round anything there
    reason[status != "gap"] = status[status != "gap"]
    reason[status == "covered"] = None
    found = demand.assign(
        metres=pick("metres").astype(float),
        seconds=pick("seconds").astype(float),
        facility_id=pick("facility_id"),
        access_m=pick("access_m").astype(float),
        status=status,
        straight_m=crow,
        lacks=lacks,
        reason=reason,
        cost=cost.max(axis=1),
        crow_m=straight.max(axis=1),
    )
    if "any" not in tables:
        extra = {f"{limit.basis}_{key}": values for key, values in costs.items()}
        found = found.assign(**extra)
    return found


def _with_all(part: Circle, case: Case, remarks: list[LocalizedText]) -> Outcome:
    """Sum up the decided points: shares, units, gaps, sensitivity."""
    ctx, points, weight = case.ctx, case.points, case.weight
    due = demanded(part, ctx.as_of)
    target = due.target if due else part.target_share
    covered = case.covered
    inside, total = float(weight[covered].sum()), float(weight.sum())
    verdict = judge_share((inside, total - inside, 0.0), target, due=due)
    verdict, of_unknown = with_unknown_weights(verdict, case)
    remarks = [*remarks, *of_unknown]
    units = circle_rows(ctx, points, weight, target)
    leaf = units[units["level"].isin(("community", "village"))]
    on_foot = walks_from_home(part)
    ground = land_shares(case) if on_foot else pd.Series(dtype="float64")
    units = units.assign(share_land=units["unit_id"].map(ground))
    units.loc[units["level"] == "city", "share_land"] = ground.get("")
    figures = circle_measures(case)
    if on_foot:
        figures |= {"share_land": float(ground[""])} if len(ground) else street_share(case)
        figures |= residential_share(case)
        of_hills, said = slope_figures(case)
        figures, remarks = figures | of_hills, [*remarks, *said]
    figures |= {"units": float(len(leaf)), "units_met": float((leaf["status"] == "met").sum())}
    if target is None and verdict.value is not None:
        remarks = [*remarks, would_meet(verdict.value)]
    spread = expected_coverage(case) if on_foot else None
    if spread is not None:
        odds, shares, said = spread
        figures, remarks = figures | shares, [*remarks, *said]
        points = points.assign(probability=odds)
    return Outcome(
        (verdict,),
        measures=figures,
        units=units,
        gaps=circle_gaps(ctx, points[~covered], weight[~covered], case.group),
        demand=points.drop(columns=["cost", "crow_m"]),
        held=_held(part, case),
        sensitivity=speed_sensitivity(case, on_foot=on_foot),
        missing=(f"values:demand.{case.group}",) if verdict.status == "unknown" else (),
        notes=tuple(remarks),
        space=circle_space(part, case, target) if total else None,
    )


def _held(part: Circle, case: Case) -> Held:
    """Return what of a walk is held against the limit; of a straight line its metres."""
    limit, column = case.limit.value, case.limit.basis
    if part.chosen.get("path") == "straight":
        speed = next(iter(case.trips.values())).who.speed_m_s if column == "seconds" else 1.0
        return Held("straight_m", (limit + COST_TOLERANCE) * speed)
    return Held(column, limit + COST_TOLERANCE)


def _without(part: Circle, case: Case, missing: list[str], remarks: list[LocalizedText]) -> Outcome:
    """Report what is known of a list of needs of which some are not given; nothing is judged."""
    found = circle_measures(case)
    known = {key: value for key, value in found.items() if key.startswith("share_need_")}
    total = float(case.weight.sum())
    if total:
        known["share_of_given_needs"] = float(case.weight[case.covered].sum()) / total
    return unknown(
        part,
        "share",
        missing,
        notes=remarks,
        measures=known,
        demand=case.points.drop(columns=["cost", "crow_m"]),
        held=_held(part, case),
    )

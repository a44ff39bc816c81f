"""radius: the share of residential land, or of people, within the service radius of facilities."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pydantic import Field, model_validator

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray
from livingcircle.io.column_names import ColumnValues
from livingcircle.localized import EMPTY, LocalizedText, number
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.axes import Axis, chosen_axes, usable_axes
from livingcircle.standards.base import (
    Categories,
    FacilityColumn,
    FacilityCondition,
    Metres,
    Needs,
    WalkerName,
    category_words,
    level_words,
)
from livingcircle.standards.context import Context
from livingcircle.standards.judge import demanded, judge_share
from livingcircle.standards.kind import Kind
from livingcircle.standards.outcome import OUTCOME_GAP_COLUMNS, Outcome, no_gaps, unknown
from livingcircle.standards.rows import leaf_sums, share_rows
from livingcircle.standards.space import ReadingAnswer, ReadingSpace
from livingcircle.standards.tables import as_number
from livingcircle.standards.travel import Trip, walker_of
from livingcircle.vocab.groups import Group, group_name
from livingcircle.vocab.levels import HOLDERS
from livingcircle.vocab.strict import Strict
from livingcircle.vocab.texts import localized_name

__all__ = ["Radius", "Tier"]


class Tier(Strict):
    """A radius, and how large a facility has to be (``at_least`` included) for it."""

    metres: Metres
    at_least: float = 0.0
    below: float = float("inf")

    @model_validator(mode="after")
    def _rising(self) -> Tier:
        if not self.at_least < self.below:
            raise ValueError("below must be more than at_least")
        return self


class Radius(Kind):
    """Service radius coverage (服务半径覆盖率): each facility serves as far as its size says.

    Land is measured exactly in a straight line, and on a fine grid along streets.
    """

    denominator: ClassVar[str] = "of"
    kind: Literal["radius"]
    categories: Categories
    tiers: tuple[Tier, ...] = Field(min_length=1)
    size: FacilityColumn = "area_m2"
    of: Literal["residential_land", Group] = "residential_land"
    """What is counted: the area of residential land, or people of a group."""
    path: Literal["straight", "network"] = "straight"
    walker: WalkerName | None = None
    """Whose streets count where the radius is walked."""

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        what, who = category_words(self.categories), self._counted()
        radii = [_tier_words(self, tier) for tier in self.tiers]
        zh, en = "、".join(t.zh for t in radii), ", ".join(t.en for t in radii)
        of = level_words("leaf", self.applies) if self.applies else EMPTY
        by = _BY[self.path]
        return LocalizedText(
            f"{what.zh}服务半径（{zh}，{by.zh}）覆盖的{who.zh}占比"
            + (f"，范围：{of.zh}" if of else ""),
            f"share of {who.en} within the service radius of {what.en} ({en}, {by.en})"
            + (f", in {of.en}" if of else ""),
        )

    def _counted(self) -> LocalizedText:
        if self.of == "residential_land":
            return LocalizedText("居住用地", "residential land")
        return group_name(self.of)

    def needs(self) -> Needs:
        """Return what data the part needs."""
        counted = "land_use" if self.of == "residential_land" else "demand"
        layers = (counted, "network") if self.path == "network" else (counted,)
        columns = (f"facilities.{self.size}",)
        return super().needs() + Needs(self.categories, columns, (), layers)

    def readings(self) -> tuple[Axis, ...]:
        """Return how the radius is measured, and what is counted."""
        counted = tuple(dict.fromkeys((self.of, "residential_land", "residents")))
        axes = (
            Axis("path", ("straight", "network"), self.path),
            Axis("denominator", counted, self.of),
        )
        return chosen_axes(axes, self.reasons)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)


_BY = {
    "straight": LocalizedText("直线距离", "in a straight line"),
    "network": LocalizedText("沿步行路网", "along the streets"),
}


def _tier_words(part: Radius, tier: Tier) -> LocalizedText:
    zh, en = f"{number(tier.metres)} 米", f"{number(tier.metres)} m"
    bounds = []
    if tier.at_least > 0:
        bounds.append(f"≥ {number(tier.at_least)}")
    if np.isfinite(tier.below):
        bounds.append(f"< {number(tier.below)}")
    if bounds:
        size = localized_name("column", part.size)
        zh = f"{size.zh} {' 且 '.join(bounds)} 的 {zh}"
        en = f"{en} where {size.en} {' and '.join(bounds)}"
    return LocalizedText(zh, en)


def _assess(part: Radius, ctx: Context) -> Outcome:
    missing = list(ctx.missing_categories(part.categories))
    land = part.of == "residential_land"
    if land and not len(ctx.residential):
        missing.append("layer:land_use")
    if not land and not len(ctx.city.demand):
        missing.append("layer:demand")
    facilities = _placed(part, ctx)
    sized = as_number(facilities[part.size]) if part.size in facilities else None
    by_size = any(tier.at_least > 0 or np.isfinite(tier.below) for tier in part.tiers)
    if not missing and by_size and len(facilities) and (sized is None or sized.isna().all()):
        missing.append(f"column:facilities.{part.size}")
    if missing:
        return unknown(part, "share", missing)
    chosen, notes, codes = _within(part, ctx)
    if codes:
        return unknown(part, "share", codes, notes=notes)
    members = _land(part, ctx, facilities) if land else _people(part, ctx, facilities)
    members = members if chosen is None else members[members["leaf"].isin(chosen)]
    return _judge(part, ctx, members, notes)


def _within(
    part: Radius, ctx: Context
) -> tuple[pd.Index | None, tuple[LocalizedText, ...], tuple[str, ...]]:
    """Return the leaf units that the requirement applies to, None for everywhere."""
    if not part.applies:
        return None, (), ()
    if not ctx.has("leaf"):
        return (
            (None, (), ()) if part.applies.if_unsaid == "applies" else (None, (), ("level:leaf",))
        )
    found = ctx.select("leaf", part.applies)
    return found.ids, found.notes, found.missing


def _sizes(part: Radius, facilities: gpd.GeoDataFrame) -> tuple[FloatArray, FloatArray]:
    """Return the radius of each facility, and the radius it may have where its size is unknown."""
    size = (
        as_number(facilities[part.size]).to_numpy(dtype=float)
        if part.size in facilities
        else np.full(len(facilities), np.nan)
    )
    sure = np.zeros(len(facilities))
    for tier in part.tiers:
        fits = (size >= tier.at_least) & (size < tier.below)
        fits |= np.isnan(size) & (tier.at_least <= 0) & ~np.isfinite(tier.below)
        sure = np.maximum(sure, np.where(fits, tier.metres, 0.0))
    largest = max(tier.metres for tier in part.tiers)
    return sure, np.where(np.isnan(size), largest, sure)


def _plane(ctx: Context) -> pyproj.CRS:
    """Return a plane with true metres around the city: a zone of UTM is up to 0.04 % off.

    Azimuthal equidistant about the middle of the network; its scale is within 2e-6 of the truth as
    far as 20 km from there (Snyder, Map projections, 1987, eq. 25-15).
    """
    lon, lat = ctx.city.network.node_lonlat.mean(axis=0)
    return pyproj.CRS.from_dict({"proj": "aeqd", "lon_0": lon, "lat_0": lat, "ellps": "WGS84"})


_ROUND = 2e-6


def _served(geometry: GeometryArray, radius: FloatArray) -> shapely.Geometry:
    """Return the union of what lies within each radius; a circle is drawn a little too large.

    A polygon of a circle lies inside it; drawn with its sides touching the circle it holds every
    point at the limit, and errs by 0.02 % of the radius.
    """
    served = radius > 0
    sides = 64
    outer = radius[served] / np.cos(np.pi / (4 * sides))
    return shapely.union_all(shapely.buffer(geometry[served], outer, quad_segs=sides))


def _land(part: Radius, ctx: Context, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the square metres of residential land that are served, may be, and are not."""
    parcels = ctx.residential
    crs = _plane(ctx)
    shapes = parcels.geometry.to_crs(crs).to_numpy()
    at = {name: parcels[name] for name in HOLDERS}
    of_land = parcels["residential"].eq(True).to_numpy()
    whole = shapely.area(shapes)
    if part.path == "network":
        return _land_by_street(part, ctx)
    there = facilities.geometry.to_crs(crs).to_numpy()
    sure, maybe = _sizes(part, facilities)
    served = shapely.area(shapely.intersection(shapes, _served(there, sure)))
    most = served
    if (maybe > sure).any():
        most = shapely.area(shapely.intersection(shapes, _served(there, maybe)))
    return pd.DataFrame(
        {
            **at,
            "met": np.where(of_land, served, 0.0),
            "open": np.where(of_land, most - served, whole),
            "whole": np.where(of_land, whole, 0.0),
        },
        index=parcels.index,
    )


def _trips(part: Radius, ctx: Context, sizes: tuple[Tier, ...]) -> list[tuple[Trip, float]]:
    who = walker_of(part.walker, ctx.city)
    found = []
    for tier in sizes:
        only: tuple[FacilityCondition, ...] = ()
        if tier.at_least > 0 or np.isfinite(tier.below):
            # at_most includes its bound, and below does not.
            high = np.nextafter(tier.below, 0.0) if np.isfinite(tier.below) else None
            low = FacilityCondition.model_construct(
                column=part.size, at_least=tier.at_least, at_most=high, one_of=()
            )
            only = (low,)
        found.append((Trip(part.categories, who, only=only), tier.metres))
    return found


def _land_by_street(part: Radius, ctx: Context) -> pd.DataFrame:
    ground = ctx.residential_land
    points = ground.points
    reached: BoolArray = np.full(len(points), False)
    for trip, metres in _trips(part, ctx, part.tiers):
        if len(ctx.travel.facilities(trip)):
            reached |= ground.cost(trip, "metres") <= metres + COST_TOLERANCE
    m2 = points["km2"].to_numpy() * 1e6
    at = {name: points[name] for name in HOLDERS}
    met = np.where(reached, m2, 0.0)
    return pd.DataFrame({**at, "met": met, "open": 0.0, "whole": m2}, index=points.index)


def _people(part: Radius, ctx: Context, facilities: gpd.GeoDataFrame) -> pd.DataFrame:
    demand = ctx.city.demand
    weight = as_number(demand[part.of]) if part.of in demand else pd.Series(np.nan, demand.index)
    if part.path == "network":
        near: BoolArray = np.full(len(demand), False)
        for trip, metres in _trips(part, ctx, part.tiers):
            if len(ctx.travel.facilities(trip)):
                near |= ctx.travel.cost_in(trip, "metres") <= metres + COST_TOLERANCE
        most = near
    else:
        crs = _plane(ctx)
        there, homes = facilities.geometry.to_crs(crs).to_numpy(), demand.geometry.to_crs(crs)
        sure, maybe = _sizes(part, facilities)
        near, most = _near(homes.to_numpy(), there, sure), _near(homes.to_numpy(), there, maybe)
    at = {n: demand[n] if n in demand else pd.Series(None, demand.index) for n in HOLDERS}
    count = weight.fillna(0.0).to_numpy()
    return pd.DataFrame(
        {**at, "met": np.where(near, count, 0.0), "open": np.where(most & ~near, count, 0.0),
         "whole": count},
        index=demand.index,
    )  # fmt: skip


def _near(homes: GeometryArray, there: GeometryArray, radius: FloatArray) -> BoolArray:
    """Return which homes lie within the radius of one of the facilities."""
    found: BoolArray = np.full(len(homes), False)
    tree = shapely.STRtree(homes)
    for metres in np.unique(radius[radius > 0]):
        some = there[radius == metres]
        pairs = tree.query(some, predicate="dwithin", distance=metres * (1 + _ROUND))
        found[pairs[1]] = True
    return found


def _judge(
    part: Radius, ctx: Context, members: pd.DataFrame, notes: tuple[LocalizedText, ...]
) -> Outcome:
    due = demanded(part, ctx.as_of)
    target = due.target if due else part.target_share
    met, unclear = float(members["met"].sum()), float(members["open"].sum())
    whole = float(members["whole"].sum())
    # Land that may be residential counts on neither side; land that may be served on both.
    of_land = members["whole"] > 0
    may_be = float(members.loc[of_land, "open"].sum())
    verdict = judge_share((met, whole - met - may_be, unclear), target, due=due)
    verdict = replace(verdict, value=met / whole if whole else None, denominator=whole)
    sums = leaf_sums(
        ctx, members.assign(numerator=members["met"], denominator=members["whole"]),
        ["numerator", "denominator"],
    )  # fmt: skip
    rows = share_rows(ctx, sums, ["numerator", "denominator"], target)
    unit = "m2" if part.of == "residential_land" else part.of
    measures = {f"served_{unit}": met, f"all_{unit}": whole}
    codes: tuple[str, ...] = ()
    if unclear:
        measures[f"undecided_{unit}"] = unclear
    if verdict.status == "unknown":
        codes = (f"values:facilities.{part.size}",) if may_be else ("values:land_use.land_use",)
    space = _space(part, ctx, target)
    return Outcome(
        (verdict,),
        measures=measures,
        units=rows,
        gaps=_gaps(part, ctx, members) if verdict.status in ("short", "report") else no_gaps(),
        sensitivity=space.others(),
        missing=codes,
        notes=notes,
        space=space,
    )


def _gaps(part: Radius, ctx: Context, members: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return one row for each leaf unit with land (or people) outside: it, and who lives there."""
    if not ctx.has("leaf"):
        return no_gaps()
    leaves = ctx.units("leaf")
    held = members.groupby("leaf")[["met", "open", "whole"]].sum()
    left = (held["whole"] - held["met"] - held["open"]).reindex(leaves.index).fillna(0.0)
    # Less than a square metre, or a person, is what rounding leaves.
    short = leaves[left > (1.0 if part.of == "residential_land" else 0.5)]
    if not len(short):
        return no_gaps()
    share = (left / held["whole"].reindex(leaves.index)).loc[short.index]
    data: dict[str, ColumnValues] = dict.fromkeys(OUTCOME_GAP_COLUMNS, None)
    data |= {
        "unit_id": short["unit_id"], "unit_name": short["name"], "level": short["level"],
        "town": short["town"], "district": short["district"],
        "people": _left_out(part, ctx, "residents").reindex(short.index),
        "households": _left_out(part, ctx, "households").reindex(short.index),
        "metres": np.nan, "straight_m": np.nan, "reason": "no_facility", "share_left_out": share,
    }  # fmt: skip
    return gpd.GeoDataFrame(data, geometry=short.geometry, index=short.index, crs=short.crs)


def _left_out(part: Radius, ctx: Context, group: Group) -> pd.Series:
    """Return how many of a group live outside, by leaf unit; missing where no home says it."""
    demand = ctx.city.demand
    if group not in demand or not len(demand) or "leaf" not in demand:
        return pd.Series(dtype="float64")
    counted = as_number(demand[group]).groupby(demand["leaf"]).sum(min_count=1)
    homes = _people(part.model_copy(update={"of": group}), ctx, _placed(part, ctx))
    left = (homes["whole"] - homes["met"] - homes["open"]).groupby(homes["leaf"]).sum()
    return left.where(counted.notna())


def _placed(part: Radius, ctx: Context) -> gpd.GeoDataFrame:
    """Return the facilities that have a place, those around the city among them."""
    found = ctx.facilities(part.categories, inside=False)
    return found[found.geometry.notna() & ~found.geometry.is_empty]


def _space(part: Radius, ctx: Context, target: float | None) -> ReadingSpace:
    """Return the share by each way to measure, of land and of people."""
    able = {"path": ("straight", "network"), "denominator": (part.of,)}
    lands = bool(len(ctx.residential))
    people = "residents" in ctx.city.demand and bool(len(ctx.city.demand))
    if lands and people:
        able["denominator"] = tuple(dict.fromkeys((part.of, "residential_land", "residents")))
    axes = usable_axes(part.readings(), able)

    def answer(codes: IntArray) -> ReadingAnswer:
        top, base = np.zeros(len(codes)), np.zeros(len(codes))
        for row, code in enumerate(codes):
            chosen = {axis.name: axis.options[k] for axis, k in zip(axes, code, strict=True)}
            change = {"path": chosen.get("path", part.path)}
            change["of"] = chosen.get("denominator", part.of)
            top[row], base[row] = _served_of(part.model_copy(update=change), ctx)
        goal = np.full(len(codes), np.nan if target is None else target)
        value = np.divide(top, base, out=np.full(len(codes), np.nan), where=base > 0)
        yes = np.ones(len(codes), dtype=bool)
        return ReadingAnswer(value, goal, top, base, ~yes, yes)

    return ReadingSpace(axes, answer)


def _served_of(part: Radius, ctx: Context) -> tuple[float, float]:
    """Return how much is served, of how much."""
    make = _land if part.of == "residential_land" else _people
    members = make(part, ctx, _placed(part, ctx))
    chosen = _within(part, ctx)[0]
    members = members if chosen is None else members[members["leaf"].isin(chosen)]
    return float(members["met"].sum()), float(members["whole"].sum())

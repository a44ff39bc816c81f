"""Figures of a circle: who is counted, the shares side by side, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.localized import LocalizedText, number, percent
from livingcircle.network.rolling import rolling_notes
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.axes import option_name
from livingcircle.standards.base import Applies, category_words
from livingcircle.standards.context import Context
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.tables import as_number
from livingcircle.standards.travel import Trip, walker_words
from livingcircle.vocab.groups import GROUPS, group_name

__all__ = [
    "Case",
    "CircleLimit",
    "circle_measures",
    "circle_notes",
    "land_shares",
    "people_weights",
    "residential_share",
    "street_share",
    "weight_name",
    "would_meet",
]


class CirclePart(Protocol):
    """What the figures of a circle read of its part."""

    @property
    def applies(self) -> Applies: ...
    @property
    def minutes(self) -> float | None: ...
    @property
    def metres(self) -> float | None: ...
    @property
    def also_metres(self) -> Sequence[float]: ...
    @property
    def boundary(self) -> str: ...
    @property
    def walker(self) -> str | None: ...
    @property
    def mode(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def k(self) -> int: ...
    @property
    def all_of(self) -> Sequence[object]: ...
    @property
    def chosen(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class CircleLimit:
    """The limit of a circle in the cost that counts."""

    value: float
    basis: str
    metres: float
    """Its metres on foot, or by vehicle at the highest speed of the network: no way is longer."""

    def holds(self, cost: FloatArray, factor: float = 1.0) -> BoolArray:
        """Return where a cost is within the limit times a factor, inclusive."""
        return np.asarray(cost <= self.value * factor + COST_TOLERANCE)


@dataclass(frozen=True)
class Case:
    """One circle in one city, every demand point decided."""

    part: CirclePart
    ctx: Context
    points: gpd.GeoDataFrame
    """The demand that the requirement applies to, with ``cost``, ``status``, ``lacks``, ..."""
    group: str
    """The column that people are counted by, ``"points"`` where no figure of people is given."""
    weight: FloatArray
    limit: CircleLimit
    trips: Mapping[str, Trip]
    """By the id of the need."""

    @cached_property
    def rows(self) -> IntArray:
        """Rows of the city's demand that the requirement applies to."""
        found = self.ctx.city.demand.index.get_indexer(self.points.index)
        return np.asarray(found, dtype=np.int64)

    @cached_property
    def covered(self) -> BoolArray:
        """Points within the limit of everything that is asked for."""
        return np.asarray((self.points["status"] == "covered").to_numpy(), dtype=bool)


def people_weights(
    part: CirclePart, points: gpd.GeoDataFrame
) -> tuple[str, FloatArray, list[LocalizedText]]:
    """Return the column that people are counted by, their numbers, and what had to stand in."""
    asked = group_name(part.group)
    for name in dict.fromkeys((part.group, "residents", "households", "weight")):
        if name not in points or not as_number(points[name]).sum() > 0:
            continue
        remarks = []
        if name != part.group:
            remarks.append(_stands_in(asked, weight_name(points, name)))
        values = as_number(points[name])
        # What is unknown is not counted here; `with_unknown_weights` says what it may change.
        return name, np.asarray(values.fillna(0.0).to_numpy(), dtype=float), remarks
    return "points", np.ones(len(points)), [_stands_in(asked, group_name("points"))]


def _stands_in(asked: LocalizedText, used: LocalizedText) -> LocalizedText:
    return LocalizedText(
        f"未提供{asked.zh}数据，按{used.zh}计算", f"{asked.en} are not given: counted by {used.en}"
    )


def weight_name(points: gpd.GeoDataFrame, name: str) -> LocalizedText:
    """Return what the people are counted by; ``weight`` says itself what it is."""
    if name != "weight":
        return group_name(name)
    units = points["weight_unit"].dropna().unique() if "weight_unit" in points else []
    text = str(units[0]) if len(units) else "weight"
    return group_name(text)


def circle_measures(case: Case) -> dict[str, float]:
    """Return the shares by every denominator side by side, and what lies behind them."""
    part, points, weight, covered = case.part, case.points, case.weight, case.covered
    found = {"points": float(len(points))}
    if part.mode == "walk":
        found["limit_m"] = case.limit.metres
    if part.minutes is not None:
        found["minutes"] = part.minutes
    for name in GROUPS:
        values = _filled(points, name)
        if values.sum() > 0:
            found[f"share_{name}"] = float(values[covered].sum() / values.sum())
    kind = points["kind"] if "kind" in points else pd.Series("point", index=points.index)
    buildings = (kind == "building").to_numpy()
    if buildings.any():
        found["share_buildings"] = float(covered[buildings].mean())
    elif len(points):
        found["share_points"] = float(covered.mean())
    for status in ("gap", "off_network", "island"):
        found[f"left_out_{status}"] = float(weight[(points["status"] == status).to_numpy()].sum())
    reached = np.isfinite(points["metres"].to_numpy())
    if weight[reached].sum() > 0:
        metres = points["metres"].to_numpy()[reached]
        found["mean_metres"] = float(np.average(metres, weights=weight[reached]))
    return found | _by_need(case)


def land_shares(case: Case) -> pd.Series:
    """Return the share of land within the limit by unit_id, and that of all under ``""``.

    Land is that of the leaf units that the requirement applies to, water and hills included. Empty
    where there are no such units, or where more than one facility is asked for.
    """
    ctx, part = case.ctx, case.part
    if part.k > 1 or not ctx.has("leaf"):
        return pd.Series(dtype="float64")
    inside = ctx.land.of(ctx.select("leaf", part.applies).ids)
    if not inside.any():
        return pd.Series(dtype="float64")
    reached = np.full(len(inside), True)
    for trip in case.trips.values():
        reached &= case.limit.holds(ctx.land.cost(trip, case.limit.basis))
    shares = [pd.Series({"": float(reached[inside].mean())})]
    for which, ids in ctx.land.holders.values():
        held = inside & (which >= 0)
        count = np.bincount(which[held], minlength=len(ids))
        within = np.bincount(which[held & reached], minlength=len(ids))
        some = count > 0
        shares.append(pd.Series(within[some] / count[some], index=ids[some]))
    found: pd.Series = pd.concat(shares)
    return found


def residential_share(case: Case) -> dict[str, float]:
    """Return the share of the residential land within the limit; empty where no layer gives it."""
    ctx, part = case.ctx, case.part
    if part.k > 1 or not ctx.residential["residential"].eq(True).any():
        return {}
    ground = ctx.residential_land
    inside = np.full(len(ground.points), True)
    if part.applies and ctx.has("leaf"):
        inside = ground.of(ctx.select("leaf", part.applies).ids)
    if not inside.any():
        return {}
    reached = inside.copy()
    for trip in case.trips.values():
        reached &= case.limit.holds(ground.cost(trip, case.limit.basis))
    return {"share_residential_land": float(reached.sum() / inside.sum())}


def street_share(case: Case) -> dict[str, float]:
    """Return the share of street metres within the limit, where no unit says what the land is."""
    trips = list(case.trips.values())
    if case.part.k > 1 or len(trips) > 1 or trips[0].mode == "drive":
        return {}
    found = case.ctx.travel.reach(trips[0])
    if case.limit.basis == "seconds":
        found = found.in_level_metres
    pieces = found.edges(limit_m=case.limit.metres)
    whole = float(case.ctx.city.network.edge_length_m.sum())
    return {"share_street_metres": float(pieces["length_m"].sum()) / whole}


def _filled(points: gpd.GeoDataFrame, name: str) -> FloatArray:
    if name not in points:
        return np.zeros(len(points))
    return np.asarray(as_number(points[name]).fillna(0.0).to_numpy(), dtype=float)


def _by_need(case: Case) -> dict[str, float]:
    """Return the share that reaches each need of a list, and how many needs people lack."""
    total = float(case.weight.sum())
    if not case.part.all_of or not total:
        return {}
    found = {}
    for key in case.trips:
        cost = case.points[f"{case.limit.basis}_{key}"].to_numpy()
        found[f"share_need_{key}"] = float(case.weight[case.limit.holds(cost)].sum() / total)
    lacks = case.points["lacks"].to_numpy()
    found["mean_needs_lacking"] = float((lacks * case.weight).sum() / total)
    return found


SHARES = (1.0, 0.95, 0.9, 0.8)
"""Coverages that plans commonly ask for."""


def would_meet(value: float) -> LocalizedText:
    """Return which of the usual shares a circle reaches whose plan states none.

    >>> would_meet(0.93).en
    'no coverage is stated, so it is reported: it would meet 80 and 90 %, not 95 or 100 %'
    """
    met = sorted(share for share in SHARES if value >= share - TARGET_TOLERANCE)
    short = sorted(share for share in SHARES if value < share - TARGET_TOLERANCE)
    zh, en = ["未规定覆盖率，仅报告："], []
    if met:
        zh.append("已达到" + "、".join(f"{share:.0%}" for share in met))
        en.append("it would meet " + _listed(met, "and"))
    if met and short:
        zh.append("，")
    if short:
        zh.append("未达到" + "、".join(f"{share:.0%}" for share in short))
        en.append(("not " if met else "it would not meet ") + _listed(short, "or"))
    remarks = "no coverage is stated, so it is reported: " + ", ".join(en)
    return LocalizedText("".join(zh), remarks)


def _listed(shares: Sequence[float], joint: str) -> str:
    words = [f"{share * 100:.0f}" for share in shares]
    head = ", ".join(words[:-1])
    return (f"{head} {joint} {words[-1]}" if head else words[-1]) + " %"


def circle_notes(case: Case) -> list[LocalizedText]:
    """Return what a reader should know: metres of the minutes, lists not given, points left out."""
    part, ctx, points, trips = case.part, case.ctx, case.points, case.trips
    remarks: list[LocalizedText] = []
    if part.minutes is not None and part.mode == "walk":
        limit = part.chosen.get("limit", "walker")
        who = walker_words(next(iter(trips.values())).who)
        who = who if limit == "walker" else option_name("limit", limit)
        flat = ("平地 ", " on level ground") if ctx.city.network.uneven else ("", "")
        remarks.append(
            LocalizedText(
                f"{number(part.minutes)} 分钟 = {flat[0]}{case.limit.metres:,.0f} 米（{who.zh}）",
                f"{number(part.minutes)} min = {case.limit.metres:,.0f} m{flat[1]} ({who.en})",
            )
        )
    for trip in trips.values():
        unheard = [i for i in trip.categories if i not in ctx.known_categories]
        if unheard:
            name = category_words(tuple(unheard))
            remarks.append(
                LocalizedText(
                    f"未提供类别：{name.zh}", f"no list holds: {name.en} (others of the need do)"
                )
            )
        remarks.extend(ctx.level_note(trip.categories, trip.level))
        if not len(ctx.travel.facilities(trip)):
            name = category_words(trip.categories)
            remarks.append(LocalizedText(f"没有{name.zh}", f"there is no {name.en}"))
    if part.mode == "walk":
        remarks += rolling_notes(ctx.city.network, next(iter(trips.values())).who)
    off = (points["status"] == "off_network").to_numpy()
    if off.any():
        remarks.append(_off_network(case, off))
    return remarks


def _off_network(case: Case, off: BoolArray) -> LocalizedText:
    """Return a note on those off the network, in points and people, and the share of the rest."""
    far, count = number(case.ctx.city.max_access_m), int(off.sum())
    people, rest = float(case.weight[off].sum()), float(case.weight[~off].sum())
    zh, en = f"{count:,} 个居民点", f"{count:,} demand point{'s' * (count != 1)}"
    if case.group != "points":
        who = weight_name(case.points, case.group)
        zh += f"（{who.zh} {number(people)}）"
        en += f" ({number(people)} {who.en})"
    nowhere = bool((case.points.geometry.isna().to_numpy() & off).any())
    lie, have = ("lies", "has") if count == 1 else ("lie", "have")
    zh += f"距可步行道路超过 {far} 米" + "或没有坐标" * nowhere + "，计为未覆盖"
    en += f" {lie} over {far} m from any street" + f" or {have} no place" * nowhere
    en += ": counted as left out"
    if rest > 0 and people > 0:
        share = percent(float(case.weight[case.covered].sum()) / rest)
        zh, en = f"{zh}；在路网上的部分为 {share}", f"{en}; of those on the network it is {share}"
    return LocalizedText(zh, en)

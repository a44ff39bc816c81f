"""Crowding: what a capacity leaves for each person when all who can walk to it share it.

The average of a city does not show that one centre is full and the next one
empty. Floating catchments (2SFCA and E2SFCA, see
``livingcircle.routing.catchment``) share each facility's figure among the people within reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.localized import EMPTY, LocalizedText, join, number
from livingcircle.routing.catchment import e2sfca, two_step
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.context import Context
from livingcircle.standards.missing import unknown_people
from livingcircle.standards.tables import as_number
from livingcircle.standards.travel import Trip, walker_of

__all__ = ["FloatingCatchments", "floating_catchments"]

ZONES = 3
"""Zones of the enhanced form: thirds of the catchment, as Luo and Qi (2009) use three."""


@dataclass(frozen=True)
class FloatingCatchments:
    """How many people are left with less than a capacity asks for."""

    measures: Mapping[str, float]
    """``catchment_m``; people with too little by 2SFCA (``crowded``) and by E2SFCA
    (``crowded_e2sfca``), those with nothing within reach among them (``unreached``)."""
    by_leaf: pd.Series
    """Mean of what is within reach, by leaf unit, in the unit of the capacity."""
    note: LocalizedText


def floating_catchments(
    ctx: Context,
    trip_categories: tuple[str, ...],
    level: str | None,
    figure: Mapping[str, float],
    group: str,
    *,
    per: float,
    least: float,
    minutes: float,
    what: LocalizedText,
    who: LocalizedText,
) -> FloatingCatchments | None:
    """Share a figure among all who can walk to it; None where it is unknown who lives where.

    Parameters
    ----------
    trip_categories, level
        Which facilities.
    figure
        Facility_id → places, m² or staff; facilities that state none take no part.
    group
        Column of the demand that shares.
    per, least
        The capacity asks for so much (``least``) for so many people (``per``).
    minutes
        How far people walk, at the pace of the city's walker.
    what, who
        The figure and the group as they are named behind a number.
    """
    demand = ctx.city.demand
    if group not in demand or not ctx.city.network.edge_count:
        return None
    stated_people = as_number(demand[group])
    people = np.asarray(stated_people.fillna(0.0), dtype=np.float64)
    if not people.sum():
        return None
    pace = walker_of(None, ctx.city)
    limit_m = minutes * 60.0 * pace.speed_m_s
    found = ctx.travel.reach(Trip(trip_categories, pace, level=level))
    # Minutes: on slopes the metres are those of level ground.
    cost, ids = found.in_level_metres.matrix(demand, limit_m, anchors=ctx.travel.anchors(found))
    supply = np.array([figure.get(str(i), np.nan) for i in ids], dtype=np.float64)
    stated = np.flatnonzero(np.isfinite(supply))
    if not len(stated):
        return None
    cost, supply, ids = cost[:, stated], supply[stated], ids[stated]
    shared = two_step(cost, people, supply)
    ends = [limit_m * (k + 1) / ZONES for k in range(ZONES)]
    near = e2sfca(cost, people, supply, breaks=ends)
    low = shared.per_head * per < least - COST_TOLERANCE
    out = {
        "catchment_m": limit_m,
        "crowded": float(people[low].sum()),
        "crowded_e2sfca": float(people[near.per_head * per < least - COST_TOLERANCE].sum()),
        "unreached": float(people[np.diff(cost.indptr) == 0].sum()),
    }
    worst = _worst(ctx, ids, shared.ratio * per, shared.load, _rate(per, what, who))
    return FloatingCatchments(
        out,
        _by_leaf(demand.get("leaf"), shared.per_head * per, people),
        join(
            [
                _note(out, minutes, least, per, what, who, worst),
                *unknown_people(int(stated_people.isna().sum()), len(demand)),
            ]
        ),
    )


def _by_leaf(leaf: pd.Series | None, value: FloatArray, people: FloatArray) -> pd.Series:
    if leaf is None:
        return pd.Series(dtype=np.float64)
    at = leaf.to_numpy()
    sums = pd.Series(value * people).groupby(at).sum()
    return sums / pd.Series(people).groupby(at).sum().replace(0.0, np.nan)


def _worst(
    ctx: Context, ids: pd.Index, ratio: FloatArray, load: FloatArray, unit: LocalizedText
) -> LocalizedText:
    """Name the facility that most people crowd into."""
    used = np.flatnonzero(load > 0)
    if not len(used):
        return EMPTY
    k = used[np.lexsort((-load[used], ratio[used]))[0]]
    table = ctx.city.facilities.table
    names = table.loc[table["facility_id"].astype(str) == str(ids[k]), "name"].dropna()
    name = str(names.iloc[0]) if len(names) else str(ids[k])
    rate = number(round(float(ratio[k]), 2))
    return LocalizedText(
        f"；最紧张的是{name}（{rate} {unit.zh}）", f"; the least at {name} ({rate} {unit.en})"
    )


_MANY_ZH = {1.0: "", 100.0: "百", 1000.0: "千", 10_000.0: "万"}


def _rate(per: float, what: LocalizedText, who: LocalizedText) -> LocalizedText:
    """Return what a rate is in: places per 1,000 residents."""
    heads = _MANY_ZH.get(per, f"{number(per)} ") + who.zh
    of = "a head" if per == 1 else f"per {number(per)} {who.en}"
    return LocalizedText(f"{what.zh}/{heads}", f"{what.en} {of}")


def _note(
    out: Mapping[str, float],
    minutes: float,
    least: float,
    per: float,
    what: LocalizedText,
    who: LocalizedText,
    worst: LocalizedText,
) -> LocalizedText:
    low, none = number(out["crowded"]), number(out["unreached"])
    far, much, heads = number(minutes), number(least), number(per)
    rate = LocalizedText(f"每 {heads} {who.zh} {much} {what.zh}", f"{much} {what.en} per {heads}")
    if per == 1:
        rate = LocalizedText(f"人均 {much} {what.zh}", f"{much} {what.en} each")
    return LocalizedText(
        f"若各处只由步行 {far} 分钟内的居民共用：{low} {who.zh}所在之处不足{rate.zh}，"
        f"其中 {none} {who.zh}步行范围内一处也没有{worst.zh}",
        f"if each place were shared by those within a walk of {far} minutes alone, {low} {who.en}"
        f" would have less than {rate.en}, and {none} of them none within their walk{worst.en}",
    )

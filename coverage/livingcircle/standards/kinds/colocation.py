"""colocation: the share of facilities of one category that stand with one of another."""

from __future__ import annotations

from typing import ClassVar, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.localized import LocalizedText, number
from livingcircle.network.entrances import access_points
from livingcircle.network.snap import lonlat_of, to_metres
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.axes import Axis, chosen_axes
from livingcircle.standards.base import (
    Categories,
    Metres,
    Needs,
    Text,
    category_words,
    level_words,
)
from livingcircle.standards.context import Context
from livingcircle.standards.judge import demanded, judge_share, tally
from livingcircle.standards.kind import Kind
from livingcircle.standards.kinds.colocation_space import colocation_axes, colocation_space
from livingcircle.standards.members import member_gaps, member_rows, members_of
from livingcircle.standards.outcome import Outcome, unknown
from livingcircle.standards.ratio_space import AxisOptions, widened
from livingcircle.standards.space import ReadingSpace
from livingcircle.standards.travel import Trip, walker_of
from livingcircle.vocab.categories import normalise

__all__ = ["Colocation"]

NO_FACILITY_JUDGED = LocalizedText("没有可判定的设施", "there is no facility to judge")


class Colocation(Kind):
    """The share of facilities that are one with, share the address of, or stand near another."""

    counts_members: ClassVar[bool] = True
    kind: Literal["colocation"]
    categories: Categories
    with_categories: Categories
    within_m: Metres = 50.0
    """Straight metres between the two that still count as together."""
    facility_level: Text | None = None

    def measured(self) -> LocalizedText:
        """Return what is measured, in one line."""
        one, other = category_words(self.categories), category_words(self.with_categories)
        near = number(self.within_m)
        where = level_words("leaf", self.applies) if self.applies else LocalizedText("", "")
        return LocalizedText(
            f"{where.zh}{one.zh}与{other.zh}同址或相距 {near} 米以内的比例",
            f"share of {one.en} at the address of, or within {near} m of, {other.en}"
            + (f" ({where.en})" if where else ""),
        )

    def needs(self) -> Needs:
        """Return what data the part needs."""
        return super().needs() + Needs((*self.categories, *self.with_categories))

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        return chosen_axes(colocation_axes(), self.reasons)

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part."""
        return _assess(self, ctx)


def _assess(part: Colocation, ctx: Context) -> Outcome:
    """Find for every facility of the first kind whether one of the second stands with it."""
    missing = [
        *ctx.missing_categories(part.categories),
        *ctx.missing_categories(part.with_categories),
    ]
    if missing:
        return unknown(part, "share", missing)
    found = ctx.facilities(part.categories, level=part.facility_level)
    members = members_of(ctx, found, part.applies)
    if members.missing:
        return unknown(part, "share", members.missing, notes=members.notes)
    rows = members.rows
    others = ctx.facilities(part.with_categories, inside=False)
    metres, partner = _nearest(ctx, found, rows, others)
    by_street = part.chosen.get("path") == "network"
    if by_street:
        metres = pd.Series(_walked(ctx, found, rows, part.with_categories), index=rows.index)
    together = _same(rows, others) | (metres.to_numpy() <= part.within_m + COST_TOLERANCE)
    # Without coordinates and without a common address the status is unknown.
    known = together | rows.geometry.notna().to_numpy()
    status = pd.Series(
        np.where(~known, "unknown", np.where(together, "met", "short")), index=rows.index
    ).mask(members.undecided, "unknown")
    counts = tally(status)
    due = demanded(part, ctx.as_of)
    target = due.target if due else part.target_share
    gaps = member_gaps(ctx, rows, status, "apart", partner_id=partner)
    gaps["metres" if by_street else "straight_m"] = metres.reindex(gaps.index)
    measures = {"facilities": float(len(rows)), "together": counts[0], "undecided": counts[2]}
    finite = metres[np.isfinite(metres)]
    if len(finite):
        measures["median_metres_apart"] = float(finite.median())
    return Outcome(
        (judge_share(counts, target, due=due),),
        measures=measures,
        units=member_rows(ctx, rows, status, target),
        gaps=gaps,
        missing=("values:facilities.geometry",) if counts[2] else (),
        notes=(*members.notes, *(() if len(rows) else (NO_FACILITY_JUDGED,))),
        space=_space(part, ctx, target) if len(rows) else None,
    )


def _space(part: Colocation, ctx: Context, target: float | None) -> ReadingSpace:
    """Return the readings: the same facilities, told apart by other distances."""

    def apart(options: AxisOptions) -> tuple[FloatArray, pd.Series]:
        ids = widened(part.categories, options)
        partners = widened(part.with_categories, options)
        found = ctx.facilities(ids, level=part.facility_level)
        members = members_of(ctx, found, part.applies)
        rows, others = members.rows, ctx.facilities(partners, inside=False)
        if options.get("path") == "network":
            metres = _walked(ctx, found, rows, partners)
        else:
            metres = _nearest(ctx, found, rows, others)[0].to_numpy(dtype=float)
        metres = np.where(rows.geometry.notna().to_numpy(), metres, np.nan)
        return np.where(_same(rows, others), 0.0, metres), members.undecided

    both = (*part.categories, *part.with_categories)
    axes = part.readings()
    return colocation_space(axes, ctx, both, part.within_m, target, apart)


def _walked(
    ctx: Context, found: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, partners: Categories
) -> FloatArray:
    """Return the walk from each facility to the nearest of the second kind."""
    here = access_points(found[found.geometry.notna()])
    if not len(here):
        return np.full(len(rows), np.inf)
    trip = Trip(partners, walker_of(None, ctx.city))
    metres = ctx.travel.of_points(trip, here[["geometry"]])["metres"].to_numpy(dtype=float)
    best = pd.Series(metres).groupby(here["facility_id"].to_numpy()).min()
    return np.asarray(rows["facility_id"].map(best).fillna(np.inf), dtype=np.float64)


def _nearest(
    ctx: Context, found: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, others: gpd.GeoDataFrame
) -> tuple[pd.Series, pd.Series]:
    """Return straight metres to the nearest facility of the second kind, and its id."""
    metres = pd.Series(np.inf, index=rows.index)
    partner = pd.Series(None, index=rows.index, dtype=object)
    here = access_points(found[found.geometry.notna()])
    there = access_points(others[others.geometry.notna()])
    if not len(here) or not len(there):
        return metres, partner
    network = ctx.city.network
    tree = cKDTree(to_metres(network, lonlat_of(there, "facility")))
    distance, row = tree.query(to_metres(network, lonlat_of(here, "facility")))
    pairs = pd.DataFrame(
        {
            "facility_id": here["facility_id"].to_numpy(),
            "metres": distance,
            "partner": there["facility_id"].to_numpy()[row],
        }
    )
    best = pairs.sort_values("metres").drop_duplicates("facility_id").set_index("facility_id")
    ids = rows["facility_id"]
    return ids.map(best["metres"]).fillna(np.inf), ids.map(best["partner"])


def _same(rows: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> BoolArray:
    """Return which facilities are one with, or share the written address of, another."""
    same = rows["facility_id"].isin(others["facility_id"])
    if "address" in rows and "address" in others:
        mine, theirs = _plain(rows["address"]), _plain(others["address"])
        same |= mine.notna() & mine.isin(theirs.dropna())
    return np.asarray(same.to_numpy(), dtype=bool)


def _plain(address: pd.Series) -> pd.Series:
    """Return addresses as they are compared: one width, no spaces; empty ones are missing."""
    text = address.dropna().astype(str).map(normalise).reindex(address.index)
    return text.mask(text == "")

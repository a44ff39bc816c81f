"""How far urban villages are from their nearest facility, by every way to measure it."""

from __future__ import annotations

from typing import Literal, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.network.entrances import entrances
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.context import Context
from livingcircle.standards.tables import as_number, heaviest, middles
from livingcircle.standards.travel import Trip

__all__ = [
    "SHARE_TOLERANCE", "cut_off_by", "is_far", "outline_points", "village_edges", "village_points",
    "village_table", "weights",
]  # fmt: skip

SHARE_TOLERANCE = 1e-9
_EDGE_STEP_M = 25.0
"""Outline points this far apart: none is farther than half of it from the nearest one."""


class VillagePart(Protocol):
    """What the distances read of a requirement's part."""

    @property
    def metres(self) -> float:
        """The distance that makes a candidate."""

    @property
    def share_beyond(self) -> float:
        """The share of a village's demand that may be unreached."""

    @property
    def boundary(self) -> Literal["inclusive", "exclusive"]:
        """Whether exactly ``metres`` makes a candidate."""


def village_points(
    ctx: Context, trip: Trip, villages: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.Series, str]:
    """Return the villages' demand with its trip, the weight of each point, and what it is."""
    demand = ctx.city.demand
    cost, crow = ctx.travel.cost(trip), ctx.travel.straight(trip)
    points = demand.assign(
        **{n: cost[n] for n in cost.columns}, **{n: crow[n] for n in crow.columns}
    )
    village = points.get("urban_village")
    if village is None or not village.notna().any():
        joined = gpd.sjoin(points[["geometry"]], villages[["geometry"]], predicate="within")
        at = joined[joined.columns[-1]]
        village = at[~at.index.duplicated()].reindex(points.index)
    points = points.assign(urban_village=village)
    points = points[points["urban_village"].isin(villages.index)]
    return points, *weights(points)


def weights(points: gpd.GeoDataFrame) -> tuple[pd.Series, str]:
    """Return what each point counts for, and by which column."""
    for name in ("residents", "households"):
        if name in points and as_number(points[name]).sum() > 0:
            return as_number(points[name]).fillna(0.0), name
    return pd.Series(1.0, index=points.index), "points"


def village_table(
    part: VillagePart,
    ctx: Context,
    villages: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    weight: pd.Series,
    trip: Trip,
) -> gpd.GeoDataFrame:
    """Return one row per village with its distances by every way to measure."""
    at = points["urban_village"]
    weight = _weight_of_each(weight, at)
    metres, line = points["metres"], points["straight_m"]
    reached, led = np.isfinite(metres), np.isfinite(line)
    sums = pd.DataFrame(
        {
            "w": weight,
            "w_reached": weight.where(reached, 0.0),
            "m": (metres * weight).where(reached, 0.0),
            "w_beyond": weight.where(is_far(part, metres), 0.0),
            "w_led": weight.where(led, 0.0),
            "s": (line * weight).where(led, 0.0),
            "points": 1.0,
        }
    ).groupby(at)
    total = sums.sum().reindex(villages.index)
    finite = metres.where(reached).groupby(at)
    people = ctx.people("urban_village").reindex(villages.index)
    nearest = _most_used(points, weight, at).reindex(villages.index)
    centre, edge = _centres(ctx, trip, villages), _edges(ctx, trip, villages)
    mean = (total["m"] / total["w_reached"].where(total["w_reached"] > 0)).where(
        total["w"] > 0, np.nan
    )
    # Nothing reached at all is beyond every distance; no demand at all is measured at the middle.
    none = total["points"].isna()
    mean = mean.mask(~none & mean.isna(), np.inf).mask(none, centre["metres"])
    beyond = (total["w_beyond"] / total["w"]).mask(none, is_far(part, mean) * 1.0)
    # Homes in a community without a facility have no line of their own, as they have no walk.
    straight = (total["s"] / total["w_led"].where(total["w_led"] > 0)).fillna(np.inf)
    straight = straight.mask(none, centre["straight_m"])
    unreached = (1.0 - total["w_reached"] / total["w"]).fillna(0.0)
    return gpd.GeoDataFrame(
        {
            "unit_id": villages["unit_id"],
            "name": villages["name"],
            "level": "urban_village",
            "town": villages["town"],
            "district": villages["district"],
            "residents": people["residents"],
            "households": people["households"],
            "points": total["points"].fillna(0.0),
            "facility_id": nearest["facility_id"].fillna(centre["facility_id"]),
            "metres": mean,
            "metres_min": finite.min().reindex(villages.index).fillna(mean),
            "metres_max": finite.max().reindex(villages.index).fillna(mean),
            "share_beyond": beyond,
            "share_unreached": unreached,
            "straight_m": straight,
            "straight_id": nearest["straight_id"].fillna(centre["straight_id"]),
            # Unreached people are beyond every distance, so a village of mostly those is too.
            "by_mean": mean.mask(unreached > part.share_beyond + SHARE_TOLERANCE, np.inf),
            "by_nearest_edge": edge,
            "by_centre": centre["metres"],
            "by_share": beyond,
            "status_points": nearest["status"].fillna(centre["status"]),
        },
        geometry=villages.geometry,
        index=villages.index,
        crs=villages.crs,
    )


def cut_off_by(points: gpd.GeoDataFrame, weight: pd.Series) -> pd.Series:
    """Return, by village, why most of those who reach nothing do not: none where all reach it."""
    lost = points[np.isinf(points["metres"])]
    why = lost["status"].mask(np.isinf(lost["straight_m"]), "no_facility")
    own = _weight_of_each(weight, points["urban_village"])
    return heaviest(why, lost["urban_village"], own.loc[lost.index])


def _weight_of_each(weight: pd.Series, at: pd.Series) -> pd.Series:
    """Return the weights; a village whose points all weigh nothing is measured by its points."""
    return weight.mask(weight.groupby(at).transform("sum") == 0, 1.0)


def is_far(part: VillagePart, metres: pd.Series, factor: float = 1.0) -> pd.Series:
    """Return which distances make a candidate."""
    if part.boundary == "inclusive":
        return metres >= part.metres * factor - COST_TOLERANCE
    return metres > part.metres * factor + COST_TOLERANCE


def _most_used(points: gpd.GeoDataFrame, weight: pd.Series, at: pd.Series) -> pd.DataFrame:
    """Return the nearest centre on foot and in a straight line, and the status, of most weight."""
    names = ("facility_id", "straight_id", "status")
    return pd.DataFrame({name: heaviest(points[name], at, weight) for name in names})


def _centres(ctx: Context, trip: Trip, villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the trip from a point inside each village, as near its middle as can be."""
    middle = villages[["geometry"]].set_geometry(middles(villages.geometry, ctx.city.network.crs_m))
    found = ctx.travel.of_points(trip, middle)
    crow = ctx.travel.straight(trip, middle)
    return pd.DataFrame(found.drop(columns="geometry")).join(crow)


def _edges(ctx: Context, trip: Trip, villages: gpd.GeoDataFrame) -> pd.Series:
    """Return the walk from the nearest point of each village's outline.

    Points every 25 m, and those where a street crosses it: there a way out has no access leg.
    """
    points = village_edges(ctx, villages)
    found = ctx.travel.of_points(trip, gpd.GeoDataFrame(geometry=points))
    nearest_m: pd.Series = found["metres"].groupby(level=0).min().reindex(villages.index)
    return nearest_m


def village_edges(ctx: Context, villages: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return points along the outline of each village, EPSG:4326, on the villages' index."""
    return outline_points(ctx, villages).geometry


def outline_points(ctx: Context, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the points of ``village_edges`` with what each is.

    Returns
    -------
    GeoDataFrame
        ``how``: "step" along the outline, "crossing" where a street meets it, "nearest" to a
        street where none does.
    """
    network = ctx.city.network
    local = villages.geometry.to_crs(network.crs_m)
    outline = shapely.segmentize(shapely.boundary(local.to_numpy()), _EDGE_STEP_M)
    steps = gpd.GeoSeries(
        shapely.extract_unique_points(outline), index=villages.index, crs=local.crs
    ).to_crs(4326)
    # Every crossing counts, also two that are one entrance: which is first is by chance.
    found = entrances(network, villages.geometry, apart_m=0.0)
    stepped = gpd.GeoDataFrame({"how": "step"}, index=steps.index, geometry=steps)
    points = pd.concat([stepped, found]).explode(index_parts=False)
    return points[points.geometry.notna()]

"""How crowded the facilities of a city are, and what that leaves for each person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.arguments import check_type, number_from
from livingcircle.city.model import City
from livingcircle.errors import ConfigError
from livingcircle.network.entrances import access_points
from livingcircle.routing.catchment import e2sfca, two_step
from livingcircle.routing.engine import reach

__all__ = ["Crowding", "crowding"]


@dataclass(frozen=True, eq=False, repr=False)
class Crowding:
    """How crowded each facility is, and what that leaves for each person."""

    demand: gpd.GeoDataFrame
    """The city's demand with ``per_head`` (supply per person), ``per_1000`` and ``facilities``
    (number within reach)."""
    facilities: gpd.GeoDataFrame
    """The facilities that state a supply, with ``supply``, ``load`` (people who share it) and
    ``per_1000`` (supply for 1,000 of them)."""
    unused: float
    """Supply that no demand point reaches."""
    unstated: int
    """Facilities that do not state their supply, and so take no part."""
    uncounted: int
    """Demand points within reach of a facility that state no number of people: unknown, not zero.
    They take no part, so loads are lower bounds and what is left per head is an upper one."""

    def __repr__(self) -> str:
        parts = [f"{len(self.facilities)} facilities", f"{len(self.demand)} demand points"]
        if self.uncounted:
            parts.append(f"{self.uncounted} within reach state no number of people")
        return f"Crowding({', '.join(parts)})"


def crowding(
    city: City,
    category: str | Sequence[str],
    supply: str,
    *,
    limit_m: float | None = None,
    minutes: float | None = None,
    group: str = "residents",
    breaks: Sequence[float] | None = None,
    weights: Sequence[float] | None = None,
) -> Crowding:
    """Share the places, m² or staff of a category among all who can walk there.

    Parameters
    ----------
    city
        A city as ``read_city`` gives it.
    category
        Vocabulary ids or Chinese names.
    supply
        A column of the facilities: ``places``, ``area_m2``, ``staff``, ...
    limit_m, minutes
        One of them: how far people walk. With ``breaks`` it is their last one by default.
    group
        Column of the demand that shares.
    breaks, weights
        Zones of the enhanced form, in metres (in minutes with ``minutes``); weights Gaussian where
        not given.

    Raises
    ------
    ConfigError
        No limit or two, zones that do not ascend, or a column in which nobody states a figure.
    WrongTypeError
        No city, or a limit that is no number.

    Examples
    --------
    >>> import livingcircle as lc
    >>> city = lc.read_city("data/sample/city.toml")
    >>> "per_1000" in lc.crowding(city, "nursery", "places", minutes=15).demand
    True
    """
    check_type(city, "city", City, "read_city")
    if breaks is not None:
        breaks = [number_from(end, "breaks") for end in np.atleast_1d(breaks).tolist()]
        if breaks and limit_m is None and minutes is None:
            limit_m = max(breaks)
    if (limit_m is None) == (minutes is None):
        raise ConfigError(
            "state limit_m or minutes",
            field="limit_m",
            hint="Give one of them: how far people walk.",
        )
    table = city.facilities.of(category)
    figure = table[supply] if supply in table else pd.Series(np.nan, index=table.index)
    stated = table[pd.to_numeric(figure, errors="coerce").notna() & table.geometry.notna()]
    if not len(stated):
        raise ConfigError(
            f"no facility of {category} states {supply}",
            field=str(supply),
            hint="Give the column, or name another one.",
        )
    if group not in city.demand:
        raise ConfigError(
            f"the demand has no column '{group}'",
            field=group,
            hint="Give the column, or name another one.",
        )
    heads = pd.to_numeric(city.demand[group], errors="coerce").to_numpy(dtype=float)
    unknown = np.isnan(heads)
    if unknown.all():
        raise ConfigError(
            f"no demand point states a number in the column '{group}'",
            field=group,
            hint="Give the column, or name another one.",
        )
    people = np.where(unknown, 0.0, heads)
    found = reach(
        city.network,
        access_points(stated),
        walker=city.walker,
        max_access_m=city.max_access_m,
    )
    cost, ids = found.matrix(city.demand, limit_m, minutes=minutes)
    own = stated.drop_duplicates("facility_id").set_index("facility_id").loc[ids]
    amount = own[supply].to_numpy(dtype=float)
    if breaks is None:
        shared = two_step(cost, people, amount)
    else:
        # Seconds are what a matrix in minutes holds.
        ends = [float(b) * (60.0 if minutes is not None else 1.0) for b in breaks]
        shared = e2sfca(cost, people, amount, breaks=ends, weights=weights)
    within = np.diff(cost.indptr)
    demand = city.demand.assign(
        per_head=shared.per_head,
        per_1000=1000 * shared.per_head,
        facilities=within,
    )
    facilities = own.reset_index().assign(
        supply=amount, load=shared.load, per_1000=1000 * shared.ratio
    )
    places = gpd.GeoDataFrame(facilities, geometry="geometry", crs=stated.crs)
    uncounted = int((unknown & (within > 0)).sum())
    return Crowding(demand, places, shared.unused, len(table) - len(stated), uncounted)

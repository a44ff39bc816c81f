"""Floating catchments: what a place has per person when everybody who can walk there shares it.

A crowded centre counts as crowded. Step one divides each supply by the people within its reach,
step two adds up, for each demand point, the shares of all supplies within its reach
(2SFCA: Luo and Wang 2003, https://doi.org/10.1068/b29120). The enhanced form weighs near walks
more than far ones (E2SFCA: Luo and Qi 2009, https://doi.org/10.1016/j.healthplace.2009.06.002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from livingcircle._types import FloatArray
from livingcircle.errors import ConfigError, InputError
from livingcircle.network.entrances import access_points
from livingcircle.reach.engine import reach

if TYPE_CHECKING:
    from livingcircle.city import City

__all__ = ["Catchment", "Crowding", "crowding", "e2sfca", "gaussian_weights", "two_step"]


@dataclass(frozen=True)
class Catchment:
    """Supply per head, and how it comes about."""

    per_head: FloatArray
    """(n,) supply (places, m², staff) a head of demand; 0 where nothing is reached."""
    load: FloatArray
    """(m,) weighted demand that shares each supply."""
    ratio: FloatArray
    """(m,) supply a head of that demand; 0 where nobody is in reach."""
    unused: float
    """Supply that nobody reaches; the rest is handed out in full: ``demand @ per_head + unused``
    is the sum of the supply."""


def two_step(
    cost: csr_array, demand: FloatArray, supply: FloatArray, *, limit: float | None = None
) -> Catchment:
    """Share each supply equally among all demand within reach (2SFCA).

    Parameters
    ----------
    cost
        (n, m) metres or seconds from demand to supply, explicit entries only where known;
        as :meth:`livingcircle.reach.engine.Reach.matrix` gives it.
    demand
        (n,) people (or households) at each demand point.
    supply
        (m,) places, m² or staff of each facility.
    limit
        Reach in the unit of ``cost``, inclusive; None = every entry is within.

    Examples
    --------
    Two centres of 100 places; 50 people reach both, 150 only the second one:

    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> walk = csr_array(np.array([[200.0, 400.0], [0.0, 300.0]]))
    >>> two_step(walk, np.array([50.0, 150.0]), np.array([100.0, 100.0])).per_head
    array([2.5, 0.5])
    """
    weights = np.ones(cost.nnz)
    if limit is not None:
        weights = np.where(cost.data <= limit * (1 + 1e-12) + 1e-6, 1.0, 0.0)
    return _share(cost, weights, demand, supply)


def e2sfca(
    cost: csr_array,
    demand: FloatArray,
    supply: FloatArray,
    *,
    breaks: Sequence[float],
    weights: Sequence[float],
) -> Catchment:
    """Share each supply among the demand within reach, the near ones weighing more (E2SFCA).

    Parameters
    ----------
    cost, demand, supply
        As for :func:`two_step`.
    breaks
        Upper ends of the zones, ascending, inclusive; beyond the last one nothing is in reach.
    weights
        Weight of each zone, 1 for the nearest as a rule, not increasing.

    Raises
    ------
    ConfigError
        Breaks that do not ascend, or weights that do not fit them.
    """
    ends, steps = np.asarray(breaks, np.float64), np.asarray(weights, np.float64)
    if not len(ends) or len(ends) != len(steps):
        raise ConfigError(f"{len(ends)} zone ends and {len(steps)} weights: one weight a zone")
    if (np.diff(ends) <= 0).any() or ends[0] < 0:
        raise ConfigError("zone ends must ascend", field="breaks")
    if (steps < 0).any() or (np.diff(steps) > 0).any():
        raise ConfigError("zone weights must be from 0 up and not increase", field="weights")
    zone = np.searchsorted(ends + 1e-6, cost.data, side="left")
    return _share(cost, np.append(steps, 0.0)[zone], demand, supply)


def gaussian_weights(breaks: Sequence[float], *, last: float = 0.01) -> FloatArray:
    """Return zone weights that fall like a Gaussian from 1 in the first zone to ``last``.

    Each zone is taken at its middle. Luo and Qi (2009) use 1, 0.68, 0.22 for zones of 0-10, 10-20
    and 20-30 minutes with their slow decay, and 1, 0.42, 0.09 with the fast one.
    """
    ends = np.asarray(breaks, np.float64)
    middle = (np.r_[0.0, ends[:-1]] + ends) / 2 - ends[0] / 2
    if len(ends) == 1:
        return np.ones(1)
    return np.asarray(np.exp(np.log(last) * (middle / middle[-1]) ** 2))


def _share(
    cost: csr_array, weights: FloatArray, demand: FloatArray, supply: FloatArray
) -> Catchment:
    """Both steps, with a weight on each entry."""
    n, m = cost.shape
    demand, supply = np.asarray(demand, np.float64), np.asarray(supply, np.float64)
    for name, values, length in (("demand", demand, n), ("supply", supply, m)):
        if values.shape != (length,):
            raise InputError(f"{name} has {values.shape} values, expected {length}", field=name)
        if not np.isfinite(values).all() or (values < 0).any():
            raise InputError(f"{name} has a value that is no number from 0 up", field=name)
    reached = csr_array((weights, cost.indices, cost.indptr), shape=(n, m))
    load = np.asarray(reached.T @ demand)
    ratio = np.divide(supply, load, out=np.zeros(m), where=load > 0)
    per_head = np.asarray(reached @ ratio)
    return Catchment(per_head, load, ratio, float(supply[load <= 0].sum()))


@dataclass(frozen=True, eq=False, repr=False)
class Crowding:
    """How crowded each facility is, and what that leaves for everybody."""

    demand: gpd.GeoDataFrame
    """The city's demand with ``per_head`` (supply a head), ``per_1000`` and ``facilities`` (number
    within reach)."""
    facilities: gpd.GeoDataFrame
    """The facilities that state a supply, with ``supply``, ``load`` (people who share it) and
    ``per_1000`` (supply for 1,000 of them)."""
    unused: float
    """Supply that nobody reaches."""
    unstated: int
    """Facilities that do not state their supply, and so take no part."""

    def __repr__(self) -> str:
        return f"Crowding({len(self.facilities)} facilities, {len(self.demand)} demand points)"


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
        One of them: how far people walk. With ``breaks`` it is their last one and need not be said.
    group
        Column of the demand that shares.
    breaks, weights
        Zones of the enhanced form, in metres (in minutes with ``minutes``); weights Gaussian where
        not given.

    Raises
    ------
    ConfigError
        No limit, or a column that nobody states.

    Examples
    --------
    >>> import livingcircle as lc
    >>> from livingcircle.catchment import crowding
    >>> city = lc.read_city("data/sample/city.toml")  # doctest: +SKIP
    >>> crowding(city, "nursery", "places", minutes=15).demand["per_1000"]  # doctest: +SKIP
    """
    if breaks is not None and limit_m is None and minutes is None:
        limit_m = float(max(breaks))
    if (limit_m is None) == (minutes is None):
        raise ConfigError("state limit_m or minutes", field="limit_m")
    table = city.facilities.of(category)
    stated = table[
        pd.to_numeric(table.get(supply), errors="coerce").notna() & table.geometry.notna()
    ]
    if supply not in table or not len(stated):
        raise ConfigError(
            f"no facility of {category} states {supply}",
            field=supply,
            mend="Give the column, or name another one.",
        )
    if group not in city.demand:
        raise ConfigError(f"the demand has no column '{group}'", field=group)
    people = pd.to_numeric(city.demand[group], errors="coerce").fillna(0.0).to_numpy(dtype=float)
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
        falls = list(gaussian_weights(ends)) if weights is None else list(weights)
        shared = e2sfca(cost, people, amount, breaks=ends, weights=falls)
    demand = city.demand.assign(
        per_head=shared.per_head,
        per_1000=1000 * shared.per_head,
        facilities=np.diff(cost.indptr),
    )
    facilities = own.reset_index().assign(
        supply=amount, load=shared.load, per_1000=1000 * shared.ratio
    )
    places = gpd.GeoDataFrame(facilities, geometry="geometry", crs=stated.crs)
    return Crowding(demand, places, shared.unused, len(table) - len(stated))

"""Land: how much of the ground of some units lies within reach of a service, by a fine grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.city.assign_units import locate
from livingcircle.network.cached_anchors import cached_anchors
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, lonlat_of
from livingcircle.routing.engine import Reach
from livingcircle.routing.limits import Limit
from livingcircle.standards.travel import Travel, Trip
from livingcircle.vocab.levels import HOLDERS

__all__ = ["PARCEL_POINTS", "Land"]

POINTS = 40_000
"""Points in all units together: shares are then right to about half a per cent."""
PARCEL_POINTS = 20_000
"""Points in all parcels together: they are a part of the ground."""
FINEST_M, COARSEST_M = 5.0, 500.0
_MOST_CELLS = 4_000_000
"""No more cells are looked at: a long thin unit across its rectangle gets a coarser grid."""


@dataclass
class Land:
    """The ground of a city's leaf units as a grid; each point stands for a building there.

    A polygon drawn along covered streets measures streets. What a planner means by land is where a
    house could stand and have the service: each point walks to its nearest street and on, like any
    demand, and is out where the street is farther than the access limit.
    """

    travel: Travel
    leaves: gpd.GeoDataFrame
    """Communities and villages, or parcels, with the ``unit_id``, ``town`` and ``district`` that
    each lies in, EPSG:4326."""
    most: int = POINTS
    """So many points in all areas together."""
    _anchors: dict[WalkNetwork, Anchors] = field(default_factory=dict)
    _cost: dict[tuple[Trip, str], FloatArray] = field(default_factory=dict)

    @cached_property
    def points(self) -> gpd.GeoDataFrame:
        """Points of the grid that lie in a unit: ``leaf``, ``town``, ``district``, EPSG:4326."""
        crs = self.travel.city.network.crs_m
        shapes = self.leaves.geometry.to_crs(crs)
        area = float(shapes.area.sum())
        step = float(np.clip(np.sqrt(area / self.most), FINEST_M, COARSEST_M))
        step = _affordable(shapes.bounds.to_numpy(dtype=float), step)
        x, y = _cells(shapes.bounds.to_numpy(dtype=float), step)
        grid = gpd.GeoSeries(shapely.points(x, y), crs=crs)
        row = locate(gpd.GeoDataFrame(geometry=shapes), grid.to_numpy())
        inside = row >= 0
        unit = self.leaves.iloc[row[inside]]
        columns = zip(HOLDERS, ("unit_id", "town", "district"), strict=True)
        data = {name: unit[column].to_numpy(object) for name, column in columns}
        data["km2"] = np.full(int(inside.sum()), step * step / 1e6)
        return gpd.GeoDataFrame(data, geometry=grid[inside].to_crs(4326).to_numpy(), crs=4326)

    @cached_property
    def holders(self) -> dict[str, tuple[IntArray, pd.Index]]:
        """By level the unit that holds each point, as a row of the ids; -1: none."""
        return {name: pd.factorize(self.points[name], sort=True) for name in HOLDERS}

    def cost(self, trip: Trip, basis: str) -> FloatArray:
        """Return the cost of a trip from every point, in ``"metres"`` or ``"seconds"``."""
        key = (trip, basis)
        if key not in self._cost:
            found = self.travel.reach(trip)
            by_vehicle = trip.mode == "drive"
            metres, seconds, _ = found.walks(self._anchor(found), Limit(np.inf, by_vehicle))
            if basis == "seconds" and not by_vehicle:
                walk = pd.DataFrame({"metres": metres, "seconds": seconds})
                self._cost[key] = found.seconds_of(walk, trip.who)
            else:
                self._cost[key] = metres if basis == "metres" else seconds
        return self._cost[key]

    def straight(self, trip: Trip) -> FloatArray:
        """Return straight metres from every point to the nearest facility of a trip."""
        key = (trip.searched, "straight")
        if key not in self._cost:
            table = self.travel.straight(trip, self.points)
            self._cost[key] = table["straight_m"].to_numpy(dtype=float)
        return self._cost[key]

    def _anchor(self, found: Reach) -> Anchors:
        key = found.network
        if key not in self._anchors:
            lonlat = lonlat_of(self.points)
            made = cached_anchors(found.network, lonlat[:, 0], lonlat[:, 1], found.max_access_m)
            self._anchors[key] = made
        return self._anchors[key]

    def of(self, units: pd.Index) -> BoolArray:
        """Return which points lie in some of the leaf units, that are named by their ids."""
        which, ids = self.holders["leaf"]
        return np.append(ids.isin(units), False)[which]


def _affordable(bounds: FloatArray, step: float) -> float:
    """Return the step, or a coarser one where the rectangles hold too many cells."""
    sides = bounds[:, 2:] - bounds[:, :2]
    return max(step, float(np.sqrt(np.nansum(sides.prod(axis=1)) / _MOST_CELLS)))


def _cells(bounds: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    """Return the middles of the cells of one grid that lie in any of (n, 4) rectangles, metres.

    The cost is that of the rectangles, not of what lies between them: one unit may be far away.
    """
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return np.zeros(0), np.zeros(0)
    low = bounds.min(axis=0)[:2]
    first = np.floor((bounds[:, :2] - low) / step).astype(np.int64)
    count = np.ceil((bounds[:, 2:] - low) / step).astype(np.int64) - first + 1
    size = count.prod(axis=1)
    owner = np.repeat(np.arange(len(bounds)), size)
    at = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    column = first[owner, 0] + at % count[owner, 0]
    row = first[owner, 1] + at // count[owner, 0]
    cells = np.unique(np.column_stack([row, column]), axis=0)
    middle = low + (cells[:, ::-1] + 0.5) * step
    return middle[:, 0], middle[:, 1]

"""Origins: metres from homes, and from the middles and edges of their communities."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.network.cached_anchors import cached_anchors
from livingcircle.network.entrances import access_points, entrances
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, lonlat_of, to_metres
from livingcircle.routing.engine import Reach
from livingcircle.routing.limits import Limit
from livingcircle.standards.tables import middles
from livingcircle.standards.travel import Travel, Trip

__all__ = ["Origins"]

_EDGE_STEP_M = 50.0
"""Points of an outline this far apart; where streets cross it there is one besides."""
_APART_M = 1e8
"""Communities lie this far apart in a third dimension, so that none sees another's facilities."""


@dataclass
class Origins:
    """Where walks may begin, each with the community it belongs to; distances are kept.

    ``home`` is the demand; ``community_middle`` and ``community_boundary`` are measured once for a
    community and hold for everybody in it.
    """

    travel: Travel
    leaves: gpd.GeoDataFrame
    """Communities and villages, indexed by unit_id, EPSG:4326; may be empty."""
    _metres: dict[tuple[object, ...], tuple[float, FloatArray]] = field(default_factory=dict)
    """How far each was looked for, and what was found."""
    _anchors: dict[tuple[str, WalkNetwork], Anchors] = field(default_factory=dict)

    @cached_property
    def home(self) -> IntArray:
        """(points,) row of the community of each demand point, -1 for none."""
        demand = self.travel.city.demand
        if "leaf" not in demand:
            return np.full(len(demand), -1, dtype=np.int64)
        return self._rows(demand["leaf"])

    @cached_property
    def _homes(self) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(geometry=self.travel.city.demand.geometry)

    @cached_property
    def _middles(self) -> tuple[gpd.GeoDataFrame, IntArray]:
        crs = self.travel.city.network.crs_m
        points = gpd.GeoDataFrame(geometry=middles(self.leaves.geometry, crs))
        return points, np.arange(len(points), dtype=np.int64)

    @cached_property
    def _outlines(self) -> tuple[gpd.GeoDataFrame, IntArray]:
        network = self.travel.city.network
        local = self.leaves.geometry.to_crs(network.crs_m)
        outline = shapely.segmentize(shapely.boundary(local.to_numpy()), _EDGE_STEP_M)
        steps = gpd.GeoSeries(
            shapely.extract_unique_points(outline), index=local.index, crs=local.crs
        ).to_crs(4326)
        crossings = entrances(network, self.leaves.geometry).geometry
        points = pd.concat([steps.explode(index_parts=False), crossings.explode(index_parts=False)])
        points = points[points.notna()]
        return gpd.GeoDataFrame(geometry=points.reset_index(drop=True)), self._rows(points.index)

    def _rows(self, ids: pd.Series | pd.Index) -> IntArray:
        return np.asarray(self.leaves.index.get_indexer(pd.Index(ids)), dtype=np.int64)

    def metres(
        self, trip: Trip, *, start: str, path: str, to: str, limit_m: float, timed: bool = False
    ) -> FloatArray:
        """Return the metres of a trip for every demand point.

        Parameters
        ----------
        trip
            To which facilities.
        start
            ``home``, ``community_middle`` or ``community_boundary``; who lives in no community is
            measured from home.
        path
            ``network`` or ``straight``.
        to
            ``nearest``, or ``own_community``: facilities of the point's own community only.
        limit_m
            Walks to one's own community's facility may be given as inf beyond it.
        timed
            The limit is one of time: on slopes metres are then those of level ground that take as
            long.

        Returns
        -------
        ndarray
            (points,) metres, inf where nothing is reached.
        """
        timed = timed and path == "network"
        searched = self.travel.searched(trip) if timed else trip.searched
        key = (trip if trip.mode == "drive" else searched, trip.k, start, path, to, timed)
        # Others than walks to one's own community's facility are known whatever their length.
        most = limit_m if (path, to) == ("network", "own_community") else np.inf
        if key not in self._metres or self._metres[key][0] < most:
            self._metres[key] = most, self._measured(trip, start, path, to, limit_m, timed)
        return self._metres[key][1]

    def status(self, trip: Trip, start: str) -> NDArray[np.object_]:
        """Return of every demand point whether a trip begins off the streets, or on an island.

        Parameters
        ----------
        trip, start
            As in ``metres``; of several points of a community one on the streets is enough.

        Returns
        -------
        ndarray
            (points,) ``covered`` (something is reached), ``off_network`` or ``island``.
        """
        home = np.asarray(self.travel.cost(trip)["status"], dtype=object)
        if start == "home" or not len(self.leaves):
            return home
        edge = start == "community_boundary"
        points, unit = self._outlines if edge else self._middles
        found = self.travel.reach(trip)
        table = found.at(self._anchor(start, points, found), Limit(np.inf, False))
        ranks = table["status"].map({"off_network": 2, "island": 1}).fillna(0).to_numpy(dtype=int)
        best = np.full(len(self.leaves) + 1, 2)
        np.minimum.at(best, unit, ranks)
        names = np.array(["covered", "island", "off_network"], dtype=object)
        return np.asarray(np.where(self.home >= 0, names[best[self.home]], home), dtype=object)

    def from_middles(self, trip: Trip) -> pd.DataFrame:
        """Return the walks or drives of a trip from the middle of each community, as `Reach.at`."""
        found = self.travel.reach(trip)
        return found.at(self._anchor("community_middle", self._middles[0], found))

    def _measured(
        self, trip: Trip, start: str, path: str, to: str, limit_m: float, timed: bool
    ) -> FloatArray:
        if start == "home":
            homes = self._homes
            return self.from_points(trip, "home", homes, self.home, path, to, limit_m, timed)
        edge = start == "community_boundary"
        points, unit = self._outlines if edge else self._middles
        metres = self.from_points(trip, start, points, unit, path, to, limit_m, timed)
        best = np.full(len(self.leaves) + 1, np.inf)
        np.minimum.at(best, unit, metres)
        home = self.metres(trip, start="home", path=path, to=to, limit_m=limit_m, timed=timed)
        return np.where(self.home >= 0, best[self.home], home)

    def from_points(
        self, trip: Trip, name: str, points: gpd.GeoDataFrame, unit: IntArray,
        path: str, to: str, limit_m: float = np.inf, timed: bool = False,
    ) -> FloatArray:  # fmt: skip
        """Return the metres of a trip from points of one's own.

        Parameters
        ----------
        trip
            As in ``metres``.
        name
            What the points are: their anchors are kept by it.
        points
            Points, EPSG:4326.
        unit
            (points,) row of the community that each belongs to, -1 for none.
        path, to, limit_m, timed
            As in ``metres``.

        Returns
        -------
        ndarray
            (points,) metres, inf where nothing is reached.
        """
        if not len(points):
            return np.zeros(0)
        if to == "own_community":
            if path == "straight":
                return self._own_straight(trip, points, unit)
            return self._own_walk(trip, name, points, unit, limit_m, timed)
        if name == "home":
            if path == "straight":
                return np.asarray(self.travel.straight(trip)["straight_m"], dtype=np.float64)
            if timed:
                return self.travel.cost_in(trip, "seconds") * trip.who.speed_m_s
            return self.travel.cost_in(trip, "metres")
        if path == "straight":
            return np.asarray(self.travel.straight(trip, points)["straight_m"], dtype=np.float64)
        found = self.travel.reach(trip)
        anchors = self._anchor(name, points, found)
        metres, seconds, _ = found.walks(anchors, Limit(np.inf, timed))
        return _level(found, metres, seconds, timed)

    def _anchor(self, name: str, points: gpd.GeoDataFrame, found: Reach) -> Anchors:
        if name == "home":
            return self.travel.anchors(found)
        key = (name, found.network)
        if key not in self._anchors:
            lonlat = lonlat_of(points)
            made = cached_anchors(found.network, lonlat[:, 0], lonlat[:, 1], found.max_access_m)
            self._anchors[key] = made
        return self._anchors[key]

    def _own_straight(self, trip: Trip, points: gpd.GeoDataFrame, unit: IntArray) -> FloatArray:
        """Return straight metres to the nearest facility of the own community."""
        there = access_points(self.travel.facilities(trip))
        owner = self._rows(there["leaf"])
        there, owner = there[owner >= 0], owner[owner >= 0]
        metres = np.full(len(points), np.inf)
        xy = to_metres(self.travel.city.network, lonlat_of(points))
        ask = (unit >= 0) & np.isfinite(xy).all(axis=1)
        if not len(there) or not ask.any():
            return metres
        goal = to_metres(self.travel.city.network, lonlat_of(there, "facility"))
        tree = cKDTree(np.column_stack([goal, owner * _APART_M]))
        far, _ = tree.query(
            np.column_stack([xy[ask], unit[ask] * _APART_M]), distance_upper_bound=_APART_M / 2
        )
        metres[ask] = far
        return metres

    def _own_walk(
        self, trip: Trip, name: str, points: gpd.GeoDataFrame, unit: IntArray,
        limit_m: float, timed: bool,
    ) -> FloatArray:  # fmt: skip
        """Return the walk to the nearest facility of the own community, inf beyond a limit.

        Where the nearest facility of all is one's own it is the answer; the others' are looked up
        pair by pair.
        """
        found = self.travel.reach(trip)
        anchors = self._anchor(name, points, found)
        timed = timed and found.network.uneven
        near = found.at(anchors, Limit(np.inf, timed))
        far = _level(found, near["metres"].to_numpy(), near["seconds"].to_numpy(), timed)
        table = self.travel.facilities(trip)
        owner = pd.Series(self._rows(table["leaf"]), index=table["facility_id"])
        owner = owner[~owner.index.duplicated()]
        nearest = near["facility_id"].map(owner).fillna(-2).to_numpy()
        metres = np.where(nearest == unit, far, np.inf)
        metres[unit < 0] = np.inf
        within = far <= limit_m + 1e-6
        ask = np.flatnonzero(within & (nearest != unit) & np.isin(unit, owner.to_numpy()))
        if not len(ask):
            return metres
        # One's own is seldom far: few are left for the wide searches, that have many pairs.
        for most in _widening(limit_m):
            few = Anchors(*(getattr(anchors, one)[ask] for one in Anchors.__dataclass_fields__))
            if timed:
                # Whoever walks a metre in a second has as many seconds as metres of level ground.
                minutes = None if most is None else most / (60.0 * found.walker.speed_m_s)
                cost, ids = found.matrix(points.iloc[ask], minutes=minutes, anchors=few)
                cost = cost * found.walker.speed_m_s
            else:
                cost, ids = found.matrix(points.iloc[ask], most, anchors=few)
            pairs = cost.tocoo()
            of = owner.reindex(ids).fillna(-1).to_numpy()[pairs.col]
            own = of == unit[ask][pairs.row]
            best = np.full(len(ask), np.inf)
            np.minimum.at(best, pairs.row[own], pairs.data[own])
            metres[ask] = best
            ask = ask[np.isinf(best)]
            if not len(ask):
                break
        return metres


def _widening(limit_m: float) -> tuple[float | None, ...]:
    """Return the limits that searches are made to, one after another; None: whatever is joined."""
    return (limit_m,) if np.isfinite(limit_m) else (1000.0, 3000.0, 9000.0, None)


def _level(found: Reach, metres: FloatArray, seconds: FloatArray, timed: bool) -> FloatArray:
    """Return the metres of walks, on slopes those of level ground if asked for."""
    return seconds * found.walker.speed_m_s if timed and found.network.uneven else metres

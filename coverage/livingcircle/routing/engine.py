"""Reach: the exact cost from the nearest facility to any demand point.

The cost between facility f and point p is leg(f) + the shortest walk between their anchors +
leg(p); metres and seconds are each the least of their own kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from livingcircle._arrays import FloatArray
from livingcircle._lookup import later
from livingcircle.errors import ConfigError
from livingcircle.network.entrances import access_points
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import (
    MAX_ACCESS_M,
    Anchors,
    anchor,
    level_of,
    lonlat_of,
    to_metres,
)
from livingcircle.network.walker import passable, seconds_per_metre
from livingcircle.routing.limits import Limit, within
from livingcircle.routing.linear_referencing import stretch_lines
from livingcircle.routing.route import routes
from livingcircle.routing.search import Field, Links, field_cost, links_within, nearest_field
from livingcircle.routing.service_area import HALF_WIDTH_M, Pieces, circle_polygon, covered_pieces
from livingcircle.routing.split import SplitNetwork, split_network
from livingcircle.vocab.walkers import Walker, walker

__all__ = ["Reach", "reach"]


def reach(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame,
    *,
    walker: str | Walker = "adult",
    max_access_m: float = MAX_ACCESS_M,
) -> Reach:
    """Search the network from facilities.

    Parameters
    ----------
    network
        Walking (or driving) network.
    facilities
        Points in any CRS; ``facility_id`` names them (else the index does). Rows that share a
        ``facility_id`` are entrances of one facility. An area is entered at its ``entrances``
        (MultiPoint column), and without any at the point of its outline nearest to its middle.
    walker
        Profile by name, or a Walker.
    max_access_m
        Longest straight leg between a point and the network, for facilities and demand alike.

    Returns
    -------
    Reach
        Facilities beyond the access limit, or without coordinates, take no part;
        ``Reach.anchors`` tells which.

    Examples
    --------
    >>> import livingcircle as lc
    >>> city = lc.read_city("data/sample/city.toml")  # doctest: +SKIP
    >>> lc.reach(city.network, city.facilities.of("service_centre"))  # doctest: +SKIP
    """
    who = _walker(walker)
    usable = passable(network, who)
    if facilities.crs is not None:
        facilities = access_points(facilities.to_crs(4326))
    ids = facilities["facility_id"] if "facility_id" in facilities else facilities.index.to_series()
    lonlat = lonlat_of(facilities, "facility")
    level = level_of(facilities)
    anchors = anchor(usable, lonlat[:, 0], lonlat[:, 1], max_access_m, level=level)
    return Reach(usable, who, float(max_access_m), ids.to_numpy(), lonlat, anchors)


_walker = walker  # the keyword of the public functions has the same name


@dataclass(frozen=True, eq=False, repr=False)
class Reach:
    """What ``reach`` found; ask it about demand, circles and routes."""

    network: WalkNetwork
    """The network without what the walker cannot use."""
    walker: Walker
    max_access_m: float
    facility_id: Any
    """(rows,) ids of the facility table, row by row."""
    facility_lonlat: FloatArray
    anchors: Anchors
    """Anchors of the facility rows."""

    def __repr__(self) -> str:
        return (
            f"Reach({int(self.anchors.on_network.sum())} of {len(self.anchors)} facilities on"
            f" {self.network.edge_count} edges, walker {self.walker.name})"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return str(later("reach_html")(self))

    def explore(
        self, *, limit_m: float | None = None, minutes: float | None = None, tiles: Any = None
    ) -> Any:
        """Return a folium map of what lies within a limit."""
        return later("explore_reach")(self, limit_m=limit_m, minutes=minutes, tiles=tiles)

    @cached_property
    def split(self) -> SplitNetwork:
        """The network with its edges split at the facilities."""
        return split_network(self.network, self.anchors)

    @cached_property
    def _pace(self) -> FloatArray | None:
        """Seconds a metre by edge; None where all edges are alike and seconds follow metres."""
        if self.network.speed_m_s is None:
            return None
        return seconds_per_metre(self.network, self.walker)

    @cached_property
    def _metres(self) -> Field:
        leg = self.anchors.access_m[self.split.row]
        return nearest_field(self.split, self.split.graph(), leg)

    @cached_property
    def _seconds(self) -> Field:
        """Fastest search; only for edges of different pace."""
        leg = self.anchors.access_m[self.split.row] / self.walker.speed_m_s
        return nearest_field(self.split, self.split.graph(self._pace), leg)

    def _anchor(self, demand: gpd.GeoDataFrame) -> Anchors:
        lonlat, level = lonlat_of(demand), level_of(demand)
        return anchor(self.network, lonlat[:, 0], lonlat[:, 1], self.max_access_m, level=level)

    def to(
        self,
        demand: gpd.GeoDataFrame,
        *,
        limit_m: float | None = None,
        minutes: float | None = None,
        anchors: Anchors | None = None,
    ) -> gpd.GeoDataFrame:
        """Find the nearest facility of each demand point.

        Parameters
        ----------
        demand
            Points in any CRS (areas count by a point inside them).
        limit_m, minutes
            At most one; inclusive. None: every finite distance is ``covered``.
        anchors
            Anchors of the same demand, if they are known already.

        Returns
        -------
        GeoDataFrame
            The rows of ``demand`` in their order and with their index and columns, and
            ``metres``, ``seconds`` (inf where nothing is reached), ``facility_id`` (None there),
            ``access_m`` and ``status``: ``covered``, ``gap``, ``off_network`` or ``island``.
        """
        limit = Limit.of(limit_m, minutes)
        found = self.at(anchors or self._anchor(demand), limit)
        return demand.assign(**{name: found[name].to_numpy() for name in found.columns})

    def at(self, anchors: Anchors, limit: Limit | None = None) -> pd.DataFrame:
        """Find the nearest facility of each anchored point (see ``to``)."""
        at = self.split.locate(anchors.edge, anchors.offset_m)
        leg = anchors.access_m
        metres, row, _ = field_cost(self.split, self._metres, at, leg, None)
        if self._pace is None:
            seconds = metres / self.walker.speed_m_s
        else:
            leg_s = leg / self.walker.speed_m_s
            seconds, by_time, _ = field_cost(self.split, self._seconds, at, leg_s, self._pace)
            if limit is not None and limit.in_seconds:
                row = by_time
        cost = seconds if limit is not None and limit.in_seconds else metres
        status = np.full(len(metres), "gap", dtype=object)
        status[within(cost, np.inf if limit is None else limit.value)] = "covered"
        status[np.isinf(metres)] = "island"
        status[~anchors.on_network] = "off_network"
        ids = np.full(len(metres), None, dtype=object)
        ids[row >= 0] = self.facility_id[row[row >= 0]]
        return pd.DataFrame(
            {
                "metres": metres,
                "seconds": seconds,
                "facility_id": ids,
                "access_m": leg,
                "status": status,
            }
        )

    def _links(self, anchors: Anchors, limit: Limit) -> tuple[Links, Any]:
        """Return the cheapest link of each demand and facility within a limit, and facility ids."""
        split = self.split
        per_metre = 1.0 / self.walker.speed_m_s if limit.in_seconds else 1.0
        pace, fastest = None, 1.0 / per_metre
        if limit.in_seconds:
            pace = seconds_per_metre(self.network, self.walker)
            fastest = max(fastest, float((1.0 / pace).max(initial=0.0)))
        links = links_within(
            split,
            split.graph(pace),
            to_metres(self.network, self._node_lonlat),
            self.anchors.access_m[split.row] * per_metre,
            split.locate(anchors.edge, anchors.offset_m),
            anchors.access_m * per_metre,
            limit=limit.value,
            radius_m=limit.value * fastest,
            pace=pace,
        )
        code, ids = pd.factorize(self.facility_id)
        order = np.lexsort((links.cost, code[links.row], links.demand))
        demand, facility, cost = links.demand[order], code[links.row][order], links.cost[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (demand[1:] != demand[:-1]) | (facility[1:] != facility[:-1])
        return Links(demand[first], facility[first].astype(np.int64), cost[first]), ids

    @property
    def _node_lonlat(self) -> FloatArray:
        split = self.split
        lonlat = np.concatenate([self.network.node_lonlat, self.anchors.lonlat[split.row]])
        return lonlat[split.place]

    def matrix(
        self,
        demand: gpd.GeoDataFrame,
        limit_m: float | None = None,
        *,
        minutes: float | None = None,
        anchors: Anchors | None = None,
    ) -> tuple[csr_array, pd.Index]:
        """Return the cost of every demand point and facility within a limit.

        ``anchors`` are those of the same demand, if they are known already.

        Returns
        -------
        costs, facility_ids
            A sparse (demand, facility) array of metres (seconds for a limit in minutes); what is
            not stored is beyond the limit. A cost of 0 is stored as 1e-9, so that it is kept.
        """
        limit = Limit.of(limit_m, minutes) or Limit(np.inf, False)
        links, ids = self._links(anchors or self._anchor(demand), limit)
        cost = np.maximum(links.cost, 1e-9)
        shape = (len(demand), len(ids))
        return csr_array((cost, (links.demand, links.row)), shape=shape), pd.Index(ids)

    def nearest(
        self,
        demand: gpd.GeoDataFrame,
        k: int,
        *,
        limit_m: float | None = None,
        minutes: float | None = None,
    ) -> pd.DataFrame:
        """Find the k nearest facilities of each demand point.

        Returns
        -------
        DataFrame
            A row a point and rank: ``demand`` (its index label), ``rank`` from 1, ``facility_id``,
            ``metres``, ``seconds``. Points that reach fewer than k have fewer rows. In a network
            to drive on only the cost that the limit is stated in is given.
        """
        if k < 1:
            raise ConfigError(f"k is {k}", field="k", hint="Ask for at least one facility.")
        limit = Limit.of(limit_m, minutes) or Limit(np.inf, False)
        links, ids = self._links(self._anchor(demand), limit)
        order = np.lexsort((links.row, links.cost, links.demand))
        who, facility, cost = links.demand[order], links.row[order], links.cost[order]
        begins = np.searchsorted(who, who, side="left")
        rank = np.arange(len(who)) - begins + 1
        top = rank <= k
        speed = self.walker.speed_m_s
        even = self._pace is None
        unknown = np.full(int(top.sum()), np.nan)
        cost = cost[top]
        metres = (cost * speed if even else unknown) if limit.in_seconds else cost
        seconds = cost if limit.in_seconds else (cost / speed if even else unknown)
        return pd.DataFrame(
            {
                "demand": demand.index.to_numpy()[who[top]],
                "rank": rank[top],
                "facility_id": np.asarray(ids, dtype=object)[facility[top]],
                "metres": metres,
                "seconds": seconds,
            }
        )

    def count_within(
        self,
        demand: gpd.GeoDataFrame,
        *,
        limit_m: float | None = None,
        minutes: float | None = None,
    ) -> pd.Series:
        """Count the facilities within a limit of each demand point, on the demand's index."""
        limit = Limit.of(limit_m, minutes) or Limit(np.inf, False)
        links, _ = self._links(self._anchor(demand), limit)
        count = np.bincount(links.demand, minlength=len(demand))
        return pd.Series(count, index=demand.index, name="facilities")

    def edges(
        self, *, limit_m: float | None = None, minutes: float | None = None
    ) -> gpd.GeoDataFrame:
        """Return the covered pieces of edges: ``edge, from_m, to_m, length_m`` and their lines."""
        pieces, _ = self.pieces(limit_m=limit_m, minutes=minutes)
        lines = stretch_lines(self.network, pieces.edge, pieces.from_m, pieces.to_m)
        columns = {
            "edge": pieces.edge,
            "from_m": pieces.from_m,
            "to_m": pieces.to_m,
            "length_m": pieces.length_m,
        }
        return gpd.GeoDataFrame(columns, geometry=np.atleast_1d(lines), crs=4326)

    def pieces(
        self, *, limit_m: float | None = None, minutes: float | None = None
    ) -> tuple[Pieces, float]:
        """Return covered pieces and the limit in metres (NaN where edges differ in pace)."""
        limit = Limit.of(limit_m, minutes)
        if limit is None:
            raise ConfigError("a circle needs a limit", hint="State limit_m or minutes.")
        if not limit.in_seconds:
            return covered_pieces(self.split, self._metres, limit.value, None), limit.value
        if self._pace is None:
            metres = limit.value * self.walker.speed_m_s
            return covered_pieces(self.split, self._metres, metres, None), metres
        return covered_pieces(self.split, self._seconds, limit.value, self._pace), float("nan")

    def circle(
        self,
        *,
        limit_m: float | None = None,
        minutes: float | None = None,
        walker: str | Walker | None = None,
        half_width_m: float = HALF_WIDTH_M,
    ) -> gpd.GeoDataFrame:
        """Draw what lies within a limit, for the eye and for land area.

        Parameters
        ----------
        limit_m, minutes
            One of them.
        walker
            Another walker than the one searched with, where both use the same edges.
        half_width_m
            Half the width of the band along covered streets.

        Returns
        -------
        GeoDataFrame
            One row in WGS 84: ``limit_m`` (a circle in minutes reports its metres), ``minutes``,
            ``walker``, ``edge_m`` (metres of covered edges), ``area_m2``.
        """
        who = self.walker if walker is None else _walker(walker)
        if who.stairs != self.walker.stairs:
            raise ConfigError(
                f"walker '{who.name}' uses other edges than '{self.walker.name}'",
                field="walker",
                hint="Call reach(..., walker=...) with it.",
            )
        if who != self.walker:
            other = replace(self, walker=who)
            return other.circle(limit_m=limit_m, minutes=minutes, half_width_m=half_width_m)
        pieces, metres = self.pieces(limit_m=limit_m, minutes=minutes)
        polygon, area_m2 = circle_polygon(self.network, pieces, half_width_m)
        row = {
            "limit_m": [metres],
            "minutes": [minutes if minutes is not None else metres / self.walker.speed_m_s / 60],
            "walker": [self.walker.name],
            "edge_m": [float(pieces.length_m.sum())],
            "area_m2": [area_m2],
        }
        return gpd.GeoDataFrame(row, geometry=[polygon], crs=4326)

    def route(self, demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Draw the shortest way from each demand point to its nearest facility.

        Returns
        -------
        GeoDataFrame
            On the index of ``demand``: LineStrings in WGS 84 with both access legs (None where
            nothing is reached), ``metres``, ``seconds``, ``facility_id``.
        """
        anchors = self._anchor(demand)
        found = self.at(anchors)
        at = self.split.locate(anchors.edge, anchors.offset_m)
        lines = routes(
            self.network,
            self.split,
            self._metres,
            at,
            lonlat_of(demand),
            self.facility_lonlat,
        )
        kept = found[["metres", "seconds", "facility_id"]].set_axis(demand.index)
        return gpd.GeoDataFrame(kept, geometry=gpd.GeoSeries(lines, index=demand.index, crs=4326))

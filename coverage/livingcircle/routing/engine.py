"""Reach: the exact cost from the nearest facility to any demand point.

The cost between facility f and point p is leg(f) + the shortest walk between their anchors +
leg(p); metres and seconds are each the least of their own kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from livingcircle._lookup import later
from livingcircle.arguments import number_from, wrong_type
from livingcircle.errors import ConfigError
from livingcircle.io.datum.degrees import in_degrees
from livingcircle.localized import LocalizedText
from livingcircle.network.cached_anchors import cached_anchors
from livingcircle.network.entrances import access_points
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import (
    MAX_ACCESS_M,
    Anchors,
    level_of,
    lonlat_of,
)
from livingcircle.network.walker import passable
from livingcircle.routing.circle_pieces import circle_parts
from livingcircle.routing.circles import CircleGrouping, CircleParts, circle_table, edge_table
from livingcircle.routing.limits import Limit, Limits, within_limit
from livingcircle.routing.pairs import demand_ids, facility_ids
from livingcircle.routing.route import routes
from livingcircle.routing.searched import PointTable, Searched
from livingcircle.routing.service_area import HALF_WIDTH_M
from livingcircle.routing.tables import cost_matrix, count_within, nearest_facilities, od_rows
from livingcircle.vocab.walkers import Walker, walker

if TYPE_CHECKING:
    import folium

__all__ = ["Reach", "reach"]


def reach(
    network: WalkNetwork,
    facilities: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    walker: str | float | Walker = "adult",
    max_access_m: float = MAX_ACCESS_M,
) -> Reach:
    """Search the network from facilities.

    Parameters
    ----------
    network
        Walking (or driving) network.
    facilities
        Points in any CRS (a GeoSeries too); ``facility_id`` names them (else the index does).
        Rows that share a ``facility_id`` are entrances of one facility. An area is entered at its
        ``entrances`` (MultiPoint column), and without any at the point of its outline nearest to
        its middle.
    walker
        Profile by name, a speed in metres per second, or a Walker.
    max_access_m
        Longest straight leg between a point and the network, for facilities and demand alike.

    Returns
    -------
    Reach
        Facilities beyond the access limit, or without coordinates, take no part;
        see ``Reach.anchors``.

    Raises
    ------
    LivingCircleError
        An argument is of a wrong type or makes no sense, or the facilities have no CRS.

    Examples
    --------
    >>> import livingcircle as lc
    >>> city = lc.read_city("data/sample/city.toml")
    >>> reach = lc.reach(city.network, city.facilities.of("service_centre"), walker=1.1)
    >>> bool(reach.to(city.demand, minutes=15)["status"].isin(["covered", "gap"]).any())
    True
    """
    if not isinstance(network, WalkNetwork):
        wanted = LocalizedText(
            "WalkNetwork（用 read_network 读取）", "a WalkNetwork (see read_network)"
        )
        raise wrong_type(network, "network", wanted)
    who = _walker(walker)
    leg_m = number_from(max_access_m, "max_access_m")
    lonlat_of(facilities, "facility")  # refuses what is no table of places
    if isinstance(facilities, gpd.GeoSeries):
        facilities = gpd.GeoDataFrame(geometry=facilities)
    facilities = access_points(in_degrees(facilities, field="facilities"))
    usable = passable(network, who)
    ids = facility_ids(facilities)
    lonlat = lonlat_of(facilities, "facility")
    level = level_of(facilities)
    anchors = cached_anchors(usable, lonlat[:, 0], lonlat[:, 1], leg_m, level=level)
    return Reach(usable, who, leg_m, ids, lonlat, anchors, facilities)


_walker = walker  # the keyword of the public functions has the same name


@dataclass(frozen=True, eq=False, repr=False)
class Reach(Searched):
    """What ``reach`` found; ask it about demand, circles and routes."""

    def __repr__(self) -> str:
        return (
            f"Reach({int(self.anchors.on_network.sum())} of {len(self.anchors)} facilities on"
            f" {self.network.edge_count} edges, walker {self.walker.name})"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return str(later("reach_html")(self))

    def explore(
        self,
        *,
        limit_m: float | None = None,
        minutes: float | None = None,
        tiles: str | folium.TileLayer | None = None,
    ) -> folium.Map:
        """Return a folium map of what lies within a limit."""
        chart: folium.Map = later("explore_reach")(
            self, limit_m=limit_m, minutes=minutes, tiles=tiles
        )
        return chart

    def to(
        self,
        demand: PointTable,
        *,
        limit_m: Limits = None,
        minutes: Limits = None,
        anchors: Anchors | None = None,
    ) -> gpd.GeoDataFrame:
        """Find the nearest facility of each demand point.

        Parameters
        ----------
        demand
            Points in any CRS (areas count by a point inside them); a GeoSeries too.
        limit_m, minutes
            At most one; inclusive. None: every finite distance is ``covered``. Of a list the
            longest decides ``status``, and each has a column of its own: ``within_5_min``, ...
        anchors
            Anchors of the same demand, if they are known already.

        Returns
        -------
        GeoDataFrame
            The rows of ``demand`` in their order and with their index and columns, and
            ``metres``, ``seconds`` (inf where nothing is reached), ``facility_id`` (None there),
            ``access_m`` and ``status``: ``covered``, ``gap``, ``off_network`` or ``island``.
        """
        limits = Limit.several(limit_m, minutes)
        listed = isinstance(minutes if limit_m is None else limit_m, Iterable)
        longest = max(limits, key=lambda limit: limit.value, default=None)
        found = self.at(self.anchored(demand, anchors), longest)
        if listed:
            for limit in limits:
                cost = found["seconds"] if limit.in_seconds else found["metres"]
                found[f"within_{limit.label}"] = within_limit(cost.to_numpy(), limit.value)
        table = demand if isinstance(demand, gpd.GeoDataFrame) else demand.to_frame("geometry")
        return table.assign(**{name: found[name].to_numpy() for name in found.columns})

    def matrix(
        self,
        demand: PointTable,
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
        return cost_matrix(self, demand, limit, anchors)

    def nearest(
        self,
        demand: PointTable,
        k: int,
        *,
        limit_m: float | None = None,
        minutes: float | None = None,
    ) -> pd.DataFrame:
        """Find the k nearest facilities of each demand point.

        Returns
        -------
        DataFrame
            One row per point and rank: ``demand`` (its index label), ``rank`` from 1,
            ``facility_id``, ``metres``, ``seconds``. Points that reach fewer than k have fewer
            rows.
        """
        if number_from(k, "k", 1.0) != int(k):
            raise wrong_type(k, "k", LocalizedText("一个整数", "a whole number"))
        return nearest_facilities(self, demand, k, Limit.of(limit_m, minutes))

    def od(
        self, demand: PointTable, *, limit_m: float | None = None, minutes: float | None = None
    ) -> pd.DataFrame:
        """Return the cost of every demand point and facility within a limit as a long table.

        Parameters
        ----------
        demand
            Points in any CRS.
        limit_m, minutes
            At most one; inclusive. None: every pair that a walk joins.

        Returns
        -------
        DataFrame
            ``demand_id`` (the index of ``demand`` where it has no such column), ``facility_id``,
            ``metres``, ``seconds``; by demand point, the nearest facility first. What is out of
            reach is absent.
        """
        pairs = od_rows(self, demand, Limit.of(limit_m, minutes))
        pairs.insert(0, "demand_id", demand_ids(demand)[pairs.pop("demand").to_numpy()])
        return pairs

    def count(
        self,
        demand: PointTable,
        *,
        limit_m: float | None = None,
        minutes: float | None = None,
        weight: str | None = None,
    ) -> pd.Series:
        """Count what lies within a limit of each demand point: facilities, or what they hold.

        Parameters
        ----------
        demand
            Points in any CRS.
        limit_m, minutes
            At most one; inclusive. None: all that a walk reaches.
        weight
            A numeric column of the facilities that were searched from (``"places"``) to add up.

        Returns
        -------
        Series
            On the index of ``demand``. Of a weight NaN where a facility within the limit does not
            state it: unknown is not zero.

        Raises
        ------
        ConfigError
            The facilities have no such column, or it holds no numbers.
        """
        limit = Limit.of(limit_m, minutes) or Limit(np.inf, False)
        return count_within(self, demand, limit, weight)

    def edges(
        self, *, limit_m: Limits = None, minutes: Limits = None, by: CircleGrouping = None
    ) -> gpd.GeoDataFrame:
        """Return the exact covered pieces of edges.

        Parameters
        ----------
        limit_m, minutes
            One of them, or a list of one of them.
        by
            ``"facility"``: the pieces that each facility covers, whatever the others do.

        Returns
        -------
        GeoDataFrame
            Lines in WGS 84: ``edge``, ``from_m``, ``to_m``, ``length_m``; before them
            ``facility_id`` for ``by="facility"``, and ``limit_m``, ``minutes`` for a list.
        """
        return edge_table(self.network, circle_parts(self, limit_m, minutes, by), by)

    def covered(self, *, limit_m: float | None = None, minutes: float | None = None) -> CircleParts:
        """Return the covered pieces of edges, and what is left of the limit along them."""
        (one,) = circle_parts(self, limit_m, minutes, None)
        return one

    def circle(
        self,
        *,
        limit_m: Limits = None,
        minutes: Limits = None,
        by: CircleGrouping = None,
        walker: str | float | Walker | None = None,
        half_width_m: float = HALF_WIDTH_M,
    ) -> gpd.GeoDataFrame:
        """Draw what lies within a limit, for the eye and for land area.

        Parameters
        ----------
        limit_m, minutes
            One of them, or a list of one of them.
        by
            ``"facility"``: a circle for each facility, whatever the others cover.
        walker
            Another walker than the one searched with, where both use the same edges.
        half_width_m
            Half the width of the band along covered streets.

        Returns
        -------
        GeoDataFrame
            A row per limit (and facility) in WGS 84: ``facility_id`` (for ``by="facility"``),
            ``limit_m`` (a circle in minutes reports its metres), ``minutes``, ``walker``,
            ``edge_m`` (metres of covered edges), ``area_m2``, and how true the polygon is to doors
            12 m off the street: ``false_share`` of those in it are out of reach, ``missed_share``
            of those in reach lie outside it.

        Examples
        --------
        >>> import livingcircle as lc
        >>> city = lc.read_city("data/sample/city.toml")
        >>> reach = lc.reach(city.network, city.facilities.of("nursery"))
        >>> reach.circle(minutes=[5, 10, 15])["limit_m"].round().tolist()
        [399.0, 798.0, 1197.0]
        """
        who = self.walker if walker is None else _walker(walker)
        if who.usable != self.walker.usable:
            raise ConfigError(
                LocalizedText(
                    f"步行者“{who.name}”可走的路段与“{self.walker.name}”不同",
                    f"walker '{who.name}' uses other edges than '{self.walker.name}'",
                ),
                field="walker",
                hint=LocalizedText(
                    "请用该步行者重新调用 reach(..., walker=...)。",
                    "Call reach(..., walker=...) with it.",
                ),
            )
        if who != self.walker:
            other = replace(self, walker=who)
            return other.circle(limit_m=limit_m, minutes=minutes, by=by, half_width_m=half_width_m)
        width = number_from(half_width_m, "half_width_m")
        drawn = circle_parts(self, limit_m, minutes, by)
        return circle_table(self.network, self.walker.name, drawn, by, width)

    def route(self, demand: PointTable) -> gpd.GeoDataFrame:
        """Draw the shortest way from each demand point to its nearest facility.

        Returns
        -------
        GeoDataFrame
            On the index of ``demand``: LineStrings in WGS 84 with both access legs (None where
            nothing is reached), ``metres``, ``seconds`` (along that way),
            ``waiting_s`` (of them, at crossings, lifts and on escalators), ``facility_id``.
        """
        anchors = self.anchored(demand)
        found = self.at(anchors)
        at = self.split.locate(anchors.edge, anchors.offset_m)
        lines = routes(
            self.network,
            self.split,
            self.by_metres,
            at,
            lonlat_of(demand),
            self.facility_lonlat,
        )
        found["seconds"] = self.seconds_along(anchors, at, found)
        found["waiting_s"] = self.waiting_along(anchors, at)
        columns = ["metres", "seconds", "waiting_s", "facility_id"]
        kept = found[columns].set_axis(demand.index)
        return gpd.GeoDataFrame(kept, geometry=gpd.GeoSeries(lines, index=demand.index, crs=4326))

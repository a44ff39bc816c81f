"""Reach: the exact cost from the nearest facility to any demand point.

The cost between facility f and point p is leg(f) + the shortest walk between their anchors +
leg(p); metres and seconds are each the least of their own kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from livingcircle._arrays import FloatArray, IntArray
from livingcircle._lookup import later
from livingcircle.arguments import number_from, wrong_type
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
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
from livingcircle.routing.circles import By, Drawn, Part, circle_table, edge_table, parts_of
from livingcircle.routing.limits import Limit, Limits, within
from livingcircle.routing.pairs import demand_ids, facility_weight, weighted_sum
from livingcircle.routing.route import routes
from livingcircle.routing.search import (
    Field,
    Links,
    carried_cost,
    field_cost,
    links_within,
    nearest_field,
)
from livingcircle.routing.service_area import HALF_WIDTH_M, Pieces, covered_pieces
from livingcircle.routing.split import SplitNetwork, split_network
from livingcircle.vocab.walkers import Walker, walker

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
        Profile by name, a speed in metres a second, or a Walker.
    max_access_m
        Longest straight leg between a point and the network, for facilities and demand alike.

    Returns
    -------
    Reach
        Facilities beyond the access limit, or without coordinates, take no part;
        ``Reach.anchors`` tells which.

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
    facilities = access_points(facilities.to_crs(4326))
    usable = passable(network, who)
    ids = facilities["facility_id"] if "facility_id" in facilities else facilities.index.to_series()
    lonlat = lonlat_of(facilities, "facility")
    level = level_of(facilities)
    anchors = anchor(usable, lonlat[:, 0], lonlat[:, 1], leg_m, level=level)
    return Reach(usable, who, leg_m, ids.to_numpy(), lonlat, anchors, facilities)


_walker = walker  # the keyword of the public functions has the same name
Places: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries


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
    facilities: gpd.GeoDataFrame
    """The rows searched from, in WGS 84: an area has a row for each of its entrances."""

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

    def _anchor(self, demand: Places) -> Anchors:
        lonlat, level = lonlat_of(demand), level_of(demand)
        return anchor(self.network, lonlat[:, 0], lonlat[:, 1], self.max_access_m, level=level)

    def to(
        self,
        demand: Places,
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
        longest = max(limits, key=lambda limit: limit.value, default=None)
        found = self.at(anchors or self._anchor(demand), longest)
        if len(limits) > 1 or isinstance(limit_m or minutes, Sequence):
            for limit in limits:
                cost = found["seconds"] if limit.in_seconds else found["metres"]
                found[f"within_{limit.label}"] = within(cost.to_numpy(), limit.value)
        table = demand if isinstance(demand, gpd.GeoDataFrame) else demand.to_frame("geometry")
        return table.assign(**{name: found[name].to_numpy() for name in found.columns})

    def at(self, anchors: Anchors, limit: Limit | None = None) -> pd.DataFrame:
        """Find the nearest facility of each anchored point (see ``to``)."""
        at = self.split.locate(anchors.edge, anchors.offset_m)
        leg = anchors.access_m
        speed, pace = self.walker.speed_m_s, self._pace
        in_seconds = pace is not None and limit is not None and limit.in_seconds
        # A row is about one walk: the shortest by the measure of the limit, the other along it.
        field, by = (self._seconds, pace) if in_seconds else (self._metres, None)
        own = leg / speed if in_seconds else leg
        cost, row, node = field_cost(self.split, field, at, own, by)
        metres, seconds = cost, cost if in_seconds else cost / speed
        if pace is not None:
            other = None if in_seconds else pace
            walk = carried_cost(self.split, field, at, node, by=by, pace=other)
            both = leg + np.where(row >= 0, self.anchors.access_m[np.maximum(row, 0)], 0.0)
            if in_seconds:
                metres = walk + both
            else:
                seconds = walk + both / speed
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
        demand: Places,
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
        demand: Places,
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
            ``metres``, ``seconds``. Points that reach fewer than k have fewer rows.
        """
        number_from(k, "k", 1.0)
        pairs = self._pairs(demand, Limit.of(limit_m, minutes))
        who = pairs.pop("demand").to_numpy()
        rank = np.arange(len(who)) - np.searchsorted(who, who, side="left") + 1
        pairs.insert(0, "demand", demand.index.to_numpy()[who])
        pairs.insert(1, "rank", rank)
        return pairs[rank <= k].reset_index(drop=True)

    def od(
        self, demand: Places, *, limit_m: float | None = None, minutes: float | None = None
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
        pairs = self._pairs(demand, Limit.of(limit_m, minutes))
        pairs.insert(0, "demand_id", demand_ids(demand)[pairs.pop("demand").to_numpy()])
        return pairs

    def _pairs(self, demand: Places, limit: Limit | None) -> pd.DataFrame:
        """Return every pair within a limit: ``demand`` (its position), facility, both costs."""
        limit = limit or Limit(np.inf, False)
        anchors = self._anchor(demand)
        links, ids = self._links(anchors, limit)
        order = np.lexsort((links.row, links.cost, links.demand))
        who, facility, cost = links.demand[order], links.row[order], links.cost[order]
        other = self._other_cost(anchors, limit, who, facility, cost)
        return pd.DataFrame(
            {
                "demand": who,
                "facility_id": np.asarray(ids, dtype=object)[facility],
                "metres": other if limit.in_seconds else cost,
                "seconds": cost if limit.in_seconds else other,
            }
        )

    def _other_cost(
        self, anchors: Anchors, limit: Limit, who: IntArray, facility: IntArray, cost: FloatArray
    ) -> FloatArray:
        """Return seconds of links whose metres are known, or metres where seconds are."""
        speed = self.walker.speed_m_s
        if self._pace is None:
            return cost * speed if limit.in_seconds else cost / speed
        # No walk within so many seconds is longer, and none within so many metres takes more.
        fastest = max(speed, float((1.0 / self._pace).max(initial=0.0)))
        slowest = min(speed, float((1.0 / self._pace).min(initial=np.inf)))
        enough = limit.value * fastest if limit.in_seconds else limit.value / slowest
        links, ids = self._links(anchors, Limit(enough + 1e-3, not limit.in_seconds))
        key = links.demand * len(ids) + links.row
        order = np.argsort(key)
        return links.cost[order][np.searchsorted(key[order], who * len(ids) + facility)]

    def count(
        self,
        demand: Places,
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
        code, ids = pd.factorize(self.facility_id)
        each = facility_weight(self.facilities, weight, code, len(ids))
        links, _ = self._links(self._anchor(demand), limit)
        total = weighted_sum(links.demand, links.row, each, len(demand))
        if weight is None:
            return pd.Series(total.astype(np.int64), index=demand.index, name="facilities")
        return pd.Series(total, index=demand.index, name=weight)

    def edges(
        self, *, limit_m: Limits = None, minutes: Limits = None, by: By = None
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
        return edge_table(self.network, self._drawn(limit_m, minutes, by), by)

    def _drawn(self, limit_m: Limits, minutes: Limits, by: By) -> list[Drawn]:
        # One search for each circle that is asked for.
        return [self._covered(part) for part in parts_of(limit_m, minutes, by, self.facility_id)]

    def pieces(
        self, *, limit_m: float | None = None, minutes: float | None = None
    ) -> tuple[Pieces, float]:
        """Return covered pieces and the limit in metres (NaN where edges differ in pace)."""
        (one,) = self._drawn(limit_m, minutes, None)
        return one.pieces, one.limit_m

    def _covered(self, part: Part) -> Drawn:
        limit, pace = part.limit, self._pace if part.limit.in_seconds else None
        speed, value = self.walker.speed_m_s, part.limit.value
        if limit.in_seconds and pace is None:
            value *= speed
        if part.facility_id is None:
            field = self._metres if pace is None else self._seconds
        else:
            leg = self.anchors.access_m[self.split.row] / (1.0 if pace is None else speed)
            own = self.facility_id[self.split.row] == part.facility_id
            field = nearest_field(self.split, self.split.graph(pace), np.where(own, leg, np.inf))
        pieces = covered_pieces(self.split, field, value, pace)
        metres = value if pace is None else float("nan")
        minutes = limit.value / 60 if limit.in_seconds else metres / speed / 60

        def reserve(edge: IntArray, offset_m: FloatArray) -> FloatArray:
            at = self.split.locate(edge, offset_m)
            cost, _, _ = field_cost(self.split, field, at, np.zeros(len(edge)), pace)
            return (value - cost) * (1.0 if pace is None else speed)

        return Drawn(part, pieces, metres, minutes, reserve)

    def circle(
        self,
        *,
        limit_m: Limits = None,
        minutes: Limits = None,
        by: By = None,
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
        if who.stairs != self.walker.stairs:
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
        drawn = self._drawn(limit_m, minutes, by)
        return circle_table(self.network, self.walker.name, drawn, by, width)

    def route(self, demand: Places) -> gpd.GeoDataFrame:
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

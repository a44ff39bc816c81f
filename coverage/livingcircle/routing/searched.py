"""The network searched from facilities: what the tables and circles of a reach are read from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.arguments import check_type
from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, anchor, level_of, lonlat_of
from livingcircle.network.terrain import profile_of
from livingcircle.network.walker import seconds_per_metre
from livingcircle.routing.limits import Limit, within_limit
from livingcircle.routing.pace import CostProfile
from livingcircle.routing.search import CostField, carried_cost, field_cost, nearest_field
from livingcircle.routing.split import Positions, SplitNetwork, split_network
from livingcircle.vocab.walkers import Walker

__all__ = ["PointTable", "Searched"]

PointTable: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries


def _course_of(network: WalkNetwork, own_m_s: float, speed_m_s: float) -> CostProfile:
    """Return the course that all searches share whose walker of `own_m_s` walks at a speed."""
    profile, share = network.derive(profile_of), own_m_s / speed_m_s
    # What is waited lasts as long for everybody: so much longer for a walker of level metres.
    wait = profile.wait_s * share
    ahead, back = profile.ahead_m / speed_m_s + wait, profile.back_m / speed_m_s + wait
    return CostProfile(profile.start, profile.offset_m, ahead, back)


@dataclass(frozen=True, eq=False, repr=False)
class Searched:
    """A network, where facilities meet it, and the searches from them, made when first asked for.

    Metres and seconds are each the least of their own kind.
    """

    network: WalkNetwork
    """The network without what the walker cannot use."""
    walker: Walker
    max_access_m: float
    facility_id: NDArray[np.generic]
    """(rows,) ids of the facility table, row by row."""
    facility_lonlat: FloatArray
    anchors: Anchors
    """Anchors of the facility rows."""
    facilities: gpd.GeoDataFrame
    """The rows searched from, in WGS 84: an area has a row for each of its entrances."""
    level: bool = False
    """Metres are those of level ground that take as long, and not those of the streets."""

    @cached_property
    def split(self) -> SplitNetwork:
        """The network with its edges split at the facilities."""
        return split_network(self.network, self.anchors)

    @cached_property
    def pace(self) -> FloatArray | CostProfile | None:
        """Seconds along the edges: by slope and direction, or a metre by edge.

        None where all edges are alike and seconds follow metres.
        """
        if self.network.speed_m_s is not None:
            return seconds_per_metre(self.network, self.walker)
        return self._course(self.walker.speed_m_s) if self.network.uneven else None

    @cached_property
    def in_level_metres(self) -> Self:
        """The same search in metres of level ground that take as long; itself without slopes."""
        return replace(self, level=True) if self.network.uneven else self

    @cached_property
    def by_metres(self) -> CostField:
        """The search for the shortest walks."""
        leg = self.anchors.access_m[self.split.row]
        return nearest_field(self.split, self.split.graph(self.metres), leg)

    @cached_property
    def metres(self) -> CostProfile | None:
        """What counts as a metre: one of the streets (None), or of level ground."""
        return self._course(1.0) if self.level and self.network.uneven else None

    def _course(self, speed_m_s: float) -> CostProfile:
        """Return seconds by metres of a walker at a speed; at 1 m/s they are level metres."""
        return self.network.derive(_course_of, self.walker.speed_m_s, speed_m_s)

    @cached_property
    def by_seconds(self) -> CostField:
        """The search for the fastest walks; only for edges of different pace."""
        leg = self.anchors.access_m[self.split.row] / self.walker.speed_m_s
        return nearest_field(self.split, self.split.graph(self.pace), leg)

    @cached_property
    def node_lonlat(self) -> FloatArray:
        """Lon and lat of the nodes of the split network, in WGS 84."""
        split = self.split
        lonlat = np.concatenate([self.network.node_lonlat, self.anchors.lonlat[split.row]])
        return lonlat[split.place]

    def anchored(self, demand: PointTable, known: Anchors | None = None) -> Anchors:
        """Return where demand points meet the network, unless that is known.

        Raises
        ------
        WrongTypeError, InputError
            What is known are no anchors, or those of another number of points.
        """
        if known is not None:
            check_type(known, "anchors", Anchors, "Reach.anchored")
            if len(known) != len(demand):
                raise InputError(
                    LocalizedText(
                        f"锚点有 {len(known)} 个，而需求有 {len(demand)} 行",
                        f"there are {len(known)} anchors for {len(demand)} rows of demand",
                    ),
                    field="anchors",
                    hint=LocalizedText("请给出同一张表的锚点。", "Give those of the same table."),
                )
            return known
        lonlat, level = lonlat_of(demand), level_of(demand)
        return anchor(self.network, lonlat[:, 0], lonlat[:, 1], self.max_access_m, level=level)

    def at(self, anchors: Anchors, limit: Limit | None = None) -> pd.DataFrame:
        """Find the nearest facility of each anchored point (see ``to``)."""
        return self._table(anchors, limit, *self.walks(anchors, limit))

    def walks(
        self, anchors: Anchors, limit: Limit | None = None
    ) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return metres and seconds of the rows of ``at``, and the row of each facility or -1."""
        at = self.split.locate(anchors.edge, anchors.offset_m)
        leg = anchors.access_m
        speed, pace = self.walker.speed_m_s, self.pace
        in_seconds = pace is not None and limit is not None and limit.in_seconds
        if isinstance(pace, CostProfile):
            return self._on_slopes(at, anchors, limit, pace)
        # A row is about one walk: the shortest by the measure of the limit, the other along it.
        field, by = (self.by_seconds, pace) if in_seconds else (self.by_metres, None)
        own = leg / speed if in_seconds else leg
        cost, row, node = field_cost(self.split, field, at, own, by)
        metres, seconds = cost, cost if in_seconds else cost / speed
        if pace is not None:
            other = None if in_seconds else pace
            walk = carried_cost(self.split, field, at, node, by=by, pace=other)
            both = leg + self._leg_of(row)
            if in_seconds:
                metres = walk + both
            else:
                seconds = walk + both / speed
        return metres, seconds, row

    def _on_slopes(
        self, at: Positions, anchors: Anchors, limit: Limit | None, pace: CostProfile
    ) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return ``walks`` where slopes count: the least metres and the least seconds.

        Metres are those of level ground; the fastest walk may be another than the shortest. The
        facility is that of the measure of the limit.
        """
        leg = anchors.access_m
        metres, near, _ = field_cost(self.split, self.by_metres, at, leg, self.metres)
        own = leg / self.walker.speed_m_s
        seconds, fast, _ = field_cost(self.split, self.by_seconds, at, own, pace)
        row = fast if limit is not None and limit.in_seconds else near
        return metres, seconds, row

    def seconds_of(self, found: pd.DataFrame, who: Walker) -> FloatArray:
        """Return the seconds of rows of ``at`` for somebody else who walks on the same edges.

        A slope is relative to level ground: whoever is twice as fast there is so everywhere. Where
        crossings cost time, everybody is searched for by their own speed.
        """
        if self.network.uneven:
            seconds = found["seconds"].to_numpy(dtype=np.float64)
            return np.asarray(seconds * (self.walker.speed_m_s / who.speed_m_s))
        return np.asarray(found["metres"].to_numpy(dtype=np.float64) / who.speed_m_s)

    def seconds_along(self, anchors: Anchors, at: Positions, found: pd.DataFrame) -> FloatArray:
        """Return the seconds of the shortest ways of ``at``, where slopes make others faster."""
        pace = self.pace
        if not isinstance(pace, CostProfile):
            return np.asarray(found["seconds"].to_numpy(dtype=np.float64))
        walk, row = self._carried(anchors, at, pace)
        return np.asarray(walk + (anchors.access_m + self._leg_of(row)) / self.walker.speed_m_s)

    def waiting_along(self, anchors: Anchors, at: Positions) -> FloatArray:
        """Return the seconds of waiting and riding on the shortest ways of ``at``."""
        if self.network.delays is None or not self.network.uneven:
            return np.zeros(len(anchors.edge))
        profile = self.network.derive(profile_of)
        wait = CostProfile(profile.start, profile.offset_m, profile.wait_s, profile.wait_s)
        return self._carried(anchors, at, wait)[0]

    def _carried(
        self, anchors: Anchors, at: Positions, pace: CostProfile
    ) -> tuple[FloatArray, IntArray]:
        """Return another cost of the shortest ways, without legs, and the facility's row."""
        none = np.zeros(len(anchors.edge))
        _, row, node = field_cost(self.split, self.by_metres, at, none, None)
        return carried_cost(self.split, self.by_metres, at, node, by=None, pace=pace), row

    def _leg_of(self, row: IntArray) -> FloatArray:
        """Return the access legs of facilities by their rows; 0 for -1, no facility."""
        return np.asarray(np.append(self.anchors.access_m, 0.0)[row])

    def _table(
        self,
        anchors: Anchors,
        limit: Limit | None,
        metres: FloatArray,
        seconds: FloatArray,
        row: IntArray,
    ) -> pd.DataFrame:
        cost = seconds if limit is not None and limit.in_seconds else metres
        status = np.full(len(metres), "gap", dtype=object)
        status[within_limit(cost, np.inf if limit is None else limit.value)] = "covered"
        status[np.isinf(metres)] = "island"
        status[~anchors.on_network] = "off_network"
        ids = np.full(len(metres), None, dtype=object)
        ids[row >= 0] = self.facility_id[row[row >= 0]]
        return pd.DataFrame(
            {
                "metres": metres,
                "seconds": seconds,
                "facility_id": ids,
                "access_m": anchors.access_m,
                "status": status,
            }
        )

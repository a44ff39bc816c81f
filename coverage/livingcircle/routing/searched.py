"""The network searched from facilities: what the tables and circles of a reach are read from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import FloatArray
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, anchor, level_of, lonlat_of
from livingcircle.network.walker import seconds_per_metre
from livingcircle.routing.limits import Limit, within
from livingcircle.routing.search import Field, carried_cost, field_cost, nearest_field
from livingcircle.routing.split import SplitNetwork, split_network
from livingcircle.vocab.walkers import Walker

__all__ = ["Places", "Searched"]

Places: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries


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

    @cached_property
    def split(self) -> SplitNetwork:
        """The network with its edges split at the facilities."""
        return split_network(self.network, self.anchors)

    @cached_property
    def pace(self) -> FloatArray | None:
        """Seconds a metre by edge; None where all edges are alike and seconds follow metres."""
        if self.network.speed_m_s is None:
            return None
        return seconds_per_metre(self.network, self.walker)

    @cached_property
    def by_metres(self) -> Field:
        """The search for the shortest walks."""
        leg = self.anchors.access_m[self.split.row]
        return nearest_field(self.split, self.split.graph(), leg)

    @cached_property
    def by_seconds(self) -> Field:
        """The search for the fastest walks; only for edges of different pace."""
        leg = self.anchors.access_m[self.split.row] / self.walker.speed_m_s
        return nearest_field(self.split, self.split.graph(self.pace), leg)

    @cached_property
    def node_lonlat(self) -> FloatArray:
        """Lon and lat of the nodes of the split network, in WGS 84."""
        split = self.split
        lonlat = np.concatenate([self.network.node_lonlat, self.anchors.lonlat[split.row]])
        return lonlat[split.place]

    def anchored(self, demand: Places) -> Anchors:
        """Return where demand points meet the network."""
        lonlat, level = lonlat_of(demand), level_of(demand)
        return anchor(self.network, lonlat[:, 0], lonlat[:, 1], self.max_access_m, level=level)

    def at(self, anchors: Anchors, limit: Limit | None = None) -> pd.DataFrame:
        """Find the nearest facility of each anchored point (see ``to``)."""
        at = self.split.locate(anchors.edge, anchors.offset_m)
        leg = anchors.access_m
        speed, pace = self.walker.speed_m_s, self.pace
        in_seconds = pace is not None and limit is not None and limit.in_seconds
        # A row is about one walk: the shortest by the measure of the limit, the other along it.
        field, by = (self.by_seconds, pace) if in_seconds else (self.by_metres, None)
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

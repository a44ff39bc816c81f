"""Tables of a reach: what each demand point and facility are to each other within a limit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from livingcircle._arrays import FloatArray, IntArray, first_of_each
from livingcircle.network.snap import Anchors, to_metres
from livingcircle.network.walker import seconds_per_metre
from livingcircle.routing.limits import Limit
from livingcircle.routing.pace import CostProfile, Pace
from livingcircle.routing.pairs import facility_weight, weighted_sum
from livingcircle.routing.search import Links, links_within
from livingcircle.routing.searched import PointTable, Searched

__all__ = ["cost_matrix", "count_within", "nearest_facilities", "od_rows"]


def cost_matrix(
    found: Searched, demand: PointTable, limit: Limit, anchors: Anchors | None = None
) -> tuple[csr_array, pd.Index]:
    """Return the cost of every pair within a limit as a sparse array; see ``Reach.matrix``."""
    links, ids = _links(found, found.anchored(demand, anchors), limit)
    cost = np.maximum(links.cost, 1e-9)
    shape = (len(demand), len(ids))
    return csr_array((cost, (links.demand, links.row)), shape=shape), pd.Index(ids)


def nearest_facilities(
    found: Searched, demand: PointTable, k: int, limit: Limit | None
) -> pd.DataFrame:
    """Return the k nearest facilities of each demand point; see ``Reach.nearest``."""
    pairs = od_rows(found, demand, limit)
    who = pairs.pop("demand").to_numpy()
    rank = np.arange(len(who)) - np.searchsorted(who, who, side="left") + 1
    pairs.insert(0, "demand", demand.index.to_numpy()[who])
    pairs.insert(1, "rank", rank)
    return pairs[rank <= k].reset_index(drop=True)


def count_within(
    found: Searched, demand: PointTable, limit: Limit, weight: str | None
) -> pd.Series:
    """Return what lies within a limit of each demand point, added up; see ``Reach.count``."""
    code, ids = pd.factorize(found.facility_id)
    each = facility_weight(found.facilities, weight, code, len(ids))
    links, _ = _links(found, found.anchored(demand), limit)
    total = weighted_sum(links.demand, links.row, each, len(demand))
    if weight is None:
        return pd.Series(total.astype(np.int64), index=demand.index, name="facilities")
    return pd.Series(total, index=demand.index, name=weight)


def od_rows(found: Searched, demand: PointTable, limit: Limit | None) -> pd.DataFrame:
    """Return every pair within a limit: ``demand`` (its position), facility, both costs."""
    limit = limit or Limit(np.inf, False)
    anchors = found.anchored(demand)
    links, ids = _links(found, anchors, limit)
    order = np.lexsort((links.row, links.cost, links.demand))
    who, facility, cost = links.demand[order], links.row[order], links.cost[order]
    other = _other_cost(found, anchors, limit, who, facility, cost)
    return pd.DataFrame(
        {
            "demand": who,
            "facility_id": np.asarray(ids, dtype=object)[facility],
            "metres": other if limit.in_seconds else cost,
            "seconds": cost if limit.in_seconds else other,
        }
    )


def _links(found: Searched, anchors: Anchors, limit: Limit) -> tuple[Links, np.ndarray]:
    """Return the cheapest link of each demand and facility within a limit, and facility ids."""
    split = found.split
    per_metre = 1.0 / found.walker.speed_m_s if limit.in_seconds else 1.0
    pace: Pace = found.metres
    fastest = 1.0 / per_metre if found.metres is None else max(1.0, found.metres.fastest)
    if limit.in_seconds:
        fastest = 1.0 / per_metre
        pace = found.pace
        pace = seconds_per_metre(found.network, found.walker) if pace is None else pace
        fastest = max(fastest, _rates(pace)[1])
    links = links_within(
        split,
        split.graph(pace),
        to_metres(found.network, found.node_lonlat),
        found.anchors.access_m[split.row] * per_metre,
        split.locate(anchors.edge, anchors.offset_m),
        anchors.access_m * per_metre,
        limit=limit.value,
        radius_m=limit.value * fastest,
        pace=pace,
    )
    code, ids = pd.factorize(found.facility_id)
    facility = code[links.row].astype(np.int64)
    first = first_of_each(links.demand * len(ids) + facility, links.cost)
    return Links(links.demand[first], facility[first], links.cost[first]), ids


def _rates(pace: FloatArray | CostProfile) -> tuple[float, float]:
    """Return the metres that a second leads at least and at most."""
    if isinstance(pace, CostProfile):
        return pace.slowest, pace.fastest
    return float((1.0 / pace).min(initial=np.inf)), float((1.0 / pace).max(initial=0.0))


def _other_cost(
    found: Searched,
    anchors: Anchors,
    limit: Limit,
    who: IntArray,
    facility: IntArray,
    cost: FloatArray,
) -> FloatArray:
    """Return seconds of links whose metres are known, or metres where seconds are."""
    speed = found.walker.speed_m_s
    pace = found.pace
    if pace is None:
        return cost * speed if limit.in_seconds else cost / speed
    slow, fast = _rates(pace)
    # No walk within so many seconds is longer, and none within so many metres takes more.
    fastest, slowest = max(speed, fast), min(speed, slow)
    enough = limit.value * fastest if limit.in_seconds else limit.value / slowest
    links, ids = _links(found, anchors, Limit(enough + 1e-3, not limit.in_seconds))
    key = links.demand * len(ids) + links.row
    order = np.argsort(key)
    return links.cost[order][np.searchsorted(key[order], who * len(ids) + facility)]

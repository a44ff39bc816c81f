"""What lies within a limit of the facilities: the exact pieces of edges, circle by circle."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.routing.circles import AreaRequest, CircleGrouping, CircleParts, area_requests
from livingcircle.routing.limits import Limits
from livingcircle.routing.search import field_cost, nearest_field
from livingcircle.routing.searched import Searched
from livingcircle.routing.service_area import covered_pieces

__all__ = ["circle_parts"]


def circle_parts(
    found: Searched, limit_m: Limits, minutes: Limits, by: CircleGrouping
) -> list[CircleParts]:
    """Return the pieces of every circle that is asked for, one search for each."""
    parts = area_requests(limit_m, minutes, by, found.facility_id)
    return [_covered(found, part) for part in parts]


def _covered(found: Searched, part: AreaRequest) -> CircleParts:
    limit, pace = part.limit, found.pace if part.limit.in_seconds else found.metres
    speed, value = found.walker.speed_m_s, part.limit.value
    in_seconds = limit.in_seconds and pace is not None
    if limit.in_seconds and pace is None:
        value *= speed
    unit = speed if in_seconds else 1.0
    if part.facility_id is None:
        field = found.by_seconds if in_seconds else found.by_metres
    else:
        leg = found.anchors.access_m[found.split.row] / unit
        own = found.facility_id[found.split.row] == part.facility_id
        field = nearest_field(found.split, found.split.graph(pace), np.where(own, leg, np.inf))
    pieces = covered_pieces(found.split, field, value, pace)
    # On slopes a circle reports the metres of level ground that take as long.
    metres = value * unit if found.network.speed_m_s is None or not in_seconds else float("nan")
    minutes = limit.value / 60 if limit.in_seconds else metres / speed / 60

    def reserve(edge: IntArray, offset_m: FloatArray) -> FloatArray:
        at = found.split.locate(edge, offset_m)
        cost, _, _ = field_cost(found.split, field, at, np.zeros(len(edge)), pace)
        return (value - cost) * unit

    return CircleParts(part, pieces, metres, minutes, reserve)

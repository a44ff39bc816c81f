"""A circle that is read another way: its limit, and walks that do not lead from home to nearest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.context import Context
from livingcircle.standards.kinds.circle_figures import CircleLimit, CirclePart
from livingcircle.standards.kinds.circle_metres import limit_m
from livingcircle.standards.travel import Trip
from livingcircle.vocab.walkers import Walker

__all__ = ["circle_limit", "trips_as_chosen", "walks_from_home"]

_WALK = {"path": "network", "from": "home", "to": "nearest"}


def walks_from_home(part: CirclePart) -> bool:
    """Return whether a circle is judged by walks from each home to the nearest facility."""
    return all(part.chosen.get(axis, option) == option for axis, option in _WALK.items())


def circle_limit(part: CirclePart, ctx: Context, who: Walker) -> CircleLimit:
    """Return the limit of a circle in the cost that counts.

    Who lives exactly at a limit is out where it is exclusive; costs that differ by less than the
    tolerance are one.
    """
    less = 2.0 * COST_TOLERANCE if part.boundary == "exclusive" else 0.0
    chosen = part.chosen.get("limit")
    if part.minutes is None:
        metres = limit_m(part, chosen or "stated", who) - less
        return CircleLimit(metres, "metres", metres)
    speed = who.speed_m_s
    if part.mode == "drive" and ctx.city.drive is not None:
        edges = ctx.city.drive.speed_m_s
        speed = speed if edges is None or not len(edges) else float(edges.max())
    minutes = part.minutes
    if chosen is not None and part.mode == "walk":
        # Metres of level ground: on slopes they take as long as the walker needs for them.
        minutes = limit_m(part, chosen, who) / who.speed_m_s / 60.0
    return CircleLimit(minutes * 60 - less, "seconds", minutes * 60 * speed)


def trips_as_chosen(
    part: CirclePart, trip: Trip, table: pd.DataFrame, limit: CircleLimit, ctx: Context
) -> pd.DataFrame:
    """Return the trip of every demand point as the chosen reading has it.

    Parameters
    ----------
    table
        The walk from home to the nearest facility, which stays beside a straight line.

    Returns
    -------
    DataFrame
        As ``table``, with ``cost``: what is held against the limit, in its unit; ``straight_m``:
        the straight line from where one starts to the facilities that count.
    """
    way: Mapping[str, str] = {axis: part.chosen.get(axis, own) for axis, own in _WALK.items()}
    timed, start = limit.basis == "seconds", way["from"]

    def metres(path: str, timed: bool) -> FloatArray:
        return ctx.origins.metres(
            trip, start=start, path=path, to=way["to"], limit_m=np.inf, timed=timed
        )

    line, walk = metres("straight", False), metres("network", False)
    # Metres are those of the streets; where streets cost time, seconds are those of the quickest
    # walk, which may lead another way, and to another facility, than the shortest.
    level = metres("network", True) if ctx.city.network.uneven else walk
    by_line = way["path"] == "straight"
    cost = line if by_line else level if timed else walk
    status = np.array(ctx.origins.status(trip, start), dtype=object)
    # A facility that counts, and no street to it.
    status[np.isfinite(line) & np.isinf(walk) & (status == "covered")] = "island"
    if by_line:
        # Where one meets the streets decides nothing then.
        status[:] = "covered"
    speed = trip.who.speed_m_s
    found = table.assign(cost=cost / speed if timed else cost, straight_m=line, status=status)
    if start == "home" and way["to"] == "nearest":
        return found
    other = ~np.isclose(walk, table["metres"].to_numpy(dtype=float), rtol=0.0, atol=COST_TOLERANCE)
    ids = table["facility_id"].mask(other, None)
    return found.assign(metres=walk, seconds=level / speed, facility_id=ids)

"""A sub-station rule that is read another way: walks to the facilities that count then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.standards.axes import Axis
from livingcircle.standards.context import Context
from livingcircle.standards.kinds.substation_space import village_values
from livingcircle.standards.tables import heaviest
from livingcircle.standards.travel import Trip

__all__ = ["points_as_chosen", "villages_as_chosen"]


class ChosenRule(Protocol):
    """What is read of a sub-station rule."""

    @property
    def metres(self) -> float: ...
    @property
    def share_beyond(self) -> float: ...
    @property
    def axes(self) -> Sequence[Axis]: ...
    @property
    def chosen(self) -> Mapping[str, str]: ...


def points_as_chosen(
    part: ChosenRule, ctx: Context, points: gpd.GeoDataFrame, trip: Trip
) -> gpd.GeoDataFrame:
    """Return the villages' demand with the walks, and the straight lines, that lead to what counts.

    Where the walk is another than that to the nearest facility, nobody says to which it leads.
    """
    to, by_line = part.chosen.get("to", "nearest"), part.chosen.get("path") == "straight"
    if by_line:
        # Where one meets the streets decides nothing then.
        points = points.assign(status="covered")
    if to == "nearest":
        return points
    rows = ctx.city.demand.index.get_indexer(points.index)

    def metres(path: str, *, timed: bool = False) -> FloatArray:
        found = ctx.origins.metres(
            trip, start="home", path=path, to=to, limit_m=np.inf, timed=timed
        )
        return np.asarray(found[rows])

    walk, line = metres("network"), metres("straight")
    # Where streets cost time, seconds are those of the quickest walk.
    level = metres("network", timed=True) if ctx.city.network.uneven else walk
    status = np.array(points["status"], dtype=object)
    if not by_line:
        # A facility that counts, and no street to it.
        status[np.isfinite(line) & np.isinf(walk) & (status == "covered")] = "island"
    found = points.assign(
        metres=walk, seconds=level / trip.who.speed_m_s, straight_m=line, status=status
    )
    for cost, name in (("metres", "facility_id"), ("straight_m", "straight_id")):
        if name in points:
            same = np.isclose(found[cost], points[cost], rtol=0.0, atol=COST_TOLERANCE)
            found[name] = points[name].astype(object).where(same, None)
    return found


def villages_as_chosen(
    part: ChosenRule, ctx: Context, table: gpd.GeoDataFrame, villages: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame, weight: pd.Series, trip: Trip,
) -> gpd.GeoDataFrame:  # fmt: skip
    """Return the distances of villages as the chosen reading has them.

    Parameters
    ----------
    table
        As ``village_table`` gives it for ``points``, which are read anew already.
    """
    options = {axis.name: axis.default for axis in part.axes} | {"facilities": "strict"}

    def by(path: str) -> dict[str, np.ndarray]:
        return village_values(part, options | {"path": path}, ctx, villages, points, weight, trip)

    values = by(options["path"])
    table = table.assign(**{f"by_{name}": found for name, found in values.items()})
    table["share_beyond"] = table["by_share"]
    if options["to"] == "nearest":
        return table
    at = points["urban_village"]
    for name in ("facility_id", "straight_id"):
        table[name] = heaviest(points[name], at, weight).reindex(table.index)
    empty = (table["points"] == 0).to_numpy()  # measured from their middle
    for path, columns in (
        ("network", ("metres", "metres_min", "metres_max")),
        ("straight", ("straight_m",)),
    ):
        middle = by(path)["centre"]
        for name in columns:
            table[name] = np.where(empty, middle, table[name])
    lost = empty & np.isinf(table["metres"]) & np.isfinite(table["straight_m"])
    table["status_points"] = table["status_points"].mask(
        lost & (table["status_points"] == "covered"), "island"
    )
    return table

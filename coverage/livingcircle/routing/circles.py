"""Tables of circles: which ones are asked for, and the pieces and polygons of each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.routing.frontier import Reserve, measure_outline
from livingcircle.routing.limits import Limit, Limits
from livingcircle.routing.linear_referencing import stretch_lines
from livingcircle.routing.service_area import Pieces, circle_polygons

__all__ = [
    "AreaRequest",
    "CircleGrouping",
    "CircleParts",
    "area_requests",
    "circle_table",
    "edge_table",
]

CircleGrouping: TypeAlias = Literal["facility"] | None
_COLUMNS = ("limit_m", "minutes", "walker", "edge_m", "area_m2", "false_share", "missed_share",
            "geometry")  # fmt: skip


@dataclass(frozen=True)
class AreaRequest:
    """One circle to draw: a limit, of all facilities or of one."""

    limit: Limit
    facility_id: Hashable = None


@dataclass(frozen=True, eq=False)
class CircleParts:
    """What a part covers."""

    part: AreaRequest
    pieces: Pieces
    limit_m: float
    """NaN for a limit in minutes where edges differ in pace."""
    minutes: float
    reserve: Reserve
    """What is left of the limit along the streets."""


def area_requests(
    limit_m: Limits, minutes: Limits, by: CircleGrouping, facility_id: NDArray[np.generic]
) -> list[AreaRequest]:
    """Return what is asked for: each limit, of all facilities or of each.

    Raises
    ------
    ConfigError
        No limit is stated, or circles by something else than facilities are asked for.
    """
    limits = Limit.several(limit_m, minutes)
    if not limits:
        raise ConfigError(
            LocalizedText("生活圈需要一个限值", "a circle needs a limit"),
            hint=LocalizedText("请给出 limit_m 或 minutes。", "State limit_m or minutes."),
        )
    if by not in (None, "facility"):
        raise ConfigError(
            LocalizedText(f"不能按“{by}”划分生活圈", f"there are no circles by {by!r}"),
            field="by",
            hint=LocalizedText('请用 by="facility"。', 'Say by="facility".'),
        )
    if by is None:
        return [AreaRequest(limit) for limit in limits]
    return [AreaRequest(limit, who) for limit in limits for who in pd.unique(facility_id)]


def edge_table(
    network: WalkNetwork, drawn: Sequence[CircleParts], by: CircleGrouping
) -> gpd.GeoDataFrame:
    """Return the pieces of all parts as lines; see ``livingcircle.Reach.edges``."""
    counts = [len(one.pieces.edge) for one in drawn]
    nothing = [np.empty(0, dtype=np.int64)]
    edge, from_m, to_m = (
        np.concatenate([*nothing, *(getattr(one.pieces, name) for one in drawn)])
        for name in ("edge", "from_m", "to_m")
    )
    columns: dict[str, NDArray[np.generic]] = {}
    if by is not None:
        ids = pd.Series([one.part.facility_id for one in drawn], dtype=object)
        columns["facility_id"] = ids.repeat(counts).to_numpy()
    if len({one.part.limit for one in drawn}) > 1:
        columns["limit_m"] = np.repeat([one.limit_m for one in drawn], counts)
        columns["minutes"] = np.repeat([one.minutes for one in drawn], counts)
    columns |= {"edge": edge, "from_m": from_m, "to_m": to_m, "length_m": to_m - from_m}
    lines = stretch_lines(network, edge, from_m, to_m)
    return gpd.GeoDataFrame(columns, geometry=np.atleast_1d(lines), crs=4326)


def circle_table(
    network: WalkNetwork,
    walker: str,
    drawn: Sequence[CircleParts],
    by: CircleGrouping,
    half_width_m: float,
) -> gpd.GeoDataFrame:
    """Return the polygon of each part; see ``livingcircle.Reach.circle``."""
    rows: list[tuple[object, ...]] = []
    polygons = circle_polygons(network, [(one.pieces, one.reserve) for one in drawn], half_width_m)
    for one, (polygon, area_m2) in zip(drawn, polygons, strict=True):
        shares = measure_outline(network, polygon, one.reserve)
        edge_m = float(one.pieces.length_m.sum())
        own = () if by is None else (one.part.facility_id,)
        rows.append((*own, one.limit_m, one.minutes, walker, edge_m, area_m2, *shares, polygon))
    columns = [*([] if by is None else ["facility_id"]), *_COLUMNS]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=4326)

"""Coordinates of points, in degrees and in the metres of a network."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from livingcircle._arrays import FloatArray
from livingcircle.arguments import wrong_type
from livingcircle.errors import InputError
from livingcircle.io.datum.degrees import in_degrees
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork

__all__ = ["level_of", "lonlat_of", "to_degrees", "to_metres"]

_TABLES = {"demand": "需求表", "facility": "设施表", "candidate": "候选点表"}
_ARGUMENTS = {"demand": "demand", "facility": "facilities", "candidate": "candidates"}


def lonlat_of(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    what: Literal["demand", "facility", "candidate"] = "demand",
) -> FloatArray:
    """Return (n, 2) degrees of a table's points; areas count by a point inside them.

    Rows without geometry give NaN.

    Raises
    ------
    WrongTypeError
        If it is neither GeoDataFrame nor GeoSeries.
    InputError
        If the table has no geometry or no CRS.
    """
    name = _ARGUMENTS[what]
    if not isinstance(points, gpd.GeoDataFrame | gpd.GeoSeries):
        wanted = LocalizedText("GeoDataFrame 或 GeoSeries", "a GeoDataFrame or a GeoSeries")
        raise wrong_type(points, name, wanted)
    if isinstance(points, gpd.GeoDataFrame) and points.active_geometry_name is None:
        raise InputError(
            LocalizedText(f"{_TABLES[what]}没有几何列", f"the {what} table has no geometry"),
            hint=LocalizedText("请先设置：set_geometry。", "Set it (set_geometry)."),
        )
    if points.crs is None:
        raise InputError(
            LocalizedText(
                f"{_TABLES[what]}没有坐标参考系",
                f"the {what} table has no coordinate reference system",
            ),
            hint=LocalizedText("请先设置：set_crs。", "Set its CRS (set_crs)."),
        )
    shapes = in_degrees(points.geometry, field=name).to_numpy().copy()
    shapes[shapely.is_empty(shapes)] = None
    area = ~np.isin(shapely.get_type_id(shapes), (0, -1))
    if area.any():
        shapes[area] = shapely.point_on_surface(shapes[area])
    return np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])


def level_of(points: pd.DataFrame | pd.Series) -> FloatArray | None:
    """Return the level that each row states (column ``level``, else ``layer``); None: no column.

    Of several levels ("0;1") one on the ground counts, else the first; what is no number is NaN.
    """
    if isinstance(points, pd.Series):
        return None
    names = [name for name in ("level", "layer") if name in points.columns]
    if not names:
        return None
    stated = points[names[0]]
    if stated.isna().all():
        return np.full(len(points), np.nan)
    text = stated.astype("string").str.strip()
    first = pd.to_numeric(text.str.split(r"[;,]", n=1, regex=True).str[0], errors="coerce")
    ground = text.str.fullmatch(r"(?:.*[;,]\s*)?[+-]?0(?:\.0*)?(?:\s*[;,].*)?").fillna(False)
    value = first.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(ground.to_numpy(dtype=bool), 0.0, value)


def to_metres(network: WalkNetwork, lonlat: FloatArray) -> FloatArray:
    """Project degrees (n, 2) into the metres of ``network.crs_m``."""
    return np.column_stack(_projection(network.crs_m).transform(lonlat[:, 0], lonlat[:, 1]))


def to_degrees(network: WalkNetwork, xy: FloatArray) -> FloatArray:
    """Return the degrees (n, 2) of metres of ``network.crs_m``."""
    back = _projection(network.crs_m).transform(xy[:, 0], xy[:, 1], direction="INVERSE")
    return np.column_stack(back)


# Making one takes 4 ms, and a run asks hundreds of times.
@lru_cache(maxsize=32)
def _projection(crs: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4326, crs, always_xy=True)

"""Geometry as short integer lists for a page: whole degrees × 10^6, each the step from the last.

A list of features becomes ``{"f": parts per feature, "n": points per part, "d": steps}``; rings of
polygons are parts like any other, and the page fills them even-odd, so holes stay holes.
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.publish.json_text import json_text

__all__ = [
    "DEGREE_DECIMALS",
    "encode_parts",
    "encode_points",
    "finite",
    "finite_list",
    "lat_lon",
    "script_json",
]

_EXACT = 2.0**53
"""Whole numbers below it are exact as floats."""
DEGREE_DECIMALS = 6
"""Decimals of a degree in a page: 0.11 m."""


def encode_points(points: gpd.GeoSeries) -> list[int]:
    """Return points as steps of longitude and latitude; they must all have coordinates."""
    xy = shapely.get_coordinates(points.to_numpy())
    steps: list[int] = _steps(xy, np.array([0])).tolist()
    return steps


def encode_parts(shapes: gpd.GeoSeries, digits: int = DEGREE_DECIMALS) -> dict[str, list[int]]:
    """Return lines or polygons as parts, points per part, and steps."""
    parts, feature = shapely.get_parts(shapes.to_numpy(), return_index=True)
    if len(parts) and shapely.get_dimensions(parts).max() == 2:
        parts, of_part = shapely.get_rings(parts, return_index=True)
        feature = feature[of_part]
    xy, part = shapely.get_coordinates(parts, return_index=True)
    grid = np.rint(xy * 10**digits).astype(np.int64)
    # Points that fall on the same place of the grid are drawn once.
    keep = np.ones(len(grid), dtype=bool)
    keep[1:] = (np.diff(grid, axis=0) != 0).any(axis=1) | (np.diff(part) != 0)
    grid, part = grid[keep], part[keep]
    counts = np.bincount(part, minlength=len(parts))
    first = np.flatnonzero(np.r_[True, np.diff(part) != 0]) if len(part) else np.array([], int)
    out = {
        "f": np.bincount(feature, minlength=len(shapes)).tolist(),
        "n": counts.tolist(),
        "d": _differences(grid, first).ravel().tolist(),
    }
    if digits != DEGREE_DECIMALS:
        out["e"] = [digits]
    return out


def _steps(xy: FloatArray, first: IntArray) -> IntArray:
    return _differences(np.rint(xy * 10**DEGREE_DECIMALS).astype(np.int64), first).ravel()


def _differences(grid: IntArray, first: IntArray) -> IntArray:
    """Return the step from each point to the next; the first of a part is given whole."""
    steps = np.diff(grid, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    if len(grid):
        steps[first] = grid[first]
    return steps


def finite(value: object, digits: int = 4) -> float | int | None:
    """Return a number for JSON: cut after some digits, None where it is missing or infinite."""
    if value is None or value is pd.NA:
        return None
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        return None
    rounded = float(_cut(np.array([number]), digits)[0])
    return int(rounded) if rounded == int(rounded) else rounded


def _cut(values: FloatArray, digits: int) -> FloatArray:
    """Cut numbers after some digits.

    The page rounds them, to whole metres or tenths of a percent: rounded here too, 799.4996 would
    become 799.5 and then 800.
    """
    tens = 10.0**digits
    # What is a hair below a digit only for how machines write it, as 0.57, is not cut.
    return np.trunc(values * tens + np.copysign(1e-6, values)) / tens


def finite_list(frame: pd.DataFrame, name: str, digits: int = 2) -> list[float | int | None]:
    """Return a column cut after some digits, None for what is missing; all None without it."""
    if name not in frame:
        return [None] * len(frame)
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    rounded = _cut(values, digits)
    cells = rounded.astype(object)
    whole = (rounded == np.trunc(rounded)) & (np.abs(rounded) < _EXACT)
    cells[whole] = rounded[whole].astype(np.int64)
    cells[~np.isfinite(values)] = None
    out: list[float | int | None] = cells.tolist()
    return out


def lat_lon(lat: float, lon: float) -> list[float] | None:
    """Return a place as Leaflet expects it, None for none."""
    if not (np.isfinite(lat) and np.isfinite(lon)):
        return None
    return [round(lat, 6), round(lon, 6)]


def script_json(data: object) -> str:
    """Return JSON that may stand inside a ``<script>`` element whatever its texts hold."""
    text = json_text(data)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text

"""Elevation models of a known shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.transform import from_origin

from builders.drawing import PLAN, Plan

Height = Callable[[np.ndarray, np.ndarray], np.ndarray]


def board(plan: Plan = PLAN) -> pyproj.CRS:
    """The drawing board as a projection: metres east and north of its place."""
    return pyproj.CRS.from_proj4(
        f"+proj=tmerc +lat_0={plan.lat} +lon_0={plan.lon} +k=1 +datum=WGS84 +units=m"
    )


def write_dem(
    path: Path,
    height: Height,
    *,
    crs: object | None = None,
    cell_m: float = 10.0,
    box: tuple[float, float, float, float] = (-1500, -1500, 1500, 1500),
    nodata: float | None = None,
    plan: Plan = PLAN,
    dtype: str = "float32",
) -> Path:
    """Write a GeoTIFF whose cells hold ``height(x, y)`` at their middles, in metres of the board.

    ``crs`` None: the board itself; ``"none"``: no CRS at all.
    """
    own = board(plan)
    target = own if crs in (None, "none") else pyproj.CRS.from_user_input(crs)
    forward = pyproj.Transformer.from_crs(own, target, always_xy=True)
    west, south, east, north = box
    x0, y0, x1, y1 = forward.transform_bounds(west, south, east, north)
    step_x, step_y = (x1 - x0) / (east - west) * cell_m, (y1 - y0) / (north - south) * cell_m
    columns, rows = round((x1 - x0) / step_x), round((y1 - y0) / step_y)
    transform = from_origin(x0, y1, step_x, step_y)
    column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    x, y = x0 + column * step_x, y1 - row * step_y
    bx, by = forward.transform(x, y, direction="INVERSE")
    values = np.asarray(height(np.asarray(bx), np.asarray(by)), dtype=float)
    profile = {
        "driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": dtype,
        "transform": transform, "nodata": nodata,
    }  # fmt: skip
    if crs != "none":
        profile["crs"] = target.to_wkt()
    if nodata is not None:
        values = np.where(np.isfinite(values), values, nodata)
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(values.astype(dtype), 1)
    return path

"""The ground: a plain by the river, and Cloud Hill with its terraces in the north-east."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from .place import bend, to_metres

PLAIN_M = 14.0
CELL_DEG = 1 / 3600
# West, south, east, north: all streets and half a kilometre more.
BOX = (115.432, 24.454, 115.562, 24.539)
# Middle (board), height above the plain and radius: beyond the radius all is as flat as the plain.
HILLS = ((1780.0, 2850.0, 62.0, 620.0),)


def heights(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Metres above the sea at (x, y) metres of the plane; a hill is a bell of a cosine."""
    ground = np.full(np.shape(x), PLAIN_M)
    for t, v, top, radius in HILLS:
        at_x, at_y = bend(np.array([t]), np.array([v]))
        far = np.minimum(np.hypot(x - at_x[0], y - at_y[0]) / radius, 1.0)
        ground = ground + top / 2 * (1 + np.cos(np.pi * far))
    return ground


def write(path: Path) -> None:
    """Write the ground as a GeoTIFF of one second of arc, to a tenth of a metre."""
    west, south, east, north = BOX
    columns, rows = round((east - west) / CELL_DEG), round((north - south) / CELL_DEG)
    lon, lat = np.meshgrid(
        west + (np.arange(columns) + 0.5) * CELL_DEG, north - (np.arange(rows) + 0.5) * CELL_DEG
    )
    x, y = to_metres(np.column_stack([lon.ravel(), lat.ravel()])).T
    values = np.round(heights(x, y), 1).astype("float32").reshape(rows, columns)
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="float32",
        crs="EPSG:4326", transform=from_origin(west, north, CELL_DEG, CELL_DEG),
        compress="deflate", predictor=3,
    ) as raster:  # fmt: skip
        raster.write(values, 1)
        raster.update_tags(NOTE="synthetic: 样例市（合成数据）, made by data/make_sample.py")

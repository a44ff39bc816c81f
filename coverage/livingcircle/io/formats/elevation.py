"""Elevation rasters (GeoTIFF: GLO-30, SRTM, a surveyor's) → heights at any place, in metres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
from rasterio.enums import Resampling

from livingcircle._arrays import FloatArray
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.formats.located_raster import cells_around, located_raster
from livingcircle.localized import LocalizedText

__all__ = ["Elevation", "read_elevation"]

_MOST_CELLS = 25_000_000
_MARGIN = 8
"""Cells around the bounds, for the smoothing."""
"""Finer models of a city are read at the mean of neighbouring cells."""
_PLAUSIBLE_M = (-500.0, 9000.0)
"""The shore of the Dead Sea and the top of Everest: what lies beyond is a code for "no data"."""
_SMOOTH_M, _SMOOTH_CELLS = 10.0, 0.7
_FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200 / 3937,
         "us-ft": 1200 / 3937, "us_survey_foot": 1200 / 3937}  # fmt: skip
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, eq=False)
class Elevation:
    """Heights of the ground on a grid, smoothed against noise."""

    source: str
    """Name of the file."""
    heights_m: FloatArray
    """(rows, columns) metres; NaN where the model knows nothing."""
    crs: pyproj.CRS
    to_cell: FloatArray
    """(2, 3) x, y, 1 in ``crs`` → column, row, counted from the upper left corner of the grid."""
    cell_m: float
    """Metres of the shorter side of a cell."""
    smoothed_m: float
    """Standard deviation of the smoothing, metres; 0: none."""

    def at(self, lonlat: FloatArray) -> FloatArray:
        """Return the heights of places, bilinear between the middles of cells.

        Parameters
        ----------
        lonlat
            (n, 2) degrees, WGS 84.

        Returns
        -------
        ndarray
            (n,) metres; NaN outside the grid and beside cells without data.
        """
        to_crs = pyproj.Transformer.from_crs(4326, self.crs, always_xy=True)
        x, y = to_crs.transform(lonlat[:, 0], lonlat[:, 1])
        column, row = _moved(self.to_cell, np.asarray(x), np.asarray(y))
        rows, columns = self.heights_m.shape
        inside = (column >= 0) & (column <= columns) & (row >= 0) & (row <= rows)
        found = np.full(len(lonlat), np.nan)
        # Between the middles of the outermost cells and the border the slope goes on.
        left, across = _between(column[inside] - 0.5, columns)
        top, down = _between(row[inside] - 0.5, rows)
        right, under = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        cells = self.heights_m
        upper = _mixed(cells[top, left], cells[top, right], across)
        lower = _mixed(cells[under, left], cells[under, right], across)
        found[inside] = _mixed(upper, lower, down)
        return found


def _moved(by: FloatArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return places moved by an affine map of (2, 3) numbers."""
    (a, b, c), (d, e, f) = by
    return a * x + b * y + c, d * x + e * y + f


def _inverse(of: FloatArray) -> FloatArray:
    turn = np.linalg.inv(of[:, :2])
    return np.column_stack([turn, -turn @ of[:, 2]])


def _between(at: FloatArray, size: int) -> tuple[np.ndarray, FloatArray]:
    """Return the cell before each position and the share of the way to the next."""
    before = np.clip(np.floor(at).astype(np.int64), 0, max(size - 2, 0))
    return before, at - before


def _mixed(one: FloatArray, two: FloatArray, share: FloatArray) -> FloatArray:
    """Mix two values; one that does not count may be unknown."""
    mixed = one + (two - one) * share
    return np.where(share == 0.0, one, np.where(share == 1.0, two, mixed))


def read_elevation(
    path: str | Path,
    bounds: tuple[float, float, float, float],
    *,
    smooth_m: float | None = None,
    crs: str | None = None,
) -> Elevation:
    """Read the part of an elevation model that covers a city.

    The model's noise is smoothed with a Gaussian whose standard deviation is 10 m, or 0.7 of a
    cell where that is more. The plane through all heights is set aside first, so that an even
    slope stays as it is, up to the border of the model.

    Parameters
    ----------
    path
        A GeoTIFF, or an ESRI ASCII grid, in any CRS; band 1 holds heights in metres (feet, or
        decimetres by a scale and an offset, where the band says so).
    bounds
        West, south, east, north in degrees.
    smooth_m
        Another standard deviation, metres; 0: the heights as they are.
    crs
        Its coordinate system, where the file does not say it, or says it wrongly.

    Raises
    ------
    MissingFileError, InputError
        No file, no raster, no CRS, no heights, or none within the bounds.
    """
    path = Path(path)
    if smooth_m is not None and not (math.isfinite(smooth_m) and 0 <= smooth_m <= 1000):
        raise ConfigError(
            LocalizedText(f"平滑距离为 {smooth_m}", f"the smoothing is {smooth_m}"),
            field="smooth_m",
            hint=LocalizedText("请给出 0 至 1000 米。", "State 0 to 1000 metres."),
        )
    with located_raster(path, crs) as (raster, own):
        window = cells_around(raster, own, bounds, path, _MARGIN)
        coarser = max(1.0, math.sqrt(window.width * window.height / _MOST_CELLS))
        shape = (math.ceil(window.height / coarser), math.ceil(window.width / coarser))
        read = raster.read(
            1, window=window, masked=True, out_shape=shape, resampling=Resampling.average
        )
        to_crs = np.array(raster.transform[:6]).reshape(2, 3)
        to_crs[:, 2] += to_crs[:, :2] @ (window.col_off, window.row_off)
        to_crs[:, :2] *= (window.width / shape[1], window.height / shape[0])
        system = pyproj.CRS.from_wkt(own.to_wkt())
        unit = _FEET.get(str(raster.units[0] or "").strip().lower(), 1.0)
        scale, offset = raster.scales[0], raster.offsets[0]
    heights = (np.ma.filled(read.astype(np.float64), np.nan) * scale + offset) * unit
    low, high = _PLAUSIBLE_M
    with np.errstate(invalid="ignore"):
        heights[~((heights >= low) & (heights <= high))] = np.nan
    if not np.isfinite(heights).any():
        raise InputError(
            LocalizedText(
                "高程数据在城市范围内没有有效高程", "the raster holds no height where the city is"
            ),
            file=path,
            hint=LocalizedText(
                "第 1 波段应为以米计的高程；请检查数据与坐标系。",
                "Band 1 is to hold heights in metres; check the file and its CRS.",
            ),
        )
    across_m, down_m = _cell_m(to_crs, system, shape)
    cell_m = min(across_m, down_m)
    sigma_m = max(_SMOOTH_M, _SMOOTH_CELLS * cell_m) if smooth_m is None else float(smooth_m)
    if sigma_m > 0:
        heights = _smoothed(heights, (sigma_m / down_m, sigma_m / across_m))
    return Elevation(path.name, heights, system, _inverse(to_crs), cell_m, sigma_m)


def _cell_m(to_crs: FloatArray, crs: pyproj.CRS, shape: tuple[int, int]) -> tuple[float, float]:
    """Return the metres from the middle cell to the next in its row and in its column."""
    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    row, column = shape[0] / 2, shape[1] / 2
    columns, rows = np.array([column, column + 1, column]), np.array([row, row, row + 1])
    lon, lat = to_degrees.transform(*_moved(to_crs, columns, rows))
    _, _, metres = _GEOD.inv([lon[0]] * 2, [lat[0]] * 2, lon[1:], lat[1:])
    return float(metres[0]), float(metres[1])


def _smoothed(heights: FloatArray, sigma: tuple[float, float]) -> FloatArray:
    """Smooth what differs from the plane through all heights; cells without data stay so."""
    known = np.isfinite(heights)
    row, column = np.nonzero(known)
    shape = np.column_stack([np.ones(len(row)), row, column]).astype(np.float64)
    values = heights[known]
    plane, *_ = np.linalg.lstsq(shape, values, rcond=None)
    trend = shape @ plane
    rest = np.zeros(heights.shape)
    rest[known] = values - trend
    # Loaded here, since most runs have no terrain.
    from scipy.ndimage import gaussian_filter

    weight = gaussian_filter(known.astype(np.float64), sigma, mode="constant")
    mean = gaussian_filter(rest, sigma, mode="constant")
    smooth = np.full(heights.shape, np.nan)
    smooth[known] = trend + mean[known] / weight[known]
    return smooth

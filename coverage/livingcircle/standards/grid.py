"""Findings by cell of a grid: square cells of metres, or the hexagons of H3."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray
from livingcircle.arguments import number_from
from livingcircle.errors import ConfigError, InputError
from livingcircle.localized import LocalizedText
from livingcircle.standards.access import Access

__all__ = ["by_grid"]

_COLUMNS = (
    "id", "part", "group", "cell", "points", "unknown", "people", "people_covered", "share",
    "geometry",
)  # fmt: skip
_SIZE_M = 500.0
_FINEST = 15
"""The finest resolution of H3."""


def by_grid(
    tests: Iterable[tuple[str, int, Access]], crs_m: object, size_m: float | None, h3: int | None
) -> gpd.GeoDataFrame:
    """Return how many people of each cell are served; see ``Result.by_grid``.

    Parameters
    ----------
    tests
        Id of the requirement, number of the part from 1, and who is to walk where.
    crs_m
        The system in metres whose axes the square cells follow.
    size_m
        Metres along a side of a square cell; 500 where neither is stated.
    h3
        Resolution of H3 cells instead.

    Raises
    ------
    WrongTypeError, ConfigError
        The size or the resolution makes no sense.
    InputError
        The extra ``h3`` is not installed.
    """
    if size_m is not None and h3 is not None:
        raise ConfigError(
            LocalizedText("同时给出了 size_m 和 h3", "size_m and h3 are stated at once"),
            field="h3",
            hint=LocalizedText("请只给出其中一个。", "State one of them."),
        )
    size = number_from(_SIZE_M if size_m is None else size_m, "size_m")
    if size == 0:
        raise ConfigError(
            LocalizedText("格网边长为 0", "the cells have no size"),
            field="size_m",
            hint=LocalizedText("请给出大于 0 的米数。", "Give metres above 0."),
        )
    tables = [
        _served(test, crs_m, size, h3).assign(id=name, part=part, group=test.group)
        for name, part, test in tests
    ]
    if not tables:
        return gpd.GeoDataFrame({name: [] for name in _COLUMNS}, geometry="geometry", crs=4326)
    found = pd.concat(tables, ignore_index=True)
    return gpd.GeoDataFrame(found[list(_COLUMNS)], geometry="geometry", crs=4326)


def _served(test: Access, crs_m: object, size_m: float, h3: int | None) -> gpd.GeoDataFrame:
    """Return the cells that hold a home of one test, from south-west to north-east."""
    placed = (test.points.geometry.notna() & ~test.points.geometry.is_empty).to_numpy()
    points = test.points[placed]
    weight = np.ones(len(points))
    if test.group != "points":
        weight = np.asarray(test.weight, float)[placed]
    covered = points["status"].eq("covered").to_numpy()
    cell, shapes = _squares(points, crs_m, size_m) if h3 is None else _hexagons(points, h3)
    table = pd.DataFrame(
        {
            "points": 1,
            "unknown": np.isnan(weight).astype(int),
            "people": weight,
            "people_covered": np.where(covered, weight, np.where(np.isnan(weight), np.nan, 0.0)),
        }
    ).groupby(cell)
    # Where nobody's number is known the sum is unknown, not zero.
    sums = table.sum(min_count=1)
    share = sums["people_covered"] / sums["people"].where(sums["people"] > 0)
    found = sums.assign(share=share, cell=shapes.index, geometry=shapes.to_numpy())
    return gpd.GeoDataFrame(found.reset_index(drop=True), geometry="geometry", crs=4326)


def _squares(
    points: gpd.GeoDataFrame, crs_m: object, size_m: float
) -> tuple[np.ndarray, gpd.GeoSeries]:
    """Return the number of each point's cell, and the cells by name.

    A cell is named by the metres of its south-western corner; that corner and the two sides that
    leave it belong to the cell.
    """
    xy: FloatArray = points.geometry.to_crs(crs_m).get_coordinates().to_numpy()
    corner = np.floor(xy / size_m)
    cells, number = np.unique(corner, axis=0, return_inverse=True)
    low, high = cells * size_m, (cells + 1) * size_m
    names = [f"E{x:.10g}N{y:.10g}" for x, y in low]
    shapes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    return number.ravel(), gpd.GeoSeries(shapes, index=names, crs=crs_m).to_crs(4326)


def _hexagons(points: gpd.GeoDataFrame, resolution: int) -> tuple[np.ndarray, gpd.GeoSeries]:
    """Return the number of each point's H3 cell, and the cells by their H3 index."""
    if isinstance(resolution, bool) or resolution not in range(_FINEST + 1):
        raise ConfigError(
            LocalizedText(f"h3 的值为 {resolution}", f"h3 is {resolution}"),
            field="h3",
            hint=LocalizedText("请给出 0 至 15 的整数。", "Give a whole number from 0 to 15."),
        )
    try:
        import h3
    except ImportError as error:
        raise InputError(
            LocalizedText("H3 格网需要 h3 包", "cells of H3 need the package h3"),
            field="h3",
            hint=LocalizedText(
                '请安装：pip install "livingcircle[h3]"。',
                'Install it: pip install "livingcircle[h3]".',
            ),
        ) from error
    lonlat = points.geometry.get_coordinates().to_numpy()
    # The library takes one point at a time.
    cell = [h3.latlng_to_cell(lat, lon, resolution) for lon, lat in lonlat]
    names, number = np.unique(cell, return_inverse=True)
    rings = [[(lon, lat) for lat, lon in h3.cell_to_boundary(str(name))] for name in names]
    shapes = [shapely.Polygon(ring) for ring in rings]
    return number, gpd.GeoSeries(shapes, index=names, crs=4326)

"""Coordinates with a system that is known, taken to degrees of WGS 84."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import pyproj

from livingcircle.errors import InputError
from livingcircle.io.notes import shorten
from livingcircle.localized import LocalizedText

__all__ = ["in_degrees", "to_degrees_from"]

Shapes = TypeVar("Shapes", gpd.GeoDataFrame, gpd.GeoSeries)


def to_degrees_from(
    system: pyproj.CRS | str | int, *, file: str | Path | None = None, field: str = "crs"
) -> pyproj.Transformer:
    """Return the transformation from a system to longitude and latitude.

    Raises
    ------
    InputError
        PROJ does not know the system, or knows of no way: a local grid of an engineer.
    """
    try:
        return pyproj.Transformer.from_crs(system, 4326, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise _no_way(system, file, field) from error


def in_degrees(shapes: Shapes, *, file: str | Path | None = None, field: str = "crs") -> Shapes:
    """Return shapes of a known system in WGS 84.

    Raises
    ------
    InputError
        As of ``to_degrees_from``.
    """
    try:
        return shapes.to_crs(4326)
    except pyproj.exceptions.ProjError as error:
        raise _no_way(shapes.crs, file, field) from error


def _no_way(system: pyproj.CRS | str | int, file: str | Path | None, field: str) -> InputError:
    name = shorten(system.name if isinstance(system, pyproj.CRS) else system, 50)
    return InputError(
        LocalizedText(
            f"坐标参考系“{name}”无法换算为 WGS 84",
            f"the coordinate reference system '{name}' cannot be converted to WGS 84",
        ),
        file=file,
        field=field,
        hint=LocalizedText(
            "请给出真实的坐标参考系，例如 EPSG:4547。", "State the true one, such as EPSG:4547."
        ),
    )

"""Slopes, stairs and crossings for the live map's timed walks."""

from __future__ import annotations

from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import pyproj
from numpy.polynomial import chebyshev
from scipy.ndimage import distance_transform_edt

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.io.formats.elevation import Elevation
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.terrain import station_step_m
from livingcircle.publish.web.page_arrays import PageArrays

__all__ = ["carries_pace", "pace_data"]

_STEPPED_CELLS, _PLAIN_CELLS = 1_000_000, 400_000
"""Cells of heights that a page carries: 30 by 30 km at 30 m, some 4 MB; fewer of a rugged grid."""
_STEP = 1e8
"""Steps of a metre that heights are kept to: a slope over 20 m is true to its tolerance."""
_SERIES = 9
"""Terms of the series in longitude and in latitude that lay places on the grid."""
_SAME_CELL = 1e-6


class _Steps(NamedTuple):
    """A grid of heights as steps off what the cells beside each foretell."""

    steps: IntArray
    first: int
    """Of the first cell: steps of a metre."""
    unknown: IntArray
    """Where runs of cells without a height begin and end, one after the other."""


def carries_pace(network: WalkNetwork) -> bool:
    """Return whether a page can tell what a walk costs on the ground of a network."""
    if network.terrain is None:
        return True
    size = network.terrain.elevation.heights_m.size
    # Most grids are told by their size: whether one is too rugged is asked only of those between.
    if size > _STEPPED_CELLS or (size > _PLAIN_CELLS and network.derive(_stepped) is None):
        return False
    return network.derive(_cells) is not None


def pace_data(network: WalkNetwork, arrays: PageArrays) -> dict[str, object]:
    """Return ``ground``, ``delays`` and ``crossing_m`` as the engine reads them.

    ``heights_missing`` says that there are heights which the page does not carry: it can tell no
    minutes.
    """
    delays = network.delays if network.uneven else None
    return {
        "heights_missing": network.uneven and not carries_pace(network),
        "ground": _ground(network, arrays) if network.uneven and carries_pace(network) else None,
        "delays": None if delays is None else asdict(delays),
        "crossing_m": None if delays is None else arrays.add(network.tags.crossing_m, "f8"),
    }


def _ground(network: WalkNetwork, arrays: PageArrays) -> dict[str, object] | None:
    if network.terrain is None:
        return None
    heights = network.terrain.elevation.heights_m
    rows, columns = heights.shape
    kept: dict[str, object]
    found = network.derive(_stepped)
    if found is None:
        kept = {"heights": arrays.add(heights.ravel(), "f8")}
    else:
        kept = {
            "steps": arrays.add(found.steps, "i4"),
            "first": found.first,
            "step": _STEP,
            "unknown": arrays.add(found.unknown, "i4"),
        }
    return kept | {
        "rows": rows,
        "columns": columns,
        "cells": network.derive(_cells),
        "step_m": station_step_m(network),
        "pace": network.terrain.pace,
    }


def _stepped(network: WalkNetwork) -> _Steps | None:
    assert network.terrain is not None  # noqa: S101 - who asks has looked
    return _steps(network.terrain.elevation.heights_m)


def _steps(heights: FloatArray) -> _Steps | None:
    """Return a grid as steps, half as long as its numbers; None where it is too rugged."""
    known: BoolArray = np.isfinite(heights)
    if not known.any():
        return None
    at = distance_transform_edt(~known, return_distances=False, return_indices=True)
    grid = np.rint(heights[tuple(at)] * _STEP).astype(np.int64)
    first = int(grid[0, 0])
    # A cell is foretold to lie as far off the cell to its left as those above them do.
    padded = np.pad(grid - first, ((1, 0), (1, 0)))
    steps = np.diff(np.diff(padded, axis=0), axis=1)
    if np.abs(steps).max() >= 2**31:
        return None
    border = np.flatnonzero(np.diff(np.pad(~known.ravel(), 1).astype(np.int8)))
    return _Steps(steps.ravel(), first, border)


def _cells(network: WalkNetwork) -> dict[str, object] | None:
    """Return series in longitude and latitude that give the cell of a place on the grid.

    Whatever the system of the grid is, over a city its map is so smooth that a few terms give it to
    a millionth of a cell. None where they do not.
    """
    assert network.terrain is not None  # noqa: S101 - who asks has looked
    ground = network.terrain.elevation
    (west, south), (east, north) = _box(ground)
    if not np.isfinite([west, south, east, north]).all() or west >= east or south >= north:
        return None
    fitted = _nodes(2 * _SERIES)
    across, up = np.meshgrid(fitted, fitted)
    basis = chebyshev.chebvander2d(across.ravel(), up.ravel(), [_SERIES - 1, _SERIES - 1])
    place = _laid((west, south, east, north), across, up)
    series, *_ = np.linalg.lstsq(basis, _on_grid(ground, place), rcond=None)
    tried = np.linspace(-1, 1, 41)
    across, up = np.meshgrid(tried, tried)
    meant = _on_grid(ground, _laid((west, south, east, north), across, up))
    column, row = (one.reshape(_SERIES, _SERIES) for one in series.T)
    found = np.column_stack(
        [chebyshev.chebval2d(across.ravel(), up.ravel(), one) for one in (column, row)]
    )
    if not np.abs(found - meant).max() <= _SAME_CELL:
        return None
    return {
        "lon": [west, east],
        "lat": [south, north],
        "column": column.tolist(),
        "row": row.tolist(),
    }


def _nodes(count: int) -> FloatArray:
    return np.asarray(np.cos(np.pi * (np.arange(count) + 0.5) / count))


def _laid(box: tuple[float, float, float, float], across: FloatArray, up: FloatArray) -> FloatArray:
    """Return longitude and latitude of places from -1 to 1 over a box."""
    west, south, east, north = box
    lon = (west + east) / 2 + across.ravel() * (east - west) / 2
    return np.column_stack([lon, (south + north) / 2 + up.ravel() * (north - south) / 2])


def _on_grid(ground: Elevation, lonlat: FloatArray) -> FloatArray:
    """Return column and row of places."""
    to_crs = pyproj.Transformer.from_crs(4326, ground.crs, always_xy=True)
    xy = np.column_stack(to_crs.transform(*lonlat.T))
    return np.asarray(xy @ ground.to_cell[:, :2].T + ground.to_cell[:, 2])


def _box(ground: Elevation) -> tuple[FloatArray, FloatArray]:
    """Return the south-west and north-east corners of what a grid covers."""
    rows, columns = ground.heights_m.shape
    row, column = np.meshgrid(np.linspace(0, rows, 9), np.linspace(0, columns, 9))
    cells = np.column_stack([column.ravel(), row.ravel()]) - ground.to_cell[:, 2]
    xy = cells @ np.linalg.inv(ground.to_cell[:, :2]).T
    to_degrees = pyproj.Transformer.from_crs(ground.crs, 4326, always_xy=True)
    lonlat = np.column_stack(to_degrees.transform(*xy.T))
    return lonlat.min(axis=0), lonlat.max(axis=0)

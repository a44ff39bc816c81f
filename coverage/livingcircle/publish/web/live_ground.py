"""Slopes, stairs and crossings for the live map's timed walks."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pyproj

from livingcircle._arrays import FloatArray
from livingcircle.io.formats.elevation import Elevation
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.terrain import station_step_m
from livingcircle.publish.web.page_arrays import PageArrays

__all__ = ["carries_pace", "pace_data"]

_CELLS = 400_000
"""Cells of heights that a page carries: 20 by 20 km at 30 m, some 2 MB."""
_SAME_M, _SAME_DEGREES = 1e-4, 1e-9


def carries_pace(network: WalkNetwork) -> bool:
    """Return whether a page can tell what a walk costs on the ground of a network."""
    if network.terrain is None:
        return True
    ground = network.terrain.elevation
    return ground.heights_m.size <= _CELLS and (_in_degrees(ground) or _plane(ground) is not None)


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
    ground = network.terrain.elevation
    rows, columns = ground.heights_m.shape
    return {
        "heights": arrays.add(ground.heights_m.ravel(), "f8"),
        "rows": rows,
        "columns": columns,
        "to_cell": ground.to_cell.ravel().tolist(),
        "step_m": station_step_m(network),
        "pace": network.terrain.pace,
        "plane": None if _in_degrees(ground) else _plane(ground),
    }


def _corners(ground: Elevation) -> FloatArray:
    """Return x and y of places all over the grid, in its own system."""
    rows, columns = ground.heights_m.shape
    row, column = np.meshgrid(np.linspace(0, rows, 5), np.linspace(0, columns, 5))
    turn, shift = ground.to_cell[:, :2], ground.to_cell[:, 2]
    cells = np.column_stack([column.ravel(), row.ravel()]) - shift
    return np.asarray(cells @ np.linalg.inv(turn).T)


def _lonlat(ground: Elevation) -> FloatArray:
    to_degrees = pyproj.Transformer.from_crs(ground.crs, 4326, always_xy=True)
    return np.column_stack(to_degrees.transform(*_corners(ground).T))


def _in_degrees(ground: Elevation) -> bool:
    """Whether x and y are longitude and latitude of WGS 84, to the tenth of a millimetre."""
    return bool(np.allclose(_lonlat(ground), _corners(ground), rtol=0, atol=_SAME_DEGREES))


def _plane(ground: Elevation) -> dict[str, object] | None:
    """Return the transverse Mercator plane that a grid lies on; None for any other system."""
    operation = ground.crs.coordinate_operation
    if operation is None or operation.method_name != "Transverse Mercator":
        return None
    given = {one.name: one.value for one in operation.params}
    lon, lat = (given[f"{name} of natural origin"] for name in ("Longitude", "Latitude"))
    scale = given["Scale factor at natural origin"]
    x, y = given["False easting"], given["False northing"]
    plain = f"+proj=tmerc +lon_0={lon} +lat_0={lat} +k={scale} +x_0={x} +y_0={y} +datum=WGS84"
    to_plane = pyproj.Transformer.from_crs(4326, plain, always_xy=True)
    found = np.column_stack(to_plane.transform(*_lonlat(ground).T))
    if not np.allclose(found, _corners(ground), rtol=0, atol=_SAME_M):
        return None  # in feet, or on another ellipsoid
    return {"lon": lon, "lat": lat, "scale": scale, "x": x, "y": y}

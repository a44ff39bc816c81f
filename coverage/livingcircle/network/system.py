"""The coordinate system of lines: what the user states, else what their file says."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from livingcircle.errors import InputError
from livingcircle.io.datum.axes import likely_projection, looks_metric
from livingcircle.io.datum.claimed import claimed_datum
from livingcircle.io.datum.systems import crs_named, resolve

__all__ = ["in_system"]


def in_system(
    lines: gpd.GeoDataFrame,
    path: Path,
    notes: dict[str, object],
    datum: str | None,
    crs: str | None,
    system: str | None = None,
) -> gpd.GeoDataFrame:
    """Return lines in WGS 84 where a system is stated, else as their file has them.

    Parameters
    ----------
    lines
        As the file holds them, with its CRS or none.
    path
        The file, for messages.
    notes
        Gets ``system_stated`` where one is stated, and ``system_of_file``.
    datum, crs
        What the user states, or None.
    system
        What the file calls a system that nobody knows, or None.

    Raises
    ------
    InputError, DatumError
        If a stated system is unknown or cannot be, or the numbers are metres of no known system.
    """
    if lines.active_geometry_name is None:
        return lines
    shapes = shapely.force_2d(lines.geometry.to_numpy())
    xy = shapely.get_coordinates(shapes)
    named = claimed_datum(system, lines.crs, str(path)) if datum is None and crs is None else None
    if named is not None:
        datum, lines = named, lines.set_crs(None, allow_override=True)
    if datum is None and crs is None:
        # GeoJSON without a system is WGS 84 by its standard, whatever the numbers are.
        degrees = lines.crs is None or pyproj.CRS(lines.crs).is_geographic
        if degrees and len(xy) and looks_metric(xy[:, 0], xy[:, 1]):
            raise InputError(
                "the coordinates are metres, and nothing says of which system",
                file=path,
                field="crs",
                hint='State it in [network] as crs = "EPSG:4547"; '
                f"{likely_projection(xy[:, 0], xy[:, 1])}.",
            )
        return lines
    metric = crs is not None and not crs_named(crs, str(path)).is_geographic
    if metric and len(xy) and (np.abs(xy) <= (180.0, 90.0)).all():
        raise InputError(
            f"the coordinates are stated as {crs}, which has metres, and they are degrees",
            file=path,
            field="crs",
            hint="Leave crs out, or state the system of the degrees.",
        )
    got = resolve(
        xy[:, 0], xy[:, 1], file=str(path), datum=datum, crs=crs if crs is not None else lines.crs
    )
    own = named or ("" if lines.crs is None else pyproj.CRS(lines.crs).name)
    notes["system_of_file"] = own
    if named is None:
        notes["system_stated"] = ", ".join(text for text in (crs, datum) if text is not None)
    shapes = shapely.set_coordinates(shapes, np.column_stack([got.lon, got.lat]))
    return lines.set_geometry(gpd.GeoSeries(shapes, index=lines.index, crs=4326))

"""A raster whose place on the Earth is known, opened by the one door to GDAL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from livingcircle.errors import DatumError, InputError
from livingcircle.io.datum.claimed import claimed_datum
from livingcircle.io.datum.convert import projected_crs
from livingcircle.io.formats.gdal import open_raster, refuse_virtual
from livingcircle.io.formats.opening import check_file
from livingcircle.localized import LocalizedText

__all__ = ["cells_around", "located_raster"]


@contextmanager
def located_raster(
    path: Path, crs: str | None = None
) -> Iterator[tuple[rasterio.DatasetReader, CRS]]:
    """Open a raster whose CRS is known for a ``with`` block; also give that CRS.

    Parameters
    ----------
    path
        A GeoTIFF, or an ESRI ASCII grid (``.asc``), whose CRS stands in a ``.prj`` beside it.
    crs
        What is stated of it, which wins; None: what the file says.

    Raises
    ------
    MissingFileError, InputError
        There is no such file, it is no raster or cannot be read, or nothing states its CRS.
    """
    check_file(path)
    stated = None if crs is None else _known(crs, path)
    refuse_virtual(path, str(path))
    try:
        with open_raster(path) as raster:
            own = stated or raster.crs
            if own is None:
                raise InputError(
                    LocalizedText(
                        "栅格没有坐标参考系", "the raster has no coordinate reference system"
                    ),
                    file=path,
                    field="crs",
                    hint=LocalizedText(
                        '请在 city.toml 中注明 crs = "EPSG:4547" 之类，或把 .prj 放在 .asc 旁边。',
                        'State it in city.toml, such as crs = "EPSG:4547", or put a .prj beside'
                        " the .asc.",
                    ),
                )
            if stated is None:
                _refuse_system(own, path)
            yield raster, own
    except (RasterioError, CRSError, pyproj.exceptions.CRSError) as error:
        raise InputError(
            f"the raster cannot be read ({str(error)[:160]})",
            file=path,
            hint="Give a GeoTIFF or an ESRI ASCII grid (.asc)",
        ) from error


def _known(crs: str, path: Path) -> CRS:
    """Return a coordinate system by the name that somebody states."""
    try:
        return CRS.from_wkt(projected_crs(crs).to_wkt())
    except DatumError as error:
        raise InputError(error.problem, file=path, hint=error.hint, field="crs") from error


def _refuse_system(own: CRS, path: Path) -> None:
    """Refuse a system that gives no places on the Earth, or shifted ones, which no raster can."""
    known = pyproj.CRS.from_user_input(own.to_wkt())
    shifted = claimed_datum(None, known, str(path))
    if shifted is None and (known.is_geographic or known.is_projected):
        return
    name = known.name if shifted is None else shifted
    raise InputError(
        LocalizedText(
            f"栅格的坐标参考系 {name} 不能直接定位",
            f"the raster's coordinate system {name} does not tell where on the Earth it lies",
        ),
        file=path,
        field="crs",
        hint=LocalizedText(
            '请给 WGS 84 或 CGCS2000 的栅格；坐标系写错时，请注明 crs = "EPSG:4547" 之类。',
            "Give a raster in WGS 84 or CGCS2000; where its system is written wrongly, state it,"
            ' such as crs = "EPSG:4547".',
        ),
    )


def cells_around(
    raster: rasterio.DatasetReader,
    crs: CRS,
    bounds: tuple[float, float, float, float],
    path: Path,
    margin: int = 0,
) -> Window:
    """Return the whole cells of a raster that cover bounds, and so many more on each side.

    Parameters
    ----------
    raster, crs, path
        As ``located_raster`` gives them, and its file.
    bounds
        West, south, east, north in degrees.

    Raises
    ------
    InputError
        The raster has none of them.
    """
    west, south, east, north = transform_bounds(4326, crs, *bounds)
    # Of a grid that is turned, or whose rows run from south to north, the first cell is in no
    # corner that a rectangle could be told by.
    x, y = np.array([west, west, east, east]), np.array([south, north, south, north])
    back = ~raster.transform
    column, row = back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f
    left, right = max(int(np.floor(column.min())) - margin, 0), int(np.ceil(column.max())) + margin
    top, bottom = max(int(np.floor(row.min())) - margin, 0), int(np.ceil(row.max())) + margin
    right, bottom = min(right, raster.width), min(bottom, raster.height)
    if bottom <= top or right <= left:
        raise InputError(
            "the raster does not cover the city", file=path, hint="Check its extent and its CRS"
        )
    return Window(left, top, right - left, bottom - top)

"""A raster whose place on the Earth is known, opened by the one door to GDAL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyproj
import rasterio
from rasterio.errors import CRSError, RasterioError

from livingcircle.errors import InputError
from livingcircle.io.formats.gdal import open_raster, refuse_virtual
from livingcircle.io.formats.opening import check_file

__all__ = ["located_raster"]


@contextmanager
def located_raster(path: Path) -> Iterator[rasterio.DatasetReader]:
    """Open a raster that states its CRS for a ``with`` block.

    Raises
    ------
    MissingFileError, InputError
        There is no such file, it is no raster or cannot be read, or it states no CRS.
    """
    check_file(path)
    refuse_virtual(path, str(path))
    try:
        with open_raster(path) as raster:
            if raster.crs is None:
                raise InputError(
                    "the raster has no coordinate reference system",
                    file=path,
                    hint="Assign one, e.g. with gdal_edit.py -a_srs EPSG:4326",
                )
            yield raster
    except (RasterioError, CRSError, pyproj.exceptions.CRSError) as error:
        raise InputError(
            f"the raster cannot be read ({str(error)[:160]})", file=path, hint="Give a GeoTIFF"
        ) from error

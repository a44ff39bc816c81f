"""The records of a source under their own names, before anyone says what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from livingcircle._arrays import GeometryArray, IntArray
from livingcircle.errors import InputError
from livingcircle.io.formats.grid import Grid
from livingcircle.io.formats.opening import open_source
from livingcircle.io.formats.reader import Layer, TableSource
from livingcircle.io.notes import Note
from livingcircle.io.table.arc_columns import with_whole_degrees
from livingcircle.io.table.layout import find_layout
from livingcircle.io.table.nested import unnest
from livingcircle.io.table.sheets import with_like_sheets

__all__ = ["FIRST_ROW", "Records", "read_records"]

FIRST_ROW = 2
"""Number of the first record of a layer or DataFrame: row 1 is its header, as a sheet shows it."""


@dataclass(frozen=True)
class Records:
    """Records under their own names, before anyone says what they mean."""

    frame: pd.DataFrame
    row: IntArray
    also: Mapping[str, Sequence[str]]
    set_aside: pd.DataFrame
    blank: int
    notes: tuple[Note, ...]
    file: str
    geometry: GeometryArray | None
    """(n,) shapely geometries of a layer, else None."""
    crs: pyproj.CRS | None
    cut_names: bool
    comma: bool
    """A comma within a number may be its decimal sign."""
    system: str | None = None
    """What the file calls its coordinate system, where nobody knows a system of that name."""


def read_records(
    source: TableSource,
    *,
    layer: str | None = None,
    sheet: str | int | None = None,
    encoding: str | None = None,
    header_row: int | None = None,
    known: Sequence[str] = (),
) -> Records:
    """Open a source and cut its records out; see `livingcircle.io.table.read.read_table`.

    Raises
    ------
    MissingFileError, InputError
        If it cannot be read or holds no records.
    """
    opened = open_source(source, layer=layer, sheet=sheet, encoding=encoding)
    if isinstance(opened, Grid):
        return _from_grid(opened, header_row, known)
    return _from_layer(opened, known)


def _from_grid(grid: Grid, header_row: int | None, known: Sequence[str]) -> Records:
    layout = find_layout(grid, header_row=header_row, known=known)
    layout = with_like_sheets(grid, layout, header_row=header_row, known=known)
    if not len(layout.body):
        raise InputError(
            "there is no row below the header",
            hint="Check the export, or state the header_row.",
            file=grid.file,
            field="rows",
        )
    frame = unnest(layout.body, known, texts=True)
    frame, put_together = with_whole_degrees(frame, grid.file, known)
    return Records(
        frame=frame,
        row=layout.row,
        also=layout.also,
        set_aside=layout.set_aside,
        blank=layout.blank,
        notes=(*layout.notes, *put_together),
        file=grid.file,
        geometry=None,
        crs=None,
        cut_names=False,
        comma=grid.decimal_comma,
    )


def _from_layer(layer: Layer, known: Sequence[str]) -> Records:
    frame = layer.frame
    geometry, crs = None, None
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name in frame.columns:
        geometry = frame.geometry.to_numpy()
        # A GeoPackage calls "undefined" what has no system.
        undefined = frame.crs is not None and frame.crs.name.startswith("Undefined")
        crs = None if undefined else frame.crs
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    if not len(frame):
        raise InputError("the layer has no rows", hint="Check the export.", file=layer.file)
    frame.columns = [str(name) for name in frame.columns]
    frame = unnest(_without_na(frame), known)
    frame, put_together = with_whole_degrees(frame, layer.file, known)
    return Records(
        frame=frame,
        row=np.arange(FIRST_ROW, len(frame) + FIRST_ROW),
        also={},
        set_aside=pd.DataFrame({"source_row": [], "why": [], "text": []}),
        blank=0,
        notes=(*layer.notes, *put_together),
        file=layer.file,
        geometry=geometry,
        crs=crs,
        cut_names=layer.cut_names,
        comma=False,
        system=layer.system,
    )


def _without_na(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose nullable numbers (of Parquet) are floats with NaN, as others are."""
    nullable = [
        name
        for name in frame.columns
        if isinstance(frame[name].dtype, pd.api.extensions.ExtensionDtype)
        and pd.api.types.is_numeric_dtype(frame[name].dtype)
        and not pd.api.types.is_bool_dtype(frame[name].dtype)
    ]
    return frame.astype(dict.fromkeys(nullable, np.float64)) if nullable else frame

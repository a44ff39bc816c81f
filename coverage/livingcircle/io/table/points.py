"""read_points: ids, longitudes and latitudes of a table, fast; no row is dropped."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import shapely
from numpy.typing import NDArray

from livingcircle._arrays import FloatArray, GeometryArray, ObjectArray
from livingcircle.errors import InputError
from livingcircle.io.datum.systems import Box, Resolved, resolve
from livingcircle.io.formats.opening import check_file
from livingcircle.io.formats.reader import TableSource
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.columns import text_column, text_or_numbers
from livingcircle.io.table.headers import Column, assign_roles, header_key
from livingcircle.io.table.positions import place_rows
from livingcircle.io.table.records import read_records

__all__ = ["Points", "read_points"]

_PLAIN_TEXT = {".csv", ".txt", ".tsv"}


@dataclass(frozen=True)
class Points:
    """The points of a table, a row per record."""

    ids: ObjectArray
    """Text: the number of the record from 0 where no column holds it."""
    lon: FloatArray
    lat: FloatArray
    """Degrees in WGS 84; NaN for rows without coordinates."""
    datum: str
    """The datum that the coordinates were taken to be in."""
    datum_from: str
    """"stated", "file" (its CRS), "header" (of the coordinates) or "assumed"."""
    notes: tuple[Note, ...]
    """How the coordinates were understood."""
    level: NDArray[np.generic] | None = None
    """The text of a column ``level`` (else ``layer``), row by row; None: no such column."""


def read_points(
    source: TableSource,
    *,
    datum: str | None = None,
    id_names: Sequence[str] = ("facility_id", "id"),
    near: Box | None = None,
) -> Points:
    """Read the points of a table or layer.

    Parameters
    ----------
    source
        As of `livingcircle.io.table.read.read_table`.
    datum
        Of the coordinates; None: what the file says, else WGS 84.
    id_names
        Columns that may hold the id, the best first.
    near
        West, south, east, north (degrees) of where the points should be: tells swapped axes.

    Returns
    -------
    Points
        A row per record of the table; a polygon stands for a point within it.

    Raises
    ------
    MissingFileError, InputError, DatumError
        If the table cannot be read or has no coordinates.
    """
    if isinstance(source, str | Path) and Path(source).suffix.lower() in _PLAIN_TEXT:
        check_file(Path(source))
        plain = _read_plain(Path(source), id_names)
        if plain is not None:
            ids, x, y, layer = plain
            got = _resolved(Path(source), x, y, datum, near)
            if len(ids) and not np.isfinite(got.lon).any():
                raise InputError(
                    "no row has coordinates",
                    hint="Check which columns hold longitude and latitude.",
                    file=str(source),
                    field="coordinates",
                )
            return Points(ids, got.lon, got.lat, got.datum, got.datum_from, got.notes, layer)
    records = read_records(source)
    means = {
        column.role: column
        for column in assign_roles(list(records.frame.columns), file=records.file)
    }
    placed = place_rows(
        records.frame,
        means,
        records.geometry,
        records.crs,
        file=records.file,
        row=records.row,
        datum=datum,
        crs=None,
        near=near,
        required=True,
        system=records.system,
    )
    bad = np.flatnonzero(np.asarray(placed.status) == "bad_coordinates")
    if len(bad):
        raise InputError(
            f"{shorten(placed.reason[bad[0]].en)} ({len(bad)} such rows)",
            file=records.file,
            row=int(records.row[bad[0]]),
            field="coordinates",
            hint="Mend the coordinates, or leave them blank where they are not known.",
        )
    lon, lat = _as_points(placed.geometry)
    ids = _ids(records.frame, means, id_names)
    name = _level_name(list(records.frame.columns))
    level = text_or_numbers(records.frame[name]) if name else None
    return Points(ids, lon, lat, placed.datum, placed.datum_from, placed.notes, level)


def _read_plain(
    path: Path, id_names: Sequence[str]
) -> tuple[ObjectArray, FloatArray, FloatArray, ObjectArray | None] | None:
    """Read a plain CSV (UTF-8, comma, header first, numbers) at a tenth of the cost, else None."""
    with path.open("rb") as stream:
        first = stream.readline(65536).removeprefix(codecs.BOM_UTF8)
    try:
        names = next(csv.reader(io.StringIO(first.decode("utf-8"))), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    means = {column.role: column for column in assign_roles(list(dict.fromkeys(names)))}
    if len(set(names)) < len(names) or not {"lon", "lat"} <= means.keys():
        return None
    lon, lat = means["lon"], means["lat"]
    if lon.datum or lat.datum:
        return None
    id_name = _id_name(names, means, id_names)
    level_name = _level_name(names)
    texts = [name for name in (id_name, level_name) if name]
    wanted = [lon.own, lat.own, *texts]
    if len(set(wanted)) < len(wanted):
        return None
    try:
        table = pa.csv.read_csv(
            path,
            parse_options=pa.csv.ParseOptions(ignore_empty_lines=True),
            convert_options=pa.csv.ConvertOptions(
                include_columns=wanted,
                column_types={lon.own: pa.float64(), lat.own: pa.float64()}
                | dict.fromkeys(texts, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None  # not so plain: the careful reader reports what is wrong, or copes
    x, y = (table[name].to_numpy(zero_copy_only=False).astype(float) for name in wanted[:2])
    ids = _text_ids(table[id_name].to_pandas()) if id_name else _numbered(table.num_rows)
    level = table[level_name].to_pandas().to_numpy(dtype=object) if level_name else None
    return ids, x, y, level


def _level_name(names: Sequence[str]) -> str | None:
    own = {header_key(name): name for name in reversed(names)}
    return next((own[name] for name in ("level", "layer") if name in own), None)


def _id_name(names: Sequence[str], means: dict[str, Column], id_names: Sequence[str]) -> str | None:
    """Return the column of ids: by its own name first, then by what its header means."""
    own = {header_key(name): name for name in reversed(names)}
    for wanted in id_names:
        if header_key(wanted) in own:
            return own[header_key(wanted)]
    for wanted in id_names:
        if wanted in means:
            return means[wanted].own
    return None


def _ids(frame: pd.DataFrame, means: dict[str, Column], id_names: Sequence[str]) -> ObjectArray:
    name = _id_name(list(frame.columns), means, id_names)
    return _text_ids(frame[name]) if name else _numbered(len(frame))


def _text_ids(column: pd.Series) -> ObjectArray:
    """Return ids as text; a blank one is numbered like a table without ids."""
    ids = text_column(column)
    blank = np.flatnonzero(pd.isna(ids))
    ids[blank] = [str(i) for i in blank]
    return ids


def _numbered(count: int) -> ObjectArray:
    return np.arange(count).astype(str).astype(object)


def _as_points(geometry: GeometryArray) -> tuple[FloatArray, FloatArray]:
    shapes = np.asarray(geometry, dtype=object).copy()
    known = ~shapely.is_missing(shapes)
    areas = known & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
    shapes[areas] = shapely.point_on_surface(shapes[areas])
    lon, lat = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    lon[known], lat[known] = shapely.get_x(shapes[known]), shapely.get_y(shapes[known])
    return lon, lat


def _resolved(
    path: Path, x: FloatArray, y: FloatArray, datum: str | None, near: Box | None
) -> Resolved:
    """Return plain numbers as degrees in WGS 84; a blank stays NaN, and nothing else may be.

    Columns called lon and lat in a stated WGS 84 are what they say; else axes may be swapped.
    """
    if len(x) == 0 or datum == "wgs84":
        got = Resolved(x, y, "wgs84", "assumed" if datum is None else "stated", ())
    else:
        got = resolve(x, y, file=str(path), datum=datum, near=near)
    lon, lat = got.lon, got.lat
    blank = np.isnan(x) | np.isnan(y)
    with np.errstate(invalid="ignore"):
        good = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    bad = np.flatnonzero(~good & ~blank)
    if len(bad):
        first = int(bad[0])
        raise InputError(
            f"{x[first]}, {y[first]} is no place on Earth ({len(bad)} such rows)",
            file=path,
            row=first + 2,
            field="lon, lat",
            hint="Mend the coordinates, or leave them blank where they are not known.",
        )
    return replace(got, lon=np.where(blank, np.nan, lon), lat=np.where(blank, np.nan, lat))

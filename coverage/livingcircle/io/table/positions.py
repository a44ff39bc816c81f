"""Where the rows of a table are: its coordinates found, understood and taken to WGS 84."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj
import shapely

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray, ObjectArray
from livingcircle.errors import InputError
from livingcircle.io.datum.axes import looks_metric
from livingcircle.io.datum.claimed import claimed_datum
from livingcircle.io.datum.systems import Box, CrsLike, overruled_notes, resolve
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.coordinates import read_degrees, read_positions
from livingcircle.io.table.headers import Column
from livingcircle.io.table.numbers import as_text
from livingcircle.localized import EMPTY, LocalizedText

__all__ = ["PlacedRows", "place_rows"]

NOWHERE = LocalizedText("没有坐标", "no coordinates")
_COARSE_DECIMALS = 3
"""Three decimals of a degree are 100 m."""


@dataclass(frozen=True)
class PlacedRows:
    """Geometry and status of each row."""

    geometry: GeometryArray
    """(n,) shapely geometries, WGS 84; None where there is none."""
    status: ObjectArray
    """(n,) "ok", "no_coordinates" or "bad_coordinates"."""
    reason: ObjectArray
    """(n,) why, as LocalizedText; empty ones where ok."""
    datum: str
    datum_from: str
    notes: tuple[Note, ...]


def place_rows(
    frame: pd.DataFrame,
    by_role: Mapping[str, Column],
    geometry: GeometryArray | None,
    layer_crs: pyproj.CRS | None,
    *,
    file: str,
    row: IntArray,
    datum: str | None,
    crs: CrsLike | None,
    near: Box | None,
    required: bool,
    system: str | None = None,
) -> PlacedRows:
    """Give each row of a table its geometry in WGS 84.

    The layer's own geometry is used where it has any, else the columns of longitude and latitude,
    else a column of whole positions. ``system`` is what the file calls a system that nobody knows.

    Raises
    ------
    InputError
        If the table has no coordinates, metres without a system, or a system of no known name.
    DatumError
        If the stated datum is unknown or contradicted by the numbers.
    """
    if geometry is not None and not shapely.is_missing(geometry).all():
        stated = datum is not None or crs is not None
        claimed = None if stated else claimed_datum(system, layer_crs, file)
        named = None if claimed is None else (claimed, "file")
        own = layer_crs if claimed is None else None
        return _place_shapes(geometry, own, "file", file, datum, crs, near, named)
    if "lon" in by_role and "lat" in by_role:
        return _place_columns(frame, by_role, file, datum, crs, near, required)
    if "point" in by_role:
        return _place_pairs(frame, by_role["point"], file, datum, crs, near, required)
    if required:
        raise _no_columns(frame, by_role, file)
    count = len(frame)
    return PlacedRows(
        np.full(count, None, dtype=object),
        np.full(count, "no_coordinates", dtype=object),
        _alike(count, LocalizedText("表中没有坐标", "the table has no coordinates")),
        "none",
        "none",
        (),
    )


def _place_shapes(
    geometry: GeometryArray,
    layer_crs: pyproj.CRS | None,
    where: str,
    file: str,
    datum: str | None,
    crs: CrsLike | None,
    near: Box | None,
    named: tuple[str, str] | None = None,
) -> PlacedRows:
    """Take the geometry of a layer to WGS 84."""
    shapes = shapely.force_2d(np.asarray(geometry, dtype=object))
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    shapes[missing] = None
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.isfinite(xy).all(axis=1)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[owner[~finite]] = True
    system = crs if crs is not None else layer_crs
    got = resolve(xy[:, 0], xy[:, 1], file=file, datum=datum, crs=system, named=named, near=near)
    new = np.column_stack([got.lon, got.lat])
    notes = list(got.notes)
    if crs is None and datum is not None and layer_crs is not None:
        notes += overruled_notes(datum, layer_crs, file)
    outside = ~((np.abs(new[:, 0]) <= 180) & (np.abs(new[:, 1]) <= 90))
    broken[owner[outside]] = True
    shapes = shapely.set_coordinates(shapes, np.where(np.isfinite(new), new, 0.0))
    shapes[broken] = None
    status = np.where(missing, "no_coordinates", np.where(broken, "bad_coordinates", "ok"))
    reason = _alike(len(shapes), EMPTY)
    _add_reason(
        reason,
        broken,
        LocalizedText("坐标超出范围或不是数字", "a coordinate is out of range or not a number"),
    )
    _add_reason(reason, missing, LocalizedText("没有图形", "no geometry"))
    if not (status == "ok").any():
        raise InputError(
            "no geometry of the layer lies on the earth",
            hint="State its coordinate system (crs) or datum.",
            file=file,
            field="geometry",
        )
    return PlacedRows(
        shapes,
        status.astype(object),
        reason,
        got.datum,
        where if got.datum_from == "file" else got.datum_from,
        tuple(notes),
    )


def _place_columns(
    frame: pd.DataFrame,
    by_role: Mapping[str, Column],
    file: str,
    datum: str | None,
    crs: CrsLike | None,
    near: Box | None,
    required: bool,
) -> PlacedRows:
    """Make points of a column of longitudes and one of latitudes."""
    columns = by_role["lon"], by_role["lat"]
    x, bad_x = read_degrees(frame[columns[0].own])
    y, bad_y = read_degrees(frame[columns[1].own])
    in_header = _named_datum(columns, file, datum)
    half = np.isnan(x) != np.isnan(y)
    reason = _alike(len(frame), NOWHERE)
    only_one = LocalizedText("只有经度或只有纬度", "only one of longitude and latitude is given")
    _add_reason(reason, half, only_one)
    for bad, column in zip((bad_x, bad_y), columns, strict=True):
        _add_reasons(reason, bad, frame, column, LocalizedText("不是坐标", "is no coordinate"))
    bad = bad_x | bad_y
    return _points(x, y, bad, reason, file, datum, crs, in_header, near, required)


def _place_pairs(
    frame: pd.DataFrame,
    column: Column,
    file: str,
    datum: str | None,
    crs: CrsLike | None,
    near: Box | None,
    required: bool,
) -> PlacedRows:
    """Make geometries of a column that holds "lon,lat" or well-known text."""
    pairs = read_positions(frame[column.own])
    in_header = _named_datum((column,), file, datum)
    text = as_text(frame[column.own])
    reason = _alike(len(frame), NOWHERE)
    _add_reasons(reason, pairs.bad, frame, column, LocalizedText("不是位置", "is no position"))
    read = ~shapely.is_missing(pairs.geometry)
    if (shapely.get_type_id(pairs.geometry[read]) != shapely.GeometryType.POINT).any():
        srid = crs if crs is not None else _srid(pairs.geometry[read], text)
        placed = _place_shapes(pairs.geometry, None, "header", file, datum, srid, near)
        # What the cell says is a better reason than "no geometry".
        status = np.where(pairs.bad, "bad_coordinates", placed.status)
        reasons = np.where(read, placed.reason, reason)
        return PlacedRows(
            placed.geometry, status, reasons, placed.datum, placed.datum_from, placed.notes
        )
    x, y = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    x[read], y[read] = shapely.get_x(pairs.geometry[read]), shapely.get_y(pairs.geometry[read])
    srid = crs if crs is not None else _srid(pairs.geometry[read], text)
    return _points(x, y, pairs.bad, reason, file, datum, srid, in_header, near, required)


def _points(
    x: FloatArray,
    y: FloatArray,
    bad: BoolArray,
    reason: ObjectArray,
    file: str,
    datum: str | None,
    crs: CrsLike | None,
    in_header: tuple[str, str] | None,
    near: Box | None,
    required: bool,
) -> PlacedRows:
    """Make points of numbers, with a status and a reason for each row."""
    x, y = x.copy(), y.copy()
    both = np.isfinite(x) & np.isfinite(y) & ~bad
    null = both & _null_island(x, y, both)
    x[~both | null], y[~both | null] = np.nan, np.nan
    reason = np.asarray(reason, dtype=object).copy()
    _add_reason(reason, null, LocalizedText("坐标为 0, 0", "the coordinates are 0, 0"))
    got = resolve(x, y, file=file, datum=datum, crs=crs, named=in_header, near=near)
    with np.errstate(invalid="ignore"):
        on_earth = (np.abs(got.lon) <= 180) & (np.abs(got.lat) <= 90)
    outside = both & ~null & ~on_earth
    # A loop over the few rows that are wrong.
    for i in np.flatnonzero(outside):
        shown = f"{x[i]:.10g}, {y[i]:.10g}"
        reason[i] = LocalizedText(f"{shown} 不在地球上", f"{shown} is not on the earth")
    ok = both & ~null & on_earth
    _add_reason(reason, ok, EMPTY)
    status = np.where(ok, "ok", np.where(bad | outside, "bad_coordinates", "no_coordinates"))
    if required and not ok.any():
        first = next((r for r in reason if r.en), EMPTY)
        if "'=" in first.en:
            raise InputError(
                LocalizedText(
                    f"没有一行有坐标：公式没有算出的值（{first.zh}）",
                    f"no row has coordinates: the formulas were never calculated ({first.en})",
                ),
                hint="Open the workbook in Excel or WPS and save it again.",
                file=file,
                field="coordinates",
            )
        raise InputError(
            LocalizedText(f"没有一行有坐标（{first.zh}）", f"no row has coordinates ({first.en})"),
            hint="Check which columns hold longitude and latitude.",
            file=file,
            field="coordinates",
        )
    geometry = np.full(len(x), None, dtype=object)
    geometry[ok] = shapely.points(got.lon[ok], got.lat[ok])
    notes = [*got.notes, *_coarse(x[ok], y[ok], file)]
    return PlacedRows(
        geometry, status.astype(object), reason, got.datum, got.datum_from, tuple(notes)
    )


def _alike(count: int, words: LocalizedText) -> ObjectArray:
    """Return an array with the same value for every row."""
    reason = np.empty(count, dtype=object)
    reason.fill(words)
    return reason


def _add_reason(reason: ObjectArray, rows: BoolArray, words: LocalizedText) -> None:
    """Add a problem to the reasons of some rows."""
    reason[rows] = _alike(int(rows.sum()), words)


def _add_reasons(
    reason: ObjectArray, bad: BoolArray, frame: pd.DataFrame, column: Column, what: LocalizedText
) -> None:
    """Add what is wrong with some cells of a column to the reasons, each cell quoted."""
    at = np.flatnonzero(bad)
    for row, cell in zip(at, as_text(frame[column.own].iloc[at]), strict=True):
        quoted = f"{shorten(column.own, 20)} {shorten(cell, 30)!r}"
        reason[row] = LocalizedText(f"{quoted} {what.zh}", f"{quoted} {what.en}")


def _null_island(x: FloatArray, y: FloatArray, known: BoolArray) -> BoolArray:
    """Return which points are 0, 0, as geocoders write "not found": unless the town lies there."""
    zero: BoolArray = (x == 0) & (y == 0)
    others = known & ~zero
    if not zero.any() or not others.any():
        return np.zeros(len(x), dtype=bool)
    away = np.hypot(np.median(x[others]), np.median(y[others])) > 1.0
    return zero if away else np.zeros(len(x), dtype=bool)


def _named_datum(
    columns: tuple[Column, ...], file: str, datum: str | None
) -> tuple[str, str] | None:
    """Return the datum that the headers of the coordinates name."""
    named = {column.datum for column in columns if column.datum}
    if len(named) > 1 and datum is None:
        raise InputError(
            f"the headers of the coordinates name {' and '.join(sorted(named))}",
            hint="State which columns are lon and lat, and their datum.",
            file=file,
            field="datum",
        )
    return (next(iter(named)), "header") if len(named) == 1 else None


def _srid(shapes: GeometryArray, text: pd.Series) -> int | None:
    """Return the EPSG code that positions carry themselves, or None."""
    codes = {int(code) for code in np.unique(shapely.get_srid(shapes)) if code > 0}
    found = text.str.extract(r"(?i)^\s*SRID=(\d+);")[0].dropna().unique()
    codes |= {int(code) for code in found}
    return codes.pop() if len(codes) == 1 else None


def _coarse(x: FloatArray, y: FloatArray, file: str) -> list[Note]:
    """Return a note where coordinates are rounded too far to judge a walk of 1000 m."""
    if len(x) < 5 or looks_metric(x, y):
        return []
    # A relative tolerance would be metres at 100 degrees: what has six decimals would be rounded.
    rounded = np.logical_and.reduce(
        [np.abs(v - np.round(v, _COARSE_DECIMALS)) < 1e-9 for v in (x, y)]
    )
    if rounded.mean() < 0.8:
        return []
    text = LocalizedText(
        f"多数坐标只有 {_COARSE_DECIMALS} 位小数或更少，精度为 100 米或更粗",
        f"most coordinates have {_COARSE_DECIMALS} decimals or fewer, which is 100 m or coarser",
    )
    return [Note(file, "coordinates", text)]


def _no_columns(frame: pd.DataFrame, by_role: Mapping[str, Column], file: str) -> InputError:
    have = ", ".join(shorten(name, 20) for name in list(frame.columns)[:30])
    lone = next((role for role in ("lon", "lat") if role in by_role), None)
    problem = "no column holds coordinates"
    if lone:
        other = "latitude" if lone == "lon" else "longitude"
        problem = (
            f"there is a column of {lone} ({shorten(by_role[lone].own, 20)}) but none of {other}"
        )
    return InputError(
        problem,
        hint='Say which: columns = { "own name" = "lon", "other name" = "lat" }; there are: '
        f"{re.sub(r'[.]$', '', have)}.",
        file=file,
        field="coordinates",
    )

"""Cells that hold coordinates: decimals, degrees-minutes-seconds, pairs, WKT."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray
from livingcircle.io.table.numbers import as_text, comparable_column, comparable_text, vocabulary

__all__ = ["ParsedPositions", "read_degrees", "read_positions"]

# 113°15'30.5"E, 113度15分30秒, E113 15 30, 113:15:30, 113°15.5'
_DMS = re.compile(
    r"^(?P<head>东经|西经|北纬|南纬|[ewns])?[:]?(?P<sign>[+-])?(?P<d>\d{1,3}(?:\.\d+)?)"
    r"(?:[°º度d:](?:(?P<m>\d{1,2}(?:\.\d+)?)(?:['′’‘分m:](?:(?P<s>\d{1,2}(?:\.\d+)?)"
    r"(?:[\"″”“秒s]|''|′′|’’|‘‘)?)?)?)?)?"
    r"(?P<tail>东经|西经|北纬|南纬|[ewns])?$"
)
_PAIR = re.compile(
    r"^[\[(（]*(?:lng|lon|经度|x)?[:=]?(?P<x>[+-]?\d[\d.e]*)°?[,;/|、](?:lat|纬度|y)?[:=]?"
    r"(?P<y>[+-]?\d[\d.]*)°?[\])）]*$"
)
_SOUTH_WEST = {"w", "s", "西经", "南纬"}


@dataclass(frozen=True)
class ParsedPositions:
    """What a column of whole positions holds."""

    geometry: GeometryArray
    """(n,) shapely geometries, None where none was read."""
    bad: BoolArray
    """Cells that hold something that was not understood."""


def read_degrees(column: pd.Series) -> tuple[FloatArray, BoolArray]:
    """Read a column of longitudes, latitudes or metres.

    Parameters
    ----------
    column
        Series of text or numbers.

    Returns
    -------
    values, bad
        Degrees (or metres) with NaN for what is missing, and which cells hold something that was
        not understood (infinite numbers among them).
    """
    series = pd.Series(column).reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=float, na_value=np.nan).copy()
    else:
        values = pd.to_numeric(series, errors="coerce").to_numpy(dtype=float).copy()
    bad = np.zeros(len(values), dtype=bool)
    rest = np.flatnonzero(np.isnan(values))
    if len(rest) and not pd.api.types.is_numeric_dtype(series.dtype):
        # The regular expression runs over the cells that are no plain number, mostly few.
        # The ordinal sign that many take for a degree would become a letter in half-width form.
        # Excel's mark of a cell of text comes along where it was typed into another program.
        text = as_text(series.iloc[rest]).str.strip().str.lstrip("'’").str.replace("º", "°")
        text = text.str.replace(r"(\d)\s+(?=\d)", r"\1:", regex=True).pipe(comparable_column)
        values[rest] = np.fromiter(map(_degrees, text), dtype=float, count=len(rest))
        bad[rest] = np.isnan(values[rest]) & ~text.isin(vocabulary()["empty"]).to_numpy()
    infinite = np.isinf(values)
    values[infinite] = np.nan
    return values, bad | infinite


def read_positions(column: pd.Series) -> ParsedPositions:
    """Read a column whose cells hold a whole position.

    Understood are "lon,lat" (also in brackets, or divided by blanks), well-known text with or
    without an SRID, and its hexadecimal binary form as PostGIS exports it.
    """
    text = as_text(column)
    stripped = text.str.strip()
    empty = stripped.pipe(comparable_column).isin(vocabulary()["empty"]).to_numpy()
    is_wkt = stripped.str.match(r"(?i)^(SRID=\d+;)?\s*(MULTI|GEOMETRYC|POINT|LINE|POLY)").to_numpy()
    is_hex = stripped.str.match(r"^0[01][0-9A-Fa-f]{16,}$").to_numpy()
    geometry = np.full(len(text), None, dtype=object)
    if is_wkt.any():
        bare = stripped[is_wkt].str.replace(r"(?i)^SRID=\d+;", "", regex=True)
        geometry[is_wkt] = shapely.from_wkt(bare.to_numpy(dtype=object), on_invalid="ignore")
    if is_hex.any():
        cells = stripped[is_hex].to_numpy(dtype=object)
        geometry[is_hex] = shapely.from_wkb(cells, on_invalid="ignore")
    rest = np.flatnonzero(~(is_wkt | is_hex | empty))
    if len(rest):
        xy = np.array([_pair(cell) for cell in stripped.iloc[rest]], dtype=float).reshape(-1, 2)
        good = np.isfinite(xy).all(axis=1)
        geometry[rest[good]] = shapely.points(xy[good])
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    geometry[missing] = None
    return ParsedPositions(geometry, missing & ~empty)


def _degrees(cell: str) -> float:
    """Return the degrees of one cell that is no plain number, NaN where it is not understood."""
    match = _DMS.match(cell)
    if match is None:
        return _decimal_comma(cell)
    minutes, seconds = float(match["m"] or 0), float(match["s"] or 0)
    if minutes >= 60 or seconds >= 60:
        return np.nan
    value = float(match["d"]) + minutes / 60 + seconds / 3600
    side = match["head"] or match["tail"]
    return -value if match["sign"] == "-" or side in _SOUTH_WEST else value


def _decimal_comma(cell: str) -> float:
    """Read 113,2644 (a decimal comma) and 2,549,915.8 (thousands)."""
    if re.fullmatch(r"[+-]?\d{1,3},\d+", cell):
        return float(cell.replace(",", "."))
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", cell):
        return float(cell.replace(",", ""))
    return np.nan


def _pair(cell: str) -> tuple[float, float]:
    """Return the two numbers of a cell, NaN where there are not exactly two."""
    # Blanks divide as well as commas do, so they are counted before they are dropped.
    text = re.sub(r"\s*([,，;；/|、:：=])\s*", r"\1", cell.strip())
    match = _PAIR.match(comparable_text(re.sub(r"\s+", ",", text)))
    if match:
        try:
            return float(match["x"]), float(match["y"])
        except ValueError:
            return np.nan, np.nan
    halves = re.split(r"[,，;；、\s]+", cell.strip(" ()[]（）"))
    if len(halves) == 2:
        x, y = (_degrees(comparable_text(half)) for half in halves)
        # "N22°30'15", E113°20'10"" says itself which is which.
        if re.search(r"^[NS北南]|[NS]$|纬", halves[0].strip(), re.IGNORECASE):
            x, y = y, x
        return x, y
    return np.nan, np.nan

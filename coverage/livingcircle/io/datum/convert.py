"""Datums of Chinese map services and surveys: to WGS 84 and back, exactly.

WGS 84 is what GPS and OpenStreetMap use. GCJ-02 is the shifted datum of Amap, Tencent and Google
in China (100-700 m away), BD-09 that of Baidu (0.8-1.5 km away). CGCS2000 is the national survey
datum: its geographic coordinates agree with WGS 84 within a few decimetres and are taken as equal;
its Gauss-Krüger zones and every other projected system go through PROJ.

Sources: the formulas of GCJ-02 and BD-09 are not published by their makers; the constants used by
every open implementation (eviltransform, gcoord, coordtransform) are those below, and the tests
hold them against pairs that those projects publish.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.errors import DatumError

__all__ = [
    "CHINA",
    "DATUMS",
    "area_of",
    "from_wgs84",
    "in_china",
    "normal_name",
    "projected_crs",
    "to_wgs84",
]

DATUMS = ("wgs84", "gcj02", "bd09", "cgcs2000")
"""Geographic datums by name; projected ones are ``cgcs2000-3:114``, ``cgcs2000-6:117``,
``epsg:4547``, ``webmercator``."""

CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of the rectangle within which the shifted datums are shifted.

The rectangle is the one of every open implementation; it is asked at the WGS 84 point, both ways.
It is not a border: Korea, Mongolia and parts of their neighbours lie in it. Data from there are
WGS 84, and must be stated so."""

_ALIASES = {
    "wgs84": "wgs84", "wgs1984": "wgs84", "wgs": "wgs84", "gps": "wgs84", "epsg4326": "wgs84",
    "4326": "wgs84", "crs84": "wgs84", "ogccrs84": "wgs84", "gcswgs1984": "wgs84",
    "dwgs1984": "wgs84", "worldgeodeticsystem1984": "wgs84",
    "gcj02": "gcj02", "gcj": "gcj02", "gcj2": "gcj02", "mars": "gcj02", "amap": "gcj02",
    "gaode": "gcj02", "tencent": "gcj02", "火星坐标": "gcj02", "火星坐标系": "gcj02",
    "火星": "gcj02", "高德": "gcj02", "腾讯": "gcj02", "国测局": "gcj02",
    "bd09": "bd09", "bd09ll": "bd09", "bd9": "bd09", "baidu": "bd09", "百度": "bd09",
    "百度坐标": "bd09", "百度坐标系": "bd09",
    "cgcs2000": "cgcs2000", "epsg4490": "cgcs2000", "4490": "cgcs2000", "2000": "cgcs2000",
    "国家2000": "cgcs2000", "大地2000": "cgcs2000", "国家大地2000": "cgcs2000",
    "webmercator": "epsg:3857", "mercator": "epsg:3857", "epsg900913": "epsg:3857",
}  # fmt: skip

# The Krasovsky 1940 ellipsoid, on which the GCJ-02 offsets are computed.
_AXIS_M = 6378245.0
_ECCENTRICITY_2 = 0.00669342162296594323
# BD-09 turns degrees into the argument of its sines with this.
_BAIDU = np.pi * 3000.0 / 180.0
# A fixed-point step of either inverse shrinks the error at least thirtyfold: after a last step of
# 1e-11 degrees (1 micrometre) the error is some 30 nanometres.
_MAX_STEPS = 12
_DONE_DEG = 1e-11

_ZONE = re.compile(r"cgcs2000-?([36])(?:deg)?[:-]([0-9]+(?:\.[05])?)e?")


def normal_name(datum: str) -> str:
    """Return the datum's normal name.

    Parameters
    ----------
    datum
        One of `DATUMS` or a usual way to write it ("GCJ-02", "百度坐标"), ``cgcs2000-3:114`` (3°
        Gauss-Krüger zone of central meridian 114° E, or of its number, ``cgcs2000-3:38``),
        ``cgcs2000-6:117``, ``webmercator``, or ``epsg:CODE``.

    Raises
    ------
    DatumError
        If the name is not known.

    Examples
    --------
    >>> normal_name("GCJ-02"), normal_name("百度坐标系"), normal_name("CGCS2000-3:38")
    ('gcj02', 'bd09', 'cgcs2000-3:114')
    """
    text = str(datum).strip().lower().replace(" ", "")
    short = re.sub(r"[-_:/]", "", text)
    if short in _ALIASES:
        return _ALIASES[short]
    zone = _ZONE.fullmatch(text)
    if zone:
        return _zone_name(int(zone[1]), float(zone[2]), datum)
    if re.fullmatch(r"epsg:[0-9]{4,6}", text):
        projected_crs(text)
        return text
    raise DatumError(
        f"the datum {str(datum)[:60]!r} is not known",
        hint='Use "wgs84", "gcj02" (Amap, Tencent), "bd09" (Baidu), "cgcs2000", "cgcs2000-3:114"'
        ' (3-degree zone by central meridian), "webmercator" or "epsg:CODE".',
        field="datum",
    )


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[FloatArray, FloatArray]:
    """Convert coordinates to WGS 84.

    Parameters
    ----------
    lon, lat
        Degrees of the datum, arrays of one shape or numbers; metres (easting, northing) where the
        datum is projected. NaN stays NaN.
    datum
        See `normal_name`. Points outside `CHINA` are untouched by "gcj02" and "bd09".

    Returns
    -------
    tuple of arrays
        Longitude and latitude in degrees, WGS 84, of the shape of the input (0-d for numbers).
        The inverse of the shifted datums is iterated until it is exact to 1e-6 m.

    Raises
    ------
    DatumError
        If the datum is not known, or an easting carries the number of another zone.

    Examples
    --------
    >>> lon, lat = to_wgs84(121.531541859215, 31.17530398364597, "gcj02")
    >>> print(f"{lon:.6f} {lat:.6f}")
    121.527211 31.177428
    """
    x, y = _pair(lon, lat)
    name = normal_name(datum)
    if name in ("wgs84", "cgcs2000"):
        return x.copy(), y.copy()
    if name == "gcj02":
        return _inverse(x, y, gcj02_of_wgs84)
    if name == "bd09":
        return _inverse(x, y, bd09_of_wgs84)
    return _unproject(x, y, name)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[FloatArray, FloatArray]:
    """Convert WGS 84 degrees to another datum; the way back of `to_wgs84`.

    Parameters
    ----------
    lon, lat
        Degrees, WGS 84, arrays of one shape or numbers. NaN stays NaN.
    datum
        See `normal_name`.

    Returns
    -------
    tuple of arrays
        Degrees of the datum, or metres (easting, northing) where it is projected.

    Examples
    --------
    >>> lon, lat = from_wgs84(116.404, 39.915, "bd09")
    >>> print(f"{lon:.6f} {lat:.6f}")
    116.416627 39.922700
    """
    x, y = _pair(lon, lat)
    name = normal_name(datum)
    if name in ("wgs84", "cgcs2000"):
        return x.copy(), y.copy()
    if name in ("gcj02", "bd09"):
        shift = gcj02_of_wgs84 if name == "gcj02" else bd09_of_wgs84
        inside = in_china(x, y)
        new_x, new_y = shift(x, y)
        return np.where(inside, new_x, x), np.where(inside, new_y, y)
    to = pyproj.Transformer.from_crs("EPSG:4326", projected_crs(name), always_xy=True)
    return _transform(to, x, y)


def area_of(name: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north of where a projected datum is used, with some margin."""
    _, south, _, north = CHINA
    if name.startswith("cgcs2000-"):
        width, meridian = _zone_of(name)
        return meridian - width, south, meridian + width, north
    used = projected_crs(name).area_of_use
    if used is None:
        return CHINA
    return used.west - 1, used.south - 1, used.east + 1, used.north + 1


def in_china(lon: ArrayLike, lat: ArrayLike) -> BoolArray:
    """Return which points (degrees) lie in the rectangle `CHINA`; NaN does not."""
    x, y = _pair(lon, lat)
    west, south, east, north = CHINA
    inside: BoolArray = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def gcj02_of_wgs84(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shift WGS 84 degrees to GCJ-02 without asking whether they lie in China."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = wave + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)
    north += 160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)
    north = north * 2 / 3 - 100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    east = wave + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)
    east += 150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)
    east = east * 2 / 3 + 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    phi = np.radians(lat)
    w2 = 1 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    along_meridian = _AXIS_M * (1 - _ECCENTRICITY_2) / (w2 * np.sqrt(w2))
    along_parallel = _AXIS_M / np.sqrt(w2) * np.cos(phi)
    return lon + np.degrees(east / along_parallel), lat + np.degrees(north / along_meridian)


def bd09_of_wgs84(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shift WGS 84 degrees to BD-09 without asking whether they lie in China."""
    x, y = gcj02_of_wgs84(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


_Shift = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


def _inverse(x: FloatArray, y: FloatArray, shift: _Shift) -> tuple[FloatArray, FloatArray]:
    """Find the WGS 84 point that ``shift`` takes to (x, y), where that point lies in China."""
    lon, lat = x.copy(), y.copy()
    for _ in range(_MAX_STEPS):
        there_x, there_y = shift(lon, lat)
        step_x, step_y = x - there_x, y - there_y
        lon, lat = lon + step_x, lat + step_y
        # NaN compares as False, so points without coordinates do not keep the loop alive.
        if not np.any((np.abs(step_x) > _DONE_DEG) | (np.abs(step_y) > _DONE_DEG)):
            break
    # The rectangle is asked at the WGS 84 point, as on the way there: so the round trip closes.
    inside = in_china(np.round(lon, 9), np.round(lat, 9))
    return np.where(inside, lon, x), np.where(inside, lat, y)


def _unproject(x: FloatArray, y: FloatArray, name: str) -> tuple[FloatArray, FloatArray]:
    """Take metres of a projected system to WGS 84 degrees."""
    if name.startswith("cgcs2000-"):
        x = _without_zone_number(x, name)
    back = pyproj.Transformer.from_crs(projected_crs(name), "EPSG:4326", always_xy=True)
    return _transform(back, x, y)


def _without_zone_number(easting: FloatArray, name: str) -> FloatArray:
    """Strip the zone number that surveyors write before the easting (38500000 = zone 38)."""
    with np.errstate(invalid="ignore"):
        stated = np.floor(easting / 1e6)
    prefixed = np.isfinite(easting) & (easting >= 1e7) & (easting < 1e8)
    width, meridian = _zone_of(name)
    number = meridian / 3 if width == 3 else (meridian + 3) / 6
    wrong = prefixed & (stated != number)
    if wrong.any():
        zone = int(np.atleast_1d(stated)[np.atleast_1d(wrong)][0])
        likely = f"cgcs2000-3:{zone * 3}" if zone >= 25 else f"cgcs2000-6:{zone * 6 - 3}"
        raise DatumError(
            f"the eastings carry zone {zone}, but {name} is zone {number:g}",
            hint=f'State datum = "{likely}".',
            field="datum",
        )
    return np.where(prefixed, easting - number * 1e6, easting)


def _zone_of(name: str) -> tuple[int, float]:
    width, meridian = name.removeprefix("cgcs2000-").split(":")
    return int(width), float(meridian)


def _zone_name(width: int, number: float, written: str) -> str:
    """Return the name of a Gauss-Krüger zone given by its central meridian or its number."""
    meridian = number
    if width == 3 and 25 <= number <= 45:
        meridian = number * 3
    elif width == 6 and 13 <= number <= 23:
        meridian = number * 6 - 3
    fits = meridian % 3 == 0 if width == 3 else (meridian + 3) % 6 == 0
    if not fits or not 72 <= meridian <= 138:
        raise DatumError(
            f"{written!r} names no {width}-degree zone of China",
            hint="Give the central meridian (3-degree zones: 75, 78, ... 135; 6-degree zones:"
            " 75, 81, ... 135) or the zone number (25-45; 13-23).",
            field="datum",
        )
    return f"cgcs2000-{width}:{meridian:g}"


@lru_cache(maxsize=64)
def projected_crs(name: str) -> pyproj.CRS:
    """Return the coordinate system of a projected (or EPSG) datum name.

    Raises
    ------
    DatumError
        PROJ knows no system of that name.
    """
    if name.startswith("cgcs2000-"):
        _, meridian = _zone_of(name)
        return pyproj.CRS.from_proj4(
            f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k=1 +x_0=500000 +y_0=0 +ellps=GRS80"
            " +towgs84=0,0,0 +units=m +no_defs"
        )
    try:
        return pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        raise DatumError(
            f"{name} is no coordinate system that PROJ knows",
            hint="Check the EPSG code, e.g. epsg:4547 for the CGCS2000 3-degree zone of 114° E.",
            field="datum",
        ) from error


def _transform(
    transformer: pyproj.Transformer, x: FloatArray, y: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Apply a PROJ transformation; what it cannot convert becomes NaN."""
    new_x, new_y = transformer.transform(x, y)
    new_x, new_y = np.asarray(new_x, dtype=float), np.asarray(new_y, dtype=float)
    good = np.isfinite(new_x) & np.isfinite(new_y)
    return np.where(good, new_x, np.nan), np.where(good, new_y, np.nan)


def _pair(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    try:
        x, y = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    except (TypeError, ValueError) as error:
        raise DatumError(
            "lon and lat are not two arrays of as many numbers",
            hint="Give degrees as numbers, one latitude for each longitude.",
            field="lon, lat",
        ) from error
    return x, y

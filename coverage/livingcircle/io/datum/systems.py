"""Coordinates of any system taken to WGS 84: datums, projections, swapped axes, with an account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pyproj

from livingcircle._arrays import FloatArray
from livingcircle.errors import DatumError, InputError
from livingcircle.io.datum import convert as datums
from livingcircle.io.datum.axes import likely_projection, looks_metric, looks_swapped
from livingcircle.io.datum.degrees import to_degrees_from
from livingcircle.io.notes import Note, shorten
from livingcircle.localized import LocalizedText

__all__ = ["Box", "CrsLike", "Resolved", "crs_named", "overruled_notes", "resolve", "systems_near"]

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

CrsLike: TypeAlias = pyproj.CRS | str | int
"""A coordinate system, its name as PROJ takes it ("EPSG:4547", WKT), or an EPSG code."""

_SAME_AS_WGS84 = {4326, 4490, 4979}
"""WGS 84 and CGCS2000, which agree within a few decimetres."""

_PROJECTED = (
    *(f"cgcs2000-3:{middle}" for middle in range(75, 136, 3)),
    *(f"cgcs2000-6:{middle}" for middle in range(75, 136, 6)),
    "webmercator",
    *(f"EPSG:{code}" for code in range(32643, 32654)),
)
"""Systems that files of China come in: zones of Gauss-Krüger, Web Mercator, zones of UTM."""
_LEAST_NEAR = 0.5
_MOST_NEAR = 0.9
"""Of points that are degrees times something, at least this share lies near the streets."""
# What overrules a guess at which column is which.
_LON_LAT = 'columns = { "..." = "lon", "..." = "lat" }'
_WHERE_ZH = {"file": "文件", "header": "表头"}


@dataclass(frozen=True)
class Resolved:
    """Coordinates taken to WGS 84."""

    lon: FloatArray
    lat: FloatArray
    datum: str
    datum_from: str
    notes: tuple[Note, ...]


def resolve(
    x: FloatArray,
    y: FloatArray,
    *,
    file: str,
    datum: str | None = None,
    crs: CrsLike | None = None,
    named: tuple[str, str] | None = None,
    near: Box | None = None,
) -> Resolved:
    """Take coordinates of any system to WGS 84.

    Parameters
    ----------
    x, y
        Degrees or metres; NaN where missing.
    file
        For messages.
    datum
        Stated by the user, or None.
    crs
        Coordinate system of the numbers, if they have one of their own.
    named
        Datum that the file itself names, and where ("header", "file").
    near
        Where the points should be.

    Raises
    ------
    InputError, DatumError
        If the numbers are metres and nothing says of what, or degrees though metres are stated.
    """
    stated = datums.normal_name(datum) if datum is not None else None
    notes: list[Note] = []
    system = None if crs is None else crs_named(crs, file)
    if stated is not None and stated not in datums.DATUMS:
        # A projected datum is the system of the numbers, whatever the layer says of itself.
        got = _resolve_projected(x, y, stated, file, near)
        return replace(got, notes=(*got.notes, *_against(stated, named, file)))
    if system is not None and not _is_wgs84(system):
        x, y, notes = _to_degrees(x, y, system, file, near)
    elif looks_metric(x, y):
        scaled = _scaled_degrees(x, y, near)
        if scaled is None:
            raise InputError(
                "the coordinates are metres, and nothing says of which system",
                hint=f"State it; {_by_streets(x, y, near) or likely_projection(x, y)}.",
                file=file,
                field="datum",
            )
        x, y = x / scaled, y / scaled
        text = LocalizedText(
            f"坐标为度的 {scaled:,} 倍，已除以该倍数",
            f"the coordinates are degrees times {scaled:,}, and were divided by it",
        )
        notes.append(Note(file, "coordinates", text, _LON_LAT))
    if looks_swapped(x, y, near):
        x, y = y, x
        text = LocalizedText(
            "该文件的经度与纬度写反了，已按正确顺序读取",
            "longitude and latitude were swapped in this file; they are read the right way",
        )
        notes.append(Note(file, "coordinates", text, _LON_LAT))
    name, where = stated, "stated"
    notes += _against(stated, named, file)
    if name is None and named is not None:
        name, where = named
    if name is None and system is not None:
        name, where = "wgs84", "file"
    if name is None:
        name, where = "wgs84", "assumed"
        text = LocalizedText(
            "未注明坐标系，按 WGS 84 处理（高德、腾讯为 gcj02，百度为 bd09）",
            "no datum is stated; the coordinates are taken as WGS 84"
            " (Amap and Tencent give gcj02, Baidu bd09)",
        )
        notes.append(Note(file, "datum", text, 'datum = "..."'))
    elif where != "stated":
        text = LocalizedText(f"{_WHERE_ZH[where]}写明为 {name}", f"the {where} says {name}")
        notes.append(Note(file, "datum", text, 'datum = "..."'))
    lon, lat = datums.to_wgs84(x, y, name)
    return Resolved(lon, lat, name, where, tuple(notes))


def _scaled_degrees(x: FloatArray, y: FloatArray, near: Box | None) -> int | None:
    """Return by what degrees were multiplied to be whole numbers, where so they lie near."""
    known = np.isfinite(x) & np.isfinite(y)
    if near is None or (x[known] % 1).any() or (y[known] % 1).any():
        return None
    for times in (10**5, 10**6, 10**7):
        pairs = ((x / times, y / times), (y / times, x / times))
        if max(_share_within(pair, near) for pair in pairs) > _MOST_NEAR:
            return times
    return None


def systems_near(x: FloatArray, y: FloatArray, near: Box) -> list[str]:
    """Return the projected systems in which most metres of a file lie in a box.

    Parameters
    ----------
    x, y
        Metres as the file has them; either may be the northing.
    near
        Where they should be.
    """
    found: list[str] = []
    for name in _PROJECTED:
        # A zone of 6 degrees is that of 3 degrees with its meridian, but for a number before it.
        if name.replace("-6:", "-3:") not in found and any(
            _share_within(pair, near) > _LEAST_NEAR for pair in (_try(x, y, name), _try(y, x, name))
        ):
            found.append(name)
    return found


def _by_streets(x: FloatArray, y: FloatArray, near: Box | None) -> str | None:
    """Return as advice the system by which metres lie near; None where none is."""
    if near is None:
        return None
    middle = [np.array([np.nanmedian(v)]) for v in (x, y)]
    found = '", "'.join(systems_near(middle[0], middle[1], near))
    return f'by the streets it may be datum = "{found}"' if found else None


def _against(stated: str | None, named: tuple[str, str] | None, file: str) -> list[Note]:
    """Return a note where the user states another datum than the file names."""
    same = {"cgcs2000": "wgs84"}  # within a metre
    if stated is None or named is None or named[0] == same.get(stated, stated):
        return []
    text = LocalizedText(
        f"按所注明的 {stated} 读取，虽然{_WHERE_ZH[named[1]]}写的是 {named[0]}",
        f"read as {stated}, as stated, though the {named[1]} says {named[0]}",
    )
    return [Note(file, "datum", text, f'datum = "{named[0]}"')]


def _resolve_projected(
    x: FloatArray, y: FloatArray, name: str, file: str, near: Box | None
) -> Resolved:
    """Take metres of a stated system to WGS 84; surveyors call the northing x."""
    if not looks_metric(x, y) and np.isfinite(x).any():
        raise DatumError(
            f"the datum is stated as {name}, but the coordinates are degrees",
            hint='State "wgs84", "gcj02", "bd09" or "cgcs2000".',
            file=file,
            field="datum",
        )
    given, turned = _try(x, y, name), _try(y, x, name)
    notes: list[Note] = []
    lon, lat = given if given is not None else (x, y)
    # A system of the whole world does not report them apart; then China does.
    boxes = [near] if near is not None else [datums.area_of(name), datums.CHINA]
    shares = [[_share_within(pair, box) for pair in (given, turned)] for box in boxes]
    best = next(((a, b) for a, b in shares if (a > 0.5) != (b > 0.5)), (1.0, 0.0))
    if turned is not None and best[1] > best[0]:
        lon, lat = turned
        notes.append(_northing_note(file))
    elif given is None:
        datums.to_wgs84(x, y, name)  # refuses, and says why
    return Resolved(lon, lat, name, "stated", tuple(notes))


def _try(x: FloatArray, y: FloatArray, name: str) -> tuple[FloatArray, FloatArray] | None:
    try:
        return datums.to_wgs84(x, y, name)
    except DatumError:
        return None


def _share_within(pair: tuple[FloatArray, FloatArray] | None, box: Box) -> float:
    if pair is None:
        return 0.0
    west, south, east, north = box
    lon, lat = pair
    known = np.isfinite(lon) & np.isfinite(lat)
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return float(inside[known].mean()) if known.any() else 0.0


def _to_degrees(
    x: FloatArray, y: FloatArray, system: pyproj.CRS, file: str, near: Box | None
) -> tuple[FloatArray, FloatArray, list[Note]]:
    to = to_degrees_from(system, file=file)
    lon, lat = (np.asarray(v, dtype=float) for v in to.transform(x, y))
    good = np.isfinite(lon) & np.isfinite(lat)
    lon, lat = np.where(good, lon, np.nan), np.where(good, lat, np.nan)
    turned = _northing_first(x, y, to, (lon, lat), near)
    if turned is not None:
        return *turned, [_northing_note(file)]
    text = LocalizedText(
        f"由 {shorten(system.name, 50)} 转换而来", f"converted from {shorten(system.name, 50)}"
    )
    return lon, lat, [Note(file, "coordinates", text, 'crs = "EPSG:..."')]


def _northing_first(
    x: FloatArray,
    y: FloatArray,
    to: pyproj.Transformer,
    given: tuple[FloatArray, FloatArray],
    near: Box | None,
) -> tuple[FloatArray, FloatArray] | None:
    """Return the places with the axes turned round, where only so they lie by the streets."""
    if near is None or _share_within(given, near) > 0.5:
        return None
    lon, lat = (np.asarray(v, dtype=float) for v in to.transform(y, x))
    good = np.isfinite(lon) & np.isfinite(lat)
    turned = np.where(good, lon, np.nan), np.where(good, lat, np.nan)
    return turned if _share_within(turned, near) > 0.5 else None


def _northing_note(file: str) -> Note:
    text = LocalizedText(
        "第一个坐标是北坐标（测绘习惯记作 x），已按正确顺序读取",
        "the first coordinate is the northing (as surveyors write x); read the right way",
    )
    return Note(file, "coordinates", text, _LON_LAT)


def crs_named(crs: CrsLike, file: str) -> pyproj.CRS:
    """Return a coordinate system by whatever PROJ takes for one.

    Raises
    ------
    InputError
        PROJ knows no such system.
    """
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            f"the coordinate system {shorten(crs, 40)!r} is not known",
            hint='State it as crs = "EPSG:4547".',
            file=file,
            field="crs",
        ) from error


def _is_wgs84(system: pyproj.CRS) -> bool:
    if not system.is_geographic:
        return False
    code = system.to_epsg(min_confidence=60)
    # A .prj written by other programs often has no code, but names its datum.
    name = f"{system.name} {system.datum.name if system.datum else ''}".lower()
    return code in _SAME_AS_WGS84 or "wgs" in name or "crs84" in name or "2000" in name


def overruled_notes(datum: str, layer_crs: CrsLike, file: str) -> list[Note]:
    """Return a note where a stated datum contradicts the layer's own system."""
    name = datums.normal_name(datum)
    system = pyproj.CRS.from_user_input(layer_crs)
    if name in datums.DATUMS or (system.is_geographic is False and name == _epsg(system)):
        return []
    own = shorten(system.name, 50)
    text = LocalizedText(
        f"按所注明的 {name} 读取，虽然图层自身写的是 {own}",
        f"read as {name}, as stated, though the layer says {own}",
    )
    return [Note(file, "datum", text)]


def _epsg(system: pyproj.CRS) -> str:
    code = system.to_epsg()
    return f"epsg:{code}" if code else ""

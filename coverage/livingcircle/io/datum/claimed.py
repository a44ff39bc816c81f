"""claimed_datum: the datum that a file names where PROJ knows no system of that name."""

from __future__ import annotations

import pyproj

from livingcircle.errors import DatumError, InputError
from livingcircle.io.datum.convert import DATUMS, normal_name
from livingcircle.io.notes import shorten

__all__ = ["claimed_datum"]


def claimed_datum(name: str | None, crs: pyproj.CRS | None, file: str) -> str | None:
    """Return the datum ("gcj02", "bd09", ...) that a file names where nobody states one.

    Parameters
    ----------
    name
        What the file calls its system where PROJ knows none of that name, or None.
    crs
        The system that the file has as PROJ understands it, or None: a description of one's own
        may be called GCJ-02, whose shift no projection can hold.
    file
        For the message.

    Raises
    ------
    InputError
        The file names a system that nobody knows.
    """
    shifted = _datum(crs.name) if crs is not None else None
    if shifted not in (None, "wgs84", "cgcs2000"):
        return shifted
    if name is None:
        return None
    known = _datum(name)
    if known is None:
        raise InputError(
            f"the file calls its coordinate system {shorten(name, 40)!r}, which is not known",
            hint='State it as crs = "EPSG:4547" or datum = "gcj02"; "wgs84" where it is plain'
            " longitude and latitude.",
            file=file,
            field="crs",
        )
    return known


def _datum(name: str) -> str | None:
    try:
        known = normal_name(name)
    except DatumError:
        return None
    return known if known in DATUMS else None

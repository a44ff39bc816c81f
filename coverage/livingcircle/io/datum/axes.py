"""Whether coordinates are degrees or metres, and which of two columns is which axis."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import FloatArray

__all__ = ["likely_projection", "looks_metric", "looks_swapped"]


def looks_swapped(
    lon: FloatArray, lat: FloatArray, near: tuple[float, float, float, float] | None = None
) -> bool:
    """Return whether a file has longitude and latitude the wrong way round.

    It has where, as given, hardly a point can be right, and swapped nearly all can: by the range
    of latitudes, by the rectangle of China, or by a box where the points should be.

    Parameters
    ----------
    lon, lat
        Degrees as given.
    near
        West, south, east, north of where the points should be (the network), if known.
    """
    known = np.isfinite(lon) & np.isfinite(lat) & ((lon != 0) | (lat != 0))
    x, y = lon[known], lat[known]
    if not len(x):
        return False
    if near is not None:
        west, south, east, north = near
        as_given = np.mean((x >= west) & (x <= east) & (y >= south) & (y <= north))
        swapped = np.mean((y >= west) & (y <= east) & (x >= south) & (x <= north))
        if max(as_given, swapped) > 0.5:
            return bool(swapped > as_given)
    possible = np.mean((np.abs(x) <= 180) & (np.abs(y) <= 90))
    possible_swapped = np.mean((np.abs(y) <= 180) & (np.abs(x) <= 90))
    if possible < 0.5 < possible_swapped:
        return True
    # Latitudes of China never reach its longitudes, so this is safe on both sides of 90 degrees.
    in_mainland = np.mean((y > 3) & (y < 54) & (x > 73) & (x < 136))
    swapped_in = np.mean((x > 3) & (x < 54) & (y > 73) & (y < 136))
    return bool(in_mainland < 0.1 and swapped_in > 0.9)


def looks_metric(x: FloatArray, y: FloatArray) -> bool:
    """Return whether coordinates are metres: too large for degrees, most of them."""
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return False
    return bool(np.mean((np.abs(x[known]) > 400) | (np.abs(y[known]) > 400)) > 0.5)


def likely_projection(x: FloatArray, y: FloatArray) -> str:
    """Return what metres might be, as advice for a message; never used without being stated."""
    east, north = float(np.nanmedian(x)), float(np.nanmedian(y))
    if east < north and 13e6 <= north < 46e6:
        east, north = north, east
    zone = int(east // 1e6)
    if 25 <= zone <= 45 and 3e5 < east % 1e6 < 7e5:
        return f'they look like the 3-degree zone {zone}: datum = "cgcs2000-3:{zone * 3}"'
    if 13 <= zone <= 23 and 1e5 < east % 1e6 < 9e5 and 1e6 < north < 6.2e6:
        return f'they look like the 6-degree zone {zone}: datum = "cgcs2000-6:{zone * 6 - 3}"'
    if any(8e6 < x < 15.2e6 and 3e5 < y < 7.5e6 for x, y in ((east, north), (north, east))):
        return 'they look like Web Mercator: datum = "webmercator"'
    return 'state e.g. datum = "cgcs2000-3:114" or "epsg:4547"'

"""Units of map.html where the streets have ended: most homes there are far from any of them."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from livingcircle._arrays import BoolArray

__all__ = ["units_without_streets"]

_JUDGED = b"cgi"
_MOST = 0.5
"""Of the homes of a unit."""


def units_without_streets(
    units: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, letters: Sequence[str]
) -> list[int]:
    """Return the numbers of the units that say nothing about coverage.

    Parameters
    ----------
    units
        The page's units, numbered by their rows.
    homes
        The page's homes.
    letters
        Statuses of the homes, a letter each; ``o`` is off the network.
    """
    off = _off_network(letters, len(homes))
    if not off.any():
        return []
    at, unit = shapely.STRtree(units.geometry.to_numpy()).query(
        homes.geometry.to_numpy(), predicate="intersects"
    )
    inside = np.bincount(unit, minlength=len(units))
    away = np.bincount(unit, weights=off[at], minlength=len(units))
    return np.flatnonzero(away > _MOST * inside).tolist()


def _off_network(letters: Sequence[str], count: int) -> BoolArray:
    """Return the homes that some standard finds off the network, and none on it."""
    off, judged = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for text in letters:
        own = np.frombuffer(text.encode("ascii"), dtype="S1")
        off |= own == b"o"
        judged |= np.isin(own, [bytes([letter]) for letter in _JUDGED])
    return off & ~judged

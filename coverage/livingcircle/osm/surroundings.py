"""Barriers to a walk, and the ground below a map: one reading of an extract for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from livingcircle.osm.background import background_kinds, background_of
from livingcircle.osm.barriers import barrier_kinds, barriers_of, no_barriers
from livingcircle.osm.objects import read_objects

__all__ = ["NO_SURROUNDINGS", "Surroundings", "read_surroundings"]

_BARRIER, _BACKGROUND = "barrier/", "background/"


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What an extract of OpenStreetMap holds besides streets and places to go to."""

    barriers: gpd.GeoDataFrame
    """As ``livingcircle.osm.barriers.barriers_of`` returns them."""
    background: gpd.GeoDataFrame | None
    """As ``livingcircle.osm.background.background_of`` returns it; None without extract."""


def read_surroundings(path: str | Path) -> Surroundings:
    """Read an OpenStreetMap file once for its barriers and its background.

    Raises
    ------
    MissingFileError, InputError
        The file is absent or broken.
    """
    filters: dict[str, Sequence[str]] = {}
    filters |= {_BARRIER + key: kind.filters for key, kind in barrier_kinds().items()}
    filters |= {_BACKGROUND + key: kind.filters for key, kind in background_kinds().items()}
    found = read_objects(path, filters, lines=True)
    return Surroundings(
        barriers_of(_labelled(found, _BARRIER)), background_of(_labelled(found, _BACKGROUND))
    )


def _labelled(found: gpd.GeoDataFrame, prefix: str) -> gpd.GeoDataFrame:
    """Return the objects with a label of that prefix, and their labels without it."""
    each = found["labels"].explode()
    each = each[each.str.startswith(prefix).fillna(False).to_numpy(dtype=bool)]
    own = each.str.removeprefix(prefix).groupby(level=0).agg(tuple)
    return found.loc[own.index].assign(labels=own).reset_index(drop=True)


NO_SURROUNDINGS = Surroundings(no_barriers(), None)
"""Of a city without an extract."""

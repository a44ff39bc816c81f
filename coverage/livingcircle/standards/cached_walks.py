"""Walks and circles that were found before, kept by all that they depend on.

A change of one list of facilities asks for other entries of its own categories alone: what the
others are named by (the streets, where homes and facilities meet them, the limit) is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.io.array_cache import (
    KeptArrays,
    cached_arrays,
    digest_of,
    texts_of,
    texts_to_bytes,
)
from livingcircle.network.cached_anchors import network_digest
from livingcircle.network.snap import lonlat_of
from livingcircle.network.stored import ROOMS
from livingcircle.routing.engine import Reach

__all__ = ["ServiceArea", "cached_costs", "keep_circle", "kept_circle", "search_digest"]

_WALKS = (*ROOMS, "routing", "standards")
_NUMBERS = ("metres", "seconds", "access_m")
_CODED = ("facility_id", "status")


@dataclass(frozen=True)
class ServiceArea:
    """A circle as a polygon, and how true it is to doors 12 m off the street."""

    shape: shapely.Geometry
    """MultiPolygon in WGS 84."""
    false_share: float
    """Share of the doors in it that are out of reach; NaN where there is none, or not asked."""
    missed_share: float
    """Share of the doors in reach that lie outside it."""


def search_digest(found: Reach) -> str | None:
    """Return a hash of a search: its streets, who walks, and where facilities meet them."""
    streets = network_digest(found.network)
    if streets is None:
        return None
    ids = np.asarray(found.facility_id)
    return digest_of(streets, found.walker, found.max_access_m, found.level, ids, found.anchors)


def cached_costs(
    make: Callable[[], pd.DataFrame], found: Reach, demand: gpd.GeoDataFrame, terms: Hashable
) -> pd.DataFrame:
    """Return the walks from homes that a search gives, as ``make`` does; see ``Travel.cost``.

    Parameters
    ----------
    make
        Gives ``metres``, ``seconds``, ``access_m``, and categories ``facility_id`` and ``status``.
    found
        The search.
    demand
        The homes; the table has their index.
    terms
        What else the walks depend on.
    """
    search = search_digest(found)
    key = None if search is None else digest_of(search, lonlat_of(demand), terms)
    made: list[pd.DataFrame] = []

    def arrays() -> KeptArrays | None:
        table = make()
        made.append(table)
        held: KeptArrays = {name: table[name].to_numpy() for name in _NUMBERS}
        for name in _CODED:
            listed = texts_to_bytes(table[name].cat.categories.to_numpy(dtype=object))
            if listed is None:
                return None
            held |= {name: table[name].cat.codes.to_numpy(), f"{name}.texts": listed}
        return held

    held = cached_arrays("walks", _WALKS, key, arrays)
    if made or held is None:
        return made[0]
    columns: dict[str, object] = {name: held[name] for name in _NUMBERS}
    for name in _CODED:
        texts = pd.Index(texts_of(held[f"{name}.texts"]), dtype=object)
        columns[name] = pd.Categorical.from_codes(
            np.asarray(held[name], dtype=np.int64), categories=texts
        )
    order = ["metres", "seconds", "facility_id", "access_m", "status"]
    return pd.DataFrame({name: columns[name] for name in order}, index=demand.index)


def kept_circle(searches: tuple[Reach, ...], limits: Hashable) -> ServiceArea | None:
    """Return a circle that was drawn before; None if it was not, or nothing is kept.

    Parameters
    ----------
    searches
        Those whose circles it has in common.
    limits
        How far, and what else it depends on.
    """
    held = cached_arrays("circles", _WALKS, _circle_key(searches, limits), lambda: None)
    if held is None:
        return None
    false, missed = held["shares"].tolist()
    return ServiceArea(shapely.from_wkb(held["shape"].tobytes()), false, missed)


def keep_circle(area: ServiceArea, searches: tuple[Reach, ...], limits: Hashable) -> None:
    """Keep a circle as ``kept_circle`` returns it."""

    def arrays() -> KeptArrays:
        shares = np.array([area.false_share, area.missed_share])
        shape = np.frombuffer(shapely.to_wkb(area.shape), dtype=np.uint8)
        return {"shape": shape, "shares": shares}

    cached_arrays("circles", _WALKS, _circle_key(searches, limits), arrays)


def _circle_key(searches: tuple[Reach, ...], limits: Hashable) -> str | None:
    digests = [search_digest(found) for found in searches]
    return None if None in digests else digest_of(digests, limits)

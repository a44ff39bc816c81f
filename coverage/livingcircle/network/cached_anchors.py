"""Anchors that were found before, kept by the content of the network and of the points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np

from livingcircle._arrays import FloatArray
from livingcircle.io.array_cache import KeptArrays, cached_arrays, digest_of
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, anchor
from livingcircle.network.stored import ROOMS

__all__ = ["cached_anchors", "network_digest"]

_UNASKED = ("notes", "keeps")
"""Fields of a network that no walk depends on."""


def network_digest(network: WalkNetwork) -> str | None:
    """Return a hash of a network; None for one of which nothing is kept (see ``keeps``)."""
    return network.derive(_digest) if network.keeps else None


def _digest(network: WalkNetwork) -> str | None:
    asked = [one.name for one in fields(WalkNetwork) if one.name not in _UNASKED]
    return digest_of(*(getattr(network, name) for name in asked))


def cached_anchors(
    network: WalkNetwork,
    lon: FloatArray,
    lat: FloatArray,
    max_access_m: float,
    progress: Callable[[float], None] | None = None,
    *,
    level: FloatArray | None = None,
) -> Anchors:
    """Anchor points to the network as ``anchor`` does, unless that was done before.

    Of a network that ``keeps`` the anchors are taken from the user's cache folder, the same to the
    last bit; of any other they are found.

    Parameters
    ----------
    network, lon, lat, max_access_m, progress, level
        As of ``anchor``.
    """
    places = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    streets = network_digest(network)
    key = None if streets is None else digest_of(streets, *places, float(max_access_m), level)

    def find() -> KeptArrays:
        made = anchor(network, *places, max_access_m, progress, level=level)
        return {one.name: getattr(made, one.name) for one in fields(Anchors)}

    held = cached_arrays("anchors", ROOMS, key, find)
    return Anchors(
        edge=held["edge"].astype(np.int64, copy=False),
        offset_m=held["offset_m"].astype(np.float64, copy=False),
        access_m=held["access_m"].astype(np.float64, copy=False),
        lonlat=held["lonlat"].astype(np.float64, copy=False),
        compromise=held["compromise"].astype(np.int64, copy=False),
    )

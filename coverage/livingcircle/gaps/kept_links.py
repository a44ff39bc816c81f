"""Links that were found before, kept by all that they depend on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from livingcircle._arrays import NO_INDICES, IntArray, starts_of
from livingcircle.io.array_cache import KeptArrays, cached_arrays, digest_of
from livingcircle.network.edit import EdgePoints
from livingcircle.network.stored import ROOMS
from livingcircle.routing.engine import Reach
from livingcircle.standards.cached_walks import search_digest

__all__ = ["Link", "kept_links"]

_NOWHERE = EdgePoints(NO_INDICES, np.zeros(0), np.zeros((0, 2)))
_LINKS = (*ROOMS, "routing", "standards", "gaps")


@dataclass(frozen=True, eq=False)
class Link:
    """A link that is proposed."""

    begin: EdgePoints
    end: EdgePoints
    length_m: float
    saves_m: float
    regains: IntArray
    """Rows of the people left out that it brings back."""


def kept_links(make: Callable[[], list[Link]], found: Reach, terms: object) -> list[Link]:
    """Return the links that a function finds; from the cache where they were found before.

    Parameters
    ----------
    found
        The search from the facilities as they are.
    terms
        All else that the links depend on.
    """
    search = search_digest(found)
    key = None if search is None else digest_of(search, terms)

    held = cached_arrays("links", _LINKS, key, lambda: _to_arrays(make()))
    assert held is not None  # noqa: S101 - links are always made of arrays
    return _from_arrays(held)


def _to_arrays(links: list[Link]) -> KeptArrays:
    counts = np.array([len(one.regains) for one in links], dtype=np.int64)
    # Of no link at all there is nothing to put together.
    none = Link(_NOWHERE, _NOWHERE, 0.0, 0.0, NO_INDICES)
    every = [none, *links]
    return {
        "metres": np.array([(one.length_m, one.saves_m) for one in links]).reshape(-1, 2),
        "start": starts_of(counts),
        "regains": np.concatenate([one.regains for one in every]),
        "edge": np.concatenate([end.edge for one in every for end in (one.begin, one.end)]),
        "offset_m": np.concatenate([end.offset_m for one in every for end in (one.begin, one.end)]),
        "lonlat": np.concatenate([end.lonlat for one in every for end in (one.begin, one.end)]),
    }


def _from_arrays(held: KeptArrays) -> list[Link]:
    regains, start = held["regains"].astype(np.int64), held["start"].tolist()
    ends = EdgePoints(
        held["edge"].astype(np.int64),
        held["offset_m"].astype(np.float64),
        held["lonlat"].astype(np.float64),
    )
    return [
        Link(
            ends[2 * k : 2 * k + 1],
            ends[2 * k + 1 : 2 * k + 2],
            length,
            saves,
            regains[start[k] : start[k + 1]],
        )
        for k, (length, saves) in enumerate(held["metres"].tolist())
    ]

"""Walkers: named profiles of speed, and of what they cannot walk on."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np

from livingcircle._ragged import ranges, starts_of
from livingcircle._types import FloatArray
from livingcircle.errors import ConfigError
from livingcircle.network.walk import EdgeTags, WalkNetwork

__all__ = ["Walker", "passable", "seconds_per_metre", "walker", "walker_names"]


@dataclass(frozen=True)
class Walker:
    """How fast somebody walks, and where not."""

    name: str
    speed_m_s: float
    stairs: bool
    zh: str
    en: str
    source: str
    verified: bool

    def at(self, factor: float) -> Walker:
        """Return the same walker at a multiple of the speed."""
        return replace(self, speed_m_s=self.speed_m_s * factor)


@cache
def _walkers() -> dict[str, Walker]:
    text = files("livingcircle.network").joinpath("walkers.toml").read_text(encoding="utf-8")
    return {name: Walker(name=name, **entry) for name, entry in tomllib.loads(text).items()}


def walker_names() -> tuple[str, ...]:
    """Return the names of the profiles."""
    return tuple(_walkers())


def walker(who: str | Walker) -> Walker:
    """Return a profile by name; a Walker is handed back as it is.

    Raises
    ------
    ConfigError
        If no profile has that name.
    """
    if isinstance(who, Walker):
        return who
    known = _walkers()
    if who not in known:
        near = difflib.get_close_matches(who, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}."
        raise ConfigError(f"no walker is called '{who}'", field="walker", mend=hint)
    return known[who]


def passable(network: WalkNetwork, who: Walker) -> WalkNetwork:
    """Return the network without edges that this walker cannot use (itself if there is none)."""
    if who.stairs or not network.tags.stairs.any():
        return network
    keep = ~network.tags.stairs
    counts = np.diff(network.edge_start)[keep]
    rows = ranges(network.edge_start[:-1][keep], counts)
    tags = network.tags
    return replace(
        network,
        edge_u=network.edge_u[keep],
        edge_v=network.edge_v[keep],
        edge_start=starts_of(counts),
        coords=network.coords[rows],
        offset_m=network.offset_m[rows],
        tags=EdgeTags(
            stairs=tags.stairs[keep],
            crossing=tags.crossing[keep],
            bridge=tags.bridge[keep],
            tunnel=tags.tunnel[keep],
            layer=tags.layer[keep],
            residential=tags.residential[keep],
        ),
        speed_m_s=None if network.speed_m_s is None else network.speed_m_s[keep],
    )


def seconds_per_metre(network: WalkNetwork, who: Walker) -> FloatArray:
    """Return the pace on each edge: the walker's, or the edge's own in a network to drive on."""
    if network.speed_m_s is None:
        return np.full(network.edge_count, 1.0 / who.speed_m_s)
    return 1.0 / network.speed_m_s

"""Walkers: named profiles of speed, and of what they cannot walk on."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from livingcircle.errors import ConfigError

__all__ = ["Walker", "walker", "walker_names"]


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
    text = files("livingcircle.vocab").joinpath("walkers.toml").read_text(encoding="utf-8")
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
        raise ConfigError(f"no walker is called '{who}'", field="walker", hint=hint)
    return known[who]

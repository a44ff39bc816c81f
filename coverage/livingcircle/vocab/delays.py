"""Delays: what stairs and crossings cost, by tag, with the source of every figure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

from livingcircle._resources import resource_toml

__all__ = ["Delays", "usual_delays"]


@dataclass(frozen=True)
class Delays:
    """What stairs and crossings cost; the sources stand in ``delays.toml``."""

    stairs_up: float
    """Factor on the seconds that the same metres take on level ground."""
    stairs_down: float
    signals_s: float
    """Seconds of waiting at a crossing with signals."""
    crossing_s: float
    """Seconds of waiting at any other marked crossing."""
    escalator_m_s: float
    """Horizontal speed of a rider, metres per second."""
    lift_s: float
    """Seconds of waiting for a lift."""


@cache
def usual_delays() -> Delays:
    """Return the figures that ship.

    >>> usual_delays().signals_s
    20.0
    """
    table = resource_toml("livingcircle.vocab", "delays.toml")
    return Delays(**{one.name: float(table[one.name]["value"]) for one in fields(Delays)})

"""The ground that a network lies on."""

from __future__ import annotations

from dataclasses import dataclass

from livingcircle.io.formats.elevation import Elevation

__all__ = ["Terrain"]


@dataclass(frozen=True, eq=False)
class Terrain:
    """Heights, and what a slope costs."""

    elevation: Elevation
    pace: str
    """Name of one of ``livingcircle.network.terrain.PACES``."""

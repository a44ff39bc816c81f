"""Levels of units: their ids, how they stand above each other, and their names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from livingcircle.localized import LocalizedText
from livingcircle.vocab.texts import localized_name

__all__ = [
    "BELOW_CITY",
    "HOLDERS",
    "LEAVES",
    "PARENT",
    "UNIT_LEVELS",
    "FacilityLevel",
    "Level",
    "LowerLevel",
    "UnitLevel",
    "holder_of",
    "level_name",
]

LowerLevel = Literal["estate", "community", "village", "town", "district"]
"""Levels below the city."""
UnitLevel = Literal[LowerLevel, "city"]
"""Levels that a table of units may have."""
Level = Literal["leaf", UnitLevel, "urban_village"]
"""Levels that a requirement may ask about: ``leaf`` is communities and villages together."""

FacilityLevel = Literal["leaf", UnitLevel]
"""Levels that a requirement may ask facilities to be of; ``leaf`` is a community or a village."""

UNIT_LEVELS: tuple[str, ...] = get_args(UnitLevel)
"""From fine to coarse; communities (社区) and villages (行政村) stand side by side, and a community
need not be made of estates (小区) everywhere."""
BELOW_CITY: tuple[str, ...] = get_args(LowerLevel)
LEAVES = ("community", "village")
HOLDERS = ("leaf", "town", "district")
"""Columns that name the units which tile the city and hold a point, from fine to coarse."""
PARENT: Mapping[str, str] = MappingProxyType(
    {"estate": "leaf", **dict(zip(HOLDERS, (*HOLDERS[1:], "city"), strict=True))}
)
"""Level → the next one above."""


def holder_of(level: str) -> str:
    """Return the column of a point that names its unit of a level.

    >>> holder_of("village"), holder_of("town")
    ('leaf', 'town')
    """
    return "leaf" if level in LEAVES else level


def level_name(level: str) -> LocalizedText:
    """Return the name of the units of a level.

    >>> level_name("community").en
    'communities'
    """
    return localized_name("level", level)

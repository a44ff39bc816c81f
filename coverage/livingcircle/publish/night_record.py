"""What the JSON of a night holds. A night of an earlier version may lack any of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypedDict

__all__ = ["ChangeRow", "CityNight", "Night", "NightChanges", "ResultRecord", "StandardValue"]


StandardValue: TypeAlias = tuple[str | None, float | None, float | None]
"""Status, value, people left out."""


class ChangeRow(TypedDict, total=False):
    """One change of a standard or a gap; what is empty is left out."""

    change: str
    pack: str
    standard: str
    gap_id: str
    unit_name: str
    level: str
    field: str
    unit: str
    before: str | float | None
    after: str | float | None
    people: float
    cause: str
    by: Mapping[str, float]
    """Cause → its share of the difference."""
    certain: bool


class NightChanges(TypedDict, total=False):
    """What changed in a city since the night before."""

    since: str
    how: str
    note: str
    note_zh: str
    inputs: list[list[str]]
    """Kind and name of each input that moved."""
    opened: int
    closed: int
    undecided: int
    moved: int
    standards: list[ChangeRow]
    gaps: list[ChangeRow]


class ResultRecord(TypedDict, total=False):
    """What a night keeps of an output folder."""

    plans: dict[str, dict[str, int]]
    """Plan → status → number of standards."""
    values: dict[str, StandardValue]
    """By ``plan/standard``."""
    data: str | None
    """When it was computed (ISO 8601)."""


class CityNight(ResultRecord, total=False):
    """One city in a night; results that have not changed are left out."""

    state: str
    """``computed``, ``unchanged`` or ``failed``."""
    seconds: float
    changes: NightChanges
    error: str
    error_zh: str


class Night(TypedDict, total=False):
    """The JSON of a night."""

    night: str
    """Name of its file, without the ending."""
    started: str
    software: str
    removed: list[str]
    cities: dict[str, CityNight]

"""What run.json holds. An earlier version, or a damaged file, may lack any of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias, TypedDict

__all__ = [
    "CityRecord",
    "FileRecord",
    "InputRecord",
    "Json",
    "PackRecord",
    "RunRecord",
    "gap_files",
]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""Whatever JSON can hold."""


class CityRecord(TypedDict, total=False):
    """The city that was assessed."""

    name: str
    name_en: str | None
    synthetic: bool


class PackRecord(TypedDict, total=False):
    """One plan that was tested."""

    id: str
    document: Mapping[str, Json]
    requirements: int
    outside: int
    sha256: str
    date: str


class InputRecord(TypedDict, total=False):
    """One input as it was when the city was read."""

    role: str
    source: str
    sha256: str | None
    size: int | None
    modified: str | None


class FileRecord(TypedDict, total=False):
    """One file that was written."""

    file: str
    bytes: int
    sha256: str


class ParametersRecord(TypedDict, total=False):
    """The choices that the run was given."""

    walker: str
    max_access_m: float
    config: Mapping[str, Json]


class RunRecord(TypedDict, total=False):
    """The whole of run.json."""

    program: str
    version: str | None
    schema: int
    city: CityRecord
    credit: Mapping[str, str]
    started: str
    finished: str
    as_of: int
    packs: list[PackRecord]
    parameters: ParametersRecord
    inputs: list[InputRecord]
    rows: dict[str, dict[str, int]]
    network: Mapping[str, Json]
    findings: dict[str, int]
    undecided: Mapping[str, list[str]]
    uncounted: Mapping[str, Mapping[str, Mapping[str, int]]]
    layers: dict[str, int]
    notes: list[Json]
    timings_s: dict[str, float]
    software: dict[str, str | None]
    plans: list[dict[str, Json]]
    gap_count: int
    all_gaps: list[str]
    """The tables beside it that hold every gap together: gaps.csv alone unless it was cut."""
    draws: dict[str, Json]
    outputs: list[FileRecord]


def gap_files(run: Mapping[str, object]) -> list[str]:
    """Return the names of the tables that hold every gap, as run.json states them."""
    stated = run.get("all_gaps")
    names = stated if isinstance(stated, list) and stated else ["gaps.csv"]
    # The record of a stranger's folder leads nowhere else.
    plain = [str(name) for name in names if str(name) == Path(str(name)).name]
    return plain or ["gaps.csv"]

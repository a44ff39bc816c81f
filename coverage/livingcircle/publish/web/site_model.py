"""What the pages of the site show, read from the output folders and the nights' JSON."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, cast
from urllib.parse import quote

from livingcircle.compare.run_record import PackRecord, RunRecord, gap_files
from livingcircle.io.csv_safety import plain_text
from livingcircle.io.ownership import OWNED_LIST
from livingcircle.localized import LocalizedText
from livingcircle.publish.night_record import NightChanges, ResultRecord, StandardValue
from livingcircle.standards.judge import VERDICTS
from livingcircle.vocab.period import period_over

__all__ = [
    "CityFolder",
    "Download",
    "Moment",
    "read_city_folder",
    "record_of",
    "totals",
]

GAPS_ON_CITY_PAGE = 8
"""Gaps of one standard listed on a page; gaps.csv, or the lists of the districts, have them all."""

_SCORE_NUMBERS = ("value", "target", "due", "people_left_out", "households_left_out", "gaps")
_GAP_NUMBERS = ("rank", "people", "households", "metres", "straight_m")
# As a person looks for them, the rest by name.
_FIRST_FILES = ("map.html", "report.html", ".gpkg", "scorecard.xlsx", "scorecard.csv", "gaps.csv")


class ScoreRow(TypedDict):
    """A row of scorecard.csv, as far as the pages name its columns."""

    pack: str
    id: str
    status: str
    force: str
    unit: str
    statement_zh: str
    statement_en: str
    value: float | None
    target: float | None
    due: float | None
    people_left_out: float | None
    households_left_out: float | None
    gaps: float | None


class GapRow(TypedDict):
    """A row of gaps.csv, as far as the pages name its columns."""

    standard: str
    gap_id: str
    rank: float | None
    people: float | None
    households: float | None
    metres: float | None
    straight_m: float | None


@dataclass(frozen=True)
class Moment:
    """One city in one night."""

    night: str
    """Name of the night's JSON file, without its ending."""
    started: str
    """ISO 8601, in the time of the machine."""
    state: str
    """``computed``, ``unchanged`` or ``failed``."""
    plans: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Plan → status → number of standards."""
    values: Mapping[str, StandardValue] = field(default_factory=dict)
    """``plan/standard`` → status, value, people left out."""
    changes: NightChanges | None = None
    error: str | None = None

    @property
    def moved(self) -> bool:
        """Whether anything is different from the night before."""
        found = self.changes or NightChanges()
        counts = (found.get("opened"), found.get("closed"), found.get("undecided"))
        return any((*counts, found.get("moved"), found.get("standards")))


@dataclass(frozen=True)
class Download:
    """A file offered on a city's page."""

    name: str
    link: str
    """Relative to the page, as a browser needs it."""
    size: int


@dataclass(frozen=True)
class CityFolder:
    """The results of one city as they lie in its folder of the site."""

    name: str
    name_en: str
    synthetic: bool
    computed: str
    """ISO 8601, UTC."""
    as_of: int | None
    plans: tuple[tuple[str, str, str], ...]
    """Id and titles (zh, en) of the packs."""
    expired: Mapping[str, LocalizedText]
    """The banner of each pack whose last year lies before that of the assessment."""
    standards: tuple[ScoreRow, ...]
    gaps: tuple[GapRow, ...]
    """Those of each standard that leave most people out."""
    gap_count: int
    proposals: tuple[tuple[str, str, str], ...]
    """Standard and what is proposed for it (zh, en)."""
    downloads: tuple[Download, ...]
    gap_lists: tuple[tuple[str, str], ...] = (("gaps.csv", "data/gaps.csv"),)
    """Name and link of the tables that hold every gap together."""
    credit: tuple[str, str] | None = None
    """Whose data the pages show (zh, en)."""


def read_city_folder(folder: Path) -> CityFolder:
    """Read ``data/`` and what lies beside it in a city's folder of the site."""
    data = folder / "data"
    run: RunRecord = json.loads((data / "run.json").read_text(encoding="utf-8"))
    city = run.get("city") or {}
    gaps = cast("list[GapRow]", _rows(data / "gaps.csv", _GAP_NUMBERS))
    gaps.sort(key=lambda gap: (-_or(gap["people"], -1.0), gap["standard"], _or(gap["rank"], 0)))
    return CityFolder(
        str(city.get("name") or folder.name),
        str(city.get("name_en") or city.get("name") or folder.name),
        bool(city.get("synthetic")),
        str(run.get("finished") or ""),
        run.get("as_of"),
        tuple(_titles(pack) for pack in run.get("packs") or ()),
        dict(_over(run)),
        tuple(cast("list[ScoreRow]", _rows(data / "scorecard.csv", _SCORE_NUMBERS))),
        tuple(_foremost(gaps)),
        run.get("gap_count") or len(gaps),
        tuple(_proposals(run)),
        tuple(_downloads(folder)),
        tuple((name, f"data/{quote(name)}") for name in gap_files(run)),
        _credit(run),
    )


def _credit(run: RunRecord) -> tuple[str, str] | None:
    stated = run.get("credit")
    if not isinstance(stated, dict) or not stated.get("en"):
        return None
    return str(stated.get("zh") or stated["en"]), str(stated["en"])


def _proposals(run: RunRecord) -> Iterator[tuple[str, str, str]]:
    """Yield the first option of each plan, whose note names the second one."""
    seen = set()
    for plan in run.get("plans") or ():
        standard = str(plan.get("standard"))
        if standard not in seen and plan.get("note_zh"):
            seen.add(standard)
            yield standard, str(plan["note_zh"]), str(plan.get("note_en") or plan["note_zh"])


def _foremost(gaps: Sequence[GapRow]) -> list[GapRow]:
    """Return the first few gaps of each standard, in their order."""
    seen: Counter[str] = Counter()
    out = []
    for gap in gaps:
        seen[gap["standard"]] += 1
        if seen[gap["standard"]] <= GAPS_ON_CITY_PAGE:
            out.append(gap)
    return out


def _over(run: RunRecord) -> Iterator[tuple[str, LocalizedText]]:
    """Yield the packs that were assessed after their last year, with their banner."""
    for pack in run.get("packs") or ():
        until = (pack.get("document") or {}).get("until")
        if over := period_over(until if isinstance(until, int) else None, run.get("as_of")):
            yield str(pack["id"]), over


def _titles(pack: PackRecord) -> tuple[str, str, str]:
    document = pack.get("document") or {}
    zh, en = (str(document.get(f"title_{lang}") or pack["id"]) for lang in ("zh", "en"))
    return str(pack["id"]), zh, en


def record_of(data: Path) -> ResultRecord:
    """Return what a night's JSON keeps of an output folder: counts by plan, values, date."""
    run: RunRecord = json.loads((data / "run.json").read_text(encoding="utf-8"))
    plans: dict[str, dict[str, int]] = {}
    values: dict[str, StandardValue] = {}
    for row in cast("list[ScoreRow]", _rows(data / "scorecard.csv", _SCORE_NUMBERS)):
        counts = plans.setdefault(row["pack"], {})
        # What is only encouraged is counted apart: it is no shortfall of a city.
        key = "may" if row["force"] == "may" else row["status"]
        counts[key] = counts.get(key, 0) + 1
        # Six decimals of a share are a resident of a city of a million.
        value, people = row["value"], row["people_left_out"]
        values[f"{row['pack']}/{row['id']}"] = (
            row["status"],
            None if value is None else round(value, 6),
            None if people is None else round(people, 6),
        )
    return {"plans": plans, "values": values, "data": run.get("finished")}


def totals(plans: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return status → number of standards over all plans.

    >>> totals({"a": {"met": 2}, "b": {"met": 1, "short": 1}})
    {'met': 3, 'short': 1, 'unknown': 0, 'report': 0}
    """
    return {status: sum(counts.get(status, 0) for counts in plans.values()) for status in VERDICTS}


def _rows(path: Path, numbers: Sequence[str]) -> list[dict[str, str | float | None]]:
    """Return the rows of a table that a run wrote; empty numbers are None."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [_row(written, numbers) for written in csv.DictReader(stream)]


def _row(written: Mapping[str, str], numbers: Sequence[str]) -> dict[str, str | float | None]:
    # A page needs no apostrophe before what a spreadsheet would take for a formula.
    row = {name: cast("str | float | None", plain_text(text)) for name, text in written.items()}
    return row | {name: _number(written.get(name)) for name in numbers}


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _downloads(folder: Path) -> list[Download]:
    files = [
        p for p in folder.rglob("*") if p.is_file() and p.name not in ("index.html", OWNED_LIST)
    ]

    def place(path: Path) -> tuple[int, str]:
        names = (k for k, end in enumerate(_FIRST_FILES) if path.name.endswith(end))
        return next(names, len(_FIRST_FILES)), path.name

    return [
        Download(p.name, quote(p.relative_to(folder).as_posix()), p.stat().st_size)
        for p in sorted(files, key=place)
    ]

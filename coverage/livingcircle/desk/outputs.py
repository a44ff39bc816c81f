"""What runs wrote into a project: which folders, which files, and the findings in them."""

from __future__ import annotations

import contextlib
import csv
import math
import re
from pathlib import Path

from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText

__all__ = [
    "BEFORE_RUN",
    "EARLIER",
    "OUT",
    "findings_of",
    "output_folders",
    "result_files",
    "scenario_folder",
    "scenario_text",
]

OUT = "results"
"""Folder of a project that holds what the last run wrote."""

EARLIER = "results-before"
"""What the run before it wrote, to compare with."""

BEFORE_RUN = ".results-before-run"
"""Copy of the results while a run is under way."""

_FINDINGS = (
    "id", "statement_zh", "statement_en", "status", "value", "target", "unit", "force",
    "people_left_out", "group", "reading_zh", "reading_en", "note_zh", "note_en",
)  # fmt: skip
_MOST_BYTES = 1 << 20
_NUMBERS = ("value", "people_left_out")


def scenario_folder(scenario: str) -> str:
    """Return the folder that the results of a scenario's file go to: that of no other results.

    >>> scenario_folder("new clinic.toml"), scenario_folder("Before.toml")
    ('results-new clinic', 'results-Before-scenario')
    """
    stem = Path(scenario).stem
    # On some systems upper case is no other name.
    taken = re.fullmatch(r"before(-scenario)*", stem.casefold())
    return f"{OUT}-{stem}-scenario" if taken else f"{OUT}-{stem}"


def scenario_text(path: Path) -> str:
    """Return the text of a scenario's file, for the map to open.

    Raises
    ------
    InputError
        There is none, it is larger than a megabyte, or no text.
    """
    plain = path.suffix.lower() == ".toml" and path.is_file() and not path.is_symlink()
    if plain and path.stat().st_size <= _MOST_BYTES:
        with contextlib.suppress(UnicodeDecodeError):
            return path.read_text(encoding="utf-8-sig")
    raise InputError(
        LocalizedText(
            "没有这个方案，或它太大、不是 UTF-8 文本", "no such scenario of UTF-8 text below 1 MB"
        ),
        file=path.name,
        hint=LocalizedText("请重新保存后拖入。", "Save it again and drop it."),
    )


def output_folders(folder: Path) -> dict[str, list[str]]:
    """Return the folders of a project that runs wrote, each with its files: results first."""
    found = [
        place
        for place in folder.iterdir()
        if place.name == OUT or place.name.startswith((f"{OUT}-", "sites-"))
    ]
    real = [place for place in found if place.is_dir() and not place.is_symlink()]
    real.sort(key=lambda place: (place.name != OUT, place.name))
    return {place.name: result_files(place) for place in real}


def result_files(folder: Path) -> list[str]:
    """Return the files that a run wrote, by name."""
    files = (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    return sorted(path.name for path in files if not path.name.startswith("."))


def findings_of(folder: Path) -> list[dict[str, object]]:
    """Return the findings of the results in a folder as the page shows them; none where absent."""
    card = folder / "scorecard.csv"
    try:
        with card.open(encoding="utf-8-sig", newline="") as file:
            return [_finding(row) for row in csv.DictReader(file)]
    except (OSError, ValueError, csv.Error):
        return []


def _finding(row: dict[str, str]) -> dict[str, object]:
    out: dict[str, object] = {name: row.get(name) or "" for name in _FINDINGS}
    for name in _NUMBERS:
        try:
            number = float(str(out[name]))
        except ValueError:
            number = math.nan
        out[name] = number if math.isfinite(number) else None
    return out

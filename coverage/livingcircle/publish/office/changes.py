"""Tables of changes, and of the readings that make a claim true, as CSV."""

from __future__ import annotations

import codecs
from pathlib import Path

import pandas as pd

from livingcircle.io.atomic import replaced_file
from livingcircle.io.csv_safety import escape_formula

__all__ = ["write_changes", "write_claim"]


def write_changes(changes: pd.DataFrame, path: str | Path) -> Path:
    """Write changes as CSV that Excel opens as it should.

    Raises
    ------
    InputError
        The file cannot be written, or is one that holds something else.
    """
    return _write(changes, path)


def write_claim(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write the combinations of a claim as CSV that Excel opens as it should.

    Raises
    ------
    InputError
        The file cannot be written, or is one that holds something else.
    """
    texts = frame.select_dtypes(include="category").columns
    # A spreadsheet would take 6/7 for a date; count and out_of say the same.
    return _write(frame.astype(dict.fromkeys(texts, object)).drop(columns="text"), path)


def _write(changes: pd.DataFrame, path: str | Path) -> Path:
    begins = codecs.BOM_UTF8 + ",".join(changes.columns[:2]).encode()
    with replaced_file(path, begins=begins) as beside:
        changes.map(escape_formula).to_csv(
            beside, index=False, encoding="utf-8-sig", lineterminator="\r\n"
        )
    return Path(path)

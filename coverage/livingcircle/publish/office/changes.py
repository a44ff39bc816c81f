"""The table of changes as CSV."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from livingcircle.errors import InputError
from livingcircle.io.csv_safety import escape_formula

__all__ = ["write_changes"]


def write_changes(changes: pd.DataFrame, path: str | Path) -> Path:
    """Write changes as CSV that Excel opens as it should.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    place = Path(path)
    try:
        changes.map(escape_formula).to_csv(
            place, index=False, encoding="utf-8-sig", lineterminator="\r\n"
        )
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})",
            hint="Name a file in a folder that you may write to",
            file=place,
        ) from error
    return place

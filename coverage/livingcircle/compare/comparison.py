"""Compare two output folders: as a table, and as text for people."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import pandas as pd

from livingcircle._lookup import later
from livingcircle.arguments import check_path, wrong_type
from livingcircle.compare.attribute import possible_causes
from livingcircle.compare.causes import InputChange, inputs_of, kinds_moved, moved_inputs
from livingcircle.compare.run_record import RunRecord
from livingcircle.compare.tables import Tables, differences, read_tables
from livingcircle.localized import LocalizedText

__all__ = ["Comparison", "compare"]

# They differ between any two runs: run.json holds the time of the run.
_ALWAYS_NEW = {"run.json"}


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between two runs."""

    changes: pd.DataFrame
    """One row per change, with ``cause`` and ``certain``
    (see ``livingcircle.compare.attribute.possible_causes``)."""
    inputs: tuple[InputChange, ...]
    """Every input that is not the same."""
    files: tuple[str, ...]
    """Output files that are not the same, byte by byte."""
    title: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of input that differ."""
        return kinds_moved(self.inputs)

    @property
    def identical(self) -> bool:
        """Whether the two runs had the same inputs and gave the same results."""
        return not (len(self.changes) or self.inputs or self.files)

    def text(self, lang: str = "en", *, limit: int | None = 20) -> str:
        """Return the comparison as text in ``"zh"`` or ``"en"``, at most `limit` lines per list."""
        return str(later("comparison_text")(self, lang, limit))

    def write(self, path: str | Path) -> Path:
        """Write the changes as CSV."""
        check_path(path, "path")
        return Path(later("write_changes")(self.changes, path))


def compare(before: str | Path, after: str | Path) -> Comparison:
    """Return what differs between two output folders, and which input it may come from.

    Parameters
    ----------
    before, after
        Folders that ``livingcircle run`` wrote.

    Raises
    ------
    MissingFileError, InputError, WrongTypeError
        One of them is no output folder.
    """
    for name, value in (("before", before), ("after", after)):
        if not isinstance(value, str | PathLike):
            wanted = LocalizedText("结果文件夹的路径", "the folder of a run")
            raise wrong_type(value, name, wanted)
    one, other = read_tables(before), read_tables(after)
    inputs = moved_inputs(inputs_of(one.run), inputs_of(other.run))
    changes = possible_causes(differences(one, other), kinds_moved(inputs))
    return Comparison(changes, inputs, _files_moved(one, other), _title(one, other))


def _files_moved(before: Tables, after: Tables) -> tuple[str, ...]:
    """Return the files whose hashes in run.json differ, or that stand on one side only."""

    def hashes(run: RunRecord) -> dict[str, str]:
        files = run.get("outputs") or ()
        return {str(f.get("file")): str(f.get("sha256")) for f in files}

    one, other = hashes(before.run), hashes(after.run)
    names = sorted((set(one) | set(other)) - _ALWAYS_NEW)
    return tuple(name for name in names if one.get(name) != other.get(name))


def _title(before: Tables, after: Tables) -> str:
    """Return the city and the two dates, ``name: date → date``."""

    def name(run: RunRecord) -> str:
        return str((run.get("city") or {}).get("name") or "?")

    def date(run: RunRecord) -> str:
        return str(run.get("finished") or "?").replace("T", " ")[:16]

    one, other = name(before.run), name(after.run)
    if one != other:
        return f"{one} {date(before.run)} → {other} {date(after.run)}"
    return f"{one}: {date(before.run)} → {date(after.run)}"

"""The folder of a run and the folder of a plan, as this version and the one before wrote them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from livingcircle.errors import InputError
from livingcircle.io.atomic import replaced_folder
from livingcircle.io.fingerprint import content_hash, sha256_of
from livingcircle.io.ownership import Owned, files_below, real_place, refuse_foreign

__all__ = ["RECORD", "earlier_plan", "earlier_run", "refuse_other", "replaced_run_folder"]

RECORD = "run.json"
"""What a run was made of."""

_RUN_FILES = {"scorecard.csv", "scorecard.xlsx", "gaps.csv", "map.html", "report.html"}
_PLAN_FILES = {"plan.json", "sites.gpkg", "sites.csv", "units.csv", "scenario.toml"}
_LIKE_INPUTS = {
    ".toml", ".pbf", ".osm", ".gz", ".bz2", ".graphml", ".shp", ".gdb", ".tif", ".tiff", ".asc",
    ".zip",
}  # fmt: skip


def refuse_other(folder: str | Path) -> Path:
    """Return where a run may write.

    Raises
    ------
    InputError
        Something is there that a run did not write.
    """
    place = real_place(folder)
    refuse_foreign(place, "run", earlier_run)
    return place


@contextlib.contextmanager
def replaced_run_folder(folder: str | Path) -> Iterator[Path]:
    """Give a fresh folder for a run; see ``livingcircle.io.atomic.replaced_folder``."""
    with replaced_folder(folder, "run", recognise=earlier_run) as fresh:
        yield fresh


def earlier_run(folder: Path) -> Owned | None:
    """Return what is ours in the output of a version that kept no list.

    Its run.json names every file with its hash. It has to name all that a run writes, those have
    to be there, and nothing may look like the inputs of a city.
    """
    try:
        run = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if run["program"] != "livingcircle":
            return None
        named = {str(entry["file"]): str(entry["sha256"]) for entry in run["outputs"]}
        present = set(files_below(folder))
        layers = any("/" not in name and name.endswith(".gpkg") for name in named.keys() & present)
        if not layers or not named.keys() & present >= _RUN_FILES:
            return None
        if any(Path(name).suffix.lower() in _LIKE_INPUTS for name in present - named.keys()):
            return None
        return Owned("run", _as_written(folder, named, present) | _own(folder, RECORD))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError):
        return None


def earlier_plan(folder: Path) -> Owned | None:
    """Return what is ours in a plan of a version that kept no list: nothing else may be there."""
    try:
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        present = set(files_below(folder))
        if not {"note_zh", "note_en"} <= plan.keys() or present != _PLAN_FILES:
            return None
        return Owned("plan", {name: content_hash(folder / name) for name in present})
    except (OSError, ValueError, AttributeError, TypeError, RecursionError, InputError):
        return None


def _as_written(folder: Path, named: dict[str, str], present: set[str]) -> dict[str, str]:
    """Return the hash by which each file is known; another one than the file's if it was edited."""
    known = {}
    for name in named.keys() & present:
        whole = sha256_of(folder / name) == named[name]
        known[name] = content_hash(folder / name) if whole else named[name]
    return known


def _own(folder: Path, name: str) -> dict[str, str]:
    return {name: content_hash(folder / name)}

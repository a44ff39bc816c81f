"""What changed in one city since the night before, and because of which input."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pandas as pd

from livingcircle.city.model import read_city
from livingcircle.compare.attribute import CAUSES, attributed, possible_causes
from livingcircle.compare.causes import INPUT_KINDS, InputChange, kinds_moved, moved_inputs
from livingcircle.compare.tables import Tables, differences, read_tables
from livingcircle.errors import LivingCircleError
from livingcircle.gaps.explain import explain
from livingcircle.io.atomic import no_space
from livingcircle.localized import EMPTY, LocalizedText, localized
from livingcircle.nightly.manifest import Manifest
from livingcircle.nightly.state import SCRATCH
from livingcircle.nightly.store import Store
from livingcircle.nightly.variant import write_variant
from livingcircle.publish.night_record import ChangeRow, NightChanges
from livingcircle.publish.office.tables import write_gaps_csv, write_scorecard_csv
from livingcircle.standards.assess import assess

__all__ = ["Changes", "changes_since", "night_changes"]

GAPS_LISTED = 40
"""Gaps named in a night's JSON; changes.csv of the city has them all."""


@dataclass(frozen=True, eq=False)
class Changes:
    """The changes of one night."""

    table: pd.DataFrame
    inputs: tuple[InputChange, ...]
    how: str
    """``certain`` (one input differs), ``swapped`` (found by running with one input swapped at a
    time), ``candidates`` (several differ and could not be told apart) or ``none``."""
    note: LocalizedText = EMPTY
    """Why they could not be told apart."""
    runs: int = 0
    """How many runs with swapped inputs it took."""


def changes_since(
    before: Tables,
    after: Tables,
    old: Manifest,
    new: Manifest,
    store: Store,
    scratch: Path,
    *,
    cache: bool = True,
) -> Changes:
    """Return what differs between two nights, each change with its causes.

    Where two kinds of input or more differ, the city is assessed again with one kind of today's
    and all others of the night before, for each kind. The software of the night before cannot be
    run; what yesterday's inputs give with today's software is the software's part.

    Parameters
    ----------
    before, after
        The tables that were published, and today's.
    old, new
        What each was made of.
    store
        Holds the inputs of both nights.
    scratch
        An existing folder for what is read once.
    cache
        Take networks that were read before from the user's cache folder.
    """
    inputs = moved_inputs(old.inputs(), new.inputs())
    kinds = kinds_moved(inputs)
    unseen = sorted({*old.live, *new.live} - set(kinds), key=INPUT_KINDS.index)
    table = differences(before, after)
    possible = [kind for kind in INPUT_KINDS if kind in kinds or kind in unseen]
    if not len(table):
        return Changes(possible_causes(table, possible), inputs, "none")
    if len(possible) <= 1:
        return Changes(possible_causes(table, possible), inputs, "certain" if possible else "none")
    if old.live or new.live:
        note = LocalizedText(
            "数据库或下载的数据不保存，无法重复先前的计算",
            "a database or a download is not kept, so no earlier run can be repeated",
        )
        return Changes(possible_causes(table, possible), inputs, "candidates", note)
    try:
        found, runs = _swapped(before, after, old, new, kinds, store, scratch, cache)
    except (LivingCircleError, OSError) as error:
        if no_space(error, scratch):
            raise
        reason = _plain(error)
        note = LocalizedText(
            f"换用前一晚的一项输入重新计算失败：{reason.zh}",
            f"the run with one input of the night before failed: {reason.en}",
        )
        return Changes(possible_causes(table, possible), inputs, "candidates", note)
    return Changes(found, inputs, "swapped", runs=runs)


def _plain(error: LivingCircleError | OSError) -> LocalizedText:
    if isinstance(error, LivingCircleError):
        return LocalizedText(error.line("zh"), error.line("en"))
    if isinstance(error, FileNotFoundError):
        return LocalizedText(
            "前一晚的一项输入已不再保存", "an input of the night before is no longer kept"
        )
    return localized(error.strerror or type(error).__name__)


def _swapped(
    before: Tables,
    after: Tables,
    old: Manifest,
    new: Manifest,
    kinds: Sequence[str],
    store: Store,
    scratch: Path,
    cache: bool,
) -> tuple[pd.DataFrame, int]:
    inputs = [kind for kind in kinds if kind != "software"]
    runs = 0
    base = None
    if "software" in kinds:
        base = _assessed(old, new, (), store, scratch, cache)
        runs += 1
    if len(inputs) == 1:
        # Today's run is the run in which this kind alone is today's.
        return attributed(before, after, {inputs[0]: after}, base=base), runs
    swapped = {}
    for kind in inputs:
        swapped[kind] = _assessed(old, new, (kind,), store, scratch, cache)
        runs += 1
    return attributed(before, after, swapped, base=base), runs


def _assessed(
    old: Manifest,
    new: Manifest,
    today: Sequence[str],
    store: Store,
    scratch: Path,
    cache: bool,
) -> Tables:
    """Return the tables of a run in which the kinds `today` are today's."""
    with tempfile.TemporaryDirectory(dir=scratch, prefix=SCRATCH) as name:
        folder = Path(name)
        variant = write_variant(folder, old, new, today, store)
        city = read_city(variant.city_file, cache=cache)
        # The published tables hold explained reasons; which link would help is not compared.
        result = explain(assess(city, *variant.packs, as_of=variant.year), links=False).result
        # Through the files, so that both sides are rounded alike.
        write_scorecard_csv(result, folder / "scorecard.csv")
        write_gaps_csv(result, folder / "gaps.csv")
        judged = {"undecided": result.undecided(), "uncounted": result.uncounted()}
        record = json.dumps(judged, ensure_ascii=False)
        (folder / "run.json").write_text(record, encoding="utf-8")
        return read_tables(folder)


def night_changes(changes: Changes, before: str) -> NightChanges:
    """Return the changes as a night's JSON holds them: counts, all standards, the largest gaps."""
    table = changes.table
    gaps = table[table["about"] == "gap"]
    # Households move as people do; changes.csv has them.
    standards = table[(table["about"] == "standard") & (table["field"] != "households_left_out")]
    once = gaps.drop_duplicates(["change", "standard", "gap_id"])
    counts = once["change"].value_counts()
    named = once[once["change"].isin(["opened", "closed", "undecided"])]
    named = named.sort_values("people", ascending=False, kind="stable", na_position="last")
    return {
        "since": before,
        "how": changes.how,
        "note": changes.note.en,
        "note_zh": changes.note.zh,
        "inputs": [[d.kind, d.name] for d in changes.inputs if d.kind != "software"]
        + _software(changes.inputs),
        "opened": int(counts.get("opened", 0)),
        "closed": int(counts.get("closed", 0)),
        "undecided": int(counts.get("undecided", 0)),
        "moved": int(counts.get("moved", 0)),
        "standards": [_row(row) for row in standards.to_dict("records")],
        "gaps": [_row(row) for row in named.head(GAPS_LISTED).to_dict("records")],
    }


def _software(inputs: Sequence[InputChange]) -> list[list[str]]:
    return [[d.kind, f"{d.name} {d.before} → {d.after}"] for d in inputs if d.kind == "software"]


def _row(row: Mapping[Hashable, object]) -> ChangeRow:
    """Return one change without what is empty."""
    names = ("change", "pack", "standard", "gap_id", "unit_name", "level", "field", "unit",
             "before", "after", "people", "cause")  # fmt: skip
    out: dict[str, object] = {name: _json(row[name]) for name in names}
    shares = {cause: _json(row[f"by_{cause}"]) for cause in CAUSES}
    out["by"] = {cause: share for cause, share in shares.items() if share}
    out["certain"] = bool(row["certain"])
    kept = {name: value for name, value in out.items() if value not in (None, "", {})}
    return cast("ChangeRow", kept)


def _json(value: object) -> str | float | None:
    if isinstance(value, str):
        return value
    number = cast("float", value)
    return None if pd.isna(number) else round(float(number), 9)

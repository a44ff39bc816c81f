"""Scorecard and gaps of an output folder, and what differs between those of two runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from livingcircle.compare.run_record import Json, RunRecord, gap_files
from livingcircle.errors import InputError, MissingFileError
from livingcircle.secrets import masked_all

__all__ = ["DIFFERENCE_COLUMNS", "Tables", "differences", "read_tables"]

_NUMBERS = (
    "value", "target", "due", "people_left_out", "households_left_out", "gaps", "rank", "people",
    "households", "metres", "straight_m", "lon", "lat", "sensitivity_low", "sensitivity_high",
    "undecided", "people_uncounted", "households_uncounted",
)  # fmt: skip

_UNCOUNTED = ("people_uncounted", "households_uncounted")
"""Left-out points that state no number: while they rise, fewer people left out is no progress."""

STANDARD_FIELDS = (
    "status", "value", "target", "people_left_out", "households_left_out", "undecided",
    *_UNCOUNTED,
)  # fmt: skip
"""What is compared of a standard."""

GAP_FIELDS = ("people", "households", *_UNCOUNTED, "metres", "reason", "facility_id")
"""What is compared of a gap that is there on both sides."""

DIFFERENCE_COLUMNS = (
    "change", "about", "pack", "standard", "gap_id", "unit_name", "level", "field", "unit",
    "before", "after", "difference", "people",
)  # fmt: skip
"""Columns of ``differences``."""

_TEXTS = ["pack", "gap_id", "unit_name", "level", "unit"]

_DEGREES = ("lon", "lat")
_CHANGES = {"opened": 0, "closed": 1, "undecided": 2, "moved": 3}

# Sums of floats taken in another order differ in their last digits.
_RELATIVE, _ABSOLUTE = 1e-9, 1e-9


@dataclass(frozen=True, eq=False)
class Tables:
    """Scorecard and gaps of one run."""

    scorecard: pd.DataFrame
    gaps: pd.DataFrame
    run: RunRecord = field(default_factory=RunRecord)
    """run.json; empty where there is none."""

    @property
    def undecided(self) -> dict[str, frozenset[str]] | None:
        """Units that cannot be judged, by requirement (``*``: all); None where not recorded."""
        recorded = self.run.get("undecided")
        if not isinstance(recorded, dict):
            return None
        return {
            str(key): frozenset(map(str, ids))
            for key, ids in recorded.items()
            if isinstance(ids, list)
        }

    @property
    def uncounted(self) -> Mapping[str, Json] | None:
        """Left-out points that state no number; None where not recorded."""
        recorded = self.run.get("uncounted")
        return cast("Mapping[str, Json]", recorded) if isinstance(recorded, dict) else None


def read_tables(folder: str | Path) -> Tables:
    """Read scorecard.csv, gaps.csv and run.json of an output folder.

    Raises
    ------
    MissingFileError
        The folder or one of the files is not there.
    InputError
        A file is not what a run writes.
    """
    place = Path(folder)
    if not place.is_dir():
        raise MissingFileError(
            "there is no such folder", hint="Name the folder that a run wrote to", file=place
        )
    scorecard = _table(place / "scorecard.csv", ("pack", "id", "status", "value"))
    gaps = _table(place / "gaps.csv", ("standard", "gap_id"))
    record = place / "run.json"
    try:
        run = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _missing(record) from None
    except ValueError:
        raise InputError("is not JSON", hint="Run the city again", file=record) from None
    if not isinstance(run, dict):
        raise InputError("is not what a run writes", hint="Run the city again", file=record)
    names = gap_files(run)
    if names != ["gaps.csv"]:
        parts = [_table(place / name, ("standard", "gap_id")) for name in names]
        gaps = pd.concat(parts, ignore_index=True)
    # Earlier versions wrote fractions, which are no change: as lists are written now.
    for name in {"people", "households"} & set(gaps):
        gaps[name] = gaps[name].round()
    if "metres" in gaps:
        gaps["metres"] = (np.ceil(gaps["metres"] * 10.0 - 1e-6) / 10.0).round(1)
    # A folder of an earlier version may hold a login; what differs is published.
    return Tables(scorecard, gaps, cast("RunRecord", masked_all(run)))


def _missing(path: Path) -> MissingFileError:
    return MissingFileError(
        "is not there, so this is no output folder",
        hint="Name a folder that `livingcircle run` wrote",
        file=path,
    )


def _table(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    try:
        # A community may be called "NA": texts stay as they are.
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise _missing(path) from None
    except (ValueError, OSError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(
            f"cannot be read ({reason})", hint="Run the city again", file=path
        ) from None
    for name in needed:
        if name not in table:
            raise InputError(
                f"has no column '{name}'", hint="Run the city again", file=path, field=name
            )
    for name in (n for n in _NUMBERS if n in table):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    return table


def differences(before: Tables, after: Tables) -> pd.DataFrame:
    """Return what differs between two runs, one row per thing that moved.

    Returns
    -------
    DataFrame
        ``DIFFERENCE_COLUMNS``. ``change``: ``moved``, ``added`` or ``removed`` of a standard;
        ``opened``, ``closed``, ``undecided`` (it, or how many people it has, can no longer be
        judged, which is no progress) or ``moved`` of a gap. ``before`` and ``after`` hold a number
        or a text, ``unit`` what a value is counted in; ``people`` are those of the gap, today's
        where it is still there. Standards come in the order of the later scorecard, gaps by their
        standard and then by people.
    """
    standards = _standards(*_with_undecided(before, after))
    gaps = _gaps(before, after)
    frames = [frame for frame in (standards, gaps) if len(frame)]
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in DIFFERENCE_COLUMNS})
    table = pd.concat(frames, ignore_index=True)
    for name in ("difference", "people"):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    return table[list(DIFFERENCE_COLUMNS)]


def _with_undecided(before: Tables, after: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scorecards with the number of units that cannot be judged.

    NaN where one of the runs does not state it.
    """
    recorded = (before.undecided, after.undecided)
    cards = []
    for tables, known in zip((before, after), recorded, strict=True):
        counts = np.full(len(tables.scorecard), np.nan)
        if known is not None and None not in recorded:
            counts = np.array([len(known.get(i, ())) for i in tables.scorecard["id"]], dtype=float)
        card = tables.scorecard.assign(undecided=counts)
        ids = card["id"].astype(str)
        cards.append(_with_uncounted(card, tables, ids, pd.Series("*", index=card.index)))
    return cards[0], cards[1]


def _with_uncounted(
    table: pd.DataFrame, tables: Tables, standard: pd.Series, unit: pd.Series
) -> pd.DataFrame:
    """Add the left-out points that state no number; NaN where the run does not state it."""
    recorded = tables.uncounted
    for name in _UNCOUNTED:
        counts = np.full(len(table), np.nan)
        if recorded is not None:
            flat = _flat(recorded, name.removesuffix("_uncounted"))
            keys = pd.MultiIndex.from_arrays([standard, unit])
            counts = np.array([flat.get(key, 0.0) for key in keys], dtype=float)
        table[name] = counts
    return table


def _flat(recorded: Mapping[str, Json], measure: str) -> dict[tuple[str, str], float]:
    """Return (requirement, unit) → points as run.json states them; others are left out."""
    found: dict[tuple[str, str], float] = {}
    for name, measures in recorded.items():
        counts = measures.get(measure) if isinstance(measures, dict) else None
        if isinstance(counts, dict):
            own = {unit: n for unit, n in counts.items() if isinstance(n, int | float)}
            found.update({(str(name), str(unit)): float(n) for unit, n in own.items()})
    return found


def _standards(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    keys = ["pack", "id"]
    both = _matched(before, after, keys, (*STANDARD_FIELDS, "unit"))
    both["standard"] = both["id"]
    both["unit"] = both["unit_after"].where(both["_merge"] != "left_only", both["unit_before"])
    out = _whole_rows(both, {"left_only": "removed", "right_only": "added"}, "status")
    table = pd.concat([out, _moved(both, STANDARD_FIELDS)])
    # People and households are not in the unit of the value.
    table["unit"] = table["unit"].where(table["field"].isin(["value", "target"]), "")
    return _labelled(table, "standard", ["at", "nth_field"])


def _gaps(before: Tables, after: Tables) -> pd.DataFrame:
    """Return gaps opened, closed and moved; a gap belongs to the pack of its standard."""
    one, other = before.gaps.copy(), after.gaps.copy()
    for table in (one, other):
        for name in ("unit_name", "level", "unit_id", "facility_name"):
            if name not in table:
                table[name] = ""
    one["gap_key"], other["gap_key"] = _gap_keys(one), _gap_keys(other)
    one, other = (
        _with_uncounted(t, tables, t["standard"].astype(str), t["unit_id"].astype(str))
        for t, tables in ((one, before), (other, after))
    )
    fields = (*GAP_FIELDS, "unit_name", "level", "gap_id", "unit_id", "facility_name")
    both = _matched(one, other, ["standard", "gap_key"], fields)
    both["gap_id"] = both["gap_id_after"].where(
        both["_merge"] != "left_only", both["gap_id_before"]
    )
    # Ids that come from row numbers change when a spreadsheet is sorted; the place does not.
    alike = both["facility_name_before"].fillna("") == both["facility_name_after"].fillna("")
    alike &= _same(both["metres_before"], both["metres_after"])
    both["facility_id_before"] = both["facility_id_before"].mask(alike, both["facility_id_after"])
    for name in ("unit_name", "level"):
        both[name] = both[f"{name}_after"].where(
            both["_merge"] != "left_only", both[f"{name}_before"]
        )
    later = both["people_after"].where(both["_merge"] != "left_only", both["people_before"])
    both["people"] = pd.to_numeric(later, errors="coerce")
    cards = pd.concat([after.scorecard, before.scorecard])
    packs = cards.drop_duplicates("id").set_index("id")["pack"]
    both["pack"] = both["standard"].map(packs)
    order = {name: k for k, name in enumerate(packs.index)}
    both["nth"] = both["standard"].map(order).fillna(len(order))
    out = _whole_rows(both, {"left_only": "closed", "right_only": "opened"}, "people")
    lost = _lost(out, before, after)
    out["change"] = out["change"].mask(lost, "undecided")
    moved = _moved(both, GAP_FIELDS)
    moved["change"] = moved["change"].mask(_uncounted_now(moved), "undecided")
    table = pd.concat([out, moved])
    table["less"] = -table["people"].fillna(-1.0)
    table["nth_change"] = table["change"].map(_CHANGES)
    order_by = ["nth", "nth_change", "less", "gap_id", "nth_field"]
    return _labelled(table, "gap", order_by)


def _gap_keys(gaps: pd.DataFrame) -> pd.Series:
    """Return the keys that identify gaps: the id, or name and position of a facility."""
    id_ = gaps["gap_id"].astype(str)
    if not {"facility_name", "lon", "lat"} <= set(gaps):
        return id_
    place = [pd.to_numeric(gaps[name], errors="coerce").round(5).astype(str) for name in _DEGREES]
    part = gaps["part"].astype(str) if "part" in gaps else ""
    content = "facility:" + gaps["facility_name"].astype(str) + ":" + place[0] + ":" + place[1]
    own = (gaps["level"] == "facility") & (gaps["facility_name"].fillna("") != "")
    return id_.mask(own, content + ":" + part)


def _lost(alone: pd.DataFrame, before: Tables, after: Tables) -> pd.Series:
    """Return which gaps are gone because their unit or requirement cannot be judged any more."""
    known = after.undecided or {}
    earlier = before.undecided or {}
    card = after.scorecard
    unknown = set(card.loc[card["status"] == "unknown", "id"])
    then, now = (_flat(tables.uncounted or {}, "people") for tables in (before, after))
    lost = [
        change == "closed"
        and (
            standard in unknown
            or now.get((standard, str(unit)), 0.0) > then.get((standard, str(unit)), 0.0)
            or not {"*", str(unit)}.isdisjoint(
                known.get(standard, frozenset()) - earlier.get(standard, frozenset())
            )
        )
        for change, standard, unit in zip(
            alone["change"], alone["standard"], alone["unit_id_before"], strict=True
        )
    ]
    return pd.Series(lost, index=alone.index, dtype=bool)


def _uncounted_now(moved: pd.DataFrame) -> pd.Series:
    """Return the rows of gaps that have fewer people, or none stated, because data are missing."""
    less = pd.Series(False, index=moved.index)
    for name in ("people", "households"):
        one, other = (moved[f"{name}_{when}"].astype(float) for when in ("before", "after"))
        few, many = (
            moved[f"{name}_uncounted_{when}"].astype(float) for when in ("before", "after")
        )
        less |= (one.notna() & other.isna()) | ((many > few) & (other < one))
    return less


def _matched(
    before: pd.DataFrame, after: pd.DataFrame, keys: list[str], fields: tuple[str, ...]
) -> pd.DataFrame:
    """Join two tables row by row on their keys; a key that repeats is matched in its order."""
    parts = []
    for table in (before, after):
        part = table.reindex(columns=[*keys, *fields]).reset_index(drop=True)
        part["copy"] = part.groupby(keys).cumcount()
        part["at"] = np.arange(len(part))
        parts.append(part)
    both = parts[0].merge(
        parts[1], on=[*keys, "copy"], how="outer", suffixes=("_before", "_after"), indicator=True
    )
    both["at"] = both["at_after"].fillna(len(after) + both["at_before"])
    return both.sort_values("at", kind="stable", ignore_index=True)


def _whole_rows(both: pd.DataFrame, words: dict[str, str], shown: str) -> pd.DataFrame:
    """Return the rows that stand on one side only."""
    alone = both[both["_merge"] != "both"].copy()
    alone["change"] = alone["_merge"].astype(str).map(words)
    alone["field"] = shown
    alone["before"] = alone[f"{shown}_before"].astype(object)
    alone["after"] = alone[f"{shown}_after"].astype(object)
    alone["nth_field"] = 0
    alone["difference"] = np.nan
    return alone


def _moved(both: pd.DataFrame, fields: tuple[str, ...]) -> pd.DataFrame:
    """Return one row per field that differs, of the rows that stand on both sides."""
    parts = []
    kept = both[both["_merge"] == "both"]
    # What only one of the runs states has not moved.
    recorded = {n for n in _UNCOUNTED if n in fields and kept[f"{n}_before"].notna().all()}
    recorded = {n for n in recorded if kept[f"{n}_after"].notna().all()}
    fields = tuple(n for n in fields if n not in _UNCOUNTED or n in recorded)
    for nth, name in enumerate(fields):
        one, other = kept[f"{name}_before"], kept[f"{name}_after"]
        different = ~_same(one, other)
        part = kept[different].copy()
        part["field"], part["nth_field"], part["change"] = name, nth, "moved"
        part["before"], part["after"] = (
            one[different].astype(object),
            other[different].astype(object),
        )
        number = name in _NUMBERS
        part["difference"] = (other - one)[different] if number else np.nan
        parts.append(part)
    return pd.concat(parts)


def _same(one: pd.Series, other: pd.Series) -> pd.Series:
    if not (pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other)):
        return one.fillna("").astype(str) == other.fillna("").astype(str)
    near = np.isclose(one, other, rtol=_RELATIVE, atol=_ABSOLUTE, equal_nan=True)
    return pd.Series(near, index=one.index)


def _labelled(table: pd.DataFrame, about: str, order: list[str]) -> pd.DataFrame:
    table = table.sort_values(order, kind="stable", ignore_index=True)
    table["about"] = about
    table = table.reindex(columns=list(DIFFERENCE_COLUMNS))
    # Where a text has no meaning it is empty, so that rows can be matched by it.
    table[_TEXTS] = table[_TEXTS].astype(object).where(table[_TEXTS].notna(), "")
    return table

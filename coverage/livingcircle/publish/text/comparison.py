"""A comparison as text, in Chinese or English."""

from __future__ import annotations

from typing import cast

import pandas as pd

from livingcircle.compare.comparison import Comparison
from livingcircle.localized import number
from livingcircle.publish.frames import place_words
from livingcircle.publish.night_record import ChangeRow
from livingcircle.publish.text.change_text import moved_text, name_causes
from livingcircle.vocab.texts import text_of

__all__ = ["comparison_text"]

_HASH = 12
"""Characters of a hash or value that a line shows."""


def comparison_text(found: Comparison, lang: str, limit: int | None) -> str:
    """Return a comparison as lines of text."""
    lines = [found.title] if found.title else []
    if found.identical:
        return "\n".join([*lines, text_of("change", "identical", lang)])
    lines += _inputs(found, lang)
    lines.append(_verdict(found, lang))
    lines += _files(found, lang)
    standards = found.changes[found.changes["about"] == "standard"]
    lines += _section("standards", _standard_lines(standards, lang), lang, limit)
    gaps = found.changes[found.changes["about"] == "gap"]
    for change in ("opened", "closed", "undecided", "moved"):
        own = gaps[gaps["change"] == change]
        lines += _section(f"gaps_{change}", _gap_lines(own, change, lang), lang, limit)
    return "\n".join(lines)


def _inputs(found: Comparison, lang: str) -> list[str]:
    if not found.inputs:
        return [text_of("change", "no_input", lang)]
    lines = [text_of("change", "inputs", lang)]
    for entry in found.inputs:
        # The whole of a section is too long to show, and its hash says nothing to a reader.
        shown = not entry.name.startswith("[")
        values = f": {entry.before[:_HASH]} → {entry.after[:_HASH]}" if shown else ""
        lines.append(f"  {text_of('cause', entry.kind, lang)}: {entry.name}{values}")
    return lines


def _verdict(found: Comparison, lang: str) -> str:
    """Return what the changes come from, or that nothing changed."""
    if not len(found.changes):
        return text_of("change", "nothing_moved", lang)
    if not found.kinds:
        return text_of("change", "no_cause", lang)
    words = name_causes(";".join(found.kinds), lang)
    return text_of("change", "certain" if len(found.kinds) == 1 else "candidates", lang).format(
        words
    )


def _files(found: Comparison, lang: str) -> list[str]:
    """Name files that differ though the tables say the same."""
    if len(found.changes) or not found.files:
        return []
    return [text_of("change", "files", lang).format(", ".join(found.files))]


def _section(title: str, rows: list[str], lang: str, limit: int | None) -> list[str]:
    if not rows:
        return []
    shown = rows if limit is None else rows[:limit]
    lines = ["", f"{text_of('change', title, lang)} ({len(rows)})", *(f"  {row}" for row in shown)]
    if len(shown) < len(rows):
        lines.append("  " + text_of("change", "more", lang).format(len(rows) - len(shown)))
    return lines


def _standard_lines(changes: pd.DataFrame, lang: str) -> list[str]:
    """Return one line per standard with all that moved of it."""
    lines = []
    for (_, standard), rows in changes.groupby(["pack", "standard"], sort=False):
        records = cast("list[ChangeRow]", rows.to_dict("records"))
        parts = [moved_text(row, lang) for row in records]
        lines.append(f"{standard}  {'; '.join(parts)}")
    return lines


def _gap_lines(changes: pd.DataFrame, change: str, lang: str) -> list[str]:
    lines = []
    for (standard, gap), rows in changes.groupby(["standard", "gap_id"], sort=False):
        records = cast("list[ChangeRow]", rows.to_dict("records"))
        first = records[0]
        level = f" ({text_of('one_of', first['level'], lang)})" if first["level"] else ""
        line = f"{standard}  {place_words(first['unit_name'], gap).pick(lang)}{level}"
        shown = [row for row in records if pd.notna(row["after"])]
        if change == "moved" or (change == "undecided" and shown):
            line += ": " + "; ".join(moved_text(row, lang) for row in records)
        elif pd.notna(first["people"]):
            line += f": {number(first['people'])} {text_of('ui', 'people_short', lang)}"
        lines.append(line)
    return lines

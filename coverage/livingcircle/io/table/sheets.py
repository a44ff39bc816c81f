"""Sheets of a workbook that hold one list in parts (one sheet per street) as one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from livingcircle.errors import InputError
from livingcircle.io.formats.grid import Grid
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.headers import assign_roles, header_key
from livingcircle.io.table.layout import Layout, find_layout, total_rows
from livingcircle.localized import LocalizedText

__all__ = ["SHEET_COLUMN", "with_like_sheets"]

SHEET_COLUMN = "工作表"
"""The column that says which sheet a row is of."""
_SERIAL = frozenset(map(header_key, ("序号", "No.", "#", "顺序号")))
"""Numbers of rows: a row that is copied to another sheet gets another one."""
_NUMBER = "#"
_LISTED = 10


def with_like_sheets(
    grid: Grid, layout: Layout, *, header_row: int | None, known: Sequence[str]
) -> Layout:
    """Add the rows of the other sheets whose columns mean what those of the chosen one do.

    A sheet all of whose rows stand in the chosen one (the chosen one sums the others up, or it is a
    copy) is not read twice. A note reports what was done.

    Parameters
    ----------
    grid
        The chosen sheet, with all visible ones as ``sheets``.
    layout
        Its table.
    header_row, known
        As of `find_layout`.
    """
    columns = dict(zip(_meant(layout.body.columns), layout.body.columns, strict=True))
    if len(grid.sheets) < 2 or len(columns) < 2 or len(columns) < layout.body.shape[1]:
        return layout
    own = _rows(layout, columns)
    parts, repeated = [], []
    for sheet in grid.sheets:
        part = layout if sheet.name == grid.name else _like(sheet, columns, header_row, known)
        if part is None:
            continue
        if part is not layout and _rows(part, columns) <= own:
            repeated.append(sheet.name)
        else:
            parts.append((sheet.name, part))
    if len(parts) < 2 and not repeated:
        return layout
    notes = [note for note in layout.notes if note.field != "sheet"]
    return replace(_joined(parts, layout), notes=(*notes, _joined_note(grid, parts, repeated)))


def _like(
    sheet: Grid, columns: dict[str, str], header_row: int | None, known: Sequence[str]
) -> Layout | None:
    """Return the table of a sheet under the names of the chosen one; None if it has others."""
    try:
        layout = find_layout(sheet, header_row=header_row, known=known)
    except InputError:
        return None
    names = _meant(layout.body.columns)
    if not len(layout.body) or sorted(names) != sorted(columns):
        return None
    body = layout.body.set_axis([columns[name] for name in names], axis=1)
    return replace(layout, body=body)


def _meant(names: Iterable[str]) -> list[str]:
    """Return what tells columns apart: what they mean (with unit and datum), else their name.

    One street writes 经度, the next lon: both are one column of one list.
    """
    own = [str(name) for name in names]
    of = {c.own: f"{c.role}|{c.unit}|{c.datum or ''}" for c in assign_roles(own)}
    plain = [_NUMBER if header_key(name) in _SERIAL else header_key(name) for name in own]
    return [of.get(name, plain[i]) for i, name in enumerate(own)]


def _rows(layout: Layout, columns: dict[str, str]) -> set[tuple[str, ...]]:
    kept = [name for of, name in columns.items() if of != _NUMBER]
    totals = total_rows(layout.body, np.zeros(len(layout.body), dtype=bool))
    return set(layout.body.loc[~totals, kept].itertuples(index=False, name=None))


def _joined(parts: Sequence[tuple[str, Layout]], chosen: Layout) -> Layout:
    if len(parts) < 2:
        return chosen
    names = list(chosen.body.columns)
    column = SHEET_COLUMN if SHEET_COLUMN not in names else f"{SHEET_COLUMN}_2"
    bodies = [part.body[names].assign(**{column: name}) for name, part in parts]
    aside = [part.set_aside for _, part in parts if len(part.set_aside)]
    return replace(
        chosen,
        body=pd.concat(bodies, ignore_index=True),
        row=np.concatenate([part.row for _, part in parts]),
        set_aside=pd.concat(aside, ignore_index=True) if aside else chosen.set_aside,
        blank=sum(part.blank for _, part in parts),
    )


def _joined_note(grid: Grid, parts: Sequence[tuple[str, Layout]], repeated: Sequence[str]) -> Note:
    """Return a note on the sheets read as one list, and on the others."""
    listed = [(shorten(name, 30), len(part.body)) for name, part in parts[:_LISTED]]
    more = len(parts) - _LISTED
    zh = "、".join(f"“{name}”（{rows} 行）" for name, rows in listed) + "等" * (more > 0)
    en = ", ".join(f"{name!r} ({rows} rows)" for name, rows in listed) + ", ..." * (more > 0)
    if len(parts) > 1:
        zh = f"{len(parts)} 个列名相同的工作表合为一个表，列“{SHEET_COLUMN}”注明来自哪一个：{zh}"
        en = f"{len(parts)} sheets with the same columns are read as one list: {en}"
    else:
        zh, en = f"读取工作表{zh}", f"the sheet {en} is read"
    taken = {name for name, _ in parts}
    if repeated:
        again = [shorten(name, 30) for name in repeated[:_LISTED]]
        zh += f"；各行已在其中，不重复读取：{'、'.join(again)}"
        en += f"; all rows of {', '.join(map(repr, again))} stand in it already"
    left = [
        shorten(s.name, 30) for s in grid.sheets if s.name not in taken and s.name not in repeated
    ]
    if left:
        zh += f"；列名不同，不读取：{'、'.join(left[:_LISTED])}"
        en += f"; other columns, not read: {', '.join(map(repr, left[:_LISTED]))}"
    return Note(grid.file, "sheet", LocalizedText(zh, en), 'sheet = "..."')

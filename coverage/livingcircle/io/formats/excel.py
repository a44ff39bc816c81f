"""Workbooks (XLSX, XLS, XLSB, ODS) as a grid of cells: sheets, merged cells, bombs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, cast

import numpy as np
import pandas as pd
import python_calamine
import xlrd

from livingcircle.errors import InputError
from livingcircle.io.formats.bounds import (
    MAX_CELLS,
    check_columns,
    check_sheets,
    check_size,
    check_zip,
)
from livingcircle.io.formats.formulas import error_cells, uncalculated
from livingcircle.io.formats.grid import Grid, Merge
from livingcircle.io.formats.reader import Reader, Request
from livingcircle.io.notes import Note, shorten
from livingcircle.localized import LocalizedText

__all__ = ["WORKBOOK", "read_workbook"]

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds a whole XLSX when a password locks it, within the container of old XLS."""
Cell: TypeAlias = str | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
"""What the libraries make of a cell."""
_Cells: TypeAlias = tuple[Sequence[list[Cell]], tuple[Merge, ...]]
_ROWS_NAMED = 8
_LOCKED = "the workbook is locked by a password"


class _Error(str):
    """A blank cell that holds an error."""

    __slots__ = ()


@dataclass(frozen=True)
class _Page:
    """One sheet of a workbook, whichever library opened it."""

    name: str
    visible: bool
    rows: int
    width: int
    load: Callable[[], _Cells]


def read_workbook(raw: bytes, file: str, *, sheet: str | int | None = None) -> Grid:
    """Read one sheet of a workbook into a grid.

    Parameters
    ----------
    raw
        The whole file.
    file
        Its name, for messages and notes.
    sheet
        Name or number (from 1) of the sheet; None: the one visible sheet that holds a table, the
        largest where several do, with a note.

    Raises
    ------
    InputError
        If it is locked by a password, damaged, a bomb, or has no such sheet, or nothing in it.
    """
    if raw.startswith(b"\xd0\xcf\x11\xe0") and _ENCRYPTED in raw:
        raise InputError(_LOCKED, hint="Save it without one.", file=file)
    zipped = raw.startswith(b"PK")
    if zipped:
        check_zip(io.BytesIO(raw), len(raw), file)
        check_sheets(io.BytesIO(raw), file)
    try:
        pages = _pages(raw) if zipped else _pages_xls(raw)
        page, notes = _choose(pages, file, sheet)
        grid = _grid(page, raw, file, zipped, tuple(notes))
        others = [p for p in pages if p.visible and p.rows and p.width] if sheet is None else []
        if len(others) > 1 and sum(p.rows * p.width for p in others) <= MAX_CELLS:
            every = (grid if p is page else _grid(p, raw, file, zipped, ()) for p in others)
            grid = replace(grid, sheets=tuple(every))
    except InputError:
        raise
    except python_calamine.PasswordError as error:
        raise InputError(_LOCKED, hint="Save it without one.", file=file) from error
    # Both libraries answer damage with whatever breaks first, a Rust panic (a BaseException) too.
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        if "encrypted" in str(error).lower():
            raise InputError(_LOCKED, hint="Save it without one.", file=file) from error
        raise InputError(
            f"the workbook is damaged or no workbook ({shorten(error)})",
            hint="Open it in Excel or WPS and save it again as XLSX.",
            file=file,
        ) from error
    if not (grid.cells != "").to_numpy().any():
        raise InputError(
            f"the sheet {shorten(page.name, 30)!r} is empty", hint="State another sheet.", file=file
        )
    return grid


def _grid(page: _Page, raw: bytes, file: str, zipped: bool, notes: tuple[Note, ...]) -> Grid:
    """Read one sheet."""
    check_columns(page.width, file)
    if page.rows * page.width > MAX_CELLS:
        raise InputError(
            f"the sheet has {page.rows * page.width:,} cells, more than {MAX_CELLS:,}",
            hint="Save the part of it that matters as CSV.",
            file=file,
        )
    rows, merges = page.load()
    if zipped:
        notes = (*notes, *_show_formulas(rows, uncalculated(raw, page.name), file))
        notes = (*notes, *_error_notes(error_cells(raw, page.name), file))
    else:
        notes = (*notes, *_error_notes(_xls_errors(rows), file))
    return Grid(
        cells=_as_text(rows),
        row=np.arange(1, len(rows) + 1),
        merges=merges,
        file=file,
        notes=notes,
        name=page.name,
    )


def _pages(raw: bytes) -> list[_Page]:
    """Open XLSX, XLSB or ODS (calamine: ten times as fast as openpyxl)."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))

    def load(name: str) -> _Cells:
        sheet = book.get_sheet_by_name(name)
        merges = tuple((*a, *b) for a, b in sheet.merged_cell_ranges or [])
        return cast("list[list[Cell]]", sheet.to_python(skip_empty_area=False)), merges

    pages = []
    for meta in book.sheets_metadata:
        if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        seen = meta.visible == python_calamine.SheetVisibleEnum.Visible
        pages.append(_Page(meta.name, seen, sheet.height, sheet.width, partial(load, meta.name)))
    return pages


def _pages_xls(raw: bytes) -> list[_Page]:
    """Open the XLS of Excel 97-2003 (xlrd: calamine panics on a truncated one)."""
    log = io.StringIO()  # xlrd prints its doubts about damaged files
    # Only with the formats does xlrd report which cells are merged.
    book = xlrd.open_workbook(file_contents=raw, formatting_info=True, logfile=log)

    def load(sheet: xlrd.sheet.Sheet) -> _Cells:
        rows = [
            [_xls_cell(cell, book.datemode) for cell in sheet.row(i)] for i in range(sheet.nrows)
        ]
        width = max(map(len, rows), default=0)
        merges = tuple((r, c, r_end - 1, c_end - 1) for r, r_end, c, c_end in sheet.merged_cells)
        return [row + [""] * (width - len(row)) for row in rows], merges

    return [
        _Page(sheet.name, sheet.visibility == 0, sheet.nrows, sheet.ncols, partial(load, sheet))
        for sheet in book.sheets()
    ]


def _xls_cell(cell: xlrd.sheet.Cell, datemode: int) -> Cell:
    value: str | float | int = cell.value
    if cell.ctype == xlrd.XL_CELL_DATE:
        with suppress(ValueError, OverflowError, xlrd.xldate.XLDateError):
            date: dt.datetime = xlrd.xldate_as_datetime(value, datemode)
            return date
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    return _Error("") if cell.ctype == xlrd.XL_CELL_ERROR else value


def _xls_errors(rows: Sequence[list[Cell]]) -> list[tuple[int, str]]:
    return [(at, "#") for at, row in enumerate(rows) for cell in row if isinstance(cell, _Error)]


def _choose(pages: list[_Page], file: str, sheet: str | int | None) -> tuple[_Page, list[Note]]:
    """Return the sheet to read, and notes about the choice."""
    if sheet is not None:
        if isinstance(sheet, int) and 1 <= sheet <= len(pages):
            return pages[sheet - 1], []
        for page in pages:
            if page.name == sheet:
                return page, []
        raise InputError(
            f"there is no sheet {shorten(sheet, 40)!r}",
            hint=f"The sheets are: {', '.join(shorten(page.name, 30) for page in pages[:20])}.",
            file=file,
            field="sheet",
        )
    full = [page for page in pages if page.visible and page.rows and page.width]
    if not full:
        raise InputError("no visible sheet holds a table", hint="State a sheet.", file=file)
    chosen = max(full, key=lambda page: page.rows * page.width)
    others = [
        LocalizedText(
            f"“{shorten(p.name, 30)}”（{p.rows} 行）", f"{shorten(p.name, 30)!r} ({p.rows} rows)"
        )
        for p in full
        if p is not chosen
    ]
    others += [
        LocalizedText(f"“{shorten(p.name, 30)}”（已隐藏）", f"{shorten(p.name, 30)!r} (hidden)")
        for p in pages
        if not p.visible
    ]
    if not others:
        return chosen, []
    name, left = shorten(chosen.name, 30), others[:10]
    text = LocalizedText(
        f"读取工作表“{name}”，不读取{'、'.join(other.zh for other in left)}",
        f"the sheet {name!r} is read, not {', '.join(other.en for other in left)}",
    )
    return chosen, [Note(file, "sheet", text, 'sheet = "..."')]


def _error_notes(errors: list[tuple[int, str]], file: str) -> list[Note]:
    """Return a note on cells that hold an error; they are read as blank."""
    if not errors:
        return []
    zh, en = _rows_named({row for row, _ in errors})
    message = LocalizedText(
        f"{len(errors)} 个单元格是错误值（如 #REF!，{zh}），按未填处理",
        f"{len(errors)} cells hold errors such as #REF! (row {en}) and are taken as not given",
    )
    return [Note(file, "formulas", message)]


def _rows_named(rows: set[int]) -> tuple[str, str]:
    """Return the first rows (from 0) as a spreadsheet counts them, in Chinese and English."""
    named = [str(n + 1) for n in sorted(rows)]
    more = len(named) > _ROWS_NAMED
    zh, en = "、".join(named[:_ROWS_NAMED]), ", ".join(named[:_ROWS_NAMED])
    return f"第 {zh} 行{'等' * more}", f"{en}{', ...' * more}"


def _show_formulas(
    rows: Sequence[list[Cell]], formulas: list[tuple[int, int, str]], file: str
) -> list[Note]:
    """Put the text of formulas that have no value into their cells; return a note on them."""
    for row, column, text in formulas:
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = text
    if not formulas:
        return []
    zh, en = _rows_named({row for row, _, _ in formulas})
    message = LocalizedText(
        f"{len(formulas)} 个公式没有算出的值（{zh}），按未填处理：请用 Excel 或 WPS 打开并另存",
        f"{len(formulas)} formulas were never calculated (row {en}) and are taken"
        " as not given: open it in Excel or WPS and save it again",
    )
    return [Note(file, "formulas", message)]


def _as_text(rows: Sequence[list[Cell]]) -> pd.DataFrame:
    """Turn cells into the text that a spreadsheet would show without formats."""
    frame = pd.DataFrame(rows, dtype=object)
    return frame.apply(_column_as_text)


def _column_as_text(column: pd.Series) -> pd.Series:
    return pd.Series([_cell(value) for value in column], dtype="str")


def _cell(value: Cell) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # 5.0 was typed as 5; repr keeps every digit of a coordinate.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return "" if value is None else str(value)


def _knows(head: bytes, suffix: str) -> bool:
    zipped = head.startswith(b"PK") and suffix not in (".zip", ".kmz")
    return zipped or head.startswith(b"\xd0\xcf\x11\xe0")


def _read(asked: Request) -> Grid:
    check_size(asked.path, asked.file)
    return read_workbook(asked.path.read_bytes(), asked.file, sheet=asked.sheet)


WORKBOOK = Reader(
    "workbook",
    LocalizedText("工作簿", "a workbook"),
    frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".et"}),
    _read,
    _knows,
)

"""How a sheet is laid out: titles, the rows of its header, blank rows, totals and remarks."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, IntArray, ObjectArray
from livingcircle.errors import InputError
from livingcircle.io.column_names import distinct_names
from livingcircle.io.formats.grid import Grid, Merge
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.headers import count_known_headers, header_key
from livingcircle.io.table.numbers import comparable_column, comparable_text, vocabulary
from livingcircle.localized import LocalizedText

__all__ = ["Layout", "find_layout", "total_rows"]

_SEARCH_ROWS = 40
"""The header is looked for in so many rows; bureaus put titles and remarks above it."""
_REMARK_ROWS = 60
_SEX = re.compile(r"男性?|女性?|female|male|men|women")
_BOTH = re.compile(r"合计|小计|total|both")
"""What stands below the ages in tables of people by age."""
_NUMERIC = re.compile(r"[+-]?[0-9][0-9,.]*(e[+-]?[0-9]+)?%?")


@dataclass(frozen=True)
class Layout:
    """A table taken out of its sheet."""

    body: pd.DataFrame
    """DataFrame of text, a row per record, columns under their own distinct names."""
    row: IntArray
    """(n,) number of each record's row as a spreadsheet counts it."""
    also: dict[str, tuple[str, ...]]
    """Own name → other ways to write it, where a header has several lines."""
    set_aside: pd.DataFrame
    """DataFrame of rows that are no records: source_row, why, text."""
    blank: int
    """Rows without anything."""
    notes: tuple[Note, ...]


def find_layout(
    grid: Grid, *, header_row: int | None = None, known: Collection[str] = ()
) -> Layout:
    """Find the header of a sheet and cut its records out.

    Parameters
    ----------
    grid
        The sheet.
    header_row
        The header's (last) row as a spreadsheet counts it; 0: there is none, and columns are named
        column_1, column_2, ...; None: found.
    known
        Own names that the user stated, which help to find the header.

    Raises
    ------
    InputError
        If there is no header, or no row below it.
    """
    cells = grid.cells
    head = cells.iloc[:_SEARCH_ROWS].to_numpy(dtype=object)
    first, last = _header_rows(grid, head, header_row, frozenset(map(header_key, known)))
    names, also = _names(head[first : last + 1], first, cells.shape[1], grid.merges)
    names, twice = distinct_names(names)
    notes = list(grid.notes)
    if first != last:
        top, low = grid.row[first], grid.row[last]
        text = LocalizedText(f"表头为第 {top} 至 {low} 行", f"the header is rows {top} to {low}")
        notes.append(Note(grid.file, "header", text, f"header_row = {grid.row[last]}"))
    elif last > 0:
        above = " / ".join(" ".join(c for c in line if c.strip()) for line in head[:first])
        text = LocalizedText(
            f"表头为第 {grid.row[last]} 行，其上为“{shorten(above)}”",
            f"the header is row {grid.row[last]}, below {shorten(above)!r}",
        )
        notes.append(Note(grid.file, "header", text, "header_row = 1"))
    text = LocalizedText(
        "该表头不止一列，读取第一列", "the header occurs more than once; the first is read"
    )
    notes += [Note(grid.file, shorten(name), text) for name in twice]
    body = cells.iloc[last + 1 :].reset_index(drop=True)
    row = grid.row[last + 1 :]
    body, filled = _fill_merges(body, grid.merges, last + 1)
    if filled:
        text = LocalizedText(
            f"跨行合并的单元格中有 {filled} 格取其所属单元格的值",
            f"{filled} cells of merged rows take the value of the cell that they belong to",
        )
        notes.append(Note(grid.file, "merged cells", text))
    written = head[last] if last >= 0 else np.full(cells.shape[1], "", dtype=object)
    spanned = {
        r0 - last - 1
        for r0, c0, r1, c1 in grid.merges
        if r0 == r1 and r0 > last and c1 - c0 + 1 > cells.shape[1] / 2
    }
    layout = _records(body, row, names, written, grid.file, spanned)
    kept = [name for name in names if name in layout.body.columns]
    also_kept = {name: other for name, other in zip(names, also, strict=True) if name in kept}
    return Layout(
        layout.body,
        layout.row,
        also_kept,
        layout.set_aside,
        layout.blank,
        (*notes, *layout.notes),
    )


def total_rows(text: pd.DataFrame, placed: BoolArray) -> BoolArray:
    """Return which rows sum others: a word such as 合计 in an early cell, and no coordinates.

    Parameters
    ----------
    text
        DataFrame of text.
    placed
        Rows that have coordinates: those are facilities, whatever they are called.
    """
    words = "|".join(re.escape(comparable_text(word)) for word in vocabulary()["totals"])
    # 合计, 合计：, 合计3个, 总计（12家)
    total = rf"(?:{words})[:(]?[0-9]*[个家处所户人名]?[)]?"
    found = np.zeros(len(text), dtype=bool)
    for name in list(text.columns)[:4]:
        short = text[name].str.len().le(12).to_numpy()
        where = np.flatnonzero(short & ~placed)
        cells = text[name].iloc[where].pipe(comparable_column)
        found[where[cells.str.fullmatch(total).to_numpy(dtype=bool)]] = True
    return found


def _header_rows(
    grid: Grid, head: ObjectArray, header_row: int | None, known: frozenset[str]
) -> tuple[int, int]:
    """Return the first and last index of the header's rows; (-1, -1) where there is none."""
    if header_row is not None:
        if header_row == 0:
            return -1, -1
        at = np.flatnonzero(grid.row[:_SEARCH_ROWS] == header_row)
        if not len(at):
            raise InputError(
                f"there is no row {header_row} to be the header",
                hint=f"Give a row between 1 and {min(len(grid.row), _SEARCH_ROWS)}.",
                file=grid.file,
                field="header_row",
            )
        return int(at[0]), int(at[0])
    scores = [_score(line, known) for line in head]
    best = int(np.argmax(scores)) if scores else 0
    if not scores or scores[best] == 0:
        return _first_words(grid, head)
    return _grow(head, scores, best)


def _score(line: ObjectArray, known: frozenset[str]) -> int:
    """Count the headers in a row; a row with figures is a record, whatever its words."""
    filled = [cell for cell in line if cell.strip()]
    figures = sum(_NUMERIC.fullmatch(comparable_text(cell)) is not None for cell in filled)
    if not filled or figures > len(filled) / 3:
        return 0
    return count_known_headers(filled) + 2 * sum(header_key(cell) in known for cell in filled)


def _first_words(grid: Grid, head: ObjectArray) -> tuple[int, int]:
    """Return the first row of several words; a table of which no header is known may have one."""
    for index, line in enumerate(head):
        filled = [cell for cell in line if cell.strip()]
        if len(filled) >= 2 or (len(filled) == 1 and grid.cells.shape[1] == 1):
            if any(_NUMERIC.fullmatch(comparable_text(cell)) for cell in filled):
                break
            return index, index
    raise InputError(
        "no row of the table looks like a header",
        hint="State the header_row (0: there is none) and what the columns mean.",
        file=grid.file,
        field="header_row",
    )


def _grow(head: ObjectArray, scores: list[int], best: int) -> tuple[int, int]:
    """Add the lines above and below that belong to the header."""
    first = last = best
    while last + 1 < len(head) and _continues(head[last + 1], scores[last + 1]):
        last += 1
    # A line of groups (坐标 over 经度 and 纬度) fills what the line below it leaves empty.
    while first > 0:
        above = [bool(cell.strip()) for cell in head[first - 1]]
        here = [bool(cell.strip()) for cell in head[first]]
        fills = any(a and not h for a, h in zip(above, here, strict=True))
        words = not any(_NUMERIC.fullmatch(comparable_text(cell)) for cell in head[first - 1])
        if not (sum(above) >= 2 and fills and words and scores[first - 1] > 0):
            break
        first -= 1
    return first, last


def _continues(line: ObjectArray, matched: int) -> bool:
    """Return whether a line below a header still is header: names, or units in brackets."""
    filled = [comparable_text(cell) for cell in line if cell.strip()]
    if not filled or any(_NUMERIC.fullmatch(cell) for cell in filled):
        return False
    if all(re.fullmatch(r"\(.*\)|m2|km2|人|户|个|张|万人", cell) for cell in filled):
        return True
    if {"度", "分"} <= {*filled} <= {"度", "分", "秒"}:
        return True
    sexes = [_SEX.fullmatch(cell) is not None for cell in filled]
    if any(sexes) and all(
        sex or _BOTH.fullmatch(cell) for sex, cell in zip(sexes, filled, strict=True)
    ):
        return True
    return matched >= 2 and matched >= 0.5 * len(filled)


def _names(
    lines: ObjectArray, first: int, width: int, merges: tuple[Merge, ...]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return each column's name and the other ways to write it."""
    if first < 0:
        return [f"column_{i}" for i in range(1, width + 1)], [()] * width
    grown = [_fill_merged(line, lines[i + 1 :], first + i, merges) for i, line in enumerate(lines)]
    names: list[str] = []
    also: list[tuple[str, ...]] = []
    for column in range(width):
        parts = [" ".join(line[column].split()) for line in grown if line[column].strip()]
        parts = list(dict.fromkeys(parts))
        if not parts:
            names.append("")
            also.append(())
            continue
        units = [s for s in parts[1:] if re.fullmatch(r"[(（].*[)）]", s)]
        words = [s for s in parts if s not in units] or parts[:1]
        unit = "".join(units)
        names.append(" ".join(words) + unit)
        # The lowest line says it best; then all lines; then the uppermost.
        forms = [words[-1] + unit, "".join(words) + unit, words[0] + unit]
        if len(words) > 1 and _SEX.fullmatch(comparable_text(words[-1])):
            # Men of 65 and over are not all who are.
            forms = ["".join(words) + unit]
        also.append(tuple(dict.fromkeys(form for form in forms if form != names[-1])))
    return names, also


def _fill_merged(
    line: ObjectArray, below: ObjectArray, index: int, merges: tuple[Merge, ...]
) -> list[str]:
    """Repeat a group's title over the columns that it spans."""
    out = [str(cell) for cell in line]
    for r0, c0, r1, c1 in merges:
        if r0 <= index <= r1 and r0 == index:
            for column in range(c0, min(c1 + 1, len(out))):
                out[column] = str(line[c0])
    if not len(below):
        return out
    # Without merges (a CSV of the sheet) the title stands over its first column only.
    for column in range(1, len(out)):
        if not out[column].strip() and str(below[0][column]).strip():
            out[column] = out[column - 1] if str(below[0][column - 1]).strip() else ""
    return out


def _fill_merges(
    body: pd.DataFrame, merges: tuple[Merge, ...], start: int
) -> tuple[pd.DataFrame, int]:
    """Give the lower cells of a vertically merged cell its value."""
    filled = 0
    for r0, c0, r1, c1 in merges:
        # Cells merged sideways only (a remark over a whole row) stay as they are.
        if r0 < start or r1 == r0 or c0 >= body.shape[1]:
            continue
        value = body.iat[r0 - start, c0] if r0 - start < len(body) else ""
        if value == "":
            continue
        stop = min(r1 - start + 1, len(body))
        for column in range(c0, min(c1 + 1, body.shape[1])):
            # The stubs do not let a cell take what another one gives.
            body.iloc[r0 - start : stop, column] = value  # type: ignore[assignment]
        filled += (stop - (r0 - start)) * (c1 - c0 + 1) - 1
    return body, filled


_ASIDE_ZH = {"repeated header": "重复表头", "remark": "备注", "heading": "小标题"}


def _records(
    body: pd.DataFrame,
    row: IntArray,
    names: list[str],
    header: ObjectArray,
    file: str,
    spanned: set[int],
) -> Layout:
    """Take away blank rows, repeated headers, remarks and headings that span the table."""
    filled = np.zeros(body.shape, dtype=bool)
    for column in range(body.shape[1]):
        filled[:, column] = body[body.columns[column]].str.strip().ne("").to_numpy()
    count = filled.sum(axis=1)
    why = np.full(len(body), "", dtype=object)
    first = body.columns[0]
    # A header printed on each page.
    if str(header[0]).strip():
        again = np.flatnonzero((body[first] == header[0]).to_numpy() & (count > 1))
        for index in again:
            if all(a == b for a, b in zip(body.iloc[index], header, strict=True)):
                why[index] = "repeated header"
    remarks = tuple(comparable_text(word) for word in vocabulary()["remarks"])
    # Remarks stand at the end and fill one cell, or two where their label stands apart.
    short = np.flatnonzero((count >= 1) & (count <= 2) & (body.shape[1] > 2))
    for index in short[short >= len(body) - _REMARK_ROWS]:
        cell = next(c for c, f in zip(body.iloc[index], filled[index], strict=True) if f)
        if comparable_text(cell[:40]).startswith(remarks):
            why[index] = "remark"
    for heading in spanned & set(np.flatnonzero((count == 1) & (why == "")).tolist()):
        why[heading] = "heading"
    aside = np.flatnonzero(why != "")
    keep = (count > 0) & (why == "")
    columns = [i for i in range(len(names)) if filled[keep, i].any() or header[i].strip()]
    records = body.loc[keep, [body.columns[i] for i in columns]].reset_index(drop=True)
    records.columns = [names[i] for i in columns]
    set_aside = pd.DataFrame(
        {
            "source_row": row[aside],
            "why": why[aside],
            "text": [" | ".join(c for c in body.iloc[i] if c.strip()) for i in aside],
        }
    )
    notes = [
        Note(
            file,
            "rows",
            LocalizedText(
                f"认作{_ASIDE_ZH[str(reason)]}，不计入：{n} 行",
                f"set aside as {reason}: {n} {'row' if n == 1 else 'rows'}",
            ),
        )
        for reason, n in pd.Series(why[aside], dtype="str").value_counts().items()
    ]
    blank = int((count == 0).sum())
    return Layout(records, row[keep], {}, set_aside, blank, tuple(notes))

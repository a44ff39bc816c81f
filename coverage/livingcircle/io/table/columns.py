"""A column's cells turned into what its role holds, with an account of what was not understood."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ObjectArray
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.headers import Column
from livingcircle.io.table.numbers import as_text, read_cells
from livingcircle.localized import LocalizedText

__all__ = ["convert", "quoted_cells", "text_column", "text_or_numbers"]

_SHOWN = 5
"""So many cells and rows are quoted in a message."""


def convert(
    column: pd.Series, means: Column, row: IntArray, file: str, comma: bool
) -> tuple[FloatArray | ObjectArray, list[Note]]:
    """Read a column as its role says.

    Parameters
    ----------
    column
        Series as the file holds it.
    means
        What it was understood to be.
    row
        Numbers of its rows as a spreadsheet counts.
    file
        For notes.
    comma
        A comma is the decimal sign.

    Returns
    -------
    values, notes
        Array aligned with the column (floats with NaN, objects with None), and what was not
        understood.
    """
    if means.type in ("text", "id"):
        return text_column(column), []
    parsed = read_cells(column, means.type, factor=means.factor, comma=comma)
    notes = []
    if parsed.bad.any():
        wanted, quoted = _WORDS[means.type], quoted_cells(column, parsed.bad, row)
        text = LocalizedText(
            f"{int(parsed.bad.sum())} 个值无法理解为{wanted.zh}，按未填处理：{quoted.zh}",
            f"{int(parsed.bad.sum())} values are not understood as {wanted.en} and are"
            f" taken as not given: {quoted.en}",
        )
        notes.append(Note(file, shorten(means.own), text))
    if parsed.rounded.any():
        quoted = quoted_cells(column, parsed.rounded, row)
        text = LocalizedText(
            f"取其中写明的数字：{quoted.zh}", f"read as the number they name: {quoted.en}"
        )
        notes.append(Note(file, shorten(means.own), text))
    return parsed.values, notes


_WORDS = {
    "count": LocalizedText("数字", "a number"),
    "area_m2": LocalizedText("面积", "an area"),
    "area_km2": LocalizedText("面积", "an area"),
    "year": LocalizedText("年份", "a year"),
    "hours": LocalizedText("每日小时数", "hours a day"),
    "yesno": LocalizedText("是或否", "yes or no"),
    "level": LocalizedText("层级", "a level"),
    "urban_rural": LocalizedText("城镇或乡村", "urban or rural"),
    "primary_care": LocalizedText("基层医疗服务能力等级", "a level of primary care"),
}


def text_column(column: pd.Series) -> ObjectArray:
    """Return a column as stripped text with None for blanks."""
    text = as_text(column).str.strip()
    out: ObjectArray = text.to_numpy(dtype=object, copy=True)
    out[out == ""] = None
    return out


def text_or_numbers(column: pd.Series) -> NDArray[np.generic]:
    """Return a column as numbers or dates where all that is filled is such, else as its text.

    Numbers that only look so (postcodes with a leading zero, 18-digit codes) stay text.
    """
    series = pd.Series(column).reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_datetime64_any_dtype(
        series.dtype
    ):
        return np.asarray(series.to_numpy())
    out = text_column(series)
    filled = pd.Series(out, dtype="str").dropna()
    odd = filled.str.match(r"^[+-]?0\d|.*[a-zA-Z]") | (filled.str.len() > 15)
    if not len(filled) or odd.any():
        return out
    values: FloatArray = np.full(len(out), np.nan)
    values[filled.index] = pd.to_numeric(filled, errors="coerce").to_numpy(dtype=float)
    return out if np.isnan(values[filled.index]).any() else values


def quoted_cells(column: pd.Series, which: BoolArray, row: IntArray) -> LocalizedText:
    """Quote some cells with their rows."""
    at = np.flatnonzero(which)
    cells = as_text(pd.Series(column).reset_index(drop=True).iloc[at[:_SHOWN]])
    quoted = [(row[i], shorten(c, 20)) for i, c in zip(at[:_SHOWN], cells, strict=True)]
    more = len(at) > _SHOWN
    return LocalizedText(
        "、".join(f"第 {r} 行“{cell}”" for r, cell in quoted) + "等" * more,
        ", ".join(f"row {r} {cell!r}" for r, cell in quoted) + ", ..." * more,
    )

"""The small language of ``where``: which rows of a table count."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.io.table.numbers import read_cells

__all__ = ["Condition", "cells_meeting", "parse_where"]

_VALUE = r"""'[^']*'|"[^"]*"|[^\s,()'"<>=!]+"""
_TERM = re.compile(
    rf"""\s*(?P<column>'[^']*'|"[^"]*"|[^\s'"<>=!]+?)\s*
    (?:(?P<sign><=|>=|!=|=|<|>)\s*(?P<value>{_VALUE})
    |(?<=[\s'"])in\s*\(\s*(?P<list>(?:{_VALUE})(?:\s*,\s*(?:{_VALUE}))*)\s*\))\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_AND = re.compile(r"and\s+|并且\s*|且\s*", re.IGNORECASE)
# As a Chinese keyboard writes them.
_SIGNS = str.maketrans(
    {"＝": "=", "＜": "<", "＞": ">", "！": "!", "≤": "<=", "≥": ">=", "≠": "!="}
    | dict.fromkeys("“”", '"')
    | dict.fromkeys("‘’", "'")
)
# The last two: quotes that do not pair, as hasty hands leave them.
_QUOTED = re.compile(r"""('[^']*'|"[^"]*"|“[^”"]*”|‘[^’']*’|["“”][^"“”]*["“”]|['‘’][^'‘’]*['‘’])""")


@dataclass(frozen=True)
class Condition:
    """One comparison of a column."""

    column: str
    sign: str
    """"=", "!=", "in", "<", "<=", ">" or ">="."""
    values: tuple[str, ...]


def parse_where(text: str) -> tuple[Condition, ...]:
    """Return the conditions of an expression, all of which must hold.

    >>> parse_where("状态 in (已建, 在营) and 面积 >= 50")[1]
    Condition(column='面积', sign='>=', values=('50',))

    Raises
    ------
    ValueError
        It is no such expression.
    """
    found, at = [], 0
    text = _with_plain_signs(text)
    while True:
        term = _TERM.match(text, at)
        if term is None:
            raise ValueError(f"'{text[at:].strip()[:40]}' is no condition")
        listed = re.findall(_VALUE, term["list"] or term["value"])
        values = tuple(_bare(value) for value in listed)
        sign = term["sign"] or "in"
        if sign in ("<", "<=", ">", ">=") and _number(values[0]) is None:
            raise ValueError(f"'{values[0][:40]}' is no number")
        found.append(Condition(_bare(term["column"]), sign, values))
        at = term.end()
        if at == len(text):
            return tuple(found)
        joint = _AND.match(text, at)
        if joint is None:
            raise ValueError(f"'{text[at:].strip()[:40]}' is no condition")
        at = joint.end()


def cells_meeting(column: pd.Series, condition: Condition) -> BoolArray:
    """Return which cells meet a condition; a blank cell meets only ``!=``."""
    cells = pd.Series(column).reset_index(drop=True)
    if condition.sign[0] in "<>":
        numbers = _numbers(cells)
        limit = float(condition.values[0])
        compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
        return np.asarray(compare[condition.sign](numbers, limit), dtype=bool)
    texts = cells.astype("string").str.normalize("NFKC").str.strip()
    wanted = [pd.Series([v]).str.normalize("NFKC").str.strip()[0] for v in condition.values]
    same = np.asarray(texts.isin(wanted), dtype=bool)
    if pd.api.types.is_numeric_dtype(cells.dtype):
        stated = [number for number in map(_number, condition.values) if number is not None]
        same = same | np.isin(_numbers(cells), stated)
    return ~same if condition.sign == "!=" else same


def _numbers(cells: pd.Series) -> FloatArray:
    """Return cells as numbers, as a spreadsheet writes them too ("1,234", "１２", "50㎡")."""
    numbers = np.array(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
    for kind in ("count", "area_m2"):
        rest = np.flatnonzero(np.isnan(numbers) & cells.notna().to_numpy())
        if len(rest):
            numbers[rest] = np.asarray(read_cells(cells.iloc[rest], kind).values, dtype=np.float64)
    return numbers


def _with_plain_signs(text: str) -> str:
    """Return an expression with signs as programs write them; quoted values as they stand."""
    parts = _QUOTED.split(text)
    parts[::2] = [part.translate(_SIGNS) for part in parts[::2]]
    # Every second part is quoted: what stands between its quotes is the cell's own.
    parts[1::2] = [
        part[0].translate(_SIGNS) + part[1:-1] + part[-1].translate(_SIGNS) for part in parts[1::2]
    ]
    return "".join(parts)


def _bare(text: str) -> str:
    return text[1:-1] if text[:1] in ("'", '"') else text


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None

"""Cells that hold figures as bureaus write them: numbers with units, years, hours, yes and no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypedDict, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from livingcircle._arrays import BoolArray, FloatArray, ObjectArray
from livingcircle._resources import resource_toml

__all__ = [
    "Parsed",
    "as_text",
    "comparable_column",
    "comparable_text",
    "multiples_of_counts",
    "read_cells",
    "vocabulary",
]


@dataclass(frozen=True)
class Parsed:
    """A column that was read, with the cells that were not understood."""

    values: FloatArray | ObjectArray
    """Array aligned with the column: floats with NaN, or objects with None."""
    bad: BoolArray
    """Cells that hold something that was not understood; their value is missing."""
    rounded: BoolArray
    """Cells that say "about" or "more than", read as the number they name."""


_MOST = {"count": 1e12, "area_m2": 5.2e14, "area_km2": 5.2e14}
"""A hundred times the population of the Earth, or its surface: more is an error."""


class ValueWords(TypedDict):
    """The contents of values.toml: words of cells and headers, and numbers of units."""

    empty: list[str]
    totals: list[str]
    remarks: list[str]
    yesno: dict[str, list[str]]
    level: dict[str, list[str]]
    urban_rural: dict[str, list[str]]
    primary_care: dict[str, list[str]]
    multiples: dict[str, float]
    units: dict[str, dict[str, float]]
    datum: dict[str, list[str]]
    services: dict[str, list[str]]
    services_sure: dict[str, list[str]]


def vocabulary() -> ValueWords:
    """Return the contents of values.toml."""
    return cast("ValueWords", resource_toml("livingcircle.io.table", "values.toml"))


def comparable_text(text: str) -> str:
    """Return text in half-width lower case without blanks, for comparing words.

    >>> comparable_text(" ６５＋ （人） ")
    '65+(人)'
    """
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def comparable_column(text: pd.Series) -> pd.Series:
    """Return ``comparable_text`` of each cell of a Series of text, without a loop over the rows."""
    cells = pa.array(text, type=pa.large_string())
    cells = pc.utf8_lower(pc.utf8_normalize(cells, form="NFKC"))
    cells = pc.replace_substring_regex(cells, pattern=r"\s+", replacement="")
    return pd.Series(cells.to_pandas().to_numpy(), index=text.index, dtype="str")


def as_text(column: pd.Series) -> pd.Series:
    """Return a column as a Series of text with "" for what is missing."""
    series = pd.Series(column).reset_index(drop=True)
    if isinstance(series.dtype, pd.StringDtype):
        return series.fillna("")
    if pd.api.types.is_float_dtype(series.dtype):
        whole = series.notna() & (series % 1 == 0) & (series.abs() < 1e15)
        text = series.astype("str")
        text = text.where(~whole, series.where(whole, 0).astype("int64").astype("str"))
        return text.where(series.notna(), "")
    return pd.Series(
        [
            "" if value is None or value is pd.NaT or value != value else str(value)
            for value in series
        ],
        dtype="str",
    )


def read_cells(column: pd.Series, kind: str, *, factor: float = 1.0, comma: bool = False) -> Parsed:
    """Read the cells of a column.

    Parameters
    ----------
    column
        Series of text or of numbers.
    kind
        Type of headers.toml: "count", "area_m2", "area_km2", "year", "hours", "yesno", or a
        vocabulary of values.toml ("level", "urban_rural", "primary_care").
    factor
        The unit that the header names, in the unit of the column.
    comma
        A comma is the decimal sign.
    """
    if kind in ("count", "area_m2", "area_km2"):
        return _numbers(column, kind, factor, comma)
    text = as_text(column).pipe(comparable_column)
    empty = text.isin(vocabulary()["empty"]).to_numpy()
    if kind == "year":
        return _years(text, empty)
    if kind == "hours":
        return _hours(text, empty)
    if kind == "yesno":
        # "无" is an answer here, not a missing one.
        empty = text.isin([w for w in vocabulary()["empty"] if w not in _words("yesno")]).to_numpy()
        return _look_up(text, empty, "yesno")
    return _look_up(text, empty & ~text.isin(_words(kind)).to_numpy(), kind)


def _numbers(column: pd.Series, kind: str, factor: float, comma: bool) -> Parsed:
    series = pd.Series(column).reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=float, na_value=np.nan) * factor
        bad = (values < 0) | (values > _MOST[kind])
        return Parsed(np.where(bad, np.nan, values), bad, np.zeros(len(bad), dtype=bool))
    values = pd.to_numeric(series, errors="coerce").to_numpy(dtype=float).copy() * factor
    rounded = np.zeros(len(values), dtype=bool)
    rest = np.flatnonzero(np.isnan(values))
    bad = np.zeros(len(values), dtype=bool)
    if len(rest):
        # Each different cell is read once: "3户" stands in thousands of rows.
        code, cells = pd.factorize(as_text(series.iloc[rest]))
        parts = _hard_numbers(pd.Series(cells), kind, factor, comma)
        values[rest], bad[rest], rounded[rest] = (part[code] for part in parts)
    refused = (values < 0) | (values > _MOST[kind])
    values[refused] = np.nan
    return Parsed(values, bad | refused, rounded & ~refused)


_NUMBER = (
    r"^(?P<about>约|大约|近|超过|超|逾|不足|>=|<=|≥|≤|>|<|≈|~)?"
    r"(?P<value>[+-]?[0-9][0-9.,'’]*(?:e[+-]?[0-9]+)?)"
    r"(?P<unit>[^0-9+]*?)"
    r"(?P<more>\+|余|多|左右|以上|以下)?(?P<unit2>(?:(?!余|多|左右|以上|以下)[^0-9+])*)$"
)


_REMARK = re.compile(r"^(?P<number>.*[^(\[【〔])[(\[【〔](?P<remark>[^()\[\]【】〔〕]+)[)\]】〕]$")
_HARMLESS = re.compile(r"^(?:含|其中|包括|截至|不含|including|incl).*$|(?:19|20)\d\d(?!\d)")


def _without_remark(cell: str, kind: str) -> str:
    """Return a cell without a remark in brackets at its end, "" where it may change the number.

    >>> _without_remark("1234人(户籍)", "count"), _without_remark("120户(360人)", "count")
    ('1234人', '')
    """
    found = _REMARK.match(cell)
    if found is None:
        return ""
    rest = _HARMLESS.sub("", found["remark"])
    forbidden = [*vocabulary()["multiples"], *(_units(kind) if kind != "count" else ())]
    speaks = any(word in rest for word in forbidden if word)
    return "" if speaks or re.search(r"[0-9%‰]", rest) else found["number"]


def _hard_numbers(
    series: pd.Series, kind: str, factor: float, comma: bool
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Read what is no plain number: full width, separators, units, "about", a remark behind it."""
    text = as_text(series).pipe(comparable_column)
    empty = text.isin(vocabulary()["empty"]).to_numpy()
    # Half-width forms turn ㎡ into m2, whose 2 is no part of the number.
    bare = text.str.lstrip("'’").str.replace(r"m\^?2", "平方m", regex=True)
    values, about = _numbers_with_units(bare, kind, factor, comma)
    open_ = np.isnan(values) & ~empty
    if open_.any():
        rest = bare[open_].map(lambda cell: _without_remark(cell, kind))
        values[open_], _ = _numbers_with_units(rest, kind, factor, comma)
        about = about | open_
    bad = np.isnan(values) & ~empty
    return values, bad, about & ~bad


def _numbers_with_units(
    text: pd.Series, kind: str, factor: float, comma: bool
) -> tuple[FloatArray, BoolArray]:
    """Return numbers, NaN where there is none, and which of them are approximate ("about")."""
    parts = text.str.extract(_NUMBER)
    number = parts["value"].fillna("").map(lambda v: _separators(v, comma))
    values = pd.to_numeric(number, errors="coerce").to_numpy(dtype=float).copy()
    unit = (parts["unit"].fillna("") + parts["unit2"].fillna("")).str.strip("()")
    # A unit in the cell speaks for itself; a bare number takes the header's.
    more = vocabulary()["multiples"]
    known = multiples_of_counts() | _units(kind) if kind == "count" else _units(kind)
    known |= {m: factor * by for m, by in more.items()}
    values *= unit.map(lambda u: factor if u == "" else known.get(u, np.nan)).to_numpy(dtype=float)
    return values, (parts["about"].notna() | parts["more"].notna()).to_numpy()


def _separators(number: str, comma: bool) -> str:
    """Take thousands separators out of a number and make its decimal sign a point."""
    number = number.replace("'", "").replace("’", "")
    if "," not in number:
        # Two points cannot both be decimal: 1.234.567 is written as in Germany or Indonesia.
        groups = number.lstrip("+-").split(".")
        several = len(groups) > 2 and 1 <= len(groups[0]) <= 3
        return number.replace(".", "") if several and {*map(len, groups[1:])} == {3} else number
    if "." in number and number.rfind(",") > number.rfind("."):
        return number.replace(".", "").replace(",", ".")
    head, *groups = number.split(".")[0].lstrip("+-").split(",")
    thousands = 1 <= len(head) <= 3 and all(len(group) == 3 for group in groups)
    if thousands and not (comma and len(groups) == 1):
        return number.replace(",", "")
    decimal = len(groups) == 1 and "." not in number and (comma or len(groups[0]) <= 2)
    return number.replace(",", ".") if decimal else ""


@cache
def _units(kind: str) -> dict[str, float]:
    """Return the units of a kind of number, in the unit of its column."""
    if kind == "count":
        table, scale = vocabulary()["units"]["count"], 1.0
    else:
        table, scale = vocabulary()["units"]["area"], 1.0 if kind == "area_m2" else 1e-6
    return {
        re.sub(r"m\^?2", "平方m", comparable_text(unit)): value * scale
        for unit, value in table.items()
    }


@cache
def multiples_of_counts() -> dict[str, float]:
    """Return 万, 百 and their kin, alone and with what is counted (百张, 千户), as numbers.

    >>> multiples_of_counts()["百张"], multiples_of_counts()["万"]
    (100.0, 10000.0)
    """
    counted = {"": 1.0} | {comparable_text(u): v for u, v in vocabulary()["units"]["count"].items()}
    many = vocabulary()["multiples"]
    return {f"{m}{u}": by * value for m, by in many.items() for u, value in counted.items()}


def _years(text: pd.Series, empty: BoolArray) -> Parsed:
    found = pd.to_numeric(text.str.extract(r"(?<!\d)((?:18|19|20)\d\d)")[0], errors="coerce")
    values = found.to_numpy(dtype=float)
    bad = np.isnan(values) & ~empty
    return Parsed(values, bad, np.zeros(len(bad), dtype=bool))


_CLOCK = r"(\d{1,2})[:点时](\d{0,2})分?(?:-|~|—|–|至|到)+(?:次日)?(\d{1,2})[:点时]?(\d{0,2})"


def _hours(text: pd.Series, empty: BoolArray) -> Parsed:
    """Hours a day: "8", "8小时", "全天", "8:30-12:00,14:00-17:30"."""
    values = (
        pd.to_numeric(
            text.str.extract(
                r"^(?:每天|每日|日均)?(\d+(?:\.\d+)?)(?:个?小时|h|hours?)?(?:/[天日d])?$"
            )[0],
            errors="coerce",
        )
        .to_numpy(dtype=float)
        .copy()
    )
    values[text.str.contains("全天|24小时|24h|24/7|全日").to_numpy()] = 24.0
    spans = text.str.extractall(_CLOCK)
    if len(spans):
        clock = spans.apply(pd.to_numeric).fillna(0)
        span = (clock[2] + clock[3] / 60 - clock[0] - clock[1] / 60) % 24
        total = span.groupby(level=0).sum()
        rows = total.index.to_numpy()
        open_ = np.isnan(values[rows])
        values[rows[open_]] = total.to_numpy()[open_]
    refused = ~((values > 0) & (values <= 24))
    values[refused] = np.nan
    bad = np.isnan(values) & ~empty
    return Parsed(values, bad, np.zeros(len(bad), dtype=bool))


@cache
def _words(kind: str) -> dict[str, str | bool]:
    """Return word → value of a vocabulary of values.toml."""
    table = cast("Mapping[str, list[str]]", vocabulary().get(kind))
    values = {"yes": True, "no": False}
    return {comparable_text(w): values.get(key, key) for key, words in table.items() for w in words}


def _look_up(text: pd.Series, empty: BoolArray, kind: str) -> Parsed:
    words = _words(kind)
    values = np.array([words.get(word) for word in text], dtype=object)
    known = np.array([word in words for word in text], dtype=bool)
    bad = ~known & ~empty
    return Parsed(values, bad, np.zeros(len(bad), dtype=bool))

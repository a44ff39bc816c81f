"""Cells that are objects (of GeoParquet, JSON, or printed into a text) as columns of their own.

``names = {"primary": "…", "common": …}`` becomes ``names.primary``, as Overture's places, the
answers of map services and their printed copies in spreadsheets have it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Collection
from typing import TypeAlias

import numpy as np
import pandas as pd

from livingcircle._arrays import ObjectArray

__all__ = ["unnest"]

Nested: TypeAlias = (
    "list[object] | tuple[object, ...] | dict[str, object] | set[object] | ObjectArray"
)

_NESTED = (list, tuple, dict, set, np.ndarray)
_DEPTH = 3
_MOST_KEYS = 60
_LONGEST = 20_000


def unnest(
    frame: pd.DataFrame, known: Collection[str] = (), *, texts: bool = False
) -> pd.DataFrame:
    """Return a frame whose nested cells are columns of plain values, or text.

    One value alone stands for its list or object: ``{"adcode": 440300}`` is 440300. An object of
    several keys becomes a column for each of them, with a dot between the names; a list of several
    texts is one text with ";" between them, any other list its JSON.

    Parameters
    ----------
    frame
        Columns of any cells; texts that are objects of JSON or Python are objects.
    known
        Columns that are stated: they stay one column.
    texts
        All cells are texts.
    """
    out: dict[str, pd.Series] = {}
    for name in frame.columns:
        column = frame[name]
        if column.dtype != object and not pd.api.types.is_string_dtype(column.dtype):
            out[name] = column
            continue
        parsed = _parsed(column)
        if name in known:
            parts = _parts(name, column, 0)
        else:
            parts = {name: column} if texts and parsed is column else _parts(name, parsed, _DEPTH)
        for own, values in parts.items():
            # A column of that very name is the file's own.
            if own == name or (own not in frame.columns and own not in out):
                out[own] = values
    return pd.DataFrame(out, index=frame.index)


def _parsed(column: pd.Series) -> pd.Series:
    """Return a column of printed objects as objects; any other one as it is."""
    filled = column.dropna()
    first = next((c for c in filled.head(50) if isinstance(c, str) and c.strip()), "")
    if not first.strip().startswith("{"):
        return column
    texts = filled[filled.map(lambda c: isinstance(c, str) and bool(c.strip()))]
    try:
        objects = texts.map(_object)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return column
    if not objects.map(lambda one: isinstance(one, dict)).all():
        return column
    return objects.reindex(column.index).astype(object)


def _object(text: str) -> object:
    if len(text) > _LONGEST:
        raise ValueError("longer than any object of a table")
    try:
        return json.loads(text)
    except ValueError:
        return ast.literal_eval(text.strip())


def _parts(name: str, column: pd.Series, depth: int) -> dict[str, pd.Series]:
    """Return the columns that a column stands for."""
    nested = column.map(lambda cell: isinstance(cell, _NESTED)).to_numpy(dtype=bool)
    if not nested.any():
        return {name: column}
    cells = column[nested]
    keys = _keys(cells) if depth else ()
    filled = int(column.notna().sum())
    if len(keys) < 2 or len(keys) > _MOST_KEYS or filled != int(nested.sum()):
        return {name: column.where(~nested, cells.map(_as_one))}
    out: dict[str, pd.Series] = {}
    for key in keys:
        values = cells.map(lambda cell, key=key: cell.get(key)).reindex(column.index)
        if values.notna().any():
            out |= _parts(f"{name}.{key}", values.astype(object), depth - 1)
    return {own: values.infer_objects() for own, values in out.items()}


def _keys(cells: pd.Series) -> tuple[str, ...]:
    """Return the keys of objects in their order; none where not all cells are objects."""
    if not cells.map(lambda cell: isinstance(cell, dict)).all():
        return ()
    found: dict[str, None] = {}
    for cell in cells:
        found.update(dict.fromkeys(map(str, cell)))
        if len(found) > _MOST_KEYS:
            break
    return tuple(found)


def _as_one(cell: Nested) -> object:
    """Return a nested cell as a single value: its only one, its texts, its JSON; None if empty."""
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    values = list(cell.values()) if isinstance(cell, dict) else list(cell)
    if not values:
        return None
    if len(values) == 1 and isinstance(values[0], str | int | float):
        return values[0]
    if not isinstance(cell, dict) and all(isinstance(v, str) and ";" not in v for v in values):
        return ";".join(v for v in values if isinstance(v, str))
    whole = cell if isinstance(cell, dict) else values
    return json.dumps(whole, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else str(value)

"""JSON as every program reads it: what is no finite number is ``null``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

__all__ = ["json_text", "plain_value"]


def json_text(data: object, *, indent: int | None = None) -> str:
    """Return a value as JSON text; NaN, infinities and missing values become ``null``.

    Standard JSON has no NaN and no infinity: Python writes them all the same, and browsers and
    other readers refuse the whole file. Numpy scalars and arrays, tuples, sets, dates and paths
    are written as what they hold.

    Parameters
    ----------
    data
        Mappings, sequences and scalars.
    indent
        Spaces for each level; compact where None.
    """
    comma = (",", ":") if indent is None else None

    def dump(value: object) -> str:
        return json.dumps(
            value,
            ensure_ascii=False,
            indent=indent,
            separators=comma,
            allow_nan=False,
            default=plain_value,
        )

    try:
        # Pages hold millions of integers: they are copied only where it is needed.
        return dump(data)
    except (TypeError, ValueError):
        return dump(plain_value(data))


def plain_value(value: object) -> object:
    """Return a value as JSON can hold it; what has no counterpart becomes text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, Mapping):
        return {str(key): plain_value(of) for key, of in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(of) for of in value]
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        return [plain_value(of) for of in value.tolist()]
    if isinstance(value, np.generic):
        return plain_value(value.item())
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str | int):
        return value
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if callable(isoformat) else str(value)

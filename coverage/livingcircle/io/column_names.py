"""Names of columns that are distinct and not empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ColumnValues", "distinct_names", "refuse_repeated_columns"]

ColumnValues: TypeAlias = "pd.Series | NDArray[np.generic] | list[str] | float | str | None"
"""What a column can be made of: another column, an array, a list of texts, or one value for all."""


def distinct_names(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Make column names distinct and non-empty; return them and those that occurred twice.

    >>> distinct_names(["名称", "", "名称"])
    (['名称', 'column_2', '名称_2'], ['名称'])
    """
    filled = [name.strip() or f"column_{i}" for i, name in enumerate(names, 1)]
    twice = [name for name, count in Counter(filled).items() if count > 1]
    used: set[str] = set()
    out = []
    for name in filled:
        new, number = name, 1
        while new in used:
            number += 1
            new = f"{name}_{number}"
        used.add(new)
        out.append(new)
    return out, twice


def refuse_repeated_columns(table: pd.DataFrame, name: str) -> None:
    """Refuse a table in memory that has two columns of one name: either could be meant.

    Raises
    ------
    InputError
        It has; ``name`` is what the caller knows the table by.
    """
    counts = Counter(map(str, table.columns))
    for column, count in counts.items():
        if count > 1:
            raise InputError(
                LocalizedText(
                    f"表中有 {count} 列都叫“{column}”",
                    f"the table has {count} columns called '{column}'",
                ),
                field=name,
                hint=LocalizedText("请改名或删去多余的列。", "Rename or drop all but one."),
            )

"""Names of columns that are distinct and not empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["distinct"]


def distinct(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Make column names distinct and non-empty; return them and those that occurred twice.

    >>> distinct(["名称", "", "名称"])
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

"""Groups of the population: their ids and what they are called."""

from __future__ import annotations

import math
from typing import Literal, get_args

from livingcircle.localized import LocalizedText
from livingcircle.vocab.texts import localized_name, texts

__all__ = ["AGES", "AGE_GROUPS", "GROUPS", "Group", "counted_name", "figure_name", "group_name"]

Group = Literal["residents", "households", "age65", "under3", "children"]
"""What a requirement may count: a figure of the units and of the demand."""

GROUPS: tuple[str, ...] = get_args(Group)
AGE_GROUPS = GROUPS[2:]
"""Parts of the residents by age."""
AGES = {"under3": (0.0, 3.0), "children": (0.0, 15.0), "age65": (65.0, math.inf)}
"""Part of the residents → its ages in full years, from and below."""


def group_name(group: str) -> LocalizedText:
    """Return the name of a group, or of what stands in for it (``points``, ``floor_area_m2``).

    >>> group_name("under3").en
    'children under 3'
    """
    return localized_name("group", group)


def figure_name(group: str) -> LocalizedText:
    """Return the name of a group as a figure that statistics publish.

    >>> figure_name("residents").zh, figure_name("households").zh
    ('常住人口', '户')
    """
    return localized_name("group_figure" if group in texts()["group_figure"] else "group", group)


def counted_name(group: str) -> LocalizedText:
    """Return the noun that follows a number; a column that is no group is put in brackets.

    >>> f"12{counted_name('age65').zh}", counted_name("beds").en
    ('12位老年人', 'beds')
    """
    if group not in texts()["group_counted"]:
        return LocalizedText(f"({group})", group)
    return localized_name("group_counted", group)

"""The readings of a capacity: per whom, and of the city, of each unit or of their mean."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from livingcircle.standards.axes import Axis
from livingcircle.standards.context import Context
from livingcircle.standards.ratio_space import (
    BOUNDARY_AXIS,
    AxisOptions,
    RatioMembers,
    category_axes,
    level_axis,
)

__all__ = ["capacity_axes", "capacity_members"]


class CapacityPart(Protocol):
    """What the readings of a capacity take of its part."""

    @property
    def categories(self) -> tuple[str, ...] | None: ...
    @property
    def group(self) -> str: ...


def capacity_axes(part: CapacityPart) -> tuple[Axis, ...]:
    """Return the choices that a capacity leaves open."""
    people = tuple(dict.fromkeys((part.group, "residents", "households")))
    return (
        Axis("scope", ("pooled", "each", "mean"), "pooled"),
        Axis("denominator", people, part.group),
        *level_axis("leaf"),
        BOUNDARY_AXIS,
        *(category_axes() if part.categories else ()),
    )


def capacity_members(
    ctx: Context,
    holders: pd.DataFrame,
    people: pd.Series,
    options: AxisOptions,
    least: float,
) -> RatioMembers:
    """Return the communities and villages with what they hold and how many live there.

    Parameters
    ----------
    holders
        Facilities or units with ``figure`` and the ``leaf`` they stand in; those in none are a
        member without people, so that the city's total holds them.
    people
        Of the group, by unit_id of those that the requirement applies to; one total of the city
        where not every unit states its own.
    least
        What is asked for one person.
    """
    leaves, wanted = ctx.units("leaf"), options["denominator"]
    own = leaves.index.isin(people.index)
    units = leaves[own] if own.any() else leaves
    held = holders.groupby(holders["leaf"].where(holders["leaf"].isin(units.index), ""))["figure"]
    sums = held.sum()
    top = sums.reindex(units.index, fill_value=0.0).to_numpy(dtype=float)
    rest = float(sums.get("", 0.0))
    base = ctx.people("leaf")[wanted].reindex(units.index).to_numpy(dtype=float)
    level = options.get("level", "leaf")
    if level != "leaf":
        of = (units["level"] == level).to_numpy()
        top, base, rest = top[of], base[of], 0.0
    # People are what a total is divided by; a member without any is counted in it alone.
    top, base = np.append(top, rest), np.append(base, 0.0)
    size = len(top)
    base_of = np.where(base > 0, base, 0.0)
    return RatioMembers(
        top=top,
        base=base_of,
        least=np.full(size, least),
        weight=np.where(base_of > 0, 1.0, 0.0),
        undecided=np.zeros(size, dtype=bool),
        partial=np.zeros(size, dtype=bool),
        also=np.ones(size, dtype=bool),
    )

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
    places = pd.Index([*units.index, ""])
    top = held.sum().reindex(places, fill_value=0.0).to_numpy(dtype=float)
    # Who states no figure may hold as much as the one that holds most.
    blank = (held.size() - held.count()).reindex(places, fill_value=0).to_numpy(dtype=float)
    largest = holders["figure"].max()
    with np.errstate(invalid="ignore"):
        more = blank * (np.inf if np.isnan(largest) else float(largest))
    top_most = np.where(blank > 0, top + more, top)
    base = ctx.people("leaf")[wanted].reindex(units.index).to_numpy(dtype=float)
    level = options.get("level", "leaf")
    # People are what a total is divided by; a member without any is counted in it alone.
    base = np.append(base, 0.0)
    if level != "leaf":
        of = np.append((units["level"] == level).to_numpy(), False)
        top, top_most, base, blank = top[of], top_most[of], base[of], blank[of]
    size = len(top)
    base_of = np.maximum(base, 0.0)  # NaN stays: people who are not known are not nobody
    return RatioMembers(
        top=top,
        base=base_of,
        least=np.full(size, least),
        weight=np.where(base_of == 0, 0.0, 1.0),
        undecided=np.zeros(size, dtype=bool),
        partial=blank > 0,
        also=np.ones(size, dtype=bool),
        top_most=top_most,
    )

"""The readings of a floor area: each unit or facility, or all square metres together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from livingcircle.standards.axes import Axis
from livingcircle.standards.base import Applies
from livingcircle.standards.context import Context
from livingcircle.standards.ratio_space import (
    BOUNDARY_AXIS,
    AxisOptions,
    RatioMembers,
    category_axes,
    level_axis,
    unit_weight,
)

__all__ = ["area_members", "floor_area_axes", "with_unit_weights"]


def floor_area_axes(level: str) -> tuple[Axis, ...]:
    """Return the choices that a floor area leaves open."""
    facility = level == "facility"
    counted = ("facilities",) if facility else ("units", "residents", "households")
    return (
        Axis("scope", ("each", "pooled"), "each"),
        Axis("denominator", counted, counted[0]),
        *level_axis(level),
        BOUNDARY_AXIS,
        *category_axes(),
    )


def area_members(
    area: pd.Series,
    whole: pd.Series,
    required: pd.Series,
    others: list[pd.Series],
    undecided: pd.Series,
    weight: np.ndarray,
) -> RatioMembers:
    """Return units or facilities with their area over what is required of them.

    Parameters
    ----------
    others
        ``met``, ``short`` or ``unknown`` of each further floor (the components).
    """
    size = len(area)
    short = np.zeros(size, dtype=bool)
    unknown = np.zeros(size, dtype=bool)
    for one in others:
        short |= (one == "short").to_numpy()
        unknown |= (one == "unknown").to_numpy()
    return RatioMembers(
        top=area.to_numpy(dtype=float),
        base=required.to_numpy(dtype=float),
        least=np.ones(size),
        weight=weight,
        # Of several floors one that is short decides; one that is not known leaves it open.
        undecided=undecided.to_numpy(dtype=bool) | (unknown & ~short & _may(area, required)),
        partial=~whole.to_numpy(dtype=bool) & ~short,
        also=~short,
    )


def _may(area: pd.Series, required: pd.Series) -> np.ndarray:
    return np.asarray((area >= required - 1e-9 * np.maximum(required, 1.0)).to_numpy(), dtype=bool)


def with_unit_weights(
    members: Callable[[AxisOptions], RatioMembers], level: str, applies: Applies, ctx: Context
) -> Callable[[AxisOptions], RatioMembers]:
    """Return members that are added up once, whatever they count for."""
    kept: dict[tuple[str, ...], RatioMembers] = {}

    def found(options: AxisOptions) -> RatioMembers:
        key = tuple(options.get(name, "") for name in ("level", "facilities"))
        if key not in kept:
            kept[key] = members(options)
        at = options.get("level", level)
        if at == "facility":
            return kept[key]
        rows = ctx.units(at)
        chosen = ctx.select(rows, applies)
        index = rows.index[chosen.chosen | chosen.undecided]
        return replace(kept[key], weight=unit_weight(ctx, at, index, options["denominator"]))

    return found

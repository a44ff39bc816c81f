"""The readings of facilities that stand together: how far apart, by which way, and of what."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.localized import LocalizedText
from livingcircle.standards.axes import Axis
from livingcircle.standards.context import Context
from livingcircle.standards.ratio_space import (
    BOUNDARY_AXIS,
    AxisOptions,
    RatioMembers,
    able_of,
    category_axes,
    ratio_space,
)
from livingcircle.standards.space import ReadingSpace

__all__ = ["PairDistances", "colocation_axes", "colocation_space"]

PairDistances = Callable[[AxisOptions], tuple[FloatArray, pd.Series]]
"""Options → (members,) metres between the two, 0 at one address, NaN without a place; and who is
undecided."""
_PATHS = ("straight", "network")
_MICRONS = 6
_TOGETHER = LocalizedText(
    "同址或毗邻：按直线距离", "at one address or next to each other: in a straight line"
)


def colocation_axes() -> tuple[Axis, ...]:
    """Return the choices that standing together leaves open."""
    return (
        Axis("path", _PATHS, "straight", _TOGETHER),
        Axis("denominator", ("facilities",), "facilities"),
        BOUNDARY_AXIS,
        *category_axes(),
    )


def colocation_space(
    axes: tuple[Axis, ...],
    ctx: Context,
    categories: tuple[str, ...],
    within_m: float,
    share: float | None,
    apart: PairDistances,
) -> ReadingSpace:
    """Return the readings that a city's data can answer.

    Parameters
    ----------
    categories
        Of both sides.
    within_m
        Metres that still count as together.
    share
        What is asked of the facilities; None: nothing.
    apart
        How far the two stand from each other.
    """

    def members(options: AxisOptions) -> RatioMembers:
        metres, undecided = apart(options)
        size = len(metres)
        # Facilities are together within this distance; at one address the ratio is infinite.
        return RatioMembers(
            top=np.full(size, within_m),
            base=np.round(metres, _MICRONS),
            least=np.ones(size),
            weight=np.ones(size),
            undecided=undecided.to_numpy(dtype=bool),
            partial=np.zeros(size, dtype=bool),
            also=np.ones(size, dtype=bool),
        )

    able = able_of(ctx, categories, path=_PATHS if ctx.city.network.edge_count else ())
    return ratio_space(axes, able, members, asked={"each": share})

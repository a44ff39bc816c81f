"""The readings of a floor area: each unit or facility, or all square metres together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from livingcircle.localized import LocalizedText, number
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

__all__ = ["FloorOf", "area_members", "floor_area_axes", "lacking_of", "with_unit_weights"]


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


@dataclass(frozen=True, eq=False)
class FloorOf:
    """What there is of one room or use, and what it has to be."""

    m2: pd.Series
    whole: pd.Series
    """All of it is stated."""
    floor: float
    status: pd.Series
    """``met``, ``short`` or ``unknown``."""
    name: LocalizedText
    adds: bool
    """It adds to the area; another lies within what does."""

    def members(self, undecided: np.ndarray) -> RatioMembers:
        """Return it over its floor, as units or facilities have it all together."""
        size = len(self.m2)
        return RatioMembers(
            top=self.m2.to_numpy(dtype=float),
            base=np.full(size, self.floor),
            least=np.ones(size),
            weight=np.ones(size),
            undecided=undecided,
            partial=~self.whole.to_numpy(dtype=bool),
            also=np.ones(size, dtype=bool),
        )


def lacking_of(area: pd.Series, required: pd.Series, floors: list[FloorOf]) -> dict[str, pd.Series]:
    """Return what each lacks, and in both languages the rooms that are too small.

    ``lacking_m2`` is what the whole lacks, or what its rooms do together, whichever is more.
    """
    total = (required - area).clip(lower=0.0)
    rooms = pd.Series(0.0, index=area.index)
    zh, en = (pd.Series("", index=area.index) for _ in range(2))
    for one in floors:
        short = one.status == "short"
        lacks = (one.floor - one.m2).clip(lower=0.0).where(short, 0.0)
        if one.adds:
            rooms = rooms + lacks
        else:
            total = _larger(total, lacks)
        m2, floor = one.m2.map(number), number(one.floor)
        zh += (f"；{one.name.zh} " + m2 + f" 平方米（应有 {floor} 平方米）").where(short, "")
        en += (f"; {one.name.en}: " + m2 + f" of {floor} m²").where(short, "")
    found = {"lacking_m2": _larger(total, rooms)}
    if floors:
        found["too_small_zh"] = zh.str.removeprefix("；")
        found["too_small_en"] = en.str.removeprefix("; ")
    return found


def _larger(one: pd.Series, other: pd.Series) -> pd.Series:
    """Return the larger of two; the other one where one is not known."""
    return one.where(~(other > one.fillna(-np.inf)), other)


def area_members(
    area: pd.Series,
    whole: pd.Series,
    required: pd.Series,
    others: list[FloorOf],
    undecided: pd.Series,
    weight: np.ndarray,
) -> RatioMembers:
    """Return units or facilities with their area over what is required of them.

    Parameters
    ----------
    others
        The further floors (the components).
    """
    size = len(area)
    short = np.zeros(size, dtype=bool)
    unknown = np.zeros(size, dtype=bool)
    for one in others:
        short |= (one.status == "short").to_numpy()
        unknown |= (one.status == "unknown").to_numpy()
    open_ = undecided.to_numpy(dtype=bool)
    return RatioMembers(
        top=area.to_numpy(dtype=float),
        base=required.to_numpy(dtype=float),
        least=np.ones(size),
        weight=weight,
        # Of several floors one that is short decides; one that is not known leaves it open.
        undecided=open_ | (unknown & ~short & _may(area, required)),
        partial=~whole.to_numpy(dtype=bool) & ~short,
        also=~short,
        besides=tuple(one.members(open_) for one in others),
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
        index = ctx.meant(at, applies).index
        return replace(kept[key], weight=unit_weight(ctx, at, index, options["denominator"]))

    return found

"""The readings of a share of facilities or units: each or together, over what, at which level."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.standards.axes import Axis
from livingcircle.standards.base import Applies
from livingcircle.standards.context import Context
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.kinds.share_property import TestedPart, base_of, test_property
from livingcircle.standards.members import members_of
from livingcircle.standards.ratio_bounds import ratio_bounds
from livingcircle.standards.ratio_space import (
    BOUNDARY_AXIS,
    AxisOptions,
    RatioMembers,
    able_of,
    category_axes,
    level_axis,
    ratio_space,
    unit_weight,
    widened,
)
from livingcircle.standards.space import ReadingSpace
from livingcircle.standards.tables import as_number
from livingcircle.vocab.levels import LEAVES

__all__ = ["open_sums", "pooled_bounds", "share_axes", "share_space"]


class SharePart(TestedPart, Protocol):
    """What the readings of a share take of its part."""

    @property
    def categories(self) -> tuple[str, ...] | None: ...
    @property
    def facility_level(self) -> str | None: ...
    @property
    def applies(self) -> Applies: ...
    @property
    def also_over(self) -> tuple[str, ...]: ...
    @property
    def level(self) -> str: ...
    @property
    def per_unit(self) -> bool: ...
    @property
    def pooled(self) -> bool: ...
    @property
    def scope(self) -> str: ...


def share_axes(part: SharePart) -> tuple[Axis, ...]:
    """Return the choices that a share leaves open."""
    axes: list[Axis] = []
    units = part.of == "units" or part.per_unit
    ratio = part.over is not None and part.at_least is not None
    if ratio:
        axes.append(Axis("scope", ("each", "pooled"), part.scope))
    elif part.pooled:
        axes.append(Axis("scope", ("pooled", "mean"), "pooled"))
    if part.over is not None and part.also_over:
        axes.append(Axis("denominator", (part.over, *part.also_over), part.over))
    elif units and not part.pooled:
        axes.append(Axis("denominator", ("units", "residents", "households"), "units"))
    elif not units:
        axes.append(Axis("denominator", ("facilities",), "facilities"))
    if units:
        axes.extend(level_axis(part.level))
    if part.at_least is not None:
        axes.append(BOUNDARY_AXIS)
    if part.of == "facilities":
        axes.extend(category_axes())
    return tuple(axes)


def _plain_members(
    top: pd.Series, base: pd.Series | None, undecided: BoolArray, weight: FloatArray, least: float
) -> RatioMembers:
    """Return units or facilities with the figure that is tested, over another where it is a ratio.

    ``top`` is 1 and 0 for yes and no.
    """
    size = len(top)
    figure, over, most = top.to_numpy(dtype=float), np.ones(size), np.inf
    if base is not None:
        # Of nothing something cannot be a part: the whole is not known then.
        over = base.where((base > 0) | ((base == 0) & ~(top > 0))).to_numpy(dtype=float)
        with np.errstate(invalid="ignore", divide="ignore"):
            # What nobody has more of than of the whole is a part of it.
            most = np.inf if (figure > over * (1.0 + TARGET_TOLERANCE)).any() else 1.0
    return RatioMembers(
        top=figure,
        base=over,
        least=np.full(size, least),
        weight=weight,
        undecided=undecided,
        partial=np.zeros(size, dtype=bool),
        also=np.ones(size, dtype=bool),
        most=most,
    )


def pooled_bounds(
    part: TestedPart, rows: pd.DataFrame, undecided: pd.Series, over: str
) -> tuple[float, float]:
    """Return the least and the greatest that the ratio of all rows together can be.

    Rows that do not state both figures count for whatever they may hold.
    """
    whole = base_of(rows, over)
    found = _plain_members(
        as_number(rows[part.attribute]), whole, undecided.to_numpy(dtype=bool),
        np.ones(len(rows)), 1.0,
    )  # fmt: skip
    return ratio_bounds(found.top, found.base, found.undecided, most=found.most)


def open_sums(
    part: TestedPart,
    rows: pd.DataFrame,
    undecided: pd.Series,
    over: str,
    units: pd.DataFrame,
    target: float | None,
) -> pd.DataFrame:
    """Return unit rows of a ratio of sums, unknown where members that state nothing may turn them.

    Parameters
    ----------
    rows, undecided, over
        As of `pooled_bounds`; ``rows`` with ``leaf`` (or ``unit_id`` of a leaf), ``town`` and
        ``district``.
    units
        Rows of units, towns, districts and the city with their sums over who states both figures.
    """
    if not len(units) or target is None:
        return units
    found = _plain_members(
        as_number(rows[part.attribute]), base_of(rows, over), undecided.to_numpy(dtype=bool),
        np.ones(len(rows)), 1.0,
    )  # fmt: skip
    silent = np.isnan(found.top) | np.isnan(found.base) | found.undecided
    if not silent.any():
        return units
    least = target - TARGET_TOLERANCE * max(1.0, target)
    status = units["status"].copy()
    leaf = rows["leaf"] if "leaf" in rows else rows["unit_id"]
    for levels, of in (
        (LEAVES, leaf),
        (("town",), rows.get("town")),
        (("district",), rows.get("district")),
    ):
        here = units["level"].isin(levels)
        if of is None or not here.any():
            continue
        at = of.to_numpy(dtype=object)
        for unit in pd.unique(at[silent]):
            own = here & (units["unit_id"] == unit)
            mine = at == unit
            if unit is None or not own.any() or not mine.any():
                continue
            low, high = ratio_bounds(
                found.top[mine], found.base[mine], found.undecided[mine], most=found.most
            )
            if low < least <= high:
                status = status.mask(own & status.isin(["met", "short"]), "unknown")
    return units.assign(status=status)


def share_space(
    part: SharePart, axes: tuple[Axis, ...], ctx: Context, share: float | None
) -> ReadingSpace:
    """Return the readings that a city's data can answer."""
    pooled = share if part.pooled else None if share is None else part.at_least
    over = [one for one in part.also_over if ctx.has(part.level) and one in ctx.units(part.level)]
    counted = ("units", "residents", "households")
    return ratio_space(
        axes,
        able_of(
            ctx, part.categories, scope=("each", "pooled", "mean"),
            denominator=(part.over, *over) if part.over and over else counted,
        ),
        lambda options: _members(part, ctx, options),
        asked={"each": share, "pooled": pooled, "mean": pooled},
        shares=frozenset({"pooled", "mean"}),
    )  # fmt: skip


def _members(part: SharePart, ctx: Context, options: AxisOptions) -> RatioMembers:
    """Return who is tested, under one reading."""
    level, base = options.get("level", part.level), options.get("denominator", "")
    over = base if base in (part.over, *part.also_over) else part.over
    if part.of == "units":
        rows = ctx.meant(level, part.applies)
        chosen = ctx.select(level, part.applies)
        undecided = chosen.undecided.reindex(rows.index)
        return _tested(part, ctx, rows, undecided, over, level, base)
    ids = widened(part.categories or (), options)
    found = ctx.facilities(ids, level=part.facility_level)
    if not part.per_unit:
        members = members_of(ctx, found, part.applies)
        return _tested(part, ctx, members.rows, members.undecided, over, "", base)
    rows = ctx.meant(level, part.applies)
    chosen = ctx.select(level, part.applies)
    rank = test_property(part, found, over=part.over).status.map(
        {"short": 0.0, "unknown": np.nan, "met": 1.0}
    )
    at = ctx.unit_of(found, level)
    some = rank.groupby(at).max().reindex(rows.index)
    unsaid = rank.isna().groupby(at).any().reindex(rows.index, fill_value=False).astype(bool)
    value = some.mask(~unsaid & some.isna(), 0.0).mask(unsaid & (some != 1.0))
    weight = unit_weight(ctx, level, rows.index, base or "units")
    open_units = chosen.undecided.reindex(rows.index).to_numpy(dtype=bool)
    return _plain_members(value, None, open_units, weight, 1.0)


def _tested(
    part: SharePart, ctx: Context, rows: pd.DataFrame, undecided: pd.Series,
    over: str | None, level: str, base: str,
) -> RatioMembers:  # fmt: skip
    counted = base in ("residents", "households") and level
    weight = unit_weight(ctx, level, rows.index, base) if counted else np.ones(len(rows))
    unsure = undecided.to_numpy(dtype=bool)
    least = 1.0 if part.at_least is None else part.at_least
    if not over:
        return _plain_members(
            test_property(part, rows, over=None).value, None, unsure, weight, least
        )
    top, whole = as_number(rows[part.attribute]), base_of(rows, over)
    return _plain_members(top, whole, unsure, weight, least)

"""The per-unit table of a finding: each unit's own figures, and their sums level by level."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray
from livingcircle.io.column_names import ColumnValues
from livingcircle.standards.context import Context
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.tables import roll_up
from livingcircle.vocab.levels import HOLDERS

__all__ = ["leaf_sums", "row_status", "share_rows", "unit_rows"]

_HEAD = ["unit_id", "name", "level", "town", "district"]
_ADDED = ("numerator", "denominator", "wanted")
_PEOPLE = ("residents", "households", "residents_left_out", "households_left_out")
NO_UNIT = "不在任何单元内 / outside any unit"
"""The name of what lies in no unit, in tables that have no language."""


def row_status(value: pd.Series, target: pd.Series) -> pd.Series:
    """Return met, short, report (no target) or unknown (no value) for each row."""
    tests = [value.isna(), target.isna(), value >= target - TARGET_TOLERANCE]
    status = np.select(tests, ["unknown", "report", "met"], "short")
    return pd.Series(status, index=value.index)


def unit_rows(
    ctx: Context,
    units: gpd.GeoDataFrame,
    level: str,
    *,
    status: pd.Series,
    value: pd.Series,
    value_unit: str,
    target: pd.Series | float,
    share: pd.Series | float | None,
    counted: tuple[pd.Series, float] | None = None,
    sum_unit: str = "share",
    **more: ColumnValues,
) -> pd.DataFrame:
    """Return one row per unit that is judged, and below them the sums of every higher level.

    Parameters
    ----------
    ctx
        The city.
    units, level
        The units that the requirement applies to (indexed by unit_id) and their level.
    status, value, target
        How each unit stands, its own figure, and what that had to be; ``value_unit`` says in what.
    share
        Share of the units that must be met, of each unit or of all; the target of the sums.
        None: report only.
    counted
        Numerator and denominator of each unit, where the sums are no shares of units met.
    sum_unit
        What the value of the sums is in.
    more
        Further columns of the units.

    Returns
    -------
    DataFrame
        In the sums ``numerator`` units are met of ``denominator`` decidable ones, ``value`` is that
        share; residents and households (also those of short units) add up.
    """
    met, short = status == "met", status == "short"
    people = ctx.people(level).reindex(units.index)
    rows = units[_HEAD].assign(
        status=status,
        value=value,
        target=target,
        value_unit=value_unit,
        numerator=met.astype(float) if counted is None else counted[0],
        denominator=(met | short).astype(float) if counted is None else counted[1],
        wanted=np.nan if share is None else share,
        residents=people["residents"],
        households=people["households"],
        residents_left_out=people["residents"].where(short, 0.0),
        households_left_out=people["households"].where(short, 0.0),
        **more,
    )
    if level == "estate":
        rows["leaf"] = units["leaf"]
    rows["wanted"] = rows["wanted"].where(rows["denominator"] > 0)
    if counted is None:
        rows["undecided"] = (status == "unknown").astype(float)
    added = (*_ADDED, *_PEOPLE, *(("undecided",) if counted is None else ()))
    whole = _with_sums(ctx, rows, level, added, sum_unit)
    return _decided(whole, np.arange(len(whole)) >= len(rows))


def leaf_sums(ctx: Context, members: pd.DataFrame, sums: Sequence[str]) -> pd.DataFrame:
    """Return sums over members (facilities, demand points) by the leaf unit that holds them.

    Members that lie in no leaf are kept in rows of their own, so that the sums of the higher
    levels and of the city hold everybody.

    Parameters
    ----------
    members
        Rows with ``leaf``, ``town``, ``district`` (unit_ids or None) and the columns to add.
    """
    leaves = ctx.tables.get("leaf")
    columns = list(sums)
    at = members["leaf"] if "leaf" in members else pd.Series(None, index=members.index)
    placed = at.notna() & (at.isin(leaves.index) if leaves is not None else False)
    found = members.loc[placed, columns].groupby(at[placed]).sum(min_count=1)
    if leaves is not None:
        found = leaves[_HEAD].join(found, how="inner")
    rest = members[~placed]
    if not len(rest):
        return found
    places = {n: rest[n] if n in rest else pd.Series(None, index=rest.index) for n in _HEAD[3:]}
    keys = [places[n].astype(object).fillna("") for n in _HEAD[3:]]
    outside = rest[columns].groupby(keys).sum(min_count=1).reset_index(names=_HEAD[3:])
    outside[_HEAD[3:]] = outside[_HEAD[3:]].replace({"": None})
    outside = outside.assign(unit_id="", name=NO_UNIT, level="none")
    outside.index = pd.Index([""] * len(outside))
    return pd.concat([found, outside]) if len(found) else outside


def share_rows(
    ctx: Context, sums: pd.DataFrame, added: Sequence[str], target: float | None
) -> pd.DataFrame:
    """Return leaf rows of a numerator and a denominator with their shares, and all higher levels.

    Parameters
    ----------
    sums
        As ``leaf_sums`` gives them, with ``numerator`` and ``denominator``, and ``undecided`` where
        members of which it is not known whether they are met count in neither.
    added
        Columns that add up.
    target
        The share that a unit is held against.
    """
    rows = sums.assign(wanted=np.nan if target is None else target * sums["denominator"])
    rows = rows.assign(value_unit="share", value=np.nan, target=np.nan, status="")
    whole = _with_sums(ctx, rows, "leaf", (*dict.fromkeys((*added, "wanted")),), "share")
    every = np.full(len(whole), True)
    return _decided(_shares(whole, every, "share"), every)


def _decided(rows: pd.DataFrame, where: BoolArray) -> pd.DataFrame:
    """Return rows of sums, unknown where the members that are undecided may turn them."""
    if "undecided" not in rows:
        return rows
    unsure, met = rows["undecided"].fillna(0.0), rows["numerator"].fillna(0.0)
    every = (rows["denominator"].fillna(0.0) + unsure).where(lambda n: n > 0)
    least = rows["target"] - TARGET_TOLERANCE
    turned = (met / every < least) & ((met + unsure) / every >= least)
    open_ = where & (unsure > 0) & turned & rows["status"].isin(["met", "short"])
    return rows.assign(status=rows["status"].mask(open_, "unknown")).drop(columns="undecided")


def _with_sums(
    ctx: Context, rows: pd.DataFrame, level: str, added: Sequence[str], sum_unit: str
) -> pd.DataFrame:
    start = "leaf" if level in ("community", "village", "urban_village") else level
    above = (*HOLDERS, "city") if level == "estate" else (*HOLDERS[1:], "city")
    higher: dict[str, pd.DataFrame] = {name: ctx.units(name) for name in above if ctx.has(name)}
    if start == "city" or not len(rows):
        return rows
    whole = roll_up(rows, start, higher, list(added))
    own = np.arange(len(whole)) < len(rows)
    return _shares(whole.drop(columns="leaf", errors="ignore"), ~own, sum_unit)


def _shares(rows: pd.DataFrame, where: BoolArray, unit: str) -> pd.DataFrame:
    """Fill value, target and status of rows that are sums."""
    base = rows["denominator"].where(rows["denominator"] > 0)
    value = rows["numerator"] / base
    target = rows["wanted"] / base
    return rows.assign(
        value=rows["value"].mask(where, value),
        target=rows["target"].mask(where, target),
        value_unit=rows["value_unit"].mask(where, unit),
        status=rows["status"].mask(where, row_status(value, target)),
    )

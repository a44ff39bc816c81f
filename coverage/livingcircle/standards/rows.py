"""The per-unit table of a finding: each unit's own figures, and their sums level by level."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.io.column_names import ColumnValues
from livingcircle.standards.context import HEAD, Context
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.vocab.levels import PARENT, holder_of

__all__ = ["leaf_sums", "share_rows", "unit_rows"]

_PLACES = ["town", "district"]
_ADDED = ("numerator", "denominator", "wanted")
_PEOPLE = ("residents", "households", "residents_left_out", "households_left_out")
NO_UNIT = "不在任何单元内 / outside any unit"
"""The name of what lies in no unit, in tables that have no language."""


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
    met, short, unsure = (
        (status == one).reindex(units.index).to_numpy(dtype=bool)
        for one in ("met", "short", "unknown")
    )
    people = ctx.people(level).reindex(units.index)
    residents = people["residents"].to_numpy(dtype=np.float64)
    households = people["households"].to_numpy(dtype=np.float64)
    columns: dict[str, ColumnValues] = {
        **{name: units[name] for name in HEAD},
        "status": status,
        "value": value,
        "target": target,
        "value_unit": value_unit,
        "numerator": met.astype(float) if counted is None else counted[0],
        "denominator": (met | short).astype(float) if counted is None else counted[1],
        "wanted": np.nan if share is None else share,
        "residents": residents,
        "households": households,
        "residents_left_out": np.where(short, residents, 0.0),
        "households_left_out": np.where(short, households, 0.0),
        **more,
    }
    rows = pd.DataFrame(columns, index=units.index)
    rows["wanted"] = np.where(rows["denominator"] > 0, rows["wanted"], np.nan)
    if level == "city" or not len(rows):
        return rows
    below = rows if counted else rows.assign(undecided=unsure.astype(float))
    if level == "estate":
        below = below.assign(leaf=units["leaf"])
    added = (*_ADDED, *_PEOPLE, *(() if counted else ("undecided",)))
    above = _judged(_sums_above(ctx, below, level, added), sum_unit)
    return pd.concat([rows, above])


def leaf_sums(ctx: Context, members: pd.DataFrame, sums: Sequence[str]) -> pd.DataFrame:
    """Return sums over members (facilities, demand points) by the leaf unit that holds them.

    Members that lie in no leaf are kept in rows of their own, so that the sums of the higher
    levels and of the city hold everybody.

    Parameters
    ----------
    members
        Rows with ``leaf``, ``town``, ``district`` (unit_ids or None) and the columns to add.
    """
    columns = list(sums)
    head = ctx.heads.get("leaf")
    place = np.full(len(members), -1)
    if head is not None and "leaf" in members:
        place = head.index.get_indexer(pd.Index(members["leaf"]))
    placed = place >= 0
    found = members.loc[placed, columns].groupby(place[placed]).sum(min_count=1)
    if head is not None:
        own = head.take(found.index.to_numpy())
        found = pd.concat([own, found.set_axis(own.index)], axis=1)
    rest = members[~placed]
    if not len(rest):
        return found
    places = {n: rest[n] if n in rest else pd.Series(None, index=rest.index) for n in _PLACES}
    keys = [places[n].astype(object).fillna("") for n in _PLACES]
    outside = rest[columns].groupby(keys).sum(min_count=1).reset_index(names=_PLACES)
    outside[_PLACES] = outside[_PLACES].replace({"": None})
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
    wanted = np.nan if target is None else target * sums["denominator"]
    rows = sums.assign(wanted=wanted, value_unit="share", value=np.nan, target=np.nan, status="")
    if len(rows):
        rows = pd.concat(
            [rows, _sums_above(ctx, rows, "leaf", [*dict.fromkeys((*added, "wanted"))])]
        )
    return _judged(rows, "share")


def _sums_above(ctx: Context, rows: pd.DataFrame, level: str, added: Sequence[str]) -> pd.DataFrame:
    """Return the sums of units for every higher level, with the head of each unit.

    Parameters
    ----------
    rows
        One row per unit of ``level``, with ``leaf``, ``town`` and ``district`` where the unit lies
        in one, and the columns to add up.
    added
        Columns to add up; missing values count as nothing, all missing stays missing.
    """
    values = np.vstack([rows[name].to_numpy(dtype=np.float64) for name in added])
    heads, sums = [], []
    at = holder_of(level) if level != "urban_village" else "leaf"
    while at in PARENT:
        at = PARENT[at]
        if not ctx.has(at) or not (at == "city" or at in rows):
            continue
        head = ctx.heads[at]
        if at == "city":
            stated = ~np.isnan(values)
            found = np.where(stated, values, 0.0).sum(axis=1)
            found = np.where(stated.any(axis=1), found, np.nan)[None, :]
            place = np.zeros(1, dtype=np.int64)
        else:
            unit, ids = pd.factorize(rows[at], sort=True)
            held = unit >= 0
            found = pd.DataFrame(values[:, held].T).groupby(unit[held]).sum(min_count=1).to_numpy()
            place = head.index.get_indexer(ids)
        heads.append(head.take(place[place >= 0]))
        sums.append(found[place >= 0])
    names = pd.concat(heads)
    return pd.concat([names, pd.DataFrame(np.vstack(sums), names.index, list(added))], axis=1)


def _judged(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Fill value, target and status of rows that are sums: met, short, report or unknown.

    Unknown is a row without a value, and one that its members who are undecided may turn over.
    """
    top, whole, wanted = (
        rows[name].to_numpy(dtype=np.float64) for name in ("numerator", "denominator", "wanted")
    )
    base = np.where(whole > 0, whole, np.nan)
    value, target = top / base, wanted / base
    least = target - TARGET_TOLERANCE
    tests = [np.isnan(value), np.isnan(target), value >= least]
    status = np.select(tests, ["unknown", "report", "met"], "short")
    if "undecided" in rows:
        unsure, met, known = (
            np.where(np.isnan(one), 0.0, one)
            for one in (rows["undecided"].to_numpy(dtype=np.float64), top, whole)
        )
        every = known + unsure
        every[every <= 0] = np.nan
        turned = (met / every < least) & ((met + unsure) / every >= least)
        status[(unsure > 0) & turned & np.isin(status, ("met", "short"))] = "unknown"
        rows = rows.drop(columns="undecided")
    return rows.assign(value=value, target=target, value_unit=unit, status=status)

"""Members: facilities that are judged one by one, and what becomes of them in tables and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.io.column_names import ColumnValues
from livingcircle.localized import LocalizedText
from livingcircle.standards.base import Applies
from livingcircle.standards.context import Context
from livingcircle.standards.outcome import OUTCOME_GAP_COLUMNS, no_gaps
from livingcircle.standards.rows import leaf_sums, share_rows
from livingcircle.vocab.levels import HOLDERS

__all__ = ["Members", "member_gaps", "member_rows", "members_of"]


@dataclass(frozen=True)
class Members:
    """Facilities that a requirement applies to, one row each."""

    rows: gpd.GeoDataFrame
    undecided: pd.Series
    """True: the facility's unit does not say whether the requirement applies."""
    missing: tuple[str, ...] = ()
    notes: tuple[LocalizedText, ...] = ()


def members_of(ctx: Context, facilities: gpd.GeoDataFrame, applies: Applies) -> Members:
    """Return the distinct facilities that lie in units which a requirement applies to."""
    rows = facilities.drop_duplicates("facility_id")
    if not applies:
        return Members(rows, pd.Series(False, index=rows.index))
    leaves = ctx.tables.get("leaf")
    if leaves is None:
        return Members(rows, pd.Series(True, index=rows.index), ("level:leaf",))
    found = ctx.select("leaf", applies)
    chosen = rows["leaf"].map(found.chosen).astype("boolean").fillna(False).astype(bool)
    undecided = rows["leaf"].map(found.undecided).astype("boolean").fillna(True).astype(bool)
    keep = chosen | undecided
    return Members(rows[keep], undecided[keep], found.missing, found.notes)


def member_rows(
    ctx: Context, rows: gpd.GeoDataFrame, status: pd.Series, target: float | None
) -> pd.DataFrame:
    """Return the share of members that are met, unit by unit and up to the city."""
    if not len(rows):
        return pd.DataFrame()
    judged = status.isin(("met", "short"))
    columns: dict[str, ColumnValues] = {
        "numerator": (status == "met").astype(float),
        "denominator": judged.astype(float),
        "undecided": (status == "unknown").astype(float),
        "facilities": 1.0,
    }
    members = rows[[*HOLDERS]].assign(**columns)
    sums = leaf_sums(ctx, members, list(columns))
    return share_rows(ctx, sums, list(columns), target)


def member_gaps(
    ctx: Context, rows: gpd.GeoDataFrame, status: pd.Series, reason: str, **more: pd.Series
) -> gpd.GeoDataFrame:
    """Return one row per facility that falls short, at its place, with the people of its unit.

    The people are those of the leaf unit that the facility stands in: whom it is there for. Two
    facilities of one unit both name them, so these numbers do not add up.
    """
    short = status == "short"
    if not short.any():
        return no_gaps()
    rows = rows[short]
    names = {"people": "residents", "households": "households"}
    served: dict[str, ColumnValues] = dict.fromkeys(names, np.nan)
    leaves = ctx.tables.get("leaf")
    if leaves is not None:
        people = ctx.people("leaf")
        served = {name: rows["leaf"].map(people[column]) for name, column in names.items()}
    data = {
        "unit_id": rows["leaf"],
        "unit_name": rows.get("name"),
        "level": "facility",
        "town": rows["town"],
        "district": rows["district"],
        **served,
        "facility_id": rows["facility_id"],
        "metres": np.nan,
        "straight_m": np.nan,
        "reason": reason,
        **{name: values.reindex(rows.index) for name, values in more.items()},
    }
    columns = [*OUTCOME_GAP_COLUMNS, *more]
    return gpd.GeoDataFrame(
        pd.DataFrame(data, index=rows.index)[columns], geometry=rows.geometry, crs=rows.crs
    )

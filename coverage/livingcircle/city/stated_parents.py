"""Stated parents that cannot be: the unit itself, one of its own level, one below it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from livingcircle._arrays import BoolArray, IntArray
from livingcircle.city.quality_findings import issues, no_issues
from livingcircle.city.unit_names import name_forms
from livingcircle.city.units import Units
from livingcircle.vocab.categories import normalise
from livingcircle.vocab.levels import LEAVES, UNIT_LEVELS

__all__ = ["parents_not_above"]

_ABOVE = {"estate": "community", **dict.fromkeys(LEAVES, "town"), "town": "district"}
"""Which column of a level names a holder as ``parent`` does."""
_SHOWN = 4
"""Units of a circle that a sentence names."""


def parents_not_above(tables: Units) -> gpd.GeoDataFrame:
    """Return findings on units whose stated parent is no unit above them.

    Parameters
    ----------
    tables
        Units by level with unique ``unit_id``; ``parent``, ``town`` and ``district`` still hold
        what the tables state, names or ids.

    Returns
    -------
    geopandas.GeoDataFrame
        A row per unit: ``parent_circle`` where the chain of parents comes back to the unit,
        ``parent_not_above`` where the parent is a unit of the same or a finer level.
    """
    everyone = pd.concat(list(tables.values()), ignore_index=True)
    if everyone["parent"].isna().all():
        return no_issues()
    rank = everyone["level"].map({level: i for i, level in enumerate(UNIT_LEVELS)}).to_numpy()
    # Communities and villages stand side by side.
    rank = np.where(everyone["level"] == LEAVES[1], UNIT_LEVELS.index(LEAVES[0]), rank)
    parent = _meant(everyone, rank, everyone["parent"])
    for level, column in _ABOVE.items():
        if column in everyone:
            rows = (everyone["level"] == level).to_numpy() & (parent < 0)
            named = _meant(everyone, rank, everyone[column].where(rows, None))
            parent = np.where(rows & (named >= 0) & (rank[named] > rank), named, parent)
    around = _in_circle(parent)
    below = (parent >= 0) & (rank[parent] <= rank) & ~around
    names = everyone["name"].where(everyone["name"] != "", everyone["unit_id"])
    row = everyone["source_row"].map(lambda at: "" if pd.isna(at) else f"{int(at)}")
    words = pd.DataFrame(
        {
            "name": names,
            "other": "",
            "field": None,
            "rows_zh": ("（第 " + row + " 行）").where(row != "", ""),
            "rows_en": (" (row " + row + ")").where(row != "", ""),
        }
    )
    circles, others = np.flatnonzero(around), np.flatnonzero(below)
    words.loc[circles, "other"] = _chains(names.to_numpy(object), parent, circles)
    words.loc[others, "other"] = names.to_numpy(object)[parent[others]]
    words.loc[others, "field"] = everyone["level"].to_numpy(object)[parent[others]]
    found = [
        issues(check, everyone.iloc[rows], 1, **{str(c): words[c].iloc[rows] for c in words})
        for check, rows in (("parent_circle", circles), ("parent_not_above", others))
    ]
    return pd.concat(found, ignore_index=True)


def _meant(everyone: pd.DataFrame, rank: IntArray, stated: pd.Series) -> IntArray:
    """Return the row of the unit that each stated name or id means, a coarser one first; else -1.

    Of a level that is not coarser only the whole name counts: a community whose parent is called
    东湖街道 does not name 东湖社区.
    """
    rows = np.flatnonzero(stated.notna())
    asked = stated.iloc[rows].astype(str)
    keys = [asked.map(normalise), asked.map(lambda name: name_forms(name)[1])]
    units = np.arange(len(everyone))
    own = [everyone[c].astype("string").map(normalise, na_action="ignore")
           for c in ("unit_id", "own_id")]  # fmt: skip
    named = [everyone["name"].map(lambda name, nth=nth: name_forms(name)[nth]) for nth in (0, 1)]
    known = pd.DataFrame(
        {"key": pd.concat([*own, *named], ignore_index=True), "unit": np.tile(units, 4)}
    )
    known = known[known["key"].notna() & (known["key"] != "")].drop_duplicates()
    pairs = pd.DataFrame(
        {"key": pd.concat(keys, ignore_index=True), "row": np.tile(rows, 2)}
    ).drop_duplicates()
    pairs = pairs.merge(known, on="key")
    step = rank[pairs["unit"]] - rank[pairs["row"]]
    # The nearest level above, else the unit itself, else the nearest level that is not above.
    order = np.where(step > 0, step, 100 - step) - 0.5 * (pairs["unit"] == pairs["row"])
    pairs = pairs.assign(order=order).sort_values(["row", "order", "unit"], kind="stable")
    first = pairs.drop_duplicates("row")
    found = np.full(len(everyone), -1, dtype=np.int64)
    found[first["row"]] = first["unit"]
    return found


def _in_circle(parent: IntArray) -> BoolArray:
    """Return which rows a chain of parents comes back to."""
    has = np.flatnonzero(parent >= 0)
    graph = sparse.csr_array(
        (np.ones(len(has), dtype=np.int8), (has, parent[has])), shape=(len(parent),) * 2
    )
    _, part = csgraph.connected_components(graph, directed=True, connection="strong")
    return np.asarray((np.bincount(part)[part] > 1) | (parent == np.arange(len(parent))))


def _chains(names: np.ndarray, parent: IntArray, rows: IntArray) -> list[str]:
    """Return the names along the circle from each row on, back to it where it is short."""
    at, text, open_ = rows, pd.Series(names[rows], dtype=object), np.ones(len(rows), dtype=bool)
    for _ in range(_SHOWN):
        at = parent[at]
        text = text.where(~open_, text + " → " + names[at])
        open_ &= at != rows
    return list(text + np.where(open_, " → …", ""))

"""Unit tables: one shape for every level, and population that adds up."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import FloatArray, first_of_each
from livingcircle.city.units import UNIT_NUMBERS
from livingcircle.io.datum.systems import CrsLike
from livingcircle.vocab.groups import GROUPS

__all__ = [
    "as_flag",
    "as_number",
    "as_said",
    "heaviest",
    "middles",
    "population",
    "unit_table",
]

_TEXTS = ("name", "level", "parent", "town", "district", "urban_rural")


def as_number(values: pd.Series) -> pd.Series:
    """Return a column as floats; what is no number is missing."""
    if values.dtype == np.float64:
        return values
    return pd.to_numeric(values, errors="coerce").astype("float64")


def as_flag(values: pd.Series) -> pd.Series:
    """Return a yes/no column as 1.0, 0.0 and missing; one that is so already stays as it is.

    >>> as_flag(pd.Series([True, None, False, "?"])).tolist()
    [1.0, nan, 0.0, nan]
    >>> as_flag(pd.Series([1.0, 0.0])).tolist()
    [1.0, 0.0]
    """
    return values.where(values.isin([True, False])).astype("float64")


def as_said(values: pd.Series) -> pd.Series:
    """Return a column of texts; what is none, such as yes, no or a number, says nothing.

    >>> as_said(pd.Series(["有", 1.0, None], dtype=object)).tolist()
    ['有', None, None]
    """
    texts = values.astype(object)
    return texts.where(texts.map(lambda value: isinstance(value, str)).astype(bool), None)


def unit_table(table: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    """Return a table of units indexed by ``unit_id``, with every column that a kind may ask for.

    Columns that the city does not give are there and empty. CRS and rows are those of the input.
    """
    table = table.copy()
    table["level"] = table["level"].fillna(level) if "level" in table else level
    for name in _TEXTS:
        column = table[name] if name in table else pd.Series(None, index=table.index)
        table[name] = column.astype(object).where(column.notna(), None)
    for name in UNIT_NUMBERS:
        table[name] = as_number(table[name]) if name in table else np.nan
    for name in ("is_new", "is_island"):
        table[name] = as_flag(table[name]) if name in table else np.nan
    # An island is a rare thing that a table mentions; a table that does not speak of it has none.
    table["is_island"] = table["is_island"].fillna(0.0)
    table["unit_id"] = table["unit_id"].astype(str)
    return table.set_index("unit_id", drop=False)


def population(
    leaves: pd.DataFrame, demand: pd.DataFrame, tables: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return residents, households and groups of every unit, level by level.

    A leaf has what its table states, else the sum of its demand, if all of it states a number. A
    higher unit is the sum of its leaves, so that the levels add up; where a leaf's figure is
    unknown it is what the unit's own table states, and unknown where that is silent too.

    Parameters
    ----------
    leaves
        Communities and villages as ``unit_table`` gives them.
    demand
        Demand points with ``leaf`` and the columns of ``GROUPS`` that are known.
    tables
        ``town``, ``district`` and ``city`` as ``unit_table`` gives them.

    Returns
    -------
    dict
        Level (``leaf``, ``town``, ``district``, ``city``) → frame indexed by unit_id.
    """
    columns = list(GROUPS)
    points = pd.DataFrame(
        {c: as_number(demand[c]) if c in demand else np.nan for c in columns}, index=demand.index
    )
    at = demand["leaf"] if "leaf" in demand else pd.Series(None, index=demand.index, dtype=object)
    # A sum of those that state a number would pass for the whole.
    part = points.isna().groupby(at).any()
    by_leaf = points.groupby(at).sum(min_count=1).mask(part).reindex(leaves.index)
    leaf = leaves[columns].fillna(by_leaf)
    found = {"leaf": leaf}
    for level in ("town", "district"):
        if level in tables:
            table = tables[level]
            sums = leaf.groupby(leaves[level]).sum(min_count=1).reindex(table.index)
            gaps = leaf.isna().groupby(leaves[level]).any().reindex(table.index, fill_value=True)
            found[level] = sums.mask(gaps).fillna(table[columns])
    total = leaf.sum(min_count=1).mask(leaf.isna().any())
    known = points.sum(min_count=1).mask(points.isna().any())
    if not len(leaves):
        total = known
    city = pd.DataFrame([total]) if "city" not in tables else None
    if city is None:
        table = tables["city"]
        city = pd.DataFrame([total] * len(table), index=table.index).fillna(table[columns])
    found["city"] = city.fillna(known)
    return found


def heaviest(
    values: pd.Series | NDArray[np.generic],
    group: pd.Series | NDArray[np.generic],
    weight: pd.Series | FloatArray,
) -> pd.Series:
    """Return the value that carries most of the weight of each group.

    Parameters
    ----------
    values, group, weight
        (n,) arrays or columns, row by row; rows without a value or a group are passed over. Where
        two values of a group weigh the same the later one in sorted order is taken.

    Returns
    -------
    Series
        Of objects, indexed by the groups that have a value.
    """
    of_group, groups = pd.factorize(np.asarray(group, dtype=object), sort=True)
    of_value, distinct = pd.factorize(np.asarray(values, dtype=object), sort=True)
    known = (of_group >= 0) & (of_value >= 0)
    if not known.any():
        return pd.Series([], index=pd.Index([], dtype=object), dtype=object)
    key = of_group[known] * len(distinct) + of_value[known]
    pair, at = np.unique(key, return_inverse=True)
    sums = np.bincount(at, np.asarray(weight, dtype=np.float64)[known])
    of_pair = pair // len(distinct)
    best = pair[first_of_each(of_pair, -sums, -pair)]
    return pd.Series(distinct[best % len(distinct)], index=groups[best // len(distinct)]).astype(
        object
    )


def middles(areas: gpd.GeoSeries, crs: CrsLike) -> gpd.GeoSeries:
    """Return the centroid (EPSG:4326) of each area, or where that lies outside a point inside.

    ``crs`` measures.
    """
    local = areas.to_crs(crs)
    centroid = local.centroid
    return centroid.where(local.contains(centroid), local.representative_point()).to_crs(4326)

"""Which community, village, town and district each point belongs to."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import GeometryArray, IntArray
from livingcircle.city.unit_names import find_by_name
from livingcircle.city.units import Units
from livingcircle.vocab.levels import HOLDERS, LEAVES

__all__ = ["ASSIGNED_COLUMNS", "assign_units", "locate", "values_at"]

ASSIGNED_COLUMNS = (*LEAVES, *HOLDERS, "estate")
"""Columns of points that ``assign_units`` returns besides ``by_place``."""


def locate(table: gpd.GeoDataFrame | None, points: GeometryArray) -> IntArray:
    """Return the row of the unit that holds each point; -1 where none does.

    A point on a border or in an overlap belongs to the first of its units.

    Parameters
    ----------
    table
        Polygons, EPSG:4326, or None.
    points
        (n,) array of shapely points; None and empty ones lie nowhere.
    """
    holder = np.full(len(points), -1, dtype=np.int64)
    if table is None or table.empty or not len(points):
        return holder
    tree = shapely.STRtree(points)
    unit, point = tree.query(table.geometry.to_numpy(), predicate="intersects")
    # Written from the last unit to the first, so that the first one stays.
    order = np.argsort(-unit, kind="stable")
    holder[point[order]] = unit[order]
    return holder


def values_at(table: pd.DataFrame, column: str, rows: IntArray, index: pd.Index) -> pd.Series:
    """Return a column's value at each row number, None where it is -1."""
    values = np.append(table[column].to_numpy(object), np.array([None], dtype=object))
    return pd.Series(values[rows], index=index, dtype=object)


def assign_units(
    units: Units, points: GeometryArray, stated: pd.DataFrame, *, stated_first: bool
) -> pd.DataFrame:
    """Return the units of each point.

    Parameters
    ----------
    units
        Tables that ``livingcircle.city.unit_relations.relate`` has finished.
    points
        (n,) shapely points, EPSG:4326; None where unknown.
    stated
        Columns ``unit``, ``town``, ``district``, and ``estate`` where a table has one: names or ids
        as a table says them, or None.
    stated_first
        Whether what is said wins over where the point lies. A bureau knows whose a facility is;
        a building is where it stands.

    Returns
    -------
    DataFrame
        Index of ``stated``; unit ids in ``ASSIGNED_COLUMNS``, None where there is none, and
        ``by_place``, the leaf that the location alone gives.
    """
    index = stated.index
    empty = pd.Series(None, index=index, dtype=object)
    named = _leaf(units, stated)
    placed = _leaf_at(units, points, index)
    leaf = _first(named, placed) if stated_first else _first(placed, named)
    out = pd.DataFrame({"leaf": leaf, "by_place": placed}, index=index, dtype=object)
    town_of, district_of = empty, empty
    for level in LEAVES:
        table = units.get(level)
        out[level] = empty
        if table is not None:
            out[level] = leaf.where(leaf.isin(table["unit_id"]))
            rows = table.set_index("unit_id")
            town_of = _first(town_of, leaf.map(rows["town"]))
            district_of = _first(district_of, leaf.map(rows["district"]))
    out["town"] = _upper(units, "town", stated, town_of, points, stated_first)
    if "town" in units:
        rows = units["town"].set_index("unit_id")
        district_of = _first(district_of, out["town"].map(rows["district"]))
    out["district"] = _upper(units, "district", stated, district_of, points, stated_first)
    out["estate"] = _estate(units, stated, points, out, stated_first)
    out = out[[*ASSIGNED_COLUMNS, "by_place"]].astype(object)
    return out.where(out.notna(), None)


def _leaf(units: Units, stated: pd.DataFrame) -> pd.Series:
    """Return the leaf that each row names, told apart from its namesakes by town and district."""
    names = stated["unit"]
    above = {}
    for level in ("town", "district"):
        named = stated[level]
        above[level] = _first(find_by_name(units[level], named), named) if level in units else named
    found = pd.Series(None, index=names.index, dtype=object)
    for level in LEAVES:
        if level in units:
            found = _first(found, find_by_name(units[level], names, **above))
    return found


def _estate(
    units: Units,
    stated: pd.DataFrame,
    points: GeometryArray,
    found: pd.DataFrame,
    stated_first: bool,
) -> pd.Series:
    """Return the estate (小区) of each row, told apart from its namesakes by town and district."""
    table = units.get("estate")
    if table is None:
        return pd.Series(None, index=stated.index, dtype=object)
    above = {level: found[level] for level in ("town", "district")}
    named = find_by_name(table, stated["unit"], **above)
    if "estate" in stated:
        named = _first(find_by_name(table, stated["estate"], **above), named)
    placed = values_at(table, "unit_id", locate(table, points), stated.index)
    return _first(named, placed) if stated_first else _first(placed, named)


def _leaf_at(units: Units, points: GeometryArray, index: pd.Index) -> pd.Series:
    found = pd.Series(None, index=index, dtype=object)
    for level in LEAVES:
        if level in units:
            table = units[level]
            found = _first(found, values_at(table, "unit_id", locate(table, points), index))
    return found


def _upper(
    units: Units,
    level: str,
    stated: pd.DataFrame,
    by_leaf: pd.Series,
    points: GeometryArray,
    stated_first: bool,
) -> pd.Series:
    """Return the town or district: that of the leaf, else by location, what is said before both."""
    if level not in units:
        return pd.Series(None, index=stated.index, dtype=object)
    table = units[level]
    named = find_by_name(table, stated[level])
    # "unit" may name a town outright, for facilities that serve one.
    named = _first(named, find_by_name(table, stated["unit"]))
    placed = values_at(table, "unit_id", locate(table, points), stated.index)
    order = (named, by_leaf, placed) if stated_first else (by_leaf, placed, named)
    return _first(*order)


def _first(*columns: pd.Series) -> pd.Series:
    """Return the first value of each row that is not missing."""
    out = columns[0].astype(object)
    for other in columns[1:]:
        out = out.where(out.notna(), other)
    return out

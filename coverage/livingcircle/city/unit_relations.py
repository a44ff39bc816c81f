"""How administrative units stand to each other: unique ids, who belongs to whom, the city above."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from livingcircle._arrays import IntArray, first_of_each
from livingcircle.city.unit_names import find_by_name
from livingcircle.city.units import Units, tidy_units
from livingcircle.errors import InputError
from livingcircle.io.notes import Note, shorten, word_in_chinese
from livingcircle.localized import LocalizedText
from livingcircle.vocab.levels import LEAVES

__all__ = ["derive_upper", "relate", "unique_ids", "with_city"]


def derive_upper(tables: Units) -> tuple[dict[str, gpd.GeoDataFrame], list[Note]]:
    """Make towns and districts out of the finer units that name theirs, where no table has them."""
    out = dict(tables)
    notes = []
    for level, finer in (("town", LEAVES), ("district", (*LEAVES, "town"))):
        source = [out[one] for one in finer if one in out and out[one][level].notna().any()]
        if level in out or not source:
            continue
        members = pd.concat(source, ignore_index=True)
        members = members[members[level].notna()]
        named = gpd.GeoDataFrame({"name": members[level].astype(str)}, geometry=members.geometry)
        shapes = named.dissolve(by="name", sort=False).reset_index()
        file = str(members["source_file"].iloc[0])
        out[level] = tidy_units(shapes.set_crs(4326), level, file=file)
        if level == "town" and members["district"].notna().any():
            stated = members.groupby("town", sort=False)["district"].first()
            out[level]["district"] = out[level]["name"].map(stated).to_numpy(object)
        text = LocalizedText(
            f"{len(shapes)} 个{word_in_chinese(level)}由注明其归属的单元拼合而成",
            f"{len(shapes)} {level}s are put together from the units that name theirs",
        )
        notes.append(Note(file, level, text, f'[[units]] level = "{level}"'))
    return out, notes


def unique_ids(tables: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """Give every unit an id that no other unit of any level has.

    A stated id is kept; else the name stands for it, with its level before it where another
    level has the same name, and a number behind it where its own level has.

    Raises
    ------
    InputError
        A stated id occurs twice.
    """
    everyone = pd.concat([t.drop(columns="geometry") for t in tables.values()], ignore_index=True)
    stated = everyone["unit_id"].notna()
    twice = stated & everyone["unit_id"].duplicated(keep=False)
    if twice.any():
        second = everyone[stated & everyone["unit_id"].duplicated()].iloc[0]
        raise InputError(
            f"the unit id '{second['unit_id']}' occurs twice",
            hint="Give each unit its own id",
            file=second["source_file"],
            row=None if pd.isna(second["source_row"]) else int(second["source_row"]),
            field="unit_id",
        )
    row = pd.to_numeric(everyone["source_row"])
    row = row.fillna(pd.Series(everyone.index + 2.0)).astype(np.int64)
    nameless = everyone["name"] == ""
    everyone["name"] = everyone["name"].mask(nameless, "row " + row.astype(str))
    levels = everyone.groupby("name")["level"].transform("nunique")
    named = everyone["name"].where(levels == 1, everyone["level"] + ":" + everyone["name"])
    nth = everyone.groupby(["level", "name"]).cumcount() + 1
    named = named.where(nth == 1, named + "#" + nth.astype(str))
    ids = everyone["unit_id"].where(stated, named).astype(str)
    out, start = {}, 0
    for level, table in tables.items():
        out[level] = table.assign(unit_id=ids.iloc[start : start + len(table)].to_numpy(object))
        start += len(table)
    return out


def relate(tables: Units) -> tuple[dict[str, gpd.GeoDataFrame], list[Note]]:
    """Fill in ``parent``, ``town`` and ``district`` of every unit as unit ids.

    What a table states (by name or id) wins over where the unit lies; a stated name that no unit
    has is reported in a note.
    """
    out: dict[str, gpd.GeoDataFrame] = dict(tables)
    notes: list[Note] = []
    district, town = tables.get("district"), tables.get("town")
    if district is not None:
        out["district"] = district.assign(district=district["unit_id"], town=None)
    if town is not None:
        ids, lost = _holder_of(town, district, ("district", "parent"))
        out["town"] = town.assign(district=ids, town=town["unit_id"])
        notes += lost
    for level in LEAVES:
        if level not in tables:
            continue
        leaf = tables[level]
        town_id, lost = _holder_of(leaf, town, ("town", "parent"))
        notes += lost
        by_town = _through(town_id, out.get("town"))
        district_id, lost = _holder_of(leaf, district, ("district",))
        notes += lost
        notes += _lost_parents(leaf, (town, district))
        stated = leaf["district"].notna() & district_id.notna()
        known = district_id.where(stated | by_town.isna(), by_town)
        out[level] = leaf.assign(town=town_id, district=known)
    if "estate" in tables:
        out["estate"], lost = _in_leaves(tables["estate"], out)
        notes += lost
    for level, table in out.items():
        table = table.assign(town=_none(table["town"]), district=_none(table["district"]))
        parent = table["district"] if level == "town" else table["town"]
        if level in LEAVES:
            parent = parent.where(parent.notna(), table["district"])
        if level == "estate":
            parent = table["parent"].where(table["parent"].notna(), parent)
        if level == "district":
            parent = pd.Series(None, index=table.index, dtype=object)
        out[level] = table.assign(parent=_none(parent))
    return out, notes


def _in_leaves(estates: gpd.GeoDataFrame, tables: Units) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return estates (小区) with the community or village that each lies in as its parent."""
    given = [tables[level] for level in LEAVES if level in tables]
    if not given:
        town, lost = _holder_of(estates, tables.get("town"), ("town", "parent"))
        by_town = _through(town, tables.get("town"))
        district, more = _holder_of(estates, tables.get("district"), ("district",))
        known = by_town.where(by_town.notna(), district)
        return estates.assign(parent=None, town=town, district=known), lost + more
    leaves = pd.concat(given, ignore_index=True)
    leaf, lost = _holder_of(estates, leaves, ("parent",))
    of = leaves.set_index("unit_id")
    above = {name: _none(leaf.map(of[name])) for name in ("town", "district", "urban_rural")}
    own = estates["urban_rural"]
    above["urban_rural"] = own.where(own.notna(), above["urban_rural"])
    return estates.assign(parent=_none(leaf), **above), lost


def _lost_parents(
    leaf: gpd.GeoDataFrame, coarser: tuple[gpd.GeoDataFrame | None, ...]
) -> list[Note]:
    """Tell of stated parents that are no coarser unit: another leaf, say, or the unit itself."""
    given = [table for table in coarser if table is not None]
    known = pd.Series(None, index=leaf.index, dtype=object)
    for table in given:
        known = known.where(known.notna(), find_by_name(table, leaf["parent"]))
    own = find_by_name(leaf, leaf["parent"])
    lost = leaf["parent"].notna() & known.isna() & (own.notna() | bool(given))
    if not lost.any():
        return []
    named = [shorten(name, 20) for name in leaf.loc[lost, "parent"].astype(str).unique()[:5]]
    text = LocalizedText(
        f"{int(lost.sum())} 个单元所写的上级（{'、'.join(named)}）不是镇街或区县，按位置归属",
        f"{int(lost.sum())} units name a parent that is no town or district ({', '.join(named)});"
        " placed by location",
    )
    return [Note(str(leaf["source_file"].iloc[0]), "parent", text)]


def _through(town_id: pd.Series, towns: gpd.GeoDataFrame | None) -> pd.Series:
    """Return the district of each town id."""
    if towns is None:
        return pd.Series(None, index=town_id.index, dtype=object)
    return _none(town_id.map(dict(zip(towns["unit_id"], towns["district"], strict=True))))


def _holder_of(
    table: gpd.GeoDataFrame, holders: gpd.GeoDataFrame | None, columns: tuple[str, ...]
) -> tuple[pd.Series, list[Note]]:
    """Return the id of the holder of each unit, by stated name and else by largest overlap."""
    found = pd.Series(None, index=table.index, dtype=object)
    if holders is None or holders.empty:
        return found, []
    notes = []
    for column in columns:
        named = find_by_name(holders, table[column])
        lost = table.loc[table[column].notna() & named.isna() & found.isna(), column]
        if len(lost) and column != "parent":
            first = shorten(lost.iloc[0], 40)
            text = LocalizedText(
                f"没有名为“{first}”的{word_in_chinese(column)}（{len(lost)} 个单元），按位置归属",
                f"no {column} is called '{first}' ({len(lost)} units); placed by location",
            )
            notes.append(Note(str(table["source_file"].iloc[0]), column, text))
        found = found.where(found.notna(), named)
    rows = np.flatnonzero(found.isna())
    holder = _largest_overlap(table.geometry.to_numpy()[rows], holders)
    ids = holders["unit_id"].to_numpy(object)
    found.iloc[rows] = np.where(holder >= 0, ids[holder], None)
    return _none(found), notes


def _largest_overlap(geometry: np.ndarray, holders: gpd.GeoDataFrame) -> IntArray:
    """Return the row of the holder that shares most area with each polygon; -1 for none."""
    out = np.full(len(geometry), -1, dtype=np.int64)
    areas = holders.geometry.to_numpy()
    unit, holder = shapely.STRtree(areas).query(geometry, predicate="intersects")
    shared = shapely.area(shapely.intersection(geometry[unit], areas[holder]))
    best = first_of_each(unit, -shared, holder)
    best = best[shared[best] > 0]
    out[unit[best]] = holder[best]
    return out


def with_city(
    tables: Units, name: str, hull: shapely.Geometry, crs_m: pyproj.CRS
) -> tuple[dict[str, gpd.GeoDataFrame], list[Note]]:
    """Add the level ``city``: one row, the union of the units, and the areas of all units.

    Without any unit the hull of the network stands for the city, and a note reports it.
    """
    out = dict(tables)
    notes: list[Note] = []
    if "city" in out and len(out["city"]) > 1:
        out["city"] = out["city"].dissolve(aggfunc="first").reset_index(drop=True)
    if "city" not in out:
        source = next((out[k] for k in ("district", "town") if k in out), None)
        if source is None:
            leaves = [out[k] for k in LEAVES if k in out]
            source = pd.concat(leaves, ignore_index=True) if leaves else None
        if source is None:
            shape = hull
            text = LocalizedText(
                "未提供行政单元，以步行网络的外包范围代表全市",
                "no units are given: the hull of the network stands for the city",
            )
            notes.append(Note("city.toml", "units", text, '[[units]] level = "city"'))
        else:
            shape = shapely.union_all(source.geometry.to_numpy())
        bare = gpd.GeoDataFrame({"name": [name]}, geometry=[shape], crs=4326)
        out["city"] = tidy_units(bare, "city", file="city.toml")
    taken: set[str] = set()
    for level in out:
        if level != "city":
            taken |= set(out[level]["unit_id"])
    own = out["city"]["unit_id"].iloc[0] or name
    out["city"] = out["city"].assign(
        unit_id=own if own not in taken else f"city:{own}", name=name, parent=None
    )
    for level, table in out.items():
        area = table.geometry.to_crs(crs_m).area / 1e6
        out[level] = table.assign(area_km2=table["area_km2"].where(table["area_km2"] > 0, area))
    return out, notes


def _none(column: pd.Series) -> pd.Series:
    column = column.astype(object)
    return column.where(column.notna(), None)

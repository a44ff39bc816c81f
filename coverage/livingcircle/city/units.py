"""Administrative units: tidy tables a level, who belongs to whom, and where a point lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from livingcircle._arrays import IntArray
from livingcircle.city.unit_names import find_by_name, unmatched_names
from livingcircle.errors import InputError
from livingcircle.io.notes import Note, in_chinese, shorten
from livingcircle.localized import LocalizedText
from livingcircle.vocab.groups import GROUPS
from livingcircle.vocab.levels import LEAVES

__all__ = [
    "LEAVES",
    "UNIT_COLUMNS",
    "derive_upper",
    "join_figures",
    "polygons_of",
    "relate",
    "tidy_units",
    "unique_ids",
    "with_city",
]

Units = Mapping[str, gpd.GeoDataFrame]

_NUMBERS = (
    "founded_year",
    *GROUPS,
    "floor_area_m2",
    "service_floor_area_m2",
    "community_workers",
    "qualified_workers",
    "area_km2",
)
UNIT_COLUMNS = (
    "unit_id",
    "name",
    "level",
    "parent",
    "town",
    "district",
    "urban_rural",
    "is_new",
    "is_island",
    *_NUMBERS,
    "source_file",
    "source_row",
    "geometry",
)
# A repair that moves more than this share of a polygon's area is a guess about what was meant.
_REPAIR_SHARE = 0.001


def polygons_of(
    frame: gpd.GeoDataFrame, *, file: str, what: str
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return a table whose geometries are valid polygons, or say which row is not.

    Rings that touch themselves are repaired where that leaves the area as it was; a polygon that
    crosses itself is refused, since nobody can know what it was meant to enclose.

    Raises
    ------
    InputError
        A geometry is no polygon, or crosses itself.
    """
    geometry = frame.geometry.to_numpy()
    present = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    flat = present & (shapely.get_dimensions(geometry) < 2)
    if flat.any():
        row = int(np.flatnonzero(flat)[0])
        raise InputError(
            f"{what} must be areas, and this is a {geometry[row].geom_type}",
            hint="Give a layer of polygons",
            file=file,
            row=_row(frame, row),
            field="geometry",
        )
    broken = present & ~shapely.is_valid(geometry)
    if not broken.any():
        return frame, []
    mended = geometry.copy()
    mended[broken] = shapely.make_valid(geometry[broken], method="structure", keep_collapsed=False)
    # A bow tie's own area is the difference of its two halves, so it shows in this ratio.
    before, after = shapely.area(geometry[broken]), shapely.area(mended[broken])
    lost = np.abs(after - before) > _REPAIR_SHARE * np.maximum(after, 1e-300)
    if lost.any():
        row = int(np.flatnonzero(broken)[np.flatnonzero(lost)[0]])
        raise InputError(
            f"the polygon crosses itself: {shapely.is_valid_reason(geometry[row])}",
            hint="Mend it, e.g. with 'Fix geometries' in QGIS",
            file=file,
            row=_row(frame, row),
            field="geometry",
        )
    count = int(broken.sum())
    text = LocalizedText(
        f"{count} 个自相接触的多边形已修复", f"{count} polygons that touch themselves were mended"
    )
    note = Note(file, "geometry", text)
    return frame.set_geometry(gpd.GeoSeries(mended, index=frame.index, crs=frame.crs)), [note]


def tidy_units(frame: gpd.GeoDataFrame, level: str, *, file: str) -> gpd.GeoDataFrame:
    """Return a table of units with the columns of :data:`UNIT_COLUMNS`, ids still as stated.

    ``parent``, ``town`` and ``district`` hold what the table says (a name or an id) until
    :func:`relate` turns them into ids.

    Raises
    ------
    InputError
        No column holds the names.
    """
    if "name" not in frame and "unit_id" not in frame:
        raise InputError(
            "no column holds the names of the units",
            hint='State it: columns = { "its header" = "name" }',
            file=file,
            field="name",
        )
    out = pd.DataFrame(index=pd.RangeIndex(len(frame)))
    for column in UNIT_COLUMNS[:-1]:
        given = frame[column].to_numpy() if column in frame else None
        if column in _NUMBERS:
            blank = np.full(len(frame), np.nan)
            out[column] = blank if given is None else pd.to_numeric(given).astype(np.float64)
        else:
            out[column] = pd.Series(given, index=out.index, dtype=object)
            out[column] = out[column].where(out[column].notna(), None)
    if "name" not in frame:
        out["name"] = out["unit_id"]
    out["name"] = out["name"].astype("string").str.strip().fillna("").astype(object)
    out["level"] = level
    out["is_island"] = out["is_island"].eq(True).astype(bool)
    out["source_file"] = file
    # An "id" of nobody knows what (a feature number, say) names no unit, but tables refer to it.
    out["own_id"] = frame["id"].astype("string").to_numpy(object) if "id" in frame else None
    geometry = gpd.GeoSeries(frame.geometry.to_numpy(), index=out.index, crs=4326)
    return gpd.GeoDataFrame(out, geometry=geometry)


def join_figures(
    base: gpd.GeoDataFrame, figures: gpd.GeoDataFrame, own: Sequence[str] = ()
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Fill in the figures of units from a table without boundaries, by id and else by name.

    Rows of the table that match no unit stay, as units without a boundary.
    """
    keyed = base.assign(unit_id=base.index.astype(str), id_stated=base["unit_id"])
    # The id of the table may be any of the ids that the layer has.
    keyed["own_id"] = base["unit_id"].where(base["unit_id"].notna(), base["own_id"])
    by_id = find_by_name(keyed.assign(name=""), figures["unit_id"])
    by_name = find_by_name(
        keyed, figures["name"], town=figures["town"], district=figures["district"]
    )
    at = by_id.where(by_id.notna(), by_name)
    twice = at.notna() & at.duplicated()
    at = at.mask(twice)
    found = at.notna()
    rows = at[found].astype(np.int64).to_numpy()
    out = base.copy()
    for column in (*UNIT_COLUMNS, *own):
        if column in ("unit_id", "name", "level", "source_file", "source_row", "geometry"):
            continue
        given = figures.loc[found, column].set_axis(out.index[rows])
        if column == "is_island":
            out.loc[given.index[given.to_numpy(dtype=bool)], column] = True
            continue
        blank = out[column].isna() & given.notna().reindex(out.index, fill_value=False)
        out.loc[blank, column] = given[blank[given.index]]
    file = str(figures["source_file"].iloc[0])
    count = int(found.sum())
    text = LocalizedText(
        f"{count} 行按编号或名称与单元对应上", f"{count} rows joined to the units by id or name"
    )
    notes = [Note(file, "units", text)]
    if not found.all():
        lost = figures[~found]
        again = twice[~found]
        rows = lost["source_row"].fillna(-1).astype(np.int64)[~again]
        told = unmatched_names(
            lost["name"][~again].set_axis(rows),
            pd.Series(None, index=rows, dtype=object),
            base["name"],
        )
        repeated = [shorten(name, 20) for name in lost.loc[again, "name"].head(5)]
        if repeated:
            text = LocalizedText(
                f"重复的行不采用：{'、'.join(repeated)}",
                f"rows that repeat a unit are not used: {', '.join(repeated)}",
            )
            notes.append(Note(file, "name", text))
        if told is not None:
            text = LocalizedText(
                f"{told.zh}；保留但没有边界", f"{told.en}; kept without a boundary"
            )
            notes.append(Note(file, "name", text))
        out = pd.concat([out, lost], ignore_index=True)
    return out, notes


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
            f"{len(shapes)} 个{in_chinese(level)}由注明其归属的单元拼合而成",
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
    row = everyone["source_row"].fillna(pd.Series(everyone.index + 2.0)).astype(np.int64)
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
    bears is reported in a note.
    """
    out: dict[str, gpd.GeoDataFrame] = dict(tables)
    notes: list[Note] = []
    district, town = tables.get("district"), tables.get("town")
    if district is not None:
        out["district"] = district.assign(district=district["unit_id"], town=None)
    if town is not None:
        ids, lost = _belongs(town, district, ("district", "parent"))
        out["town"] = town.assign(district=ids, town=town["unit_id"])
        notes += lost
    for level in LEAVES:
        if level not in tables:
            continue
        leaf = tables[level]
        town_id, lost = _belongs(leaf, town, ("town", "parent"))
        notes += lost
        by_town = _through(town_id, out.get("town"))
        district_id, lost = _belongs(leaf, district, ("district",))
        notes += lost
        stated = leaf["district"].notna() & district_id.notna()
        known = district_id.where(stated | by_town.isna(), by_town)
        out[level] = leaf.assign(town=town_id, district=known)
    for level, table in out.items():
        table = table.assign(town=_none(table["town"]), district=_none(table["district"]))
        parent = table["district"] if level == "town" else table["town"]
        if level in LEAVES:
            parent = parent.where(parent.notna(), table["district"])
        if level == "district":
            parent = pd.Series(None, index=table.index, dtype=object)
        out[level] = table.assign(parent=_none(parent))
    return out, notes


def _through(town_id: pd.Series, towns: gpd.GeoDataFrame | None) -> pd.Series:
    """Return the district of each town id."""
    if towns is None:
        return pd.Series(None, index=town_id.index, dtype=object)
    return _none(town_id.map(dict(zip(towns["unit_id"], towns["district"], strict=True))))


def _belongs(
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
                f"没有名为“{first}”的{in_chinese(column)}（{len(lost)} 个单元），按位置归属",
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
    order = np.lexsort((-holder, shared))
    order = order[shared[order] > 0]
    # Ascending: the largest overlap is written last and stays.
    out[unit[order]] = holder[order]
    return out


def with_city(
    tables: Units, name: str, hull: Any, crs_m: pyproj.CRS
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


def _row(frame: pd.DataFrame, position: int) -> int:
    """Return the row as the source counts it."""
    return int(frame["source_row"].iloc[position]) if "source_row" in frame else position + 2

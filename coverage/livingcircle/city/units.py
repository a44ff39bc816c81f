"""Administrative units: one tidy table for each level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.city.unit_names import find_by_name, unmatched_names
from livingcircle.errors import InputError
from livingcircle.io.notes import Note, shorten
from livingcircle.localized import LocalizedText
from livingcircle.vocab.groups import GROUPS

__all__ = [
    "UNIT_COLUMNS",
    "UNIT_NUMBERS",
    "join_figures",
    "polygons_of",
    "tidy_units",
]

Units = Mapping[str, gpd.GeoDataFrame]

UNIT_NUMBERS = (
    "founded_year",
    *GROUPS,
    "floor_area_m2",
    "service_floor_area_m2",
    "community_workers",
    "qualified_workers",
    "mediators",
    "law_aware_persons",
    "disaster_informants",
    "social_workers",
    "area_km2",
)
"""Columns of units that hold figures."""
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
    *UNIT_NUMBERS,
    "source_file",
    "source_row",
    "geometry",
)
# A repair that moves more than this share of a polygon's area is a guess about what was meant.
_REPAIR_SHARE = 0.001


_AREAS_ZH = {"units": "单元", "urban villages": "城中村", "parcels": "用地"}


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
            LocalizedText(
                f"{_AREAS_ZH.get(what, what)}须为面，而这里是 {geometry[row].geom_type}",
                f"{what} must be areas, and this is a {geometry[row].geom_type}",
            ),
            hint="Give a layer of polygons",
            file=file,
            row=_row(frame, row),
            field="geometry",
        )
    broken = present & ~shapely.is_valid(geometry)
    if not broken.any():
        return frame, []
    repaired = geometry.copy()
    repaired[broken] = shapely.make_valid(
        geometry[broken], method="structure", keep_collapsed=False
    )
    # A bow tie's own area is the difference of its two halves, so it shows in this ratio.
    before, after = shapely.area(geometry[broken]), shapely.area(repaired[broken])
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
    return frame.set_geometry(gpd.GeoSeries(repaired, index=frame.index, crs=frame.crs)), [note]


def tidy_units(frame: gpd.GeoDataFrame, level: str, *, file: str) -> gpd.GeoDataFrame:
    """Return a table of units with the columns of ``UNIT_COLUMNS``, ids still as stated.

    ``parent``, ``town`` and ``district`` hold what the table says (a name or an id) until
    ``livingcircle.city.unit_relations.relate`` turns them into ids.

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
        if column in UNIT_NUMBERS:
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
    # An "id" of unknown meaning (a feature number, say) names no unit, but tables refer to it.
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
        if column not in figures:  # people by sex and decade, say
            continue
        if column not in out:
            out[column] = np.nan
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
        unmatched = unmatched_names(
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
        if unmatched is not None:
            text = LocalizedText(
                f"{unmatched.zh}；保留但没有边界", f"{unmatched.en}; kept without a boundary"
            )
            notes.append(Note(file, "name", text, '[unit_names] "..." = "..."'))
        out = pd.concat([out, lost], ignore_index=True)
    return out, notes


def _row(frame: pd.DataFrame, position: int) -> int:
    """Return the row as the source counts it."""
    return int(frame["source_row"].iloc[position]) if "source_row" in frame else position + 2

"""The tables that city.toml names → tidy facilities, units and urban villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import BoolArray
from livingcircle.city.config import CityConfig, FacilitiesConfig, UnitsConfig, UrbanVillagesConfig
from livingcircle.city.facilities import LEFT_OUT, NOT_OPEN, gather_entrances, tidy_facilities
from livingcircle.city.inputs import Inputs
from livingcircle.city.operation import not_open
from livingcircle.city.osm_intake import (
    note_categories,
    note_matches,
    one_category,
    osm_areas,
    osm_facilities,
)
from livingcircle.city.own_columns import keep_own
from livingcircle.city.units import join_figures, polygons_of, tidy_units
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.notes import shorten, word_in_chinese
from livingcircle.io.object_store import is_object
from livingcircle.io.table.headers import header_key, roles
from livingcircle.io.table.numbers import read_cells
from livingcircle.io.table.records import FIRST_ROW
from livingcircle.io.table.sheets import SHEET_COLUMN
from livingcircle.io.table.where import parse_where
from livingcircle.localized import LocalizedText
from livingcircle.osm.objects import is_osm_file
from livingcircle.secrets import is_address
from livingcircle.vocab.categories import map_categories, near_categories, normalise
from livingcircle.vocab.groups import GROUPS
from livingcircle.vocab.overture import overture_meanings

__all__ = [
    "read_facility_entrances",
    "read_facility_lists",
    "read_unit_tables",
    "read_urban_villages",
]


def read_facility_lists(
    inputs: Inputs, config: CityConfig
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read all lists of facilities.

    Returns
    -------
    tuple
        The rows of all lists, tidy, with ids that are unique among facilities; and the category
        texts that were not understood: value, count, near, source_file.
    """
    tables, unmapped = [], []
    for number, part in enumerate(config.facilities, 1):
        role, name = f"facilities.{number}", inputs.name(part.source)
        path = inputs.find(part.source, role)
        if is_osm_file(path):
            frame, missing = osm_facilities(inputs, part, Path(path), role, config.overrule)
        else:
            frame, missing = _listed_facilities(inputs, part, path, role, config.overrule)
        unmapped.append(missing.assign(source_file=name))
        table = keep_own(tidy_facilities(frame, file=name), frame, inputs.own, "facilities")
        if part.year_data is not None:
            table["year_data"] = table["year_data"].fillna(part.year_data)
        table["facility_id"] = _ids(frame, table, part.source)
        tables.append(gather_entrances(table))
    if not tables:
        empty = gpd.GeoDataFrame({"categories": []}, geometry=[], crs=4326)
        return tidy_facilities(empty, file=""), pd.DataFrame(
            columns=["value", "count", "near", "source_file"]
        )
    everything = pd.concat(tables, ignore_index=True)
    everything["facility_id"] = _apart(everything["facility_id"], tables)
    return everything, pd.concat(unmapped, ignore_index=True)


def read_facility_entrances(
    inputs: Inputs, config: CityConfig, table: gpd.GeoDataFrame
) -> pd.Series:
    """Return the entrances that are given: a MultiPoint for each facility that has any, else None.

    They come from files of points, or with a table in memory.

    Raises
    ------
    InputError
        An entrance belongs to no facility of its list.
    """
    found = pd.Series(None, index=table.index, dtype=object)
    for name, ways_in in inputs.entrances.items():
        row = table["source_row"] - FIRST_ROW
        by_row = row[table["source_file"] == name].map(pd.Series(ways_in, dtype=object))
        found = found.where(found.notna(), by_row.reindex(table.index))
    for number, part in enumerate(config.facilities, 1):
        if part.entrances is None:
            continue
        path = inputs.find(part.entrances, f"facilities.{number}.entrances")
        bare = FacilitiesConfig(source=part.entrances, datum=part.datum)
        points = inputs.table(path, bare, "facilities")
        points = points[points.geometry.notna()]
        key = next((c for c in ("facility_id", "name") if c in points), None)
        own = table[table["source_file"] == inputs.name(part.source)]
        owner = points[key].isin(own[key]) if key else pd.Series(False, index=points.index)
        if not owner.all():
            first = points[~owner].iloc[0]
            raise InputError(
                "this entrance belongs to no facility of the list",
                hint="Give each entrance the facility_id or the name of its facility",
                file=part.entrances,
                row=int(first["source_row"]),
                field=key,
            )
        ways_in = points.geometry.groupby(points[key]).agg(
            lambda group: shapely.multipoints(shapely.get_coordinates(group.to_numpy()))
        )
        found = found.where(found.notna(), own[key].map(ways_in).reindex(table.index))
    return found


def _listed_facilities(
    inputs: Inputs,
    part: FacilitiesConfig,
    path: str | Path,
    role: str,
    overrule: Mapping[str, tuple[str, ...]],
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read a list that is a table; also return the category texts not understood."""
    whole = one_category(part.category, overrule)
    column = None if whole else part.category
    stated: dict[str, str | None] = {column: "category"} if column else {}
    try:
        frame = inputs.table(path, part, "facilities", stated, require_geometry=False)
    except InputError as error:
        near = near_categories(column, 1) if column and error.field == column else ()
        if not near:
            raise
        hint = LocalizedText(
            f'{error.hint.zh} 整个文件同属一类时：category = "{near[0]}"',
            f'{error.hint.en} For one category for the whole file: category = "{near[0]}"',
        )
        raise InputError(
            error.problem, hint=hint, file=error.file, row=error.row, field=error.field
        ) from None
    if frame.geometry.isna().all() and not {"unit", "town", "district"} & set(frame.columns):
        # Nothing says where they are: let the reader say which columns it looked for.
        frame = inputs.table(path, part, "facilities", stated)
    _gather_places(inputs, part.source, frame)
    shut = _not_open(inputs, part.source, frame, part.where)
    if whole is not None:
        frame["category_text"] = part.category
        frame["categories"] = pd.Series([whole] * len(frame), index=frame.index, dtype=object)
        _leave_out(frame, shut)
        return frame, map_categories(pd.Series([], dtype=object)).unmapped
    if "category" not in frame:
        raise ConfigError(
            f"no column of '{inputs.name(part.source)}' holds categories",
            hint='State one: category = "header", or one category for the whole file',
            file=inputs.file,
            field=f"{role}.category",
        )
    if not column:
        _fill_categories(inputs, part.source, frame)
    overrule = _with_overture(inputs, part.source, frame, overrule)
    mapping = map_categories(frame["category"], overrule)
    frame["category_text"] = frame["category"]
    frame["categories"] = mapping.ids
    note_categories(inputs, part.source, mapping.remarks, mapping.unmapped)
    known = {text for text, meant in overrule.items() if not meant}
    frame["status"] = frame["status"].mask(frame["category"].isin(known), LEFT_OUT)
    _leave_out(frame, shut)
    note_matches(inputs, part.source, frame["category"], frame["categories"])
    return frame, mapping.unmapped


def _fill_categories(inputs: Inputs, file: str, frame: gpd.GeoDataFrame) -> None:
    """Fill in ``category`` where the finest of several columns is empty: the next one says it."""
    for coarser in ("中类", "大类"):
        if coarser not in frame:
            continue
        fill = frame["category"].isna() & frame[coarser].notna()
        if fill.any():
            frame["category"] = frame["category"].where(~fill, frame[coarser])
            text = LocalizedText(
                f"也理解为“类别”（category），用于补缺（{fill.sum()} 行）",
                f"read as category too, where there is none ({fill.sum()} rows)",
            )
            inputs.note(file, coarser, text)


def _with_overture(
    inputs: Inputs,
    source: str,
    frame: gpd.GeoDataFrame,
    overrule: Mapping[str, tuple[str, ...]],
) -> Mapping[str, tuple[str, ...]]:
    """Return what texts mean where they are Overture's words; note those that no category has."""
    columns = inputs.tables[-1][2].columns
    header = next((column.own for column in columns if column.role == "category"), "")
    texts = frame["category"].dropna().astype(str)
    words = overture_meanings(header, texts.unique())
    other = texts[texts.map(lambda text: not words.get(normalise(text), (text,)))]
    if len(other):
        listed = other.value_counts()
        first = ", ".join(f"{shorten(t, 30)} × {n}" for t, n in listed.head(8).items())
        text = LocalizedText(
            f"Overture 的其他 {len(listed)} 种场所不属于任何类别（{len(other)} 行）：{first}",
            f"{len(listed)} other kinds of place of Overture's are none of the categories"
            f" ({len(other)} rows): {first}",
        )
        inputs.note(source, "category", text, '[categories] "..." = "..."', match=True)
    return {**words, **overrule}


def _not_open(inputs: Inputs, source: str, frame: gpd.GeoDataFrame, where: str | None) -> BoolArray:
    """Return which rows of a list say that the facility is not in operation."""
    if "operation" not in frame:
        return np.zeros(len(frame), dtype=bool)
    columns = inputs.tables[-1][2].columns
    header = next((c.own for c in columns if c.role == "operation"), "operation")
    if where and any(c.column in (header, "operation") for c in parse_where(where)):
        return np.zeros(len(frame), dtype=bool)
    return not_open(inputs, source, frame["operation"], header)


def _leave_out(frame: gpd.GeoDataFrame, shut: BoolArray) -> None:
    """Keep rows that are not counted, without categories, so that no measure finds them."""
    left = frame["status"].eq(LEFT_OUT).to_numpy()
    shut = shut & ~left
    frame["status"] = frame["status"].mask(shut, NOT_OPEN)
    none = pd.Series([()] * len(frame), index=frame.index, dtype=object)
    frame["categories"] = frame["categories"].where(~(shut | left), none)


def _gather_places(inputs: Inputs, file: str, frame: gpd.GeoDataFrame) -> None:
    """Fill in ``places`` from further columns of places: 床位 of some rows, 托位数 of others."""
    if "places" not in frame:
        return
    known = {header_key(alias) for alias in roles()["places"].aliases}
    for column in [c for c in frame.columns if header_key(str(c)) in known and c != "places"]:
        more = pd.Series(read_cells(frame[column], "count").values, index=frame.index)
        fill = frame["places"].isna() & more.notna()
        frame["places"] = frame["places"].where(~fill, more)
        text = LocalizedText(
            f"也理解为“床位（托位）”（places），用于补缺（{fill.sum()} 行）",
            f"read as places too, where there are none ({fill.sum()} rows)",
        )
        inputs.note(file, shorten(column), text)


def _ids(frame: gpd.GeoDataFrame, table: gpd.GeoDataFrame, source: str) -> pd.Series:
    """Return the id of each row: stated, else the file's name and the row."""
    row = table["source_row"].fillna(pd.Series(np.arange(len(table)) + 2.0)).astype(np.int64)
    # An address holds a login, and ids stand in every output.
    told = source.partition("?")[0] if is_object(source) else source
    database = is_address(source) and not is_object(source)
    name = "database" if database else Path(told).stem.split(".")[0]
    sheet = "" if SHEET_COLUMN not in frame else frame[SHEET_COLUMN].astype(str).to_numpy() + "-"
    own: pd.Series = (name + "-" + sheet + row.astype(str)).astype("string")
    for column in ("facility_id", "id"):
        if column not in frame:
            continue
        stated: pd.Series = frame[column].reset_index(drop=True).astype("string").str.strip()
        stated = stated.mask(stated == "")
        # Rows that share a facility_id are entrances of one facility; a plain id is a number.
        if column == "facility_id" or not stated.dropna().duplicated().any():
            return stated.fillna(own).astype(object)
    return own.astype(object)


def _apart(ids: pd.Series, tables: Sequence[pd.DataFrame]) -> pd.Series:
    """Make ids that two lists share distinct by the number of the list."""
    part = pd.Series(np.repeat(np.arange(1, len(tables) + 1), [len(t) for t in tables]))
    first = part.groupby(ids).transform("min")
    return ids.where(part == first, ids + "@" + part.astype(str))


def read_unit_tables(inputs: Inputs, parts: Sequence[UnitsConfig]) -> dict[str, gpd.GeoDataFrame]:
    """Read all tables of units, tidy, level by level; parents are still as stated.

    A table without boundaries gives figures to the units of its level that have them.
    """
    found: dict[str, list[gpd.GeoDataFrame]] = {}
    for number, part in enumerate(parts, 1):
        path = inputs.find(part.source, f"units.{number}")
        if is_osm_file(path):
            frame = osm_areas(inputs, part, Path(path), f"units.{number}")
        else:
            frame = inputs.table(path, part, "units", require_geometry=False)
            frame = _of_level(inputs, part, frame)
        frame, notes = polygons_of(frame, file=inputs.name(part.source), what="units")
        inputs.notes += notes
        table = tidy_units(frame, part.level, file=inputs.name(part.source))
        table = keep_own(table, frame, inputs.own, "units")
        if part.urban_rural is not None:
            table["urban_rural"] = table["urban_rural"].fillna(part.urban_rural)
        found.setdefault(part.level, []).append(table)
    return {level: _one_table(inputs, tables) for level, tables in found.items()}


def _one_table(inputs: Inputs, tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the tables of one level as one."""
    shapes = [table for table in tables if table.geometry.notna().any()]
    if not shapes:
        file = str(tables[0]["source_file"].iloc[0])
        raise InputError(
            "no table of this level has boundaries",
            hint="Give a boundary file as [[units]] besides",
            file=file,
            field="geometry",
        )
    whole = pd.concat(shapes, ignore_index=True)
    own = [role.name for role in inputs.own if role.fits("units")]
    for table in tables:
        if not table.geometry.notna().any():
            whole, notes = join_figures(whole, table, own)
            inputs.notes += notes
    return whole


def _of_level(inputs: Inputs, part: UnitsConfig, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows of the stated level, where a table holds several levels."""
    if "level" not in frame:
        return frame
    wanted: str = part.level
    if part.admin_level is not None:
        wanted = read_cells(pd.Series([str(part.admin_level)]), "level").values[0]
    kept = frame["level"] == wanted
    if not kept.any():
        if part.admin_level is not None:
            raise InputError(
                f"no row has admin_level {part.admin_level}",
                file=inputs.name(part.source),
                field="admin_level",
            )
        text = LocalizedText(
            f"没有一行注明是{word_in_chinese(wanted)}，全部 {len(frame)} 行按此层级处理",
            f"no row says that it is a {wanted}; all {len(frame)} are taken as such",
        )
        inputs.note(part.source, "level", text)
        return frame
    if not kept.all():
        others = frame.loc[~kept, "level"].fillna("no level").value_counts()
        listed = LocalizedText(
            "、".join(f"{_level_zh(str(level))}（{count}）" for level, count in others.items()),
            ", ".join(f"{level} ({count})" for level, count in others.items()),
        )
        text = LocalizedText(
            f"层级为{word_in_chinese(wanted)}的有 {int(kept.sum())} 行；此处不取：{listed.zh}",
            f"{int(kept.sum())} rows are of level {wanted}; not taken here: {listed.en}",
        )
        inputs.note(part.source, "level", text)
    return frame[kept].reset_index(drop=True)


def _level_zh(level: str) -> str:
    return "未注明层级" if level == "no level" else word_in_chinese(level)


def read_urban_villages(inputs: Inputs, part: UrbanVillagesConfig | None) -> gpd.GeoDataFrame:
    """Read the polygons of urban villages: village_id, name, figures, stated units."""
    columns = ["village_id", "name", *GROUPS, "area_km2", "unit", "town", "district"]
    columns += ["source_file", "source_row"]
    if part is None:
        return gpd.GeoDataFrame({c: [] for c in columns}, geometry=[], crs=4326)
    path = inputs.find(part.source, "urban_villages")
    frame = inputs.table(path, part, "villages")
    frame, notes = polygons_of(frame, file=inputs.name(part.source), what="urban villages")
    inputs.notes += notes
    out = pd.DataFrame(index=pd.RangeIndex(len(frame)))
    for column in columns:
        given = frame[column].to_numpy() if column in frame else None
        if column in (*GROUPS, "area_km2"):
            out[column] = np.nan if given is None else pd.to_numeric(given).astype(np.float64)
        else:
            out[column] = pd.Series(given, index=out.index, dtype=object)
            out[column] = out[column].where(out[column].notna(), None)
    out["source_file"] = inputs.name(part.source)
    number = pd.Series(np.arange(1, len(out) + 1)).astype(str)
    out["name"] = out["name"].fillna("urban village " + number)
    nth = out.groupby("name").cumcount() + 1
    named = out["name"].where(nth == 1, out["name"].astype(str) + "#" + nth.astype(str))
    ids = out["village_id"].fillna(named).astype(str)
    if ids.duplicated().any():
        row = int(np.flatnonzero(ids.duplicated())[0])
        raise InputError(
            f"the village id '{shorten(ids.iloc[row])}' occurs twice",
            hint="Give each urban village its own id",
            file=inputs.name(part.source),
            field="village_id",
        )
    out["village_id"] = ids.astype(object)
    return gpd.GeoDataFrame(out, geometry=frame.geometry.to_numpy(), crs=4326)

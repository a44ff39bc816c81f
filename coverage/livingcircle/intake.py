"""The tables that city.toml names → tidy facilities, units and urban villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.config import CityConfig, FacilitiesConfig, UnitsConfig, UrbanVillagesConfig
from livingcircle.errors import ConfigError, InputError
from livingcircle.facilities import LEFT_OUT, gather_entrances, tidy_facilities
from livingcircle.inputs import Inputs
from livingcircle.sources.categories import (
    categories,
    category_ids,
    map_categories,
    near_categories,
    osm_filters_unmapped,
)
from livingcircle.sources.notes import cut
from livingcircle.sources.numbers import read_cells
from livingcircle.sources.osm_objects import is_osm_file, read_objects
from livingcircle.units import TOTALS, join_figures, polygons_of, tidy_units

__all__ = [
    "read_facility_entrances",
    "read_facility_lists",
    "read_unit_tables",
    "read_urban_villages",
]

# Tags that say what an object is, in the order in which they are quoted.
_OSM_KEYS = (
    "amenity",
    "shop",
    "leisure",
    "healthcare",
    "office",
    "craft",
    "emergency",
    "landuse",
    "highway",
    "social_facility",
    "cuisine",
    "repair",
    "post_office",
)
_UNMAPPED = "?"


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
            frame, missing = _osm_facilities(inputs, part, Path(path), role, config.categories)
        else:
            frame, missing = _listed_facilities(inputs, part, path, role, config.categories)
        unmapped.append(missing.assign(source_file=name))
        table = tidy_facilities(frame, file=name)
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
    """Read the files of entrances: a MultiPoint for each facility that they name, else None.

    Raises
    ------
    InputError
        An entrance belongs to no facility of its list.
    """
    found = pd.Series(None, index=table.index, dtype=object)
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
                mend="Give each entrance the facility_id or the name of its facility",
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
    overrule: Mapping[str, str | list[str]],
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read a list that is a table; also return the category texts not understood."""
    whole = _one_category(part.category)
    column = None if whole else part.category
    stated: dict[str, str | None] = {column: "category"} if column else {}
    frame = inputs.table(path, part, "facilities", stated, require_geometry=False)
    if frame.geometry.isna().all() and not {"unit", "town", "district"} & set(frame.columns):
        # Nothing says where they are: let the reader say which columns it looked for.
        frame = inputs.table(path, part, "facilities", stated)
    if whole is not None:
        frame["category_text"] = part.category
        frame["categories"] = pd.Series([whole] * len(frame), index=frame.index, dtype=object)
        return frame, map_categories(pd.Series([], dtype=object)).unmapped
    if "category" not in frame:
        raise ConfigError(
            f"no column of '{part.source}' holds categories",
            mend='State one: category = "header", or one category for the whole file',
            file=inputs.file,
            field=f"{role}.category",
        )
    mapping = map_categories(frame["category"], overrule)
    frame["category_text"] = frame["category"]
    frame["categories"] = mapping.ids
    _tell(inputs, part.source, mapping.remarks, mapping.unmapped)
    known = {text for text, meant in overrule.items() if meant == []}
    frame["status"] = frame["category"].isin(known).map({True: LEFT_OUT})
    return frame, mapping.unmapped


def _one_category(text: str | None) -> tuple[str, ...] | None:
    """Return the ids of a category that is stated for a whole file, None if it is a column."""
    if text is None:
        return None
    try:
        return category_ids(text)
    except ConfigError:
        return None


def _tell(inputs: Inputs, file: str, remarks: Sequence[str], unmapped: pd.DataFrame) -> None:
    if remarks:
        inputs.note(file, "category", f"remarks in brackets left out: {'; '.join(remarks[:5])}")
    for value, count, near in unmapped.head(20).itertuples(index=False):
        hint = f'[categories] "{cut(value, 40)}" = "{near[0] if near else "..."}"'
        text = f"'{cut(value, 40)}' is no category that is known ({count} rows)"
        inputs.note(file, "category", text, hint)


def _osm_facilities(
    inputs: Inputs,
    part: FacilitiesConfig,
    path: Path,
    role: str,
    overrule: Mapping[str, str | list[str]],
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read facilities of an OpenStreetMap extract by tag; also return the tags not understood."""
    wanted = _one_category(part.category)
    if wanted is None and part.category not in (None, "osm"):
        near = near_categories(str(part.category))
        raise ConfigError(
            f"an OpenStreetMap file has no column '{part.category}'",
            mend=f'Write category = "osm"{f" or {near[0]!r}" if near else ""}',
            file=inputs.file,
            field=f"{role}.category",
        )
    filters: dict[str, Sequence[str]] = {
        key: categories()[key].osm for key in wanted or categories()
    }
    filters = {key: texts for key, texts in filters.items() if texts}
    stated = {tag: category_ids(meant) for tag, meant in overrule.items() if "=" in tag}
    if wanted is None:
        filters |= {tag: (tag,) for tag in stated}
        filters[_UNMAPPED] = osm_filters_unmapped()
    elif not filters:
        raise ConfigError(
            f"OpenStreetMap has no tag for '{part.category}'",
            mend="Give a list of these facilities",
            file=inputs.file,
            field=f"{role}.category",
        )
    frame = read_objects(path, filters)
    tags = pd.DataFrame(frame["tags"].tolist(), index=frame.index, dtype=object)
    frame["category_text"] = _quoted(tags, len(frame))
    labels = frame["labels"].explode()
    frame["categories"] = _osm_categories(frame["labels"], stated)
    ignored = labels.isin([tag for tag, ids in stated.items() if not ids])
    ignored = ignored.groupby(level=0).any().reindex(frame.index, fill_value=False)
    frame["status"] = ignored.map({True: LEFT_OUT})
    frame["facility_id"] = frame["osm"]
    frame["source_row"] = np.nan
    _osm_attributes(frame, tags)
    lost = frame.loc[(frame["categories"].str.len() == 0) & ~ignored, "category_text"]
    counts = lost.value_counts()
    unmapped = pd.DataFrame(
        {"value": counts.index, "count": counts.to_numpy(), "near": [()] * len(counts)}
    )
    text = f"{len(frame)} objects taken as facilities by their tags"
    inputs.note(
        inputs.name(part.source),
        "category",
        text,
        '[categories] "amenity=school" = "primary_school"',
    )
    _tell(inputs, part.source, (), unmapped)
    return frame, unmapped


def _osm_categories(labels: pd.Series, stated: Mapping[str, tuple[str, ...]]) -> pd.Series:
    """Return the ids of each tuple of labels; what city.toml states of a tag wins."""
    meant: dict[tuple[str, ...], tuple[str, ...]] = {}
    for found in set(labels):
        said = [key for label in found if label in stated for key in stated[label]]
        plain = [label for label in found if label not in stated and label != _UNMAPPED]
        overruled = any(label in stated for label in found)
        meant[found] = tuple(dict.fromkeys(said if overruled else plain))
    return pd.Series([meant[found] for found in labels], index=labels.index, dtype=object)


def _quoted(tags: pd.DataFrame, count: int) -> pd.Series:
    """Return the tag that says what each object is, as key=value."""
    text = pd.Series(None, index=tags.index if len(tags) else range(count), dtype=object)
    for key in (k for k in _OSM_KEYS if k in tags):
        here = text.isna() & tags[key].notna()
        text = text.mask(here, key + "=" + tags[key].astype("string"))
    return text


def _osm_attributes(frame: gpd.GeoDataFrame, tags: pd.DataFrame) -> None:
    """Fill in what the tags say in figures; what they say otherwise stays unsaid."""
    kinds = {"places": ("capacity", "count"), "open_hours": ("opening_hours", "hours")}
    kinds["founded_year"] = ("start_date", "year")
    for column, (key, kind) in kinds.items():
        if key in tags:
            frame[column] = read_cells(tags[key], kind).values
    if "addr:full" in tags:
        frame["address"] = tags["addr:full"]
    elif "addr:street" in tags:
        number = tags.get("addr:housenumber", pd.Series("", index=tags.index)).fillna("")
        street = tags["addr:street"].astype("string") + " " + number.astype("string")
        frame["address"] = street.str.strip()


def _ids(frame: gpd.GeoDataFrame, table: gpd.GeoDataFrame, source: str) -> pd.Series:
    """Return the id of each row: stated, else the file's name and the row."""
    row = table["source_row"].fillna(pd.Series(np.arange(len(table)) + 2.0)).astype(np.int64)
    own = (Path(source).stem.split(".")[0] + "-" + row.astype(str)).astype("string")
    for column in ("facility_id", "id"):
        if column not in frame:
            continue
        stated = frame[column].reset_index(drop=True).astype("string").str.strip()
        stated = stated.mask(stated == "")
        # Rows that share a facility_id are entrances of one facility; a plain id is a number.
        if column == "facility_id" or not stated.dropna().duplicated().any():
            return stated.fillna(own).astype(object)
    return own.astype(object)


def _apart(ids: pd.Series, tables: Sequence[pd.DataFrame]) -> pd.Series:
    """Tell ids that two lists share apart by the number of the list."""
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
            frame = _osm_areas(inputs, part, Path(path), f"units.{number}")
        else:
            frame = inputs.table(path, part, "units", require_geometry=False)
            frame = _of_level(inputs, part, frame)
        frame, notes = polygons_of(frame, file=inputs.name(part.source), what="units")
        inputs.notes += notes
        table = tidy_units(frame, part.level, file=inputs.name(part.source))
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
            mend="Give a boundary file as [[units]] besides",
            file=file,
            field="geometry",
        )
    whole = pd.concat(shapes, ignore_index=True)
    for table in tables:
        if not table.geometry.notna().any():
            whole, notes = join_figures(whole, table)
            inputs.notes += notes
    return whole


def _of_level(inputs: Inputs, part: UnitsConfig, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows of the stated level, where a table holds several levels."""
    if "level" not in frame:
        return frame
    wanted: Any = part.level
    if part.admin_level is not None:
        wanted = read_cells(pd.Series([str(part.admin_level)]), "level").values[0]
    kept = frame["level"] == wanted
    if not kept.any():
        if part.admin_level is not None:
            raise InputError(
                f"no row has admin_level {part.admin_level}", file=part.source, field="admin_level"
            )
        text = f"no row says that it is a {wanted}; all {len(frame)} are taken as such"
        inputs.note(part.source, "level", text)
        return frame
    if not kept.all():
        others = frame.loc[~kept, "level"].fillna("no level").value_counts()
        listed = ", ".join(f"{level} ({count})" for level, count in others.items())
        text = f"{int(kept.sum())} rows are of level {wanted}; not taken here: {listed}"
        inputs.note(part.source, "level", text)
    return frame[kept].reset_index(drop=True)


def _osm_areas(inputs: Inputs, part: UnitsConfig, path: Path, role: str) -> gpd.GeoDataFrame:
    """Read administrative areas of an OpenStreetMap extract."""
    if part.admin_level is None:
        raise ConfigError(
            "which administrative areas of the OpenStreetMap file?",
            mend="State admin_level, e.g. 8 for streets and towns, 10 for communities",
            file=inputs.file,
            field=f"{role}.admin_level",
        )
    text = f"boundary=administrative & admin_level={part.admin_level}"
    frame = read_objects(path, {"unit": [text]}, nodes=False)
    frame = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])].reset_index(drop=True)
    if frame.empty:
        raise InputError(
            f"the file holds no administrative area of level {part.admin_level}",
            mend="Look up the levels in use, or give a boundary file",
            file=part.source,
        )
    inputs.note(
        inputs.name(part.source), "units", f"{text.replace(' & ', ', ')}: {len(frame)} areas"
    )
    return frame.assign(source_row=np.nan)


def read_urban_villages(inputs: Inputs, part: UrbanVillagesConfig | None) -> gpd.GeoDataFrame:
    """Read the polygons of urban villages: village_id, name, figures, stated units."""
    columns = ["village_id", "name", *TOTALS, "area_km2", "unit", "town", "district"]
    columns += ["source_file", "source_row"]
    if part is None:
        return gpd.GeoDataFrame({c: [] for c in columns}, geometry=[], crs=4326)
    path = inputs.find(part.source, "urban_villages")
    frame = inputs.table(path, part, "villages")
    frame, notes = polygons_of(frame, file=inputs.name(part.source), what="urban villages")
    inputs.notes += notes
    out = pd.DataFrame(index=pd.RangeIndex(len(frame)))
    for column in columns:
        given: Any = frame[column].to_numpy() if column in frame else None
        if column in (*TOTALS, "area_km2"):
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
            f"the village id '{cut(ids.iloc[row])}' occurs twice",
            mend="Give each urban village its own id",
            file=part.source,
            field="village_id",
        )
    out["village_id"] = ids.astype(object)
    return gpd.GeoDataFrame(out, geometry=frame.geometry.to_numpy(), crs=4326)

"""OpenStreetMap extracts as lists: facilities and administrative areas by their tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.city.config import FacilitiesConfig, UnitsConfig
from livingcircle.city.facilities import LEFT_OUT
from livingcircle.city.inputs import Inputs
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.notes import shorten
from livingcircle.io.table.numbers import read_cells
from livingcircle.localized import LocalizedText
from livingcircle.osm.objects import read_objects, tag_filter
from livingcircle.vocab.categories import (
    CategoryId,
    categories,
    category_ids,
    category_name,
    near_categories,
    normalise,
    osm_filters_unmapped,
)

__all__ = ["note_categories", "note_matches", "one_category", "osm_areas", "osm_facilities"]

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


def one_category(
    text: str | None, overrule: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...] | None:
    """Return the ids of a category that is stated for a whole file, None if it is a column."""
    if text is None:
        return None
    mine = overrule.get(normalise(text), ())
    if any(isinstance(key, CategoryId) for key in mine):
        return mine
    try:
        return category_ids(text)
    except ConfigError:
        return None


def note_categories(
    inputs: Inputs, file: str, remarks: Sequence[str], unmapped: pd.DataFrame
) -> None:
    """Note what was left out to understand a category, and what was not understood."""
    if remarks:
        shown = [shorten(remark, 40) for remark in remarks[:5]]
        text = LocalizedText(
            f"括号中的备注已略去：{'；'.join(shown)}",
            f"remarks in brackets left out: {'; '.join(shown)}",
        )
        inputs.note(file, "category", text)
    for value, count, near in unmapped.head(20).itertuples(index=False):
        hint = f'[categories] "{shorten(value, 40)}" = "{near[0] if near else "..."}"'
        text = LocalizedText(
            f"类别“{shorten(value, 40)}”未能识别（{count} 行）",
            f"'{shorten(value, 40)}' is no category that is known ({count} rows)",
        )
        inputs.note(file, "category", text, hint)


def note_matches(inputs: Inputs, file: str, written: pd.Series, ids: pd.Series) -> None:
    """Note which texts of a list were taken as which category, with how many rows each has."""
    pairs = pd.DataFrame({"text": written.astype("string"), "id": ids}).explode("id").dropna()
    for key, texts in pairs.groupby("id", sort=False)["text"]:
        counts = [(shorten(t, 20), int(n)) for t, n in texts.value_counts().head(8).items()]
        category = category_name(str(key))
        rest = texts.nunique() - len(counts)
        text = LocalizedText(
            f"认作“{category.zh}”：{'；'.join(f'{t} × {n}' for t, n in counts)}"
            + f"；另有 {rest} 种" * (rest > 0),
            f"taken as '{category.en}' ({key}): {', '.join(f'{t} × {n}' for t, n in counts)}"
            + f" and {rest} more" * (rest > 0),
        )
        overrule = f'[categories] "{counts[0][0]}" = "..."'
        inputs.note(file, "category", text, overrule, match=True)


def osm_facilities(
    inputs: Inputs,
    part: FacilitiesConfig,
    path: Path,
    role: str,
    overrule: Mapping[str, tuple[str, ...]],
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read facilities of an OpenStreetMap extract by tag; also return the tags not understood."""
    inputs.no_where(part)
    wanted = one_category(part.category, overrule)
    if wanted is None and part.category not in (None, "osm"):
        near = near_categories(str(part.category))
        raise ConfigError(
            f"an OpenStreetMap file has no column '{part.category}'",
            hint=f'Write category = "osm"{f" or {near[0]!r}" if near else ""}',
            file=inputs.file,
            field=f"{role}.category",
        )
    filters: dict[str, Sequence[str]] = {
        key: categories()[key].osm for key in wanted or categories() if key in categories()
    }
    filters = {key: texts for key, texts in filters.items() if texts}
    stated = {tag: category_ids(meant) for tag, meant in overrule.items() if "=" in tag}
    _check_filters(inputs, stated)
    if wanted is None:
        filters |= {tag: (tag,) for tag in stated}
        filters[_UNMAPPED] = osm_filters_unmapped()
    elif not filters:
        raise ConfigError(
            f"OpenStreetMap has no tag for '{part.category}'",
            hint="Give a list of these facilities",
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
    text = LocalizedText(
        f"按标签将 {len(frame)} 个对象认作设施",
        f"{len(frame)} objects taken as facilities by their tags",
    )
    inputs.note(
        inputs.name(part.source),
        "category",
        text,
        '[categories] "amenity=school" = "primary_school"',
    )
    note_categories(inputs, part.source, (), unmapped)
    return frame, unmapped


def _check_filters(inputs: Inputs, stated: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a key of [categories] that is no filter, before the file is read."""
    for text in stated:
        try:
            tag_filter(text)
        except ConfigError as error:
            field = f"categories.{text}"
            raise ConfigError(
                error.problem, hint=error.hint, file=inputs.file, field=field
            ) from None


def _osm_categories(labels: pd.Series, stated: Mapping[str, tuple[str, ...]]) -> pd.Series:
    """Return the ids of each tuple of labels; what city.toml states of a tag wins."""
    meant: dict[tuple[str, ...], tuple[str, ...]] = {}
    for found in set(labels):
        shown = [key for label in found if label in stated for key in stated[label]]
        plain = [label for label in found if label not in stated and label != _UNMAPPED]
        overruled = any(label in stated for label in found)
        meant[found] = tuple(dict.fromkeys(shown if overruled else plain))
    return pd.Series([meant[found] for found in labels], index=labels.index, dtype=object)


def _quoted(tags: pd.DataFrame, count: int) -> pd.Series:
    """Return the tag that says what each object is, as key=value."""
    text = pd.Series(None, index=tags.index if len(tags) else range(count), dtype=object)
    for key in (k for k in _OSM_KEYS if k in tags):
        here = text.isna() & tags[key].notna()
        text = text.mask(here, key + "=" + tags[key].astype("string"))
    return text


def _osm_attributes(frame: gpd.GeoDataFrame, tags: pd.DataFrame) -> None:
    """Fill numeric columns from tags; other values stay empty."""
    kinds = {"places": ("capacity", "count"), "open_hours": ("opening_hours", "hours")}
    if "opening_hours" in tags:
        frame["opening"] = tags["opening_hours"]
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


def osm_areas(inputs: Inputs, part: UnitsConfig, path: Path, role: str) -> gpd.GeoDataFrame:
    """Read administrative areas of an OpenStreetMap extract."""
    inputs.no_where(part)
    if part.admin_level is None:
        raise ConfigError(
            "which administrative areas of the OpenStreetMap file?",
            hint="State admin_level, e.g. 8 for streets and towns, 10 for communities",
            file=inputs.file,
            field=f"{role}.admin_level",
        )
    text = f"boundary=administrative & admin_level={part.admin_level}"
    frame = read_objects(path, {"unit": [text]}, nodes=False)
    frame = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])].reset_index(drop=True)
    if frame.empty:
        raise InputError(
            f"the file holds no administrative area of level {part.admin_level}",
            hint="Look up the levels in use, or give a boundary file",
            file=part.source,
        )
    tags = text.replace(" & ", ", ")
    counted = LocalizedText(f"{tags}：{len(frame)} 个区域", f"{tags}: {len(frame)} areas")
    inputs.note(inputs.name(part.source), "units", counted)
    return frame.assign(source_row=np.nan)

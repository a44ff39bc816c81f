"""A city from tables in memory: handed to the same readers, and to the same checks, as files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pydantic import ValidationError
from shapely import MultiPoint, Point

from livingcircle.arguments import wrong_type
from livingcircle.city.assign_units import ASSIGNED_COLUMNS
from livingcircle.city.city_file import known_categories
from livingcircle.city.config import CityConfig
from livingcircle.city.inputs import InputFile, Inputs
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.column_names import refuse_repeated_columns
from livingcircle.io.datum.degrees import in_degrees
from livingcircle.localized import LocalizedText
from livingcircle.vocab.levels import BELOW_CITY, UNIT_LEVELS

__all__ = ["frame_inputs"]

# What an earlier city worked out for its tables; it is worked out again.
_DERIVED = {
    "facilities": ["categories", *BELOW_CITY, "unit_by_location"],
    "demand": [*ASSIGNED_COLUMNS, "urban_village", "weight"],
    "villages": [*ASSIGNED_COLUMNS],
    "units": [],
    "land_use": [*ASSIGNED_COLUMNS, "residential"],
}
_PROVENANCE = ["source_file", "source_row", "status", "reason", "reason_zh", "category_text"]
_IDS = {
    "facilities": "facility_id", "demand": "demand_id", "units": "unit_id",
    "villages": "village_id", "land_use": "parcel_id",
}  # fmt: skip


def frame_inputs(
    facilities: gpd.GeoDataFrame | None,
    demand: gpd.GeoDataFrame | None,
    units: Mapping[str, gpd.GeoDataFrame] | None,
    urban_villages: gpd.GeoDataFrame | None,
    land_use: gpd.GeoDataFrame | None,
    stated: Mapping[str, object],
) -> tuple[Inputs, CityConfig]:
    """Return tables in memory as inputs, and the city.toml that would name them.

    Parameters
    ----------
    facilities, demand, units, urban_villages, land_use
        As of ``livingcircle.City.from_frames``.
    stated
        The tables of city.toml that name no file: ``city``, ``network``, ``assess``,
        ``categories``, ``vocabulary``.

    Raises
    ------
    WrongTypeError, InputError, ConfigError
        Something is no GeoDataFrame, has no CRS or no row, or is no level, name or pack.
    """
    inputs = Inputs(Path("from_frames"))
    config: dict[str, object] = dict(stated)
    if facilities is not None:
        _add(inputs, "facilities", facilities, "facilities.1", "facilities")
        config["facilities"] = [{"source": "facilities"}]
    if demand is not None:
        _add(inputs, "demand", demand, "demand", "demand")
        config["demand"] = {"source": "demand"}
    if urban_villages is not None and len(urban_villages):
        _add(inputs, "urban_villages", urban_villages, "urban_villages", "villages")
        config["urban_villages"] = {"source": "urban_villages"}
    if land_use is not None and len(land_use):
        _add(inputs, "land_use", land_use, "land_use", "land_use")
        config["land_use"] = {"source": "land_use"}
    if units is not None and not isinstance(units, Mapping):
        wanted = LocalizedText("层级 → 表的字典", "a mapping of levels to tables")
        raise wrong_type(units, "units", wanted)
    listed: list[dict[str, str]] = []
    for number, (level, table) in enumerate((units or {}).items(), 1):
        if level not in UNIT_LEVELS:
            levels = ", ".join(UNIT_LEVELS)
            raise ConfigError(
                LocalizedText(f"没有“{level}”这一层级", f"there is no level '{level}'"),
                field="units",
                hint=LocalizedText(f"可用：{levels}。", f"Use {levels}."),
            )
        if level == "city":  # the outline of all units, as every city has it
            continue
        _add(inputs, f"units[{level}]", table, f"units.{number}", "units")
        listed.append({"source": f"units[{level}]", "level": level})
    return inputs, _validated({**config, "units": listed})


def _validated(config: Mapping[str, object]) -> CityConfig:
    """Return the model of what was stated, or say which argument is wrong."""
    try:
        made = CityConfig.model_validate(config)
    except ValidationError as error:
        fault = error.errors()[0]
        # Below the argument stand its own keys: districts.东城区, vocabulary.walkers.pram.
        place = [str(step) for step in fault["loc"]]
        inner = place[1:] if place[0] in ("city", "network", "assess") else place
        field = ".".join(inner) or place[0]
        message = str(fault["msg"]).removeprefix("Value error, ")
        raise ConfigError(
            LocalizedText(f"{field} 的值无效：{message}", message), field=field
        ) from None
    known_categories(made)
    return made


def _add(inputs: Inputs, name: str, table: gpd.GeoDataFrame, role: str, kind: str) -> None:
    """Check one table and add it to the inputs, as the reader of tables takes it."""
    if not isinstance(table, gpd.GeoDataFrame):
        raise wrong_type(table, name, LocalizedText("GeoDataFrame", "a GeoDataFrame"))
    if table.active_geometry_name is None or table.crs is None:
        raise InputError(
            LocalizedText("表没有坐标参考系", "the table has no coordinate reference system"),
            field=name,
            hint=LocalizedText("请先设置：set_crs。", "Set its CRS (set_crs)."),
        )
    refuse_repeated_columns(table, name)
    if not len(table):
        raise InputError(
            LocalizedText("表中没有行", "the table has no row"),
            field=name,
            hint=LocalizedText("没有时请不要传入。", "Leave it out if there is none."),
        )
    frame = table
    if table.active_geometry_name != "geometry":
        # A second column of that name holds something else.
        frame = table.drop(columns="geometry", errors="ignore").rename_geometry("geometry")
    frame = in_degrees(frame, field=name)
    columns = set(frame.columns)
    if kind == "facilities" and "categories" in columns and "category" not in columns:
        frame = frame.assign(category=frame["categories"].map(_joined_categories))
    if "entrances" in columns and kind == "facilities":
        inputs.entrances[name] = _ways_in(frame["entrances"], table.crs)
        frame = frame.drop(columns="entrances")
    if _IDS[kind] not in columns and not _is_numbering(frame.index):
        frame = frame.assign(**{_IDS[kind]: _labels(frame.index)})
    earlier = [*_DERIVED[kind], *_PROVENANCE] if "source_file" in columns else []
    frame = frame.drop(columns=earlier, errors="ignore").reset_index(drop=True)
    stated = {f"{name}_stated": name for name in ("estate", "town", "district")}
    frame = frame.rename(columns={a: b for a, b in stated.items() if b not in frame})
    inputs.frames[name] = frame
    inputs.shown[name] = name
    inputs.files.append(InputFile(role, name, _hash(frame), None, None))


def _is_numbering(index: pd.Index) -> bool:
    """Whether an index is the one that pandas gives a table by itself, and no ids of a caller's.

    Labels of equal steps become a RangeIndex as well: 0, 2, 4 of the rows that a filter left.
    """
    plain = isinstance(index, pd.RangeIndex) and index.name is None
    return plain and index.equals(pd.RangeIndex(len(index)))


def _labels(index: pd.Index) -> np.ndarray:
    """Return the labels of an index as text; of several levels joined by dashes."""
    if isinstance(index, pd.MultiIndex):
        return np.array(["-".join(map(str, label)) for label in index], dtype=object)
    return np.asarray(index.astype(str).to_numpy(dtype=object))


def _joined_categories(listed: object) -> str | None:
    """Return the categories of one facility as a cell of a file would hold them."""
    if isinstance(listed, str):
        return listed or None
    if isinstance(listed, Iterable):
        return "|".join(map(str, listed)) or None
    return None if pd.isna(listed) else str(listed)  # type: ignore[call-overload]


def _ways_in(column: pd.Series, crs: pyproj.CRS) -> np.ndarray:
    """Return the entrances as MultiPoints in WGS 84, None where none are given."""
    shapes = column.to_numpy(dtype=object)
    missing = pd.isna(column).to_numpy()
    point = np.array([isinstance(one, Point | MultiPoint) for one in shapes], dtype=bool)
    if not (point | missing).all():
        row = int(np.flatnonzero(~point & ~missing)[0])
        raise InputError(
            LocalizedText("入口不是点", "the entrances are no points"),
            field="facilities.entrances",
            row=row,
            hint=LocalizedText("请给出 Point 或 MultiPoint。", "Give a Point or a MultiPoint."),
        )
    # A second column of geometry has a system of its own, or that of the table.
    given = gpd.GeoSeries(
        np.where(missing, np.array(None), shapes), crs=getattr(column, "crs", None) or crs
    )
    return np.array(
        [
            None if shape is None else shapely.multipoints(shapely.get_coordinates(shape))
            for shape in given.to_crs(4326)
        ],
        dtype=object,
    )


def _hash(frame: gpd.GeoDataFrame) -> str:
    """Return a hash of what a table holds, so that two runs can be compared."""
    digest = hashlib.sha256("\n".join(map(str, frame.columns)).encode())
    plain = pd.DataFrame(frame.drop(columns="geometry")).astype(str)
    digest.update(pd.util.hash_pandas_object(plain, index=False).to_numpy().tobytes())
    digest.update(b"".join(shape or b"-" for shape in shapely.to_wkb(frame.geometry.to_numpy())))
    return digest.hexdigest()

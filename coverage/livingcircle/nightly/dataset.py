"""Results of many cities and nights as one dataset: GeoParquet in Hive partitions.

``<table>/city=<slug>/date=<day>/part-0.parquet``, which DuckDB, GeoPandas, pyarrow and Spark read
as one table with the columns ``city`` and ``date``. Every table has the same columns of the same
types in every city, whatever its plans.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import geopandas as gpd
import pandas as pd
import pyogrio

from livingcircle.compare.run_record import RunRecord
from livingcircle.compare.tables import read_tables
from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.atomic import replaced_file
from livingcircle.io.csv_safety import plain_text
from livingcircle.io.object_store import folder_of, store_of
from livingcircle.localized import LocalizedText
from livingcircle.publish.frames import column
from livingcircle.secrets import masked

__all__ = ["DATASET_TABLES", "partition", "write_partitions"]

_TEXT, _NUMBER, _COUNT, _FLAG = "string", "float64", "Int64", "boolean"

DATASET_TABLES: dict[str, dict[str, str]] = {
    "findings": {
        "id": _TEXT, "pack": _TEXT, "clause": _TEXT, "kind": _TEXT, "statement_zh": _TEXT,
        "statement_en": _TEXT, "status": _TEXT, "value": _NUMBER, "target": _NUMBER,
        "unit": _TEXT, "due": _COUNT, "is_due": _FLAG, "force": _TEXT, "group": _TEXT,
        "people_left_out": _NUMBER, "households_left_out": _NUMBER, "gaps": _COUNT,
        "depends_on_reading": _FLAG, "missing": _TEXT,
    },
    "gaps": {
        "standard": _TEXT, "rank": _COUNT, "gap_id": _TEXT, "unit_id": _TEXT,
        "unit_name": _TEXT, "level": _TEXT, "people": _NUMBER, "households": _NUMBER,
        "facility_id": _TEXT, "facility_name": _TEXT, "metres": _NUMBER,
        "straight_m": _NUMBER, "reason": _TEXT, "barrier": _TEXT, "lon": _NUMBER,
        "lat": _NUMBER,
    },
    "units": {
        "unit_id": _TEXT, "name": _TEXT, "level": _TEXT, "town": _TEXT, "district": _TEXT,
        "residents": _NUMBER, "households": _NUMBER, "short": _COUNT, "met": _COUNT,
        "unknown": _COUNT,
    },
    "unit_findings": {
        "unit_id": _TEXT, "level": _TEXT, "standard": _TEXT, "status": _TEXT, "value": _NUMBER,
    },
}  # fmt: skip
"""Table → column → type; ``gaps`` (points) and ``units`` (areas) have a geometry, EPSG:4326."""

_NOT_IN_A_VALUE = re.compile(r'[\x00-\x1f"#%\'*/:=?\\{}\[\]^|<>]')


def partition(table: str, city: str, date: str) -> str:
    """Return where a table's rows of one city and day are, relative to the dataset.

    >>> partition("gaps", "a=b", "2026-11-26")
    'gaps/city=a%3Db/date=2026-11-26/part-0.parquet'
    """
    value = _NOT_IN_A_VALUE.sub(lambda sign: quote(sign[0], safe=""), city)
    return f"{table}/city={value}/date={date}/part-0.parquet"


def write_partitions(dataset: str, city: str, data: Path, *, again: bool = True) -> list[str]:
    """Write what a run of a city found into a dataset.

    Parameters
    ----------
    dataset
        A folder, or the address of one in an object store; created where absent. What it holds of
        other cities and days stays.
    city
        What the city is called there.
    data
        The folder that the run wrote.
    again
        Also where that day is there already.

    Returns
    -------
    list
        The partitions that were written.

    Raises
    ------
    LivingCircleError
        `data` is not what a run writes, or the dataset cannot be written.
    """
    names = {table: partition(table, city, _day(data)) for table in DATASET_TABLES}
    if not again and all(_is_there(dataset, name) for name in names.values()):
        return []
    tables = read_tables(data)
    with _reading(data):
        contents = {table: _bytes(frame) for table, frame in _tables(data, tables.gaps, tables.run)}
    for table, content in contents.items():
        _put(dataset, names[table], content)
    return list(names.values())


@contextlib.contextmanager
def _reading(data: Path) -> Iterator[None]:
    """Say in one line whatever a file of the run cannot be read for."""
    try:
        yield
    except LivingCircleError:
        raise
    except Exception as error:
        reason = _reason(error)
        raise InputError(
            LocalizedText(f"结果无法读取（{reason}）", f"the results cannot be read ({reason})"),
            hint=LocalizedText("重新运行该城市", "Run the city again"),
            file=data,
        ) from error


@contextlib.contextmanager
def _asking(dataset: str) -> Iterator[None]:
    """Say in one line why a dataset does not answer: drivers have errors of their own."""
    try:
        yield
    except LivingCircleError:
        raise
    except Exception as error:
        reason = _reason(error, dataset)
        raise InputError(
            LocalizedText(f"无法写入数据集（{reason}）", f"the dataset takes nothing ({reason})"),
            hint="Check the folder or the address, and its login",
            file=masked(dataset),
        ) from error


def _reason(error: Exception, address: str | None = None) -> str:
    return " ".join(masked(str(error) or type(error).__name__, address).split())[:160]


def _day(data: Path) -> str:
    """Return the day of a run, as run.json states it."""
    file = data / "run.json"
    try:
        day = str(json.loads(file.read_text(encoding="utf-8"))["finished"])[:10]
        return datetime.date.fromisoformat(day).isoformat()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "is not what a run writes", hint="Run the city again", file=file
        ) from error


def _tables(data: Path, gaps: pd.DataFrame, run: RunRecord) -> Iterator[tuple[str, pd.DataFrame]]:
    base = _geopackage(data, run)
    findings = pyogrio.read_dataframe(base, layer="findings")
    yield "findings", _typed(findings, "findings")
    points = gpd.points_from_xy(gaps["lon"], gaps["lat"], crs=4326)
    yield "gaps", gpd.GeoDataFrame(_typed(gaps, "gaps"), geometry=points)
    layers = [name for name in (run.get("layers") or {}) if name.startswith("units_")]
    units = [pyogrio.read_dataframe(base, layer=name) for name in layers]
    together = [
        gpd.GeoDataFrame(_typed(table, "units"), geometry=table.geometry) for table in units
    ]
    none = gpd.GeoDataFrame(_typed(pd.DataFrame(), "units"), geometry=[], crs=4326)
    yield "units", pd.concat(together, ignore_index=True) if together else none
    ids = list(dict.fromkeys(findings["id"].astype(str)))
    rows = [_long(table, standard) for table in units for standard in ids]
    rows = [part for part in rows if len(part)]
    long = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    yield "unit_findings", _typed(long, "unit_findings")


def _long(units: pd.DataFrame, standard: str) -> pd.DataFrame:
    """Return what a standard found of the units of one level, one row per unit that it judges."""
    status, value = column(standard, "status"), column(standard, "value")
    if status not in units:
        return pd.DataFrame()
    own = units[units[status].notna()]
    told = {"unit_id": own["unit_id"], "level": own["level"], "standard": standard}
    return pd.DataFrame(told | {"status": own[status], "value": own.get(value)})


def _typed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return the table's columns in its types; empty texts are missing."""
    out = {}
    for name, kind in DATASET_TABLES[table].items():
        values = frame[name] if name in frame else pd.Series(None, index=frame.index, dtype=object)
        if kind in (_NUMBER, _COUNT):
            values = pd.to_numeric(values, errors="coerce")
        elif kind == _TEXT:
            # A table for spreadsheets guards its texts; names are to join with those of units.
            values = values.map(plain_text).astype("string")
            values = values.mask(values.eq("").fillna(False))
        out[name] = values.astype(pd.api.types.pandas_dtype(kind))
    return pd.DataFrame(out, index=frame.index)


def _geopackage(data: Path, run: RunRecord) -> Path:
    names = [str(entry.get("file")) for entry in run.get("outputs") or []]
    found = [data / name for name in names if name.endswith(".gpkg") and "/" not in name]
    if not found or not found[0].is_file():
        raise InputError("holds no GeoPackage", hint="Run the city again", file=data)
    return found[0]


def _bytes(frame: pd.DataFrame) -> bytes:
    held = io.BytesIO()
    frame.to_parquet(held, index=False)
    return held.getvalue()


def _is_there(dataset: str, name: str) -> bool:
    with _asking(dataset):
        folder = folder_of(dataset)
        if folder is not None:
            return (folder / name).is_file()
        fs, root = store_of(dataset)
        return bool(fs.exists(f"{root.rstrip('/')}/{name}"))


def _put(dataset: str, name: str, content: bytes) -> None:
    """Write one file, whole or not at all."""
    with _asking(dataset):
        folder = folder_of(dataset)
        if folder is None:
            fs, root = store_of(dataset)
            path = f"{root.rstrip('/')}/{name}"
            fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            fs.pipe_file(path, content)
            return
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with replaced_file(place, begins=b"PAR1") as beside:
            beside.write_bytes(content)

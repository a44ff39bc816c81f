"""Open a source, whatever it is: find its format from its bytes and hand out a grid or a layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from livingcircle._nearest import did_you_mean
from livingcircle.errors import InputError, MissingFileError
from livingcircle.io.formats.bounds import check_size, refuse_special
from livingcircle.io.formats.database import is_database, read_database
from livingcircle.io.formats.excel import read_workbook
from livingcircle.io.formats.gdal import refuse_virtual
from livingcircle.io.formats.grid import Grid
from livingcircle.io.formats.text import read_text
from livingcircle.io.formats.vector import Layer, read_parquet, read_vector
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText
from livingcircle.secrets import is_address

__all__ = ["check_file", "open_source"]

_VECTOR = {
    ".gpkg", ".geojson", ".json", ".geojsonl", ".shp", ".dbf", ".fgb", ".kml", ".kmz", ".gml",
    ".tab", ".mif", ".gpx", ".gdb", ".sqlite",
}  # fmt: skip
_PARQUET = {".parquet", ".geoparquet", ".pq"}
_NETWORKS = {".pbf", ".osm", ".graphml"}
_FORMATS = (
    "CSV, XLSX, XLS, GeoJSON, GeoPackage, shapefile, FlatGeobuf, GeoParquet and PostGIS are read"
)


def open_source(
    source: Any,
    *,
    layer: str | None = None,
    sheet: str | int | None = None,
    encoding: str | None = None,
    prefer: str | None = None,
) -> Grid | Layer:
    """Open a source as a grid of text cells or as a layer.

    Parameters
    ----------
    source
        Path of a file, SQLAlchemy URL of a PostGIS database, or a DataFrame.
    layer, sheet, encoding
        As of `livingcircle.io.table.read.read_table`.
    prefer
        Type of geometry ("Line") that tells the layer to read where several are there.

    Raises
    ------
    MissingFileError, InputError
        If it is not there or cannot be read.
    """
    if isinstance(source, gpd.GeoDataFrame | pd.DataFrame):
        return Layer(source.reset_index(drop=True), "DataFrame", ())
    if is_database(source):
        return read_database(source, layer=layer)
    if is_address(source):
        raise InputError(
            "this is an address, and files of this machine are read",
            hint="Download it and name the file; of databases PostGIS is read.",
            file=source,
        )
    path, file = Path(source), str(source)
    check_file(path)
    format_, notes = _format(path, file)
    opened: Grid | Layer
    if format_ == "parquet":
        opened = read_parquet(path, file)
    elif format_ == "vector":
        opened = read_vector(path, file, layer=layer, encoding=encoding, prefer=prefer)
    elif format_ == "workbook":
        check_size(path, file)
        opened = read_workbook(path.read_bytes(), file, sheet=sheet)
    else:
        check_size(path, file)
        opened = read_text(path.read_bytes(), file, encoding=encoding)
    return replace(opened, notes=(*notes, *opened.notes))


def check_file(path: Path) -> None:
    """Refuse a path that is no readable file.

    Raises
    ------
    MissingFileError
        If it is not there; names a file beside it that is called alike.
    InputError
        If it is a folder, cannot be opened, or is empty.
    """
    refuse_special(path)
    try:
        if path.is_dir() and path.suffix.lower() != ".gdb":
            raise InputError("this is a folder", hint="Name a file in it.", file=path)
        if not path.exists():
            names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise MissingFileError(
                "there is no such file",
                hint=did_you_mean(path.name, names, "Check the path."),
                file=path,
            )
        if path.is_file():
            with path.open("rb") as stream:
                if not stream.read(1):
                    raise InputError("the file is empty", hint="Export it again.", file=path)
    # ValueError: a zero byte in the path.
    except (OSError, ValueError) as error:
        if isinstance(error, InputError | MissingFileError):
            raise
        raise InputError(
            f"the file cannot be opened ({getattr(error, 'strerror', None) or error})",
            hint="Check its name and who may read it.",
            file=path,
        ) from error


def _format(path: Path, file: str) -> tuple[str, list[Note]]:
    """Return the format that the bytes show; the ending only decides between the rest."""
    suffix = path.suffix.lower()
    if path.is_dir():
        return "vector", []
    refuse_virtual(path, file)
    with path.open("rb") as stream:
        head = stream.read(4096)
    shown_format = _by_magic(head, suffix, file)
    if shown_format is None:
        # MapInfo and tab-separated text share an ending.
        if suffix in _VECTOR and not (suffix == ".tab" and not head.lower().startswith(b"!table")):
            return "vector", []
        if suffix in _PARQUET:
            return "parquet", []
        return "text", _surprise(file, suffix, "text")
    return shown_format, _surprise(file, suffix, shown_format)


def _by_magic(head: bytes, suffix: str, file: str) -> str | None:
    """Return the format that the first bytes name, None where they do not."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"PK"):
        return "vector" if suffix in (".zip", ".kmz") else "workbook"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "workbook"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"SQLite format 3\0", b"fgb")) or start.startswith((b"{", b'[{"')):
        return "vector"
    if start[:15].lower().startswith((b"<html", b"<table", b"<!doctype html", b"<meta")):
        raise InputError(
            "the file is a web page, whatever its ending says",
            hint="Open it in Excel or WPS and save it as XLSX.",
            file=file,
        )
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise InputError(
            "the file is an XML spreadsheet of 2003",
            hint="Open it in Excel or WPS and save it as XLSX.",
            file=file,
        )
    if head.startswith(b"%PDF") or head[:8] in (b"\x89PNG\r\n\x1a\n",) or head[:2] == b"\xff\xd8":
        raise InputError("the file is a document or a picture", hint=f"{_FORMATS}.", file=file)
    if suffix in _NETWORKS:
        raise InputError(
            "the file is a network or an OSM extract, not a table", hint=f"{_FORMATS}.", file=file
        )
    return None


def _surprise(file: str, suffix: str, found: str) -> list[Note]:
    """Return a note where the ending names another format."""
    expected = {
        "workbook": {".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".et"},
        "text": {".csv", ".txt", ".tsv", ".tab", ".dat", ""},
        "vector": _VECTOR | {".zip"},
        "parquet": _PARQUET,
    }
    if suffix in expected[found]:
        return []
    kind = {
        "workbook": LocalizedText("工作簿", "a workbook"),
        "text": LocalizedText("文本表格", "text"),
        "vector": LocalizedText("空间图层", "a layer"),
        "parquet": LocalizedText(" Parquet", "Parquet"),
    }[found]
    text = LocalizedText(
        f"扩展名{f'为 {suffix}' if suffix else '缺失'}，内容却是{kind.zh}",
        f"the ending is {suffix or 'missing'}, but it is {kind.en}",
    )
    return [Note(file, "format", text)]

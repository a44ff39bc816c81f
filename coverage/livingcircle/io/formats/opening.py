"""Open a source, whatever it is: find its format from its bytes and hand out a grid or a layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from livingcircle._nearest import did_you_mean
from livingcircle.errors import ConfigError, InputError, LivingCircleError, MissingFileError
from livingcircle.io.formats.bounds import refuse_special
from livingcircle.io.formats.database import is_database, read_database
from livingcircle.io.formats.gdal import refuse_virtual
from livingcircle.io.formats.grid import Grid
from livingcircle.io.formats.reader import Layer, Reader, Request, TableSource
from livingcircle.io.formats.registry import (
    NETWORK_ENDINGS,
    is_built_in,
    reader_by_ending,
    reader_of,
)
from livingcircle.io.notes import Note, shorten
from livingcircle.io.object_store import fetched, is_object
from livingcircle.localized import LocalizedText
from livingcircle.secrets import is_address

__all__ = ["check_file", "open_source"]

_FORMATS = (
    "CSV, XLSX, XLS, GeoJSON, GeoPackage, shapefile, FlatGeobuf, GeoParquet and PostGIS are read"
)


def open_source(
    source: TableSource,
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
    if isinstance(source, str) and is_database(source):
        return read_database(source, layer=layer)
    if isinstance(source, str) and is_object(source):
        source = fetched(source)
    if isinstance(source, str) and is_address(source):
        raise InputError(
            "this is an address, and files of this machine are read",
            hint="Download it and name the file; of databases PostGIS is read.",
            file=source,
        )
    path, file = Path(source), str(source)
    check_file(path)
    reader, notes = _reader(path, file)
    opened = _read(reader, Request(path, file, layer, sheet, encoding, prefer))
    return replace(opened, notes=(*notes, *opened.notes))


def _read(reader: Reader, asked: Request) -> Grid | Layer:
    """Read a file, and check that the reader returns what ``Reader.read`` has to."""
    try:
        found = reader.read(asked)
    except LivingCircleError:
        raise
    except Exception as error:
        if is_built_in(reader):
            raise
        # A plug-in is foreign code and may raise anything.
        raise InputError(
            f"the reader '{reader.name}' of a plug-in cannot read it ({shorten(error, 120)})",
            hint="Check the file, or update the plug-in",
            file=asked.file,
        ) from error
    if isinstance(found, Grid | Layer):
        return found
    if isinstance(found, pd.DataFrame):
        return Layer(found.reset_index(drop=True), asked.file, ())
    raise ConfigError(
        f"the reader '{reader.name}' of a plug-in returned a {type(found).__name__}",
        hint="It has to return a Grid, a Layer, a GeoDataFrame or a DataFrame",
        file=asked.file,
    )


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


def _reader(path: Path, file: str) -> tuple[Reader, list[Note]]:
    """Return the reader of the format that the bytes show, else of the ending."""
    suffix, head = path.suffix.lower(), b""
    if path.is_file():
        refuse_virtual(path, file)
        with path.open("rb") as stream:
            head = stream.read(4096)
    found = reader_of(head, suffix)
    if found is None:
        _refuse(head, suffix, file)
        found = reader_by_ending(head, suffix)
    return found, _surprise(file, suffix, found)


def _refuse(head: bytes, suffix: str, file: str) -> None:
    """Refuse what is no table, and say how to convert it."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
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
    if head.startswith((b"Rar!", b"7z\xbc\xaf'\x1c")):
        raise InputError(
            "the file is an archive (RAR, 7z)", hint="Unpack it and name one file.", file=file
        )
    if head.startswith(b"AC10") or suffix in (".dwg", ".dxf"):
        raise InputError(
            "the file is a CAD drawing",
            hint="Export its layer from CAD or QGIS as GeoPackage or shapefile.",
            file=file,
        )
    if suffix in NETWORK_ENDINGS:
        raise InputError(
            "the file is a network or an OSM extract, not a table", hint=f"{_FORMATS}.", file=file
        )


def _surprise(file: str, suffix: str, found: Reader) -> list[Note]:
    """Return a note where a file's ending names another format than its content."""
    if suffix in found.suffixes:
        return []
    text = LocalizedText(
        f"扩展名{f'为 {suffix}' if suffix else '缺失'}，内容却是{found.what.zh}",
        f"the ending is {suffix or 'missing'}, but it is {found.what.en}",
    )
    return [Note(file, "format", text)]

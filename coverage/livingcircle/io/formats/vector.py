"""Geographic files (GeoPackage, GeoJSON, shapefile, FlatGeobuf, GeoParquet, ...) as a layer."""

from __future__ import annotations

import contextlib
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet
import shapely

from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.formats.bounds import check_columns, check_zip
from livingcircle.io.formats.gdal import (
    is_empty,
    list_layers,
    plain_path,
    read_layer,
    refuse_virtual,
)
from livingcircle.io.formats.mapinfo import in_own_encoding
from livingcircle.io.formats.named_system import in_named_system
from livingcircle.io.formats.reader import Layer, Reader, Request
from livingcircle.io.formats.shapefile import check_shapefile, dbf_encoding, decode_dbf
from livingcircle.io.notes import Note, shorten
from livingcircle.localized import LocalizedText

__all__ = ["PARQUET", "VECTOR", "read_parquet", "read_vector"]

# Tables that QGIS and GDAL put beside the layers.
_NO_LAYERS = {"layer_styles", "qgis_projects", "data_licenses"}
# A .dbf cuts names and values at a number of bytes, within a character where it falls so, and GDAL
# passes that on as an error; so its text is taken as bytes (one character each) and decoded here.
_AS_BYTES = "ISO-8859-1"


def read_vector(
    path: Path,
    file: str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    prefer: str | None = None,
) -> Layer:
    """Read one layer of anything that GDAL opens.

    Parameters
    ----------
    path
        The file (a folder for a .gdb; a .zip that holds one shapefile).
    file
        Its name, for messages.
    layer
        Needed where there are several.
    encoding
        Of a .dbf; found from its bytes where None, whatever its .cpg says.
    prefer
        Type of geometry ("Line") that tells the layer to read where several are there.

    Raises
    ------
    InputError
        If GDAL cannot read it, if it is cut off, or if the layer is not there or not stated.
    """
    notes: list[Note] = []
    with (
        plain_path(path) as plain,
        in_own_encoding(Path(plain), encoding, file, notes) as (whole, coding),
    ):
        return _read(whole, file, layer, encoding, prefer, notes, coding)


def _read(
    path: Path,
    file: str,
    layer: str | None,
    encoding: str | None,
    prefer: str | None,
    notes: list[Note],
    coding: str | None,
) -> Layer:
    dbf: bytes | None = None
    target = str(path)
    refuse_virtual(path, file)
    if path.suffix.lower() == ".zip":
        target, dbf = _zipped(path, file)
    elif path.suffix.lower() in (".shp", ".dbf"):
        dbf = check_shapefile(path, file)
    name = _choose_layer(target, file, layer, prefer, notes)
    if dbf is not None and encoding is None:
        encoding = dbf_encoding(dbf, path, file, notes)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # A polygon whose ring does not close must not take the whole layer with it.
            frame = read_layer(
                target,
                layer=name,
                encoding=coding if dbf is None or encoding is None else _AS_BYTES,
                on_invalid="ignore",
            )
    except Exception as error:
        raise _unreadable(file, error) from error
    check_columns(frame.shape[1], file)
    if dbf is not None and encoding is not None:
        frame = decode_dbf(frame, encoding, file, notes)
    written = list(dict.fromkeys(shorten(w.message, 120) for w in caught))
    notes += [
        Note(file, "layer", LocalizedText(f"GDAL 提示：{text}", f"GDAL says: {text}"))
        for text in written[:3]
    ]
    frame, system = in_named_system(frame, path)
    return Layer(frame, file, tuple(notes), cut_names=dbf is not None, system=system)


def read_parquet(path: Path, file: str) -> Layer:
    """Read a GeoParquet, or a plain Parquet whose columns hold the coordinates.

    A plain one whose column ``geometry`` is WKB, as databases write it, is taken as degrees.

    Raises
    ------
    InputError
        If it is cut off or no Parquet.
    """
    try:
        schema = pyarrow.parquet.read_schema(path)
        check_columns(len(schema), file)
        spatial = b"geo" in (schema.metadata or {})
        frame = gpd.read_parquet(path) if spatial else _with_shapes(pd.read_parquet(path))
    except Exception as error:
        raise _unreadable(file, error) from error
    return Layer(_decoded(frame).reset_index(drop=True), file, ())


def _decoded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns of bytes are texts, where all of a column are UTF-8."""
    found = {}
    for name in frame.columns[[pd.api.types.is_object_dtype(kind) for kind in frame.dtypes]]:
        cells = frame[name].dropna()
        if len(cells) and all(isinstance(cell, bytes) for cell in cells):
            with contextlib.suppress(UnicodeDecodeError):
                texts = cells.map(lambda cell: cell.decode("utf-8"))
                found[name] = frame[name].mask(frame[name].notna(), texts)
    return frame.assign(**found) if found else frame


def _with_shapes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the shapes that a column of bytes holds, as it is where none does."""
    for name in ("geometry", "geom", "wkb_geometry", "the_geom"):
        cells = frame[name].dropna() if name in frame else ()
        if len(cells) and all(isinstance(cell, bytes) for cell in cells):
            shapes = shapely.from_wkb(frame[name].to_numpy(), on_invalid="ignore")
            placed: pd.DataFrame = gpd.GeoDataFrame(
                frame.drop(columns=name), geometry=shapes, crs=4326
            )
            return placed
    return frame


def _choose_layer(
    target: str, file: str, layer: str | None, prefer: str | None, notes: list[Note]
) -> str | None:
    """Return the layer to read: the stated one, or the only one."""
    try:
        listed = [(name, kind) for name, kind in list_layers(target) if name not in _NO_LAYERS]
    except Exception as error:
        raise _unreadable(file, error) from error
    names = [name for name, _ in listed]
    if layer is not None:
        if layer in names:
            return layer
        raise InputError(
            f"there is no layer {shorten(layer, 40)!r}",
            hint=f"The layers are: {', '.join(shorten(n, 30) for n in names[:30])}.",
            file=file,
            field="layer",
        )
    # A table without geometry beside the one layer is its appendix.
    spatial = [name for name, geometry in listed if geometry is not None] or names
    if prefer is not None:
        spatial = [name for name, kind in listed if kind and prefer in kind] or spatial
    if len(spatial) > 1:
        # A GPX lists all five layers that it might have.
        spatial = [name for name in spatial if not is_empty(target, name)]
        if not spatial:
            raise InputError("all layers of the file are empty", hint="Export it again.", file=file)
    if len(spatial) == 1:
        if len(names) > 1:
            own, others = (
                shorten(spatial[0], 30),
                [shorten(n, 30) for n in names if n != spatial[0]],
            )
            text = LocalizedText(
                f"读取图层“{own}”，不读取 {'、'.join(others)}",
                f"the layer {own!r} is read, not {', '.join(others)}",
            )
            notes.append(Note(file, "layer", text, 'layer = "..."'))
        return spatial[0]
    if not names:
        raise InputError("the file holds no layer", hint="Export it again.", file=file)
    raise InputError(
        f"the file holds {len(spatial)} layers{' of lines' if prefer == 'Line' else ''}",
        hint=f'State one: layer = "..." of {", ".join(shorten(n, 30) for n in spatial[:30])};'
        " or save it as a file of its own.",
        file=file,
        field="layer",
    )


def _zipped(path: Path, file: str) -> tuple[str, bytes | None]:
    """Return GDAL's name of the one shapefile or geodatabase in a zip, and the bytes of a .dbf."""
    check_zip(path, path.stat().st_size, file)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        shapes = [name for name in names if name.lower().endswith(".shp")]
        bases = {name[: end + 4] for name in names if (end := name.lower().find(".gdb/")) >= 0}
        if len(bases) == 1 and not shapes:
            return f"/vsizip/{{{path}}}/{bases.pop()}", None
        if any(name.lower().endswith(".gdbtable") for name in names) and not bases:
            raise InputError(
                "the zip holds the files of a geodatabase without their folder",
                hint="Zip the folder that ends in .gdb.",
                file=file,
            )
        if len(shapes) != 1:
            raise InputError(
                f"the zip holds {len(shapes)} shapefiles",
                hint="Unpack it and name one file.",
                file=file,
            )
        dbf = next((n for n in names if n.lower() == shapes[0][:-4].lower() + ".dbf"), None)
        try:
            data = archive.read(dbf) if dbf else None
        except Exception as error:
            raise _unreadable(file, error) from error
    return f"/vsizip/{{{path}}}/{shapes[0]}", data


def _unreadable(file: str, error: Exception) -> LivingCircleError:
    if isinstance(error, LivingCircleError):
        return error
    if _is_overpass(file):
        return InputError(
            "this is Overpass's JSON, which is not read",
            hint="Ask Overpass for [out:xml] and save that with the ending .osm.",
            file=file,
        )
    if isinstance(error, UnicodeDecodeError):
        return InputError(
            "the file is not in UTF-8", hint="Save it in UTF-8, or as GeoPackage.", file=file
        )
    return InputError(
        f"the file cannot be read ({shorten(error, 160)})",
        hint="It may be cut off, damaged or of another format: export it again.",
        file=file,
    )


def _is_overpass(file: str) -> bool:
    """Return whether a file that GDAL does not know is what Overpass gives by ``[out:json]``."""
    with contextlib.suppress(OSError), Path(file).open("rb") as stream:
        head = stream.read(2000)
        return head.lstrip().startswith(b"{") and b'"elements"' in head and b'"version"' in head
    return False


def _knows(head: bytes, suffix: str) -> bool | None:
    if head.startswith(b"PK"):
        return suffix in (".zip", ".kmz")
    if head.startswith((b"SQLite format 3\0", b"fgb")):
        return True
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b'[{"')):
        return True
    if suffix == ".tab":  # MapInfo and tab-separated text share it
        return head.lower().startswith(b"!table")
    return False if suffix == ".zip" else None


def _vector(asked: Request) -> Layer:
    return read_vector(
        asked.path, asked.file, layer=asked.layer, encoding=asked.encoding, prefer=asked.prefer
    )


VECTOR = Reader(
    "vector",
    LocalizedText("空间图层", "a layer"),
    frozenset(
        {
            ".gpkg", ".geojson", ".json", ".geojsonl", ".shp", ".dbf", ".fgb", ".kml", ".kmz",
            ".gml", ".tab", ".mif", ".gpx", ".gdb", ".sqlite", ".zip",
        }
    ),
    _vector,
    _knows,
)  # fmt: skip
PARQUET = Reader(
    "parquet",
    LocalizedText(" Parquet", "Parquet"),
    frozenset({".parquet", ".geoparquet", ".pq"}),
    lambda asked: read_parquet(asked.path, asked.file),
    lambda head, suffix: True if head.startswith(b"PAR1") else None,
)

"""Geographic files (GeoPackage, GeoJSON, shapefile, FlatGeobuf, GeoParquet, ...) as a layer."""

from __future__ import annotations

import codecs
import re
import struct
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet

from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.column_names import distinct_names
from livingcircle.io.formats.bounds import check_columns, check_zip
from livingcircle.io.formats.encoding import guess_encoding
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
from livingcircle.io.notes import Note, shorten
from livingcircle.localized import LocalizedText

__all__ = ["PARQUET", "VECTOR", "read_parquet", "read_vector"]

# Tables that QGIS and GDAL put beside the layers.
_NO_LAYERS = {"layer_styles", "qgis_projects", "data_licenses"}
_SHP_MAGIC = 9994
# A .dbf cuts names and values at a number of bytes, within a character where it falls so, and GDAL
# passes that on as an error; so its text is taken as bytes (one character each) and decoded here.
_AS_BYTES = "ISO-8859-1"
_WRONG_SHARE = 0.2
"""Beyond this the encoding is wrong; below it a few records are damaged."""
_HALF_CHARACTER = re.compile(
    rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})(?= |$)"
)


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
        dbf = _check_shapefile(path, file)
    name = _choose_layer(target, file, layer, prefer, notes)
    if dbf is not None and encoding is None:
        encoding = _dbf_encoding(dbf, path, file, notes)
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
        frame = _recode(frame, encoding, file, notes)
    written = list(dict.fromkeys(shorten(w.message, 120) for w in caught))
    notes += [
        Note(file, "layer", LocalizedText(f"GDAL 提示：{text}", f"GDAL says: {text}"))
        for text in written[:3]
    ]
    frame, system = in_named_system(frame, path)
    return Layer(frame, file, tuple(notes), cut_names=dbf is not None, system=system)


def read_parquet(path: Path, file: str) -> Layer:
    """Read a GeoParquet, or a plain Parquet whose columns hold the coordinates.

    Raises
    ------
    InputError
        If it is cut off or no Parquet.
    """
    try:
        schema = pyarrow.parquet.read_schema(path)
        check_columns(len(schema), file)
        spatial = b"geo" in (schema.metadata or {})
        frame = gpd.read_parquet(path) if spatial else pd.read_parquet(path)
    except Exception as error:
        raise _unreadable(file, error) from error
    return Layer(frame.reset_index(drop=True), file, ())


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


def _check_shapefile(path: Path, file: str) -> bytes | None:
    """Refuse a shapefile that is not whole; return the bytes of its .dbf."""
    shp = path.with_suffix(".shp")
    if path.suffix.lower() == ".shp":
        with path.open("rb") as stream:
            head = stream.read(100)
        if len(head) < 100 or struct.unpack(">i", head[:4])[0] != _SHP_MAGIC:
            raise InputError("this is no shapefile", hint="Export it again.", file=file)
        stated = struct.unpack(">i", head[24:28])[0] * 2
        if path.stat().st_size < stated:
            raise InputError(
                f"the shapefile is cut off: {path.stat().st_size:,} of {stated:,} bytes",
                hint="Copy it again, with its .shx and .dbf.",
                file=file,
            )
        if not any(shp.with_suffix(s).exists() for s in (".shx", ".SHX")):
            raise InputError(
                "the shapefile has no .shx beside it",
                hint="Copy all its files: .shp, .shx, .dbf, .prj.",
                file=file,
            )
    for suffix in (".dbf", ".DBF"):
        dbf = path.with_suffix(suffix)
        if dbf.exists():
            return _whole_dbf(dbf.read_bytes(), file)
    return None


def _whole_dbf(content: bytes, file: str) -> bytes:
    """Refuse a .dbf that is shorter than its header says."""
    if len(content) >= 32:
        records, header, width = struct.unpack("<IHH", content[4:12])
        if len(content) >= header + records * width:
            return content
    raise InputError(
        "the .dbf is cut off", hint="Copy the shapefile again, with all its files.", file=file
    )


def _dbf_encoding(dbf: bytes, path: Path, file: str, notes: list[Note]) -> str | None:
    """Return the encoding of a .dbf: what its bytes say, and its .cpg only where they agree."""
    # The header's numbers are no text; names of fields begin at byte 32.
    text = dbf[32:].replace(b"\0", b" ")
    if text.isascii():
        return None
    # What was cut within a character is no evidence against UTF-8.
    found = guess_encoding(_HALF_CHARACTER.sub(b"", text))
    found = guess_encoding(text) if found != "utf-8" else found
    cpg = path.with_suffix(".cpg")
    written = cpg.read_text("ascii", errors="replace").strip() if cpg.exists() else ""
    if found is None:
        unclear = LocalizedText(".dbf 的文字编码无法确定", "the encoding of the .dbf is not clear")
        notes.append(Note(file, "encoding", unclear, 'encoding = "gb18030"'))
        return written or None
    read = LocalizedText(f".dbf 按 {found} 读取", f"the .dbf is read as {found}")
    if _differ(written, found):
        name = shorten(written, 20)
        read = LocalizedText(
            f"{read.zh}，虽然其 .cpg 写的是 {name}", f"{read.en}, though its .cpg says {name}"
        )
    notes.append(Note(file, "encoding", read, 'encoding = "..."'))
    return found


def _recode(frame: pd.DataFrame, encoding: str, file: str, notes: list[Note]) -> pd.DataFrame:
    """Decode the text of a .dbf, dropping the half character at the end of what was cut."""
    try:
        codec = codecs.lookup(encoding)
    except LookupError as error:
        raise InputError(
            f"the encoding {shorten(encoding, 40)!r} is not known",
            hint='Use "utf-8", "gb18030" or "big5".',
            file=file,
            field="encoding",
        ) from error
    tries = [0, 0]

    def decode(value: str) -> str:
        if not isinstance(value, str) or value.isascii():
            return value
        raw = value.encode("latin-1", errors="replace")
        tries[0] += 1
        try:
            # Not final: the half character at the end is held back, anything else is an error.
            return codecs.getincrementaldecoder(codec.name)().decode(raw)
        except UnicodeDecodeError:
            tries[1] += 1
            return codec.decode(raw, "replace")[0]

    names, _ = distinct_names([decode(str(name)) for name in frame.columns])
    text = [pd.api.types.is_string_dtype(dtype) for dtype in frame.dtypes]
    for name, is_text in zip(list(frame.columns), text, strict=True):
        if is_text:
            frame[name] = frame[name].map(decode, na_action="ignore")
    frame.columns = names
    total, wrong = tries
    if wrong > _WRONG_SHARE * total:
        raise InputError(
            f"{wrong} of {total} texts of the .dbf are not {encoding}",
            hint="Correct the stated encoding or leave it out.",
            file=file,
            field="encoding",
        )
    if wrong:
        damaged = LocalizedText(
            f".dbf 的 {total} 条文字中有 {wrong} 条损坏，丢失之处以 � 代替",
            f"{wrong} of {total} texts of the .dbf are damaged; � stands for what is lost",
        )
        notes.append(Note(file, "encoding", damaged, 'encoding = "..."'))
    return frame


def _differ(written: str, found: str) -> bool:
    short = written.lower().replace("-", "").replace("_", "")
    if not short:
        return False
    families = {"gb18030": ("gb", "936", "cp936"), "utf-8": ("utf8", "65001")}
    return not any(word in short for word in families.get(found, (found,)))


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
    return InputError(
        f"the file cannot be read ({shorten(error, 160)})",
        hint="It may be cut off, damaged or of another format: export it again.",
        file=file,
    )


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

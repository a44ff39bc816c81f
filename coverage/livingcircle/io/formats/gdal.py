"""The one door to GDAL: real files of known formats on this machine, and nothing else.

GDAL opens what a file *says*, whatever its ending: a text of a few lines in a ``.json`` may be a
pipeline over any file of the machine, or the address of a server. So only the drivers of an
allow-list are registered while a file is open, requests are sent to a closed port of this machine,
and a path is passed so that it cannot be taken for a connection string.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyogrio
import rasterio
from pyogrio import _ogr
from pyogrio.util import vsi_path

from livingcircle.errors import InputError

__all__ = [
    "VECTOR_DRIVERS",
    "is_empty",
    "link",
    "list_layers",
    "open_raster",
    "plain_path",
    "plain_target",
    "read_layer",
    "refuse_virtual",
]

VECTOR_DRIVERS = frozenset(
    {
        "ESRI Shapefile", "ESRIJSON", "FlatGeobuf", "GML", "GPKG", "GPX", "GeoJSON", "GeoJSONSeq",
        "JSONFG", "KML", "LIBKML", "MapInfo File", "OpenFileGDB", "SQLite", "TopoJSON",
    }
)  # fmt: skip
"""Formats whose files hold their features themselves."""
RASTER_DRIVERS = {".asc": "AAIGrid"}
"""Ending → the driver that reads it; GeoTIFF of any other."""
_OFFLINE = {
    # Port 9 (discard) of this machine is closed: whatever a format wants to fetch, it cannot.
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "OGR_SQLITE_LIST_VIRTUAL_OGR": "NO",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
}
# GDAL turns each character of a Chinese field of KML into "_": two of one length became one column.
_FAITHFUL = {"LIBKML_LAUNDER_FIELD_NAMES": "NO"}
_VIRTUAL = (
    b"<ogrvrtdatasource", b"<vrtdataset", b"<ogrwfsdatasource", b"<gdal_wms",
    b"<gdaltileindexdataset", b"_capabilities", b"<ogrgmlasdatasource", b"<wcs_gdal", b"<gdal_wmts",
    b"<ogrstac",
)  # fmt: skip
"""What descriptions of other files and of services begin with, in lower case."""
_HEAD_BYTES = 1 << 20
_OWN_MODULES = ("rtree", "fts3", "fts4", "fts5", "virtualspatialindex", "virtualelementary",
                "virtualknn", "virtualknn2")  # fmt: skip
"""Virtual tables of SQLite that look at nothing outside their file."""
_lock = threading.RLock()


def refuse_virtual(path: Path, file: str) -> None:
    """Refuse a file that describes other files, or a service, instead of holding data.

    Raises
    ------
    InputError
        If it does; the message says what to do instead.
    """
    if path.is_dir():
        return
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if head.startswith(b"SQLite format 3\0"):
        _refuse_virtual_tables(path, file)
        return
    text = head.replace(b"\0", b"").lower()
    start = text.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    linked = (start.startswith(b"!table") and b"open table" in text) or (
        start.startswith(b"{") and b"gdal_streamed_alg" in text
    )
    if linked or (start.startswith(b"<") and any(mark in text for mark in _VIRTUAL)):
        raise InputError(
            "the file is a virtual layer: it points to other files, or to a service",
            hint="Export what it shows to a file of its own, e.g. a GeoPackage.",
            file=file,
        )


def _refuse_virtual_tables(path: Path, file: str) -> None:
    """Refuse a database with tables that are windows to other files (VirtualOGR and its kin)."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute(
                "SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'"
            ).fetchall()
    except sqlite3.Error as error:
        raise InputError(
            f"the database cannot be read ({error})",
            hint="It may be cut off, or open in another program: export it again.",
            file=file,
        ) from error
    for (sql,) in rows:
        module = sql.lower().partition(" using ")[2].strip(" \"'`[").partition("(")[0].split()
        if not module or module[0].strip("\"'`]") not in _OWN_MODULES:
            raise InputError(
                "the database holds a table that is a window to another file",
                hint="Export its layers to a GeoPackage.",
                file=file,
            )


def list_layers(target: str) -> list[tuple[str, str | None]]:
    """Return names and geometry types of the layers of what `plain_path` gave."""
    with _only_files():
        return [(str(name), kind) for name, kind in pyogrio.list_layers(target)]


def is_empty(target: str, layer: str) -> bool:
    """Return whether a layer of what `plain_path` gave holds no feature."""
    with _only_files():
        return (
            int(pyogrio.read_info(target, layer=layer, force_feature_count=True)["features"]) == 0
        )


def read_layer(target: str, **options: object) -> pd.DataFrame:
    """Read a layer of what `plain_path` gave, as ``pyogrio.read_dataframe`` does."""
    with _only_files():
        frame: pd.DataFrame = pyogrio.read_dataframe(target, **options)
        return frame


@contextmanager
def plain_path(path: Path) -> Iterator[str]:
    """Give a path as GDAL and pyogrio take it for a file's, whatever characters it holds.

    pyogrio cuts a path at ``;`` and ``!`` as if it were a URI: such a file is read through a
    link of a plain name, together with the files that lie beside it under the same name.
    """
    whole = path.absolute()
    text = str(whole)
    bare = text.removesuffix(".zip")  # of archives the reader names the inner file itself
    if vsi_path(bare) == bare:
        yield text
        return
    with TemporaryDirectory(prefix="livingcircle-") as folder:
        plain = "".join("_" if c in ";!?#" else c for c in whole.stem)
        for part in {whole, *whole.parent.glob("*")}:
            if part.name.startswith(f"{whole.stem}."):
                link(part, Path(folder) / (plain + part.name[len(whole.stem) :]))
        yield str(Path(folder) / (plain + whole.suffix))


@contextmanager
def plain_target(path: Path) -> Iterator[Path]:
    """Give a path that pyogrio can write to; what is there at the end is moved to `path`.

    pyogrio cuts a path at ``;`` and ``!``, in the names of folders too, and writes elsewhere.
    """
    whole = str(path.absolute())
    if vsi_path(whole) == whole:
        yield path
        return
    with TemporaryDirectory(prefix="livingcircle-") as folder:
        plain = Path(folder) / f"layer{path.suffix}"
        yield plain
        shutil.move(plain, path)


def link(source: Path, target: Path) -> None:
    """Let a file or folder stand at another place as well, by a link where that may be made."""
    try:
        target.symlink_to(source)
    except OSError:  # Windows asks for a right that few have
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


@contextmanager
def open_raster(path: Path) -> Iterator[rasterio.DatasetReader]:
    """Open a raster (a GeoTIFF, an ESRI ASCII grid) for a ``with`` block, as ``rasterio.open``.

    Raises
    ------
    rasterio.errors.RasterioError
        If it is none.
    """
    offline = {name: _OFFLINE[name] for name in _OFFLINE if name.startswith(("GDAL_", "CPL_"))}
    driver = RASTER_DRIVERS.get(path.suffix.lower(), "GTiff")
    # By itself a text of numbers is read with seven digits, or as whole numbers by its beginning.
    exact = {"datatype": "Float64"} if driver == "AAIGrid" else {}
    with (
        rasterio.Env(**offline),
        rasterio.open(path.absolute(), driver=driver, **exact) as raster,
    ):
        yield raster


@contextmanager
def _only_files() -> Iterator[None]:
    """Register only the drivers of the allow-list, cut off the network, and restore both after.

    GDAL's drivers and settings belong to the process: a lock keeps threads apart. pyogrio has no
    public function that opens with some drivers only, or registers them anew; GDAL_SKIP in the
    environment is read once, when pyogrio is imported, and would take the formats from everybody
    else in the process. So its own function of that name is called.
    """
    with _lock:
        others = sorted(set(pyogrio.list_drivers()) - VECTOR_DRIVERS)
        wanted = {**_OFFLINE, **_FAITHFUL, "GDAL_SKIP": ",".join([*others, "VRT", "GTI"])}
        before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
        pyogrio.set_gdal_config_options(wanted)
        try:
            _ogr._register_drivers()  # reads GDAL_SKIP
            yield
        finally:
            pyogrio.set_gdal_config_options(before)
            _ogr._register_drivers()

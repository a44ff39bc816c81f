"""A GeoPackage whose layers carry their QGIS style, byte for byte the same from the same tables."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from livingcircle.io.formats.gdal import plain_target
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.publish.frames import plain_columns
from livingcircle.publish.gis.qml import Style, qml

__all__ = ["OutputLayer", "write_geopackage"]

FIXED_CHANGE = "2000-01-01T00:00:00.000Z"
"""Written where the format requires a date of change; a real date would make equal content unequal
(run.json has the dates)."""

FEW = 1_000
"""Tables of so many rows take longer to become columns of Arrow than to be written."""


@dataclass(frozen=True)
class OutputLayer:
    """One layer to be written: its table, its look, its title in both languages."""

    name: str
    frame: pd.DataFrame
    style: Style
    title: tuple[str, str]
    styles: Sequence[tuple[str, Style]] = field(default_factory=tuple)
    """Named styles that QGIS offers, the default one first; `style` alone where there are none."""
    note: LocalizedText = EMPTY
    """What a reader has to know of it, such as what was left out: part of its description."""

    @property
    def spatial(self) -> bool:
        """Whether the table has a geometry column."""
        return isinstance(self.frame, gpd.GeoDataFrame)


def write_geopackage(
    path: Path, layers: Iterator[OutputLayer], credit: LocalizedText = EMPTY
) -> dict[str, int]:
    """Write layers one after another into a new GeoPackage.

    Parameters
    ----------
    path
        The new file.
    layers
        In the order of drawing.
    credit
        Whose data they show: the description of every layer, which QGIS shows.

    Returns
    -------
    dict
        Layer → number of rows written.
    """
    rows: dict[str, int] = {}
    done: list[OutputLayer] = []
    with plain_target(path) as target:
        with _settings():
            for layer in layers:
                _append(target, layer)
                rows[layer.name] = len(layer.frame)
                done.append(layer)
        _describe(target, done, credit)
    return rows


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """Let GDAL write ``FIXED_CHANGE`` for the time, and not wait for the disk at each layer.

    A file that a crash cuts short lies in a folder that is thrown away.
    """
    wanted = {"OGR_CURRENT_DATE": FIXED_CHANGE, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
    pyogrio.set_gdal_config_options(wanted)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _append(path: Path, layer: OutputLayer) -> None:
    """Add one table to the file."""
    frame: gpd.GeoDataFrame = plain_columns(layer.frame)
    options = {"IDENTIFIER": f"{layer.title[0]} / {layer.title[1]} ({layer.name})"}
    # Whole columns instead of cell by cell, where GDAL can.
    arrow = len(frame) > FEW and pyogrio.__gdal_version__ >= (3, 8, 0)
    if arrow:
        # Arrow gives a column without a value no type, which GDAL 3.9 and earlier refuse to write.
        empty = [c for c in frame.select_dtypes(object) if frame[c].isna().all()]
        frame = frame.astype(dict.fromkeys(empty, "string"))
    if not layer.spatial:
        pyogrio.write_dataframe(
            pd.DataFrame(frame),
            path,
            layer=layer.name,
            driver="GPKG",
            use_arrow=arrow,
            layer_options=options,
        )
        return
    frame = frame.to_crs(4326)
    kind, multi = _geometry_type(frame)
    pyogrio.write_dataframe(
        frame,
        path,
        layer=layer.name,
        driver="GPKG",
        geometry_type=kind,
        promote_to_multi=multi,
        use_arrow=arrow,
        layer_options=options,
    )


def _geometry_type(frame: gpd.GeoDataFrame) -> tuple[str, bool]:
    """Return the declared geometry type of a layer, and whether single parts are promoted."""
    kinds = set(frame.geometry.geom_type.dropna())
    if kinds <= {"Polygon", "MultiPolygon"} and kinds:
        return "MultiPolygon", True
    if kinds <= {"LineString", "MultiLineString"} and kinds:
        return "MultiLineString", True
    if kinds <= {"Point"}:
        return "Point", False
    return "Unknown", False


_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT CURRENT_TIMESTAMP
)
"""


def _describe(path: Path, layers: Sequence[OutputLayer], credit: LocalizedText) -> None:
    """Add the table of styles that QGIS looks for, and say in the contents what a layer is."""
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        geometry = dict(base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        base.execute(_STYLES)
        for layer in layers:
            rows = layer.styles or [(layer.title[0], layer.style)]
            for default, (name, style) in zip([1, *[0] * len(rows)], rows, strict=False):
                base.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
                    " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description,"
                    " owner, ui, update_time) VALUES ('', '', ?, ?, ?, ?, '', ?, ?, '', NULL, ?)",
                    (
                        layer.name,
                        geometry.get(layer.name, ""),
                        name[:30],
                        qml(style),
                        default,
                        layer.title[1],
                        FIXED_CHANGE,
                    ),
                )
        for layer in layers:
            told = [f"{text.zh} / {text.en}" for text in (layer.note, credit) if text]
            if told:
                base.execute(
                    "UPDATE gpkg_contents SET description = ? WHERE table_name = ?",
                    ("\n".join(told), layer.name),
                )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description,"
            " last_change) VALUES ('layer_styles', 'attributes', 'layer_styles',"
            " 'QGIS styles of the layers', ?)",
            (FIXED_CHANGE,),
        )
        base.execute("UPDATE gpkg_contents SET last_change = ?", (FIXED_CHANGE,))

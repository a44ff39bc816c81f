"""The tables of a file of several: layers of a GeoPackage, sheets of a workbook."""

from __future__ import annotations

from pathlib import Path

import python_calamine

from livingcircle.errors import LivingCircleError
from livingcircle.io.formats.gdal import is_empty, list_layers, plain_path

__all__ = ["tables_of"]

_LAYERED = (".gpkg", ".gdb", ".kml", ".kmz", ".zip", ".sqlite")
_BOOKS = (".xlsx", ".xls", ".xlsb", ".ods")
_STYLES = "layer_styles"
"""What QGIS keeps beside the layers."""


def tables_of(path: Path) -> list[str]:
    """Return the names of a file's tables that hold something; none where it is one table."""
    low = path.suffix.lower()
    try:
        if low in _BOOKS:
            with python_calamine.load_workbook(str(path)) as book:
                sheets = [meta for meta in book.sheets_metadata if _shown(meta)]
                named = [meta.name for meta in sheets if _filled(book, meta.name)]
        elif low in _LAYERED:
            with plain_path(path) as target:
                layers = [name for name, _ in list_layers(target) if name != _STYLES]
                named = [name for name in layers if not is_empty(target, name)]
        else:
            return []
    except (LivingCircleError, python_calamine.CalamineError, OSError, ValueError, RuntimeError):
        return []  # what is wrong with it stands on its card
    return named if len(named) > 1 else []


def _shown(meta: python_calamine.SheetMetadata) -> bool:
    """Whether a sheet is a table that a reader sees."""
    shown = meta.visible == python_calamine.SheetVisibleEnum.Visible
    return shown and meta.typ == python_calamine.SheetTypeEnum.WorkSheet


def _filled(book: python_calamine.CalamineWorkbook, name: str) -> bool:
    return book.get_sheet_by_name(name).height > 0

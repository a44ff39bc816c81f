"""What the cells of an XLSX hide: formulas without a cached value, and errors as values."""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile

__all__ = ["error_cells", "uncalculated"]

_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?P<has>[^<>]*)>\s*"
    rb"(?:<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>(?P<formula>[^<]*)</(?:\w+:)?f>))\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?P<has>[^<>]*)>(?:\s*<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>))?"
    rb"\s*<(?:\w+:)?v>(?P<value>#[^<]{1,20})</(?:\w+:)?v>"
)
_AT = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_COMPUTED_BLANK = b't="str"'
"""Excel writes this of a formula whose result is an empty text."""
_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def uncalculated(raw: bytes, sheet: str) -> list[tuple[int, int, str]]:
    """Return row and column (from 0) and text of the formulas of a sheet that have no value.

    Parameters
    ----------
    raw
        The workbook; of anything but an XLSX nothing is returned.
    sheet
        Name of the sheet.
    """
    text = _sheet(raw, sheet)
    if b"<f" not in text and b":f" not in text:
        return []
    found = []
    for cell in _CELL.finditer(text):
        at = _AT.search(cell["has"])
        if at is not None and _COMPUTED_BLANK not in cell["has"]:
            formula = html.unescape((cell["formula"] or b"").decode("utf-8", "replace"))
            found.append((int(at[2]) - 1, _column(at[1]), f"={formula}"))
    return found


def error_cells(raw: bytes, sheet: str) -> list[tuple[int, str]]:
    """Return row (from 0) and text of the cells whose value is an error (``#REF!``).

    Parameters
    ----------
    raw, sheet
        As of ``uncalculated``.
    """
    text = _sheet(raw, sheet)
    if b't="e"' not in text:
        return []
    found = []
    for cell in _ERROR.finditer(text):
        at = _AT.search(cell["has"])
        if at is not None and b't="e"' in cell["has"]:
            found.append((int(at[2]) - 1, cell["value"].decode("utf-8", "replace")))
    return found


def _sheet(raw: bytes, sheet: str) -> bytes:
    """Return the text of a sheet; nothing of what is no XLSX."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        path = _path(archive, sheet)
        return b"" if path is None else archive.read(path)


def _path(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return where in the archive a sheet stands."""
    names = set(archive.namelist())
    if not {_BOOK, _LINKS} <= names:
        return None
    sheets, links = _tags(archive.read(_BOOK), "sheet"), _tags(archive.read(_LINKS), "Relationship")
    wanted = {tag.get("r:id") for tag in sheets if tag.get("name") == sheet} - {None}
    paths = [
        posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).lstrip("/")
        for link in links
        if link.get("Id") in wanted
    ]
    return next((path for path in paths if path in names), None)


def _tags(text: bytes, name: str) -> list[dict[str, str]]:
    """Return the attributes of all elements of a name; no parser, so no entity is expanded."""
    whole = text.decode("utf-8", "replace")
    found = re.findall(rf"<(?:\w+:)?{name}\s([^<>]*)>", whole)
    return [
        {key: html.unescape(value) for key, value in re.findall(r'([\w:]+)="([^"]*)"', tag)}
        for tag in found
    ]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1

"""Text tables (CSV and its kin) as a grid of cells: encoding, delimiter, ragged rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from livingcircle.errors import InputError
from livingcircle.io.formats.bounds import check_columns, check_size
from livingcircle.io.formats.encoding import decode
from livingcircle.io.formats.grid import Grid
from livingcircle.io.formats.reader import Reader, Request
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText

__all__ = ["TEXT", "read_text", "sniff_delimiter"]

DELIMITERS = {
    ",": LocalizedText("逗号", "comma"),
    "\t": LocalizedText("制表符", "tab"),
    ";": LocalizedText("分号", "semicolon"),
    "，": LocalizedText("全角逗号", "full-width comma"),
    "|": LocalizedText("竖线", "bar"),
}
_HINT = re.compile(r'[ \t]*"?sep=(.)"?[ \t,;]*(?:\r\n?|\n)', re.IGNORECASE)
_SNIFF_LINES = 60
_MAX_FIELD = 16 * 1024 * 1024
"""A cell may be a polygon as WKT; beyond this a quote was never closed."""


def read_text(raw: bytes, file: str, *, encoding: str | None = None) -> Grid:
    """Read the bytes of a text table into a grid.

    Parameters
    ----------
    raw
        The whole file.
    file
        Its name, for messages and notes.
    encoding
        Stated by the user; found where None.

    Raises
    ------
    InputError
        If it is empty, of unknown encoding, or no table.
    """
    if not raw.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        wrong = "the file is empty"
        if b"\0" in raw and not raw.strip(b"\xff\xfe\0"):
            wrong = "the file holds nothing but zero bytes: it is damaged or was cut off"
        raise InputError(wrong, hint="Export the table again.", file=file)
    decoded = decode(raw, file, encoding)
    text, delimiter = _split_hint(decoded.text)
    if delimiter is None:
        delimiter = sniff_delimiter(text)
    notes = []
    if decoded.guessed:
        shown = LocalizedText(f"按 {decoded.encoding} 读取", f"read as {decoded.encoding}")
        other = "gb18030"
        if decoded.encoding == "gb18030":
            shown, other = LocalizedText("按 gb18030（GBK）读取", "read as gb18030 (GBK)"), "utf-8"
        notes.append(Note(file, "encoding", shown, f'encoding = "{other}"'))
    if delimiter != ",":
        mark = DELIMITERS[delimiter]
        shown = LocalizedText(f"以{mark.zh}分隔各列", f"cells are split at the {mark.en}")
        notes.append(Note(file, "delimiter", shown))
    cells = _cells(text, delimiter, file)
    return Grid(
        cells=cells,
        row=np.arange(1, len(cells) + 1),
        merges=(),
        file=file,
        notes=tuple(notes),
        decimal_comma=delimiter == ";",
    )


def sniff_delimiter(text: str) -> str:
    """Return the delimiter that cuts most of the first lines into the same number of cells."""
    lines = text[:400_000].splitlines()[:_SNIFF_LINES]
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            widths = Counter(
                len(cells) for cells in csv.reader(lines, delimiter=delimiter) if any(cells)
            )
        except csv.Error:
            continue
        widths.pop(1, None)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        if (count, width) > best_score:
            best, best_score = delimiter, (count, width)
    return best


def _split_hint(text: str) -> tuple[str, str | None]:
    """Take off the line ``sep=;`` that Excel writes and does not show."""
    hint = _HINT.match(text)
    if hint and hint[1] in DELIMITERS:
        return text[hint.end() :], hint[1]
    return text, None


def _cells(text: str, delimiter: str, file: str) -> pd.DataFrame:
    """Cut text into cells; rows of unlike width (titles, remarks) are filled up with ""."""
    if len(delimiter.encode()) == 1:
        try:
            return _cells_fast(text, delimiter, file)
        except (pa.ArrowInvalid, csv.Error):
            pass  # rows of unlike width: the careful way below reads them
    rows = _rows(text, delimiter, file)
    width = max(map(len, rows), default=0)
    check_columns(width, file)
    return pd.DataFrame([row + [""] * (width - len(row)) for row in rows], dtype="str")


def _rows(text: str, delimiter: str, file: str) -> list[list[str]]:
    """Cut text into rows of unlike width; an unclosed quotation mark must not swallow the rest."""
    limit = csv.field_size_limit(_MAX_FIELD)
    try:
        try:
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(
            f"the text cannot be cut into cells ({error})",
            hint="Look for a quotation mark that is never closed.",
            file=file,
            row=_open_quote(text),
        ) from error
    finally:
        csv.field_size_limit(limit)


def _open_quote(text: str) -> int | None:
    """Return the last line on which a quotation mark opens and none closes."""
    odd = [n for n, line in enumerate(text.splitlines(), 1) if line.count('"') % 2]
    return odd[-1] if odd else None


def _cells_fast(text: str, delimiter: str, file: str) -> pd.DataFrame:
    """Cut text whose rows all have the same width, ten times as fast as the csv module."""
    width = len(next(csv.reader(text.partition("\n")[0:1], delimiter=delimiter), []))
    check_columns(width, file)
    raw = text.encode("utf-8")
    table = pa.csv.read_csv(
        io.BytesIO(raw),
        read_options=pa.csv.ReadOptions(autogenerate_column_names=True),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter, ignore_empty_lines=False, newlines_in_values='"' in text
        ),
        # Everything stays text: ids keep their zeros, and numbers are read where they are meant.
        convert_options=pa.csv.ConvertOptions(
            column_types={f"f{i}": pa.string() for i in range(width)}, strings_can_be_null=False
        ),
    )
    frame: pd.DataFrame = table.to_pandas()
    frame.columns = pd.RangeIndex(frame.shape[1])
    return frame


def _read(asked: Request) -> Grid:
    check_size(asked.path, asked.file)
    return read_text(asked.path.read_bytes(), asked.file, encoding=asked.encoding)


TEXT = Reader(
    "text",
    LocalizedText("文本表格", "text"),
    frozenset({".csv", ".txt", ".tsv", ".tab", ".dat", ""}),
    _read,
    lambda head, suffix: None,
)

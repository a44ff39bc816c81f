"""read_table: any planner's table or layer as a tidy GeoDataFrame, with what was understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingcircle._arrays import BoolArray, FloatArray, ObjectArray
from livingcircle.errors import InputError
from livingcircle.io.datum.systems import CrsLike
from livingcircle.io.formats.reader import TableSource
from livingcircle.io.notes import Note, shorten, word_in_chinese
from livingcircle.io.table.axes import fuller_axes
from livingcircle.io.table.columns import convert, text_column, text_or_numbers
from livingcircle.io.table.headers import TABLE_KINDS, Column, Role, assign_roles, roles
from livingcircle.io.table.layout import total_rows
from livingcircle.io.table.numbers import as_text, vocabulary
from livingcircle.io.table.points import read_points
from livingcircle.io.table.positions import PlacedRows, place_rows
from livingcircle.io.table.records import Records, read_records
from livingcircle.localized import LocalizedText

__all__ = ["Note", "Table", "read_points", "read_table", "unused_note"]

_RESERVED = ("geometry", "source_row", "status", "reason", "reason_zh")
_SERVICE_COLUMNS = 3
# The id of a kind of table; in the tables of other kinds it says whose the row is, and repeats.
_OWN_ID = {
    "units": "unit_id",
    "demand": "demand_id",
    "villages": "village_id",
    "land_use": "parcel_id",
}
# Columns that say a kind where the finest one, which has the role, says none.
_FILLING = {"demand": ("kind", ("subtype",)), "facilities": ("category", ("中类", "大类"))}
_LOOKED_AT = 1000
# Fewer different ids than this share of the rows: the code of a group of rows, no id of theirs.
_CODE_SHARE = 0.5


@dataclass(frozen=True)
class Table:
    """A table as it was read and understood."""

    frame: gpd.GeoDataFrame
    """GeoDataFrame, EPSG:4326, a row per record, RangeIndex. Columns: those that were understood,
    under their normalised names (headers.toml); ``source_row`` (the header is row 1 of a plain
    file); ``status`` ("ok", "no_coordinates", "bad_coordinates") and ``reason`` of it; all others
    under their own names; ``geometry`` (None where there is none)."""
    notes: tuple[Note, ...]
    file: str
    columns: tuple[Column, ...]
    """Which own column was understood as what."""
    datum: str
    """The datum that the coordinates were taken to be in."""
    datum_from: str
    """"stated", "file" (its CRS), "header" (of the coordinates), "assumed" or "none"."""
    set_aside: pd.DataFrame
    """DataFrame of rows that are no records (totals, remarks): source_row, why, text."""
    blank_rows: int


def read_table(
    source: TableSource,
    *,
    layer: str | None = None,
    sheet: str | int | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    datum: str | None = None,
    crs: CrsLike | None = None,
    header_row: int | None = None,
    kind: str | None = None,
    near: tuple[float, float, float, float] | None = None,
    require_geometry: bool = True,
    own: tuple[Role, ...] = (),
) -> Table:
    """Read a table or layer of any format, and report how it was understood.

    Parameters
    ----------
    source
        Path of a CSV (or tab, semicolon), XLSX, XLS, GeoJSON, GeoPackage, shapefile, FlatGeobuf,
        GeoParquet or anything else that GDAL opens; a SQLAlchemy URL of a PostGIS database; or a
        DataFrame.
    layer, sheet, encoding
        Which layer (``schema.table`` of a database), sheet (name or number from 1), and encoding
        of text; found where None.
    columns
        Own name of a column → what it means (a name of headers.toml); None leaves it alone.
    datum
        Of the coordinates (`livingcircle.io.datum.convert.normal_name`); None: what the file or the
        header says, else WGS 84, which is noted.
    crs
        Coordinate system of a layer that does not state its own or states a wrong one.
    header_row
        The header's row as a spreadsheet counts; 0: none; None: found.
    kind
        "facilities", "units", "villages" or "demand": what 面积, 类型, 社区 and 编号 mean depends
        on it.
    near
        West, south, east, north (degrees) of where the points should be: tells swapped axes.
    require_geometry
        False for a table of figures that is joined to a layer by name or id.
    own
        Columns of one's own besides those of headers.toml, for this table only.

    Returns
    -------
    Table
        The rows in their order, tidy, with notes on how they were understood.

    Raises
    ------
    MissingFileError, InputError, DatumError
        If it cannot be read or makes no sense; each names the file, the row and the way out.
    """
    if kind is not None and kind not in TABLE_KINDS:
        raise InputError(f"{kind!r} is no kind of table", hint=f"Use {', '.join(TABLE_KINDS)}.")
    raw = read_records(
        source,
        layer=layer,
        sheet=sheet,
        encoding=encoding,
        header_row=header_row,
        known=list(columns or {}),
    )
    understood = partial(
        assign_roles,
        list(raw.frame.columns),
        kind=kind,
        file=raw.file,
        cut_names=raw.cut_names,
        also=raw.also,
        own=own,
    )
    means, told = fuller_axes(
        raw,
        understood(stated=columns),
        lambda alone: understood(stated={**(columns or {}), **alone}),
    )
    placed = place_rows(
        raw.frame,
        {column.role: column for column in means},
        raw.geometry,
        raw.crs,
        file=raw.file,
        row=raw.row,
        datum=datum,
        crs=crs,
        near=near,
        required=require_geometry,
        system=raw.system,
    )
    means = _area_of_the_city(raw, means)
    means, found = _without_group_codes(raw, means, kind)
    return _assemble(raw, means, placed, kind, [*told, *found])


def _assemble(
    raw: Records,
    means: list[Column],
    placed: PlacedRows,
    kind: str | None,
    found_before: list[Note],
) -> Table:
    """Put the frame together: totals aside, columns converted, nothing lost."""
    frame = raw.frame
    # A boundary may come without a single column.
    texts = {name: as_text(frame[name]) for name in list(frame.columns)[:4]}
    head = pd.DataFrame(texts, index=frame.index)
    totals = total_rows(head, placed.status == "ok")
    keep = ~totals
    if not keep.any():
        raise InputError(
            "the table holds nothing but totals", hint="Check the export.", file=raw.file
        )
    row = raw.row[keep]
    out: dict[str, NDArray[np.generic]] = {}
    notes = [*raw.notes, *placed.notes, *found_before]
    used = {column.own for column in means if column.role not in ("lon", "lat", "point")}
    opening: ObjectArray | None = None
    for column in means:
        if column.own not in used:
            continue
        values, found = convert(frame[column.own], column, raw.row, raw.file, raw.comma)
        notes += found
        notes += _check_total(values, totals, column, raw)
        out[column.role] = values[keep]
        if column.role == "open_hours":
            # The hours a day are a figure; on which days and when, only the words tell.
            opening = text_column(frame[column.own])[keep]
    if opening is not None:
        out.setdefault("opening", opening)
    which, why = pd.factorize(placed.reason[keep])  # thousands of rows share a few reasons
    out |= {
        "source_row": row,
        "status": placed.status[keep],
        "reason": np.array([words.en for words in why], dtype=object)[which],
        "reason_zh": np.array([words.zh for words in why], dtype=object)[which],
    }
    others = [name for name in frame.columns if name not in used]
    for name in others:
        # A column that was left alone must not come back under the name of what it is not.
        taken = name in out or name in _RESERVED or name in roles()
        out[f"{name}_as_written" if taken else name] = text_or_numbers(frame[name][keep])
    result = gpd.GeoDataFrame(out, geometry=placed.geometry[keep], crs="EPSG:4326")
    _check_ids(result, raw.file, means, kind)
    filling = _filling(means, out, kind)
    notes += _column_notes(means, [name for name in others if name not in filling], raw.file)
    notes += _service_notes(raw, placed)
    set_aside = _set_aside(raw, totals)
    if totals.any():
        rows = [str(r) for r in raw.row[totals][:8]]
        text = LocalizedText(
            f"认作合计行，不计入：{int(totals.sum())} 行（第 {'、'.join(rows)} 行）",
            f"set aside as total: {int(totals.sum())} (row {', '.join(rows)})",
        )
        notes.append(Note(raw.file, "rows", text))
    return Table(
        frame=result,
        notes=tuple(notes),
        file=raw.file,
        columns=tuple(means),
        datum=placed.datum,
        datum_from=placed.datum_from,
        set_aside=set_aside,
        blank_rows=raw.blank,
    )


def _set_aside(raw: Records, totals: BoolArray) -> pd.DataFrame:
    lines = [
        " | ".join(cell for cell in map(shorten, raw.frame.iloc[i]) if cell)
        for i in np.flatnonzero(totals)
    ]
    extra = pd.DataFrame({"source_row": raw.row[totals], "why": "total", "text": lines})
    both = [part for part in (raw.set_aside, extra) if len(part)]
    return pd.concat(both, ignore_index=True).sort_values("source_row") if both else extra


def _check_total(
    values: FloatArray | ObjectArray, totals: BoolArray, column: Column, raw: Records
) -> list[Note]:
    """Compare a total that the table states with the sum of its rows."""
    if column.type not in ("count", "area_m2", "area_km2") or totals.sum() != 1:
        return []
    stated, summed = float(values[totals][0]), float(np.nansum(values[~totals]))
    if not np.isfinite(stated) or stated <= 0 or abs(summed - stated) <= 0.001 * stated:
        return []
    row = int(raw.row[totals][0])
    text = LocalizedText(
        f"第 {row} 行写明合计 {stated:,.10g}，但各行之和为 {summed:,.10g}",
        f"row {row} says {stated:,.10g} in all, but the rows sum to {summed:,.10g}",
    )
    return [Note(raw.file, shorten(column.own), text)]


def _without_group_codes(
    raw: Records, means: list[Column], kind: str | None
) -> tuple[list[Column], list[Note]]:
    """Drop a guessed id column whose values name groups of rows, such as codes of districts."""
    own = _OWN_ID.get(kind or "")
    column = next((c for c in means if c.role == own and c.how != "stated"), None)
    if column is None:
        return means, []
    ids = as_text(raw.frame[column.own]).str.strip()
    ids = ids[ids != ""]
    if not len(ids) or ids.nunique() > _CODE_SHARE * len(ids) or len(ids) < 3:
        return means, []
    text = LocalizedText(
        f"{len(ids)} 行只有 {ids.nunique()} 个不同的值，不是各行的编号，不使用",
        f"{len(ids)} rows have only {ids.nunique()} different values: no id of the rows, not used",
    )
    shown = shorten(column.own)
    note = Note(raw.file, shown, text, f'columns = {{ "{shown}" = "{column.role}" }}')
    return [c for c in means if c is not column], [note]


def _area_of_the_city(raw: Records, means: list[Column]) -> list[Column]:
    """Take a column headed "area" whose cells are words for the district, as Baidu writes it."""
    column = next((c for c in means if c.role == "area_m2" and c.how != "stated"), None)
    if column is None or column.unit or any(c.role == "district" for c in means):
        return means
    cells = raw.frame[column.own]
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return means
    filled = as_text(cells).str.strip()
    filled = filled[filled != ""].head(_LOOKED_AT)
    if not len(filled) or filled.str.contains(r"\d").any():
        return means
    district = replace(column, role="district", type=roles()["district"].type, factor=1.0)
    return [district if c is column else c for c in means]


def _check_ids(frame: pd.DataFrame, file: str, means: list[Column], kind: str | None) -> None:
    """Refuse an id that stands twice, unless it is one facility with several entrances.

    Only the id of the table's own kind is held to it: a list of facilities names its communities
    and districts by code, and as often as it likes.
    """
    own_names = {column.role: column.own for column in means}
    for name in {_OWN_ID.get(kind or "", "facility_id")} & set(frame.columns):
        ids = frame[name]
        again = ids.notna() & ids.duplicated()
        if name == "facility_id" and "name" in frame.columns:
            # Entrances of one facility share its id and its name.
            again &= ~frame.duplicated(["facility_id", "name"]).to_numpy()
        if not again.any():
            continue
        second = int(np.flatnonzero(again)[0])
        first = int(np.flatnonzero((ids == ids.iloc[second]).to_numpy())[0])
        raise InputError(
            f"the id {shorten(ids.iloc[second], 40)!r} already stands in row"
            f" {frame['source_row'].iloc[first]} ({int(again.sum())} ids occur more than once)",
            hint='Make the ids unique, or leave the column alone: columns = { "..." = "" }.'
            f" Here it was read as {name}.",
            file=file,
            row=int(frame["source_row"].iloc[second]),
            field=shorten(own_names.get(name, name)),
        )


def _service_notes(raw: Records, placed: PlacedRows) -> list[Note]:
    """Return a note on the map service whose columns these are, where no datum is stated."""
    # A GeoJSON is WGS 84 by its rules, but what map services hand out does not keep to them.
    if placed.datum_from not in ("assumed", "file") or placed.datum != "wgs84":
        return []
    there, sure = set(raw.frame.columns), vocabulary()["services_sure"]
    for datum, columns in vocabulary()["services"].items():
        known = datum in sure and there.issuperset(sure[datum])
        if known or len(there.intersection(columns)) >= _SERVICE_COLUMNS:
            text = LocalizedText(
                f"各列出自地图服务商，其坐标系为 {datum}，请写明",
                f"the columns are those of a map service, whose datum is {datum}: state it",
            )
            return [Note(raw.file, "datum", text, f'datum = "{datum}"', match=True)]
    return []


def _filling(
    means: list[Column], out: Mapping[str, NDArray[np.generic]], kind: str | None
) -> set[str]:
    """Return the columns that say what is missing of another one; readers of tables take them."""
    role, names = _FILLING.get(kind or "", ("", ()))
    whole = not any(c.role == role for c in means) or not pd.isna(out[role]).any()
    return set() if whole else set(names)


def _column_notes(means: list[Column], others: list[str], file: str) -> list[Note]:
    """Return notes on what each column was taken for."""
    notes = []
    taken = {column.own for column in means}
    for column in means:
        if column.how == "stated" or column.own == column.role:
            continue
        zh, en = (
            f"理解为“{word_in_chinese(column.role)}”（{column.role}）",
            f"read as {column.role}",
        )
        if column.unit:
            zh, en = f"{zh}，单位：{column.unit}", f"{en}, in {column.unit}"
        own = shorten(column.own)
        notes.append(Note(file, own, LocalizedText(zh, en), f'columns = {{ "{own}" = "..." }}'))
    return [*notes, *unused_note([name for name in others if name not in taken], file)]


def unused_note(names: Sequence[str], file: str) -> list[Note]:
    """Return a note on the columns that nothing is made of; none where there is none."""
    left = [shorten(name, 30) for name in names[:30]]
    if not left:
        return []
    text = LocalizedText(
        f"保留但未使用：{'、'.join(left)}", f"kept, but not used: {', '.join(left)}"
    )
    return [Note(file, "other columns", text, 'columns = { "..." = "..." }')]

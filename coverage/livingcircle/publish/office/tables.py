"""Tables for people: the scorecard as CSV and Excel workbook, and the ranked gaps as CSV."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from livingcircle.city import quality_findings as checks
from livingcircle.io.csv_safety import escape_formula
from livingcircle.publish.frames import (
    findings_frame,
    gaps_frame,
    links_frame,
    quality_frame,
    sites_frame,
)
from livingcircle.publish.palette import STATUS
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.result import Result
from livingcircle.vocab.texts import both, say

__all__ = [
    "escape_formula",
    "write_gaps_csv",
    "write_scorecard_csv",
    "write_scorecard_xlsx",
    "write_sites_csv",
]

STAMP = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""Date inside the workbook: the same tables give the same bytes."""

_SHEET_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write with a byte-order mark, without which Excel reads UTF-8 as the local encoding."""
    safe = frame.map(escape_formula)
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _no_infinity(frame: pd.DataFrame) -> pd.DataFrame:
    """Empty the cells of unreachable distances: a table never says ``inf``."""
    return frame.replace([np.inf, -np.inf], np.nan)


def write_scorecard_csv(result: Result, path: Path) -> int:
    """Write one row a standard; return the number of rows."""
    table = findings_frame(result)
    _write_csv(_no_infinity(table), path)
    return len(table)


def write_gaps_csv(result: Result, path: Path) -> int:
    """Write every gap, ranked within its standard; return the number of rows."""
    gaps = gaps_frame(result)
    table = pd.DataFrame(gaps.drop(columns="geometry"))
    for name in ("metres", "straight_m"):
        table[name] = pd.to_numeric(table[name], errors="coerce").round(1)
    table["reason_zh"] = [say("reason", r, "zh") if r else "" for r in table["reason"]]
    for name in ("lon", "lat"):
        table[name] = pd.to_numeric(table[name]).round(6)
    _write_csv(_no_infinity(table), path)
    return len(table)


def write_sites_csv(plans: Sequence[SitePlan], path: Path) -> int:
    """Write the proposed sites, and the links that would do as much; return the number of rows."""
    sites, links = sites_frame(plans), links_frame(plans)
    middle = shapely.line_interpolate_point(links.geometry.to_numpy(), 0.5, normalized=True)
    links = links.assign(
        what="link", name=links["kind_zh"], lon=shapely.get_x(middle), lat=shapely.get_y(middle)
    )
    both_kinds = [pd.DataFrame(sites.assign(what="site")), pd.DataFrame(links)]
    table = pd.concat([part for part in both_kinds if len(part)] or both_kinds)
    table = table.sort_values(["standard", "option"], kind="stable")
    columns = ["standard", "option", "what", "site_id", "name", "unit_name", "people", "length_m"]
    columns += ["mean_m", "farthest_m", "cost", "staff_low", "staff_high", "lon", "lat"]
    table = table.reindex(columns=[*columns, "text_zh", "text_en"])
    for name, digits in (("length_m", 1), ("mean_m", 1), ("farthest_m", 1), ("lon", 6), ("lat", 6)):
        table[name] = pd.to_numeric(table[name], errors="coerce").round(digits)
    _write_csv(_no_infinity(table), path)
    return len(table)


_HEAD = PatternFill("solid", fgColor="1F3A4D")
_THIN = Border(bottom=Side("thin", color="D0D7DC"))
_WIDE = {
    "statement_zh": 44, "statement_en": 44, "note_zh": 36, "note_en": 36, "clause": 12,
    "sensitivity": 26, "missing": 24, "unit_name": 18, "facility_name": 22, "text": 60,
    "barrier": 18, "mend": 40, "text_zh": 50, "text_en": 50,
}  # fmt: skip
_NUMBER = {
    "people": "#,##0", "households": "#,##0", "people_left_out": "#,##0",
    "households_left_out": "#,##0", "gaps": "#,##0", "metres": "#,##0", "straight_m": "#,##0",
    "due": "0", "rank": "0", "lon": "0.000000", "lat": "0.000000", "total": "#,##0",
}  # fmt: skip
_AMOUNTS = {"value", "target", "sensitivity_low", "sensitivity_high"}
_SHEET_COLUMNS = (
    "id", "clause", "kind", "force", "statement_zh", "statement_en", "status", "value", "target",
    "unit", "due", "is_due", "people_left_out", "households_left_out", "gaps", "sensitivity",
    "sensitivity_low", "sensitivity_high", "missing", "note_zh", "note_en", "verified",
)  # fmt: skip


def write_scorecard_xlsx(result: Result, path: Path) -> None:
    """Write the workbook: an overview, a sheet a plan, the ranked gaps, data quality, sources."""
    book = Workbook()
    book.remove(book.active)
    findings = findings_frame(result)
    _overview(book, result, findings)
    for pack in result.packs:
        part = findings[findings["pack"] == pack.id].reindex(columns=list(_SHEET_COLUMNS))
        _sheet(book, pack.id, _worded(part))
    gaps = pd.DataFrame(gaps_frame(result).drop(columns="geometry"))
    gaps["reason"] = [both("reason", r) if r else "" for r in gaps["reason"]]
    _sheet(book, "缺口 gaps", gaps)
    quality = pd.DataFrame(quality_frame(result)).drop(columns="geometry", errors="ignore")
    quality["check"] = [" / ".join(checks.title(str(check))) for check in quality["check"]]
    quality["severity"] = [both("severity", severity) for severity in quality["severity"]]
    _sheet(book, "数据质量 quality", quality)
    _save(book, path)


def _overview(book: Workbook, result: Result, findings: pd.DataFrame) -> None:
    """Count the statuses plan by plan, under the city's name."""
    rows = []
    for pack in result.packs:
        part = findings[findings["pack"] == pack.id]
        counts = part["status"].value_counts()
        row: dict[str, object] = {
            "pack": pack.id,
            "name": f"{pack.title.zh} / {pack.title.en}",
            "total": len(part),
        }
        row |= {status: int(counts.get(status, 0)) for status in STATUS}
        rows.append(row)
    city = result.city
    title = f"{city.name} {city.name_en or ''} · {result.as_of}"
    if city.synthetic:
        title += " · 合成数据 / synthetic data"
    sheet = _sheet(book, "总览 overview", pd.DataFrame(rows), above=[title])
    for name, width in (("B", 52),):
        sheet.column_dimensions[name].width = width


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    """Replace codes by words in both languages."""
    out = table.copy()
    for name in ("kind", "force", "status", "unit"):
        out[name] = [both(name, v) if isinstance(v, str) else v for v in out[name]]
    for name in ("verified", "is_due"):
        out[name] = ["是 / yes" if v else "否 / no" for v in out[name]]
    return out


def _sheet(book: Workbook, title: str, table: pd.DataFrame, above: Sequence[str] = ()) -> Worksheet:
    """Add one sheet: header in both languages, frozen, filterable, with widths and formats."""
    sheet = book.create_sheet(_sheet_title(title, book.sheetnames))
    for line in above:
        sheet.append([escape_formula(line)])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True, size=14)
    head = len(above) + 1
    for index, name in enumerate(table.columns, 1):
        zh, en = _header(str(name))
        cell = sheet.cell(head, index, zh if zh == en else f"{zh}\n{en}")
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(index)].width = _WIDE.get(str(name), 13)
    sheet.row_dimensions[head].height = 32
    for row in _cells(table):
        sheet.append(row)
    _formats(sheet, table, head)
    sheet.freeze_panes = sheet.cell(head + 1, 2)
    if len(table.columns):
        last = f"{get_column_letter(len(table.columns))}{max(sheet.max_row, head)}"
        sheet.auto_filter.ref = f"A{head}:{last}"
    _printable(sheet, head)
    return sheet


def _header(name: str) -> tuple[str, str]:
    for table in ("column", "status"):
        zh, en = say(table, name, "zh"), say(table, name, "en")
        if zh != name:
            return zh, en
    return name, name


def _sheet_title(title: str, taken: Sequence[str]) -> str:
    """Return a title that Excel takes: at most 31 characters, no brackets or slashes, unique."""
    base = _SHEET_FORBIDDEN.sub(" ", title)[:28] or "sheet"
    name, count = base, 2
    while name.lower() in {t.lower() for t in taken}:
        name, count = f"{base} {count}", count + 1
    return name


def _cells(table: pd.DataFrame) -> Iterator[list[object]]:
    """Yield rows as values a cell can hold; missing and infinite ones are empty."""
    plain = _no_infinity(table).astype(object)
    plain = plain.where(plain.notna(), None)
    for row in plain.itertuples(index=False, name=None):
        yield [
            value
            if isinstance(value, int | float | bool) or value is None
            else escape_formula(str(value))
            for value in (v.item() if isinstance(v, np.generic) else v for v in row)
        ]


def _formats(sheet: Worksheet, table: pd.DataFrame, head: int) -> None:
    """Set number formats, wrapped texts and the colour of the status."""
    shares = _share_rows(table)
    made: dict[tuple[bool, str], Any] = {}
    for index, name in enumerate(map(str, table.columns), 1):
        wraps, usual = name in _WIDE, _NUMBER.get(name, "General")
        cells = next(sheet.iter_cols(index, index, head + 1, sheet.max_row), ())
        for row, cell in enumerate(cells):
            shown = usual
            if name in _AMOUNTS:
                shown = "0.0%" if shares[row] else "#,##0.00"
            if (wraps, shown) not in made:
                cell.border = _THIN
                cell.alignment = Alignment(vertical="top", wrap_text=wraps)
                cell.number_format = shown
                made[wraps, shown] = cell._style
            # Looking up the same style for 50,000 cells takes longer than all the rest.
            cell._style = copy(made[wraps, shown])
    if "status" in table and len(table):
        letter = get_column_letter(list(table.columns).index("status") + 1)
        for status, colour in STATUS.items():
            fill = PatternFill("solid", bgColor=colour[1:])
            sheet.conditional_formatting.add(
                f"{letter}{head + 1}:{letter}{sheet.max_row}",
                CellIsRule(operator="equal", formula=[f'"{both("status", status)}"'], fill=fill),
            )


def _share_rows(table: pd.DataFrame) -> list[bool]:
    if "unit" not in table:
        return [False] * len(table)
    return [u in {"share", both("unit", "share")} for u in table["unit"]]


def _printable(sheet: Worksheet, head: int) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.page_setup.fitToWidth = 1
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{head}:{head}"


def _save(book: Workbook, path: Path) -> None:
    """Save without the clock's time: neither in the document's properties nor in the archive."""
    book.properties.creator = "livingcircle"
    book.properties.created = STAMP.replace(tzinfo=None)
    raw = io.BytesIO()
    book.save(raw)
    stamp = STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with (
        zipfile.ZipFile(raw) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            entry = zipfile.ZipInfo(name, STAMP.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)

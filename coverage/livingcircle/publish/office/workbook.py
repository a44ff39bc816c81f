"""The workbook of a run: an overview, a sheet per plan, the ranked gaps, data quality."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from livingcircle.city import quality_findings as checks
from livingcircle.city.model import City
from livingcircle.io.csv_safety import escape_formula
from livingcircle.localized import LocalizedText
from livingcircle.osm.barriers import barrier_kinds
from livingcircle.publish.credit import osm_credit
from livingcircle.publish.equity import EquityView
from livingcircle.publish.frames import findings_frame, quality_frame
from livingcircle.publish.gap_lists import gap_lists
from livingcircle.publish.hours import hours_sheet
from livingcircle.publish.office.tables import GAP_DIGITS, gap_figures
from livingcircle.publish.palette import STATUS
from livingcircle.standards.missing import missing_words
from livingcircle.standards.result import Result
from livingcircle.vocab.amounts import unit_name
from livingcircle.vocab.opening import DAYS
from livingcircle.vocab.texts import text_in_both, text_of

__all__ = ["write_scorecard_xlsx"]

FIXED_DATE = datetime.datetime(2000, 1, 1)
"""Date inside the workbook: the same tables give the same bytes."""

_SHEET_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_LONGEST_TEXT = 32_767
"""Characters that a cell of XLSX can hold (ECMA-376)."""
_PLAIN_WIDTH = 13
_MOST_DIGITS = 9

_WIDE = {
    "statement_zh": 44, "statement_en": 44, "note_zh": 36, "note_en": 36, "clause": 12,
    "reading_zh": 40, "reading_en": 40, "sensitivity": 26, "missing": 24, "unit_name": 18,
    "facility_name": 22, "text": 60,
    "barrier": 18, "mend": 40, "text_zh": 50, "text_en": 50,
}  # fmt: skip
_NUMBER = {
    "people": "#,##0", "households": "#,##0", "people_left_out": "#,##0",
    "households_left_out": "#,##0", "gaps": "#,##0", "metres": "#,##0", "straight_m": "#,##0",
    "beyond": "#,##0", "unreached": "#,##0", "share_beyond": "0.0%", "mean_minutes": "0.0",
    "gini": "0.00", "palma": "0.00", "people_lost": "#,##0", "homes_lost": "#,##0",
    "people_through": "#,##0", "due": "0", "rank": "0", "lon": "0.000000", "lat": "0.000000",
    "total": "#,##0", "area_m2": "#,##0.0", "required_m2": "#,##0.0", "lacking_m2": "#,##0.0",
    "metres_min": "#,##0", "metres_max": "#,##0", "link_m": "#,##0", "link_people": "#,##0",
    "residents": "#,##0", "detour_ratio": "0.00", "share_left_out": "0.0%",
    **dict.fromkeys(DAYS, "0.0%"),
}  # fmt: skip
_AMOUNTS = {"value", "target", "sensitivity_low", "sensitivity_high", "band_low", "band_high"}
_SHEET_COLUMNS = (
    "id", "clause", "kind", "force", "statement_zh", "statement_en", "status", "value", "target",
    "unit", "due", "is_due", "expired", "people_left_out", "group", "households_left_out", "gaps",
    "sensitivity", "sensitivity_low", "sensitivity_high", "p_met", "band_low", "band_high",
    "depends_on_reading", "reading_zh",
    "reading_en", "missing", "note_zh", "note_en", "verified",
)  # fmt: skip


def write_scorecard_xlsx(
    result: Result,
    path: Path,
    fair: EquityView | None = None,
    hours: pd.DataFrame | None = None,
) -> None:
    """Write the workbook of a result, with equity and opening hours where they were worked out."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(path, options) as book:
        credit = osm_credit(result.city).en
        book.set_properties({"author": "livingcircle", "created": FIXED_DATE, "comments": credit})
        findings = findings_frame(result)
        _overview(book, result, findings)
        shown = findings.assign(
            value=_shown_values(result, findings["value"]), missing=_missing(result, findings.index)
        )
        for pack in result.packs:
            part = shown[shown["pack"] == pack.id].reindex(columns=list(_SHEET_COLUMNS))
            over = pack.document.over(result.as_of)
            banner = f"{over.zh} / {over.en}" if over else ""
            sheet = _sheet(book, pack.id, _worded(part).assign(expired=banner))
            if banner:  # on every printed page; the table stays at the top of the sheet
                sheet.set_header(f"&C{banner}")
        lists = gap_lists(result)
        gaps = pd.DataFrame(lists.shown.drop(columns="geometry"))
        words = {
            reason: text_in_both("reason", reason) for reason in gaps["reason"].dropna().unique()
        }
        gaps["reason"] = gaps["reason"].map(words).fillna("")
        of = {one.id: text_in_both("group", one.group) for one in result.findings}
        gaps.insert(list(gaps.columns).index("people") + 1, "group", gaps["standard"].map(of))
        for name in gaps.columns.intersection(list(GAP_DIGITS)):
            gaps[name] = gap_figures(gaps[name], name)
        above = [f"{lists.note.zh} / {lists.note.en}"] if lists.is_cut else []
        _sheet(book, "缺口 gaps", _gap_words(gaps, result.city), above=above)
        if fair is not None:
            _sheet(book, "公平 equity", _coded(_split_words(fair.table), "group"))
            _sheet(book, "单点 single points", _coded(_single_words(fair.single), "group"))
        if hours is not None and len(hours):
            _sheet(book, "开放时间 hours", hours_sheet(hours))
        quality = pd.DataFrame(quality_frame(result)).drop(columns="geometry", errors="ignore")
        quality["check"] = [
            " / ".join(checks.check_title(str(check))) for check in quality["check"]
        ]
        quality["severity"] = [
            text_in_both("severity", severity) for severity in quality["severity"]
        ]
        _sheet(book, "数据质量 quality", quality)


def _overview(book: Workbook, result: Result, findings: pd.DataFrame) -> None:
    """Count the statuses plan by plan, under the city's name."""
    rows = []
    for pack in result.packs:
        part = findings[findings["pack"] == pack.id]
        may = part["force"] == "may"
        counts = part.loc[~may, "status"].value_counts()
        row: dict[str, object] = {
            "pack": pack.id,
            "name": f"{pack.title.zh} / {pack.title.en}",
            "total": len(part),
        }
        row |= {status: int(counts.get(status, 0)) for status in STATUS}
        over = pack.document.over(result.as_of)
        row |= {"may": int(may.sum()), "expired": f"{over.zh} / {over.en}" if over else ""}
        rows.append(row)
    city = result.city
    title = f"{city.name} {city.name_en or ''} · {result.as_of}"
    if city.synthetic:
        title += " · 合成数据 / synthetic data"
    credit = osm_credit(city)
    above = [title, f"{credit.zh} / {credit.en}"] if credit else [title]
    table = pd.DataFrame(rows)
    sheet = _sheet(book, "总览 overview", table, above=above)
    sheet.set_column(1, 1, 52)


def _shown_values(result: Result, values: pd.Series) -> pd.Series:
    """Return values for reading: a share of units or facilities is n/m."""
    shown = [
        f"{one.members_met[0]:,}/{one.members_met[1]:,}" if one.members_met else value
        for one, value in zip(result.findings, values, strict=True)
    ]
    return pd.Series(shown, index=values.index, dtype=object)


def _missing(result: Result, index: pd.Index) -> pd.Series:
    """Return what data each finding lacks, in words."""
    words = [missing_words(one.missing) for one in result.findings]
    shown = [f"{one.zh} / {one.en}" if one.zh else "" for one in words]
    return pd.Series(shown, index=index, dtype=object)


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    """Replace codes by words in both languages."""
    out = table.copy()
    encouraged = (out["force"] == "may") & (out["status"] == "short")
    out["status"] = out["status"].mask(encouraged, "short_may")
    out = _coded(out, "force", "status", "group", "sensitivity").assign(
        kind=_kind_words(out["kind"]), unit=[_in_both(unit_name(unit)) for unit in out["unit"]]
    )
    for name in ("verified", "is_due", "depends_on_reading"):
        out[name] = ["是 / yes" if v else "否 / no" for v in out[name]]
    return out


def _in_both(words: LocalizedText) -> str:
    """Return "zh / en", once where one is empty."""
    return f"{words.zh} / {words.en}" if words.en else words.zh


def _coded(table: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Replace the codes of columns by the words of the tables of texts of the same names."""
    words = {
        name: [text_in_both(name, v) if isinstance(v, str) else v for v in table[name]]
        for name in names
    }
    return table.assign(**words)


def _gap_words(gaps: pd.DataFrame, city: City) -> pd.DataFrame:
    """Return gaps with words for codes, and the names of the towns and districts that hold them."""
    out = _coded(gaps, "level")
    barriers = barrier_kinds()
    if "barrier" in out:
        names = {code: f"{kind.zh} / {kind.en}" for code, kind in barriers.items()}
        out["barrier"] = [names.get(str(code), code) for code in out["barrier"]]
    for level in ("town", "district"):
        table = city.units.get(level)
        if level in out and table is not None:
            name_of = dict(zip(table["unit_id"].astype(str), table["name"], strict=True))
            out[level] = [name_of.get(str(unit), unit) for unit in out[level]]
    return out


def _split_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of equity with words for codes; only a unit has an id of its own."""
    unit = table["by"].isin(("town", "district"))
    by = [text_in_both("split", code) for code in table["by"]]
    return table.assign(by=by, key=table["key"].where(unit, ""))


def _single_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return the single points with words for codes."""
    what = [text_in_both("single", code) for code in table["what"]]
    return table.assign(what=what).drop(columns=["what_zh", "what_en"], errors="ignore")


def _kind_words(codes: pd.Series) -> list[str]:
    """Return the words of kinds; of several parts each: "provision+circle"."""
    return [
        " + ".join(text_of("kind", one, "zh") for one in str(code).split("+"))
        + " / "
        + " + ".join(text_of("kind", one, "en") for one in str(code).split("+"))
        for code in codes
    ]


def _sheet(book: Workbook, title: str, table: pd.DataFrame, above: Sequence[str] = ()) -> Worksheet:
    """Add one sheet: header in both languages, frozen, filterable, with widths and formats."""
    taken = [sheet.get_name() for sheet in book.worksheets()]
    sheet = book.add_worksheet(_sheet_title(title, taken))
    big = book.add_format({"bold": True, "font_size": 14})
    small = book.add_format({"font_size": 9, "font_color": "#5A666E"})
    for row, line in enumerate(above):
        sheet.write_string(row, 0, str(escape_formula(line)), small if row else big)
    head = len(above)
    header = book.add_format(
        {
            "bold": True,
            "font_color": "#FFFFFF",
            "bg_color": "#1F3A4D",
            "text_wrap": True,
            "valign": "vcenter",
        }
    )
    for index, name in enumerate(map(str, table.columns)):
        zh, en = _header(name)
        sheet.write_string(head, index, zh if zh == en else f"{zh}\n{en}", header)
        sheet.set_column(index, index, _WIDE.get(name, _PLAIN_WIDTH))
    sheet.set_row(head, 32)
    shares = _share_rows(table)
    targets = _cells(table["target"]) if "target" in table else [None] * len(table)
    for index, name in enumerate(map(str, table.columns)):
        _column(book, sheet, (head + 1, index), name, table.iloc[:, index], shares, targets)
    _status_colours(book, sheet, table, head)
    sheet.freeze_panes(head + 1, 1)
    if len(table.columns):
        sheet.autofilter(head, 0, head + len(table), len(table.columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    return sheet


def _header(name: str) -> tuple[str, str]:
    for table in ("column", "status", "plan"):
        zh, en = text_of(table, name, "zh"), text_of(table, name, "en")
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


def _column(
    book: Workbook,
    sheet: Worksheet,
    top: tuple[int, int],
    name: str,
    values: pd.Series,
    shares: Sequence[bool],
    targets: Sequence[object],
) -> None:
    """Write one column below its header; missing and infinite values are empty cells."""
    usual = _format(book, name, _NUMBER.get(name, "General"))
    amount = _format(book, name, "#,##0.00") if name in _AMOUNTS else usual
    share = _format(book, name, "0.0%") if name in _AMOUNTS else usual
    first, index = top
    cells = _cells(values)
    if share is usual:
        sheet.write_column(first, index, cells, amount)
        return
    finer: dict[str, Format] = {}
    rows = zip(cells, shares, targets, strict=True)
    for row, (value, is_share, target) in enumerate(rows, first):
        shown, more = share if is_share else amount, _finer(value, target, is_share)
        if more:
            code = f"0.{'0' * more}%" if is_share else f"#,##0.{'0' * more}"
            shown = finer.setdefault(code, _format(book, name, code))
        sheet.write(row, index, value, shown)


def _finer(value: object, target: object, is_share: bool) -> int:
    """Return the digits that a number below its target, or below all, needs so as not to read so.

    0 where the usual ones do.
    """
    if not isinstance(value, float):
        return 0
    scale, usual = (100.0, 1) if is_share else (1.0, 2)
    bounds = [float(one) for one in (target, 1.0 if is_share else None) if isinstance(one, float)]
    above = [one for one in bounds if value < one - 1e-9 * max(1.0, one)]
    for digits in range(usual, _MOST_DIGITS):
        if all(round(value * scale, digits) < round(one * scale, digits) for one in above):
            return 0 if digits == usual else digits
    return _MOST_DIGITS


def _format(book: Workbook, name: str, number: str) -> Format:
    """Return the format of a column's cells."""
    return book.add_format(
        {
            "num_format": number,
            "text_wrap": name in _WIDE,
            "valign": "top",
            "bottom": 1,
            "bottom_color": "#D0D7DC",
        }
    )


def _cells(values: pd.Series) -> list[object]:
    """Return values as cells can hold them; a text that stands often is looked at once."""
    known = values.notna().to_numpy() & ~values.isin([np.inf, -np.inf]).to_numpy()
    plain = values.astype(object).where(known, None).tolist()
    own = [one.item() if isinstance(one, np.generic) else one for one in plain]
    cells = [one if isinstance(one, int | float | bool | None) else str(one) for one in own]
    texts = {one for one in cells if isinstance(one, str)}
    escaped = {one: str(escape_formula(one))[:_LONGEST_TEXT] for one in texts}
    return [escaped[one] if isinstance(one, str) else one for one in cells]


def _status_colours(book: Workbook, sheet: Worksheet, table: pd.DataFrame, head: int) -> None:
    """Colour the cells of a column of statuses by what they say."""
    if "status" not in table or not len(table):
        return
    index = list(table.columns).index("status")
    for status, colour in STATUS.items():
        fill = book.add_format({"bg_color": colour})
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{text_in_both("status", status)}"',
            "format": fill,
        }
        sheet.conditional_format(head + 1, index, head + len(table), index, rule)


def _share_rows(table: pd.DataFrame) -> list[bool]:
    if "unit" not in table:
        return [False] * len(table)
    return [u in {"share", text_in_both("unit", "share")} for u in table["unit"]]

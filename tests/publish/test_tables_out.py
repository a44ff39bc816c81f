from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

import livingcircle as lc
from builders.drawing import FORMULA, NASTY
from livingcircle.io.csv_safety import escape_formula
from livingcircle.publish.office import tables, workbook
from livingcircle.publish.office.tables import write_gaps_csv
from livingcircle.publish.office.workbook import write_scorecard_xlsx
from livingcircle.vocab.texts import text_in_both

DANGER = ("=", "+", "-", "@")


def rows(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "Excel takes CSV without a mark for GBK"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.slow
def test_scorecard_has_a_row_for_every_requirement(written: Path, result: lc.Result) -> None:
    table = rows(written / "scorecard.csv")
    assert [r["id"] for r in table] == [f.id for f in result.findings]
    circle = next(r for r in table if r["id"] == "XM-1a")
    finding = result.finding("XM-1a")
    assert float(circle["value"]) == pytest.approx(finding.value)
    assert float(circle["people_left_out"]) == finding.gaps["people"].sum()
    assert circle["sensitivity"] == "speed"
    assert float(circle["sensitivity_low"]) <= float(circle["value"])
    wanted = {"pack", "clause", "kind", "status", "target", "due", "households_left_out"}
    assert wanted <= set(circle)


def test_gaps_are_ranked_by_people_within_each_standard(written: Path, result: lc.Result) -> None:
    table = pd.DataFrame(rows(written / "gaps.csv"))
    assert len(table) == sum(len(f.gaps) for f in result.findings)
    for _, part in table.groupby("standard"):
        assert part["rank"].astype(int).tolist() == list(range(1, len(part) + 1))
        people = pd.to_numeric(part["people"]).dropna()
        assert people.is_monotonic_decreasing
    first = table[table["standard"] == "XM-1a"].iloc[0]
    assert first["facility_name"] in {"南中心", NASTY, "<img src=x onerror=alert(2)>"}
    assert float(first["metres"]) > float(first["straight_m"]) > 0
    assert first["reason"] in {"no_facility", "detour"}


def test_unreachable_is_empty_and_never_inf(written: Path) -> None:
    for name in ("gaps.csv", "scorecard.csv"):
        assert not {"inf", "-inf", "nan"} & {v for r in rows(written / name) for v in r.values()}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1"]
)
def test_texts_that_look_like_formulas_are_quoted(text: str) -> None:
    safe = escape_formula(text)
    assert isinstance(safe, str)
    assert safe.startswith("'")


@pytest.mark.parametrize("value", ["社区=好", "a-b", "", 3, -3.5, None, "10 %", "+1", "-3.5"])
def test_other_values_stay(value: object) -> None:
    assert escape_formula(value) == value


def test_no_cell_of_a_csv_begins_like_a_formula(written: Path) -> None:
    names = set()
    for file in ("gaps.csv", "scorecard.csv"):
        for row in rows(written / file):
            for value in row.values():
                try:
                    float(value)
                except ValueError:
                    assert not value.lstrip().startswith(DANGER), value
            names.add(row.get("unit_name"))
    assert f"'{FORMULA}" in names


def test_workbook_has_a_sheet_a_plan_frozen_formatted_and_without_formulas(
    written: Path, result: lc.Result
) -> None:
    book = openpyxl.load_workbook(written / "scorecard.xlsx")
    assert {p.id for p in result.packs} < set(book.sheetnames)
    sheet = book["xiamen-2025"]
    assert sheet.freeze_panes == "B2"
    assert sheet.max_row == 1 + len(result.packs[0].requirements)
    header = [c.value for c in sheet[1]]
    assert header[0] == "编号\nid"
    value = next(c for c in sheet[2] if header[c.column - 1].startswith("现状值"))
    assert value.number_format == "0.0%"
    assert value.value == pytest.approx(result.finding("XM-1a").value)
    for page in book:
        for line in page.iter_rows():
            assert all(c.data_type != "f" for c in line)
    assert "synthetic" in book["总览 overview"]["A1"].value


def test_workbook_names_codes_and_columns_in_words(written: Path) -> None:
    book = openpyxl.load_workbook(written / "scorecard.xlsx")
    found = {}
    for sheet, head in (("总览 overview", "total"), ("缺口 gaps", "level")):
        lines = [[c.value for c in line] for line in book[sheet].iter_rows()]
        top = next(k for k, line in enumerate(lines) if line[1] and "\n" in str(line[1]))
        assert head not in lines[top]
        found |= {str(h): {line[i] for line in lines[top + 1 :]} for i, h in enumerate(lines[top])}
    assert "要求总数\nrequirements" in found
    assert "社区 / communities" in found["层级\nlevel"]
    plan = [[c.value for c in line] for line in book["xiamen-2025"].iter_rows()]
    at = {str(h).split("\n")[-1].split(" (")[0]: i for i, h in enumerate(plan[0])}
    told = {line[k] for line in plan[1:] for k in (at["data missing"], at["sensitivity"])} - {None}
    assert "步速 / walking speed" in told
    assert not {one for one in told if ":" in one and "." in one and " / " not in one}


def test_a_list_of_gaps_is_no_truer_than_its_data(result: lc.Result, tmp_path: Path) -> None:
    finding = next(f for f in result.findings if len(f.gaps) and "people" in f.gaps)
    gaps = finding.gaps.head(1).assign(
        standard="T", rank=1, people=1234.5678, households=99.4, metres=1173.26, straight_m=50.04,
        share_left_out=1 / 3, required_m2=1040.6999999999998, lon=115.1234567, lat=24.1,
    )  # fmt: skip
    tables._write_gaps(gaps.assign(reason="detour"), tmp_path / "gaps.csv")
    (row,) = rows(tmp_path / "gaps.csv")
    told = [row[k] for k in ("people", "households", "metres", "straight_m", "share_left_out")]
    assert told == ["1235", "99", "1173.3", "50.0", "0.3333"]
    assert (row["required_m2"], row["lon"], row["lat"]) == ("1040.7", "115.123457", "24.1")


def test_what_falls_short_by_a_hair_still_does_in_the_list(
    result: lc.Result, tmp_path: Path
) -> None:
    finding = next(f for f in result.findings if len(f.gaps) and "people" in f.gaps)
    gaps = finding.gaps.head(1).assign(
        standard="T", rank=1, people=5, metres=1000.04, straight_m=999.96, value=0.89999,
        area_m2=599.96, required_m2=600.0, lacking_m2=0.04,
    )  # fmt: skip
    tables._write_gaps(gaps.assign(reason="too_small"), tmp_path / "gaps.csv")
    (row,) = rows(tmp_path / "gaps.csv")
    names = ("metres", "straight_m", "value", "area_m2", "required_m2", "lacking_m2")
    told = [row[k] for k in names]
    assert told == ["1000.1", "1000.0", "0.8999", "599.9", "600.0", "0.1"]


def test_a_workbook_says_what_an_equity_row_splits_by_and_what_closes() -> None:
    split = pd.DataFrame({"by": ["all", "group", "town"], "key": ["", "age65", "T1"]})
    told = workbook._split_words(split)
    assert told["by"].tolist() == [
        "全体 / everybody", "人群 / group", "镇（街道） / town or subdistrict",
    ]  # fmt: skip
    assert told["key"].tolist() == ["", "", "T1"]  # "age65" is a code, and the name says it
    points = pd.DataFrame({"what": ["gate", "bridge"], "what_zh": ["", ""], "what_en": ["", ""]})
    assert workbook._single_words(points)["what"].str.contains(" / ").all()
    assert workbook._kind_words(pd.Series(["provision+circle"])) == [
        "设施配置 + 生活圈 / provision + circle"
    ]


def test_a_workbook_names_the_barrier_the_town_and_the_district() -> None:
    table = pd.DataFrame({"unit_id": ["T1"], "name": ["北镇"]})
    city = SimpleNamespace(units={"town": table, "district": table.assign(name="东区")})
    gaps = pd.DataFrame(
        {"level": ["community"], "barrier": ["water"], "town": ["T1"], "district": ["T1"]}
    )
    row = workbook._gap_words(gaps, city).iloc[0]
    assert row.tolist() == ["社区 / communities", "河流水面 / water", "北镇", "东区"]


def test_equal_results_give_equal_bytes(result: lc.Result, tmp_path: Path) -> None:
    for k in (1, 2):
        write_scorecard_xlsx(result, tmp_path / f"{k}.xlsx")
        write_gaps_csv(result, tmp_path / f"{k}.csv")
    for end in ("xlsx", "csv"):
        assert (tmp_path / f"1.{end}").read_bytes() == (tmp_path / f"2.{end}").read_bytes()


@pytest.mark.parametrize(
    ("value", "target", "is_share", "digits"),
    [
        (0.5, 0.9, True, 0),
        (1.0, 1.0, True, 0),
        (0.99986, None, True, 2),
        (0.999999, 1.0, True, 4),
        (0.89996, 0.9, True, 3),
        (17.998, 18.0, False, 3),
        (17.9, 18.0, False, 0),
        (None, 18.0, False, 0),
        ("36/59", 1.0, True, 0),
    ],
)
def test_a_number_of_the_workbook_never_reads_as_the_target_that_it_misses(
    value: object, target: float | None, is_share: bool, digits: int
) -> None:
    assert workbook._finer(value, target, is_share) == digits


def test_the_workbook_says_whom_people_left_out_are(written: Path, result: lc.Result) -> None:
    book = openpyxl.load_workbook(written / "scorecard.xlsx")
    for pack in result.packs:
        lines = [[c.value for c in line] for line in book[pack.id].iter_rows()]
        at = {str(head).split("\n")[-1]: k for k, head in enumerate(lines[0])}
        told = {line[at["id"]]: line[at["whom"]] for line in lines[1:]}
        for finding in result.findings:
            if finding.requirement.pack == pack.id:
                assert told[finding.id] == text_in_both("group", finding.group)
    lines = [[c.value for c in line] for line in book["缺口 gaps"].iter_rows()]
    top = next(k for k, line in enumerate(lines) if "标准\nstandard" in line)
    assert lines[top][lines[top].index("人口\npeople") + 1] == "人群\nwhom"

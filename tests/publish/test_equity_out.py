"""Equity and single points as a planner reads them: tables, workbook, report."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

import livingcircle as lc
from livingcircle.gaps.inequality import gini


def table(written: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(written / name, encoding="utf-8-sig", dtype={"key": str})


def test_every_circle_has_its_rows_and_they_add_up(result: lc.Result, written: Path) -> None:
    rows = table(written, "equity.csv")
    circles = {
        f.id
        for f in result.findings
        if f.requirement.kind == "circle" and f.parts[0].gaps is not None
    }
    assert set(rows["standard"]) == circles
    whole = rows[rows["by"] == "all"].set_index("standard")
    for by in ("urban_village", "town"):
        parts = rows[rows["by"] == by].groupby("standard")[["people", "beyond", "unreached"]].sum()
        assert np.allclose(parts, whole.loc[parts.index, ["people", "beyond", "unreached"]])
    homes = result.finding("XM-1a").demand
    minutes = homes["metres"].to_numpy() / 1.33 / 60
    stated = whole.loc["XM-1a", "gini"]
    assert abs(stated - gini(minutes, homes["residents"].to_numpy(float))) < 1e-4


def test_single_points_are_those_of_the_result(result: lc.Result, written: Path) -> None:
    rows = table(written, "single_points.csv")
    own = result.single_points("XM-1a")
    got = rows[rows["standard"] == "XM-1a"]
    assert got["people_lost"].tolist() == own["people_lost"].tolist()
    assert got["key"].tolist() == own["key"].tolist()
    assert {"facility"} <= set(rows["what"])
    assert set(rows["what_zh"]) <= {
        "设施",
        "桥",
        "隧道",
        "过街处",
        "出入口（通向内部道路）",
        "唯一通道",
    }


def test_the_workbook_has_their_sheets(written: Path) -> None:
    book = openpyxl.load_workbook(written / "scorecard.xlsx", read_only=True)
    assert {"公平 equity", "单点 single points"} <= set(book.sheetnames)
    head = [str(cell.value) for cell in next(book["公平 equity"].iter_rows(max_row=1))]
    assert any("基尼系数" in text and "Gini" in text for text in head)


def test_the_report_draws_the_curve_in_both_languages(written: Path) -> None:
    page = (written / "report.html").read_text("utf-8")
    curves = re.findall(r'<polyline points="([^"]+)"', page)
    assert len(curves) >= 3
    for curve in curves:
        xy = np.array([pair.split(",") for pair in curve.split()], float)
        assert xy[0].tolist() == [0.0, 100.0]
        assert xy[-1].tolist() == [100.0, 0.0]
        assert (100 - xy[:, 1] <= xy[:, 0] + 0.06).all()  # below the diagonal
    closes = "left out if one of them closes"
    for words in ("洛伦兹曲线", "Lorenz curve", "Lerman", "单点依赖", closes):
        assert words in page
    assert "<img src=x onerror" not in page  # the name of a facility that people hang on

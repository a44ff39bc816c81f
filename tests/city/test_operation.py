"""A list says which of its facilities are closed, planned or being built: those do not count."""

from __future__ import annotations

import pandas as pd
import pytest

from builders.square_city import units, write_city, write_facilities, write_units
from livingcircle.city.model import read_city
from livingcircle.city.operation import is_open as said_open

CENTRE = "社区党群服务中心"


def _city(folder, header, words, part=""):
    rows = [(50 + 5 * i, 50, f"中心{i}", CENTRE, word) for i, word in enumerate(words)]
    listed = write_facilities(folder, rows, f"名称,类别,{header}")
    return read_city(write_city(folder, write_units(folder, units()), listed + part, ""))


@pytest.mark.slow
@pytest.mark.parametrize("header", ["状态", "运营状态", "建设状态", "status", "Operating Status"])
def test_closed_and_planned_facilities_keep_their_row_and_do_not_count(tmp_path, header):
    words = ["已关闭", "在建", "规划", "Under construction", "正常", "open", "", "甲类"]
    city = _city(tmp_path, header, words)
    table = city.facilities.table
    assert table["status"].tolist() == ["not_open"] * 4 + ["ok"] * 4
    assert sum(city.facilities.categories.values()) == 4
    told = [n.text for n in city.notes if n.field == header]
    assert any("4 行不在运营" in t.zh and "在建 × 1" in t.zh for t in told)
    assert any("1 row has a status" in t.en and "甲类" in t.en for t in told)


def test_a_column_left_alone_closes_nothing(tmp_path):
    city = _city(tmp_path, "状态", ["已关闭", "在建"], 'columns = { "状态" = "" }\n')
    assert city.facilities.table["status"].eq("ok").all()


def test_an_open_facility_outlives_a_closed_row_of_its_id(tmp_path):
    rows = [(50, 50, "中心", CENTRE, "x1", "已搬迁"), (90, 50, "中心", CENTRE, "x1", "正常")]
    listed = write_facilities(tmp_path, rows, "名称,类别,设施编号,状态")
    listed += 'columns = { "设施编号" = "facility_id" }\n'
    city = read_city(write_city(tmp_path, write_units(tmp_path, units()), listed, ""))
    table = city.facilities.table
    assert table["status"].tolist() == ["not_open", "ok"]
    assert pd.isna(table["entrances"]).all()


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("已关闭（2023年）", False),
        ("2024年建成", True),
        ("预计2026年建成", False),
        ("未正常运营", False),
        ("未建成", False),
        ("ＣＬＯＳＥＤ", False),
        ("恢复营业", True),
        ("规划保留", None),
        ("不详", None),
    ],
)
def test_the_longest_word_decides(text, is_open):
    assert said_open(text) is is_open

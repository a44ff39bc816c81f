"""``where`` says which rows of a table count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from builders.square_city import units, write_city, write_facilities, write_units
from livingcircle.city.model import read_city
from livingcircle.errors import ConfigError
from livingcircle.io.table.where import cells_meeting, parse_where

ROWS = [(50, 50, "一", "药店", "在建"), (90, 50, "二", "药店", "已建"), (150, 50, "三", "药店", "")]


def _city(folder, where):
    listed = write_facilities(folder, ROWS, "名称,类别,状态") + f'where = "{where}"\n'
    return read_city(write_city(folder, write_units(folder, units()), listed, ""))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("状态 = 已建", [False, True, False]),
        ("operation in (已建, 在建)", [True, True, False]),
        ("状态 != 在建 and name != 三", [False, True, False]),
        ("状态＝已建", [False, True, False]),
        ("状态 ≠ “在建” 且 name ≠ 三", [False, True, False]),
    ],
)
def test_rows_left_out_keep_a_status_and_do_not_count(tmp_path, where, kept):
    city = _city(tmp_path, where)
    assert city.facilities.table["status"].eq("ok").tolist() == kept
    assert city.facilities.categories == {"pharmacy": sum(kept)}
    assert any("where keeps" in n.text.en for n in city.notes)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["颜色 = 红", "状态 ~ 已建", "状态 = 没有", "状态 < 已建"])
def test_what_cannot_be_meant_is_one_line(tmp_path, where):
    with pytest.raises(ConfigError) as told:
        _city(tmp_path, where)
    assert "\n" not in told.value.line("en")
    assert told.value.line("zh") != told.value.line("en")
    assert told.value.hint.en


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["1,234", "49", "50"], [True, False, True]),
        (["５０", "1.2万", ""], [True, True, False]),
        (["60㎡", "40平方米", "约80"], [True, False, True]),
    ],
)
def test_numbers_are_compared_as_a_spreadsheet_writes_them(cells, kept):
    (condition,) = parse_where("面积 ≥ 50")
    assert cells_meeting(pd.Series(cells), condition).tolist() == kept


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([1, 2, 3]),
        pd.Series([1.0, 2.0, np.nan]),
        pd.Series([1, 2, None], dtype="Int64"),
        pd.Series(["1", "2", ""]),
    ],
    ids=["whole", "blank", "nullable", "text"],
)
@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("楼层 = 1", [True, False, False]),
        ("楼层 ＝ ‘2’", [False, True, False]),
        ("楼层 in (1, 2)", [True, True, False]),
        ("楼层 != 1", [False, True, True]),
        ("楼层 ≠ “1”", [False, True, True]),
        ("楼层 = 甲", [False, False, False]),
    ],
)
def test_numbers_are_compared_whatever_a_column_holds_them_as(cells, where, kept):
    (condition,) = parse_where(where)
    assert cells_meeting(cells, condition).tolist() == kept


@pytest.mark.parametrize(("where", "kept"), [("a = 2.0", [0, 1]), ("a = true", [0, 0])])
def test_a_number_is_meant_however_it_is_written(where, kept):
    (condition,) = parse_where(where)
    assert cells_meeting(pd.Series([1, 2]), condition).tolist() == kept


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("规模 in ('≤50㎡', '50-100㎡')", ["≤50㎡", "50-100㎡"]),
        ("规模 = '甲“乙”'", ["甲“乙”"]),
        ('规模 = "其他（“三类”）"', ["其他（“三类”）"]),
        ("规模 ＝ “≤50㎡”", ["≤50㎡"]),
        ("规模 in (‘≤50㎡’, '50-100㎡')", ["≤50㎡", "50-100㎡"]),
        ('规模 = "≤50㎡”', ["≤50㎡"]),
        ("规模 ≠ '≤50㎡' 且 规模 ＝ ”50-100㎡”", ["50-100㎡"]),
    ],
)
def test_signs_within_quotes_are_those_of_the_cells(where, kept):
    cells = pd.Series(["≤50㎡", "50-100㎡", "其他（“三类”）", "甲“乙”"])
    met = np.logical_and.reduce([cells_meeting(cells, one) for one in parse_where(where)])
    assert cells[met].tolist() == kept


def test_a_column_within_quotes_keeps_its_signs():
    assert parse_where("'≥65岁' ≥ 3")[0].column == "≥65岁"

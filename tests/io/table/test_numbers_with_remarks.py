"""A remark in brackets behind a number is no part of it, and is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from livingcircle.io.table.numbers import read_cells


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("1234人（户籍）", "count", 1234),
        ("1,234(户籍人口)", "count", 1234),
        ("1234（2020年）", "count", 1234),
        ("1234（含流动500人）", "count", 1234),
        ("1.2万人【常住】", "count", 12_000),
        ("500㎡（建筑面积）", "area_m2", 500),
    ],
)
def test_the_number_before_a_remark_is_read_and_told(cell, kind, value):
    read = read_cells(pd.Series([cell, "7"]), kind)
    assert read.values.tolist() == [value, 7]
    assert read.rounded.tolist() == [True, False]
    assert not read.bad.any()


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("120户（360人）", "count"),
        ("1.2（单位：万）", "count"),
        ("1234（50%）", "count"),
        ("无（户籍）", "count"),
        ("户籍（1234）", "count"),
        ("1.5（公顷，估）", "area_m2"),
    ],
)
def test_brackets_that_may_change_the_number_leave_it_unknown(cell, kind):
    read = read_cells(pd.Series([cell]), kind)
    assert np.isnan(read.values[0])
    assert read.bad.all()


def test_a_unit_in_brackets_is_a_unit():
    read = read_cells(pd.Series(["1.2（万人）", "1234（人）"]), "count")
    assert read.values.tolist() == [12_000, 1234]
    assert not read.rounded.any()

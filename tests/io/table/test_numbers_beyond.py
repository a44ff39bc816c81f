"""Counts and areas beyond the Earth, and years beyond every plan, are not taken for numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from livingcircle.errors import ConfigError
from livingcircle.io.table.numbers import read_cells
from livingcircle.standards.assess import assess


@pytest.mark.parametrize("value", [1e308, 1e13, -5, float("inf"), float("-inf")])
@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("kind", ["count"])
def test_a_count_of_no_sense_is_missing_and_told(value, as_text, kind):
    cells = [12.0, value]
    column = pd.Series([repr(cell) for cell in cells] if as_text else cells)
    read = read_cells(column, kind)
    assert read.values[0] == 12
    assert np.isnan(read.values[1])
    assert read.bad.tolist() == [False, True]


def test_three_hundred_digits_are_no_count():
    read = read_cells(pd.Series(["9" * 300, "9" * 400, "80亿"]), "count")
    assert read.bad[:2].all()


@pytest.mark.parametrize("year", [0, -5, 999_999])
def test_a_year_of_no_plan_is_refused(year):
    with pytest.raises(ConfigError, match="no year"):
        assess(None, "xiamen-2025", as_of=year)

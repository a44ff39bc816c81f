"""A finding about rows without coordinates names them and says why."""

from __future__ import annotations

import pytest

from builders.square_city import units, write_city, write_facilities, write_units
from livingcircle.city.model import read_city


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 13])
def test_rows_without_coordinates_are_named(tmp_path, count):
    rows = [(50, 50, "甲", "药店"), *[(None, None, f"乙{i}", "药店") for i in range(count)]]
    listed = write_facilities(tmp_path, rows, "名称,类别")
    city = read_city(write_city(tmp_path, write_units(tmp_path, units()), listed, ""))
    found = city.issues
    (text,) = found.loc[found["check"] == "no_coordinates", "text_en"]
    (zh,) = found.loc[found["check"] == "no_coordinates", "text_zh"]
    if count == 1:
        assert text.startswith("1 row without coordinates")
        assert "(row 3)" in text
        assert "（第 3 行）" in zh
    else:
        assert text.startswith("13 rows")
        assert "(rows 3, 4, 5" in text
        assert "12, … and 3 more)" in text
        assert "另有 3 行" in zh

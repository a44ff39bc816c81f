"""A table with two pairs of coordinates, one of them empty in some rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from livingcircle.io.datum.convert import from_wgs84
from livingcircle.io.table.read import read_table

TRUTH = np.array([[113.1, 22.1], [113.2, 22.2], [113.3, 22.3]])


def read(folder, kept, datum, headers):
    """A table whose first pair is WGS 84 in the rows of `kept`, and its second pair whole."""
    first = pd.DataFrame(TRUTH, columns=["lng_wgs84", "lat_wgs84"]).astype(object)
    first[~np.array(kept)] = ""
    second = from_wgs84(*TRUTH.T, datum) if datum else TRUTH.T
    table = first.assign(**dict(zip(headers, second, strict=True)), 名称=list("甲乙丙"))
    table.to_csv(folder / "a.csv", index=False)
    found = read_table(folder / "a.csv", kind="facilities")
    xy = np.column_stack([found.frame.geometry.x, found.frame.geometry.y])
    return found, xy, [n for n in found.notes if "are empty where" in n.text.en]


def test_a_second_pair_that_names_its_datum_is_read_where_it_is_fuller(tmp_path):
    found, xy, [note] = read(tmp_path, [True, False, True], "gcj02", ["lng_gcj02", "lat_gcj02"])
    assert (found.datum, found.datum_from) == ("gcj02", "header")
    assert xy == pytest.approx(TRUTH, abs=1e-7)
    assert "1 rows; the latter are read" in note.text.en
    assert note.match


def test_an_empty_pair_is_as_if_it_were_not_there(tmp_path):
    _, xy, [note] = read(tmp_path, [False] * 3, None, ["经度", "纬度"])
    assert xy == pytest.approx(TRUTH)
    assert "3 rows; the latter are read" in note.text.en


def test_of_a_second_pair_of_no_datum_is_told_what_it_has_more(tmp_path):
    found, xy, [note] = read(tmp_path, [True, False, True], "gcj02", ["经度", "纬度"])
    # Nobody knows how to convert it: whoever has a place keeps it to the metre.
    assert found.datum == "wgs84"
    assert xy[[0, 2]] == pytest.approx(TRUTH[[0, 2]])
    assert found.frame["status"].tolist() == ["ok", "no_coordinates", "ok"]
    assert "1 rows; the former are read" in note.text.en
    assert note.overrule == 'columns = { "lng_wgs84" = "", "lat_wgs84" = "" }'


def test_a_full_pair_in_wgs84_is_read_without_a_word(tmp_path):
    found, xy, notes = read(tmp_path, [True] * 3, "gcj02", ["lng_gcj02", "lat_gcj02"])
    assert found.datum == "wgs84"
    assert xy == pytest.approx(TRUTH)
    assert notes == []

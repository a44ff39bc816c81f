"""Lists and objects in cells: one column stays one where it is stated, and texts stay words."""

from __future__ import annotations

import json

import pytest

from builders.square_city import write_city
from livingcircle.city.model import read_city
from livingcircle.io.table.read import read_table

CELLS = (["社区党群服务中心"], ["社区党群服务中心", "药店"], [], None)


def lists(path, cells=CELLS):
    features = [
        {
            "type": "Feature",
            "properties": {"名称": f"点{n}", "类别": cell, "center": [118.1, 24.4]},
            "geometry": {"type": "Point", "coordinates": [113.501 + n / 1000, 30.251]},
        }
        for n, cell in enumerate(cells)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


@pytest.mark.parametrize("stated", [None, {"类别": "category"}])
def test_a_list_of_words_is_words_whether_its_column_is_stated_or_found(tmp_path, stated):
    table = read_table(lists(tmp_path / "a.geojson"), kind="facilities", columns=stated)
    words = table.frame["category"]
    assert words.tolist()[:2] == ["社区党群服务中心", "社区党群服务中心;药店"]
    assert words.isna().tolist() == [False, False, True, True]
    assert table.frame["center"].iloc[0] == "[118.1, 24.4]"


def test_facilities_of_several_categories_in_a_list_count_for_each(tmp_path):
    lists(tmp_path / "a.geojson")
    part = '[[facilities]]\nsource = "a.geojson"\ncategory = "类别"\n'
    city = read_city(write_city(tmp_path, part))
    assert len(city.facilities.of("service_centre")) == 2
    assert len(city.facilities.of("pharmacy")) == 1


def test_numbers_in_lists_of_different_lengths_stop_nobody(tmp_path):
    table = read_table(
        lists(tmp_path / "a.geojson", ([1], [1, 2], [3])),
        kind="facilities",
        columns={"类别": "places"},
    )
    assert table.frame["places"].tolist()[0] == 1
    assert len(table.frame) == 3

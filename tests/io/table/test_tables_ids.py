"""Ids and cells that are no plain values: whose id must be unique, nested properties, own names."""

from __future__ import annotations

import json

import pytest

from livingcircle.errors import InputError
from livingcircle.io.table.read import read_table


def _write(folder, text):
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _datav(folder, properties):
    square = [[[114.0, 22.5], [114.1, 22.5], [114.1, 22.6], [114.0, 22.5]]]
    features = [
        {
            "type": "Feature",
            "properties": p,
            "geometry": {"type": "MultiPolygon", "coordinates": [square]},
        }
        for p in properties
    ]
    path = folder / "datav.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.mark.parametrize(
    "header", ["社区编码", "adcode", "行政区划代码", "demand_id", "village_id"]
)
def test_a_list_of_facilities_may_name_a_unit_as_often_as_it_likes(tmp_path, header):
    rows = [f"店{i},药店,114.{i:02d},22.5,440304" for i in range(4)]
    table = read_table(
        _write(tmp_path, f"名称,类别,经度,纬度,{header}\n" + "\n".join(rows)), kind="facilities"
    )
    assert len(table.frame) == 4


def test_a_code_that_groups_of_units_share_is_no_id_of_theirs(tmp_path):
    text = "社区,行政区划代码,人口\n" + "\n".join(f"社区{i},440304,{i + 1}" for i in range(5))
    table = read_table(_write(tmp_path, text), kind="units", require_geometry=False)
    assert "unit_id" not in table.frame
    assert any("5 rows have only 1" in note.text.en for note in table.notes)


def test_properties_that_are_lists_or_objects_are_read(tmp_path):
    path = _datav(
        tmp_path,
        [
            {
                "adcode": 440304 + i,
                "name": f"区{i}",
                "center": [114.05, 22.52],
                "parent": {"adcode": 440300},
                "acroutes": [100000, 440000],
                "tags": [],
            }
            for i in range(2)
        ],
    )
    frame = read_table(path, kind="units").frame
    assert list(frame["unit_id"]) == ["440304", "440305"]
    assert list(frame["parent"]) == ["440300", "440300"]
    assert json.loads(frame["acroutes"][0]) == [100000, 440000]


def test_a_column_left_alone_does_not_come_back_under_its_own_name(tmp_path):
    path = _write(tmp_path, "名称,lon,lat,residents\na,114,22,5\nb,114.1,22,6\n")
    frame = read_table(path, kind="demand", columns={"residents": ""}).frame
    assert "residents" not in frame
    assert list(frame["residents_as_written"]) == [5, 6]


def test_the_own_column_is_named_where_an_id_occurs_twice(tmp_path):
    path = _write(tmp_path, "名称,社区编码,lon,lat\na,1,114,22\nb,1,114,22\nc,2,114,22\n")
    with pytest.raises(InputError, match="row 3, field '社区编码'"):
        read_table(path, kind="units")

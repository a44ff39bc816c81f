"""Names of units in tables, matched to the boundaries."""

from __future__ import annotations

import pandas as pd
import pytest

from builders.drawing import box
from builders.square_city import units, write_city, write_facilities, write_units
from livingcircle.city.model import read_city
from livingcircle.city.unit_names import find_by_name, unmatched_names
from livingcircle.desk.file_look import look_at_files

TABLE = pd.DataFrame(
    {
        "unit_id": ["a", "b", "c", "d", "e"],
        "name": ["甲社区", "乙社区", "新村社区", "新村社区", "丙村"],
        "town": ["东街道", "东街道", "东街道", "西街道", "西街道"],
    }
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("甲社区居委会", "a"),
        ("甲社区居民委员会", "a"),
        ("甲居委会", "a"),
        ("甲", "a"),
        ("乙社区（筹）", "b"),
        ("乙社区(筹)居委会", "b"),
        ("　乙 社 区", "b"),
        ("丙村委会", "e"),
        ("丙村民委员会", "e"),
        ("丙社区", "e"),
        ("新村社区", None),
        ("丁社区", None),
        ("a", "a"),
    ],
)
def test_a_name_is_matched_by_its_normal_form(written, meant):
    assert find_by_name(TABLE, pd.Series([written]))[0] == meant


@pytest.mark.parametrize(
    ("town", "meant"), [("东街道", "c"), ("西街道办事处", "d"), ("南街道", None)]
)
def test_namesakes_are_told_apart_by_their_town(town, meant):
    found = find_by_name(TABLE, pd.Series(["新村社区居委会"]), town=pd.Series([town]))
    assert found[0] == meant


def test_a_name_that_ends_like_a_village_may_be_a_community_without_its_word():
    found = find_by_name(TABLE, pd.Series(["新村", "新村"]), town=pd.Series(["西街道", "东街道"]))
    assert list(found) == ["d", "c"]
    # A village of that very name is meant first.
    both = pd.DataFrame({"unit_id": ["v", "c"], "name": ["新村", "新村社区"]})
    assert find_by_name(both, pd.Series(["新村"]))[0] == "v"


def test_a_name_of_nobody_is_told_with_its_rows_and_the_most_similar():
    names = pd.Series(["甲社区", "乙乙社区", "440304"], index=[2.0, 3.0, 4.0])
    told = unmatched_names(names, find_by_name(TABLE, names), TABLE["name"])
    assert told.en == (
        "1 rows name units that are not among the boundaries: '乙乙社区' (row 3; near: 乙社区)"
    )
    assert unmatched_names(names[:1], find_by_name(TABLE, names[:1]), TABLE["name"]) is None


def test_figures_reach_namesakes_of_two_towns_and_what_matches_none_is_told(tmp_path):
    levels = units()
    levels["town"] = [
        {"name": "东街道", "geometry": box(0, 0, 500, 1000)},
        {"name": "西街道", "geometry": box(500, 0, 1000, 1000)},
    ]
    levels["community"] = [
        {"name": "新村社区", "town": "东街道", "geometry": box(0, 0, 500, 1000)},
        {"name": "新村社区", "town": "西街道", "geometry": box(500, 0, 1000, 1000)},
    ]
    del levels["village"]
    text = "社区,街道,人口\n新村社区居委会,西街道,70\n新村社区,东街道,30\n"
    text += "全区,,100\n新村社区,东街道,9\n"
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    parts = write_units(tmp_path, levels)
    parts += '[[units]]\nsource = "people.csv"\nlevel = "community"\n'
    rows = [(50, 50, "药店", "药店", "心村社区")]
    listed = write_facilities(tmp_path, rows, "名称,类别,所属社区")
    city = read_city(write_city(tmp_path, parts, listed))
    table = city.units["community"]
    assert table["residents"].tolist()[:2] == [30, 70]
    said = " ".join(note.text.en for note in city.notes)
    assert "rows that repeat a unit are not used: 新村社区" in said
    assert "1 rows name units that are not among the boundaries: '心村社区' (row 2" in said


def test_names_that_city_toml_says_are_those_of_units(tmp_path):
    levels = units()
    del levels["village"]
    levels["community"] = [
        {"name": "甲社区", "geometry": box(0, 0, 500, 1000)},
        {"name": "乙社区", "geometry": box(500, 0, 1000, 1000)},
    ]
    text = "社区,人口\n东城片区,70\n乙社区,30\n"
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    parts = write_units(tmp_path, levels)
    parts += '[[units]]\nsource = "people.csv"\nlevel = "community"\n'
    # Without a place of its own the pharmacy is where its community is.
    rows = [(None, None, "药店", "药店", "西城 片区"), (900, 50, "药店", "药店", "直管")]
    listed = write_facilities(tmp_path, rows, "名称,类别,所属社区")
    said = '[unit_names]\n"东城片区" = "甲社区"\n"西城片区" = "乙社区"\n"直管" = ""\n'
    city = read_city(write_city(tmp_path, parts, listed, said))
    table = city.units["community"].set_index("name")
    assert table["residents"].reindex(["甲社区", "乙社区"]).tolist() == [70, 30]
    assert city.facilities.table["unit"].tolist() == ["乙社区", None]
    assert not any("not among the boundaries" in note.text.en for note in city.notes)


def test_conditions_are_written_from_what_the_file_says_of_units(tmp_path):
    rows = [(100, 100, "一", "药店", "甲片"), (700, 700, "二", "药店", "乙村")]
    listed = write_facilities(tmp_path, rows, "名称,类别,所属社区") + 'where = "所属社区 = 甲片"\n'
    said = '[unit_names]\n"甲片" = "甲社区"\n'
    path = write_city(tmp_path, write_units(tmp_path, units()), listed, said)
    table = read_city(path).facilities.table
    assert table["status"].tolist() == ["ok", "left_out"]
    assert table["unit"].tolist() == ["甲社区", "乙村"]
    # What the desk offers to choose from is what a condition compares.
    columns = look_at_files(path)["files"]["facilities.csv"]["columns"]
    [offered] = [column["values"] for column in columns if column["own"] == "所属社区"]
    assert sorted(offered) == [("乙村", 1), ("甲片", 1)]

"""Cells as bureaus write them: figures, units, hours, yes and no, degrees, headers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingcircle.io.datum.axes import likely_projection
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.io.formats.text import sniff_delimiter
from livingcircle.io.table.coordinates import read_degrees, read_positions
from livingcircle.io.table.headers import assign_roles, roles
from livingcircle.io.table.layout import total_rows
from livingcircle.io.table.numbers import read_cells, vocabulary


def text(*cells):
    return pd.Series(cells, dtype="str")


def read(kind, *cells, **options):
    parsed = read_cells(text(*cells), kind, **options)
    return list(parsed.values), list(parsed.bad), list(parsed.rounded)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234", 1234), ("1,234", 1234), ("1，234", 1234), ("1,234,567.5", 1234567.5),
        ("１２３４", 1234), ("１，２３４．５", 1234.5), (" 1 234 ", 1234), ("1'234", 1234),
        ("500㎡", 500), ("500m2", 500), ("500 m²", 500), ("500平方米", 500), ("500 平米", 500),
        ("500(㎡)", 500), ("1.2万", 12000), ("1.5万平方米", 15000), ("1.5万㎡", 15000),
        ("3亩", 2000), ("0.5公顷", 5000), ("0.5hm²", 5000), ("1.2平方公里", 1.2e6),
        ("2km2", 2e6), ("12,5", 12.5), ("1.234,5", 1234.5), ("1e3", 1000), ("+7", 7), ("0", 0),
    ],
)  # fmt: skip
def test_areas(cell, value):
    values, bad, rounded = read("area_m2", cell)
    assert values == [pytest.approx(value)]
    assert (bad, rounded) == ([False], [False])


@pytest.mark.parametrize(
    ("cell", "value"),
    [("300人", 300), ("300户", 300), ("60张", 60), ("60 托位", 60), ("1.2万人", 12000),
     ("3千", 3000), ("6层", 6), ("6F", 6), ("２０个", 20)],
)  # fmt: skip
def test_counts(cell, value):
    assert read("count", cell) == ([pytest.approx(value)], [False], [False])


@pytest.mark.parametrize(
    "cell", ["约300", "300左右", "300余", "近300人", "300+", ">300", "300以上"]
)
def test_about_is_read_as_the_number_and_marked(cell):
    assert read("count", cell) == ([300], [False], [True])


@pytest.mark.parametrize(
    "cell",
    ["三百", "10-20", "-5", "inf", "1,2345", "12,34,5", "300x", "见备注", "=A1+1", "5%"],
)
def test_what_is_not_understood_is_missing_and_marked(cell):
    values, bad, _ = read("count", cell)
    assert np.isnan(values[0])
    assert bad == [True]


@pytest.mark.parametrize("cell", ["", " ", "-", "—", "/", "无", "暂无", "N/A", "#N/A", "不详"])
def test_what_says_nothing_is_missing_without_a_mark(cell):
    for kind in ("count", "area_m2", "year", "hours"):
        values, bad, _ = read(kind, cell)
        assert np.isnan(values[0])
        assert bad == [False], kind


def test_a_unit_in_the_cell_beats_that_of_the_header():
    assert read("area_m2", "0.12", "300㎡", "1.2万", factor=1e4)[0] == [1200, 300, 1.2e8]
    assert read("area_km2", "1.2", "1200000㎡", factor=1.0)[0] == pytest.approx([1.2, 1.2])


def test_numbers_of_a_layer_are_taken_as_they_are():
    values = read_cells(pd.Series([1.5, np.nan, np.inf, -2.0]), "count")
    assert list(values.bad) == [False, False, True, True]
    assert values.values[0] == 1.5
    assert np.isnan(values.values[1:]).all()
    assert read_cells(pd.Series([1, 2], dtype="Int64"), "count").values.tolist() == [1, 2]
    assert np.isnan(read_cells(pd.Series([None, None], dtype=object), "count").values).all()


@given(st.floats(0, 1e12, allow_subnormal=False))
def test_any_number_survives_its_own_text(number):
    assert read("count", repr(number))[0] == [number]
    assert read("count", f"{number:,.3f}")[0] == [pytest.approx(round(number, 3))]


@pytest.mark.slow
@given(st.text(max_size=60))
def test_no_text_breaks_a_reader(cell):
    for kind in ("count", "area_m2", "area_km2", "year", "hours", "yesno", "level", "urban_rural"):
        read(kind, cell)
    read_degrees(text(cell))
    read_positions(text(cell))
    assign_roles([cell])


@pytest.mark.parametrize(
    ("cell", "value"),
    [("2005", 2005), ("2005年", 2005), ("2005-03-01", 2005), ("2005/3", 2005), ("20050301", 2005),
     ("2005.0", 2005), ("1998年12月建成", 1998)],
)  # fmt: skip
def test_years(cell, value):
    assert read("year", cell) == ([value], [False], [False])


@pytest.mark.parametrize(
    ("cell", "value"),
    [("8", 8), ("8小时", 8), ("每天8小时", 8), ("8h", 8), ("24小时", 24),
     ("全天", 24), ("24/7", 24),
     ("8:30-17:30", 9), ("08：30—17：00", 8.5), ("8:30-12:00,14:00-17:30", 7), ("9点至18点", 9),
     ("周一至周五 9:00~18:00", 9), ("22:00-6:00", 8)],
)  # fmt: skip
def test_hours(cell, value):
    assert read("hours", cell) == ([pytest.approx(value)], [False], [False])


@pytest.mark.parametrize("cell", ["看情况", "25", "0", "早上到晚上"])
def test_hours_that_are_none(cell):
    values, bad, _ = read("hours", cell)
    assert np.isnan(values[0])
    assert bad == [True]


def test_words():
    assert read("yesno", "是", "有", "√", "Y", "1", "否", "无", "×", "0", "", "也许")[:2] == (
        [True] * 5 + [False] * 4 + [None] * 2,
        [False] * 10 + [True],
    )
    assert read("level", "社区级", "村", "街道", "区级", "市", "8", "")[0] == [
        "community", "village", "town", "district", "city", "town", None,
    ]  # fmt: skip
    assert read("urban_rural", "城镇", "农村", "111", "220", "?")[0] == [
        "urban", "rural", "urban", "rural", None,
    ]  # fmt: skip
    assert read("primary_care", "基本标准", "推荐标准", "未达标", "")[0] == [
        "basic", "recommended", "none", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cell",
    ["113.2583333333", "113°15′30″", "113°15'30\"E", "113度15分30秒", "东经113°15′30″",
     "E113°15.5'", "113 15 30", "113:15:30", "１１３．２５８３３３３３３３", "113,2583333333",
     "113°15′30”",
     "113º15’30’’", "113.2583333333°"],
)  # fmt: skip
def test_degrees(cell):
    values, bad = read_degrees(text(cell))
    assert values[0] == pytest.approx(113.2583333333, abs=1e-9)
    assert not bad[0]


def test_degrees_of_other_sides_and_metres():
    cells = ["W15°24′", "15°24′W", "西经15°24′", "-15.4", "南纬33°30′", "2,549,915.8", "38500000.5"]
    values, bad = read_degrees(text(*cells))
    assert values == pytest.approx([-15.4, -15.4, -15.4, -15.4, -33.5, 2549915.8, 38500000.5])
    assert not bad.any()
    values, bad = read_degrees(text("113°75′", "abc", "inf", "", "1.2.3"))
    assert np.isnan(values).all()
    assert bad.tolist() == [True, True, True, False, True]


@pytest.mark.parametrize(
    ("name", "said"),
    [("cgcs2000-3:114", None), ("epsg:4526", "cgcs2000-3:114"), ("epsg:4498", "cgcs2000-6:117"),
     ("webmercator", "webmercator")],
)  # fmt: skip
def test_the_advice_for_metres(name, said):
    x, y = from_wgs84([116.1, 116.2] if name == "epsg:4498" else [114.1, 114.2], [22.5, 22.6], name)
    for pair in ((x, y), (y, x)):
        advice = likely_projection(*pair)
        assert (said or 'state e.g. datum = "cgcs2000-3:114"') in advice


HEADERS = {
    "facilities": {
        "设施名称": "name", "名 称": "name", "NAME": "name", "单位名称": "name", "门店全称": "name",
        "经度": "lon", "lng": "lon", "X": "lon", "经度(°)": "lon", "纬度": "lat", "坐标Y": "lat",
        "经纬度": "point", "location": "point", "geometry_wkt": "point",
        "类别": "category", "设施类型": "category", "type": "category",
        "面积": "area_m2", "建筑面积（平方米）": "area_m2", "建筑面积/㎡": "area_m2",
        "使用面积 m2": "area_m2", "活动面积": "activity_area_m2", "床位/托位": "places",
        "托位（个）": "places", "工作人员数": "staff", "持证人数": "qualified_staff",
        "所属社区": "unit", "社区（村）": "unit", "所属街道": "town", "镇（街）": "town",
        "所属区": "district", "地址": "address", "详细地址": "address", "开放时间": "open_hours",
        "成立时间": "founded_year", "是否有志愿服务站": "has_volunteer_station",
        "提档升级": "upgraded", "服务能力标准": "primary_care_level", "编号": "facility_id",
        "名称 Name": "name", "经度/lon": "lon", "警务室面积": "police_room_m2",
        "办公用房面积": "office_m2", "数据年份": "year_data", "级别": "level",
    },
    "units": {
        "社区": "name", "社区名称": "name", "村居": "name", "街道": "name",
        "户数": "households", "总户数（户）": "households", "常住人口": "residents",
        "人口(万人)": "residents", "3岁以下": "under3", "0-3岁婴幼儿数": "under3",
        "65岁以上": "age65", "65岁及以上人口": "age65", "６５＋": "age65", "儿童": "children",
        "城乡": "urban_rural", "城乡分类代码": "urban_rural", "是否海岛": "is_island",
        "新建社区": "is_new", "社区工作者": "community_workers", "面积": "area_km2",
        "总建筑面积": "floor_area_m2", "商业和综合服务设施面积": "service_floor_area_m2",
        "社区编码": "unit_id", "编号": "unit_id", "adcode": "unit_id", "上级": "parent",
    },
    "demand": {"楼栋编号": "demand_id", "户数": "households", "层数": "storeys", "用途": "kind",
               "建筑面积": "floor_area_m2", "人数": "residents"},
    "villages": {"城中村名称": "name", "城中村编号": "village_id", "人口": "residents"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "header", "role"), [(k, h, r) for k, t in HEADERS.items() for h, r in t.items()]
)
def test_headers(kind, header, role):
    found = assign_roles([header], kind=kind)
    assert [column.role for column in found] == [role]


@pytest.mark.parametrize(
    "header",
    ["", "备注", "序号", "联系电话", "法人", "x" * 500, "电话", "邮编", "户口簿"],
)
def test_headers_that_mean_nothing_are_left_alone(header):
    assert assign_roles([header], kind="facilities") == []


def test_units_of_headers():
    found = {
        c.role: c for c in assign_roles(["建筑面积(万㎡)", "常住人口（万人）"], kind="facilities")
    }
    assert found["area_m2"].factor == 1e4
    assert found["residents"].factor == 1e4
    (area,) = assign_roles(["辖区面积（平方公里）"], kind="units")
    assert (area.role, area.factor) == ("area_km2", 1.0)
    (area,) = assign_roles(["辖区面积（公顷）"], kind="units")
    assert area.factor == pytest.approx(0.01)


def test_the_finest_level_names_a_unit():
    found = {c.role: c.own for c in assign_roles(["区", "街道", "社区", "户数"], kind="units")}
    assert found == {"district": "区", "town": "街道", "name": "社区", "households": "户数"}
    found = {c.role: c.own for c in assign_roles(["名称", "街道", "社区"], kind="units")}
    assert found == {"name": "名称", "town": "街道"}


def test_a_field_name_that_a_dbf_cut():
    found = assign_roles(["建筑面", "has_volunt", "所属街道办"], kind="facilities", cut_names=True)
    assert [c.role for c in found] == ["area_m2", "has_volunteer_station", "town"]
    assert not assign_roles(["has_volunt"], kind="facilities")


def test_no_alias_means_two_things_in_one_kind_of_table():
    from livingcircle.io.table.headers import header_key

    shared = {("面积", None)}
    for kind in HEADERS:
        seen = {}
        for role in roles().values():
            if role.fits(kind):
                for alias in role.aliases:
                    other = seen.setdefault(header_key(alias), role.name)
                    assert other == role.name or (alias, None) in shared, (kind, alias, other)


def test_vocabulary_has_no_word_on_both_sides():
    for kind in ("yesno", "level", "urban_rural", "primary_care"):
        words = [word for group in vocabulary()[kind].values() for word in group]
        assert len(words) == len(set(words)), kind


def test_totals():
    frame = pd.DataFrame(
        {"a": ["甲", "合 计", "总计：", "小计", "合计社区"], "b": ["1"] * 5}, dtype="str"
    )
    nowhere = np.zeros(5, dtype=bool)
    assert total_rows(frame, nowhere).tolist() == [False, True, True, True, False]
    assert not total_rows(frame, ~nowhere).any()


def test_delimiters():
    assert sniff_delimiter("a;b;c\n1,5;2,5;3\n4,5;1,2;3\n") == ";"
    assert sniff_delimiter('name,wkt\na,"POINT (1 2)"\nb,"POLYGON ((1 2, 3 4, 5 6))"\n') == ","
    assert sniff_delimiter("标题\na\tb\n1\t2\n") == "\t"
    assert sniff_delimiter("one column\n1\n2\n") == ","


@pytest.mark.parametrize(
    ("headers", "right"),
    [
        (["开放时间", "每日开放小时"], {"开放时间": "opening", "每日开放小时": "open_hours"}),
        (
            ["开放时长（小时）", "营业时间"],
            {"营业时间": "opening", "开放时长（小时）": "open_hours"},
        ),
        (["opening_hours", "hours"], {"opening_hours": "opening", "hours": "open_hours"}),
        # One of them alone says both; and of two that say when, the first is taken.
        (["开放时间"], {"开放时间": "open_hours"}),
        (["每日开放小时"], {"每日开放小时": "open_hours"}),
        (["开放时间", "营业时间"], {"开放时间": "open_hours"}),
        (
            ["开放时间", "营业时段", "开放小时"],
            {"开放小时": "open_hours", "营业时段": "opening"},
        ),
    ],
)
def test_when_a_place_is_open_and_how_long_stand_in_two_columns(headers, right):
    found = assign_roles(headers, kind="facilities")
    assert {column.own: column.role for column in found} == right


def test_a_stated_column_of_hours_stays():
    found = assign_roles(
        ["开放时间", "每日开放小时"], kind="facilities", stated={"开放时间": "open_hours"}
    )
    assert [(column.own, column.role) for column in found] == [("开放时间", "open_hours")]

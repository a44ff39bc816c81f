"""Sheets by street are one list; formulas that nobody calculated are told; ends of lines."""

from __future__ import annotations

import openpyxl
import pytest
import xlwt

from livingcircle.errors import InputError
from livingcircle.io.table.read import read_table

HEADER = ["序号", "名称", "经度", "纬度", "床位"]
NORTH = [HEADER, [1, "甲", 118.1001, 24.4801, 5], [2, "乙", 118.1101, 24.4901, 6]]
SOUTH = [["南街道设施一览表"], HEADER, [1, "丙", 118.1201, 24.4801, 7]]
EAST = [HEADER, [1, "丁", 118.1301, 24.4801, 8], ["合计", None, None, None, 8]]


def book(path, sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def told(table, field):
    return next(note.text for note in table.notes if note.field == field)


def test_sheets_with_the_same_columns_are_one_list_in_their_order(tmp_path):
    notes = [["填表说明"], ["请按实际情况填写"]]
    path = book(tmp_path / "a.xlsx", {"北街": NORTH, "南街": SOUTH, "东街": EAST, "说明": notes})
    table = read_table(path, kind="facilities")
    assert list(table.frame["name"]) == ["甲", "乙", "丙", "丁"]
    assert list(table.frame["工作表"]) == ["北街", "北街", "南街", "东街"]
    assert list(table.frame["source_row"]) == [2, 3, 3, 2]
    assert list(table.frame["places"]) == [5, 6, 7, 8]
    assert (
        len(table.frame) + len(table.set_aside) + table.blank_rows == 5
    )  # the total of one sheet is set aside
    text = told(table, "sheet")
    assert text.en.startswith(
        "3 sheets with the same columns are read as one list: '北街' (2 rows)"
    )
    assert "other columns, not read: '说明'" in text.en
    assert "3 个列名相同的工作表合为一个表" in text.zh
    # What the user states wins.
    assert list(read_table(path, sheet="南街").frame["name"]) == ["丙"]


def test_sheets_whose_columns_mean_the_same_are_one_list(tmp_path):
    other = [["No.", "name", "lon", "lat", "床位数"], [1, "丙", 118.1201, 24.4801, 7]]
    table = read_table(book(tmp_path / "a.xlsx", {"北街": NORTH, "南街": other}), kind="facilities")
    assert list(table.frame["name"]) == ["甲", "乙", "丙"]
    assert list(table.frame["places"]) == [5, 6, 7]
    # Of another datum or unit they are not one.
    for column, header in ((1, "经度(GCJ02)"), (3, "床位(百张)")):
        odd = [list(HEADER[1:]), list(SOUTH[2][1:])]
        odd[0][column] = header
        plain = [row[1:] for row in NORTH]
        path = book(tmp_path / f"{column}.xlsx", {"北街": plain, "南街": odd})
        assert len(read_table(path, kind="facilities").frame) == 2


def test_a_sheet_that_sums_the_others_up_is_not_read_twice(tmp_path):
    rows = [row[1:] for row in (*NORTH[1:], SOUTH[2], EAST[1])]
    whole = [HEADER, *([n + 1, *row] for n, row in enumerate(rows))]
    sheets = {"总表": whole, "北街": NORTH, "南街": SOUTH, "东街": EAST}
    table = read_table(book(tmp_path / "a.xlsx", sheets))
    assert list(table.frame["name"]) == ["甲", "乙", "丙", "丁"]
    assert "all rows of '北街', '南街', '东街' stand in it already" in told(table, "sheet").en


def test_a_sheet_with_other_columns_is_another_table(tmp_path):
    sheets = {"设施": NORTH, "人口": [["社区", "人口"], ["甲", 10]]}
    table = read_table(book(tmp_path / "a.xlsx", sheets))
    assert list(table.frame["name"]) == ["甲", "乙"]
    assert "工作表" not in table.frame


def test_formulas_without_a_value_are_told_with_their_rows(tmp_path):
    rows = [
        HEADER,
        [1, "甲", 118.1001, 24.4801, "=2+3"],
        [2, "乙", "=118+0.1", 24.4901, 6],
        [3, "丙", 118.1201, 24.4801, 7],
    ]
    table = read_table(book(tmp_path / "a.xlsx", {"一": rows}), kind="facilities")
    assert "2 formulas were never calculated (row 2, 3)" in told(table, "formulas").en
    assert "2 个公式没有算出的值（第 2、3 行）" in told(table, "formulas").zh
    assert "row 2 '=2+3'" in told(table, "床位").en
    assert table.frame["places"].isna().tolist() == [True, False, False]
    assert list(table.frame["status"]) == ["ok", "bad_coordinates", "ok"]
    assert "'=118+0.1' is no coordinate" in table.frame["reason"][1]


def test_nothing_but_formulas_says_to_calculate_them(tmp_path):
    rows = [HEADER, [1, "甲", "=118+0.1", "=24+0.4", 5]]
    with pytest.raises(InputError, match="formulas were never calculated") as refused:
        read_table(book(tmp_path / "a.xlsx", {"一": rows}), kind="facilities")
    assert "save it again" in str(refused.value)


@pytest.mark.parametrize("old", [False, True])
def test_cells_that_hold_errors_are_told(tmp_path, old):
    if old:
        path = tmp_path / "a.xls"
        made = xlwt.Workbook()
        sheet = made.add_sheet("一")
        rows = [HEADER, [1, "甲", 118.1, 24.4, None], [2, "乙", 118.2, 24.5, 6]]
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is None:
                    sheet.row(i).set_cell_error(j, "#REF!")
                else:
                    sheet.write(i, j, value)
        made.save(str(path))
    else:
        rows = [HEADER, [1, "甲", 118.1, 24.4, "#REF!"], [2, "乙", 118.2, 24.5, 6]]
        path = book(tmp_path / "a.xlsx", {"一": rows})
    table = read_table(path, kind="facilities")
    assert "1 cells hold errors such as #REF! (row 2)" in told(table, "formulas").en
    assert table.frame["places"].isna().tolist() == [True, False]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("hint", ["", "sep=;", '"sep=;"'])
def test_any_end_of_line_and_the_hint_of_excel(tmp_path, end, hint):
    lines = [hint] * bool(hint) + ["名称;经度;纬度;床位", "甲;118,1001;24,4801;1.234,5"]
    path = tmp_path / "a.csv"
    path.write_bytes(end.join([*lines, ""]).encode("gbk"))
    frame = read_table(path, kind="facilities").frame
    assert list(frame["name"]) == ["甲"]
    assert (frame.geometry.x[0], frame.geometry.y[0]) == (118.1001, 24.4801)
    assert frame["places"][0] == 1234.5
    assert frame["source_row"][0] == 2


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234.567", 1_234_567),
        ("２万余人", 20_000),
        ("12万左右", 120_000),
        ("１，２３４．５", 1234.5),
        ("1.2万人", 12_000),
        ("3亿", 300_000_000),
    ],
)
def test_numbers_as_they_are_written(tmp_path, cell, value):
    path = tmp_path / "a.csv"
    path.write_text(f'社区,常住人口\n甲社区,"{cell}"\n', encoding="utf-8")
    frame = read_table(path, kind="units", require_geometry=False).frame
    assert frame["residents"][0] == pytest.approx(value)

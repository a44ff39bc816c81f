"""What was understood of an input is told in Chinese and in English, word for word the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import livingcircle
from livingcircle.city import quality_findings as checks
from livingcircle.io.notes import Note, word_in_chinese
from livingcircle.io.table.headers import roles
from livingcircle.io.table.read import read_table
from livingcircle.localized import LocalizedText

HAN = re.compile(r"[\u4e00-\u9fff]")
MESSY = [
    "样例市社区情况统计表;;;;;;;",
    "社区;经度;纬度;户数;常住人口;是否新建;年份;备注;备注",
    "甲社区;113,1;22,1;约100户;很多;是;2020年;一;二",
    "乙社区;113,2;22,2;200;500;不详;2021;三;四",
    "社区;经度;纬度;户数;常住人口;是否新建;年份;备注;备注",
    "丙社区;113,3;22,3;300;700;否;去年;五;六",
    "合计;;;900;1200;;;;",
    "注：数据截至2024年底;;;;;;;;",
]


def figures(text: str) -> list[str]:
    """Return the numbers that stand alone in a text, not those within code words."""
    return sorted(re.findall(r"(?<![A-Za-z0-9_.])\d+(?:[.,]\d+)*(?![A-Za-z0-9_])", text))


def test_every_note_of_a_messy_table_is_told_in_both_languages(tmp_path):
    path = tmp_path / "messy.csv"
    path.write_bytes("\r\n".join(MESSY).encode("gb18030"))
    notes = read_table(path, kind="units").notes
    about = {note.field for note in notes}
    assert {"encoding", "delimiter", "header", "rows", "datum", "户数", "常住人口"} <= about
    for note in notes:
        assert HAN.search(note.text.zh), note
        assert note.text.en
        assert not re.search(r"[a-z]{2,} [a-z]{2,}", note.text.zh), note
        assert HAN.search(note.about.zh), note
        assert note.about.en == note.field
    texts = {note.text for note in notes}
    assert LocalizedText("第 7 行写明合计 900，但各行之和为 600", MESSY_TOTAL) in texts
    assert LocalizedText("以分号分隔各列", "cells are split at the semicolon") in texts
    assert LocalizedText("按 gb18030（GBK）读取", "read as gb18030 (GBK)") in texts
    assert LocalizedText("理解为“户数”（households）", "read as households") in texts
    told = next(note.text for note in notes if "not understood as a number" in note.text.en)
    assert "1 个值无法理解为数字，按未填处理：第 3 行“很多”" in told.zh
    for note in notes:
        assert figures(note.text.zh) == figures(note.text.en), note


MESSY_TOTAL = "row 7 says 900 in all, but the rows sum to 600"


def test_subjects_and_our_columns_have_a_chinese_word():
    missing = [name for name in roles() if not HAN.search(word_in_chinese(name))]
    assert missing == []
    note = Note("facilities", "encoding", LocalizedText("按 utf-8 读取", "read as utf-8"))
    assert (note.where, note.about) == (
        LocalizedText("设施", "facilities"),
        LocalizedText("文字编码", "encoding"),
    )
    own = Note("shops.csv", "编码", LocalizedText("理解为“编号”（id）", "read as id"))
    assert (own.where.zh, own.about.zh) == ("shops.csv", "编码")


@pytest.mark.parametrize("check", list(checks.check_rules()))
def test_every_check_has_a_name_in_both_languages(check):
    title = checks.check_title(check)
    assert HAN.search(title.zh)
    assert title.en.isascii()


def test_what_a_note_is_about_has_a_chinese_word():
    about = set()
    for path in Path(livingcircle.__file__).parent.rglob("*.py"):
        about |= set(re.findall(r"\bnote\([^,()\"]+,\s*\"([a-z_]+)\"", path.read_text("utf-8")))
    assert {"slopes", "terrain", "within"} <= about
    about -= {"subtype"}  # a header of the file, as it stands there
    assert not [word for word in sorted(about) if not HAN.search(word_in_chinese(word))]

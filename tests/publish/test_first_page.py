"""The first page, plans past their last year, and what is only encouraged."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import openpyxl
import pytest

import livingcircle as lc
from builders.street_city import little_city
from livingcircle.city.quality_findings import no_issues
from livingcircle.compare.tables import STANDARD_FIELDS
from livingcircle.publish.office.workbook import write_scorecard_xlsx
from livingcircle.publish.text.city_summary import run_summary
from livingcircle.publish.web.first_page import first_page
from livingcircle.publish.web.report import write_report
from livingcircle.standards.assess import assess
from livingcircle.standards.loader import read_pack

PACK = """
id = "old-plan"
[document]
title_zh = "旧规划"
title_en = "Old plan"
issuer_zh = "小城"
issuer_en = "Little City"
until = 2024
source = "a copy"
source_zh = "抄本"

[parameters.park_m2]
zh = "人均公园面积（平方米）"
en = "park area per resident (m²)"

[[requirement]]
id = "OP-1"
clause = "一"
statement_zh = "居民步行450米可到服务中心"
statement_en = "A service centre within a walk of 450 m"
force = "must"
kind = "circle"
categories = ["service_centre"]
metres = 450

[[requirement]]
id = "OP-2"
clause = "二"
statement_zh = "鼓励每个社区和村有药店"
statement_en = "A pharmacy in every community and village is encouraged"
force = "may"
kind = "provision"
categories = ["pharmacy"]
level = "leaf"

[[requirement]]
id = "OP-3"
clause = "三"
statement_zh = "人均公园面积达标"
statement_en = "Enough park area per resident"
force = "must"
verified = false
kind = "capacity"
categories = ["park"]
figure = "area_m2"
per = 1
at_least = "$park_m2"
"""


@pytest.fixture(scope="module")
def result():
    rows = [
        {"x": 500, "of": "service_centre"},
        {"x": 500, "of": "pharmacy"},
        {"x": 500, "of": "park", "area_m2": 800.0},
    ]
    pack = read_pack(PACK, file="old-plan.toml")
    return assess(little_city(rows, issues=no_issues()), pack, as_of=2025)


def test_five_sentences_and_what_to_do_first(result):
    page = first_page(result)
    assert page.headline.id == "OP-1"
    zh = [one.zh for one in page.sentences]
    en = [one.en for one in page.sentences]
    assert len(zh) == 5
    # Of sixteen homes of 100 residents the four of the first unit lie within 450 m.
    assert "共 2 项：达标 0 项，未达标 1 项，数据不足 1 项" in zh[0]
    assert "鼓励类 1 项，其中达标 0 项" in zh[0]
    assert "现状 25%，目标 100%，未达标，尚有 1,200 人未覆盖" in zh[1]
    assert "25 % (target 100 %), not met; 1,200 residents are left out" in en[1]
    assert "400 人" in zh[2]
    # They are not most of the 1,200.
    assert en[2].startswith("The place with most of them is ")
    assert "OP-1" in zh[3]
    assert "1,200" in zh[3]
    assert "由城市确定人均公园面积（平方米）" in zh[4]
    assert all(text.endswith("。") for text in zh)
    assert all(text.endswith(".") for text in en)
    assert 1 <= len(page.to_do) <= 3
    # A mayor is shown no file and no name of the code.
    assert not re.search(r"city\.toml|[a-z]+_[a-z]", "".join([*zh, *(t.zh for t in page.to_do)]))


def test_a_city_without_findings_has_no_first_page(result):
    assert first_page(replace(result, findings=())) is None


def test_what_is_only_encouraged_is_not_yet_general(result):
    found = result.finding("OP-2")
    assert (found.status, found.shown_status) == ("short", "short_may")
    assert result.scorecard.set_index("id").at["OP-2", "status"] == "short"  # for machines
    assert result.finding("OP-1").shown_status == "short"


def test_the_report_says_so(result, tmp_path):
    write_report(result, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("规划期已满：按期末目标评估") == 2
    assert "尚未普及" in page
    assert "one page" in page
    assert "条文未核对" in page
    assert "抄本" in page
    card = re.search(r'<p class="counts">(.*?)</p>', page, re.DOTALL)[1]
    counts = re.sub(r"<[^>]*>", " ", card)
    assert re.search(r"未达标\s+not met\s+1\b", counts)
    assert re.search(r"鼓励类\s+only encouraged\s+1\b", counts)


def test_under_the_heading_of_gaps_that_do_not_count_the_report_says_why(result, tmp_path):
    pack = read_pack(PACK.replace("metres = 450", "metres = 450\ntarget = 0.2"), file="plan.toml")
    met = assess(result.city, pack, as_of=2025)
    assert met.finding("OP-1").status == "met"
    write_report(met, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    part = page[page.index('<h3 id="gaps-1">') : page.index('<table class="gaps"')]
    assert re.search(r"未达到的 \d+ 处在目标允许之内，仍列入缺口。", part)
    assert re.search(r"The \d+ that do not reach it are within what the target allows", part)


def test_the_terminal_and_the_workbook_say_so(result, tmp_path):
    zh = run_summary(result, tmp_path, "zh")
    assert "1 未达标、1 数据不足；1 鼓励类" in zh
    assert "规划期已满：按期末目标评估（至 2024 年）" in zh
    assert "(to 2024)" in run_summary(result, tmp_path, "en")
    write_scorecard_xlsx(result, tmp_path / "scorecard.xlsx")
    book = openpyxl.load_workbook(tmp_path / "scorecard.xlsx")
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    assert any("规划期已满" in text and "final targets" in text for text in cells)
    own = [str(c.value) for row in book["old-plan"].iter_rows() for c in row]
    assert any("尚未普及" in text for text in own)
    assert any("规划期已满：按期末目标评估（至 2024 年）" in text for text in own)
    assert "规划期已满" in book["old-plan"].oddHeader.center.text
    assert "1/1" in own or "0/1" in own or any(re.fullmatch(r"\d+/\d+", text) for text in own)


def test_a_notebook_and_a_claim_say_so(result):
    """Wherever findings of a plan are shown; the page of a night's cities has its own test."""
    banner = "The plan's period is over: assessed against its final targets (to 2024)"
    assert html.escape(banner) in result._repr_html_()
    held = lc.claim(result, "OP-1", share=0.5)
    assert held.text("en").startswith(banner)
    assert held.text("zh").startswith("规划期已满：按期末目标评估（至 2024 年）")
    running = replace(result, as_of=2024)
    assert "period is over" not in running._repr_html_()
    assert "period is over" not in lc.claim(running, "OP-1", share=0.5).text("en")


def test_a_plan_that_runs_says_nothing_of_it_and_its_end_is_no_news(result):
    running = replace(result, as_of=2024)
    assert not running.scorecard["expired"].any()
    assert result.scorecard["expired"].all()
    # A night compares these fields alone: a year that turns is no change of a city.
    assert "expired" not in STANDARD_FIELDS


def test_what_waits_for_a_parameter_is_unknown_until_it_is_stated(result):
    found = result.finding("OP-3")
    assert found.status == "unknown"
    assert found.missing == ("parameter:park_m2",)
    assert "[assess.parameters] park_m2" in found.note_zh

"""Opening hours in the files of a run: every hour in the tables, a sentence in the report."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pandas as pd
import pytest

import livingcircle as lc
from builders.drawing import PLAN
from builders.hours_street import PACK, STREET
from livingcircle.publish.hours import which_week
from livingcircle.publish.text.city_summary import _opening
from livingcircle.vocab.calendar import Calendar, read_osm_hours


def written(folder, hours):
    """Centres at 0, 2000, 4000 m; 100, 200 and 400 people at 500, 2300 and 3800 m."""
    centres = PLAN.points([(0, 0), (2000, 0), (4000, 0)]).assign(category="service_centre")
    if hours:
        centres = centres.assign(开放时间=hours)
    homes = PLAN.points([(500, 0), (2300, 0), (3800, 0)]).assign(residents=[100, 200, 400])
    city = lc.City.from_frames(STREET, facilities=centres, demand=homes)
    pack = folder / "hours.toml"
    pack.write_text(PACK, "utf-8")
    out = folder / "out"
    lc.write(lc.assess(city, pack, as_of=2025), out)
    return out


@pytest.mark.slow
def test_hours_stand_in_table_workbook_and_report(tmp_path):
    out = written(tmp_path, ["周一至周五 8:30-17:30", "Mo-Su 08:00-20:00; Su off", "请电询"])
    table = pd.read_csv(out / "hours.csv").set_index(["standard", "day", "hour"])
    assert len(table) == 168
    # On Monday at ten all but the third are open; of the third nobody knows.
    assert list(table.loc[("H-1", "Mo", 10)]) == pytest.approx([300 / 700, 1, 0], abs=1e-5)
    assert list(table.loc[("H-1", "Su", 18)]) == pytest.approx([0, 400 / 700, 300], abs=1e-5)
    sheet = pd.read_excel(
        out / "scorecard.xlsx", sheet_name="开放时间 hours", header=None, engine="openpyxl"
    )
    text = sheet.astype(str)
    (head,) = text.index[text.apply(lambda row: row.str.contains("周日").any(), axis=1)]
    rows = sheet.iloc[head + 1 :].dropna(how="all")
    assert len(rows) == 24
    at_ten = rows.iloc[10].tolist()
    assert at_ten[1] == 10
    assert at_ten[2] == pytest.approx(300 / 700)
    # A number and its sign stay on one line.
    report = (out / "report.html").read_text("utf-8").replace("\u00a0", " ").replace("\u202f", " ")
    assert "on Sunday at 18:00 300 residents have nothing open within reach" in report
    assert "57.1 % only some whose hours" in report
    assert "周日 18:00，300 人步行范围内没有设施开放" in report


@pytest.mark.slow
@pytest.mark.parametrize("hours", [None, ["8", "8.5", "请电询"]])
def test_without_hours_there_is_no_table(tmp_path, hours):
    """Nor where none is understood: hours a day tell no hour apart from another."""
    out = written(tmp_path, hours)
    assert not (out / "hours.csv").exists()
    assert 'id="hours"' not in (out / "report.html").read_text("utf-8")
    with pd.ExcelFile(out / "scorecard.xlsx", engine="openpyxl") as book:
        assert "开放时间 hours" not in book.sheet_names


def test_hours_are_those_of_the_week_that_is_meant(tmp_path):
    centres = PLAN.points([(0, 0)]).assign(
        category="service_centre", 开放时间="May-Sep 08:00-20:00; Oct-Apr 09:00-17:00"
    )
    homes = PLAN.points([(500, 0)]).assign(residents=[100])
    city = lc.City.from_frames(STREET, facilities=centres, demand=homes)
    (tmp_path / "hours.toml").write_text(PACK, "utf-8")
    result = lc.assess(city, tmp_path / "hours.toml", as_of=2025)
    found = {}
    for week in (None, "2025-07-09", datetime.date(2025, 12, 7)):
        table = lc.open_by_hour(result, "H-1", week=week).set_index(["day", "hour"])
        found[week] = [
            tuple(table.loc[("Mo", hour), ["share", "share_at_most"]]) for hour in (8, 10, 18)
        ]
    assert list(found.values()) == [
        [(0, 1), (1, 1), (0, 1)],
        [(1, 1), (1, 1), (1, 1)],
        [(0, 0), (1, 1), (0, 0)],
    ]
    assert list(lc.open_at(result, "H-1", "Su 18:00")) == ["unknown"]
    assert list(lc.open_at(result, "H-1", "Su 18:00", week="2025-07-09")) == ["open"]
    with pytest.raises(lc.LivingCircleError, match="no date"):
        lc.open_at(result, "H-1", "Su 18:00", week="July")


def test_check_tells_which_hours_of_facilities_are_not_understood():
    said = ["请电询", "Mo-Fr 08:00-17:00; PH off", "8", None, "请电询", "5月至9月 8:00-20:00"]
    zh = _opening(pd.DataFrame({"opening": said}), "zh")
    en = _opening(pd.DataFrame({"opening": said}), "en")
    assert [line.split()[-1] for line in (zh[0], en[0])] == ["4", "4"]
    assert [line.strip() for line in zh[2:]] == ["请电询 × 2"]
    assert zh[2:] == en[2:]
    assert _opening(pd.DataFrame({"opening": ["24/7"]}), "en")[1:] == []
    assert _opening(pd.DataFrame({"opening": [None, "8.5"]}), "en") == []


def test_the_week_that_is_stated_promises_no_more_holidays_than_the_calendar_has():
    config = SimpleNamespace(assess=SimpleNamespace(week=datetime.date(2025, 10, 1)))
    words = which_week(SimpleNamespace(city=SimpleNamespace(config=config), as_of=2025))
    assert "连休和调休未计" in words.zh
    assert "无清明节" in words.zh
    assert words.en.startswith("of the week from 2025-09-29 on; of public holidays only the day ")
    # That is what the calendar does: of 1 to 5 October, all off, only the first; 4 April is none.
    hours = "Mo-Su 08:00-17:00; PH off"
    for monday, off in ((datetime.date(2025, 9, 29), [2]), (datetime.date(2025, 3, 31), [])):
        week = read_osm_hours(hours, Calendar(2025, monday, 22.2, 113.5))
        assert week is not None
        at_noon = week.open_.reshape(7, 24, 60)[:, 12, 0]
        assert [day for day in range(7) if not at_noon[day]] == off

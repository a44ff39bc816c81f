"""Opening hours in the files of a run: every hour in the tables, a sentence in the report."""

from __future__ import annotations

import pandas as pd
import pytest

import livingcircle as lc
from builders.drawing import PLAN
from builders.hours_street import PACK, STREET


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

"""Who has something open, from lists whose hours are in words."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import livingcircle as lc
from builders.drawing import PLAN
from builders.grid_town import write_town
from builders.hours_street import PACK as ONE
from builders.hours_street import STREET
from livingcircle.city.city_file import read_config
from livingcircle.errors import ConfigError, WrongTypeError
from livingcircle.routing.engine import Reach
from livingcircle.standards.opening import with_hours

# Centres at 0, 2000 and 4000 m; homes of 100, 200 and 400 people at 500, 2300 and 3800 m.
HOURS = ["周一至周五 8:30-17:30", "Mo-Su 08:00-20:00; Su off", "请电询"]
PACK = (
    ONE
    + """[[requirement]]
id = "H-2"
clause = "二"
statement_zh = "有药店"
statement_en = "pharmacies"
force = "must"
due = 2025
kind = "provision"
categories = ["pharmacy"]
level = "city"
"""
)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    centres = PLAN.points([(0, 0), (2000, 0), (4000, 0)]).assign(
        category="service_centre", 开放时间=HOURS
    )
    homes = PLAN.points([(500, 0), (2300, 0), (3800, 0)]).assign(residents=[100, 200, 400])
    city = lc.City.from_frames(STREET, facilities=centres, demand=homes)
    pack = tmp_path_factory.mktemp("pack") / "hours.toml"
    pack.write_text(PACK, "utf-8")
    return lc.assess(city, pack, as_of=2025)


def test_every_hour_of_the_week(result):
    table = lc.open_by_hour(result, "H-1").set_index(["day", "hour"])
    assert len(table) == 168
    assert list(table.loc[("Mo", 10)]) == pytest.approx([300 / 700, 1.0, 0])
    # At eight the first is not open yet; it is at nine, to half past five.
    assert list(table.loc[("Tu", 8)]) == pytest.approx([200 / 700, 600 / 700, 100])
    assert list(table.loc[("Fr", 17)]) == pytest.approx([300 / 700, 1.0, 0])
    assert list(table.loc[("Fr", 18)]) == pytest.approx([200 / 700, 600 / 700, 100])
    assert list(table.loc[("Sa", 19)]) == pytest.approx([200 / 700, 600 / 700, 100])
    assert list(table.loc[("Su", 18)]) == pytest.approx([0, 400 / 700, 300])


def test_each_home_at_one_time(result):
    assert list(lc.open_at(result, "H-1", "Su 18:00")) == ["closed", "closed", "unknown"]
    assert list(lc.open_at(result, "H-1", "Mo 08:29")) == ["closed", "open", "unknown"]
    assert list(lc.open_at(result, "H-1", "Mo 08:30")) == ["open", "open", "unknown"]


def test_the_words_are_kept_with_the_facilities(result):
    table = result.city.facilities.table
    assert list(table["opening"]) == HOURS
    again = lc.City.from_frames(STREET, facilities=table)
    assert list(again.facilities.table["opening"]) == HOURS
    assert np.allclose(table["open_hours"].iloc[:1], 9)


def test_a_week_of_many_facilities_takes_little_room(tmp_path, monkeypatch):
    """Of three thousand centres a week in minutes would be 30 MB; hours are asked for alone."""
    many = 3000
    centres = PLAN.points([(k % 4000, 0) for k in range(many)]).assign(
        category="service_centre", 开放时间=[HOURS[k % 2] for k in range(many)]
    )
    homes = PLAN.points([(500, 0)]).assign(residents=[100])
    city = lc.City.from_frames(STREET, facilities=centres, demand=homes)
    (tmp_path / "hours.toml").write_text(PACK, "utf-8")
    found = lc.assess(city, tmp_path / "hours.toml", as_of=2025)
    first = lc.open_by_hour(found, "H-1")
    # The walks themselves take room of their own: they are as they were.
    kept, matrix = [], Reach.matrix
    monkeypatch.setattr(Reach, "matrix", lambda *args: kept.append(matrix(*args)) or kept[0])
    lc.open_by_hour(found, "H-1")
    monkeypatch.setattr(Reach, "matrix", lambda *_: kept[0])
    tracemalloc.start()
    again = lc.open_by_hour(found, "H-1")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6
    assert again.equals(first)
    assert set(first["share"]) == {0.0, 1.0}


def test_wrong_questions_are_refused(result):
    with pytest.raises(ConfigError, match="is no day and time"):
        lc.open_at(result, "H-1", "Sunday evening")
    with pytest.raises(ConfigError, match="does not measure walks"):
        lc.open_by_hour(result, "H-2")


@pytest.mark.parametrize("week", [5, True, ["2026-07-06"]])
def test_a_week_that_is_no_day_is_refused_by_name(result, week):
    with pytest.raises(WrongTypeError, match="week is of type"):
        lc.open_by_hour(result, "H-1", week=week)


@pytest.mark.parametrize("week", ["0202-07-06", "1826-07-06", "9999-12-31"])
def test_a_week_that_no_calendar_holds_is_refused(result, week, tmp_path):
    with pytest.raises(ConfigError, match="not usable"):
        lc.open_by_hour(result, "H-1", week=week)
    path = write_town(tmp_path)
    text = path.read_text("utf-8").replace("[assess]", f'[assess]\nweek = "{week}"')
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="state a year from 1900 to 2200"):
        read_config(path)


def test_hours_that_are_known_at_other_times_than_monday_night_are_hours_too(tmp_path):
    homes = PLAN.points([(500, 0)]).assign(residents=[100])
    pack = tmp_path / "hours.toml"
    pack.write_text(PACK, "utf-8")
    # Of Monday at 0:00 none of these says anything; the last says nothing of any time.
    for text, right in (
        ("no; yes @ (May-Sep 00:00-20:00)", True),
        ("Tu off", True),
        ("May-Sep 00:00-20:00", True),
        ("请电询", False),
    ):
        centres = PLAN.points([(0, 0)]).assign(category="service_centre", 开放时间=[text])
        city = lc.City.from_frames(STREET, facilities=centres, demand=homes)
        found = with_hours(lc.assess(city, pack, as_of=2025))
        assert found == (["H-1"] if right else []), text

"""What can no longer be judged is no progress; what was only sorted has not moved."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from builders.run_folder import gap, run_json, standard, write_output
from builders.street_city import demand, little_city, requirement
from builders.street_files import write_street
from livingcircle import pipeline
from livingcircle.compare import compare
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.uncounted import uncounted


def _record(undecided: dict[str, list[str]]) -> dict[str, object]:
    return {**run_json(), "undecided": undecided}


def test_a_gap_whose_unit_is_unknown_now_is_not_closed(tmp_path: Path) -> None:
    gaps = [gap("T-1", "东", 1000.0), gap("T-1", "西", 300.0)]
    before = write_output(tmp_path / "a", [standard("T-1", value=0.5)], gaps, _record({}))
    unit = pd.read_csv(before / "gaps.csv", dtype=str)["unit_id"].iloc[0]
    after = write_output(
        tmp_path / "b", [standard("T-1", value=1.0)], gaps[1:], _record({"T-1": [unit]})
    )
    found = compare(before, after)
    assert found.changes[found.changes["about"] == "gap"]["change"].tolist() == ["undecided"]
    assert "closed" not in found.text().lower()
    assert "can no longer be judged" in found.text()
    assert "无法再判断" in found.text("zh")


def test_a_finding_that_became_unknown_closes_nothing(tmp_path: Path) -> None:
    gaps = [gap("T-1", "东", 1000.0)]
    before = write_output(tmp_path / "a", [standard("T-1", value=0.5)], gaps, _record({}))
    after = write_output(tmp_path / "b", [standard("T-1", "unknown")], [], _record({"T-1": ["*"]}))
    changes = compare(before, after).changes
    assert "closed" not in set(changes["change"])


_PLAN = """id = "t"
[document]
title_zh = "试"
title_en = "Trial"
issuer_zh = "甲"
issuer_en = "A"
[[requirement]]
id = "T-1"
clause = "1"
statement_zh = "每处至少 200 平方米"
statement_en = "At least 200 m² each"
force = "must"
kind = "floor_area"
categories = ["community_health_centre"]
level = "facility"
floor = 200
"""


@pytest.mark.slow
@pytest.mark.parametrize("order", [slice(None, None, -1), slice(None)])
def test_sorting_a_spreadsheet_moves_nothing(tmp_path: Path, order: slice) -> None:
    stations = [(100 * i, 10, f"站{i}", "社区卫生服务中心", 100 + 10 * i) for i in range(4)]

    def run(name: str, rows: list[tuple[object, ...]]) -> pipeline.Run:
        city = write_street(
            tmp_path / f"city-{name}",
            _PLAN,
            rows,
            header="名称,类别,建筑面积",
            metres=1000,
            homes=[{"x": 100, "y": 0, "residents": 10}],
        )
        return pipeline.run_city(city, (), tmp_path / name)

    one, other = run("a", stations), run("b", stations[order])
    assert len(pd.read_csv(one.folder / "gaps.csv")) == 4
    assert len(compare(one.folder, other.folder).changes) == 0


def _falls(folder: Path, people: tuple[float, float], unknown: int, unit: str = "") -> Path:
    """A run whose two gaps hold so many people, and so many points that state none."""
    gaps = [gap("T-1", "东", people[0]), gap("T-1", "西", people[1])]
    card = [standard("T-1", value=0.5, people_left_out=sum(people))]
    told = {"*": unknown, unit: unknown} if unknown else {}
    record = {**_record({}), "uncounted": {"T-1": {"people": told}} if told else {}}
    return write_output(folder, card, gaps, record)


def test_people_who_became_unknown_are_no_progress(tmp_path: Path) -> None:
    before = _falls(tmp_path / "a", (300.0, 46.0), 0)
    unit = pd.read_csv(before / "gaps.csv", dtype=str)["unit_id"].iloc[0]
    found = compare(before, _falls(tmp_path / "b", (144.0, 46.0), 5, unit))
    gaps = found.changes[found.changes["about"] == "gap"]
    assert set(gaps["change"]) == {"undecided"}
    after = gaps.set_index("field")["after"].to_dict()
    assert (after["people"], after["people_uncounted"]) == (144.0, 5.0)
    for text in (found.text().partition("Gaps")[0], found.text()):
        assert "points left out whose people are unknown 0 → 5" in text
        assert "no progress" in text
    assert "减少并非改善" in found.text("zh")


def test_people_who_are_served_are_progress_though_others_stay_unknown(tmp_path: Path) -> None:
    before = _falls(tmp_path / "a", (300.0, 46.0), 5, "x")
    found = compare(before, _falls(tmp_path / "b", (144.0, 46.0), 5, "x"))
    gaps = found.changes[found.changes["about"] == "gap"]
    assert set(gaps["change"]) == {"moved"}
    assert "no progress" not in found.text()


@pytest.mark.slow
def test_a_run_tells_who_is_left_out_and_not_counted() -> None:
    homes = demand()
    homes.loc[homes["leaf"] == "D", "residents"] = float("nan")
    homes.loc[homes["demand_id"] == "d100", "residents"] = float("nan")
    city = little_city([{"x": 500, "of": "pharmacy"}], demand=homes)
    entry = requirement(kind="circle", categories=["pharmacy"], metres=1000, target="all")
    finding = assess_requirement(entry, Context(city, 2025))
    told = uncounted([finding])["T-1"]["people"]
    # d100 is served; the four homes of D are 2,600 m away and more.
    assert told["*"] == 4
    assert told["D"] == 4
    homes["residents"] = float("nan")
    nobody = Context(little_city([{"x": 500, "of": "pharmacy"}], demand=homes), 2025)
    assert "people" not in uncounted([assess_requirement(entry, nobody)]).get("T-1", {})


def test_a_scenario_is_a_cause(tmp_path: Path) -> None:
    card = [standard("T-1", value=0.5)]
    before = write_output(tmp_path / "a", card, [], _record({}))
    record = _record({})
    record["inputs"] = [*record["inputs"], {"role": "scenario", "source": "s.toml", "sha256": "f"}]
    after = write_output(tmp_path / "b", [standard("T-1", value=0.6)], [], record)
    found = compare(before, after)
    assert found.kinds == ("scenario",)
    assert "scenario: scenario s.toml: - → f" in found.text()
    assert "情景" in found.text("zh")

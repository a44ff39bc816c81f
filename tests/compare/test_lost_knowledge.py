"""What can no longer be judged is no progress; what was only sorted has not moved."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from builders.run_folder import gap, run_json, standard, write_output
from livingcircle import pipeline
from livingcircle.compare import compare


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


def _town(folder: Path, rows: list[str]) -> Path:
    folder.mkdir()
    streets = [
        f'{{"type":"Feature","properties":{{}},"geometry":{{"type":"LineString","coordinates":{c}}}}}'
        for c in ("[[118.1,24.48],[118.105,24.48]]", "[[118.105,24.48],[118.11,24.48]]")
    ]
    (folder / "s.geojson").write_text(
        '{"type":"FeatureCollection","features":[' + ",".join(streets) + "]}", encoding="utf-8"
    )
    head = "名称,类别,经度,纬度,建筑面积"
    (folder / "f.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "d.csv").write_text("lon,lat,residents\n118.101,24.48,10\n", encoding="utf-8")
    (folder / "plan.toml").write_text(_PLAN, encoding="utf-8")
    (folder / "city.toml").write_text(
        '[city]\nname = "试城"\n[network]\nsource = "s.geojson"\n[[facilities]]\nsource = "f.csv"\n'
        'category = "类别"\n[demand]\nsource = "d.csv"\n[assess]\npacks = ["plan.toml"]\n',
        encoding="utf-8",
    )
    return folder / "city.toml"


@pytest.mark.parametrize("order", [slice(None, None, -1), slice(None)])
def test_sorting_a_spreadsheet_moves_nothing(tmp_path: Path, order: slice) -> None:
    rows = [
        f"站{i},社区卫生服务中心,{118.101 + i / 1000:.4f},24.4801,{100 + 10 * i}" for i in range(4)
    ]
    one = pipeline.run_city(_town(tmp_path / "x", rows), (), tmp_path / "a")
    other = pipeline.run_city(_town(tmp_path / "y", rows[order]), (), tmp_path / "b")
    assert len(pd.read_csv(one.folder / "gaps.csv")) == 4
    assert len(compare(one.folder, other.folder).changes) == 0

"""Work of the desk: what was not filled in, and which results stay."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from livingcircle import pipeline
from livingcircle.desk import work
from livingcircle.desk.options import options_of
from livingcircle.desk.outputs import output_folders
from livingcircle.publish.text import city_summary


@pytest.mark.parametrize(
    ("what", "options", "field"),
    [
        ("claim", {"standard": "LP-1"}, "share"),
        ("claim", {"standard": "LP-1", "share": " "}, "share"),
        ("claim", {"share": "99%"}, "standard"),
        ("sites", {}, "standard"),
        ("compare", {}, "before"),
    ],
)
def test_what_was_not_filled_in_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    what: str,
    options: dict[str, object],
    field: str,
) -> None:
    assert work.do_task([what, str(tmp_path), json.dumps(options_of(options))]) == 2
    zh, en = json.loads(capsys.readouterr().out)["error"]
    assert f"'{field}'" in en
    assert "has to be filled in" in en
    assert field in zh
    assert "必须填写" in zh
    assert "\n" not in zh + en


@pytest.mark.parametrize("scenario", ["before.toml", "Before.TOML", "before-scenario.toml"])
def test_a_scenario_leaves_the_results_of_the_run_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    def run_city(
        city: Path, packs: tuple[str, ...], out: Path, scenario: Path | None, progress: object
    ) -> SimpleNamespace:
        out.mkdir(exist_ok=True)
        (out / "map.html").write_text(scenario.name if scenario else "second")
        return SimpleNamespace(result=None, folder=out, plans=())

    monkeypatch.setattr(pipeline, "run_city", run_city)
    monkeypatch.setattr(city_summary, "run_summary", lambda *_: "")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "map.html").write_text("first")
    for options in ({}, {"scenario": "before.toml"}, {"scenario": scenario}):
        work.do_task(["run", str(tmp_path), json.dumps(options)])
    held = {name: (tmp_path / name / "map.html").read_text() for name in output_folders(tmp_path)}
    assert held.pop("results") == "second"
    assert held.pop("results-before") == "first"
    assert set(held.values()) == {"before.toml", scenario}
    assert not any(name.casefold() == "results-before" for name in held)

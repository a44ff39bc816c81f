"""Draws in the files of a run: asked for by city.toml or the command, absent without."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest

from builders.square_city import make_city
from livingcircle.cli.main import main

TERMS = "\n[uncertainty]\ndraws = 20\nspeed = 0.3\nfacility_m = 60\n"


def code_of(call):
    try:
        main([str(one) for one in call])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("draws")
    path = make_city(folder / "city")
    assert code_of(["run", path, "--out", folder / "plain"]) == 0
    assert code_of(["run", path, "--out", folder / "asked", "--draws", "15"]) == 0
    path.write_text(path.read_text("utf-8") + TERMS, "utf-8")
    assert code_of(["run", path, "--out", folder / "stated"]) == 0
    return folder


def card(folder):
    return pd.read_csv(folder / "scorecard.csv").set_index("id")


@pytest.mark.slow
def test_nothing_is_drawn_unless_asked(runs):
    assert not (runs / "plain" / "field_checks.csv").exists()
    assert card(runs / "plain")[["p_met", "band_low", "band_high"]].isna().all(axis=None)
    assert "draws" not in json.loads((runs / "plain" / "run.json").read_text("utf-8"))


def test_what_was_drawn_stands_in_every_output(runs):
    for name, draws in (("stated", 20), ("asked", 15)):
        folder = runs / name
        assert json.loads((folder / "run.json").read_text("utf-8"))["draws"]["draws"] == draws
        table = card(folder)
        walked = table["band_low"].notna()
        assert walked.any()
        assert (table["band_low"] <= table["band_high"])[walked].all()
        # What is judged is what it was.
        pd.testing.assert_series_equal(table["status"], card(runs / "plain")["status"])
        pd.testing.assert_series_equal(table["value"], card(runs / "plain")["value"])
        (file,) = folder.glob("*.gpkg")
        checks = pd.read_csv(folder / "field_checks.csv")
        assert len(gpd.read_file(file, layer="field_checks")) == len(checks) > 0
        homes = gpd.read_file(file, layer="demand")
        odds = homes[[c for c in homes if c.endswith("_p_covered")]]
        assert odds.shape[1] >= 1
        assert odds.stack().between(0, 1).all()
        report = (folder / "report.html").read_text("utf-8")
        assert 'id="sure"' in report
        assert f"{draws} random draws" in report
        assert f"随机抽样 {draws} 次" in report
        # The map's panel of a standard shows its note.
        page = (folder / "map.html").read_text("utf-8")
        assert f"{draws} draws of what the data do not know: nine tenths lie from" in page
        assert f"抽样 {draws} 次：九成的结果在" in page


def test_a_wrong_number_is_one_line(tmp_path, capsys):
    path = make_city(tmp_path / "city")
    path.write_text(path.read_text("utf-8") + "\n[uncertainty]\nspeed = 3\n", "utf-8")
    assert code_of(["run", path, "--out", tmp_path / "out"]) == 2
    said = capsys.readouterr().err.strip()
    assert "uncertainty.speed" in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()

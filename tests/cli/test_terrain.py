"""A city on a hill from its files: read, told by `check`, drawn by `run`, refused where wrong."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from builders.dem import write_dem
from builders.drawing import PLAN, write_lines
from builders.square_city import HOMES, make_city
from livingcircle.city.model import read_city
from livingcircle.cli.main import main

BOX = (-500, -500, 1500, 1500)


def code_of(call: list[str]) -> int:
    """The exit code of a command."""
    try:
        main(call)
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def climb(x, y):
    """Level in the west, from x = 500 m on up at 12 %."""
    return 20 + 0.12 * np.maximum(x - 500, 0)


def on_hill(folder: Path, settings: str = "", **more) -> Path:
    path = make_city(folder / "city")
    write_dem(path.parent / "dem.tif", climb, **{"box": BOX, "cell_m": 5.0, **more})
    terrain = f'\n[terrain]\nsource = "dem.tif"\n{settings}'
    path.write_text(path.read_text("utf-8") + terrain, "utf-8")
    return path


@pytest.mark.slow
def test_check_tells_of_the_ground_and_of_those_on_steep_streets(tmp_path, capsys):
    path = on_hill(tmp_path)
    assert code_of(["check", str(path), "--lang", "en"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "heights on a grid of 5 m, smoothed over 10 m" in said
    assert "pace on slopes by Tobler 1993" in said
    (text,) = [n.text.en for n in read_city(path).notes if n.field == "slopes"]
    assert text in said
    # A street along y is level. Sure to be steep: homes on a street along x and beside none along
    # y; others stand in the middle of a block or at a corner, and may belong to either.
    sure = [(x, y) for x, y, _ in HOMES if x > 500 and x % 100 == 50 and y % 100 == 0]
    level = [(x, y) for x, y, _ in HOMES if x < 450 or (x % 100 == 0 and y % 100 == 50)]
    people = int(text.removesuffix(" people live on streets steeper than 8%"))
    assert 10 * len(sure) <= people <= 10 * (len(HOMES) - len(level))


@pytest.mark.slow
def test_a_run_writes_metres_and_seconds_of_each_home(tmp_path):
    path = on_hill(tmp_path)
    assert code_of(["run", str(path), "--out", str(tmp_path / "out"), "--lang", "en"]) == 0
    flat = make_city(tmp_path / "flat")
    assert code_of(["run", str(flat), "--out", str(tmp_path / "level"), "--lang", "en"]) == 0
    hill, level = (
        gpd.read_file(next((tmp_path / name).glob("*.gpkg")), layer="demand").set_index("demand_id")
        for name in ("out", "level")
    )
    assert (hill["LP_1_metres"] == level["LP_1_metres"]).all()
    assert level["LP_1_seconds"].to_numpy() == pytest.approx(level["LP_1_metres"] / 1.33)
    faster = hill["LP_1_seconds"] / level["LP_1_seconds"]
    # Down to the centre in the west at 12 %: 1.07 times the seconds of the part that slopes.
    down = math.exp(3.5 * (abs(-0.12 + 0.05) - 0.05))
    # Where the slope begins it is rounded, and 5 % down is the fastest there is.
    assert 0.99 < faster.min() <= 1
    assert 1.01 < faster.max() < down
    files = pd.read_json(tmp_path / "out" / "run.json", typ="series")["inputs"]
    assert any(entry["source"] == "dem.tif" for entry in files)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ('pace = "toblr"\n', "city.toml"),
        ("smooth_m = -1\n", "smooth_m"),
        ('paces = "tobler"\n', "did you mean 'pace'"),
        ("[walking]\nsignal_s = 3\n", "did you mean 'signals_s'"),
        ("[walking]\nlift_s = -3\n", "walking.lift_s"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path, capsys, settings, says):
    assert code_of(["check", str(on_hill(tmp_path, settings)), "--lang", "en"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert says.lower() in line.lower()


def test_a_model_of_another_place_is_one_line(tmp_path, capsys):
    path = on_hill(tmp_path, box=(50_000, 0, 51_000, 1_000))
    assert code_of(["check", str(path), "--lang", "zh"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "dem.tif" in line
    assert "未覆盖本市" in line


def test_a_model_of_half_the_city_tells_the_share(tmp_path, capsys):
    path = on_hill(tmp_path, box=(-500, -500, 300, 1500))
    assert code_of(["check", str(path), "--lang", "en"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "of the streets: they are taken as level" in said


def test_check_tells_what_stairs_and_crossings_cost(tmp_path, capsys):
    path = on_hill(tmp_path, "[walking]\nsignals_s = 33\n")
    assert code_of(["check", str(path), "--lang", "en"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "no edge is tagged as a crossing, so that nobody waits at one" in said


def write_reach(folder: Path) -> list[str]:
    write_lines(folder / "net.geojson", [PLAN.line((0, 0), (0, 1000))])
    write_dem(folder / "dem.tif", lambda x, y: 0.1 * y, crs="EPSG:4326")
    for name, places in (("f", [(0, 1000)]), ("d", [(0, 0), (0, 400)])):
        rows = [PLAN.at(*place) for place in places]
        pd.DataFrame(rows, columns=["lon", "lat"]).to_csv(folder / f"{name}.csv", index=False)
    named = {"network": "net.geojson", "facilities": "f.csv", "demand": "d.csv"}
    files = [f"--{option}={folder / file}" for option, file in named.items()]
    return ["reach", *files, f"--out={folder / 'out.csv'}", "--walker=adult", "--lang=en"]


def test_the_bare_engine_takes_terrain_and_pace(tmp_path):
    call = write_reach(tmp_path)
    dem = f"--terrain={tmp_path / 'dem.tif'}"
    ratio = {"tobler": math.exp(0.35), "irmischer": (0.11 + math.exp(-25 / 1800)) /
             (0.11 + math.exp(-225 / 1800))}  # fmt: skip
    for pace, times in ratio.items():
        assert code_of([*call, dem, f"--pace={pace}"]) == 0
        got = pd.read_csv(tmp_path / "out.csv")
        assert got["metres"].to_numpy() == pytest.approx([1000, 600], abs=1e-3)
        assert got["seconds"].to_numpy() == pytest.approx(
            np.array([1000, 600]) / 1.33 * times, rel=1e-4
        )
    assert code_of([*call, dem, f"--minutes={1000 * math.exp(0.35) / 1.33 / 60 - 0.1}"]) == 0
    assert list(pd.read_csv(tmp_path / "out.csv")["status"]) == ["gap", "covered"]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--pace=tobler", "no terrain"),
        ("--terrain=f.csv", "cannot be read"),
        ("--terrain=nix.tif", "no such file"),
    ],
)
def test_a_wrong_call_of_the_bare_engine_is_one_line(tmp_path, capsys, option, says):
    call = write_reach(tmp_path)
    option = option.replace("=f.", f"={tmp_path}/f.").replace("=nix", f"={tmp_path}/nix")
    assert code_of([*call, option]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert says in line
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.slow
def test_a_run_draws_the_steep_streets_as_a_layer(tmp_path):
    path = on_hill(tmp_path)
    out = tmp_path / "out"
    assert code_of(["run", str(path), "--out", str(out)]) == 0
    (file,) = out.glob("*.gpkg")
    slopes = gpd.read_file(file, layer="slopes")
    # The hill climbs 12 % from west to east: no street is steeper, and level ones are left out.
    assert slopes["slope"].min() >= 0.04
    assert slopes["slope"].max() == pytest.approx(0.12, abs=0.002)
    steep = slopes[slopes["slope"] > 0.119].iloc[0]
    up, down = math.exp(3.5 * 0.12), math.exp(3.5 * (abs(-0.12 + 0.05) - 0.05))
    assert sorted([steep["pace_ahead"], steep["pace_back"]]) == pytest.approx(
        sorted([up, down]), abs=0.02
    )
    assert "stairs_and_crossings" not in set(gpd.list_layers(file)["name"])

"""`reach` and the datum of each table: stated, named by a header, or shown by the streets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from builders.drawing import PLAN, write_lines
from livingcircle import cli
from livingcircle.io.datum.convert import from_wgs84


def away(places, name):
    lon, lat = zip(*(PLAN.at(x, y) for x, y in places), strict=True)
    return from_wgs84(np.array(lon), np.array(lat), name)


@pytest.fixture
def town(tmp_path):
    """Streets 500 m apart; 150 shops and 80 homes, each some metres beside a street."""
    write_lines(
        tmp_path / "streets.geojson",
        [PLAN.line((0, 500 * i), (3000, 500 * i)) for i in range(7)]
        + [PLAN.line((500 * i, 0), (500 * i, 3000)) for i in range(7)],
    )
    rng = np.random.default_rng(5)

    def beside(count):
        along = rng.uniform(0, 3000, count)
        street = 500 * rng.integers(0, 7, count) + rng.choice([-1, 1], count) * rng.uniform(
            4, 14, count
        )
        down = rng.random(count) < 0.5
        return np.column_stack([np.where(down, street, along), np.where(down, along, street)])

    return tmp_path, beside(150), beside(80)


def write(path, places, name, header=("lon", "lat")):
    lon, lat = away(places, name)
    pd.DataFrame({header[0]: lon, header[1]: lat}).to_csv(path, index=False, float_format="%.9f")
    return path


@pytest.fixture
def run(town, capsys):
    folder, shops, homes = town

    def call(*extra, shops_in="wgs84", homes_in="wgs84", header=("lon", "lat")):
        write(folder / "shops.csv", shops, shops_in, header)
        write(folder / "homes.csv", homes, homes_in)
        out = folder / "reach.csv"
        out.unlink(missing_ok=True)
        words = ["reach", "--network", folder / "streets.geojson", "--out", out, "--no-node"]
        words += ["--facilities", folder / "shops.csv", "--demand", folder / "homes.csv", *extra]
        capsys.readouterr()
        try:
            cli.main(list(map(str, words)))
            code = 0
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr().err
        return code, said, pd.read_csv(out) if out.exists() else None

    return call


def test_each_table_has_its_own_datum(run):
    _, _, right = run()
    both = ("--facilities-datum", "gcj02", "--demand-datum", "bd09")
    code, said, got = run(*both, shops_in="gcj02", homes_in="bd09")
    assert (code, said) == (0, "")
    assert np.allclose(got["metres"], right["metres"], atol=0.02)
    # One datum for both, overruled for one of them.
    code, _, got = run(
        "--datum", "gcj02", "--demand-datum", "wgs84", shops_in="gcj02", homes_in="wgs84"
    )
    assert code == 0
    assert np.allclose(got["metres"], right["metres"], atol=0.02)


def test_an_unstated_datum_is_what_the_streets_show_and_is_told(run):
    _, said, right = run()
    assert said == ""
    code, said, got = run(shops_in="gcj02")
    assert code == 0
    assert np.allclose(got["metres"], right["metres"], atol=0.02)
    assert said.startswith("livingcircle: shops.csv: no datum is stated; read as gcj02")
    assert said.count("\n") == 1
    _, said, _ = run("--lang", "zh", homes_in="bd09")
    assert "homes.csv：未注明坐标系，按 bd09 读取" in said


def test_a_statement_beats_the_streets_and_the_header_with_a_warning(run):
    _, _, right = run()
    # The header is wrong, and the user knows better.
    code, said, got = run("--datum", "wgs84", header=("lng_gcj02", "lat_gcj02"))
    assert code == 0
    assert np.allclose(got["metres"], right["metres"], atol=0.02)
    assert "shops.csv: read as wgs84, as stated, though the header says gcj02" in said
    # The user is wrong, is obeyed, and is told.
    code, said, got = run("--datum", "wgs84", shops_in="gcj02")
    assert code == 0
    assert not np.allclose(got["metres"], right["metres"], atol=20)
    assert "shops.csv: read as wgs84, but it is probably gcj02" in said


def test_a_header_that_names_a_datum_is_believed(run):
    _, _, right = run()
    code, said, got = run(shops_in="gcj02", header=("lng_gcj02", "lat_gcj02"))
    assert code == 0
    assert np.allclose(got["metres"], right["metres"], atol=0.02)
    assert "shops.csv: the header says gcj02" in said


def test_swapped_axes_are_read_the_right_way_and_told(run):
    _, _, right = run()
    code, said, got = run(header=("lat", "lon"))
    assert code == 0
    assert np.allclose(got["metres"], right["metres"], atol=0.02)
    assert "longitude and latitude were swapped" in said


@pytest.mark.parametrize("option", ["--facilities", "--demand"])
def test_a_table_of_another_city_is_refused(run, town, option):
    folder = town[0]
    far = write(folder / "far.csv", [(60_000, 0), (61_000, 50)], "wgs84")
    code, said, got = run(option, far)
    assert code == 2
    assert got is None
    assert said.count("\n") == 1
    assert "far.csv, field 'coordinates': all 2 places lie far from the streets" in said
    assert "57 km away" in said or "56 km away" in said

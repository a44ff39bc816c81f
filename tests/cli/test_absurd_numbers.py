"""Numbers that are finite and of no sense: refused in one line with the bounds, wherever stated."""

from __future__ import annotations

import json
import re

import pytest

import livingcircle as lc
from builders.drawing import PLAN, walk_network, write_lines
from livingcircle.arguments import LARGEST_ARGUMENT
from livingcircle.cli.main import main
from livingcircle.errors import ConfigError

HUGE = ("1e308", "1e15", "-1", "nan")
WHOLE = (str(10**30), "-1")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("absurd")
    write_lines(folder / "walk.geojson", [PLAN.line((0, 0), (100, 0))])
    lon, lat = PLAN.at(10, 0)
    (folder / "p.csv").write_text(f"id,lon,lat\na,{lon},{lat}\n", "utf-8")
    (folder / "city.toml").write_text(
        '[city]\nname = "x"\n[network]\nsource = "walk.geojson"\n', "utf-8"
    )
    return folder


def refused(capsys, *words):
    """What is said in both languages."""
    said = []
    for lang in ("zh", "en"):
        with pytest.raises(SystemExit) as stop:
            main([*map(str, words), "--lang", lang])
        shown = capsys.readouterr()
        assert (stop.value.code, shown.out) == (2, ""), words
        assert len(shown.err.splitlines()) == 1
        assert "unexpected" not in shown.err
        said.append(shown.err)
    assert re.search("[一-鿿]", said[0])
    return said[1]


CALLS = {
    "reach": (["--limit-m", "--minutes", "--max-access-m", "--snap-m"], []),
    "sites": (
        ["--budget", "--min-distance-m", "--least-people", "--m2-per-100-households",
         "--link-cost", "--seconds", "--share"],
        ["--max-sites", "--max-candidates", "--as-of"],
    ),
    "run": ([], ["--as-of"]),
    "claim": ([], ["--as-of", "--most"]),
    "nightly": (["--time-limit-s"], ["--jobs"]),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        (command, option, value)
        for command, (numbers, whole) in CALLS.items()
        for some, values in ((numbers, HUGE), (whole, WHOLE))
        for option in some
        for value in values
    ],
)
def test_an_option_is_refused_with_its_bounds(files, capsys, command, option, value):
    city = files / "city.toml"
    words = {
        "reach": ["--network", files / "walk.geojson", "--facilities", files / "p.csv",
                  "--demand", files / "p.csv", "--out", files / "o.csv"],
        "sites": [city, "--standard", "XM-3a"],
        "run": [city, "--pack", "xiamen-2025", "--out", files / "out"],
        "claim": [city, "--standard", "XM-1a", "--share", "0.5"],
        "nightly": [files, "--site", files / "site"],
    }[command]  # fmt: skip
    said = refused(capsys, command, *words, f"{option}={value}")
    assert re.search(r"(from|above|more than|equal to|range) -?\d|0\.95|finite", said), said
    assert not (files / "o.csv").exists()


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("assess", "max_access_m", "1e308"), ("assess", "as_of", "99999"),
        ("assess.parameters", "x", "1e308"), ("assess.targets", '"XM-1a"', "1e300"),
        ("network", "snap_m", "1e308"), ("walking", "signals_s", "1e308"),
        ("walking", "stairs_up", "1e308"), ("terrain", "smooth_m", "1e308"),
        ("demand", "header_row", "99999999999999999999"),
    ],
)  # fmt: skip
def test_a_key_of_city_toml_is_refused_with_its_bounds(files, capsys, table, key, value):
    text = (files / "city.toml").read_text("utf-8")
    line = f"{key} = {value}\n"
    text = f"{text}{line}" if table == "network" else f"{text}[{table}]\n{line}"
    if table in ("terrain", "demand"):
        text += 'source = "p.csv"\n'
    path = files / "other.toml"
    path.write_text(text, "utf-8")
    said = refused(capsys, "check", path)
    assert "other.toml, row " in said
    assert re.search(r"(less|than|equal to|from) ", said)


def test_in_python_the_bounds_are_the_same():
    network = walk_network([PLAN.line((0, 0), (100, 0))])
    stops = PLAN.facilities([(10, 0)])
    found = lc.reach(network, stops)
    for call, name in (
        (lambda v: lc.reach(network, stops, walker=v), "walker"),
        (lambda v: lc.reach(network, stops, max_access_m=v), "max_access_m"),
        (lambda v: found.circle(limit_m=v), "limit_m"),
        (lambda v: found.circle(minutes=[5, v]), "minutes"),
    ):
        for value in (LARGEST_ARGUMENT[name] * 1.01, 1e308, float("inf"), float("nan"), -1.0):
            with pytest.raises(ConfigError, match=f"{name} is") as told:
                call(value)
            assert json.dumps(told.value.line("zh"))
            assert f"{LARGEST_ARGUMENT[name]:,.10g}" in str(told.value)
    assert lc.reach(network, stops, max_access_m=LARGEST_ARGUMENT["max_access_m"]) is not None

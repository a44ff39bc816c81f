"""What is shut in a town: told by `check`, drawn by `run`, overruled in city.toml; all by hand.

Two streets 200 m apart, joined in the west only. Four lanes lead north from the southern one:

    x (m)   200 private    450 a gate, shut    700 crossed by a fence

and at x = 800 a lane leads south to a compound behind a locked gate.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from builders.drawing import PLAN, write_osm
from builders.square_city import units, write_facilities, write_plan, write_points, write_units
from livingcircle.city.model import read_city
from livingcircle.cli.main import main
from livingcircle.routing.engine import reach

SOUTH, NORTH = 300, 500
STREET = {"highway": "residential"}
WAYS = [
    (STREET, [(x, SOUTH) for x in (0, 200, 450, 700, 800, 900)]),
    (STREET, [(x, NORTH) for x in (0, 200, 450, 700, 900)]),
    (STREET, [(0, SOUTH), (0, NORTH)]),
    (STREET | {"access": "private"}, [(200, SOUTH), (200, NORTH)]),
    (STREET, [(450, SOUTH), (450, 400), (450, NORTH)]),
    (STREET, [(700, SOUTH), (700, NORTH)]),
    ({"barrier": "fence"}, [(660, 400), (740, 400)]),
    (STREET, [(800, SOUTH), (800, 250), (800, 200)]),
]
GATES = {(450, 400): {"barrier": "gate", "access": "private"},
         (800, 250): {"barrier": "gate", "locked": "yes"}}  # fmt: skip
HOMES = {"opposite": (430, 505), "on the lane": (195, 410), "behind the gate": (795, 210)}
CENTRE = (430, 305, "中心", "社区党群服务中心")


def write_town(folder: Path, settings: str = "") -> Path:
    """Write the town; return its city.toml."""
    write_osm(folder / "streets.osm", WAYS, nodes=GATES)
    write_plan(folder)
    rows = [
        {"demand_id": name, "x": x, "y": y, "residents": 10, "households": 4}
        for name, (x, y) in HOMES.items()
    ]
    write_points(folder, "homes.geojson", rows)
    parts = [
        f'[city]\nname = "town"\n[network]\nsource = "streets.osm"\n{settings}',
        write_facilities(folder, [CENTRE], "名称,类别"),
        write_units(folder, units()),
        '[demand]\nsource = "homes.geojson"\n',
        '[assess]\npacks = ["plan.toml"]\nas_of = 2026\n',
    ]
    city = folder / "city.toml"
    city.write_text("\n".join(parts), encoding="utf-8")
    return city


def call(*words: object) -> None:
    """Run a command that succeeds."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    assert not stop.value.code


def run(folder: Path, settings: str = "") -> Path:
    call("run", write_town(folder, settings), "--out", folder / "out")
    return folder / "out" / "town.gpkg"


def metres(package: Path) -> dict[str, float]:
    demand = gpd.read_file(package, layer="demand")
    return dict(zip(demand["demand_id"], demand["LP_1_metres"], strict=True))


def number(corner: tuple[int, int]) -> int:
    """The id of a node, as write_osm counts corners."""
    corners = dict.fromkeys(c for _, corners in WAYS for c in corners)
    return list(corners).index(corner) + 1


@pytest.mark.slow
def test_what_is_shut_is_drawn_with_its_reason(tmp_path):
    package = run(tmp_path)
    shut = gpd.read_file(package, layer="closures").set_index("osm").sort_index()
    assert shut["shut_by"].to_dict() == {
        f"node/{number((450, 400))}": "access=private",
        f"node/{number((800, 250))}": "locked=yes",
        "way/7": "wall",
    }
    drawn = shut.to_crs(32649).geometry
    for name, corner in zip(shut.index, [(450, 400), (800, 250), (700, 400)], strict=True):
        right = PLAN.points([corner]).to_crs(32649).geometry[0]
        assert drawn[name].distance(right) < 0.01
    assert shut.loc["way/7", "text_zh"] == "围墙或围栏横穿道路，此处无门"
    assert "locked=yes" in shut.iloc[1]["text_en"]
    lanes = gpd.read_file(package, layer="private_streets").set_index("shut_by")
    assert lanes["length_m"].to_dict() == pytest.approx({"private": 200, "inside": 50}, abs=0.01)
    assert set(lanes.geom_type) == {"MultiLineString"}
    contents = pyogrio.read_dataframe(package, layer="layer_styles")
    assert {"closures", "private_streets"} <= set(contents["f_table_name"])
    titles = pd.Series(contents["styleName"].to_numpy(), index=contents["f_table_name"])
    assert titles["closures"] == "不能穿行之处"
    # West about from the opposite street; out by the own lane and by the own gate.
    assert metres(package) == pytest.approx(
        {
            "opposite": 5 + 430 + 200 + 430 + 5,
            "on the lane": 5 + 110 + 230 + 5,
            "behind the gate": 5 + 90 + 370 + 5,
        },
        abs=0.02,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (f'open = ["node/{number((450, 400))}"]', {"opposite": 5 + 20 + 200 + 20 + 5}),
        ('open = ["way/7"]', {"opposite": 5 + 270 + 200 + 270 + 5}),
        ('open = ["way/4"]', {"opposite": 5 + 230 + 200 + 230 + 5, "on the lane": 350}),
        ('private = "open"', {"opposite": 5 + 20 + 200 + 20 + 5, "on the lane": 350}),
        ('private = "closed"', {"opposite": 1070, "on the lane": 90 + 195 + 200 + 430 + 5}),
    ],
)
def test_what_is_shut_is_overruled(tmp_path, settings, expected):
    city = read_city(write_town(tmp_path, settings))
    walk = reach(city.network, city.facilities.of("service_centre")).to(city.demand)
    found = dict(zip(city.demand["demand_id"], walk["metres"], strict=True))
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=0.02)


@pytest.mark.slow
def test_check_counts_what_is_shut(tmp_path, capsys):
    city = write_town(tmp_path)
    call("check", city, "--lang", "en")
    said = capsys.readouterr().out
    assert "places shut to those who pass: " in said
    for told in ("access=private 1", "locked=yes 1", "wall 1"):
        assert told in said
    assert "private streets, for those who live or go there: 1" in said
    call("check", city, "--lang", "zh")
    assert "不能穿行之处（门、墙）" in capsys.readouterr().out


@pytest.mark.slow
def test_a_town_where_nothing_is_shut_has_no_such_layer(tmp_path):
    opened = f'open = ["node/{number((450, 400))}", "node/{number((800, 250))}", "way/7", "way/4"]'
    layers = set(pyogrio.list_layers(run(tmp_path, opened))[:, 0])
    assert layers.isdisjoint({"closures", "private_streets"})

"""Hills, stairs, crossings and doubt in the files of a run, and not where there are none."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from chromium import chromium, quiet

from builders.dem import write_dem
from builders.square_city import make_city
from builders.street_city import find, little_city
from livingcircle.cli.main import main
from livingcircle.network.terrain import with_terrain
from livingcircle.publish.hills import moved_circles, moved_circles_text, slopes_frame
from livingcircle.publish.web import map_walking
from livingcircle.publish.web.map_walking import walking_layers

OF_WALKING = {"slopes", "waits", "doubt", "checks"}
SETTINGS = """
[terrain]
source = "dem.tif"
smooth_m = 0

[walking]
delays = true

[uncertainty]
draws = 20
speed = 0.3
facility_m = 60
"""


def code_of(call):
    try:
        main([str(one) for one in call])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def climb(x, y):
    """Level in the west, then 5 %, then 7 %, then 12 %."""
    steps = [(0, 0.05), (300, 0.02), (600, 0.05)]
    return 20 + sum(more * np.maximum(x - begin, 0) for begin, more in steps)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walking")
    path = make_city(folder / "city")
    assert code_of(["run", path, "--out", folder / "flat"]) == 0
    write_dem(path.parent / "dem.tif", climb, box=(-500, -500, 1500, 1500), cell_m=5.0)
    path.write_text(path.read_text("utf-8") + SETTINGS, "utf-8")
    assert code_of(["run", path, "--out", folder / "hilly"]) == 0
    return folder


def page_of(folder):
    text = (folder / "map.html").read_text("utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1])


def lines_of(shapes):
    """Lists of the page as lines, one list per shape: written anew from their description."""
    numbers, counts, out = iter(shapes["d"]), iter(shapes["n"]), []
    for parts in shapes["f"]:
        own = []
        for _ in range(parts):
            steps = np.array([[next(numbers), next(numbers)] for _ in range(next(counts))])
            own.append(shapely.LineString(np.cumsum(steps, axis=0) / 1e6))
        out.append(shapely.MultiLineString(own))
    return out


@pytest.mark.slow
def test_a_flat_city_has_no_layers_of_walking(runs):
    data = page_of(runs / "flat")
    assert not OF_WALKING & set(data["groups"])
    assert not data["walking"]["slopes"]["d"]
    assert not data["walking"]["checks"]
    assert 'id="hills"' not in (runs / "flat" / "report.html").read_text("utf-8")


def test_slopes_of_the_map_are_those_of_the_layer_by_class(runs):
    data = page_of(runs / "hilly")
    (file,) = (runs / "hilly").glob("*.gpkg")
    layer = gpd.read_file(file, layer="slopes")
    classes = np.searchsorted(data["walking"]["steps"], layer["slope"], "right") - 1
    drawn = lines_of(data["walking"]["slopes"])
    assert len(drawn) == 3
    assert {0, 1, 2} == set(classes)
    for k, shape in enumerate(drawn):
        right = shapely.union_all(layer.geometry[classes == k].to_numpy())
        # The page keeps 2 m.
        assert shapely.hausdorff_distance(shape, right) < 3e-5


def test_homes_in_doubt_are_those_of_uncertain_chances(runs):
    data = page_of(runs / "hilly")
    (file,) = (runs / "hilly").glob("*.gpkg")
    homes = gpd.read_file(file, layer="demand")
    places = lines_of({"f": [1], "n": [len(homes)], "d": data["demand"]["points"]})[0]
    at = shapely.get_coordinates(places)
    told = 0
    for standard in data["standards"]:
        name = standard["id"].replace("-", "_") + "_p_covered"
        if name not in homes:
            assert "doubt" not in standard
            continue
        odds = homes[name].to_numpy(dtype=float)
        right = {
            (round(p.x, 5), round(p.y, 5)): round(100 * chance)
            for p, chance in zip(homes.geometry, odds, strict=True)
            if 0.05 < chance < 0.95
        }
        steps, cents = standard.get("doubt", ([], []))
        found = {
            (round(x, 5), round(y, 5)): cent
            for (x, y), cent in zip(at[np.cumsum(steps, dtype=int)], cents, strict=True)
        }
        assert found == right
        told += len(found)
    assert told


def test_the_report_says_how_much_is_steep_and_how_far_it_moves_circles(runs):
    text = (runs / "hilly" / "report.html").read_text("utf-8")
    assert 'id="hills"' in text
    assert "km more than 1:12, the steepest ramp for wheelchairs" in text
    assert "stretches of stairs" in text


def test_a_circle_of_minutes_is_moved_as_the_slope_has_it(tmp_path):
    """15 min are 1,197 m of level ground and 843 m uphill: 500 and 300 of 1,600 people."""
    dem = write_dem(tmp_path / "dem.tif", lambda x, y: 500 - 0.10 * x, box=(-300, -400, 4300, 400))
    level = little_city([{"x": 0, "of": "service_centre"}])
    city = replace(level, network=with_terrain(level.network, dem))
    asked = {"kind": "circle", "categories": ["service_centre"]}
    far = find(city, **asked, minutes=15)
    metres = find(city, **asked, metres=800)
    (one,) = circles = moved_circles(SimpleNamespace(findings=[far, metres]))
    assert (one.level, one.slopes, one.share) == (500 / 1600, None, 300 / 1600)
    words = moved_circles_text(circles, city.network)
    assert "31.2 % on level ground, 18.8 % with them" in words.en
    assert "坡度改变其中 1 项的覆盖率" in words.zh
    assert "平地 31.2%，计入后 18.8%" in words.zh


@pytest.mark.slow
def test_too_many_slopes_leave_the_steepest(runs, monkeypatch):
    import livingcircle as lc

    network = lc.read_city(runs / "city" / "city.toml").network
    whole = walking_layers(network, None)
    monkeypatch.setattr(map_walking, "SLOPE_POINTS", len(whole["slopes"]["d"]) // 4)
    part = walking_layers(network, None)
    assert part["steepest_only"]
    assert not whole["steepest_only"]
    kept, all_ = (sum(one["slopes"]["f"]) for one in (part, whole))
    assert 0 < kept < all_
    # What is left out is no steeper than what is kept.
    slope = slopes_frame(network)["slope"].sort_values(ascending=False).to_numpy()
    assert part["slopes"]["f"][0] <= (slope[:kept] < 0.06).sum() + 1


@pytest.mark.slow
@pytest.mark.browser
def test_a_reader_switches_the_layers_on(runs, tmp_path):
    data = page_of(runs / "hilly")
    with chromium(tmp_path) as browser, quiet(browser, runs / "hilly" / "map.html") as page:
        marks = [mark.text for mark in page.all(".lc-check")]
        assert 1 <= len(marks) <= len(data["walking"]["checks"])
        assert "1" in {mark.rstrip("+") for mark in marks}
        names = "document.querySelectorAll('.leaflet-control-layers-overlays label')"
        for word in ("slopes", "homes in doubt"):
            page.run(
                f"[...{names}].find(one => one.textContent.includes('/ {word}'))"
                ".querySelector('input').click()"
            )
        page.wait("document.querySelector('.legend').textContent.includes('4% 及以上')")
        assert "8.3 %" in page.text(".legend")
        for pane in ("slopes", "doubt"):
            inked = (
                f"const c = document.querySelector('.leaflet-{pane}-pane canvas');"
                "return c.getContext('2d').getImageData(0, 0, c.width, c.height)"
                ".data.some(v => v)"
            )
            assert page.run(inked)
        page.run("document.querySelector('.lc-check').click()")
        first = data["walking"]["checks"][0]
        assert any(check["text"][0] in page.text(".detail") for check in (first,))

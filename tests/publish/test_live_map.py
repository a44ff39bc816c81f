"""The engine inside map.html answers what the command line answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np
import pyproj
import pytest
from chromium import Browser, click_map, quiet
from live_edits import Draw, same_as_python, scenario_of

import livingcircle as lc
from livingcircle.publish.web.live_walkers import LIVE_NODES
from livingcircle.publish.web.map import write_map
from livingcircle.scenario.model import read_scenario
from livingcircle.vocab.categories import category_texts, normalise

REAL = Path(os.environ.get("LIVINGCIRCLE_REAL_DATA", "../shared/data"))
ENGINE = Path(str(resources.files("livingcircle.publish.web") / "static" / "live"))


def node(script: str) -> object:
    """Return what a module prints as JSON; skip where there is no node."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    command = [found, "--experimental-default-type=module", "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_geodesics_and_the_plane_are_those_of_proj() -> None:
    rng = np.random.default_rng(3)
    lon, lat = 118.0 + rng.normal(0, 0.1, 200), 24.5 + rng.normal(0, 0.1, 200)
    places = json.dumps(np.column_stack([lon, lat]).tolist())
    got = node(
        f'import {{ geodesicMetres, transverseMercator }} from "{ENGINE}/geodesy.js";'
        f"const p = {places}, plane = transverseMercator(118.02, 24.51);"
        "console.log(JSON.stringify([p.slice(1).map((q, k) => geodesicMetres(...p[k], ...q)),"
        " p.map((q) => plane(...q))]));"
    )
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    np.testing.assert_allclose(got[0], metres, atol=1e-4)
    crs = "+proj=tmerc +lat_0=24.51 +lon_0=118.02 +k=1 +datum=WGS84 +units=m"
    plane = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(lon, lat)
    np.testing.assert_allclose(got[1], np.column_stack(plane), atol=1e-6)


def test_scenario_files_of_the_page_are_read_by_the_command_line(tmp_path: Path) -> None:
    edits = {
        "added": [{"id": "new-1", "name": '新 "站"\\\n', "categories": ["service_centre", "park"],
                   "lon": 113.5000001, "lat": 22.25}],
        "closed": ['c"1', "c2"],
        "links": [{"name": "桥", "line": [[113.5, 22.25], [113.501, 22.252]], "stairs": True}],
        "cuts": [{"name": "门", "line": [[113.5, 22.2], [113.5, 22.3]]}],
    }  # fmt: skip
    text = node(
        f'import {{ writeScenario, readScenario }} from "{ENGINE}/scenario.js";'
        f"const text = writeScenario({json.dumps(edits)}, '图上');"
        "console.log(JSON.stringify([text, readScenario(text).edits]));"
    )
    assert text[1] == edits
    path = tmp_path / "scenario.toml"
    path.write_text(text[0], encoding="utf-8")
    read, meant = read_scenario(path), scenario_of(edits)
    assert read.close_facility == meant.close_facility
    assert read.add_facility["name"].tolist() == meant.add_facility["name"].tolist()
    assert read.add_facility["category"].tolist() == meant.add_facility["category"].tolist()
    for name in ("add_facility", "add_link", "cut_link"):
        assert getattr(read, name).geometry.tolist() == getattr(meant, name).geometry.tolist()
    assert read.add_link["stairs"].tolist() == [True]


def test_texts_of_categories_are_compared_as_by_the_command_line() -> None:
    words = [
        "Ｅ政务 （自助终端）",
        "  Community  Centre ",
        "「公园」·",
        "【街道】a-b",
        "A_b/",
        "ÉTÉ",
    ]
    plain = node(
        f'import {{ plainText }} from "{ENGINE.parent}/map/plain.js";'
        f"console.log(JSON.stringify({json.dumps([*words, *category_texts()])}.map(plainText)));"
    )
    assert plain == [normalise(word) for word in (*words, *category_texts())]


@pytest.fixture(scope="module")
def live_page(result: lc.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "map.html"
    write_map(result, path)
    return path


def of_kind(result: lc.Result, kind: str) -> str:
    return next(
        f.id
        for f in result.findings
        if f.requirement.kind == kind and len(f.parts) == 1 and f.status != "unknown"
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["circle", "substation"])
def test_random_edits_of_a_town(
    browser: Browser, live_page: Path, result: lc.Result, kind: str
) -> None:
    made = same_as_python(browser, live_page, Draw(result, of_kind(result, kind)), 40, 11)
    assert made > 20


@pytest.fixture
def trying(browser: Browser, live_page: Path, result: lc.Result) -> Iterator[Browser]:
    """The page with the tab to try things on, at a circle."""
    with quiet(browser, live_page) as page:
        page.open(live_page, "#" + of_kind(result, "circle"))
        page.driver.refresh()
        page.wait(
            "document.getElementById('tab-try') && !document.getElementById('tab-try').hidden"
        )
        page.one("#tab-try").click()
        page.wait("document.querySelector('[data-try=place]') !== null")
        yield page


def press(page: Browser, selector: str) -> None:
    """Press a button, which an answer may replace at any moment."""
    page.run("document.querySelector(arguments[0]).click()", selector)


@pytest.mark.slow
def test_a_facility_is_put_undone_saved_and_opened(trying: Browser) -> None:
    page = trying
    before = page.text("#summary .value")
    press(page, "[data-try=place]")
    page.one(".folium-map").click()
    page.wait("document.querySelectorAll('.lc-added').length === 1")
    page.wait("document.getElementById('try-compare') !== null")
    page.run("window.saved = []; URL.createObjectURL = (blob) => { saved.push(blob); return '#'; }")
    press(page, "[data-try=save]")
    text = page.driver.execute_async_script("saved[0].text().then(arguments[0])")
    assert "[[add_facility]]" in text
    press(page, "[data-try=undo]")
    page.wait("document.querySelectorAll('.lc-added').length === 0")
    assert page.text("#summary .value") == before
    press(page, "[data-try=redo]")
    page.wait("document.querySelectorAll('.lc-added').length === 1")
    page.run(
        "const t = new DataTransfer(); t.items.add(new File([arguments[0]], 'scenario.toml'));"
        "document.dispatchEvent(new DragEvent('drop', { dataTransfer: t, bubbles: true }))",
        text,
    )
    page.wait("document.querySelectorAll('.lc-added').length === 1")
    assert page.outside_requests() == []


@pytest.mark.slow
def test_a_large_city_has_no_engine(result: lc.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    from livingcircle.publish.web import live_payload

    assert result.city.network.node_count < LIVE_NODES
    monkeypatch.setattr(live_payload, "LIVE_NODES", 1)
    assert live_payload.live_data(result, result.context, None, result.city.demand) is None


@pytest.mark.exhaustive
def test_a_thousand_random_edits_of_the_sample_city(browser: Browser, tmp_path: Path) -> None:
    result = lc.assess(lc.read_city("data/sample/city.toml"), "xiamen-2025")
    write_map(result, tmp_path / "map.html")
    for standard, count in (("XM-1a", 900), ("XM-3a", 100)):
        draw = Draw(result, standard)
        made = same_as_python(browser, tmp_path / "map.html", draw, count, 5, whole=100)
        assert made > count / 2


@pytest.mark.exhaustive
def test_a_thousand_random_edits_of_las_palmas(browser: Browser, tmp_path: Path) -> None:
    source = REAL / "laspalmas" / "laspalmas_2023.osm.pbf"
    if not source.is_file():
        pytest.skip("the real data are not there")
    (tmp_path / "city.toml").write_text(
        f"""
[city]
name = "Las Palmas"
[network]
source = "{source.resolve()}"
[[facilities]]
source = "{source.resolve()}"
[demand]
source = "{source.resolve()}"
[assess]
packs = ["zhuhai-2025"]
""",
        encoding="utf-8",
    )
    result = lc.assess(lc.read_city(tmp_path / "city.toml"))
    write_map(result, tmp_path / "map.html")
    draw = Draw(result, "ZH-7e")
    assert same_as_python(browser, tmp_path / "map.html", draw, 1000, 6, whole=100) > 500


NEARER = """
const map = window[Object.keys(window).find((n) => n.startsWith("map_"))];
if (arguments[0]) map.setZoom(map.getZoom() + arguments[0], { animate: false });
"""
BOXES = """
return [...document.querySelectorAll(arguments[0])].map((e) => {
  const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })
  .filter(([left, top, right, bottom]) => right > left && bottom > top);
"""


def overlap(one: list[float], other: list[float]) -> bool:
    """Whether two boxes share more than a corner that a round mark leaves free."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 3 and high > 3


@pytest.mark.slow
def test_the_ground_lies_below_and_no_name_on_another(
    browser: Browser, live_page: Path, result: lc.Result
) -> None:
    with quiet(browser, live_page) as page:
        page.wait("document.querySelectorAll('.lc-name').length > 0")
        for steps in (0, 1, 1):
            page.run(NEARER, steps)
            boxes = page.run(BOXES, ".lc-name span")
            for k, one in enumerate(boxes):
                assert not any(overlap(one, other) for other in boxes[k + 1 :])
            marks = page.run(BOXES, ".lc-facility, .lc-gap, .leaflet-control")
            assert not any(overlap(one, mark) for one in boxes for mark in marks)
        order = page.run(
            "return ['ground', 'streets', 'units', 'dots'].map((n) =>"
            " +document.querySelector(`.leaflet-${n}-pane`).style.zIndex)"
        )
        assert order == sorted(order)
        assert page.outside_requests() == []


@pytest.mark.slow
def test_a_click_on_a_home_draws_its_walk(
    browser: Browser, live_page: Path, result: lc.Result
) -> None:
    """For a standard that the page decides again, and for one of which it draws walks alone."""
    finding = result.finding(of_kind(result, "circle"))
    homes = finding.parts[0].demand
    at = result.city.demand.loc[homes.index].geometry
    home = homes[homes["metres"].between(100, 2000)].index[0]
    with quiet(browser, live_page) as page:
        page.driver.get("about:blank")
        page.open(live_page, f"#{finding.id}")
        page.wait("document.querySelectorAll('.lc-unit').length > 0")
        click_map(page, at[home])
        page.wait("document.querySelector('.lc-walk') !== null")
        assert f"{homes.loc[home, 'metres']:,.0f} m" in page.text(".detail dl")
        page.run("document.querySelector('.detail .close').click()")
        assert page.all(".lc-walk") == []
        table = page.run(
            "const D = JSON.parse(document.getElementById('data').textContent);"
            "const live = JSON.parse(D.live.table);"
            "return [live.of_standard, live.walks_of, live.tests.map((t) => 'homes' in t)]"
        )
    decided, walks, whole = table
    assert {int(k) for k in decided} <= {int(k) for k in walks}
    alone = [k for own in walks.values() for k in own if not whole[k]]
    assert alone, "a standard whose walks are drawn though the page cannot decide it"
    numbers = [k for own in decided.values() for k in own]
    assert sorted(numbers) == [k for k, own in enumerate(whole) if own]


@pytest.mark.slow
def test_a_shared_address_pasted_into_the_open_page_is_followed(trying: Browser) -> None:
    page = trying
    press(page, "[data-try=place]")
    assert "Enter" in page.text("#list"), "the keyboard's way is told"
    page.one(".folium-map").click()
    page.wait("document.querySelectorAll('.lc-added').length === 1")
    page.wait("document.getElementById('try-compare') !== null")
    press(page, "[data-try=share]")
    address = str(page.run("return location.hash"))
    assert "&try=" in address
    press(page, "[data-try=reset]")
    page.wait("document.querySelectorAll('.lc-added').length === 0")
    page.run("history.replaceState(null, '', '#x'); location.hash = arguments[0]", address)
    page.wait("document.querySelectorAll('.lc-added').length === 1")
    # By keyboard it is taken out again, and the keyboard is where the next thing is done.
    page.run("document.querySelector('[data-remove=added0]').focus()")
    page.run("document.activeElement.click()")
    page.wait("document.querySelectorAll('.lc-added').length === 0")
    page.wait("document.activeElement.dataset.try === 'undo'")


@pytest.mark.slow
def test_a_scenario_with_ids_that_are_taken_is_renumbered_and_told(trying: Browser) -> None:
    page = trying
    text = "".join(
        f'[[add_facility]]\nid = "{one}"\ncategory = "fitness_site"\nlon = 113.515\nlat = 30.265\n'
        for one in ("f2", "own", "own")
    )
    page.run(
        "const t = new DataTransfer(); t.items.add(new File([arguments[0]], 'scenario.toml'));"
        "document.dispatchEvent(new DragEvent('drop', { dataTransfer: t, bubbles: true }))",
        'name = "重号"\n' + text,
    )
    page.wait("document.querySelectorAll('.lc-added').length === 3")
    page.wait("document.querySelector('#list .refused') !== null")
    told = page.text("#list .refused")
    assert "f2 → new-1" in told
    assert "own → new-2" in told
    page.run("window.saved = []; URL.createObjectURL = (blob) => { saved.push(blob); return '#'; }")
    press(page, "[data-try=save]")
    saved = page.driver.execute_async_script("saved[0].text().then(arguments[0])")
    ids = [line for line in saved.splitlines() if line.startswith("id = ")]
    assert ids == ['id = "new-1"', 'id = "own"', 'id = "new-2"']

"""A stranger opens map.html, moves a station with the finger, saves; the command line agrees."""

from __future__ import annotations

import base64
import csv
import os
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.spatial
import shapely
from chromium import Browser, chromium

import livingcircle as lc
from builders.grid_town import write_town
from livingcircle.cli.main import main
from livingcircle.standards.loader import load_pack

REAL = Path(os.environ.get("LIVINGCIRCLE_REAL_DATA", "../shared/data"))
MAP = "window[Object.keys(window).find((n) => n.startsWith('map_'))]"


def run(*words: object) -> None:
    """Run livingcircle as a user does."""
    with pytest.raises(SystemExit) as ended:
        main(["run", *map(str, words)])
    assert ended.value.code == 0


def score(folder: Path, standard: str) -> dict[str, str]:
    """Return a requirement's row of scorecard.csv."""
    with (folder / "scorecard.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = (row for row in csv.DictReader(file) if row["id"] == standard)
    return row


def finger(page: Browser, kind: str, at: tuple[float, float] | None) -> None:
    """Touch the screen, move the finger on it, or lift it."""
    points = [] if at is None else [{"x": at[0], "y": at[1]}]
    page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def tap(page: Browser, at: tuple[float, float]) -> None:
    finger(page, "touchStart", at)
    finger(page, "touchEnd", None)


def middle(page: Browser, selector: str) -> tuple[float, float]:
    """Return where an element's middle is on the screen, which is scrolled to it."""
    page.run("document.querySelector(arguments[0]).scrollIntoView({block: 'nearest'})", selector)
    x, y, width, height = page.run(
        "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height]",
        selector,
    )
    return x + width / 2, y + height / 2


def move_with_the_finger(page: Browser, path: Path, standard: str, facility: str) -> dict:
    """Play the sentence on a page; return what it shows and saves."""
    page.open(path, f"#{standard}")
    page.wait("document.querySelectorAll('.lc-facility').length > 0", seconds=30)
    before = page.text("#summary .value")
    # A tap on the station: it is looked for where it stands.
    page.run(
        "const D = JSON.parse(document.getElementById('data').textContent);"
        "const k = JSON.parse(D.live.table).facilities.ids.indexOf(arguments[0]);"
        "let x = 0, y = 0; for (let i = 0; i <= k; i++) {"
        " x += D.facilities.points[2 * i]; y += D.facilities.points[2 * i + 1]; }"
        f"{MAP}.setView([y * 1e-6, x * 1e-6], 17, {{ animate: false }});",
        facility,
    )
    at = page.run(
        "const box = document.querySelector('.folium-map').getBoundingClientRect();"
        "return [box.x + box.width / 2, box.y + box.height / 2]"
    )
    tap(page, tuple(at))
    page.wait("document.querySelector('.detail [data-try=move]') !== null")
    tap(page, middle(page, ".detail [data-try=move]"))
    page.wait("document.querySelectorAll('.lc-added').length === 1", seconds=30)
    page.run(f"{MAP}.setZoom(13, {{ animate: false }})")
    page.wait("document.getElementById('try-compare') !== null", seconds=30)
    page.run("document.getElementById('map').scrollIntoView()")
    x, y = middle(page, ".lc-added")
    finger(page, "touchStart", (x, y))
    for k in range(1, 13):
        finger(page, "touchMove", (x + 8 * k, y + 5 * k))
    page.run("document.getElementById('summary').removeAttribute('aria-busy')")
    finger(page, "touchEnd", None)
    # The last answer is of where the finger left it.
    page.wait(
        "document.getElementById('summary').getAttribute('aria-busy') === 'false'", seconds=60
    )
    page.run("window.saved = []; URL.createObjectURL = (blob) => { saved.push(blob); return '#'; }")
    page.run("document.querySelector('[data-try=save]').scrollIntoView({block: 'center'})")
    tap(page, middle(page, "[data-try=save]"))
    page.wait("window.saved.length === 1")
    text = page.driver.execute_async_script("saved[0].text().then(arguments[0])")
    left = page.run(
        "return [...document.querySelectorAll('#try-compare tr')].at(-2).lastChild.textContent"
    )
    assert page.complaints() == []
    assert page.outside_requests() == []
    return {"before": before, "value": page.text("#summary .value"), "left": left, "toml": text}


def agrees(city: Path, page: Path, standard: str, facility: str, scratch: Path) -> None:
    """Move a facility on a page and hold the command line to it."""
    with chromium(scratch / "profile", phone=True) as browser:
        shown = move_with_the_finger(browser, page, standard, facility)
    assert shown["value"] != shown["before"]
    (scratch / "scenario.toml").write_text(shown["toml"], encoding="utf-8")
    out = scratch / "tried"
    run(city, "--scenario", scratch / "scenario.toml", "--out", out)
    row = score(out, standard)
    share = float(row["value"])
    assert shown["value"].rstrip("%") == f"{min(round(share * 1000), 999) / 10:g}"
    if shown["left"] != "–":
        assert int(shown["left"].replace(",", "")) == round(float(row["people_left_out"]))


@pytest.mark.slow
def test_a_station_of_a_town_is_moved_with_the_finger(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    city = write_town(tmp_path / "town")
    run(city, "--out", tmp_path / "out")
    agrees(city, tmp_path / "out" / "map.html", "ZH-7e", "f2", tmp_path)


def most_alone(city: lc.City, categories: list[str]) -> str:
    """Return the facility that most homes have near, with the next one far."""
    stations = city.facilities.of(categories)
    crs = city.network.crs_m
    places = stations.geometry.representative_point().to_crs(crs)
    homes = city.demand.geometry.to_crs(crs)
    tree = scipy.spatial.cKDTree(shapely.get_coordinates(places.to_numpy()))
    far, which = tree.query(shapely.get_coordinates(homes.to_numpy()), k=2)
    alone = (far[:, 0] < 500) & (far[:, 1] > 900)
    served = np.bincount(which[alone, 0], minlength=len(stations))
    return str(stations["facility_id"].iloc[int(served.argmax())])


@pytest.mark.exhaustive
def test_a_fitness_station_of_las_palmas_is_moved_with_the_finger(tmp_path: Path) -> None:
    source = REAL / "laspalmas" / "laspalmas_2023.osm.pbf"
    if not source.is_file():
        pytest.skip("the real data are not there")
    tables = "\n".join(
        f'{head}\nsource = "{source.resolve()}"'
        for head in ("[network]", "[[facilities]]", "[demand]")
    )
    city = tmp_path / "city.toml"
    city.write_text(
        f'[city]\nname = "Las Palmas"\n{tables}\n[assess]\npacks = ["zhuhai-2025"]\n',
        encoding="utf-8",
    )
    run(city, "--out", tmp_path / "out")
    pack = load_pack("zhuhai-2025")
    asked = next(r for r in pack.requirements if r.id == "ZH-7e").needs.categories
    station = most_alone(lc.read_city(city), list(asked))
    agrees(city, tmp_path / "out" / "map.html", "ZH-7e", station, tmp_path)


@pytest.mark.slow
def test_a_scenario_prints_on_one_sheet_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    run(write_town(tmp_path / "town"), "--out", tmp_path / "out", "--pack", "zhuhai-2025")
    with chromium(tmp_path / "profile") as page:
        page.open(tmp_path / "out" / "map.html", "#ZH-7e")
        page.wait("document.querySelectorAll('.lc-facility').length > 0")
        page.run("document.getElementById('tab-try').click()")
        page.wait("document.querySelector('[data-try=place]') !== null")
        page.run("document.querySelector('[data-try=place]').click()")
        page.one(".folium-map").click()
        page.wait("document.getElementById('try-compare') !== null")
        numbers = [cell.text for cell in page.all("#try-compare td")]
        page.run("window.print = () => { window.printed = true; }")
        page.run("document.querySelector('[data-try=page]').click()")
        assert page.run("return window.printed")
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert not page.one("#map").is_displayed()
        told = page.text("#sheet")
        assert all(number in told for number in numbers), (numbers, told)
        before, after = page.all("#sheet svg")
        drawn = "return arguments[0].querySelectorAll('path, circle').length"
        assert page.run(drawn, after) > 0
        # The put facility is on the second picture alone.
        assert [len(p.find_elements("css selector", "text")) for p in (before, after)] == [0, 1]
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        made = page.driver.execute_cdp_cmd(
            "Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True}
        )
        pages = re.findall(rb"/Type\s*/Page\b(?!s)", base64.b64decode(made["data"]))
        assert len(pages) == 1
        page.wait("!document.documentElement.classList.contains('on-sheet')")
        assert page.one("#map").is_displayed()
        assert page.complaints() == []

"""The pages on a phone, by keyboard, for a screen reader, on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import PHONE, Browser, choose_standard, chromium
from eyes import CONTRAST, NAMELESS, OUTSIDE

pytestmark = pytest.mark.browser

# Share of the map that the legend takes.
COVERED = """
const box = (selector) => document.querySelector(selector).getBoundingClientRect();
const legend = box(".legend"), map = box("#map");
return legend.width * legend.height / (map.width * map.height);
"""


@pytest.mark.slow
@pytest.mark.parametrize("turned", [False, True])
def test_on_a_phone_the_legend_leaves_the_map_free(
    written: Path, tmp_path: Path, turned: bool
) -> None:
    with chromium(tmp_path, phone=not turned, turned=turned) as page:
        page.open(written / "map.html")
        page.wait("document.querySelectorAll('.lc-gap').length > 0")
        assert 0 < page.run(COVERED) < 0.2
        summary = page.one(".legend summary")
        assert summary.rect["height"] >= 32, "large enough for a finger"
        summary.click()
        assert "未覆盖人口比例" in page.one(".legend").text
        # Opened, it stays open while the reader goes from standard to standard.
        choose_standard(page, "XM-3a")
        assert "城中村" in page.one(".legend").text
        legend, frame = page.one(".legend").rect, page.one("#map").rect
        assert legend["y"] >= frame["y"], "opened, it stays within the map"
        page.one(".legend summary").click()
        assert page.run(COVERED) < 0.2
        assert page.complaints() == []


@pytest.mark.slow
def test_on_a_phone_a_gap_of_the_list_is_in_sight(written: Path, tmp_path: Path) -> None:
    with chromium(tmp_path, phone=True) as page:
        page.open(written / "map.html")
        choose_standard(page, "XM-1a")
        page.run("document.querySelector('#list button').scrollIntoView()")
        page.all("#list button")[0].click()
        page.wait("document.querySelector('.lc-route') !== null")
        boxes = [
            page.run("return document.querySelector(arguments[0]).getBoundingClientRect()", s)
            for s in (".lc-route", ".detail")
        ]
        way, detail = boxes
        assert 0 <= way["top"] < way["bottom"] <= detail["top"] + 1
        assert detail["bottom"] <= PHONE[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_on_a_phone_nothing_sticks_out(written: Path, tmp_path: Path, name: str) -> None:
    with chromium(tmp_path, phone=True) as page:
        page.open(written / name)
        buttons = page.all("#lang, [data-show]")
        for button in buttons * (3 - min(2, len(buttons))):
            button.click()
            assert page.run("return document.documentElement.scrollWidth") == PHONE[0]
            assert page.run(OUTSIDE) == []
        assert page.complaints() == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["map.html", "report.html"])
@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(
    written: Path, tmp_path: Path, name: str, dark: bool
) -> None:
    with chromium(tmp_path, dark=dark) as page:
        page.open(written / name)
        page.wait("document.readyState === 'complete'")
        if name == "map.html":
            page.all("#list button")[0].click()
        assert page.run(CONTRAST) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_every_control_has_a_name(written: Path, browser: Browser, name: str) -> None:
    browser.driver.get("about:blank")
    browser.open(written / name)
    browser.wait("document.readyState === 'complete'")
    assert browser.run(NAMELESS) == []


def focus(page: Browser, what: str) -> object:
    return page.run(f"return document.activeElement.{what}")


def press(page: Browser, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    for key in keys:
        ActionChains(page.driver).send_keys(key).perform()


def test_a_gap_is_read_by_keyboard_alone(map_page: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    choose_standard(map_page, "XM-1a")
    map_page.run("document.getElementById('tab-gaps').focus()")
    press(map_page, Keys.ARROW_RIGHT)
    assert focus(map_page, "id") == "tab-units"
    assert map_page.one("#panel").get_attribute("aria-labelledby") == "tab-units"
    press(map_page, Keys.ARROW_LEFT, Keys.TAB)
    assert focus(map_page, "dataset.key") == "gap0"
    press(map_page, Keys.ARROW_DOWN)
    assert focus(map_page, "dataset.key") == "gap1"
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert map_page.run(outline) != "none"
    press(map_page, Keys.ENTER)
    map_page.wait("!document.querySelector('.detail').hidden")
    assert map_page.one(".detail").get_attribute("aria-live") == "polite"
    current = map_page.all("#list [aria-current]")
    assert [b.get_attribute("data-key") for b in current] == ["gap1"]
    press(map_page, Keys.ESCAPE)
    assert not map_page.one(".detail").is_displayed()
    assert focus(map_page, "dataset.key") == "gap1"
    assert map_page.all(".lc-route") == []


def test_closing_gives_the_keyboard_back(map_page: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    choose_standard(map_page, "XM-1a")
    map_page.run("document.querySelector('#list button').focus()")
    press(map_page, Keys.ENTER)
    map_page.run("document.querySelector('.detail .close').focus()")
    press(map_page, Keys.ENTER)
    assert focus(map_page, "dataset.key") == "gap0"


def test_a_search_for_nothing_says_so(map_page: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    map_page.one("#search").send_keys("没有这个地方")
    assert "没有找到" in map_page.one("#found").text
    press(map_page, Keys.ENTER)
    assert not map_page.one(".detail").is_displayed()
    press(map_page, Keys.ESCAPE)
    assert map_page.all("#found li") == []


def test_the_language_changes_nothing_else(map_page: Browser) -> None:
    choose_standard(map_page, "XM-3a")
    map_page.one("#tab-units").click()
    map_page.all("#list button")[1].click()
    before = map_page.run(STATE)
    zoom_in = map_page.one(".leaflet-control-zoom-in")
    assert zoom_in.get_attribute("aria-label") == "放大"
    map_page.one("#lang").click()
    assert map_page.run(STATE) == before
    assert zoom_in.get_attribute("aria-label") == "Zoom in"
    map_page.one("#lang").click()
    assert map_page.run(STATE) == before


STATE = """
const map = window[Object.keys(window).find((n) => n.startsWith("map_"))];
const marked = document.querySelector("#list [aria-current]");
return [document.querySelector("#standard").value, map.getBounds().toBBoxString(),
  document.querySelector("#tab-units").getAttribute("aria-selected"),
  marked && marked.dataset.key, document.querySelector(".detail h3").textContent,
  document.querySelectorAll(".lc-route").length];
"""


def test_paper_shows_the_whole_map(map_page: Browser) -> None:
    choose_standard(map_page, "XM-1a")
    map_page.all("#list button")[0].click()
    bounds = "Object.entries(window).find(([n]) => n.startsWith('map_'))[1].getBounds()"
    before = map_page.run(f"return {bounds}.toBBoxString()")
    command = map_page.driver.execute_cdp_cmd
    try:
        command("Emulation.setEmulatedMedia", {"media": "print"})
        map_page.run("window.dispatchEvent(new Event('beforeprint'))")
        frame = map_page.one("#map").rect
        assert frame["width"] == 1040
        for shape in map_page.all(".lc-unit, .lc-gap"):
            box = shape.rect
            assert frame["x"] <= box["x"] <= box["x"] + box["width"] <= frame["x"] + 1040
            assert frame["y"] <= box["y"]
            assert box["y"] + box["height"] <= frame["y"] + frame["height"]
        # Chromium prints a canvas on a white ground: it would hide the units.
        homes = "return document.querySelectorAll('.leaflet-dots-pane path').length"
        assert map_page.run(homes) > 300
        assert not map_page.one(".leaflet-dots-pane canvas").is_displayed()
        assert map_page.one(".legend .keys").is_displayed()
    finally:
        command("Emulation.setEmulatedMedia", {"media": ""})
        map_page.run("window.dispatchEvent(new Event('afterprint'))")
    assert map_page.run(f"return {bounds}.toBBoxString()") == before
    assert map_page.run(homes) == 0


def test_the_report_is_not_squeezed_on_paper(browser: Browser, written: Path) -> None:
    browser.driver.get("about:blank")
    browser.open(written / "report.html")
    command = browser.driver.execute_cdp_cmd
    command(
        "Emulation.setDeviceMetricsOverride",
        {"width": 700, "height": 1000, "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        command("Emulation.setEmulatedMedia", {"media": "print"})
        wide = browser.run(
            "return [...document.querySelectorAll('.score tbody tr')]"
            ".map((r) => r.children[1].getBoundingClientRect().width)"
        )
        assert min(wide) > 200, "the words of a requirement have the widest column"
        assert browser.run("return document.documentElement.scrollWidth") <= 700
    finally:
        command("Emulation.setEmulatedMedia", {"media": ""})
        command("Emulation.clearDeviceMetricsOverride", {})

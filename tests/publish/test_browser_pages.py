from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from chromium import Browser, choose_standard, chromium

import livingcircle as lc
from builders.drawing import FORMULA, NASTY
from livingcircle.gaps.explain import Explained
from livingcircle.publish.palette import POINT_STATUS
from livingcircle.publish.web.map import write_map
from livingcircle.sites import suggest_sites

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_gaps_units_and_facilities_are_drawn(map_page: Browser, result: lc.Result) -> None:
    data = choose_standard(map_page, "XM-1a")
    assert len(map_page.all(".lc-gap")) == len(result.finding("XM-1a").gaps)
    assert len(map_page.all(".lc-unit")) == 4
    assert len(map_page.all(".lc-facility")) == 2
    shown = map_page.one("#summary .value").text
    assert shown.replace(" ", "") == f"{int(data['value'] * 1000) / 10:g}%"
    # The circle is to be built: nothing is judged, and who is left out is told all the same.
    assert "仅报告" in map_page.one("#summary .chip").text
    assert "人未覆盖" in map_page.one("#summary").text
    legend = map_page.one(".legend").text
    assert "未覆盖人口比例" in legend
    fills = {u.get_attribute("fill") for u in map_page.all(".lc-unit")}
    assert len(fills) > 1, "units differ in what they leave out"
    short = next(one.id for one in result.findings if one.status == "short")
    choose_standard(map_page, short)
    assert "未达标" in map_page.one("#summary .chip").text


def test_a_gap_in_the_list_zooms_and_draws_its_proof(map_page: Browser) -> None:
    data = choose_standard(map_page, "XM-1a")
    name = next(n for n in map_page.run("return Object.keys(window)") if n.startswith("map_"))
    before = map_page.run(f"return {name}.getBounds().toBBoxString()")
    map_page.all("#list button")[0].click()
    map_page.wait("document.querySelector('.lc-route') !== null")
    map_page.wait("document.querySelector('.detail h3') !== null")
    map_page.wait(f"{name}.getBounds().toBBoxString() !== '{before}'")
    # The whole route is in view.
    frame, way = map_page.one(".folium-map").rect, map_page.one(".lc-route").rect
    assert frame["x"] <= way["x"] <= way["x"] + way["width"] <= frame["x"] + frame["width"]
    assert frame["y"] <= way["y"] <= way["y"] + way["height"] <= frame["y"] + frame["height"]
    popup = map_page.text(".detail")
    first = data["gaps"][0]
    assert f"{first['people']:,.0f}" in popup
    assert f"{round(first['metres']):,} m" in popup
    assert first["facility"] in popup
    assert "实际步行路径" in popup


CLICK = "arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))"


def test_a_click_on_a_gap_and_on_a_unit_tells_its_numbers(map_page: Browser) -> None:
    choose_standard(map_page, "XM-1a")
    map_page.run(CLICK, map_page.one(".lc-gap"))
    map_page.wait("document.querySelector('.detail dl') !== null")
    assert "步行距离" in map_page.text(".detail")
    map_page.run(CLICK, map_page.one(".lc-unit"))
    map_page.wait("document.querySelector('.detail').textContent.includes('常住人口')")


def test_an_urban_village_shows_its_route_though_it_is_near(map_page: Browser) -> None:
    choose_standard(map_page, "XM-3a")
    map_page.one("#tab-units").click()
    near = next(b for b in map_page.all("#list button") if "近村" in b.text)
    near.click()
    map_page.wait("document.querySelector('.lc-route') !== null")
    assert "距离内" in map_page.text(".detail")


@pytest.mark.parametrize("text", ["南中心", "远村", "alert(2)"])
def test_search_by_name_finds_and_opens(map_page: Browser, text: str) -> None:
    from selenium.webdriver.common.keys import Keys

    field = map_page.one("#search")
    field.send_keys(text)
    map_page.wait("document.querySelectorAll('#found li').length > 0")
    field.send_keys(Keys.ENTER)
    map_page.wait("document.querySelector('.detail h3') !== null")
    assert text in map_page.text(".detail h3")
    assert map_page.all("#found li") == []


def test_search_works_by_keyboard_and_closes(map_page: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    field = map_page.one("#search")
    field.send_keys("社区")
    map_page.wait("document.querySelectorAll('#found li').length > 1")
    field.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert map_page.one("#found li:nth-child(2)").get_attribute("aria-selected") == "true"
    field.send_keys(Keys.ESCAPE)
    assert map_page.all("#found li") == []


def test_language_switches_everything(map_page: Browser) -> None:
    choose_standard(map_page, "XM-1a")
    map_page.all("#list button")[0].click()
    map_page.one("#lang").click()
    assert map_page.run("return document.documentElement.lang") == "en"
    for selector, word in (
        ("#summary", "people left out"),
        (".legend", "share of people left out"),
        ("#tab-gaps", "Gaps"),
        (".detail", "on foot"),
        ("#list", "no facility within"),
    ):
        map_page.wait(
            "[...document.querySelectorAll(arguments[0])].some((e) => e.textContent.includes("
            "arguments[1]))",
            selector,
            word,
        )
    map_page.driver.refresh()
    map_page.wait("document.querySelector('#summary .value') !== null")
    assert "people left out" in map_page.one("#summary").text, "the choice is kept"
    map_page.one("#lang").click()
    assert "人未覆盖" in map_page.one("#summary").text


def test_names_never_become_markup(map_page: Browser) -> None:
    choose_standard(map_page, "XM-1a")
    listed = " ".join(b.text for b in map_page.all("#list button"))
    assert NASTY in listed
    assert FORMULA in listed
    assert map_page.run("return document.querySelectorAll('script').length") == 5
    assert map_page.run("return document.querySelectorAll('img[src=x]').length") == 0


HOVER = """
for (const e of document.querySelectorAll(".lc-unit, .lc-outline, .lc-facility, .lc-gap")) {
  const box = e.getBoundingClientRect();
  const at = { bubbles: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
  e.dispatchEvent(new MouseEvent("mouseover", at));
}
return [...document.querySelectorAll(".leaflet-tooltip")].map((e) => e.textContent);
"""


def test_names_are_text_under_the_pointer_as_well(map_page: Browser) -> None:
    choose_standard(map_page, "XM-1a")
    told = map_page.run(HOVER)
    assert NASTY in told
    assert "<img src=x onerror=alert(2)>" in told
    inside = "return document.querySelectorAll('.leaflet-tooltip :not(span)').length"
    assert map_page.run(inside) == 0


def test_layers_switch_on_and_off(map_page: Browser) -> None:
    choose_standard(map_page, "XM-1a")
    labels = map_page.run(
        "return [...document.querySelectorAll('.leaflet-control-layers-overlays label')]"
        ".map((l) => l.textContent.trim())"
    )
    assert [t for t in labels if "底图" in t]
    click = (
        "[...document.querySelectorAll('.leaflet-control-layers-overlays label')]"
        ".find((l) => l.textContent.includes(arguments[0])).querySelector('input').click()"
    )
    map_page.run(click, "gaps")
    assert map_page.all(".lc-gap") == []
    map_page.run(click, "gaps")
    assert map_page.all(".lc-gap")
    map_page.run(click, "circle")
    assert "生活圈" in map_page.one(".legend").text
    assert "居民点" in map_page.one(".legend").text
    map_page.run(click, "homes")
    assert "居民点" not in map_page.one(".legend").text


HOME_PIXELS = """
const canvas = document.querySelector(".leaflet-dots-pane canvas");
const { width, height } = canvas;
const copy = Object.assign(document.createElement("canvas"), { width, height });
const pen = copy.getContext("2d", { willReadFrequently: true });
pen.drawImage(canvas, 0, 0);
const { data } = pen.getImageData(0, 0, width, height);
const colours = new Map();
for (let k = 0; k < data.length; k += 4)
  if (data[k + 3] > 100) {
    const key = [data[k], data[k + 1], data[k + 2]].map((v) => Math.round(v / 16)).join();
    colours.set(key, (colours.get(key) || 0) + 1);
  }
return [...colours].filter(([, count]) => count > 20).map(([key]) => key);
"""


def test_homes_are_dots_of_their_status(map_page: Browser) -> None:
    choose_standard(map_page, "XM-1a")
    colours = map_page.run(HOME_PIXELS)
    # They stay where the map is zoomed and dragged.
    name = next(n for n in map_page.run("return Object.keys(window)") if n.startswith("map_"))
    map_page.run(f"{name}.setZoom({name}.getZoom() + 1, {{ animate: false }})")
    assert set(colours) <= set(map_page.run(HOME_PIXELS))
    map_page.run(f"{name}.panBy([30, 0], {{ animate: false }})")
    assert set(colours) <= set(map_page.run(HOME_PIXELS))
    for status in ("covered", "gap"):
        red, green, blue = (int(POINT_STATUS[status][k : k + 2], 16) for k in (1, 3, 5))
        assert ",".join(str(math.floor(v / 16 + 0.5)) for v in (red, green, blue)) in colours
    choose_standard(map_page, "XM-2f")
    assert map_page.run(HOME_PIXELS) == [], "it says nothing of homes"


def test_the_online_basemap_is_off_until_asked_for(map_page: Browser) -> None:
    boxes = map_page.run(
        "return [...document.querySelectorAll('.leaflet-control-layers-overlays label')]"
        ".filter((l) => l.textContent.includes('online'))"
        ".map((l) => l.querySelector('input').checked)"
    )
    assert boxes == [False]
    assert map_page.run("return document.querySelectorAll('.leaflet-tile').length") == 0


def test_a_standard_can_be_linked_to(browser: Browser, written: Path) -> None:
    browser.driver.get("about:blank")
    browser.open(written / "map.html", "#ZH-7e")
    browser.wait("document.querySelector('#summary .value') !== null")
    assert "ZH-7e" in browser.one("#standard option:checked").get_attribute("textContent")


def test_unknown_standards_say_what_is_missing(map_page: Browser) -> None:
    choose_standard(map_page, "XM-2f")
    assert "数据不足" in map_page.one("#summary").text
    assert "未包含" in map_page.one("#summary").text or "没有任何" in map_page.one("#summary").text
    assert "无法判断" in map_page.one("#list").text


def test_the_legend_has_the_colours_of_the_map(map_page: Browser) -> None:
    keys = "return [...document.querySelectorAll('.legend i')].map((i) => i.style.backgroundColor)"
    drawn = (
        "return [...document.querySelectorAll(arguments[0])]"
        ".map((e) => Object.assign(new Option().style, {color: e.getAttribute('fill')}).color)"
    )
    for standard in ("XM-1a", "XM-3a", "ZH-7e", "XM-2f"):
        choose_standard(map_page, standard)
        shown = set(map_page.run(keys))
        for layer in (".lc-unit", ".lc-gap", ".lc-facility"):
            assert set(map_page.run(drawn, layer)) <= shown, (standard, layer)


def test_the_first_view_shows_the_whole_city_beside_the_legend(map_page: Browser) -> None:
    legend = map_page.one(".legend").rect
    for unit in map_page.all(".lc-unit, .lc-gap"):
        box = unit.rect
        beside = box["x"] >= legend["x"] + legend["width"]
        above = box["y"] + box["height"] <= legend["y"]
        assert beside or above


def test_a_link_that_would_help_comes_and_goes_with_its_gap(
    browser: Browser, written: Path
) -> None:
    browser.driver.get("about:blank")
    browser.open(written / "map.html")
    browser.wait("document.querySelectorAll('.lc-gap').length > 0")
    data = choose_standard(browser, "XM-1a")
    place = next(k for k, g in enumerate(data["gaps"]) if g["link"] >= 0)
    browser.all("#list button")[place].click()
    browser.wait("document.querySelector('.lc-link') !== null")
    assert data["gaps"][place]["help"][0] in browser.text(".detail")
    # The unit of the gap tells the same; a facility has no link.
    browser.run("document.querySelector('.detail .close').click()")
    assert browser.all(".lc-link") == []
    browser.one("#tab-units").click()
    browser.run(
        "document.querySelector(arguments[0]).click()",
        f"[data-key=unit{data['gaps'][place]['unit']}]",
    )
    assert browser.all(".lc-link") != []
    browser.run(CLICK, browser.one(".lc-facility"))
    assert browser.all(".lc-link, .lc-route") == []


@pytest.mark.parametrize("name", ["map.html", "report.html"])
@pytest.mark.parametrize("dark", [False, True])
def test_phone_has_no_sideways_scroll(written: Path, tmp_path: Path, name: str, dark: bool) -> None:
    with chromium(tmp_path, phone=True, dark=dark) as page:
        page.open(written / name)
        page.wait("document.readyState === 'complete'")
        assert page.run("return document.documentElement.scrollWidth") <= 390
        background = page.run("return getComputedStyle(document.body).backgroundColor")
        red = int(background[4:].split(",")[0])
        assert (red < 60) == dark
        assert page.complaints() == []


def test_report_shows_one_language_or_both(browser: Browser, written: Path) -> None:
    browser.driver.get("about:blank")
    browser.complaints()
    browser.open(written / "report.html")
    shown = (
        "return [...document.querySelectorAll(arguments[0])].filter((e) => e.offsetParent).length"
    )
    assert browser.run(shown, "main .zh") > 0
    assert browser.run(shown, "main .en") == 0
    browser.one("[data-show=en]").click()
    assert browser.run(shown, "main .zh") == 0
    assert "left out" in browser.one("main").text
    browser.one("[data-show=both]").click()
    assert browser.run(shown, "main .zh") == browser.run(shown, "main .en") > 0
    pictures = browser.all("figure img")
    assert pictures
    assert all(browser.run("return arguments[0].naturalWidth", p) > 500 for p in pictures)
    browser.one("[data-show=zh]").click()
    assert browser.complaints() == []
    assert browser.outside_requests() == []


@pytest.mark.parametrize("name", ["map.html", "report.html"])
def test_pages_print_to_pdf(browser: Browser, written: Path, name: str) -> None:
    browser.open(written / name)
    browser.wait("document.readyState === 'complete'")
    made = browser.driver.execute_cdp_cmd(
        "Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True}
    )
    assert len(made["data"]) > 20_000


def test_proposed_sites_are_listed_drawn_and_told(map_page: Browser) -> None:
    rule = choose_standard(map_page, "XM-3a")
    (option,) = rule["plan"]
    assert map_page.one("#tab-sites").is_displayed()
    map_page.one("#tab-sites").click()
    assert len(map_page.all(".lc-site")) == len(option["sites"]) > 0
    assert option["note"][0] in map_page.text("#list")
    map_page.all("#list button")[0].click()
    assert option["sites"][0]["text"][0] in map_page.text(".detail")
    assert "1–2" in map_page.text(".detail")
    # The keyboard passes by the proposals, too, and they go where nothing is proposed.
    map_page.run("document.getElementById('tab-sites').focus()")
    for _ in range(2):  # arrow right: to what can be tried, and around to the gaps
        map_page.driver.switch_to.active_element.send_keys("\ue014")
    assert map_page.one("#tab-gaps").get_attribute("aria-selected") == "true"
    choose_standard(map_page, "XM-1a")
    assert not map_page.one("#tab-sites").is_displayed()
    assert not map_page.all(".lc-site")
    assert map_page.complaints() == []


def test_sites_alone_and_sites_with_links_can_be_compared(
    explained: Explained, tmp_path: Path
) -> None:
    alone = suggest_sites(explained.result.city, "XM-1a", packs=["xiamen-2025"], links="no")
    linked = replace(
        alone, sites=alone.sites.iloc[:-1], built_links=explained.links.iloc[:1], note_zh="兼开"
    )
    plan = replace(alone, alternative=linked)
    write_map(explained.result, tmp_path / "map.html", links=explained.links, plans=[plan])
    with chromium(tmp_path / "profile") as page:
        page.open(tmp_path / "map.html", "#XM-1a")
        page.wait("document.querySelectorAll('.lc-site').length > 0")
        page.one("#tab-sites").click()
        assert len(page.all(".lc-site")) == len(alone.sites)
        assert page.all(".lc-link") == []
        page.choose("#list select", "1")
        assert len(page.all(".lc-site")) == len(alone.sites) - 1
        assert len(page.all(".lc-link")) == 1
        assert "兼开" in page.text("#list")
        page.all("#list button")[-1].click()
        assert linked.built_links["text_zh"].iloc[0] in page.text(".detail")
        page.one("#lang").click()
        assert linked.built_links["text_en"].iloc[0] in page.text(".detail")
        assert page.complaints() == []
        assert page.outside_requests() == []

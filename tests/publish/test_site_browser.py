"""The static site in a real browser with the network off: languages, keys, phone, dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser, chromium, quiet
from eyes import CONTRAST, OUTSIDE

from builders.site import make_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Any path will do: spaces, signs of addresses, Chinese.
    return make_site(tmp_path_factory.mktemp("where ever") / "网 站#1 %41", more=6)


@pytest.fixture(name="quiet")
def _quiet(browser: Browser, site: Path) -> Iterator[Browser]:
    """A browser at the index of the site."""
    with quiet(browser, site / "index.html") as page:
        yield page


def lang(page: Browser, which: str) -> None:
    page.one(f'[data-show="{which}"]').click()


@pytest.mark.slow
def test_every_link_of_the_index_opens(quiet: Browser, site: Path) -> None:
    count = len(quiet.all(".city h2 a"))
    assert count == 8
    for number in range(count):
        quiet.open(site / "index.html")
        quiet.all(".city h2 a")[number].click()
        quiet.wait("document.querySelector('#scorecard') !== null")
        assert quiet.run("return getComputedStyle(document.body).marginTop") == "0px", "styled"
        quiet.one(".brand a").click()
        quiet.wait("document.querySelector('.cities') !== null")


def test_the_language_changes_and_is_remembered(quiet: Browser, site: Path) -> None:
    lang(quiet, "en")
    assert quiet.one("h1").text == "Service coverage of the cities"
    assert quiet.run("return document.documentElement.lang") == "en"
    quiet.open(site / "cities" / "a" / "index.html")
    assert quiet.one("h1").text == "City a"
    lang(quiet, "zh")
    assert quiet.one("h1").text == "a市"
    assert quiet.one("#gaps").text == "缺口"
    assert quiet.run("return document.documentElement.lang") == "zh-Hans"
    pressed = [b.get_attribute("aria-pressed") for b in quiet.all("[data-show]")]
    assert pressed == ["true", "false"]
    quiet.open(site / "index.html")
    assert quiet.one("h1").text == "社区服务覆盖评估"


def test_a_city_is_found_by_its_name_in_either_language(quiet: Browser) -> None:
    field = quiet.one("#find")
    for typed, found in (("City more-3", 1), ("more", 6), ("丙", 1), ("nowhere", 0), ("", 9)):
        field.clear()
        field.send_keys(typed or " \b")
        quiet.wait(f"document.querySelectorAll('.city:not([hidden])').length === {found}")
        if typed:
            assert quiet.one("#found").text == f"{found} / 9"


SHOWN = "document.querySelectorAll('.gaps tbody:not([hidden])').length"


def test_gaps_of_one_standard(quiet: Browser, site: Path) -> None:
    quiet.open(site / "cities" / "a" / "index.html")
    # Of XM-4b eight of the thirteen: 27 in all.
    lang(quiet, "en")
    options = [o.text for o in quiet.all("#pick option")]
    assert options[:2] == ["all", "XM-1a XM-1a the 15-minute service circle"]
    lang(quiet, "zh")
    assert quiet.all("#pick option")[0].text == "全部"
    quiet.choose("#pick", "XM-4c")
    assert quiet.run(f"return {SHOWN}") == 8
    assert quiet.one("#picked").text == "8 / 27"
    quiet.choose("#pick", "")
    assert quiet.run(f"return {SHOWN}") == 27
    assert not quiet.one("#more").is_displayed()


def test_a_long_list_is_shown_when_asked_for(quiet: Browser, site: Path) -> None:
    quiet.open(site / "cities" / "a" / "index.html")
    assert quiet.run(f"return {SHOWN}") == 20
    quiet.one("#more").click()
    assert quiet.run(f"return {SHOWN}") == 27
    assert not quiet.one("#more").is_displayed()
    row = "[...document.querySelectorAll('.gaps tbody')].indexOf(document.activeElement)"
    assert quiet.run(f"return {row}") == 20, "the keyboard goes on at the first new row"


def test_a_gap_says_what_is_crossed_and_what_would_help(quiet: Browser, site: Path) -> None:
    quiet.open(site / "cities" / "a" / "index.html")
    lang(quiet, "en")
    quiet.choose("#pick", "XM-1a")
    told = quiet.one(".gaps tbody:not([hidden]) .help").text
    assert "To be crossed: water <i>Pearl River</i>" in told
    assert "What would help: A footbridge of 80 m" in told
    # A gap that is filtered away takes its second line with it.
    quiet.choose("#pick", "XM-4c")
    assert not quiet.one(".gaps .help").is_displayed()


def test_paper_shows_tables_not_the_blocks_of_a_phone(quiet: Browser, site: Path) -> None:
    # A sheet of A4 is narrower than the screen at which a phone's layout begins.
    quiet.open(site / "cities" / "a" / "index.html")
    command = quiet.driver.execute_cdp_cmd
    command(
        "Emulation.setDeviceMetricsOverride",
        {"width": 700, "height": 1000, "deviceScaleFactor": 1, "mobile": False},
    )
    display = "getComputedStyle(document.querySelector('.gaps tbody tr')).display"
    try:
        assert quiet.run(f"return {display}") == "block"
        command("Emulation.setEmulatedMedia", {"media": "print"})
        assert quiet.run(f"return {display}") == "table-row"
        assert not quiet.one("#map").is_displayed(), "a frame is no map on paper"
    finally:
        command("Emulation.setEmulatedMedia", {"media": ""})
        command("Emulation.clearDeviceMetricsOverride", {})


def test_a_link_to_a_plan_opens_it(quiet: Browser, site: Path) -> None:
    quiet.open(site / "cities" / "a" / "index.html")
    quiet.run("document.querySelector('#plan-1').open = false")
    quiet.one(".plans a").click()
    assert quiet.run("return document.querySelector('#plan-1').open") is True
    quiet.driver.get("about:blank")
    quiet.open(site / "cities" / "a" / "index.html", "#plan-1")
    assert quiet.run("return document.querySelector('#plan-1').open") is True


def test_the_map_is_in_the_page_once_it_is_near(quiet: Browser, site: Path) -> None:
    quiet.open(site / "cities" / "a" / "index.html")
    quiet.run("document.querySelector('#map').scrollIntoView()")
    quiet.wait("(document.querySelector('iframe.map').src || '').endsWith('data/map.html')")
    quiet.driver.switch_to.frame(quiet.one("iframe.map"))
    try:
        quiet.wait("document.body.textContent.includes('map')")
    finally:
        quiet.driver.switch_to.default_content()


@pytest.mark.slow
def test_the_keyboard_is_enough(quiet: Browser, site: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    quiet.open(site / "cities" / "a" / "index.html")
    focus = "document.activeElement"
    reached = []
    for _ in range(60):
        quiet.driver.switch_to.active_element.send_keys(Keys.TAB)
        element = quiet.run(f"return {focus}.tagName")
        if element == "BODY":
            break
        if element == "IFRAME":
            continue
        reached.append(quiet.run(f"return {focus}.textContent.trim().slice(0, 20)"))
        outline = quiet.run(f"return getComputedStyle({focus}).outlineStyle")
        box = quiet.run(f"return {focus}.getBoundingClientRect().toJSON()")
        assert outline != "none", reached[-1]
        assert box["width"] > 0, reached[-1]
    # The skip link comes first, and everything that can be clicked comes at some point.
    assert reached[0].startswith("跳到正文")
    wanted = "a[href], button, select, summary"
    assert len(reached) >= len(quiet.all(wanted))


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(site: Path, tmp_path: Path, dark: bool) -> None:
    """Contrast of every text with what lies behind it, WCAG 2.2 AA: 4.5 to 1."""
    with chromium(tmp_path / "profile", dark=dark) as page:
        for name in ("index.html", "cities/a/index.html"):
            page.open(site / name)
            ground = page.run("return getComputedStyle(document.body).backgroundColor")
            assert ground == ("rgb(17, 24, 28)" if dark else "rgb(242, 245, 246)")
            assert page.run(CONTRAST) == []
        assert page.complaints() == []


@pytest.mark.slow
def test_on_a_phone_nothing_is_cut_off(site: Path, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile", phone=True) as page:
        for which in ("zh", "en"):
            for name in ("index.html", "cities/a/index.html", "cities/乙 市#%/index.html"):
                page.open(site / name)
                lang(page, which)
                wide = page.run("return document.documentElement.scrollWidth")
                assert wide == page.run("return innerWidth") == 390, name
                assert page.run(OUTSIDE) == []
        # The map has a page of its own there, and is not loaded unasked.
        assert page.run("return document.querySelector('iframe.map').getAttribute('src')") is None
        assert page.one(".button").is_displayed()
        assert page.complaints() == []
        assert page.outside_requests() == []


@pytest.mark.slow
def test_without_scripts_both_languages_are_there(site: Path, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile") as page:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        page.open(site / "cities" / "a" / "index.html")
        assert page.one("h1").text == "a市City a"
        between = "return getComputedStyle(document.querySelector('h1 .en'), '::before').content"
        assert page.run(between) == '" / "'
        assert page.one(".tools").is_displayed() is False
        assert len([r for r in page.all(".gaps tbody") if r.is_displayed()]) == 27

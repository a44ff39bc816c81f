"""The desk by the keyboard alone, and two windows on one project."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import chromium as chromium_module
import pytest

from builders.square_city import make_city
from builders.ugly_city import ODD_WORD, SIX, write_ugly_city
from livingcircle.desk.server import Desk

Page = chromium_module.Browser
FOCUSED = "document.activeElement"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    chromium_module.reach_this_machine(monkeypatch)
    with Desk(tmp_path / "projects") as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def page(desk: Desk, tmp_path: Path) -> Iterator[Page]:
    with chromium_module.chromium(tmp_path / "profile", size=(1280, 720)) as browser:
        browser.driver.get(desk.address)
        browser.wait("document.getElementById('make') !== null")
        yield browser


def keys(page: Page, *pressed: str) -> None:
    """Press keys one after the other, wherever the focus is."""
    from selenium.webdriver.common.action_chains import ActionChains

    for key in pressed:
        ActionChains(page.driver).send_keys(key).perform()


def reach(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, and see that it shows it."""
    from selenium.webdriver.common.keys import Keys

    for _ in range(150):
        if page.run(f"return {FOCUSED}.matches(arguments[0])", selector):
            shown = page.run(f"return getComputedStyle({FOCUSED}).outlineStyle")
            assert shown == "solid", selector
            return
        keys(page, Keys.TAB)
    pytest.fail(f"no Tab leads to {selector}")


def kept(page: Page, selector: str) -> None:
    """Wait until a choice is saved; the focus is where it was, or at what came in its place."""
    page.wait("document.getElementById('status').textContent === '已保存。'")
    page.wait(f"{FOCUSED}.matches(arguments[0])", selector)
    page.run("document.getElementById('status').textContent = ''")


@pytest.mark.slow
def test_from_files_to_a_map_by_the_keyboard_alone(page: Page, desk: Desk, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    reach(page, "#new-name")
    keys(page, "键盘市", Keys.ENTER)
    page.wait("document.getElementById('files') !== null")
    page.wait(f"{FOCUSED}.id === 'main'")
    page.one("#files").send_keys("\n".join(map(str, write_ugly_city(tmp_path / "ugly"))))
    page.wait("document.getElementById('status').textContent.includes('8')", seconds=30)
    reach(page, "#check")
    keys(page, Keys.ENTER)
    # While it works the focus is at the progress, which is told aloud in the line at the foot.
    page.wait(f"{FOCUSED}.id === 'work'")
    page.wait("/%/.test(document.getElementById('status').textContent)")
    page.wait("document.querySelector('#alert #problem') !== null", seconds=120)
    assert page.run("return document.getElementById('alert').getAttribute('role')") == "alert"
    page.wait(f"{FOCUSED}.id === 'check'")
    reach(page, ".panel[data-datum=bd09]")
    keys(page, Keys.ENTER)
    kept(page, ".panel[data-datum=bd09][aria-pressed=true]")
    reach(page, ".system")
    keys(page, Keys.SPACE)
    page.wait("document.querySelector('.system').getAttribute('aria-pressed') === 'true'")
    kept(page, ".system")
    reach(page, "[data-as=units]")
    keys(page, Keys.ENTER)
    kept(page, f'[data-file="{SIX[5]}"] *')
    reach(page, f'[data-fold="columns:{SIX[2]}"] summary')
    keys(page, Keys.ENTER)
    reach(page, "[data-column=站所]")
    keys(page, "名")
    kept(page, "[data-column=站所]")
    assert page.run(f"return {FOCUSED}.value") == "name"
    reach(page, "#check")
    keys(page, Keys.ENTER)
    page.wait(f"{FOCUSED}.id === 'problems'", seconds=120)
    assert "问题" in page.text("#status")
    # Arrow keys lead through the categories, past one that was saved on the way.
    reach(page, f"[data-word={ODD_WORD}]")
    names = page.run(f"{FOCUSED}.fill(); return [...{FOCUSED}.options].map((o) => o.value)")
    keys(page, *[Keys.ARROW_DOWN] * 3)
    kept(page, f"[data-word={ODD_WORD}]")
    assert page.run(f"return {FOCUSED}.value") == names[3]
    keys(page, Keys.ARROW_DOWN)
    kept(page, f"[data-word={ODD_WORD}]")
    assert page.run(f"return {FOCUSED}.value") == names[4]
    keys(page, "药")
    kept(page, f"[data-word={ODD_WORD}]")
    reach(page, "[data-lost=东湖片区] .likely")
    keys(page, Keys.ENTER)
    kept(page, "[data-lost=东湖片区] *")
    reach(page, "#next")
    keys(page, Keys.ENTER)
    reach(page, "input[value=complete-community]")
    keys(page, Keys.SPACE)
    kept(page, "input[value=complete-community]:checked")
    reach(page, "#to-run")
    keys(page, Keys.ENTER)
    reach(page, "#run")
    keys(page, Keys.ENTER)
    page.wait("document.getElementById('findings') !== null", seconds=240)
    reach(page, "[role=tab][aria-selected=true]")
    keys(page, Keys.ARROW_RIGHT)
    page.wait(f"{FOCUSED}.id === 'tab-map'")
    page.wait("document.getElementById('map') !== null")
    keys(page, Keys.END)
    page.wait(f"{FOCUSED}.id === 'tab-claim'")
    said = tomllib.loads((desk.root / "键盘市" / "city.toml").read_text(encoding="utf-8"))
    assert said["categories"] == {ODD_WORD: ["pharmacy"]}
    assert said["unit_names"] == {"东湖片区": "东湖社区"}
    assert page.complaints() == []


@pytest.mark.slow
def test_what_is_half_typed_outlives_a_page_that_is_drawn_anew(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    reach(page, "#new-name")
    keys(page, "市", Keys.ENTER)
    page.wait("document.getElementById('files') !== null")
    page.run("document.querySelector('[data-step=judge]').click()")
    reach(page, "#as-of")
    keys(page, "20")
    page.run("document.getElementById('lang').click()")
    page.wait("document.documentElement.lang === 'en'")
    page.wait(f"{FOCUSED}.id === 'as-of'")
    keys(page, "25", Keys.TAB)
    page.wait(f"{FOCUSED}.id !== 'as-of'")
    assert page.run("return document.getElementById('as-of').value") == "2025"


@pytest.mark.slow
def test_the_second_of_two_windows_is_told_and_nothing_is_hurt(page: Page, desk: Desk) -> None:
    made = make_city(desk.root / "两窗市")
    page.driver.refresh()
    page.wait("document.querySelector('.project') !== null")
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    second = page.driver.current_window_handle
    page.driver.get(desk.address)

    def to(window: str) -> None:
        page.driver.switch_to.window(window)

    def press(selector: str) -> None:
        page.wait("document.querySelector(arguments[0]) !== null", selector)
        page.run("document.querySelector(arguments[0]).click()", selector)

    def turn(selector: str, value: str) -> None:
        page.wait("document.querySelector(arguments[0]) !== null", selector)
        page.run(
            "const n = document.querySelector(arguments[0]); n.value = arguments[1];"
            "n.dispatchEvent(new Event('change'))",
            selector,
            value,
        )

    for window in (first, second):
        to(window)
        press(".project")
        press("[data-step=understand]")
        page.wait("document.querySelector('[data-key=datum]') !== null")
    # Both overrule the datum of the same file: the second is told, shown, and may choose again.
    file = tomllib.loads(made.read_text(encoding="utf-8"))["facilities"][0]["source"]
    box = f'[data-file="{file}"] [data-key=datum]'
    to(first)
    turn(box, "bd09")
    page.wait("document.getElementById('status').textContent === '已保存。'")
    to(second)
    turn(box, "gcj02")
    page.wait("document.getElementById('problem') !== null")
    assert "另一个窗口" in page.text("#problem")
    page.wait("document.querySelector(arguments[0]).value === 'bd09'", box)
    assert tomllib.loads(made.read_text(encoding="utf-8"))["facilities"][0]["datum"] == "bd09"
    turn(box, "wgs84")
    page.wait("document.getElementById('problem') === null")
    assert tomllib.loads(made.read_text(encoding="utf-8"))["facilities"][0]["datum"] == "wgs84"
    # A text that is half written in the first outlives what was chosen in the second.
    to(first)
    page.run(
        "const n = document.getElementById('toml'); n.value += '# 半句';"
        "n.dispatchEvent(new Event('input')); document.getElementById('save-toml').click()"
    )
    page.wait("document.getElementById('problem') !== null")
    assert "另一个窗口" in page.text("#problem")
    assert page.run("return document.getElementById('toml').value").endswith("# 半句")
    assert "半句" not in made.read_text(encoding="utf-8")
    to(second)
    # A file that goes is an error of the check in the other window, and comes back unhurt.
    place = made.parent / file
    place.rename(place.with_name("." + place.name))
    press("#check")
    page.wait("document.getElementById('problem') !== null", seconds=120)
    assert file in page.text("#problem")
    place.with_name("." + place.name).rename(place)
    # Both press run: one run, and whoever was second is told of it.
    for window in (first, second):
        to(window)
        page.driver.refresh()
        press(".project")
        page.wait("document.getElementById('drop') !== null")
        press("[data-step=run]")
    to(first)
    press("#run")
    page.wait("document.querySelector('#work progress') !== null", seconds=30)
    to(second)
    press("#run")
    page.wait("document.getElementById('status').textContent.includes('另一个窗口')", seconds=30)
    for window in (first, second):
        to(window)
        page.wait("document.getElementById('findings') !== null", seconds=240)
    assert not (made.parent / "results-before").exists()

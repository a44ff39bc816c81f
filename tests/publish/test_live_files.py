"""What is dropped on the live map, or stands in its address, and what the page says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser, quiet

import livingcircle as lc
from livingcircle.publish.web.map import write_map

PLACE = '[[add_facility]]\nid = "a"\nname = "站"\nlon = {}\nlat = {}\ncategory = "{}"\n'
TELLS = {
    "picture.png": ("\x89PNG", "“picture.png”不是页面能打开的情景文件（scenario.toml）。"),
    "empty.toml": ("# 没有\n", "“empty.toml”里没有任何改动。"),
    "scenario.toml": ('name = "x"\n[[add_link]]\nline = [[1, 2], null]\n', "第 2 行读不懂"),
    "far.toml": (PLACE.format(2.3, 48.8, "健身设施"), "“站”：离街道超过 5 公里"),
    "strange.toml": (PLACE.format(113.515, 30.265, "不是类别"), "未放置：不是类别"),
    "closed.toml": ('[[close_facility]]\nid = "<b>$&"\n', "未关闭：<b>$&"),
    "many.toml": (
        "".join(f'[[close_facility]]\nid = "g{k}"\n' for k in range(1001)),
        "改动超过 1,000 处",
    ),
}


@pytest.fixture(scope="module")
def live_page(result: lc.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "map.html"
    write_map(result, path)
    return path


@pytest.fixture
def page(browser: Browser, live_page: Path) -> Iterator[Browser]:
    with quiet(browser, live_page) as page:
        page.driver.refresh()
        page.wait("document.querySelectorAll('.lc-facility').length > 0")
        yield page


def drop(page: Browser, name: str, text: str) -> None:
    page.run(
        "const t = new DataTransfer(); t.items.add(new File([arguments[0]], arguments[1]));"
        "document.dispatchEvent(new DragEvent('drop', { dataTransfer: t, bubbles: true }))",
        text,
        name,
    )


def told(page: Browser, words: str) -> bool:
    return bool(
        page.wait(
            "document.querySelector('#list .refused')?.textContent.includes(arguments[0])", words
        )
    )


@pytest.mark.slow
def test_what_is_no_scenario_of_this_city_is_told_in_one_line(page: Browser) -> None:
    for name, (text, words) in TELLS.items():
        drop(page, name, text)
        assert told(page, words)
        assert len(page.all("#list .refused")) == 1
        page.wait("document.getElementById('summary').getAttribute('aria-busy') !== 'true'")
        assert page.run("return document.querySelectorAll('#list .edit').length") == 0
    page.run("document.getElementById('lang').click()")
    assert told(page, "More than 1,000 changes")


@pytest.mark.slow
@pytest.mark.parametrize("letters", ["AAAA", "%%%", "e30", "A" * 100_000])
def test_an_address_that_holds_no_scenario_is_told(
    page: Browser, live_page: Path, letters: str
) -> None:
    page.driver.get("about:blank")
    page.open(live_page, "#ZH-7e&try=" + letters)
    assert told(page, "可能没有复制完整")
    # It stays until something is changed, also when the engine has answered.
    page.wait("document.getElementById('summary').getAttribute('aria-busy') === 'false'")
    assert told(page, "可能没有复制完整")


@pytest.mark.slow
def test_long_names_are_cut_and_the_legend_follows(page: Browser) -> None:
    name = "名<b>'\\\"" * 2500
    drop(
        page,
        "scenario.toml",
        PLACE.format(113.515, 30.265, "健身设施").replace("站", name)
        + f'[[cut_link]]\nname = "{name}"\nline = [[113.514, 30.2652], [113.516, 30.2653]]\n',
    )
    page.wait("document.getElementById('try-compare') !== null")
    rows = [row.text for row in page.all("#list .edit")]
    assert len(rows) == 2
    assert all(len(row) < 80 for row in rows)
    box = "const e = document.getElementById('panel'); return e.scrollWidth - e.clientWidth"
    assert page.run(box) <= 0
    legend = page.text(".legend")
    assert "新设施" in legend
    assert "断开的道路" in legend
    page.run("document.querySelector('[data-try=reset]').click()")
    page.wait("document.getElementById('try-compare') === null")
    assert "断开的道路" not in page.text(".legend")


@pytest.mark.slow
def test_a_pressed_button_stays_until_it_is_let_go(page: Browser) -> None:
    page.run("document.getElementById('tab-try').click()")
    page.wait("document.querySelector('[data-try=place]') !== null")
    page.wait("document.getElementById('summary').getAttribute('aria-busy') === 'false'")
    page.run(
        "window.held = document.querySelector('[data-try=place]');"
        "held.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))"
    )
    drop(page, "scenario.toml", PLACE.format(113.515, 30.265, "健身设施"))
    page.wait("document.querySelectorAll('.lc-added').length === 1")
    page.wait("document.getElementById('summary').getAttribute('aria-busy') === 'false'")
    assert page.run("return held.isConnected && document.querySelector('#list .edit') === null")
    page.run("held.dispatchEvent(new PointerEvent('pointerup', { bubbles: true })); held.click()")
    page.wait("document.querySelectorAll('#list .edit').length === 1")
    pressed = "return document.querySelector('[data-try=place]').getAttribute('aria-pressed')"
    assert page.run(pressed) == "true"
    assert not page.run("return held.isConnected")

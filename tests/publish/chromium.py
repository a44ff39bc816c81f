"""A headless Chromium that cannot reach any host, and what it asked for."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from shapely import Point

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--force-color-profile=srgb",
    # A map that flies is in no place that a test could name.
    "--force-prefers-reduced-motion",
    # No name resolves and no address is reached: a page that needs the network shows it.
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
)  # fmt: skip


def reach_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages that are opened from now on reach this machine, and nothing else."""
    flags = [f for f in FLAGS if not f.startswith(("--proxy", "--host-resolver"))]
    flags.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    monkeypatch.setattr(sys.modules[__name__], "FLAGS", tuple(flags))


class Browser:
    """A page in Chromium, with short words for what the tests ask."""

    def __init__(self, driver: object) -> None:
        self.driver = driver
        self._requests: list[str] = []

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file by its address, as a double-click does."""
        self.driver.get(path.resolve().as_uri() + fragment)

    def run(self, script: str, *arguments: object) -> object:
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list:
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str) -> object:
        return self.driver.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        """Return the text of an element, also while it fades in."""
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def wait(self, script: str, *arguments: object, seconds: float = 8.0) -> object:
        """Wait until a script gives something true."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, seconds, 0.05).until(
            lambda d: d.execute_script("return " + script, *arguments)
        )

    def choose(self, selector: str, value: str) -> None:
        """Choose an option as a reader does."""
        from selenium.webdriver.support.ui import Select

        Select(self.one(selector)).select_by_value(value)

    def outside_requests(self) -> list[str]:
        """Return every address of the network asked for so far."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._requests.append(message["params"]["request"]["url"])
        return [u for u in self._requests if u.startswith(("http", "ws", "ftp"))]

    def complaints(self) -> list[str]:
        """Return what the console said since the last question."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


def choose_standard(page: Browser, standard: str) -> dict:
    """Choose a standard in the panel of map.html and return its data."""
    data = json.loads(str(page.run("return document.getElementById('data').textContent")))
    index = next(k for k, s in enumerate(data["standards"]) if s["id"] == standard)
    page.choose("#standard", str(index))
    return data["standards"][index]


@contextmanager
def quiet(browser: Browser, page: Path) -> Iterator[Browser]:
    """Open a page afresh; whatever a test does, nothing is fetched and nobody complains."""
    browser.driver.get("about:blank")
    browser.complaints()
    browser.open(page)
    browser.run("localStorage.clear()")
    yield browser
    assert browser.complaints() == []
    assert browser.outside_requests() == []


def click_map(page: Browser, at: Point) -> None:
    """Click the map at a place, zoomed in on it."""
    page.run(
        "const map = window[Object.keys(window).find((n) => n.startsWith('map_'))];"
        "map.setView([arguments[0], arguments[1]], 17, { animate: false });"
        "const p = map.latLngToContainerPoint([arguments[0], arguments[1]]);"
        "const box = map.getContainer(), b = box.getBoundingClientRect();"
        "for (const type of ['mousedown', 'mouseup', 'click']) document.elementFromPoint("
        "b.left + p.x, b.top + p.y).dispatchEvent(new MouseEvent(type, { bubbles: true,"
        " clientX: b.left + p.x, clientY: b.top + p.y }))",
        at.y,
        at.x,
    )


PHONE = (390, 844)


@contextmanager
def chromium(
    profile: Path,
    *,
    size: tuple[int, int] = (1440, 900),
    dark: bool = False,
    phone: bool = False,
    turned: bool = False,
) -> Iterator[Browser]:
    """Start Chromium with a fresh profile; the test is skipped where there is none.

    ``phone`` is one held upright, ``turned`` one on its side.
    """
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    service = shutil.which("chromedriver")
    if binary is None or service is None:
        pytest.skip("no Chromium here (Debian: apt install chromium chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--window-size={size[0]},{size[1]}", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(
        options=options, service=webdriver.chrome.service.Service(executable_path=service)
    )
    try:
        if phone or turned:
            width, height = PHONE[::-1] if turned else PHONE
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True},
            )
            driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
        if dark:
            driver.execute_cdp_cmd(
                "Emulation.setEmulatedMedia",
                {"features": [{"name": "prefers-color-scheme", "value": "dark"}]},
            )
        yield Browser(driver)
    finally:
        driver.quit()

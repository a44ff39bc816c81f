"""Take the pictures of docs/desk.md: python docs/make_desk_pictures.py [RESULTS] (needs Chromium).

RESULTS is what a run of the sample city with the pack below wrote; without it the city is run.
``python docs/make_desk_pictures.py --map MAP.HTML`` takes that of the README alone, of the map that
the demo writes.

The desk is opened on the sample city, and walked through as its page describes, once in Chinese and
once in English. No text of the pictures is written here.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli_w
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from livingcircle.desk.project import Project
from livingcircle.desk.server import Desk

FOLDER = Path(__file__).resolve().parent / "desk"
SIZE = (1280, 720)
PACK = "zhuhai-2025"
COLOURS = 96
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip


def main() -> None:
    """Take all pictures."""
    if sys.argv[1:2] == ["--map"]:
        take_map(Path(sys.argv[2]))
        return
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "projects"
        root.mkdir()
        project = Project.create(root, "sample", sample=True)
        said = tomllib.loads(project.text())
        said["assess"]["packs"] = [PACK]
        said["assess"].pop("parameters", None)  # those of the other plans
        project.save_text(tomli_w.dumps(said))
        done = Path(sys.argv[1]) if len(sys.argv) > 1 else None
        if done is not None:
            shutil.copytree(done, project.out)
            for path in project.folder.iterdir():
                os.utime(path, (0, 0))  # the results are not older than their city
        with Desk(root) as desk:
            threading.Thread(target=desk.serve_forever, daemon=True).start()
            driver = _chromium(Path(temporary) / "profile")
            try:
                walk(driver, desk.address, ready=done is not None)
            finally:
                driver.quit()
                desk.shutdown()


def take_map(path: Path) -> None:
    """Take the picture of the README: the map in English, as it opens."""
    with tempfile.TemporaryDirectory() as temporary:
        driver = _chromium(Path(temporary) / "profile", (1440, 817))
        try:
            driver.get(path.resolve().as_uri() + "?lang=en")
            driver.set_script_timeout(60)
            driver.execute_async_script("setTimeout(arguments[0], 4000)")
            save(driver.get_screenshot_as_png(), FOLDER.parent / "map.png")
        finally:
            driver.quit()


def _chromium(profile: Path, size: tuple[int, int] = SIZE) -> Any:
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium") or shutil.which("chromium-browser"))
    for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    return driver


def walk(driver: Any, address: str, *, ready: bool) -> None:
    """Go through the five steps and take a picture of each, in both languages."""

    def run(script: str, *words: str) -> object:
        return driver.execute_script(script, *words)

    def wait(script: str, seconds: float = 60.0) -> None:
        WebDriverWait(driver, seconds, 0.1).until(lambda d: d.execute_script(f"return {script}"))

    def press(selector: str) -> None:
        wait(f"document.querySelector({selector!r}) !== null")
        run("document.querySelector(arguments[0]).click()", selector)

    def picture(name: str, settle: Callable[[], None] = lambda: None) -> None:
        for lang in ("zh", "en"):
            if run("return document.documentElement.lang.slice(0, 2)") != lang:
                press("#lang")
            settle()
            run("document.activeElement.blur()")
            save(driver.get_screenshot_as_png(), FOLDER / f"{name}.{lang}.png")

    def show(selector: str, *also: str) -> Callable[[], None]:
        def settle() -> None:
            for one in also:
                run("for (const d of document.querySelectorAll(arguments[0])) d.open = true", one)
            run("document.querySelector(arguments[0]).scrollIntoView()", selector)

        return settle

    driver.get(address)
    wait("document.getElementById('make') !== null")
    picture("begin")
    press(".project")
    wait("document.querySelector('[data-step=understand]')?.disabled === false")
    press("[data-step=understand]")
    press("#check")
    wait("document.querySelector('#problems, #problem') !== null", 300)
    wait("document.getElementById('problem') === null", 1)
    picture("check", lambda: run("scrollTo(0, 0)") and None)
    card = '[data-file="shops.csv"]'
    folds = [f'{card} [data-fold="{part}:shops.csv"]' for part in ("datum", "columns")]
    picture("datum", show(card, *folds))
    press("[data-step=judge]")
    picture("judge", lambda: run("scrollTo(0, 0)") and None)
    press("[data-step=run]")
    press("#run")
    wait("document.querySelector('#work progress')?.value > 0.05", 120)
    picture("run")
    if ready:
        press("#cancel")
        wait("document.getElementById('work').firstChild === null")
        press("[data-step=look]")
    wait("document.getElementById('findings') !== null", 900)
    picture("findings", lambda: run("scrollTo(0, 0)") and None)
    press("[data-tab=map]")
    wait("document.getElementById('map') !== null")

    def map_drawn() -> None:
        driver.switch_to.frame(driver.find_element("css selector", "#map"))
        wait("document.querySelector('.leaflet-container') !== null")
        driver.execute_async_script("setTimeout(arguments[0], 2500)")
        driver.switch_to.default_content()

    picture("map", map_drawn)


def save(png: bytes, path: Path) -> None:
    """Write a picture with few colours: a page of text needs no more, but a map does."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if not path.name.startswith("map."):
        image = image.quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(path, optimize=True)


if __name__ == "__main__":
    main()
    print(f"Written to {FOLDER}", file=sys.stderr)

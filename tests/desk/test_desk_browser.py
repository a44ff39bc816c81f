"""The desk in a real browser, from dropped files to a map."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import chromium as chromium_module
import pytest

from builders.square_city import make_city
from livingcircle.desk.server import Desk

Page = chromium_module.Browser


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The desk's page; this machine is reached, and nothing else."""
    flags = [f for f in chromium_module.FLAGS if not f.startswith(("--proxy", "--host-resolver"))]
    flags.append("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    monkeypatch.setattr(chromium_module, "FLAGS", tuple(flags))
    with Desk(tmp_path / "projects") as desk:
        threading.Thread(target=desk.serve_forever, daemon=True).start()
        with chromium_module.chromium(tmp_path / "profile") as browser:
            browser.driver.get(desk.address)
            browser.wait("document.getElementById('make') !== null")
            yield browser
        desk.shutdown()


def press(page: Page, selector: str) -> None:
    page.run("document.querySelector(arguments[0]).click()", selector)


@pytest.mark.slow
def test_from_dropped_files_to_a_map(page: Page, tmp_path: Path) -> None:
    made = make_city(tmp_path / "town")
    assert "token" not in page.driver.current_url
    page.one("#new-name").send_keys("试验市")
    press(page, "#make")
    page.wait("document.getElementById('files') !== null")
    files = [p for p in sorted(made.parent.iterdir()) if p.is_file() and p.name != "city.toml"]
    page.one("#files").send_keys("\n".join(str(path) for path in files))
    page.wait("document.querySelectorAll('.card').length === arguments[0]", len(files))
    page.run(
        "const t = document.getElementById('toml'); t.closest('details').open = true;"
        "t.value = arguments[0]",
        made.read_text(encoding="utf-8"),
    )
    press(page, "#save-toml")
    page.wait("document.querySelector('[data-file=\"plan.toml\"]') !== null")
    press(page, "#check")
    page.wait("document.getElementById('understood') !== null", seconds=60)
    assert page.all(".notes li")
    assert not page.all("#problem")
    press(page, "[data-step=run]")
    press(page, "#run")
    page.wait("document.getElementById('map') !== null", seconds=120)
    assert page.all("#findings tr")
    page.driver.switch_to.frame(page.one("#map"))
    page.wait("document.querySelector('.leaflet-container') !== null")
    page.driver.switch_to.default_content()
    asked = page.outside_requests()
    assert all("127.0.0.1" in address for address in asked)
    assert page.complaints() == []


@pytest.mark.slow
def test_a_wrong_city_is_one_card_with_its_mend(page: Page) -> None:
    page.one("#new-name").send_keys("x")
    press(page, "#make")
    page.wait("document.getElementById('toml') !== null")
    page.run("document.getElementById('toml').value = '[city\\n'")
    press(page, "#save-toml")
    page.wait("document.getElementById('problem') !== null")
    assert "city.toml" in page.text("#problem")
    press(page, "#lang")
    page.wait("document.documentElement.lang === 'en'")
    assert "Mend" in page.text("#problem")

"""The desk in a real browser, from dropped files to a map."""

from __future__ import annotations

import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import chromium as chromium_module
import numpy as np
import pandas as pd
import pytest

from builders.drawing import PLAN, write_lines
from builders.square_city import make_city
from builders.ugly_city import COMMUNITIES, ODD_WORD, PEOPLE, SIX, write_ugly_city
from livingcircle.city.model import read_city
from livingcircle.desk.server import Desk
from livingcircle.io.table.where import cells_meeting, parse_where

Page = chromium_module.Browser
SCENARIO = """
[[add_facility]]
id = "new-1"
category = "pharmacy"
lon = 113.51
lat = 30.26
name = "新药店"
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The desk's page; this machine is reached, and nothing else."""
    chromium_module.reach_this_machine(monkeypatch)
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
    page.wait("document.getElementById('findings') !== null", seconds=120)
    assert page.all("#findings tr")
    press(page, "[data-tab=map]")
    page.wait("document.getElementById('map') !== null")
    page.driver.switch_to.frame(page.one("#map"))
    page.wait("document.querySelector('.leaflet-container') !== null")
    assert str(page.run("return document.documentElement.lang")).startswith("zh")
    page.driver.switch_to.default_content()
    # The map speaks as the desk does.
    press(page, "#lang")
    page.wait("document.getElementById('map')?.src.endsWith('?lang=en&desk')")
    page.driver.switch_to.frame(page.one("#map"))
    page.wait("document.querySelector('.leaflet-container') !== null")
    page.wait("document.documentElement.lang === 'en'")
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


def of(file: str, selector: str) -> str:
    return f'[data-file="{file}"] {selector}'


def click(page: Page, selector: str) -> None:
    """Press something that a choice is made with, and wait until the choice is saved."""
    page.wait("document.querySelector(arguments[0]) !== null", selector)
    saved = "performance.getEntriesByType('resource').filter(r => /\\/city$/.test(r.name)).length"
    before = int(str(page.run(f"return {saved}")))
    press(page, selector)
    page.wait(f"{saved} > arguments[0]", before)
    page.wait("document.getElementById('problem') === null")


def select(page: Page, selector: str, value: str) -> None:
    page.run(
        "const s = document.querySelector(arguments[0]); if (s.fill) s.fill();"
        "s.value = arguments[1]; s.dispatchEvent(new Event('change'))",
        selector,
        value,
    )
    page.wait("document.querySelector(arguments[0])?.value === arguments[1]", selector, value)


def check(page: Page) -> None:
    press(page, "#check")
    page.wait("document.getElementById('check').disabled")
    page.wait("!document.getElementById('check').disabled", seconds=60)


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.run(
            "const n = document.querySelector(`#requirement [data-name=${arguments[0]}]`);"
            "if (n.multiple) for (const o of n.options) o.selected = o.value === arguments[1];"
            "else n.value = arguments[1];"
            "n.dispatchEvent(new Event('change'))",
            name,
            value,
        )


def plan_is_opened_on_the_map_kept_and_run(page: Page, project: Path) -> None:
    """The sites that were proposed, on the map; saved there, they are a file of the project."""
    press(page, "[data-plan=sites-MY-1] button")
    page.wait("document.getElementById('trial') !== null")
    page.driver.switch_to.frame(page.one("#map"))
    page.wait("document.querySelectorAll('.lc-added').length > 0", seconds=30)
    sites = len(page.all(".lc-added"))
    page.wait("document.querySelector('[data-try=save]')?.disabled === false")
    press(page, "[data-try=save]")
    page.run("window.kept = 'yes'")
    page.driver.switch_to.default_content()
    page.wait("document.getElementById('offer-name') !== null")
    # What the project uses itself, or holds already, is no name for it.
    for taken in ("city", "my-requirements"):
        page.run("document.getElementById('offer-name').value = arguments[0]", taken)
        press(page, "#keep-only")
        page.wait("document.getElementById('problem') !== null")
        assert taken in page.text("#problem")
        press(page, "#dismiss")
    # The map was not loaded anew meanwhile: whoever goes on trying loses nothing.
    page.driver.switch_to.frame(page.one("#map"))
    assert page.driver.execute_script("return window.kept") == "yes"
    page.driver.switch_to.default_content()
    page.wait("document.getElementById('offer-name') !== null")
    page.run("document.getElementById('offer-name').value = '两处药店'")
    press(page, "#keep-and-run")
    page.wait("document.getElementById('map-results-两处药店') !== null", seconds=120)
    page.wait("document.getElementById('told') !== null")
    kept = tomllib.loads((project / "两处药店.toml").read_text(encoding="utf-8"))
    assert len(kept["add_facility"]) == sites
    # What the scenario changes is told first, and today's results are no older for it.
    assert "以下变化均来自：情景" in page.text("#told")
    assert not page.all("#older")
    # It is opened on the map again, and today is a click away.
    press(page, "#open-on-map")
    page.wait("document.getElementById('trial') !== null")
    page.driver.switch_to.frame(page.one("#map"))
    page.wait("document.querySelectorAll('.lc-added').length === arguments[0]", sites, seconds=30)
    page.driver.switch_to.default_content()
    press(page, "#trial button")
    page.wait("document.getElementById('trial') === null")


@pytest.mark.slow
def test_problems_are_of_demand_points_where_nobody_says_how_many_people(page: Page) -> None:
    told = page.driver.execute_async_script(
        """
        const done = arguments[0];
        const parts = ["base", "cards"].map((name) => import(`/assets/${name}.js`));
        Promise.all(parts).then(([b, c]) => {
          b.S.chosen = { files: [{ name: "a.csv" }] };
          const about = (file) => ({ people: 5, text: ["甲", "a"], severity: "warning", file });
          done([null, 7].map((people) => {
            b.S.checked = { people, problems: [about("a.csv"), about("network")] };
            const shown = c.problems();
            return [shown.textContent, shown.querySelectorAll("button").length];
          }));
        });
        """
    )
    assert [buttons for _, buttons in told] == [1, 1], "only a file with a card is led to"
    assert "涉及 5 个居民点（1 公里内）" in told[0][0]
    assert "涉及 5 人（1 公里内）" in told[1][0]


@pytest.mark.slow
def test_from_six_ugly_files_to_a_map_every_wrong_guess_put_right_by_clicks(
    page: Page, tmp_path: Path
) -> None:
    files = write_ugly_city(tmp_path / "ugly")
    page.one("#new-name").send_keys("丑文件市")
    press(page, "#make")
    page.wait("document.getElementById('files') !== null")
    page.one("#files").send_keys("\n".join(map(str, files)))
    # The parts of the shapefile are one card.
    page.wait("document.querySelectorAll('.card[data-file]').length === arguments[0]", len(SIX))
    check(page)
    # The city is refused, and every file says what can be chosen of it.
    assert page.text("#problem")
    page.wait("document.querySelectorAll('.panel').length > 0")
    click(page, of(SIX[1], ".panel[data-datum=bd09]"))
    click(page, of(SIX[3], ".system"))
    click(page, of(SIX[5], "[data-as=units]"))
    select(page, of(SIX[2], "[data-column=站所]"), "name")
    check(page)
    select(page, of(SIX[1], f"[data-word={ODD_WORD}]"), "pharmacy")
    click(page, of(SIX[4], "[data-lost=东湖片区] .likely"))
    click(page, of(SIX[5], "[data-lost=西岭小区] .likely"))
    check(page)
    assert not page.all("#problem")
    assert page.all("#problems")
    assert not page.all("li.unknown")

    # A choice is a line of city.toml, and is taken back like that.
    project = tmp_path / "projects" / "丑文件市"
    text = (project / "city.toml").read_text(encoding="utf-8")
    for line in ('datum = "bd09"', 'datum = "cgcs2000-3:114"', '"站所" = "name"'):
        assert line in text
        assert line in page.text("main").replace("columns = { ", "")
    assert f'{ODD_WORD} = [\n    "pharmacy",' in text.replace('"' + ODD_WORD + '"', ODD_WORD)
    click(page, "#chosen-words li button")
    assert ODD_WORD not in (project / "city.toml").read_text(encoding="utf-8")
    select(page, of(SIX[1], f"[data-word={ODD_WORD}]"), "pharmacy")

    # A requirement of one's own, and a year that is none.
    press(page, "[data-step=judge]")
    page.wait("document.querySelector('[data-fold=requirement]') !== null")
    page.run("document.querySelector('[data-fold=requirement]').open = true")
    page.wait("document.getElementById('requirement') !== null")
    fill(page, id="MY-1", statement_zh="步行3分钟内有药店", minutes="3", categories="pharmacy")
    press(page, "#save-requirement")
    page.wait("document.querySelector('input[value=\"my-requirements.toml\"]')?.checked === true")
    for year, wrong in (("2025.5", True), ("2026", False)):
        page.run(
            "const n = document.getElementById('as-of'); n.value = arguments[0];"
            "n.dispatchEvent(new Event('change'))",
            year,
        )
        page.wait(f"(document.getElementById('problem') !== null) === {str(wrong).lower()}")

    press(page, "[data-step=run]")
    press(page, "#run")
    page.wait("document.getElementById('findings') !== null", seconds=120)
    assert "MY-1" in page.text("#findings")
    city = read_city(project / "city.toml")
    assert city.units["community"]["name"].tolist() == list(COMMUNITIES)
    assert city.demand["residents"].sum() == sum(PEOPLE.values())
    # No file says any more where people live, so the buildings of the extract do.
    assert set(city.demand["kind"]) == {"building"}

    # What came out is there after a reload too, and questions are answered.
    page.driver.refresh()
    page.wait("document.querySelector('.project') !== null")
    press(page, ".project")
    page.wait("document.getElementById('findings') !== null")
    for tab, chosen in (("claim", {"share": "99%"}), ("sites", {"max_sites": "2"})):
        press(page, f"[data-tab={tab}]")
        for name, value in chosen.items():
            page.run(
                "const n = document.querySelector(`#panel [name=${arguments[0]}]`);"
                "n.value = arguments[1]; n.dispatchEvent(new Event('change'))",
                name,
                value,
            )
        press(page, "#panel form .go")
        page.wait("document.getElementById('told') !== null", seconds=90)
        assert "MY-1" in page.text("#told")
    plan_is_opened_on_the_map_kept_and_run(page, project)
    press(page, "[data-tab=scenario]")
    (tmp_path / "方案.toml").write_text(SCENARIO, encoding="utf-8")
    page.one("#scenario-file").send_keys(str(tmp_path / "方案.toml"))
    page.wait("document.getElementById('map-results-方案') !== null", seconds=120)
    assert not page.all("#problem")
    press(page, "[data-tab=compare]")
    page.wait("document.getElementById('ask-compare') !== null")
    press(page, "#panel form .go")
    page.wait("document.getElementById('told') !== null", seconds=60)
    press(page, "[data-tab=map]")
    page.wait("document.getElementById('map') !== null")
    page.driver.switch_to.frame(page.one("#map"))
    page.wait("document.querySelector('.leaflet-container') !== null", seconds=30)
    page.driver.switch_to.default_content()
    assert all("127.0.0.1" in address for address in page.outside_requests())
    # A wrong year is a request that is refused, and Chromium says so.
    assert [said for said in page.complaints() if "400 (Bad Request)" not in said] == []


@pytest.mark.slow
def test_another_reading_of_a_requirement_is_chosen_by_clicks(page: Page, tmp_path: Path) -> None:
    made = make_city(tmp_path / "town")
    page.one("#new-name").send_keys("口径市")
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
    press(page, "[data-step=judge]")
    page.wait("document.querySelector('input[value=\"xiamen-2025\"]') !== null")
    press(page, 'input[value="xiamen-2025"]')
    page.wait("document.querySelector('[data-fold=other-readings] option[value=XM-1a]') !== null")
    turn = (
        "const n = document.querySelector(`[data-fold=other-readings] ${arguments[0]}`);"
        "n.value = arguments[1]; n.dispatchEvent(new Event('change'))"
    )
    page.run("document.querySelector('[data-fold=other-readings]').open = true")
    page.run(turn, "[data-name=read-which]", "XM-1a")
    page.wait("document.querySelector('[data-axis=path]') !== null")
    page.run(turn, "[data-axis=path]", "straight")
    page.wait("document.querySelector('[data-axis=path]').value === 'straight'")
    city = next((tmp_path / "projects").rglob("city.toml"))
    page.wait("document.body.innerText.includes('1 条已换口径') || "
              "document.body.innerText.includes('1 read otherwise')")  # fmt: skip
    said = tomllib.loads(city.read_text(encoding="utf-8"))
    assert said["assess"]["readings"] == {"XM-1a": {"path": "straight"}}
    page.run(turn, "[data-axis=path]", "")
    page.wait("!/1 条已换口径|1 read otherwise/.test(document.body.innerText)")
    assert "readings" not in tomllib.loads(city.read_text(encoding="utf-8"))["assess"]


@pytest.mark.slow
def test_ticks_are_written_and_read_back_as_a_where(page: Page) -> None:
    names = ["已建", "it's", '"好"', "A"]
    others = [
        "'A' != '已建' and 'B' != 'x'", "'A' = '已建'", "'A' in ('已建') and 'B' > 1",
        "A != 已建", "'AB' in ('已建')", "",
    ]  # fmt: skip
    written, read = page.driver.execute_async_script(
        """
        const [names, others, done] = arguments;
        import("/assets/cards.js").then(({ whereOf, ticksOf }) => {
          const column = { own: "A", values: names.map((v) => [v, 1]) };
          const back = (where) => {
            const ticks = ticksOf(column, where);
            return ticks && [...ticks.on, ticks.listed];
          };
          const sets = [...Array(2 ** names.length).keys()].map((bits) =>
            names.filter((_, i) => bits & (1 << i)));
          const written = [false, true].flatMap((listed) => sets.map((on) => {
            const where = whereOf(column, new Set(on), listed);
            return [on, listed, where, back(where)];
          }));
          done([written, others.map(back)]);
        });
        """,
        names,
        others,
    )
    assert len(written) == 2 * 2 ** len(names)
    for on, listed, where, back in written:
        if len(on) in (0, len(names)):
            assert where == ""
            continue
        assert back == [*on, listed]
        column = pd.Series([*names, None], dtype=object)
        kept = np.ones(len(column), dtype=bool)
        for condition in parse_where(where):
            assert condition.column == "A"
            kept &= cells_meeting(column, condition)
        # A row without a value stays unless the values that count are listed.
        assert list(column[kept]) == [*on] + ([] if listed else [None])
    # What says more than ticks can show stays a text.
    assert read == [None] * len(others)


@pytest.mark.slow
def test_how_lines_that_cross_are_joined_is_chosen_on_their_card(
    page: Page, tmp_path: Path
) -> None:
    """Streets of which every second one has vertices at its junctions: nothing tells what is."""
    made = make_city(tmp_path / "town")
    inner = range(0, 1000, 100)
    lines = []
    for x in inner:
        bends = [(x, y) for y in inner] if x < 800 else []
        lines += [[(x, -40), *bends, (x, 940)], [(-40, x), *((y, x) for _, y in bends), (940, x)]]
    write_lines(tmp_path / "lines.geojson", [PLAN.line(*line) for line in lines])
    page.one("#new-name").send_keys("相交市")
    press(page, "#make")
    page.wait("document.getElementById('files') !== null")
    homes = made.parent / "homes.geojson"
    page.one("#files").send_keys(f"{tmp_path / 'lines.geojson'}\n{homes}")
    page.wait("document.querySelectorAll('.card[data-file]').length === 2")
    check(page)
    assert "36 处没有共用的顶点" in page.text("main")
    city = tmp_path / "projects" / "相交市" / "city.toml"
    for how, said in (
        ("snap", {"node": True, "snap_m": 0.1}),
        ("apart", {"node": False}),
        ("join", {"node": True}),
    ):
        select(page, of("lines.geojson", "[data-key=joining]"), how)
        page.wait("!document.querySelector('#check').disabled")
        page.wait(
            "document.querySelector('[data-file=\"lines.geojson\"] [data-key=joining]').value"
            " === arguments[0]",
            how,
        )
        written(city, {"source": "lines.geojson", **said})
    check(page)
    assert "没有共用的顶点" not in page.text("main")


def written(city: Path, network: dict[str, object]) -> None:
    """Wait until a city.toml says this of its network."""
    for _ in range(100):
        now = tomllib.loads(city.read_text(encoding="utf-8"))["network"]
        if now == network:
            return
        time.sleep(0.1)
    pytest.fail(f"{now} is written, not {network}")

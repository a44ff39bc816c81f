"""Files of several tables at the desk: each table has its card, and the others are a click away."""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import chromium as chromium_module
import geopandas as gpd
import pandas as pd
import pytest
from test_desk_browser import Page, check, click, of, press, select

from builders.drawing import PLAN
from builders.square_city import HOMES, PHARMACIES, make_city, units, write_streets, write_units
from livingcircle.city.model import read_city
from livingcircle.desk.city_text import city_text
from livingcircle.desk.file_look import look_at_files
from livingcircle.desk.project import Project
from livingcircle.desk.server import Desk
from livingcircle.desk.tables_of import tables_of


def test_each_table_of_a_file_has_a_card_and_stays_where_it_was(tmp_path: Path) -> None:
    made = make_city(tmp_path / "town")
    project = Project(made.parent)
    cards = [card for card in project.cards() if card["name"] == "units.gpkg"]
    levels = ["community", "village", "town", "district"]
    assert [card["settings"]["layer"] for card in cards] == levels
    assert [card["key"] for card in cards] == [f"units.gpkg|{level}" for level in levels]
    found = look_at_files(made)
    assert found["tables"] == {"units.gpkg": levels}
    assert {f"units.gpkg|{level}" for level in levels} <= set(found["files"])
    # One is changed to another table, one goes, and one comes; the rest stays.
    mine = project.cards()
    for card in mine:
        if card["key"] == "units.gpkg|community":
            card["settings"] = {"layer": "village", "level": "village", "datum": "wgs84"}
        if card["key"] == "units.gpkg|village":
            card["role"] = "none"
    mine.append(
        {"name": "units.gpkg", "bytes": 1, "role": "units", "settings": {"layer": "community"}}
    )
    text = city_text("试验市", mine, ["plan.toml"], {}, project.text())
    told = [(t["layer"], t["level"], t.get("datum")) for t in tomllib.loads(text)["units"]]
    assert sorted(told) == [
        ("community", "community", None),
        ("district", "district", None),
        ("town", "town", None),
        ("village", "village", "wgs84"),
    ]


def test_tables_that_hold_nothing_and_files_that_are_broken_offer_none(tmp_path: Path) -> None:
    book = tmp_path / "两表.xlsx"
    with pd.ExcelWriter(book) as writer:
        pd.DataFrame({"a": [1]}).to_excel(writer, sheet_name="一", index=False)
        pd.DataFrame().to_excel(writer, sheet_name="空", index=False)
    assert tables_of(book) == []
    with pd.ExcelWriter(book) as writer:
        for name in ("一", "二"):
            pd.DataFrame({"a": [1]}).to_excel(writer, sheet_name=name, index=False)
    assert tables_of(book) == ["一", "二"]
    for name in ("坏.xlsx", "坏.gpkg", "没有.gpkg", "表.csv"):
        if name != "没有.gpkg":
            (tmp_path / name).write_bytes(b"PK\x03\x04 nothing")
        assert tables_of(tmp_path / name) == []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "projects") as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()


@pytest.fixture
def page(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    chromium_module.reach_this_machine(monkeypatch)
    with chromium_module.chromium(tmp_path / "profile") as browser:
        browser.driver.get(desk.address)
        browser.wait("document.getElementById('make') !== null")
        yield browser


def newcomer_files(folder: Path) -> list[Path]:
    """Streets as FlatGeobuf, four levels in one GeoPackage, two lists in one workbook, homes."""
    folder.mkdir()
    gpd.read_file(write_streets(folder)).to_file(folder / "街道中线.fgb")
    (folder / "streets.geojson").unlink()
    write_units(folder, units())
    (folder / "units.gpkg").rename(folder / "区划.gpkg")
    with pd.ExcelWriter(folder / "台账.xlsx") as writer:
        for sheet, kind, rows in (
            ("药房", "药店", [(x, y, n) for x, y, n, _ in PHARMACIES]),
            ("党群", "社区党群服务中心", [(100, 100, "甲中心")]),
        ):
            at = [PLAN.at(x, y) for x, y, _ in rows]
            columns = {"机构": [n for *_, n in rows], "东经": [p[0] for p in at]}
            columns |= {"北纬": [p[1] for p in at], "所属门类" + sheet: [kind] * len(rows)}
            pd.DataFrame(columns).to_excel(writer, sheet_name=sheet, index=False)
    at = [PLAN.at(x, y) for x, y, _ in HOMES]
    homes = {"residents": [10] * len(at), "households": [4] * len(at)}
    points = gpd.points_from_xy(*zip(*at, strict=True), crs=4326)
    gpd.GeoDataFrame(homes, geometry=points).to_parquet(folder / "人口点.parquet")
    return sorted(folder.iterdir())


def turn_to(page: Page, file: str, table: str) -> None:
    """Choose which table of a file its first card is."""
    page.run(
        "const s = document.querySelector(arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('change'))",
        f'[data-table="{file}"] [data-key=table]',
        table,
    )
    page.wait("document.querySelector(arguments[0]) !== null", f'[data-table="{file}|{table}"]')


@pytest.mark.slow
def test_a_newcomer_with_files_of_several_tables(page: Page, desk: Desk, tmp_path: Path) -> None:
    files = newcomer_files(tmp_path / "mine")
    page.one("#new-name").send_keys("新手市")
    press(page, "#make")
    page.wait("document.getElementById('files') !== null")
    page.one("#files").send_keys("\n".join(map(str, files)))
    page.wait("document.querySelectorAll('.card[data-file]').length === arguments[0]", len(files))
    # The streets are lines: nothing but the network.
    page.wait(
        "document.querySelector(arguments[0]).value === 'network'", of("街道中线.fgb", "select")
    )
    page.wait("document.getElementById('no-network') === null")
    check(page)
    page.wait("document.querySelector('[data-use]') !== null")
    click(page, of("台账.xlsx", "[data-use=党群]"))
    turn_to(page, "台账.xlsx", "药房")
    for level in ("village", "town", "district"):
        click(page, of("区划.gpkg", f"[data-use={level}]"))
    turn_to(page, "区划.gpkg", "community")
    check(page)
    # Nobody knows what "所属门类" is, until somebody says it.
    assert page.all("#problem")
    for sheet in ("药房", "党群"):
        column = f'[data-table="台账.xlsx|{sheet}"] [data-column=所属门类{sheet}]'
        page.wait("document.querySelector(arguments[0]) !== null", column)
        select(page, column, "category")
    check(page)
    assert not page.all("#problem"), page.text("#problem")
    cards = page.run(
        "return [...document.querySelectorAll('.card[data-table]')].map((c) => c.dataset.table)"
    )
    levels = [f"区划.gpkg|{level}" for level in ("community", "district", "town", "village")]
    assert sorted(cards) == sorted(
        [*levels, "台账.xlsx|党群", "台账.xlsx|药房", "人口点.parquet", "街道中线.fgb"]
    )
    city = read_city(tmp_path / "projects" / "新手市" / "city.toml")
    assert {level: len(table) for level, table in city.units.items() if len(table)} == {
        "city": 1, "district": 1, "town": 1, "community": 1, "village": 1,
    }  # fmt: skip
    counts = city.facilities.table["categories"].explode().value_counts()
    assert (counts["pharmacy"], counts["service_centre"]) == (2, 1)
    assert city.demand["residents"].sum() == 10 * len(HOMES)

    # A second window on the same project sees the choices, and an older one does not overwrite.
    page.driver.switch_to.new_window("tab")
    page.driver.get(desk.address.split("?")[0])
    page.wait("document.querySelector('.project') !== null")
    press(page, ".project")
    page.wait("document.querySelectorAll('.card[data-table]').length === arguments[0]", len(cards))
    click(page, '[data-table="区划.gpkg|village"] .line button')
    page.driver.switch_to.window(page.driver.window_handles[0])
    before = (tmp_path / "projects" / "新手市" / "city.toml").read_text("utf-8")
    page.run(
        "const s = document.querySelector(arguments[0]);"
        "s.value = 'gcj02'; s.dispatchEvent(new Event('change'))",
        of("人口点.parquet", "[data-key=datum]"),
    )
    page.wait("document.getElementById('problem') !== null")
    assert (tmp_path / "projects" / "新手市" / "city.toml").read_text("utf-8") == before
    assert json.dumps(tomllib.loads(before), ensure_ascii=False).count("区划.gpkg") == 4

"""A package of somebody else's adds a kind and a category, and everything has its findings."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import livingcircle as lc
from builders.drawing import box
from builders.street_files import write_street
from livingcircle._plugins import plugins
from livingcircle.errors import ConfigError
from livingcircle.pipeline import run_city
from livingcircle.publish.text.pack_text import pack_as_text
from livingcircle.standards.kinds import kinds
from livingcircle.standards.loader import load_pack
from livingcircle.vocab.categories import categories

PLUGIN = Path(__file__).resolve().parents[1] / "plugins" / "stroll"
PACK = """
id = "strolls"
[document]
title_zh = "方案"
title_en = "A plan"
issuer_zh = "市"
issuer_en = "A city"
[categories.mobile_clinic]
zh = "{name}"
en = "Mobile clinic"
aliases = ["巡诊车"]
[[requirement]]
id = "S-1"
clause = "1"
statement_zh = "往返一公里有流动医疗点"
statement_en = "a mobile clinic within a kilometre there and back"
force = "must"
kind = "stroll"
categories = ["mobile_clinic"]
metres = 1000
"""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGIN))


def write_town(folder: Path, name: str = "流动医疗点") -> Path:
    """A street of 2 km with a home every 100 m, two people each, and a clinic at its beginning."""
    return write_street(
        folder,
        PACK.format(name=name),
        [(0, 0, "f0", "一号车", "巡诊车")],
        communities=[{"unit_id": "u", "name": "街社区", "geometry": box(0, -50, 2000, 50)}],
        homes=[
            {"demand_id": f"h{x}", "residents": 2, "x": x + 50, "y": 0} for x in range(0, 2000, 100)
        ],
    )


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
def test_findings_of_a_foreign_kind_are_everywhere(tmp_path: Path):
    assert "stroll" in kinds()
    out = tmp_path / "out"
    done = run_city(write_town(tmp_path), [], out)
    # Homes at 50, 150, ..., 450 m are within 500 m one way: 5 of 20.
    card = pd.read_csv(out / "scorecard.csv").set_index("id")
    assert (card.loc["S-1", "kind"], card.loc["S-1", "value"]) == ("stroll", 0.25)
    gaps = pd.read_csv(out / "gaps.csv")
    assert gaps["people"].tolist() == [30]
    layers = gpd.list_layers(out / "街镇.gpkg")["name"].tolist()
    assert "circle_mobile_clinic_500m" in layers
    assert len(gpd.read_file(out / "街镇.gpkg", layer="evidence")) == 1
    with closing(sqlite3.connect(out / "街镇.gpkg")) as file:
        titles = str(file.execute("SELECT * FROM gpkg_contents").fetchall())
    assert "流动医疗点 500米生活圈" in titles
    homes = gpd.read_file(out / "街镇.gpkg", layer="demand")
    assert (homes["S_1_status"] == "covered").sum() == 5
    page = (out / "map.html").read_text("utf-8")
    data = [json.loads(one) for one in re.findall(r"<script[^>]*>(\{.*?\})</script>", page, re.S)]
    shown = next(one for one in data if "standards" in one)
    assert shown["cats"] == [["mobile_clinic", "流动医疗点", "Mobile clinic"]]
    assert shown["standards"][0]["circle_kind"]
    assert len(shown["standards"][0]["gaps"]) == 1
    report = (out / "report.html").read_text("utf-8")
    assert "往返一公里有流动医疗点" in report
    assert "往返步行" in report
    proved = lc.verify(out)
    assert (proved.ok, proved.findings) == (True, 1)
    plan = lc.suggest_sites(done.result.city, "S-1")
    # 1.5 km are left; a site reaches 500 m to each side.
    assert len(plan.sites) == 2
    assert plan.sites["category"].tolist() == ["mobile_clinic"] * 2


@pytest.mark.usefixtures("plugin")
def test_two_cities_call_different_things_by_one_id(tmp_path: Path):
    one = lc.read_city(write_town(tmp_path / "one"))
    other = lc.read_city(write_town(tmp_path / "other", "移动药房"))
    for city, name in ((one, "流动医疗点"), (other, "移动药房")):
        assert city.facilities.table["categories"][0][0].zh == name
        assert name in lc.assess(city).findings[0].requirement.parts[0].measured().zh
    assert "mobile_clinic" not in categories()


@pytest.mark.usefixtures("plugin")
def test_what_no_list_holds_is_named_as_its_own_pack_names_it(tmp_path: Path):
    path = write_town(tmp_path)
    listed = tmp_path / "facilities.csv"
    listed.write_text(listed.read_text("utf-8").replace("巡诊车", "药店"), "utf-8")
    reason = lc.assess(lc.read_city(path)).findings[0]
    assert "“流动医疗点”（mobile_clinic）" in reason.note_zh


def test_without_the_package_the_kind_is_refused(tmp_path: Path):
    write_town(tmp_path)
    assert "stroll" not in kinds()
    with pytest.raises(ConfigError, match="no kind is called 'stroll'"):
        load_pack(tmp_path / "pack.toml")


def test_a_plug_in_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    info = tmp_path / "broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[livingcircle.formats]\nbad = no_such_module:reader\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(ConfigError, match="the plug-in 'bad'"):
        plugins("livingcircle.formats")


@pytest.mark.slow
@pytest.mark.parametrize("where", ["file", "city"])
def test_a_city_has_categories_and_walkers_of_its_own(tmp_path: Path, where: str):
    path = write_town(tmp_path)
    text = path.read_text("utf-8").replace('packs = ["pack.toml"]', 'walker = "pram"')
    category = 'zh = "流动书车"\nen = "Book bus"\naliases = ["巡诊车"]\n'
    walker = 'speed_m_s = 0.9\nzh = "推婴儿车"\nen = "with a pram"\nstairs = false\n'
    if where == "file":
        (tmp_path / "categories.toml").write_text(f"[book_bus]\n{category}", "utf-8")
        (tmp_path / "walkers.toml").write_text(f"[pram]\n{walker}", "utf-8")
    else:
        text += f"[vocabulary.categories.book_bus]\n{category}[vocabulary.walkers.pram]\n{walker}"
    path.write_text(text, "utf-8")
    city = lc.read_city(path)
    assert city.facilities.categories == {"book_bus": 1}
    assert city.config.walker_of(city.walker).speed_m_s == 0.9
    assert len(city.facilities.of("book_bus")) == 1
    (tmp_path / "own.toml").write_text(
        PACK[: PACK.index("[categories")]
        + PACK[PACK.index("[[req") :]
        .replace("mobile_clinic", "book_bus")
        .replace('kind = "stroll"', 'kind = "circle"\nwalker = "pram"'),
        "utf-8",
    )
    found = lc.assess(city, tmp_path / "own.toml").findings[0]
    assert found.value == 0.5
    with pytest.raises(ConfigError, match="book_bus"):
        load_pack(tmp_path / "own.toml")


OWN_COLUMN = 'zh = "母婴室(个)"\nen = "Nursing rooms"\nkind = "count"\naliases = ["哺乳室"]\n'


@pytest.mark.slow
@pytest.mark.parametrize("where", ["file", "city", "pack"])
def test_a_city_has_columns_of_its_own(tmp_path: Path, where: str):
    path = write_town(tmp_path)
    listed = tmp_path / "facilities.csv"
    head, row = listed.read_text("utf-8").splitlines()
    listed.write_text(f"{head},哺乳室\n{row},3\n{row.replace('f0,一', 'f1,二')},\n", "utf-8")
    entry = """kind = "share"
of = "facilities"
categories = ["mobile_clinic"]
attribute = "nursing_rooms"
at_least = 2
target = 0.9
"""
    pack = PACK[: PACK.index('kind = "stroll"')].format(name="流动医疗点") + entry
    if where == "file":
        (tmp_path / "columns.toml").write_text(f"[nursing_rooms]\n{OWN_COLUMN}", "utf-8")
    elif where == "pack":
        pack = pack.replace(
            "[[requirement]]", f"[columns.nursing_rooms]\n{OWN_COLUMN}[[requirement]]"
        )
    else:
        text = path.read_text("utf-8") + f"[vocabulary.columns.nursing_rooms]\n{OWN_COLUMN}"
        path.write_text(text, "utf-8")
    (tmp_path / "pack.toml").write_text(pack, "utf-8")
    city = lc.read_city(path)
    assert city.facilities.table["nursing_rooms"].tolist()[0] == 3
    assert pd.isna(city.facilities.table["nursing_rooms"][1])
    found = lc.assess(city).findings[0]
    assert found.value == 1.0
    shown = pack_as_text(tmp_path / "pack.toml", "zh") if where == "pack" else ""
    assert ("母婴室" in shown) == (where == "pack")
    # No other city has it.
    other = lc.read_city(write_town(tmp_path / "other"))
    assert "nursing_rooms" not in other.facilities.table
    assert "哺乳室" not in city.facilities.table


def test_an_own_column_that_ships_is_refused(tmp_path: Path):
    path = write_town(tmp_path)
    (tmp_path / "columns.toml").write_text('[places]\nzh = "位"\nen = "Places"\n', "utf-8")
    with pytest.raises(ConfigError, match="'places' is a column that ships"):
        lc.read_city(path)


def test_packs_given_twice_are_assessed_once(tmp_path: Path):
    city = lc.read_city(write_town(tmp_path))
    pack = load_pack("zhuhai-2025")
    assert lc.assess(city, pack, pack).packs == (pack,)


def test_an_own_id_that_ships_is_refused(tmp_path: Path):
    path = write_town(tmp_path)
    (tmp_path / "categories.toml").write_text('[park]\nzh = "园"\nen = "Park"\n', "utf-8")
    with pytest.raises(ConfigError, match="'park' is a category that ships"):
        lc.read_city(path)


def test_a_name_of_two_own_categories_is_refused(tmp_path: Path):
    path = write_town(tmp_path)
    (tmp_path / "categories.toml").write_text(
        '[book_bar]\nzh = "书吧"\nen = "Book bar"\naliases = ["阅读角"]\n'
        '[corner]\nzh = "阅读角"\nen = "Reading corner"\n',
        "utf-8",
    )
    with pytest.raises(ConfigError, match="'阅读角' names both 'book_bar' and 'corner'"):
        lc.read_city(path)

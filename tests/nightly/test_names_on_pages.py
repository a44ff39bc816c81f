"""Nothing that is published tells the folders of the machine that made it."""

from __future__ import annotations

import html
import json
import re
import sqlite3
import tomllib
import zipfile
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import pytest

from builders.square_city import PHARMACIES, make_city, write_shops
from livingcircle.errors import InputError
from livingcircle.io.public_names import public_names
from livingcircle.nightly.job import NIGHT_DONE, NIGHT_FAILED, run_nightly
from livingcircle.nightly.work import one_line

pytestmark = pytest.mark.slow

SECRET = "geheim 7c1f 机密"
"""A space and Chinese: a text alone does not tell where such a folder ends."""

FILES = ("streets.geojson", "facilities.csv", "units.gpkg", "homes.geojson", "plan.toml")


def tells(folder: Path) -> list[str]:
    """Return the files of a folder in which the secret folder is named, packed ones unpacked."""
    found = []
    words = [SECRET.encode(), b"7c1f", json.dumps(SECRET)[1:-1].encode()]
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        texts = [path.read_bytes(), path.name.encode()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                texts += [packed.read(name) for name in packed.namelist()]
        if any(word in text for word in words for text in texts):
            found.append(str(path.relative_to(folder)))
    return found


def elsewhere(cities: Path, secret: Path, slug: str) -> Path:
    """Make a city whose every input lies in the secret folder, named by its absolute path."""
    make_city(secret / slug)
    folder = secret / slug
    text = (folder / "city.toml").read_text("utf-8")
    (folder / "city.toml").unlink()
    for name in FILES:
        text = text.replace(f'"{name}"', json.dumps(str(folder / name), ensure_ascii=False))
    doors = folder / "doors.csv"
    doors.write_text("名称,经度,纬度\n甲中心,118.1,24.5\n", "utf-8")
    text = text.replace("[network]\n", f"[network]\ndrive = '{folder / 'streets.geojson'}'\n")
    path = cities / slug / "city.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return tmp_path / SECRET


def test_good_inputs_elsewhere_are_shown_by_their_names(tmp_path: Path, secret: Path) -> None:
    city = elsewhere(tmp_path / "cities", secret, "a")
    assert SECRET in city.read_text("utf-8")
    site = tmp_path / "site"
    assert run_nightly(tmp_path / "cities", site=site, state=tmp_path / "state") == NIGHT_DONE
    run = json.loads((site / "cities/a/data/run.json").read_text("utf-8"))
    assert run["parameters"]["config"]["demand"]["source"] == "homes.geojson"
    assert run["parameters"]["config"]["assess"]["packs"] == ["plan.toml"]
    assert {entry["source"] for entry in run["inputs"]} >= {*FILES} - {"plan.toml"}
    assert tells(site) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/cities/a/sub/x.csv: bad", "sub/x.csv: bad"),
        ("/srv/cities/a: cannot be read", "a: cannot be read"),
        ("GDAL: cannot open `/data/private/x.shx'.", "GDAL: cannot open `x.shx'."),
        ("/my data/old/x.gpkg and /my data/old/x.gpkg-wal", "x.gpkg and x.gpkg-wal"),
        ("/vsizip//my data/old/x.gpkg", "x.gpkg"),
        ("file:///home/me/x.csv", "x.csv"),
        (r"C:\Users\me\x.csv, row 3", "x.csv, row 3"),
        (r"\\server\plans\x.csv", "x.csv"),
        (r"D:\my gis\x.csv is open", "x.csv is open"),
        ("see /home/me/a-very-long-na...", "see ..."),
        ("https://tiles.example.org/a/b/{z}.png", "https://tiles.example.org/a/b/{z}.png"),
        ("postgresql://host/db/x", "postgresql://host/db/x"),
        ("养老/托育/文化 or 5 m/s, and/or 3/4", "养老/托育/文化 or 5 m/s, and/or 3/4"),
        ("sub/folder/x.csv", "sub/folder/x.csv"),
    ],
)
def test_texts(text: str, shown: str) -> None:
    named = {"demand": {"source": "/my data/old/x.gpkg"}, "units": [{"source": r"D:\my gis\x.csv"}]}
    assert public_names(text, Path("/srv/cities/a"), named) == shown


def test_an_error_of_a_city_that_cannot_be_read(tmp_path: Path) -> None:
    city = tmp_path / SECRET / "city.toml"
    city.parent.mkdir()
    city.write_text("[city\n", "utf-8")
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(city.read_text("utf-8"))
    line = InputError("is no TOML", file=city, row=1).line()
    assert one_line(line, city) == "city.toml, row 1: is no TOML"


ODD = {"=cmd| 城市": "<script>alert('a')</script>!", "<b>&;#50%25": "=cmd|'/c calc'!A1"}
"""Folder → name of the city: markup, formulas, and what addresses and GDAL take apart."""


def odd_city(cities: Path, secret: Path, slug: str) -> Path:
    """Make a city with an odd name whose inputs lie in the secret folder."""
    path = elsewhere(cities, secret, slug)
    name = json.dumps(ODD[slug], ensure_ascii=False)
    text = path.read_text("utf-8")
    assert '"试验市"' in text
    path.write_text(text.replace('"试验市"', name), "utf-8")
    return path


def layers_of(file: Path) -> set[str]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as base:
        return {name for (name,) in base.execute("SELECT table_name FROM gpkg_contents")}


def assert_names_are_text(site: Path) -> None:
    """Names stand on the pages as they are, and are never markup, an address or a formula."""
    index = (site / "index.html").read_text("utf-8")
    for slug, name in ODD.items():
        assert html.escape(name, quote=False) in index.replace("&#39;", "'")
        folder = site / "cities" / slug
        pages = [*folder.rglob("*.html"), site / "index.html"]
        assert len(pages) == 4
        for page in pages:
            text = page.read_text("utf-8")
            assert "<script>alert" not in text, page
            assert "<b>&;" not in text, page
        links = re.findall(r'href="([^"]+)"', index)
        assert any((site / unquote(html.unescape(link))) == folder / "index.html" for link in links)
        (package,) = (folder / "data").glob("*.gpkg")
        assert not set(package.name) & set("!;|<>")
        assert {"findings", "demand", "facilities"} <= layers_of(package)
        cells = (folder / "data" / "scorecard.csv").read_text("utf-8-sig")
        assert not re.search(r'(?:^|,)"?[=+@]', cells, re.MULTILINE)


def test_odd_names_night_after_night(tmp_path: Path, secret: Path) -> None:
    cities, site = tmp_path / "cities", tmp_path / "site"
    for slug in ODD:
        odd_city(cities, secret, slug)
    assert run_nightly(cities, site=site, state=tmp_path / "state") == NIGHT_DONE
    assert_names_are_text(site)
    assert tells(site) == []
    # The second night: one of them changes, the inputs of the other are broken.
    changed, broken = ODD
    write_shops(secret / changed, [(900, 900, "<i>新中心</i>", "社区党群服务中心"), *PHARMACIES])
    (secret / broken / "homes.geojson").write_text("{ not <u>JSON</u>", "utf-8")
    assert run_nightly(cities, site=site, state=tmp_path / "state") == NIGHT_FAILED
    assert_names_are_text(site)
    assert tells(site) == []
    night = json.loads(sorted((site / "nights").glob("*.json"))[-1].read_text("utf-8"))
    assert night["cities"][changed]["state"] == "computed"
    changes = night["cities"][changed]["changes"]
    assert any(changes[kind] for kind in ("opened", "closed", "moved", "standards"))
    entry = night["cities"][broken]
    assert entry["state"] == "failed"
    assert entry["error"].startswith("homes.geojson: ")
    assert entry["error_zh"].startswith("homes.geojson：")
    page = (site / "cities" / broken / "index.html").read_text("utf-8")
    assert "<u>JSON" not in page
    for error in (entry["error"], entry["error_zh"]):
        assert error in html.unescape(page)

"""A secret planted in each kind of source, searched for in every byte that is written or said."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point

from builders.drawing import PLAN
from builders.square_city import CENTRE, PHARMACIES, make_city
from livingcircle.cli.main import main
from livingcircle.io.formats import opening
from livingcircle.io.formats.reader import Layer
from livingcircle.secrets import masked

pytestmark = pytest.mark.slow

S = "S3kr1tXY"

SOURCES = {
    "facilities": r'(\[\[facilities\]\]\s*source = )"[^"]*"',
    "units": r'(\[\[units\]\]\s*source = )"[^"]*"',
    "demand": r'(\[demand\]\s*source = )"[^"]*"',
    "network": r'(\[network\]\s*source = )"[^"]*"',
    "villages": None,
    "entrances": None,
}
FORMS = [
    f"mysql://me:{S}@127.0.0.1/db",
    f"https://127.0.0.1:1/a.tif?token={S}",
    f"PG:host=127.0.0.1 password='{S}'",
    f"POSTGRESQL://:a@{S}@127.0.0.1:1/db?sslpassword=b {S}",
]


def plant(city: Path, kind: str, form: str) -> None:
    text = city.read_text("utf-8")
    pattern = SOURCES[kind]
    if kind == "villages":
        text += f'\n[urban_villages]\nsource = "{form}"\n'
    elif kind == "entrances":
        text = text.replace("[[facilities]]", f'[[facilities]]\nentrances = "{form}"', 1)
    else:
        assert pattern is not None
        text, count = re.subn(pattern, lambda m: f'{m[1]}"{form}"', text, count=1)
        assert count == 1, kind
    city.write_text(text, "utf-8")


def assert_nowhere(folder: Path, *but: Path) -> None:
    for file in folder.rglob("*"):
        if not file.is_file() or file in but:
            continue
        content = file.read_bytes()
        if content.startswith(b"PK"):
            with zipfile.ZipFile(file) as archive:
                content += b"".join(archive.read(name) for name in archive.namelist())
        assert S.encode() not in content, file
        assert S not in str(file)


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return int(stop.value.code or 0)


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("form", FORMS)
def test_a_source_that_cannot_be_read_tells_no_secret(tmp_path, capfd, kind, form):
    city = make_city(tmp_path / "a")
    plant(city, kind, form)
    for words in (["check", city], ["run", city, "--out", tmp_path / "out", "--verbose"]):
        assert call(*words) == 2
    said = "".join(capfd.readouterr())
    assert "***" in said
    assert S not in said
    assert_nowhere(tmp_path, city)


def test_what_is_read_from_a_database_tells_no_secret(tmp_path, capfd, monkeypatch):
    city = make_city(tmp_path / "a")
    where = [Point(PLAN.at(x, y)) for x, y, _, _ in [CENTRE, *PHARMACIES]]
    kinds = [kind for *_, kind in [CENTRE, *PHARMACIES]]
    shops = gpd.GeoDataFrame({"类别": kinds}, geometry=where, crs=4326)
    monkeypatch.setattr(
        opening, "read_database", lambda url, *, layer: Layer(shops, masked(url), ())
    )
    plant(city, "facilities", f"POSTGRESQL://:a@{S}@127.0.0.1:1/db?sslpassword=b {S}")
    assert call("check", city) == 0
    assert call("run", city, "--out", tmp_path / "out") == 0
    assert S not in "".join(capfd.readouterr())
    assert_nowhere(tmp_path, city)
    run = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    sources = [entry["source"] for entry in run["inputs"]]
    assert "POSTGRESQL://***@127.0.0.1:1/db?sslpassword=***" in sources


def test_a_night_tells_no_secret_and_forgets_those_of_earlier_nights(tmp_path, capfd):
    cities, site = tmp_path / "cities", tmp_path / "site"
    city = make_city(cities / "a")
    plant(city, "facilities", FORMS[0])
    words = ("nightly", cities, "--site", site, "--state", tmp_path / "state")
    assert call(*words) == 2
    assert_nowhere(tmp_path, city)
    (old,) = (site / "nights").iterdir()
    night = json.loads(old.read_text("utf-8"))
    night["cities"]["a"]["error"] = f"there is no file {FORMS[0]}"
    old.write_text(json.dumps(night), "utf-8")
    assert call(*words) == 2
    assert len(list((site / "nights").iterdir())) == 2
    assert_nowhere(tmp_path, city)
    assert S not in "".join(capfd.readouterr())

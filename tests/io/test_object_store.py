"""Inputs in an object store: fetched once, masked, told in one line when they cannot be had."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from typer.testing import CliRunner

import livingcircle as lc
from builders.drawing import write_osm
from builders.square_city import make_city
from livingcircle.cli.main import app
from livingcircle.errors import InputError, LivingCircleError, MissingFileError
from livingcircle.io import object_store
from livingcircle.io.object_store import fetched, folder_of, is_object
from livingcircle.nightly.manifest import manifest_of
from livingcircle.pipeline import run_city
from livingcircle.publish.credit import osm_credit

BUCKET = "memory://bucket/city"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryFileSystem:
    """An empty store in memory, and a cache of its own."""
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "cache"))
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    return fs


def in_store(folder: Path, store: MemoryFileSystem) -> Path:
    """Put the inputs of a city into the store; return its city.toml, which names them there."""
    path = folder / "city.toml" if folder.exists() else make_city(folder)
    text = path.read_text("utf-8")
    for file in ("streets.geojson", "facilities.csv", "units.gpkg", "homes.geojson"):
        store.pipe_file(f"/bucket/city/{file}", (folder / file).read_bytes())
        (folder / file).unlink()
        text = text.replace(f'"{file}"', f'"{BUCKET}/{file}"')
    path.write_text(text, "utf-8")
    return path


@pytest.mark.slow
def test_a_city_in_a_store_is_that_of_the_disk(tmp_path: Path, store: MemoryFileSystem) -> None:
    here = run_city(make_city(tmp_path / "here"), (), tmp_path / "a").result
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    there = run_city(in_store(tmp_path / "there", store), (), tmp_path / "b").result
    for name in ("scorecard.csv", "gaps.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert here.city.demand.geometry.equals(there.city.demand.geometry)
    inputs = {
        side: {
            entry["role"]: (entry["source"], entry["sha256"])
            for entry in json.loads((tmp_path / side / "run.json").read_text("utf-8"))["inputs"]
        }
        for side in "ab"
    }
    assert inputs["a"].keys() == inputs["b"].keys()
    for role, (source, sha256) in inputs["b"].items():
        if role.split(".")[0] in ("network", "facilities", "units", "demand"):
            assert sha256 == inputs["a"][role][1]
            assert source.startswith(f"{BUCKET}/")


def test_an_object_is_fetched_once_until_it_changes(
    store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pipe_file("/bucket/a.csv", b"one")
    calls = []
    get = MemoryFileSystem.get_file
    monkeypatch.setattr(
        MemoryFileSystem, "get_file", lambda self, *a, **k: (calls.append(a[0]), get(self, *a, **k))
    )
    first = fetched("memory://bucket/a.csv")
    assert first.read_bytes() == b"one"
    assert first.name == "a.csv"
    assert fetched("memory://bucket/a.csv") == first
    assert len(calls) == 1
    store.pipe_file("/bucket/a.csv", b"other")
    assert fetched("memory://bucket/a.csv").read_bytes() == b"other"
    assert len(calls) == 2


def test_what_belongs_to_a_shapefile_comes_with_it(store: MemoryFileSystem) -> None:
    for ending in (".shp", ".dbf", ".shx", ".prj"):
        store.pipe_file(f"/bucket/units{ending}", ending.encode())
    place = fetched("memory://bucket/units.shp").parent
    assert {p.name for p in place.iterdir()} == {
        "units.shp", "units.dbf", "units.shx", "units.prj"
    }  # fmt: skip
    store.pipe_file("/bucket/units.dbf", b"changed")
    assert fetched("memory://bucket/units.shp").with_suffix(".dbf").read_bytes() == b"changed"


def test_the_night_sees_that_an_object_changed(tmp_path: Path, store: MemoryFileSystem) -> None:
    path = in_store(tmp_path / "city", store)
    before, places = manifest_of(path)
    assert manifest_of(path)[0].key == before.key
    assert not before.live
    homes = next(part for part in before.parts if part.role == "demand")
    assert places.files[homes.files[0].sha256].name == "homes.geojson"
    text = store.cat_file("/bucket/city/homes.geojson").replace(b"10", b"11")
    store.pipe_file("/bucket/city/homes.geojson", text)
    after, _ = manifest_of(path)
    assert after.key != before.key


def test_a_network_of_the_store_is_read(tmp_path: Path, store: MemoryFileSystem) -> None:
    in_store(tmp_path / "city", store)
    assert lc.read_network(f"{BUCKET}/streets.geojson").edge_count > 0


@pytest.mark.parametrize(
    ("address", "kind", "words"),
    [
        ("memory://bucket/none.csv", MissingFileError, "no such object"),
        ("memory://bucket/", InputError, "names no file"),
        ("memory://bucket/..", InputError, "names no file"),
        ("memory://x.zip::file:///etc/passwd", InputError, "chain"),
    ],
)
def test_what_cannot_be_fetched_is_said(
    store: MemoryFileSystem, address: str, kind: type[LivingCircleError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        fetched(address)
    assert "\n" not in caught.value.line("en")
    assert caught.value.line("zh") != caught.value.line("en")


def test_a_driver_that_is_not_installed_is_named(
    store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(InputError, match="not installed") as caught:
        fetched("s3://me:hunter2@bucket/homes.csv")
    line = caught.value.line("en")
    assert 'pip install "livingcircle[cloud]"' in line
    assert "hunter2" not in line + caught.value.line("zh")


def test_the_login_of_a_store_is_not_shown(
    store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> str:
        raise PermissionError("403 for memory://me:hunter2@bucket/a.csv?token=hunter3")

    monkeypatch.setattr(MemoryFileSystem, "ukey", refused)
    with pytest.raises(InputError) as caught:
        fetched("memory://me:hunter2@bucket/a.csv?token=hunter3")
    for lang in ("zh", "en"):
        assert "hunter" not in caught.value.line(lang)


def test_the_command_says_it_in_one_line(tmp_path: Path, store: MemoryFileSystem) -> None:
    path = in_store(tmp_path / "city", store)
    store.rm_file("/bucket/city/homes.geojson")
    done = CliRunner().invoke(app, ["check", str(path)])
    error = done.exception
    assert isinstance(error, MissingFileError) or "no such object" in done.output
    assert "Traceback" not in done.output


def test_a_fetch_that_breaks_off_leaves_nothing(
    store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store.pipe_file("/bucket/a.csv", b"one")

    def broken(self: object, path: str, target: str, **_: object) -> None:
        Path(target).write_bytes(b"o")
        raise ConnectionError("reset")

    monkeypatch.setattr(MemoryFileSystem, "get_file", broken)
    with pytest.raises(InputError, match="reset"):
        fetched("memory://bucket/a.csv")
    assert not list((tmp_path / "cache" / "objects").iterdir())


def test_the_cache_keeps_within_its_bounds(
    store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "OBJECTS_BYTES", 25)
    for name in "abc":
        store.pipe_file(f"/bucket/{name}.csv", b"0123456789")
        last = fetched(f"memory://bucket/{name}.csv")
    assert last.is_file()
    assert len(list(last.parents[1].iterdir())) == 2


def test_an_address_on_the_web_is_no_object(tmp_path: Path) -> None:
    assert not is_object("https://host/a.csv")
    path = make_city(tmp_path / "city")
    text = path.read_text("utf-8").replace('"homes.geojson"', '"https://me:pw@host/homes.geojson"')
    path.write_text(text, "utf-8")
    with pytest.raises(LivingCircleError, match="is an address") as caught:
        lc.read_city(path)
    assert "pw@" not in caught.value.line("en")


def test_a_file_address_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "a b.csv").write_bytes(b"x")
    assert fetched((tmp_path / "a b.csv").as_uri()) == tmp_path / "a b.csv"


def test_a_file_address_is_decoded_once(tmp_path: Path) -> None:
    (tmp_path / "a%20b.csv").write_bytes(b"x")
    assert fetched((tmp_path / "a%20b.csv").as_uri()) == tmp_path / "a%20b.csv"
    assert fetched(f"FILE://localhost{tmp_path.as_posix()}/x.csv") == tmp_path / "x.csv"


@pytest.mark.parametrize("address", ["file://homes.csv", "file://host/homes.csv"])
def test_a_file_address_with_a_host_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="no file of this machine") as caught:
        fetched(address)
    assert "file:///" in caught.value.line("zh")


def test_a_path_a_file_address_and_a_store_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert folder_of("~/a") == tmp_path / "a"
    assert folder_of((tmp_path / "a b").as_uri()) == tmp_path / "a b"
    assert folder_of("memory://bucket/all") is None


def test_capitals_of_schemes_and_endings(store: MemoryFileSystem) -> None:
    for name in ("T.SHP", "T.DBF", "T.shx", "u.shp", "u.DBF"):
        store.pipe_file(f"/bucket/{name}", name.encode())
    for main, want in (("T.SHP", {"T.SHP", "T.DBF", "T.shx"}), ("u.shp", {"u.shp", "u.DBF"})):
        place = fetched(f"MEMORY://bucket/{main}").parent
        assert {p.name for p in place.iterdir()} == want


@pytest.mark.parametrize("lost", ["u.shp", "u.dbf"])
def test_a_cache_that_lost_a_file_fetches_it_again(store: MemoryFileSystem, lost: str) -> None:
    for name in ("u.shp", "u.dbf"):
        store.pipe_file(f"/bucket/{name}", name.encode())
    place = fetched("memory://bucket/u.shp").parent
    (place / lost).unlink()
    (place / "other").write_text("x")
    assert fetched("memory://bucket/u.shp").parent == place
    assert (place / lost).read_bytes() == lost.encode()


@pytest.mark.slow
def test_a_city_knows_the_objects_that_it_was_read_from(
    tmp_path: Path, store: MemoryFileSystem
) -> None:
    city = lc.read_city(in_store(tmp_path / "city", store))
    address = str(city.config.facilities[0].source)
    path = "/" + address.partition("://")[2]
    first, content = city.file_of(address), store.cat_file(path)
    assert first.read_bytes() == content
    # Another object, and then none.
    store.pipe_file(path, b"other")
    assert city.file_of(address) == first
    store.rm_file(path)
    assert city.file_of(address).read_bytes() == content
    # A city that is read anew is another one.
    store.pipe_file(path, content.replace(b"\n", b"\n\n"))
    again = lc.read_city(tmp_path / "city" / "city.toml")
    assert again.file_of(address) != first
    assert city.file_of(address) == first
    first.unlink()
    store.rm_file(path)
    with pytest.raises(MissingFileError):
        city.file_of(address)
    assert city.file_of("homes.csv") == city.folder / "homes.csv"


def test_a_network_of_a_store_serves_a_city_of_tables(
    tmp_path: Path, store: MemoryFileSystem
) -> None:
    streets = [({"highway": "residential"}, [(0.0, 0.0), (300.0, 0.0), (300.0, 200.0)])]
    store.pipe_file(
        "/bucket/streets.osm", write_osm(tmp_path / "streets.osm", streets).read_bytes()
    )
    city = lc.City.from_frames("memory://bucket/streets.osm")
    store.store.clear()
    assert osm_credit(city)
    assert [one.source for one in city.inputs] == ["memory://bucket/streets.osm"]


@pytest.mark.slow
def test_the_credit_is_that_of_what_was_read(tmp_path: Path, store: MemoryFileSystem) -> None:
    city = lc.read_city(in_store(tmp_path / "city", store))
    before = osm_credit(replace(city, synthetic=False))
    store.store.clear()
    assert osm_credit(replace(city, synthetic=False)) == before

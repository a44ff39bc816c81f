"""A network from the cache is the one that its file gives, to the last bit; damage costs time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pytest
import shapely

import livingcircle as lc
from builders.square_city import make_city
from livingcircle.cli.main import main
from livingcircle.network import read as reading
from livingcircle.network.graph import WalkNetwork

OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" version="1" lon="113.000" lat="23.0"/>
<node id="2" version="1" lon="113.001" lat="23.0"/>
<node id="3" version="1" lon="113.002" lat="23.0"><tag k="barrier" v="gate"/>
<tag k="access" v="no"/></node>
<node id="4" version="1" lon="113.003" lat="23.001"/>
<node id="5" version="1" lon="113.001" lat="23.002"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/>
<tag k="highway" v="residential"/></way>
<way id="2" version="1"><nd ref="2"/><nd ref="5"/><tag k="highway" v="steps"/></way>
<way id="3" version="1"><nd ref="4"/><nd ref="5"/><tag k="barrier" v="wall"/></way>
</osm>"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept" / "networks"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were really read."""
    told: list[Path] = []
    really = reading._read_file

    def read_file(path: Path, how: object) -> WalkNetwork:
        told.append(path)
        return really(path, how)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "_read_file", read_file)
    return told


def osm(folder: Path) -> Path:
    (folder / "a.osm").write_text(OSM, encoding="utf-8")
    return folder / "a.osm"


def graphml(folder: Path) -> Path:
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node in range(3):
        graph.add_node(node, x=113.0 + 0.001 * node, y=23.0)
    for u in range(2):
        graph.add_edge(u, u + 1, length=103.0 + u, highway="residential", osmid=u)
    ox.save_graphml(graph, folder / "a.graphml")
    return folder / "a.graphml"


def lines(ending: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        shapes = [
            shapely.LineString([(113.0, 23.0), (113.001, 23.0002), (113.002, 23.0)]),
            shapely.LineString([(113.002, 23.0), (113.002, 23.002)]),
        ]
        frame = gpd.GeoDataFrame({"access": ["yes", "private"]}, geometry=shapes, crs=4326)
        path = folder / f"a{ending}"
        if ending == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path)
        return path

    return write


SOURCES = {
    "osm": osm,
    "graphml": graphml,
    **{end: lines(end) for end in (".gpkg", ".geojson", ".shp", ".fgb", ".parquet")},
}


def same(one: WalkNetwork, other: WalkNetwork) -> None:
    for part in (one, one.tags, one.closures):
        theirs = {id(one): other, id(one.tags): other.tags}.get(id(part), other.closures)
        for field in fields(part):
            a, b = getattr(part, field.name), getattr(theirs, field.name)
            if isinstance(a, np.ndarray):
                assert a.dtype == b.dtype, field.name
                assert a.shape == b.shape, field.name
                assert a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes()
            elif field.name in ("notes", "speed_m_s"):
                assert a == b, field.name


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_a_network_is_the_same_to_the_last_bit(
    source: str, tmp_path: Path, kept: Path, reads: list[Path]
) -> None:
    path = SOURCES[source](tmp_path)
    plain = lc.read_network(path, cache=False)
    assert not kept.exists()
    first, second = lc.read_network(path), lc.read_network(path)
    assert len(reads) == 2
    assert len(list(kept.iterdir())) == 1
    same(plain, first)
    same(plain, second)


def test_what_the_network_depends_on_makes_another_entry(
    tmp_path: Path, kept: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = osm(tmp_path)
    lc.read_network(path)
    lc.read_network(path, private="open")
    lc.read_network(path, opened=["node/3"])
    lc.read_network(path, mode="drive")
    assert len(list(kept.iterdir())) == 4
    path.write_text(OSM.replace("113.003", "113.004"), encoding="utf-8")
    changed = lc.read_network(path)
    assert changed.coords[:, 0].max() == pytest.approx(113.004)
    monkeypatch.setattr("livingcircle.network.stored._reader", lambda: ("another version",))
    lc.read_network(path)
    assert len(reads) == 6


def test_a_part_of_a_shapefile_that_changes_makes_another_entry(
    tmp_path: Path, kept: Path, reads: list[Path]
) -> None:
    path = lines(".shp")(tmp_path)
    assert not lc.read_network(path).tags.private[0]
    assert len(list(kept.iterdir())) == 1
    frame = gpd.read_file(path)
    frame["access"] = ["private", "private"]
    geometry = path.read_bytes()
    frame.to_file(path)
    assert path.read_bytes() == geometry
    assert lc.read_network(path).tags.private.all()


@pytest.mark.parametrize("damage", ["cut", "byte", "empty", "other", "text"])
def test_a_damaged_entry_is_read_anew_and_written_again(
    damage: str, tmp_path: Path, kept: Path, reads: list[Path]
) -> None:
    path = osm(tmp_path)
    plain = lc.read_network(path)
    (entry,) = kept.iterdir()
    whole = entry.read_bytes()
    middle = whole.index(plain.coords.tobytes()) + 5
    if damage == "other":
        # A whole entry under the name of another one.
        lc.read_network(path, mode="drive")
        (theirs,) = set(kept.iterdir()) - {entry}
        entry.write_bytes(theirs.read_bytes())
    else:
        broken = {
            "cut": whole[: len(whole) // 2],
            "byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "empty": b"",
            "text": b"not an archive",
        }
        entry.write_bytes(broken[damage])
    before = len(reads)
    same(plain, lc.read_network(path))
    assert len(reads) == before + 1
    assert entry.read_bytes()[:2] == b"PK"
    same(plain, lc.read_network(path))
    assert len(reads) == before + 1


def test_commands_give_the_same_with_and_without(
    tmp_path: Path, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    streets = lines(".gpkg")(tmp_path)
    points = tmp_path / "points.csv"
    points.write_text("id,lon,lat\na,113.0005,23.0004\nb,113.0019,23.0015\n", encoding="utf-8")
    found = []
    for number, words in enumerate([["--no-cache"], ["--verbose"], ["--verbose", "--lang", "zh"]]):
        out = tmp_path / f"{number}.csv"
        with pytest.raises(SystemExit) as end:
            main(["reach", "--network", str(streets), "--facilities", str(points),
                  "--demand", str(points), "--out", str(out), *words])  # fmt: skip
        assert end.value.code == 0
        found.append(out.read_bytes())
        assert kept.exists() == (number > 0)
        told = capsys.readouterr().err
        assert ("kept in the cache" in told) == (number == 1)
        assert ("路网取自缓存" in told) == (number == 2)
    assert found[0] == found[1] == found[2]


@pytest.mark.slow
def test_check_takes_the_network_of_a_city_from_the_cache(
    tmp_path: Path, kept: Path, reads: list[Path]
) -> None:
    make_city(tmp_path / "city")
    city = tmp_path / "city" / "city.toml"
    for words in ([], [], ["--no-cache"]):
        with pytest.raises(SystemExit) as end:
            main(["check", str(city), *words])
        assert end.value.code == 0
    assert len(reads) == 2

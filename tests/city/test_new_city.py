"""``livingcircle new``: a city folder from a server on this machine, or from files."""

from __future__ import annotations

import copy
import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import osmnx as ox
import pytest
import shapely

from builders.fake_osm_server import PLACE, SOUTH, WEST, FakeOsm, serve
from livingcircle.city.city_file import read_config
from livingcircle.city.model import City, read_city
from livingcircle.city.new import new_city
from livingcircle.errors import ConfigError, InputError, LivingCircleError
from livingcircle.standards.assess import assess

pytestmark = pytest.mark.slow


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOsm]:
    """A made-up town behind osmnx's own settings."""
    # osmnx waits a second before it asks Nominatim, and 55 s where a server is busy.
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.delenv("LIVINGCIRCLE_NOMINATIM_URL", raising=False)
    monkeypatch.delenv("LIVINGCIRCLE_OVERPASS_URL", raising=False)
    with serve(FakeOsm()) as fake:
        monkeypatch.setattr(ox.settings, "nominatim_url", fake.url)
        monkeypatch.setattr(ox.settings, "overpass_url", f"{fake.url}/api")
        monkeypatch.setattr(ox.settings, "requests_timeout", 20)
        yield fake


@pytest.fixture
def read(town: FakeOsm, tmp_path: Path) -> City:
    return read_city(new_city(tmp_path / "town", place=PLACE))


def test_network_reaches_beyond_the_boundary(read: City) -> None:
    lonlat = read.network.node_lonlat
    assert lonlat[:, 0].max() == pytest.approx(WEST + 0.0195)
    assert read.network.tags.stairs.sum() == 6
    # 7 × 6 streets each way, without the four corners, which are bends; and the far path.
    assert read.network.edge_count == 2 * 7 * 6 - 4 + 1


def test_one_district_is_the_boundary(read: City) -> None:
    assert read.units["district"]["name"].tolist() == [PLACE]
    bounds = read.units["district"].total_bounds
    assert bounds == pytest.approx([WEST - 0.0002, SOUTH - 0.0002, WEST + 0.0062, SOUTH + 0.0062])


def test_facilities_have_the_categories_of_their_tags(read: City) -> None:
    table = read.facilities.table.set_index("name")
    assert table["categories"].to_dict() == {
        "甲社区党群服务中心": ("service_centre",),
        "乙诊所": ("clinic",),
        "丙学校": (),
        "丁站": ("bus_stop",),
        "界外药店": ("pharmacy",),
        "戊公园": ("park",),
    }
    assert table["status"]["界外药店"] == "outside_city"
    assert table["facility_id"]["乙诊所"] == "node/502"
    assert table["open_hours"]["乙诊所"] == 24
    assert table.geometry["戊公园"].geom_type == "Polygon"
    assert read.facilities.unmapped["value"].tolist() == ["amenity=school"]


def test_homes_are_the_demand(read: City) -> None:
    assert len(read.demand) == 9
    assert set(read.demand["kind"]) == {"building"}
    assert read.demand["demand_id"].str.startswith("way/").all()
    # A footprint of 0.0002 by 0.0002 degrees with six storeys.
    assert read.demand["floor_area_m2"].to_numpy() == pytest.approx(6 * 20.6 * 22.1, rel=0.02)


def test_the_city_is_assessed_at_once(read: City) -> None:
    result = assess(read, *read.config.assess.packs, as_of=2025)
    assert [pack.id for pack in result.packs] == ["xiamen-2025"]
    assert len(result.findings) > 10


def test_source_and_date_are_stated(town: FakeOsm, tmp_path: Path) -> None:
    path = new_city(tmp_path / "town", place=PLACE)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    for file in (path, path.with_name("README.md")):
        text = file.read_text(encoding="utf-8")
        assert "© OpenStreetMap contributors" in text
        assert "ODbL) 1.0" in text
        assert f"downloaded on {today}" in text
    names = {file.name for file in path.parent.iterdir()}
    assert names == {"README.md", "boundary.gpkg", "buildings.gpkg", "city.toml",
                     "facilities.gpkg", "walk.graphml"}  # fmt: skip


def test_queries_stay_short(town: FakeOsm, tmp_path: Path) -> None:
    new_city(tmp_path / "town", place=PLACE)
    assert town.asked == ["place", "streets", "facilities", "buildings"]
    assert max(map(len, town.queries)) < 60_000


def test_osmnx_is_left_as_it_was(town: FakeOsm, tmp_path: Path) -> None:
    def state() -> dict[str, object]:
        names = ox.settings.__annotations__
        return {name: copy.deepcopy(getattr(ox.settings, name)) for name in names}

    before, resolve = state(), socket.getaddrinfo
    new_city(tmp_path / "good", place=PLACE)
    assert state() == before
    town.faults["streets"] = "500"
    with pytest.raises(InputError):
        new_city(tmp_path / "bad", place=PLACE)
    assert state() == before
    assert socket.getaddrinfo is resolve


def test_environment_names_the_servers(
    town: FakeOsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ox.settings, "nominatim_url", "http://127.0.0.1:9/")
    monkeypatch.setattr(ox.settings, "overpass_url", "http://127.0.0.1:9/api")
    monkeypatch.setenv("LIVINGCIRCLE_NOMINATIM_URL", town.url)
    monkeypatch.setenv("LIVINGCIRCLE_OVERPASS_URL", f"{town.url}/api")
    assert new_city(tmp_path / "town", place=PLACE).is_file()
    assert ox.settings.nominatim_url == "http://127.0.0.1:9/"


FAULTS = {
    "500": "HTTP 500",
    "429": "is busy (HTTP 429)",
    "504": "is busy (HTTP 504)",
    "hang": "did not answer in 0.5 s",
    "cut": "could not be downloaded",
    "html": "something else than data",
    "remark": "Query timed out",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_download_is_explained_and_resumed(
    fault: str, town: FakeOsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "hang":
        monkeypatch.setattr(ox.settings, "requests_timeout", 0.5)
    folder = tmp_path / "town"
    town.faults["streets"] = fault
    with pytest.raises(InputError) as caught:
        new_city(folder, place=PLACE)
    line = str(caught.value)
    assert "network" in line
    assert FAULTS[fault] in line
    assert "Run the same command again" in line
    assert "\n" not in line
    assert [f.name for f in folder.iterdir()] == [".cache"]
    assert town.asked.count("streets") == (3 if fault in {"429", "504"} else 1)

    town.faults.clear()
    town.asked.clear()
    assert read_city(new_city(folder, place=PLACE)).network.edge_count > 0
    # What came the first time is not asked for again.
    assert town.asked == ["streets", "facilities", "buildings"]


def test_no_connection(tmp_path: Path, town: FakeOsm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ox.settings, "nominatim_url", "http://127.0.0.1:9/")
    with pytest.raises(InputError, match=r"no connection .* Check the connection"):
        new_city(tmp_path / "town", place=PLACE)


def test_place_not_found(town: FakeOsm, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="knows no such place"):
        new_city(tmp_path / "town", place="无此地")
    # The answer is not kept: the place may be on the map tomorrow.
    town.places["无此地"] = town.places[PLACE]
    assert new_city(tmp_path / "town", place="无此地").is_file()


def test_place_is_a_point(town: FakeOsm, tmp_path: Path) -> None:
    town.places[PLACE][0]["geojson"] = {"type": "Point", "coordinates": [114, 22.5]}
    with pytest.raises(InputError, match="only as a point"):
        new_city(tmp_path / "town", place=PLACE)


def test_a_cut_cache_is_asked_again(town: FakeOsm, tmp_path: Path) -> None:
    town.faults["streets"] = "500"
    with pytest.raises(InputError):
        new_city(tmp_path / "town", place=PLACE)
    (kept,) = (tmp_path / "town" / ".cache").iterdir()
    kept.write_text(kept.read_text()[:100])
    town.faults.clear()
    assert new_city(tmp_path / "town", place=PLACE).is_file()
    assert town.asked.count("place") == 2


def test_a_bare_place_has_streets_for_people(town: FakeOsm, tmp_path: Path) -> None:
    town.facilities, town.buildings = [], []
    city = read_city(new_city(tmp_path / "town", place=PLACE))
    assert len(city.facilities) == 0
    assert set(city.demand["kind"]) == {"edge"}


def test_no_streets(town: FakeOsm, tmp_path: Path) -> None:
    town.streets = []
    with pytest.raises(InputError, match="no walkable street"):
        new_city(tmp_path / "town", place=PLACE)


def test_a_name_cannot_write_into_city_toml(town: FakeOsm, tmp_path: Path) -> None:
    name = 'a"\n[assess]\npacks = []\x7f\\'
    clean = 'a" [assess] packs = [] \\'
    town.places[clean] = town.places[PLACE]
    assert read_config(new_city(tmp_path / "town", place=name)).city.name == clean


@pytest.mark.parametrize("file", ["city.toml", "README.md", "facilities.gpkg"])
def test_nothing_is_overwritten(file: str, town: FakeOsm, tmp_path: Path) -> None:
    (tmp_path / file).write_text("mine")
    with pytest.raises(ConfigError, match=r"not overwritten.* Choose another folder"):
        new_city(tmp_path, place=PLACE)
    assert [f.name for f in tmp_path.iterdir()] == [file]
    assert (tmp_path / file).read_text() == "mine"
    assert town.asked == []


def test_the_folder_is_a_file(town: FakeOsm, tmp_path: Path) -> None:
    (tmp_path / "town").write_text("mine")
    with pytest.raises(ConfigError, match="this is a file"):
        new_city(tmp_path / "town", place=PLACE)


@pytest.mark.parametrize(
    "stated", ["", "place boundary", "place pbf boundary", "place pbf", "boundary"]
)
def test_one_way_must_be_stated(stated: str, tmp_path: Path) -> None:
    given = {
        key: None if key not in stated.split() else PLACE if key == "place" else tmp_path / key
        for key in ("place", "pbf", "boundary")
    }
    with pytest.raises(LivingCircleError, match="either --place, or --pbf"):
        new_city(tmp_path / "town", **given)
    assert not (tmp_path / "town").exists()


# -- from files ---------------------------------------------------------------------------------


def _boundary(path: Path, *corners: float) -> Path:
    table = gpd.GeoDataFrame({"name": ["某区"]}, geometry=[shapely.box(*corners)], crs=4326)
    table.to_file(path)
    return path


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """The made-up town as an OpenStreetMap file."""
    town = FakeOsm()
    nodes, ways = {}, {}
    for element in [*town.streets, *town.buildings, *town.facilities]:
        (nodes if element["type"] == "node" else ways)[element["id"]] = element

    def tags(element: dict) -> str:
        pairs = element.get("tags", {}).items()
        return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in pairs)

    rows = [
        f'<node id="{n}" version="1" lat="{e["lat"]:.7f}" lon="{e["lon"]:.7f}">{tags(e)}</node>'
        for n, e in sorted(nodes.items())
    ]
    for number, way in sorted(ways.items()):
        refs = "".join(f'<nd ref="{ref}"/>' for ref in way["nodes"])
        rows.append(f'<way id="{number}" version="1">{refs}{tags(way)}</way>')
    path = tmp_path / "town.osm"
    path.write_text(f'<osm version="0.6">{"".join(rows)}</osm>', encoding="utf-8")
    return path


def test_from_an_extract(extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("nothing is downloaded")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    # The northern row of homes lies outside.
    edge = _boundary(tmp_path / "edge.geojson", WEST, SOUTH, WEST + 0.006, SOUTH + 0.003)
    path = new_city(tmp_path / "新城", pbf=extract, boundary=edge)
    copied = path.with_name("town.osm")
    assert copied.read_bytes() == extract.read_bytes()
    city = read_city(path)
    assert city.name == "新城"
    assert len(city.demand) == 6
    assert city.facilities.of("clinic")["name"].tolist() == ["乙诊所"]
    assert city.network.tags.stairs.sum() > 0
    assert city.units["district"].total_bounds == pytest.approx(
        [WEST, SOUTH, WEST + 0.006, SOUTH + 0.003]
    )


def test_without_a_boundary_the_land_around_the_streets_is_the_city(
    extract: Path, tmp_path: Path
) -> None:
    path = new_city(tmp_path / "town", pbf=extract)
    city = read_city(path)
    land = city.units["district"].to_crs(city.network.crs_m).geometry.iloc[0]
    nodes = gpd.points_from_xy(*city.network.node_lonlat.T, crs=4326).to_crs(city.network.crs_m)
    # Every street lies 300 m inside, less what the coarser drawing takes; nothing is far out.
    inward = shapely.distance(land.boundary, nodes)
    assert shapely.contains(land, nodes).all()
    assert inward.min() > 300 - 3 * 30
    assert shapely.hausdorff_distance(land, shapely.multipoints(nodes)) < 300 + 3 * 30 + 500
    assert len(city.demand) == 10  # also the home that every boundary of these tests leaves out


def test_the_extract_may_lie_in_the_folder(extract: Path, tmp_path: Path) -> None:
    edge = _boundary(tmp_path / "edge.geojson", WEST, SOUTH, WEST + 0.006, SOUTH + 0.006)
    before = extract.read_bytes()
    assert len(read_city(new_city(tmp_path, pbf=extract, boundary=edge)).demand) == 9
    assert extract.read_bytes() == before


def test_bad_files(extract: Path, tmp_path: Path) -> None:
    edge = _boundary(tmp_path / "edge.geojson", WEST, SOUTH, WEST + 0.006, SOUTH + 0.006)
    away = _boundary(tmp_path / "away.geojson", 10, 50, 10.01, 50.01)
    (tmp_path / "cut.osm").write_bytes(extract.read_bytes()[:2000])
    wrong = [
        (tmp_path / "none.osm.pbf", edge, "no such file"),
        (edge, edge, "no OpenStreetMap extract"),
        (tmp_path / "cut.osm", edge, "cut.osm"),
        (extract, tmp_path / "none.gpkg", "none.gpkg"),
        (extract, away, "inside the boundary"),
    ]
    for pbf, boundary, message in wrong:
        with pytest.raises(LivingCircleError, match=message):
            new_city(tmp_path / "town", pbf=pbf, boundary=boundary)
        assert not (tmp_path / "town").exists()


def test_a_full_disk_is_told_whatever_the_library_says(
    extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GDAL says only that a statement of SQL failed."""

    def full(*_: object, **__: object) -> None:
        raise RuntimeError("sqlite3_exec(INSERT INTO gpkg_contents) failed: no such table")

    monkeypatch.setattr(gpd.GeoDataFrame, "to_file", full)
    with pytest.raises(RuntimeError, match="no such table"):
        new_city(tmp_path / "town", pbf=extract)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(LivingCircleError, match="no space is left on the disk"):
        new_city(tmp_path / "town", pbf=extract)
    assert not (tmp_path / "town").exists()


def test_a_boundary_without_a_column_is_one(extract: Path, tmp_path: Path) -> None:
    edge = tmp_path / "edge.geojson"
    area = shapely.box(WEST, SOUTH, WEST + 0.006, SOUTH + 0.003)
    gpd.GeoSeries([area], crs=4326).to_file(edge)
    assert len(read_city(new_city(tmp_path / "town", pbf=extract, boundary=edge)).demand) == 6


# -- real replies -------------------------------------------------------------------------------


@pytest.mark.real
def test_recorded_replies_of_huangpu(real_data: Path, town: FakeOsm, tmp_path: Path) -> None:
    folder = real_data / "huangpu" / "overpass"
    town.places["黄浦区, 上海市"] = json.loads((folder / "nominatim_reply.json").read_text())
    town.streets = json.loads((folder / "all_streets_reply.json").read_text())["elements"]
    town.facilities, town.buildings = [], []
    city = read_city(new_city(tmp_path / "huangpu", place="黄浦区, 上海市"))
    assert city.name == "黄浦区, 上海市"
    assert city.network.edge_count > 3000
    # Huangpu has 20.5 km² (statistical yearbook), a good part of it the river.
    area = city.units["district"].to_crs(city.network.crs_m).area.iloc[0] / 1e6
    assert 17 < area < 24
    assert city.network.notes["format"] == "GraphML"

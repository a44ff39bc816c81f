"""Downloads: areas in squares, elements read as a file, a network by the name of its place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from pyproj import Geod

import livingcircle as lc
from builders.fake_osm_server import PLACE, SOUTH, STEP, WEST, FakeOsm, serve
from livingcircle.osm.download import OsmServers, _squares, fetch_objects


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOsm]:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with serve(FakeOsm()) as fake:
        monkeypatch.setenv("LIVINGCIRCLE_NOMINATIM_URL", fake.url)
        monkeypatch.setenv("LIVINGCIRCLE_OVERPASS_URL", f"{fake.url}/api")
        yield fake


def test_a_large_area_is_asked_for_in_squares() -> None:
    # 1.1 by 0.8 degrees at 30° N: 106 by 89 km, so three by two squares.
    area = shapely.box(120.0, 30.0, 121.1, 30.8)
    parts = _squares(area)
    assert len(parts) == 6
    geod = Geod(ellps="WGS84")
    sizes = [abs(geod.geometry_area_perimeter(part)[0]) for part in parts]
    assert max(sizes) < 1.01 * 50_000**2
    # Straight sides of projected squares are not straight in degrees: half a part in a thousand.
    whole = abs(geod.geometry_area_perimeter(shapely.segmentize(area, 0.01))[0])
    assert sum(sizes) == pytest.approx(whole, rel=5e-4)


def test_parts_are_asked_for_without_their_holes() -> None:
    two = shapely.union(
        shapely.box(114, 22, 114.1, 22.1).difference(shapely.box(114.04, 22.04, 114.06, 22.06)),
        shapely.box(114.2, 22, 114.3, 22.1),
    )
    assert [len(part.interiors) for part in _squares(two)] == [0, 0]


def test_objects_of_every_kind(town: FakeOsm, tmp_path: Path) -> None:
    def ring(first: int, low: float, high: float) -> list[dict[str, object]]:
        corners = [(low, low), (high, low), (high, high), (low, high)]
        nodes = [
            {"type": "node", "id": first + n, "lon": WEST + x, "lat": SOUTH + y}
            for n, (x, y) in enumerate(corners)
        ]
        refs = [first, first + 1, first + 2, first + 3, first]
        return [*nodes, {"type": "way", "id": first, "nodes": refs}]

    hole = {
        "type": "relation", "id": 7,
        "tags": {"type": "multipolygon", "leisure": "park", "name": 'A & "B"'},
        "members": [{"type": "way", "ref": 10, "role": "outer"},
                    {"type": "way", "ref": 20, "role": "inner"}],
    }  # fmt: skip
    far = {"type": "node", "id": 1, "lon": WEST + 1, "lat": SOUTH, "tags": {"leisure": "park"}}
    # Overpass gives relations before their parts where a query asks so.
    town.facilities = [hole, far, *ring(10, 0.001, 0.003), *ring(20, 0.0015, 0.002)]
    area = shapely.box(WEST, SOUTH, WEST + 6 * STEP, SOUTH + 6 * STEP)
    servers = OsmServers.of(tmp_path)
    found = fetch_objects(servers, area, {"leisure": ["park"]}, what="parks")
    assert found["osm"].tolist() == ["relation/7"]
    assert found["tags"].iloc[0]["name"] == 'A & "B"'
    # A square of 0.002 degrees with a hole of 0.0005.
    assert found.geometry.iloc[0].area == pytest.approx(0.002**2 - 0.0005**2, rel=1e-6)
    nothing = fetch_objects(servers, area, {"building": True}, what="homes")
    assert len(nothing) == 11


def test_the_network_of_a_place(town: FakeOsm) -> None:
    network = lc.network_from_place(PLACE)
    # The boundary cuts off the far path, and the margin of a new city is not asked for.
    assert network.edge_count == 2 * 7 * 6 - 4
    assert network.tags.stairs.sum() == 6
    assert network.notes["source"] == PLACE
    with pytest.raises(lc.InputError, match="knows no such place"):
        lc.network_from_place("无此地")

"""Anchors from the cache are those that are found; whatever they depend on counts."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

import livingcircle as lc
from builders.square_city import write_streets
from livingcircle.network import cached_anchors as module
from livingcircle.network.cached_anchors import cached_anchors
from livingcircle.network.edit import keep_edges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, anchor
from livingcircle.network.stored import ROOMS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """How many points were really looked for, time by time."""
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "kept"))
    told: list[int] = []

    def count(network: WalkNetwork, lon: np.ndarray, *rest: object, **more: object) -> Anchors:
        told.append(len(lon))
        return anchor(network, lon, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "anchor", count)
    return told


def same(one: Anchors, other: Anchors) -> None:
    for field in fields(Anchors):
        a, b = getattr(one, field.name), getattr(other, field.name)
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()), field.name


def test_they_are_found_once_and_the_same_to_the_last_bit(tmp_path: Path, found: list[int]) -> None:
    streets = write_streets(tmp_path)
    rng = np.random.default_rng(1)
    network = lc.read_network(streets)
    lon, lat = (rng.uniform(*v, 200) for v in np.percentile(network.coords, (0, 100), axis=0).T)
    lon[7] = np.nan
    plain = anchor(network, lon, lat, 300.0)
    for _ in range(2):
        same(plain, cached_anchors(lc.read_network(streets), lon, lat, 300.0))
    assert found == [200]


def test_what_they_depend_on_makes_other_entries(tmp_path: Path, found: list[int]) -> None:
    network = lc.read_network(write_streets(tmp_path))
    lon, lat = network.node_lonlat.mean(axis=0)[:, None] + np.array([[0.0, 1e-4], [0.0, 0.0]])
    level = np.array([0.0, 1.0])
    cached_anchors(network, lon, lat, 300.0)
    cached_anchors(network, lon, lat, 250.0)
    cached_anchors(network, lon + 1e-5, lat, 300.0)
    cached_anchors(network, lon, lat, 300.0, level=level)
    some = np.arange(network.edge_count) != int(cached_anchors(network, lon, lat, 300.0).edge[0])
    cached_anchors(keep_edges(network, some), lon, lat, 300.0)
    moved = replace(network, coords=network.coords + 1e-9)
    cached_anchors(moved, lon, lat, 300.0)
    walled = replace(network, walls=np.array([[113.0, 23.0, 113.1, 23.0]]))
    cached_anchors(walled, lon, lat, 300.0)
    layer = replace(network.tags, layer=network.tags.layer + 1)
    cached_anchors(replace(network, tags=layer), lon, lat, 300.0)
    assert len(found) == 8
    # Where the file comes from does not matter.
    cached_anchors(replace(network, notes={}), lon, lat, 300.0)
    assert len(found) == 8


def test_a_latitude_beyond_the_pole_is_no_place(tmp_path: Path) -> None:
    network = lc.read_network(write_streets(tmp_path))
    (lon, lat), *_ = network.node_lonlat
    got = anchor(network, np.array([lat, lon]), np.array([lon, lat]))
    assert got.on_network.tolist() == [False, True]
    assert np.isnan(got.access_m[0])
    assert got.access_m[1] == pytest.approx(0, abs=1e-6)


def test_without_the_cache_nothing_is_kept(tmp_path: Path, found: list[int]) -> None:
    network = lc.read_network(write_streets(tmp_path), cache=False)
    for _ in range(2):
        cached_anchors(network, *network.node_lonlat[:5].T, 300.0)
    assert found == [5, 5]
    assert not (tmp_path / "kept").exists()


def test_the_rooms_that_count_are_those_below() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        contracts = tomllib.load(stream)["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    rooms = [room.strip() for layer in layers for room in layer.split("|")]
    below = rooms[rooms.index("network") :]
    package = ROOT / "coverage" / "livingcircle"
    assert set(ROOMS) == {room for room in below if (package / room).is_dir()}

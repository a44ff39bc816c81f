"""Tiles with a halo give the answer of the whole network to the last bit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import livingcircle as lc
from livingcircle.errors import ConfigError
from livingcircle.network.graph import WalkNetwork


def points(lonlat: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=shapely.points(lonlat), crs=4326)


def scattered(network: WalkNetwork, count: int, seed: int, spread: float) -> gpd.GeoDataFrame:
    """Points near streets, on junctions and far away."""
    rng = np.random.default_rng(seed)
    at = network.coords[rng.integers(0, len(network.coords), count)]
    away = rng.normal(0.0, spread, at.shape)
    away[: count // 10] = 0.0  # On the street, often on a junction: several edges are equally near.
    away[count // 10 : count // 8] *= 40.0
    return points(at + away)


def whole(
    network: WalkNetwork, stops: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, **how: float
) -> gpd.GeoDataFrame:
    """The plain reach, with what lies beyond the limit left out."""
    found = lc.reach(network, stops).to(homes, **how)
    beyond = found["status"] != "covered"
    found.loc[beyond, ["metres", "seconds"]] = np.inf
    found["facility_id"] = found["facility_id"].astype(object).where(~beyond, None)
    found["status"] = found["status"].mask(found["status"] == "island", "gap")
    return found


def same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    for name in ("metres", "seconds", "access_m"):
        assert one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes(), name
    for name in ("facility_id", "status"):
        assert one[name].tolist() == other[name].tolist(), name


@pytest.fixture(scope="module")
def grid() -> WalkNetwork:
    """A grid in which nearly all distances are equal to others."""
    steps = np.arange(21) * 0.001
    lines = [[(x, a), (x, b)] for x in steps for a, b in itertools.pairwise(steps)]
    lines += [[(a, y), (b, y)] for y in steps for a, b in itertools.pairwise(steps)]
    shapes = shapely.linestrings(np.array(lines) + np.array([113.0, 23.0]))
    return lc.read_network(gpd.GeoDataFrame(geometry=shapes, crs=4326))


@pytest.mark.slow
@pytest.mark.parametrize("tile_m", [150.0, 700.0, 1e9])
def test_a_grid_full_of_ties(grid: WalkNetwork, tile_m: float) -> None:
    stops = points(grid.node_lonlat[::37].repeat(2, axis=0))
    homes = points(np.vstack([grid.node_lonlat, grid.coords[::3] + 0.0002]))
    expected = whole(grid, stops, homes, limit_m=350.0)
    found = lc.reach_tiles(grid, stops, homes, limit_m=350.0, tile_m=tile_m)
    assert {"covered", "gap"} <= set(found["status"])
    same(found, expected)


def test_minutes_and_points_without_place(grid: WalkNetwork) -> None:
    stops = points(grid.node_lonlat[::50])
    homes = points(grid.node_lonlat[::7] + 0.0001)
    homes.loc[3, "geometry"] = None
    homes.loc[5, "geometry"] = shapely.Point(113.5, 23.5)
    found = lc.reach_tiles(grid, stops, homes, minutes=4, tile_m=500)
    same(found, whole(grid, stops, homes, minutes=4))
    assert np.isfinite(found["access_m"][5])
    assert found["access_m"][5] > 50_000


def test_a_length_shorter_than_its_chord_widens_the_halo(grid: WalkNetwork) -> None:
    # A ferry of 900 m that its source states as 20 m long.
    line = shapely.LineString([(113.0, 23.0205), (113.009, 23.0205)])
    shore = [shapely.LineString([(113.0, 23.0205), (113.0, 23.0215)]),
             shapely.LineString([(113.009, 23.0205), (113.009, 23.0215)])]  # fmt: skip
    network = lc.read_network(gpd.GeoDataFrame(geometry=[line, *shore], crs=4326))
    edge = int(np.argmax(network.edge_length_m))
    rows = slice(*network.edge_start[edge : edge + 2])
    network.offset_m[rows] *= 20.0 / network.edge_length_m[edge]
    vars(network).pop("edge_length_m")
    stops, homes = points(np.array([[113.009, 23.0215]])), points(np.array([[113.0, 23.0212]]))
    found = lc.reach_tiles(network, stops, homes, limit_m=300, tile_m=50)
    same(found, whole(network, stops, homes, limit_m=300))
    assert found["status"].tolist() == ["covered"]


def test_nothing_to_search(grid: WalkNetwork) -> None:
    nobody = points(np.zeros((0, 2)))
    stops = points(grid.node_lonlat[:2])
    assert len(lc.reach_tiles(grid, stops, nobody, limit_m=100)) == 0
    homes = points(grid.node_lonlat[:5])
    found = lc.reach_tiles(grid, nobody.assign(facility_id=[]), homes, limit_m=100)
    assert set(found["status"]) == {"gap"}


def test_what_is_wrong_with_the_call(grid: WalkNetwork) -> None:
    homes = points(grid.node_lonlat[:5])
    for how in ({}, {"limit_m": 100.0, "tile_m": 0.0}, {"limit_m": 100.0, "cluster": "here"}):
        with pytest.raises(ConfigError):
            lc.reach_tiles(grid, homes, homes, **how)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


def test_a_cluster_gives_the_same(grid: WalkNetwork, scheduler: str) -> None:
    stops, homes = points(grid.node_lonlat[::31]), points(grid.coords[::2] + 0.0001)
    found = lc.reach_tiles(grid, stops, homes, limit_m=400, tile_m=600, cluster=scheduler)
    same(found, whole(grid, stops, homes, limit_m=400))


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("tile_m", [1000.0, 4000.0])
def test_las_palmas_in_tiles(tile_m: float, real_data: Path) -> None:
    network = lc.read_network(real_data / "laspalmas" / "laspalmas_2023.osm.pbf")
    stops, homes = scattered(network, 120, 1, 2e-4), scattered(network, 20_000, 2, 4e-4)
    stops = gpd.pd.concat([stops, stops.iloc[:20]], ignore_index=True)  # Two at one place.
    found = lc.reach_tiles(network, stops, homes, limit_m=1000, tile_m=tile_m)
    expected = whole(network, stops, homes, limit_m=1000)
    assert {"covered", "gap", "off_network"} <= set(expected["status"])
    same(found, expected)

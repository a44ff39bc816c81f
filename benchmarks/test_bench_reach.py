"""How fast the engine is beside others that give the same answer, in the same run.

Only ratios are asserted: a slow machine slows both sides. Run with

    pytest benchmarks --benchmark-group-by=group

"""

from __future__ import annotations

import time

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from livingcircle.network.lines import network_from_lines
from livingcircle.network.read import read_network
from livingcircle.network.snap import anchor
from livingcircle.routing.engine import reach

SIDE = 120
STEP = 0.001
ORIGIN = (113.3, 30.2)
FACILITIES = 60
DEMAND = 5_000


def _grid(side: int) -> gpd.GeoDataFrame:
    """A grid of streets with a bend in each, so that no two are alike."""
    rng = np.random.default_rng(0)
    at = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1) * STEP
    at = at + ORIGIN + rng.uniform(-0.2, 0.2, at.shape) * STEP
    pairs = [
        (np.reshape(a, (-1, 2)), np.reshape(b, (-1, 2)))
        for a, b in ((at[1:], at[:-1]), (at[:, 1:], at[:, :-1]))
    ]
    first = np.concatenate([a for a, _ in pairs])
    last = np.concatenate([b for _, b in pairs])
    bend = (first + last) / 2 + rng.uniform(-0.1, 0.1, first.shape) * STEP
    lines = np.stack([first, bend, last], axis=1)
    return gpd.GeoDataFrame(geometry=shapely.linestrings(lines), crs="EPSG:4326")


@pytest.fixture(scope="module")
def network():
    return network_from_lines(_grid(SIDE))


def _places(network, count: int, seed: int) -> tuple[np.ndarray, gpd.GeoDataFrame]:
    """Junctions, and a table of points on them: peers know distances at nodes only."""
    rng = np.random.default_rng(seed)
    node = rng.choice(network.node_count, count, replace=False)
    geometry = gpd.points_from_xy(*network.node_lonlat[node].T)
    return node, gpd.GeoDataFrame({"facility_id": node}, geometry=geometry, crs="EPSG:4326")


def _matrix(network) -> csr_array:
    u, v, length = network.edge_u, network.edge_v, network.edge_length_m
    both = np.concatenate([u, v]), np.concatenate([v, u])
    n = network.node_count
    return csr_array((np.concatenate([length, length]), both), shape=(n, n))


def _took(run) -> tuple[float, np.ndarray]:
    begin = time.perf_counter()
    answer = run()
    return time.perf_counter() - begin, answer


def _judge(benchmark, theirs: float, peer: str, at_least: float) -> None:
    ratio = theirs / benchmark.stats["median"]
    benchmark.extra_info[f"times as fast as {peer}"] = round(ratio, 1)
    assert ratio > at_least, f"{ratio:.2f} times as fast as {peer}"


@pytest.fixture(scope="module")
def nearest(network):
    """The engine's whole job but for anchoring the demand, which the peers do not do."""
    sources, facilities = _places(network, FACILITIES, 1)
    targets, demand = _places(network, DEMAND, 2)
    anchors = anchor(network, *network.node_lonlat[targets].T)

    def run():
        return reach(network, facilities).to(demand, anchors=anchors)["metres"].to_numpy()

    return sources, targets, run


def test_nearest_beside_networkx(benchmark, network, nearest):
    sources, targets, run = nearest
    edges = zip(
        network.edge_u.tolist(),
        network.edge_v.tolist(),
        network.edge_length_m.tolist(),
        strict=True,
    )
    graph = nx.Graph()
    graph.add_weighted_edges_from(edges)

    def peer():
        metres = nx.multi_source_dijkstra_path_length(graph, set(sources.tolist()))
        return np.array([metres[node] for node in targets.tolist()])

    theirs, right = _took(peer)
    got = benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    np.testing.assert_allclose(got, right, atol=1e-3)
    _judge(benchmark, theirs, "networkx", 1.5)


def test_nearest_beside_scipy_with_a_search_a_facility(benchmark, network, nearest):
    sources, targets, run = nearest
    graph = _matrix(network)
    theirs, right = _took(lambda: dijkstra(graph, indices=sources).min(axis=0)[targets])
    got = benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    np.testing.assert_allclose(got, right, atol=1e-3)
    _judge(benchmark, theirs, "scipy with a search per facility", 2)


def test_matrix_beside_scipy_without_tiles(benchmark):
    """Every demand within 600 m of each facility of a large city, found without tiles."""
    network = network_from_lines(_grid(400))
    sources, facilities = _places(network, 800, 3)
    targets, demand = _places(network, DEMAND, 4)
    graph, limit, walked = _matrix(network), 600.0, reach(network, facilities)

    def peer():
        found = 0
        for node in sources:
            metres = dijkstra(graph, indices=node, limit=limit)
            found += int((metres[targets] <= limit).sum())
        return found

    theirs, right = _took(peer)
    matrix, _ = benchmark.pedantic(
        walked.matrix, (demand,), {"limit_m": limit}, rounds=3, warmup_rounds=1
    )
    assert matrix.nnz == right
    _judge(benchmark, theirs, "scipy without tiles", 1)


def _write_osm(path, side: int):
    rng = np.random.default_rng(5)
    rows = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="bench">']
    lonlat = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1)
    lonlat = (lonlat * STEP / 4 + ORIGIN + rng.uniform(0, STEP / 20, lonlat.shape)).reshape(-1, 2)
    rows += [
        f'<node id="{i}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"/>'
        for i, (lon, lat) in enumerate(lonlat, start=1)
    ]
    # Streets meet at every fourth node; the others are bends.
    number = np.arange(1, side * side + 1).reshape(side, side)
    chains = [number[i] for i in range(0, side, 4)] + [number[:, i] for i in range(0, side, 4)]
    for way, chain in enumerate(chains, start=1):
        refs = "".join(f'<nd ref="{ref}"/>' for ref in chain)
        rows.append(f'<way id="{way}" version="1">{refs}<tag k="highway" v="residential"/></way>')
    rows.append("</osm>")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_reading_osm_beside_osmnx(benchmark, tmp_path):
    path = _write_osm(tmp_path / "town.osm", 200)
    begin = time.perf_counter()
    graph = ox.graph_from_xml(path, bidirectional=True, simplify=True, retain_all=True)
    theirs = time.perf_counter() - begin
    network = benchmark.pedantic(read_network, (path,), rounds=3, warmup_rounds=1)
    assert network.edge_count == graph.to_undirected().number_of_edges()
    _judge(benchmark, theirs, "osmnx", 5)

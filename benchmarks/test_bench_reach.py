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
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from livingcircle.network.lines import network_from_lines
from livingcircle.network.read import read_network
from livingcircle.reach.engine import reach

SIDE = 120
STEP = 0.001
ORIGIN = (113.3, 30.2)
FACILITIES = 60
DEMAND = 5_000


def _grid() -> gpd.GeoDataFrame:
    """A grid of streets with a bend in each, so that no two are alike."""
    rng = np.random.default_rng(0)
    at = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), axis=-1) * STEP
    at = at + ORIGIN + rng.uniform(-0.2, 0.2, at.shape) * STEP
    pairs = [
        (np.reshape(a, (-1, 2)), np.reshape(b, (-1, 2)))
        for a, b in ((at[1:], at[:-1]), (at[:, 1:], at[:, :-1]))
    ]
    first = np.concatenate([a for a, _ in pairs])
    last = np.concatenate([b for _, b in pairs])
    bend = (first + last) / 2 + rng.uniform(-0.1, 0.1, first.shape) * STEP
    lines = np.stack([first, bend, last], axis=1)
    from shapely import linestrings

    return gpd.GeoDataFrame(geometry=linestrings(lines), crs="EPSG:4326")


@pytest.fixture(scope="module")
def network():
    return network_from_lines(_grid())


def _points(count: int, seed: int) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    lonlat = ORIGIN + rng.uniform(0, (SIDE - 1) * STEP, (count, 2))
    geometry = gpd.points_from_xy(*lonlat.T)
    return gpd.GeoDataFrame({"facility_id": np.arange(count)}, geometry=geometry, crs="EPSG:4326")


@pytest.fixture(scope="module")
def walked(network):
    return reach(network, _points(FACILITIES, 1))


@pytest.fixture(scope="module")
def anchors(walked):
    return walked._anchor(_points(DEMAND, 2))


def _search(walked, anchors):
    """The search alone, from cut edges to answers: what the peers do, too."""
    fresh = type(walked)(
        walked.network, walked.walker, walked.max_access_m,
        walked.facility_id, walked.facility_lonlat, walked.anchors,
    )  # fmt: skip
    return fresh.at(anchors)["metres"].to_numpy()


def _stretches(walked, anchors):
    """Arrays for the peers: the cut graph's edges, sources with legs, targets with legs."""
    cut = walked.cut
    low, high, _, length = cut._pairs(cut.length_m)
    return cut, low, high, length, cut.locate(anchors.edge, anchors.offset_m)


def _targets(cut, at, cost, anchors):
    stretch = np.maximum(at.stretch, 0)
    best = np.minimum(cost[cut.u[stretch]] + at.to_u_m, cost[cut.v[stretch]] + at.to_v_m)
    return best + anchors.access_m


def _took(run) -> tuple[float, np.ndarray]:
    begin = time.perf_counter()
    answer = run()
    return time.perf_counter() - begin, answer


def test_nearest_beside_networkx(benchmark, walked, anchors):
    cut, low, high, length, at = _stretches(walked, anchors)
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(low.tolist(), high.tolist(), length.tolist(), strict=True))
    legs = walked.anchors.access_m[cut.row]
    for i, (node, leg) in enumerate(zip(cut.anchor_node.tolist(), legs.tolist(), strict=True)):
        graph.add_edge(("facility", i), node, weight=leg)
    sources = {("facility", i) for i in range(len(legs))}

    def peer():
        metres = nx.multi_source_dijkstra_path_length(graph, sources)
        cost = np.full(cut.node_count, np.inf)
        nodes = [node for node in metres if not isinstance(node, tuple)]
        cost[nodes] = [metres[node] for node in nodes]
        return _targets(cut, at, cost, anchors)

    theirs, right = _took(peer)
    got = benchmark.pedantic(_search, (walked, anchors), rounds=5, warmup_rounds=1)
    np.testing.assert_allclose(got, right, atol=1e-6)
    ratio = theirs / benchmark.stats["median"]
    benchmark.extra_info["times as fast as networkx"] = round(ratio, 1)
    assert ratio > 2


def test_nearest_beside_scipy_a_search_a_facility(benchmark, walked, anchors):
    cut, low, high, length, at = _stretches(walked, anchors)
    n = cut.node_count
    both = np.concatenate([low, high]), np.concatenate([high, low])
    graph = csr_array((np.concatenate([length, length]), both), shape=(n, n))
    legs = walked.anchors.access_m[cut.row]

    def peer():
        each = dijkstra(graph, indices=cut.anchor_node) + legs[:, None]
        return _targets(cut, at, each.min(axis=0), anchors)

    theirs, right = _took(peer)
    got = benchmark.pedantic(_search, (walked, anchors), rounds=5, warmup_rounds=1)
    np.testing.assert_allclose(got, right, atol=1e-6)
    ratio = theirs / benchmark.stats["median"]
    benchmark.extra_info["times as fast as scipy, one search a facility"] = round(ratio, 1)
    assert ratio > 5


def test_matrix_beside_scipy_without_tiles(benchmark, network):
    """Every demand within 600 m of each facility, against a search of the whole city for each."""
    facilities, demand, limit = _points(800, 3), _points(DEMAND, 4), 600.0
    walked = reach(network, facilities)
    anchors = walked._anchor(demand)
    cut, low, high, length, at = _stretches(walked, anchors)
    n = cut.node_count
    both = np.concatenate([low, high]), np.concatenate([high, low])
    graph = csr_array((np.concatenate([length, length]), both), shape=(n, n))
    legs = walked.anchors.access_m[cut.row]

    def peer():
        found = 0
        for node, leg in zip(cut.anchor_node, legs, strict=True):
            cost = dijkstra(graph, indices=node, limit=limit) + leg
            found += int((_targets(cut, at, cost, anchors) <= limit + 1e-6).sum())
        return found

    theirs, right = _took(peer)
    matrix, _ = benchmark.pedantic(
        walked.matrix, (demand,), {"limit_m": limit}, rounds=3, warmup_rounds=1
    )
    assert matrix.nnz == right
    ratio = theirs / benchmark.stats["median"]
    benchmark.extra_info["times as fast as scipy without tiles"] = round(ratio, 1)
    assert ratio > 1


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
    ratio = theirs / benchmark.stats["median"]
    benchmark.extra_info["times as fast as osmnx"] = round(ratio, 1)
    assert ratio > 5

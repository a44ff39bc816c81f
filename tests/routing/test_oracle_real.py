"""The engine against brute force on real streets, read by the oracle itself."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pyproj
import pytest

from livingcircle.network.graph import WalkNetwork
from livingcircle.network.read import read_network
from livingcircle.routing.engine import Reach, reach
from oracle import (
    GEOD,
    Oracle,
    Streetfinder,
    Streets,
    disagreements,
    graphml_streets,
    metres_between,
    osm_streets,
)

pytestmark = pytest.mark.real

CITIES = {
    # name: file, demand points, facilities, seed
    "Las Palmas": ("laspalmas/laspalmas_2023.osm.pbf", 300, 10, 1),
    "Huangpu": ("huangpu/all_2026.osm.pbf", 500, 20, 2),
    "BUPT campus": ("campus/beijing_bupt.osm", 300, 12, 3),
    "CAU campus": ("campus/beijing_cau.osm", 300, 12, 4),
    "Futian": ("futian/walk.graphml", 500, 20, 5),
}


@dataclass(frozen=True)
class City:
    """Streets as the oracle reads them, the network as the package does, and points on both."""

    streets: Streets
    network: WalkNetwork
    facilities: list[tuple[float, float]]
    demand: list[tuple[float, float]]
    judge: Oracle
    walked: Reach


def scatter(streets: Streets, count: int, seed: int) -> list[tuple[float, float]]:
    """Points about street vertices: most some metres away, some too far, some on a vertex."""
    rng = np.random.default_rng(seed)
    used = sorted({vertex for piece in streets.pieces for vertex in piece}, key=repr)
    chosen = rng.choice(len(used), count)
    away = np.abs(rng.normal(0, 40, count))
    away[::10] *= 25
    away[::17] = 0.0
    points = []
    for i, far, heading in zip(chosen, away, rng.uniform(0, 360, count), strict=True):
        lon, lat, _ = GEOD.fwd(*streets.lonlat[used[i]], heading, far)
        points.append((lon, lat))
    return points


def on_sphere(lon1, lat1, lon2, lat2) -> float:
    """Metres as osmnx measures them."""
    x1, y1, x2, y2 = map(math.radians, (lon1, lat1, lon2, lat2))
    half = math.sin((y2 - y1) / 2) ** 2
    half += math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * 6_371_009.0 * math.asin(math.sqrt(half))


def table(points) -> gpd.GeoDataFrame:
    lon, lat = np.array(points).T
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    frame["facility_id"] = [f"f{i}" for i in range(len(points))]
    return frame


def build(path, demand: int, facilities: int, seed: int) -> City:
    streets = graphml_streets(path) if path.suffix == ".graphml" else osm_streets(path)
    finder = Streetfinder(streets)
    some = [p for p in scatter(streets, 3 * facilities, seed) if finder.is_clear(*p)]
    some = some[:facilities]
    # Where people live, and some of them together on one street with a facility.
    homes = scatter(streets, demand - facilities, seed + 100)
    homes += [GEOD.fwd(*p, 77.0, 35.0)[:2] for p in some]
    west, south = np.min([streets.lonlat[u] for u, _ in streets.pieces], axis=0)
    homes += [GEOD.fwd(west, south, 225.0, far)[:2] for far in (600.0, 20_000.0)]
    network = read_network(path)
    judge = Oracle(streets, some, homes, facility_ids=[f"f{i}" for i in range(len(some))])
    return City(streets, network, some, homes, judge, reach(network, table(some)))


@pytest.fixture(scope="module", params=CITIES)
def city(request, real_data):
    file, demand, facilities, seed = CITIES[request.param]
    return build(real_data / file, demand, facilities, seed)


def homes(city: City) -> gpd.GeoDataFrame:
    return table(city.demand)[["geometry"]]


@pytest.mark.slow
def test_same_streets(city):
    ends = [(*city.streets.lonlat[u], *city.streets.lonlat[v]) for u, v in city.streets.pieces]
    length = metres_between(*np.array(ends).T)
    assert city.network.edge_length_m.sum() == pytest.approx(length.sum(), rel=1e-9)
    drawn = len(city.network.coords) - city.network.edge_count
    assert drawn == len(city.streets.pieces)


def test_every_demand_point_agrees(city):
    for limit_m in (None, 1000.0):
        got = city.walked.to(homes(city), limit_m=limit_m)
        wrong = disagreements(city.judge, got, limit_m=limit_m)
        assert wrong.empty, f"{len(wrong)} of {len(got)}:\n{wrong.head(20)}"


def test_the_agreement_is_closer_than_asked_for(city):
    """Half a metre is allowed; what is left is the way two projections see one point."""
    got = city.walked.to(homes(city))["metres"].to_numpy()
    right = np.array([min(v.nearest(), default=math.inf) for v in city.judge.verdicts])
    plain = np.array([len(v.options) == 1 for v in city.judge.verdicts]) & np.isfinite(right)
    assert plain.sum() > 100
    assert np.abs(got[plain] - right[plain]).max() < 0.05


def test_statuses_are_all_met(city):
    status = city.walked.to(homes(city), limit_m=500.0)["status"]
    assert {"covered", "gap", "off_network"} <= set(status)


def test_counts_and_matrix_agree(city):
    limit = 1200.0
    demand = homes(city)
    count = city.walked.count(demand, limit_m=limit).to_numpy()
    matrix = city.walked.matrix(demand, limit_m=limit)[0].tocsr()
    for row, verdict in enumerate(city.judge.verdicts):
        options = [sorted(m for m in o.values() if m <= limit + 1) for o in verdict.options] or [[]]
        if any(abs(m - limit) < 1.0 for option in options for m in option):
            continue
        right = [option for option in options if len(option) == count[row]]
        assert right, f"row {row}: {count[row]} facilities, not {options}"
        got = np.sort(matrix[[row]].data)
        assert any(len(got) == len(o) and np.allclose(got, o, atol=0.5) for o in right), row


def test_k_nearest_agree(city):
    demand = homes(city)
    ranked = city.walked.nearest(demand, 3)
    seen = ranked[np.isfinite(ranked["metres"].astype(float))]
    got: dict[object, list[float]] = {}
    for name, metres in zip(seen["demand"], seen["metres"], strict=True):
        got.setdefault(name, []).append(float(metres))
    for row, verdict in enumerate(city.judge.verdicts):
        options = [sorted(o.values())[:3] for o in verdict.options] or [[]]
        mine = got.get(row, [])
        assert any(len(mine) == len(o) and np.allclose(mine, o, atol=0.5) for o in options), row


def test_covered_streets_agree(city):
    for limit in (300.0, 1000.0):
        pieces = city.walked.edges(limit_m=limit)
        drawn = sum(GEOD.geometry_length(line) for line in pieces.geometry)
        assert drawn == pytest.approx(city.judge.covered_m(limit), rel=1e-4, abs=0.5)


def test_routes_are_connected_and_as_long_as_stated(city):
    demand = homes(city).iloc[:80]
    way, got = city.walked.route(demand), city.walked.to(demand)
    reached = np.flatnonzero(np.isfinite(got["metres"]))
    assert len(reached) > 40
    for row in reached:
        line = way.geometry.iloc[row]
        assert line.geom_type == "LineString"
        assert GEOD.geometry_length(line) == pytest.approx(got["metres"].iloc[row], abs=0.01)
        assert metres_between(*line.coords[0], *city.demand[row]) < 0.01
        facility = city.facilities[int(got["facility_id"].iloc[row][1:])]
        assert metres_between(*line.coords[-1], *facility) < 0.01


@pytest.mark.slow
def test_a_graph_of_chords_with_true_lengths_agrees(real_data, tmp_path):
    """Panyu's bends were dropped for good, but each edge still states how long it is."""
    plan = json.loads((real_data / "panyu/osm_panyu_graph_utm49_v2.json").read_text())
    to_degrees = pyproj.Transformer.from_crs(32649, 4326, always_xy=True).transform
    graph = nx.MultiDiGraph(crs="epsg:4326")
    streets = Streets()
    for node in plan["nodes"]:
        lon, lat = streets.lonlat[node["id"]] = to_degrees(node["x"], node["y"])
        graph.add_node(node["id"], x=lon, y=lat)
    for edge in plan["edges"]:
        u, v, stated = edge["from"], edge["to"], edge["length"]
        graph.add_edge(u, v, length=stated)
        # Measured on a sphere, some come out shorter than the straight line, which nothing is.
        straight = float(metres_between(*streets.lonlat[u], *streets.lonlat[v]))
        # What is the straight line on that sphere has no bends: the ellipsoid knows it better.
        bare = math.isclose(
            stated, on_sphere(*streets.lonlat[u], *streets.lonlat[v]), rel_tol=1e-5, abs_tol=1e-3
        )
        streets.add_piece(u, v, metres=straight if bare else max(stated, straight))
    nx.write_graphml(graph, tmp_path / "panyu.graphml")

    finder = Streetfinder(streets)
    places = [p for p in scatter(streets, 30, 11) if finder.is_clear(*p)][:12]
    people = scatter(streets, 300, 12)
    judge = Oracle(streets, places, people, facility_ids=[f"f{i}" for i in range(len(places))])
    walked = reach(read_network(tmp_path / "panyu.graphml"), table(places))
    wrong = disagreements(judge, walked.to(table(people)[["geometry"]]), leg_within_m=0.5)
    assert wrong.empty, f"{len(wrong)}:\n{wrong.head(20).to_string()}"


@pytest.mark.exhaustive
def test_without_stairs_agrees(real_data):
    """Las Palmas is a city of stairs: a wheelchair meets islands and long ways round."""
    path = real_data / "laspalmas/laspalmas_2023.osm.pbf"
    streets = osm_streets(path).without_stairs()
    finder = Streetfinder(streets)
    places = [p for p in scatter(streets, 24, 7) if finder.is_clear(*p)][:8]
    people = scatter(streets, 200, 8)
    judge = Oracle(streets, places, people, facility_ids=[f"f{i}" for i in range(len(places))])
    walked = reach(read_network(path), table(places), walker="wheelchair")
    wrong = disagreements(judge, walked.to(table(people)[["geometry"]]))
    assert wrong.empty, f"{len(wrong)}:\n{wrong.head(20).to_string()}"


@pytest.mark.exhaustive
def test_a_million_nodes_agree(real_data):
    """The streets around Beijing, uncontracted in networkx: some minutes and gigabytes."""
    path = real_data / "beijing/union.osm.pbf"
    streets = osm_streets(path)
    finder = Streetfinder(streets)
    places = [p for p in scatter(streets, 10, 9) if finder.is_clear(*p)][:5]
    people = scatter(streets, 300, 10)
    judge = Oracle(streets, places, people, facility_ids=[f"f{i}" for i in range(len(places))])
    walked = reach(read_network(path), table(places))
    wrong = disagreements(judge, walked.to(table(people)[["geometry"]]))
    assert wrong.empty, f"{len(wrong)}:\n{wrong.head(20).to_string()}"


def densest_window(path, target, degrees=0.06):
    """Write the ways that begin in the square where most begin, with their nodes."""
    kinds = osmium.filter.KeyFilter("highway", "barrier", "railway", "man_made", "place")

    def ways():
        return (
            osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(kinds)
        )

    def cell(way):
        at = way.nodes[0].location
        return (at.lon // degrees, at.lat // degrees) if at.valid() else None

    (most, count) = Counter(filter(None, map(cell, ways()))).most_common(1)[0]
    assert count > 500
    with osmium.BackReferenceWriter(str(target), str(path), overwrite=True) as writer:
        for way in ways():
            if cell(way) == most:
                writer.add(way)
    return target


@pytest.mark.slow
def test_a_window_of_beijing_agrees(real_data, tmp_path):
    """The million nodes are too many for brute force; a square of them is not."""
    whole = real_data / "beijing/union.osm.pbf"
    city = build(densest_window(whole, tmp_path / "window.osm.pbf"), 400, 15, 11)
    test_same_streets(city)
    for limit_m in (None, 1000.0):
        got = city.walked.to(homes(city), limit_m=limit_m)
        wrong = disagreements(city.judge, got, limit_m=limit_m)
        assert wrong.empty, f"{len(wrong)} of {len(got)}:\n{wrong.head(20)}"
    assert {"covered", "off_network"} <= set(got["status"])

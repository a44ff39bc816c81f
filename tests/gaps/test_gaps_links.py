"""The link finder: known answers, brute force on a small town, and the network with the link."""

from __future__ import annotations

import math
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from builders.drawing import PLAN, walk_network, with_link
from livingcircle.gaps import link_candidates
from livingcircle.gaps.link_candidates import LinkSearch
from livingcircle.gaps.links import find_links
from livingcircle.network.edit import EdgePoints, add_links, keep_edges, split_edges
from livingcircle.routing.engine import reach
from livingcircle.routing.sample_points import place_on, places_along

# A superblock of 600 × 60 m: the facility on the south street, homes on the north street, and the
# only way around at the west end. The streets are 60 m apart.
SOUTH, NORTH, WEST = ((0, 0), (600, 0)), ((0, 60), (600, 60)), ((0, 0), (0, 60))
HOMES = [(100, 60), (200, 60), (300, 60), (400, 60), (500, 60), (600, 60)]


def town(*streets):
    return walk_network([PLAN.line(*corners) for corners in streets])


def left_out(found, facilities, homes, limit):
    points = found.to(PLAN.points(homes), limit_m=limit)
    assert len(facilities)
    return points[points["status"] != "covered"], points


def test_a_gate_closes_the_superblock() -> None:
    network = town(SOUTH, NORTH, WEST)
    facilities = PLAN.facilities([(450, 0)])
    found = reach(network, facilities)
    gaps, _ = left_out(found, facilities, HOMES, 300.0)
    assert len(gaps) == 6
    wall = gpd.GeoDataFrame(
        {"kind": ["wall"], "name": [None]},
        geometry=[LineString(PLAN.line((10, 30), (600, 30)))],
        crs=4326,
    )
    links = find_links(found, gaps, np.full(6, 10.0), 300.0, barriers=wall)
    link = links.iloc[0]
    # A link of m = hypot(60, s) from the facility reaches the home at 200 when m + 250 - s <= 300,
    # so s = 11 and m = 61; straight across (60 m) it would miss that home.
    assert link["length_m"] == pytest.approx(61.0, abs=0.25)
    assert link["people"] == 50.0
    assert link["points"] == 5
    assert link["people_per_m"] == pytest.approx(50 / link["length_m"])
    assert (link["barrier"], link["kind_en"]) == ("wall", "gate and path")
    again = reach(with_link(found, link), facilities).to(PLAN.points(HOMES), limit_m=300.0)
    assert (again["status"] == "covered").sum() == 5
    assert list(np.flatnonzero(again["status"] == "covered")) == sorted(link["regains"])


def test_no_link_where_none_is_needed_or_possible() -> None:
    network = town(SOUTH)
    facilities = PLAN.facilities([(0, 0)])
    found = reach(network, facilities)
    gaps, everyone = left_out(found, facilities, [(100, 0), (600, 0)], 300.0)
    assert len(find_links(found, gaps, np.ones(1), 300.0)) == 0
    assert len(find_links(found, everyone.iloc[:0], np.zeros(0), 300.0)) == 0


def test_an_island_is_joined_by_a_bridge() -> None:
    network = town(SOUTH, ((100, 100), (500, 100)))
    facilities = PLAN.facilities([(0, 0)])
    found = reach(network, facilities)
    gaps, _ = left_out(found, facilities, [(200, 100), (450, 100)], 700.0)
    assert list(gaps["status"]) == ["island", "island"]
    links = find_links(found, gaps, np.array([5.0, 3.0]), 700.0)
    assert links["people"].iloc[0] == 8.0
    assert links["length_m"].iloc[0] == pytest.approx(100.0, abs=0.01)
    assert math.isinf(links["saves_m"].iloc[0])
    assert len(links) == 1


def test_bridges_are_not_joined_to_what_lies_below() -> None:
    network = town(SOUTH, NORTH, WEST)
    deck = network.tags.bridge.copy()
    deck[1] = True
    network = type(network)(
        **{f: getattr(network, f) for f in network.__dataclass_fields__ if f != "tags"},
        tags=type(network.tags)(
            **{
                f: getattr(network.tags, f)
                for f in network.tags.__dataclass_fields__
                if f != "bridge"
            },
            bridge=deck,
        ),
    )
    found = reach(network, PLAN.facilities([(450, 0)]))
    gaps = found.to(PLAN.points(HOMES), limit_m=300.0)
    assert len(find_links(found, gaps, np.ones(6), 300.0)) == 0


def brute_force(streets, facility, homes, weights, limit, search: LinkSearch):
    """Try every pair of positions 10 m apart with networkx; people brought back and metres."""
    graph = nx.Graph()
    for (x0, y0), (x1, y1) in streets:
        length = math.hypot(x1 - x0, y1 - y0)
        steps = round(length / 10)
        row = [
            (round(x0 + (x1 - x0) * i / steps, 6), round(y0 + (y1 - y0) * i / steps, 6))
            for i in range(steps + 1)
        ]
        nx.add_path(graph, row, m=length / steps)
    base = nx.single_source_dijkstra_path_length(graph, facility, weight="m")
    out = [
        (h, w) for h, w in zip(homes, weights, strict=True) if base.get(h, math.inf) > limit + 1e-6
    ]
    found = []
    nodes = sorted(graph)
    for a in nodes:
        for b in nodes:
            metres = math.dist(a, b)
            saved = base.get(b, math.inf) - base.get(a, math.inf) - metres
            if 0 < metres <= search.longest_m and saved >= search.least_saving_m:
                graph_with = graph.copy()
                graph_with.add_edge(a, b, m=metres)
                cost = nx.single_source_dijkstra_path_length(graph_with, facility, weight="m")
                people = sum(w for h, w in out if cost.get(h, math.inf) <= limit + 1e-6)
                found.append((people, metres))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_links_are_as_good_as_trying_every_pair(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Two long streets joined in the west, and dead ends between them: a comb.
    teeth = sorted(int(x) for x in rng.choice([100, 150, 200, 250, 300, 350], 3, replace=False))
    sides = [int(y) for y in rng.choice([0, 120], 3)]
    streets = [((0, 0), (0, 120))]
    for y in (0, 120):
        corners = [0, *(x for x, side in zip(teeth, sides, strict=True) if side == y), 400]
        streets += [((a, y), (b, y)) for a, b in pairwise(corners)]
    for x, side in zip(teeth, sides, strict=True):
        streets.append(((x, side), (x, 40 if side == 0 else 80)))
    homes = [(int(x), 120) for x in rng.choice(range(50, 401, 10), 8, replace=False)]
    weights = rng.integers(1, 9, 8).astype(float)
    facility, limit = (300, 0), 250.0
    search = LinkSearch(longest_m=130.0, step_m=10.0, least_saving_m=100.0)
    tried = brute_force(streets, facility, homes, weights, limit, search)
    most = max(people for people, _ in tried)
    shortest = min(metres for people, metres in tried if people >= 0.95 * most)

    network = town(*streets)
    found = reach(network, PLAN.facilities([facility]))
    points = found.to(PLAN.points(homes), limit_m=limit)
    gaps = points[points["status"] != "covered"]
    links = find_links(found, gaps, weights[gaps.index], limit, search=search)
    first = links.sort_values("people", ascending=False).iloc[0]
    assert first["people"] >= 0.95 * most
    assert first["length_m"] <= shortest + 0.01
    again = reach(with_link(found, first), PLAN.facilities([facility]))
    regained = again.to(PLAN.points(homes), limit_m=limit)["status"] == "covered"
    assert weights[gaps.index][regained[gaps.index]].sum() == first["people"]


def test_links_are_the_same_however_many_places_are_looked_at_together(monkeypatch) -> None:
    """The table of one piece, row by row and in the same order."""
    streets = (SOUTH, NORTH, WEST, ((300, 60), (300, 120)))
    facilities = PLAN.facilities([(450, 0)])
    found = reach(town(*streets), facilities)
    gaps, _ = left_out(found, facilities, [*HOMES, (300, 120)], 300.0)
    search = LinkSearch(longest_m=200.0, step_m=20.0, least_saving_m=50.0)

    def links():
        return find_links(found, gaps, np.arange(1.0, len(gaps) + 1), 300.0, search=search)

    whole = links()
    assert len(whole) > 1
    monkeypatch.setattr(link_candidates, "_TOGETHER", 7)
    pd.testing.assert_frame_equal(links(), whole, check_exact=True)


def test_splitting_changes_no_distance() -> None:
    network = town(SOUTH, NORTH, WEST)
    rng = np.random.default_rng(0)
    edge = np.array([0, 0, 0, 1, 2, 2])
    offset = np.array([0.0, 250.0, 250.0, 600.0, 12.5, 60.0])
    offset = np.minimum(offset, network.edge_length_m[edge])
    split = split_edges(network, place_on(network, edge, offset))
    cut, nodes = split.network, split.nodes
    assert list(split.parent) == [0, 0, 0, 0, 1, 1, 2, 2, 2]
    assert split.from_m == pytest.approx([0, 0, 250, 250, 0, offset[3], 0, 12.5, offset[5]])
    assert cut.edge_count == network.edge_count + 6
    assert cut.edge_length_m.sum() == pytest.approx(network.edge_length_m.sum())
    assert (cut.coords[cut.edge_start[:-1]] == cut.node_lonlat[cut.edge_u]).all()
    assert (cut.coords[cut.edge_start[1:] - 1] == cut.node_lonlat[cut.edge_v]).all()
    assert len(set(cut.node_id)) == cut.node_count == network.node_count + 6
    homes = PLAN.points([(float(x), float(y)) for x, y in rng.random((20, 2)) * (600, 60)])
    facilities = PLAN.facilities([(450, 0)])
    before, after = (reach(net, facilities).to(homes) for net in (network, cut))
    assert after["metres"].to_numpy() == pytest.approx(before["metres"].to_numpy(), abs=5e-3)
    assert len(nodes) == 6


def test_a_link_may_follow_a_line_and_an_edge_may_go() -> None:
    network = town(SOUTH, NORTH, WEST)
    ends = place_on(network, np.array([0, 1]), np.array([300.0, 300.0]))
    line = LineString(PLAN.line((300, 0), (340, 30), (300, 60)))
    linked = add_links(network, ends[[0]], ends[[1]], lines=np.array([line]))
    assert linked.edge_length_m[-1] == pytest.approx(100.0, abs=0.05)
    facilities = PLAN.facilities([(300, 0)])
    home = PLAN.points([(300, 60)])
    assert reach(linked, facilities).to(home)["metres"].iloc[0] == pytest.approx(100.0, abs=0.05)
    closed = keep_edges(linked, np.arange(linked.edge_count) < linked.edge_count - 1)
    assert reach(closed, facilities).to(home)["metres"].iloc[0] == pytest.approx(660.0, abs=0.01)


def test_places_stand_at_even_spacing_and_every_junction_once() -> None:
    network = town(SOUTH, NORTH, WEST)
    places = places_along(network, 50.0)
    # 11 + 11 inner places on the long streets, 1 on the short one, 4 junctions and ends.
    assert len(places) == 27
    assert len(pd.DataFrame(places.lonlat.round(9)).drop_duplicates()) == 27
    assert isinstance(places[:3], EdgePoints)


def test_areas_that_hold_an_end_are_crossed() -> None:
    from livingcircle.gaps.reasons import crossings
    from livingcircle.network.snap import to_metres

    network = town(SOUTH, NORTH, WEST)
    yard = box(*PLAN.at(80, 40), *PLAN.at(120, 80))
    yards = gpd.GeoDataFrame({"kind": ["compound"], "name": ["院"]}, geometry=[yard], crs=4326)
    begin = to_metres(network, np.array([PLAN.at(100, 60), PLAN.at(200, 60)]))
    end = to_metres(network, np.array([PLAN.at(100, 0), PLAN.at(200, 0)]))
    found = crossings(network, begin, end, yards)
    assert list(found["barrier"]) == ["compound", None]
    assert found["barrier_name"].iloc[0] == "院"
    assert list(found["ends_inside"]) == [True, False]

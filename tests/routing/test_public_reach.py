"""The public face of reach: lists of limits, circles by facility, long tables, wrong arguments."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import livingcircle as lc
from builders.drawing import PLAN, walk_network
from livingcircle.errors import ConfigError, InputError, LivingCircleError, WrongTypeError

# One street of 2 km; facilities at 0 m and 1,500 m.
STREET = [PLAN.line((0, 0), (0, 2000))]
WHERE = [(0, 0), (0, 1500)]
HOMES = [(0, 100), (0, 700), (0, 800), (0, 2000)]


@pytest.fixture(scope="module")
def street():
    return walk_network(STREET)


@pytest.fixture(scope="module")
def walked(street):
    places = PLAN.facilities(WHERE).assign(places=[10.0, np.nan])
    return lc.reach(street, places, walker=1.25)


LOCAL = 'LOCAL_CS["site grid",UNIT["metre",1]]'
"""A grid that nothing ties to the earth."""


def homes(index=None):
    return PLAN.points(HOMES, index=index)


def test_a_speed_is_a_walker(walked):
    found = walked.to(homes())
    assert found["metres"].tolist() == pytest.approx([100, 700, 700, 500])
    assert found["seconds"].tolist() == pytest.approx([80, 560, 560, 400])
    assert walked.walker.name == "1.25 m/s"


def test_lists_of_limits_keep_the_index(walked):
    found = walked.to(homes(index=list("dcba")), minutes=[5, 8])  # 375 and 600 m
    assert list(found.index) == list("dcba")
    assert found["within_5_min"].tolist() == [True, False, False, False]
    assert found["within_8_min"].tolist() == [True, False, False, True]
    assert found["status"].tolist() == ["covered", "gap", "gap", "covered"]
    metres = walked.to(homes(), limit_m=np.array([100.0, 700.0]))
    assert metres["within_100_m"].tolist() == [True, False, False, False]
    assert metres["within_700_m"].all()
    single = walked.to(homes(), minutes=8)
    assert "within_8_min" not in single


def test_a_geoseries_and_another_crs(walked):
    points = homes(index=[7, 8, 9, 10]).geometry.to_crs(3857)
    found = walked.to(points)
    assert list(found.index) == [7, 8, 9, 10]
    assert found["metres"].tolist() == pytest.approx([100, 700, 700, 500], abs=1e-6)
    assert found.crs == points.crs
    named = points.rename("home")
    assert walked.count(named, limit_m=800).tolist() == [1, 2, 2, 1]


def test_facilities_as_a_geoseries_are_named_by_their_index(street):
    series = PLAN.points(WHERE, index=["south", "north"]).geometry
    assert lc.reach(street, series).to(homes())["facility_id"].tolist() == [
        "south", "south", "north", "north",
    ]  # fmt: skip


def test_a_row_per_limit(walked):
    table = walked.circle(minutes=[1, 2, 4])
    assert table["minutes"].tolist() == [1, 2, 4]
    assert table["limit_m"].tolist() == [75, 150, 300]
    # From 0 m one way, from 1,500 m both ways.
    assert table["edge_m"].tolist() == pytest.approx([225, 450, 900], abs=1e-6)
    assert shapely.is_valid(table.geometry.to_numpy()).all()


def test_a_row_per_facility_and_limit(walked):
    table = walked.circle(limit_m=[300, 1000], by="facility")
    assert table["facility_id"].tolist() == ["f0", "f1"] * 2
    assert table["limit_m"].tolist() == [300, 300, 1000, 1000]
    # Each alone: f1 reaches 500 m north and 1,000 m south, also what is nearer to f0.
    assert table["edge_m"].tolist() == pytest.approx([300, 600, 1000, 1500], abs=1e-6)


def test_the_exact_pieces(walked):
    pieces = walked.edges(limit_m=[300, 1000], by="facility")
    lengths = pieces.groupby(["facility_id", "limit_m"])["length_m"].sum()
    assert lengths.to_dict() == pytest.approx(
        {("f0", 300): 300, ("f0", 1000): 1000, ("f1", 300): 600, ("f1", 1000): 1500}
    )
    assert list(walked.edges(limit_m=300).columns) == [
        "edge", "from_m", "to_m", "length_m", "geometry",
    ]  # fmt: skip


def test_entrances_of_one_facility_are_one_circle(street):
    places = PLAN.points(WHERE, ids=["f", "f"])
    table = lc.reach(street, places).circle(limit_m=300, by="facility")
    assert table["edge_m"].tolist() == pytest.approx([900])


def test_od_is_long_and_leaves_out_what_is_out_of_reach(walked):
    demand = homes().assign(demand_id=list("wxyz"))
    table = walked.od(demand, limit_m=700)
    assert list(table.columns) == ["demand_id", "facility_id", "metres", "seconds"]
    assert table.set_index(["demand_id", "facility_id"])["metres"].to_dict() == pytest.approx(
        {("w", "f0"): 100, ("x", "f0"): 700, ("y", "f1"): 700, ("z", "f1"): 500}
    )
    assert table["seconds"].to_numpy() == pytest.approx(table["metres"].to_numpy() / 1.25)
    everything = walked.od(homes(index=list("dcba")))
    assert everything["demand_id"].tolist() == ["d", "d", "c", "c", "b", "b", "a", "a"]
    assert (
        everything.groupby("demand_id")["metres"].apply(lambda m: m.is_monotonic_increasing).all()
    )


def test_od_equals_the_matrix(walked):
    costs, ids = walked.matrix(homes(), limit_m=900)
    table = walked.od(homes(), limit_m=900)
    dense = costs.toarray()
    at = ids.get_indexer(table["facility_id"])
    assert table["metres"].to_numpy() == pytest.approx(dense[table["demand_id"], at])
    assert len(table) == costs.nnz


def test_unknown_places_are_not_zero(walked):
    count = walked.count(homes(index=list("dcba")), limit_m=750, weight="places")
    assert count.name == "places"
    assert count.to_dict() == pytest.approx(
        {"d": 10, "c": 10, "b": np.nan, "a": np.nan}, nan_ok=True
    )
    # A point that reaches nothing has no places within reach, which is known.
    assert walked.count(homes(), limit_m=50, weight="places").tolist() == [0, 0, 0, 0]


def test_places_of_a_facility_with_two_entrances_count_once(street):
    places = PLAN.points(WHERE, ids=["f", "f"]).assign(places=[np.nan, 4.0])
    walked = lc.reach(street, places)
    assert walked.count(homes(), limit_m=2000, weight="places").tolist() == [4, 4, 4, 4]


def wrong_calls(street, walked):
    facilities, demand = PLAN.facilities(WHERE), homes()
    bare = demand.set_crs(None, allow_override=True)
    local = demand.set_crs(LOCAL, allow_override=True)
    return [
        lambda: lc.reach(None, facilities),
        lambda: lc.reach("walk.osm.pbf", facilities),
        lambda: lc.reach(street, [(113.5, 30.2)]),
        lambda: lc.reach(street, pd.DataFrame({"lon": [1.0]})),
        lambda: lc.reach(street, facilities.set_crs(None, allow_override=True)),
        lambda: lc.reach(street, gpd.GeoDataFrame({"a": [1]})),
        lambda: lc.reach(street, facilities, walker="adutl"),
        lambda: lc.reach(street, facilities, walker=None),
        lambda: lc.reach(street, facilities, walker=[1.1]),
        lambda: lc.reach(street, facilities, walker=0),
        lambda: lc.reach(street, facilities, walker=-1.0),
        lambda: lc.reach(street, facilities, walker=float("nan")),
        lambda: lc.reach(street, facilities, walker=True),
        lambda: lc.reach(street, facilities, max_access_m="300"),
        lambda: lc.reach(street, facilities, max_access_m=float("nan")),
        lambda: walked.to(None),
        lambda: walked.to(bare),
        lambda: walked.to(bare.geometry),
        lambda: walked.to([1, 2]),
        lambda: walked.to(demand, minutes="15"),
        lambda: walked.to(demand, minutes=-1),
        lambda: walked.to(demand, minutes=float("inf")),
        lambda: walked.to(demand, minutes=[5, "10"]),
        lambda: walked.to(demand, minutes=[5, None]),
        lambda: walked.to(demand, minutes=15, limit_m=1000),
        lambda: walked.to(demand, minutes={"a": 1}),
        lambda: walked.circle(),
        lambda: walked.circle(minutes=[]),
        lambda: walked.circle(minutes=5, by="unit"),
        lambda: walked.circle(minutes=5, half_width_m="wide"),
        lambda: walked.circle(minutes=5, walker="wheelchair"),
        lambda: walked.od(demand, limit_m="far"),
        lambda: walked.od("demand"),
        lambda: walked.count(demand, weight="place"),
        lambda: walked.count(demand, weight="facility_id"),
        lambda: walked.count(demand, weight=3),
        lambda: walked.nearest(demand, 0),
        lambda: walked.nearest(demand, "2"),
        lambda: walked.to(local),
        lambda: walked.to(local.geometry),
        lambda: lc.reach(street, facilities.set_crs(LOCAL, allow_override=True)),
        lambda: lc.reach(street, facilities.assign(facility_id=["a", None])),
        lambda: lc.reach(street, facilities.assign(facility_id=[["a"], ["b"]])),
        lambda: lc.reach(street, facilities.drop(columns="facility_id").set_axis([np.nan, 1.0])),
        lambda: walked.to(demand, anchors=3),
        lambda: walked.to(demand, anchors=walked.anchored(demand.iloc[:2])),
        lambda: walked.explore(minutes=5, tiles=4),
        lambda: walked.explore(minutes=5, tiles="no such map"),
        lambda: walked.edges(),
    ]


def test_wrong_arguments_are_told_in_our_words(street, walked):
    for number, call in enumerate(wrong_calls(street, walked)):
        try:
            call()
        except LivingCircleError as error:
            told = error
        else:
            pytest.fail(f"call {number} was accepted")
        assert isinstance(told, TypeError | ValueError), number
        assert told.hint, number
        assert told.problem.zh != told.problem.en, number


def test_a_wrong_type_is_a_type_error(street):
    with pytest.raises(TypeError, match="network is of type NoneType"):
        lc.reach(None, PLAN.facilities(WHERE))
    with pytest.raises(ConfigError, match="Did you mean 'places'"):
        lc.reach(street, PLAN.facilities(WHERE).assign(places=1)).count(homes(), weight="place")


# -- networks in memory --------------------------------------------------------------------------


def test_a_frame_of_lines_in_any_crs(street):
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString(STREET[0])], crs=4326)
    for given in (lines, lines.to_crs(32649)):
        network = lc.read_network(given)
        assert network.edge_length_m.sum() == pytest.approx(2000, abs=1e-3)
    with pytest.raises(InputError, match="no coordinate reference system"):
        lc.read_network(lines.set_crs(None, allow_override=True))
    with pytest.raises(InputError, match="no line"):
        lc.read_network(homes())


def test_a_ring_of_a_parcel_is_a_line():
    ring = shapely.LinearRing([PLAN.at(x, y) for x, y in ((0, 0), (300, 0), (300, 400))])
    network = lc.read_network(gpd.GeoDataFrame(geometry=[ring], crs=4326))
    assert network.edge_length_m.sum() == pytest.approx(300 + 400 + 500, rel=1e-3)


def test_systems_and_columns_that_cannot_be_understood_are_refused():
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString(STREET[0])], crs=4326)
    with pytest.raises(InputError, match="'site grid' cannot be converted"):
        lc.read_network(lines.set_crs(LOCAL, allow_override=True))
    twice = gpd.GeoDataFrame(
        pd.concat([lines, pd.DataFrame([["path", "path"]], columns=["highway"] * 2)], axis=1)
    )
    with pytest.raises(InputError, match="2 columns called 'highway'"):
        lc.read_network(twice)
    for wrong in ({"crs": "nonsense"}, {"crs": LOCAL}):
        graph = nx.MultiDiGraph(**wrong)
        graph.add_nodes_from([(0, {"x": 1.0, "y": 2.0}), (1, {"x": 1.0, "y": 3.0})])
        graph.add_edge(0, 1)
        with pytest.raises(InputError, match="cannot be converted"):
            lc.read_network(graph)
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_nodes_from([(0, {"x": None, "y": 2.0}), (1, {"x": 1.0, "y": 3.0})])
    graph.add_edge(0, 1)
    with pytest.raises(InputError, match="no x and y"):
        lc.read_network(graph)


def test_an_osmnx_graph():
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for node, at in enumerate([(0, 0), (1000, 0), (1000, 500)]):
        x, y = PLAN.at(*at)
        graph.add_node(node, x=x, y=y)
    for u, v, length in ((0, 1, 1000.0), (1, 0, 1000.0), (1, 2, 500.0)):
        graph.add_edge(u, v, length=length)
    network = lc.read_network(graph)
    assert network.edge_count == 2
    assert sorted(network.edge_length_m) == pytest.approx([500, 1000], rel=1e-6)


@pytest.mark.parametrize("source", [None, 3, ["a"], b"x", pd.DataFrame({"a": [1]})])
def test_no_network_at_all(source):
    with pytest.raises(WrongTypeError, match="network is of type"):
        lc.read_network(source)


def test_repr_is_one_line(street):
    assert repr(street) == "WalkNetwork(2 nodes, 1 edges, 2.0 km to walk on)"
    assert lc.read_network(street) is street


def test_limits_of_any_shape_are_one_or_several(walked):
    one = walked.circle(minutes=5)["limit_m"].tolist()
    for given in (np.array(5), np.array([5]), iter([5]), (t for t in [5])):
        assert walked.circle(minutes=given)["limit_m"].tolist() == one
    for given in (iter([5, 10]), np.array([5, 10]), pd.Series([5, 10])):
        found = walked.to(homes(), minutes=given)
        assert [c for c in found if c.startswith("within")] == ["within_5_min", "within_10_min"]
    assert not [c for c in walked.to(homes(), minutes=np.int64(5)) if c.startswith("within")]


def test_an_empty_list_of_limits_is_refused_and_covers_nobody(walked):
    for wrong in ({"minutes": []}, {"limit_m": ()}):
        with pytest.raises(lc.ConfigError, match="is an empty list"):
            walked.to(homes(), **wrong)


def test_only_whole_numbers_of_facilities_are_nearest(walked):
    with pytest.raises(lc.WrongTypeError, match="Give a whole number"):
        walked.nearest(homes(), 1.5)


def test_a_walker_of_ones_own_needs_a_name_and_a_speed():
    quick = lc.Walker(name="quick", speed_m_s=2.0)
    assert (quick.zh, quick.en, quick.stairs, quick.verified) == ("quick", "quick", True, False)
    with pytest.raises(lc.ConfigError, match="speed_m_s is -1"):
        lc.Walker(name="backwards", speed_m_s=-1.0)
    with pytest.raises(lc.WrongTypeError):
        lc.Walker(name="words", speed_m_s="fast")
    with pytest.raises(lc.WrongTypeError, match="name is of type int"):
        lc.Walker(name=3, speed_m_s=1.0)

"""The calls of the public Python surface, on a square kilometre of streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import livingcircle as lc
from builders.drawing import PLAN
from builders.square_city import CENTRE, HOMES, make_city
from livingcircle.compare.comparison import Comparison
from livingcircle.errors import LivingCircleError
from livingcircle.io import datum
from livingcircle.scenario.model import Scenario

WALK = 1.0
"""Metres per second: 60 m in a minute."""


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return lc.read_city(make_city(tmp_path_factory.mktemp("calls") / "city"))


@pytest.fixture(scope="module")
def reach(city):
    return lc.reach(city.network, city.facilities.of("service_centre"), walker=WALK)


@pytest.fixture(scope="module")
def result(city):
    return lc.assess(city)


def by_hand():
    """Return the metres along a grid of streets from the centre to each home.

    A home within a block is 50 m off four streets at once, and may go by any of them.
    """
    metres = np.array([abs(x - CENTRE[0]) + abs(y - CENTRE[1]) for x, y, _ in HOMES], dtype=float)
    on_street = np.array([x % 100 == 0 or y % 100 == 0 for x, y, _ in HOMES])
    return metres, on_street


def test_reach_to_and_its_columns(city, reach):
    found = reach.to(city.demand)
    assert isinstance(found, gpd.GeoDataFrame)
    assert {"metres", "seconds", "facility_id", "access_m", "status"} <= set(found.columns)
    assert len(found) == len(city.demand)
    metres, on_street = by_hand()
    walked = found["metres"].to_numpy()
    assert walked[on_street] == pytest.approx(metres[on_street], abs=0.5)
    assert (np.abs(walked - metres - 50) < 50.5).all()
    assert found["seconds"].to_numpy() == pytest.approx(found["metres"] / WALK, abs=1e-6)
    series = reach.to(city.demand.geometry)
    assert series["metres"].to_numpy() == pytest.approx(found["metres"].to_numpy())
    for who in ("adult", lc.Walker("x", WALK, True, "某", "x", "stated", True)):
        assert lc.reach(city.network, city.facilities.of("pharmacy"), walker=who).to(
            city.demand
        ).shape[0] == len(HOMES)


def test_circles_are_a_row_a_limit_or_a_facility(city, reach):
    rows = reach.circle(minutes=[5, 10, 15])
    assert len(rows) == 3
    areas = rows.geometry.to_crs(city.network.crs_m).area
    assert areas.is_monotonic_increasing
    both = lc.reach(city.network, city.facilities.of("pharmacy"), walker=WALK)
    assert len(both.circle(minutes=5, by="facility")) == 2
    pieces = reach.edges(minutes=5)
    assert 0 < pieces.to_crs(city.network.crs_m).length.sum() < city.network.edge_length_m.sum()


def test_od_is_long_and_what_is_out_of_reach_is_absent(city, reach):
    pairs = reach.od(city.demand, limit_m=300)
    assert {"demand_id", "facility_id", "metres", "seconds"} <= set(pairs.columns)
    near = reach.to(city.demand)["metres"] <= 300
    assert 0 < len(pairs) == near.sum() < len(HOMES)
    assert pairs["metres"].min() > 0


def test_count_within_minutes(city, reach):
    found = np.asarray(reach.count(city.demand, minutes=5)).ravel()
    assert found.tolist() == (reach.to(city.demand)["metres"] <= 300).astype(int).tolist()


@pytest.mark.slow
def test_a_result_answers(city, result):
    assert isinstance(result.scorecard, pd.DataFrame)
    assert result.scorecard["id"].tolist() == ["LP-1", "LP-2"]
    assert len(result.gaps("LP-1")) > 0
    assert {"axis", "option", "chosen"} <= set(result.readings("LP-1").columns)
    assert result.by_grid(500)["people"].sum() == sum(people for *_, people in HOMES)
    explained = lc.explain(result)
    assert explained is not None
    plan = lc.suggest_sites(city, "LP-1", max_sites=1)
    assert len(plan.sites) == 1


def _wrong_calls(city, result):
    points = city.demand.geometry
    return {
        "read_network(snap_m)": lambda: lc.read_network(city.network, snap_m=-1),
        "read_network(nan)": lambda: lc.read_network(city.network, snap_m=float("nan")),
        "read_network(mode)": lambda: lc.read_network(city.network, mode="fly"),
        "read_network(private)": lambda: lc.read_network(city.network, private="x"),
        "read_network(node)": lambda: lc.read_network(city.network, node="x"),
        "reach(walker)": lambda: lc.reach(city.network, points, walker=[1]),
        "assess(3)": lambda: lc.assess(city, 3),
        "assess([3])": lambda: lc.assess(city, [3]),
        "assess(network)": lambda: lc.assess(city.network),
        "suggest_sites(result)": lambda: lc.suggest_sites(result, "LP-1"),
        "suggest_sites(max_sites)": lambda: lc.suggest_sites(city, "LP-1", max_sites="2"),
        "suggest_sites(share)": lambda: lc.suggest_sites(city, "LP-1", share="all"),
        "crowding(result)": lambda: lc.crowding(result, "pharmacy", "places", minutes=5),
        "crowding(no limit)": lambda: lc.crowding(city, "pharmacy", "places"),
        "crowding(supply)": lambda: lc.crowding(city, "pharmacy", 3, minutes=5),
        "crowding(breaks)": lambda: lc.crowding(city, "pharmacy", "places", breaks=["near"]),
        "crowding([])": lambda: lc.crowding(city, "pharmacy", "places", breaks=[]),
        "crowding(minutes)": lambda: lc.crowding(city, "pharmacy", "places", minutes="five"),
        "explain(city)": lambda: lc.explain(city),
        "compare(3, 4)": lambda: lc.compare(3, 4),
        "to_wgs84(text)": lambda: datum.to_wgs84(["a"], [1], "gcj02"),
        "to_wgs84(lengths)": lambda: datum.to_wgs84([1, 2], [1, 2, 3], "gcj02"),
    }


def test_a_wrong_argument_is_named_in_one_line(city, result):
    for name, call in _wrong_calls(city, result).items():
        with pytest.raises(LivingCircleError) as told:
            call()
        assert told.value.hint, name
        assert "\n" not in str(told.value), name


def test_packs_may_be_a_list(city, result):
    named = [city.folder / pack for pack in city.config.assess.packs]
    assert lc.assess(city, named).scorecard["id"].tolist() == result.scorecard["id"].tolist()


def test_empty_geometries_are_rows_without_a_place(reach):
    home = PLAN.at(100, 100)
    shapes = [shapely.Point(), shapely.Polygon(), None, shapely.Point(home)]
    found = reach.to(gpd.GeoSeries(shapes, crs=4326))
    assert found["status"].tolist() == ["off_network"] * 3 + ["covered"]
    assert np.isfinite(found["metres"]).tolist() == [False] * 3 + [True]


def test_the_solver_takes_a_matrix():
    metres = np.array([[0, 900], [400, 500], [900, 0]])
    found = lc.sites.solve(metres, [120, 80, 200], model="lscp", limit=500)
    assert list(found.chosen) == [0, 1]


@pytest.mark.slow
def test_write_and_compare(city, result, tmp_path):
    for name in ("a", "b"):
        lc.write(result, tmp_path / name)
    assert (tmp_path / "a" / "scorecard.csv").is_file()
    assert lc.compare(tmp_path / "a", tmp_path / "b") is not None


def test_from_frames_takes_a_network_and_tables(city):
    made = lc.City.from_frames(
        city.network,
        facilities=city.facilities.table,
        demand=city.demand,
        units={"community": city.units["community"]},
        name="试验市",
    )
    assert len(made.demand) == len(city.demand)


def test_datums_go_there_and_back():
    lon, lat = PLAN.at(0, 0)
    for name in ("gcj02", "bd09"):
        there = datum.from_wgs84(np.array([lon]), np.array([lat]), name)
        back = datum.to_wgs84(*there, name)
        assert np.array(back).ravel() == pytest.approx([lon, lat], abs=1e-7)
        assert np.abs(np.array(there).ravel() - [lon, lat]).max() > 1e-4


def test_the_old_name_of_datum_stays():
    from livingcircle.sources import datum as older

    assert older.to_wgs84 is datum.to_wgs84


def wrong_types(city, result, tmp_path):
    """Return calls of the public functions with something else than they take."""
    homes = city.demand[["demand_id", "geometry"]]
    network, places = city.network, city.facilities.of("pharmacy")
    return {
        "assess": lambda: lc.assess(None, "xiamen-2025"),
        "explain": lambda: lc.explain(city),
        "explore": lambda: lc.explore(city),
        "write": lambda: lc.write(city, tmp_path / "a"),
        "write a result to no path": lambda: lc.write(result, None),
        "write by method": lambda: result.write(3),
        "compare": lambda: lc.compare(result, result),
        "verify": lambda: lc.verify(None),
        "claim": lambda: lc.claim(None, "XM-1a", share=0.5),
        "suggest_sites": lambda: lc.suggest_sites(None, "XM-1a"),
        "candidates": lambda: lc.suggest_sites(city, "XM-1a", candidates=3),
        "a table without geometry": lambda: lc.suggest_sites(
            city, "XM-1a", candidates=pd.DataFrame({"a": [1]})
        ),
        "apply": lambda: lc.apply(city, {}),
        "uncertainty": lambda: lc.uncertainty(city),
        "apply to nothing": lambda: lc.apply(None, Scenario("x")),
        "a list of places": lambda: Scenario("x", add_facility=[1]),
        "a text of ids": lambda: Scenario("x", close_facility="shop"),
        "year": lambda: lc.suggest_sites(city, "LP-1", as_of="soon"),
        "packs": lambda: lc.suggest_sites(city, "LP-1", packs=3),
        "time": lambda: lc.open_at(result, "LP-1", 3),
        "changes to no path": lambda: Comparison(pd.DataFrame(), (), (), "").write(None),
        "stairs": lambda: lc.Walker("x", WALK, stairs="no"),
        "open_at": lambda: lc.open_at(city, "XM-1a", "Su 18:00"),
        "open_by_hour": lambda: lc.open_by_hour(None, "XM-1a"),
        "with_terrain": lambda: lc.with_terrain(None, "heights.tif"),
        "heights": lambda: lc.with_terrain(network, 3),
        "with_delays": lambda: lc.with_delays(None),
        "tiles of no network": lambda: lc.reach_tiles(None, places, homes, limit_m=5),
        "tiles of no homes": lambda: lc.reach_tiles(network, places, [1], limit_m=5),
        "tiles of no places": lambda: lc.reach_tiles(network, None, homes, limit_m=5),
        "tile_m": lambda: lc.reach_tiles(network, places, homes, limit_m=5, tile_m="x"),
        "read_city": lambda: lc.read_city(3),
        "place": lambda: lc.network_from_place(3),
        "of": lambda: city.facilities.of(3),
        "of several": lambda: city.facilities.of(["pharmacy", 3]),
        "access_points": lambda: city.facilities.access_points(3),
        "crowding": lambda: lc.crowding(None, "pharmacy", "places"),
    }


def test_another_type_is_a_type_error_of_ours(city, result, tmp_path):
    for call in wrong_types(city, result, tmp_path).values():
        with pytest.raises(lc.WrongTypeError, match=r"\. Give ") as caught:
            call()
        assert "\n" not in str(caught.value)


def test_candidates_and_delays_that_make_no_sense(city):
    bare = city.demand[["geometry"]].set_crs(None, allow_override=True)
    with pytest.raises(lc.InputError, match="candidate table has no coordinate reference"):
        lc.suggest_sites(city, "XM-1a", candidates=bare)
    for value in ("3", None, True, float("nan"), [1]):
        with pytest.raises(lc.ConfigError, match="signals_s"):
            lc.with_delays(city.network, signals_s=value)


def test_tables_of_a_scenario_may_be_in_any_system(city):
    places = PLAN.facilities([(150, 150)]).assign(name="new", category="pharmacy")
    far = places.to_crs(32649)
    found = [lc.apply(city, Scenario("s", add_facility=one)) for one in (places, far)]
    added = [one.facilities.table.iloc[[-1]].geometry.get_coordinates().to_numpy() for one in found]
    assert added[1] == pytest.approx(added[0], abs=1e-9)
    with pytest.raises(lc.InputError, match=r"add_facility.*no coordinate reference"):
        Scenario("s", add_facility=places.set_crs(None, allow_override=True))

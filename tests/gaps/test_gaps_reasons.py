"""Reasons of gaps on towns whose answers can be seen, and gap areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from builders.drawing import PLAN, walk_network, write_osm
from builders.street_city import little_city, requirement
from livingcircle.gaps.areas import _drawn, cluster, gap_areas
from livingcircle.gaps.explain import explain
from livingcircle.gaps.link_candidates import _along
from livingcircle.gaps.reasons import explain_gaps
from livingcircle.osm.barriers import barrier_kinds
from livingcircle.osm.surroundings import read_surroundings
from livingcircle.routing.engine import reach
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.result import Result

LIMIT = 300.0
# The river runs between two streets that a bridge joins in the far west; a third street is an
# island; the fourth point is far from every street.
STREETS = [
    [(0, 0), (1001, 0)],
    [(0, 80), (1000, 80)],
    [(0, 0), (0, 80)],
    [(800, 160), (1000, 160)],
]
HOMES = {
    "near": (450, 0),
    "over_the_river": (500, 80),
    "far": (1001, 0),
    "on_the_island": (850, 160),
    "in_the_fields": (500, 900),
}
RIVER = LineString(PLAN.line((10, 40), (1000, 40)))
RAIL = LineString(PLAN.line((10, 60), (1000, 60)))


@pytest.fixture(name="found")
def _found():
    network = walk_network([PLAN.line(*street) for street in STREETS])
    facilities = PLAN.facilities([(500, 0), (700, 0)])
    points = reach(network, facilities).to(
        PLAN.points(HOMES.values(), index=list(HOMES)), limit_m=LIMIT
    )
    barriers = gpd.GeoDataFrame(
        {"kind": ["railway", "water"], "name": [None, "样例河"]}, geometry=[RAIL, RIVER], crs=4326
    )
    return network, facilities, points, barriers


def test_each_reason_by_its_test(found) -> None:
    network, facilities, points, barriers = found
    table = explain_gaps(network, points, facilities, LIMIT, barriers=barriers)
    assert table["reason"].to_dict() == {
        "near": None,
        "over_the_river": "detour",
        "far": "no_facility",
        "on_the_island": "island",
        "in_the_fields": "off_network",
    }
    assert table.loc["far", "straight_m"] == pytest.approx(301.0, abs=0.01)
    assert list(table.index) == list(HOMES)


def test_slow_is_who_walks_no_farther_than_the_limit(found) -> None:
    """Only where minutes count: of metres nobody within the limit is left out."""
    network, facilities, points, barriers = found
    late = points.assign(status=points["status"].replace("covered", "gap"))
    table = explain_gaps(network, late, facilities, LIMIT, barriers=barriers, timed=True)
    assert table["reason"].to_dict() == {
        "near": "slow",
        "over_the_river": "detour",
        "far": "no_facility",
        "on_the_island": "island",
        "in_the_fields": "off_network",
    }
    assert table.loc["near", "barrier"] is None


def test_the_limit_is_inclusive_by_the_crow_too(found) -> None:
    network, facilities, points, _ = found
    straight = explain_gaps(network, points, facilities, LIMIT).loc["over_the_river", "straight_m"]
    for limit, reason in ((straight, "detour"), (straight - 0.001, "no_facility")):
        table = explain_gaps(network, points, facilities, limit)
        assert table.loc["over_the_river", "reason"] == reason


def test_a_detour_names_what_it_goes_around(found) -> None:
    network, facilities, points, barriers = found
    row = explain_gaps(network, points, facilities, LIMIT, barriers=barriers).loc["over_the_river"]
    assert row["straight_id"] == "f0"
    assert row["detour_ratio"] == pytest.approx(1080 / 80, abs=1e-3)
    # The home is north of the railway, the river lies behind it; the river is the dearer one.
    assert row["crossed"] == "railway;water"
    assert (row["barrier"], row["barrier_name"]) == ("water", "样例河")


def test_a_facility_of_doubtful_place_is_no_detour(found) -> None:
    network, facilities, points, _ = found
    table = explain_gaps(network, points, facilities, LIMIT, doubtful=np.array([True, False]))
    # f1 is 200 m + 80 m away as the crow flies and not doubted: the detour is real.
    assert table.loc["over_the_river", "reason"] == "detour"
    table = explain_gaps(network, points, facilities, LIMIT, doubtful=np.array([True, True]))
    assert table.loc["over_the_river", "reason"] == "data"
    assert table.loc["near", "reason"] is None


def test_no_facility_anywhere(found) -> None:
    network, facilities, points, barriers = found
    nothing = facilities.iloc[:0]
    points = points.assign(status="gap", metres=np.inf)
    table = explain_gaps(network, points, nothing, LIMIT, barriers=barriers)
    assert set(table["reason"]) == {"no_facility"}
    assert np.isinf(table["straight_m"]).all()


def test_gap_areas_join_neighbours_and_tell_most_of_the_weight(found) -> None:
    network, facilities, points, barriers = found
    homes = [(300, 80), (400, 80), (500, 80), (1000, 80), (850, 160)]
    points = reach(network, facilities).to(PLAN.points(homes), limit_m=LIMIT)
    points = points.assign(residents=[10.0, 20.0, 30.0, 5.0, 50.0], households=1.0, leaf="a")
    points = points.join(explain_gaps(network, points, facilities, LIMIT, barriers=barriers))
    areas, of_point = gap_areas(network, points, points["residents"].to_numpy())
    assert list(areas["people"]) == [60.0, 50.0, 5.0]
    assert list(areas["reason"]) == ["detour", "island", "no_facility"]
    assert list(areas["points"]) == [3, 1, 1]
    assert areas.loc[0, "barrier"] == "water"
    assert list(of_point) == [1, 1, 1, 3, 2]
    assert areas.geometry.contains(points.geometry.iloc[[0, 4, 3]].reset_index(drop=True)).all()
    assert areas["leaf"].tolist() == ["a", "a", "a"]
    none, of_none = gap_areas(network, points.assign(reason=None), np.ones(5))
    assert len(none) == 0
    assert len(of_none) == 0


def test_clusters_are_chains_of_short_steps() -> None:
    xy = np.array([[0.0, 0], [150, 0], [300, 0], [451, 0], [np.nan, 0], [452, 0]])
    assert list(cluster(xy)) == [0, 0, 0, 1, 2, 1]


def test_barriers_are_read_from_a_map(tmp_path) -> None:
    ways = [
        ({"waterway": "river", "name": "样例河"}, [(0, 0), (100, 0)]),
        ({"railway": "rail", "bridge": "yes"}, [(0, 10), (100, 10)]),
        ({"railway": "rail"}, [(0, 20), (100, 20)]),
        ({"highway": "motorway"}, [(0, 30), (100, 30)]),
        ({"highway": "residential"}, [(0, 40), (100, 40)]),
        ({"barrier": "wall"}, [(0, 50), (100, 50), (100, 60), (0, 50)]),
        ({"landuse": "residential", "access": "private"}, [(0, 70), (9, 70), (9, 80), (0, 70)]),
        ({"natural": "water"}, [(20, 70), (29, 70), (29, 80), (20, 70)]),
        ({"barrier": "fence"}, [(0, 90), (100, 90)]),
    ]
    table = read_surroundings(write_osm(tmp_path / "town.osm", ways)).barriers
    kinds = list(table.sort_values("osm")["kind"])
    assert kinds == ["water", "railway", "motorway", "wall", "compound", "water", "wall"]
    assert table.set_index("osm").loc["way/1", "name"] == "样例河"
    assert table.set_index("osm").geom_type.to_dict() == {
        "way/1": "LineString",
        "way/3": "LineString",
        "way/4": "LineString",
        "way/6": "LineString",
        "way/7": "Polygon",
        "way/8": "Polygon",
        "way/9": "LineString",
    }
    assert set(table["kind"]) <= set(barrier_kinds())


@pytest.mark.slow
@pytest.mark.real
def test_las_palmas_has_barriers(real_data) -> None:
    table = read_surroundings(real_data / "laspalmas" / "laspalmas_2023.osm.pbf").barriers
    assert {"water", "motorway", "wall"} <= set(table["kind"])
    assert (table.geom_type != "Point").all()


def test_what_was_drawn_for_areas_is_dropped_also_where_the_work_is_broken_off() -> None:
    city = little_city([{"x": 0, "of": "service_centre"}])
    asked = {"kind": "circle", "metres": 510, "categories": ["service_centre"], "target": 0.5}
    ctx = Context(city, 2025)
    one = assess_requirement(requirement(**asked), ctx)
    result = Result(city, (one, one), (), 2025, context=ctx)

    def stop(share: float, what: str) -> None:
        if share:
            assert _drawn in {key[0] for key in city.network._derived}
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explain(result, progress=stop)
    assert not {_drawn, _along} & {key[0] for key in city.network._derived}

"""Ways with opening hours or conditional access, and parks that are points on gates."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

import livingcircle as lc
from builders.drawing import PLAN, box, write_osm
from livingcircle.network.gates import with_ways_shut
from livingcircle.network.read import read_network
from livingcircle.osm.access import walking_hours
from livingcircle.routing.engine import reach
from livingcircle.vocab.opening import open_minutes
from network.test_gates_by_hour import PACK, PATH

# Home at (0, 0), the lawn at (0, 200): through the passage from y = 50 to 150, or 600 m around it.
AROUND = (PATH, [(0, 0), (200, 0), (200, 200), (0, 200)])
ENDS = [(PATH, [(0, 0), (0, 50)]), (PATH, [(0, 150), (0, 200)]), AROUND]


def passage(folder, tags):
    return read_network(write_osm(folder / "a.osm", [*ENDS, (PATH | tags, [(0, 50), (0, 150)])]))


def metres(network):
    return float(
        reach(network, PLAN.facilities([(0, 200)])).to(PLAN.points([(0, 0)]))["metres"].iloc[0]
    )


def by_hour(folder, network, park=None, pack=PACK):
    """Share and share at most on Wednesday at three in the night and at noon."""
    homes = PLAN.points([(0, 0)]).assign(residents=[100])
    if park is None:
        park = PLAN.points([(0, 200)])
    park = park.assign(category="park", 开放时间="每天 全天")
    city = lc.City.from_frames(network, facilities=park, demand=homes)
    (folder / "pack.toml").write_text(pack, "utf-8")
    result = lc.assess(city, folder / "pack.toml", as_of=2025)
    table = lc.open_by_hour(result, "P-1").set_index(["day", "hour"])
    return [
        tuple(table.loc[("We", hour), ["share", "share_at_most"]].astype(float)) for hour in (3, 12)
    ]


NEVER, ALWAYS, PERHAPS = (0.0, 0.0), (1.0, 1.0), (0.0, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tags", "night", "day"),
    [
        ({"opening_hours": "06:00-22:00"}, NEVER, ALWAYS),
        ({"opening_hours": "每天 6:00-22:00"}, NEVER, ALWAYS),
        ({"opening_hours": "sunrise-sunset"}, NEVER, ALWAYS),
        ({"access:conditional": "no @ (22:00-06:00)"}, NEVER, ALWAYS),
        ({"foot:conditional": "no @ (22:00-06:00)"}, NEVER, ALWAYS),
        ({"foot:conditional": "no @ 22:00-06:00"}, NEVER, ALWAYS),
        ({"access": "no", "foot:conditional": "yes @ (06:00-22:00)"}, NEVER, ALWAYS),
        ({"access": "private", "access:conditional": "yes @ (06:00-22:00)"}, NEVER, ALWAYS),
        ({"foot": "no", "foot:conditional": "designated @ (06:00-22:00)"}, NEVER, ALWAYS),
        ({"foot": "yes", "access:conditional": "no @ (22:00-06:00)"}, ALWAYS, ALWAYS),
        ({"access:conditional": "no @ (weight>3.5)"}, ALWAYS, ALWAYS),
        ({"access:conditional": "delivery @ (02:00-11:00)"}, ALWAYS, ALWAYS),
        ({"access:conditional": "no @ (We 02:00-04:00); no @ (Sa)"}, NEVER, ALWAYS),
        ({"access:conditional": "no @ (Mo-Su 22:00-06:00; We off)"}, ALWAYS, ALWAYS),
        ({"access:conditional": "no @ winter"}, PERHAPS, PERHAPS),
        ({"foot:conditional": "no at night"}, PERHAPS, PERHAPS),
        ({"opening_hours": "06:00-22:00", "amenity": "marketplace"}, ALWAYS, ALWAYS),
        ({"motor_vehicle:conditional": "no @ (22:00-06:00)"}, ALWAYS, ALWAYS),
    ],
)
def test_a_way_is_open_at_its_hours(tmp_path, tags, night, day):
    network = passage(tmp_path, tags)
    assert metres(network) == pytest.approx(200, abs=0.01)  # the verdict is that of open gates
    assert by_hour(tmp_path, network) == [night, day]


SERVICE = {"highway": "service"}
NO, PRIVATE = {"access": "no"}, {"access": "private"}


@pytest.mark.parametrize(
    "tags",
    [
        NO | {"access:conditional": "delivery @ (Mo-Sa 06:00-10:00)"},
        NO | {"access:conditional": "official @ (Mo-Sa 06:00-10:00)"},
        NO | {"access:conditional": "yes @ (PH)"},
        NO | {"access:conditional": "yes @ (winter)"},
        NO | {"access:conditional": "yes @ (06:00-22:00); no @ (00:00-24:00)"},
        PRIVATE | {"access:conditional": "emergency @ (00:00-24:00)"},
        PRIVATE | {"access:conditional": "permit"},
        {"foot": "no", "foot:conditional": "wet"},
        {"foot": "no", "foot:conditional": "delivery @ (06:00-10:00)"},
    ],
)
def test_what_is_shut_opens_only_where_walkers_are_let_in_at_known_hours(tmp_path, tags):
    assert walking_hours(SERVICE | tags) is None
    network = read_network(
        write_osm(tmp_path / "a.osm", [*ENDS, (SERVICE | tags, [(0, 50), (0, 150)])]),
        private="closed",
    )
    assert metres(network) == pytest.approx(600, abs=0.01)
    ways = [(PATH, [(0, 0), (0, 100), (0, 200)]), AROUND]
    gate = write_osm(tmp_path / "b.osm", ways, nodes={(0, 100): {"barrier": "gate"} | tags})
    network = read_network(gate)
    assert not len(network.timed)
    assert metres(network) == pytest.approx(600, abs=0.01)


@pytest.mark.parametrize("value", ["yes", "designated", "permissive", "public", "destination"])
def test_whoever_lets_walkers_in_opens_what_is_shut(value):
    said = walking_hours(PRIVATE | {"access:conditional": f"{value} @ (06:00-22:00)"})
    assert said == "no; yes @ (06:00-22:00)"
    both = f"delivery @ (Su); {value} @ (06:00-22:00)"
    assert walking_hours(PRIVATE | {"access:conditional": both}) == said
    # Deliveries before dawn are no reason for walkers to come in.
    night = "no @ (22:00-06:00); delivery @ (05:00-06:00)"
    assert walking_hours({"access:conditional": night}) == "yes; no @ (22:00-06:00)"


@pytest.mark.slow
def test_lines_have_the_same_hours_as_openstreetmap(tmp_path):
    rows = [*ENDS, (PATH | {"access": "no", "foot:conditional": "yes @ (06:00-22:00)"},
                    [(0, 50), (0, 150)])]  # fmt: skip
    table = gpd.GeoDataFrame(
        {
            "highway": "footway",
            "access": [tags.get("access") for tags, _ in rows],
            "foot_conditional": [tags.get("foot:conditional") for tags, _ in rows],
        },
        geometry=[LineString(PLAN.line(*corners)) for _, corners in rows],
        crs=4326,
    )
    assert by_hour(tmp_path, read_network(table)) == [NEVER, ALWAYS]
    table.to_file(tmp_path / "streets.gpkg")
    assert by_hour(tmp_path, read_network(tmp_path / "streets.gpkg")) == [NEVER, ALWAYS]


def test_a_way_that_is_opened_by_name_has_no_hours(tmp_path):
    tags = PATH | {"opening_hours": "06:00-22:00"}
    path = write_osm(tmp_path / "a.osm", [*ENDS, (tags, [(0, 50), (0, 150)])])
    assert by_hour(tmp_path, read_network(path, opened=["way/4"])) == [ALWAYS, ALWAYS]


@pytest.mark.slow
def test_a_gate_may_state_its_hours_as_a_condition(tmp_path):
    for tags in (
        {"access:conditional": "no @ (22:00-06:00)"},
        {"access": "private", "foot:conditional": "yes @ (06:00-22:00)"},
        {"foot": "no", "foot:conditional": "yes @ (06:00-22:00)"},
    ):
        ways = [(PATH, [(0, 0), (0, 100), (0, 200)]), AROUND]
        nodes = {(0, 100): {"barrier": "gate"} | tags}
        network = read_network(write_osm(tmp_path / "a.osm", ways, nodes=nodes))
        assert by_hour(tmp_path, network) == [NEVER, ALWAYS]


def test_only_the_way_that_is_shut_goes(tmp_path):
    network = passage(tmp_path, {"opening_hours": "06:00-22:00"})
    assert list(network.hours) == ["06:00-22:00"]
    shut = with_ways_shut(network, np.array([True]))
    assert metres(shut) == pytest.approx(600, abs=0.01)
    assert network.edge_length_m.sum() - shut.edge_length_m.sum() == pytest.approx(100, abs=0.01)
    assert not shut.keeps
    assert with_ways_shut(network, np.array([False])) is network


def test_whose_door_opens_on_a_shut_way_is_shut_with_it(tmp_path):
    """A kiosk in the passage, 100 m on: at night it is not reached from the next street."""
    network = passage(tmp_path, {"opening_hours": "06:00-22:00"})
    kiosk = PLAN.points([(5, 100)])
    assert by_hour(tmp_path, network, kiosk) == [NEVER, ALWAYS]


@pytest.mark.parametrize(("walker", "night"), [("adult", NEVER), ("wheelchair", ALWAYS)])
def test_a_door_by_stairs_that_are_shut_is_shut_to_those_alone_who_climb_them(
    tmp_path, walker, night
):
    """Stairs 85 m from a kiosk, a street 95 m from it: a wheelchair comes by the street."""
    network = passage(tmp_path, {"highway": "steps", "opening_hours": "06:00-22:00"})
    pack = f'{PACK}walker = "{walker}"\n'
    assert by_hour(tmp_path, network, PLAN.points([(85, 95)]), pack) == [night, ALWAYS]


def test_a_home_on_a_shut_way_leaves_by_the_next_street(tmp_path):
    network = passage(tmp_path, {"opening_hours": "06:00-22:00"})
    homes = PLAN.points([(2, 90)]).assign(residents=[100])
    park = PLAN.points([(0, 200)]).assign(category="park", 开放时间="每天 全天")
    city = lc.City.from_frames(network, facilities=park, demand=homes)
    (tmp_path / "pack.toml").write_text(PACK, "utf-8")
    result = lc.assess(city, tmp_path / "pack.toml", as_of=2025)
    assert lc.open_at(result, "P-1", "We 03:00").iloc[0] == "closed"  # 42 + 50 + 600 m
    assert lc.open_at(result, "P-1", "We 12:00").iloc[0] == "open"


@pytest.mark.parametrize(("gap", "night"), [(0, NEVER), (30, ALWAYS)])
def test_a_park_that_is_a_point_on_its_gate_is_shut_with_it(tmp_path, gap, night):
    nodes = {(0, 100): {"barrier": "gate", "opening_hours": "06:00-22:00"}}
    ways = [(PATH, [(0, 0), (0, 100), (0, 200)])]
    network = read_network(write_osm(tmp_path / "a.osm", ways, nodes=nodes))
    park = PLAN.points([(0, 100 - gap)])
    assert by_hour(tmp_path, network, park) == [night, ALWAYS]


def test_a_park_of_two_gates_is_entered_by_the_open_one(tmp_path):
    nodes = {(0, 100): {"barrier": "gate", "opening_hours": "06:00-22:00"}}
    ways = [(PATH, [(0, 0), (0, 100), (0, 200)]), AROUND]
    network = read_network(write_osm(tmp_path / "a.osm", ways, nodes=nodes))
    both = PLAN.points([(0, 100), (200, 100)])
    assert by_hour(tmp_path, network, both) == [ALWAYS, ALWAYS]


def test_an_area_is_not_entered_by_a_shut_way(tmp_path):
    """Its only path has hours; the street that runs by 40 m off the outline does not help."""
    ways = [
        (PATH, [(0, 0), (0, 60)]),
        (PATH | {"opening_hours": "06:00-22:00"}, [(0, 60), (0, 200)]),
        (PATH, [(0, 60), (300, 60)]),
    ]
    network = read_network(write_osm(tmp_path / "a.osm", ways))
    park = gpd.GeoDataFrame(geometry=[box(-100, 100, 100, 300)], crs=4326)
    assert by_hour(tmp_path, network, park) == [NEVER, ALWAYS]


def test_hours_of_a_network_stay_in_the_cache(tmp_path):
    from livingcircle.network.stored import _arrays_of

    held = _arrays_of(passage(tmp_path, {"opening_hours": "06:00-22:00"}), "key")
    assert held is not None
    assert bytes(held["hours"]) == b'["06:00-22:00"]'


def test_a_late_night_goes_on_into_a_day_of_other_hours():
    week = open_minutes("周五 18:00-次日2:00；周六 10:00-12:00")
    saturday = np.flatnonzero(week[5 * 1440 : 6 * 1440])
    assert set(saturday) == {*range(120), *range(600, 720)}
    assert walking_hours({"access:conditional": "no @ (Sa)"}) == "yes; no @ (Sa)"
    assert not open_minutes("yes; no @ (Sa)")[5 * 1440 : 6 * 1440].any()
    assert open_minutes("yes; no @ (Sa)").sum() == 6 * 1440

"""Park gates with opening hours: shut outside of them, and nobody walks through."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from shapely import MultiPoint

import livingcircle as lc
from builders.drawing import PLAN, box, write_osm
from livingcircle.network.gates import with_gates_shut
from livingcircle.network.read import read_network
from livingcircle.routing.engine import reach

PATH = {"highway": "footway"}
# Home at (0, 0), the lawn at (0, 200): through the gate at (0, 100), or 600 m around it.
WAYS = [
    (PATH, [(0, 0), (0, 100), (0, 200)]),
    (PATH, [(0, 0), (200, 0), (200, 200), (0, 200)]),
]
PACK = """
id = "p"
[document]
title_zh = "规划"
title_en = "Plan"
issuer_zh = "市"
issuer_en = "City"
[[requirement]]
id = "P-1"
clause = "一"
statement_zh = "500 米内有公园"
statement_en = "a park within 500 m"
force = "must"
kind = "circle"
categories = ["park"]
metres = 500
"""


def gated(folder, hours, **more):
    tags = {"barrier": "gate", "opening_hours": hours, **more}
    return read_network(write_osm(folder / "park.osm", WAYS, nodes={(0, 100): tags}))


def metres(network):
    return float(
        reach(network, PLAN.facilities([(0, 200)])).to(PLAN.points([(0, 0)]))["metres"].iloc[0]
    )


def test_a_gate_with_hours_is_a_place_of_the_network(tmp_path):
    network = gated(tmp_path, "06:00-22:00")
    assert list(network.timed.why) == ["06:00-22:00"]
    assert metres(network) == pytest.approx(200, abs=0.01)
    shut = with_gates_shut(network, np.array([True]))
    assert metres(shut) == pytest.approx(600, abs=0.01)
    assert shut.edge_length_m.sum() == pytest.approx(network.edge_length_m.sum(), abs=1e-6)
    assert with_gates_shut(network, np.array([False])) is network
    assert metres(network) == pytest.approx(200, abs=0.01)


def test_where_streets_meet_at_a_gate_none_leads_on(tmp_path):
    ways = [(PATH, [(0, 0), (0, 100)]), (PATH, [(0, 100), (0, 200)]), (PATH, [(0, 100), (90, 100)]),
            (PATH, [(0, 0), (200, 0), (200, 200), (0, 200)])]  # fmt: skip
    tags = {"barrier": "gate", "opening_hours": "06:00-22:00"}
    network = read_network(write_osm(tmp_path / "a.osm", ways, nodes={(0, 100): tags}))
    shut = with_gates_shut(network, np.array([True]))
    assert metres(shut) == pytest.approx(600, abs=0.01)


def test_a_gate_that_is_locked_for_good_has_no_hours(tmp_path):
    assert not len(gated(tmp_path, "06:00-22:00", access="private").timed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hours", "night", "day"),
    [("06:00-22:00", (0.0, 0.0), (0.0, 1.0)), ("每天 6:00-22:00", (0.0, 0.0), (0.0, 1.0)),
     ("sunrise-sunset", (0.0, 0.0), (0.0, 1.0))],
)  # fmt: skip
def test_who_reaches_the_park_at_night(tmp_path, hours, night, day):
    """With the gate shut the park is certainly out of reach; else, without hours, perhaps open."""
    homes = PLAN.points([(0, 0)]).assign(residents=[100])
    park = PLAN.points([(0, 200)]).assign(category="park")
    city = lc.City.from_frames(gated(tmp_path, hours), facilities=park, demand=homes)
    pack = tmp_path / "pack.toml"
    pack.write_text(PACK, "utf-8")
    table = lc.open_by_hour(lc.assess(city, pack, as_of=2025), "P-1").set_index(["day", "hour"])
    for hour, right in ((3, night), (12, day)):
        assert tuple(table.loc[("We", hour), ["share", "share_at_most"]]) == right
    always = lc.City.from_frames(
        gated(tmp_path, hours), facilities=park.assign(开放时间="每天 全天"), demand=homes
    )
    result = lc.assess(always, pack, as_of=2025)
    table = lc.open_by_hour(result, "P-1").set_index(["day", "hour"])
    assert table.loc[("We", 12), "share"] == 1.0
    assert table.loc[("We", 3), "share"] == 0.0
    assert lc.open_at(result, "P-1", "We 12:00").iloc[0] == "open"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ways", "night", "day"),
    [
        ([(PATH, [(0, 0), (0, 100), (0, 200)])], 0.0, 1.0),  # one path, through the gate
        ([(PATH, [(0, 0), (0, 100)])], 0.0, 1.0),  # that ends at it
        (WAYS, 1.0, 1.0),  # 700 m around it
        ([*WAYS[:1], (PATH, [(0, 0), (900, 0), (900, 200), (0, 200)])], 0.0, 1.0),
    ],
)
def test_a_park_that_is_an_area_is_not_entered_at_its_shut_gate(tmp_path, ways, night, day):
    """Its entrance is the gate itself, on which the street outside ends."""
    tags = {"barrier": "gate", "opening_hours": "06:00-22:00"}
    network = read_network(write_osm(tmp_path / "park.osm", ways, nodes={(0, 100): tags}))
    homes = PLAN.points([(0, 0)]).assign(residents=[100])
    park = gpd.GeoDataFrame(
        {"category": ["park"], "开放时间": "每天 全天"},
        geometry=[box(-100, 100, 100, 300)],
        crs=4326,
    )
    gate = PLAN.points([(0, 100)]).geometry.iloc[0]
    park["entrances"] = gpd.GeoSeries([MultiPoint([gate])], crs=4326)
    city = lc.City.from_frames(network, facilities=park, demand=homes)
    pack = tmp_path / "pack.toml"
    pack.write_text(PACK.replace("500", "750"), "utf-8")
    table = lc.open_by_hour(lc.assess(city, pack, as_of=2025), "P-1").set_index(["day", "hour"])
    for hour, share in ((3, night), (12, day)):
        right = (share, share, 100 * (1 - share))
        assert tuple(table.loc[("We", hour), ["share", "share_at_most", "people"]]) == right


def test_requirements_share_the_networks_of_shut_gates(tmp_path, monkeypatch):
    from livingcircle.standards import opening

    made = []
    shut = opening.with_gates_shut
    monkeypatch.setattr(opening, "with_gates_shut", lambda *args: made.append(1) or shut(*args))
    homes = PLAN.points([(0, 0)]).assign(residents=[100])
    park = PLAN.points([(0, 200)]).assign(category="park")
    city = lc.City.from_frames(gated(tmp_path, "06:00-22:00"), facilities=park, demand=homes)
    second = PACK[PACK.index("[[requirement]]") :].replace("P-1", "P-2").replace("500", "650")
    pack = tmp_path / "pack.toml"
    pack.write_text(PACK + second, "utf-8")
    result = lc.assess(city, pack, as_of=2025)
    tables = [lc.open_by_hour(result, name).set_index(["day", "hour"]) for name in ("P-1", "P-2")]
    assert len(made) == 1
    assert [table.loc[("We", 3), "share_at_most"] for table in tables] == [0.0, 1.0]


def test_of_a_network_of_some_hours_nothing_is_kept(tmp_path):
    network = replace(gated(tmp_path, "06:00-22:00"), keeps=True)
    assert not with_gates_shut(network, np.array([True])).keeps


def test_a_network_keeps_its_gates_in_the_cache(tmp_path):
    from livingcircle.network.stored import _arrays_of

    held = _arrays_of(gated(tmp_path, "06:00-22:00"), "key")
    assert held is not None
    assert len(held["timed.lonlat"]) == 1

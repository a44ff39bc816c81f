"""Wheelchairs and prams: kerbs, widths, ramps, slopes and refusals by tag, as the oracle has."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

import livingcircle as lc
from builders.drawing import PLAN, write_osm
from livingcircle.city.config import CityConfig
from livingcircle.errors import ConfigError
from livingcircle.network.read import read_network
from livingcircle.network.rolling import rolling_notes
from livingcircle.osm.wheeled_access import incline_of, kerb_m, width_m
from livingcircle.publish.text.network_summary import rolling_lines
from livingcircle.routing.engine import reach
from livingcircle.vocab.walkers import Walker, walker
from oracle import Oracle, Streetfinder, disagreements, osm_streets

PATH = {"highway": "footway"}
CROSSING = PATH | {"footway": "crossing"}
STEPS = {"highway": "steps"}


def way_round(tmp_path, middle, nodes=None, who="wheelchair"):
    """Metres from (0, 200) to (0, 0): 200 straight on, 800 around where the middle is barred."""
    ways = [
        (PATH, [(0, 0), (0, 90)]),
        (middle, [(0, 90), (0, 110)]),
        (PATH, [(0, 110), (0, 200)]),
        (PATH, [(0, 0), (300, 0), (300, 200), (0, 200)]),
    ]
    network = read_network(write_osm(tmp_path / "a.osm", ways, nodes=nodes))
    found = reach(network, PLAN.facilities([(0, 0)]), walker=who).to(PLAN.points([(0, 200)]))
    return round(float(found["metres"].iloc[0]))


OPEN, SHUT = 200, 800


@pytest.mark.slow
@pytest.mark.parametrize(
    ("middle", "wheelchair", "pram"),
    [
        (PATH, OPEN, OPEN),
        (STEPS, SHUT, SHUT),
        (STEPS | {"ramp:wheelchair": "yes"}, OPEN, OPEN),
        (STEPS | {"ramp:stroller": "yes"}, SHUT, OPEN),
        (STEPS | {"ramp": "yes"}, SHUT, SHUT),  # for bicycles, perhaps
        (PATH | {"wheelchair": "no"}, SHUT, SHUT),
        (PATH | {"wheelchair": "no", "stroller": "yes"}, SHUT, OPEN),
        (PATH | {"stroller": "no"}, OPEN, SHUT),
        (PATH | {"wheelchair": "limited"}, OPEN, OPEN),
        (CROSSING | {"kerb": "raised"}, SHUT, SHUT),
        (CROSSING | {"kerb": "rolled"}, SHUT, SHUT),
        (CROSSING | {"kerb": "lowered"}, OPEN, OPEN),
        (CROSSING | {"kerb": "flush"}, OPEN, OPEN),
        (CROSSING | {"kerb": "no"}, OPEN, OPEN),
        (CROSSING | {"kerb": "yes"}, OPEN, OPEN),  # of unknown height
        (CROSSING | {"kerb": "raised", "kerb:height": "0.02"}, OPEN, OPEN),
        (PATH | {"width": "0.8"}, SHUT, OPEN),
        (PATH | {"width": "0.9"}, OPEN, OPEN),
        (PATH | {"width": "60 cm"}, SHUT, SHUT),
        (PATH | {"width": "narrow"}, OPEN, OPEN),
        (PATH | {"incline": "8%"}, OPEN, OPEN),
        (PATH | {"incline": "-10%"}, SHUT, OPEN),
        (PATH | {"incline": "up"}, OPEN, OPEN),
    ],
)
def test_a_tag_says_who_passes(tmp_path, middle, wheelchair, pram):
    assert way_round(tmp_path, middle) == wheelchair
    assert way_round(tmp_path, middle, who="pram") == pram
    assert way_round(tmp_path, middle, who="adult") == OPEN


@pytest.mark.parametrize(
    ("kerb", "right"),
    [("raised", SHUT), ("lowered", OPEN), ("flush", OPEN), ("no", OPEN), ("yes", OPEN)],
)
def test_a_kerb_at_a_node_is_that_of_the_crossing(tmp_path, kerb, right):
    assert way_round(tmp_path, CROSSING, {(0, 90): {"barrier": "kerb", "kerb": kerb}}) == right
    assert way_round(tmp_path, CROSSING, {(0, 110): {"kerb": kerb}}, "pram") == right
    # Without a crossing it stands on the way.
    assert way_round(tmp_path, PATH, {(0, 110): {"kerb": kerb}}) == right


def test_a_kerb_does_not_bar_the_pavement_that_runs_past_it(tmp_path):
    """The pavement meets a crossing at its kerb: only the crossing is barred."""
    ways = [
        (PATH, [(-100, 0), (0, 0), (100, 0)]),
        (CROSSING, [(0, 0), (0, 15)]),
        (PATH, [(0, 15), (0, 100)]),
    ]
    path = write_osm(tmp_path / "a.osm", ways, nodes={(0, 0): {"kerb": "raised"}})
    shop = PLAN.facilities([(-100, 0)])
    found = reach(read_network(path), shop, walker="wheelchair").to(
        PLAN.points([(100, 0), (0, 100)])
    )
    assert found["metres"].iloc[0] == pytest.approx(200, abs=0.01)
    assert list(found["status"]) == ["covered", "island"]


def test_all_of_it_can_be_overruled(tmp_path):
    sturdy = Walker("sturdy", 0.8, stairs=False, max_kerb_m=0.15, limited=True)
    assert way_round(tmp_path, CROSSING | {"kerb": "raised"}, who=sturdy) == OPEN
    strict = Walker("strict", 0.8, stairs=False, limited=False, min_width_m=1.2)
    assert way_round(tmp_path, PATH | {"wheelchair": "limited"}, who=strict) == SHUT
    assert way_round(tmp_path, PATH | {"width": "1.1"}, who=strict) == SHUT
    own = {"zh": "轮椅", "en": "wheelchair", "speed_m_s": 0.7, "stairs": False,
           "max_kerb_m": 0.02, "min_width_m": 0.8, "limited": False}  # fmt: skip
    city = {"city": {"name": "小城"}, "network": {"source": "a.osm"}}
    config = CityConfig.model_validate({**city, "vocabulary": {"walkers": {"wheelchair": own}}})
    mine = config.walker_of("wheelchair")
    assert (mine.max_kerb_m, mine.min_width_m, mine.limited) == (0.02, 0.8, False)
    assert way_round(tmp_path, CROSSING | {"kerb": "lowered"}, who=mine) == SHUT


def test_columns_of_lines_say_the_same(tmp_path):
    lines = [[(0, 0), (0, 90)], [(0, 90), (0, 110)], [(0, 110), (0, 200)]]
    table = gpd.GeoDataFrame(
        {
            "highway": "footway",
            "footway": [None, "crossing", None],
            "kerb": [None, "raised", None],
            "width": ["0.95", None, "3"],
        },
        geometry=[LineString([PLAN.at(*xy) for xy in line]) for line in lines],
        crs=4326,
    )
    home = PLAN.points([(0, 200)])
    found = lc.reach(lc.read_network(table), PLAN.facilities([(0, 0)]), walker="wheelchair").to(
        home
    )
    assert list(found["status"]) == ["island"]


def test_numbers_as_mappers_write_them():
    assert kerb_m({"kerb:height": "3cm"}) == pytest.approx(0.03)
    assert width_m({"width": "2'"}) == pytest.approx(0.6096)
    assert width_m({"width": "1,5 m"}) == 1.5
    assert np.isnan(width_m({"width": "5"}))  # wide enough for anybody
    assert incline_of({"incline": "8.3 %"}) == pytest.approx(0.083)
    assert np.isnan(incline_of({"incline": "0.1"}))


def test_the_sources_stand_in_the_table():
    for name in ("wheelchair", "pram"):
        who = walker(name)
        assert who.max_kerb_m == 0.03
        assert who.min_width_m
        assert who.limited
    assert "ADA" in walker("wheelchair").source
    with pytest.raises(ConfigError):
        Walker("x", 1.0, min_width_m=-1.0)


WAY_TAGS = [
    PATH, PATH, PATH, CROSSING, CROSSING, STEPS, STEPS | {"ramp:wheelchair": "yes"},
    STEPS | {"ramp:stroller": "yes"}, PATH | {"wheelchair": "no"}, PATH | {"wheelchair": "limited"},
    PATH | {"width": "0.8"}, PATH | {"width": "1.5"}, PATH | {"incline": "10%"},
    CROSSING | {"kerb": "raised"}, CROSSING | {"kerb": "lowered"}, {"highway": "residential"},
]  # fmt: skip
BARRIER_TAGS = [
    {"barrier": "bollard", "width": "0.2"}, {"barrier": "bollard", "maxwidth:physical": "0.8"},
    {"barrier": "stile"}, {"barrier": "gate", "wheelchair": "limited"},
    {"barrier": "gate", "width": "0.95"}, {"barrier": "kissing_gate", "stroller": "yes"},
]  # fmt: skip
NODE_TAGS = [{"kerb": "raised"}, {"barrier": "kerb", "kerb": "lowered"}, {"kerb:height": "0.05"}]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_random_towns_agree_with_the_oracle(tmp_path, seed):
    rng = np.random.default_rng(seed)
    ways, size = [], 5
    for i in range(size):
        for j in range(size):
            for di, dj in ((1, 0), (0, 1)):
                if i + di < size and j + dj < size:
                    mid = rng.uniform(0.3, 0.7) * 100.0
                    bend = (100.0 * i + di * mid, 100.0 * j + dj * mid)
                    ends = [(100.0 * i, 100.0 * j), bend, (100.0 * (i + di), 100.0 * (j + dj))]
                    ways.append((WAY_TAGS[rng.integers(len(WAY_TAGS))], ends))
    corners = sorted({corner for _, corners in ways for corner in corners})
    kerbs = {corners[k]: NODE_TAGS[rng.integers(3)] for k in rng.choice(len(corners), 20, False)}
    others = [corner for corner in corners if corner not in kerbs]
    chosen = rng.choice(len(others), 8, False)
    barriers = {others[k]: BARRIER_TAGS[rng.integers(len(BARRIER_TAGS))] for k in chosen}
    path = write_osm(tmp_path / "town.osm", ways, nodes=kerbs | barriers)
    homes = [tuple(p) for p in rng.uniform(-20, 420, (60, 2)).tolist()]
    own = Walker("own", 1.0, stairs=False, max_kerb_m=0.05, min_width_m=1.0, limited=False,
                 max_slope=0.2)  # fmt: skip
    asked = [
        ("wheelchair", {}),
        ("pram", {"who": "pram"}),
        (own, {"kerb_m": 0.05, "width_m": 1.0, "limited": False, "slope": 0.2}),
    ]
    for who, about in asked:
        streets = osm_streets(path).without_stairs(**about)
        finder = Streetfinder(streets)
        shops = [(210.0, 205.0), (20.0, 380.0)]
        shops = [xy for xy in shops if finder.is_clear(*PLAN.at(*xy))]
        ids = [f"f{i}" for i in range(len(shops))]
        judge = Oracle(
            streets, [PLAN.at(*xy) for xy in shops], [PLAN.at(*xy) for xy in homes],
            facility_ids=ids,
        )  # fmt: skip
        walked = reach(read_network(path), PLAN.facilities(shops), walker=who)
        wrong = disagreements(judge, walked.to(PLAN.points(homes)), within_m=0.01, within_part=0.0)
        assert wrong.empty, f"\n{wrong}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tags", "wheelchair", "pram"),
    [
        ({"barrier": "bollard"}, OPEN, OPEN),
        ({"barrier": "bollard", "maxwidth:physical": "0.8"}, SHUT, OPEN),
        # How thick a bollard is says nothing of the room beside it.
        ({"barrier": "bollard", "width": "0.2"}, OPEN, OPEN),
        ({"barrier": "block", "width": "60 cm"}, OPEN, OPEN),
        ({"barrier": "bollard", "width": "0.2", "maxwidth:physical": "1.5"}, OPEN, OPEN),
        ({"barrier": "gate", "width": "0.8"}, SHUT, OPEN),
        ({"barrier": "entrance", "width": "60 cm"}, SHUT, SHUT),
        ({"barrier": "gate", "width": "0.1", "maxwidth:physical": "1.5"}, OPEN, OPEN),
        ({"barrier": "cycle_barrier", "opening": "0.8", "width": "0.1"}, SHUT, OPEN),
        ({"barrier": "bollard", "maxwidth:physical": "1.2"}, OPEN, OPEN),
        ({"barrier": "gate", "wheelchair": "no"}, SHUT, SHUT),
        ({"barrier": "gate", "wheelchair": "no", "stroller": "yes"}, SHUT, OPEN),
        ({"barrier": "gate", "stroller": "no"}, OPEN, SHUT),
        ({"barrier": "stile"}, SHUT, SHUT),
        ({"barrier": "kissing_gate"}, SHUT, SHUT),
        ({"barrier": "kissing_gate", "wheelchair": "yes"}, OPEN, OPEN),
        ({"barrier": "turnstile", "foot": "yes"}, SHUT, SHUT),
        ({"wheelchair": "no"}, OPEN, OPEN),  # of a shop, say: no barrier
    ],
)
@pytest.mark.parametrize("kind", ["footway", "residential"])
def test_a_barrier_on_a_way_says_who_passes(tmp_path, tags, wheelchair, pram, kind):
    ways = [
        ({"highway": kind}, [(0, 0), (0, 90), (0, 110), (0, 200)]),
        (PATH, [(0, 0), (300, 0), (300, 200), (0, 200)]),
    ]
    network = read_network(write_osm(tmp_path / "a.osm", ways, nodes={(0, 110): tags}))
    right = {"wheelchair": wheelchair, "pram": pram, "adult": OPEN}
    for who, metres in right.items():
        found = reach(network, PLAN.facilities([(0, 0)]), walker=who).to(PLAN.points([(0, 200)]))
        assert round(float(found["metres"].iloc[0])) == metres, who


def test_who_lives_beside_a_barrier_keeps_the_own_street(tmp_path):
    """Only the twenty metres before it are given up, not the street on either side."""
    ways = [(PATH, [(0, 0), (0, 90), (0, 110), (0, 400)])]
    nodes = {(0, 110): {"barrier": "stile"}}
    network = read_network(write_osm(tmp_path / "a.osm", ways, nodes=nodes))
    found = reach(network, PLAN.facilities([(0, 400)]), walker="wheelchair")
    homes = found.to(PLAN.points([(0, 120), (0, 60)]))
    assert homes["metres"].iloc[0] == pytest.approx(280, abs=0.01)
    assert homes["status"].iloc[1] != "covered"
    assert network.tags.step_free.sum() == 2


@pytest.mark.parametrize(
    ("limited", "right"), [({"limited": True}, OPEN), ({"limited": False}, SHUT)]
)
def test_help_at_a_gate_is_help_on_a_way(tmp_path, limited, right):
    who = Walker("own", 0.8, stairs=False, **limited)
    for kind in ("gate", "kissing_gate", "bollard"):
        tags = {"barrier": kind, "wheelchair": "limited"}
        assert way_round(tmp_path, PATH, {(0, 110): tags}, who) == right


def test_a_barrier_on_a_junction_is_told(tmp_path):
    ways = [(PATH, [(0, 0), (0, 100), (0, 200)]), (PATH, [(0, 100), (90, 100)])]
    nodes = {(0, 100): {"barrier": "stile"}}
    network = read_network(write_osm(tmp_path / "a.osm", ways, nodes=nodes))
    told = network.notes["rolling"]
    assert (told["barriers"], told["junction_barriers"]) == (0, 1)
    _, said = rolling_notes(network, walker("wheelchair"))
    assert said.en.startswith("1 gates, stiles or other barriers stand on junctions")
    assert said.zh.startswith("1 处门或路障")
    assert "barriers at junctions (which street they bar is unknown: passable): 1" in "\n".join(
        rolling_lines(network, "en")
    )


def test_notes_count_what_nodes_tell(tmp_path):
    ways = [(PATH, [(0, 0), (0, 50), (0, 100), (0, 200)])]
    nodes = {(0, 50): {"barrier": "turnstile"}, (0, 100): {"kerb": "raised"}}
    network = read_network(write_osm(tmp_path / "a.osm", ways, nodes=nodes))
    (said,) = rolling_notes(network, walker("wheelchair"))
    assert "no way of the network tells of kerbs" in said.en
    assert "(nodes do: 1 with a kerb, 1 with a gate, stile or other barrier): all else" in said.en
    assert "（另有节点：1 处路缘、1 处门或路障）" in said.zh


def test_who_goes_without_help_is_told_what_that_rests_on(tmp_path):
    network = read_network(write_osm(tmp_path / "a.osm", [(PATH, [(0, 0), (0, 50)])]))
    assert rolling_notes(network, Walker("alone", 1.0, limited=False))
    assert not rolling_notes(network, Walker("plain", 1.0))

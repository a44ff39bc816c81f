"""What the data do not know: draws against closed forms, and against a second program."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

import livingcircle as lc
from builders.drawing import PLAN
from builders.street_city import facilities, little_city, requirement
from livingcircle.gaps.draws.chances import people_factors, run_draws, speed_factors
from livingcircle.gaps.draws.drawn_costs import shut_paths_of
from livingcircle.gaps.draws.inputs import draw_inputs
from livingcircle.gaps.draws.second_streets import NextStreets
from livingcircle.gaps.draws.terms import DrawTerms
from livingcircle.gaps.draws.uncertainty import _certainty
from livingcircle.network.lines import network_from_lines
from livingcircle.network.snap import anchor
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.result import Result

NOTHING = {"speed": 0.0, "facility_m": 0.0, "missing_paths": 0.0, "shut_paths": 0.0, "people": 0.0}
CENTRE = {"kind": "circle", "categories": ["service_centre"], "metres": 1000}


def town(streets, doors, homes, *parts, residents=100.0, leaf=None, **people):
    """A result of one requirement; streets are (class, corner, corner, ...)."""
    lines = gpd.GeoDataFrame(
        {"highway": [kind for kind, *_ in streets]},
        geometry=[LineString(PLAN.line(*corners)) for _, *corners in streets],
        crs=4326,
    )
    demand = gpd.GeoDataFrame(
        {
            "demand_id": [f"d{n}" for n in range(len(homes))],
            "residents": residents,
            "leaf": leaf if leaf is not None else [None] * len(homes),
            **people,
        },
        geometry=[Point(PLAN.at(*at)) for at in homes],
        crs=4326,
    )
    rows = [{"x": x, "y": y, "of": "service_centre", "leaf": "A"} for x, y in doors]
    city = little_city(
        network=network_from_lines(lines), facilities=facilities(rows), demand=demand
    )
    return result_of(city, *parts)


def result_of(city, *parts):
    ctx = Context(city, 2025)
    found = assess_requirement(requirement(parts=list(parts)), ctx)
    return Result(city, (found,), (), 2025, {}, ctx)


def sure_of(result, **terms):
    return lc.uncertainty(result, **{**NOTHING, **terms})


def chances(result, **terms):
    return sure_of(result, **terms).result.findings[0].demand["p_covered"].to_numpy()


ROWS = 40
LADDER = [("residential", (-100.0, 5000.0 * n), (1500.0, 5000.0 * n)) for n in range(ROWS)]


def test_without_doubt_every_draw_is_the_result_to_the_last_digit():
    city = little_city([{"x": 1000, "of": "service_centre"}])
    result = result_of(city, CENTRE)
    sure = sure_of(result, draws=7)
    found = sure.result.findings[0]
    row = sure.findings.iloc[0]
    assert row["share_drawn"] == row["band_low"] == row["band_high"] == result.findings[0].value
    assert set(found.demand["p_covered"]) == {0.0, 1.0}
    assert (found.demand["p_covered"] == (found.demand["status"] == "covered")).all()
    units = sure.units
    assert len(units)
    assert (units["share_drawn"] == units["value"]).all()
    assert (units["p_met"] == (units["status"] == "met")).all()
    assert not len(sure.checks)
    assert sure.by_speed == 0
    assert found.value == result.findings[0].value
    assert found.status == result.findings[0].status


@pytest.mark.slow
def test_a_door_that_may_stand_anywhere_in_a_disc():
    # The home is at the limit. The door on the street moves by (dx, dy): the walk is shorter where
    # dx <= -|dy|, a quarter of the disc.
    result = town(
        LADDER,
        [(0, 5000 * n) for n in range(ROWS)],
        [(1000, 5000 * n) for n in range(ROWS)],
        CENTRE,
    )
    drawn = chances(result, facility_m=25.0, draws=200)
    assert drawn.mean() == pytest.approx(0.25, abs=4 * math.sqrt(0.1875 / (24 * ROWS)))
    # By more than 25 m along and 25 m across nothing changes.
    far = town(LADDER[:1], [(0, 0)], [(960, 0), (1040, 0)], CENTRE)
    assert chances(far, facility_m=25.0, draws=60).tolist() == [1.0, 0.0]


@pytest.mark.slow
def test_the_speed_is_normal_and_nine_draws_in_ten_lie_within_it():
    minutes = {**CENTRE, "metres": None, "minutes": 10}
    limit = 600 * 1.33
    at = np.array([0.85, 0.95, 1.0, 1.05, 1.12]) * limit
    result = town(LADDER[:1], [(0, 0)], [(x, 0) for x in at], minutes)
    drawn = chances(result, speed=0.1, draws=1500)
    needed = (at / limit - 1) / (0.1 / 1.6448536)
    wanted = [0.5 * math.erfc(z / math.sqrt(2)) for z in needed]
    assert drawn == pytest.approx(wanted, abs=0.05)
    # A limit of metres is none of minutes: speed does not move it.
    plain = town(LADDER[:1], [(0, 0)], [(990, 0), (1010, 0)], CENTRE)
    assert chances(plain, speed=0.5, draws=50).tolist() == [1.0, 0.0]


@pytest.mark.slow
def test_a_path_is_shut_as_often_as_stated_and_a_street_never():
    # Every second row has a footpath in its middle.
    streets = []
    for n in range(ROWS):
        kind = "footway" if n % 2 else "residential"
        y = 5000.0 * n
        streets += [
            ("residential", (-100.0, y), (300.0, y)),
            (kind, (300.0, y), (400.0, y)),
            ("residential", (400.0, y), (900.0, y)),
        ]
    result = town(
        streets,
        [(0, 5000 * n) for n in range(ROWS)],
        [(800, 5000 * n) for n in range(ROWS)],
        CENTRE,
    )
    sure = sure_of(result, shut_paths=0.3, draws=100)
    drawn = sure.result.findings[0].demand["p_covered"].to_numpy()
    assert (drawn[::2] == 1).all()
    assert drawn[1::2].mean() == pytest.approx(0.7, abs=4 * math.sqrt(0.21 / 2000))
    # What to check are the paths, each with the people of its home that are expected to turn over.
    assert set(sure.checks["check"]) == {"path"}
    assert sure.checks["people_decided"].max() == pytest.approx(100 * (1 - drawn.min()))
    assert sure.checks["people_decided"].is_monotonic_decreasing
    middles = [PLAN.at(350, 5000 * n) for n in range(1, ROWS, 2)]
    for at in zip(sure.checks["lon"], sure.checks["lat"], strict=True):
        assert min(math.dist(at, one) for one in middles) < 1e-6
    assert len(sure.checks) == 10
    assert list(sure.checks["rank"]) == list(range(1, 11))


@pytest.mark.slow
def test_what_the_map_lacks_is_counted_on_maps_that_lack_more():
    # The door is 700 m from the home by a path, 1,000 m around it. The map has the path in 40
    # towns and lacks it in 40 others.
    streets, doors, homes = [], [], []
    for n in range(80):
        y = 5000.0 * n
        streets.append(("residential", (0.0, y), (0.0, y + 150.0), (600.0, y + 150.0), (600.0, y)))
        streets.append(("residential", (-100.0, y), (0.0, y)))
        streets.append(("residential", (600.0, y), (700.0, y)))
        if n % 2:
            streets.append(("footway", (0.0, y), (600.0, y)))
        doors.append((-50.0, y))
        homes.append((650.0, y))
    result = town(streets, doors, homes, {**CENTRE, "metres": 800})
    assert result.findings[0].value == 0.5
    drawn = chances(result, missing_paths=0.4, draws=100)
    # On a map that lacks two paths in five more, 16 of 40 + 16 homes beyond the limit had one; and
    # of all paths that there are the map shows three in five.
    assert (drawn[1::2] == 1).all()
    assert drawn[::2].mean() == pytest.approx(16 / 56 / 0.6, abs=0.04)
    # No walk is shorter than the crow flies, 700 m.
    result = town(streets, doors, homes, {**CENTRE, "metres": 690})
    assert not chances(result, missing_paths=0.4, draws=40).any()


@pytest.mark.slow
def test_a_map_that_lacks_a_path_may_bring_homes_nearer_than_they_are():
    """The door opens on a path that ends far away; without it, on the street of the home."""
    streets, doors, homes = [], [], []
    for n in range(80):
        y = 5000.0 * n
        streets.append(("residential", (0.0, y), (900.0, y)))
        if n % 2:
            streets.append(("residential", (0.0, y), (0.0, y + 1500.0)))
            streets.append(("footway", (0.0, y + 1500.0), (100.0, y + 1500.0), (100.0, y + 30.0)))
        doors.append((100.0, y + 20.0))
        homes.append((700.0, y))
    result = town(streets, doors, homes, {**CENTRE, "metres": 800})
    covered = (result.findings[0].demand["status"] == "covered").to_numpy()
    assert covered[::2].all()
    assert not covered[1::2].any()
    drawn = chances(result, missing_paths=0.4, draws=100)
    # On a map that lacks two paths in five more 40 + 16 homes are within the limit, 16 wrongly.
    assert drawn[::2].mean() == pytest.approx(1 - 16 / 56 / 0.6, abs=0.04)
    assert not drawn[1::2].any()


def test_people_move_the_share_and_no_home():
    result = town(
        LADDER[:1], [(0, 0)], [(500, 0), (1400, 0)], {**CENTRE, "target": 0.5}, leaf=["A", "A"]
    )
    sure = sure_of(result, people=0.4, draws=1000)
    assert sure.result.findings[0].demand["p_covered"].tolist() == [1.0, 0.0]
    row = sure.findings.iloc[0]
    assert row["share_drawn"] == pytest.approx(0.5, abs=0.01)
    # a / (a + b) with a, b normal around 1 by 0.243: nine tenths within about 0.14 of a half.
    spread = 1.645 * 0.4 / 1.645 / math.sqrt(2) / 2
    assert row["band_low"] == pytest.approx(0.5 - spread, abs=0.02)
    assert row["band_high"] == pytest.approx(0.5 + spread, abs=0.02)
    assert row["p_met"] == pytest.approx(0.5, abs=0.05)
    assert list(sure.checks["check"]) == ["people"]
    assert sure.checks["people_decided"].iloc[0] == pytest.approx(100, abs=10)


def crossroads(seed):
    """A grid of streets and paths, doors and homes anywhere on it."""
    rng = np.random.default_rng(seed)
    grid = [150.0 * n for n in range(6)]
    pieces = [((x, y), (x2, y)) for y in grid for x, x2 in pairwise(grid)]
    pieces += [((x, y), (x, y2)) for x in grid for y, y2 in pairwise(grid)]
    kinds = np.where(rng.random(len(pieces)) < 0.6, "footway", "residential")
    streets = [(kind, *piece) for kind, piece in zip(kinds, pieces, strict=True)]
    doors = [tuple(map(float, xy)) for xy in rng.uniform(20, 730, (4, 2))]
    homes = [tuple(map(float, xy)) for xy in rng.uniform(20, 730, (40, 2))]
    return streets, doors, homes


def by_hand(streets, doors, homes, shut):
    """Metres to the nearest door: a graph cut at every foot, on the drawing board."""
    lines = [LineString(corners) for _, *corners in streets]
    feet: dict[int, list[tuple[float, object]]] = {n: [] for n in range(len(lines))}
    legs = {}
    for name, xy in [(("door", n), d) for n, d in enumerate(doors)] + [
        (("home", n), h) for n, h in enumerate(homes)
    ]:
        away = [line.distance(Point(xy)) for line in lines]
        on = int(np.argmin(away))
        feet[on].append((lines[on].project(Point(xy)), name))
        legs[name] = away[on]
    graph = nx.DiGraph()

    def join(a, b, metres):
        for one, two in ((a, b), (b, a)):
            old = graph.get_edge_data(one, two, {"m": math.inf})["m"]
            graph.add_edge(one, two, m=min(old, metres))

    for number, line in enumerate(lines):
        (a, b), length = [tuple(c) for c in line.coords], line.length
        if not shut[number]:
            join(a, b, length)
        stops = sorted(feet[number], key=lambda foot: foot[0])
        for at, name in stops:
            # Whoever stands on a shut path leaves by its ends, and nobody walks through it.
            join((a, "end", name), name, 0.0)
            graph.remove_edge(name, (a, "end", name))
            for end, metres in ((a, at), (b, length - at)):
                if name[0] == "door":
                    graph.add_edge(name, end, m=metres)
                else:
                    graph.add_edge(end, name, m=metres)
        for at, one in stops:
            for there, two in stops:
                if one[0] == "door" and two[0] == "home":
                    graph.add_edge(one, two, m=abs(at - there))
    found = np.full(len(homes), np.inf)
    for number in range(len(doors)):
        cost = nx.single_source_dijkstra_path_length(graph, ("door", number), weight="m")
        for home in range(len(homes)):
            reached = cost.get(("home", home), math.inf)
            walk = legs[("door", number)] + reached + legs[("home", home)]
            found[home] = min(found[home], walk)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_draws_agree_with_a_second_program(seed):
    streets, doors, homes = crossroads(seed)
    part = {**CENTRE, "metres": None, "minutes": 5}
    result = town(streets, doors, homes, part)
    terms = DrawTerms(
        draws=12,
        seed=seed,
        speed=0.2,
        facility_m=60.0,
        missing_paths=0.0,
        shut_paths=0.3,
        people=0.5,
    )
    ctx = result.context
    everything = draw_inputs(result, ctx, terms)
    (drawn,) = run_draws(everything, terms, np.array(homes))
    (search,) = everything.searches
    network = search.ground.network
    wanted, shares = np.zeros(len(homes)), []
    for draw in range(terms.draws):
        slots = np.random.default_rng([seed, 4, draw]).integers(0, 1 << 30, len(doors))
        shift = shifts_of(seed, len(doors), 60.0, 12)
        at = [
            (x + shift[n, slots[n] % 12, 0], y + shift[n, slots[n] % 12, 1])
            for n, (x, y) in enumerate(order_of(everything, doors, search))
        ]
        shut = shut_paths_of(terms, draw, network.tags.footpath)
        metres = by_hand(streets, at, homes, shut)
        inside = metres <= 300 * 1.33 * speed_factors(terms)[draw]
        wanted += inside
        weight = people_factors(terms, draw, len(homes))
        shares.append(weight[inside].sum() / weight.sum())
    assert drawn.covered * terms.draws == pytest.approx(wanted)
    assert drawn.share == pytest.approx(shares)
    assert 0 < drawn.covered.mean() < 1


def shifts_of(seed, count, radius, places):
    """The places of the doors, drawn again: even over a disc."""
    rng = np.random.default_rng([seed, 6, 0])
    away = radius * np.sqrt(rng.random((count, places)))
    turn = 2 * np.pi * rng.random((count, places))
    return np.stack([away * np.cos(turn), away * np.sin(turn)], axis=2)


def order_of(everything, doors, search):
    """The doors in the order in which they are drawn: by id and place."""
    assert sorted(search.door) == list(range(len(doors)))
    return [doors[int(row)] for row in np.argsort(search.door)]


@pytest.mark.slow
def test_a_seed_gives_the_same_draws_and_another_one_others():
    streets, doors, homes = crossroads(9)
    result = town(streets, doors, homes, {**CENTRE, "metres": 400})
    one, two = (lc.uncertainty(result, draws=20, seed=5) for _ in range(2))
    other = lc.uncertainty(result, draws=20, seed=6)
    pd.testing.assert_frame_equal(one.findings, two.findings)
    pd.testing.assert_frame_equal(pd.DataFrame(one.checks), pd.DataFrame(two.checks))
    assert not one.findings.equals(other.findings)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [("draws", 0), ("draws", True), ("speed", -0.1), ("facility_m", float("nan")),
     ("shut_paths", 0.9), ("people", 2.0), ("seed", -1), ("missing_paths", "x")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(name, value):
    result = result_of(little_city([{"x": 1000, "of": "service_centre"}]), CENTRE)
    with pytest.raises(lc.LivingCircleError):
        lc.uncertainty(result, **{name: value})


def two_centres():
    """A city of rows of homes with two service centres, and no street marked as a footpath."""
    return little_city([{"x": 500, "of": "service_centre"}, {"x": 2100, "of": "service_centre"}])


@pytest.mark.slow
def test_a_check_names_the_facility_that_the_home_walks_to():
    # 990 m along the home's own street to the one, 1,060 m over the end of it to the other.
    streets = [
        ("residential", (-100.0, 0.0), (1500.0, 0.0)),
        ("footway", (1500.0, 0.0), (2100.0, 0.0)),
    ]
    result = town(streets, [(0, 0), (2050, 0)], [(990, 0)], CENTRE)
    nearest = result.findings[0].demand["facility_id"].iloc[0]
    table = result.city.facilities.table
    assert nearest == table.loc[table.geometry.x.idxmin(), "facility_id"]
    sure = sure_of(result, facility_m=25.0, shut_paths=0.5, draws=60)
    assert list(zip(sure.checks["check"], sure.checks["key"], strict=True)) == [
        ("facility", str(nearest))
    ]
    covered = sure.result.findings[0].demand["p_covered"].iloc[0]
    assert 0 < covered < 1
    assert sure.checks["people_decided"].iloc[0] == pytest.approx(100 * (1 - covered))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_checks_of_doors_are_of_the_nearest_facilities(seed):
    streets, doors, homes = crossroads(seed)
    streets = [("residential", *piece) for _, *piece in streets]
    result = town(streets, doors, homes, {**CENTRE, "metres": 300})
    sure = lc.uncertainty(result, draws=40, checks=100, **{**NOTHING, "facility_m": 60.0})
    demand = sure.result.findings[0].demand
    was = (demand["status"] == "covered").astype(float)
    turned = 100 * (demand["p_covered"] - was).abs()
    wanted = turned.groupby(demand["facility_id"].astype(str)).sum()
    found = sure.checks.set_index("key")["people_decided"]
    assert found.to_dict() == pytest.approx(wanted[wanted > 0].to_dict())


@pytest.mark.slow
@pytest.mark.parametrize("swapped", [False, True])
def test_no_chance_of_a_home_is_told_where_that_of_one_part_is_not_known(swapped):
    # Two facilities within reach are not drawn for; one within 500 m is.
    parts = [{**CENTRE, "k": 2}, {**CENTRE, "metres": 500}]
    result = result_of(two_centres(), *(parts[::-1] if swapped else parts))
    found = sure_of(result, draws=3).result.findings[0]
    own = found.parts[0 if swapped else 1].demand
    assert (own["p_covered"] == (own["status"] == "covered")).all()
    assert "p_covered" not in found.demand
    assert "–" not in found.note_zh + found.note_en
    assert "met in 0 % of them" in found.note_en


def test_people_of_many_speeds_are_judged_in_draws_as_in_the_result():
    part = {**CENTRE, "metres": None, "minutes": 7, "walker": "elderly_measured", "target": 0.45}
    result = result_of(two_centres(), part)
    value, expected = (result.findings[0].value, result.findings[0].measures["share_expected"])
    assert value < 0.45 < expected
    sure = sure_of(result, draws=3)
    row = sure.findings.iloc[0]
    assert row["status"] == "short"
    assert row["p_met"] == 0
    assert row["share_drawn"] == row["band_low"] == row["band_high"] == value
    assert (sure.units["share_drawn"] == sure.units["value"]).all()
    # Of a home the chance is that of its people.
    demand = sure.result.findings[0].demand
    weighed = np.average(demand["p_covered"], weights=demand["residents"])
    assert weighed == pytest.approx(expected)


@pytest.mark.slow
def test_checks_of_people_count_residents_as_the_others_do():
    part = {**CENTRE, "target": 0.5, "group": "under3"}
    result = town(
        LADDER[:1], [(0, 0)], [(500, 0), (1400, 0)], part, leaf=["A", "A"], under3=[4.0, 4.0]
    )
    sure = sure_of(result, people=0.4, draws=400)
    assert list(sure.checks["check"]) == ["people"]
    # Half of the draws turn the unit over, and 200 people live in it.
    assert sure.checks["people_decided"].iloc[0] == pytest.approx(100, abs=20)


@pytest.mark.slow
def test_paths_are_not_drawn_where_no_street_is_marked_as_one():
    city = two_centres()
    assert not city.network.tags.footpath.any()
    result = result_of(city, {**CENTRE, "metres": 500})
    sure = sure_of(result, draws=5, missing_paths=0.4, shut_paths=0.4)
    assert (sure.terms.missing_paths, sure.terms.shut_paths) == (0.0, 0.0)
    assert "does not say which streets are footpaths" in sure.sentence.en
    assert "路网未标明哪些街道是步行路径" in sure.sentence.zh
    assert "40" not in sure.sentence.en
    streets, doors, homes = crossroads(1)
    marked = sure_of(town(streets, doors, homes, CENTRE), draws=2, shut_paths=0.4)
    assert "does not say" not in marked.sentence.en
    assert "40 % of them shut" in marked.sentence.en


def test_drawing_anew_overwrites_what_was_drawn():
    result = result_of(two_centres(), {**CENTRE, "metres": 500, "target": 0.5})
    first = lc.uncertainty(result, draws=5)
    again = lc.uncertainty(first.result, draws=5)
    pd.testing.assert_frame_equal(first.result.findings[0].units, again.result.findings[0].units)
    assert again.result.findings[0].units["p_met"].notna().any()
    assert again.result.findings[0].note_en == first.result.findings[0].note_en


def test_a_door_whose_path_is_hidden_does_not_open_through_a_wall():
    # North of the path a wall and a street 40 m away, west of it a street 150 m away.
    lines = gpd.GeoDataFrame(
        {"highway": ["footway", "residential", "residential"]},
        geometry=[
            LineString(PLAN.line(*corners))
            for corners in (((0, 0), (300, 0)), ((0, 40), (300, 40)), ((0, 0), (0, -900)))
        ],
        crs=4326,
    )
    bare = network_from_lines(lines)
    walled = replace(bare, walls=np.array([[*PLAN.at(-50, 20), *PLAN.at(350, 20)]]))
    place = np.array([PLAN.at(150, 5)])
    found = {}
    for name, network in (("bare", bare), ("walled", walled)):
        at = anchor(network, place[:, 0], place[:, 1], 300.0)
        found[name] = [int(one.edge[0]) for one in NextStreets(network).of(place, at, 300.0)]
    assert found == {"bare": [1, 2, -1], "walled": [2, -1, -1]}


@pytest.mark.parametrize(
    ("unsure", "many", "zh", "en"),
    [
        (3, 5, "5 项要判定的步行要求中，3 项是否达标，把握不足九成五",
         "for 3 of the 5 requirements that ask for walks and are judged it is less than 95 %"
         " certain whether they are met"),
        (1, 5, "5 项要判定的步行要求中，1 项是否达标，把握不足九成五",
         "for 1 of the 5 requirements that ask for walks and are judged it is less than 95 %"
         " certain whether it is met"),
        (0, 5, "5 项要判定的步行要求是否达标，都有九成五以上的把握",
         "for all 5 requirements that ask for walks and are judged it is at least 95 % certain"
         " whether they are met"),
        (1, 1, "要判定的步行要求有 1 项，是否达标，把握不足九成五",
         "for the one requirement that asks for walks and is judged it is less than 95 % certain"
         " whether it is met"),
        (0, 1, "要判定的步行要求有 1 项，是否达标，有九成五以上的把握",
         "for the one requirement that asks for walks and is judged it is at least 95 % certain"
         " whether it is met"),
    ],
)  # fmt: skip
def test_how_certain_the_verdicts_are_is_said_in_plain_words(unsure, many, zh, en):
    assert _certainty(unsure, many) == (zh, en)

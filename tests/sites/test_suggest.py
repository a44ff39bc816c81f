"""Plans for the little city, where the best sites follow from arithmetic."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point, Polygon

from builders.drawing import PLAN, walk_network
from builders.street_city import config, demand, little_city, villages
from livingcircle.errors import ConfigError, InputError
from livingcircle.publish.evidence import Evidence
from livingcircle.scenario.model import read_scenario
from livingcircle.sites import propose, suggest_sites
from livingcircle.standards.assess import assess

pytestmark = pytest.mark.slow

# The little city: homes at 100, 400, 600 and 900 m of each of four kilometres, 100 people each.
PACK = """
id = "test"
[document]
title_zh = "试"
title_en = "Test"
issuer_zh = "试"
issuer_en = "Test"
[[requirement]]
id = "T-1"
clause = "1"
statement_zh = "圈"
statement_en = "circle"
force = "must"
kind = "circle"
metres = {metres}
categories = ["service_centre"]
[[requirement]]
id = "T-2"
clause = "2"
statement_zh = "分站"
statement_en = "sub-stations"
force = "may"
kind = "substation"
metres = 1000
staff = [1, 2]
target = "report"
measure = "{measure}"
categories = ["service_centre"]
[[requirement]]
id = "T-3"
clause = "3"
statement_zh = "每社区一处"
statement_en = "one in every leaf"
force = "must"
kind = "provision"
level = "leaf"
categories = ["clinic"]
[[requirement]]
id = "T-4"
clause = "4"
statement_zh = "圈"
statement_en = "circle without data"
force = "must"
kind = "circle"
metres = 500
categories = ["library"]
[[requirement]]
id = "T-5"
clause = "5"
statement_zh = "综合圈"
statement_en = "two needs"
force = "must"
kind = "circle"
metres = 500
all_of = [
  {{ id = "centre", zh = "中心", en = "centre", categories = ["service_centre"] }},
  {{ id = "clinic", zh = "卫生", en = "clinic", categories = ["clinic"] }},
]
"""


@pytest.fixture(name="pack")
def _pack(tmp_path):
    def write(metres=500, measure="mean"):
        file = tmp_path / "pack.toml"
        file.write_text(PACK.format(metres=metres, measure=measure), encoding="utf-8")
        return [file]

    return write


def city(*at, **changes):
    return little_city([{"x": x, "of": ("service_centre", "clinic")} for x in at], **changes)


def spots(*xs, **columns):
    """Candidates at metres along the street."""
    places = [Point(PLAN.at(x, 0)) for x in xs]
    return gpd.GeoDataFrame(columns, geometry=places, crs=4326, index=range(len(xs)))


def test_the_fewest_sites_close_the_street(pack) -> None:
    # Uncovered are 1100 to 3900; 500 m either way: three sites for 2,800 m of homes.
    plan = suggest_sites(city(500), "T-1", packs=pack())
    assert len(plan.sites) == 3
    assert plan.solution.status == "optimal"
    assert plan.people == 1200.0
    assert plan.sites["people"].sum() == 1200.0
    assert (plan.sites["farthest_m"] <= 500.0 + 1e-6).all()
    assert (plan.before.value, plan.after.value) == (0.25, 1.0)
    assert len(plan.left) == 0
    whole = plan.units[plan.units["level"].isin(["community", "village"])].set_index("name")
    assert whole["value_after"].tolist() == [1.0] * 4
    assert plan.units["people_regained"].max() == 1200.0
    assert "proven best" in plan.note_en
    assert "最优" in plan.note_zh


@pytest.mark.parametrize("weight", [None, "residents"])
def test_a_plan_says_whom_it_could_not_count(pack, weight) -> None:
    people = demand()
    people.loc[people["demand_id"].isin(["d100", "d2100", "d2400"]), "residents"] = np.nan
    plan = suggest_sites(city(500, demand=people), "T-1", packs=pack(), weight=weight)
    # Twelve homes lie beyond 500 m, two of them of unknown people; d100 is covered already.
    assert plan.people == 1000.0
    assert "2 of 12 demand points state no number of people: unknown, not 0" in plan.note_en
    assert "12 个居民点中有 2 个未给出人数" in plan.note_zh
    # Unknown is not zero: they need a site as everybody does, and have one.
    assert len(plan.left) == 0
    one = suggest_sites(city(500, demand=people), "T-1", packs=pack(), weight=weight, max_sites=1)
    # The best site reaches 3,100 to 3,900 m, or 1,100 to 1,900 m: four homes of 100 people.
    assert one.people == 400.0
    assert "400 residents newly served, 600 still left out" in one.note_en


def test_homes_of_unknown_people_alone_need_their_site(pack) -> None:
    people = demand()
    people.loc[people["leaf"] != "A", "residents"] = np.nan
    plan = suggest_sites(city(500, demand=people), "T-1", packs=pack())
    assert plan.before.status == "unknown"
    assert (len(plan.sites), len(plan.left), plan.people) == (3, 0, 0.0)
    assert plan.after.status == "met"


def test_a_weight_that_nobody_states_is_refused(pack) -> None:
    people = demand()
    people["age65"] = np.nan
    with pytest.raises(ConfigError, match="no demand point states a number in the column 'age65'"):
        suggest_sites(city(500, demand=people), "T-1", packs=pack(), weight="age65")


def test_a_plan_of_the_best_sites_keeps_its_promise(pack) -> None:
    base = city(500)
    plan = suggest_sites(base, "T-1", max_sites=1, packs=pack())
    # Within 500 m of one spot are at most homes like 1600, 1900, 2100, 2400: 400 people.
    assert plan.sites["people"].tolist() == [400.0]
    assert plan.people == plan.solution.objective == 400.0
    after = assess(base.with_scenario(plan.scenario), *pack(), as_of=2025).finding("T-1")
    assert after.value == plan.after.value == 0.5
    assert set(plan.left["left_because"]) == {"not_chosen"}
    assert plan.left["people"].sum() == 800.0
    nothing = suggest_sites(base, "T-1", max_sites=0, packs=pack())
    assert len(nothing.sites) == 0
    assert nothing.people == 0.0


def test_the_users_candidates_costs_and_fixed_sites(pack, tmp_path) -> None:
    given = spots(1250, 2250, 3250, 1400, cost=[1, 1, 1, 1], name=["甲", "乙", "丙", "丁"])
    plan = suggest_sites(city(500), "T-1", candidates=given, packs=pack())
    # No spot is within 500 m of 3900: it cannot be served, and that is said. 甲 and 丁 serve the
    # same homes; from 丁 (1,400 m) the walks are shorter.
    assert sorted(plan.sites["name"]) == ["丁", "丙", "乙"]
    assert plan.left["left_because"].tolist() == ["no_candidate"]
    assert plan.left["left_because_zh"].tolist() == ["没有备选点够得着"]
    plan = suggest_sites(
        city(500), "T-1", candidates=given.assign(fixed=["", "", "", "是"]), packs=pack()
    )
    assert sorted(plan.sites["name"]) == ["丁", "丙", "乙"]
    cheap = given.assign(cost=[1, 5, 1, 9])
    plan = suggest_sites(city(500), "T-1", candidates=cheap, budget=2.0, packs=pack())
    assert sorted(plan.sites["name"]) == ["丙", "甲"]
    assert plan.cost == 2.0
    file = tmp_path / "空置用房.csv"
    lonlat = [PLAN.at(x, 0) for x in (1250, 2250, 3250)]
    rows = [f"用房{n},{lon:.8f},{lat:.8f}" for n, (lon, lat) in enumerate(lonlat)]
    file.write_text("\n".join(["名称,经度,纬度", *rows]), encoding="gbk")
    plan = suggest_sites(city(500), "T-1", candidates=file, packs=pack())
    assert sorted(plan.sites["name"]) == ["用房0", "用房1", "用房2"]


def test_sites_keep_their_distance(pack) -> None:
    given = spots(1250, 2250, 3250)
    plan = suggest_sites(city(500), "T-1", candidates=given, min_distance_m=999, packs=pack())
    assert len(plan.sites) == 3
    plan = suggest_sites(city(500), "T-1", candidates=given, min_distance_m=1001, packs=pack())
    assert len(plan.sites) == 2
    assert plan.solution.status == "infeasible"
    assert "contradict" in plan.note_en


def test_a_room_for_so_many_households(pack) -> None:
    # 40 households per home: 30 m² per 100 households make 36 m² enough for three homes.
    given = spots(1250, 2250, 3250, area_m2=[36.0, 36.0, 36.0])
    plan = suggest_sites(
        city(500), "T-1", candidates=given, m2_per_100_households=30, max_sites=3, packs=pack()
    )
    assert plan.sites["load"].tolist() == pytest.approx([120.0] * 3)
    assert plan.sites["capacity"].tolist() == pytest.approx([120.0] * 3)
    assert plan.solution.objective == pytest.approx(360.0)
    with pytest.raises(ConfigError, match="area_m2"):
        suggest_sites(
            city(500), "T-1", candidates=spots(1250), m2_per_100_households=30, packs=pack()
        )


def test_least_mean_and_least_longest_walk(pack) -> None:
    given = spots(*range(0, 4001, 250))
    plan = suggest_sites(
        city(0), "T-1", objective="median", max_sites=1, candidates=given, packs=pack()
    )
    # With a centre at 0 the mean walk is least with the site about two thirds along the street;
    # walks beyond 1,500 m are not sent to the new site.
    homes = np.array([1000.0 * k + h for k in range(4) for h in (100, 400, 600, 900)])
    near = np.abs(homes[:, None] - np.arange(0, 4001, 250.0))
    sums = np.where(near <= 1500, np.minimum(near, homes[:, None]), homes[:, None]).sum(axis=0)
    assert plan.solution.objective == pytest.approx(100 * sums.min(), abs=5.0)
    plan = suggest_sites(
        city(0), "T-1", objective="center", max_sites=2, candidates=given, packs=pack()
    )
    pairs = [np.minimum(near[:, a], near[:, b]) for a, b in combinations(range(17), 2)]
    longest = min(np.minimum(pair, homes).max() for pair in pairs)
    assert plan.solution.objective == pytest.approx(longest, abs=0.05)
    with pytest.raises(ConfigError, match="limit"):
        suggest_sites(city(0), "T-1", objective="median", packs=pack())
    with pytest.raises(ConfigError, match="one limit"):
        suggest_sites(city(0), "T-1", objective="center", packs=pack())


def test_sub_stations_stand_in_the_village_and_close_its_gap(pack) -> None:
    far = villages((2500, 3000), (3100, 3500), (3600, 4000))
    base = city(500, urban_villages=far)
    for measure in ("mean", "centre", "share", "nearest_edge"):
        plan = suggest_sites(base, "T-2", packs=pack(measure=measure))
        # One station in the middle village is within 1,000 m of all three.
        assert len(plan.sites) == 1, measure
        assert plan.before.value == 3.0
        assert plan.after.value == 0.0
        assert plan.sites["staff_high"].tolist() == [2.0]
        x = (plan.sites["lon"].iloc[0] - PLAN.lon) / (PLAN.at(1000, 0)[0] - PLAN.lon) * 1000
        spans = ((2500, 3000), (3100, 3500), (3600, 4000))
        assert any(west - 1e-6 <= x <= east + 1e-6 for west, east in spans)
    # Of a village less is better: each is nearer to a station now.
    far = plan.units[plan.units["level"] == "urban_village"]
    assert len(far) == 3
    assert (far["better_by"] > 0).all()
    assert "3 urban villages" in plan.note_en


def test_several_needs_are_met_by_one_site(pack) -> None:
    base = little_city([{"x": 500, "of": "service_centre"}, {"x": 500, "of": "clinic"}])
    plan = suggest_sites(base, "T-5", packs=pack())
    assert plan.after.value == 1.0
    assert set(plan.sites["category"]) == {"service_centre;clinic"}


def test_a_link_that_does_as_much_is_said(pack) -> None:
    # A second street 60 m north of the first, joined to it only at the far west end.
    lines = [PLAN.line((500.0 * i, 0.0), (500.0 * i + 500.0, 0.0)) for i in range(8)]
    lines += [PLAN.line((0, 0), (0, 60)), PLAN.line((0, 60), (4000, 60))]
    homes = gpd.GeoDataFrame(
        {"residents": [100.0, 100.0, 100.0], "households": 40.0, "leaf": "B"},
        geometry=[Point(PLAN.at(x, 60)) for x in (1300, 1500, 1700)],
        crs=4326,
    )
    base = city(1500, network=walk_network(lines), demand=homes)
    plan = suggest_sites(base, "T-1", packs=pack(metres=300))
    assert len(plan.sites) == 1
    assert plan.alternative is not None
    assert len(plan.alternative.sites) == 0
    assert plan.alternative.people == plan.people == 300.0
    assert plan.alternative.cost == plan.cost == 1.0
    assert "1 new link" in plan.note_en
    used = suggest_sites(base, "T-1", links="use", packs=pack(metres=300))
    assert used.built_links["length_m"].tolist() == pytest.approx([60.0], abs=0.05)
    assert used.after.value == 1.0
    dear = suggest_sites(base, "T-1", link_cost=1.5, packs=pack(metres=300))
    assert dear.alternative is None
    assert suggest_sites(base, "T-1", links="no", packs=pack(metres=300)).alternative is None


def test_sites_for_too_few_are_not_proposed(pack) -> None:
    demand = city().demand.assign(residents=[100.0] * 15 + [3.0])
    base = city(500, demand=demand)
    plan = suggest_sites(base, "T-1", candidates=spots(1400, 2250, 3250, 4000), packs=pack())
    assert len(plan.sites) == 4
    plan = suggest_sites(
        base, "T-1", candidates=spots(1400, 2250, 3250, 4000), least_people=50, packs=pack()
    )
    assert len(plan.sites) == 3
    assert plan.left["people"].tolist() == [3.0]
    assert plan.solution.status == "thinned"
    assert plan.statistics()["gap"] is None


def test_a_share_is_enough(pack) -> None:
    # Four homes of sixteen are covered; one site brings four more, two bring eight.
    plan = suggest_sites(city(500), "T-1", share=0.5, packs=pack())
    assert len(plan.sites) == 1
    assert plan.after.value == 0.5
    assert plan.solution.status == "optimal"
    assert len(suggest_sites(city(500), "T-1", share=0.51, packs=pack()).sites) == 2
    assert len(suggest_sites(city(500), "T-1", share=0.2, packs=pack()).sites) == 0
    with pytest.raises(ConfigError, match="95 %"):
        suggest_sites(city(500), "T-1", share=95, packs=pack())
    with pytest.raises(ConfigError, match="State one of"):
        suggest_sites(city(500), "T-1", share=0.9, max_sites=2, packs=pack())


def test_what_cannot_be_asked_is_said(pack) -> None:
    base = city(500)
    for standard, said in (
        ("T-9", "Did you mean"),
        ("T-3", "not about walks"),
        ("T-4", "missing category:library"),
    ):
        with pytest.raises(ConfigError, match=said):
            suggest_sites(base, standard, packs=pack())
    with pytest.raises(ConfigError, match="Did you mean 'cover'"):
        suggest_sites(base, "T-1", objective="covers", packs=pack())
    with pytest.raises(ConfigError, match="no column"):
        suggest_sites(base, "T-1", weight="cats", packs=pack())
    with pytest.raises(ConfigError, match="max_sites is -1"):
        suggest_sites(base, "T-1", max_sites=-1, packs=pack())
    with pytest.raises(InputError, match="negative cost"):
        suggest_sites(base, "T-1", candidates=spots(1250, cost=[-1.0]), packs=pack())
    done = suggest_sites(city(500, 1500, 2500, 3500), "T-1", packs=pack())
    assert len(done.sites) == 0
    assert done.after.value == 1.0


def test_another_group_counts(pack) -> None:
    demand = city().demand.assign(age65=[0.0] * 12 + [50.0] * 4)
    base = city(500, demand=demand)
    plan = suggest_sites(base, "T-1", max_sites=1, weight="age65", packs=pack())
    assert plan.sites["people"].tolist() == [200.0]
    assert "65" in plan.note_en


def test_a_plan_is_written_and_can_be_run_again(pack, tmp_path) -> None:
    base = city(500, config=config(packs=[str(pack()[0])]))
    plan = suggest_sites(base, "T-1")
    folder = plan.write(tmp_path / "plan")
    names = {file.name for file in folder.iterdir()}
    written = {"sites.gpkg", "sites.csv", "units.csv", "scenario.toml", "plan.json"}
    assert names == {*written, "proof", ".livingcircle.json"}
    table = pd.read_csv(folder / "sites.csv", encoding="utf-8-sig")
    assert table["site_id"].tolist() == ["T-1-1", "T-1-2", "T-1-3"]
    said = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert (said["status"], said["gap"], said["sites"]) == ("optimal", 0.0, 3)
    layer = gpd.read_file(folder / "sites.gpkg", layer="sites")
    assert layer.crs.to_epsg() == 4326
    names = {name for name, _ in pyogrio.list_layers(folder / "sites.gpkg")}
    assert {"units", "sites", "layer_styles"} <= names
    units = gpd.read_file(folder / "sites.gpkg", layer="units")
    assert (units["better_by"] >= 0).all()
    assert units["better_by"].max() == 1.0
    again = assess(base.with_scenario(read_scenario(folder / "scenario.toml")), as_of=2025)
    assert again.finding("T-1").value == 1.0
    assert "T-1" in repr(plan)
    assert "<table" in plan._repr_html_()


def behind_the_railway():
    """A centre at 1,300 m of the south street; three villages on the north street, 60 m away.

    The streets meet only in the far west. Straight across from the centre it is 860 m to the middle
    of the first two villages, one to each side; the third lies 1,700 m east of the second.
    """
    lines = [PLAN.line((500.0 * i, 0.0), (500.0 * i + 500.0, 0.0)) for i in range(8)]
    lines += [PLAN.line((0, 0), (0, 60)), PLAN.line((0, 60), (4000, 60))]
    spans = ((400, 600), (2000, 2200), (3700, 3900))
    far = villages(*spans)
    homes = gpd.GeoDataFrame(
        {
            "residents": 100.0,
            "households": 40.0,
            "leaf": "B",
            "urban_village": np.repeat(far["village_id"].to_numpy(), 3),
        },
        geometry=[
            Point(PLAN.at(x, 60)) for west, _ in spans for x in (west, west + 100, west + 200)
        ],
        crs=4326,
    )
    far["geometry"] = [
        Polygon([PLAN.at(*c) for c in ((w, 40), (e, 40), (e, 80), (w, 80))]) for w, e in spans
    ]
    return city(1300, network=walk_network(lines), demand=homes, urban_villages=far)


@pytest.mark.parametrize("measure", ["mean", "share", "centre", "nearest_edge"])
def test_a_footbridge_and_a_station_do_what_three_stations_do(pack, measure) -> None:
    plan = suggest_sites(behind_the_railway(), "T-2", packs=pack(measure=measure))
    assert plan.before.value == 3.0
    # The villages lie 1,400 m and more apart: no station serves two of them.
    assert len(plan.sites) == 3
    assert plan.after.value == 0.0
    other = plan.alternative
    assert other is not None
    assert (len(other.sites), len(other.built_links), other.cost) == (1, 1, 2.0)
    assert other.after.value == 0.0
    assert other.people == plan.people == 900.0
    assert other.built_links["length_m"].iloc[0] == pytest.approx(60.0, abs=0.5)
    x = (other.sites["lon"].iloc[0] - PLAN.lon) / (PLAN.at(1000, 0)[0] - PLAN.lon) * 1000
    assert 3700 <= x <= 3900
    assert "1 new link" in plan.note_en
    assert "新开 1 处连接（门、通道或桥）" in plan.note_zh
    # Two thirds of the money: dear links are not worth it.
    dear = suggest_sites(behind_the_railway(), "T-2", link_cost=2.5, packs=pack(measure=measure))
    assert dear.alternative is None


def test_links_are_found_for_each_village(pack) -> None:
    plan = suggest_sites(behind_the_railway(), "T-2", packs=pack())
    # None closes the third village: no link of 250 m brings it within 1,000 m.
    assert set(plan.links["people"]) >= {600.0}
    assert plan.alternative is not None
    assert plan.alternative.scenario.add_link["name"].tolist() == ["连接通道"]


def cut_off_village(y: float):
    """One village of two homes ``y`` metres north of the only street."""
    far = villages((2500, 3000))
    corners = ((2500, y - 50), (3000, y - 50), (3000, y + 50), (2500, y + 50))
    far["geometry"] = [Polygon([PLAN.at(*c) for c in corners])]
    homes = gpd.GeoDataFrame(
        {"residents": 100.0, "households": 40.0, "leaf": "C", "urban_village": "V0"},
        geometry=[Point(PLAN.at(x, y)) for x in (2600, 2900)],
        index=range(2),
        crs=4326,
    )
    return city(500, urban_villages=far, demand=homes)


def test_a_village_without_a_street_gets_its_station_on_the_nearest_one(pack) -> None:
    plan = suggest_sites(cut_off_village(200), "T-2", packs=pack())
    assert len(plan.sites) == 1
    assert plan.after.value == 0.0
    assert plan.sites["lat"].iloc[0] == pytest.approx(PLAN.lat, abs=1e-6)


@pytest.mark.parametrize("y", [0, 200])
def test_a_village_without_homes_gets_its_station_too(pack, y) -> None:
    """Measured from its middle, with a street through it and without one."""
    base = cut_off_village(y)
    elsewhere = base.demand.assign(urban_village=None, geometry=Point(PLAN.at(400, 0)))
    plan = suggest_sites(replace(base, demand=elsewhere), "T-2", packs=pack())
    assert plan.before.value == 1.0
    assert len(plan.sites) == 1
    assert plan.after.value == 0.0


def test_a_village_off_the_network_is_said_to_have_no_place(pack) -> None:
    result = assess(cut_off_village(2000), *pack(), as_of=2025)
    (plan,) = propose(result)
    assert len(plan.sites) == 0
    assert plan.after.value == 1.0
    assert "no walkable street" in plan.note_en
    assert "没有可步行道路" in plan.note_zh
    # Nobody there walks anywhere: there is no walk to draw.
    assert len(Evidence(result).routes) == 0


@pytest.mark.parametrize(
    "terms",
    [
        {"max_sites": 1},
        {"share": 0.9},
        {},
        {"max_sites": 1, "least_people": 50},
    ],
)
def test_a_full_site_serves_whom_it_has_room_for(pack, terms) -> None:
    # A centre at 500 m serves unit A; the four homes of B, 400 people, are within 500 m of 1,500.
    given = spots(1500, capacity=[150.0])
    plan = suggest_sites(city(500), "T-1", candidates=given, packs=pack(500), links="no", **terms)
    assert plan.sites["people"].tolist() == pytest.approx([150.0])
    assert plan.people == pytest.approx(150.0)
    full = plan.left[plan.left["left_because"] == "full"]
    assert full["people"].sum() == pytest.approx(250.0)
    assert plan.left["people"].sum() == pytest.approx(1050.0)
    assert "150 residents newly served, 1,050 still left out" in plan.note_en


@pytest.mark.parametrize("objective", ["median", "center"])
def test_models_of_walks_count_within_the_limit_and_the_room(pack, objective) -> None:
    given = spots(1500, capacity=[150.0])
    plan = suggest_sites(
        city(500),
        "T-1",
        candidates=given,
        packs=pack(500),
        links="no",
        objective=objective,
        max_sites=1,
    )
    assert plan.sites["people"].sum() <= 150.0 + 1e-6
    assert plan.people <= 150.0 + 1e-6
    assert plan.people + plan.left["people"].sum() == pytest.approx(1200.0)


def test_villages_near_a_full_site_are_told_the_room_it_has(pack) -> None:
    far = villages((1200, 1800))
    homes = little_city([]).demand
    homes["urban_village"] = ["V0" if 4 <= k < 8 else None for k in range(16)]
    base = city(100, urban_villages=far, demand=homes)
    given = spots(1500, capacity=[150.0])
    plan = suggest_sites(base, "T-2", candidates=given, max_sites=1, packs=pack(500), links="no")
    assert plan.people == pytest.approx(150.0)
    assert "the sites have room for 150 residents, not for 250 more" in plan.note_en
    assert "250 人无处可容" in plan.note_zh


@pytest.mark.parametrize("year", [0, -5, 999_999])
def test_a_plan_in_no_year_is_refused(pack, year) -> None:
    with pytest.raises(ConfigError, match="no year"):
        suggest_sites(city(500), "T-1", packs=pack(), as_of=year)

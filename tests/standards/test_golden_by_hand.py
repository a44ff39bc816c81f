"""Pinned findings of the sample city, computed again from its raw files without the package.

The pinned table is written by the code that it checks. For an entry of each kind the value is
here made a second way: a few lines of pandas on the bureau's list and the units, and for walks
the brute-force search of ``oracle``, which shares no line with the package.
"""

from __future__ import annotations

import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import oracle
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.loader import load_pack


@pytest.fixture(scope="module")
def leaves(sample_dir) -> pd.DataFrame:
    """Communities and villages, by name."""
    both = [
        gpd.read_file(sample_dir / "units.gpkg", layer=level).assign(level=level)
        for level in ("community", "village")
    ]
    table = pd.concat(both)
    assert table["名称"].is_unique
    return table.set_index("名称")


def of(listed: pd.DataFrame, *names: str) -> pd.DataFrame:
    return listed[listed["kinds"].map(lambda own: any(name in own for name in names))]


def degrees(table: pd.DataFrame) -> list[tuple[float, float]]:
    placed = table.dropna(subset=["经度", "纬度"])
    return list(zip(placed["经度"].astype(float), placed["纬度"].astype(float), strict=True))


BY_HAND = {
    "XM-1a": "circle",
    "XM-1c": "floor_area",
    "XM-2f": "capacity",
    "XM-2g": "provision",
    "XM-3a": "substation",
    "XM-2p": "growth",
    "ZH-8a": "colocation",
    "ZH-12a": "share",
    # in test_readings_by_hand
    "UC-1": "radius",
    "CM-8c": "some_of",
}


def test_every_kind_is_computed_by_hand():
    packs = [load_pack(name) for name in list_packs()]
    written = {part.kind for pack in packs for entry in pack.requirements for part in entry.parts}
    assert set(BY_HAND.values()) == written


def test_floor_area_each_hundred_households_need_thirty_square_metres(pinned, listed, leaves):
    centres = of(listed, "社区党群服务中心").groupby("所属社区")["area_m2"].sum()
    has = centres.reindex(leaves.index).fillna(0.0)
    enough = has >= leaves["户数"] / 100 * 30 - 1e-9
    row = pinned.loc["XM-1c"]
    assert (row["numerator"], row["denominator"]) == (enough.sum(), len(leaves))
    assert row["value"] == pytest.approx(enough.mean(), rel=1e-5)
    assert row["households_left_out"] == leaves.loc[~enough, "户数"].sum()


def test_capacity_nursery_places_per_thousand_residents(pinned, listed, sample_dir):
    places = of(listed, "托育机构", "公办托育点")["床位数/托位数"].astype(float).sum()
    people = gpd.read_file(sample_dir / "buildings.gpkg")["常住人口"].sum()
    row = pinned.loc["XM-2f"]
    assert (row["numerator"], row["denominator"]) == (places, people)
    assert row["value"] == pytest.approx(places / people * 1000, rel=1e-5)


def test_provision_a_parents_school_in_urban_and_rural_communities(pinned, listed, leaves):
    there = leaves.index.isin(of(listed, "家长学校")["所属社区"])
    urban = leaves["城乡"] == "城镇"
    shares = {0.9: there[urban].mean(), 0.8: there[~urban].mean()}
    row = pinned.loc["XM-2g"]
    # Shown is the part nearest to its own target, as a share of that target.
    target, value = min(shares.items(), key=lambda part: part[1] / part[0])
    assert row["target"] == target
    assert row["value"] == pytest.approx(value, rel=1e-5)
    assert row["status"] == ("met" if all(v >= t for t, v in shares.items()) else "short")
    missed = 0 if row["status"] == "met" else leaves.loc[~there, "常住人口"].sum()
    assert row["people_left_out"] == missed


def test_share_centres_with_a_volunteer_station(pinned, listed):
    says = of(listed, "社区党群服务中心")["志愿服务站"].eq("是")
    row = pinned.loc["ZH-12a"]
    assert (row["numerator"], row["denominator"]) == (says.sum(), len(says))
    assert row["value"] == pytest.approx(says.mean(), rel=1e-5)


def test_colocation_police_rooms_with_a_centre_or_committee(pinned, listed):
    rooms = of(listed, "警务室").dropna(subset=["经度"])
    others = of(listed, "社区党群服务中心", "居民委员会办公用房").dropna(subset=["经度"])
    here, there = np.array(degrees(rooms)), np.array(degrees(others))
    apart = oracle.metres_between(
        *(np.repeat(column[:, None], len(there), axis=1) for column in here.T),
        *(np.repeat(column[None, :], len(here), axis=0) for column in there.T),
    )
    together = apart.min(axis=1) <= 50.0
    row = pinned.loc["ZH-8a"]
    assert (row["numerator"], row["denominator"]) == (together.sum(), len(rooms))


def test_growth_of_kindergartens_with_nursery_classes(pinned, listed):
    since = of(listed, "幼儿园")["托班开设年份"].dropna().astype(int)
    totals = [int((since <= year).sum()) for year in range(2021, 2026)]
    lowest = min(after / before - 1 for before, after in itertools.pairwise(totals))
    row = pinned.loc["XM-2p"]
    assert row["value"] == pytest.approx(lowest, rel=1e-5)
    assert row["status"] == ("met" if lowest >= 0.1 else "short")


@pytest.mark.parametrize(
    ("entry", "attribute", "over", "ratio"),
    [("ZH-18a", "活动面积", "area_m2", 0.6), ("YZ-2b", "服务面积", "area_m2", 0.7)],
)
def test_share_of_all_facilities_together(pinned, listed, entry, attribute, over, ratio):
    centres = of(listed, "社区党群服务中心")
    value = centres[attribute].astype(float).sum() / centres[over].sum()
    row = pinned.loc[entry]
    assert row["value"] == pytest.approx(value, rel=1e-5)
    assert row["status"] == ("met" if value >= ratio else "short")
    assert row["people_left_out"] == (0 if value >= ratio else row["people_left_out"])


def test_provision_incubators_of_communities_and_villages_and_of_towns(pinned, listed, leaves):
    own = of(listed, "社会组织孵化基地")
    at_street = own["层级"] == "街道"
    leaf = leaves.index.isin(own.loc[~at_street, "所属社区"])
    town = own.loc[at_street, "所属社区"].map(leaves["所属街道"]).nunique()
    parts = [(leaf.mean(), 0.3), (town / leaves["所属街道"].nunique(), 0.6)]
    value, target = min(parts, key=lambda one: one[0] / one[1])
    row = pinned.loc["YZ-1a"]
    assert (row["value"], row["target"]) == (pytest.approx(value, rel=1e-5), target)


@pytest.fixture(scope="module")
def walks(listed, sample_dir) -> gpd.GeoDataFrame:
    """Homes with metres to the nearest service centre, by brute force."""
    homes = gpd.read_file(sample_dir / "buildings.gpkg").to_crs(4326)
    points = homes.geometry.representative_point()
    search = oracle.Oracle(
        oracle.osm_streets(sample_dir / "walk.osm.pbf"),
        degrees(of(listed, "社区党群服务中心")),
        list(zip(points.x, points.y, strict=True)),
        # A village lies at exactly 1,000 m: which of two streets is nearer by a hand decides.
        tie_m=0.001,
    )
    return homes.assign(metres=search.metres())


@pytest.mark.exhaustive
def test_circle_residents_within_a_quarter_of_an_hour(pinned, walks):
    covered = walks["metres"] <= 15 * 60 * 1.33
    row = pinned.loc["XM-1a"]
    assert row["denominator"] == walks["常住人口"].sum()
    assert row["numerator"] == pytest.approx(walks.loc[covered, "常住人口"].sum(), rel=2e-4)
    assert row["people_left_out"] == pytest.approx(walks.loc[~covered, "常住人口"].sum(), rel=2e-3)


@pytest.mark.exhaustive
def test_substation_villages_whose_mean_walk_is_beyond_a_kilometre(pinned, walks, sample_dir):
    villages = gpd.read_file(sample_dir / "villages.gpkg").to_crs(4326)
    points = walks.set_geometry(walks.geometry.representative_point())
    inside = gpd.sjoin(points, villages.rename(columns={"名称": "village"}), predicate="within")
    finite = inside[inside["metres"] < math.inf]
    weight = finite["常住人口"]
    mean = (finite["metres"] * weight).groupby(finite["village"]).sum() / weight.groupby(
        finite["village"]
    ).sum()
    row = pinned.loc["XM-3a"]
    assert row["denominator"] == len(villages)
    assert row["value"] == (mean >= 1000.0 - 0.01).sum()

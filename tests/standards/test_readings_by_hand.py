"""Readings and kinds of the newer entries, computed again from the sample's raw files."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from test_golden_by_hand import of

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def estates(sample_dir) -> gpd.GeoDataFrame:
    return gpd.read_file(sample_dir / "units.gpkg", layer="estate").set_index("名称")


@pytest.fixture(scope="module")
def homes(sample_dir) -> gpd.GeoDataFrame:
    table = gpd.read_file(sample_dir / "buildings.gpkg")
    return table.set_geometry(table.geometry.representative_point())


def held(listed: pd.DataFrame, estates: gpd.GeoDataFrame, *names: str) -> pd.Series:
    """Square metres by estate: that which the list names, else the one the place lies in."""
    rows = of(listed, *names).dropna(subset=["经度"])
    at = gpd.points_from_xy(rows["经度"].astype(float), rows["纬度"].astype(float))
    tree = shapely.STRtree(at)
    estate, point = tree.query(estates.geometry.to_numpy(), predicate="intersects")
    place = pd.Series(None, index=rows.index, dtype=object)
    place.iloc[point] = estates.index.to_numpy()[estate]
    owner = rows["所属小区"].fillna(place)
    return rows.groupby(owner)["area_m2"].sum().reindex(estates.index).fillna(0.0)


def test_floor_area_by_estate_per_hundred_households(pinned, listed, estates, homes):
    area = held(listed, estates, "居家养老服务站", "综合养老服务中心")
    inside = gpd.sjoin(homes[["户数", "geometry"]], estates[["geometry"]], predicate="within")
    counted = inside.groupby("名称")["户数"].sum().reindex(estates.index)
    households = estates["户数"].astype(float).fillna(counted)
    assert estates["户数"].isna().sum() > 3  # some estates state none: their buildings do
    met = int((area >= households / 100 * 20 - 1e-9).sum())
    assert pinned.at["UC-3", "numerator"] == met
    assert pinned.at["UC-3", "denominator"] == len(estates)


def test_activity_grounds_of_estates_with_two_whose_size_nobody_knows(pinned, listed, estates):
    area = held(listed, estates, "公共活动场地")
    grounds = of(listed, "公共活动场地")
    blank = set(grounds.loc[grounds["area_m2"].isna(), "所属小区"])
    assert len(blank) == 2
    met = int((area >= 150).sum())
    assert pinned.at["UC-6", "numerator"] == met
    assert pinned.at["UC-6", "denominator"] == len(estates) - len(blank)
    assert pinned.at["UC-6", "status"] == "short"  # even if both were large enough


def test_radius_of_parks_over_residential_land(pinned, listed, sample_dir):
    land = gpd.read_file(sample_dir / "land_use.gpkg")
    middle = land.union_all().centroid
    crs = f"+proj=laea +lat_0={middle.y} +lon_0={middle.x} +ellps=WGS84"
    living = land[land["用地代码"].isin(["R2", "R3"])].to_crs(crs)
    parks = of(listed, "公园")
    reach = np.select([parks["area_m2"] >= 5000, parks["area_m2"] >= 2000], [500.0, 300.0], 0.0)
    at = gpd.GeoSeries(
        gpd.points_from_xy(parks["经度"].astype(float), parks["纬度"].astype(float)), crs=4326
    ).to_crs(crs)
    served = shapely.union_all(shapely.buffer(at.to_numpy(), reach, quad_segs=90))
    share = shapely.area(shapely.intersection(living.geometry.to_numpy(), served)).sum()
    assert pinned.at["UC-1", "value"] == pytest.approx(share / living.area.sum(), rel=2e-4)
    assert land["用地代码"].isna().sum() == 3


def test_radius_counted_by_people(sample_result, listed, homes):
    parks = of(listed, "公园")
    near = np.zeros(len(homes), dtype=bool)
    for lon, lat, size in parks[["经度", "纬度", "area_m2"]].astype(float).itertuples(index=False):
        reach = 500 if size >= 5000 else 300 if size >= 2000 else 0
        x, y = homes.geometry.x.to_numpy(), homes.geometry.y.to_numpy()
        full = np.full(len(x), lon), np.full(len(x), lat)
        near |= GEOD.inv(*full, x, y)[2] <= reach
    people = homes["常住人口"]
    share = people[near].sum() / people.sum()
    told = sample_result.finding("UC-1").sensitivity["denominator:residents"]
    # A building is a point on its surface: which point is each library's own choice.
    assert told == pytest.approx(share, abs=0.004)


def test_some_of_functions_of_a_community(pinned, listed, sample_dir):
    communities = gpd.read_file(sample_dir / "units.gpkg", layer="community")["名称"]
    four = {
        "elderly": ("居家养老服务站", "综合养老服务中心"),
        "nursery": ("托育机构", "公办托育点"),
        "children": ("儿童之家",),
        "meals": ("敬老餐厅",),
    }
    count = sum(
        communities.isin(of(listed, *names)["所属社区"]).astype(int) for names in four.values()
    )
    # Three of all functions are met everywhere, so the two of four bind.
    assert pinned.at["CM-8c", "numerator"] == int((count >= 2).sum())
    assert pinned.at["CM-8c", "denominator"] == len(communities)


def test_capacity_by_households(pinned, listed, sample_dir):
    layers = ("community", "village")
    units = pd.concat(gpd.read_file(sample_dir / "units.gpkg", layer=name) for name in layers)
    area = of(listed, "社区党群服务中心")["area_m2"].sum()
    assert pinned.at["CC-3", "value"] == pytest.approx(area / units["户数"].sum() * 100, rel=1e-5)


def test_provision_of_a_size(pinned, listed, sample_dir):
    communities = gpd.read_file(sample_dir / "units.gpkg", layer="community")["名称"]
    small = of(listed, "托育机构", "公办托育点")
    enough = small[small["area_m2"] >= 200]
    assert pinned.at["CM-3", "numerator"] == int(communities.isin(enough["所属社区"]).sum())


def test_the_mean_of_organisations_and_each_of_them(sample_result, sample_dir):
    shops = pd.read_csv(sample_dir / "shops.csv", encoding="gbk")
    count = shops[shops["类别"] == "社区社会组织"].groupby("所属社区").size()
    for number, (layer, least) in enumerate((("community", 10), ("village", 5))):
        units = gpd.read_file(sample_dir / "units.gpkg", layer=layer)
        own = units["名称"].map(count).fillna(0)
        part = sample_result.finding("YZ-1b").parts[number]
        assert part.verdict.value == pytest.approx(own.mean())
        each = part.sensitivity["scope:each"]
        assert each == pytest.approx((own >= least).mean())


def test_a_ratio_over_the_land_instead_of_the_floors(sample_result, sample_dir):
    units = gpd.read_file(sample_dir / "units.gpkg", layer="community")
    new = units[units["是否新建"] == "是"]
    land = new.to_crs(new.estimate_utm_crs()).area
    share = (new["商业和综合服务面积"] / land >= 0.1).mean()
    told = sample_result.finding("YZ-2d").sensitivity
    assert told["denominator:area_km2"] == pytest.approx(share)


def test_a_circle_in_a_straight_line(sample_result, listed, homes):
    centres = of(listed, "社区党群服务中心").dropna(subset=["经度"])
    x, y = homes.geometry.x.to_numpy(), homes.geometry.y.to_numpy()
    near = np.zeros(len(homes), dtype=bool)
    for lon, lat in centres[["经度", "纬度"]].astype(float).itertuples(index=False):
        near |= GEOD.inv(np.full(len(x), lon), np.full(len(x), lat), x, y)[2] <= 15 * 60 * 1.33
    share = homes.loc[near, "常住人口"].sum() / homes["常住人口"].sum()
    told = sample_result.finding("XM-1a").sensitivity["path:straight"]
    assert told == pytest.approx(share, abs=0.002)


def test_the_villages_by_either_boundary(sample_result):
    """The one village at exactly 1,000 m is a candidate only where 以上 includes the number."""
    found = sample_result.finding("XM-3a")
    units = found.units[found.units["level"] == "urban_village"].set_index("name")
    beyond = {"东埔村", "南厝村", "新围村"}
    metres = units["metres"]
    assert set(metres.index[metres > 1000 + 1e-6]) == beyond
    assert set(metres.index[metres >= 1000 - 1e-6]) == beyond | {"千步村"}
    assert found.value == len(beyond) + 1

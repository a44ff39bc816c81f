"""Every axis of a reading, computed again from the sample's raw files with a few lines of its own.

Circles are read in a straight line besides, so that a raw file and an ellipsoid give the metres.
"""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from test_golden_by_hand import degrees, of

from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.chosen import with_readings
from livingcircle.standards.context import Context
from livingcircle.standards.loader import load_pack
from livingcircle.vocab.texts import texts

GEOD = pyproj.Geod(ellps="WGS84")
CENTRE = "社区党群服务中心"
WIDE = (
    CENTRE, "街道党群服务中心", "市级示范服务中心", "党群服务分站", "便民服务站", "公共服务站",
    "社区服务综合体",
)  # fmt: skip
PLAIN = 15 * 60 * 1.33
COVERED_BY = {
    "limit": "XM-1a", "walker": "XM-1a", "path": "XM-1a", "from": "XM-1a", "to": "XM-1a",
    "denominator": "XM-1a", "scope": "XM-1a", "level": "XM-1a", "facilities": "XM-1a",
    "boundary": "XM-3j", "measure": "XM-3a", "as_of": "XM-2p",
}  # fmt: skip


def test_no_axis_is_forgotten():
    assert set(COVERED_BY) == set(texts()["axis"])


@pytest.fixture(scope="module")
def homes(sample_dir) -> gpd.GeoDataFrame:
    """Buildings as points, with the name and level of the community or village they lie in."""
    table = gpd.read_file(sample_dir / "buildings.gpkg").to_crs(4326)
    table = table.set_geometry(table.geometry.representative_point())
    units = leaves(sample_dir)
    return gpd.sjoin(table, units[["unit", "level", "geometry"]], "left", "within")


def leaves(sample_dir) -> gpd.GeoDataFrame:
    both = [
        gpd.read_file(sample_dir / "units.gpkg", layer=level).assign(level=level)
        for level in ("community", "village")
    ]
    return pd.concat(both).rename(columns={"名称": "unit"}).to_crs(4326).reset_index(drop=True)


def nearest(points: gpd.GeoSeries, places: list[tuple[float, float]]) -> np.ndarray:
    """Straight metres from each point to the nearest place, all pairs."""
    best = np.full(len(points), np.inf)
    for lon, lat in places:
        full = np.full(len(points), lon), np.full(len(points), lat)
        best = np.minimum(best, GEOD.inv(*full, points.x.to_numpy(), points.y.to_numpy())[2])
    return best


@pytest.fixture(scope="module")
def ctx(sample_city) -> Context:
    return Context(sample_city, 2025)


def judged(ctx: Context, standard: str, **options: str):
    pack = load_pack("xiamen-2025")
    (read,) = with_readings([pack], {standard: {key.strip("_"): v for key, v in options.items()}})
    return assess_requirement(read[standard], ctx)


def line(ctx: Context, **options: str) -> float:
    found = judged(ctx, "XM-1a", path="straight", **options).value
    assert found is not None
    return found


def near(homes: gpd.GeoDataFrame, listed: pd.DataFrame, limit: float, *names: str) -> np.ndarray:
    return nearest(homes.geometry, degrees(of(listed, *(names or (CENTRE,))))) <= limit


def share(inside: np.ndarray, weight: pd.Series) -> float:
    return float(weight[inside].sum() / weight.sum())


# A building is a point on its surface, and which point is each library's own choice.
CLOSE = {"abs": 0.004}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("axis", "option", "metres"),
    [
        ("path", "straight", PLAIN),
        ("limit", "80_m_min", 1200.0),
        ("limit", "gb50180", 1000.0),
        ("limit", "gb50180_least", 800.0),
        ("walker", "elderly", 15 * 60 * 0.8),
        ("walker", "child", 15 * 60 * 1.0),
    ],
)
def test_limits_walkers_and_straight_lines(ctx, homes, listed, axis, option, metres):
    told = line(ctx) if axis == "path" else line(ctx, **{axis: option})
    assert told == pytest.approx(share(near(homes, listed, metres), homes["常住人口"]), **CLOSE)


@pytest.mark.parametrize(("option", "column"), [("households", "户数"), ("buildings", None)])
def test_denominators(ctx, homes, listed, option, column):
    weight = homes[column] if column else pd.Series(1.0, homes.index)
    hand = share(near(homes, listed, PLAIN), weight)
    assert line(ctx, denominator=option) == pytest.approx(hand, **CLOSE)


def test_levels_and_scopes(ctx, homes, listed):
    inside, people = near(homes, listed, PLAIN), homes["常住人口"]
    rural = (homes["level"] == "village").to_numpy()
    hand = float(people[inside & rural].sum() / people[rural].sum())
    assert line(ctx, level="village") == pytest.approx(hand, **CLOSE)
    covered = people.where(inside, 0.0).groupby(homes["unit"]).sum()
    by_unit = covered / people.groupby(homes["unit"]).sum()
    assert line(ctx, scope="mean") == pytest.approx(by_unit.mean(), **CLOSE)
    assert line(ctx, scope="each") == pytest.approx((by_unit >= 1 - 1e-9).mean(), abs=0.02)


def test_kindred_facilities(ctx, homes, listed):
    hand = share(near(homes, listed, PLAIN, *WIDE), homes["常住人口"])
    assert line(ctx, facilities="wide") == pytest.approx(hand, **CLOSE)


def test_the_own_communitys_centre(ctx, homes, listed):
    centres = of(listed, CENTRE).dropna(subset=["经度"])
    inside = np.zeros(len(homes), dtype=bool)
    for unit, own in centres.groupby("所属社区"):
        mine = (homes["unit"] == unit).to_numpy()
        inside[mine] = nearest(homes.geometry[mine], degrees(own)) <= PLAIN
    assert line(ctx, to="own_community") == pytest.approx(share(inside, homes["常住人口"]), **CLOSE)


@pytest.mark.parametrize("start", ["community_middle", "community_boundary"])
def test_from_the_community(ctx, homes, listed, sample_dir, start):
    units = leaves(sample_dir)
    flat = units.to_crs(units.estimate_utm_crs())
    at = gpd.GeoSeries(
        gpd.points_from_xy(*zip(*degrees(of(listed, CENTRE)), strict=True)), crs=4326
    ).to_crs(flat.crs)
    every = shapely.union_all(at.to_numpy())
    shapes = flat.geometry.centroid if start == "community_middle" else flat.boundary
    by_unit = pd.Series(shapes.distance(every).to_numpy() <= PLAIN, units["unit"])
    inside = homes["unit"].map(by_unit).fillna(False).to_numpy(dtype=bool)
    hand = share(inside, homes["常住人口"])
    assert line(ctx, from_=start) == pytest.approx(hand, abs=0.02)


def test_a_number_that_is_not_included(ctx, sample_dir):
    units = leaves(sample_dir)
    found = judged(ctx, "XM-3j", boundary="exclusive")
    more = (units["灾害信息员数"].fillna(0) > 1).sum()
    assert (found.numerator, found.denominator) == (more, len(units))
    assert judged(ctx, "XM-3j").numerator == (units["灾害信息员数"].fillna(0) >= 1).sum()


def test_villages_by_their_middle_and_nearest_edge(ctx, listed, sample_dir):
    villages = gpd.read_file(sample_dir / "villages.gpkg").to_crs(4326)
    flat = villages.to_crs(villages.estimate_utm_crs())
    places = degrees(of(listed, CENTRE))
    at = gpd.GeoSeries(gpd.points_from_xy(*zip(*places, strict=True)), crs=4326).to_crs(flat.crs)
    every = shapely.union_all(at.to_numpy())
    for measure, shapes in (("centre", flat.centroid), ("nearest_edge", flat.boundary)):
        found = judged(ctx, "XM-3a", path="straight", measure=measure)
        assert found.value == (shapes.distance(every) >= 1000).sum()
        units = found.units[found.units["level"] == "urban_village"].set_index("name")
        hand = pd.Series(shapes.distance(every).to_numpy(), villages["名称"])
        assert units[f"by_{measure}"].to_numpy() == pytest.approx(
            hand.reindex(units.index).to_numpy(), rel=0.02, abs=5.0
        )


def test_growth_up_to_a_year(ctx, listed):
    since = of(listed, "幼儿园")["托班开设年份"].dropna().astype(int)
    totals = [int((since <= year).sum()) for year in range(2021, 2024)]
    hand = min(after / before - 1 for before, after in itertools.pairwise(totals))
    assert judged(ctx, "XM-2p", as_of="2023").value == pytest.approx(hand)

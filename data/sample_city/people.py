"""Who lives where: buildings with households, and the units that sum them."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sample_city import plan
from sample_city.build import Board
from sample_city.place import lonlat, stream

# Style → storeys, households a storey (of a building of usual size), people a household,
# shares of people aged 65+, under 3 and under 15, vacancy.
STYLES = {
    "tower": ((18, 33), 3.6, 2.7, 0.09, 0.040, 0.17),
    "mid": ((9, 12), 3.4, 2.8, 0.12, 0.034, 0.16),
    "walkup": ((5, 7), 4.2, 2.5, 0.23, 0.020, 0.11),
    "old": ((2, 3), 1.3, 2.3, 0.29, 0.015, 0.09),
    "handshake": ((4, 7), 2.2, 1.9, 0.04, 0.022, 0.08),
    "rural": ((2, 3), 0.5, 3.3, 0.24, 0.022, 0.13),
}
USUAL_M2 = {"tower": 646, "mid": 616, "walkup": 650, "old": 400, "handshake": 130, "rural": 200}
# Share of the houses that are homes; the others are sheds, shops and workshops.
HOMES = {"handshake": 0.42, "rural": 0.55, "old": 0.6}
# Communities finished after 2016, and those founded then.
NEW = {"启明社区", "未来社区", "望湖社区", "新港社区", "云锦社区", "江湾社区", "沙洲社区"}


def buildings(board: Board) -> gpd.GeoDataFrame:
    """Residential buildings with their figures (headers as a bureau writes them)."""
    rows, shapes = [], []
    for number, plot in enumerate(board.plots, start=1):
        rng = stream(f"people {number}")
        if rng.random() > HOMES.get(plot.style, 1.0):
            continue
        storeys, per_storey, size, old, baby, child = STYLES[plot.style]
        floors = rng.randint(*storeys)
        scale = plot.width * plot.depth / USUAL_M2[plot.style]
        households = max(1, round(floors * per_storey * scale * rng.uniform(0.85, 1.1)))
        people = max(1, round(households * size * rng.uniform(0.92, 1.08)))

        def part(share: float, people: int = people, rng: object = rng) -> int:
            exact = people * share
            return int(exact) + (rng.random() < exact % 1)  # type: ignore[attr-defined]

        young = part(baby)
        rows.append(
            {
                "编号": f"B{number:05d}",
                "户数": households,
                "常住人口": people,
                "3岁以下": young,
                "儿童": max(young, part(child)),
                "65岁以上": part(old),
                "层数": floors,
            }
        )
        shapes.append(_outline(plot))
    table = gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)
    spots = gpd.GeoSeries(shapely.point_on_surface(table.geometry.to_numpy()), crs=4326)
    joined = gpd.sjoin(
        gpd.GeoDataFrame(geometry=spots), board.leaves[["name", "geometry"]], predicate="within"
    )
    leaf = joined["name"].groupby(level=0).first()
    inside = table.index.isin(leaf.index)
    return table[inside].assign(_leaf=leaf).reset_index(drop=True)


def _outline(plot: object) -> shapely.Polygon:
    a, b = plot.width / 2, plot.depth / 2  # type: ignore[attr-defined]
    cos, sin = math.cos(plot.turn), math.sin(plot.turn)  # type: ignore[attr-defined]
    corners = np.array([(-a, -b), (a, -b), (a, b), (-a, b)])
    t = plot.t + corners[:, 0] * cos - corners[:, 1] * sin  # type: ignore[attr-defined]
    v = plot.v + corners[:, 0] * sin + corners[:, 1] * cos  # type: ignore[attr-defined]
    return shapely.Polygon(np.round(lonlat(t, v), 7))


def unit_layers(board: Board, homes: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Layers of the units with the sums of their buildings."""
    figures = ["户数", "常住人口", "3岁以下", "儿童", "65岁以上"]
    floor = homes.to_crs(homes.estimate_utm_crs()).area * homes["层数"]
    sums = homes[figures].assign(总建筑面积=floor).groupby(homes["_leaf"]).sum()
    leaves = board.leaves.set_index("name").join(sums)
    leaves = leaves.fillna(dict.fromkeys([*figures, "总建筑面积"], 0))
    leaves = leaves.reset_index().rename(columns={"name": "名称", "town": "所属街道"})
    leaves = leaves.rename(columns={"district": "所属区"})
    leaves = leaves.sort_values(["所属街道", "名称"], kind="stable").reset_index(drop=True)
    order = leaves.groupby("所属街道").cumcount() + 1
    leaves["编码"] = leaves["所属街道"].map(plan.TOWN_CODES) + order.map("{:03d}".format)
    urban = (leaves["level"] == "community").to_numpy()
    leaves["城乡"] = np.where(urban, "城镇", "乡村")
    leaves["是否新建"] = np.where(leaves["名称"].isin(NEW), "是", "否")
    leaves["是否海岛"] = np.where(leaves["所属街道"] == "星屿镇", "是", "否")
    rng = stream("units")
    leaves["成立年份"] = [
        rng.randint(2016, 2021) if name in NEW else rng.randint(1986, 2009)
        for name in leaves["名称"]
    ]
    people = leaves["常住人口"]
    leaves["社区工作者人数"] = [round(n / 10_000 * rng.uniform(16.5, 21.5)) + 1 for n in people]
    leaves["总建筑面积"] = leaves["总建筑面积"].round(0)
    leaves["商业和综合服务面积"] = [
        round(area * rng.uniform(0.072, 0.15)) for area in leaves["总建筑面积"]
    ]
    whole = [*figures, "社区工作者人数", "总建筑面积", "商业和综合服务面积"]
    more = stream("units: persons")
    persons = pd.DataFrame(
        {
            "专职人民调解员数": [more.choice((0, 1, 1, 1, 1, 2)) for _ in people],
            "法律明白人数": [more.choice((2, 3, 3, 4, 5)) for _ in people],
            "灾害信息员数": [more.choice((1, 1, 1, 1, 2, 0)) for _ in people],
        }
    )
    for name in [*figures, "社区工作者人数"]:
        leaves[name] = leaves[name].astype("int64")
    towns = _merged(leaves, "所属街道", whole, ["所属区", "是否海岛"])
    towns["编码"] = towns["名称"].map(plan.TOWN_CODES)
    districts = _merged(leaves, "所属区", whole, [])
    districts["编码"] = districts["名称"].map(plan.DISTRICT_CODES)
    front = ["编码", "名称", "所属街道", "所属区", "城乡", "是否新建", "是否海岛", "成立年份"]
    towns["专职人民调解员数"] = [more.choice((2, 3, 3, 4)) for _ in towns["名称"]]
    leaves = leaves.join(persons)
    kept = leaves[[*front, *whole, *persons, "geometry"]]
    return {
        "community": kept[urban].reset_index(drop=True),
        "village": kept[~urban].reset_index(drop=True),
        "town": towns[
            ["编码", "名称", "所属区", "是否海岛", *whole, "专职人民调解员数", "geometry"]
        ],
        "district": districts[["编码", "名称", *whole, "geometry"]],
    }


def _merged(
    leaves: gpd.GeoDataFrame, by: str, sums: list[str], firsts: list[str]
) -> gpd.GeoDataFrame:
    groups = leaves.groupby(by, sort=True)
    table = pd.concat([groups[sums].sum(), groups[firsts].first()], axis=1)
    shapes = groups["geometry"].agg(lambda g: shapely.coverage_union_all(g.to_numpy()))
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326).reset_index(names="名称")

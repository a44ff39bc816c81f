"""The facility lists as planners hold them: what stands in each unit, with which figures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from sample_city import parcels, people
from sample_city.further import further, said
from sample_city.place import lonlat, stream, to_metres

Row = dict[str, Any]

# One in every leaf with this likelihood: in 社区 and in 行政村.
LEAF_LISTS = {
    "居民委员会办公用房": (1.0, 1.0),
    "政务自助终端": (0.93, 0.5),
    "粤智助终端": (0.97, 1.0),
    "e政务自助终端": (0.85, 0.3),
    "居家养老服务站": (0.95, 0.86),
    "儿童之家": (0.94, 0.86),
    "综合文化服务中心": (1.0, 1.0),
    "警务室": (1.0, 0.79),
    "应急避难场所": (0.96, 0.86),
    "家长学校": (0.96, 0.86),
    "公共法律服务室": (1.0, 1.0),
    "便民服务站": (1.0, 1.0),
    "妇女之家": (0.78, 0.64),
    "社会组织孵化基地": (0.33, 0.14),
    "幸福教育课堂": (0.97, 1.0),
    "幸福教育示范点": (0.4, 0.2),
    "公共服务站": (1.0, 0.93),
    "家政服务网点": (0.95, 0.79),
    "社区卫生服务站": (0.8, 0.0),
    "村卫生室": (0.0, 0.93),
    "儿童友好社区": (0.3, 0.0),
    "公益性墓地": (0.0, 0.71),
    "托育机构": (0.45, 0.07),
}
# In every town or street: how many at the least and at the most.
TOWN_LISTS = {
    "街道党群服务中心": (1, 1),
    "社工站": (1, 1),
    "社区心理服务站": (1, 1),
    "文化站": (1, 1),
    "未成年人保护工作站": (1, 1),
    "家庭综合服务中心": (1, 1),
    "社区卫生服务中心": (1, 1),
    "综合养老服务中心": (1, 4),
    "派出所": (1, 1),
    "社会组织孵化基地": (0, 1),
    "康园中心": (1, 1),
}
# Towns that lack one, so that the plans find something.
TOWN_GAPS = {
    ("星屿镇", "康园中心"), ("星屿镇", "社区心理服务站"), ("溪口镇", "未成年人保护工作站"),
    ("田心镇", "综合养老服务中心"),
}  # fmt: skip
# Shops and places that stand by the hundred: how many for 10,000 residents, and at the least
# in a town.
BULK = {
    "便利店": (8.0, 3),
    "综合超市": (1.2, 1),
    "菜市场": (0.8, 1),
    "生鲜店": (2.5, 1),
    "早餐店": (5.0, 2),
    "洗染店": (1.3, 0),
    "美发店": (4.5, 1),
    "照相馆": (0.8, 0),
    "维修店": (1.8, 1),
    "快递点": (3.2, 1),
    "药店": (3.0, 1),
    "健身设施": (4.5, 2),
    "公交站": (6.0, 3),
    "停车场": (2.2, 1),
    "社区社会组织": (15.0, 6),
    "幼儿园": (1.6, 1),
    "小学": (0.7, 1),
    "中学": (0.35, 1),
    "体育场地": (2.6, 2),
    "公园": (0.9, 1),
}
# The categories that go into the shops' list; all others into the bureau's workbook.
SHOPS = {
    "便利店", "综合超市", "菜市场", "生鲜店", "早餐店", "洗染店", "美发店", "照相馆", "维修店", "快递点",
    "药店", "健身设施", "公交站", "停车场", "社区社会组织", "银行网点",
}  # fmt: skip
ISLAND = "星屿镇"
NOT_ON_ISLAND = {"健身设施", "中学", "综合超市"}
WORDS = [
    "惠民",
    "顺意",
    "佳禾",
    "百汇",
    "永安",
    "康泰",
    "同心",
    "福临",
    "春晓",
    "晨光",
    "万家",
    "和顺",
    "金穗",
    "益友",
    "悦来",
    "恒心",
    "吉祥",
    "丰源",
]


class Placer:
    """Finds places for facilities on the public streets of each leaf, near homes."""

    def __init__(self, places: gpd.GeoDataFrame, homes: gpd.GeoDataFrame) -> None:
        middle = to_metres(shapely.get_coordinates(shapely.centroid(homes.geometry.to_numpy())))
        here = to_metres(np.column_stack([places.geometry.x, places.geometry.y]))
        near, _ = cKDTree(middle).query(here)
        self.places = places[near < 90].reset_index(drop=True)
        self.of_leaf = {
            leaf: rows.to_numpy() for leaf, rows in self.places.groupby("leaf").groups.items()
        }

    def spot(self, rng: random.Random, leaf: str) -> tuple[float, float]:
        """A place beside a street of the leaf, 8 to 15 m off it."""
        return self.beside(
            int(rng.choice(list(self.of_leaf[leaf]))), rng.uniform(8, 15), rng.choice((-1, 1))
        )

    def beside(self, row: int, metres: float, side: int) -> tuple[float, float]:
        """A place some metres to one side of a place on a street."""
        p = self.places.iloc[row]
        lon, lat = lonlat(
            np.array([p["t"] + side * metres * p["nt"]]),
            np.array([p["v"] + side * metres * p["nv"]]),
        )[0]
        return round(float(lon), 7), round(float(lat), 7)


def _row(name: str, category: str, leaf: str, spot: tuple[float, float], **more: object) -> Row:
    return {
        "名称": name,
        "类别": category,
        "经度": spot[0],
        "纬度": spot[1],
        "所属社区": leaf,
        **more,
    }


def _short(leaf: str) -> str:
    return leaf.removesuffix("社区").removesuffix("村")


def service_centres(leaves: pd.DataFrame, spots: dict[str, tuple[float, float]]) -> Iterator[Row]:
    """The comprehensive service centre of each leaf that has one."""
    for leaf in leaves.itertuples():
        if leaf.名称 not in spots:
            continue
        rng = stream(f"centre {leaf.名称}")
        urban = leaf.城乡 == "城镇"
        need = leaf.户数 / 100 * 30
        area = round(min(max(need * rng.uniform(0.82, 1.7), 280), 2600), -1)
        activity = round(area * rng.uniform(0.56, 0.76))
        yield _row(
            f"{_short(leaf.名称)}{'社区' if urban else '村'}党群服务中心", "社区党群服务中心",
            leaf.名称, spots[leaf.名称],
            建筑面积=f"{area:,.0f}㎡" if rng.random() < 0.15 else area,
            活动面积=activity, 服务面积=round(min(activity * rng.uniform(1.0, 1.2), area * 0.92)),
            工作人员=rng.randint(5, 14), 每日开放小时=8 if rng.random() < 0.93 else 7,
            志愿服务站="是" if rng.random() < 0.86 else "否", 成立年份=rng.randint(2003, 2022),
            层级="社区" if urban else "村",
        )  # fmt: skip


def leaf_lists(
    leaves: pd.DataFrame, placer: Placer, centres: dict[str, tuple[float, float]]
) -> Iterator[Row]:
    """Everything that communities and villages have one of."""
    for leaf in leaves.itertuples():
        urban = leaf.城乡 == "城镇"
        committee: tuple[float, float] | None = None
        for category, (city, country) in LEAF_LISTS.items():
            rng = stream(f"leaf {leaf.名称} {category}")
            if rng.random() >= (city if urban else country):
                continue
            spot = placer.spot(rng, leaf.名称)
            if category == "居民委员会办公用房":
                committee = spot
            elif category == "警务室" and rng.random() < 0.6:
                spot = centres.get(leaf.名称, committee or spot)
            elif category == "便民服务站" and leaf.名称 in centres:
                continue  # stands in the service centre; see `shared`
            yield _row(
                f"{_short(leaf.名称)}{category}", category, leaf.名称, spot,
                层级="社区" if urban else "村", 成立年份=_founded(rng, leaf, category),
                **_figures(rng, category, leaf),
            )  # fmt: skip


def _founded(rng: random.Random, leaf: Any, category: str) -> int:
    return leaf.成立年份 if category == "居民委员会办公用房" else rng.randint(2008, 2023)


def _figures(rng: random.Random, category: str, leaf: Any) -> Row:
    if category == "居民委员会办公用房":
        new = leaf.成立年份 >= 2016
        low = 0.9 if new else 0.5
        parts = {
            "办公用房面积": round(200 * rng.uniform(low, 1.5)),
            "警务室面积": round(15 * rng.uniform(low, 1.6)),
            "会议厅面积": round(100 * rng.uniform(low, 1.4)),
            "服务站面积": round(100 * rng.uniform(low, 1.6)),
        }
        whole = sum(parts.values()) - parts["警务室面积"]
        return {**parts, "建筑面积": whole}
    if category in ("居家养老服务站",):
        return {
            "建筑面积": round(leaf.户数 / 100 * rng.uniform(12, 26)),
            "床位数/托位数": rng.randint(4, 16),
        }
    if category == "综合文化服务中心":
        return {
            "建筑面积": rng.randint(150, 700),
            "是否提升": "是" if rng.random() < 0.91 else "否",
        }
    if category == "托育机构":
        return {"床位数/托位数": rng.randint(10, 50), "建筑面积": rng.randint(120, 420)}
    return {}


def town_lists(leaves: pd.DataFrame, placer: Placer) -> Iterator[Row]:
    """Everything that towns, districts and the city have."""
    for town, rows in leaves[leaves["户数"] > 0].groupby("所属街道"):
        names, weight = rows["名称"].tolist(), rows["常住人口"].tolist()
        for category, (least, most) in TOWN_LISTS.items():
            rng = stream(f"town {town} {category}")
            count = rng.randint(least, most)
            if (town, category) in TOWN_GAPS:
                count = 0
            if town == ISLAND:
                count = min(count, 1)
            for number in range(count):
                leaf = rng.choices(names, weight)[0]
                more: Row = {"层级": "街道", "成立年份": rng.randint(2000, 2022)}
                if category == "街道党群服务中心":
                    more |= {
                        "建筑面积": rng.randint(780, 2100),
                        "每日开放小时": 8.5,
                        "工作人员": 20,
                    }
                elif category == "综合养老服务中心":
                    more |= {
                        "建筑面积": rng.randint(900, 3200),
                        "床位数/托位数": rng.randint(40, 160),
                    }
                elif category == "社区卫生服务中心":
                    more |= {"建筑面积": rng.randint(1500, 3600)}
                # 临江街道党群服务中心, and not 临江街道街道党群服务中心.
                name = f"{town}{category.removeprefix('街道')}"
                name += f"{number + 1}部" if number else ""
                yield _row(name, category, leaf, placer.spot(rng, leaf), **more)
    yield from _city_lists(leaves, placer)


def _city_lists(leaves: pd.DataFrame, placer: Placer) -> Iterator[Row]:
    mainland = leaves[(leaves["所属街道"] != ISLAND) & (leaves["城乡"] == "城镇")]
    for district, rows in mainland.groupby("所属区"):
        rng = stream(f"district {district}")
        for category in ("公共图书馆", "文化馆", "社区医院"):
            if (district, category) == ("东城区", "社区医院"):
                continue
            leaf = rng.choices(rows["名称"].tolist(), rows["常住人口"].tolist())[0]
            area = rng.randint(4000, 12000)
            yield _row(
                f"{district}{category}",
                category,
                leaf,
                placer.spot(rng, leaf),
                建筑面积=area,
                层级="区",
            )
    counts = {
        "市级示范服务中心": 9,
        "社区服务综合体": 6,
        "党群服务分站": 2,
        "托育机构": 34,
        "公办托育点": 11,
    }
    for category, count in counts.items():
        rng = stream(f"city {category}")
        for number in range(count):
            leaf = rng.choices(mainland["名称"].tolist(), mainland["常住人口"].tolist())[0]
            more: Row = {"层级": "市" if category == "市级示范服务中心" else "社区"}
            if category == "托育机构":
                more |= {"床位数/托位数": rng.randint(30, 90), "建筑面积": rng.randint(260, 900)}
            elif category == "公办托育点":
                more |= {
                    "床位数/托位数": rng.randint(15, 60),
                    "建筑面积": rng.choice((160, 180, 210, 240, 260, 300, 380)),
                }
            elif category != "党群服务分站":
                more |= {"建筑面积": rng.randint(1200, 4200), "每日开放小时": 9}
            name = f"{rng.choice(WORDS)}{category}{number + 1}"
            yield _row(
                name,
                category,
                leaf,
                placer.spot(rng, leaf),
                成立年份=rng.randint(2010, 2023),
                **more,
            )
    for name in sorted(people.NEW):
        rng = stream(f"estate {name}")
        floor = rng.randint(90, 260) * 1000
        yield _row(
            f"{_short(name)}小区社区用房", "社区用房", name, placer.spot(rng, name),
            建筑面积=round(floor * rng.uniform(0.0024, 0.0042)), 小区总建筑面积=floor,
        )  # fmt: skip


def bulk(leaves: pd.DataFrame, placer: Placer) -> Iterator[Row]:
    """Shops, stops and grounds, more where more people live."""
    for town, rows in leaves[leaves["户数"] > 0].groupby("所属街道"):
        names, weight = rows["名称"].tolist(), rows["常住人口"].tolist()
        for category, (rate, least) in BULK.items():
            if town == ISLAND and category in NOT_ON_ISLAND:
                continue
            rng = stream(f"bulk {town} {category}")
            count = max(least, round(sum(weight) / 10_000 * rate * rng.uniform(0.85, 1.15)))
            for number in range(count):
                leaf = rng.choices(names, weight)[0]
                name = f"{_short(leaf)}{rng.choice(WORDS)}{category}{number + 1:02d}"
                yield _row(name, category, leaf, placer.spot(rng, leaf), **_ground(rng, category))


def _ground(rng: random.Random, category: str) -> Row:
    if category == "体育场地":
        return {"建筑面积": rng.randint(1500, 14_000)}
    if category == "公园":
        return {"建筑面积": rng.randint(2500, 60_000)}
    if category in ("幼儿园", "小学", "中学"):
        return {"建筑面积": rng.randint(2200, 12_000)}
    return {}


def migrants(villages: gpd.GeoDataFrame, placer: Placer) -> Iterator[Row]:
    """Organisations with migrant workers in urban villages, some with too few."""
    for village in villages.itertuples():
        rng = stream(f"migrants {village.名称}")
        inside = placer.places[placer.places.within(village.geometry)]
        for number in range(rng.choice((1, 2, 2, 2, 3))):
            row = int(rng.choice(inside.index.tolist()))
            leaf = placer.places.at[row, "leaf"]
            name = f"{village.名称}外来务工公益组织{number + 1}"
            yield _row(name, "外来务工公益组织", leaf, placer.beside(row, 4.0, 1))


def facility_lists(
    leaves: pd.DataFrame, villages: gpd.GeoDataFrame, placer: Placer,
    centres: dict[str, tuple[float, float]], estate: gpd.GeoDataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """The bureau's workbook and the shops' list, both in WGS 84."""
    rows = [
        *service_centres(leaves, centres),
        *leaf_lists(leaves, placer, centres),
        *town_lists(leaves, placer),
        *bulk(leaves, placer),
        *migrants(villages, placer),
        *further(leaves, placer),
        *parcels.grounds(estate),
    ]
    table = pd.DataFrame([{**row, **said(row)} for row in rows])
    table["所属小区"] = table["所属小区"].fillna(parcels.serve(table, estate))
    shop = table["类别"].isin(SHOPS)
    bureau = table[~shop].reset_index(drop=True)
    bureau["类别"] = _shared(bureau)
    bureau = _unlocated(bureau)
    bureau.insert(0, "编号", [f"F{n:04d}" for n in range(1, len(bureau) + 1)])
    shops = table[shop][["名称", "类别", "经度", "纬度", "所属社区"]].reset_index(drop=True)
    shops.insert(0, "编号", [f"S{n:04d}" for n in range(1, len(shops) + 1)])
    return bureau, shops


def _shared(bureau: pd.DataFrame) -> pd.Series:
    """Service centres hold the convenience station, and some a legal room's services, too."""
    centre = bureau["类别"] == "社区党群服务中心"
    return bureau["类别"].where(~centre, "社区党群服务中心、便民服务站")


def _unlocated(bureau: pd.DataFrame) -> pd.DataFrame:
    """Three rows whose coordinates nobody has filled in."""
    loose = bureau.index[bureau["类别"].isin(["妇女之家", "家长学校", "综合文化服务中心"])]
    for row in (loose[7], loose[40], loose[71]):
        bureau.loc[row, ["经度", "纬度"]] = np.nan
    return bureau


__all__ = ["Placer", "facility_lists"]

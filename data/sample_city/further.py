"""What single plans ask for besides: further places at the end of the lists, and further columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sample_city.place import stream

# One in every leaf with this likelihood: in 社区 and in 行政村.
LEAF_LISTS = {
    "公共法律服务公示栏": (0.98, 0.93),
    "近邻评理室": (0.91, 0.0),
    "重度残疾人照护站": (0.62, 0.0),
    "敬老餐厅": (0.4, 0.3),
    "社工室": (0.5, 0.2),
    "残疾人服务点": (0.72, 0.6),
    "就业创业空间": (0.35, 0.1),
    "校外实践教育场所": (0.5, 0.3),
}
TOWN_LISTS = ("重度残疾人照护中心", "残疾人服务站", "青年志愿服务站")
# Towns that lack one, so that the plans find something.
TOWN_GAPS = {("星屿镇", "青年志愿服务站"), ("田心镇", "残疾人服务站")}
BANKS_PER_10000 = 1.6


def further(leaves: pd.DataFrame, placer: Any) -> Iterator[dict[str, Any]]:
    """Places of the categories that only one plan speaks of."""
    for leaf in leaves.itertuples():
        urban = leaf.城乡 == "城镇"
        for category, (city, country) in LEAF_LISTS.items():
            rng = stream(f"further {leaf.名称} {category}")
            if rng.random() < (city if urban else country):
                spot = placer.spot(rng, leaf.名称)
                yield _row(category, leaf.名称, leaf.名称, spot, "社区" if urban else "村")
    lived_in = leaves[leaves["户数"] > 0]
    for town, rows in lived_in.groupby("所属街道"):
        names, weight = rows["名称"].tolist(), rows["常住人口"].tolist()
        for category in TOWN_LISTS:
            rng = stream(f"further {town} {category}")
            leaf = rng.choices(names, weight)[0]
            if (town, category) not in TOWN_GAPS:
                yield _row(category, town, leaf, placer.spot(rng, leaf), "街道")
        rng = stream(f"further {town} banks")
        for number in range(max(1, round(sum(weight) / 10_000 * BANKS_PER_10000))):
            leaf = rng.choices(names, weight)[0]
            row = _row("银行网点", town, leaf, placer.spot(rng, leaf), None)
            yield {**row, "名称": f"{town}银行网点{number + 1:02d}"}
    for district, rows in lived_in[lived_in["城乡"] == "城镇"].groupby("所属区"):
        rng = stream(f"further {district}")
        leaf = rng.choices(rows["名称"].tolist(), rows["常住人口"].tolist())[0]
        yield _row("残疾人服务中心", district, leaf, placer.spot(rng, leaf), "区")


def _row(
    category: str, of: str, leaf: str, spot: tuple[float, float], level: str | None
) -> dict[str, Any]:
    short = of.removesuffix("社区") if of.endswith("社区") else of
    return {
        "名称": f"{short}{category}",
        "类别": category,
        "经度": spot[0],
        "纬度": spot[1],
        "所属社区": leaf,
        "层级": level,
    }


def said(row: dict[str, Any]) -> dict[str, Any]:
    """Return further columns of a row, from a stream of its own so that all else stays as it is."""
    category, rng = row["类别"], stream(f"said {row['名称']} {row['类别']}")
    if category == "社区党群服务中心":
        return {"周末开放": "是" if rng.random() < 0.7 else "否"}
    if category == "综合文化服务中心":
        reading = "是" if rng.random() < 0.8 else "否"
        return {"儿童阅览室": reading, "工作人员": rng.choice((0, 1, 1, 1, 2))}
    if category == "社区卫生服务站" and rng.random() < 0.96:
        return {"建筑面积": rng.randint(90, 320)}
    if category == "文化站":
        return {"工作人员": rng.choice((1, 2, 2))}
    if category == "幼儿园" and rng.random() < 0.55:
        return {"托班开设年份": rng.choice((2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025))}
    return {}

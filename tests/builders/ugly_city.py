"""A town as a planner's folder holds it: six files, each wrong in its own way.

城区.osm.pbf      streets that are no regular grid, and buildings
百度点位.csv       GBK, BD-09; one word for its category that no vocabulary knows
机构台账.xls       two rows of title; the column of names has an odd header
社区边界.shp       metres of the 3-degree zone of 114° E, without a .prj; GBK, without a .cpg
助餐点名单.csv     no coordinates; one community is written otherwise
人口.xlsx         people by the names of communities, one written otherwise
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import xlwt
from osmium.osm.mutable import Node, Way

from builders.drawing import PLAN, box
from livingcircle.io.datum.convert import from_wgs84

XS = (0, 130, 310, 470, 700, 860, 1100, 1290, 1430, 1700, 1880, 2100, 2400)
YS = (0, 170, 290, 520, 640, 910, 1050, 1330, 1490, 1620, 1900, 2000)
COMMUNITIES = {
    "东湖社区": (1290, 910, 2400, 2000),
    "西岭社区": (0, 910, 1290, 2000),
    "南门社区": (0, 0, 1290, 910),
    "桥头社区": (1290, 0, 2400, 910),
}
PEOPLE = {"东湖社区": 4000, "西岭小区": 3000, "南门社区": 2000, "桥头社区": 1000}
"""As the list of people writes the communities."""

SIX = (
    "城区.osm.pbf",
    "百度点位.csv",
    "机构台账.xls",
    "社区边界.shp",
    "助餐点名单.csv",
    "人口.xlsx",
)
ODD_WORD = "医药零售终端"


def _write_osm(path: Path) -> None:
    with osmium.SimpleWriter(str(path)) as out:
        number = {}
        for i, x in enumerate(XS):
            for j, y in enumerate(YS):
                number[i, j] = 1 + i * len(YS) + j
                out.add_node(Node(id=number[i, j], location=PLAN.at(x, y)))
        corners = []
        for i, x in enumerate(XS[:-1]):
            for j, y in enumerate(YS[:-1]):
                middle = (x + XS[i + 1]) / 2, (y + YS[j + 1]) / 2
                first = 10_000 + 4 * len(corners)
                square = ((-15, -10), (15, -10), (15, 10), (-15, 10))
                for k, (dx, dy) in enumerate(square):
                    place = PLAN.at(middle[0] + dx, middle[1] + dy)
                    out.add_node(Node(id=first + k, location=place))
                corners.append([first, first + 1, first + 2, first + 3, first])
        lines = [[number[i, j] for j in range(len(YS))] for i in range(len(XS))]
        lines += [[number[i, j] for i in range(len(XS))] for j in range(len(YS))]
        for k, nodes in enumerate(lines):
            out.add_way(Way(id=1 + k, nodes=nodes, tags={"highway": "residential"}))
        homes = {"building": "apartments", "building:levels": "6"}
        for k, nodes in enumerate(corners):
            out.add_way(Way(id=1000 + k, nodes=nodes, tags=homes))


def places(count: int, seed: int) -> np.ndarray:
    """Points a few metres beside streets, in metres."""
    rng = np.random.default_rng(seed)
    along = rng.uniform(0, 2400, count), rng.uniform(0, 2000, count)
    on_x = rng.random(count) < 0.5
    x = np.where(on_x, rng.choice(XS, count) + rng.uniform(4, 9, count), along[0])
    y = np.where(on_x, along[1], rng.choice(YS, count) + rng.uniform(4, 9, count))
    return np.column_stack([x, y])


def _degrees(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lonlat = np.array([PLAN.at(*place) for place in xy.tolist()])
    return lonlat[:, 0], lonlat[:, 1]


def write_ugly_city(folder: Path) -> list[Path]:
    """Write the files into a folder; the shapefile has three parts."""
    folder.mkdir(parents=True)
    _write_osm(folder / SIX[0])
    lon, lat = from_wgs84(*_degrees(places(90, 1)), "bd09")
    words = np.where(np.arange(90) % 3 == 0, ODD_WORD, "便利店")
    points = pd.DataFrame({"店名": [f"店{i}" for i in range(90)], "种类": words})
    points.assign(经度=lon.round(6), 纬度=lat.round(6)).to_csv(
        folder / SIX[1], index=False, encoding="gbk"
    )
    book = xlwt.Workbook()
    sheet = book.add_sheet("2024")
    sheet.write_merge(0, 0, 0, 4, "某区社区服务机构台账")
    sheet.write_merge(1, 1, 0, 4, "填报单位：某区民政局        2024年12月")
    lon, lat = _degrees(places(8, 2))
    rows = [["序号", "站所", "设施类型", "经度", "纬度"]]
    rows += [[i + 1, f"第{i + 1}站", "社区卫生服务站", lon[i], lat[i]] for i in range(8)]
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            sheet.write(r + 2, c, cell)
    book.save(str(folder / SIX[2]))
    shapes = gpd.GeoDataFrame(
        {"名称": list(COMMUNITIES)}, geometry=[box(*b) for b in COMMUNITIES.values()], crs=4326
    )
    shapes.to_crs(4547).to_file(folder / SIX[3], encoding="GBK")
    for ending in (".prj", ".cpg"):
        (folder / SIX[3]).with_suffix(ending).unlink(missing_ok=True)
    served = {"名称": ["甲助餐点", "乙助餐点"], "类别": ["社区食堂", "社区食堂"]}
    listed = pd.DataFrame({**served, "所属社区": ["东湖片区", "南门社区"]})
    listed.to_csv(folder / SIX[4], index=False, encoding="gbk")
    people = pd.DataFrame({"社区": list(PEOPLE), "常住人口": list(PEOPLE.values())})
    people.to_excel(folder / SIX[5], index=False)
    return sorted(folder.iterdir())

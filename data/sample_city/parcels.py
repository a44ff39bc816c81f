"""Land: what each parcel is used for, and the estates (小区) among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sample_city import people, plan
from sample_city.build import Board
from sample_city.place import lonlat, stream

# Codes of GB 50137-2011 for what stands in a cell of the plan.
USES = {"O": "R2", "P": "G1", "S": "A33", "I": "M1", "B": "B1"}
# Every so many estates one whose use nobody has filled in.
UNSAID = 56
# What serves an estate is said of the places so near to it, in metres.
NEAR_M = 110.0
SERVES = ("居家养老服务站", "托育机构", "公办托育点", "幼儿园")


def estates(board: Board, homes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Gated estates with their households; some state none, and the buildings tell."""
    rings = [
        (tags["name"], shapely.Polygon(board.degrees[list(nodes)]))
        for nodes, tags in board.streets.lines
        if tags.get("landuse") == "residential" and "name" in tags
    ]
    names, shapes = zip(*sorted(rings, key=lambda one: one[0]), strict=True)
    table = gpd.GeoDataFrame({"名称": list(names)}, geometry=list(shapes), crs=4326)
    doors = homes.set_geometry(homes.geometry.representative_point())
    joined = gpd.sjoin(doors[["户数", "_leaf", "geometry"]], table, predicate="within")
    inside = joined.groupby("名称")
    table["户数"] = table["名称"].map(inside["户数"].sum()).fillna(0).astype("int64")
    leaf = table["名称"].map(inside["_leaf"].first())
    table["是否新建"] = np.where(leaf.isin(people.NEW), "是", "否")
    table["户数"] = table["户数"].astype(object)
    table.loc[table.index % 19 == 7, "户数"] = None
    table.insert(0, "编码", [f"E{n:03d}" for n in range(1, len(table) + 1)])
    return table


def parcels(board: Board, estate: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The layer of land use: estates, urban villages, and what the cells of the plan hold."""
    rows: list[tuple[str | None, shapely.Geometry]] = []
    for number, shape in enumerate(estate.geometry):
        rows.append((None if number % UNSAID == 11 else "R2", shape))
    rows += [("R3", shape) for shape in villages.geometry]
    for _, _, _, _, letter, (west, south, east, north) in plan.cells():
        if letter not in USES:
            continue
        edge = 17.0
        corners = np.array(
            [(west, south), (east, south), (east, north), (west, north)], dtype=float
        ) + np.array([(edge, edge), (-edge, edge), (-edge, -edge), (edge, -edge)])
        rows.append((USES[letter], shapely.Polygon(np.round(lonlat(*corners.T), 7))))
    codes, shapes = zip(*rows, strict=True)
    land = gpd.GeoDataFrame({"用地代码": list(codes)}, geometry=list(shapes), crs=4326)
    land.insert(0, "地块编号", [f"L{n:03d}" for n in range(1, len(land) + 1)])
    return land


def serve(table: pd.DataFrame, estate: gpd.GeoDataFrame) -> pd.Series:
    """Which estate a facility is said to serve: the nearest one, for those that serve any."""
    crs = estate.estimate_utm_crs()
    spots = gpd.GeoSeries(gpd.points_from_xy(table["经度"], table["纬度"]), crs=4326).to_crs(crs)
    serving = table["类别"].isin(SERVES).to_numpy() & ~spots.is_empty.to_numpy()
    tree = shapely.STRtree(estate.geometry.to_crs(crs).to_numpy())
    at, near = tree.query_nearest(spots[serving].to_numpy(), max_distance=NEAR_M, all_matches=False)
    found = pd.Series(None, index=table.index, dtype=object)
    found.iloc[np.flatnonzero(serving)[at]] = estate["名称"].to_numpy()[near]
    return found


def grounds(estate: gpd.GeoDataFrame) -> Iterator[dict[str, Any]]:
    """Activity grounds inside estates; two state no area."""
    for row in estate.itertuples():
        rng = stream(f"ground {row.名称}")
        if rng.random() >= 0.88:
            continue
        spot = row.geometry.representative_point()
        yield {
            "名称": f"{row.名称}公共活动场地",
            "类别": "公共活动场地",
            "经度": round(spot.x, 7),
            "纬度": round(spot.y, 7),
            "建筑面积": None if row.Index in (23, 98) else rng.randint(70, 620),
            "所属小区": row.名称,
        }

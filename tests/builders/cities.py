"""A city of one square kilometre as files: streets every 100 m, two leaves, one town, one district.

x (m)   0 ........ 500 ........ 1000
leaf      甲社区        乙村             both in 丙街道, 丁区
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely.geometry import Point, Polygon
from towns import PLAN, write_lines

SIZE = 1000


def box(west: float, south: float, east: float, north: float) -> Polygon:
    """A rectangle drawn in metres, in degrees."""
    corners = [(west, south), (east, south), (east, north), (west, north)]
    return Polygon([PLAN.at(*corner) for corner in corners])


def layer(rows: Sequence[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(list(rows), geometry="geometry", crs=4326)


def write_streets(folder: Path) -> Path:
    steps = range(0, SIZE + 1, 100)
    lines = [PLAN.line(*((x, y) for y in steps)) for x in steps]
    lines += [PLAN.line(*((x, y) for x in steps)) for y in steps]
    # Drawn block by block: ends that share a coordinate are one junction.
    pieces = [line[i : i + 2] for line in lines for i in range(len(line) - 1)]
    return write_lines(folder / "streets.geojson", pieces)


def units() -> dict[str, list[dict[str, Any]]]:
    """Rows of the four levels, to be changed by a test before they are written."""
    return {
        "community": [
            {
                "name": "甲社区",
                "residents": 1000,
                "households": 400,
                "age65": 200,
                "geometry": box(0, 0, 500, 1000),
            }
        ],
        "village": [
            {
                "name": "乙村",
                "residents": 501,
                "households": 200,
                "age65": 77,
                "geometry": box(500, 0, 1000, 1000),
            }
        ],
        "town": [{"name": "丙街道", "geometry": box(0, 0, 1000, 1000)}],
        "district": [{"name": "丁区", "geometry": box(0, 0, 1000, 1000)}],
    }


def write_units(folder: Path, levels: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Write a GeoPackage with a layer a level; return the city.toml that reads it."""
    text = ""
    for level, rows in levels.items():
        layer(rows).to_file(folder / "units.gpkg", layer=level)
        text += f'[[units]]\nsource = "units.gpkg"\nlayer = "{level}"\nlevel = "{level}"\n'
    return text


def write_facilities(folder: Path, rows: Sequence[tuple[Any, ...]], header: str) -> str:
    """Write a list with x, y in metres as its first two columns; None: no coordinates."""
    lines = ["经度,纬度," + header]
    for x, y, *rest in rows:
        lon, lat = ("", "") if x is None else PLAN.at(x, y)
        lines.append(",".join(str(cell) for cell in (lon, lat, *rest)))
    (folder / "facilities.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return '[[facilities]]\nsource = "facilities.csv"\ncategory = "类别"\n'


def write_points(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write points given by x and y in metres."""
    table = [
        {k: v for k, v in row.items() if k not in "xy"}
        | {"geometry": Point(PLAN.at(row["x"], row["y"]))}
        for row in rows
    ]
    path = folder / name
    layer(table).to_file(path)
    return path


def write_city(folder: Path, *parts: str) -> Path:
    """Write city.toml of the streets and further parts."""
    write_streets(folder)
    head = '[city]\nname = "试验市"\n[network]\nsource = "streets.geojson"\n'
    path = folder / "city.toml"
    path.write_text(head + "\n".join(parts), encoding="utf-8")
    return path

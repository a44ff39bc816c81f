"""A city on real streets where all that walking has is switched on; nothing else in it is real.

    python benchmarks/walked_city.py NETWORK FOLDER [--homes N --communities N --facilities N]
    livingcircle run FOLDER/city.toml

The streets are those of the network file. Made are the people, the units, the facilities and their
hours (as ``made_city.py`` has them) and the ground: a model of heights that climbs 180 m from the
east to the west, with round hills of 60 to 160 m on it. No such hills stand there. The same
arguments give the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from made_city import Size, beside, make, size_of, sizes
from rasterio.transform import from_origin

from livingcircle.network.read import read_network
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.loader import load_pack

CELL_DEG = 1 / 7200
"""Fifteen metres."""
HOURS = (
    "周一至周五 8:30-12:00，14:00-17:30",
    "每天 8:00-20:00",
    "Mo-Su 06:00-22:00",
    "全天",
    "请电询",
)
WALKERS = ("adult", "elderly", "wheelchair", "pram", "residents_measured")

TOML = """
[terrain]
source = "dem.tif"
pace = "tobler"

[walking]
delays = true

[uncertainty]
draws = {draws}
seed = 1
"""
HEAD = """id = "walking-made"
[document]
title_zh = "步行检验"
title_en = "Walking, made for a benchmark"
issuer_zh = "基准测试"
issuer_en = "Benchmark"
date = 2024-01-01
until = 2030
"""
ASKS = """
[[requirement]]
id = "W-{number}"
clause = "{number}"
statement_zh = "步行 10 分钟可达卫生服务设施（{walker}）"
statement_en = "a clinic within 10 minutes on foot ({walker})"
force = "must"
due = 2025
target = 0.8
kind = "circle"
categories = ["community_health_centre"]
minutes = 10
walker = "{walker}"
"""


def hills(path: Path, lonlat: np.ndarray, rng: np.random.Generator) -> Path:
    """Write the made ground under some streets."""
    west, south = lonlat.min(axis=0) - 0.02
    east, north = lonlat.max(axis=0) + 0.02
    shape = int((north - south) / CELL_DEG), int((east - west) / CELL_DEG)
    lon = west + (np.arange(shape[1]) + 0.5) * CELL_DEG
    lat = north - (np.arange(shape[0]) + 0.5) * CELL_DEG
    lon, lat = np.meshgrid(lon, lat)
    high = 180.0 * (east - lon) / (east - west) + 3.0 * np.sin(lon * 6000) * np.sin(lat * 7000)
    wide = np.cos(np.radians(south))
    for at in lonlat[rng.integers(0, len(lonlat), 12)]:
        far = np.hypot((lon - at[0]) * wide, lat - at[1]) * 111_320.0
        high += rng.uniform(60, 160) * np.exp(-(far**2) / (2 * rng.uniform(250, 500) ** 2))
    with rasterio.open(
        path, "w", driver="GTiff", width=shape[1], height=shape[0], count=1, dtype="float32",
        transform=from_origin(west, north, CELL_DEG, CELL_DEG), crs="EPSG:4326", compress="deflate",
    ) as raster:  # fmt: skip
        raster.write(high.astype("float32"), 1)
    return path


def stands(points: np.ndarray, asked: list[str], rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return facilities of some categories, with hours."""
    count = len(points)
    category = np.array(asked, dtype=object)[rng.integers(0, len(asked), count)]
    told = {
        "编号": [f"F{k:06d}" for k in range(count)],
        "名称": [f"设施{k}" for k in range(count)],
        "category": category,
        "建筑面积": np.round(rng.lognormal(6.0, 0.7, count), 1),
        "开放时间": np.array(HOURS, dtype=object)[rng.integers(0, len(HOURS), count)],
    }
    return gpd.GeoDataFrame(told, geometry=gpd.points_from_xy(*points.T), crs=4326)


def walked(network: Path, folder: Path, size: Size, draws: int) -> Path:
    """Write the city; return its city.toml."""
    file = make(network, folder, size)
    rng = np.random.default_rng(size.seed + 1)
    streets = read_network(network).coords
    hills(folder / "dem.tif", streets, rng)
    packs = list_packs()
    asked = {
        category
        for name in packs
        for requirement in load_pack(name).requirements
        for category in requirement.needs.categories
    }
    table = stands(beside(streets, size.facilities, rng), sorted(asked), rng)
    table.to_parquet(folder / "facilities.parquet")
    plan = HEAD + "".join(ASKS.format(number=n, walker=w) for n, w in enumerate(WALKERS, 1))
    (folder / "walking.toml").write_text(plan, "utf-8")
    text = file.read_text("utf-8")
    listed = ", ".join(f'"{name}"' for name in [*packs, "walking.toml"])
    text = text.replace(f'packs = ["{size.pack}"]', f"packs = [{listed}]")
    file.write_text(text + TOML.format(draws=draws), "utf-8")
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=100)
    sizes(parser)
    parser.set_defaults(homes=4000, people=400_000, communities=64, facilities=1500)
    given = parser.parse_args()
    print(walked(given.network, given.folder, size_of(given), given.draws))


if __name__ == "__main__":
    main()

"""What slopes cost: a city of a million junctions with and without terrain.

python benchmarks/terrain.py [SIDE]   (SIDE junctions a side, 1000 if not stated)
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

from livingcircle.network.lines import network_from_lines
from livingcircle.network.terrain import profile_of, with_terrain
from livingcircle.routing.engine import reach

STEP = 0.0009


def town(side: int) -> gpd.GeoDataFrame:
    """A grid of streets 100 m apart."""
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    at = np.stack([113 + x * STEP, 22 + y * STEP], axis=-1)
    ends = [np.stack([at[:, :-1], at[:, 1:]], axis=2), np.stack([at[:-1], at[1:]], axis=2)]
    pairs = np.concatenate([e.reshape(-1, 2, 2) for e in ends])
    return gpd.GeoDataFrame(geometry=shapely.linestrings(pairs), crs=4326)


def hills(path: Path, side: int) -> Path:
    """A model of one second of arc."""
    size = int(side * STEP * 3600) + 40
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    heights = (50 + 40 * np.sin(x / 17) * np.cos(y / 23)).astype("float32")
    transform = from_origin(113 - 20 / 3600, 22 + (size - 20) / 3600, 1 / 3600, 1 / 3600)
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32",
        crs="EPSG:4326", transform=transform,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    return path


def main(side: int) -> None:
    """Print seconds of CPU for each step."""
    rng = np.random.default_rng(1)
    flat = network_from_lines(town(side))
    extent, corner = side * STEP, np.array([[113.0], [22.0]])
    shops = gpd.GeoDataFrame(
        {"facility_id": np.arange(1000)},
        geometry=gpd.points_from_xy(*(rng.uniform(0, extent, (2, 1000)) + corner)),
        crs=4326,
    )
    homes = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(*(rng.uniform(0, extent, (2, 100_000)) + corner)),
        crs=4326,
    )
    with tempfile.TemporaryDirectory() as folder:
        dem = hills(Path(folder) / "dem.tif", side)
        clock = time.process_time()
        hilly = with_terrain(flat, dem)
        profile = hilly.derive(profile_of)
        print(f"{flat.edge_count:,} edges, {len(profile.offset_m):,} places of known height")
        print(f"heights and slopes    {time.process_time() - clock:6.2f} s, once a network")
    for name, network in (("flat", flat), ("hilly", hilly)):
        found = reach(network, shops)
        anchors = found.anchored(homes)
        for limit in ({}, {"minutes": 15}):
            clock = time.process_time()
            table = found.to(homes, anchors=anchors, **limit)
            spent = time.process_time() - clock
            print(f"{name:6} to {limit or 'all'!s:16} {spent:6.2f} s, {len(table):,} homes")
        clock = time.process_time()
        pieces = found.edges(minutes=15)
        print(f"{name:6} circle           {time.process_time() - clock:6.2f} s, {len(pieces):,}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

"""How true the polygon of a circle is: doors 12 m off the street, inside it and in reach.

Run with ``python benchmarks/circle_polygons.py FILE...``; prints shares and seconds.
"""

from __future__ import annotations

import sys
import time

import geopandas as gpd
import numpy as np
import shapely

from livingcircle.network.graph import WalkNetwork
from livingcircle.network.read import read_network
from livingcircle.network.snap import to_metres
from livingcircle.routing.engine import Reach, reach
from livingcircle.routing.linear_referencing import stretch_coords

AWAY_M = 12.0


def doors(network: WalkNetwork, count: int, seed: int) -> gpd.GeoDataFrame:
    """Return points beside streets, left and right, evenly by length."""
    rng = np.random.default_rng(seed)
    length = np.where(network.tags.door, network.edge_length_m, 0.0)
    edge = rng.choice(len(length), count, p=length / length.sum())
    at = rng.uniform(0, 1, count) * np.maximum(length[edge] - 0.2, 0.0)
    coords, start = stretch_coords(network, edge, at, np.minimum(at + 0.1, length[edge]))
    one = to_metres(network, coords[start[:-1]])
    two = to_metres(network, coords[start[1:] - 1])
    along = (two - one) / np.maximum(np.hypot(*(two - one).T), 1e-9)[:, None]
    side = rng.choice([-1.0, 1.0], count)[:, None]
    where = one + side * AWAY_M * np.column_stack([-along[:, 1], along[:, 0]])
    points = gpd.GeoSeries(shapely.points(where), crs=network.crs_m)
    return gpd.GeoDataFrame(geometry=points).to_crs(4326)


def shares(walk: Reach, homes: gpd.GeoDataFrame, limit_m: float) -> tuple[float, float]:
    """Return the share of doors in the polygon out of reach, and of doors in reach outside it."""
    polygon = walk.circle(limit_m=limit_m).geometry.iloc[0]
    shapely.prepare(polygon)
    inside = shapely.contains_properly(polygon, homes.geometry.to_numpy())
    reached = (walk.to(homes, limit_m=limit_m)["status"] == "covered").to_numpy()
    return float((inside & ~reached).sum() / inside.sum()), float(
        (reached & ~inside).sum() / reached.sum()
    )


def main() -> None:
    for file in sys.argv[1:]:
        network = read_network(file)
        homes = doors(network, 60_000, 1)
        places = doors(network, max(10, network.edge_count // 1000), 2)
        walk = reach(network, places)
        for limit_m in (300.0, 500.0, 1000.0):
            began = time.perf_counter()
            walk.circle(limit_m=limit_m)
            seconds = time.perf_counter() - began
            false, missed = shares(walk, homes, limit_m)
            print(
                f"{file} {limit_m:5.0f} m: {false:.2%} false, {missed:.2%} missed, {seconds:.2f} s"
            )


if __name__ == "__main__":
    main()

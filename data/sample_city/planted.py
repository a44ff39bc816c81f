"""Service centres and the planted findings: who has none, who has one across a barrier.

`expected` of findings.toml says what the exact distance rule must find; the village at 1000 m is
solved for here with the same rule, so that its mean walk is 1000 m to a thousandth of a
millimetre.
"""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from livingcircle.network.graph import WalkNetwork
from livingcircle.routing.engine import reach
from sample_city.lists import Placer
from sample_city.place import lonlat, stream, to_degrees, to_metres

# Leaves without a centre: the island, one across the river, one behind the railway, one remote,
# the one west of the walled estate, and three whose urban villages are then beyond 1000 m.
WITHOUT = (
    "星屿社区", "星北村", "星南村", "沙洲社区", "站东社区", "南坑村", "文庙社区", "锦湖社区", "盐仓社区",
    "东园社区", "建工社区",
)  # fmt: skip
# Centres that stand where a planted case needs them, on the board.
PLACED = {
    "江岸社区": (185.0, -1860.0),  # across the river from 沙洲社区
    "江滨社区": (-1180.0, 1270.0),  # across the railway from 站东社区
    "观海社区": (1790.0, -520.0),  # outside the shut east gate of 东园大院
    "云锦社区": (-2860.0, -560.0),  # far from 新围村
    "南门社区": (1240.0, -1420.0),  # far from 东园大院
    "桥东社区": (420.0, 1180.0),  # far from 东埔村
}
EXACT_VILLAGE, EXACT_LEAF = "千步村", "江湾社区"
EXACT_M = 1000.0


def centre_spots(
    leaves: pd.DataFrame, homes: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, placer: Placer,
    network: WalkNetwork,
) -> dict[str, tuple[float, float]]:  # fmt: skip
    """Where the service centre of each leaf stands (degrees)."""
    spots: dict[str, tuple[float, float]] = {}
    middle = to_metres(_spots(homes))
    for leaf in leaves["名称"]:
        if leaf in WITHOUT or leaf == EXACT_LEAF:
            continue
        rows = placer.of_leaf[leaf]
        here = to_metres(
            np.column_stack([placer.places.geometry.x, placer.places.geometry.y])[rows]
        )
        if leaf in PLACED:
            t, v = PLACED[leaf]
            target = to_metres(lonlat(np.array([t]), np.array([v])))
            row, side = rows[cKDTree(here).query(target)[1][0]], 1
        else:
            own = (homes["_leaf"] == leaf).to_numpy()
            weight = homes.loc[own, "常住人口"].to_numpy()
            target = np.average(middle[own], axis=0, weights=weight)
            rng = stream(f"centre spot {leaf}")
            near = cKDTree(here).query(target, k=min(6, len(rows)))[1]
            row, side = rows[int(rng.choice(np.atleast_1d(near).tolist()))], rng.choice((-1, 1))
        spots[leaf] = placer.beside(int(row), 11.0, side)
    spots[EXACT_LEAF] = _exact_spot(homes, villages, placer, network, spots)
    return spots


def _spots(homes: gpd.GeoDataFrame) -> np.ndarray:
    points = shapely.point_on_surface(homes.geometry.to_numpy())
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _table(spots: dict[str, tuple[float, float]]) -> gpd.GeoDataFrame:
    xy = np.array(list(spots.values()))
    return gpd.GeoDataFrame(
        {"facility_id": list(spots)}, geometry=gpd.points_from_xy(*xy.T), crs=4326
    )


def _exact_spot(
    homes: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, placer: Placer, network: WalkNetwork,
    others: dict[str, tuple[float, float]],
) -> tuple[float, float]:  # fmt: skip
    """Solve for the centre whose mean walk from the village's homes is exactly 1000 m.

    On a straight street the leg from the centre to the street adds to every walk alike, so one
    step of Newton on the leg, repeated for rounding, meets the target.
    """
    xy = _spots(homes)
    outline = villages.loc[villages["名称"] == EXACT_VILLAGE, "geometry"].iloc[0]
    inside = shapely.contains_xy(outline, xy[:, 0], xy[:, 1])
    demand = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy[inside].T), crs=4326)
    weight = homes.loc[inside, "常住人口"].to_numpy(dtype=float)
    rest = reach(network, _table(others)).to(demand)["metres"].to_numpy()

    def walks(spot: tuple[float, float]) -> np.ndarray:
        return reach(network, _table({EXACT_LEAF: spot})).to(demand)["metres"].to_numpy()

    tries = []
    for row in placer.of_leaf[EXACT_LEAF][::4]:
        found = walks(placer.beside(int(row), 10.0, 1))
        mean = float(np.average(found, weights=weight))
        if 960 < mean < 997 and (found < rest - 50).all():
            tries.append((abs(mean - 988), int(row)))
    for _, row in sorted(tries):
        spot = _step_back(placer, row, lambda at: float(np.average(walks(at), weights=weight)))
        if spot is not None:
            return spot
    raise ValueError(f"no street is right for the centre of {EXACT_VILLAGE}")


def _step_back(
    placer: Placer, row: int, mean: Callable[[tuple[float, float]], float]
) -> tuple[float, float] | None:
    """Step back from the street until the mean is met; None where another street comes nearer."""
    lon, lat = placer.beside(row, 10.0, 1)
    place = placer.places.iloc[row]
    foot = to_metres(lonlat(np.array([place["t"]]), np.array([place["v"]])))[0]
    here = to_metres(np.array([[lon, lat]]))[0]
    away = (here - foot) / np.hypot(*(here - foot))
    for _ in range(12):
        miss = EXACT_M - mean((lon, lat))
        if abs(miss) < 1e-8:
            return lon, lat
        here = here + miss * away
        lon, lat = (float(x) for x in to_degrees(here[None])[0])
    return None

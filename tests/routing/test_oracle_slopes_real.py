"""Seconds on slopes on real streets, on hills that the test makes: no real heights are at hand."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
from rasterio.transform import from_origin

from livingcircle.network.read import read_network
from livingcircle.network.terrain import with_terrain
from livingcircle.routing.engine import reach
from oracle import GEOD, Oracle, Streetfinder, osm_streets
from oracle_slopes import LAWS, Heights, seconds_of

pytestmark = pytest.mark.real
SPEED = 1.33


@dataclass(frozen=True)
class Case:
    file: str
    law: str
    tops: tuple[tuple[float, float, float, float], ...]
    """Hills: metres east and north of the middle of the streets, metres high, metres across."""


CITIES = {
    # A volcanic island that climbs from the shore, as the real Las Palmas does; the shape is made.
    "Las Palmas": Case(
        "laspalmas/laspalmas_2023.osm.pbf", "tobler", ((-900, 300, 160, 500), (800, -400, 140, 450))
    ),
    "Huangpu": Case(
        "huangpu/all_2026.osm.pbf", "irmischer", ((-200, 100, 200, 400), (600, 500, 90, 250))
    ),
}


def made_hills(path, lonlat, tops, cell_deg=1 / 7200):
    """A model of 15 m cells in degrees: round hills and a swell of some metres."""
    west, south = lonlat.min(axis=0) - 0.02
    east, north = lonlat.max(axis=0) + 0.02
    columns, rows = int((east - west) / cell_deg), int((north - south) / cell_deg)
    lon = west + (np.arange(columns) + 0.5) * cell_deg
    lat = north - (np.arange(rows) + 0.5) * cell_deg
    lon, lat = np.meshgrid(lon, lat)
    per_lat = 111_000.0
    per_lon = per_lat * np.cos(np.radians((south + north) / 2))
    heights = 4 * np.sin(lon * per_lon / 130) * np.sin(lat * per_lat / 90)
    middle = np.median(lonlat, axis=0)
    for x, y, top, wide in tops:
        far = ((lon - middle[0]) * per_lon - x) ** 2 + ((lat - middle[1]) * per_lat - y) ** 2
        heights += top * np.exp(-far / (2 * wide**2))
    with rasterio.open(
        path, "w", driver="GTiff", width=columns, height=rows, count=1, dtype="float32",
        transform=from_origin(west, north, cell_deg, cell_deg), crs=pyproj.CRS(4326).to_wkt(),
    ) as raster:  # fmt: skip
        raster.write(heights.astype("float32"), 1)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", CITIES)
def test_every_home_agrees_with_streets_cut_every_metre(real_data, tmp_path, name):
    case = CITIES[name]
    streets = osm_streets(real_data / case.file)
    finder = Streetfinder(streets)
    rng = np.random.default_rng(8)
    used = sorted({vertex for piece in streets.pieces for vertex in piece}, key=repr)

    def some(count):
        chosen = [used[i] for i in rng.choice(len(used), count)]
        away = np.abs(rng.normal(0, 30, count))
        return [
            GEOD.fwd(*streets.lonlat[n], h, far)[:2]
            for n, h, far in zip(chosen, rng.uniform(0, 360, count), away, strict=True)
        ]

    shops = [p for p in some(24) if finder.is_clear(*p)][:8]
    homes = some(200)
    dem = made_hills(tmp_path / "hills.tif", np.array(list(streets.lonlat.values())), case.tops)
    judge = Oracle(streets, shops, homes, facility_ids=[f"f{i}" for i in range(len(shops))])
    answers = seconds_of(judge, Heights(dem), LAWS[case.law], SPEED)
    flat = read_network(real_data / case.file)
    network = with_terrain(flat, dem, pace=case.law, smooth_m=0.0)
    table = gpd.GeoDataFrame(
        {"facility_id": [f"f{i}" for i in range(len(shops))]},
        geometry=gpd.points_from_xy(*np.array(shops).T),
        crs=4326,
    )
    people = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*np.array(homes).T), crs=4326)
    got = reach(network, table, walker=SPEED).to(people, minutes=60)
    level = reach(flat, table, walker=SPEED).to(people, minutes=60)
    assert (got["metres"] == level["metres"]).all()
    wrong, far = [], 0
    for row, options in zip(got.itertuples(), answers, strict=True):
        right = [min(o.values(), default=np.inf) for o in options] or [np.inf]
        if not any(row.seconds == s or abs(row.seconds - s) <= max(1.0, 2e-3 * s) for s in right):
            wrong.append((row.Index, row.seconds, right))
        far += np.isfinite(row.seconds)
    assert not wrong, f"{len(wrong)}: {wrong[:10]}"
    assert far > 120
    slower = got["seconds"] / level["seconds"]
    assert slower.max() > 1.03

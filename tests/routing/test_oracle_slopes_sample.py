"""Seconds of the sample city on its own hills agree with streets cut every metre."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio

from livingcircle.network.read import read_network
from livingcircle.network.terrain import with_terrain
from livingcircle.routing.engine import reach
from oracle import GEOD, Oracle, Streetfinder, osm_streets
from oracle_slopes import LAWS, Heights, seconds_of

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
SPEED = 1.33


@pytest.mark.slow
def test_the_sample_on_its_hills_agrees_with_streets_cut_every_metre():
    streets = osm_streets(SAMPLE / "walk.osm.pbf")
    finder, rng = Streetfinder(streets), np.random.default_rng(8)
    used = sorted({vertex for piece in streets.pieces for vertex in piece}, key=repr)

    # One street in fifty lies on a hill: half of all places are taken there.
    with rasterio.open(SAMPLE / "dem.tif") as dem:
        high = [float(v[0]) > 20.0 for v in dem.sample(streets.lonlat[vertex] for vertex in used)]
    hill = np.flatnonzero(high)

    def some(count):
        rows = np.append(rng.choice(len(used), count // 2), rng.choice(hill, count - count // 2))
        chosen = [streets.lonlat[used[row]] for row in rows]
        away, way = np.abs(rng.normal(0, 30, count)), rng.uniform(0, 360, count)
        return [GEOD.fwd(*at, h, m)[:2] for at, h, m in zip(chosen, way, away, strict=True)]

    shops, homes = [p for p in some(16) if finder.is_clear(*p)], some(60)
    judge = Oracle(streets, shops, homes, facility_ids=[f"f{n}" for n in range(len(shops))])
    answers = seconds_of(judge, Heights(SAMPLE / "dem.tif"), LAWS["tobler"], SPEED)
    flat = read_network(SAMPLE / "walk.osm.pbf")
    table = gpd.GeoDataFrame(
        {"facility_id": [f"f{n}" for n in range(len(shops))]},
        geometry=gpd.points_from_xy(*np.array(shops).T),
        crs=4326,
    )
    people = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*np.array(homes).T), crs=4326)
    hilly = with_terrain(flat, SAMPLE / "dem.tif", pace="tobler", smooth_m=0.0)
    got, level = (
        reach(one, table, walker=SPEED).to(people)["seconds"].to_numpy() for one in (hilly, flat)
    )
    reached = np.isfinite(got)
    assert reached.sum() > 50
    for seconds, options in zip(got, answers, strict=True):
        right = [min(one.values(), default=np.inf) for one in options] or [np.inf]
        assert any(seconds == s or abs(seconds - s) <= 1e-3 * s for s in right)
    assert (got[reached] / level[reached]).max() > 1.03

"""Do the draws hold what they promise? Real footways are hidden, and the draws asked to say so.

python benchmarks/calibration.py NETWORK.osm.pbf [SHARE] [TRIALS] [FIRST]

The streets and footpaths are real; homes and facilities are made, so that what is true is known.
Each trial hides a share of the footpaths of the map (5 % if not stated), assesses three circles of
800 m on what is left, and draws with ``missing_paths`` of that share and nothing else in doubt.
FIRST numbers the trials from another number than 0, which makes others of them. Printed are

- the Brier score of the homes' chances, beside that of taking the map at its word (0 or 1): over
  all homes, and over those within a fifth of the limit, where something is at stake;
- how often the share on the whole network lies in the band that is to hold nine tenths: of the
  whole town, and of its squares of 750 m;
- how far the share on the map, and the mean of the draws, lie off the truth.
"""

from __future__ import annotations

import sys
import time

import geopandas as gpd
import numpy as np
import shapely

import livingcircle as lc
from livingcircle.network.edit import keep_edges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import to_degrees, to_metres
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.model import Requirement
from livingcircle.standards.result import Result

LIMIT_M, SQUARE_M, HOMES, DRAWS = 800.0, 750.0, 3000, 100
CATEGORIES = {"pharmacy": 40, "kindergarten": 25, "park": 60}
"""How many facilities are made."""


def along_streets(network: WalkNetwork, count: int, rng: np.random.Generator) -> gpd.GeoSeries:
    """Return places 12 m beside streets, even over their metres, on the largest piece."""
    length = np.where(network.piece[network.edge_u] == 0, network.edge_length_m, 0.0)
    edge = rng.choice(network.edge_count, count, p=length / length.sum())
    xy = to_metres(network, network.coords)
    first = network.edge_start[edge]
    size = network.edge_start[edge + 1] - first
    vertex = first + (rng.random(count) * (size - 1)).astype(np.int64)
    share = rng.random(count)[:, None]
    way = xy[vertex + 1] - xy[vertex]
    aside = np.stack([-way[:, 1], way[:, 0]], axis=1)
    aside /= np.maximum(np.hypot(*aside.T), 1e-9)[:, None]
    at = xy[vertex] + share * way + 12 * rng.choice([-1, 1], count)[:, None] * aside
    return gpd.GeoSeries(gpd.points_from_xy(*to_degrees(network, at).T), crs=4326)


def squares(network: WalkNetwork, homes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Return squares that hold all homes."""
    xy = to_metres(network, np.column_stack([homes.x, homes.y]))
    cells = np.unique(np.floor(xy / SQUARE_M), axis=0)
    boxes = shapely.box(*(cells * SQUARE_M).T, *((cells + 1) * SQUARE_M).T)
    back = shapely.transform(boxes, lambda c: to_degrees(network, c))
    names = [f"{x:.0f}/{y:.0f}" for x, y in cells]
    return gpd.GeoDataFrame({"unit_id": names, "name": names}, geometry=back, crs=4326)


def requirement(category: str) -> Requirement:
    """Return a circle of 800 m around a category."""
    part = {"kind": "circle", "categories": [category], "metres": LIMIT_M, "target": "report"}
    texts = {"statement_zh": category, "statement_en": category}
    return Requirement.model_validate(
        {"id": category, "pack": "calibration", "clause": "1", "force": "must", **texts, **part}
    )


def result_of(city: lc.City) -> Result:
    """Assess all circles."""
    ctx = Context(city, 2026)
    found = tuple(assess_requirement(requirement(name), ctx) for name in CATEGORIES)
    return Result(city, found, (), 2026, {}, ctx)


def main(file: str, share: float, trials: int, first: int) -> None:
    """Print scores."""
    network = lc.read_network(file)
    footpath = np.flatnonzero(network.tags.footpath)
    print(f"{network.edge_count:,} edges, {len(footpath):,} of them footpaths; {share:.0%} hidden")
    brier, plain, near_brier, near_plain = [], [], [], []
    held, unit_held, off, off_mean = [], [], [], []
    side: list[int] = []
    spread: list[float] = []
    clock = time.process_time()
    for trial in range(first, first + trials):
        rng = np.random.default_rng([trial, 7])
        homes = along_streets(network, HOMES, rng)
        demand = gpd.GeoDataFrame({"residents": 10.0}, index=homes.index, geometry=homes)
        doors = along_streets(network, sum(CATEGORIES.values()), rng)
        named = np.repeat(list(CATEGORIES), list(CATEGORIES.values()))
        facilities = gpd.GeoDataFrame(
            {"category": named, "name": [f"{n}" for n in range(len(doors))]}, geometry=doors
        )
        units = {"community": squares(network, homes)}
        keep = np.ones(network.edge_count, dtype=bool)
        keep[rng.choice(footpath, round(share * len(footpath)), replace=False)] = False

        def city(streets: WalkNetwork, f=facilities, d=demand, u=units) -> lc.City:
            return lc.City.from_frames(streets, facilities=f, demand=d, units=u)

        true = result_of(city(network))
        seen = lc.uncertainty(
            result_of(city(keep_edges(network, keep))),
            draws=DRAWS, seed=trial, missing_paths=share,
            speed=0.0, facility_m=0.0, shut_paths=0.0, people=0.0,
        )  # fmt: skip
        for one, guess in zip(true.findings, seen.result.findings, strict=True):
            fact = (one.demand["status"] == "covered").to_numpy(dtype=float)
            odds = guess.demand["p_covered"].to_numpy()
            said = (guess.demand["status"] == "covered").to_numpy(dtype=float)
            metres = guess.demand["metres"].to_numpy(dtype=float)
            near = np.abs(metres / LIMIT_M - 1) < 0.2
            brier.append(((odds - fact) ** 2).mean())
            plain.append(((said - fact) ** 2).mean())
            near_brier.append(((odds - fact) ** 2)[near].mean())
            near_plain.append(((said - fact) ** 2)[near].mean())
            row = seen.findings.set_index("standard").loc[one.id]
            below, above = row["band_low"] - 1e-9 > one.value, one.value > row["band_high"] + 1e-9
            held.append(not (below or above))
            side.append(int(above) - int(below))
            spread.append((row["band_high"] - row["band_low"]) / 2 / 1.645)
            off.append(row["value"] - one.value)
            off_mean.append(row["share_drawn"] - one.value)
            mine = seen.units[seen.units["standard"] == one.id].set_index("unit_id")
            real = one.units.set_index("unit_id")["value"].reindex(mine.index)
            unit_held += list(
                (mine["band_low"] - 1e-9 <= real) & (real <= mine["band_high"] + 1e-9)
            )
    print(
        f"Brier score, all homes        {np.mean(brier):.5f}"
        f"  (map at its word {np.mean(plain):.5f})"
    )
    print(f"Brier score, near the limit   {np.mean(near_brier):.5f}  ({np.mean(near_plain):.5f})")
    print(f"town within its band          {np.mean(held):.0%} of {len(held)}")
    low, high = side.count(-1), side.count(1)
    print(f"  truth below the band {low}, above it {high}; trials with all three within:", end=" ")
    print(f"{np.mean(np.array(held).reshape(-1, len(CATEGORIES)).all(axis=1)):.0%}")
    print(f"  truth off the mean of draws by {np.std(off_mean):.4f} (deviation);", end=" ")
    print(f"bands are those of {np.mean(spread):.4f}")
    print(f"squares within their bands    {np.mean(unit_held):.1%} of {len(unit_held):,}")
    print(
        f"share off the truth           map {np.mean(off):+.4f},"
        f" mean of draws {np.mean(off_mean):+.4f}"
    )
    print(f"{time.process_time() - clock:.0f} s of CPU")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        given[0],
        float(given[1]) if len(given) > 1 else 0.05,
        int(given[2]) if len(given) > 2 else 5,
        int(given[3]) if len(given) > 3 else 0,
    )

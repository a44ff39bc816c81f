"""What scale costs: networks read again, tiles up to ten million junctions, nights of many cities.

    python benchmarks/scale.py cache ../shared/data/beijing/union.osm.pbf
    python benchmarks/scale.py tiles ../shared/data/beijing/union.osm.pbf --copies 1 6 59
    python benchmarks/scale.py night --cities 300 --cluster

Each prints a table with processor seconds; where others use the machine as well, wall times mean
little. docs/scale.md tells what came out.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
GIB = 2**20 * (1024 if sys.platform == "darwin" else 1)


def peak_gib() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB


def cache(pbf: Path) -> None:
    """Read a network without and with the cache."""
    import livingcircle as lc

    with tempfile.TemporaryDirectory() as folder:
        os.environ["LIVINGCIRCLE_CACHE"] = folder
        print(f"{'':24}{'CPU s':>8}{'wall s':>8}")
        for name, use in (("without the cache", False), ("first time", True), ("again", True)):
            cpu, wall = time.process_time(), time.perf_counter()
            network = lc.read_network(pbf, cache=use)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            print(f"{name:24}{cpu:8.2f}{wall:8.2f}   {network!r}")


def repeated(network, copies: int):
    """Copies of a network side by side, as one network."""
    side = int(np.ceil(np.sqrt(copies)))
    low, span = network.coords.min(axis=0), np.ptp(network.coords, axis=0) + 0.01
    shift = np.array([divmod(i, side)[::-1] for i in range(copies)]) * span * [1.0, 0.0]
    # Side by side along the parallels, so that the lengths stay true; rows lie on each other, a
    # little apart.
    shift[:, 1] = [(i // side) * 0.003 for i in range(copies)]
    n, m, k = network.node_count, network.edge_count, len(network.coords)
    where = np.arange(copies)
    tags = network.tags[np.tile(np.arange(m), copies)]
    return replace(
        network,
        node_id=np.arange(n * copies),
        node_lonlat=(network.node_lonlat[None] + shift[:, None]).reshape(-1, 2),
        edge_u=(network.edge_u[None] + n * where[:, None]).ravel(),
        edge_v=(network.edge_v[None] + n * where[:, None]).ravel(),
        edge_start=np.append(
            (network.edge_start[None, :-1] + k * where[:, None]).ravel(), k * copies
        ),
        coords=(network.coords[None] + shift[:, None]).reshape(-1, 2),
        offset_m=np.tile(network.offset_m, copies),
        tags=tags,
        walls=np.zeros((0, 4)),
    ), low


def tiles(pbf: Path, copies: list[int], tile_m: float) -> None:
    """Search ever larger networks in tiles, each size in a process of its own."""
    if len(copies) > 1:
        print(f"{'junctions':>12}{'homes':>12}{'CPU s':>9}{'us/junction':>13}{'peak GiB':>10}")
        for count in copies:
            words = [sys.executable, __file__, "tiles", str(pbf), "--copies", str(count)]
            subprocess.run([*words, "--tile-m", str(tile_m)], check=True)
        return
    import livingcircle as lc

    network, _ = repeated(lc.read_network(pbf), copies[0])
    rng = np.random.default_rng(1)

    def some(count: int) -> gpd.GeoDataFrame:
        at = network.coords[rng.integers(0, len(network.coords), count)]
        return gpd.GeoDataFrame(
            geometry=shapely.points(at + rng.normal(0, 3e-4, at.shape)), crs=4326
        )

    stops, homes = some(network.node_count // 200), some(network.node_count // 2)
    cpu = time.process_time()
    lc.reach_tiles(network, stops, homes, limit_m=1000, tile_m=tile_m)
    cpu = time.process_time() - cpu
    each = cpu / network.node_count * 1e6
    print(
        f"{network.node_count:12,}{len(homes):12,}{cpu:9.1f}{each:13.1f}{peak_gib():10.1f}",
        flush=True,
    )


@contextlib.contextmanager
def workers(count: int, cluster: bool) -> Iterator[list[str]]:
    """Yield the words that hand a night to so many processes, or workers of a Dask cluster."""
    if not cluster:
        yield ["--jobs", str(count)]
        return
    from distributed import LocalCluster

    # In processes of their own, as on machines of their own.
    with LocalCluster(
        n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None
    ) as made:
        yield ["--cluster", made.scheduler_address]


def night(count: int, cluster: bool) -> None:
    """Compute small cities with one worker and with two, and once more with nothing changed."""
    from builders.square_city import make_city

    def busy() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    with tempfile.TemporaryDirectory() as scratch:
        cities = Path(scratch) / "cities"
        for number in range(count):
            make_city(cities / f"c{number:03d}", f"city {number}")
        rows = {}
        for name, jobs, site in (("one", 1, "a"), ("two", 2, "b"), ("nothing changed", 2, "b")):
            # What one night keeps must not help the other.
            os.environ["LIVINGCIRCLE_CACHE"] = str(Path(scratch) / f"cache-{site}")
            command = [sys.executable, "-m", "livingcircle.cli", "nightly", str(cities)]
            begin = busy()
            with workers(jobs, cluster) as words:
                wall = time.perf_counter()
                words = [*words, "--site", str(Path(scratch) / site)]
                done = subprocess.run([*command, *words], stderr=subprocess.PIPE, check=False)
                wall = time.perf_counter() - wall
            if done.returncode:
                raise SystemExit(done.stderr.decode())
            rows[name] = wall, busy() - begin
            print(f"{name:20}{wall:9.1f} s{rows[name][1]:9.1f} CPU s", flush=True)
        (wall, cpu), (wall_2, cpu_2) = rows["one"], rows["two"]
        print(
            f"{count} cities, {cpu / count:.2f} CPU s each with one, {cpu_2 / count:.2f} with two"
        )
        print(
            f"efficiency of two: {wall / (2 * wall_2):.0%} by the clock, {cpu / cpu_2:.0%} by CPU"
        )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_subparsers(dest="which", required=True)
    for name in ("cache", "tiles"):
        which.add_parser(name).add_argument("pbf", type=Path)
    which.choices["tiles"].add_argument("--copies", type=int, nargs="+", default=[1, 6, 59])
    which.choices["tiles"].add_argument("--tile-m", type=float, default=20_000.0)
    night_parser = which.add_parser("night")
    night_parser.add_argument("--cities", type=int, default=300)
    night_parser.add_argument("--cluster", action="store_true", help="workers of a Dask cluster")
    given = parser.parse_args()
    if given.which == "cache":
        cache(given.pbf)
    elif given.which == "tiles":
        tiles(given.pbf, given.copies, given.tile_m)
    else:
        night(given.cities, given.cluster)


if __name__ == "__main__":
    main()

"""Time `livingcircle reach` on the streets of a million OSM nodes, as a user would call it.

    python benchmarks/beijing.py ../shared/data/beijing/union.osm.pbf

builds 1,000 facilities and 1,000,000 demand points near walkable nodes (the same ones each time),
writes them as CSV, runs the command in a process of its own, and prints its wall time and the
most memory it held. It ends with 1 if either is over the budget.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

METRES_A_DEGREE = 111_320.0


def scatter(vertices: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Points some tens of metres from vertices (lon, lat), in no order."""
    rng = np.random.default_rng(seed)
    at = vertices[rng.integers(0, len(vertices), count)]
    away = np.abs(rng.normal(0.0, 40.0, count)) / METRES_A_DEGREE
    heading = rng.uniform(0.0, 2.0 * np.pi, count)
    wide = np.cos(np.radians(at[:, 1]))
    return at + np.column_stack([away * np.cos(heading) / wide, away * np.sin(heading)])


def write_points(path: Path, points: np.ndarray, prefix: str, column: str) -> None:
    """Write points as a CSV with ids."""
    ids = [f"{prefix}{i}" for i in range(len(points))]
    table = pd.DataFrame({column: ids, "lon": points[:, 0], "lat": points[:, 1]})
    table.to_csv(path, index=False, float_format="%.7f")


def run(arguments: list[str]) -> tuple[int, float, float, float]:
    """Run the command; exit code, seconds on the clock and of processors, GiB held at most."""
    begin = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", "from livingcircle.cli.main import main; main()", *arguments]
    )
    # The usage of this one child, which getrusage(RUSAGE_CHILDREN) would mix with any other's.
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    wall, busy = time.perf_counter() - begin, usage.ru_utime + usage.ru_stime
    return child.returncode, wall, busy, usage.ru_maxrss * unit / 2**30


def main() -> int:
    """Build the tables, run, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pbf", type=Path)
    parser.add_argument("--facilities", type=int, default=1_000)
    parser.add_argument("--demand", type=int, default=1_000_000)
    parser.add_argument("--limit-m", type=float)
    parser.add_argument("--folder", type=Path, help="where the tables go; kept")
    parser.add_argument("--max-seconds", type=float, default=60.0)
    parser.add_argument("--max-gib", type=float, default=2.5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        tables = folder / "facilities.csv", folder / "demand.csv"
        if not all(table.exists() for table in tables):
            from livingcircle.network.read import read_network

            vertices = read_network(given.pbf).coords
            write_points(tables[0], scatter(vertices, given.facilities, 1), "f", "facility_id")
            write_points(tables[1], scatter(vertices, given.demand, 2), "d", "demand_id")
        out = folder / "reach.csv"
        words = ["--network", str(given.pbf), "--out", str(out)]
        words += ["--facilities", str(tables[0]), "--demand", str(tables[1])]
        if given.limit_m is not None:
            words += ["--limit-m", str(given.limit_m)]
        code, seconds, busy, gib = run(["reach", *words])
        if code != 0:
            return code
        got = pd.read_csv(out)
        print(f"{len(got):,} rows in {seconds:.1f} s ({busy:.1f} s of processors), {gib:.2f} GiB")
        print(got["status"].value_counts().to_string())
        print(f"metres: mean {got['metres'].mean():.3f}, longest {got['metres'].max():.3f}")
        fits = len(got) == given.demand and seconds <= given.max_seconds and gib <= given.max_gib
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())

"""The same work by peers: the nearest of many facilities for each of many points, on one network.

    python -m venv peers && peers/bin/pip install pandana osmnx networkx pyarrow
    python benchmarks/peers.py ../shared/data/beijing/union.osm.pbf --python peers/bin/python

Peers live in a Python of their own, and nothing here is imported by the package. They are given
the network that we read, as tables: what it takes to read the OpenStreetMap extract is counted for
us and not for them. They measure from node to node; we from door to door.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from livingcircle.network.read import read_network
from livingcircle.network.snap import to_metres

sys.path.append(str(Path(__file__).resolve().parent))
from beijing import scatter, write_points

HEAD = """
import sys, pandas as pd
nodes, edges = pd.read_parquet("nodes.parquet"), pd.read_parquet("edges.parquet")
facilities, demand = pd.read_csv("facilities.csv"), pd.read_csv("demand.csv")
"""
PEERS = {
    "pandana": HEAD
    + """
import pandana
net = pandana.Network(nodes["lon"], nodes["lat"], edges["u"], edges["v"], edges[["metres"]])
net.set_pois("f", 100_000, 1, facilities["lon"], facilities["lat"])
near = net.nearest_pois(100_000, "f", 1)
at = net.get_node_ids(demand["lon"], demand["lat"])
demand.assign(metres=near.loc[at.to_numpy(), 1].to_numpy()).to_csv("pandana.csv", index=False)
""",
    "osmnx + networkx": HEAD
    + """
import networkx as nx, osmnx as ox, numpy as np
graph = nx.MultiDiGraph(crs=sys.argv[1])
graph.add_nodes_from((k, {"x": x, "y": y}) for k, x, y in nodes[["x", "y"]].itertuples())
both = zip(edges["u"], edges["v"], edges["metres"])
graph.add_edges_from((a, b, {"length": m}) for u, v, m in both for a, b in ((u, v), (v, u)))
start = set(ox.nearest_nodes(graph, facilities["x"].to_numpy(), facilities["y"].to_numpy()))
cost = nx.multi_source_dijkstra_path_length(graph, start, weight="length")
at = ox.nearest_nodes(graph, demand["x"].to_numpy(), demand["y"].to_numpy())
demand.assign(metres=[cost.get(k, np.inf) for k in at]).to_csv("networkx.csv", index=False)
""",
}
OURS = "from livingcircle.cli.main import main; main()"


def timed(command: list[str], folder: Path) -> tuple[float, float, float] | None:
    """Run a command; seconds of processors and on the clock, GiB; None if it fails."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    busy = usage.ru_utime + usage.ru_stime
    return busy, time.perf_counter() - begin, usage.ru_maxrss * unit / 2**30


def tables(pbf: Path, folder: Path, facilities: int, demand: int) -> str:
    """Write the network and the points as tables; return the CRS of their metres."""
    network = read_network(pbf)
    lonlat, xy = network.node_lonlat, to_metres(network, network.node_lonlat)
    nodes = {"lon": lonlat[:, 0], "lat": lonlat[:, 1], "x": xy[:, 0], "y": xy[:, 1]}
    pd.DataFrame(nodes).to_parquet(folder / "nodes.parquet")
    ends = {"u": network.edge_u, "v": network.edge_v, "metres": network.edge_length_m}
    pd.DataFrame(ends).to_parquet(folder / "edges.parquet")
    for name, count, seed, prefix in (("facility", facilities, 1, "f"), ("demand", demand, 2, "d")):
        points = scatter(network.coords, count, seed)
        file = folder / f"{'facilities' if name == 'facility' else name}.csv"
        write_points(file, points, prefix, f"{name}_id")
        flat = to_metres(network, points)
        pd.read_csv(file).assign(x=flat[:, 0], y=flat[:, 1]).to_csv(file, index=False)
    return network.crs_m.to_wkt()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pbf", type=Path)
    parser.add_argument("--python", required=True, help="a Python that has the peers")
    parser.add_argument("--facilities", type=int, default=1_000)
    parser.add_argument("--demand", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        crs = tables(given.pbf, folder, given.facilities, given.demand)
        words = ["reach", "--network", str(given.pbf.resolve()), "--out", "ours.csv"]
        words += ["--facilities", "facilities.csv", "--demand", "demand.csv"]
        # Ours twice: what was read is kept for the second time.
        ours = [sys.executable, "-c", OURS, *words]
        commands = {"ours, first": [*ours, "--no-cache"], "ours, again": ours}
        python = str(Path(given.python).absolute())
        commands |= {name: [python, "-c", text, crs] for name, text in PEERS.items()}
        first: float | None = None
        print(
            "| who | processors, s | clock, s | GiB | ratio |\n| --- | ---: | ---: | ---: | ---: |"
        )
        for name, command in commands.items():
            took = timed(command, folder)
            if took is None:
                print(f"| {name} | failed | | | |")
                continue
            first = first or took[0]
            ratio = took[0] / first
            print(f"| {name} | {took[0]:.1f} | {took[1]:.1f} | {took[2]:.2f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()

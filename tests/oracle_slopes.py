"""The judge of seconds on slopes: every street cut every metre, and walked in both directions.

Built on the streets and the cuts of the judge of metres, and on nothing of the package: heights are
looked up cell by cell in the raster, each metre costs what its own slope says, and Dijkstra runs
against the direction of walking, from every facility through its access leg.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from pathlib import Path

import networkx as nx
import numpy as np
import pyproj
import rasterio
from scipy.interpolate import RegularGridInterpolator

from oracle import Oracle, metres_between

__all__ = ["LAWS", "Heights", "seconds_of"]


def _tobler_kmh(slope):
    return 6 * np.exp(-3.5 * np.abs(slope + 0.05))


def _irmischer_ms(slope):
    return 0.11 + np.exp(-((100 * slope + 5) ** 2) / (2 * 30**2))


LAWS = {
    name: (lambda slope, v=v: v(0.0) / v(slope))
    for name, v in (("tobler", _tobler_kmh), ("irmischer", _irmischer_ms))
}


class Heights:
    """A north-up GeoTIFF, bilinear between the middles of its cells."""

    def __init__(self, path: Path) -> None:
        with rasterio.open(path) as raster:
            values, t = raster.read(1).astype(float), raster.transform
            crs = raster.crs.to_wkt()
        x = t.c + (np.arange(values.shape[1]) + 0.5) * t.a
        y = t.f + (np.arange(values.shape[0]) + 0.5) * t.e
        self.look = RegularGridInterpolator((y[::-1], x), values[::-1])
        self.move = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform

    def __call__(self, lon, lat):
        x, y = self.move(lon, lat)
        return self.look((y, x))


def _vertex_heights(oracle: Oracle, heights: Heights) -> dict[Hashable, float]:
    """Heights of vertices; where only bridges and tunnels meet, between those of their ends."""
    names = list(oracle.streets.lonlat)
    lon, lat = np.array([oracle.streets.lonlat[n] for n in names]).T
    found = dict(zip(names, heights(lon, lat), strict=True))
    pieces = oracle.streets.pieces
    ground = {n for uv, tags in pieces.items() if not tags.get("span") for n in uv}
    spans = nx.Graph()
    for (u, v), tags in pieces.items():
        if tags.get("span"):
            metres = float(metres_between(*oracle.streets.lonlat[u], *oracle.streets.lonlat[v]))
            spans.add_edge(u, v, weight=1 / max(metres, 0.01))
    for part in nx.connected_components(spans):
        free = [n for n in part if n not in ground]
        if not free or len(free) == len(part):
            continue
        place = {n: i for i, n in enumerate(free)}
        matrix, right = np.zeros((len(free), len(free))), np.zeros(len(free))
        for n, i in place.items():
            for other, tags in spans[n].items():
                matrix[i, i] += tags["weight"]
                if other in place:
                    matrix[i, place[other]] -= tags["weight"]
                else:
                    right[i] += tags["weight"] * found[other]
        for n, z in zip(free, np.linalg.solve(matrix, right), strict=True):
            found[n] = float(z)
    return found


def seconds_of(
    oracle: Oracle, heights: Heights, law: Callable, speed: float
) -> list[list[dict[Hashable, float]]]:
    """Return the seconds from each demand point to every facility, for each position that ties."""
    at = _vertex_heights(oracle, heights)
    edges = list(oracle.graph.edges(data=True))
    n = np.array([max(1, math.ceil(tags["weight"])) for *_, tags in edges])
    first = np.array([oracle.place[a] for a, _, _ in edges])
    last = np.array([oracle.place[b] for _, b, _ in edges])
    of = np.repeat(np.arange(len(edges)), n + 1)
    share = (np.arange(len(of)) - np.repeat(np.cumsum(n + 1) - n - 1, n + 1)) / n[of]
    lon, lat = (first[of] + (last - first)[of] * share[:, None]).T
    z = np.asarray(heights(lon, lat))
    for i, (a, b, tags) in enumerate(edges):
        u, v = tags["piece"]
        if not oracle.streets.pieces[u, v].get("span"):
            continue
        ends = [oracle.streets.lonlat[x] for x in (u, v)]
        whole = max(float(metres_between(*ends[0], *ends[1])), 1e-9)
        part = [float(metres_between(*ends[0], *oracle.place[x])) / whole for x in (a, b)]
        low, high = (at[u] + (at[v] - at[u]) * p for p in part)
        z[of == i] = low + (high - low) * share[of == i]
    metres = np.array([tags["weight"] for *_, tags in edges]) / n
    inner = of[1:] == of[:-1]
    owner = of[1:][inner]
    step = metres[owner]
    slope = np.divide(np.diff(z)[inner], step, out=np.zeros(len(step)), where=step > 0)
    up = np.bincount(owner, step * law(slope), minlength=len(edges)) / speed
    down = np.bincount(owner, step * law(-slope), minlength=len(edges)) / speed
    walks = nx.DiGraph()
    for (a, b, tags), ahead, back in zip(edges, up, down, strict=True):
        parts = (1,) if not oracle.own else (0, 2) if tags["own"] else (1,)
        for part in parts:
            # From the facility outward: who is at b walks back to a.
            walks.add_edge((part, a), (part, b), weight=back)
            walks.add_edge((part, b), (part, a), weight=ahead)
    if oracle.own:
        for node in oracle.graph:
            walks.add_edge((0, node), (1, node), weight=0.0)
            walks.add_edge((1, node), (2, node), weight=0.0)
    f_touch, d_touch = oracle.touched
    reached = []
    for i, options in enumerate(f_touch):
        if options and options[0].access_m <= oracle.max_access_m:
            start = (0 if oracle.own else 1, ("f", i, 0))
            found = nx.single_source_dijkstra_path_length(walks, start)
            reached.append((oracle.facility_names[i], options[0].access_m, found))
    answers = []
    for i, options in enumerate(d_touch):
        mine = []
        for j, touch in enumerate(t for t in options if t.access_m <= oracle.max_access_m):
            end = 2 if oracle.own and oracle.names[touch.piece] in oracle.own else 1
            best: dict[Hashable, float] = {}
            for name, leg, found in reached:
                node = (end, ("d", i, j))
                if node in found:
                    total = found[node] + (leg + touch.access_m) / speed
                    best[name] = min(total, best.get(name, math.inf))
            mine.append(best)
        answers.append(mine)
    return answers

"""Instances for the siting benchmark, drawn by the recipes and in the sizes of the OR-Library.

They are not the library's files: the recipes are published, the random numbers are our own.

* ``scp-like``: Balas and Ho (1980), as Beasley (1987) uses it: rows and columns filled at random to
  a density, two columns at least for each row, costs 1 to 100. Sizes of scp4, scpc and scpnrg.
* ``pmed-like``: Beasley (1985): a random connected graph with n² / 50 edges of 1 to 100, shortest
  paths, every node a customer and a candidate. Sizes of pmed8, pmed22 and pmed40.
* ``cpmp-like``: Osman and Christofides (1994): points in a square of 100, distances rounded down,
  demands 1 to 20, room for 120, customers not split. Sizes of their two sets; split, also 400 / 40,
  beyond what our solver hands to HiGHS.
* ``town``: our own covers: homes and places at random in 6 × 6 km, 600 m, with and without room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

from livingcircle.sites.solver.problem import Problem

__all__ = ["FAMILIES", "Instance"]


@dataclass(frozen=True)
class Instance:
    """A problem and what is asked of it."""

    name: str
    problem: Problem
    kind: str
    """lscp, mclp, median; with capacities capacitated_lscp, capacitated_median."""
    sites: int | None = None


def covers() -> Iterator[Instance]:
    """Random covers with costs."""
    for seed, (rows, columns, density, of) in enumerate(
        [(200, 1000, 0.02, "scp4"), (400, 4000, 0.02, "scpc"), (1000, 10_000, 0.02, "scpnrg")]
    ):
        rng = np.random.default_rng(seed)
        full = rng.random((rows, columns)) < density
        full[np.repeat(np.arange(rows), 2), rng.integers(0, columns, 2 * rows)] = True
        cost = rng.integers(1, 101, columns).astype(float)
        problem = Problem.of(csr_array(full.astype(float)), site_cost=cost)
        yield Instance(f"{of}-like {rows} × {columns:,}", problem, "lscp")


def medians() -> Iterator[Instance]:
    """Shortest paths in random graphs."""
    for seed, (n, p, of) in enumerate(
        [(200, 20, "pmed8"), (600, 10, "pmed22"), (900, 90, "pmed40")]
    ):
        rng = np.random.default_rng(seed)
        order = rng.permutation(n)
        tree = np.column_stack([order[1:], order[rng.integers(0, np.arange(1, n))]])
        more = rng.integers(0, n, (n * n // 50 - n + 1, 2))
        ends = np.concatenate([tree, more[more[:, 0] != more[:, 1]]])
        graph = np.full((n, n), np.inf)
        graph[ends[:, 0], ends[:, 1]] = rng.integers(1, 101, len(ends))
        metres = shortest_path(np.where(np.isinf(graph), 0, graph), directed=False)
        yield Instance(f"{of}-like {n} / {p}", Problem.of(metres), "median", p)


def full_medians(split: bool = False) -> Iterator[Instance]:
    """Points in a square whose median sites can be full."""
    sizes = [(50, 5), (100, 10), (400, 40)] if split else [(50, 5), (100, 10), (100, 10)]
    for seed, (n, p) in enumerate(sizes):
        rng = np.random.default_rng(seed)
        at = rng.integers(0, 101, (n, 2)).astype(float)
        metres = np.floor(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)))
        load = rng.integers(1, 21, n).astype(float)
        # The library sums distances, ours weight × distance: divided here, multiplied there.
        # Where points are split the walks of all are summed.
        full, per = np.full(n, 120.0), metres if split else metres / load[:, None]
        problem = Problem.of(per, load, capacity=full, split=split)
        name = f"cpmp-like {n} / {p}, {seed}" + ", split" * split
        yield Instance(name, problem, "capacitated_median", p)


def _town(homes: int, places: int, seed: int) -> Problem:
    rng = np.random.default_rng(seed)
    at, to = rng.random((homes, 2)) * 6000, rng.random((places, 2)) * 6000
    near = cKDTree(at).sparse_distance_matrix(cKDTree(to), 600, output_type="coo_matrix")
    return Problem.of(csr_array(near), rng.integers(1, 101, homes).astype(float))


SIZES = [(2000, 500), (5000, 1000), (20_000, 2000)]


def towns() -> Iterator[Instance]:
    """The fewest places that serve all homes."""
    for seed, (homes, places) in enumerate(SIZES):
        problem = _town(homes, places, seed)
        yield Instance(f"town {homes:,} × {places:,}, all", problem, "lscp")


def town_people() -> Iterator[Instance]:
    """Twenty places that serve most people."""
    for seed, (homes, places) in enumerate(SIZES):
        problem = _town(homes, places, seed)
        yield Instance(f"town {homes:,} × {places:,}, 20 sites", problem, "mclp", 20)


def full_towns() -> Iterator[Instance]:
    """The fewest places that serve all homes and are never overfull."""
    for seed, (homes, places) in enumerate([(500, 100), (1000, 200), (5000, 1000)]):
        whole = _town(homes, places, seed)
        near = whole.open_rows
        room = np.full(places, np.ceil(whole.weight[near].sum() / 30))
        problem = Problem.of(whole.metres[near], whole.weight[near], capacity=room)
        yield Instance(f"town {homes:,} × {places:,}, room", problem, "capacitated_lscp")


FAMILIES = {
    "scp": covers,
    "pmed": medians,
    "cpmp": full_medians,
    "split": partial(full_medians, split=True),
    "town": towns,
    "people": town_people,
    "room": full_towns,
}

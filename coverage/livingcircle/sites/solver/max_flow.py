"""How much load chosen sites carry, by a maximum flow, and where one more would relieve them.

A flow takes milliseconds where the linear programme takes seconds, so a search can ask thousands of
times. SciPy's flow counts in 32-bit integers: loads that are not whole are scaled and rounded up,
room is rounded down, so that what is said to be carried is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array
from scipy.sparse.csgraph import connected_components, maximum_flow

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.sites.solver.problem import Problem
from livingcircle.sites.solver.reduce import merge_rows

__all__ = ["Flow", "Loads", "max_flow"]

LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Loads:
    """The demand in question, equal rows merged, and the room of each candidate."""

    matrix: csr_array
    columns: csc_array
    weight: FloatArray
    capacity: FloatArray
    load: IntArray
    """(n,) weights in the units of the flow."""
    room: IntArray
    """(m,) capacities in these units; never more than all load."""
    exact: bool
    """The units are whole: nothing was rounded."""

    @classmethod
    def of(cls, problem: Problem) -> Loads:
        """Take the gap demand that some candidate reaches."""
        rows = problem.open_rows
        rows = rows[problem.weight[rows] > 0]
        matrix, weight, _ = merge_rows(problem.metres[rows], problem.weight[rows])
        total = float(weight.sum())
        room = np.minimum(problem.capacity, total)
        exact = bool((weight == np.round(weight)).all() and (room == np.round(room)).all())
        exact &= total <= LARGEST
        unit = 1.0 if exact or not total else (LARGEST - len(weight)) / total
        load = np.ceil(weight * unit).astype(np.int64)
        return cls(
            matrix,
            matrix.tocsc(),
            weight,
            problem.capacity,
            load,
            np.minimum(np.floor(room * unit), load.sum()).astype(np.int64),
            exact,
        )

    @property
    def total(self) -> float:
        """All load."""
        return float(self.weight.sum())

    @property
    def whole(self) -> int:
        """All load in the units of the flow."""
        return int(self.load.sum())


@dataclass(frozen=True)
class Flow:
    """What chosen sites carry, in the units of the flow."""

    amount: int
    left: IntArray
    """(n,) load that is not carried."""
    inside: IntArray
    """(n,) label of the overfull neighbourhood of each demand point, -1 = none: whoever is in one
    could make way for load that is not carried, if there were room."""

    def relief(self, loads: Loads) -> IntArray:
        """Return (m,) the most that each further site could add to the amount.

        Every neighbourhood is a cut: a site adds no more than what is left over there, no more than
        the load that it reaches there, and no more than its room.
        """
        rows = np.flatnonzero(self.inside >= 0)
        count = int(self.inside.max(initial=-1)) + 1
        if not count:
            return np.zeros(loads.matrix.shape[1], dtype=np.int64)
        label = self.inside[rows]
        sums = csr_array(
            (loads.load[rows], (label, np.arange(len(rows)))), shape=(count, len(rows))
        )
        part = loads.matrix[rows]
        ones = csr_array((np.ones(part.nnz, np.int64), part.indices, part.indptr), part.shape)
        reach = coo_array(sums @ ones)
        over = np.bincount(label, self.left[rows], minlength=count).astype(np.int64)
        most = np.minimum(reach.data, over[reach.row])
        added = np.bincount(reach.col, most, minlength=part.shape[1]).astype(np.int64)
        return np.minimum(added, loads.room)


def max_flow(loads: Loads, chosen: IntArray) -> Flow:
    """Send as much load as chosen sites can carry."""
    part = loads.columns[:, chosen].tocsr()
    n, count = part.shape
    # Nodes: the source, the demand points, the sites, the sink.
    rows = np.repeat(np.arange(n), np.diff(part.indptr))
    sites = part.indices.astype(np.int64)
    indptr = np.concatenate(
        [[0], n + part.indptr.astype(np.int64), n + part.nnz + np.arange(1, count + 1)]
    )
    indptr = np.append(indptr, indptr[-1])
    indices = np.concatenate([np.arange(1, n + 1), sites + n + 1, np.full(count, n + count + 1)])
    data = np.concatenate([loads.load, loads.load[rows], loads.room[chosen]])
    size = n + count + 2
    graph = csr_array(
        (data.astype(np.int32), indices.astype(np.int32), indptr.astype(np.int32)),
        shape=(size, size),
    )
    found = maximum_flow(graph, 0, size - 1)
    sent = found.flow[1 : n + 1].tocoo()
    used = (sent.data > 0) & (sent.col > n)
    sends = csr_array(
        (sent.data[used].astype(np.int64), (sent.row[used], sent.col[used] - n - 1)),
        shape=(n, count),
    )
    left = loads.load - np.asarray(sends.sum(axis=1)).astype(np.int64)
    return Flow(int(found.flow_value), left, _overfull(rows, sites, sends, left))


def _overfull(rows: IntArray, sites: IntArray, sends: csr_array, left: IntArray) -> IntArray:
    """Label the demand that could make way for what is left: the source's side of the cut."""
    inside = left > 0
    full = np.zeros(sends.shape[1], dtype=bool)
    by_site = sends.tocsc()
    while True:
        reached = np.zeros_like(full)
        reached[sites[inside[rows]]] = True
        fresh = np.flatnonzero(reached & ~full)
        if not len(fresh):
            break
        full |= reached
        inside[by_site[:, fresh].indices] = True
    labels = np.full(len(inside), -1, dtype=np.int64)
    if inside.any():
        n = len(inside)
        mine = inside[rows]
        size = n + len(full)
        links = csr_array((np.ones(int(mine.sum())), (rows[mine], sites[mine] + n)), (size, size))
        _, group = connected_components(links, directed=False)
        labels[inside] = np.unique(group[:n][inside], return_inverse=True)[1]
    return labels

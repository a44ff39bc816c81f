"""What a plan of sites answers: the problem, what it was allowed, and what it builds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.sites.solver.problem import Problem, Solution
from livingcircle.sites.solver.report import has_capacity, least_metres, metres_at
from livingcircle.sites.solver.search import Walks, walks_of

__all__ = ["Solved"]


@dataclass(frozen=True, eq=False)
class Solved:
    """A siting problem with its answer, for the proof that no other plan is better."""

    problem: Problem
    """New links stand behind the sites, as candidates like them."""
    sites: int
    """Candidates that are sites and no links."""
    solution: Solution
    most: int | None
    """Sites and links that were allowed."""
    budget: float | None
    needed: float
    """Weight that was enough to serve; 0 where that was not asked."""

    @property
    def model(self) -> str:
        """``lscp``, ``mclp``, ``partial_cover``, ``median`` or ``center``."""
        return self.solution.model.removeprefix("capacitated_")

    @property
    def full(self) -> bool:
        """Whether sites can be full."""
        return has_capacity(self.problem)

    @property
    def counts_sites(self) -> bool:
        """Whether the longest walk is shortened by a number of sites, and not by money."""
        return self.model == "center" and self.most is not None

    @property
    def allowed(self) -> float:
        """How many sites, or how much money, the plan may take; 0 where that is not limited."""
        return float(self.most if self.most is not None else self.budget or 0.0)

    @property
    def built(self) -> BoolArray:
        """(m,) candidates that the plan builds."""
        built = np.zeros(self.problem.shape[1], dtype=bool)
        built[self.solution.chosen] = True
        return built

    def rows(self, radius: float | None) -> tuple[IntArray, csr_array]:
        """Return the rows that ask for a site, and which sites serve them.

        Parameters
        ----------
        radius
            For the longest walk: only what is nearer than this serves.
        """
        problem, matrix = self.problem, self.problem.metres
        if self.model == "center":
            far = np.inf if radius is None else radius
            least = least_metres(problem)
            asks = np.isfinite(least) & ((radius is None) | (problem.fallback_m >= far))
            rows = np.flatnonzero(asks)
            keep = matrix.data < far
            each = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[keep]
            matrix = csr_array((matrix.data[keep], (each, matrix.indices[keep])), matrix.shape)
        elif self.model == "median":
            some = (np.diff(matrix.indptr) > 0) | np.isfinite(problem.fallback_m)
            rows = np.flatnonzero(some)
        else:
            rows = problem.open_rows
        if self.full:  # who weighs nothing takes no room
            rows = rows[problem.weight[rows] > 0]
        part = csr_array(matrix[rows])
        part.sort_indices()
        return rows, part

    def sent(self, rows: IntArray, matrix: csr_array) -> FloatArray:
        """Return (entries,) the share of each row that goes to each site."""
        each = np.repeat(np.arange(len(rows)), np.diff(matrix.indptr))
        shares = self.solution.shares
        if shares is None:
            return np.asarray(self.solution.assigned[rows[each]] == matrix.indices, dtype=float)
        held = csr_array(shares)
        held.sort_indices()
        found = np.zeros(matrix.nnz)
        keys = np.repeat(np.arange(held.shape[0]), np.diff(held.indptr)) * held.shape[1]
        there = np.isin(rows[each] * held.shape[1] + matrix.indices, keys + held.indices)
        found[there] = metres_at(held, rows[each[there]], matrix.indices[there])
        return found

    def charge(self, rows: IntArray) -> FloatArray:
        """Return what it costs to leave a row to nobody; inf where it has to be served."""
        weight = self.problem.weight[rows]
        if self.model == "mclp":
            return weight
        if self.model == "partial_cover":
            return np.zeros(len(rows))
        if self.model == "median":
            fallback_m = self.problem.fallback_m[rows]
            return np.where(np.isinf(fallback_m), np.inf, weight * np.minimum(fallback_m, 1e300))
        return np.full(len(rows), np.inf)

    def walks(self, rows: IntArray, matrix: csr_array) -> Walks:
        """Return the problem as the bounds of medians and of most people take it."""
        problem = self.problem
        if self.model == "mclp":
            matrix = csr_array((np.zeros(matrix.nnz), matrix.indices, matrix.indptr), matrix.shape)
            fallback_m = np.ones(len(rows))
        else:
            fallback_m = problem.fallback_m[rows]
            far = 2.0 * max(float(matrix.data.max(initial=1.0)), 1.0)
            fallback_m = np.where(np.isfinite(fallback_m), fallback_m, far)
        none = np.zeros((0, 2), dtype=np.int64)
        return walks_of(
            matrix, problem.weight[rows], fallback_m, problem.site_cost, none,
            most=self.most, budget=self.budget,
        )  # fmt: skip

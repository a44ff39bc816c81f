"""Among equally good plans, prefer the one whose sites are nearer to the people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livingcircle.sites.solver.problem import Problem, Solution, nearest_chosen, relative_gap
from livingcircle.sites.solver.search import exchange_sites, walks_of

__all__ = ["exchange_for_nearer"]

TIE_EXCHANGES, TIE_ENTRIES = 300, 100_000_000
"""Exchanges at most (a plan settles in about as many as it has sites), and entries looked at in all
of them: some 5 s. Counted and not timed, so that the same input gives the same plan."""


def exchange_for_nearer(problem: Problem, solution: Solution) -> Solution:
    """Exchange sites for nearer ones as long as all stay served and the cost does not rise.

    A cover says nothing about where within the limit a site stands: the solver may leave it at the
    very edge of a village.

    Parameters
    ----------
    problem
        Without capacities.
    solution
        Of a covering model (lscp, mclp or partial_cover).

    Returns
    -------
    Solution
        Serves at least as much weight for at most the money.
    """
    matrix, chosen = problem.metres, solution.chosen
    if len(chosen) == 0 or matrix.nnz == 0:
        return solution
    # Where all are to be served, those who count for nothing are too.
    least = 1e-6 if solution.model == "lscp" else 0.0
    weight = np.where(problem.served, 0.0, np.maximum(problem.weight, least))
    lightest = float(weight[weight > 0].min(initial=1.0))
    lost_m = 2.0 * float(weight.sum()) * float(matrix.data.max()) / lightest + 1.0
    walks = walks_of(
        matrix,
        weight,
        np.full(problem.shape[0], lost_m),
        problem.site_cost,
        problem.incompatible_pairs,
        most=len(chosen),
        budget=float(problem.site_cost[chosen].sum()),
    )
    steps = int(np.clip(TIE_ENTRIES / matrix.nnz, 10, TIE_EXCHANGES))
    moved = np.sort(exchange_sites(walks, chosen, np.flatnonzero(problem.fixed), steps=steps))
    assigned = nearest_chosen(problem, moved, covering=True)
    covered = assigned >= 0
    objective = solution.objective
    if solution.model == "mclp":
        objective = float(problem.weight[covered].sum())
    return replace(
        solution,
        chosen=moved,
        assigned=assigned,
        objective=objective,
        gap=relative_gap(objective, solution.bound) if solution.model == "mclp" else solution.gap,
        left=np.flatnonzero(~problem.served & ~covered),
    )

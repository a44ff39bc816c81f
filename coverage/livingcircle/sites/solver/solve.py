"""The steps behind the models: reduce, build, bound, rule out, and let HiGHS close the rest."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import NO_INDICES, BoolArray, FloatArray, IntArray
from livingcircle.sites.solver.bounds import bound_cover, bound_walks
from livingcircle.sites.solver.exact import exact_cover, exact_walks
from livingcircle.sites.solver.problem import relative_gap
from livingcircle.sites.solver.reduce import reduce_cover
from livingcircle.sites.solver.row_weighting import improve_cover
from livingcircle.sites.solver.search import (
    Walks,
    build_walks,
    conflict_matrix,
    exchange_sites,
    greedy_cover,
    perturb_sites,
)

__all__ = [
    "EXACT_COVER_ENTRIES",
    "EXACT_WALK_ENTRIES",
    "Plan",
    "cheapest_cover",
    "least_walks",
    "pairs_among",
]

EXACT_COVER_ENTRIES = 400_000
"""Entries of a reduced covering problem up to which HiGHS is tried: its first linear programme
takes some 10 s there; beyond, it does not heed a time limit of a minute."""
EXACT_WALK_ENTRIES = 400_000
"""Entries of a reduced median problem up to which HiGHS is tried (a variable each)."""
ROUNDS, ROUND_ENTRIES = 60, 30_000_000
"""Rounds of changing a few sites at random, and entries looked at in all of them: some 5 s."""
PERTURB_SHARE = 0.4
"""Part of the time left that these rounds may take; HiGHS needs the rest."""


@dataclass(frozen=True)
class Plan:
    """A plan with its bound, before it is reported in the terms of a model."""

    chosen: IntArray | None
    bound: float
    status: str


def cheapest_cover(
    part: csr_array,
    cost: FloatArray,
    incompatible_pairs: IntArray,
    *,
    until: float,
    enough: float | None = None,
) -> Plan:
    """Cover all rows at least cost; with ``enough``, only find out whether that money does.

    Then ``chosen`` is a plan for at most ``enough``, or None with a bound: above ``enough`` there
    is no such plan, else it stays open.
    """
    if not part.shape[0]:
        return Plan(NO_INDICES, 0.0, "optimal")
    named = np.zeros(len(cost), dtype=bool)
    named[incompatible_pairs.ravel()] = True
    if enough is not None:
        quick = greedy_cover(
            part, cost, cost, NO_INDICES, conflict_matrix(incompatible_pairs, len(cost))
        )
        if quick is not None and cost[quick].sum() <= enough + 1e-9:
            return Plan(quick, 0.0, "feasible")
    small = reduce_cover(part, cost, keep_all=named)
    base = float(cost[small.forced].sum())
    if not small.matrix.shape[0]:
        plan = Plan(np.sort(small.forced), base, "optimal")
    else:
        inner = _cheapest_small(
            small.matrix,
            small.cost,
            pairs_among(incompatible_pairs, small.columns),
            until,
            None if enough is None else enough - base,
        )
        chosen = None
        if inner.chosen is not None:
            chosen = np.union1d(small.forced, small.columns[inner.chosen])
        plan = Plan(chosen, inner.bound + base, inner.status)
    if enough is None or plan.chosen is None or cost[plan.chosen].sum() <= enough + 1e-9:
        return plan
    return Plan(None, plan.bound, plan.status)


def _cheapest_small(
    matrix: csr_array,
    cost: FloatArray,
    incompatible_pairs: IntArray,
    until: float,
    enough: float | None,
) -> Plan:
    """Cover all rows of a reduced problem: bound, rule out, solve."""
    rival = conflict_matrix(incompatible_pairs, len(cost))
    bounded = bound_cover(
        matrix, cost, greedy_cover(matrix, cost, cost, NO_INDICES, rival), rival, until=until
    )
    best, bound = bounded.chosen, bounded.bound
    upper = np.inf if best is None else float(cost[best].sum())
    if best is not None and not len(incompatible_pairs) and relative_gap(upper, bound) > 0.0:
        goal = bound if enough is None else max(bound, enough)
        best = improve_cover(matrix, cost, best, bound=goal, until=until)
        upper = float(cost[best].sum())
    settled = enough is not None and (upper <= enough + 1e-9 or bound > enough + 1e-9)
    if settled or relative_gap(upper, bound) == 0.0:
        return Plan(best, bound, "optimal")
    stay = np.flatnonzero(~bounded.ruled_out(upper))
    rest = matrix[:, stay]
    if (np.diff(rest.indptr) == 0).any():
        # A row that only ruled-out candidates cover: nothing beats the plan in hand.
        return Plan(best, upper, "optimal" if best is not None else "infeasible")
    if rest.nnz > EXACT_COVER_ENTRIES:
        return Plan(best, bound, "heuristic")
    answer = exact_cover(rest, cost[stay], pairs_among(incompatible_pairs, stay), until=until)
    if answer.values is not None:
        found = stay[np.flatnonzero(answer.values > 0.5)]
        if cost[found].sum() < upper - 1e-9:
            best, upper = found, float(cost[found].sum())
    if answer.infeasible or answer.proven:
        return Plan(best, upper, "optimal" if best is not None else "infeasible")
    return Plan(best, max(bound, min(answer.bound, upper)), "feasible")


def least_walks(walks: Walks, fixed: IntArray, must: BoolArray, entries: int, until: float) -> Plan:
    """Minimise weight × metres: build, exchange, bound, rule out, solve."""
    if not len(walks.rows):
        served = not must.any()
        bound = float(walks.weight @ walks.fallback_m)
        return Plan(fixed if served else None, bound, "optimal" if served else "infeasible")
    best = exchange_sites(walks, build_walks(walks, fixed), fixed, until=until)
    if relative_gap(walks.total(best), walks.floor) == 0.0 and _serves(walks, best, must):
        return Plan(best, walks.floor, "optimal")
    bounded = bound_walks(walks, fixed, best, until=until)
    assert bounded.chosen is not None  # noqa: S101 - it starts from a plan
    best = exchange_sites(walks, bounded.chosen, fixed, until=until)
    if relative_gap(walks.total(best), bounded.bound) > 0.0:
        rounds = min(ROUNDS, ROUND_ENTRIES // len(walks.rows))
        pause = time.perf_counter() + PERTURB_SHARE * max(until - time.perf_counter(), 0.0)
        best = perturb_sites(walks, best, fixed, rounds=rounds, until=pause)
    upper, bound = walks.total(best), bounded.bound
    if relative_gap(upper, bound) == 0.0 and _serves(walks, best, must):
        return Plan(best, bound, "optimal")
    out = bounded.ruled_out(upper)
    out[fixed] = False
    stay = np.flatnonzero(~out)
    small = _only(walks, stay)
    status = "heuristic"
    if len(small.rows) and len(small.rows) <= entries:
        answer = exact_walks(small, np.searchsorted(stay, fixed), must, until=until)
        if answer.values is not None:
            found = stay[np.flatnonzero(answer.values[: len(stay)] > 0.5)]
            if walks.total(found) < upper or not _serves(walks, best, must):
                best, upper = found, walks.total(found)
        bound = max(bound, min(answer.bound, upper))
        status = "feasible"
        if answer.proven or answer.infeasible:
            bound, status = upper, "optimal"
    elif not len(small.rows):
        bound, status = upper, "optimal"
    if not _serves(walks, best, must):
        return Plan(None, bound, "infeasible")
    return Plan(best, bound, "optimal" if relative_gap(upper, bound) == 0.0 else status)


def _only(walks: Walks, stay: IntArray) -> Walks:
    """Return the same problem with some of its candidates."""
    place = np.full(walks.columns, -1, dtype=np.int64)
    place[stay] = np.arange(len(stay))
    keep = place[walks.cols] >= 0
    return Walks(
        walks.rows[keep],
        place[walks.cols[keep]],
        walks.metres[keep],
        walks.weight,
        walks.fallback_m,
        walks.cost[stay],
        walks.rival[stay][:, stay],
        walks.most if walks.most < walks.columns else len(stay),
        walks.budget,
    )


def _serves(walks: Walks, chosen: IntArray, must: BoolArray) -> bool:
    return not must.any() or bool((walks.nearest(chosen)[1][must] >= 0).all())


def pairs_among(incompatible_pairs: IntArray, columns: IntArray) -> IntArray:
    """Pairs whose both members are among the columns, in the numbering of the columns."""
    if not len(incompatible_pairs) or not len(columns):
        return np.zeros((0, 2), dtype=np.int64)
    place = np.full(max(int(incompatible_pairs.max()), int(columns.max())) + 1, -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    moved = place[incompatible_pairs]
    return moved[(moved >= 0).all(axis=1)]

"""Good plans fast: greedy building, then the best exchange of one site, for every weighted model.

One objective serves them all: the sum of ``weight × min(fallback, metres to the nearest site)``.
The p-median is that; maximal covering is that with 0 m where a site covers and 1 where none does.
Each step looks at all exchanges at once (Whitaker 1983; Resende and Werneck 2007) in one pass over
the sparse entries.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray

__all__ = [
    "Walks",
    "build_walks",
    "conflict_matrix",
    "exchange_sites",
    "greedy_cover",
    "perturb_sites",
    "prune_cover",
    "walks_of",
]

TINY = 1e-9
"""Improvements smaller than this share of the objective are rounding, not progress."""


@dataclass(frozen=True)
class Walks:
    """Entries of the demand × candidate matrix, ready for passes over all of them."""

    rows: IntArray
    cols: IntArray
    metres: FloatArray
    """Only entries nearer than ``fallback_m``."""
    weight: FloatArray
    fallback_m: FloatArray
    """Finite."""
    cost: FloatArray
    rival: csr_array
    """(m, m) ones where two candidates must not both be built."""
    most: int
    """Number of sites a plan may have."""
    budget: float
    """Cost that a plan may have."""

    @property
    def columns(self) -> int:
        """Number of candidates."""
        return len(self.cost)

    @property
    def floor(self) -> float:
        """The objective if everything were built."""
        least = self.fallback_m.copy()
        np.minimum.at(least, self.rows, self.metres)
        return float(self.weight @ least)

    def total(self, chosen: IntArray) -> float:
        """Return the objective of a plan."""
        return float(self.weight @ self.nearest(chosen)[0])

    def nearest(self, chosen: IntArray) -> tuple[FloatArray, IntArray, FloatArray]:
        """Return metres to the nearest site, its position in ``chosen`` (-1 none), and to the next.

        Metres are ``fallback_m`` where no (second) site is nearer.
        """
        place = np.full(self.columns, -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        keep = place[self.cols] >= 0
        rows, metres, owner = self.rows[keep], self.metres[keep], place[self.cols[keep]]
        order = np.lexsort((owner, metres, rows))
        rows, metres, owner = rows[order], metres[order], owner[order]
        new = np.r_[True, np.diff(rows) > 0] if len(rows) else np.zeros(0, dtype=bool)
        second = np.r_[False, new[:-1]] & ~new if len(rows) else new
        first_m, second_m = self.fallback_m.copy(), self.fallback_m.copy()
        who = np.full(len(self.weight), -1, dtype=np.int64)
        first_m[rows[new]], who[rows[new]] = metres[new], owner[new]
        second_m[rows[second]] = metres[second]
        return first_m, who, second_m


def walks_of(
    matrix: csr_array,
    weight: FloatArray,
    fallback_m: FloatArray,
    cost: FloatArray,
    incompatible_pairs: IntArray,
    *,
    most: int | None = None,
    budget: float | None = None,
) -> Walks:
    """Lay out a matrix for passes over its entries; ``fallback_m`` must be finite."""
    n, m = matrix.shape
    rows = np.repeat(np.arange(n), np.diff(matrix.indptr))
    keep = (matrix.data < fallback_m[rows]) & (weight[rows] > 0)
    return Walks(
        rows[keep],
        matrix.indices[keep].astype(np.int64),
        matrix.data[keep],
        weight,
        fallback_m,
        cost,
        conflict_matrix(incompatible_pairs, m),
        m if most is None else most,
        np.inf if budget is None else budget,
    )


def conflict_matrix(incompatible_pairs: IntArray, m: int) -> csr_array:
    """Return the (m, m) matrix of the pairs that must not both be built, both ways round."""
    pairs = np.concatenate([incompatible_pairs, incompatible_pairs[:, ::-1]])
    return csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(m, m))


def build_walks(walks: Walks, start: IntArray) -> IntArray:
    """Add the site with the most improvement for its cost until a limit or nothing is left to do.

    Returns
    -------
    IntArray
        Chosen candidates in the order they were taken, ``start`` first.
    """
    chosen = [int(j) for j in start]
    blocked = _blocked(walks, chosen)
    spent = float(walks.cost[start].sum())
    now = walks.nearest(start)[0]
    while len(chosen) < walks.most:
        gain = np.bincount(
            walks.cols,
            walks.weight[walks.rows] * np.maximum(0.0, now[walks.rows] - walks.metres),
            minlength=walks.columns,
        )
        gain[blocked | (spent + walks.cost > walks.budget * (1 + TINY))] = 0.0
        rate = np.divide(gain, walks.cost, out=np.full(len(gain), np.inf), where=walks.cost > 0)
        rate[gain <= 0] = 0.0
        best = int(np.argmax(rate))
        if rate[best] <= 0:
            break
        chosen.append(best)
        blocked[best] = True
        blocked[walks.rival[[best]].indices] = True
        spent += float(walks.cost[best])
        mine = walks.cols == best
        now[walks.rows[mine]] = np.minimum(now[walks.rows[mine]], walks.metres[mine])
    return np.array(chosen, dtype=np.int64)


def exchange_sites(
    walks: Walks, chosen: IntArray, keep: IntArray, *, steps: int = 1000, until: float = np.inf
) -> IntArray:
    """Exchange one site for another as long as that improves the plan, the best exchange first.

    Parameters
    ----------
    chosen, keep
        The plan to improve, and those of it that must stay.
    steps
        At most so many exchanges.
    until
        Time on ``time.perf_counter`` after which the plan so far is the answer.
    """
    chosen = chosen.copy()
    movable = ~np.isin(chosen, keep)
    if not movable.any():
        return chosen
    for _ in range(steps):
        if time.perf_counter() > until:
            break
        profit, now = _profits(walks, chosen)
        spent = float(walks.cost[chosen].sum())
        after = spent - walks.cost[chosen][None, :] + walks.cost[:, None]
        profit[after > walks.budget * (1 + TINY)] = -np.inf
        profit[:, ~movable] = -np.inf
        profit[chosen] = -np.inf
        if walks.rival.nnz:
            # A candidate may come in only if no rival of it stays.
            against = walks.rival[:, chosen]
            others = np.asarray(against.sum(axis=1))[:, None] - against.toarray()
            profit[others > 0] = -np.inf
        best = int(np.argmax(profit))
        comes, goes = divmod(best, len(chosen))
        if profit[comes, goes] <= TINY * max(1.0, now):
            return chosen
        chosen[goes] = comes
        if len(chosen) < walks.most:
            chosen = build_walks(walks, chosen)
            movable = ~np.isin(chosen, keep)
    return chosen


def perturb_sites(
    walks: Walks, chosen: IntArray, keep: IntArray, *, rounds: int, until: float = np.inf
) -> IntArray:
    """Change a few sites at random and improve again; the best plan of all rounds.

    Iterated local search (Lourenco, Martin and Stutzle 2003).

    Parameters
    ----------
    chosen, keep, until
        As for ``exchange_sites``.
    rounds
        How often. The same input gives the same answer unless the time limit is reached.
    """
    random = np.random.default_rng(20251121)
    best, least = chosen, walks.total(chosen)
    for _ in range(rounds):
        movable = best[~np.isin(best, keep)]
        if not len(movable) or time.perf_counter() > until:
            break
        out = random.choice(movable, min(len(movable), 2 + len(movable) // 8), replace=False)
        plan = list(best[~np.isin(best, out)])
        blocked = _blocked(walks, plan)
        spent = float(walks.cost[plan].sum())
        for _ in out:
            free = ~blocked & (spent + walks.cost <= walks.budget * (1 + TINY))
            if not free.any():
                break
            comes = int(random.choice(np.flatnonzero(free)))
            plan.append(comes)
            blocked[comes] = True
            blocked[walks.rival[[comes]].indices] = True
            spent += float(walks.cost[comes])
        other = exchange_sites(
            walks, build_walks(walks, np.array(plan, dtype=np.int64)), keep, until=until
        )
        total = walks.total(other)
        if total < least * (1 - TINY):
            best, least = other, total
    return best


def greedy_cover(
    matrix: csr_array, price: FloatArray, cost: FloatArray, start: IntArray, rival: csr_array
) -> IntArray | None:
    """Cover all rows, each time by the candidate with the most new rows for its price.

    Parameters
    ----------
    price, cost
        What the choice goes by (a bound's reduced costs, for instance), and what a site costs;
        the one that costs more is dropped first when it turns out to be superfluous.

    Returns
    -------
    IntArray or None
        Chosen candidates, ascending; None when rivals leave a row uncovered.
    """
    columns = matrix.tocsc()
    count = np.bincount(matrix[:, start].tocoo().row, minlength=matrix.shape[0])
    new = np.bincount(
        matrix.indices, np.repeat(count == 0, np.diff(matrix.indptr)), minlength=matrix.shape[1]
    )
    blocked = np.zeros(matrix.shape[1], dtype=bool)
    blocked[start] = True
    blocked[rival[start].indices] = True
    chosen = [int(j) for j in start]
    price = np.maximum(price, TINY)
    while (count == 0).any():
        rate = np.where(blocked, 0.0, new / price)
        best = int(np.argmax(rate))
        if rate[best] <= 0:
            return None
        rows = columns.indices[columns.indptr[best] : columns.indptr[best + 1]]
        fresh = rows[count[rows] == 0]
        new -= np.bincount(matrix[fresh].indices, minlength=len(new))
        count[rows] += 1
        chosen.append(best)
        blocked[best] = True
        blocked[rival[[best]].indices] = True
    return prune_cover(matrix, np.array(chosen, dtype=np.int64), cost, start)


def prune_cover(matrix: csr_array, chosen: IntArray, cost: FloatArray, keep: IntArray) -> IntArray:
    """Drop the sites that a covering plan does not need, the most expensive first; ascending."""
    mine = matrix[:, chosen].tocsc()
    count = np.diff(mine.tocsr().indptr)
    stays = np.ones(len(chosen), dtype=bool)
    # A loop over the plan's sites, not over points: each dropping depends on the ones before.
    for k in np.lexsort((chosen, -cost[chosen])):
        rows = mine.indices[mine.indptr[k] : mine.indptr[k + 1]]
        if not np.isin(chosen[k], keep) and (count[rows] > 1).all():
            count[rows] -= 1
            stays[k] = False
    return np.sort(chosen[stays])


def _profits(walks: Walks, chosen: IntArray) -> tuple[FloatArray, float]:
    """Improvement of every exchange (candidate in × site out), and the objective now."""
    first, who, second = walks.nearest(chosen)
    count = len(chosen)
    # No exchange touches an entry that is farther than the second nearest site.
    keep = np.flatnonzero(walks.metres < second[walks.rows])
    rows, cols, metres = walks.rows[keep], walks.cols[keep], walks.metres[keep]
    weight = walks.weight[rows]
    gain = np.bincount(
        cols, weight * np.maximum(0.0, first[rows] - metres), minlength=walks.columns
    )
    owned = who >= 0
    loss = np.bincount(who[owned], (walks.weight * (second - first))[owned], minlength=count)
    # Whoever loses its site walks to the new one if that is nearer than the second nearest.
    near = who[rows] >= 0
    back = weight[near] * (second[rows[near]] - np.maximum(metres[near], first[rows[near]]))
    saved = np.bincount(cols[near] * count + who[rows[near]], back, minlength=walks.columns * count)
    profit = gain[:, None] - loss[None, :] + saved.reshape(walks.columns, count)
    return profit.astype(np.float64), float(walks.weight @ first)


def _blocked(walks: Walks, chosen: list[int]) -> BoolArray:
    blocked = np.zeros(walks.columns, dtype=bool)
    blocked[chosen] = True
    if chosen:
        blocked[walks.rival[chosen].indices] = True
    return blocked

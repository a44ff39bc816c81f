"""Bounds on the best plan possible: Lagrangian bounds, and the candidates they rule out.

Relaxing "each demand point is served once" leaves a problem that sorting solves, for any price put
on each point, and every price vector gives a valid bound (Cornuejols, Fisher and Nemhauser 1977;
Beasley 1990). The volume algorithm (Barahona and Anbil 2000) looks for good prices: on the networks
tried it comes within 1 % of the linear programme's bound in a tenth of its time. A candidate that
cannot be part of a plan better than the one in hand is ruled out, which makes the exact problem
small.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ranges
from livingcircle.sites.solver.search import Walks, build_walks, greedy_cover

__all__ = ["Bounded", "bound_cover", "bound_walks"]

PRICE_STEPS = 1000
"""The most price steps; on the networks tried the bound stops rising earlier."""
MEMORY = 0.03
"""Most weight of the newest step in the averaged direction (Barahona and Anbil use 0.1; with 0.03
the covering bound came closer to the linear programme: 61.4 against 59.9 of 61.7)."""
PATIENCE = 20
"""Steps without a better bound before the step length is cut by a third."""
WIDE = 6e6
"""Entries of a median problem beyond which it gets fewer steps, a fifth at least."""
HEADROOM = 1.3
"""Prices may rise by so much before the passes over the entries take in farther ones."""
SINGLY = 0.3
"""Part of the entries that may be looked at singly before the whole is chosen anew."""
REFRESH = 100
"""Steps after which the entries are chosen anew in any case: prices fall, too."""


@dataclass(frozen=True)
class Bounded:
    """A bound, and what follows from it about a plan that beats the one in hand."""

    bound: float
    chosen: IntArray | None
    """The best plan: the one in hand or one found on the way; None when there is none."""
    lifted: FloatArray
    """(m,) the bound of plans that hold this candidate."""
    whole: bool
    """Objectives are whole numbers: a better plan is better by one at least."""
    by_count: FloatArray | None = None
    """Bound of the plans with 0, 1, 2, ... sites beside the fixed ones, whatever they cost."""
    price: FloatArray | None = None
    """(n,) the prices that give the bound."""

    def ruled_out(self, upper: float) -> BoolArray:
        """Return the candidates that are in no plan better than one with objective ``upper``."""
        if self.whole:
            return self.lifted > upper - 1 + 1e-6
        return self.lifted >= upper - 1e-9 * max(1.0, upper)


def bound_cover(
    matrix: csr_array,
    cost: FloatArray,
    best: IntArray | None,
    rival: csr_array,
    *,
    until: float = np.inf,
) -> Bounded:
    """Bound the cost of covering all rows from below, and look for a cheaper plan on the way.

    Parameters
    ----------
    matrix
        (n, m) of ones, without rows that nothing covers.
    best
        A plan in hand.
    rival
        (m, m) candidates that must not both be built; the bound holds without looking at it.
    until
        Time on ``time.perf_counter`` after which the bound so far is the answer.
    """
    by_column = matrix.T.tocsr()
    none = np.zeros(0, dtype=np.int64)
    whole = bool((cost == np.round(cost)).all())
    upper = float(cost[best].sum()) if best is not None else float(cost.sum())
    ascent = _Ascent(_first_prices(matrix, cost))
    for step in range(PRICE_STEPS):
        reduced = cost - by_column @ ascent.price
        taken = reduced < 0
        value = float(ascent.price.sum() + reduced[taken].sum())
        slope = 1.0 - matrix @ taken.astype(np.float64)
        ascent.take(value, reduced, slope)
        if step % 50 == 0:
            plan = greedy_cover(matrix, np.maximum(reduced, 0.0), cost, none, rival)
            if plan is not None and cost[plan].sum() < upper - 1e-9:
                best, upper = plan, float(cost[plan].sum())
        if _closed(ascent.value, upper, whole) or time.perf_counter() > until:
            break
        if not ascent.step(upper):
            break
        ascent.price = np.maximum(0.0, ascent.price)
    bound = min(upper, float(np.ceil(ascent.value - 1e-6)) if whole else ascent.value)
    lifted = ascent.value + np.maximum(ascent.reduced, 0.0)
    return Bounded(bound, best, lifted, whole, price=ascent.best)


def bound_walks(walks: Walks, fixed: IntArray, best: IntArray, *, until: float = np.inf) -> Bounded:
    """Bound the sum of weight × metres from below for plans within the limits of ``walks``.

    Parameters
    ----------
    fixed
        Candidates in every plan.
    best
        A plan in hand.
    until
        As for ``bound_cover``.
    """
    upper = walks.total(best)
    # With both limits the budget alone is looked at: a relaxation, so still a bound.
    by_money = np.isfinite(walks.budget)
    cost = walks.cost if by_money else np.ones(walks.columns)
    left = (walks.budget if by_money else float(walks.most)) - float(cost[fixed].sum())
    free = np.ones(walks.columns, dtype=bool)
    free[fixed] = False
    first, _, second = walks.nearest(best)
    top = walks.weight * walks.fallback_m
    savings = _Savings(walks)
    # Prices near the answer: a point pays between its own walk and the next best.
    ascent = _Ascent(walks.weight * (first + second) / 2)
    steps = int(np.clip(PRICE_STEPS * WIDE / (len(walks.rows) + 1), PRICE_STEPS / 5, PRICE_STEPS))
    for step in range(steps):
        worth = savings.worth(ascent.price)
        share = _knapsack(np.where(free, worth, 0.0), cost, left)
        share[fixed] = 1.0
        value = float(ascent.price.sum()) + _dot(worth, share)
        slope = 1.0 - savings.served(ascent.price, share)
        # A point whose price stands at its ceiling and would rise walks to its fallback.
        slope[(slope > 0) & (ascent.price >= top)] = 0.0
        ascent.take(value, worth, slope)
        if step % 50 == 49:
            plan = _by_worth(walks, worth, fixed)
            total = walks.total(plan)
            if total < upper:
                best, upper = plan, total
        if upper - ascent.value <= 1e-9 * max(1.0, upper) or time.perf_counter() > until:
            break
        if not ascent.step(upper):
            break
        ascent.price = np.clip(ascent.price, 0.0, top)
    # The same prices bound plans of every size: so many of the candidates that save most.
    saved = np.cumsum(np.sort(np.minimum(ascent.reduced[free], 0.0)))
    by_count = ascent.best.sum() + ascent.reduced[fixed].sum() + np.r_[0.0, saved]
    lifted = _lifted(ascent, cost, left, free)
    return Bounded(min(ascent.value, upper), best, lifted, False, by_count, ascent.best)


class _Savings:
    """What each candidate saves at given prices: the entries that cost less than their point pays.

    Most entries are far walks that no price near the answer reaches. So the passes go over those
    below a ceiling somewhat above the prices, and singly over the points whose price outgrew it.
    """

    def __init__(self, walks: Walks) -> None:
        self._walks = walks
        self._paid_by_row = walks.weight[walks.rows] * walks.metres
        sizes = np.bincount(walks.rows, minlength=len(walks.weight)).astype(np.int64)
        self._row_starts, self._row_sizes = np.cumsum(sizes) - sizes, sizes
        self._by_column = np.argsort(walks.cols, kind="stable").astype(np.int32)
        self._ceiling = np.full(len(walks.weight), -1.0)
        self._age = REFRESH

    def worth(self, price: FloatArray) -> FloatArray:
        """Return (m,) the sum of paid − price over the entries where that is negative."""
        self._age += 1
        over = np.flatnonzero(price > self._ceiling)
        if self._age > REFRESH or self._row_sizes[over].sum() > len(self._rows) * SINGLY:
            self._select(price)
            over = over[:0]
        saving = self._paid - price[self._rows]
        np.minimum(saving, 0.0, out=saving)
        worth = np.zeros(self._walks.columns)
        if len(saving):
            some = np.flatnonzero(self._sizes)
            worth[some] = np.add.reduceat(saving, self._starts[some])
        at = ranges(self._row_starts[over], self._row_sizes[over])
        rows, paid = self._walks.rows[at], self._paid_by_row[at]
        self._more = at[(paid >= self._ceiling[rows]) & (paid < price[rows])]
        rows, paid = self._walks.rows[self._more], self._paid_by_row[self._more]
        worth += np.bincount(self._walks.cols[self._more], paid - price[rows], minlength=len(worth))
        return worth

    def served(self, price: FloatArray, share: FloatArray) -> FloatArray:
        """Return (n,) how often candidates built to these shares serve each point.

        The prices are those that ``worth`` was asked for last.
        """
        built = np.flatnonzero(share)
        at = ranges(self._starts[built], self._sizes[built])
        rows, shares = self._rows[at], np.repeat(share[built], self._sizes[built])
        shares[self._paid[at] >= price[rows]] = 0.0
        return np.bincount(
            np.concatenate([rows, self._walks.rows[self._more]]),
            np.concatenate([shares, share[self._walks.cols[self._more]]]),
            minlength=len(price),
        ).astype(np.float64)

    def _select(self, price: FloatArray) -> None:
        """Keep the entries below a new ceiling, column by column."""
        top = self._walks.weight * self._walks.fallback_m
        held = self._ceiling if self._age <= REFRESH else 0.0
        self._ceiling = np.minimum(np.maximum(HEADROOM * price, held), top)
        keep = self._paid_by_row < self._ceiling[self._walks.rows]
        at = self._by_column[keep[self._by_column]]
        self._rows, self._paid = self._walks.rows[at].astype(np.int32), self._paid_by_row[at]
        self._sizes = np.bincount(self._walks.cols[at], minlength=self._walks.columns)
        self._starts = np.cumsum(self._sizes) - self._sizes
        if self._age > REFRESH:
            self._age = 0


class _Ascent:
    """The volume algorithm: prices that climb from the best ones along an averaged direction."""

    def __init__(self, price: FloatArray) -> None:
        self.price = price
        self.value = -np.inf
        self.reduced: FloatArray = np.zeros(0)
        self.best = price
        self._mean: FloatArray | None = None
        self._length = 0.1
        self._stale = 0

    def take(self, value: float, reduced: FloatArray, slope: FloatArray) -> None:
        """Note the bound, reduced costs and subgradient at the current prices."""
        if self._mean is None:
            self._mean = slope
        if value > self.value:
            if _dot(slope, self._mean) >= 0:
                self._length = min(2.0, self._length * 1.1)
            self.value, self.best, self.reduced, self._stale = value, self.price, reduced, 0
        else:
            self._stale += 1
            if self._stale % PATIENCE == 0:
                self._length *= 0.66
        # The mixture with the shortest direction, within limits.
        turn = slope - self._mean
        norm = _dot(turn, turn)
        part = -_dot(self._mean, turn) / norm if norm > 0 else MEMORY
        self._mean = self._mean + float(np.clip(part, MEMORY / 10, MEMORY)) * turn

    def step(self, upper: float) -> bool:
        """Move the prices; False when there is nowhere to go."""
        assert self._mean is not None  # noqa: S101 - take() comes first
        norm = _dot(self._mean, self._mean)
        if norm < 1e-12 or self._length < 1e-4:
            return False
        self.price = self.best + self._length * (upper - self.value) / norm * self._mean
        return True


def _dot(a: FloatArray, b: FloatArray) -> float:
    """Sum of products without BLAS, whose threads cost more than the sum on a busy machine."""
    return float(np.sum(a * b))


def _first_prices(matrix: csr_array, cost: FloatArray) -> FloatArray:
    """Each point pays its share of its cheapest candidate: feasible prices, so a first bound."""
    size = np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.float64)
    rate = cost / np.maximum(size, 1.0)
    return np.asarray(np.minimum.reduceat(rate[matrix.indices], matrix.indptr[:-1]))


def _closed(value: float, upper: float, whole: bool) -> bool:
    return bool(np.ceil(value - 1e-6) >= upper - 1e-6 if whole else value >= upper - 1e-9)


def _knapsack(worth: FloatArray, cost: FloatArray, budget: float) -> FloatArray:
    """Most negative worth for the budget, the last site in part: the relaxed knapsack."""
    share = np.zeros(len(worth))
    useful = np.flatnonzero(worth < 0)
    rate = worth[useful] / np.maximum(cost[useful], 1e-12)
    order = useful[np.argsort(rate, kind="stable")]
    spent = np.cumsum(cost[order])
    share[order] = np.clip((budget - (spent - cost[order])) / np.maximum(cost[order], 1e-12), 0, 1)
    share[order[cost[order] == 0]] = 1.0
    return share


def _by_worth(walks: Walks, worth: FloatArray, fixed: IntArray) -> IntArray:
    """Turn the relaxed choice into a plan: its whole sites in order of worth, then greedily on."""
    ordered = np.argsort(worth / np.maximum(walks.cost, 1e-12), kind="stable")
    ordered = ordered[(worth[ordered] < 0) & ~np.isin(ordered, fixed)]
    spent = np.cumsum(walks.cost[ordered]) + walks.cost[fixed].sum()
    picked = ordered[spent <= walks.budget * (1 + 1e-9)][: max(walks.most - len(fixed), 0)]
    if walks.rival.nnz:
        picked = picked[:0]
    return build_walks(walks, np.concatenate([fixed, picked]))


def _lifted(ascent: _Ascent, cost: FloatArray, left: float, free: BoolArray) -> FloatArray:
    """Bound of the plans that hold a candidate in the place of the last one (equal costs)."""
    lifted = np.full(len(cost), ascent.value)
    sites = cost[free]
    if not len(sites) or sites.min() <= 0 or sites.max() > sites.min():
        return lifted
    count = int(np.floor(left / sites[0] + 1e-9))
    if count < 1:
        lifted[free] = np.inf
    elif count < len(sites):
        edge = float(np.partition(ascent.reduced[free], count - 1)[count - 1])
        rise = np.maximum(ascent.reduced - min(edge, 0.0), 0.0)
        lifted[free] += rise[free]
    return lifted

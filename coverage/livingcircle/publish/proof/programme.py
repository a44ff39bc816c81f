"""A plan of sites as a linear programme, and the prices that bound every other plan.

minimise cost · x, where entries · x >= least and 0 <= x <= most. Every plan that keeps to the
conditions is such an x, and so is ours. Whatever prices from 0 up are put on the rows, no x costs
less than least · price + Σ most · min(0, cost - prices of its entries) (weak duality of linear
programmes: Bertsimas and Tsitsiklis 1997, theorem 4.3). The best prices are the dual values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.sites.solved import Solved
from livingcircle.sites.solver.bounds import bound_cover, bound_walks

__all__ = ["Programme", "bound_of", "prices_of", "programme_of"]

LP_ENTRIES = 60_000
"""Entries up to which the linear programme is solved: some 2 s. Beyond, the prices climb."""
_ROUNDED = 1e-6

_Part: TypeAlias = tuple[IntArray, IntArray, FloatArray | float]
"""Entries: rows, columns, values."""


@dataclass(frozen=True, eq=False)
class Programme:
    """A linear programme with the plan that is to be bounded."""

    cost: FloatArray
    """(columns,)"""
    most: FloatArray
    whole: BoolArray
    """Columns that no plan cuts: a site is built or not."""
    plan: FloatArray
    what: list[str]
    """What a column is: ``site``, ``link``, ``sent`` (a row to a site), ``left`` (a row to none) or
    ``missing`` (of what was to be served)."""
    least: FloatArray
    """(rows,)"""
    about: list[str]
    """What a row says: ``served``, ``open``, ``room``, ``sites``, ``budget``, ``fixed``, ``apart``,
    ``needed``."""
    entries: csr_array
    """(rows, columns)"""

    @property
    def objective(self) -> float:
        """What the plan costs."""
        return float(self.cost @ self.plan)

    @property
    def possible(self) -> bool:
        """Whether the plan keeps to all conditions."""
        slack = _ROUNDED * np.maximum(1.0, np.abs(self.least))
        return bool((self.entries @ self.plan >= self.least - slack).all())


@dataclass
class _Rows:
    """Conditions, one after the other."""

    row: list[IntArray] = field(default_factory=list)
    column: list[IntArray] = field(default_factory=list)
    value: list[FloatArray] = field(default_factory=list)
    least: list[FloatArray] = field(default_factory=list)
    about: list[str] = field(default_factory=list)

    def add(
        self,
        about: str,
        count: int,
        least: float,
        *parts: _Part,
    ) -> None:
        """Add so many rows of one sort, each part with its row, column and value."""
        before = len(self.about)
        for row, column, value in parts:
            self.row.append(np.asarray(row, dtype=np.int64) + before)
            self.column.append(np.asarray(column, dtype=np.int64))
            self.value.append(np.broadcast_to(np.asarray(value, dtype=float), np.shape(row)))
        self.least.append(np.full(count, least))
        self.about += [about] * count


def programme_of(solved: Solved, radius: float | None = None) -> Programme:
    """Put a plan as a linear programme.

    Parameters
    ----------
    solved
        The problem, its terms and what was built.
    radius
        Of a plan that shortens the longest walk: whether all can be served nearer than this.
    """
    problem, model = solved.problem, solved.model
    rows, matrix = solved.rows(radius)
    n, m = matrix.shape
    site, weight = _steps(m), problem.weight[rows]
    pair_row = np.repeat(np.arange(n), np.diff(matrix.indptr))
    pair_site = matrix.indices.astype(np.int64)
    singly = model == "median" or solved.full
    fee = problem.site_cost if model in ("lscp", "center") else np.zeros(m)
    fee = np.ones(m) if model == "partial_cover" or solved.counts_sites else fee
    sent = np.zeros(0)
    if singly:
        sent = solved.sent(rows, matrix)
    got = np.bincount(pair_row, sent if singly else solved.built[pair_site] * 1.0, n)
    left = np.clip(1.0 - got, 0.0, 1.0)
    left[left < _ROUNDED] = 0.0
    # To leave a row that must be served costs at least as much as all sites: it never saves money.
    charge = solved.charge(rows)
    leaves = np.flatnonzero(np.isfinite(charge) | (left > 0))
    more = max(float(fee.sum()), solved.allowed) + 1.0
    charge = np.where(np.isfinite(charge), charge, more)
    walk = weight[pair_row] * matrix.data if model == "median" else np.zeros(len(pair_row))
    walk = walk if singly else np.zeros(0)
    first = m + len(walk)
    missing = max(solved.needed - float(weight @ (1.0 - left)), 0.0)
    missing = 0.0 if missing <= _ROUNDED * solved.needed else missing
    short = [missing] if missing > 0 else []
    said = _Rows()
    served = m + _steps(len(walk)) if singly else pair_site
    said.add(
        "served", n, 1.0,
        (pair_row, served, 1.0),
        (leaves, first + _steps(len(leaves)), 1.0),
    )  # fmt: skip
    if singly:
        pairs = _steps(len(walk))
        said.add("open", len(walk), 0.0, (pairs, pair_site, 1.0), (pairs, m + pairs, -1.0))
        narrow = np.flatnonzero(np.isfinite(problem.capacity))
        place = np.full(m, -1)
        place[narrow] = np.arange(len(narrow))
        inside = np.flatnonzero(place[pair_site] >= 0)
        of, size = place[pair_site[inside]], np.maximum(problem.capacity[narrow], 1.0)
        said.add(
            "room", len(narrow), 0.0,
            (_steps(len(narrow)), narrow, problem.capacity[narrow] / size),
            (of, m + inside, -weight[pair_row[inside]] / size[of]),
        )  # fmt: skip
    if model != "center" and solved.most is not None:
        said.add("sites", 1, -float(solved.most), (0 * site, site, -1.0))
    if model != "center" and solved.budget is not None:
        said.add("budget", 1, -solved.budget, (0 * site, site, -problem.site_cost))
    if model == "partial_cover":
        enough = solved.needed - float(weight.sum())
        parts: list[_Part] = [(0 * leaves, first + _steps(len(leaves)), -weight[leaves])]
        if missing > 0:  # where all places do not serve so much: what is missing counts most
            parts.append((_steps(1), _steps(1) + first + len(leaves), 1.0))
        said.add("needed", 1, enough, *parts)
    fixed = np.flatnonzero(problem.fixed)
    said.add("fixed", len(fixed), 1.0, (_steps(len(fixed)), fixed, 1.0))
    one, two = problem.incompatible_pairs[:, 0], problem.incompatible_pairs[:, 1]
    each = _steps(len(one))
    said.add("apart", len(one), -1.0, (each, one, -1.0), (each, two, -1.0))
    columns = first + len(leaves) + int(missing > 0)
    entries = coo_array(
        (np.concatenate(said.value), (np.concatenate(said.row), np.concatenate(said.column))),
        shape=(len(said.about), columns),
    )
    return Programme(
        cost=np.concatenate([fee, walk, charge[leaves], [more] * len(short)]),
        most=np.concatenate([np.ones(first + len(leaves)), [solved.needed] * len(short)]),
        whole=np.arange(columns) < m,
        plan=np.concatenate([solved.built.astype(float), sent, left[leaves], short]),
        what=["site"] * solved.sites
        + ["link"] * (m - solved.sites)
        + ["sent"] * len(walk)
        + ["left"] * len(leaves)
        + ["missing"] * len(short),
        least=np.concatenate(said.least),
        about=said.about,
        entries=csr_array(entries),
    )


def _steps(count: int) -> IntArray:
    return np.arange(count, dtype=np.int64)


def bound_of(programme: Programme, price: FloatArray) -> float:
    """Return what every plan costs at least, by prices of the rows."""
    rest = programme.cost - programme.entries.T @ price
    bound = float(programme.least @ price + (np.minimum(rest, 0.0) * programme.most).sum())
    counts = programme.cost != 0
    if programme.whole[counts].all() and (programme.cost == np.round(programme.cost)).all():
        return float(np.ceil(bound - _ROUNDED))
    return bound


def prices_of(programme: Programme, solved: Solved) -> FloatArray:
    """Return good prices: of a small programme the best."""
    if programme.entries.nnz <= LP_ENTRIES:
        found = linprog(
            programme.cost,
            A_ub=-programme.entries,
            b_ub=-programme.least,
            bounds=np.column_stack([np.zeros(len(programme.most)), programme.most]),
        )
        if found.status == 0:
            return np.asarray(np.maximum(-found.ineqlin.marginals, 0.0))
    return _climbed(programme, solved)


def _climbed(programme: Programme, solved: Solved) -> FloatArray:
    """Return prices of the rows to be served that climbed, and what follows for the others."""
    price = np.zeros(len(programme.least))
    rows, matrix = solved.rows(None)
    n, m = matrix.shape
    problem = solved.problem
    if solved.model == "lscp":
        ones = csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
        none = csr_array((m, m))
        found = bound_cover(ones, problem.site_cost, None, none)
    elif solved.model in ("mclp", "median"):
        walks = solved.walks(rows, matrix)
        found = bound_walks(walks, np.flatnonzero(problem.fixed), np.flatnonzero(solved.built))
    else:
        return price
    assert found.price is not None  # noqa: S101 - both state it
    price[:n] = np.maximum(found.price, 0.0)
    about = np.array(programme.about)
    opened = np.flatnonzero(about == "open")
    if len(opened):
        # A walk is worth the price of its row less its metres; the sum over a site is the site's
        # worth.
        sent = np.flatnonzero(np.array(programme.what) == "sent")
        pair_row = np.repeat(np.arange(n), np.diff(matrix.indptr))
        price[opened] = np.maximum(price[:n][pair_row] - programme.cost[sent], 0.0)
    return _with_limits(programme, price, about, m)


def _with_limits(
    programme: Programme, price: FloatArray, about: np.ndarray, sites: int
) -> FloatArray:
    """Set the price of a limit to what the last site within it saves."""
    saved = (programme.entries.T @ price)[:sites] - programme.cost[:sites]
    decided = programme.entries[np.flatnonzero(about == "fixed"), :].indices
    for name in ("budget", "sites"):
        row = np.flatnonzero(about == name)
        if not len(row):
            continue
        size = -programme.entries[row, :].toarray()[0, :sites]
        worth = np.divide(saved, size, out=np.full(sites, np.inf), where=size > 0)
        worth[decided] = np.inf
        order = np.argsort(-worth)
        beyond = order[np.cumsum(size[order]) > -programme.least[row[0]]]
        price[row] = max(float(worth[beyond[0]]), 0.0) if len(beyond) else 0.0
        break
    # Fixed sites are paid for whatever they save.
    rest = programme.cost - programme.entries.T @ price
    price[about == "fixed"] = np.maximum(rest[decided], 0.0)
    return price

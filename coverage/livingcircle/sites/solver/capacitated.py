"""Sites that can only carry so much: who goes where when a centre can be full.

Demand may be split between sites, as a neighbourhood's households go to two stations. Capacitated
set covering: Current and Storbeck 1988; the maximal form: Pirkul and Schilling 1991.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy.optimize import LinearConstraint
from scipy.sparse import coo_array, csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.sites.solver.capacitated_heuristic import Limits, best_plan, cheapest_plan
from livingcircle.sites.solver.exact import apart_rows, run_highs
from livingcircle.sites.solver.max_flow import Loads, max_flow
from livingcircle.sites.solver.models import NONE, SECONDS, best_cover, fewest, fixed_within
from livingcircle.sites.solver.problem import EXACT, Problem, Solution, relative_gap
from livingcircle.sites.solver.search import rivals

__all__ = ["assign", "best_with_capacity", "fewest_with_capacity"]

EXACT_ENTRIES = 60_000
"""Entries (demand × candidate pairs, equal rows merged) up to which HiGHS is tried."""

SEARCH = 0.85
"""Part of the time after which the search for a plan stops: sending people to it takes the rest."""

ROUNDING = 1e-4
"""Part of a demand point whose loss is the linear programme's rounding, not a gap."""


def fewest_with_capacity(problem: Problem, *, seconds: float = SECONDS) -> Solution:
    """Find the cheapest sites that serve all reachable demand without being overfull.

    Where all candidates together cannot carry it, the answer serves as much weight as can be and
    its status is "infeasible".

    Parameters
    ----------
    problem
        ``weight`` is the load, held against ``capacity``. Facilities that stand already take part
        as fixed candidates of cost 0.
    seconds
        Time after which the best plan so far is the answer.
    """
    start = time.perf_counter()
    loads, limits = Loads.of(problem), Limits.of(problem, None, None)
    if not len(problem.apart) and not _possible(problem, loads):
        return _most_instead(problem, seconds, start)
    counted = replace(problem, served=problem.served | (problem.weight == 0))
    relaxed = fewest(counted, seconds=seconds / 3)
    bound = max(_finite(relaxed.bound, 0.0), _knapsack_floor(problem, loads.total))
    late = start + SEARCH * seconds
    chosen, status = (
        cheapest_plan(loads, limits, relaxed.chosen, bound=bound, until=late),
        "heuristic",
    )
    if loads.matrix.nnz <= EXACT_ENTRIES and (chosen is None or limits.spent(chosen) > bound):
        found, low, proven = _exact(problem, loads, None, None, True, start + seconds)
        if found is not None and (chosen is None or limits.spent(found) < limits.spent(chosen)):
            chosen = found
        bound = max(bound, low)
        status = "optimal" if proven else "feasible"
    if chosen is None:
        return _most_instead(problem, seconds, start)
    return _told(problem, "capacitated_lscp", chosen, bound, status, start)


def _most_instead(problem: Problem, seconds: float, start: float) -> Solution:
    """Carry as much as can be where not everything can: no answer, but a plan."""
    left = max(seconds - (time.perf_counter() - start), 1.0)
    most = best_with_capacity(problem, seconds=left)
    return replace(
        most,
        model="capacitated_lscp",
        objective=float(problem.site_cost[most.chosen].sum()),
        bound=-np.inf,
        gap=np.inf,
        status="infeasible",
        seconds=time.perf_counter() - start,
    )


def best_with_capacity(
    problem: Problem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    seconds: float = SECONDS,
) -> Solution:
    """Find the sites that carry the most weight, at most so many or for so much money.

    Parameters
    ----------
    problem
        As for :func:`fewest_with_capacity`.
    sites, budget
        Limits of the plan, its fixed sites included; None = no limit.
    seconds
        Time after which the best plan so far is the answer.
    """
    start = time.perf_counter()
    fixed_within(problem, sites, budget)
    loads, limits = Loads.of(problem), Limits.of(problem, sites, budget)
    relaxed = best_cover(problem, sites=sites, budget=budget, seconds=seconds / 3)
    bound = min(relaxed.bound, _capacity_ceiling(problem, sites, loads.total))
    late = start + SEARCH * seconds
    chosen, status = best_plan(loads, limits, relaxed.chosen, until=late), "heuristic"
    best = _carried(loads, chosen)
    if loads.matrix.nnz <= EXACT_ENTRIES and relative_gap(best, bound) > 0.0:
        found, low, proven = _exact(problem, loads, sites, budget, False, start + seconds)
        if found is not None and _carried(loads, found) > best:
            chosen = found
        bound = min(bound, -low)
        status = "optimal" if proven else "feasible"
    return _told(problem, "capacitated_mclp", chosen, bound, status, start)


def assign(
    matrix: csr_array, weight: FloatArray, capacity: FloatArray, chosen: IntArray
) -> csr_array:
    """Send demand to chosen sites: as much as they carry, and of that the shortest walks.

    Returns
    -------
    csr_array
        (n, m) share of each demand point at each site; a row sums to 1 at most.
    """
    n, m = matrix.shape
    place = np.full(m, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    entries = coo_array(matrix)
    keep = (place[entries.col] >= 0) & (weight[entries.row] > 0)
    row, col, metres = entries.row[keep], entries.col[keep], entries.data[keep]
    if not len(row):
        return csr_array((n, m))
    load = weight[row]
    count = np.arange(len(row))
    one = LinearConstraint(csr_array((np.ones(len(row)), (row, count)), shape=(n, len(row))), 0, 1)
    room = LinearConstraint(
        csr_array((load, (place[col], count)), shape=(len(chosen), len(row))),
        0,
        np.minimum(capacity[chosen], 2 * weight.sum() + 1),
    )
    free, top = np.zeros(len(row), np.int64), np.ones(len(row))
    until = time.perf_counter() + 60.0
    most = run_highs(-load, free, top, [one, room], until=until)
    assert most.values is not None  # noqa: S101 - sending nobody is always possible
    amount = float(load @ most.values)
    keep_it = LinearConstraint(load[None, :], amount * (1 - 1e-9) - 1e-9, np.inf)
    near = run_highs(load * metres, free, top, [one, room, keep_it], until=until)
    shares = most.values if near.values is None else near.values
    used = shares > 1e-7
    return csr_array((np.minimum(shares[used], 1.0), (row[used], col[used])), shape=(n, m))


def _carried(loads: Loads, chosen: IntArray) -> float:
    """Weight that chosen sites can carry; where loads are not whole, a little less."""
    return loads.total * max_flow(loads, chosen).amount / max(loads.whole, 1)


def _possible(problem: Problem, loads: Loads) -> bool:
    """Whether all candidates together carry everything."""
    everything = np.flatnonzero(~_blocked(problem))
    flow = max_flow(loads, everything)
    if loads.exact or flow.amount == loads.whole:
        return flow.amount == loads.whole
    # Rounding loads up and room down may be all that is missing; only then it takes the programme.
    if flow.amount + len(loads.load) + len(loads.room) < loads.whole:
        return False
    shares = assign(loads.matrix, loads.weight, loads.capacity, everything)
    return float(loads.weight @ np.asarray(shares.sum(axis=1))) >= loads.total * (1 - EXACT)


def _exact(
    problem: Problem,
    loads: Loads,
    sites: int | None,
    budget: float | None,
    all_of_it: bool,
    until: float,
) -> tuple[IntArray | None, float, bool]:
    """Choose and assign at once; variables are the sites, then the share of each entry."""
    n, m = loads.matrix.shape
    entries = coo_array(loads.matrix)
    row, col = entries.row.astype(np.int64), entries.col.astype(np.int64)
    count = len(row)
    at = m + np.arange(count)
    width = m + count
    load = loads.weight[row]
    ones = np.ones(count)
    served = csr_array((ones, (row, at)), shape=(n, width))
    room = np.minimum(loads.capacity, loads.total)
    full = csr_array(
        (np.concatenate([load, -room]), (np.concatenate([col, np.arange(m)]),
                                         np.concatenate([at, np.arange(m)]))),
        shape=(m, width),
    )  # fmt: skip
    # Nobody goes where nothing stands: implied, but it makes the linear programme far tighter.
    opened = csr_array(
        (np.concatenate([ones, -ones]), (np.tile(np.arange(count), 2), np.concatenate([at, col]))),
        shape=(count, width),
    )
    constraints = [
        LinearConstraint(served, 1 if all_of_it else 0, 1),
        LinearConstraint(full, -np.inf, 0),
        LinearConstraint(opened, -np.inf, 0),
        *apart_rows(problem.apart, width),
    ]
    if sites is not None:
        constraints.append(LinearConstraint(np.r_[np.ones(m), np.zeros(count)][None, :], 0, sites))
    if budget is not None:
        money = np.r_[problem.site_cost, np.zeros(count)][None, :]
        constraints.append(LinearConstraint(money, 0, budget))
    goal = np.r_[problem.site_cost, np.zeros(count)] if all_of_it else np.r_[np.zeros(m), -load]
    answer = run_highs(
        goal,
        np.r_[np.ones(m, np.int64), np.zeros(count, np.int64)],
        np.ones(width),
        constraints,
        until=until,
        lower=np.r_[problem.fixed.astype(np.float64), np.zeros(count)],
    )
    found = None
    if answer.values is not None:
        built = answer.values[:m] > 0.5
        # A site of no cost that carries nobody is no proposal.
        carries = np.bincount(col, answer.values[m:] * load, minlength=m) > 1e-7
        found = np.flatnonzero(built & (carries | problem.fixed))
    return found, answer.bound, answer.proven


def _knapsack_floor(problem: Problem, total: float) -> float:
    """Least cost at which capacity alone could do: a bound that looks at no walk."""
    room = problem.capacity
    if np.isinf(room).any():
        return 0.0
    fixed = problem.fixed
    need = total - float(room[fixed].sum())
    base = float(problem.site_cost[fixed].sum())
    rest = np.flatnonzero(~fixed & (room > 0))
    rest = rest[np.argsort(problem.site_cost[rest] / room[rest], kind="stable")]
    if need <= 0 or not len(rest):
        return base
    held = np.cumsum(room[rest])
    before = held - room[rest]
    share = np.clip((need - before) / room[rest], 0.0, 1.0)
    floor = float(problem.site_cost[rest] @ share)
    whole = bool((problem.site_cost == np.round(problem.site_cost)).all())
    return base + (float(np.ceil(floor - 1e-6)) if whole else floor)


def _capacity_ceiling(problem: Problem, sites: int | None, total: float) -> float:
    """Most weight that any so many sites could hold."""
    room = np.minimum(problem.capacity, total)
    if sites is None:
        return float(min(room.sum(), total))
    free = np.sort(room[~problem.fixed])[::-1][: max(sites - int(problem.fixed.sum()), 0)]
    return float(min(free.sum() + room[problem.fixed].sum(), total))


def _blocked(problem: Problem) -> BoolArray:
    blocked = np.zeros(problem.shape[1], dtype=bool)
    fixed = np.flatnonzero(problem.fixed)
    blocked[rivals(problem.apart, problem.shape[1])[fixed].indices] = True
    return blocked


def _cost(problem: Problem, chosen: IntArray) -> float:
    return float(problem.site_cost[chosen].sum())


def _finite(value: float, other: float) -> float:
    return value if np.isfinite(value) else other


def _told(
    problem: Problem, model: str, chosen: IntArray, bound: float, status: str, start: float
) -> Solution:
    """Assign demand to the plan and report it."""
    weight = np.where(problem.served, 0.0, problem.weight)
    shares = assign(problem.metres, weight, problem.capacity, chosen)
    got = np.asarray(shares.sum(axis=1))
    amount = float(weight @ got)
    objective = _cost(problem, chosen) if model == "capacitated_lscp" else amount
    gap = relative_gap(objective, bound)
    sizes = np.diff(shares.indptr)
    assigned = np.full(problem.shape[0], -1, dtype=np.int64)
    order = np.lexsort((shares.indices, -shares.data, np.repeat(np.arange(len(sizes)), sizes)))
    some = np.flatnonzero(sizes > 0)
    assigned[some] = shares.indices[order][shares.indptr[some]]
    # Points without weight go wherever a site is: they take no room.
    empty = ~problem.served & (problem.weight == 0) & (assigned < 0)
    reach = problem.metres[empty][:, chosen] if len(chosen) else csr_array((int(empty.sum()), 0))
    open_ = ~problem.served & (got < 1 - ROUNDING)
    open_[np.flatnonzero(empty)[np.diff(reach.indptr) > 0]] = False
    return Solution(
        model=model,
        chosen=chosen if len(chosen) else NONE,
        assigned=assigned,
        objective=objective,
        bound=bound,
        gap=gap,
        status="optimal" if gap == 0.0 and status != "infeasible" else status,
        seconds=time.perf_counter() - start,
        left=np.flatnonzero(open_),
        unreachable=problem.unreachable,
        shares=shares,
    )

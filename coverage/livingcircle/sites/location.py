"""solve: the location models for an analyst's own cost matrix."""

from __future__ import annotations

import math
import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from livingcircle._arrays import IntArray
from livingcircle._nearest import did_you_mean
from livingcircle.arguments import wrong_type
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.sites.matrix_arguments import (
    Matrix,
    Numbers,
    aligned,
    fixed_mask,
    labels_of,
    numbers_of,
    pair_positions,
    refuse_boundless,
    within,
)
from livingcircle.sites.solver.models import SECONDS, lscp, mclp, p_center, p_median
from livingcircle.sites.solver.partial_cover import fewest_for
from livingcircle.sites.solver.problem import Problem, Solution, cost_entries

__all__ = ["MODELS", "Location", "solve"]

MODELS = {
    "lscp": "the cheapest sites that serve all within the limit",
    "mclp": "the sites that serve the most weight within the limit, for p or a budget",
    "share": "the fewest sites that serve a share of the weight within the limit",
    "p-median": "the least sum of weight × cost, for p or a budget",
    "p-center": "the least longest cost, for p or a budget",
}
_ALIASES = {
    "set-cover": "lscp", "fewest": "lscp", "cover": "mclp", "partial-cover": "share",
    "median": "p-median", "pmedian": "p-median", "center": "p-center", "centre": "p-center",
    "pcenter": "p-center", "p-centre": "p-center", "pcentre": "p-center",
}  # fmt: skip
_STATUS = {"optimal": "proven", "feasible": "time limit", "heuristic": "bounded"}


@dataclass(frozen=True)
class Location:
    """Where to build, who goes where, and how far that is from the best there can be.

    Of a DataFrame, candidates and demand points go by its labels; of an array by their positions.
    """

    model: str
    chosen: IntArray | pd.Index
    """Candidates to build, in the order of the matrix; the fixed ones among them."""
    assignment: IntArray | pd.Series
    """The site of each demand point, of several the one with the largest share; -1 (of a DataFrame
    None) where it goes to none."""
    objective: float
    """lscp: cost of the sites. mclp: weight served. share: number of sites. p-median: sum of
    weight × cost. p-center: the longest cost."""
    bound: float
    """No plan can do better than this."""
    gap: float
    """Distance between objective and bound as a share of the objective; 0 is proven best."""
    status: str
    """``proven``; ``time limit`` (the best plan so far, the gap says how far at most); ``bounded``
    (too large to prove; the gap holds); ``infeasible`` (no plan keeps the conditions; the nearest
    one is given, and ``unserved`` says whom it leaves out)."""
    unserved: IntArray | pd.Index
    """Demand points that are not served whole."""
    shares: csr_array | None
    """With capacities: (n, m) share of each demand point at each candidate."""
    seconds: float


def solve(
    cost_matrix: Matrix,
    weight: Numbers = None,
    *,
    model: str,
    limit: float | None = None,
    p: int | None = None,
    budget: float | None = None,
    share: float | None = None,
    capacity: Numbers | float = None,
    split: bool = True,
    site_cost: Numbers = None,
    fixed: Iterable[Hashable] | None = None,
    incompatible_pairs: Sequence[tuple[Hashable, Hashable]] | None = None,
    seconds: float = SECONDS,
) -> Location:
    """Solve a location model on a demand × candidate matrix.

    Parameters
    ----------
    cost_matrix
        (n, m) distances, times or prices from 0 up: a DataFrame, an array or nested lists, where
        inf says that there is no way; or a sparse matrix, where every stored number counts, also
        0, and what is not stored says that there is no way. Any unit; ``limit`` has the same.
    weight
        (n,) people or households at each point; 1 each where None. A Series goes by the labels of
        the DataFrame. Capacities are held against it.
    model
        ``lscp``, ``mclp``, ``share``, ``p-median`` or ``p-center``.
    limit
        Farthest cost at which a point counts as served, inclusive. ``lscp``, ``mclp`` and ``share``
        need it; for the others nobody is sent farther.
    p, budget
        Number of sites, or what they may cost by ``site_cost``, at most, the fixed ones included.
    share
        Of the weight, for the model of that name: 0.95 is 95 %.
    capacity
        Weight that a candidate can carry: one number, or (m,); inf is no limit.
    split
        Whether a point may be sent to several sites when one is full. Where False each goes to one
        site as a whole (the capacitated p-median of the OR-Library).
    site_cost
        (m,) cost of building each candidate; 1 each where None.
    fixed
        Candidates that stand already or are decided: labels or positions, or (m,) of booleans.
    incompatible_pairs
        Pairs of candidates that must not both be built, by label or position.
    seconds
        Time limit.

    Returns
    -------
    Location
        The sites chosen, who goes where, and how good that is.

    Raises
    ------
    InputError
        The matrix, or an array beside it, makes no sense.
    ConfigError
        A condition makes no sense, or does not fit the model.

    Examples
    --------
    Three villages, two possible clinics, metres on foot:

    >>> import livingcircle as lc
    >>> metres = [[0, 900], [400, 500], [900, 0]]
    >>> found = lc.sites.solve(metres, [120, 80, 200], model="lscp", limit=500)
    >>> found.chosen.tolist(), found.objective, found.status
    ([0, 1], 2.0, 'proven')
    >>> lc.sites.solve(metres, [120, 80, 200], model="p-median", p=1).objective
    148000.0
    >>> full = lc.sites.solve(metres, [120, 80, 200], model="p-median", p=2, capacity=210)
    >>> full.objective, full.assignment.tolist()
    (32000.0, [0, 0, 1])
    """
    start = time.perf_counter()
    model = _model(model)
    _check(model, limit, p, budget, share, seconds)
    labels = labels_of(cost_matrix)
    matrix = cost_entries(numbers_of(cost_matrix))
    refuse_boundless(matrix.data, "cost_matrix")
    n, m = matrix.shape
    rows, columns = labels or (pd.RangeIndex(n), pd.RangeIndex(m))
    by_label = labels is not None
    short = within(matrix, limit)
    problem = Problem.of(
        short,
        aligned(weight, rows, "weight", by_label),
        capacity=aligned(capacity, columns, "capacity", by_label),
        site_cost=aligned(site_cost, columns, "site_cost", by_label),
        fixed=fixed_mask(fixed, columns, by_label),
        incompatible_pairs=pair_positions(incompatible_pairs, columns),
        split=split,
    )
    refuse_boundless(problem.weight, "weight")
    refuse_boundless(problem.site_cost, "site_cost")
    if model == "p-median" and capacity is not None:
        refuse_boundless(matrix.data * problem.weight.max(initial=0.0), "cost_matrix × weight")
    found = _solved(problem, model, p, budget, share, seconds)
    return _location(problem, model, found, labels, start)


def _solved(
    problem: Problem,
    model: str,
    p: int | None,
    budget: float | None,
    share: float | None,
    seconds: float,
) -> Solution:
    if model == "lscp":
        return lscp(problem, seconds=seconds)
    if model == "share":
        needed = float(share or 0.0) * float(problem.weight.sum())
        return fewest_for(problem, needed, seconds=seconds)
    if model == "mclp":
        return mclp(problem, sites=p, budget=budget, seconds=seconds)
    if model == "p-median":
        return p_median(problem, sites=p, budget=budget, seconds=seconds)
    return p_center(problem, sites=p, budget=budget, seconds=seconds)


def _location(
    problem: Problem,
    model: str,
    found: Solution,
    labels: tuple[pd.Index, pd.Index] | None,
    start: float,
) -> Location:
    status = _STATUS.get(found.status, found.status)
    if model in ("lscp", "p-median", "p-center"):
        # Who must be served and cannot be makes it infeasible, however good the rest is.
        counted = found.shares is not None or model == "p-median"
        must = problem.weight > 0 if counted else np.ones(problem.shape[0], bool)
        if must[found.left].any() and status != "time limit":
            found = replace(found, bound=np.nan, gap=np.inf)
            status = "infeasible"
    if status == "proven" and np.isinf(found.gap):
        # Nobody to serve: the bound is that of the walks, which nobody goes.
        found = replace(found, bound=found.objective, gap=0.0)
    unserved: IntArray | pd.Index = np.flatnonzero(found.assigned < 0)
    if found.shares is not None:
        got = np.asarray(found.shares.sum(axis=1))
        unserved = np.union1d(unserved, np.flatnonzero((got < 1 - 1e-4) & (problem.weight > 0)))
    chosen: IntArray | pd.Index = found.chosen
    assignment: IntArray | pd.Series = found.assigned
    if labels is not None:
        rows, columns = labels
        # Position -1, nowhere, is the last.
        names = pd.Series([*columns, None], dtype=object)
        assignment = pd.Series(
            names.to_numpy()[found.assigned], index=rows, name="site", dtype=object
        )
        chosen, unserved = columns[found.chosen], rows[unserved]
    return Location(
        model=model,
        chosen=chosen,
        assignment=assignment,
        objective=found.objective,
        bound=found.bound,
        gap=found.gap,
        status=status,
        unserved=unserved,
        shares=found.shares,
        seconds=time.perf_counter() - start,
    )


def _model(name: str) -> str:
    key = str(name).strip().lower().replace("_", "-").replace(" ", "-")
    key = _ALIASES.get(key, key)
    if key not in MODELS:
        hint = did_you_mean(key, [*MODELS, *_ALIASES], f"State one of {', '.join(MODELS)}.")
        raise ConfigError(f"there is no model '{name}'", field="model", hint=hint)
    return key


def _check(
    model: str,
    limit: float | None,
    p: int | None,
    budget: float | None,
    share: float | None,
    seconds: float,
) -> None:
    given = {"limit": limit, "budget": budget, "seconds": seconds, "p": p, "share": share}
    for name, value in given.items():
        lacking = value is None and name != "seconds"
        if not lacking and (isinstance(value, bool) or not isinstance(value, Real)):
            raise wrong_type(value, name, LocalizedText("一个数", "a number"))
    for name, value in (("limit", limit), ("budget", budget), ("seconds", seconds)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise ConfigError(
                f"the value of {name} is {value}",
                field=name,
                hint="State a finite number from 0 up.",
            )
    if p is not None and not (math.isfinite(p) and p >= 0 and p == int(p)):
        raise ConfigError(f"p is {p}", field="p", hint="State a whole number from 0 up.")
    if (share is not None) != (model == "share"):
        raise ConfigError(
            f"the model {model} {'needs' if share is None else 'takes no'} share",
            field="share",
            hint="State share=0.95 and model='share'.",
        )
    if share is not None and not 0 < share <= 1:
        raise ConfigError(f"the share is {share}", field="share", hint="State 0.95 for 95 %.")
    covers = model in ("lscp", "mclp", "share")
    if covers and limit is None:
        raise ConfigError(
            f"the model {model} needs a limit",
            field="limit",
            hint="State the farthest cost at which a point counts as served.",
        )
    limited = p is not None or budget is not None
    if model in ("lscp", "share") and limited:
        raise ConfigError(
            f"the model {model} finds the number of sites itself",
            field="p" if p is not None else "budget",
            hint="Leave p and budget out, or state model='mclp'.",
        )
    if model in ("mclp", "p-median") and not limited:
        raise ConfigError(f"the model {model} needs p or a budget", field="p", hint="State p=5.")
    if model == "p-center" and (p is None) == (budget is None):
        raise ConfigError(
            "the model p-center needs either p or a budget", field="p", hint="State one of them."
        )

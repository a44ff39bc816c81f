"""How good a plan of sites is at most: a price on each row, which bounds every other plan.

Any prices from 0 up bound the plans (Cornuejols, Fisher and Nemhauser 1977): who covers all rows
pays for them, and a site is worth no more than the prices of the rows that it serves beyond its
cost. The best prices are the dual values of the linear programme.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, identity, vstack

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.localized import LocalizedText
from livingcircle.publish.proof.parquet import write_table
from livingcircle.sites.plan import SitePlan
from livingcircle.sites.solver.bounds import bound_cover, bound_walks
from livingcircle.sites.solver.search import walks_of

__all__ = ["write_plans"]

LP_ENTRIES = 60_000
"""Entries of a covering problem up to which its linear programme is solved: some 2 s."""

NO_PRICES = LocalizedText(
    "选址模型没有可核对的对偶价格，只有求解器给出的界",
    "the model of the plan has no dual prices to check, only the solver's own bound",
)
WITH_LINKS = LocalizedText(
    "方案含新连接，覆盖关系不在表中", "the plan builds links, whose effect no table holds"
)
_ROUNDED = 1e-6


def write_plans(
    plans: Sequence[SitePlan], folder: Path
) -> tuple[dict[str, object], list[tuple[str, LocalizedText]]]:
    """Write the prices of plans, and return what is claimed and what is not proven.

    Parameters
    ----------
    plans
        As they are written beside the proof.
    folder
        Of the proof.
    """
    said: dict[str, object] = {}
    unproven = []
    options = [option for plan in plans for option in plan.options]
    for number, plan in enumerate(options):
        if len(plan.built_links):
            unproven.append((plan.standard, WITH_LINKS))
        elif (told := _written(plan, f"plan_{number}", folder)) is None:
            unproven.append((plan.standard, NO_PRICES))
        else:
            said[f"plan_{number}"] = told
    return said, unproven


def _written(plan: SitePlan, name: str, folder: Path) -> dict[str, object] | None:
    problem, found = plan.problem, plan.solution
    if problem is None or found.model not in ("lscp", "mclp") or found.status == "thinned":
        return None
    cover = found.model == "lscp"
    if not cover and plan.max_sites is None:
        return None
    rows = problem.open_rows
    if not len(rows):
        return None
    part = problem.metres[rows]
    part = csr_array((np.ones(part.nnz), part.indices, part.indptr), shape=part.shape)
    cost, weight = problem.site_cost, problem.weight[rows]
    chosen = np.zeros(len(cost), dtype=bool)
    chosen[found.chosen] = True
    if plan.max_sites is None or cover:
        price = _cover_prices(part, cost)
    else:
        price = _weight_prices(part, weight, plan.max_sites, found.chosen)
    served = part @ chosen.astype(float) > 0
    saved = part.T @ price
    if cover:
        best = float(cost[chosen].sum())
        bound = float(price.sum() + np.minimum(cost - saved, 0.0).sum())
        if (cost == np.round(cost)).all():
            bound = float(np.ceil(bound - _ROUNDED))
        proven = bool(served.all()) and best <= bound + _ROUNDED
    else:
        best = float(weight[served].sum())
        most = np.sort(np.maximum(saved, 0.0))[::-1][: plan.max_sites]
        bound = float(np.maximum(weight - price, 0.0).sum() + most.sum())
        proven = best >= bound * (1 - _ROUNDED)
    order = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    told = pa.table({"price": price, "weight": weight, "left": ~served})
    write_table(told, folder / f"{name}_rows.parquet")
    write_table(pa.table({"cost": cost, "chosen": chosen}), folder / f"{name}_sites.parquet")
    write_table(
        pa.table({"row": order.astype(np.int32), "site": part.indices.astype(np.int32)}),
        folder / f"{name}_pairs.parquet",
    )
    return {
        "standard": plan.standard,
        "model": found.model,
        "most": plan.max_sites,
        "objective": best,
        "bound": bound,
        "proven": proven,
        "bound_of_solver": found.bound,
    }


def _cover_prices(part: csr_array, cost: FloatArray) -> FloatArray:
    """Return the prices of rows that every plan has to cover."""
    if part.nnz > LP_ENTRIES:
        none = csr_array((part.shape[1], part.shape[1]))
        bounded = bound_cover(part, cost, None, none)
        assert bounded.price is not None  # noqa: S101 - bound_cover states it
        return np.asarray(np.maximum(bounded.price, 0.0))
    found = linprog(cost, A_ub=-part, b_ub=-np.ones(part.shape[0]), bounds=(0.0, 1.0))
    return np.asarray(np.maximum(-found.ineqlin.marginals, 0.0))


def _weight_prices(part: csr_array, weight: FloatArray, most: int, chosen: IntArray) -> FloatArray:
    """Return the prices of rows that at most so many sites may serve."""
    n, m = part.shape
    if part.nnz > LP_ENTRIES:
        none = np.zeros(0, dtype=np.int64)
        covers = csr_array((np.zeros(part.nnz), part.indices, part.indptr), shape=part.shape)
        apart = np.zeros((0, 2), dtype=np.int64)
        walks = walks_of(covers, weight, np.ones(n), np.ones(m), apart, most=most)
        bounded = bound_walks(walks, none, chosen)
        assert bounded.price is not None  # noqa: S101 - bound_walks states it
        return np.asarray(np.clip(bounded.price, 0.0, weight))
    serve = hstack([identity(n), -part]).tocsr()
    count = csr_array(np.r_[np.zeros(n), np.ones(m)][None, :])
    limits = [*np.zeros(n), float(most)]
    found = linprog(
        np.r_[-weight, np.zeros(m)], A_ub=vstack([serve, count]), b_ub=limits, bounds=(0.0, 1.0)
    )
    return np.asarray(np.clip(-found.ineqlin.marginals[:n], 0.0, weight))

"""How good any other plan of sites can be: prices on its conditions bound it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array

from livingcircle._arrays import FloatArray
from livingcircle.localized import LocalizedText
from livingcircle.publish.proof.parquet import write_table
from livingcircle.publish.proof.programme import Programme, bound_of, prices_of, programme_of
from livingcircle.sites.plan import SitePlan
from livingcircle.sites.solved import Solved
from livingcircle.sites.solver.report import least_metres

__all__ = ["write_plans"]

MOST_PAIRS = 1_500_000
"""Pairs of a row and a site up to which a proof is written: beyond, it is larger than the run."""

NOTHING = LocalizedText(
    "没有需要服务的对象，无需证明", "there is nothing to serve, and nothing to prove"
)
TOO_LARGE = LocalizedText(
    f"可达关系超过 {MOST_PAIRS:,} 对，只有求解器给出的界",
    f"more than {MOST_PAIRS:,} pairs of a place and a site: only the solver's own bound",
)
_ROUNDED = 1e-6
_CANCELLED = 1e-13
"""Rounding where so much is added and taken away again, by the unit: some hundred additions."""


@dataclass(frozen=True, eq=False)
class _Bounded:
    programme: Programme
    price: FloatArray
    bound: float
    beats: float | None = None
    """What the bound has to be more than: of a plan for the longest walk, what it may cost."""
    radius: float | None = None


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
        told = _written(plan, f"plan_{number}", folder)
        if isinstance(told, LocalizedText):
            unproven.append((plan.standard, told))
        else:
            said[f"plan_{number}"] = told
    return said, unproven


def _written(plan: SitePlan, name: str, folder: Path) -> dict[str, object] | LocalizedText:
    solved = plan.solved
    if solved is None or not len(solved.rows(None)[0]):
        return NOTHING
    if solved.problem.metres.nnz > MOST_PAIRS:
        return TOO_LARGE
    found = _longest(solved) if solved.model == "center" else _bounded(solved)
    best, entries = found.programme.objective, coo_array(found.programme.entries)
    _write_tables(found, entries, folder, name)
    close = abs(best - found.bound) <= _ROUNDED * max(1.0, abs(best))
    if found.radius is not None:
        close = solved.solution.objective - found.radius <= _ROUNDED * max(1.0, abs(best))
    said: dict[str, object] = {
        "standard": plan.standard,
        "model": solved.model,
        "sites": len(plan.sites),
        "links": len(plan.built_links),
        "objective": best,
        "bound": found.bound,
        "beats": found.beats,
        "proven": bool(close),
        "bound_of_solver": solved.solution.bound if np.isfinite(solved.solution.bound) else None,
    }
    if found.radius is not None:
        said |= {"longest_m": solved.solution.objective, "nobody_within_m": found.radius}
    return said


def _write_tables(found: _Bounded, entries: coo_array, folder: Path, name: str) -> None:
    programme = found.programme
    columns: dict[str, object] = {
        "what": pa.array(programme.what, pa.string()),
        "cost": programme.cost,
        "most": programme.most,
        "whole": programme.whole,
        "plan": programme.plan,
    }
    rows: dict[str, object] = {
        "about": pa.array(programme.about, pa.string()),
        "least": programme.least,
        "price": found.price,
    }
    row, column = (one.astype(np.int32) for one in (entries.row, entries.col))
    write_table(pa.table(columns), folder / f"{name}_columns.parquet")
    write_table(pa.table(rows), folder / f"{name}_rows.parquet")
    entry = pa.table({"row": row, "column": column, "value": entries.data})
    write_table(entry, folder / f"{name}_entries.parquet")


def _bounded(solved: Solved) -> _Bounded:
    programme = programme_of(solved)
    price = _bearable(programme, prices_of(programme, solved))
    return _Bounded(programme, price, bound_of(programme, price))


def _bearable(programme: Programme, price: FloatArray) -> FloatArray:
    """Return the prices, or none at all where they are so large that rounding could hide a bound.

    The check refuses them: what cancels is held against what the plan costs.
    """
    paid = np.abs(programme.least) @ price
    paid += programme.most @ (abs(programme.entries).T @ price)
    near = _ROUNDED * max(1.0, abs(programme.objective))
    return price if _CANCELLED * paid <= near else np.zeros_like(price)


def _longest(solved: Solved) -> _Bounded:
    """Find the longest radius of which prices show that the sites allowed do not serve all within.

    Where a row reaches nothing nearer, no site is enough; so there always is one.
    """
    problem, worst = solved.problem, solved.solution.objective
    allowed = solved.allowed
    least = least_metres(problem)
    floor = float(least[np.isfinite(least)].max(initial=0.0))
    radii = np.unique(np.r_[problem.metres.data, problem.fallback_m, floor, worst])
    radii = radii[(radii >= min(floor, worst)) & (radii <= worst)]

    def shown(place: int) -> _Bounded:
        radius = float(radii[place])
        programme = programme_of(solved, radius)
        price = _bearable(programme, prices_of(programme, solved))
        return _Bounded(programme, price, bound_of(programme, price), allowed, radius)

    best = shown(0)
    low, high = 0, len(radii) - 1
    while low < high:
        middle = (low + high + 1) // 2 if low or high < len(radii) - 1 else high
        found = shown(middle)
        if found.bound > allowed + _ROUNDED:
            best, low = found, middle
        else:
            high = middle - 1
    return best

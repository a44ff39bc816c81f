"""What each part of the siting solver gains: one clock, our solver whole and without it, and peers.

The instances are made in the manner of the OR-Library generators (their files are not copied):
random graphs with shortest paths for the p-median (pmed), random covers with costs from 1 to 100
(scp), and a large cover made of points in a town. A part is taken out by putting in its place what
returns its input. HiGHS and CP-SAT get the textbook's formulation. Run with

    python benchmarks/siting_parts.py --seconds 10 --instances 3

It prints a Markdown table. The clock is wall time, the seconds told are those of the CPU; nothing
is pinned to a core: on a busy machine everybody gets less of the clock, and not all the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from unittest.mock import patch

import highspy
import numpy as np
from ortools.sat.python import cp_model
from scipy.sparse import csr_array, random_array
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

from livingcircle.sites.solver import solve
from livingcircle.sites.solver.bounds import Bounded
from livingcircle.sites.solver.models import fewest, median
from livingcircle.sites.solver.problem import Problem, Solution
from livingcircle.sites.solver.reduce import Cover

Run = tuple[float, float]
"""Best value (inf: none) and bound."""


def covers(count: int) -> Iterator[tuple[str, Problem, int]]:
    """200 rows, 1,000 candidates, 2 % filled; every row has two candidates at least."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        full = rng.random((200, 1000)) < 0.02
        full[np.repeat(np.arange(200), 2), rng.integers(0, 1000, 400)] = True
        cost = rng.integers(1, 101, 1000).astype(float)
        yield f"scp-like {seed}", Problem.of(csr_array(full.astype(float)), site_cost=cost), 0


def town(count: int) -> Iterator[tuple[str, Problem, int]]:
    """5,000 homes, 1,000 places, 600 m, in 6 × 6 km."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        homes, places = rng.random((5000, 2)) * 6000, rng.random((1000, 2)) * 6000
        found = cKDTree(homes).sparse_distance_matrix(
            cKDTree(places), 600, output_type="coo_matrix"
        )
        yield f"town {seed}", Problem.of(csr_array(found)), 0


def medians(count: int) -> Iterator[tuple[str, Problem, int]]:
    """Random connected graphs of 100, 200 and 300 nodes, lengths 1 to 100, shortest paths."""
    for seed, (n, p) in list(enumerate([(100, 10), (200, 20), (300, 30)]))[:count]:
        rng = np.random.default_rng(seed)
        graph = np.triu(random_array((n, n), density=8 / n, rng=rng).toarray() > 0, 1)
        graph[np.arange(n - 1), np.arange(1, n)] = True
        way = shortest_path(np.where(graph, rng.integers(1, 101, (n, n)), 0), directed=False)
        yield f"pmed-like {n}/{p}", Problem.of(way), p


def answer(problem: Problem, sites: int, seconds: float) -> Solution:
    """Our solver's answer."""
    if sites:
        return median(problem, sites=sites, seconds=seconds)
    return fewest(problem, seconds=seconds)


def _no_bound_cover(matrix, cost, best, rival, *, until=np.inf) -> Bounded:
    return Bounded(0.0, best, np.zeros(len(cost)), bool((cost == np.round(cost)).all()))


def _no_bound_walks(walks, fixed, best, *, until=np.inf) -> Bounded:
    return Bounded(0.0, best, np.zeros(walks.columns), False)


def _no_reduction(matrix, cost, *, keep_all) -> Cover:
    return Cover(matrix, np.arange(len(cost)), cost, np.zeros(0, dtype=np.int64))


def _as_it_is(first, second, plan, *_, **__) -> np.ndarray:
    return np.sort(plan)


PARTS: dict[str, dict[str, Callable[..., object]]] = {
    "bounds": {"bound_cover": _no_bound_cover, "bound_walks": _no_bound_walks},
    "reduce": {"reduce_cover": _no_reduction},
    "row_weighting": {"improve_cover": _as_it_is},
    "exchange": {"exchange": lambda walks, plan, *_, **__: plan},
    "shaken": {"shaken": lambda walks, plan, *_, **__: plan},
}
COVER_PARTS, MEDIAN_PARTS = ("bounds", "reduce", "row_weighting"), ("bounds", "exchange", "shaken")


def model_of(problem: Problem, sites: int):
    """Textbook model: goal, rows (entries as row, column, value), least and most of each row."""
    n, m = problem.shape
    row = np.repeat(np.arange(n), np.diff(problem.metres.indptr))
    col, count = problem.metres.indices.astype(np.int64), problem.metres.nnz
    if not sites:
        part = csr_array((np.ones(count), (row, col)), shape=(n, m))
        return problem.site_cost, part, np.ones(n), np.full(n, np.inf)
    at = np.arange(count)
    rows = np.r_[row, n + at, n + at, np.full(m, n + count)]
    cols = np.r_[m + at, m + at, col, np.arange(m)]
    values = np.r_[np.ones(2 * count), -np.ones(count), np.ones(m)]
    part = csr_array((values, (rows, cols)), shape=(n + count + 1, m + count))
    goal = np.r_[np.zeros(m), problem.weight[row] * problem.metres.data]
    least = np.r_[np.ones(n), np.full(count, -np.inf), -np.inf]
    return goal, part, least, np.r_[np.ones(n), np.zeros(count), sites]


def values_of(problem: Problem, plan: Solution, sites: int) -> np.ndarray:
    """A plan of ours in the variables of the textbook model."""
    n, m = problem.shape
    built = np.zeros(m)
    built[plan.chosen] = 1
    if not sites:
        return built
    row = np.repeat(np.arange(n), np.diff(problem.metres.indptr))
    return np.r_[built, (problem.metres.indices == plan.assigned[row]).astype(float)]


def highs(model, start: np.ndarray | None, seconds: float, whole: int) -> Run:
    """HiGHS by itself, or from a plan."""
    goal, part, least, most = model
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("time_limit", float(seconds))
    solver.setOptionValue("mip_rel_gap", 0.0)
    made = highspy.HighsLp()
    made.num_col_, made.num_row_ = len(goal), part.shape[0]
    made.col_cost_, made.col_lower_, made.col_upper_ = goal, goal * 0, goal * 0 + 1
    made.row_lower_, made.row_upper_ = least, most
    made.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    made.a_matrix_.start_, made.a_matrix_.index_ = part.indptr, part.indices
    made.a_matrix_.value_ = part.data
    made.integrality_ = [highspy.HighsVarType.kInteger] * whole + [
        highspy.HighsVarType.kContinuous
    ] * (len(goal) - whole)
    solver.passModel(made)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = list(start)
        solver.setSolution(known)
    solver.run()
    info = solver.getInfo()
    solved = info.primal_solution_status == 2
    return (info.objective_function_value if solved else np.inf), info.mip_dual_bound


def cp_sat(model, start: np.ndarray, seconds: float) -> Run:
    """CP-SAT from a plan, with one worker."""
    goal, part, least, most = model
    made = cp_model.CpModel()
    x = [made.new_bool_var("") for _ in goal]
    for i in range(part.shape[0]):
        at = slice(part.indptr[i], part.indptr[i + 1])
        terms = [x[j] for j in part.indices[at]]
        total = cp_model.LinearExpr.weighted_sum(terms, part.data[at].astype(int).tolist())
        if np.isfinite(least[i]):
            made.add(total >= int(least[i]))
        if np.isfinite(most[i]):
            made.add(total <= int(most[i]))
    made.minimize(cp_model.LinearExpr.weighted_sum(x, goal.astype(int).tolist()))
    for variable, value in zip(x, start, strict=True):
        made.add_hint(variable, int(value))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    status = solver.solve(made)
    solved = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return (solver.objective_value if solved else np.inf), solver.best_objective_bound


def told(name: str, who: str, run: Callable[[], Run]) -> None:
    """Print a row of the table."""
    begin = time.process_time()
    value, bound = run()
    spent = time.process_time() - begin
    gap = (value - bound) / value if np.isfinite(value) and value else np.inf
    print(f"| {name} | {who} | {value:,.0f} | {bound:,.1f} | {gap:.2%} | {spent:.1f} |", flush=True)


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description="What each part of the siting solver gains.")
    parser.add_argument("--seconds", type=float, default=10.0, help="clock of each run")
    parser.add_argument("--instances", type=int, default=3, help="instances of each family")
    stated = parser.parse_args()
    print(
        "| instance | solver | value | bound | gap | CPU s |\n| --- | --- | --- | --- | --- | --- |"
    )
    for family, parts in ((covers, COVER_PARTS), (medians, MEDIAN_PARTS), (town, COVER_PARTS)):
        for name, problem, sites in family(stated.instances):

            def ours(without: str | None = None, problem=problem, sites=sites) -> Run:
                with ExitStack() as stack:
                    for part, other in PARTS.get(without or "", {}).items():
                        stack.enter_context(patch.object(solve, part, other))
                    found = answer(problem, sites, stated.seconds)
                return found.objective, found.bound

            told(name, "ours, whole", ours)
            for part in parts:
                told(name, f"ours without {part}", lambda part=part, ours=ours: ours(part))
            model, whole = model_of(problem, sites), problem.shape[1]
            quick = values_of(problem, answer(problem, sites, 0.5), sites)
            clock = stated.seconds
            told(name, "HiGHS", partial(highs, model, None, clock, whole))
            told(name, "HiGHS from ours", partial(highs, model, quick, clock, whole))
            told(name, "CP-SAT from ours", partial(cp_sat, model, quick, clock))


if __name__ == "__main__":
    main()

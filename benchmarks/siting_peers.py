"""The textbook's programmes for HiGHS and CP-SAT, and their runs under a clock of CPU seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import highspy
import numpy as np
from ortools.sat.python import cp_model
from scipy.sparse import coo_array, csr_array, vstack
from siting_instances import Instance

__all__ = ["Programme", "completed", "cp_sat", "highs", "milp_by_cpu", "programme_of"]

STRETCH = 6.0
"""Seconds of the day that HiGHS may take for one of the CPU, should its callbacks not come."""

Note = Callable[[float, float], None]
"""Takes value and bound as soon as they are known."""


@dataclass(frozen=True)
class Programme:
    """Minimise ``goal``; the first variables are the candidates, all coefficients are whole."""

    goal: np.ndarray
    top: np.ndarray
    whole: np.ndarray
    rows: csr_array
    least: np.ndarray
    most: np.ndarray


class _Rows:
    """Rows as they come: entries, and the least and most of each."""

    def __init__(self) -> None:
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.least: list[np.ndarray] = []
        self.most: list[np.ndarray] = []
        self.count = 0

    def add(self, row, col, value, least, most, count: int) -> None:
        row = np.asarray(row, dtype=np.int64) + self.count
        self.parts.append((row, np.asarray(col), np.broadcast_to(value, row.shape)))
        self.least.append(np.broadcast_to(least, count).astype(float))
        self.most.append(np.broadcast_to(most, count).astype(float))
        self.count += count

    def programme(self, goal, top, whole) -> Programme:
        row, col, value = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        matrix = csr_array(coo_array((value.astype(float), (row, col)), (self.count, len(goal))))
        least, most = np.concatenate(self.least), np.concatenate(self.most)
        return Programme(np.round(goal), top, whole, matrix, least, most)


def programme_of(instance: Instance) -> Programme:
    """Return set covering, maximal covering, the radius formulation, or sites and loads."""
    if instance.kind.startswith("capacitated"):
        return _full(instance)
    if instance.kind == "median":
        return _rings(instance)
    problem = instance.problem
    n, m = problem.shape
    entries = coo_array(problem.metres)
    made = _Rows()
    if instance.kind == "lscp":
        made.add(entries.row, entries.col, 1, 1, np.inf, n)
        return made.programme(problem.site_cost, np.ones(m), np.ones(m, bool))
    # Variables of homes: not served.
    made.add(
        np.r_[entries.row, np.arange(n)], np.r_[entries.col, m + np.arange(n)], 1, 1, np.inf, n
    )
    made.add(np.zeros(m), np.arange(m), 1, 0, instance.sites, 1)
    whole = np.r_[np.ones(m, bool), np.zeros(n, bool)]
    return made.programme(np.r_[np.zeros(m), problem.weight], np.ones(m + n), whole)


def _rings(instance: Instance) -> Programme:
    """Garcia, Labbe and Marin (2011): no site stands within a distance of a point."""
    problem = instance.problem
    n, m = problem.shape
    metres = problem.metres.toarray()
    order = np.argsort(metres, axis=1, kind="stable")
    sorted_m = np.take_along_axis(metres, order, 1)
    new = np.c_[np.ones(n, bool), np.diff(sorted_m, axis=1) > 0]
    ring = np.cumsum(new.ravel()) - 1
    first = np.flatnonzero(new.ravel())
    ring_m, opens = sorted_m.ravel()[first], first % m == 0
    last = np.r_[opens[1:], True]
    count, inner = len(first), np.flatnonzero(~opens)
    price = np.where(last, 0.0, np.r_[ring_m[1:], 0.0] - ring_m) * problem.weight[first // m]
    made = _Rows()
    made.add(
        np.r_[ring, np.arange(count), inner],
        np.r_[order.ravel(), m + np.arange(count), m + inner - 1],
        np.r_[np.ones(len(ring) + count), -np.ones(len(inner))],
        opens,
        np.inf,
        count,
    )
    made.add(np.zeros(m), np.arange(m), 1, 0, instance.sites, 1)
    whole = np.r_[np.ones(m, bool), np.zeros(count, bool)]
    return made.programme(np.r_[np.zeros(m), price], np.r_[np.ones(m), (~last) * 1.0], whole)


def _full(instance: Instance) -> Programme:
    """Sites, and the load (or, of points that are not split, the point) sent to each of them."""
    problem = instance.problem
    n, m = problem.shape
    entries = coo_array(problem.metres)
    count, at = entries.nnz, m + np.arange(entries.nnz)
    load = problem.weight[entries.row]
    one = load if problem.split else np.ones(count)
    made = _Rows()
    all_of_it = problem.weight if problem.split else np.ones(n)
    made.add(entries.row, at, 1, all_of_it, all_of_it, n)
    room = np.round(problem.capacity)
    taken = np.ones(count) if problem.split else load
    made.add(
        np.r_[entries.col, np.arange(m)],
        np.r_[at, np.arange(m)],
        np.r_[taken, -room],
        -np.inf,
        0,
        m,
    )
    each = np.arange(count)
    made.add(
        np.r_[each, each], np.r_[at, entries.col], np.r_[np.ones(count), -one], -np.inf, 0, count
    )
    if instance.sites is not None:
        made.add(np.zeros(m), np.arange(m), 1, 0, instance.sites, 1)
    median = instance.kind.endswith("median")
    # Of split points a variable is a load, of others the whole point.
    price = entries.data if problem.split else load * entries.data
    price = price if median else np.zeros(count)
    site = np.zeros(m) if median else problem.site_cost
    whole = np.r_[np.ones(m, bool), np.full(count, not problem.split)]
    return made.programme(np.r_[site, price], np.r_[np.ones(m), one], whole)


def _solver(made: Programme, least: np.ndarray) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    linear = highspy.HighsLp()
    linear.num_col_, linear.num_row_ = len(made.goal), made.rows.shape[0]
    linear.col_cost_, linear.col_lower_, linear.col_upper_ = made.goal, least, made.top
    linear.row_lower_, linear.row_upper_ = made.least, made.most
    linear.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    linear.a_matrix_.start_, linear.a_matrix_.index_ = made.rows.indptr, made.rows.indices
    linear.a_matrix_.value_ = made.rows.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    linear.integrality_ = [kinds[int(kind)] for kind in made.whole]
    solver.passModel(linear)
    return solver


def completed(made: Programme, chosen: np.ndarray) -> np.ndarray | None:
    """Return the best values of all variables where these candidates are built."""
    least = np.zeros(len(made.goal))
    least[chosen] = 1.0
    solver = _solver(made, least)
    solver.setOptionValue("time_limit", 20.0)
    solver.run()
    if solver.getInfo().primal_solution_status != 2:
        return None
    return np.asarray(solver.getSolution().col_value)


def _watched(solver: highspy.Highs, until: float, note: Note) -> None:
    """Stop at so many CPU seconds of the process, and note what is found.

    HiGHS looks at callbacks seldom while it solves linear programmes.
    """
    solver.setOptionValue("time_limit", STRETCH * max(until - time.process_time(), 0.1))

    def look(kind, _message, out, told, _data) -> None:
        note(out.mip_primal_bound, out.mip_dual_bound)
        told.user_interrupt = time.process_time() > until

    solver.setCallback(look, None)
    for kind in ("MipInterrupt", "MipImprovingSolution", "MipLogging"):
        solver.startCallback(getattr(highspy.cb.HighsCallbackType, f"kCallback{kind}"))


def milp_by_cpu(c, *, integrality, bounds, constraints, options) -> SimpleNamespace:
    """Do what scipy.optimize.milp does, with a time limit in CPU seconds."""
    rows = [csr_array(each.A) for each in constraints]
    sides = [
        np.broadcast_to(side, part.shape[0])
        for each, part in zip(constraints, rows, strict=True)
        for side in (each.lb, each.ub)
    ]
    whole = np.asarray(integrality) > 0
    made = Programme(
        c,
        np.broadcast_to(bounds.ub, len(c)),
        whole,
        csr_array(vstack(rows)),
        np.concatenate(sides[::2]),
        np.concatenate(sides[1::2]),
    )
    solver = _solver(made, np.broadcast_to(bounds.lb, len(c)))
    _watched(solver, time.process_time() + options["time_limit"], lambda *_: None)
    solver.run()
    info, said = solver.getInfo(), solver.getModelStatus()
    status = {highspy.HighsModelStatus.kOptimal: 0, highspy.HighsModelStatus.kInfeasible: 2}
    found = info.primal_solution_status == 2
    return SimpleNamespace(
        x=np.asarray(solver.getSolution().col_value) if found else None,
        fun=info.objective_function_value,
        mip_dual_bound=info.mip_dual_bound if whole.any() else None,
        status=status.get(said, 1),
    )


def highs(made: Programme, start: np.ndarray | None, until: float, note: Note) -> None:
    """HiGHS by itself, or from values of all variables, up to a CPU time of the process."""
    solver = _solver(made, np.zeros(len(made.goal)))
    _watched(solver, until, note)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = list(start)
        solver.setSolution(known)
    solver.run()
    info = solver.getInfo()
    found = info.primal_solution_status == 2
    note(info.objective_function_value if found else np.inf, info.mip_dual_bound)


def cp_sat(made: Programme, start: np.ndarray | None, seconds: float, note: Note) -> None:
    """CP-SAT from a plan, with one worker; the clock starts when the model is built."""
    model = cp_model.CpModel()
    top = made.top.astype(int)
    x = [model.new_int_var(0, int(most), "") for most in top]
    value = made.rows.data.astype(int)
    for i in range(made.rows.shape[0]):
        at = slice(made.rows.indptr[i], made.rows.indptr[i + 1])
        terms = [x[j] for j in made.rows.indices[at]]
        total = cp_model.LinearExpr.weighted_sum(terms, value[at].tolist())
        low, high = made.least[i], made.most[i]
        limits = [int(low) if np.isfinite(low) else cp_model.INT_MIN]
        limits += [int(high) if np.isfinite(high) else cp_model.INT_MAX]
        model.add_linear_constraint(total, *limits)
    model.minimize(cp_model.LinearExpr.weighted_sum(x, made.goal.astype(int).tolist()))
    if start is not None:
        for variable, known in zip(x, np.round(start).astype(int), strict=True):
            model.add_hint(variable, int(known))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    # One worker alternates between its searches; else it follows a single one.
    solver.parameters.interleave_search = True
    until, done = time.process_time() + seconds, threading.Event()
    solver.best_bound_callback = lambda bound: note(np.inf, bound)

    def watch() -> None:
        while time.process_time() < until and not done.wait(0.05):
            pass
        solver.stop_search()

    threading.Thread(target=watch, daemon=True).start()
    status = solver.solve(model, _Noting(note))
    done.set()
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        note(solver.objective_value, solver.best_objective_bound)


class _Noting(cp_model.CpSolverSolutionCallback):
    def __init__(self, note: Note) -> None:
        super().__init__()
        self._note = note

    def on_solution_callback(self) -> None:
        self._note(self.objective_value, self.best_objective_bound)

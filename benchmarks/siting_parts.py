"""What each part of the siting solver gains: one clock, our solver whole and without it, and peers.

A part is taken out by putting in its place what returns its input. HiGHS and CP-SAT get the
programmes of ``siting_peers``, by themselves and from a plan that our solver found in a tenth of
the clock, which counts. Run with

    python benchmarks/siting_parts.py --seconds 10

It prints a Markdown table. The clock counts CPU seconds of a process of its own with one thread for
each run; one run follows the other. HiGHS only knows the time of day, so callbacks look at the
clock for it. A run that does not stop is ended at twice the clock; of HiGHS by itself and CP-SAT
what they had found by the clock counts.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from unittest.mock import patch

import numpy as np
from siting_instances import FAMILIES, Instance
from siting_peers import Note, completed, cp_sat, highs, milp_by_cpu, programme_of

from livingcircle.sites.solver import (
    capacitated,
    capacitated_median,
    exact,
    solve,
)
from livingcircle.sites.solver.bounds import Bounded
from livingcircle.sites.solver.models import lscp, mclp, p_median
from livingcircle.sites.solver.problem import Solution
from livingcircle.sites.solver.reduce import Cover

Run = Callable[[Note], None]
LATE = 1.1
"""What is found after this many times the clock does not count."""


def _no_bound_cover(matrix, cost, best, rival, *, until=np.inf) -> Bounded:
    return Bounded(0.0, best, np.zeros(len(cost)), bool((cost == np.round(cost)).all()))


def _no_bound_walks(walks, fixed, best, *, until=np.inf) -> Bounded:
    return Bounded(0.0, best, np.zeros(walks.columns), False)


def _no_reduction(matrix, cost, *, keep_all) -> Cover:
    return Cover(matrix, np.arange(len(cost)), cost, np.zeros(0, dtype=np.int64))


PARTS = {
    "bounds": {(solve, "bound_cover"): _no_bound_cover, (solve, "bound_walks"): _no_bound_walks},
    "reduce": {(solve, "reduce_cover"): _no_reduction},
    "row weighting": {(solve, "improve_cover"): lambda a, b, plan, **_: np.sort(plan)},
    "exchange": {(solve, "exchange_sites"): lambda walks, plan, *_, **__: plan},
    "shaken": {(solve, "perturb_sites"): lambda walks, plan, *_, **__: plan},
    "full search": {
        (capacitated_median, "_step"): lambda *_: None,
        (capacitated_median, "best_plan"): lambda loads, limits, plan, **_: plan,
    },
    "packing": {(capacitated, "cheapest_plan"): lambda *_, **__: None},
}
USED = {
    "lscp": ("bounds", "reduce", "row weighting"),
    "mclp": ("bounds", "exchange", "shaken"),
    "median": ("bounds", "exchange", "shaken"),
    "capacitated_median": ("full search",),
    "capacitated_lscp": ("packing",),
}


def answer(instance: Instance, seconds: float) -> Solution:
    """Our solver's answer."""
    if instance.kind.endswith("lscp"):
        return lscp(instance.problem, seconds=seconds)
    model = p_median if instance.kind.endswith("median") else mclp
    return model(instance.problem, sites=instance.sites, seconds=seconds)


def ours(instance: Instance, without: str, seconds: float, note: Note) -> None:
    """Our solver, one part taken out."""
    with ExitStack() as stack:
        for (module, name), other in PARTS.get(without, {}).items():
            stack.enter_context(patch.object(module, name, other))
        found = answer(instance, seconds)
    none = len(found.left) > 0 and instance.kind != "mclp"
    note.clock = np.inf  # type: ignore[attr-defined]
    note(np.inf if none else found.objective, found.bound)


def peer(instance: Instance, who: str, warm: bool, seconds: float, note: Note) -> None:
    """HiGHS or CP-SAT; goals that are maximised are turned round."""
    made = programme_of(instance)
    total = instance.problem.weight.sum() if instance.kind == "mclp" else 0.0

    def turned(value: float, bound: float) -> None:
        note(total - value if total else value, total - bound if total else bound)

    spent, start = 0.0, None
    if warm:
        begin = time.process_time()
        chosen = answer(instance, seconds / 10).chosen
        spent = time.process_time() - begin
        start = completed(made, chosen)
    until = time.process_time() + seconds - spent
    note.begin(spent)  # type: ignore[attr-defined]
    if start is not None:
        turned(float(made.goal @ np.round(start, 6)), -np.inf)
    if who == "HiGHS":
        highs(made, start, until, turned)
    else:
        cp_sat(made, start, seconds - spent, turned)


class Shared:
    """Value and bound found before the clock, and CPU seconds spent, seen by the parent."""

    def __init__(self, most: bool, clock: float) -> None:
        self.cells = multiprocessing.Array("d", [np.nan, np.nan, np.nan, 0.0])
        self.most, self.clock, self.since = most, clock, 0.0

    def begin(self, spent: float = 0.0) -> None:
        """Start the clock, some seconds spent."""
        self.since = time.process_time() - spent

    def __call__(self, value: float, bound: float) -> None:
        """Take a value and a bound where they are better than those before."""
        spent = time.process_time() - self.since
        self.cells[2], self.cells[3] = spent, float(spent > LATE * self.clock)
        if self.cells[3]:
            return
        pick = (np.fmax, np.fmin) if self.most else (np.fmin, np.fmax)
        for k, told in enumerate((value, bound)):
            if np.isfinite(told) and abs(told) < 1e29:
                self.cells[k] = pick[k](self.cells[k], told)


def _child(run: Run, note: Shared) -> None:
    # Our solver asks the time of day; here it is told CPU seconds. HiGHS knows no other clock, so
    # callbacks look at ours.
    time.perf_counter = time.process_time
    exact.milp = milp_by_cpu
    most = int(time.process_time() + 2 * note.clock + 5)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    note.begin()
    run(note)
    note.cells[2] = time.process_time() - note.since


def told(instance: Instance, who: str, run: Run, clock: float) -> None:
    """Run in a process of its own and print a row of the table."""
    note = Shared(instance.kind == "mclp", clock)
    child = multiprocessing.get_context("fork").Process(target=_child, args=(run, note))
    child.start()
    child.join()
    value, bound, spent, _ = note.cells[:]
    gap = "" if np.isnan(value + bound) else f"{abs(value - bound) / max(value, 1.0):.2%}"
    cells = ["none" if np.isnan(x) else f"{x:,.1f}".removesuffix(".0") for x in (value, bound)]
    ended = f"{spent:.1f}" if child.exitcode == 0 else "ended"
    print(f"| {instance.name} | {who} | {cells[0]} | {cells[1]} | {gap} | {ended} |", flush=True)


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description="What each part of the siting solver gains.")
    parser.add_argument("--seconds", type=float, default=10.0, help="CPU seconds of each run")
    parser.add_argument("--instances", type=int, default=3, help="instances of each family")
    parser.add_argument("--families", nargs="*", default=list(FAMILIES), choices=list(FAMILIES))
    stated = parser.parse_args()
    clock = stated.seconds
    print("| instance | solver | value | bound | gap | CPU s |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for family in stated.families:
        for instance in list(FAMILIES[family]())[: stated.instances]:
            told(instance, "ours, whole", partial(ours, instance, "", clock), clock)
            for part in USED[instance.kind]:
                told(instance, f"without {part}", partial(ours, instance, part, clock), clock)
            for who, warm in (("HiGHS", False), ("HiGHS", True), ("CP-SAT", True)):
                name = f"{who} from ours" if warm else who
                told(instance, name, partial(peer, instance, who, warm, clock), clock)


if __name__ == "__main__":
    main()

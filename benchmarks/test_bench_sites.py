"""How good and how fast the siting models are beside others with the same question and clock.

Only comparisons within one run are asserted: a slow machine slows both sides. The peers are plain
HiGHS (SciPy) with the formulation of the textbooks, and spopt (PySAL), left out where it is not
installed: ``pip install spopt``. Run with

    pytest benchmarks/test_bench_sites.py --benchmark-group-by=group

"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack
from scipy.spatial import cKDTree

from livingcircle.sites.solver.models import SECONDS, lscp, mclp, p_median
from livingcircle.sites.solver.problem import Problem

SIDE = 10_000.0
LIMIT = 1_000.0
DETOUR = 1.25
SAME = 0.8
"""Least ratio of times where both may use up their time."""


def _town(points: int, places: int) -> Problem:
    """Homes around 60 middles, half of the candidates among them and half anywhere."""
    rng = np.random.default_rng(1)
    middles = rng.random((60, 2)) * SIDE
    homes = middles[rng.integers(0, 60, points)] + rng.normal(0, SIDE / 25, (points, 2))
    half = places // 2
    near = homes[rng.choice(points, half, replace=False)] + rng.normal(0, 50, (half, 2))
    sites = np.concatenate([near, rng.random((places - half, 2)) * SIDE])
    found = cKDTree(homes).sparse_distance_matrix(
        cKDTree(sites), LIMIT / DETOUR, output_type="coo_matrix"
    )
    metres = csr_array((found.data * DETOUR, (found.row, found.col)), shape=(points, places))
    return Problem.of(metres, rng.integers(1, 300, points).astype(float))


@pytest.fixture(scope="module")
def large() -> Problem:
    return _town(20_000, 2_000)


@pytest.fixture(scope="module")
def medium() -> Problem:
    return _town(6_000, 600)


def _covers(problem: Problem) -> tuple[csr_array, np.ndarray]:
    """Ones where a candidate serves, without the points that none does, and their weights."""
    reached = problem.open_rows
    part = problem.metres[reached]
    ones = csr_array((np.ones(part.nnz), part.indices, part.indptr), shape=part.shape)
    return ones, problem.weight[reached]


def _plain(goal, whole, constraints) -> tuple[float, np.ndarray]:
    """Seconds that plain HiGHS takes, and its answer; it has the default time of a model."""
    begin = time.perf_counter()
    found = milp(
        goal,
        integrality=whole,
        bounds=Bounds(0, 1),
        constraints=constraints,
        options={"time_limit": SECONDS},
    )
    # Without an answer in time it has built nothing.
    values = np.zeros(len(goal)) if found.x is None else found.x
    return time.perf_counter() - begin, values


def _solved(benchmark, run, theirs: float, peer: str):
    """Our answer; how many times as fast it came goes into the record."""
    solution = benchmark.pedantic(run, rounds=1, iterations=1)
    ratio = theirs / benchmark.stats["median"]
    benchmark.extra_info[f"times as fast as {peer}"] = round(ratio, 1)
    benchmark.extra_info["gap"] = round(solution.gap, 4)
    return solution, ratio


def _record(benchmark, peer: str, ours: float, theirs: float) -> None:
    benchmark.extra_info["objective"] = ours
    benchmark.extra_info[f"objective of {peer}"] = theirs


def test_fewest_beside_plain_highs(benchmark, large):
    ones, _ = _covers(large)
    m = ones.shape[1]
    theirs, built = _plain(np.ones(m), np.ones(m), LinearConstraint(ones, 1, np.inf))
    solution, ratio = _solved(benchmark, lambda: lscp(large), theirs, "plain HiGHS")
    count = built.round().sum() or m
    _record(benchmark, "plain HiGHS", solution.objective, count)
    assert solution.objective <= count
    assert ratio > SAME


def test_best_cover_beside_plain_highs(benchmark, large):
    ones, weight = _covers(large)
    n, m = ones.shape
    theirs, built = _plain(
        np.r_[np.zeros(m), -weight],
        np.r_[np.ones(m), np.zeros(n)],
        [
            LinearConstraint(hstack([ones, -eye_array(n)]).tocsr(), 0, np.inf),
            LinearConstraint(np.r_[np.ones(m), np.zeros(n)][None, :], 0, 40),
        ],
    )
    solution, ratio = _solved(benchmark, lambda: mclp(large, sites=40), theirs, "plain HiGHS")
    served = float(weight @ (ones @ built[:m].round() > 0))
    _record(benchmark, "plain HiGHS", solution.objective, served)
    assert solution.objective >= served
    assert ratio > 2


def test_median_beside_plain_highs(benchmark, medium):
    """On 6,000 × 600: the textbook's model of the large one takes a variable for every entry."""
    n, m = medium.shape
    away = np.full(n, 2 * LIMIT)
    rows = np.repeat(np.arange(n), np.diff(medium.metres.indptr))
    count = len(rows)
    at = np.arange(count)
    saved = medium.weight[rows] * (away[rows] - medium.metres.data)
    once = csr_array((np.ones(count), (rows, m + at)), shape=(n, m + count))
    open_ = csr_array(
        (
            np.r_[np.ones(count), -np.ones(count)],
            (np.r_[at, at], np.r_[m + at, medium.metres.indices]),
        ),
        shape=(count, m + count),
    )
    theirs, values = _plain(
        np.r_[np.zeros(m), -saved],
        np.r_[np.ones(m), np.zeros(count)],
        [
            LinearConstraint(once, 0, 1),
            LinearConstraint(open_, -np.inf, 0),
            LinearConstraint(np.r_[np.ones(m), np.zeros(count)][None, :], 0, 20),
        ],
    )
    problem = replace(medium, fallback_m=away)
    solution, ratio = _solved(benchmark, lambda: p_median(problem, sites=20), theirs, "plain HiGHS")
    walked = float(medium.weight @ away - saved @ values[m:])
    _record(benchmark, "plain HiGHS", solution.objective, walked)
    assert solution.objective <= walked * (1 + 1e-6)
    assert ratio > SAME


def test_full_sites_beside_plain_highs(benchmark, medium):
    """Sites that hold a fiftieth of the load each."""
    room = 1.1 * medium.weight.sum() / 50
    n, m = medium.shape
    rows = np.repeat(np.arange(n), np.diff(medium.metres.indptr))
    cols, count = medium.metres.indices, len(rows)
    at = m + np.arange(count)
    reached = medium.open_rows
    once = csr_array((np.ones(count), (rows, at)), shape=(n, m + count))[reached]
    load = medium.weight[rows]
    full = csr_array(
        (np.r_[load, np.full(m, -room)], (np.r_[cols, np.arange(m)], np.r_[at, np.arange(m)])),
        shape=(m, m + count),
    )
    theirs, values = _plain(
        np.r_[np.ones(m), np.zeros(count)],
        np.r_[np.ones(m), np.zeros(count)],
        [LinearConstraint(once, 1, 1), LinearConstraint(full, -np.inf, 0)],
    )
    problem = replace(medium, capacity=np.full(m, room))
    solution, ratio = _solved(benchmark, lambda: lscp(problem), theirs, "plain HiGHS")
    sites = values[:m].round().sum() or m
    _record(benchmark, "plain HiGHS", solution.objective, sites)
    assert len(solution.left) == len(solution.unreachable)
    assert solution.objective <= sites
    assert ratio > SAME


@pytest.mark.parametrize("model", ["fewest", "best cover"])
def test_covering_beside_spopt(benchmark, medium, model):
    spopt = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    full = np.full(medium.shape, 10 * LIMIT)
    rows = np.repeat(np.arange(medium.shape[0]), np.diff(medium.metres.indptr))
    full[rows, medium.metres.indices] = medium.metres.data
    reached = medium.open_rows
    solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=SECONDS)
    begin = time.perf_counter()
    if model == "fewest":
        peer = spopt.LSCP.from_cost_matrix(full[reached], LIMIT)
    else:
        peer = spopt.MCLP.from_cost_matrix(full[reached], medium.weight[reached], LIMIT, 20)
    peer = peer.solve(solver)
    theirs = time.perf_counter() - begin
    plan = np.array([bool(clients) for clients in peer.fac2cli])
    ones, weight = _covers(medium)
    run = (lambda: lscp(medium)) if model == "fewest" else (lambda: mclp(medium, sites=20))
    solution, ratio = _solved(benchmark, run, theirs, "spopt")
    if model == "fewest":
        right = float(plan.sum())
        assert solution.objective <= right
    else:
        right = float(weight @ (ones @ plan.astype(float) > 0))
        assert solution.objective >= right
    _record(benchmark, "spopt", solution.objective, right)
    assert ratio > 2

"""Of equal covers the one with the shorter walks: nobody is lost, nothing costs more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from livingcircle.sites.solver.models import lscp, mclp
from livingcircle.sites.solver.problem import Problem
from livingcircle.sites.solver.tie_break import exchange_for_nearer


def street(points: int, reach: float, **more: object) -> Problem:
    """Homes and candidates every metre of a street, 0 to points - 1."""
    at = np.arange(points, dtype=float)
    metres = np.abs(at[:, None] - at[None, :])
    row, col = np.nonzero(metres <= reach)
    data = np.maximum(metres[row, col], 1e-9)
    return Problem.of(csr_array((data, (row, col)), shape=metres.shape), **more)


def walked(problem: Problem, chosen: np.ndarray) -> float:
    """Weight × metres to the nearest site of everybody that one serves."""
    full = np.where(problem.metres.toarray() > 0, problem.metres.toarray(), np.inf)
    near = full[:, chosen].min(axis=1) if len(chosen) else np.full(len(full), np.inf)
    return float((problem.weight * np.where(np.isfinite(near), near, 0.0)).sum())


def test_one_site_moves_to_the_middle_of_its_homes() -> None:
    problem = street(9, 8.0)
    at_the_end = lscp(problem)
    assert len(at_the_end.chosen) == 1
    assert list(exchange_for_nearer(problem, at_the_end).chosen) == [4]
    # Most people live at the end: the site follows them.
    heavy = street(9, 8.0, weight=np.array([100.0] + [1.0] * 8))
    assert list(exchange_for_nearer(heavy, lscp(heavy)).chosen) == [0]


def test_fixed_sites_rivals_and_costs_are_kept() -> None:
    fixed = np.zeros(9, dtype=bool)
    fixed[0] = True
    problem = street(9, 8.0, fixed=fixed)
    assert list(exchange_for_nearer(problem, lscp(problem)).chosen) == [0]
    cost = np.ones(9)
    cost[4] = 2.0
    dear = street(9, 8.0, site_cost=cost)
    moved = exchange_for_nearer(dear, lscp(dear))
    assert moved.chosen[0] in (3, 5)
    incompatible_pairs = np.array([[2, 7], [2, 6], [1, 7]])
    pair = street(10, 3.5, incompatible_pairs=incompatible_pairs)
    moved = exchange_for_nearer(pair, lscp(pair))
    assert len(moved.chosen) == 2
    assert not any(set(two) <= set(moved.chosen) for two in incompatible_pairs)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    n, m = draw(st.integers(1, 8)), draw(st.integers(1, 7))
    metres = draw(
        st.lists(st.lists(st.integers(0, 9), min_size=m, max_size=m), min_size=n, max_size=n)
    )
    weight = np.array(draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), dtype=float)
    served = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    cost = np.array(draw(st.lists(st.integers(1, 3), min_size=m, max_size=m)), dtype=float)
    matrix = csr_array(np.array(metres, dtype=float))
    matrix.eliminate_zeros()
    return Problem.of(matrix, weight, served=served, site_cost=cost)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(problems(), st.integers(1, 3))
def test_nobody_is_lost_and_nobody_pays_more(problem: Problem, sites: int) -> None:
    for found in (lscp(problem), mclp(problem, sites=sites)):
        moved = exchange_for_nearer(problem, found)
        assert problem.site_cost[moved.chosen].sum() <= problem.site_cost[found.chosen].sum()
        assert len(moved.chosen) <= max(len(found.chosen), sites)
        before, after = (problem.weight[s.assigned >= 0].sum() for s in (found, moved))
        assert after >= before - 1e-9
        if found.model == "lscp":
            assert len(moved.left) <= len(found.left)
        if after == pytest.approx(before):
            keep = ~problem.served
            open_ = Problem.of(problem.metres[keep], problem.weight[keep])
            assert walked(open_, moved.chosen) <= walked(open_, found.chosen) + 1e-6
        # Everybody is told where to go, by a site that is built.
        assert set(moved.assigned[moved.assigned >= 0]) <= set(moved.chosen)

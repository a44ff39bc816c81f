"""lc.sites.solve: an analyst's own matrix, dense, sparse or labelled, and what it says of it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csc_matrix, csr_array

import livingcircle as lc
from livingcircle.errors import ConfigError, InputError, WrongTypeError

solve = lc.sites.solve


def test_zero_is_a_distance_and_inf_is_no_way() -> None:
    one = solve([[0, 500], [500, 0]], model="lscp", limit=500)
    assert (one.objective, one.status, one.gap) == (1.0, "proven", 0.0)
    two = solve([[0, np.inf], [np.inf, 0]], model="lscp", limit=500)
    assert two.objective == 2.0
    assert two.chosen.tolist() == [0, 1]
    assert two.assignment.tolist() == [0, 1]
    # Sparse: a stored 0 is a distance, what is not stored is no way.
    stored = csr_array((np.array([0.0, 500.0, 0.0]), ([0, 0, 1], [0, 1, 1])), shape=(2, 2))
    assert solve(stored, model="lscp", limit=500).chosen.tolist() == [1]
    for kind in (coo_array, csc_matrix):
        assert solve(kind(stored), model="lscp", limit=499).objective == 2.0
    hidden = np.ma.masked_equal([[0.0, 9.0], [9.0, 0.0]], 9.0)
    assert solve(hidden, model="lscp", limit=10).objective == 2.0


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ([[0, np.nan], [5, 0]], "row 0, column 1 is nan"),
        ([[0, 5], [-5, 0]], "row 1, column 0 is -5"),
        ([[0, -np.inf]], "-inf"),
        (csr_array(np.array([[1.0, -2.0]])), "is -2"),
        ([[1, 2], [3]], "no table of numbers"),
        ([["a", "b"]], "not"),
        ([1, 2, 3], "1 dimensions"),
        ([[1e308, 1]], "as good as infinite"),
        ([[True, False]], "not numbers"),
        (pd.DataFrame({"a": [1.0, None]}), "row 1, column 0 is nan"),
        (pd.DataFrame({"a": ["x", "y"]}), "no table of numbers"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' of the cost matrix is there twice"),
    ],
)
def test_a_matrix_that_makes_no_sense_is_refused_in_one_line(matrix, said) -> None:
    with pytest.raises(InputError) as caught:
        solve(matrix, model="lscp", limit=5)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"model": "lcsp", "limit": 1}, "Did you mean 'lscp'"),
        ({"model": "lscp"}, "needs a limit"),
        ({"model": "lscp", "limit": 1, "p": 2}, "leave p|Leave p"),
        ({"model": "mclp", "limit": 1}, "needs p or a budget"),
        ({"model": "p-median"}, "needs p or a budget"),
        ({"model": "p-center"}, "either p or a budget"),
        ({"model": "p-center", "p": 1, "budget": 2}, "either p or a budget"),
        ({"model": "share", "limit": 1}, "needs share"),
        ({"model": "share", "limit": 1, "share": 95}, "95 %"),
        ({"model": "mclp", "limit": 1, "p": 1, "share": 0.5}, "takes no share"),
        ({"model": "p-median", "p": -1}, "p is -1"),
        ({"model": "p-median", "p": 1.5}, "p is 1.5"),
        ({"model": "p-median", "budget": float("nan")}, "budget is nan"),
        ({"model": "lscp", "limit": float("inf")}, "limit is inf"),
        ({"model": "p-median", "p": 1, "capacity": -5}, "capacity"),
        ({"model": "p-median", "p": 1, "weight": [1, np.nan, 1]}, "weight"),
        ({"model": "p-median", "p": 1, "weight": [1, np.inf, 1]}, "weight"),
        ({"model": "p-median", "p": 1, "weight": [1, 1]}, "weight"),
        ({"model": "p-median", "p": 1, "fixed": [7]}, "'7' that is not there"),
        ({"model": "p-median", "p": 1, "fixed": 1}, "fixed is of type int"),
        ({"model": "p-median", "p": 1, "fixed": [[1]]}, "fixed is of type list"),
        ({"model": "p-median", "p": "1"}, "p is of type str"),
        ({"model": "p-median", "p": True}, "p is of type bool"),
        ({"model": "p-median", "budget": "1"}, "budget is of type str"),
        ({"model": "p-median", "p": 1, "seconds": None}, "seconds is of type NoneType"),
        ({"model": "p-median", "p": 1, "limit": [5]}, "limit is of type list"),
        ({"model": "share", "limit": 1, "share": "half"}, "share is of type str"),
        ({"model": "p-median", "p": 1, "weight": [1, 1e21, 1]}, "as good as infinite"),
        ({"model": "p-median", "p": 1, "incompatible_pairs": 3}, "incompatible_pairs is of type"),
        ({"model": "p-median", "p": 2, "incompatible_pairs": (0, 1)}, "no pair"),
        ({"model": "p-median", "p": 1, "fixed": [0, 1]}, "Allow more sites"),
        ({"model": "p-median", "p": 1, "incompatible_pairs": [(0, 0)]}, "no pair"),
        (
            {"model": "share", "limit": 9, "share": 0.5, "site_cost": [1, 2]},
            "candidates of one cost",
        ),
    ],
)
def test_conditions_that_make_no_sense_are_refused_with_the_mend(conditions, said) -> None:
    with pytest.raises((ConfigError, InputError), match=said) as caught:
        solve([[0, 5], [5, 0], [3, 3]], **conditions)
    assert "\n" not in str(caught.value)


def test_a_frame_goes_by_its_labels() -> None:
    frame = pd.DataFrame(
        [[0.0, 900.0], [400.0, 500.0], [900.0, 0.0]],
        index=["hill", "ford", "mill"],
        columns=["east", "west"],
    )
    people = pd.Series({"mill": 200, "ford": 80, "hill": 120})
    found = solve(frame, people, model="p-median", p=1)
    assert found.chosen.tolist() == ["west"]
    assert found.objective == 120 * 900 + 80 * 500
    assert found.assignment.to_dict() == {"hill": "west", "ford": "west", "mill": "west"}
    near = solve(frame, people, model="mclp", p=1, limit=450)
    # East serves hill and ford, 200 people; west serves the mill, 200 too.
    assert near.objective == 200.0
    assert len(near.unserved) in (1, 2)
    both = solve(frame, people, model="p-median", p=2, fixed=["east"], capacity=210)
    assert both.chosen.tolist() == ["east", "west"]
    found = solve(frame, people, model="lscp", limit=450, incompatible_pairs=[("east", "west")])
    assert found.status == "infeasible"
    assert len(found.unserved) > 0
    with pytest.raises(InputError, match="nothing for 'ford'"):
        solve(frame, people.drop("ford"), model="p-median", p=1)
    with pytest.raises(FrozenInstanceError):
        found.objective = 0.0  # type: ignore[misc]


def test_a_series_goes_by_the_labels_of_a_frame_that_has_only_numbers() -> None:
    frame = pd.DataFrame([[0.0, 900.0], [400.0, 500.0], [900.0, 0.0]])
    people = pd.Series({2: 200, 0: 120, 1: 80})
    found = solve(frame, people, model="p-median", p=1)
    assert (found.objective, found.chosen.tolist()) == (120 * 900 + 80 * 500, [1])
    east = solve(frame, people, model="p-median", p=1, fixed=pd.Series({1: False, 0: True}))
    assert (east.objective, east.chosen.tolist()) == (80 * 400 + 200 * 900, [0])
    with pytest.raises(InputError, match="'1' more than once"):
        solve(frame, pd.Series([1, 2, 3, 4], index=[0, 1, 1, 2]), model="p-median", p=1)


def test_points_where_nobody_lives_stop_no_plan() -> None:
    # The best site for the second point does not reach the first, where nobody lives.
    found = solve([[1, np.inf], [2, 1]], [0, 1], model="p-median", p=1)
    assert (found.status, found.objective, found.chosen.tolist()) == ("proven", 1.0, [1])
    assert found.unserved.tolist() == [0]
    for model in ("p-median", "p-center"):
        for capacity in (None, 5):
            none = solve([[1, 2], [2, 1]], [0, 0], model=model, p=1, capacity=capacity)
            assert (none.status, none.gap) == ("proven", 0.0)


def test_costs_too_large_for_a_solver_with_capacities_are_refused() -> None:
    with pytest.raises(InputError, match="as good as infinite"):
        solve([[9e19, 1], [2, 3]], [3, 4], model="p-median", p=1, capacity=7)
    found = solve([[np.inf, 1], [2, 3]], [3, 4], model="p-median", p=1, capacity=7)
    assert found.objective == 15.0


def test_who_cannot_be_served_makes_it_infeasible_and_is_named() -> None:
    metres = [[0.0, 5.0], [5.0, 0.0], [np.inf, np.inf]]
    for conditions in (
        {"model": "lscp", "limit": 5},
        {"model": "p-median", "p": 1},
        {"model": "p-center", "p": 1},
        {"model": "p-median", "p": 1, "capacity": 2},
        {"model": "p-center", "p": 1, "capacity": 2},
    ):
        found = solve(metres, **conditions)
        assert found.status == "infeasible", conditions
        assert found.unserved.tolist() == [2], conditions
    most = solve(metres, model="mclp", limit=5, p=1)
    assert (most.status, most.objective) == ("proven", 2.0)
    assert most.unserved.tolist() == [2]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from([None, 0.5, 0.8]))
def test_every_model_agrees_with_all_subsets(seed: int, p: int, full: float | None) -> None:
    rng = np.random.default_rng(seed)
    metres = rng.integers(0, 9, (12, 6)) * 100.0
    weight = rng.integers(1, 9, 12).astype(float)
    best = {"lscp": np.inf, "mclp": 0.0, "p-median": np.inf, "p-center": np.inf, "share": np.inf}
    for size in range(1, 7):
        for plan in combinations(range(6), size):
            near = metres[:, plan].min(axis=1)
            if (near <= 300).all():
                best["lscp"] = min(best["lscp"], size)
            if weight[near <= 300].sum() >= 0.8 * weight.sum():
                best["share"] = min(best["share"], size)
            if size <= p:
                best["mclp"] = max(best["mclp"], weight[near <= 300].sum())
                best["p-median"] = min(best["p-median"], weight @ near)
                best["p-center"] = min(best["p-center"], near.max())
    # A capacity that nobody meets changes nothing, but goes another way.
    more = {} if full is None else {"capacity": weight.sum() * 2 * full}
    for model, conditions in (
        ("lscp", {"limit": 300}),
        ("share", {"limit": 300, "share": 0.8}),
        ("mclp", {"limit": 300, "p": p}),
        ("p-median", {"p": p}),
        ("p-center", {"p": p}),
    ):
        found = solve(metres, weight, model=model, **conditions, **more)
        if np.isinf(best[model]):
            assert found.status == "infeasible"
            continue
        assert found.status == "proven", model
        assert found.objective == pytest.approx(best[model]), model


@pytest.mark.parametrize("empty", [np.zeros((0, 3)), np.zeros((2, 0)), np.zeros((0, 0))])
@pytest.mark.parametrize("model", ["lscp", "mclp", "share", "p-median", "p-center"])
@pytest.mark.parametrize("capacity", [None, 5.0])
def test_nothing_to_serve_or_to_choose_from(empty, model, capacity) -> None:
    conditions = {"limit": 5.0} if model in ("lscp", "mclp", "share") else {}
    conditions |= {"share": 0.5} if model == "share" else {}
    conditions |= {"p": 1} if model in ("mclp", "p-median", "p-center") else {}
    found = solve(empty, model=model, capacity=capacity, **conditions)
    assert len(found.chosen) == 0
    assert found.unserved.tolist() == list(range(empty.shape[0]))
    assert (found.status == "infeasible") == (empty.shape[0] > 0 and model != "mclp")


def test_costs_that_are_as_good_as_infinite_and_fixed_by_a_mapping_are_refused() -> None:
    table = pd.DataFrame([[0.0, 5.0], [5.0, 0.0]], columns=["x", "y"])
    with pytest.raises(InputError, match="site_cost holds 1e\\+20"):
        solve(table, model="lscp", limit=5, site_cost=[1.0, 1e20])
    with pytest.raises(WrongTypeError, match="fixed"):
        solve(table, model="lscp", limit=5, fixed={"x": False})
    assert solve(table, model="lscp", limit=5, fixed=["y"]).chosen.tolist() == ["y"]

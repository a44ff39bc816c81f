"""Extremes by group, against a loop over the groups; different values, against a set."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from livingcircle._arrays import distinct, first_of_each


@given(st.lists(st.tuples(*[st.integers(-2, 2)] * 3), max_size=30))
def test_the_least_of_each_group_comes_first(rows: list[tuple[int, int, int]]) -> None:
    group, one, other = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    expected = []
    for value in sorted(set(group.tolist())):
        members = [i for i in range(len(rows)) if group[i] == value]
        expected.append(min(members, key=lambda i: (one[i], other[i], i)))
    assert first_of_each(group, one, other).tolist() == expected
    assert first_of_each(group).tolist() == [
        min(i for i in range(len(rows)) if group[i] == value)
        for value in sorted(set(group.tolist()))
    ]


@given(st.lists(st.integers(-3, 3), max_size=30))
def test_different_values_are_those_of_a_set(values: list[int]) -> None:
    assert distinct(np.array(values, dtype=np.int64)).tolist() == sorted(set(values))

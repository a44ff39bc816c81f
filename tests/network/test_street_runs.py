"""Runs of street pieces: the same pieces as a look at each one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from livingcircle.network.street_runs import runs_of


@pytest.fixture
def streets():
    """Forty crooked streets end to end, of one to sixty pieces."""
    rng = np.random.default_rng(5)
    sizes = rng.integers(2, 62, 40)
    steps = [rng.uniform(-30, 30, (n, 2)) for n in sizes]
    xy = np.concatenate([rng.uniform(0, 900, 2) + step.cumsum(axis=0) for step in steps])
    of = np.repeat(np.arange(len(sizes)), sizes)
    return xy, np.flatnonzero(of[:-1] == of[1:])


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_the_pieces_that_touch_a_rectangle_are_those_found_one_by_one(streets, share):
    xy, first = streets
    rng = np.random.default_rng(6)
    some = np.flatnonzero(rng.random(len(first)) < share)
    low = rng.uniform(-50, 900, (80, 2))
    high = low + rng.uniform(0, 120, (80, 2))
    row, piece = runs_of(xy, first, some).within(low, high)
    expected = set()
    for k, (west_south, east_north) in enumerate(zip(low, high, strict=True)):
        for number in some:
            ends = xy[first[number] : first[number] + 2]
            if (ends.min(axis=0) <= east_north).all() and (ends.max(axis=0) >= west_south).all():
                expected.add((k, int(number)))
    assert len(expected) > 200
    assert len(row) == len(expected)
    assert set(zip(row.tolist(), piece.tolist(), strict=True)) == expected


def test_runs_are_the_streets_and_few(streets):
    xy, first = streets
    runs = runs_of(xy, first, np.arange(len(first)))
    pieces = shapely.linestrings(np.stack([xy[first], xy[first + 1]], axis=1))
    assert shapely.length(runs.tree.geometries).sum() == pytest.approx(shapely.length(pieces).sum())
    assert len(runs.begin) < len(first) / 6
    assert runs.count.sum() == len(first)

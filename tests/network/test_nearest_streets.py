"""The nearest piece of a street, against the distance of every point to every piece."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from builders.drawing import walk_network
from livingcircle.network import nearest, snap
from livingcircle.network.nearest import nearest_piece, pieces_of


def streets(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Streets that meet in a few places, some very long, one piece of no length."""
    meet = rng.uniform(0, 2000, (max(2, count // 3), 2))
    rows, first = [], []
    for _ in range(count):
        one, two = meet[rng.integers(0, len(meet), 2)]
        bends = one + (two - one) * np.sort(rng.uniform(0, 1, (rng.integers(0, 4), 1)), axis=0)
        line = np.vstack([one, bends + rng.normal(0, 30, bends.shape), two])
        first += range(len(rows), len(rows) + len(line) - 1)
        rows += list(line)
    rows += [rows[0], rows[0], rows[0] + [20_000.0, 9.0]]
    first += [len(rows) - 3, len(rows) - 2]
    return np.array(rows), np.array(first)


def by_hand(xy: np.ndarray, first: np.ndarray, some: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Metres from points to the pieces, one by one."""
    lines = shapely.linestrings(np.stack([xy[first[some]], xy[first[some] + 1]], axis=1))
    return shapely.distance(shapely.points(at)[:, None], lines[None])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("most", [2_000_000, 10], ids=["dense", "sparse"])
def test_no_piece_is_nearer(seed: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Doors, corners, junctions and places far away; also with hardly more points than pieces."""
    monkeypatch.setattr(nearest, "_FEWEST", most)
    rng = np.random.default_rng(seed)
    xy, first = streets(rng, 60)
    street = np.cumsum(np.diff(first, prepend=-1) != 1)
    left_out = rng.integers(0, street.max(), 3 * (seed % 2))
    some = np.flatnonzero(~np.isin(street, left_out))
    private = rng.random(len(first)) < 0.2
    doors = rng.uniform(-500, 2500, (300, 2))
    # Beyond an end of a street the nearest place is the junction itself.
    at = np.concatenate([doors, xy[:60], xy[:60] + rng.normal(0, 5, (60, 2)), doors[:20] * 500])
    got = nearest_piece(pieces_of(xy, first, some), at, private)
    metres = by_hand(xy, first, some, at)
    chosen = np.searchsorted(some, got)
    np.testing.assert_array_equal(some[chosen], got)
    least = metres.min(axis=1)
    assert np.abs(metres[np.arange(len(at)), chosen] - least).max() < 1e-9


def test_of_equals_the_private_one_and_then_the_first() -> None:
    """Four streets of two pieces that meet in the middle; a door on the spot has all of them."""
    middle, ends = np.zeros(2), np.array([[100.0, 0], [0, 100.0], [-100.0, 0], [0, -100.0]])
    xy = np.concatenate([[end, end / 2, middle] for end in ends])
    first = np.array([0, 1, 3, 4, 6, 7, 9, 10])
    tree, at = pieces_of(xy, first, np.arange(8)), np.array([[0.0, 0.0], [50.0, 0.0]])
    # The middle ends the second piece of each street; half the way two pieces of one street meet.
    assert nearest_piece(tree, at, np.zeros(8, dtype=bool)).tolist() == [1, 0]
    private = np.repeat([False, False, True, False], 2)
    assert nearest_piece(tree, at, private).tolist() == [5, 0]


def test_a_place_as_far_from_everything_as_from_everything() -> None:
    """In the middle of a ring all pieces are equally near: more and more points are asked for."""
    angle = np.linspace(0, 2 * np.pi, 721)
    xy = 1000 * np.column_stack([np.cos(angle), np.sin(angle)])
    tree = pieces_of(xy, np.arange(720), np.arange(720))
    got = nearest_piece(tree, np.zeros((3, 2)), np.zeros(720, dtype=bool))
    metres = by_hand(xy, np.arange(720), np.arange(720), np.zeros((1, 2)))[0]
    assert metres[got] == pytest.approx(metres.min(), abs=1e-9)


def test_of_large_networks_the_last_one_asked_keeps_what_finds_its_streets(monkeypatch):
    one, two = (walk_network([[(113.0, 22.0 + k), (113.01, 22.0 + k)]]) for k in (0, 1))
    monkeypatch.setattr(snap, "_LAST", [])

    def ask(network, lat):
        return snap.anchor(network, np.array([113.005]), np.array([lat + 0.0001]))

    ask(one, 22.0)
    ask(two, 23.0)
    assert all(snap._segment_index in [key[0] for key in n._derived] for n in (one, two))
    monkeypatch.setattr(snap, "_LARGE", 1)
    first = ask(one, 22.0)
    ask(two, 23.0)
    assert snap._segment_index not in [key[0] for key in one._derived]
    again = ask(one, 22.0)
    assert first.offset_m == again.offset_m
    assert first.edge == again.edge
    assert snap._segment_index not in [key[0] for key in two._derived]

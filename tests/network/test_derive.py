"""What other rooms work out of a network is made once and goes with it."""

from __future__ import annotations

import dataclasses
import gc
import weakref

import numpy as np

from livingcircle.network.graph import EdgeTags, WalkNetwork


def _network(count: int = 3) -> WalkNetwork:
    at = np.column_stack([np.linspace(0.0, 0.01, count + 1), np.zeros(count + 1)])
    u = np.arange(count)
    return WalkNetwork(
        node_id=np.arange(count + 1),
        node_lonlat=at,
        edge_u=u,
        edge_v=u + 1,
        edge_start=2 * np.arange(count + 1),
        coords=np.stack([at[:-1], at[1:]], axis=1).reshape(-1, 2),
        offset_m=np.tile([0.0, 100.0], count),
        tags=EdgeTags.plain(count),
    )


class _Made:
    """Something that can be waited for to go."""


_calls: list[object] = []


def _make(network: WalkNetwork, *more: object) -> tuple[_Made, int, tuple[object, ...]]:
    _calls.append(more)
    return _Made(), network.edge_count, more


def test_it_is_made_once_for_each_network_and_argument() -> None:
    _calls.clear()
    one, other = _network(3), _network(5)
    first = one.derive(_make, 25.0)
    assert one.derive(_make, 25.0) is first
    assert first[1:] == (3, (25.0,))
    assert one.derive(_make, 50.0) is not first
    assert other.derive(_make, 25.0)[1] == 5
    assert _calls == [(25.0,), (50.0,), (25.0,)]


def test_a_network_made_from_another_has_nothing_of_it() -> None:
    one = _network()
    kept = one.derive(_make)
    changed = dataclasses.replace(one, offset_m=one.offset_m * 2)
    assert changed.derive(_make) is not kept
    assert one.derive(_make) is kept


def test_it_goes_with_the_network() -> None:
    one = _network()
    gone = weakref.ref(one.derive(_make)[0])
    del one
    gc.collect()
    assert gone() is None


def test_it_can_be_let_go_of_before() -> None:
    _calls.clear()
    one = _network()
    gone = weakref.ref(one.derive(_make, 25.0)[0])
    one.derive(_make, 50.0)
    kept = one.derive(_other)
    one.forget(_make)
    gc.collect()
    assert gone() is None
    assert one.derive(_other) is kept
    assert one.derive(_make, 25.0)[1:] == (3, (25.0,))
    assert _calls == [(25.0,), (50.0,), (25.0,)]


def _other(_: WalkNetwork) -> _Made:
    return _Made()

"""Edges as lines: one per edge, along all of its vertices."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from builders.drawing import PLAN, walk_network
from livingcircle.network.edge_lines import edge_lines


def test_each_edge_is_one_line() -> None:
    network = walk_network([PLAN.line((0, 0), (300, 0), (300, 400)), PLAN.line((0, 0), (0, 100))])
    lines = edge_lines(network)
    assert len(lines) == network.edge_count
    starts = network.edge_start
    for edge, line in enumerate(lines):
        assert np.array_equal(
            shapely.get_coordinates(line), network.coords[starts[edge] : starts[edge + 1]]
        )
    metres = shapely.length(edge_lines(network, in_metres=True))
    assert metres == pytest.approx(network.edge_length_m, rel=1e-4)


def test_a_network_without_edges_has_no_lines() -> None:
    network = walk_network([PLAN.line((0, 0), (0, 100))])
    empty = type(network)(
        node_id=network.node_id[:0],
        node_lonlat=network.node_lonlat[:0],
        edge_u=network.edge_u[:0],
        edge_v=network.edge_v[:0],
        edge_start=np.zeros(1, dtype=np.int64),
        coords=network.coords[:0],
        offset_m=network.offset_m[:0],
        tags=network.tags[np.zeros(network.edge_count, dtype=bool)],
    )
    assert len(edge_lines(empty)) == 0

"""Pace: what it costs to walk along edges, in each direction, and how far a cost leads.

``None`` counts metres. One number per edge is a cost per metre, the same all along it and both
ways (streets to drive on). A ``CostProfile`` has a cost of its own in each direction that changes
along the edge (slopes): between its stations it is a straight line, so that costs at any position,
and positions of any cost, are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from livingcircle._arrays import FloatArray, IntArray

__all__ = ["CostProfile", "Pace", "cost_against", "cost_along", "metres_against", "metres_along"]


@dataclass(frozen=True, eq=False)
class CostProfile:
    """Cost along edges in both directions, station by station."""

    start: IntArray
    """(edges + 1,) offsets into the stations."""
    offset_m: FloatArray
    """(k,) metres from the beginning of the edge."""
    ahead: FloatArray
    """(k,) cost from the beginning of the edge to the station; ascending along each edge."""
    back: FloatArray
    """(k,) cost from the station to the beginning of the edge; ascending along each edge."""

    @cached_property
    def fastest(self) -> float:
        """The most metres per unit of cost, on any part of any edge."""
        return self._rate(np.maximum)

    @cached_property
    def slowest(self) -> float:
        """The least metres per unit of cost, on any part of any edge."""
        return self._rate(np.minimum)

    def _rate(self, pick: np.ufunc) -> float:
        metres = np.diff(self.offset_m)
        inner = metres > 0
        inner[self.start[1:-1] - 1] = False
        if not inner.any():
            return 1.0
        cost = np.stack([np.diff(self.ahead)[inner], np.diff(self.back)[inner]])
        return float(pick.reduce(metres[inner] / np.maximum(cost, 1e-12), axis=None))

    @cached_property
    def _at_m(self) -> FloatArray:
        return self._end_to_end(self.offset_m)

    @cached_property
    def _at_ahead(self) -> FloatArray:
        return self._end_to_end(self.ahead)

    @cached_property
    def _at_back(self) -> FloatArray:
        return self._end_to_end(self.back)

    def _end_to_end(self, values: FloatArray) -> FloatArray:
        """Lay the values of all edges end to end, one apart, so that they ascend throughout."""
        size = values[self.start[1:] - 1] + 1.0
        begin = np.concatenate([[0.0], np.cumsum(size[:-1])])
        return begin[np.repeat(np.arange(len(size)), np.diff(self.start))] + values

    def costs(self, edge: IntArray, offset_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return ``ahead`` and ``back`` at positions on edges."""
        at, share = self._place(self._at_m, self.offset_m, edge, offset_m)
        return _mixed(self.ahead, at, share), _mixed(self.back, at, share)

    def where_ahead(self, edge: IntArray, cost: FloatArray) -> FloatArray:
        """Return the metres along edges where ``ahead`` is so much."""
        return _mixed(self.offset_m, *self._place(self._at_ahead, self.ahead, edge, cost))

    def where_back(self, edge: IntArray, cost: FloatArray) -> FloatArray:
        """Return the metres along edges where ``back`` is so much."""
        return _mixed(self.offset_m, *self._place(self._at_back, self.back, edge, cost))

    def _place(
        self, line: FloatArray, values: FloatArray, edge: IntArray, value: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """Return the station before each value on its edge, and the share of the way to the next.

        `line` is that of `values` laid end to end; a value beyond an end counts as that end.
        """
        first, last = self.start[edge], self.start[edge + 1] - 1
        value = np.clip(value, 0.0, values[last])
        at = np.searchsorted(line, line[first] + value, "right") - 1
        # Rounding on the long line must not lead out of the edge; the last station has no next.
        at = np.clip(at, first, np.maximum(last - 1, first))
        after = np.minimum(at + 1, last)
        run = values[after] - values[at]
        share = np.divide(value - values[at], run, out=np.zeros(len(at)), where=run > 0)
        return at, np.clip(share, 0.0, 1.0)


def _mixed(values: FloatArray, at: IntArray, share: FloatArray) -> FloatArray:
    after = np.minimum(at + 1, len(values) - 1)
    step = np.where(share > 0, values[after] - values[at], 0.0)
    return np.asarray(values[at] + share * step)


Pace: TypeAlias = FloatArray | CostProfile | None


def cost_along(pace: Pace, edge: IntArray, from_m: FloatArray, to_m: FloatArray) -> FloatArray:
    """Return the cost of walking along parts of edges, from ``from_m`` to ``to_m >= from_m``."""
    if isinstance(pace, CostProfile):
        return pace.costs(edge, to_m)[0] - pace.costs(edge, from_m)[0]
    metres = to_m - from_m
    return metres if pace is None else metres * pace[edge]


def cost_against(pace: Pace, edge: IntArray, from_m: FloatArray, to_m: FloatArray) -> FloatArray:
    """Return the cost of walking the same parts back, from ``to_m`` to ``from_m``."""
    if isinstance(pace, CostProfile):
        return pace.costs(edge, to_m)[1] - pace.costs(edge, from_m)[1]
    return cost_along(pace, edge, from_m, to_m)


def metres_against(
    pace: Pace, edge: IntArray, from_m: FloatArray, to_m: FloatArray, cost: FloatArray
) -> FloatArray:
    """Return the metres from ``from_m`` on that still lead back to it within a cost; -1: none."""
    whole = to_m - from_m
    if not isinstance(pace, CostProfile):
        unit = 1.0 if pace is None else pace[edge]
        return np.clip(cost / unit, -1.0, whole)
    begin, end = pace.costs(edge, from_m)[1], pace.costs(edge, to_m)[1]
    far = pace.where_back(edge, begin + np.maximum(cost, 0.0)) - from_m
    far = np.where(begin + cost >= end, whole, np.clip(far, 0.0, whole))
    return np.asarray(np.where(cost >= 0, far, -1.0))


def metres_along(
    pace: Pace, edge: IntArray, from_m: FloatArray, to_m: FloatArray, cost: FloatArray
) -> FloatArray:
    """Return the metres before ``to_m`` that still lead on to it within a cost; -1: none."""
    whole = to_m - from_m
    if not isinstance(pace, CostProfile):
        return metres_against(pace, edge, from_m, to_m, cost)
    begin, end = pace.costs(edge, from_m)[0], pace.costs(edge, to_m)[0]
    far = to_m - pace.where_ahead(edge, np.maximum(end - np.maximum(cost, 0.0), 0.0))
    far = np.where(end - cost <= begin, whole, np.clip(far, 0.0, whole))
    return np.asarray(np.where(cost >= 0, far, -1.0))

"""Streets that are too steep for some: cut where the slope begins and ends, and taken away."""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.network.edit import EdgePoints, SplitEdges, keep_edges, split_edges
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.terrain import profile_of, slope_around

__all__ = ["cut_at_steep", "without_steep"]

HALF_M = 10.0
"""Slopes are taken over so many metres to either side, so that kerbs and noise do not count."""
_SLOPE_TOLERANCE = 1e-5
"""Heights of single precision make an even slope uneven by some millionths."""


def without_steep(network: WalkNetwork, max_slope: float) -> WalkNetwork:
    """Return a network without the parts of streets that are steeper than a limit.

    A street is cut where the steep part begins and ends; what lies before and behind it stays.

    Parameters
    ----------
    network
        With terrain.
    max_slope
        Rise over run in either direction, inclusive: over 10 m to either side on the same edge.
    """
    return network.derive(cut_at_steep, max_slope).network


def cut_at_steep(network: WalkNetwork, max_slope: float) -> SplitEdges:
    """Return what ``without_steep`` does with the edge that each edge is a part of."""
    edge, low, high = _steep_parts(network, max_slope)
    if not len(edge):
        every, none = np.arange(network.edge_count), np.zeros(0, dtype=np.int64)
        return SplitEdges(network, none, every, np.zeros(network.edge_count))
    inner = np.concatenate([low, high])
    at = np.concatenate([edge, edge])
    # Ends of edges are nodes already.
    cut = (inner > 0) & (inner < network.edge_length_m[at])
    split = split_edges(network, _places(network, at[cut], inner[cut]))
    middle = split.from_m + split.network.edge_length_m / 2
    kept = ~_within(network, split.parent, middle, edge, low, high)
    made = keep_edges(split.network, kept)
    return SplitEdges(made, split.nodes, split.parent[kept], split.from_m[kept])


def _steep_parts(network: WalkNetwork, max_slope: float) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the edge, beginning and end (metres along it) of each steep part, in order."""
    profile = network.derive(profile_of)
    station = np.ones(len(profile.offset_m), dtype=bool)
    station[profile.start[1:] - 1] = False
    piece = np.flatnonzero(station)
    of = np.repeat(np.arange(network.edge_count), np.diff(profile.start))[piece]
    begin, end = profile.offset_m[piece], profile.offset_m[piece + 1]
    slope = slope_around(network, of, (begin + end) / 2, HALF_M)
    with np.errstate(invalid="ignore"):
        steep = slope > max_slope + _SLOPE_TOLERANCE
    rows = np.flatnonzero(steep)
    if not len(rows):
        return of[rows], begin[rows], end[rows]
    # Pieces that follow one another are one part.
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (np.diff(rows) > 1) | (of[rows[1:]] != of[rows[:-1]])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(rows)) - 1
    return of[rows[first]], begin[rows[first]], end[rows[last]]


def _places(network: WalkNetwork, edge: IntArray, offset_m: FloatArray) -> EdgePoints:
    """Return places with their coordinates, straight between the vertices of the edge."""
    base = np.concatenate([[0.0], np.cumsum(network.edge_length_m + 1.0)])
    of_vertex = np.repeat(np.arange(network.edge_count), np.diff(network.edge_start))
    vertex = base[of_vertex] + network.offset_m
    lon, lat = (np.interp(base[edge] + offset_m, vertex, axis) for axis in network.coords.T)
    return EdgePoints(edge, offset_m, np.column_stack([lon, lat]))


def _within(
    network: WalkNetwork,
    at: IntArray,
    offset_m: FloatArray,
    edge: IntArray,
    low: FloatArray,
    high: FloatArray,
) -> BoolArray:
    """Return which places on edges lie in one of the parts."""
    base = np.concatenate([[0.0], np.cumsum(network.edge_length_m + 1.0)])
    place = base[at] + offset_m
    part = np.searchsorted(base[edge] + low, place, "right") - 1
    inside = part >= 0
    part = np.maximum(part, 0)
    return np.asarray(inside & (edge[part] == at) & (place <= base[edge[part]] + high[part]))

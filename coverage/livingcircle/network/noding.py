"""Lines that meet without a common end: counted, and cut where they meet on one level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from livingcircle._arrays import BoolArray, FloatArray, IntArray, distinct, ranges, starts_of

__all__ = [
    "Meetings",
    "count_meetings",
    "node_lines",
    "snap_ends",
    "unjoined_places",
]

_TOUCH_M = 0.001
"""What is nearer touches: a drawing of metres keeps no finer, and degrees round."""
GAP_M = 0.1
"""Ends nearer than this to a line that they do not touch are errors of the drawing."""
_M_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Meetings:
    """How lines meet without sharing an end."""

    touching: int
    """Vertices that two lines of one level share, at least one of them inside a line."""
    crossing: int
    """Pairs of lines of one level that cross between their vertices, and ends that lie on a line
    of their level where it has no vertex."""
    tees: int
    """How many of these are such ends."""
    gaps: int
    """Ends within 10 cm of a line of their level that do not touch it."""


def _scale(coords: FloatArray) -> FloatArray:
    """Metres a degree east and north at the middle of the lines."""
    middle = np.radians((coords[:, 1].min() + coords[:, 1].max()) / 2)
    return np.array([_M_PER_DEGREE * np.cos(middle), _M_PER_DEGREE])


def _shared_inside(coords: FloatArray, start: IntArray, level: IntArray) -> BoolArray:
    """Mark vertices that lines of one level share, or a line visits again, inside one of them.

    A bridge or a tunnel that ends on a street on the ground comes to the ground there.
    """
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))
    inner = np.ones(len(coords), dtype=bool)
    inner[start[:-1]] = inner[start[1:] - 1] = False
    table = pd.DataFrame(coords + 0.0, columns=["x", "y"])
    table["inner"] = inner
    # The same vertex twice in a row is one visit.
    again = np.r_[False, (coords[1:] == coords[:-1]).all(axis=1) & (line[1:] == line[:-1])]
    table["visit"] = ~again
    several = np.zeros(len(coords), dtype=bool)
    own = level[line]
    for at in (own, np.where(inner, own, 0)) if level.any() else (own,):
        place = table.assign(level=at).groupby(["x", "y", "level"], sort=False)
        met = place["visit"].transform("sum").gt(1) & place["inner"].transform("any")
        several |= met.to_numpy(dtype=bool)
    return several


def count_meetings(coords: FloatArray, start: IntArray, level: IntArray) -> Meetings:
    """Count where lines meet without a common end.

    Parameters
    ----------
    coords, start
        Lines laid end to end, degrees.
    level
        (lines,) equal for lines on one level.
    """
    found = _meetings(coords, start, level)
    crossing = len(distinct(found.pair)) + len(found.tees)
    return Meetings(len(found.shared), crossing, len(found.tees), len(found.gaps))


def unjoined_places(coords: FloatArray, start: IntArray, level: IntArray) -> FloatArray:
    """Return where lines meet without being joined, (n, 2) degrees; see ``count_meetings``."""
    found = _meetings(coords, start, level)
    places = [found.shared, found.crossing, coords[found.tees], coords[found.gaps]]
    return np.unique(np.concatenate(places), axis=0)


@dataclass(frozen=True)
class _Found:
    shared: FloatArray
    """(n, 2) degrees of vertices that lines share."""
    crossing: FloatArray
    """(n, 2) degrees where lines cross between their vertices."""
    pair: IntArray
    """Number of the pair of lines of each crossing."""
    tees: IntArray
    """Ends (positions in the coordinates) that lie on another line between its vertices."""
    gaps: IntArray
    """Ends beside another line."""


def _meetings(coords: FloatArray, start: IntArray, level: IntArray) -> _Found:
    shared = np.unique(coords[_shared_inside(coords, start, level)] + 0.0, axis=0)
    scale = _scale(coords)
    scaled = coords * scale
    lines = _lines(scaled, start)
    tree = shapely.STRtree(lines)
    one, two = tree.query(lines, predicate="crosses")
    apart = (one < two) & (level[one] == level[two])
    meet = shapely.intersection(lines[one[apart]], lines[two[apart]])
    at, which = shapely.get_coordinates(meet, return_index=True)
    known = _has_vertex(coords, scaled, start, at, one[apart][which], two[apart][which])
    ends = _ends(coords, scaled, start, level, tree)
    gaps = _gaps(scaled, ends, level, lines, tree, GAP_M)[0]
    tees = np.unique(_tees(coords, scaled, start, ends, level, tree)[0])
    gaps = np.setdiff1d(gaps, tees)
    return _Found(shared, at[~known] / scale, which[~known], tees, gaps)


def _has_vertex(
    coords: FloatArray, scaled: FloatArray, start: IntArray, at: FloatArray, *lines: IntArray
) -> BoolArray:
    """Return where places (metres) are a vertex that lines share, but for rounding."""
    if not len(at):
        return np.zeros(0, dtype=bool)
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))
    _, vertex = np.unique(coords + 0.0, axis=0, return_inverse=True)
    vertex, most = vertex.ravel().astype(np.int64), len(coords)
    far, near = cKDTree(scaled).query(at)
    owned = line * most + vertex
    has = [np.isin(of * most + vertex[near], owned) for of in lines]
    return np.asarray((far < 1e-6) & np.logical_and.reduce(has), dtype=bool)


@dataclass(frozen=True)
class _Ends:
    """Where lines end."""

    at: IntArray
    """(ends,) positions in the coordinates."""
    line: IntArray
    """(ends,) the line that ends."""
    level: IntArray
    """(ends,) its level."""
    loose: BoolArray
    """(ends,) no line goes on there off the ground: of a bridge, it comes to the ground."""

    def meet(self, end: IntArray, level: IntArray) -> BoolArray:
        """Return whether ends come upon the middle of lines of some levels, and not over it."""
        return np.asarray((self.level[end] == level) | (self.loose[end] & (level == 0)), dtype=bool)


def _ends(
    coords: FloatArray, scaled: FloatArray, start: IntArray, level: IntArray, tree: shapely.STRtree
) -> _Ends:
    """Return the ends of lines; where a viaduct is drawn in two pieces none of them is loose."""
    at = distinct(np.concatenate([start[:-1], start[1:] - 1]))
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))[at]
    loose = np.ones(len(at), dtype=bool)
    above = np.flatnonzero(level[line] != 0)
    if len(above):
        ends = shapely.points(scaled[at[above]])
        end, other = tree.query(ends, predicate="dwithin", distance=_TOUCH_M)
        own = line[above[end]]
        # A deck goes on at its level, or as one that begins there at another: layer 1, then 2.
        at_end = scaled[at[above[end]]]
        first, last = scaled[start[:-1]][other], scaled[start[1:] - 1][other]
        begins = np.minimum(np.hypot(*(first - at_end).T), np.hypot(*(last - at_end).T)) <= _TOUCH_M
        alike = (level[other] == level[own]) | (begins & (level[other] * level[own] > 0))
        loose[above[end[(other != own) & alike]]] = False
        # A ring ends where it begins.
        first, last = coords[start[:-1]][line[above]], coords[start[1:] - 1][line[above]]
        loose[above[(first == last).all(axis=1)]] = False
    return _Ends(at, line, level[line], loose)


def _tees(
    coords: FloatArray,
    scaled: FloatArray,
    start: IntArray,
    ends: _Ends,
    level: IntArray,
    tree: shapely.STRtree,
) -> tuple[IntArray, IntArray]:
    """Return ends that lie on a line of their level where that has no vertex, and that line."""
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))
    points = shapely.points(scaled[ends.at])
    end, other = tree.query(points, predicate="dwithin", distance=_TOUCH_M)
    _, vertex = np.unique(coords + 0.0, axis=0, return_inverse=True)
    vertex, most = vertex.ravel().astype(np.int64), len(coords)
    has = np.isin(other * most + vertex[ends.at[end]], line * most + vertex)
    tee = ~has & ends.meet(end, level[other])
    return ends.at[end[tee]], other[tee]


def _lines(coords: FloatArray, start: IntArray) -> np.ndarray:
    of = np.repeat(np.arange(len(start) - 1), np.diff(start))
    return np.asarray(shapely.linestrings(coords, indices=of))


def _gaps(
    scaled: FloatArray,
    ends: _Ends,
    level: IntArray,
    lines: np.ndarray,
    tree: shapely.STRtree,
    within_m: float,
) -> tuple[IntArray, IntArray]:
    """Return ends (positions in the coordinates) near another line without touching it."""
    points = shapely.points(scaled[ends.at])
    end, other = tree.query(points, predicate="dwithin", distance=within_m)
    far = shapely.distance(points[end], lines[other])
    own = ends.line[end] == other
    # An end that meets any other line is joined already; its other neighbours are not its gaps.
    touches = np.zeros(len(ends.at), dtype=bool)
    touches[end[~own & (far < 1e-7)]] = True
    gap = ~own & ends.meet(end, level[other]) & ~touches[end]
    first = ~pd.Series(end[gap]).duplicated().to_numpy()
    return ends.at[end[gap][first]], other[gap][first]


def snap_ends(
    coords: FloatArray, start: IntArray, level: IntArray, within_m: float
) -> tuple[FloatArray, int]:
    """Move ends of one level that lie within some metres of each other to one place.

    Returns
    -------
    coords, moved
        The coordinates, and how many ends were moved.
    """
    ends = np.concatenate([start[:-1], start[1:] - 1])
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))
    scaled = coords * _scale(coords)
    # Levels are laid far apart, so that they do not meet.
    height = level[line[ends]] * (within_m * 10.0 + 10.0)
    pairs = cKDTree(np.column_stack([scaled[ends], height])).query_pairs(
        within_m, output_type="ndarray"
    )
    n = len(ends)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), pairs.T), shape=(n, n))
    _, group = connected_components(graph.tocsr(), directed=False)
    _, first = np.unique(group, return_index=True)
    out = coords.copy()
    out[ends] = coords[ends[first[group]]]
    return out, int((out[ends] != coords[ends]).any(axis=1).sum())


def node_lines(
    coords: FloatArray,
    start: IntArray,
    level: IntArray,
    *,
    crossings: bool,
    snap_m: float = 0.0,
    shared: bool = True,
) -> tuple[FloatArray, IntArray, IntArray]:
    """Cut lines where they meet on one level.

    Parameters
    ----------
    coords, start, level
        As for ``count_meetings``.
    crossings
        Where they cross between their vertices.
    snap_m
        Ends within so many metres of another line cut it, and meet it there.
    shared
        At vertices that they share.

    Returns
    -------
    coords, start, line
        The parts, and the line that each was a part of.
    """
    scale = _scale(coords)
    scaled = coords * scale
    lines = _lines(scaled, start)
    tree = shapely.STRtree(lines)
    which, at = [np.zeros(0, dtype=np.int64)], [np.zeros((0, 2))]
    if crossings:
        one, two = tree.query(lines, predicate="intersects")
        apart = (one < two) & (level[one] == level[two])
        meet = shapely.intersection(lines[one[apart]], lines[two[apart]])
        place, pair = shapely.get_coordinates(meet, return_index=True)
        which += [one[apart][pair], two[apart][pair]]
        at += [place, place]
    if snap_m > 0 or crossings:
        ends = _ends(coords, scaled, start, level, tree)
        end, other = _gaps(scaled, ends, level, lines, tree, max(snap_m, _TOUCH_M))
        tee, through = _tees(coords, scaled, start, ends, level, tree)
        which += [other, through]
        at += [scaled[end], scaled[tee]]
    place = np.concatenate(at)
    degrees = place / scale
    if len(place):
        # A place that is a vertex but for rounding takes that vertex's own coordinates, unless it
        # lies below or above it.
        height = np.repeat(level, np.diff(start))
        standing = np.column_stack([scaled, height])
        loose = ends.at[ends.loose & (ends.level != 0)]
        standing = np.concatenate([standing, np.column_stack([scaled[loose], 0 * loose])])
        far, near = cKDTree(standing).query(np.column_stack([place, level[np.concatenate(which)]]))
        near = np.concatenate([np.arange(len(scaled)), loose])[near]
        vertex = (far < 1e-6)[:, None]
        place = np.where(vertex, scaled[near], place)
        degrees = np.where(vertex, coords[near], degrees)
    cuts = _SplitPlaces(np.concatenate(which), place, degrees)
    common = _shared_inside(coords, start, level) if shared else np.zeros(len(coords), bool)
    return _split(coords, start, scaled, lines, common, cuts)


@dataclass(frozen=True)
class _SplitPlaces:
    """Lines and the places where they are cut, in metres and in degrees."""

    line: IntArray
    place: FloatArray
    degrees: FloatArray


def _split(
    coords: FloatArray,
    start: IntArray,
    scaled: FloatArray,
    lines: np.ndarray,
    shared: BoolArray,
    cuts: _SplitPlaces,
) -> tuple[FloatArray, IntArray, IntArray]:
    which, place = cuts.line, cuts.place
    line = np.repeat(np.arange(len(start) - 1), np.diff(start))
    step = np.hypot(*np.diff(scaled, axis=0, prepend=scaled[:1]).T)
    step[start[:-1]] = 0.0
    along = np.cumsum(step)
    along -= np.repeat(along[start[:-1]], np.diff(start))
    put = shapely.line_locate_point(lines[which], shapely.points(place))
    table = pd.DataFrame(
        {
            "line": np.concatenate([line, which]),
            "along": np.concatenate([along, put]),
            "new": np.r_[np.zeros(len(line), np.int64), np.ones(len(which), np.int64)],
            "x": np.concatenate([coords[:, 0], cuts.degrees[:, 0]]),
            "y": np.concatenate([coords[:, 1], cuts.degrees[:, 1]]),
            "sx": np.concatenate([scaled[:, 0], place[:, 0]]),
            "sy": np.concatenate([scaled[:, 1], place[:, 1]]),
            "cut": np.concatenate([shared, np.ones(len(which), dtype=bool)]),
        }
    )
    # A place that is a vertex of the line cuts there; it adds no vertex.
    table["spot"] = table.groupby(["line", "sx", "sy"], sort=False).ngroup()
    cut_spot = table.loc[table["cut"], "spot"].unique()
    table["cut"] = table["spot"].isin(cut_spot)
    has_vertex = table["spot"].isin(table.loc[table["new"] == 0, "spot"])
    extra = (table["new"] == 1) & (has_vertex | table.duplicated(["line", "spot", "new"]))
    table = table[~extra].sort_values(["line", "along", "new"], kind="stable")
    cut = table["cut"].to_numpy(dtype=bool)
    of = table["line"].to_numpy()
    first = np.r_[True, of[1:] != of[:-1]]
    last = np.r_[first[1:], True]
    inside = cut & ~first & ~last
    # A vertex that cuts ends one part and begins the next: it is there twice.
    again = np.repeat(np.arange(len(table)), 1 + inside)
    begins = np.r_[True, again[1:] == again[:-1]] | (
        first[again] & np.r_[True, again[1:] != again[:-1]]
    )
    begin = np.flatnonzero(begins)
    xy = table[["x", "y"]].to_numpy()[again]
    counts = np.diff(np.append(begin, len(again)))
    solid = counts > 1
    rows = ranges(begin[solid], counts[solid])
    return xy[rows], starts_of(counts[solid]), of[again[begin[solid]]]

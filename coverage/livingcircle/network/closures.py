"""Gates that are shut and walls without an opening: cut for all who pass, open for those inside.

Segments of public ways are parted at every such place. What the cuts part from the rest is inside:
it becomes private, and the place is joined again, so that those who live or go there pass. Where
both sides hang together by another way, the place stays shut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from livingcircle._arrays import BoolArray, FloatArray, IntArray, distinct
from livingcircle.network.geodesy import GEOD
from livingcircle.network.graph import Closures
from livingcircle.network.wall_grid import wall_grid
from livingcircle.osm.ways import OsmWays

__all__ = ["Segments", "split_at_closures", "wall_segments"]

# A gate drawn beside the place where a path crosses the wall is the gate of that path.
_OPENING_M = 2.0
_M_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Segments:
    """Pairs of neighbouring nodes along ways."""

    a: IntArray
    b: IntArray
    way: IntArray
    private: BoolArray
    node_id: IntArray
    lonlat: FloatArray
    """(nodes, 2) degrees."""


def wall_segments(ways: OsmWays) -> tuple[FloatArray, IntArray]:
    """Return (k, 4) degrees of the straight pieces of walls, and the wall of each."""
    wall = np.repeat(np.arange(len(ways.wall_id)), np.diff(ways.wall_start))
    at = ways.wall_lonlat
    good = (wall[:-1] == wall[1:]) & ~np.isnan(at[:-1, 0]) & ~np.isnan(at[1:, 0])
    pieces = np.column_stack([at[:-1], at[1:]])[good]
    return pieces, wall[:-1][good]


def split_at_closures(ways: OsmWays, segments: Segments) -> tuple[Segments, Closures, BoolArray]:
    """Part the segments at what is shut.

    Returns
    -------
    segments, closures, inside
        The segments, with nodes added where they are parted; the places; which segments turned
        private because only shut places, or private streets, lead to them.
    """
    cut, origin, shut = _part(ways, segments)
    inside = _inside(cut, origin)
    private = cut.private | inside
    # Those inside pass: where a private segment meets the place, it is joined as it was.
    joined = np.zeros(len(cut.lonlat), dtype=bool)
    joined[origin[cut.a[private]]] = True
    joined[origin[cut.b[private]]] = True
    a = np.where(joined[origin[cut.a]], origin[cut.a], cut.a)
    b = np.where(joined[origin[cut.b]], origin[cut.b], cut.b)
    made = Segments(a, b, cut.way, private, cut.node_id, cut.lonlat)
    return made, shut, inside


def _part(ways: OsmWays, whole: Segments) -> tuple[Segments, IntArray, Closures]:
    """Cut at gates and walls; return also the node that each node was, and the places."""
    segments, crossed, walls = _cross(ways, whole)
    n = len(segments.lonlat)
    ends = np.concatenate([segments.a, segments.b])
    public = np.tile(~segments.private, 2)
    side = np.full(len(ends), -1, dtype=np.int64)
    # A gate at the mouth of a private street closes this street alone.
    mouth = np.zeros(n, dtype=bool)
    mouth[ends[~public]] = True
    gate = np.isin(segments.node_id, np.fromiter(ways.shut, dtype=np.int64)) & ~mouth
    at_gate = gate[ends] & public
    side[at_gate] = np.flatnonzero(at_gate)
    at_wall, which = _at_walls(ways, segments, ends, public & ~gate[ends])
    side[at_wall >= 0] = len(ends) + at_wall[at_wall >= 0]
    new = side >= 0
    # The ends of parted segments are new nodes already: one on each side.
    _, place = np.unique(np.column_stack([ends, side])[new], axis=0, return_inverse=True)
    parted = ends.copy()
    parted[new] = n + place.ravel()
    count = int(place.max(initial=-1)) + 1
    source = np.zeros(count, dtype=np.int64)
    source[place.ravel()] = ends[new]
    half = len(segments.a)
    origin = np.concatenate([np.arange(n), source])
    origin[: len(crossed)] = crossed
    origin[n:] = origin[source]
    made = Segments(
        parted[:half],
        parted[half:],
        segments.way,
        segments.private,
        np.concatenate([segments.node_id, segments.node_id[source]]),
        np.concatenate([segments.lonlat, segments.lonlat[source]]),
    )
    gates = np.flatnonzero(gate & np.isin(np.arange(n), ends[at_gate]))
    ids = segments.node_id[gates]
    closed = Closures(
        np.concatenate([segments.lonlat[gates], walls.lonlat, segments.lonlat[which[:, 0]]]),
        np.concatenate(
            [
                np.array([f"node/{i}" for i in ids.tolist()], dtype=object),
                walls.osm,
                np.array([f"way/{i}" for i in ways.wall_id[which[:, 1]].tolist()], dtype=object),
            ]
        ),
        np.concatenate(
            [
                np.array([ways.shut[i] for i in ids.tolist()], dtype=object),
                walls.why,
                np.full(len(which), "wall", dtype=object),
            ]
        ),
    )
    return made, origin, closed


def _cross(ways: OsmWays, whole: Segments) -> tuple[Segments, IntArray, Closures]:
    """Part public segments where a wall crosses them away from its own vertices' nodes.

    Returns the segments, the original of each node (the two sides of a parted place are one), and
    the places.
    """
    pieces, wall = wall_segments(ways)
    n = len(whole.lonlat)
    nothing = Closures.none()
    open_way = np.isin(
        ways.way_id, [int(name[4:]) for name in ways.opened if name.startswith("way/")]
    )
    usable = np.flatnonzero(~whole.private & ~(ways.passage | open_way)[whole.way])
    if len(pieces) == 0 or len(usable) == 0:
        return whole, np.arange(n), nothing
    # Most streets are far from any wall: a raster says so at once.
    walls = pieces.reshape(-1, 2, 2)
    grid = wall_grid(walls * _M_A_DEGREE)
    ends = (whole.lonlat[end[usable]] * _M_A_DEGREE for end in (whole.a, whole.b))
    usable = usable[~grid.clear(*ends)]
    p, q = whole.lonlat[whole.a[usable]], whole.lonlat[whole.b[usable]]
    lines = shapely.linestrings(walls)
    seg, piece = shapely.STRtree(lines).query(
        shapely.linestrings(np.stack([p, q], axis=1)), predicate="intersects"
    )
    p, q, w, x = p[seg], q[seg], pieces[piece, :2], pieces[piece, 2:]
    shared = np.zeros(len(seg), dtype=bool)
    for one in (p, q):
        for two in (w, x):
            shared |= (one == two).all(axis=1)
    # What lies exactly on the line counts as on its left, so that a touch counts twice or never.
    sw, sx = _left(p, q, w), _left(p, q, x)
    sp, sq = _left(w, x, p), _left(w, x, q)
    crosses = ((sw >= 0) != (sx >= 0)) & ((sp >= 0) != (sq >= 0)) & ~shared
    seg, piece, t = usable[seg[crosses]], piece[crosses], sp[crosses] / (sp - sq)[crosses]
    place = whole.lonlat[whole.a[seg]] * (1 - t[:, None]) + whole.lonlat[whole.b[seg]] * t[:, None]
    order = np.lexsort((t, seg))
    seg, piece, t, place = seg[order], piece[order], t[order], place[order]
    twice = pd.DataFrame({"s": seg, "t": t.round(9)}).duplicated(keep=False).to_numpy()
    keep = ~twice & ~_near_opening(ways, place)
    seg, piece, t, place = seg[keep], piece[keep], t[keep], place[keep]
    k = len(seg)
    if k == 0:
        return whole, np.arange(n), nothing
    # Each place becomes two nodes: n + 2 i ends one part, n + 2 i + 1 begins the next.
    first = np.r_[True, seg[1:] != seg[:-1]]
    last = np.r_[first[1:], True]
    a, b = whole.a.copy(), whole.b.copy()
    before = np.arange(k) * 2 + n
    tail_b = np.where(last, whole.b[seg], np.r_[before[1:], 0])
    b[seg[first]] = before[first]
    made = Segments(
        np.concatenate([a, before + 1]),
        np.concatenate([b, tail_b]),
        np.concatenate([whole.way, whole.way[seg]]),
        np.concatenate([whole.private, np.zeros(k, dtype=bool)]),
        np.concatenate([whole.node_id, np.repeat(_fresh(whole.node_id, k), 2)]),
        np.concatenate([whole.lonlat, np.repeat(place, 2, axis=0)]),
    )
    origin = np.concatenate([np.arange(n), np.repeat(before, 2)])
    osm = np.array([f"way/{i}" for i in ways.wall_id[wall[piece]].tolist()], dtype=object)
    return made, origin, Closures(place, osm, np.full(k, "wall", dtype=object))


def _fresh(node_id: IntArray, count: int) -> IntArray:
    return int(node_id.max(initial=0)) + 1 + np.arange(count)


def _left(p: FloatArray, q: FloatArray, x: FloatArray) -> FloatArray:
    """Return twice the signed area of p, q, x: positive where x lies left of the way p to q."""
    return np.asarray(
        (q[:, 0] - p[:, 0]) * (x[:, 1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (x[:, 0] - p[:, 0])
    )


def _near_opening(ways: OsmWays, place: FloatArray) -> BoolArray:
    """Return which places lie at a gate or entrance on a wall or on a way."""
    ids = np.fromiter(ways.opening, dtype=np.int64)
    on = np.concatenate(
        [
            ways.wall_lonlat[np.isin(ways.wall_node, ids)],
            ways.lonlat[np.isin(ways.node, ids)],
        ]
    )
    on = on[~np.isnan(on[:, 0])]
    if len(on) == 0 or len(place) == 0:
        return np.zeros(len(place), dtype=bool)
    scale = np.array([np.cos(np.radians(place[0, 1])), 1.0])
    _, near = cKDTree(on * scale).query(place * scale)
    _, _, metres = GEOD.inv(*place.T, *on[near].T)
    return np.asarray(metres) <= _OPENING_M


def _at_walls(
    ways: OsmWays, segments: Segments, ends: IntArray, usable: BoolArray
) -> tuple[IntArray, IntArray]:
    """Find nodes that a wall runs through with streets on both of its sides.

    Returns
    -------
    side, places
        (ends,) 0 or 1 by the side of the wall where the segment lies, -1 where nothing is shut; and
        (k, 2) nodes and walls.
    """
    side = np.full(len(ends), -1, dtype=np.int64)
    pieces, wall = wall_segments(ways)
    none = np.zeros((0, 2), dtype=np.int64)
    if len(pieces) == 0:
        return side, none
    vertex = np.concatenate([pieces[:, :2], pieces[:, 2:]])
    beyond = np.concatenate([pieces[:, 2:], pieces[:, :2]])
    table = pd.DataFrame({"x": vertex[:, 0], "y": vertex[:, 1], "wall": np.tile(wall, 2)})
    table[["bx", "by"]] = beyond
    table = table.drop_duplicates(["x", "y", "bx", "by"])
    through = table[table.groupby(["x", "y"])["wall"].transform("size") == 2]
    two = through.groupby(["x", "y"]).agg(
        wall=("wall", "first"), x1=("bx", "first"), y1=("by", "first"),
        x2=("bx", "last"), y2=("by", "last"),
    )  # fmt: skip
    # Few nodes lie on a wall: the rest are not looked up.
    some = np.flatnonzero(np.isin(segments.lonlat[:, 0], vertex[:, 0]))
    here = pd.DataFrame(segments.lonlat[some], columns=["x", "y"], index=some)
    here = here.join(two, on=["x", "y"])
    known = np.zeros(len(segments.lonlat), dtype=bool)
    known[some] = here["wall"].notna().to_numpy()
    known[known] = ~_near_opening(ways, segments.lonlat[known])
    other = np.concatenate([segments.b, segments.a])
    open_way = np.isin(
        ways.way_id, [int(name[4:]) for name in ways.opened if name.startswith("way/")]
    )
    passes = np.tile((ways.passage | open_way)[segments.way], 2)
    rows = np.flatnonzero(known[ends] & usable & ~passes)
    if len(rows) == 0:
        return side, none
    node, far = ends[rows], segments.lonlat[other[rows]]
    at = here.loc[node]
    x = at[["x", "y"]].to_numpy()
    one, two_ = at[["x1", "y1"]].to_numpy(), at[["x2", "y2"]].to_numpy()
    along = (far == one).all(axis=1) | (far == two_).all(axis=1)
    # Left of the bend one-x-two: between the two arms, counted anticlockwise from the second.
    angle = [np.arctan2(v[:, 1] - x[:, 1], v[:, 0] - x[:, 0]) for v in (one, two_, far)]
    turn = np.mod(angle[2] - angle[1], 2 * np.pi) < np.mod(angle[0] - angle[1], 2 * np.pi)
    seen = pd.DataFrame({"node": node, "side": turn, "along": along})
    grouped = seen.groupby("node")
    both = grouped["side"].transform("nunique").eq(2) & ~grouped["along"].transform("any")
    side[rows[both]] = turn[both].astype(np.int64)
    closed = distinct(node[both])
    return side, np.column_stack([closed, here.loc[closed, "wall"].to_numpy(dtype=np.int64)])


def _inside(cut: Segments, origin: IntArray) -> BoolArray:
    """Mark the public segments that lie inside: only what is shut or private leads to them."""
    public = ~cut.private
    mark = np.zeros(len(cut.a), dtype=bool)
    if not public.any() or (len(cut.lonlat) == len(distinct(origin)) and public.all()):
        return mark
    n = len(cut.lonlat)
    after = _pieces(cut.a[public], cut.b[public], n)
    whole = _pieces(origin[cut.a], origin[cut.b], n)
    piece = after[cut.a[public]]
    (x0, y0), (x1, y1) = cut.lonlat[cut.a[public]].T, cut.lonlat[cut.b[public]].T
    # Only which piece is longest counts: on a sphere they keep their order.
    metres = _M_A_DEGREE * np.hypot((x1 - x0) * np.cos(np.radians((y0 + y1) / 2.0)), y1 - y0)
    table = pd.DataFrame({"piece": piece, "whole": whole[origin[cut.a[public]]], "metres": metres})
    each = table.groupby("piece").agg(whole=("whole", "first"), metres=("metres", "sum"))
    # Of the public pieces that hang together by what is shut or private the longest is outside.
    rank = each.sort_values("metres", ascending=False, kind="stable")
    inner = rank["whole"].duplicated().reindex(each.index)
    mark[np.flatnonzero(public)[inner[piece].to_numpy()]] = True
    return mark


def _pieces(a: IntArray, b: IntArray, n: int) -> IntArray:
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n)).tocsr()
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)

"""Ways cut into segments and joined again into edges between junctions, all in arrays."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from livingcircle._arrays import BoolArray, FloatArray, IntArray, first_of_each, ranges, starts_of
from livingcircle.errors import InputError
from livingcircle.network.closures import Segments, split_at_closures, wall_segments
from livingcircle.network.geodesy import GEOD, offsets_along
from livingcircle.network.graph import Closures, EdgeTags, WalkNetwork
from livingcircle.network.rolling import rolling_counts
from livingcircle.osm.ways import OsmWays

__all__ = ["network_from_ways"]


def network_from_ways(ways: OsmWays) -> WalkNetwork:
    """Return the network of OSM ways; two ways join only where they share a node, or both end.

    Chains of nodes that join just two like segments become one edge with their full geometry; a
    node where stairs, a crossing, a bridge, a tunnel, the layer or the speed changes stays, so
    that each edge has one set of tags. A segment that two ways share is taken once.
    """
    segment_way, first, second = _segments(ways)
    node, doubled = _one_at_each_place(ways)
    node_id, ends = np.unique(np.concatenate([node[first], node[second]]), return_inverse=True)
    a, b = ends[: len(first)].astype(np.int64), ends[len(first) :].astype(np.int64)
    lonlat = np.empty((len(node_id), 2))
    lonlat[a], lonlat[b] = ways.lonlat[first], ways.lonlat[second]

    # Of two ways on one course the one that more people may walk counts.
    worse = ways.stairs[segment_way].astype(np.int64) + 2 * ways.private[segment_way]
    kept = (a != b) & _one_of_each(a, b, worse, len(node_id))
    if not kept.any():
        raise InputError(
            "no way has two nodes that the file holds",
            file=str(ways.notes.get("source")),
            hint="Export the ways together with their nodes.",
        )
    a, b, segment_way = a[kept], b[kept], segment_way[kept]
    cut, closures, inside = split_at_closures(
        ways, Segments(a, b, segment_way, ways.private[segment_way], node_id, lonlat)
    )
    a, b, segment_way, private = cut.a, cut.b, cut.way, cut.private
    node_id, lonlat = cut.node_id, cut.lonlat
    kerb = _kerbs(ways, cut, segment_way)
    wheels = _wheels(ways, cut, segment_way)
    width, step_free, pram_free, limited = (
        wheels.width_m, wheels.step_free, wheels.pram_free, wheels.limited,
    )  # fmt: skip
    kind = _alike(
        _kind(ways)[segment_way], private, inside, kerb, width, step_free, pram_free, limited
    )
    breaks = _breaks(a, b, kind, len(node_id))
    half, chain_start = _chains(a, b, breaks)

    tail = np.where(half % 2 == 0, a[half // 2], b[half // 2])
    head = np.where(half % 2 == 0, b[half // 2], a[half // 2])
    counts = np.diff(chain_start)
    # Every chain of k segments has k tails and, behind them, its last head.
    start = chain_start + np.arange(len(chain_start))
    along = np.empty(start[-1], dtype=np.int64)
    along[ranges(start[:-1], counts)] = tail
    along[start[1:] - 1] = head[chain_start[1:] - 1]
    first_segment = half[chain_start[:-1]] // 2
    way = segment_way[first_segment]

    used, compact = np.unique(
        np.concatenate([along[start[:-1]], along[start[1:] - 1]]), return_inverse=True
    )
    coords = lonlat[along]
    offset = offsets_along(coords, start)
    return WalkNetwork(
        node_id=node_id[used],
        node_lonlat=lonlat[used],
        edge_u=compact[: len(counts)].astype(np.int64),
        edge_v=compact[len(counts) :].astype(np.int64),
        edge_start=start,
        coords=coords,
        offset_m=offset,
        tags=EdgeTags(
            stairs=ways.stairs[way],
            crossing=ways.crossing[way],
            bridge=ways.bridge[way],
            tunnel=ways.tunnel[way],
            layer=ways.layer[way],
            residential=ways.residential[way],
            private=private[first_segment],
            inside=inside[first_segment],
            door=ways.door[way],
            step_free=step_free[first_segment],
            signals=ways.signals[way],
            escalator=ways.escalator[way],
            lift=ways.lift[way],
            limited=limited[first_segment],
            pram_free=pram_free[first_segment],
            kerb_m=kerb[first_segment],
            width_m=width[first_segment],
            incline=ways.incline[way],
            crossing_m=_crossing_m(ways.crossing, segment_way, a, b, lonlat, half, chain_start),
            footpath=np.logical_and.reduceat(
                ways.footpath[segment_way[half // 2]], chain_start[:-1]
            ),
            hours=ways.hours[way],
        ),
        hours=np.array(ways.hours_said, dtype=object),
        speed_m_s=None if np.isnan(ways.speed_m_s).all() else ways.speed_m_s[way],
        walls=wall_segments(ways)[0],
        closures=closures,
        timed=_timed(ways, node_id, lonlat),
        notes={
            **ways.notes,
            "nodes_at_one_place": doubled,
            "source_nodes": len(node_id),
            "source_segments": len(a),
            "places_shut": dict(Counter(closures.why.tolist()).most_common()),
            "segments_inside_shut_places": int(inside.sum()),
            "rolling": rolling_counts(
                ways.rolling_tags[segment_way[half // 2]],
                np.delete(np.diff(offset), start[1:-1] - 1),
                segment_way[half // 2],
                int(np.isin(node_id, np.fromiter(ways.kerbs, dtype=np.int64)).sum()),
                wheels.barriers,
                wheels.at_junctions,
            ),
        },
    )


def _one_at_each_place(ways: OsmWays) -> tuple[IntArray, int]:
    """Return node ids where ends of ways at one place are one node, as with lines; and how many."""
    some = np.flatnonzero(np.diff(ways.start) > 0)
    ends = np.concatenate([ways.start[some], ways.start[some + 1] - 1])
    ends = ends[~np.isnan(ways.lonlat[ends, 0])]
    table = pd.DataFrame(ways.lonlat[ends], columns=["x", "y"])
    table["node"] = ways.node[ends]
    table["one"] = table.groupby(["x", "y"])["node"].transform("min")
    moved = table[table["node"] != table["one"]].drop_duplicates("node").sort_values("node")
    if moved.empty:
        return ways.node, 0
    at = np.clip(np.searchsorted(moved["node"], ways.node), 0, len(moved) - 1)
    hit = moved["node"].to_numpy()[at] == ways.node
    return np.where(hit, moved["one"].to_numpy()[at], ways.node), len(moved)


def _segments(ways: OsmWays) -> tuple[IntArray, IntArray, IntArray]:
    """Return way, first and second position of each pair of neighbours whose places are known."""
    way_of = np.repeat(np.arange(len(ways.start) - 1), np.diff(ways.start))
    here = np.arange(len(ways.node) - 1)
    known = ~np.isnan(ways.lonlat[:, 0])
    good = (way_of[:-1] == way_of[1:]) & known[:-1] & known[1:]
    here = here[good]
    return way_of[here], here, here + 1


def _one_of_each(a: IntArray, b: IntArray, worse: IntArray, n: int) -> BoolArray:
    """Mark one segment of each unordered pair of nodes: the least bad one."""
    mask = np.zeros(len(a), dtype=bool)
    mask[first_of_each(np.minimum(a, b) * n + np.maximum(a, b), worse)] = True
    return mask


def _kind(ways: OsmWays) -> IntArray:
    """Return one number per way, equal for ways whose tags are alike."""
    speed = np.nan_to_num(ways.speed_m_s)
    return _alike(
        ways.stairs, ways.crossing, ways.bridge, ways.tunnel,
        ways.layer, ways.residential, ways.door, ways.step_free, np.round(speed * 3600),
        ways.signals, ways.escalator, ways.lift, ways.pram_free, ways.hours,
        *(np.round(np.nan_to_num(tag, nan=-1.0, posinf=9.0) * 1000)
          for tag in (ways.width_m, ways.incline)),
    )  # fmt: skip


def _alike(*columns: NDArray[np.generic]) -> IntArray:
    """Return one number per row, equal for rows that are alike in all columns; NaN is like NaN."""
    label = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        code, values = pd.factorize(column, use_na_sentinel=False)
        if len(values) > 1:
            label = pd.factorize(label * len(values) + code)[0]
    return label


def _timed(ways: OsmWays, node_id: IntArray, lonlat: FloatArray) -> Closures:
    """Return the gates with opening hours that some street leads through."""
    ids = np.array(sorted(ways.timed), dtype=np.int64)
    _, place, _ = np.intersect1d(node_id, ids, return_indices=True)
    hours = [ways.timed[i] for i in node_id[place].tolist()]
    names = [f"node/{i}" for i in node_id[place].tolist()]
    return Closures(lonlat[place], np.array(names, dtype=object), np.array(hours, dtype=object))


def _kerbs(ways: OsmWays, cut: Segments, way: IntArray) -> FloatArray:
    """Return the kerb on each segment in metres; NaN for none.

    A kerb at a node is crossed where one steps off the pavement: it counts on the crossings that
    meet there; where none does, and the node just joins two footpaths, on the shorter of both.
    """
    kerb = ways.kerb_m[way].copy()
    if not ways.kerbs:
        return kerb
    ids = np.array(sorted(ways.kerbs), dtype=np.int64)
    height = np.array([ways.kerbs[i] for i in ids.tolist()])
    place = np.clip(np.searchsorted(ids, cut.node_id), 0, len(ids) - 1)
    here = ids[place] == cut.node_id
    # Both ends of each segment, one after the other.
    node = np.concatenate([cut.a, cut.b])
    segment = np.tile(np.arange(len(cut.a)), 2)
    at = here[node]
    node, segment = node[at], segment[at]
    crossing = ways.crossing[way[segment]]
    has_crossing = np.bincount(node[crossing], minlength=len(cut.node_id)) > 0
    degree = np.bincount(node, minlength=len(cut.node_id))
    paths = np.bincount(node[ways.footpath[way[segment]]], minlength=len(cut.node_id))
    pair = (degree == 2) & (paths == 2) & ~has_crossing
    from_, to = cut.lonlat[cut.a[segment]], cut.lonlat[cut.b[segment]]
    _, _, metres = GEOD.inv(*from_.T, *to.T)
    table = pd.DataFrame({"node": node, "segment": segment, "metres": metres})
    shorter = table[pair[node]].sort_values("metres", kind="stable").drop_duplicates("node")
    rows = np.concatenate([segment[crossing], shorter["segment"].to_numpy(dtype=np.int64)])
    nodes = np.concatenate([node[crossing], shorter["node"].to_numpy(dtype=np.int64)])
    np.fmax.at(kerb, rows, height[place[nodes]])
    return kerb


class _Wheels(NamedTuple):
    """What whoever rolls meets on each segment, and how many barriers that comes of."""

    width_m: FloatArray
    step_free: BoolArray
    pram_free: BoolArray
    limited: BoolArray
    barriers: int = 0
    """Nodes on a way that keep some out."""
    at_junctions: int = 0
    """Such nodes where more than two segments meet: which of them are barred no tag says."""


def _wheels(ways: OsmWays, cut: Segments, way: IntArray) -> _Wheels:
    """Return what whoever rolls meets on each segment.

    A gate or bollard on a way counts on the shorter of the two segments that meet there: who rolls
    does not pass, and whoever lives on the longer one still leaves by its other end. At a junction
    it bars nobody, and is counted.
    """
    width = ways.width_m[way].copy()
    step_free, pram_free = ways.step_free[way].copy(), ways.pram_free[way].copy()
    limited = ways.limited[way].copy()
    if not ways.wheels:
        return _Wheels(width, step_free, pram_free, limited)
    ids = np.array(sorted(ways.wheels), dtype=np.int64)
    met = [ways.wheels[i] for i in ids.tolist()]
    place = np.clip(np.searchsorted(ids, cut.node_id), 0, len(ids) - 1)
    here = ids[place] == cut.node_id
    node, segment = np.concatenate([cut.a, cut.b]), np.tile(np.arange(len(cut.a)), 2)
    degree = np.bincount(node, minlength=len(cut.node_id))
    through = here & (degree == 2)
    node, segment = node[through[node]], segment[through[node]]
    _, _, metres = GEOD.inv(*cut.lonlat[cut.a[segment]].T, *cut.lonlat[cut.b[segment]].T)
    table = pd.DataFrame({"node": node, "segment": segment, "metres": metres})
    shorter = table.sort_values("metres", kind="stable").drop_duplicates("node")
    rows = shorter["segment"].to_numpy(dtype=np.int64)
    at = place[shorter["node"].to_numpy(dtype=np.int64)]
    np.fmin.at(width, rows, np.array([one.width_m for one in met])[at])
    np.logical_and.at(step_free, rows, np.array([one.step_free for one in met])[at])
    np.logical_and.at(pram_free, rows, np.array([one.pram_free for one in met])[at])
    np.logical_or.at(limited, rows, np.array([one.limited for one in met])[at])
    junctions = int((here & (degree > 2)).sum())
    return _Wheels(width, step_free, pram_free, limited, int(through.sum()), junctions)


def _crossing_m(
    crossing: BoolArray,
    way: IntArray,
    a: IntArray,
    b: IntArray,
    lonlat: FloatArray,
    half: IntArray,
    chain_start: IntArray,
) -> FloatArray:
    """Return the metres of one crossing on each edge: a road that is crossed parts its way."""
    part = np.flatnonzero(crossing[way])
    _, _, geodesic = GEOD.inv(*lonlat[a[part]].T, *lonlat[b[part]].T)
    metres = np.ones(len(way))
    metres[part] = np.maximum(geodesic, 1e-6)
    whole = np.bincount(way, weights=metres, minlength=len(crossing))
    share = metres / whole[way]
    segment = half // 2
    length = np.add.reduceat(metres[segment], chain_start[:-1])
    crossed = np.add.reduceat(share[segment], chain_start[:-1])
    return np.where(crossing[way[segment[chain_start[:-1]]]], length / crossed, np.nan)


def _breaks(a: IntArray, b: IntArray, kind: IntArray, n: int) -> BoolArray:
    """Mark the nodes that edges must end at: not two segments, two kinds, or one of a lone ring."""
    degree = np.bincount(np.concatenate([a, b]), minlength=n)
    low = np.full(n, np.iinfo(np.int64).max)
    high = np.full(n, -1)
    for end in (a, b):
        np.minimum.at(low, end, kind)
        np.maximum.at(high, end, kind)
    breaks = (degree != 2) | (low != high)
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n)).tocsr()
    count, piece = connected_components(graph, directed=False)
    ring = np.ones(count, dtype=bool)
    ring[piece[breaks]] = False
    first = np.full(count, n, dtype=np.int64)
    np.minimum.at(first, piece, np.arange(n))
    breaks[first[ring]] = True
    return np.asarray(breaks, dtype=bool)


def _chains(a: IntArray, b: IntArray, breaks: BoolArray) -> tuple[IntArray, IntArray]:
    """Order segments into chains between break nodes.

    Half-edge ``2 s`` runs along segment ``s`` from ``a`` to ``b``, ``2 s + 1`` back. Where a chain
    goes on through a node, each half-edge knows the next one; pointers that double their reach in
    every round (list ranking, Wyllie 1979) find the last half-edge and the steps to it.

    Returns
    -------
    half, start
        Half-edges in walking order and the (chains + 1) offsets of the chains in them.
    """
    count = 2 * len(a)
    halves = np.arange(count)
    tail = np.empty(count, dtype=np.int64)
    tail[0::2], tail[1::2] = a, b
    head = tail[halves ^ 1]

    # At a node that is no break exactly two half-edges leave; the next one after arriving on h is
    # the one that is not h's way back.
    order = np.argsort(tail, kind="stable")
    leaving = starts_of(np.bincount(tail, minlength=len(breaks)))
    goes_on = ~breaks[head]
    nxt = halves.copy()
    slot = leaving[head[goes_on]]
    one, two = order[slot], order[slot + 1]
    back = halves[goes_on] ^ 1
    nxt[goes_on] = np.where(one == back, two, one)

    steps = goes_on.astype(np.int64)
    last = nxt
    while True:
        further = steps[last]
        if not further.any():
            break
        steps = steps + further
        last = last[last]

    chain_first = last[halves ^ 1] ^ 1
    position = steps[halves ^ 1]
    forward = chain_first <= last ^ 1
    kept = halves[forward]
    kept = kept[np.lexsort((position[kept], chain_first[kept]))]
    is_first = position[kept] == 0
    return kept, np.concatenate([np.flatnonzero(is_first), [len(kept)]]).astype(np.int64)

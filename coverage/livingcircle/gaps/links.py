"""The single new link (a gate, a crossing, a footbridge) that brings back the most people.

A link joins a place ``a`` that is near a facility to a place ``b`` that is not. With the cost d(a)
known and the walk D(b, p) from b to every gap point p, a link of m metres brings back exactly the
people with ``d(a) + m + D(b, p) <= limit``: on paper a link is one more edge, and a shortest walk
uses it once. So every pair of places is judged exactly, without searching the network for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csc_array, csr_array, hstack

from livingcircle._arrays import NO_INDICES, BoolArray, FloatArray, IntArray
from livingcircle.gaps.kept_links import Link, kept_links
from livingcircle.gaps.link_candidates import (
    Candidates,
    LinkCandidates,
    LinkSearch,
    candidate_links,
    cost_at,
    link_candidates,
    thinned,
)
from livingcircle.gaps.reasons import crossings
from livingcircle.network.edit import EdgePoints, straight_metres
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, anchor, lonlat_of, to_metres
from livingcircle.osm.barriers import barrier_kinds
from livingcircle.routing.engine import Reach
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.routing.sample_points import places_around

__all__ = ["find_links", "no_links", "walks_over"]

# Shares of the longest rest of a limit: far ends are searched from in so many rounds.
_BANDS = np.array([0.3, 0.5, 0.75])


def find_links(
    reach: Reach,
    points: gpd.GeoDataFrame,
    weight: FloatArray,
    limit_m: float,
    *,
    search: LinkSearch | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Find the links that bring back most of the people who are left out.

    Parameters
    ----------
    reach
        The search from the facilities as they are.
    points
        The demand that is left out, as ``Reach.to`` gives it: ``metres`` and ``status``.
    weight
        (points,) people at each.
    limit_m
        Limit in metres on foot, inclusive.
    search
        What counts as a link; defaults to ``LinkSearch``.
    barriers
        To name what a link crosses (see ``livingcircle.gaps.reasons.crossings``).

    Returns
    -------
    geopandas.GeoDataFrame
        Links in WGS 84, most people for each metre of link first: ``link_id`` (from 1),
        ``length_m``, ``people`` that it alone brings back, ``points``, ``people_per_m``,
        ``saves_m`` (shorter walk at its far end; inf from an island), ``barrier``,
        ``barrier_name``, ``kind_zh`` and ``kind_en`` (what to build), ``edge_a``, ``offset_a_m``,
        ``edge_b``, ``offset_b_m`` (its places on ``reach.network``). No two links of the list
        bring back the same point.
    """
    search = search or LinkSearch()
    out = _Gap.of(reach, points, weight, limit_m)
    if not len(out.points) or not reach.anchors.on_network.any():
        return no_links()
    chosen = kept_links(
        lambda: _chosen(reach, out, limit_m, search),
        reach,
        (lonlat_of(out.points), out.weight, limit_m, search),
    )
    return _table(reach, out, chosen, barriers)


def _chosen(reach: Reach, out: _Gap, limit_m: float, search: LinkSearch) -> list[Link]:
    """Return the links to propose, the best first."""
    ways = link_candidates(reach, out.xy, limit_m, search)
    places = ways.places
    pairs = thinned(candidate_links(ways, limit_m, search), out.xy, ways.xy, limit_m)
    regained = _Regained.of(reach, out, places, pairs, limit_m)
    chosen: list[Link] = []
    left = np.ones(len(out.points), dtype=bool)
    floor = search.least_share * float(out.weight.sum())
    # A loop over the links to propose: each one is looked for among the people still left out.
    while len(chosen) < search.most:
        best = regained.best(left)
        if best is None or regained.people(left)[best] < floor:
            break
        ends = places[np.array([pairs.a[best], pairs.b[best]])]
        link = _refined(reach, out, ends, limit_m, search, left)
        chosen.append(link)
        left[link.regains] = False
    return chosen


def walks_over(
    reach: Reach, links: gpd.GeoDataFrame, points: gpd.GeoDataFrame, limit_m: float
) -> csr_array:
    """Return the walks from the nearest facility that go over each link.

    Parameters
    ----------
    reach
        The search that the links were found for.
    links
        As ``find_links`` gives them.
    points
        Whom to walk to.
    limit_m
        Longer walks are left out, inclusive.

    Returns
    -------
    csr_array
        (points, links) metres with the link built and used, access legs included.
    """
    if not len(links) or not len(points):
        return csr_array((len(points), len(links)))
    begin, end = _ends(links)
    arrives = cost_at(reach, begin) + links["length_m"].to_numpy(dtype=float)
    rest = np.maximum(limit_m - arrives, 0.0)
    beyond = _walks(reach, end, points, float(rest.max())).tocoo()
    metres = beyond.data + arrives[beyond.col]
    keep = metres <= limit_m + COST_TOLERANCE
    rows, columns = beyond.row[keep], beyond.col[keep]
    return csr_array((metres[keep], (rows, columns)), shape=beyond.shape)


def _ends(links: gpd.GeoDataFrame) -> tuple[EdgePoints, EdgePoints]:
    """Return the ends of links: near a facility, and beyond."""
    corners = shapely.get_coordinates(links.geometry.to_numpy()).reshape(-1, 2, 2)
    near, far = (
        EdgePoints(
            links[f"edge_{side}"].to_numpy(dtype=np.int64),
            links[f"offset_{side}_m"].to_numpy(dtype=float),
            corners[:, k],
        )
        for k, side in enumerate("ab")
    )
    return near, far


@dataclass(frozen=True, eq=False)
class _Gap:
    """Demand that is left out and on the network."""

    points: gpd.GeoDataFrame
    weight: FloatArray
    xy: FloatArray
    network: WalkNetwork
    max_access_m: float

    @cached_property
    def anchors(self) -> Anchors:
        """Where they meet the network."""
        lonlat = lonlat_of(self.points)
        return anchor(self.network, lonlat[:, 0], lonlat[:, 1], self.max_access_m)

    @classmethod
    def of(cls, reach: Reach, points: gpd.GeoDataFrame, weight: FloatArray, limit_m: float) -> _Gap:
        metres = points["metres"].to_numpy(dtype=float)
        access = points["access_m"].to_numpy(dtype=float)
        keep = (metres > limit_m + COST_TOLERANCE) & (points["status"] != "off_network").to_numpy()
        keep &= access <= limit_m
        kept = points[keep]
        # Where all weights are 0, every point counts the same.
        w = np.where(np.isnan(weight[keep]), 0.0, weight[keep])
        w = w if w.sum() > 0 else np.ones(len(kept))
        xy = to_metres(reach.network, lonlat_of(kept))
        return cls(kept, w, xy, reach.network, reach.max_access_m)


@dataclass(frozen=True)
class _Regained:
    """Who is brought back by each of many links: entries by far end, nearest point first."""

    point: IntArray
    last: IntArray
    """(pairs,) each link brings back the entries ``first[pair]:last[pair]``."""
    first: IntArray
    length_m: FloatArray
    weight: FloatArray

    @classmethod
    def of(
        cls, reach: Reach, out: _Gap, places: EdgePoints, pairs: LinkCandidates, limit_m: float
    ) -> _Regained:
        """Walk from the far end of every link to the gap points."""
        if not len(pairs.a):
            return cls(NO_INDICES, NO_INDICES, NO_INDICES, np.zeros(0), out.weight)
        ends, column = np.unique(pairs.b, return_inverse=True)
        rest = limit_m - pairs.arrives_m
        walk = _as_far_as_each(reach, places[ends], out, _most_of_each(column, rest, len(ends)))
        sizes = np.diff(walk.indptr)
        col = np.repeat(np.arange(len(ends)), sizes)
        order = np.lexsort((walk.data, col))
        # Columns laid end to end on one line, so that one search finds all.
        wide = 2.0 * limit_m + 10.0
        line = col * wide + walk.data[order]
        last = np.searchsorted(line, column * wide + rest + COST_TOLERANCE, "right")
        first = walk.indptr[column].astype(np.int64)
        return cls(walk.indices[order].astype(np.int64), last, first, pairs.length_m, out.weight)

    def people(self, left: BoolArray) -> FloatArray:
        """Weight that each link brings back among the points still left out."""
        total = np.concatenate([[0.0], np.cumsum(np.where(left, self.weight, 0.0)[self.point])])
        return np.asarray(total[np.maximum(self.last, self.first)] - total[self.first])

    def best(self, left: BoolArray) -> int | None:
        """Return the shortest link among those that bring back nearly the most (19 of 20)."""
        people = self.people(left)
        if not len(people) or people.max() <= 0:
            return None
        good = np.flatnonzero(people >= 0.95 * people.max())
        return int(good[np.lexsort((good, -people[good], self.length_m[good]))[0]])

    def points_of(self, link: int, left: BoolArray) -> IntArray:
        """Return the points that a link brings back."""
        rows = self.point[self.first[link] : self.last[link]]
        return np.sort(rows[left[rows]])


def _most_of_each(group: IntArray, value: FloatArray, count: int) -> FloatArray:
    most = np.zeros(count)
    np.maximum.at(most, group, value)
    return most


def _as_far_as_each(reach: Reach, ends: EdgePoints, out: _Gap, rest_m: FloatArray) -> csc_array:
    """Metres from places to the people left out, at least as far as each one's rest of the limit.

    A search takes as long as the land that it goes over, so places with little left go first and
    not as far.
    """
    most = float(rest_m.max())
    band = np.searchsorted(most * _BANDS, rest_m)
    parts, rows = [], []
    for number in np.unique(band):
        some = np.flatnonzero(band == number)
        far = float(rest_m[some].max())
        parts.append(_walks(reach, ends[some], out.points, far, out.anchors))
        rows.append(some)
    walk = parts[0] if len(parts) == 1 else csc_array(hstack(parts, format="csc"))
    return csc_array(walk[:, np.argsort(np.concatenate(rows))])


def _walks(
    reach: Reach,
    ends: EdgePoints,
    points: gpd.GeoDataFrame,
    limit_m: float,
    anchors: Anchors | None = None,
) -> csc_array:
    """Metres from places to points within a limit: (points, places)."""
    on = Anchors(ends.edge, ends.offset_m, np.zeros(len(ends)), ends.lonlat)
    ids = np.arange(len(ends))
    from_ends = replace(reach, facility_id=ids, facility_lonlat=ends.lonlat, anchors=on)
    walk, order = from_ends.matrix(points, max(limit_m, 0.0), anchors=anchors)
    return csc_array(walk[:, np.argsort(order.to_numpy())])


def _refined(
    reach: Reach,
    out: _Gap,
    ends: EdgePoints,
    limit_m: float,
    search: LinkSearch,
    left: BoolArray,
) -> Link:
    """Move the ends of a link along their streets by 2 m at a time, and judge all of them."""
    network = reach.network
    fine = places_around(network, ends.edge, ends.offset_m, search.step_m, 2.0)
    cost = cost_at(reach, fine)
    around = Candidates(fine, cost, to_metres(network, fine.lonlat), np.zeros(len(fine)))
    close = candidate_links(around, limit_m, search, geodesic=True)
    close = close[(fine.edge[close.a] == ends.edge[0]) & (fine.edge[close.b] == ends.edge[1])]
    regained = _Regained.of(reach, out, fine, close, limit_m)
    link = regained.best(left)
    assert link is not None  # noqa: S101 - the coarse link is among the fine ones
    begin, end = fine[close.a[[link]]], fine[close.b[[link]]]
    length = float(straight_metres(begin.lonlat, end.lonlat)[0])
    saves = float(cost[close.b[link]] - close.arrives_m[link])
    return Link(begin, end, length, saves, regained.points_of(link, left))


def _table(
    reach: Reach, out: _Gap, chosen: list[Link], barriers: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    if not chosen:
        return no_links()
    begin = np.concatenate([link.begin.lonlat for link in chosen])
    end = np.concatenate([link.end.lonlat for link in chosen])
    network = reach.network
    crossed = crossings(network, to_metres(network, begin), to_metres(network, end), barriers)
    kinds = barrier_kinds()
    length = np.array([link.length_m for link in chosen])
    people = np.array([out.weight[link.regains].sum() for link in chosen])
    # Whoever leaves a compound needs a gate in its wall, not a way through it.
    gate = (crossed["barrier"] == "compound") & crossed["ends_inside"].astype(bool)
    named = [kinds.get(kind) for kind in crossed["barrier"].mask(gate, "wall")]
    table = gpd.GeoDataFrame(
        {
            "length_m": length,
            "people": people,
            "points": [len(link.regains) for link in chosen],
            "people_per_m": people / np.maximum(length, 1.0),
            "saves_m": [link.saves_m for link in chosen],
            "barrier": crossed["barrier"].to_numpy(),
            "barrier_name": crossed["barrier_name"].to_numpy(),
            "kind_zh": [k.link_zh if k else "连接通道" for k in named],
            "kind_en": [k.link_en if k else "path" for k in named],
            "edge_a": [int(link.begin.edge[0]) for link in chosen],
            "offset_a_m": [float(link.begin.offset_m[0]) for link in chosen],
            "edge_b": [int(link.end.edge[0]) for link in chosen],
            "offset_b_m": [float(link.end.offset_m[0]) for link in chosen],
            "regains": [out.points.index[link.regains].to_numpy() for link in chosen],
        },
        geometry=shapely.linestrings(np.stack([begin, end], axis=1)),
        crs=4326,
    )
    order = np.lexsort((np.arange(len(table)), -table["people_per_m"]))
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "link_id", np.arange(1, len(table) + 1))
    return table


def no_links() -> gpd.GeoDataFrame:
    """Return an empty table of links (EPSG:4326)."""
    names = (
        "link_id length_m people points people_per_m saves_m barrier barrier_name kind_zh kind_en"
        " edge_a offset_a_m edge_b offset_b_m regains"
    )
    return gpd.GeoDataFrame({name: [] for name in names.split()}, geometry=[], crs=4326)

"""Pairs of places that a new link could join: near in a straight line, far on foot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from livingcircle._arrays import NO_INDICES, BoolArray, FloatArray, IntArray
from livingcircle.network.edit import EdgePoints, straight_metres
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, scale_of, to_metres
from livingcircle.routing.engine import Reach
from livingcircle.routing.sample_points import places_along

__all__ = [
    "Candidates",
    "LinkCandidates",
    "LinkSearch",
    "candidate_links",
    "cost_at",
    "forget_candidates",
    "link_candidates",
    "thinned",
]

_MOST_ENDS = 5000
"""Far ends of links from which people are searched: some 5 s on a city's network."""
_TOGETHER = 10_000
"""Places whose neighbours are looked at together."""
_ASKED = 200_000
"""Places whose metres are asked for together."""


@dataclass(frozen=True)
class LinkSearch:
    """What counts as a link worth proposing."""

    longest_m: float = 250.0
    """Longest link: a footbridge over a river of medium width; gates and crossings are far
    shorter."""
    least_saving_m: float = 100.0
    """Least metres that a link must save: shorter detours are no barrier."""
    step_m: float = 30.0
    """Places along the streets are tried at this spacing, then around the best ones every 2 m."""
    most: int = 10
    """Links to propose."""
    least_share: float = 0.01
    """A link that brings back less than this share of the people left out is not proposed."""


@dataclass(frozen=True)
class LinkCandidates:
    """Links in question: rows of places, and what they cost."""

    a: IntArray
    b: IntArray
    length_m: FloatArray
    arrives_m: FloatArray
    """Metres from the facility to b over the link."""

    def __getitem__(self, rows: IntArray | BoolArray) -> LinkCandidates:
        return LinkCandidates(self.a[rows], self.b[rows], self.length_m[rows], self.arrives_m[rows])


@dataclass(frozen=True)
class Candidates:
    """Places on streets that a link could help."""

    places: EdgePoints
    cost: FloatArray
    """Metres from a facility."""
    xy: FloatArray
    rest_m: FloatArray
    """Straight metres to the nearest of the people."""


def link_candidates(
    reach: Reach, people_xy: FloatArray, limit_m: float, search: LinkSearch
) -> Candidates:
    """Return places on streets that a link could help."""
    # Every standard, and every village, asks for the same places of a network.
    places, xy = reach.network.derive(_along, search.step_m)
    # Somebody left out must live within the limit beyond the link.
    far = limit_m + search.longest_m
    low, high = people_xy.min(axis=0) - far, people_xy.max(axis=0) + far
    around = np.flatnonzero(((xy >= low) & (xy <= high)).all(axis=1))
    near, _ = cKDTree(people_xy).query(xy[around], distance_upper_bound=far)
    keep = np.isfinite(near)
    rows = around[keep]
    places, xy = places[rows], xy[rows]
    return Candidates(places, cost_at(reach, places), xy, near[keep])


def _along(network: WalkNetwork, step_m: float) -> tuple[EdgePoints, FloatArray]:
    """Return places along the streets and their metres."""
    # A bridge deck and the bank below it are near each other in plan only.
    places = places_along(network, step_m, ~(network.tags.bridge | network.tags.tunnel))
    return places, to_metres(network, places.lonlat)


def forget_candidates(network: WalkNetwork) -> None:
    """Drop the places that links of a network are looked for at."""
    network.forget(_along)


def candidate_links(
    of: Candidates, limit_m: float, search: LinkSearch, *, geodesic: bool = False
) -> LinkCandidates:
    """Return pairs of places that are near in a straight line and far on foot.

    Their lengths are geodesic to the last bit if asked for, else by the projection and its scale,
    which takes a twentieth of the time and is true to a thousandth of a millimetre.
    """
    cost, xy, rest_m = of.cost, of.xy, of.rest_m
    # Over a link the way to somebody left out is at least as long as straight from its near end;
    # the projection is true to less than a thousandth.
    ceiling = limit_m * 1.001
    near = np.flatnonzero((cost < limit_m) & (cost + rest_m <= ceiling))
    far = np.flatnonzero((cost > search.least_saving_m) & (rest_m <= ceiling))
    if not len(near) or not len(far):
        return LinkCandidates(NO_INDICES, NO_INDICES, np.zeros(0), np.zeros(0))
    around, kept = cKDTree(xy[far]), []
    # The pairs of a megacity at once would take gigabytes, and few of them are kept.
    for some in np.array_split(near, -(-len(near) // _TOGETHER)):
        found = cKDTree(xy[some]).sparse_distance_matrix(
            around, search.longest_m, output_type="coo_matrix"
        )
        a, b = some[found.row], far[found.col]
        arrives = cost[a] + found.data
        keep = (arrives < limit_m) & (arrives + rest_m[b] <= ceiling) & (a != b)
        keep &= cost[b] - arrives >= search.least_saving_m
        kept.append((a[keep], b[keep], found.data[keep]))
    a, b, metres = (np.concatenate(column) for column in zip(*kept, strict=True))
    if geodesic:
        length = straight_metres(of.places.lonlat[a], of.places.lonlat[b])
    else:
        length = metres / scale_of((xy[a] + xy[b]) / 2.0)
    return LinkCandidates(a, b, length, cost[a] + length)


def thinned(
    pairs: LinkCandidates, people_xy: FloatArray, xy: FloatArray, limit_m: float
) -> LinkCandidates:
    """Keep, of the links to each far end, those that no shorter one beats in arriving earlier."""
    if not len(pairs.a):
        return pairs
    order = np.lexsort((pairs.arrives_m, pairs.length_m, pairs.b))
    pairs = pairs[order]
    # A running minimum of the arrivals that starts anew at every far end: ranks are whole numbers,
    # and each end begins lower than the last one finished.
    rank = np.empty(len(order), dtype=np.int64)
    rank[np.argsort(pairs.arrives_m, kind="stable")] = np.arange(len(order))
    new = np.r_[True, np.diff(pairs.b) != 0]
    value = rank - np.cumsum(new) * len(order)
    earliest = np.minimum.accumulate(value)
    pairs = pairs[np.r_[True, earliest[1:] < earliest[:-1]]]
    # Far ends near which most people are left out; beyond that many, the rest are near others.
    ends, at = np.unique(pairs.b, return_inverse=True)
    if len(ends) <= _MOST_ENDS:
        return pairs
    rest = np.zeros(len(ends))
    np.maximum.at(rest, at, limit_m - pairs.arrives_m)
    around = cKDTree(people_xy).query_ball_point(xy[ends], rest, return_length=True)
    top = np.argsort(-around, kind="stable")[:_MOST_ENDS]
    return pairs[np.isin(at, top)]


def cost_at(reach: Reach, places: EdgePoints) -> FloatArray:
    """Return metres from the nearest facility to places on the network."""
    metres = np.empty(len(places))
    # The table of all places of a megacity would take a quarter of a gigabyte.
    for begin in range(0, len(places), _ASKED):
        some = places[begin : begin + _ASKED]
        anchors = Anchors(some.edge, some.offset_m, np.zeros(len(some)), some.lonlat)
        metres[begin : begin + _ASKED] = reach.at(anchors)["metres"].to_numpy()
    return metres

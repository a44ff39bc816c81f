"""Footpaths that the map lacks: how often a home's answer would be another with them.

Rates are estimated on the map itself. In each of many copies of it the stated share of its
footpaths is hidden. Of the homes beyond the limit in the copy, those are counted that are within
it on the map; and of the homes within it in the copy, those that are beyond it on the map: a door
whose path is missing opens on another street, from where the walk of its neighbours may be shorter
than it is. Rates are taken by the length of the walk and of the straight line, each over the limit,
and applied to the homes on the map.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.gaps.draws.graph import Doors, DrawGraph
from livingcircle.gaps.draws.inputs import DrawInputs, DrawSearch, random_stream
from livingcircle.gaps.draws.terms import DrawTerms

__all__ = [
    "MissingPathRates",
    "TurnedRates",
    "hidden_paths",
    "missing_path_rates",
    "turned_by_missing_path",
    "uniform_by_square",
]

MOST_MAP_PAIRS = 50
"""The most copies of the map with hidden paths that the rates are counted on."""
SQUARE_M = 200.0
"""Side of the squares whose homes share one random number: a path is missing for all of them."""
_BEYOND = np.array([1.0, 1.05, 1.1, 1.2, 1.35, 1.6, 2.0, 3.0, np.inf])
_WITHIN = np.array([0.0, 0.5, 0.7, 0.8, 0.9, 0.95])
"""Where classes of walks begin, of homes beyond the limit and of homes within it."""
_CROWS = np.array([0.0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
_MISSING, _CELLS = 2, 5
_PLACES = 1000
"""Places between pairs of maps that a mean is taken over."""


def hidden_paths(share: float, seed: np.random.Generator, footpath: BoolArray) -> BoolArray | None:
    """Return a random share of the footpaths, as a mask of the edges; None for a share of 0."""
    if not share:
        return None
    chosen = seed.random(int(footpath.sum())) < share
    hidden = np.zeros(len(footpath), dtype=bool)
    hidden[np.flatnonzero(footpath)[chosen]] = True
    return hidden


@dataclass(frozen=True, eq=False)
class MissingPathRates:
    """How often homes on one side of the limit are on its other side with the hidden paths."""

    share: FloatArray
    """(walks, straight lines) share of the homes on that side, over all copies of the map."""
    pairs: FloatArray
    """(copies,) homes whose answer turns over their mean: a few paths decide for many homes, and
    it is not known which are missing."""

    def of(self, draw: int, between: float) -> FloatArray:
        """Return the shares in one draw.

        Parameters
        ----------
        draw
            Its number says which pair of maps it takes.
        between
            From 0 to 1: where between the pairs that are next to it in order. Of few pairs the
            outermost are not as far out as what may come: so each n-th part of the draws lies
            between two of n + 1 places, as a further pair would.
        """
        order, rank = self._order
        many = len(order)
        place = (rank[draw % many] + between) * (many + 1) / many
        factor = _between_in_order(self.pairs[order], np.array([place]))[0]
        return np.asarray(np.minimum(self._scaled * factor, 1.0))

    @cached_property
    def _order(self) -> tuple[IntArray, IntArray]:
        """The pairs in order, and the rank of each."""
        order = np.argsort(self.pairs, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return order, rank

    @cached_property
    def _scaled(self) -> FloatArray:
        """The shares; those that a draw would bring above 1 are raised.

        No share is above 1, and that takes something from their mean over the draws. It is made up
        for in the other draws, so that the mean is the share that was counted.
        """
        most = self.share * self.pairs.max(initial=0.0)
        high = np.flatnonzero(most > 1.0)
        if not len(high):
            return self.share
        many = len(self.pairs)
        places = (np.arange(_PLACES) + 0.5) * (many + 1) / _PLACES
        factor = _between_in_order(self.pairs[self._order[0]], places)
        share = self.share.ravel()[high]
        # Where nothing turns in some of the pairs, no share reaches 1 on the mean.
        wanted = np.minimum(share * factor.mean(), (factor > 0).mean() * (1.0 - 1e-9))
        low, top = share.copy(), share / factor[factor > 0].min()
        for _ in range(60):
            middle = (low + top) / 2.0
            mean = np.minimum(middle[:, None] * factor, 1.0).mean(axis=1)
            low, top = np.where(mean < wanted, middle, low), np.where(mean < wanted, top, middle)
        found = self.share.ravel().copy()
        found[high] = top
        return found.reshape(self.share.shape)


@dataclass(frozen=True, eq=False)
class TurnedRates:
    """How often the paths that the map lacks turn the answer of a home, for one need."""

    within: MissingPathRates
    """Homes beyond the limit on the map that are within it."""
    beyond: MissingPathRates
    """Homes within it on the map that are beyond it."""

    def of(self, draw: int, between: float) -> tuple[FloatArray, FloatArray]:
        """Return the shares of both in one draw; both are those of the same pair of maps."""
        return self.within.of(draw, between), self.beyond.of(draw, between)


def _between_in_order(pairs: FloatArray, place: FloatArray) -> FloatArray:
    """Return what lies at places between values in order, of which the first has place 1.

    Straight lines between them would have a higher mean than skewed values have. So between each
    two a power of the way counts, the same for all, of which the mean over all places is that of
    the values; each value keeps its place, and with it the width of the band.
    """
    low, high = float(pairs[0]), float(pairs[-1])
    if high <= low:
        return np.full(len(place), low)
    # Of n values the mean over places 0 to n + 1 is (sum + low + (high - low) * part) / (n + 1).
    part = max((float(pairs.mean()) - low) / (high - low), 1e-9)
    below = np.clip(np.floor(place), 1, len(pairs) - 1).astype(np.int64)
    way = np.clip(place - below, 0.0, 1.0) ** ((1.0 - part) / part)
    return np.asarray(pairs[below - 1] + (pairs[below] - pairs[below - 1]) * way)


def missing_path_rates(inputs: DrawInputs, terms: DrawTerms) -> dict[tuple[int, int], TurnedRates]:
    """Return the rates of each need of each part.

    Keys are the part and the need, by position. Empty where no path is missing.
    """
    if not terms.missing_paths:
        return {}
    keys = [(n, need) for n, one in enumerate(inputs.parts) for need in range(len(one.searches))]
    counts = {key: (_Count(_BEYOND), _Count(_WITHIN)) for key in keys}
    for pair in range(min(terms.draws, MOST_MAP_PAIRS)):
        poorer = _poorer(inputs.searches, terms, pair)
        for number, need in keys:
            asked = inputs.parts[number]
            at, limit = asked.searches[need], asked.limit[need]
            cost, was = poorer[at][asked.rows], inputs.searches[at].cost[asked.rows]
            crow = inputs.searches[at].crow_m[asked.rows] / asked.test.limit_m
            out, beyond = cost > limit, was > limit
            to_within, to_beyond = counts[number, need]
            to_within.add(cost[out] / limit, crow[out], ~beyond[out])
            to_beyond.add(cost[~out] / limit, crow[~out], beyond[~out])
    share = terms.missing_paths
    rates = {key: [one.rates(share) for one in both] for key, both in counts.items()}
    return {key: TurnedRates(within, beyond) for key, (within, beyond) in rates.items()}


class _Count:
    """Homes on one side of the limit, and those that are on the other on a fuller map."""

    def __init__(self, walks: FloatArray) -> None:
        self.walks = walks
        self.every = np.zeros(len(walks) * len(_CROWS))
        self.turned = self.every.copy()
        self.pairs: list[float] = []

    def add(self, walk: FloatArray, crow: FloatArray, turned: BoolArray) -> None:
        """Take one copy of the map."""
        place = _bins(self.walks, walk, crow)
        self.every += np.bincount(place, minlength=len(self.every))
        self.turned += np.bincount(place[turned], minlength=len(self.every))
        self.pairs.append(float(turned.sum()))

    def rates(self, missing: float) -> MissingPathRates:
        """Return how often they turn on a map that lacks a share of its paths."""
        share = self.turned / np.maximum(self.every, 1.0)
        pairs = np.array(self.pairs)
        shape = len(self.walks), len(_CROWS)
        factor = pairs / max(float(pairs.mean()), 1e-9)
        if pairs.any():
            factor = _of_all_paths(factor, missing)
        return MissingPathRates(share.reshape(shape), factor)


def _of_all_paths(factor: FloatArray, missing: float) -> FloatArray:
    """Return what is counted on the paths of a map, for all paths that there are.

    Say that path i turns a_i homes and is not on the map with chance s (X_i = 1, else 0). The homes
    turned are N = sum X_i a_i. Hiding paths of the map knows the others only: its mean is
    M = s sum (1 - X_i) a_i, its variance s (1 - s) sum (1 - X_i) a_i^2. So the mean of N is that
    of M / (1 - s). And the more is missing the less is left to be hidden: N - M / (1 - s) is
    sum a_i (X_i - s) / (1 - s), whose variance s / (1 - s) sum a_i^2 is that of hiding, on the mean
    over all maps, over (1 - s)^3.
    """
    mapped = 1.0 - missing
    return np.asarray(np.maximum(1.0 / mapped + (factor - 1.0) / mapped**1.5, 0.0))


def _poorer(searches: tuple[DrawSearch, ...], terms: DrawTerms, pair: int) -> list[FloatArray]:
    """Return (homes,) costs of each search on a map with fewer paths."""
    grounds: dict[int, tuple[BoolArray | None, FloatArray, Doors]] = {}
    found = []
    for one in searches:
        ground = one.ground
        if id(ground) not in grounds:
            grounds[id(ground)] = _with_hidden(ground, one, terms, pair)
        hidden, arcs, homes = grounds[id(ground)]
        doors = _next_street(one.base, one.next_doors, hidden)
        found.append(ground.homes(ground.search(doors, arcs), doors, homes))
    return found


def _with_hidden(
    ground: DrawGraph, one: DrawSearch, terms: DrawTerms, pair: int
) -> tuple[BoolArray | None, FloatArray, Doors]:
    """Return the hidden paths of a copy of the map, the cost of its arcs, and its homes."""
    stream = random_stream(terms, _MISSING, pair)
    hidden = hidden_paths(terms.missing_paths, stream, ground.network.tags.footpath)
    homes = _next_street(ground.at_home, one.next_homes, hidden)
    return hidden, ground.without(hidden), homes


def _next_street(doors: Doors, others: tuple[Doors, ...], hidden: BoolArray | None) -> Doors:
    """Return doors whose path is hidden at the next street that is not."""
    if hidden is None:
        return doors
    for other in others:
        lost = (doors.edge >= 0) & hidden[np.maximum(doors.edge, 0)]
        if not lost.any():
            return doors
        doors = doors.instead(lost, other)
    lost = (doors.edge >= 0) & hidden[np.maximum(doors.edge, 0)]
    return replace(doors, edge=np.where(lost, -1, doors.edge))


def _bins(walks: FloatArray, walk: FloatArray, crow: FloatArray) -> IntArray:
    """Return the class of walks and straight lines, each as a multiple of the limit."""
    row = np.clip(np.searchsorted(walks, walk, "right") - 1, 0, len(walks) - 1)
    column = np.clip(np.searchsorted(_CROWS, crow, "right") - 1, 0, len(_CROWS) - 1)
    return np.asarray(row * len(_CROWS) + column, dtype=np.int64)


def uniform_by_square(home_xy: FloatArray, terms: DrawTerms, draw: int) -> FloatArray:
    """Return (homes,) uniform numbers, equal within squares of a grid that each draw shifts."""
    rng = random_stream(terms, _CELLS, draw)
    cell = np.floor(np.nan_to_num(home_xy) / SQUARE_M + rng.random(2)).astype(np.int64)
    _, of = np.unique(cell[:, 0] * (1 << 32) + cell[:, 1], return_inverse=True)
    return np.asarray(rng.random(int(of.max(initial=-1)) + 1)[of])


def turned_by_missing_path(
    inside: BoolArray,
    rates: tuple[FloatArray, FloatArray] | None,
    walk: FloatArray,
    crow: FloatArray,
    uniform: FloatArray,
) -> BoolArray:
    """Return which homes are within a limit once paths count which the map lacks.

    Parameters
    ----------
    inside
        (points,) within the limit on the map.
    rates
        As ``TurnedRates.of`` gives them; None: no path is missing.
    walk, crow
        (points,) walks, and straight metres to the nearest facility, as multiples of the limit.
        Nobody is within a limit that is shorter than the straight line.
    uniform
        (points,) random numbers as ``uniform_by_square`` gives them: where they are low homes are
        brought within the limit, where they are high beyond it.
    """
    if rates is None:
        return inside
    found = inside.copy()
    to_within, to_beyond = (one.ravel() for one in rates)
    may = np.flatnonzero(~inside & (uniform < to_within.max()) & (crow <= 1.0))
    found[may] = uniform[may] < to_within[_bins(_BEYOND, walk[may], crow[may])]
    may = np.flatnonzero(inside & (1.0 - uniform < to_beyond.max()))
    found[may] = 1.0 - uniform[may] >= to_beyond[_bins(_WITHIN, walk[may], crow[may])]
    return found

"""Footpaths that the map lacks: how often a home beyond the limit would be within it with them.

The rate is estimated on the map itself. In each of many copies of it the stated share of its
footpaths is hidden; of the homes beyond the limit in the copy, those are counted that are within it
on the map. Rates are taken by the length of the walk and of the straight line, each over the limit,
and applied to the homes that are beyond the limit on the map.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.gaps.draws.graph import Doors
from livingcircle.gaps.draws.inputs import DrawInputs, DrawPart, DrawSearch, random_stream
from livingcircle.gaps.draws.terms import DrawTerms

__all__ = [
    "MissingPathRates",
    "hidden_paths",
    "missing_path_rates",
    "reached_by_missing_path",
    "uniform_by_square",
]

MOST_MAP_PAIRS = 50
"""The most copies of the map with hidden paths that the rates are counted on."""
SQUARE_M = 200.0
"""Side of the squares whose homes share one random number: a path is missing for all of them."""
_WALKS = np.array([1.0, 1.05, 1.1, 1.2, 1.35, 1.6, 2.0, 3.0, np.inf])
_CROWS = np.array([0.0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
_MISSING, _CELLS = 2, 5


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
    """How often homes beyond the limit are within it with the hidden paths, for one need."""

    share: FloatArray
    """(walks, straight lines) share of the homes beyond the limit, over all copies of the map."""
    pairs: FloatArray
    """(copies,) homes brought within the limit over their mean: a few paths decide for many homes,
    and it is not known which are missing."""

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
        order, many = np.argsort(self.pairs, kind="stable"), len(self.pairs)
        rank = np.empty(many)
        rank[order] = np.arange(many)
        place = (rank[draw % many] + between) * (many + 1) / many
        factor = _between_in_order(self.pairs[order], float(place))
        return np.asarray(np.minimum(self.share * factor, 1.0))


def _between_in_order(pairs: FloatArray, place: float) -> float:
    """Return what lies at a place between values in order, of which the first has place 1.

    Straight lines between them would have a higher mean than skewed values have. So between each
    two a power of the way counts, the same for all, of which the mean over all places is that of
    the values; each value keeps its place, and with it the width of the band.
    """
    low, high = float(pairs[0]), float(pairs[-1])
    if high <= low:
        return low
    # Of n values the mean over places 0 to n + 1 is (sum + low + (high - low) * part) / (n + 1).
    part = max((float(pairs.mean()) - low) / (high - low), 1e-9)
    below = int(np.clip(np.floor(place), 1, len(pairs) - 1))
    way = min(max(place - below, 0.0), 1.0) ** ((1.0 - part) / part)
    return float(pairs[below - 1] + (pairs[below] - pairs[below - 1]) * way)


def missing_path_rates(
    inputs: DrawInputs, terms: DrawTerms
) -> dict[tuple[int, int], MissingPathRates]:
    """Return the rates of each need of each part.

    Keys are the part and the need, by position. Empty where no path is missing.
    """
    pairs = min(terms.draws, MOST_MAP_PAIRS)
    shape = (len(_WALKS), len(_CROWS))
    beyond: dict[tuple[int, int], FloatArray] = {}
    lost: dict[tuple[int, int], FloatArray] = {}
    all_lost: dict[tuple[int, int], list[float]] = {}
    if not terms.missing_paths:
        return {}
    for pair in range(pairs):
        poorer = [_without(one, terms, pair) for one in inputs.searches]
        for number, asked in enumerate(inputs.parts):
            for need, (at, limit) in enumerate(zip(asked.searches, asked.limit, strict=True)):
                key = number, need
                cost, was = poorer[at][asked.rows], inputs.searches[at].cost[asked.rows]
                out = cost > limit
                crow = inputs.searches[at].crow_m[asked.rows] / asked.test.limit_m
                place = _bins(cost / limit, crow)[out]
                size = shape[0] * shape[1]
                count = np.bincount(place, minlength=size).reshape(shape)
                gone = np.bincount(place, (was <= limit)[out], size).reshape(shape)
                beyond[key] = beyond.get(key, np.zeros(shape)) + count
                lost[key] = lost.get(key, np.zeros(shape)) + gone
                all_lost.setdefault(key, []).append(float(gone.sum()))
    return {
        key: MissingPathRates(
            lost[key] / np.maximum(beyond[key], 1.0),
            np.array(all_lost[key]) / max(float(np.mean(all_lost[key])), 1e-9),
        )
        for key in beyond
    }


def _without(one: DrawSearch, terms: DrawTerms, pair: int) -> FloatArray:
    """Return (homes,) costs on a map with fewer paths."""
    ground = one.ground
    hidden = hidden_paths(
        terms.missing_paths, random_stream(terms, _MISSING, pair), ground.network.tags.footpath
    )
    doors = _next_street(one.base, one.next_doors, hidden)
    homes = _next_street(ground.at_home, one.next_homes, hidden)
    return ground.homes(ground.search(doors, ground.without(hidden)), doors, homes)


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


def _bins(walk: FloatArray, crow: FloatArray) -> IntArray:
    """Return the bin of walks and straight lines, each as a multiple of the limit."""
    with np.errstate(invalid="ignore"):
        row = np.clip(np.searchsorted(_WALKS, walk, "right") - 1, 0, len(_WALKS) - 1)
        column = np.clip(np.searchsorted(_CROWS, crow, "right") - 1, 0, len(_CROWS) - 1)
    return np.asarray(row * len(_CROWS) + column, dtype=np.int64)


def uniform_by_square(home_xy: FloatArray, terms: DrawTerms, draw: int) -> FloatArray:
    """Return (homes,) uniform numbers, equal within squares of a grid that each draw shifts."""
    rng = random_stream(terms, _CELLS, draw)
    cell = np.floor(np.nan_to_num(home_xy) / SQUARE_M + rng.random(2)).astype(np.int64)
    _, of = np.unique(cell[:, 0] * (1 << 32) + cell[:, 1], return_inverse=True)
    return np.asarray(rng.random(int(of.max(initial=-1)) + 1)[of])


def reached_by_missing_path(
    asked: DrawPart, rates: FloatArray | None, walk: FloatArray, factor: float,
    crow_m: FloatArray, uniform: FloatArray,
) -> BoolArray:  # fmt: skip
    """Return the homes beyond a limit that are within it by a path which the map lacks.

    Parameters
    ----------
    asked
        The part.
    rates
        Rates of the need; None: no path is missing.
    walk
        (points,) walks as multiples of the limit.
    factor
        The drawn walking speed over the stated one.
    crow_m
        (points,) straight metres to the nearest facility.
    uniform
        (points,) random numbers as ``uniform_by_square`` gives them.
    """
    if rates is None:
        return np.zeros(len(walk), dtype=bool)
    chance = rates.ravel()[_bins(walk, crow_m / (asked.test.limit_m * factor))]
    return np.asarray((walk > 1.0) & (uniform < chance) & (crow_m <= asked.test.limit_m * factor))

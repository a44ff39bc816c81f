"""How sure a finding is: who is decided by a tenth more or less, and what the access limit does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from livingcircle._types import FloatArray
from livingcircle.gaps.question import Question
from livingcircle.network.anchor import Anchors, anchor
from livingcircle.reach.engine import TOLERANCE, lonlat_of

__all__ = ["BAND", "access_shares", "depends"]

BAND = 0.1
"""A tenth: walkers differ by more, and so do measured walking speeds in one city."""
_ACCESS_FACTORS = (0.5, 2.0)


def depends(question: Question, band: float = BAND) -> pd.Series:
    """Return which points are decided by a walk a tenth faster or slower.

    Returns
    -------
    pandas.Series
        On the index of ``question.points``: True where the walk is more than (1 - band) and at
        most (1 + band) times the limit. At a speed changed by so much such a point may change its
        side; every other point keeps it.
    """
    metres = question.points["metres"].to_numpy(dtype=float)
    # Walking s times as fast is the same as a limit s times as long.
    low, high = question.limit_m * (1 - band), question.limit_m * (1 + band)
    inside = (metres > low + TOLERANCE) & (metres <= high + TOLERANCE)
    return pd.Series(inside, index=question.points.index, name="depends")


def access_shares(question: Question, known: dict[Any, Any] | None = None) -> dict[str, float]:
    """Return the covered share with half and with double the access limit.

    Parameters
    ----------
    question
        A part of a finding.
    known
        Keeps searches from one question to the next of the same city.

    Returns
    -------
    dict
        ``access_150m``, ``access_600m`` (for a city whose limit is 300 m) → share of the weight.
        Empty for village rules, which measure villages and not people.
    """
    total = float(question.weight.sum())
    if question.villages is not None or not total:
        return {}
    known = {} if known is None else known
    rows = question.ctx.city.demand.index.get_indexer(question.points.index)
    found = {}
    for factor in _ACCESS_FACTORS:
        limit = question.ctx.city.max_access_m * factor
        within = np.ones(len(question.points), dtype=bool)
        for need in range(len(question.needs)):
            key = (question.trips[need].searched, limit)
            if key not in known:
                known[key] = _metres(question, need, limit, known)
            within &= known[key][rows] <= question.limit_m + TOLERANCE
        found[f"access_{limit:g}m"] = float(question.weight[within].sum()) / total
    return found


def _metres(
    question: Question, need: int, max_access_m: float, known: dict[Any, Any]
) -> FloatArray:
    """Metres from every demand point of the city, with another access limit."""
    searched, city = question.reach(need), question.ctx.city
    network = searched.network
    # Anchored once with the widest limit; kept with its network, whose id nobody else gets then.
    if id(network) not in known:
        lonlat, widest = lonlat_of(city.demand), city.max_access_m * max(_ACCESS_FACTORS)
        known[id(network)] = (network, anchor(network, lonlat[:, 0], lonlat[:, 1], widest))
    demand: Anchors = known[id(network)][1]
    far = ~(demand.access_m <= max_access_m + TOLERANCE)
    near = replace(demand, edge=np.where(far, -1, demand.edge))
    places = lonlat_of(question.facilities(need), "facility")
    met = anchor(network, places[:, 0], places[:, 1], max_access_m)
    again = replace(searched, max_access_m=max_access_m, anchors=met)
    return np.asarray(again.at(near)["metres"].to_numpy(), dtype=np.float64)

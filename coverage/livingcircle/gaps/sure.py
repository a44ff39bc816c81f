"""How sure a finding is: who is decided by a tenth more or less, and what the access limit does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from livingcircle._types import BoolArray, FloatArray
from livingcircle.gaps.question import Question
from livingcircle.reach.engine import TOLERANCE, Reach, reach

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


def access_shares(question: Question) -> dict[str, float]:
    """Return the covered share with half and with double the access limit.

    Returns
    -------
    dict
        ``access_150m``, ``access_600m`` (for a city whose limit is 300 m) → share of the weight.
        Empty for village rules, which measure villages and not people.
    """
    total = float(question.weight.sum())
    if question.villages is not None or not total:
        return {}
    found = {}
    for factor in _ACCESS_FACTORS:
        limit = question.ctx.city.max_access_m * factor
        within = np.ones(len(question.points), dtype=bool)
        for need in range(len(question.needs)):
            within &= _within(question, need, limit)
        found[f"access_{limit:g}m"] = float(question.weight[within].sum()) / total
    return found


def _within(question: Question, need: int, max_access_m: float) -> BoolArray:
    searched = question.reach(need)
    again: Reach = reach(
        searched.network,
        question.facilities(need),
        walker=searched.walker,
        max_access_m=max_access_m,
    )
    metres: FloatArray = again.to(question.points[["geometry"]])["metres"].to_numpy(dtype=float)
    return np.asarray(metres <= question.limit_m + TOLERANCE, dtype=bool)

"""Sensitivity of each point: whose answer depends on a walk a tenth faster or slower."""

from __future__ import annotations

import pandas as pd

from livingcircle.gaps.access_test import AccessTest
from livingcircle.routing.limits import COST_TOLERANCE

__all__ = ["BAND", "speed_sensitive"]

BAND = 0.1
"""A tenth: walkers differ by more, and so do measured walking speeds in one city."""


def speed_sensitive(access_test: AccessTest) -> pd.Series:
    """Return which points have another answer at a walk a tenth faster or slower.

    Returns
    -------
    pandas.Series
        On the index of ``access_test.points``: True where the walk is more than (1 - BAND) and at
        most (1 + BAND) times the limit. At a speed changed by so much such a point may change its
        side; every other point keeps it.
    """
    metres = access_test.walked_m
    # Walking s times as fast is the same as a limit s times as long.
    low, high = access_test.limit_m * (1 - BAND), access_test.limit_m * (1 + BAND)
    inside = (metres > low + COST_TOLERANCE) & (metres <= high + COST_TOLERANCE)
    return pd.Series(inside, index=access_test.points.index, name="depends")

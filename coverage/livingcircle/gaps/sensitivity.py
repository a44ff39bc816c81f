"""Sensitivity of each point: whose answer depends on a walk a tenth faster or slower."""

from __future__ import annotations

import pandas as pd

from livingcircle.gaps.access_test import AccessTest

__all__ = ["BAND", "speed_sensitive"]

BAND = 0.1
"""A tenth: walkers differ by more, and so do measured walking speeds in one city."""


def speed_sensitive(access_test: AccessTest) -> pd.Series:
    """Return which points have another answer at a walk a tenth faster or slower.

    Returns
    -------
    pandas.Series
        On the index of ``access_test.points``: True where a walk (1 + BAND) times as fast is within
        the limit, and one (1 - BAND) times as fast is not; waiting at crossings lasts as long. At
        a speed changed by so much such a point may change its side; every other point keeps it.
    """
    inside = access_test.holds_at(1 + BAND) & ~access_test.holds_at(1 - BAND)
    return pd.Series(inside, index=access_test.points.index, name="depends")

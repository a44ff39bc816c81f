"""What a ratio of sums can be where some members do not state their figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.standards.judge import TARGET_TOLERANCE

__all__ = ["bounded_status", "mean_bounds", "ratio_bounds"]


def ratio_bounds(
    top: FloatArray,
    base: FloatArray,
    optional: BoolArray,
    *,
    top_most: FloatArray | None = None,
    most: float = np.inf,
) -> tuple[float, float]:
    """Return the least and the greatest that a ratio of sums can be.

    Parameters
    ----------
    top, base
        (members,) figures from 0 up; NaN: not stated.
    optional
        Members that may count or not.
    top_most
        What ``top`` can be at most, where what is stated is only a part of it.
    most
        What ``top / base`` of a member can be at most: 1 where one is a part of the other.

    Examples
    --------
    >>> import numpy as np
    >>> known, no = np.array([1.0, np.nan]), np.zeros(2, dtype=bool)
    >>> ratio_bounds(known, np.ones(2), no, most=1.0)
    (0.5, 1.0)
    >>> ratio_bounds(known, np.ones(2), no)
    (0.5, inf)
    """
    no_top, no_base = np.isnan(top), np.isnan(base)
    base_low = np.where(no_base, np.where(no_top, 0.0, top / most), base)
    base_high = np.where(no_base, np.inf, base)
    top_low = np.where(no_top, 0.0, top)
    beyond = most * base_low if np.isfinite(most) else np.inf
    top_high = np.where(no_top, beyond, top if top_most is None else top_most)
    low = _least(top_low, base_high, optional)
    high = _greatest(top_high, base_low, optional)
    # Who states neither may be all that there is.
    if np.isfinite(most) and (no_top & no_base).any():
        high = max(high, most)
    return low, high


def mean_bounds(rows: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    """Return the least and the greatest that the mean number per unit can be, group by group.

    Parameters
    ----------
    rows
        Units: ``count`` of each, ``most`` that it may be, and ``undecided`` where it is not known
        whether the unit counts.
    by
        The group of each unit; without one it is left out.

    Returns
    -------
    DataFrame
        ``low`` and ``high`` by group; 0 and infinite where no unit of it is known to count.
    """
    found = {}
    for name, own in rows.groupby(by):
        count, most = (own[column].to_numpy(dtype=np.float64) for column in ("count", "most"))
        optional = own["undecided"].to_numpy(dtype=bool)
        ends = ratio_bounds(count, np.ones(len(own)), optional, top_most=most)
        found[name] = (0.0, np.inf) if optional.all() else ends
    return pd.DataFrame.from_dict(found, orient="index", columns=["low", "high"], dtype=np.float64)


def bounded_status(bounds: pd.DataFrame, needed: float) -> pd.Series:
    """Return met, short or unknown for values of which ``low`` and ``high`` are known."""
    least = needed - TARGET_TOLERANCE * max(1.0, needed)
    tests = [bounds["low"] >= least, bounds["high"] < least]
    return pd.Series(np.select(tests, ["met", "short"], "unknown"), bounds.index, dtype=object)


def _least(top: FloatArray, base: FloatArray, optional: BoolArray) -> float:
    """Return the least ratio of sums, whichever of the optional members count."""
    if not np.isfinite(base).all():
        return 0.0
    order = _by_ratio(top, base, optional)
    return float(np.nanmin(_prefixes(top, base, optional, order), initial=np.inf))


def _greatest(top: FloatArray, base: FloatArray, optional: BoolArray) -> float:
    """Return the greatest ratio of sums, whichever of the optional members count."""
    if not np.isfinite(top).all():
        return float("inf")
    order = _by_ratio(top, base, optional)[::-1]
    return float(np.nanmax(_prefixes(top, base, optional, order), initial=0.0))


def _by_ratio(top: FloatArray, base: FloatArray, optional: BoolArray) -> np.ndarray:
    """Return the optional members that have a ratio, the lowest first."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top / base
    rows = np.flatnonzero(optional & ~np.isnan(ratio))
    return np.asarray(rows[np.argsort(ratio[rows], kind="stable")])


def _prefixes(
    top: FloatArray, base: FloatArray, optional: BoolArray, order: np.ndarray
) -> FloatArray:
    """Return the ratio with none, the first, the first two ... of the optional members."""
    tops = float(top[~optional].sum()) + np.append(0.0, np.cumsum(top[order]))
    bases = float(base[~optional].sum()) + np.append(0.0, np.cumsum(base[order]))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(tops / bases)

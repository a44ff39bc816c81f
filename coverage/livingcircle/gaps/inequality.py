"""How unevenly walks are spread over people: Lorenz curve, Gini coefficient, Palma ratio.

Sources: Lorenz 1905 (Publications of the American Statistical Association 9); Gini 1912
(Variabilità e mutabilità); with weights Lerman and Yitzhaki 1989 (Journal of Econometrics 42);
Palma 2011 (Development and Change 42); Cobham and Sumner 2013 (CGD Working Paper 343).
"""

from __future__ import annotations

import numpy as np

from livingcircle._arrays import FloatArray

__all__ = ["gini", "lorenz", "palma"]

POOR, RICH = 0.4, 0.9
"""The Palma ratio holds the last tenth against the first four tenths."""


def lorenz(values: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the Lorenz curve of values: people by their value, and what they have of the sum.

    Parameters
    ----------
    values
        (n,) from 0 up, finite.
    weight
        (n,) people who have each value.

    Returns
    -------
    people, part
        (k + 1,) shares from 0 to 1, both ascending: the ``people`` with the lowest values have
        ``part`` of the sum. Equal values are one step. Both hold only 0 where nobody is counted,
        and ``part`` is NaN where the sum is 0.
    """
    counted = weight > 0
    steps, place = np.unique(values[counted], return_inverse=True)
    people = np.bincount(place.ravel(), weight[counted], len(steps))
    amount = np.concatenate([[0.0], np.cumsum(people * steps)])
    so_far = np.concatenate([[0.0], np.cumsum(people)])
    if not len(steps):
        return so_far, amount
    with np.errstate(invalid="ignore"):
        return so_far / so_far[-1], amount / amount[-1]


def gini(values: FloatArray, weight: FloatArray) -> float:
    """Return the Gini coefficient: 0 where all have the same, near 1 where one has everything.

    It is twice the area between the Lorenz curve and the diagonal, which equals the mean difference
    of two people drawn at random over twice the mean. NaN where nobody is counted or all are 0.

    >>> gini(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4)), gini(np.array([0.0, 1.0]), np.ones(2))
    (0.25, 0.5)
    """
    people, part = lorenz(values, weight)
    if len(people) < 2:
        return float("nan")
    under = float(np.sum(np.diff(people) * (part[1:] + part[:-1])))
    return float("nan") if np.isnan(under) else max(1.0 - under, 0.0)


def palma(values: FloatArray, weight: FloatArray) -> float:
    """Return what the tenth with the highest values has, over what the lowest four tenths have.

    1/4 where all have the same. Who stands on a border counts on both sides in part. NaN where
    nobody is counted or all are 0, infinite where the four tenths have nothing.

    >>> palma(np.arange(1.0, 11.0), np.ones(10))
    1.0
    """
    people, part = lorenz(values, weight)
    if len(people) < 2 or np.isnan(part[-1]):
        return float("nan")
    low, high = np.interp([POOR, RICH], people, part)
    return float(np.inf if low <= 0 else round((1.0 - high) / low, 12))

"""Floating catchments: what a place has per person when everybody who can walk there shares it.

Unlike a count within reach, this tells that a centre is crowded. Step one
divides each supply by the people within its reach,
step two adds up, for each demand point, the shares of all supplies within its reach
(2SFCA: Luo and Wang 2003, https://doi.org/10.1068/b29120). The enhanced form weighs near walks
more than far ones (E2SFCA: Luo and Qi 2009, https://doi.org/10.1016/j.healthplace.2009.06.002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from livingcircle._arrays import FloatArray
from livingcircle.errors import ConfigError, InputError

__all__ = ["Catchment", "e2sfca", "gaussian_weights", "two_step"]


@dataclass(frozen=True)
class Catchment:
    """Supply per head, and how it comes about."""

    per_head: FloatArray
    """(n,) supply (places, m², staff) per head of demand; 0 where nothing is reached."""
    load: FloatArray
    """(m,) weighted demand that shares each supply."""
    ratio: FloatArray
    """(m,) supply per head of that demand; 0 where nobody is in reach."""
    unused: float
    """Supply that nobody reaches; the rest is handed out in full: ``demand @ per_head + unused``
    is the sum of the supply."""


def two_step(
    cost: csr_array, demand: FloatArray, supply: FloatArray, *, limit: float | None = None
) -> Catchment:
    """Share each supply equally among all demand within reach (2SFCA).

    Parameters
    ----------
    cost
        (n, m) metres or seconds from demand to supply, explicit entries only where known;
        as ``livingcircle.routing.engine.Reach.matrix`` gives it.
    demand
        (n,) people (or households) at each demand point.
    supply
        (m,) places, m² or staff of each facility.
    limit
        Reach in the unit of ``cost``, inclusive; None = every entry is within.

    Examples
    --------
    Two centres of 100 places; 50 people reach both, 150 only the second one:

    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> walk = csr_array(np.array([[200.0, 400.0], [0.0, 300.0]]))
    >>> two_step(walk, np.array([50.0, 150.0]), np.array([100.0, 100.0])).per_head
    array([2.5, 0.5])
    """
    weights = np.ones(cost.nnz)
    if limit is not None:
        weights = np.where(cost.data <= limit * (1 + 1e-12) + 1e-6, 1.0, 0.0)
    return _share(cost, weights, demand, supply)


def e2sfca(
    cost: csr_array,
    demand: FloatArray,
    supply: FloatArray,
    *,
    breaks: Sequence[float],
    weights: Sequence[float] | None = None,
) -> Catchment:
    """Share each supply among the demand within reach, the near ones weighing more (E2SFCA).

    Parameters
    ----------
    cost, demand, supply
        As for ``two_step``.
    breaks
        Upper ends of the zones, ascending, inclusive; beyond the last one nothing is in reach.
    weights
        Weight of each zone, 1 for the nearest as a rule, not increasing; those of
        ``gaussian_weights`` if None.

    Raises
    ------
    ConfigError
        Breaks that do not ascend, or weights that do not fit them.
    """
    ends = np.asarray(breaks, np.float64)
    steps = np.asarray(gaussian_weights(ends) if weights is None else weights, np.float64)
    if not len(ends) or len(ends) != len(steps):
        raise ConfigError(
            f"{len(ends)} zone ends and {len(steps)} weights: one weight per zone",
            field="weights",
            hint="Give as many weights as zones, one at least.",
        )
    if (np.diff(ends) <= 0).any() or ends[0] < 0:
        raise ConfigError(
            "zone ends must ascend", field="breaks", hint="Sort them, each one once, from 0 up."
        )
    if (steps < 0).any() or (np.diff(steps) > 0).any():
        raise ConfigError(
            "zone weights must be from 0 up and not increase",
            field="weights",
            hint="Sort them from the largest down.",
        )
    zone = np.searchsorted(ends + 1e-6, cost.data, side="left")
    return _share(cost, np.append(steps, 0.0)[zone], demand, supply)


def gaussian_weights(breaks: Sequence[float] | FloatArray, *, last: float = 0.01) -> FloatArray:
    """Return zone weights that fall like a Gaussian from 1 in the first zone to ``last``.

    Each zone is taken at its middle. Luo and Qi (2009) use 1, 0.68, 0.22 for zones of 0-10, 10-20
    and 20-30 minutes with their slow decay, and 1, 0.42, 0.09 with the fast one.
    """
    ends = np.asarray(breaks, np.float64)
    if len(ends) < 2:
        return np.ones(len(ends))
    middle = (np.r_[0.0, ends[:-1]] + ends) / 2 - ends[0] / 2
    return np.asarray(np.exp(np.log(last) * (middle / middle[-1]) ** 2))


def _share(
    cost: csr_array, weights: FloatArray, demand: FloatArray, supply: FloatArray
) -> Catchment:
    """Both steps, with a weight on each entry."""
    n, m = cost.shape
    demand, supply = np.asarray(demand, np.float64), np.asarray(supply, np.float64)
    for name, values, length in (("demand", demand, n), ("supply", supply, m)):
        if values.shape != (length,):
            raise InputError(f"{name} has {values.shape} values, expected {length}", field=name)
        if not np.isfinite(values).all() or (values < 0).any():
            raise InputError(f"{name} has a value that is no number from 0 up", field=name)
    reached = csr_array((weights, cost.indices, cost.indptr), shape=(n, m))
    load = np.asarray(reached.T @ demand)
    ratio = np.divide(supply, load, out=np.zeros(m), where=load > 0)
    per_head = np.asarray(reached @ ratio)
    return Catchment(per_head, load, ratio, float(supply[load <= 0].sum()))

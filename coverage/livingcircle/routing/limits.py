"""Limits of a walk, in metres or seconds, and what is within one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.errors import ConfigError

__all__ = ["TOLERANCE", "Limit", "within"]

# A limit is inclusive; two floating sums of the same walk differ by far less than this.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Limit:
    """A walking limit: metres or seconds."""

    value: float
    in_seconds: bool

    @classmethod
    def of(cls, limit_m: float | None, minutes: float | None) -> Limit | None:
        """Return the limit that was stated, if any.

        Raises
        ------
        ConfigError
            If both are stated, or the value is no number from 0 up.
        """
        if limit_m is not None and minutes is not None:
            raise ConfigError(
                "a limit in metres and one in minutes are stated at once", hint="State one of them."
            )
        value = limit_m if limit_m is not None else minutes
        if value is None:
            return None
        if not (np.isfinite(value) and value >= 0):
            raise ConfigError(
                f"the limit is {value}", hint="State a number of metres or minutes from 0 up."
            )
        return cls(float(value), False) if limit_m is not None else cls(value * 60.0, True)


def within(cost: FloatArray, limit: float) -> BoolArray:
    """Return where a cost is within a limit, inclusive."""
    return np.asarray(cost <= limit + TOLERANCE)
